r"""Parts of arrays as programs write them: `W[:, a:]`, `W_h[:n, :]^\top`."""

from __future__ import annotations

from derive.kernel.index import Index, letter
from derive.kernel.terms import Slice
from derive.reading.errors import ReadError
from derive.reading.tree import Group, Node, Script, Sequence, Symbol, Words
from derive.reading.tree import Slice as Places
from derive.understand.mentions import size_of, spelled
from derive.understand.reader import Reader
from derive.understand.typed import Misfit, Typed, transposed


def items(bracket: Node) -> tuple[Node, ...]:
    """What stands in the bracket of a slice, for each axis; nothing for other trees."""
    group = bracket.base if isinstance(bracket, Script) else bracket
    if not isinstance(group, Group) or group.bracket != "[":
        return ()
    found = group.body.items if isinstance(group.body, Sequence) else (group.body,)
    return found if any(isinstance(item, Places) for item in found) else ()


def sliced(at: Reader, of: Typed, bracket: Node) -> Typed | None:
    """W[:, a:] and its transpose; None for other brackets."""
    places = items(bracket)
    axes = of.rows + of.cols
    if not places:
        return None
    if len(places) > len(axes):
        raise Misfit("a slice of more axes than there are")
    term = of.term
    for axis, item in enumerate(places):
        if not isinstance(item, Places):
            raise ReadError("a slice beside an index", item.span)
        start = _end(at, item.start, of) if item.start is not None else Index()
        stop = _end(at, item.stop, of) if item.stop is not None else axes[axis]
        if item.start is not None or item.stop is not None:
            term = Slice(term, axis, start, stop)
    axes = term.axes
    result = of.with_term(term, axes[: len(of.rows)], axes[len(of.rows) :])
    if isinstance(bracket, Script) and isinstance(bracket.sup, Symbol):
        result = transposed(result)
    return result


def _end(at: Reader, node: Node, of: Typed) -> Index:
    """Where a slice begins or ends. A name that is no size says where the two pieces meet that an axis of the array is
    joined of: W[:n, :] for W [x, h]."""
    size = size_of(node)
    if size is None and isinstance(node, Words | Symbol):
        size = letter(spelled(node))
    if size is None:
        raise ReadError("the ends of a slice are sizes", node.span)
    resolve = at.extents.resolved
    size = resolve(size)
    shapes = ((known.rows or ()) + (known.cols or ()) for known in at.known.values())
    sizes = {name for axes in shapes for axis in axes for name in axis.names}
    axes = {resolve(axis) for axis in of.rows + of.cols}
    meeting = {resolve(first) for whole, first in at.extents.joints.items() if resolve(whole) in axes}
    if at.extents.settled and size == letter(str(size)) and not size.names & sizes and len(meeting) == 1:
        at.extents.solutions[str(size)] = meeting.pop()
    return resolve(size)
