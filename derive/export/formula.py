"""Equations of an array program as one line of plain text, for the comments of exported source."""

from __future__ import annotations

from sympy import Expr, Symbol
from sympy.printing.str import StrPrinter

from derive.algebra.array import Array, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, slot, t
from derive.algebra.model import Equation
from derive.export.rule import RulePrinter
from derive.program import LogSoftmax


def formula(equation: Equation) -> str:
    """The equation, such as delta_net_a(t) = delta_a(t)·(1 - a(t)²)."""
    return f"{equation.name}(t) = {text(equation.expression)}"


def text(array: Array) -> str:
    """An expression, a matrix product written as W·v."""
    match array:
        case Value(_, name, step):
            return f"{name}({str(step - t + Symbol('t')).replace(' ', '')})"
        case Parameter(_, name):
            return name
        case Map(_, rule, operands):
            return _Text().doprint(rule.xreplace({slot(i): Symbol(text(part)) for i, part in enumerate(operands)}))
        case MatMul(_, left, right):
            return f"{text(left)}·{text(right)}"
        case Outer(_, left, right):
            return f"{text(left)}·{text(right)}ᵀ"
        case Transpose(_, operand):
            return f"{text(operand)}ᵀ"
        case Softmax(_, operand):
            return f"softmax({text(operand)})"
        case LogSoftmax(_, operand):
            return f"log softmax({text(operand)})"
        case Total(_, operand):
            return f"sum({text(operand)})"
    raise TypeError(f"no text for {type(array).__name__}")


class _Text(RulePrinter):
    def _print_Mul(self, expr: Expr) -> str:
        return super()._print_Mul(expr).replace("*", "·")

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        power = str(StrPrinter._print_Pow(self, expr))
        return power.removesuffix("**2") + "²" if power.endswith("**2") else power.replace("**", "^")
