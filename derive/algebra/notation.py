"""How every quantity is written: the one table that the printer and the reader share.

A quantity has a canonical name (the one in `derive.algebra.model`), its LaTeX where single numbers are meant (w_{aa})
and where whole arrays are (W_{aa}), and its meaning. The order of the table is the order of factors in a product.
"""

from __future__ import annotations

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
