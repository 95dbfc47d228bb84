"""How a page writes the quantities of its network: the LaTeX of each without its steps, and where a step stands."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from derive.algebra.model import DERIVED
from derive.algebra.notation import GREEK, placed
from derive.judge.checker import Checker
from derive.reading.tree import Symbol, walk
from derive.understand.mentions import base_of

ACCENTS = {"right": r"\overrightarrow", "left": r"\overleftarrow", "adjoint": r"\bar", "d": "d"}  # not by their names
EXPORTED = ("loss", "parameters", "inputs", "gradients", "states")  # what every export has by these names
_IDENTIFIER = re.compile(
    r"\\(hat|tilde|bar|dot|vec|mathbf|mathrm|text|boldsymbol|overrightarrow|overleftarrow|mathcal|mathbb)\s*"
    r"\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_SAID = {"hat": "_hat", "tilde": "_tilde", "bar": "_bar", "dot": "_dot", "overrightarrow": "_f", "overleftarrow": "_b"}


def identifier(latex: str) -> str:
    r"""A symbol as a name in source: W_{hh} as W_hh, \hat{y} as y_hat, \theta as theta."""
    while match := _IDENTIFIER.search(latex):
        latex = latex[: match.start()] + match[2] + _SAID.get(match[1], "") + latex[match.end() :]
    return re.sub(r"_+", "_", re.sub(r"\W+", "_", latex.replace("\\", ""))).strip("_")


@dataclass(frozen=True)
class Spelling:
    """The spelling of one network's quantities, each by the key that the check knows it by."""

    checker: Checker

    @cached_property
    def bases(self) -> dict[str, str]:
        """Each letter with its accent, as the page first writes it."""
        found: dict[str, str] = {}
        written = self.checker.written
        for number, chain in written.chains.items():
            for side in chain.sides:
                latex = written.block(number, side).latex
                for node in walk(side.node):
                    if isinstance(node, Symbol) and (spelled := latex[slice(*node.span)]):
                        found.setdefault(base_of(node), spelled)
        return found

    @cached_property
    def step(self) -> tuple[str, str]:
        """Where the page writes a step, a key of `derive.algebra.notation.STEPS`, and by which letter."""
        return self._slot("step") or ("sub", "t")

    def _slot(self, family: str) -> tuple[str, str] | None:
        """Where the page writes the index of a family, and by which letter."""
        page, written = self.checker.page, self.checker.written
        for statement in page.statements:
            chain = written.chains.get(statement.number)
            for side, node in zip(chain.sides, statement.sides, strict=True) if chain is not None else ():
                for name in page.elaborator.names.inside(node, statement.number):
                    at = page.elaborator.split(statement.number, name)[1].get(family)
                    slot = next((slot for slot in name.slots if slot.index == at), None)
                    if at is not None and slot is not None and len(at.names) == 1 and not at.constant:
                        return _style(slot.place, slot.bracketed, side.latex), next(iter(at.names))
        return None

    def layered(self, key: str, layer: int) -> str:
        """The LaTeX of a quantity in one layer."""
        style, _ = self._slot("layer") or ("sub", "l")
        return placed(self.latex(key), str(layer), style)

    def latex(self, key: str) -> str:
        """The LaTeX of a quantity without its indices."""
        base, *scripts = re.split(r"([_^])", key.removesuffix("[step]"))
        below = "".join(
            self._letter(text) for sign, text in zip(scripts[::2], scripts[1::2], strict=True) if sign == "_"
        )
        above = "".join(
            self._letter(text) for sign, text in zip(scripts[::2], scripts[1::2], strict=True) if sign == "^"
        )
        return self._letter(base) + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")

    def _letter(self, text: str) -> str:
        if text in self.bases:
            return self.bases[text]
        accent, _, rest = text.rpartition(" ")
        if accent and accent.isalpha():
            sign = ACCENTS.get(accent, f"\\{accent}")
            return f"{sign}{{{self._letter(rest)}}}"
        if text in GREEK or text.lower() in GREEK:
            return rf"\{text}"
        return text if len(text) == 1 or text.isdigit() else rf"\text{{{text}}}"


def _style(place: str, bracketed: bool, latex: str) -> str:
    if place == "arg":
        return "bracket" if re.search(r"\w\s*\[", latex) else "paren"
    if place == "sup":
        kind = "angle" if "langle" in latex else "square" if re.search(r"\^\{?\s*(\\left)?\s*\[", latex) else "sup"
        return kind if bracketed else "raised"
    return "sub"


def identifiers(latex: Mapping[str, str]) -> dict[str, str]:
    """Names for source like the page's spellings, where no two are alike."""
    wanted = {key: identifier(spelled) for key, spelled in latex.items()}
    parts = [key for key in wanted if key.endswith("[step]") and key.removesuffix("[step]") in wanted]
    taken = [name for key, name in wanted.items() if key not in parts]
    found: dict[str, str] = {}
    for key, name in wanted.items():
        meant = keyword.iskeyword(name) or name in EXPORTED or name.startswith(DERIVED)
        usable = name.isidentifier() and not meant
        if usable and key not in parts and taken.count(name) == 1:
            found[key] = name
        else:
            base = identifier(key.replace("[step]", "_t").replace("[", "_")) if usable else f"q_{name}"
            free = (other for n in range(len(latex) + 2) if (other := f"{base}_{n}" if n else base))
            found[key] = next(other for other in free if other not in {*taken, *found.values()})
    return found
