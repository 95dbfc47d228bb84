"""What slips cost: training with what they leave of the gradient, as the ratio to training with the exact one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from derive.report.figures.numbers import Numbers
from derive.report.figures.style import BLUE, DASHES, ORANGE, SERIES, SOFT, Picture, styled

EXACT = "exact"


def draw(runs: Mapping[str, Mapping[str, Numbers]], rate: float) -> Picture:
    """The figure `slips`: for each word the losses (steps+1, seeds) under the exact gradient and under each slip."""
    ratios = {
        word: {name: losses / found[EXACT] for name, losses in found.items() if name != EXACT}
        for word, found in runs.items()
    }
    names = list(dict.fromkeys(name for found in ratios.values() for name in found))
    with styled("slips"):
        drawing = Drawing(figsize=(7.8, 3.2), layout=None)
        panels = drawing.subplots(1, len(ratios), sharey=True, squeeze=False)[0]
        drawing.subplots_adjust(left=0.085, right=0.985, bottom=0.155, top=0.91, wspace=0.08)
        for axes, (word, found) in zip(panels, ratios.items(), strict=True):
            _panel(axes, word, found, names)
        top = max(float(ratio.max()) for found in ratios.values() for ratio in found.values())
        panels[0].set_ylim(0.4, max(3, 1.3 * top))
        panels[0].set_ylabel("loss ÷ loss with the exact gradient")
        panels[0].legend(loc="upper left", fontsize=9)
        seeds = next(iter(next(iter(runs.values())).values())).shape[1]
        said = "; ".join(
            f"on {word} " + ", ".join(f"{_times(ratio[-1])} ({name})" for name, ratio in found.items())
            for word, found in ratios.items()
        )
        alt = f"The loss under a slip divided by the loss with the exact gradient, over training. At the end {said}."
        caption = (
            f"What a slip costs: the same {seeds} starts and rate {rate:g}, only the gradient differs. How many times "
            f"larger the loss stays (median thick, starts thin), at the end {said}. Where the answer depends on the "
            "letter before alone, a lost path costs little; where the network has to count, it costs everything.",
        )
        return Picture(drawing, "slips", alt, caption)


def _panel(axes: Axes, word: str, ratios: Mapping[str, Numbers], names: list[str]) -> None:
    for name, ratio in ratios.items():
        place = names.index(name)
        colour, dashes = (ORANGE, BLUE, *SERIES[2:])[place], DASHES[place]
        axes.plot(ratio, color=colour, linewidth=0.5, alpha=0.3)
        axes.plot(np.median(ratio, axis=1), color=colour, linestyle=dashes, linewidth=2, label=name)
    axes.axhline(1, color=SOFT, linewidth=0.8)
    axes.set(yscale="log", xlim=(0, len(next(iter(ratios.values()))) - 1), xlabel="step of training")
    axes.set_title(word, parse_math=False)
    axes.grid(axis="y")


def _times(ratios: Numbers) -> str:
    """The median ratio as one says it: 1.3×, 177×."""
    return f"{float(np.median(ratios)):.2g}×" if np.median(ratios) < 10 else f"{float(np.median(ratios)):.0f}×"
