r"""The trees of conditions: lists of values and ranges, t = 1, 2, \ldots, T, as one relation."""

from __future__ import annotations

from fractions import Fraction

from derive.reading.assembly import over
from derive.reading.errors import ReadError
from derive.reading.tree import Dots, Group, Node, Number, Range, Relation, Sequence, Sum

RANGE = r"a range is read as 1, \ldots, T or 1, 2, \ldots, T"


def as_condition(node: Node) -> Node:
    """A relation, a Sequence of several, or other words on when something holds, with lists of values put together.

    Raises ReadError for a list that is no range.
    """
    relations: list[Node] = []
    values: list[Node] = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(item, Relation) or not relations:
            _close(relations, values)
            values = []
            relations.append(item)
        else:
            values.append(item)
    _close(relations, values)
    return relations[0] if len(relations) == 1 else Sequence(over(relations[0], relations[-1]), tuple(relations))


def _close(relations: list[Node], values: list[Node]) -> None:
    """Puts the values that followed the last relation into it."""
    last = relations[-1] if relations else None
    if not isinstance(last, Relation):
        return
    if values:
        if last.op not in ("=", "in"):
            raise ReadError("a list of values is read after = alone: write t = 1, 2, 3", over(last, values[-1]))
        relations[-1] = _listed(last, [last.right, *values])
    elif last.op == "in" and isinstance(last.right, Group) and isinstance(last.right.body, Sequence):
        items = list(last.right.body.items)
        if last.right.bracket == "{":
            relations[-1] = _listed(last, items)
        elif last.right.bracket == "[" and len(items) == 2:
            relations[-1] = _listed(last, [items[0], Dots(items[0].span), items[1]])


def _listed(relation: Relation, items: list[Node]) -> Node:
    r"""t = 1, 2, 3 and t = 1, \ldots, T."""
    span = over(relation, items[-1])
    dotted = [number for number, item in enumerate(items) if isinstance(item, Dots)]
    values = [item for item in items if not isinstance(item, Dots)]
    if not dotted:
        return Relation(span, relation.left, "in", Sequence(span, tuple(values)))
    if dotted != [len(items) - 2] or len(values) > 3 or (len(values) == 3 and not _next(values[0], values[1])):
        raise ReadError(RANGE, span)
    return Relation(span, relation.left, "in", Range(span, values[0], values[-1]))


def _next(first: Node, second: Node) -> bool:
    """Whether `second` is one more or one less than `first`."""
    (base, start), (other, after) = _counted(first), _counted(second)
    return base == other and abs(after - start) == 1


def _counted(node: Node) -> tuple[Node | None, Fraction]:
    """T - 1 as T and -1; a number as nothing and it."""
    match node:
        case Number(_, value):
            return None, value
        case Sum(_, (base, Number(_, value)), (1, sign)):
            return base, sign * value
    return node, Fraction(0)
