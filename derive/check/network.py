"""The network that a legend names: the built-in one, or its equations in the page's own LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, reduce

import sympy

from derive.algebra.array import (
    Array,
    Parameter,
    ShapeError,
    Value,
    constant,
    elementwise,
    matmul,
    outer,
    softmax,
    t,
    total,
    transpose,
    walk,
)
from derive.algebra.entries import SYMBOLIC
from derive.algebra.model import Equation, Model, elman
from derive.check import terms
from derive.check.resolve import Resolver
from derive.check.terms import Index, Term
from derive.reading import Legend, Network, ReadError, parse_equation

TIMED = ("input", "target", "value", "loss", "total_loss")


@lru_cache(maxsize=8)
def network_of(legend: Legend) -> Model:
    """The model of a legend. Raises ReadError, naming the equation, where its equations make none."""
    if not isinstance(legend.network, Network):
        return elman()
    return _Builder(legend, legend.network).model()


class _Builder:
    """Makes arrays of a legend's equations: shapes come from its symbols, matrix products from the shapes."""

    def __init__(self, legend: Legend, network: Network) -> None:
        self.legend, self.network = legend, network
        entries = [entry for entry in legend.entries if entry.role in (*TIMED, "parameter")]
        self.shapes = {e.at_time or e.means: tuple(map(str, e.shape or ())) for e in entries}
        values = {e.at_time or e.means for e in entries if e.role in TIMED and (e.time or e.role == "loss")}
        parameters = {e.means for e in entries if e.role == "parameter"}
        self.resolver = Resolver(legend, values, parameters, frozenset(), implicit="t")
        self.parameters = [Parameter(self.shapes[e.means], e.means) for e in entries if e.role == "parameter"]
        self.targets = {e.means for e in entries if e.role == "target"}
        self.inputs = [e.means for e in entries if e.role in ("input", "target")]

    def model(self) -> Model:
        """The model, its equations in the order of evaluation and the loss of one step last."""
        read: dict[str, Term] = {}
        scale: sympy.Expr = sympy.S.One
        for number, latex in enumerate(self.network.equations, 1):
            try:
                left, right = (self.resolver.term(side) for side in parse_equation(latex, self.legend.words))
                if left == terms.Ref(left.span, "loss"):
                    scale = _scale(right)
                    continue
                if not isinstance(left, terms.Ref) or left.step != Index(0, (("t", 1),)):
                    raise ReadError("an equation of the network begins with a value at step t, as in h_t = …")
                read[left.name] = right
            except ReadError as error:
                raise self.error(number, str(error)) from None
        loss = self.loss_name(read)
        applied = {
            part.function for term in read.values() for part in terms.walk(term) if isinstance(part, terms.Apply)
        }
        logarithm = any(isinstance(part, terms.Apply) and part.function == "log" for part in terms.walk(read[loss]))
        one_hot = logarithm and "softmax" in applied  # beside a σ, a target is any number from 0 to 1
        self.one_hot = frozenset(self.targets if one_hot else ())
        numbered = {name: number for number, name in enumerate(read, 1)}
        equations = {}
        for name, right in read.items():
            try:
                equations[name] = Equation(name, self.fitted(name, self.array(right), name == loss))
            except (ReadError, ShapeError, sympy.SympifyError) as error:
                raise self.error(numbered[name], str(error)) from None
        inputs = tuple(Value(self.shapes[name], name, t, name in self.one_hot) for name in self.inputs)
        used = {leaf.name for e in equations.values() for leaf in walk(e.expression) if isinstance(leaf, Parameter)}
        try:
            model = Model(
                self.legend.name,
                inputs,
                tuple(parameter for parameter in self.parameters if parameter.name in used),
                tuple(equations[name] for name in _ordered(equations, loss)),
                scale,
            )
            return model if model.states else replace(model, over="samples")
        except ValueError as error:
            raise ReadError(f"{self.legend.name}: network: {error}") from None

    def error(self, number: int, message: str) -> ReadError:
        return ReadError(f"{self.legend.name}: network.equations[{number - 1}]: {message}")

    def loss_name(self, read: dict[str, Term]) -> str:
        """The loss of one step: the one that the legend names, else the symbol with that role."""
        spelled = self.network.loss
        for entry in self.legend.entries:
            name = entry.at_time or entry.means
            named = spelled is not None and entry.spelling in (spelled, spelled.removesuffix("_t").removesuffix("(t)"))
            if name in read and (named if spelled is not None else entry.role in ("loss", "total_loss")):
                return name
        raise ReadError(f"{self.legend.name}: network: no equation gives the loss of one step: name it with loss = '…'")

    def fitted(self, name: str, array: Array, is_loss: bool) -> Array:
        """The right side in the shape of its left side; what a scalar loss sums over may be left unsaid in scalar
        notation."""
        if is_loss and array.shape and self.legend.notation == "scalar":
            array = total(array)
        if array.shape != self.shapes[name]:
            raise ReadError(f"the left side has the shape {self.shapes[name]}, the right side {array.shape}")
        return array

    # Terms to arrays

    def array(self, term: Term) -> Array:
        match term:
            case terms.Num(_, value):
                return constant(sympy.Rational(value.numerator, value.denominator))
            case terms.Ref(_, name, step):
                if step is None:
                    return next(parameter for parameter in self.parameters if parameter.name == name)
                if step.letters != (("t", 1),):
                    raise ReadError(f"{name} stands at a step that is not t, t-1, …")
                return Value(self.shapes[name], name, t + step.const, name in self.one_hot)
            case terms.Add(_, parts, signs):
                arrays = [self.array(part) for part in parts]
                return elementwise(lambda *s: sympy.Add(*(c * v for c, v in zip(signs, s, strict=True))), *arrays)
            case terms.Mul(_, factors, ops):
                return self.multiply(factors, ops)
            case terms.Div(_, above, under):
                return self.array(above) / self.array(under)
            case terms.Pow(_, base, exponent):
                return self.array(base) ** sympy.Rational(exponent.numerator, exponent.denominator)
            case terms.Apply(_, "softmax", argument, 0):
                return softmax(self.array(argument))
            case terms.Apply(_, function, argument, 0):
                return elementwise(SYMBOLIC.functions[function], self.array(argument))
            case terms.Flip(_, of):
                return transpose(self.array(of))
            case terms.SquaredNorm(_, of):
                vector = self.array(of)
                if len(vector.shape) > 1:
                    raise ReadError("the norm of a matrix is outside what the check knows")
                return total(vector**2)
            case terms.Fold(_, "sum", None, _, _, body):
                return total(self.array(body))
        raise ReadError(f"a network's equation with {type(term).__name__.lower()} in it: write it in vector notation")

    def multiply(self, factors: Sequence[Term], ops: Sequence[str]) -> Array:
        """A product by the shapes: matrix by vector, uᵀ v, u vᵀ, number by anything, else entry by entry. Where vectors
        are rows it is read from the other end, with every matrix transposed."""
        if self.legend.layout == "row":
            return self.multiply_rows(factors, ops)
        flipped = [isinstance(factor, terms.Flip) and not self._is_matrix(factor.of) for factor in factors]
        arrays = [
            self.array(factor.of if lies and isinstance(factor, terms.Flip) else factor)
            for factor, lies in zip(factors, flipped, strict=True)
        ]
        # matrices act on what follows them, so the product is built from the right
        (result, lies), *rest = reversed(list(zip(arrays, flipped, strict=True)))
        for (array, row), op in zip(rest, reversed(ops), strict=True):
            if len(array.shape) == 2 and op != "odot" and result.shape and not lies:
                result = matmul(array, result)
            elif row and len(result.shape) == 1:
                result = total(array * result)
            elif lies and len(array.shape) == 1:
                result, lies = outer(array, result), False
            else:
                result = array * result
        return result

    def multiply_rows(self, factors: Sequence[Term], ops: Sequence[str]) -> Array:
        """The same with rows for vectors: h W is Wᵀ h, u vᵀ the number."""
        flipped = [isinstance(factor, terms.Flip) and not self._is_matrix(factor.of) for factor in factors]
        arrays = [
            self.array(factor.of if stands and isinstance(factor, terms.Flip) else factor)
            for factor, stands in zip(factors, flipped, strict=True)
        ]
        result, stood = arrays[0], flipped[0]
        for array, stands, op in zip(arrays[1:], flipped[1:], ops, strict=True):
            if len(array.shape) == 2 and op != "odot" and len(result.shape) == 1:
                result = matmul(transpose(array), result)
            elif stands and len(result.shape) == 1:
                result = total(result * array)
            elif stood and len(array.shape) == 1:
                result, stood = outer(result, array), False
            else:
                result = result * array
        return result

    def _is_matrix(self, term: Term) -> bool:
        return isinstance(term, terms.Ref) and len(self.shapes.get(term.name, ())) == 2


def _scale(right: Term) -> sympy.Expr:
    """c for a total loss L = c Σ_t L_t."""
    match right:
        case terms.Fold(_, "sum", str(), _, _, terms.Ref(_, _, Index())):
            return sympy.S.One
        case terms.Div(_, above, terms.IndexNum(_, Index(0, (("T", 1),)))):
            return _scale(above) / sympy.Symbol("T")
        case terms.Mul(_, factors, _):
            *numbers, body = factors
            return reduce(lambda a, b: a * b, (_number(number) for number in numbers), _scale(body))
    raise ReadError("the total loss is a sum over the steps, Σ_t L_t, with a number before it")


def _number(term: Term) -> sympy.Expr:
    match term:
        case terms.Num(_, value):
            return sympy.Rational(value.numerator, value.denominator)
        case terms.IndexNum(_, Index(0, (("T", 1),))):
            return sympy.Symbol("T")
        case terms.Div(_, above, under):
            return _number(above) / _number(under)
    raise ReadError("the total loss is a sum over the steps with a number before it")


def _ordered(equations: dict[str, Equation], loss: str) -> list[str]:
    """The names so that each stands after those it reads at its own step, the loss last."""
    done: list[str] = []

    def place(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ReadError(f"network: {name} is defined by itself within a step")
        for leaf in walk(equations[name].expression):
            if isinstance(leaf, Value) and leaf.name in equations and leaf.step == t and leaf.name not in done:
                place(leaf.name, (*above, name))
        if name not in done:
            done.append(name)

    for name in sorted(equations, key=lambda name: name == loss):
        place(name, ())
    return done
