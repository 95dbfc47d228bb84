"""The report's pictures, each drawn from the data: the graph, its paths, and training runs."""

from __future__ import annotations

from derive.algebra.chain import exact
from derive.algebra.model import elman
from derive.algebra.unroll import unroll
from derive.check.edits import single_path, truncated
from derive.report.document import Figure
from derive.report.figures import loss_curves, network, numbers, path_map, paths, probabilities
from numeric.train import initial
from numeric.words import Word

SEEDS, STEPS, RATE = 8, 500, 0.1
PARAMETER = "W_aa"


def draw(word: Word, hidden: int, paper: bool) -> dict[str, Figure]:
    """Every figure of the report by its name, with `paper` as PDF too."""
    graph = unroll(elman(), len(word.X))
    starts = [initial(word, hidden, seed) for seed in range(SEEDS)]
    edits = {"exact": exact, "truncated": truncated, "single-path": single_path(graph.model)}
    runs = {name: numbers.train(graph, word, starts, RATE, STEPS, edit) for name, edit in edits.items()}
    learned = runs["exact"]
    before, after = (numbers.term_sizes(graph, word, point, PARAMETER) for point in (learned.start, learned.end))
    pictures = (
        network.draw(graph, word),
        paths.draw(graph, graph.steps, PARAMETER),
        path_map.draw(before, after, PARAMETER, STEPS),
        loss_curves.draw({name: run.losses for name, run in runs.items()}, RATE),
        probabilities.draw(learned.predictions, word),
    )
    return {picture.name: picture.figure(paper) for picture in pictures}
