"""How the time of a batch's gradients grows with T, H and B, beside the peers, and the picture of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from derive.files import write_atomically
from numeric.bench.cases import Settings, at_scale
from numeric.bench.timing import Row

BASE = {"H": 64, "V": 32, "T": 32, "B": 8}
AXES = {"T": (8, 16, 32, 64, 128), "H": (16, 32, 64, 128, 256), "B": (1, 4, 8, 16, 64)}
LABELS = {"T": "T, steps", "H": "H, hidden units", "B": "sequences in a batch"}


def growing(out: Path, settings: Settings) -> Iterator[Row]:
    """A race at every size; then the picture, growth.svg in the folder `out`."""
    shorter = replace(settings, seconds=settings.seconds / 4)
    measured: dict[str, dict[int, list[Row]]] = {}
    for axis, sizes in AXES.items():
        measured[axis] = {}
        for size in sizes[:1] if settings.quick else sizes:
            measured[axis][size] = at_scale(BASE | {axis: size}, shorter)
            yield from measured[axis][size]
    write_atomically(out / "growth.svg", draw(measured))


def draw(measured: dict[str, dict[int, list[Row]]]) -> bytes:
    """The times over each of the sizes, as SVG."""
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "unrolled"}):
        figure = Figure(figsize=(10, 3.6), layout="constrained")
        panels = figure.subplots(1, len(measured), sharey=True)
        for panel, (axis, found) in zip(panels, measured.items(), strict=True):
            ours = [rows[0].ours for rows in found.values()]
            panel.plot(list(found), [1e3 * time for time in ours], "o-", linewidth=2, label="array (ours)")
            for place, row in enumerate(next(iter(found.values()))):
                theirs = [1e3 * rows[place].peer for rows in found.values()]
                panel.plot(list(found), theirs, "o--", linewidth=1, markersize=3, label=row.peer_name)
            panel.set(xscale="log", yscale="log", xlabel=LABELS[axis], xticks=list(found), xticklabels=list(found))
            panel.minorticks_off()
            panel.grid(alpha=0.3)
            fixed = ", ".join(f"{name} = {size}" for name, size in BASE.items() if name != axis)
            panel.set_title(fixed, fontsize=9)
        panels[0].set_ylabel("loss and gradients (ms)")
        panels[0].legend(fontsize=8)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
