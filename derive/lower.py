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
    last,
    outer,
    slot,
    t,
    walk,
)
from derive.algebra.chain import adjoints
from derive.algebra.evaluate import function_name
from derive.algebra.functions import NAMED, Sigmoid, Softplus
from derive.algebra.model import Model
from derive.normal import normal
from derive.program import Gradients, LogSoftmax, Program, State, reads
from derive.schedule import Definitions, blocks, cycles, dependencies, is_once

CARRIED, RETURNED = "carried_", "returned_"


def lower(model: Model) -> Program:
    """The program of a model, the same for all sizes and every T.

    Raises ValueError for what has no array form here: a function that is not known, a value that is a matrix, a product
    of anything but a parameter and a vector; and for a value that depends on itself.
    """
    model = normal(model)
    _check(model)
    derived = adjoints(model)
    definitions = {equation.name: equation.expression for equation in model.equations}
    for equation in derived.equations:
        definitions |= {name: derived.seeded(part) for name, part in _carry(equation.name, equation.expression).items()}
    states = tuple(
        State(value, side, None if _is_input(value.name) else prefix + value.name)
        for value in model.states
        for side, prefix in ((-1, CARRIED), (1, RETURNED))
        if any(leaf == value.at(t + side) for equation in model.equations for leaf in equation.leaves)
    )
    for state in states:
        if state.carried:  # the derivative by which may be zero
            definitions.setdefault(state.carried, constant(0, state.value.shape))
    ends = {}
    for (name, step), part in derived.ends.items():
        back, end, shift = (CARRIED, "end_", 1) if step == last else (RETURNED, "start_", -1)
        ends[back + name], definitions[end + name] = end + name, derived.seeded(part)
        definitions.setdefault(back + name, constant(0, part.shape))
        carried, adjoint = Value(part.shape, back + name, t + shift), f"delta_{name}"
        if carried not in reads(definitions[adjoint]):
            definitions[adjoint] = definitions[adjoint] + carried
    gradients: Gradients = {parameter.name: () for parameter in model.parameters}
    for name, summand in (*derived.summands.items(), *derived.once.items()):
        gradients[name] += tuple(_terms(derived.seeded(summand)))
    definitions = _stable_logarithms(definitions)
    definitions, gradients = _share(definitions, gradients)
    definitions = _split(definitions)
    terms = [term for sums in gradients.values() for term in sums]
    outputs = [model.loss.name, *(state.carried for state in states if state.carried)]
    outputs += [leaf.name for term in terms for leaf in reads(term)]
    needed = dependencies(outputs, definitions, ends)
    return Program(
        model,
        blocks({name: definitions[name] for name in definitions if name in needed}, ends),
        {name: tuple(at_step(term, t, of=last) for term in sums) for name, sums in gradients.items()},
        states,
        {name: end for name, end in ends.items() if name in needed},
    )


def _check(model: Model) -> None:
    for equation in model.equations:
        where = f"{model.name}: the equation of {equation.name}"
        products = [part for part in walk(equation.expression) if isinstance(part, MatMul)]
        if any(not any(reads(product)) for product in products):
            raise ValueError(f"{where} has a product of parameters alone: make it a parameter")
        for part in walk(equation.expression):
            if isinstance(part, MatMul) and not isinstance(_untransposed(part.left), Parameter):
                raise ValueError(f"{where} has a product whose left side is no parameter")
            if len(part.shape) > 1 and not isinstance(_untransposed(part), Parameter):
                raise ValueError(f"{where} has a matrix that is no parameter")
            for function in part.rule.atoms(sympy.Function) if isinstance(part, Map) else ():
                if function_name(function) not in NAMED:
                    entry = f'\'{function.func}\' = {{ means = "tanh", role = "function" }}'
                    raise ValueError(
                        f"{where} applies the function {function.func}, and nothing says which it is: "
                        f"if it is tanh, say, write {entry} under [symbols] of the legend"
                    )


def _is_input(name: str) -> bool:
    """Whether a value is an input, or one at another step."""
    while name.startswith(("lag_", "lead_")):
        name = name.split("_", 1)[1]
    return name.startswith("copy_")


def _untransposed(array: Array) -> Array:
    return array.operand if isinstance(array, Transpose) else array


def _carry(name: str, adjoint: Array) -> Definitions:
    """An adjoint's equation, with all that comes back from step t+1 as one value computed there, and so from step t-1.

    δ_u(t) = f(t) + g(t+1) becomes δ_u(t) = f(t) + carried_u(t+1), carried_u(t) = g(t).
    """
    rules = Add.make_args(adjoint.rule) if isinstance(adjoint, Map) else [slot(0)]
    operands = adjoint.operands if isinstance(adjoint, Map) else (adjoint,)
    parts = {shift: constant(0, adjoint.shape) for shift in (0, 1, -1)}
    for rule in rules:
        term = Map.of(rule, operands, adjoint.shape)
        shift = next((side for side in (1, -1) if any(leaf.step == t + side for leaf in _deltas(term))), 0)
        parts[shift] = parts[shift] + at_step(term, t - shift)
    carried: Definitions = {}
    for shift, prefix in ((1, CARRIED), (-1, RETURNED)):
        if not parts[shift].is_zero:
            value = Value(adjoint.shape, name.replace("delta_", prefix, 1), t)
            carried[value.name] = parts[shift]
            parts[0] = parts[0] + value.at(t + shift)
    return {name: parts[0], **carried} if carried else {name: adjoint}


def _deltas(term: Array) -> Iterator[Value]:
    return (leaf for leaf in reads(term) if leaf.name.startswith("delta_"))


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
    """log y for y = softmax(u) as a value of its own, and y as its exponential; for y = σ(u), log y as
    u - softplus(u) and log(1 - y) as -softplus(u)."""
    logarithms = {
        name: Value(u.shape, f"log_{name}", last if is_once(u) else t)
        for name, u in definitions.items()
        if isinstance(u, Softmax)
    }
    exponents = {
        name: Map.of(u.rule.args[0], u.operands, u.shape)
        for name, u in definitions.items()
        if isinstance(u, Map) and isinstance(u.rule, Sigmoid)
    }
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
            if isinstance(operand, Value) and operand.name in exponents and rule.has(sympy.log):
                known = {log: log.xreplace({slot(i): Sigmoid(slot(len(operands)))}) for log in rule.atoms(sympy.log)}
                rule = rule.xreplace(known)
                operands.append(at_step(exponents[operand.name], operand.step))
        return Map.of(_softplus(rule), tuple(operands), array.shape)

    rewritten = {name: rewrite(expression) for name, expression in definitions.items()}
    stable: Definitions = {}
    for name, expression in rewritten.items():
        if name in used and isinstance(expression, Softmax):
            stable[logarithms[name].name] = LogSoftmax(expression.shape, expression.operand)
            expression = exp(logarithms[name])
        stable[name] = expression
    return stable


def _softplus(rule: Expr) -> Expr:
    """The rule with z - softplus(z) for log σ(z) and -softplus(z) for log(1 - σ(z))."""
    known = {}
    for log in rule.atoms(sympy.log):
        for sigmoid in log.args[0].atoms(Sigmoid):
            z = sigmoid.args[0]
            if log.args[0] == sigmoid:
                known[log] = z - Softplus(z)
            elif log.args[0] == 1 - sigmoid:
                known[log] = -Softplus(z)
    return rule.xreplace(known)


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
            self.values[array] = Value(array.shape, _numbered(base, number), last if is_once(array) else t)
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
