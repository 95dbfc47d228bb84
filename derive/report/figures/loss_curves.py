"""Training with the exact gradient and with the gradients under the notes' assumptions: what the slips cost."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as Drawing

from derive.report.figures.numbers import Numbers
from derive.report.figures.style import DASHES, SERIES, Picture, styled


def draw(losses: dict[str, Numbers], rate: float) -> Picture:
    """The figure `loss-curves`, from the losses (steps+1, seeds) under each named gradient."""
    finals = {name: float(np.median(curves[-1])) for name, curves in losses.items()}
    steps, seeds = (size - (axis == 0) for axis, size in enumerate(next(iter(losses.values())).shape))
    with styled("loss-curves"):
        drawing = Drawing(figsize=(7.6, 4.2), layout="constrained")
        axes = drawing.add_subplot()
        for (name, curves), colour, dashes in zip(losses.items(), SERIES, DASHES, strict=False):
            axes.plot(curves, color=colour, linewidth=0.5, alpha=0.35)
            axes.plot(np.median(curves, axis=1), color=colour, linestyle=dashes, linewidth=2, label=name)
        scale = "log" if all((curves > 0).all() for curves in losses.values()) else "linear"
        axes.set(xlabel="step of training", ylabel="loss $L$", yscale=scale, xlim=(0, steps))
        axes.grid(axis="y")
        axes.legend(title=f"thin: each of {seeds} starts, thick: their median", title_fontsize=9, alignment="left")
        said = ", ".join(f"{final:.2g} with the {name} gradient" for name, final in finals.items())
        alt = f"Loss against steps of training. In the median the loss ends at {said}."
        caption = (
            f"What the assumptions cost: the same {seeds} starts and the same rate {rate:g}, only another gradient. "
            f"In the median the loss after {steps} steps is {said}.",
        )
        return Picture(drawing, "loss-curves", alt, caption)
