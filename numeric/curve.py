"""The loss curve as a picture."""

import io
import warnings
from pathlib import Path

import numpy as np

from numeric.engines import Array
from numeric.files import write_atomically


def draw(path: Path, losses: Array, title: str) -> None:
    """Write the curve of `losses` over the steps as SVG; the same losses give the same bytes.

    Raises InputError if the file cannot be written.
    """
    import matplotlib
    from matplotlib.figure import Figure

    # Text stays text, so that the viewer's fonts show any script, and ours may lack it; ids do not depend on the run.
    repeatable = matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "unrolled"})
    with repeatable, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(6, 3.5), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(np.arange(len(losses)), losses, linewidth=1.5)
        axes.set(xlabel="step", ylabel="loss L", yscale="log" if losses.min() > 0 else "linear")
        axes.set_title(title, parse_math=False)
        axes.grid(alpha=0.3)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    write_atomically(path, buffer.getvalue())
