r"""The built-in network in the letters of a legend: its equations, as a legend of the page's own would write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derive.reading import Legend
from derive.reading.steps import first_style
from derive.reading.tree import Node

STEPS = {
    "sub": "{}_{{{}}}", "paren": "{}({})", "bracket": "{}[{}]", "sup": "{}^{{({})}}", "raised": "{}^{{{}}}",
    "angle": r"{}^{{\langle {} \rangle}}",
}  # fmt: skip

NAMELESS = {  # what a legend need not name, by words that no page writes
    "x": r"\mathrm{theinput}", "target": r"\mathrm{thetarget}", "L": r"\mathrm{thesteploss}",
    "W_aa": r"\mathrm{thestateweights}", "W_ax": r"\mathrm{theinputweights}", "b_a": r"\mathrm{thestatebias}",
    "W_ya": r"\mathrm{theoutputweights}", "b_y": r"\mathrm{theoutputbias}", "a": r"\mathrm{thestate}",
}  # fmt: skip


def elman(legend: Legend, page: Iterable[Node] = ()) -> list[str]:
    """The equations of the Elman network, with steps as the page writes them. A value that the legend has no letter for
    is written out; rows are multiplied from the right by the same matrices, transposed."""
    names: dict[str, str] = {}
    for entry in legend.entries:
        for meaning in (entry.at_time, entry.means):
            if meaning is not None and entry.role not in ("index", "size", "rate", "function"):
                names.setdefault(meaning, entry.spelling)
    step = next((name for name in ("t", *sorted(legend.indices)) if name in legend.indices), "t")
    last = next((e.spelling for e in legend.entries if e.role == "size" and e.means == "T"), "T")

    timed = frozenset(node for node, entry in legend.symbols.items() if entry.time)
    style = first_style(page, timed) or "sub"

    def at(name: str, index: str = step) -> str:
        base = given(name)
        below = re.fullmatch(r"(.*)_(?:\{([^{}]*)\}|(\w))", base) if style == "sub" else None
        if below is not None:
            return f"{below[1]}_{{{below[2] or below[3]},{index}}}"
        return STEPS[style].format(f"{{{base}}}" if "^" in base else base, index)

    def given(name: str) -> str:
        return names.get(name) or NAMELESS[name]

    def flipped(latex: str) -> str:
        return rf"{{{latex}}}^\top" if "^" in latex else rf"{latex}^\top"

    def times(matrix: str, vector: str) -> str:
        return f"{vector} {flipped(given(matrix))}" if legend.layout == "row" else f"{given(matrix)} {vector}"

    equations = []

    def value(name: str, formula: str) -> str:
        """The letter of a value, which its equation then defines, or what it is."""
        if name not in names:
            return formula
        equations.append(f"{at(name)} = {formula}")
        return at(name)

    net = value("net_a", f"{times('W_aa', at('a', f'{step}-1'))} + {times('W_ax', at('x'))} + {given('b_a')}")
    equations.append(rf"{at('a')} = \tanh({net})")
    logits = value("net_y", f"{times('W_ya', at('a'))} + {given('b_y')}")
    output = value("y", rf"\mathrm{{softmax}}({logits})")
    target = flipped(at("target"))
    row = legend.layout == "row"
    loss = value("L", rf"-\log({output}) {target}" if row else rf"-{target} \log({output})")
    if "loss" in names:
        sign = "-" if loss.startswith("-") else ""
        equations.append(rf"{names['loss']} = {sign}\sum_{{{step}=1}}^{{{last}}} {loss.removeprefix('-')}")
    rate = next((entry.spelling for entry in legend.entries if entry.role == "rate"), None)
    if rate is not None and "loss" in names and legend.notation == "scalar":
        parameters = [entry.spelling for entry in legend.entries if entry.role == "parameter"]
        for name in [*parameters, *(alias for alias, of in legend.aliases if of in parameters)]:
            gradient = rf"\frac{{\partial {names['loss']}}}{{\partial {name}}}"
            equations.append(rf"\Delta {name} = -{rate} {gradient}")
    return equations
