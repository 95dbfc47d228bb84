r"""One equation that stands for several: u_{kt} = W_{kh} h_{t-1} + b_k on a page that goes on with u_{ft} and u_{ot},
and that has values f_t and o_t, is the equation of u_f and that of u_o."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.reading.tree import Big, Node, Script, Symbol, mapped, walk
from derive.understand.mentions import Item, Mention, mention
from derive.understand.statement import Convention

Formula = tuple[Node, ...]


@dataclass(frozen=True)
class Template:
    """A formula with a letter for which these names are put; the first stands in its place, the others beside it."""

    letter: str
    names: tuple[str, ...]
    written: tuple[Formula, ...]

    @property
    def convention(self) -> Convention:
        return Convention(f"the letter {self.letter}", f"each of {', '.join(self.names)}", "used")


def templates(formulas: Sequence[Formula]) -> Mapping[int, Template]:
    """The formulas, by their places, that stand for several: with a letter that no other formula has, and names that
    none says otherwise."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    mentions = [found for node in trees if isinstance(node, Script) and (found := mention(node)) is not None]
    heads = [found for sides in formulas if (found := mention(sides[0])) is not None and found.items]
    running = {symbol.name for node in trees if isinstance(node, Big) for symbol in _symbols(node.lower)}
    values = {head.base for head in heads} - running
    spoken = Counter(name for sides in formulas for name in {s.name for side in sides for s in _symbols(side)})
    several: dict[int, Template] = {}
    for n, sides in enumerate(formulas):
        head = mention(sides[0])
        if len(sides) != 2 or head is None:
            continue
        for place, item in enumerate(head.items):
            if not item.is_letter or item.text in running or spoken[item.text] > 1:
                continue
            alike = [other.items[place].text for other in mentions if _is_alike(head, other, place)]
            names = tuple(name for name in dict.fromkeys(alike) if name in values)
            said = any(_is_alike(head, other, place) and other.items[place].text in names for other in heads)
            if len(names) > 1 and not said and all(_stands_in_scripts(side, item.text) for side in sides):
                put = tuple(tuple(_put(side, item.text, name) for side in sides) for name in names)
                several[n] = Template(item.text, names, put)
    return several


def _is_alike(head: Mention, other: Mention, place: int) -> bool:
    """Whether one mention is another but for what stands at one place, and for the steps."""
    if other.base != head.base or other.primes != head.primes or len(other.items) != len(head.items):
        return False
    pairs = [*zip(head.items, other.items, strict=True)]
    return all(n == place or _is_step_of(one, item) for n, (one, item) in enumerate(pairs))


def _is_step_of(one: Item, item: Item) -> bool:
    """Whether an item counts as another does: t-1, or a number, beside t."""
    if one.place != item.place or one.index is None or item.index is None:
        return False
    return item.index.names <= one.index.names


def _symbols(node: Node | None) -> Iterator[Symbol]:
    return (part for part in walk(node) if isinstance(part, Symbol)) if node is not None else iter(())


def _stands_in_scripts(node: Node, letter: str) -> bool:
    """Whether a letter stands in scripts alone, if anywhere."""
    if isinstance(node, Symbol):
        return node.name != letter
    inner = [node.base] if isinstance(node, Script) else node.inner
    return all(_stands_in_scripts(part, letter) for part in inner)


def _put(node: Node, letter: str, name: str) -> Node:
    if isinstance(node, Symbol):
        return replace(node, name=name) if node.name == letter and not node.accent else node
    return mapped(node, lambda part: _put(part, letter, name))
