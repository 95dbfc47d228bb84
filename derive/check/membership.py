r"""What u \in \mathbb{R}^{m \times n} says: the shape of u, by the sizes that the legend names."""

from __future__ import annotations

from derive.check.compare import Claimed, bindings
from derive.check.decide import NONE, PLAIN, Judge
from derive.check.meaning import Meaning
from derive.check.page import NotApplicable, OutOfRange, Scope
from derive.check.resolve import Resolver
from derive.check.tensor import ShapeMismatch
from derive.check.terms import Index, Term
from derive.kernel.field import Undecidable
from derive.reading.tree import Group, Node, Product, Script, Symbol


def shape_of(space: Node, resolver: Resolver) -> tuple[Index, ...] | None:
    r"""The sizes in \mathbb{R}^{m \times n}, () for \mathbb{R}; None for another set, or other sizes."""
    base, exponent = (space.base, space.sup) if isinstance(space, Script) and space.sub is None else (space, None)
    if base != Symbol(base.span, "R") or resolver.entry(space) is not None:
        return None
    if exponent is None:
        return ()
    body = exponent.body if isinstance(exponent, Group) else exponent
    if isinstance(body, Product) and set(body.ops) != {"times"}:
        return None
    sizes = [_size(part, resolver) for part in (body.factors if isinstance(body, Product) else (body,))]
    return tuple(size for size in sizes if size is not None) if None not in sizes else None


def _size(node: Node, resolver: Resolver) -> Index | None:
    named = {size for entry in resolver.legend.entries for size in entry.shape or ()}
    if isinstance(node, Symbol) and node.name in named:
        return Index(0, (), ((node.name, 1),))
    index = resolver.index(node)
    return index if index is not None and index.names <= {"T"} else None


def misfit(term: Term, shape: tuple[Index, ...], judge: Judge) -> str | None:
    """How the shape of a term differs from the one stated, '' where it does not; None where it cannot be told."""
    meaning = Meaning(judge.page, judge.points.at(NONE, 0, 0), PLAIN)
    for bound in bindings(judge.page, Claimed(term, term), meaning):
        try:
            tensor = meaning.value(term, Scope(bound))
            stated = [meaning.point.at(size, Scope(bound)) for size in shape]
        except OutOfRange:
            continue
        except (ShapeMismatch, NotApplicable, Undecidable):
            return None
        if not tensor.vanishes:
            said = "×".join(map(str, stated)) or "a number"
            # axes have names, and no order
            fits = sorted(tensor.sizes) == sorted(size for size in stated if size != 1)
            return "" if fits else f"its shape is {tensor.shape}, not {said}"
    return None
