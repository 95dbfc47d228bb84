r"""Conditions within formulas: `1[i = j]`, cases, and which entry is that of the true class, `i = c_t`, `i = y_t`."""

from __future__ import annotations

from derive.kernel.index import Index
from derive.kernel.rewriting import number, scale
from derive.kernel.terms import Add, Apply, Choice, Entry, Indicator, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Node, Number, Relation, Script, Symbol, Words
from derive.understand.letters import comparisons, is_read
from derive.understand.mentions import linear
from derive.understand.reader import Reader, Scope
from derive.understand.typed import TRUE_CLASS, Misfit, Typed, joined

Branch = tuple[Typed, Node | None]  # a value with its condition; none for what is left


def indicator(at: Reader, condition: Node) -> Typed:
    """1 where a condition holds, else 0. Raises ReadError for a condition that is not understood."""
    if (above := step(at, condition)) is not None:
        return above
    if is_read(condition):
        return Typed(Indicator(tuple(comparisons(condition))))
    return Typed(_of_true_class(at, condition), notes=(TRUE_CLASS,))


def step(at: Reader, condition: Node) -> Typed | None:
    """z > 0 of a quantity, entry by entry: the slope of relu; None for other conditions."""
    match condition:
        case Relation(_, Symbol() | Script() as of, "gt", Number(_, value)) if value == 0:
            name = at.names.read(of, None, at.here)
            if name is not None and at.key(name) in at.known:
                reading = at.read(of, Scope())[0]
                return reading.with_term(Apply("relu", reading.term, 1), reading.rows, reading.cols)
    return None


def cases(at: Reader, branches: list[Branch]) -> Typed:
    """The first value whose condition holds. Raises ReadError for a condition that is not understood."""
    values = [value for value, _ in branches]
    head = max(values, key=lambda value: len(value.rows + value.cols))
    if any(value.rows != head.rows or value.cols != head.cols for value in values):
        raise Misfit("branches of different shapes")
    if all(is_read(condition) for _, condition in branches):
        terms = tuple((tuple(comparisons(condition)), value.term) for value, condition in branches)
        return joined(Choice(terms), head.rows, head.cols, *values)
    first = branches[0][1]
    if len(branches) != 2 or first is None or not _are_opposite(first, branches[1][1]):
        unread = next(condition for _, condition in branches if not is_read(condition))
        raise ReadError("this condition is not understood", unread.span if unread is not None else (0, 0))
    met = _of_true_class(at, first)
    unmet = Add((number(1), scale(met, number(-1))))
    total = Add(tuple(scale(value.term, share) for value, share in zip(values, (met, unmet), strict=True)))
    return joined(total, head.rows, head.cols, *values, Typed(met, notes=(TRUE_CLASS,)))


def _are_opposite(first: Node, second: Node | None) -> bool:
    """Whether the second of two conditions holds where the first does not: the rest, or i ≠ c beside i = c."""
    if second is None:
        return True
    if not isinstance(first, Relation) or not isinstance(second, Relation):
        return False
    same = (first.left, first.right) in ((second.left, second.right), (second.right, second.left))
    return same and {first.op, second.op} == {"=", "ne"}


def _of_true_class(at: Reader, condition: Node) -> Term:
    """1 for the entry of the true class, which a condition compares with a name that says nothing else: that entry of
    the target."""
    if isinstance(condition, Relation) and condition.op in ("=", "ne"):
        for letter, name in ((condition.left, condition.right), (condition.right, condition.left)):
            entry, target = linear(letter), _target(at, name)
            if entry is None or target is None or str(entry) not in at.entries:
                continue
            if target.axes == (at.extents.resolved(at.entries[str(entry)]),):
                met = Entry(target, (entry,))
                return met if condition.op == "=" else Add((number(1), scale(met, number(-1))))
    raise ReadError("this condition is not understood", condition.span)


def _target(at: Reader, node: Node) -> Ref | None:
    """The target at the step of a name for the true class: c_t, y_t, the word 'target'."""
    known = at.known.get(at.target)
    if known is None or known.rows is None or known.cols is None or set(known.chains) - {"step"}:
        return None
    name = at.names.read(node, None, at.here) if isinstance(node, Symbol | Script) else None
    if name is None and not isinstance(node, Words):
        return None
    if name is not None:
        about = at.known.get(at.key(name))
        is_alone = about is None or about.rows is None  # it stands for nothing else
        if at.key(name) != at.target and (not is_alone or linear(node) is not None):
            return None
    steps = [slot.index for slot in name.slots if slot.index.names] if name is not None else []
    step = steps[0] if len(steps) == 1 and steps[0] != Index() and _is_step(at, steps[0]) else at.defaults["step"]
    axes = tuple(map(at.extents.resolved, known.rows + known.cols))
    return Ref(known.name, (step,) if known.chains else (), axes)


def _is_step(at: Reader, index: Index) -> bool:
    return all(at.chained.get(name) == "step" for name in index.names)
