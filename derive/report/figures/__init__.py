"""The report's pictures, each drawn from the data: the graph, its paths, and training runs."""

from __future__ import annotations

from contextlib import suppress

from derive.algebra.chain import Edit, exact
from derive.algebra.edits import single_path, truncated
from derive.algebra.model import Model
from derive.algebra.notation import using
from derive.algebra.unroll import unroll
from derive.report.document import Figure
from derive.report.figures import network, numbers, path_map, paths, probabilities, slips
from derive.report.figures.style import Picture
from derive.report.parameters import SEEDS, chosen, path_of, recurs
from derive.report.subject import Subject
from numeric.words import Word, printable

STEPS, RATE = 300, 0.1
FEW = 2  # steps over which several paths from one step to the next are drawn
COUNTING = "AAAAAAB"


def draw(subject: Subject, paper: bool) -> dict[str, Figure]:
    """Every figure that applies to the subject by its name, with `paper` as PDF too."""
    model = subject.model
    if model is None:
        return {}
    with using(subject.letters):
        theta = chosen(model, [parameter.name for parameter in model.parameters])
        graph = unroll(model, subject.steps if model.states else 1)
        pictures = [network.draw(graph, subject.word, theta)]
        if recurs(model, theta):
            several = path_of(model, theta) is None
            short = unroll(model, min(FEW, graph.steps)) if several and not model.loss.once else graph
            pictures.append(paths.draw(short, short.steps, theta))
        if subject.word is not None and numbers.reads_letters(model):
            pictures += _trained(model, subject.word, subject.hidden, theta)
        return {picture.name: picture.figure(paper) for picture in pictures}


def _trained(model: Model, word: Word, hidden: int, theta: str) -> list[Picture]:
    """What training does on the word, and what slips cost there and on a word for which one has to count."""
    edits: dict[str, Edit] = {"exact": exact, "truncated": truncated}
    with suppress(ValueError):  # logits without a name
        edits["single-path"] = single_path(model)
    runs = {shown: _runs(model, shown, hidden, edits) for shown in dict.fromkeys((word, Word(COUNTING)))}
    learned = runs[word]["exact"]
    graph = unroll(model, len(word.X))
    before, after = (numbers.term_sizes(graph, word, point, theta) for point in (learned.start, learned.end))
    losses = {
        printable(shown.text): {name: run.losses for name, run in found.items()}
        for shown, found in runs.items()
        if (found["exact"].losses > 0).all()  # a word of one letter costs nothing
    }
    pictures = [probabilities.draw(learned.predictions, word)]
    pictures += [slips.draw(losses, RATE)] if model.states and losses else []
    return [*pictures, path_map.draw(before, after, theta, STEPS)] if recurs(model, theta) else pictures


def _runs(model: Model, word: Word, hidden: int, edits: dict[str, Edit]) -> dict[str, numbers.Run]:
    graph = unroll(model, len(word.X))
    starts = [numbers.start(model, word, hidden, seed) for seed in range(SEEDS)]
    return {name: numbers.train(graph, word, starts, RATE, STEPS, edit) for name, edit in edits.items()}
