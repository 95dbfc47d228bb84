"""A model in the form that is lowered: the same loss and gradients, with equations that fewer things can be said of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from sympy import Expr

from derive.algebra.array import (
    Array,
    Map,
    MatMul,
    Softmax,
    Total,
    Value,
    at_step,
    last,
    rebuild,
    slot,
    softmax,
    t,
    walk,
)
from derive.algebra.model import ADJOINTS, Equation, Model


class Normal(Model):
    """A model in this form, with values that have the names of `VALUES`."""

    reserved = ADJOINTS


def normal(model: Model) -> Normal:
    """The model with only what its loss depends on, every value that counts at the last step alone as a value of the
    whole run, every read of another step one step away, and what stands inside an output's function with a name.
    Its inputs and parameters are all those of the model."""
    result = Normal(*(getattr(model, field.name) for field in fields(model)))
    for step in (_needed, _of_the_whole_run, _neighbours, _apart):
        result = step(result)
    return result


def _with(model: Normal, equations: Iterable[Equation]) -> Normal:
    return replace(model, equations=tuple(equations))


def _needed(model: Normal) -> Normal:
    equations = {equation.name: equation for equation in model.equations}
    found: set[str] = set()
    ahead = [model.loss.name]
    while ahead:
        if (name := ahead.pop()) not in found:
            found.add(name)
            ahead += [leaf.name for leaf in equations[name].leaves if leaf.name in equations]
    return _with(model, (equation for equation in model.equations if equation.name in found))


def _of_the_whole_run(model: Normal) -> Normal:
    """Values that only values of the whole run read, and at the last step, are such values too. What these read of the
    first step gets a name."""
    once = {equation.name: equation for equation in model.equations if equation.once}
    for equation in reversed(model.equations):
        readers = [e.name for e in model.equations if _reads(e, equation.name)]
        at_t = all(leaf.step == t for leaf in equation.leaves if isinstance(leaf, Value))
        if not equation.once and at_t and readers and all(_at_last(once.get(name), equation.name) for name in readers):
            once[equation.name] = Equation(equation.name, at_step(equation.expression, last), last)
    firsts: dict[str, Equation] = {}

    def named(leaf: Array) -> Array:
        if isinstance(leaf, Value) and leaf.step == 1:
            name = f"first_{leaf.name}"
            firsts[name] = Equation(name, leaf, last)
            return firsts[name].value
        return leaf

    ending = [
        replace(once[e.name], expression=rebuild(once[e.name].expression, named))
        for e in model.equations
        if e.name in once
    ]
    return _with(model, [*(e for e in model.equations if e.name not in once), *firsts.values(), *ending])


def _reads(equation: Equation, name: str) -> list[Value]:
    """The reads of a value in an equation."""
    return [leaf for leaf in equation.leaves if isinstance(leaf, Value) and leaf.name == name]


def _at_last(reader: Equation | None, name: str) -> bool:
    """Whether it is a value of the whole run that reads the name at the last step alone."""
    return reader is not None and all(leaf.step == last for leaf in _reads(reader, name))


def _neighbours(model: Normal) -> Normal:
    """h(t-3) as lag_lag_h(t-1), with lag_lag_h(t) = lag_h(t-1) and lag_h(t) = h(t-1); an input x at another step as
    copy_x there, with copy_x(t) = x(t)."""
    inputs = {value.name for value in model.inputs}
    helpers: dict[str, Equation] = {}

    def helper(name: str, expression: Array) -> Value:
        helpers.setdefault(name, Equation(name, expression))
        return helpers[name].value

    def near(leaf: Array) -> Array:
        if not isinstance(leaf, Value) or not (leaf.step - t).is_Integer or leaf.step == t:
            return leaf
        shift, value = int(leaf.step - t), leaf.at(t)
        side = 1 if shift > 0 else -1
        if leaf.name in inputs:
            value = helper(f"copy_{leaf.name}", value)
        for _ in range(abs(shift) - 1):
            value = helper(f"{'lead' if side > 0 else 'lag'}_{value.name}", value.at(t + side))
        return value.at(t + side)

    equations = [replace(e, expression=rebuild(e.expression, near)) for e in model.equations]
    return _with(model, [*helpers.values(), *equations])


def with_sums_named(model: Model) -> Model:
    """The model with a name, net_y, for what stands inside the function in y = f(W h + b): the errors of a derivation
    then come to the sums themselves."""
    equations: list[Equation] = []
    for equation in model.equations:
        expression, name = equation.expression, f"net_{equation.name}"
        inside = _inside(expression)
        if equation is not model.loss and inside is not None and _products(inside) and name not in model.names:
            equations.append(Equation(name, inside, equation.step))
            equation = replace(equation, expression=_of(expression, equations[-1].value))
        equations.append(equation)
    return replace(model, equations=tuple(equations))


def _inside(expression: Array) -> Array | None:
    """What a function is applied to, where the whole expression is one function of it."""
    if isinstance(expression, Softmax):
        return expression.operand
    if isinstance(expression, Map) and expression.rule.is_Function:
        return Map.of(expression.rule.args[0], expression.operands, expression.shape)
    return None


def _of(expression: Array, inside: Array) -> Array:
    """The function that an expression applies, of something else."""
    if isinstance(expression, Map):
        return Map.of(expression.rule.func(slot(0)), (inside,), expression.shape)
    return softmax(inside)


def _apart(model: Normal) -> Normal:
    """y = softmax(W h + b) as y = softmax(inner_y), inner_y = W h + b, and log softmax(u) in a loss as the logarithm of
    a value: then no adjoint divides by y."""
    equations: list[Equation] = []

    def named(name: str, expression: Array, step: Expr) -> Value:
        number = sum(e.name.startswith(name) for e in equations)
        equations.append(Equation(f"{name}_{number + 1}" if number else name, expression, step))
        return equations[-1].value

    def without_softmax(array: Array, equation: Equation) -> Array:
        args = tuple(without_softmax(arg, equation) for arg in array.args)
        args = tuple(named(f"inner_{equation.name}", a, equation.step) if isinstance(a, Softmax) else a for a in args)
        return array.with_args(args) if args else array

    for equation in model.equations:
        expression = equation.expression
        if equation == model.loss:
            expression = without_softmax(expression, equation)
        elif [e for e in model.equations if _reads(e, equation.name)] == [model.loss]:
            inside = _inside(expression) if _products(expression) else None
            if inside is not None:
                expression = _of(expression, named(f"inner_{equation.name}", inside, equation.step))
        equations.append(replace(equation, expression=expression))
    return _with(model, equations)


def _products(expression: Array) -> bool:
    return any(isinstance(part, MatMul | Total) for part in walk(expression))
