"""The report as a Jupyter notebook that does the work itself: derive, check, train, through the public interface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from numeric.words import Word

_DERIVE = """from IPython.display import display

from derive.algebra.chain import adjoints, backward
from derive.algebra.model import elman
from derive.algebra.unroll import unroll

model = elman()
display(*model.equations)"""

_BACKWARD = """derived = adjoints(model)
display(*derived.equations)
for parameter, summand in derived.summands.items():
    display(model.parameter(parameter), summand)"""

_UNROLLED = """graph = unroll(model, len(word.X))
program = backward(graph)
display(*program.terms["W_aa"].values())"""

_CHECK = """from derive import check_notes

notes = check_notes({path})
print(notes.counts)
for block in notes.blocks:
    for claim in block.claims:
        if claim.verdict == "fails":
            print(f"line {{block.line}}: {{claim.left}} = {{claim.right}}")
            print(f"    mended: {{claim.suggestion}}")"""

_SHIPPED = 'str(files("derive").joinpath("notes/hello.md"))'

_NUMBERS = """from numeric import bptt
from numeric.crosscheck import random_parameters
from numeric.train import derived_engine

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


def write(word: Word, hidden: int, notes: Path | None) -> str:
    """The notebook's JSON (nbformat 4.5), with its cells not yet run; without `notes` it checks those shipped."""
    if notes is None:
        check = "from importlib.resources import files\n\n" + _CHECK.format(path=_SHIPPED)
    else:
        check = _CHECK.format(path=ascii(str(notes.resolve())))
    cells = [
        _markdown("# Back-propagation through time, derived, checked and trained"),
        _markdown("The network, as equations:"),
        _code(_DERIVE),
        _markdown("Its backward pass, derived once at a generic step: the errors, and the summand of each gradient."),
        _code(_BACKWARD),
        _markdown("The word, and the terms of one gradient at each of its steps:"),
        _code(f"from numeric.words import Word\n\nword, hidden = Word({word.text!a}), {hidden}"),
        _code(_UNROLLED),
        _markdown("A page of notes, every equality with its verdict; what fails is listed."),
        _code(check),
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


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
