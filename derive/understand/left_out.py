r"""The number of a sample that formulas leave out: `L = -(y \log a + …)` and `z = w^\top x + b` of a page whose cost is
`J = \frac{1}{m} \sum_{i=1}^m L^{(i)}` speak of any one sample.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from derive.reading.tree import Big, Group, Node, Partial, Product, Relation, Script, Symbol, mapped, walk
from derive.understand.customs import LOSSES
from derive.understand.letters import STEPS
from derive.understand.statement import Convention

TRANSPOSED = (Symbol((0, 0), "T"), Symbol((0, 0), "top"))
Formula = tuple[Node, ...]
Name = tuple[str, str]  # of a letter, and its accent
INPUT = ("x", "")
LEFT_OUT = Convention("samples", "a formula without the number of a sample speaks of any one", "used")


def samples_writer(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What puts the number of a sample where these formulas leave it out: in those that speak of no sample, but of the
    loss of one, or say what stands with a sample elsewhere."""
    totals = {_head(sides[0]): found for sides in formulas if (found := _total(sides)) is not None}
    samples = set(totals.values())
    carried = {name for sides in formulas for name, sup in _names(sides) if sup in samples}
    heads = {name for sides in formulas if isinstance(sides[0], Symbol | Script) for name, _ in _names(sides[:1])}
    if len(samples) != 1 or not any(name[0] in LOSSES and name in heads for name in carried):
        return lambda sides: sides  # nothing says what the loss of one sample is
    of_all = {(name, "") for name in totals}
    made_of = {}  # by the formulas without a sample
    for sides in formulas:
        head = [name for name, sup in _names(sides[:1]) if sup is None] if isinstance(sides[0], Symbol | Script) else []
        if len(sides) > 1 and len(head) == 1 and (not head[0][0].isupper() or head[0][0] in LOSSES):
            made_of[head[0]] = [*_names(sides)]
    more = True
    while more:
        made = {name for name, parts in made_of.items() if _is_plain(parts, carried) and _has(parts, carried)}
        inner = {n for name in made & carried for n, _ in made_of[name] if n in made_of or n == INPUT}
        more = not made | inner <= carried | of_all  # what is made of it has it too, and what it is made of
        carried |= (made | inner) - of_all
    losses = [name for name in carried & made_of.keys() if name[0] in LOSSES]
    if losses and not any(_has([part for part in made_of[name] if part[0] != name], carried) for name in losses):
        return lambda sides: sides  # what the loss is made of has no sample: it is that of the network, of any one
    return _Writer(samples.pop(), frozenset(carried), frozenset(of_all)).written


def _has(names: Iterable[tuple[Name, Node | None]], carried: Collection[Name]) -> bool:
    return any(name in carried for name, _ in names)


def _is_plain(names: Iterable[tuple[Name, Node | None]], carried: Collection[Name]) -> bool:
    """Whether nothing that has a sample stands with one, or with anything above it but a transpose."""
    return all(sup is None or sup in TRANSPOSED for name, sup in names if name in carried)


def _total(sides: Formula) -> Node | None:
    r"""The (i) of J = \frac{1}{m} \sum_{i=1}^m L^{(i)}; None for other formulas."""
    if len(sides) < 2 or _head(sides[0]) not in LOSSES:
        return None
    for part in walk(sides[-1]):
        match part:
            case Big(_, "sum", Relation(_, Symbol(_, name, ""), "=", _)) if name not in STEPS:
                index = Symbol((0, 0), name)
                above = [sup for base, sup in _names(sides[1:]) if base[0] in LOSSES]
                return next((sup for sup in above if sup in (index, Group((0, 0), index, "("))), None)
    return None


def _head(node: Node) -> str:
    r"""The letter that a side is, perhaps with what it depends on: J, J(w, b)."""
    match node:
        case Symbol(_, name, "") | Product(_, (Symbol(_, name, ""), Group()), ("",)):
            return name
    return ""


def _names(sides: Formula) -> Iterator[tuple[Name, Node | None]]:
    """The letters of a formula, but for those in scripts, each with what stands above it."""
    for part in sides:
        if isinstance(part, Symbol):
            yield (part.name, part.accent), None
        elif isinstance(part, Script) and isinstance(part.base, Symbol) and part.base.name != "e":
            yield (part.base.name, part.base.accent), part.sup
        else:
            yield from _names(part.inner)


@dataclass(frozen=True)
class _Writer:
    """`carried` are the letters that have the number of a `sample`; `of_all`, the losses of all samples together."""

    sample: Node
    carried: frozenset[Name]
    of_all: frozenset[Name]

    def written(self, sides: Formula) -> Formula:
        """The formula with the number of its sample."""
        found = [*_names(sides)]
        names = {name for name, _ in found}
        letter = self.sample.body if isinstance(self.sample, Group) else self.sample
        said = any(part == letter for side in sides for part in walk(side))  # \sum_i binds no sample that is left out
        if said or names & self.of_all or not names & self.carried or not _is_plain(found, self.carried):
            return sides
        is_loss = any(name in LOSSES for name, _ in names & self.carried)
        is_rule = isinstance(sides[0], Symbol | Script | Partial)
        return tuple(map(self._put, sides)) if is_loss or is_rule else sides

    def _put(self, node: Node) -> Node:
        if isinstance(node, Symbol) and (node.name, node.accent) in self.carried:
            return Script(node.span, node, None, self.sample)
        if isinstance(node, Script) and isinstance(node.base, Symbol) and node.base.name != "e":
            if (node.base.name, node.base.accent) not in self.carried:
                return node
            one = Script(node.span, node.base, node.sub, self.sample, node.primes, node.left)
            return one if node.sup is None else Script(node.span, one, None, node.sup)
        return mapped(node, self._put)
