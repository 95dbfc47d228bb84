r"""What u \in \mathbb{R}^{m \times n} says of a u whose shape is known without it: right, wrong, or a mere remark."""

from __future__ import annotations

from derive.kernel.index import Index
from derive.kernel.terms import Axes, Malformed
from derive.reading import ReadError
from derive.reading.tree import Node, Script, Symbol
from derive.understand.elaborate import Elaborator
from derive.understand.forms import dimensions
from derive.understand.statement import Statement
from derive.understand.typed import Misfit

ONE = Index(1)
REMARK = "a remark on what it lies in, which is not checked"


def stated_shape(at: Elaborator, statement: Statement, space: Node) -> tuple[str, str]:
    """The verdict on a membership of the head of a statement, and why."""
    stated = sizes(space)
    known = {n for of in at.known.values() for axis in (of.rows or ()) + (of.cols or ()) for n in axis.names}
    if stated is None or any(not index.names <= known | at.sizes for index in stated):
        return "fragment", REMARK
    at.enter(statement.number, statement.sides[0])
    try:
        head = at.side(statement.sides[0])[0]
    except (ReadError, Misfit, Malformed) as error:
        return "unreadable", str(error)
    shape, meant = (tuple(map(at.extents.resolved, axes)) for axes in (head.rows + head.cols, stated))
    written_out = shape
    if len(shape) == 1:
        written_out = (*shape, ONE) if head.rows else (ONE, *shape)
    if meant in (shape, written_out):
        return "holds", ""
    return "fails", f"its shape is {in_words(written_out)}, not {in_words(meant)}"


def sizes(space: Node) -> Axes | None:
    r"""Those of \mathbb{R}^{m \times n}, none of \mathbb{R}; None for another set."""
    core = space.base if isinstance(space, Script) else space
    if not isinstance(core, Symbol) or core.name != "R":
        return None
    return dimensions(space) or (() if core is space else None)


def in_words(shape: Axes) -> str:
    """H×V."""
    return "×".join(map(str, shape)) or "a number"
