"""How every quantity is written: the one table that the printer and the reader share.

A quantity has a canonical name (the one in `derive.algebra.model`), its LaTeX where single numbers are meant (w_{aa})
and where whole arrays are (W_{aa}), and its meaning. The order of the table is the order of factors in a product.
A page with letters of its own has them in `Letters`, which take the table's place `using` them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Notation:
    """The LaTeX of a quantity without its step; `vector` is '' where both forms are written alike."""

    scalar: str
    meaning: str
    vector: str = ""


TABLE: dict[str, Notation] = {
    "eta": Notation(r"\eta", "the learning rate"),
    "L": Notation("L", "the loss, and with a step L(t) its part of step t"),
    "target": Notation(r"\hat{y}", "the target, a one-hot letter (the hat marks the target here)"),
    "y": Notation("y", "the prediction, a probability for each letter"),
    "delta_net_y": Notation(r"\delta_{y}", "the error at the output, ∂L/∂net_y(t)"),
    "delta_a": Notation(r"\delta_{a}", "the error at the hidden state, ∂L/∂a(t) through every path"),
    "delta_net_a": Notation(r"\delta_{\text{net}a}", "the error inside the tanh, ∂L/∂net_a(t)"),
    "net_y": Notation(r"\text{net}y", "the logits"),
    "net_a": Notation(r"\text{net}a", "what stands inside the tanh"),
    "W_ya": Notation("w_{ya}", "weights from the hidden state to the output", "W_{ya}"),
    "W_aa": Notation("w_{aa}", "weights from the hidden state to the next one", "W_{aa}"),
    "W_ax": Notation("w_{ax}", "weights from the input to the hidden state", "W_{ax}"),
    "a": Notation("a", "the hidden state"),
    "x": Notation("x", "the input, a one-hot letter"),
    "b_a": Notation("b_{a}", "the bias of the hidden state"),
    "b_y": Notation("b_{y}", "the bias of the output"),
}

STEPS = {  # how a page writes that h stands at step t
    "paren": "{}({})",
    "bracket": "{}[{}]",
    "sub": "{}_{{{}}}",
    "sup": "{}^{{({})}}",
    "raised": "{}^{{{}}}",
    "square": "{}^{{[{}]}}",
    "angle": r"{}^{{\langle {} \rangle}}",
}


RAISED = frozenset(("sup", "raised", "square", "angle"))


@dataclass(frozen=True)
class Letters:
    """The letters of one page: the LaTeX of each canonical name that it has one for, how it writes a step, a key of
    `STEPS`, whether its vectors are rows, which values have no step, and its letters for a step and the last one."""

    names: Mapping[str, str]
    style: str
    rows: bool = False
    once: frozenset[str] = frozenset()
    step: str = "t"
    last: str = "T"


_letters: ContextVar[Letters | None] = ContextVar("letters", default=None)


@contextmanager
def using(letters: Letters | None) -> Iterator[None]:
    """Everything is written in these letters, or in those of the table where they are None."""
    token = _letters.set(letters)
    try:
        yield
    finally:
        _letters.reset(token)


def vectors_are_rows() -> bool:
    """Whether the page writes its vectors as rows."""
    letters = _letters.get()
    return letters is not None and letters.rows


def index_letter(name: str) -> str:
    """How the index t, or the number of steps T, is written; any other as it is."""
    letters = _letters.get()
    return {"t": letters.step, "T": letters.last}.get(name, name) if letters is not None else name


def at_a_step(name: str, step: str) -> str:
    """The LaTeX of the array of that name at a step."""
    letters, base = _letters.get(), written(name, vector=True)
    if letters is None:
        return f"{base}({step})"
    if name.removeprefix("delta_").removeprefix("net_") in letters.once:
        return base
    return placed(base, step, letters.style)


def placed(base: str, index: str, style: str) -> str:
    """A name with an index, in one of the styles of `STEPS`."""
    if style in RAISED and "^" in base:
        base = f"{{{base}}}"
    stem, below = _split(base)
    return f"{stem}_{{{below},{index}}}" if below and style == "sub" else STEPS[style].format(base, index)


def _split(base: str) -> tuple[str, str]:
    r"""A name without its last subscript, and that: \delta_{\hat{y}} is \delta and \hat{y}."""
    if base[-2:-1] == "_":
        return base[:-2], base[-1]
    depth = 0
    for place in range(len(base) - 1, 0, -1):
        depth += {"}": 1, "{": -1}.get(base[place], 0)
        if depth == 0:
            return (base[: place - 1], base[place + 1 : -1]) if base[place - 1 : place + 1] == "_{" else (base, "")
    return base, ""


WHOLE = "L whole"  # the loss of the whole run; no name of a page's has a space
RANKS = {name: rank for rank, name in enumerate(TABLE)}

GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)


def written(name: str, vector: bool = False) -> str:
    """The LaTeX of a canonical name; a name outside the table is spelled out: `W_zh` as W_{zh}, `sigma` as a letter.

    `Delta_` before a name is a change of it (Δw), `delta_` its adjoint (δ_z).
    """
    letters = _letters.get()
    if letters is not None and name in letters.names:
        return letters.names[name]
    if letters is not None and name.startswith(("delta_", "net_")):  # an adjoint, and a sum that the page does not name
        sign, _, of = name.partition("_")
        return (r"\delta" if sign == "delta" else r"\text{net}") + f"_{{{written(of, vector)}}}"
    if name == WHOLE:
        return TABLE["L"].scalar
    if name in TABLE:
        entry = TABLE[name]
        return entry.vector if vector and entry.vector else entry.scalar
    if name.startswith("Delta_"):
        return rf"\Delta {written(name.removeprefix('Delta_'), vector)}"
    base, _, index = name.partition("_")
    if base == "net" and index:
        return rf"\text{{net}}{written(index, vector)}"
    if base == "delta" and index:
        return rf"\delta_{{{written(index, vector)}}}"
    letter = rf"\{base}" if base in GREEK else base if len(base) == 1 else rf"\text{{{base}}}"
    return f"{letter}_{{{index}}}" if index else letter


def rank(name: str) -> int:
    """Where the quantity stands in a product; names outside the table come last."""
    return RANKS.get(name, len(RANKS))
