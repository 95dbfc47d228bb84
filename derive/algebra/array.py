"""Array expressions: the one form in which equations, adjoints and gradients are written.

A handful of operations, each knowing its shape in symbolic dimensions (`H`, `V`): leaves (`Value`, `Parameter`),
elementwise maps (`Map`, which also is every sum), `MatMul`, `Outer`, `Transpose`, `Diag`, `Softmax` and `Total`.
Everything scalar inside a `Map` is a SymPy expression over slots, so nested maps fuse, and SymPy does the algebra
(ŷ/y · y is ŷ) and the calculus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import sympy
from sympy import Expr, Symbol

from derive.algebra.functions import Relu, Sigmoid, Softplus

Shape = tuple[str, ...]
t = Symbol("t", integer=True, positive=True)
last = Symbol("T")  # the last step


class ShapeError(ValueError):
    """Two shapes that do not fit the operation between them."""


@dataclass(frozen=True)
class Array:
    """An array-valued expression; `shape` holds symbolic dimensions, () for a scalar."""

    shape: Shape

    @property
    def args(self) -> tuple[Array, ...]:
        return ()

    def with_args(self, args: tuple[Array, ...]) -> Array:
        """The same operation on other arguments of the same shapes."""
        return self

    def __add__(self, other: Array | Expr | int) -> Array:
        return elementwise(lambda a, b: a + b, self, other)

    def __radd__(self, other: Expr | int) -> Array:
        return self + other

    def __sub__(self, other: Array | Expr | int) -> Array:
        return elementwise(lambda a, b: a - b, self, other)

    def __rsub__(self, other: Expr | int) -> Array:
        return elementwise(lambda a, b: b - a, self, other)

    def __mul__(self, other: Array | Expr | int) -> Array:
        return elementwise(lambda a, b: a * b, self, other)

    def __rmul__(self, other: Expr | int) -> Array:
        return self * other

    def __truediv__(self, other: Array | Expr | int) -> Array:
        return elementwise(lambda a, b: a / b, self, other)

    def __pow__(self, power: Expr | int) -> Array:
        return elementwise(lambda a: a**power, self)

    def __neg__(self) -> Array:
        return elementwise(lambda a: -a, self)

    def __matmul__(self, other: Array) -> Array:
        return matmul(self, other)

    @property
    def T(self) -> Array:
        return transpose(self)

    @property
    def is_zero(self) -> bool:
        return isinstance(self, Map) and self.rule == 0


@dataclass(frozen=True)
class Value(Array):
    """A named value at one step: x(t), a(t-1), a(3), h(T); `step` is an expression in `t`, an integer or `last`.

    `one_hot` says that the entries are a 1 and zeros, so that they sum to 1.
    """

    name: str
    step: Expr
    one_hot: bool = False

    def at(self, step: Expr | int) -> Value:
        return replace(self, step=sympy.sympify(step))


@dataclass(frozen=True)
class Parameter(Array):
    """A named array shared by all steps."""

    name: str


@dataclass(frozen=True)
class Map(Array):
    """`rule` applied entry by entry: slot i of the rule is argument i; scalar arguments are broadcast."""

    rule: Expr
    operands: tuple[Array, ...]

    @property
    def args(self) -> tuple[Array, ...]:
        return self.operands

    @staticmethod
    def of(rule: Expr, operands: tuple[Array, ...], shape: Shape) -> Array:
        """A rule over its operands, in normal form."""
        return elementwise(lambda *slots: substitute(rule, slots), *operands, shape=shape)

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return Map.of(self.rule, args, self.shape)


@dataclass(frozen=True)
class Unary(Array):
    """An operation on one array."""

    operand: Array

    @property
    def args(self) -> tuple[Array, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class Binary(Array):
    """An operation on two arrays."""

    left: Array
    right: Array

    @property
    def args(self) -> tuple[Array, ...]:
        return (self.left, self.right)


class MatMul(Binary):
    """Matrix times matrix or vector."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return matmul(*args)


class Outer(Binary):
    """u vᵀ."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return outer(*args)


class Transpose(Unary):
    def with_args(self, args: tuple[Array, ...]) -> Array:
        return transpose(*args)


class Diag(Unary):
    """The diagonal matrix of a vector."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return diag(*args)


class Softmax(Unary):
    """exp(u) divided by its sum."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return softmax(*args)


class Total(Unary):
    """The sum of all entries: with a product inside, a contraction."""

    def with_args(self, args: tuple[Array, ...]) -> Array:
        return total(*args)


@cache
def slot(i: int) -> Symbol:
    """The i-th argument inside the rule of a `Map`."""
    return Symbol(f"_{i}", real=True)


def slot_index(symbol: Symbol) -> int:
    """Which argument a slot stands for."""
    return int(symbol.name[1:])


def substitute(rule: Expr, values: tuple[Expr, ...]) -> Expr:
    """The rule with its slots replaced, all at once."""
    return rule.xreplace({slot(i): value for i, value in enumerate(values)})


def _broadcast(shapes: list[Shape]) -> Shape:
    full = {shape for shape in shapes if shape}
    if len(full) > 1:
        raise ShapeError(f"entry by entry, shapes {' and '.join(map(str, sorted(full)))} do not fit")
    return full.pop() if full else ()


def elementwise(rule: Callable[..., Expr], *args: Array | Expr | int, shape: Shape | None = None) -> Array:
    """`rule` entry by entry over the arguments (arrays of one shape, scalars, or SymPy numbers).

    Maps among the arguments fuse into the result, equal arguments share a slot and unused ones are dropped.
    Raises ShapeError where the shapes differ.
    """
    arrays = [arg for arg in args if isinstance(arg, Array)]
    out = _broadcast([arg.shape for arg in arrays]) if shape is None else shape
    places: dict[Array, int] = {}

    def expression(arg: Array | Expr | int) -> Expr:
        if not isinstance(arg, Array):
            return sympy.sympify(arg)
        if isinstance(arg, Map):
            return substitute(arg.rule, tuple(expression(inner) for inner in arg.operands))
        return slot(places.setdefault(arg, len(places)))

    body = sympy.sympify(rule(*(expression(arg) for arg in args)))
    symbols = body.free_symbols
    kept = tuple(arg for arg, i in places.items() if slot(i) in symbols)
    body = body.xreplace({slot(places[arg]): slot(k) for k, arg in enumerate(kept)})
    if body == slot(0) and kept[0].shape == out:
        return kept[0]
    return Map(out, body, kept)


def add(*terms: Array) -> Array:
    """The sum of arrays of one shape."""
    return elementwise(sympy.Add, *terms)


def constant(number: Expr | int, shape: Shape = ()) -> Array:
    """The array with every entry equal to `number`."""
    return Map(shape, sympy.sympify(number), ())


def matmul(left: Array, right: Array) -> Array:
    """left right, for a matrix and a matrix or vector. Raises ShapeError where the inner dimensions differ."""
    if len(left.shape) != 2 or len(right.shape) not in (1, 2) or left.shape[1] != right.shape[0]:
        raise ShapeError(f"a matrix product needs matching inner dimensions, not {left.shape} and {right.shape}")
    shape = (left.shape[0], *right.shape[1:])
    if left.is_zero or right.is_zero:
        return constant(0, shape)
    return MatMul(shape, left, right)


def outer(left: Array, right: Array) -> Array:
    """The matrix left rightᵀ of two vectors."""
    shape = (*left.shape, *right.shape)
    if len(left.shape) != 1 or len(right.shape) != 1:
        raise ShapeError(f"an outer product needs two vectors, not {left.shape} and {right.shape}")
    if _is_negative(left):
        return -outer(-left, right)
    if _is_negative(right):
        return -outer(left, -right)
    return constant(0, shape) if left.is_zero or right.is_zero else Outer(shape, left, right)


def _is_negative(array: Array) -> bool:
    return isinstance(array, Map) and bool(array.rule.as_coeff_Mul()[0].is_negative)


def transpose(operand: Array) -> Array:
    """The transposed matrix."""
    if len(operand.shape) != 2:
        raise ShapeError(f"a transpose needs a matrix, not {operand.shape}")
    if isinstance(operand, Transpose):
        return operand.operand
    if isinstance(operand, Diag):
        return operand
    if isinstance(operand, Outer):
        return Outer(operand.shape[::-1], operand.right, operand.left)
    return Transpose(operand.shape[::-1], operand)


def diag(operand: Array) -> Array:
    """The diagonal matrix with `operand`, a vector, on its diagonal."""
    if len(operand.shape) != 1:
        raise ShapeError(f"a diagonal matrix needs a vector, not {operand.shape}")
    return Diag(operand.shape * 2, operand)


def softmax(operand: Array) -> Array:
    """The softmax of a vector, its entries positive and of sum 1."""
    if len(operand.shape) != 1:
        raise ShapeError(f"softmax needs a vector, not {operand.shape}")
    return Softmax(operand.shape, operand)


def total(operand: Array) -> Array:
    """The sum of all entries, a scalar; factors without entries stand outside it, and a one-hot vector sums to 1. A
    square stays one: opened, it would be a difference of large numbers."""
    if not operand.shape:
        return operand
    if not isinstance(operand, Map):
        one_hot = isinstance(operand, Value) and operand.one_hot
        return constant(1) if one_hot else Total((), operand)
    result: Array = constant(0)
    scalar = {slot(i) for i, arg in enumerate(operand.operands) if not arg.shape}
    for term in sympy.Add.make_args(sympy.expand(operand.rule, multinomial=False)):
        outside, inside = term.as_independent(*(term.free_symbols - scalar), as_Add=False)
        factor = Map.of(outside, operand.operands, ())
        entries = Map.of(inside, operand.operands, operand.shape)
        result = result + factor * (Total((), entries) if isinstance(entries, Map) else total(entries))
    return result


def log(u: Array) -> Array:
    return elementwise(sympy.log, u)


def exp(u: Array) -> Array:
    return elementwise(sympy.exp, u)


def tanh(u: Array) -> Array:
    return elementwise(sympy.tanh, u)


def sigmoid(u: Array) -> Array:
    return elementwise(Sigmoid, u)


def relu(u: Array) -> Array:
    return elementwise(Relu, u)


def softplus(u: Array) -> Array:
    return elementwise(Softplus, u)


def walk(array: Array) -> Iterator[Array]:
    """The expression and everything inside it, outermost first."""
    yield array
    for arg in array.args:
        yield from walk(arg)


def rebuild(array: Array, leaf: Callable[[Array], Array]) -> Array:
    """The same expression over other leaves."""
    if not array.args:
        return array if isinstance(array, Map) else leaf(array)
    return array.with_args(tuple(rebuild(arg, leaf) for arg in array.args))


def at_step(array: Array, step: Expr | int, of: Symbol = t) -> Array:
    """The expression with `step` put for t, or for another index, in every leaf."""

    def move(leaf: Array) -> Array:
        return leaf.at(leaf.step.xreplace({of: sympy.sympify(step)})) if isinstance(leaf, Value) else leaf

    return rebuild(array, move)
