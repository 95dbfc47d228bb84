"""Names and scripts: how a page spells quantities, and the LaTeX of a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .claims import Claim
from .terms import (
    Add,
    At,
    Chain,
    ChainProd,
    D,
    Diag,
    Fn,
    Frac,
    Had,
    IndexNumber,
    Kron,
    Mul,
    Neg,
    Norm2,
    Num,
    Pow,
    Q,
    SizeNumber,
    Softmax,
    StepProd,
    StepSum,
    Term,
    Tr,
    UnitSum,
)


@dataclass(frozen=True)
class Name:
    """A letter with what else belongs to the name: `W` with `hh` below, `a` with `f` above."""

    base: str
    below: str = ""
    above: str = ""


@dataclass(frozen=True)
class Spelling:
    """The habits of one author. `steps` says where an index stands: sub, sup, plain (above, without brackets), bracket,
    angle or paren; `letters` are the index letters, `sizes` the names of sizes, `functions` those of functions."""

    names: Mapping[str, Name]
    steps: str
    letters: Mapping[str, str]
    sizes: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    hadamard: str = r"\odot"
    transpose: str = r"\top"
    diag: str = r"\mathrm{diag}"
    direct: str = r"\partial"  # what a direct derivative is written with
    total: str = r"\partial"
    sized: bool = False  # \left( \right)
    bare: bool = False  # a sum over all steps without its bounds
    reverse: bool = False  # chains from the right, ∂b/∂c ∂a/∂b, as denominator layout has them
    split: bool = False  # the entry of a name with an index in brackets of its own, as (W_{hh})_{ij}

    # names

    def index(self, at: At) -> str:
        letter = self.letters.get(at.letter, at.letter)
        if not letter:
            return str(at.shift)
        return letter + (f"{at.shift:+d}" if at.shift else "")

    def script(self, q: Q, power: str = "") -> str:
        """A quantity with its scripts, raised to a power (or transposed)."""
        name = self.names[q.name]
        step = ",".join(self.index(a) for a in q.at)
        entry = "".join(q.entry) if all(len(e) == 1 for e in q.entry) else " ".join(q.entry)
        below, above, after = [name.below] if name.below else [], name.above, ""
        if above and (self.steps in ("sup", "plain", "angle")) and step:
            below, above = [*below, above], ""
        if step:
            if self.steps == "sub":
                below.append(step)
            elif self.steps == "sup":
                above = f"({step})"
            elif self.steps == "plain":
                above = step
            elif self.steps == "angle":
                above = rf"\langle {step} \rangle"
            elif self.steps == "bracket":
                after = f"[{step}]"
            else:
                after = f"({step})"
        outside = ""
        if entry:
            if self.split and below:
                outside = entry
            else:
                below.append(entry)
        text = name.base + (_braced("_", ",".join(below))) + (_braced("^", above)) + after
        if outside:
            text = f"({text})" + _braced("_", outside)
        if not power:
            return text
        if above and not outside:
            return f"({text})^{power}"
        return text + f"^{power}"

    # formulas

    def brackets(self, text: str) -> str:
        return rf"\left({text}\right)" if self.sized else f"({text})"

    def claim(self, claim: Claim, width: int = 120) -> str:
        sides = [self.latex(side) for side in (claim.head, *claim.sides)]
        return " = ".join(sides)

    def condition(self, claim: Claim) -> str:
        return ", ".join(f"{self.index(left)} {sign} {self.index(right)}" for left, sign, right in claim.when)

    def latex(self, term: Term) -> str:
        return self._of(term)[0]

    def _of(self, term: Term) -> tuple[str, int]:
        """LaTeX, and how tightly it holds together: 0 a sum, 1 a big operator, 2 an entrywise and 3 another product,
        4 one piece."""
        match term:
            case Num(value):
                text = (
                    str(value.numerator)
                    if value.denominator == 1
                    else rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
                )
                return text, 4
            case IndexNumber(at):
                return self.index(at), 0 if at.shift else 4
            case SizeNumber(axis):
                return self.sizes[axis], 4
            case Q():
                return self.script(term), 4
            case D(u, v, direct):
                sign = self.direct if direct else self.total
                below = self.total if direct and self.direct != self.total else sign
                return rf"\frac{{{sign} {self.script(u)}}}{{{below} {self.script(v)}}}", 4
            case Chain(factors):
                order = factors[::-1] if self.reverse else factors
                texts = [self.latex(factor) for factor in order]
                texts = [
                    self.brackets(x) if isinstance(f, ChainProd) and f is not order[-1] else x
                    for x, f in zip(texts, order, strict=True)
                ]
                return " ".join(texts), 3
            case ChainProd(letter, first, last, factor, down):
                return self._big(r"\prod", letter, first, last, down) + " " + self.latex(factor), 1
            case Add(terms):
                text = ""
                for part in terms:
                    inner, level = self._of(part.x if isinstance(part, Neg) else part)
                    inner = self.brackets(inner) if level == 0 else inner
                    sign = "-" if isinstance(part, Neg) else "+" if text else ""
                    text += (f" {sign} " if text else sign) + inner
                return text, 0
            case Neg(x):
                return "-" + self._at(x, 1), 0
            case Mul(factors):
                texts = [self._at(part, 3 if part is not factors[-1] else 1, product=True) for part in factors]
                return " ".join(texts), 3 if not isinstance(
                    factors[-1], StepSum | UnitSum | StepProd | ChainProd
                ) else 1
            case Had(factors):
                return f" {self.hadamard} ".join(self._at(part, 3) for part in factors), 2
            case Tr(x):
                if isinstance(x, Q):
                    return self.script(x, self.transpose), 4
                return self._piece(x) + f"^{self.transpose}", 4
            case Diag(x):
                return f"{self.diag}{self.brackets(self.latex(x))}", 4
            case Fn("exp", x):
                return f"e^{{{self.latex(x)}}}", 4
            case Fn(name, x, prime):
                function = self.functions[name] + ("'" if prime else "")
                inner = self.latex(x)
                if name == "log" and isinstance(x, Q):
                    return f"{function} {inner}", 3
                return function + self.brackets(inner), 4
            case Softmax(x):
                return self.functions["softmax"] + self.brackets(self.latex(x)), 4
            case Pow(x, n):
                if isinstance(x, Q):
                    return self.script(x, str(n)), 4
                if isinstance(x, Fn) and not x.prime and x.name == "tanh":
                    return rf"{self.functions['tanh']}^{n}" + self.brackets(self.latex(x.x)), 4
                return self._piece(x) + f"^{n}", 4
            case Frac(above, below):
                return rf"\frac{{{self.latex(above)}}}{{{self.latex(below)}}}", 4
            case Norm2(x):
                return rf"\| {self.latex(x)} \|^2", 4
            case StepSum(letter, first, last, body):
                return self._big(r"\sum", letter, first, last, False) + " " + self._at(body, 1), 1
            case StepProd(letter, first, last, body, down):
                return self._big(r"\prod", letter, first, last, down) + " " + self._at(body, 3), 1
            case UnitSum(letter, body, silent):
                if silent:
                    return self._of(body)
                return rf"\sum_{{{letter}}} " + self._at(body, 1), 1
            case Kron(i, j):
                return rf"{self.functions['kron']}_{{{i}{j}}}", 4
        raise TypeError(term)

    def _at(self, term: Term, level: int, product: bool = False) -> str:
        text, own = self._of(term)
        if isinstance(term, Neg) or own < level:
            return self.brackets(text)
        return text

    def _piece(self, term: Term) -> str:
        return self.brackets(self.latex(term))

    def _big(self, sign: str, letter: str, first: At, last: At, down: bool) -> str:
        running = self.letters.get(letter, letter)
        if self.bare and not down and first == At("", 1) and last.letter in ("T", "L", "N") and not last.shift:
            return rf"{sign}_{{{running}}}"
        low, high = (last, first) if down else (first, last)
        return rf"{sign}_{{{running}={self.index(low)}}}^{{{self.index(high)}}}"


def _braced(sign: str, text: str) -> str:
    if not text:
        return ""
    return sign + (text if len(text) == 1 else f"{{{text}}}")


Printer = Callable[[Term], str]
