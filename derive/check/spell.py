"""LaTeX in the notation of a page: our own derivation, spelled with the page's symbols."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy
from sympy import Expr

from derive.algebra.array import (
    Array,
    Diag,
    Map,
    MatMul,
    Outer,
    Parameter,
    Softmax,
    Total,
    Transpose,
    Value,
    at_step,
    rebuild,
    slot,
)
from derive.algebra.model import Model
from derive.check import terms
from derive.reading import Legend

SUM, PRODUCT, ATOM = 0, 1, 2
Text = tuple[str, int]  # LaTeX, and how tightly it binds


class Unspeakable(ValueError):
    """A quantity that the page has no symbol for."""


@dataclass
class Speller:
    """Spells quantities as one page does. `styles` is how it writes a step: 'h_t' is 'sub', 'a(t)' is 'paren'."""

    legend: Legend
    model: Model
    style: str

    def __post_init__(self) -> None:
        self.names: dict[str, str] = {}
        for entry in self.legend.entries:
            self.names.setdefault(entry.means, entry.spelling)
            if entry.at_time is not None:
                self.names.setdefault(entry.at_time, entry.spelling)
        self.vector = self.legend.notation != "scalar"

    def in_vectors(self) -> Speller:
        """The same symbols in vector notation."""
        return Speller(replace(self.legend, notation="vector"), self.model, self.style)

    def value(self, name: str, step: str) -> str:
        if name not in self.names:
            raise Unspeakable(name)
        spelling = self.names[name]
        if self.style == "paren":
            return f"{spelling}({step})"
        if self.style == "bracket":
            return f"{spelling}[{step}]"
        if self.style == "sup":
            return f"{spelling}^{{({step})}}"
        if self.style == "raised":
            return f"{spelling}^{{{step}}}"
        if self.style == "angle":
            return rf"{spelling}^{{\langle {step} \rangle}}"
        return f"{spelling}_{{{step}}}" if len(step) > 1 else f"{spelling}_{step}"

    def parameter(self, name: str) -> str:
        if name not in self.names:
            raise Unspeakable(name)
        return self.names[name]

    def ref(self, ref: terms.Ref) -> str:
        return self.value(ref.name, str(ref.step)) if ref.step is not None else self.parameter(ref.name)

    def partial(self, of: str, wrt: str, direct: bool = False) -> str:
        sign = r"\partial^{+}" if direct else r"\partial"
        return rf"\frac{{{sign} {of}}}{{\partial {wrt}}}"

    # Arrays

    def inlined(self, array: Array) -> Array:
        """The expression with the values that the page does not name replaced by their equations."""

        def leaf(node: Array) -> Array:
            if isinstance(node, Value) and node.name not in self.names and not node.name.startswith("delta_"):
                definition = next((e.expression for e in self.model.equations if e.name == node.name), None)
                if definition is not None:
                    return self.inlined(at_step(definition, node.step))
            return node

        return rebuild(array, leaf)

    def array(self, array: Array, loss: str, product: bool = False) -> str:
        """The LaTeX of an expression, in brackets where a `product` is wanted and it is a sum; an adjoint δ_v is
        written as ∂loss/∂v."""
        return _bracketed(self._array(self.inlined(array), loss), PRODUCT if product else SUM)

    def _array(self, array: Array, loss: str) -> Text:
        match array:
            case Value(_, name, step):
                text = str(step).replace(" ", "")
                if name.startswith("delta_"):
                    return self.partial(loss, self.value(name.removeprefix("delta_"), text)), ATOM
                return self.value(name, text), ATOM
            case Parameter():
                return self.parameter(array.name), ATOM
            case Map(_, rule, operands):
                return self._rule(rule, [self._array(operand, loss) for operand in operands])
            case MatMul(_, left, right):
                return f"{self._tight(left, loss)} {self._tight(right, loss)}", PRODUCT
            case Outer(_, left, right):
                return f"{self._tight(left, loss)} {self._flipped(right, loss, PRODUCT)}", PRODUCT
            case Transpose(_, operand):
                return self._flipped(operand, loss, ATOM), ATOM
            case Diag(_, operand):
                inner = self._array(operand, loss)
                return (rf"\mathrm{{diag}}({inner[0]})", ATOM) if self.vector else inner
            case Softmax(_, operand):
                return rf"\mathrm{{softmax}}({self._array(operand, loss)[0]})", ATOM
            case Total(_, operand):
                return self._total(operand, loss)
        raise Unspeakable(type(array).__name__)

    def _tight(self, array: Array, loss: str, level: int = PRODUCT) -> str:
        return _bracketed(self._array(array, loss), level)

    def _flipped(self, array: Array, loss: str, level: int) -> str:
        """The transpose, or where the page writes none, the expression at this level."""
        if not self.vector:
            return self._tight(array, loss, level)
        text = self._tight(array, loss, ATOM)
        raised = isinstance(array, Value) and self.style in ("sup", "angle", "raised") and text[-1] == "}"
        return (f"{{{text}}}" if raised and not text.startswith(r"\frac") else text) + r"^\top"

    def _total(self, operand: Array, loss: str) -> Text:
        if not self.vector:
            return self._array(operand, loss)
        if isinstance(operand, Map) and operand.rule.is_Mul and len(operand.rule.args) == 2:
            factors = sorted(operand.rule.args, key=lambda f: not f.is_Symbol)
            left, right = (Map.of(factor, operand.operands, operand.shape) for factor in factors)
            return f"{self._flipped(left, loss, ATOM)} {self._tight(right, loss)}", PRODUCT
        raise Unspeakable("a sum of entries")

    def _rule(self, rule: Expr, slots: list[Text]) -> Text:
        if rule.is_Symbol:
            return next((text for i, text in enumerate(slots) if rule == slot(i)), (str(rule), ATOM))
        if rule.is_Number:
            return str(sympy.latex(rule)), ATOM
        if rule.is_Add:
            parts = sorted(rule.args, key=lambda part: (_negative(part), not part.is_Number))
            text = ""
            for part in parts:
                negative = _negative(part)
                inner = _bracketed(self._rule(-part if negative else part, slots), PRODUCT)
                text += ("-" if not text else " - ") + inner if negative else (" + " if text else "") + inner
            return text, SUM
        if rule.is_Mul:
            if _negative(rule):
                return "-" + _bracketed(self._rule(-rule, slots), PRODUCT), SUM
            over, under = rule.as_numer_denom()
            if under != 1:
                return rf"\frac{{{self._rule(over, slots)[0]}}}{{{self._rule(under, slots)[0]}}}", ATOM
            factors = sorted(rule.args, key=lambda f: (not f.is_Number, bool(f.is_Add)))
            numbers = [self._rule(f, slots)[0] for f in factors if f.is_Number]
            others = [_bracketed(self._rule(f, slots), ATOM) for f in factors if not f.is_Number]
            return " ".join([*numbers, (r" \odot " if self.vector else " ").join(others)]), PRODUCT
        if rule.is_Pow and rule.exp.is_Rational:
            base = self._rule(rule.base, slots)
            plain = base[1] == ATOM and self.style == "sub" and "^" not in base[0]
            return f"{base[0] if plain else f'({base[0]})'}^{{{rule.exp}}}".replace("^{2}", "^2"), ATOM
        if rule.is_Function:
            name = {"tanh": r"\tanh", "exp": r"\exp", "log": r"\log", "Sigmoid": r"\sigma"}[rule.func.__name__]
            return f"{name}({self._rule(rule.args[0], slots)[0]})", ATOM
        raise Unspeakable(str(rule))


def _negative(rule: Expr) -> bool:
    return bool(rule.as_coeff_Mul()[0].is_negative)


def _bracketed(text: Text, level: int) -> str:
    return text[0] if text[1] >= level else f"({text[0]})"
