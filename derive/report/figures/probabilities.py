"""The probability of each letter at each step over training."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as Drawing

from derive.report.figures.numbers import Numbers
from derive.report.figures.style import DASHES, SERIES, Picture, styled
from numeric.words import Word, printable

PANELS = 12  # steps drawn; of a longer word, the first


def draw(predictions: Numbers, word: Word) -> Picture:
    """The figure `probabilities`, from y(t) after every step of training (steps+1, T, V)."""
    taken, shown = np.arange(1, len(predictions) + 1), min(predictions.shape[1], PANELS)
    columns = 2 if shown == 4 else min(shown, 4)
    rows = -(-shown // columns)
    with styled("probabilities"):
        drawing = Drawing(figsize=(7.6, 0.6 + 1.75 * rows), layout=None)
        panels = drawing.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        high = 0.6 + 1.75 * rows
        drawing.subplots_adjust(left=0.1, right=0.875, bottom=0.5 / high, top=1 - 0.28 / high, wspace=0.08, hspace=0.3)
        for step, axes in enumerate(panels.flat):
            if step >= shown:
                axes.set_visible(False)
                continue
            target = word.text[step + 1]
            for v, letter in enumerate(word.vocabulary):
                axes.plot(
                    taken,
                    predictions[:, step, v],
                    color=SERIES[v % len(SERIES)],
                    linestyle=DASHES[v // len(SERIES) % len(DASHES)],
                    linewidth=2.4 if letter == target else 1,
                    label=printable(letter),
                )
            axes.set_title(f"t = {step + 1}: {printable(word.text[step])} → {printable(target)}", parse_math=False)
            axes.set(ylim=(-0.03, 1.03), xlim=(1, len(taken)), xscale="log", yticks=(0, 0.5, 1))
            axes.grid(axis="y")
        lines, names = panels[0, 0].get_legend_handles_labels()
        legend = drawing.legend(lines, names, loc="upper right", title="letter", title_fontsize=9)
        for line, text in zip(legend.get_lines(), legend.get_texts(), strict=True):
            line.set_linewidth(2)
            text.set_parse_math(False)
        drawing.supxlabel("step of training, the first one at 1", fontsize=10)
        drawing.supylabel("probability", fontsize=10, x=0.005)
        ends = "; ".join(
            f"step {step + 1}, {printable(target)}: {predictions[-1, step, word.vocabulary.index(target)]:.2f}"
            for step, target in enumerate(word.text[1 : shown + 1])
        )
        alt = f"A panel for each step with the probability of every letter over training. Targets at the end: {ends}."
        more = "" if shown == predictions.shape[1] else f" The first {shown} of {predictions.shape[1]} steps are drawn."
        caption = (f"What the network answers at each step while it learns; the target's line is the thick one.{more}",)
        return Picture(drawing, "probabilities", alt, caption)
