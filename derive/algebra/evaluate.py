"""One evaluator for array expressions, over any kind of scalar: SymPy expressions, residues modulo a prime, intervals.

An array is a flat list in row-major order. What a kind of scalar can do is its `Field`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import prod

import sympy
from sympy import Expr

from derive.algebra.array import (
    Array,
    Diag,
    Map,
    MatMul,
    Outer,
    Parameter,
    Shape,
    Softmax,
    Total,
    Transpose,
    Value,
    slot_index,
)
from derive.kernel.field import Entries, Field, Scalar

Sizes = Mapping[str, int]
Leaf = Callable[[Value | Parameter, Field], Entries]


def extent(shape: Shape, sizes: Sizes) -> int:
    """The number of entries of an array of this shape."""
    return prod(sizes[dimension] for dimension in shape)


def product(field: Field, left: Entries, right: Entries, rows: int, inner: int, columns: int) -> Entries:
    """The matrix product of rows×inner and inner×columns."""
    heads = [left[i * inner : (i + 1) * inner] for i in range(rows)]
    tails = [right[j::columns] for j in range(columns)]
    return [field.dot(row, column) for row in heads for column in tails]


def evaluate(array: Array, sizes: Sizes, leaf: Leaf, field: Field) -> Entries:
    """The entries of an expression, given those of its leaves. Raises KeyError for a dimension without a size."""

    def inner(expression: Array, over: Field = field) -> Entries:
        return evaluate(expression, sizes, leaf, over)

    match array:
        case Value() | Parameter():
            return leaf(array, field)
        case Map(shape, rule, operands):
            count = extent(shape, sizes)

            def read(i: int, over: Field) -> Entries:
                return inner(operands[i], over) if operands[i].shape else inner(operands[i], over) * count

            return apply_rule(rule, count, read, field)
        case MatMul(_, left, right):
            rows, depth = (sizes[dimension] for dimension in left.shape)
            return product(field, inner(left), inner(right), rows, depth, extent(right.shape[1:], sizes))
        case Outer(_, left, right):
            tail = inner(right)
            return [field.mul((a, b)) for a in inner(left) for b in tail]
        case Transpose(_, operand):
            entries, columns = inner(operand), sizes[operand.shape[1]]
            return [entry for j in range(columns) for entry in entries[j::columns]]
        case Diag(_, operand):
            entries, zero = inner(operand), field.number(sympy.S.Zero)
            return [entry if i == j else zero for i, entry in enumerate(entries) for j in range(len(entries))]
        case Softmax(_, operand):
            return softmax(field, inner(operand, field.argument("exp")))
        case Total(_, operand):
            return [field.add(inner(operand))]
    raise TypeError(f"no evaluation for {type(array).__name__}")


def softmax(field: Field, exponents: Entries) -> Entries:
    """exp(u) over its sum, for entries u in the field's form of an exponent."""
    powers = [field.apply("exp", u) for u in exponents]
    inverse = field.power(field.add(powers), sympy.S.NegativeOne)
    return [field.mul((power, inverse)) for power in powers]


Slots = Mapping[tuple[int, int], Scalar]  # (slot, id of the field in which it is read) -> scalar
Compiled = Callable[[Slots, Field], Scalar]


def apply_rule(rule: Expr, count: int, read: Callable[[int, Field], Entries], field: Field) -> Entries:
    """A scalar rule entry by entry: `read` gives the `count` entries of a slot over the field in which it is read."""
    columns = {(i, id(over)): read(i, over) for i, over in set(_reads(rule, field))}
    scalar = compiled(rule)
    return [scalar({key: entries[i] for key, entries in columns.items()}, field) for i in range(count)]


def _reads(rule: Expr, field: Field) -> Iterator[tuple[int, Field]]:
    """The slots of a rule, each with the field in which it is read: its own, or that of a function's argument."""
    if rule.is_Symbol:
        yield slot_index(rule), field
    over = field.argument(function_name(rule)) if rule.is_Function else field
    for arg in rule.args:
        yield from _reads(arg, over)


def function_name(rule: Expr) -> str:
    """The name by which fields know a function: tanh, exp, log, sigmoid."""
    return str(rule.func.__name__.lower())


@cache
def compiled(rule: Expr) -> Compiled:
    """A scalar rule as a function of its slots and the field. Raises TypeError for an operation that no field has."""
    if rule.is_Symbol:
        i = slot_index(rule)
        return lambda slots, field: slots[i, id(field)]
    if rule.is_Number:
        return lambda slots, field: field.number(rule)
    parts = [compiled(arg) for arg in rule.args if not (rule.is_Pow and arg is rule.exp)]
    if rule.is_Add:
        return lambda slots, field: field.add([part(slots, field) for part in parts])
    if rule.is_Mul:
        return lambda slots, field: field.mul([part(slots, field) for part in parts])
    if rule.is_Pow and rule.exp.is_Rational:
        return lambda slots, field: field.power(parts[0](slots, field), rule.exp)
    if rule.is_Function and len(parts) == 1:
        name = function_name(rule)
        return lambda slots, field: field.apply(name, parts[0](slots, field.argument(name)))
    raise TypeError(f"no scalar evaluation for {rule}")
