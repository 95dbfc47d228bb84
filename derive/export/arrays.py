"""Array expressions in the syntax that NumPy, JAX and PyTorch share: `@`, `.T`, operators, a module's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Function, Symbol
from sympy.printing.precedence import PRECEDENCE

from derive.algebra.array import (
    Array,
    Map,
    MatMul,
    Outer,
    Parameter,
    Shape,
    Softmax,
    Total,
    Transpose,
    Value,
    slot,
    walk,
)
from derive.algebra.evaluate import function_name
from derive.export.formula import text
from derive.export.rule import RulePrinter
from derive.export.source import one_hot_factor
from derive.program import LogSoftmax, Program

Name = Callable[[Value], str]


class Arrays:
    """Prints expressions over the arrays of `module` ("np", say); `name` says how a value is written. With `rows`, an
    expression stands for all steps at once: a row for each, so that W v is written v @ W.T."""

    def __init__(self, module: str, name: Name, rows: bool) -> None:
        self.module, self.name, self.rows = module, name, rows

    def text(self, array: Array) -> str:
        match array:
            case Value():
                return self.name(array)
            case Parameter(_, name):
                return name
            case Map(shape, rule, operands):
                kinds = (_Product if isinstance(part, MatMul) else Symbol for part in operands)
                names = {slot(i): kind(text(part)) for i, (kind, part) in enumerate(zip(kinds, operands, strict=True))}
                spelled = {text(part): self._operand(part, shape) for part in operands}
                return _Rule(self.module, spelled).doprint(rule.xreplace(names))
            case MatMul(_, left, right):
                if self.rows:
                    return f"{self._factor(right)} @ {self.text(_transposed(left))}"
                return f"{self.text(left)} @ {self._factor(right)}"
            case Transpose(_, operand):
                return f"{self._factor(operand)}.T"
            case Outer(_, left, right):
                return f"{self._factor(left)}.T @ {self._factor(right)}"
            case Total(_, operand):
                entries = self.text(operand)
                if found := one_hot_factor(operand):
                    one_hot, rest = map(self.text, found)
                    entries = f"{one_hot}*{self.module}.where({one_hot} != 0, {rest}, 0)"
                return f"({entries}).sum({'-1' if self.rows else ''})"
            case Softmax(_, operand):
                return f"softmax({self.text(operand)})"
            case LogSoftmax(_, operand):
                return f"log_softmax({self.text(operand)})"
        raise TypeError(f"no array source for {type(array).__name__}")

    def _factor(self, array: Array) -> str:
        factor = self.text(array)
        return factor if isinstance(array, Value | Parameter | Transpose) else f"({factor})"

    def _operand(self, array: Array, shape: Shape) -> str:
        """Inside a rule; a scalar at each step is spread over a vector's entries."""
        spread = self.rows and shape and not array.shape and not isinstance(array, Parameter)
        return f"{self.text(array)}[:, None]" if spread else self.text(array)


class _Product(Symbol):
    """A matrix product, which stands in a sum as it is and in parentheses within a product."""

    precedence = PRECEDENCE["Mul"]

    @classmethod
    def class_key(cls) -> Any:
        """Its place in the order is that of any symbol."""
        return Symbol.class_key()


def _transposed(array: Array) -> Array:
    return array.operand if isinstance(array, Transpose) else Transpose(array.shape[::-1], array)


class _Rule(RulePrinter):
    def __init__(self, module: str, spelled: Mapping[str, str]) -> None:
        super().__init__()
        self.module, self.spelled = module, spelled

    def function(self, name: str) -> str:
        return name if name in OWN else f"{self.module}.{name}"


OWN = ("softmax", "log_softmax", "sigmoid", "softplus", "relu", "positive")


def functions(program: Program, sources: dict[str, str]) -> list[str]:
    """Those of the functions `OWN` that the program applies, for which `sources` has a source."""
    parts = [part for block in program.blocks for e in block.equations for part in walk(e.expression)]
    used = {function_name(f) for part in parts if isinstance(part, Map) for f in part.rule.atoms(Function)}
    used |= {"softmax" for part in parts if isinstance(part, Softmax)}
    used |= {"log_softmax" for part in parts if isinstance(part, LogSoftmax)}
    return [sources[name] for name in OWN if name in used and name in sources]
