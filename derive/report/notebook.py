"""The report as a Jupyter notebook that does the work itself: check the page, derive its network, train on a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from derive.algebra.model import elman
from derive.report.parameters import chosen
from derive.report.subject import SHIPPED, Subject

_PAGE = """from pathlib import Path

from IPython.display import display

from derive.algebra.notation import using
from derive.report.subject import {made_by}

subject = {subject}"""

_CHECK = """notes = subject.notes
print(notes.counts)
for block in notes.blocks:
    for claim in block.claims:
        if claim.verdict == "fails":
            print(f"line {block.line}: {claim.left} = {claim.right}")
            print(f"    mended: {claim.suggestion}")"""

_DERIVE = """from derive.algebra.chain import adjoints, backward
from derive.algebra.unroll import unroll

model = subject.model
with using(subject.letters):
    display(*model.equations)"""

_BACKWARD = """derived = adjoints(model)
with using(subject.letters):
    display(*derived.equations)
    for parameter, summand in derived.summands.items():
        display(model.parameter(parameter), summand)"""

_UNROLLED = """program = backward(unroll(model, subject.steps))
with using(subject.letters):
    display(*program.terms[{parameter!r}].values())"""

_NUMBERS = """from numeric import bptt
from numeric.crosscheck import random_parameters
from numeric.train import derived_engine

word, hidden = subject.word, subject.hidden
engine = derived_engine("numpy", word, hidden)
parameters = random_parameters(word, hidden, seed=0)
_, ours = engine.loss_and_gradients(parameters)
_, reference = bptt.loss_and_gradients(parameters, word.X, word.Y)
{name: abs(ours[name] - reference[name]).max() for name in reference}"""

_TRAIN = """import numpy as np

from numeric.checkpoint import Checkpoint
from numeric.train import initial, predictions, sample, train

start = initial(word, hidden, seed=0)
loss, _ = engine.loss_and_gradients(start)
*_, trained = train(engine, Checkpoint(word, start, 0.1, np.array([loss])), 500)
print(f"loss {loss:.3f} -> {trained.losses[-1]:.3f}, and the network says {sample(trained.parameters, word)}")
predictions(trained.parameters, word)"""

_CURVE = """import matplotlib.pyplot as plt

plt.semilogy(trained.losses)
plt.xlabel("step")
plt.ylabel("loss L");"""


def write(subject: Subject, made: tuple[tuple[str, str], ...] = ()) -> str:
    """The notebook's JSON (nbformat 4.5), with its cells not yet run."""
    cells = [
        _markdown(f"# {_plain(subject.title)}\n\n" + "\n".join(f"- {name}: {_plain(value)}" for name, value in made))
    ]
    cells.append(_code(_page(subject)))
    if subject.notes is not None:
        cells += [_markdown("Every equality of the page with its verdict; what fails is listed."), _code(_CHECK)]
    if subject.model is not None:
        theta = chosen(subject.model, [parameter.name for parameter in subject.model.parameters])
        cells += [
            _markdown("The network, as equations:"),
            _code(_DERIVE),
            _markdown(
                "Its backward pass, derived once at a generic step: the errors, and the summand of each gradient."
            ),
            _code(_BACKWARD),
            _markdown("The terms of one gradient, step by step:"),
            _code(_UNROLLED.format(parameter=theta)),
        ]
    if subject.model == elman() and subject.word is not None:
        cells += [
            _markdown("The derived gradients beside a hand-written BPTT, as the largest difference:"),
            _code(_NUMBERS),
            _markdown("Training with the derived gradients:"),
            _code(_TRAIN),
            _code(_CURVE),
        ]
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, start=1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1) + "\n"


def _page(subject: Subject) -> str:
    """The cell that reads the page again, or the word."""
    word = f"Word({subject.word.text!a})" if subject.word is not None else "None"
    if subject.path is None:
        made = _PAGE.format(made_by="of_word", subject=f"of_word({word}, {subject.hidden})")
    else:
        shipped = subject.path.resolve() == SHIPPED.resolve()
        path = "SHIPPED" if shipped else f"Path({str(subject.path.resolve())!a})"
        name = Path(subject.legend.name) if subject.legend is not None else Path()
        legend = f"Path({str(name.resolve())!a})" if name.is_file() and not shipped else "None"
        call = f"of_page({path}, {legend}, {word}, {subject.hidden})"
        made = _PAGE.format(made_by="SHIPPED, of_page" if shipped else "of_page", subject=call)
    return (
        made.replace("\n\nsubject", "\nfrom numeric.words import Word\n\nsubject") if subject.word is not None else made
    )


def _plain(text: str) -> str:
    """Text in which Markdown has nothing to do."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|~$&!" else letter for letter in " ".join(text.split()))


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
