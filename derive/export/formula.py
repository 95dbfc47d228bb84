"""Equations of an array program as one line of plain text, for the comments of exported source."""

from __future__ import annotations

from sympy import Expr, Symbol
from sympy.printing.str import StrPrinter

from derive.algebra.array import Array, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, at_step, slot
from derive.algebra.model import Equation
from derive.export.rule import RulePrinter
from derive.program import LogSoftmax


def formula(equation: Equation, now: str = "t") -> str:
    """The equation, such as delta_net_a(t) = delta_a(t)·(1 - a(t)²), with `now` for its step."""
    return f"{equation.name}({now}) = {text(equation.expression, now)}"


def text(array: Array, now: str = "t") -> str:
    """An expression, a matrix product written as W·v, with `now` for the step at which it stands."""
    return _plain(at_step(array, Symbol(now)))


def _plain(array: Array) -> str:
    match array:
        case Value(_, name, step):
            return f"{name}({str(step).replace(' ', '')})"
        case Parameter(_, name):
            return name
        case Map(_, rule, operands):
            return _Text().doprint(rule.xreplace({slot(i): Symbol(_plain(part)) for i, part in enumerate(operands)}))
        case MatMul(_, left, right):
            return f"{_plain(left)}·{_plain(right)}"
        case Outer(_, left, right):
            return f"{_plain(left)}·{_plain(right)}ᵀ"
        case Transpose(_, operand):
            return f"{_plain(operand)}ᵀ"
        case Softmax(_, operand):
            return f"softmax({_plain(operand)})"
        case LogSoftmax(_, operand):
            return f"log softmax({_plain(operand)})"
        case Total(_, operand):
            return f"sum({_plain(operand)})"
    raise TypeError(f"no text for {type(array).__name__}")


class _Text(RulePrinter):
    def _print_Mul(self, expr: Expr) -> str:
        return super()._print_Mul(expr).replace("*", "·")

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        power = str(StrPrinter._print_Pow(self, expr))
        return power.removesuffix("**2") + "²" if power.endswith("**2") else power.replace("**", "^")
