"""The tree of paths by which a loss reaches a parameter: the drawing that the notes attempt."""

from __future__ import annotations

from derive.algebra.array import Parameter
from derive.algebra.chain import Path, paths
from derive.algebra.notation import written
from derive.algebra.pullback import Leaf
from derive.algebra.unroll import Graph
from derive.report.document import Math
from derive.report.figures.style import BLUE, INK, ORANGE, Canvas, Picture, Place, label, styled

DEEPEST = 6  # paths drawn; of more, the shortest


def draw(graph: Graph, i: int, parameter: str) -> Picture:
    """The figure `paths`: how L(i) reaches the parameter. A path goes on to the right; where paths part, the longer one
    turns down."""
    found = sorted(paths(graph, i, parameter), key=lambda path: len(path.values))
    shown, single = found[:DEEPEST], len({path.target for path in found}) == len(found)
    places = _places(shown)
    width = max(column for column, _ in places.values())
    with styled("paths"):
        canvas = Canvas(columns=(-0.5, width + 1.05), rows=(0.45 - len(shown), 0.5), wide=1.1, high=0.72)
        for prefix, here in places.items():
            if len(prefix) > 1:
                canvas.arrow(places[prefix[:-1]], here)
        for prefix, here in places.items():
            node = prefix[-1]
            colour = BLUE if isinstance(node, Parameter) else ORANGE if len(prefix) == 1 else INK
            canvas.node(here, label(node), colour)
        for path in shown:
            column, row = places[path.values]
            canvas.note((column + 0.45, row), f"$k = {path.target}$", BLUE)
        source = label(next(loss for loss in graph.losses if loss.step == i)).strip("$")
        alt = f"A tree from the loss of step {i}: {'; '.join(_spoken(path) for path in shown)}."
        caption = (
            "Every path from ",
            Math(source),
            " to ",
            Math(written(parameter, vector=True)),
            f": {'one for each step k at which the weight is used, ' if single else ''}{len(found)} in all"
            + ("" if len(shown) == len(found) else f", the shortest {len(shown)} drawn")
            + ". Follow a row from the left: the derivative is the sum over the rows, and along a row the product of "
            "its arrows.",
        )
        return Picture(canvas.drawing, "paths", alt, caption)


def _places(shown: list[Path]) -> dict[tuple[Leaf, ...], Place]:
    """A column and a row for each beginning of a path."""
    places: dict[tuple[Leaf, ...], Place] = {}
    for row, path in enumerate(shown):
        column = -1.0
        for end in range(1, len(path.values) + 1):
            prefix = path.values[:end]
            if prefix in places:
                column = places[prefix][0]
            else:
                turns = end > 1 and places[prefix[:-1]][1] != -row
                column += 0 if turns else 1
                places[prefix] = (column, -row)
    return places


def _spoken(path: Path) -> str:
    names = [leaf.name if isinstance(leaf, Parameter) else f"{leaf.name}({leaf.step})" for leaf in path.values[1:]]
    return f"for k = {path.target} through {', '.join(names)}"
