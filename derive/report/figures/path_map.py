"""The size of every term (i, k) of the double sum, before and after training: gradients that vanish with distance."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Rectangle

from derive.algebra.notation import written
from derive.report.document import Math
from derive.report.figures.numbers import Numbers
from derive.report.figures.style import FAINT, SOFT, Picture, styled

SHADES = matplotlib.colormaps["viridis"].resampled(32)  # few enough to be drawn as shapes, not as an image
WRITTEN = 8  # steps up to which a cell's number is written in it


def draw(before: Numbers, after: Numbers, parameter: str, steps: int) -> Picture:
    """The figure `path-map`, from two T×T arrays of norms with NaN where k > i."""
    factors = [_factor(before), _factor(after)]
    with styled("path-map"):
        drawing = Drawing(figsize=(7.8, 3.7), layout=None)
        panels = drawing.subplots(1, 2)
        drawing.subplots_adjust(left=0.075, right=0.905, bottom=0.135, top=0.91, wspace=0.5)
        for axes, size, title in zip(panels, (before, after), ("before training", f"after {steps} steps"), strict=True):
            positive = size[np.isfinite(size) & (size > 0)]
            low, high = (float(positive.min()), float(positive.max())) if positive.size > 1 else (0.1, 1.0)
            scale = LogNorm(low, high)
            _panel(axes, size, title, scale)
            place = axes.get_position()
            room = drawing.add_axes((place.x1 + 0.012, place.y0 + 0.06, 0.014, place.height - 0.12))
            bar = drawing.colorbar(ScalarMappable(scale, SHADES), cax=room)
            bar.ax.set_title("size", fontsize=9, color=SOFT)
            ticks = np.geomspace(low, high, 4).tolist()
            bar.set_ticks(ticks, labels=[f"{tick:.1g}" for tick in ticks])
            bar.ax.minorticks_off()
            bar.outline.set_visible(False)
            bar.ax.tick_params(labelsize=8.5)
        alt = (
            "Two triangular heat maps of the size of each term (i, k), each on its own logarithmic scale: a step "
            f"further back multiplies a term by {factors[0]:.2g} before training and {factors[1]:.2g} after it."
        )
        caption = (
            "The size (Frobenius norm) of each term of ",
            Math(rf"\frac{{\partial L}}{{\partial {written(parameter, vector=True)}}}"),
            ": what the loss of step i sends to the use of the weight at step k. Read a row from the diagonal to the "
            f"left: a step further back multiplies the term, in the median, by {factors[0]:.2g} before training and by "
            f"{factors[1]:.2g} after it; a factor below 1 is a gradient that vanishes with distance. Empty cells are "
            "terms that are exactly zero, as the first state is.",
        )
        return Picture(drawing, "path-map", alt, caption)


def _panel(axes: Axes, sizes: Numbers, title: str, scale: LogNorm) -> None:
    count = len(sizes)
    for (row, column), size in np.ndenumerate(sizes):
        if column <= row:
            colour = SHADES(scale(size)) if size > 0 else "none"
            edge = "none" if size > 0 else FAINT
            axes.add_patch(Rectangle((column + 0.54, row + 0.54), 0.92, 0.92, facecolor=colour, edgecolor=edge))
            if count <= WRITTEN:
                bright = sum(SHADES(scale(size))[:3]) > 1.45
                ink = SOFT if size == 0 else "#101216" if bright else "#f6f6f2"
                axes.text(column + 1, row + 1, f"{size:.1g}", ha="center", va="center", color=ink, fontsize=9)
    ticks = np.arange(1, count + 1, max(1, count // 8))
    axes.set(xlim=(0.45, count + 0.55), ylim=(count + 0.55, 0.45), aspect="equal", xticks=ticks, yticks=ticks)
    axes.set(title=title, xlabel="$k$, the step where the weight is used", ylabel="$i$, the step of the loss")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _factor(sizes: Numbers) -> float:
    """The median of term (i, k-1) over term (i, k), where neither vanishes exactly; NaN where there is none."""
    further, nearer = sizes[:, :-1], sizes[:, 1:]
    both = (further > 0) & (nearer > 0)
    return float(np.median(further[both] / nearer[both])) if both.any() else float("nan")
