"""A model and its adjoints as one ordered array program: what the engines run and `export` prints.

All equations, forward and backward, become definitions of one program. What products and gradients share gets a name,
and inside a recurrence the products that do not depend on it are split off, to run before the loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count

import sympy
from sympy import Add, Expr, Mul

from derive.algebra.array import (
    Array,
    Map,
    MatMul,
    Outer,
    Parameter,
    Softmax,
    Transpose,
    Value,
    at_step,
    constant,
    exp,
    outer,
    slot,
    t,
    walk,
)
from derive.algebra.chain import adjoints
from derive.algebra.model import Model
from derive.program import Gradients, LogSoftmax, Program, reads
from derive.schedule import Definitions, blocks, cycles, dependencies


def lower(model: Model) -> Program:
    """The program of a model, the same for all sizes and every T.

    Raises ValueError for what has no array form here: a read more than one step back, an input read at an earlier step,
    a value that is a matrix, a product of anything but a parameter and a vector.
    """
    _check(model)
    derived = adjoints(model)
    definitions = {equation.name: equation.expression for equation in model.equations}
    for equation in derived.equations:
        definitions |= _carry(equation.name, derived.seeded(equation.expression))
    gradients: Gradients = {parameter.name: () for parameter in model.parameters}
    gradients |= {name: tuple(_terms(derived.seeded(summand))) for name, summand in derived.summands.items()}
    definitions = _stable_logarithms(definitions)
    definitions, gradients = _share(definitions, gradients)
    definitions = _split(definitions)
    carried = {state.name: f"carried_{state.name}" for state in model.states}
    terms = [term for sums in gradients.values() for term in sums]
    outputs = [model.loss.name, *carried.values(), *(leaf.name for term in terms for leaf in reads(term))]
    needed = dependencies(outputs, definitions)
    return Program(
        model, blocks({name: definitions[name] for name in definitions if name in needed}), gradients, carried
    )


def _check(model: Model) -> None:
    inputs = {value.name for value in model.inputs}
    for equation in model.equations:
        where = f"{model.name}: the equation of {equation.name}"
        products = [part for part in walk(equation.expression) if isinstance(part, MatMul)]
        if any(not any(reads(product)) for product in products):
            raise ValueError(f"{where} has a product of parameters alone: make it a parameter")
        for part in walk(equation.expression):
            if isinstance(part, Value) and part.step not in (t, t - 1):
                raise ValueError(
                    f"{where} reads {part.name}({part.step}): give {part.name}(t-1) an equation of its own"
                )
            if isinstance(part, Value) and part.step != t and part.name in inputs:
                raise ValueError(f"{where} reads {part.name}({part.step}): give the input an equation of its own")
            if isinstance(part, MatMul) and not isinstance(_untransposed(part.left), Parameter):
                raise ValueError(f"{where} has a product whose left side is no parameter")
            if len(part.shape) > 1 and not isinstance(_untransposed(part), Parameter):
                raise ValueError(f"{where} has a matrix that is no parameter")


def _untransposed(array: Array) -> Array:
    return array.operand if isinstance(array, Transpose) else array


def _carry(name: str, adjoint: Array) -> Definitions:
    """An adjoint's equation, with all that comes back from step t+1 as one value computed there.

    δ_u(t) = f(t) + g(t+1) becomes δ_u(t) = f(t) + carried_u(t+1), carried_u(t) = g(t).
    """
    rules = Add.make_args(adjoint.rule) if isinstance(adjoint, Map) else [slot(0)]
    operands = adjoint.operands if isinstance(adjoint, Map) else (adjoint,)
    here, back = constant(0, adjoint.shape), constant(0, adjoint.shape)
    for rule in rules:
        term = Map.of(rule, operands, adjoint.shape)
        if any(leaf.step == t + 1 for leaf in reads(term)):
            back = back + at_step(term, t - 1)
        else:
            here = here + term
    if back.is_zero:
        return {name: adjoint}
    carried = Value(back.shape, name.replace("delta_", "carried_", 1), t)
    return {name: here + carried.at(t + 1), carried.name: back}


def _terms(summand: Array) -> Iterator[Array]:
    """The summand of a gradient as outer products, or as it is if it is no matrix."""
    if isinstance(summand, Transpose):
        yield from (outer(term.right, term.left) for term in _terms(summand.operand) if isinstance(term, Outer))
    elif isinstance(summand, Outer) or len(summand.shape) < 2:
        yield summand
    elif isinstance(summand, Map) and summand.rule == Add(*map(slot, range(len(summand.operands)))):
        for operand in summand.operands:
            yield from _terms(operand)
    else:
        raise ValueError(f"a gradient of shape {summand.shape} is no sum of outer products")


def _stable_logarithms(definitions: Definitions) -> Definitions:
    """log y for y = softmax(u) as a value of its own, and y as its exponential."""
    logarithms = {name: Value(u.shape, f"log_{name}", t) for name, u in definitions.items() if isinstance(u, Softmax)}
    used = set()

    def rewrite(array: Array) -> Array:
        args = tuple(map(rewrite, array.args))
        if not isinstance(array, Map):
            return array.with_args(args) if args else array
        rule, operands = array.rule, list(args)
        for i, operand in enumerate(args):
            if isinstance(operand, Value) and operand.name in logarithms and rule.has(sympy.log(slot(i))):
                used.add(operand.name)
                rule = rule.xreplace({sympy.log(slot(i)): slot(len(operands))})
                operands.append(logarithms[operand.name].at(operand.step))
        return Map.of(rule, tuple(operands), array.shape)

    rewritten = {name: rewrite(expression) for name, expression in definitions.items()}
    stable: Definitions = {}
    for name, expression in rewritten.items():
        if name in used and isinstance(expression, Softmax):
            stable[logarithms[name].name] = LogSoftmax(expression.shape, expression.operand)
            expression = exp(logarithms[name])
        stable[name] = expression
    return stable


class _Names:
    """New names for expressions: an expression that comes again gets the name it has."""

    def __init__(self, definitions: Definitions) -> None:
        self.taken = set(definitions)
        self.values: dict[Array, Value] = {}

    def name(self, array: Array, base: str) -> Value:
        if isinstance(array, Value):
            return array
        if array not in self.values:
            number = next(i for i in count(1) if _numbered(base, i) not in self.taken)
            self.values[array] = Value(array.shape, _numbered(base, number), t)
            self.taken.add(self.values[array].name)
        return self.values[array]

    @property
    def definitions(self) -> Definitions:
        return {value.name: expression for expression, value in self.values.items()}


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}_{number}"


def _share(definitions: Definitions, gradients: Gradients) -> tuple[Definitions, Gradients]:
    """A name for every operand of a product, every term of a gradient, every softmax inside an expression, and every
    product that occurs twice."""
    names = _Names(definitions)

    def operand(array: Array) -> Array:
        deltas = [leaf.name for leaf in reads(array) if leaf.name.startswith("delta_")]
        return names.name(array, f"inner_{deltas[0]}" if len(deltas) == 1 else "_".join(x.name for x in reads(array)))

    def rewrite(array: Array) -> Array:
        if not array.args or isinstance(_untransposed(array), Parameter):
            return array
        args = tuple(map(rewrite, array.args))
        args = tuple(operand(arg) if isinstance(arg, Softmax | LogSoftmax) else arg for arg in args)
        if isinstance(array, MatMul):
            args = (args[0], operand(args[1]))
        if isinstance(array, Outer):
            args = (operand(args[0]), operand(args[1]))
        return array.with_args(args)

    definitions = {name: rewrite(expression) for name, expression in definitions.items()}
    gradients = {
        name: tuple(rewrite(term) if isinstance(term, Outer) else operand(rewrite(term)) for term in terms)
        for name, terms in gradients.items()
    }
    definitions |= names.definitions
    products = Counter(part for e in definitions.values() for part in walk(e) if isinstance(part, MatMul))
    shared = _Names(definitions)

    def replaced(array: Array) -> Array:
        if isinstance(array, MatMul) and products[array] > 1:
            transposed = "_T" if isinstance(array.left, Transpose) else ""
            matrix, vector = _untransposed(array.left), array.right
            assert isinstance(matrix, Parameter) and isinstance(vector, Value)
            return shared.name(array, f"{matrix.name}{transposed}_{vector.name}")
        return array.with_args(tuple(map(replaced, array.args))) if array.args else array

    definitions = {name: replaced(expression) for name, expression in definitions.items()}
    return definitions | shared.definitions, gradients


def _split(definitions: Definitions) -> Definitions:
    """Every equation of a recurrence with its parts that hold products and are free of it as values of their own."""
    names = _Names(definitions)
    split: Definitions = {}
    recurrent = cycles(definitions)
    for name, expression in definitions.items():
        if name in recurrent:
            expression = _without(expression, recurrent[name], partial(names.name, base=f"free_{name}"))
        split[name] = expression
    return split | names.definitions


def _without(array: Array, cycle: frozenset[str], name: Callable[[Array], Array]) -> Array:
    """The expression with `name(part)` for each largest part that holds a product and reads nothing of the cycle."""

    def free(part: Array) -> bool:
        return any(isinstance(inner, MatMul) for inner in walk(part)) and not {x.name for x in reads(part)} & cycle

    if free(array):
        return name(array)
    if not isinstance(array, Map):
        return array.with_args(tuple(_without(arg, cycle, name) for arg in array.args)) if array.args else array
    operands = list(array.operands)

    def part(rule: Expr) -> Expr:
        """The rule with a slot for each largest free part."""
        if rule.is_Symbol or not rule.args:
            return rule
        if isinstance(rule, Add | Mul):
            numbers = [arg for arg in rule.args if arg.is_Number]
            inside = [arg for arg in rule.args if not arg.is_Number]
            outside = [arg for arg in inside if not {leaf.name for leaf in reads(_of(arg, operands))} & cycle]
            held = [*outside, *(numbers if isinstance(rule, Add) else [])]
            whole = _of(rule.func(*held), operands)
            if free(whole):
                operands.append(name(whole))
                rest = [arg for arg in rule.args if arg not in held]
                return rule.func(slot(len(operands) - 1), *map(part, rest))
        return rule.func(*map(part, rule.args))

    rule = part(array.rule)
    return Map.of(rule, tuple(_without(operand, cycle, name) for operand in operands), array.shape)


def _of(rule: Expr, operands: Sequence[Array]) -> Array:
    """The rule over those operands that it uses, in their shape."""
    shapes = {operand.shape for i, operand in enumerate(operands) if rule.has(slot(i))}
    return Map.of(rule, tuple(operands), max(shapes, default=(), key=len))
