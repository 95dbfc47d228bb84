"""The loss curve as a picture."""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.files import write_atomically
from derive.progress import doing

Array = NDArray[Any]

POINTS = 1000  # of a thinned curve


def draw(path: Path, losses: Array, title: str) -> None:
    """Write the curve of `losses` over the steps as SVG; the same losses give the same bytes.

    Raises InputError if the file cannot be written.
    """
    scale = "log" if losses.min() > 0 else "linear"
    _draw(path, np.arange(len(losses)), losses, title, xlabel="step", ylabel="loss L", yscale=scale)


def draw_text(path: Path, losses: Array, unigram_entropy: float, title: str) -> None:
    """Write the curve of a run on a text, in nats per character, and the text's unigram entropy as a line.

    A long curve is thinned to means over equal numbers of steps. Raises InputError if the file cannot be written.
    """
    stride = -(-len(losses) // POINTS)
    starts = np.arange(0, len(losses), stride)
    counts = np.diff(starts, append=len(losses))
    means, middles = np.add.reduceat(losses, starts) / counts, starts + (counts - 1) / 2
    level, label = (unigram_entropy, "unigram entropy"), "loss (nats per character)"
    _draw(path, middles, means, title, level, xlabel="step", ylabel=label, ylim=(0, None))


def draw_held_out(
    path: Path, losses: Array, held_out: list[tuple[int, float]], teacher: float | None, title: str
) -> None:
    """Write the curve of `losses` over the steps, the held-out loss at some of them, and the loss of a teacher as a
    line. Raises InputError if the file cannot be written."""
    low = min([losses.min(), *(loss for _, loss in held_out)])
    level = None if teacher is None else (teacher, "the teacher, held out")
    steps, scale = np.arange(len(losses)), "log" if low > 0 else "linear"
    _draw(path, steps, losses, title, level, held_out, xlabel="step", ylabel="loss L", yscale=scale)


def _draw(
    path: Path,
    steps: Array,
    losses: Array,
    title: str,
    level: tuple[float, str] | None = None,
    held_out: list[tuple[int, float]] | None = None,
    **axis: Any,
) -> None:
    with doing(f"drawing {path}"):
        svg = _svg(steps, losses, title, level, held_out, axis)
    write_atomically(path, svg)


def _svg(
    steps: Array,
    losses: Array,
    title: str,
    level: tuple[float, str] | None,
    held_out: list[tuple[int, float]] | None,
    axis: Mapping[str, Any],
) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure

    # Text stays text, so that the viewer's fonts show any script, and ours may lack it; ids do not depend on the run.
    repeatable = matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "unrolled"})
    with repeatable, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(6, 3.5))
        figure.subplots_adjust(left=0.17, right=0.98, bottom=0.14, top=0.91)  # a layout that is found draws all thrice
        axes = figure.add_subplot()
        axes.plot(steps, losses, linewidth=1.5, label="trained on" if held_out else None)
        if held_out:
            axes.plot(*zip(*held_out, strict=True), linewidth=1.5, label="held out")
        if level is not None:
            axes.axhline(level[0], color="gray", linestyle="--", label=level[1])
        if held_out or level is not None:
            axes.legend()
        axes.set(**axis)
        axes.set_title(title, parse_math=False)
        axes.grid(alpha=0.3)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
