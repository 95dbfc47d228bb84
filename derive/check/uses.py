"""Where the symbols of a page stand that its legend explains, or that the page introduces itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.check.names import Names
from derive.check.results import CheckedBlock, Described, Place, Use
from derive.reading import BlockReading, Document, Entry
from derive.reading.steps import is_operation
from derive.reading.tree import Group, Node, Product, Script, Span, inside, spanning

MEANINGS = {"value": "defined", "total_loss": "loss", "rate": "learning rate"}  # of roles that go by other words
Key = Entry | Node  # an entry of the legend, or a name of the page's own without its indices


def uses(
    document: Document, names: Names, readings: Sequence[BlockReading], blocks: Sequence[CheckedBlock]
) -> tuple[Use, ...]:
    """Every symbol of the display blocks where it stands, in the order of the file."""
    found: dict[Place, tuple[Key, str]] = {}  # with its LaTeX
    heads: dict[Place, tuple[Key, str]] = {}  # of definitions
    for reading, checked in zip(readings, blocks, strict=True):
        definitions = {claim.span for claim in checked.claims if claim.verdict == "definition"}
        sides = [(side, s) for s in reading.statements for side in s.sides[1 if s.continues else 0 :]]
        for side, statement in (*sides, *([(reading.alone, None)] if reading.alone is not None else [])):
            for key, (start, end) in named(side.node, names):
                place = Place.of(document, reading.block, (start, end))
                found[place] = key, reading.block.latex[start:end]
                if statement is None or side is not statement.sides[0] or (start, end) != side.node.span:
                    continue
                if is_defined(key) and statement.sides[1].span in definitions:
                    heads[place] = found[place]
    ordered = sorted(found.items(), key=lambda item: item[0].order)
    symbols: dict[Key, Described] = {}
    for place, (key, latex) in (*heads.items(), *ordered):
        symbols.setdefault(key, described(key, names, latex, place.line))
    return tuple(Use(symbols[key], place, "defined" if place in heads else "used") for place, (key, _) in ordered)


def named(node: Node, names: Names) -> Iterator[tuple[Key, Span]]:
    """The symbols in a tree, each with its place: that of its scripts too, and of the bracket that holds its index."""
    if isinstance(node, Product):
        n = 0
        while n < len(node.factors):
            factor = node.factors[n]
            follows = node.factors[n + 1] if n + 1 < len(node.factors) and node.ops[n] == "" else None
            key, taken = symbol(factor, follows, names)
            if key is None:
                yield from named(factor, names)
            else:
                yield key, spanning(factor, follows if taken == 2 and follows is not None else factor)
            n += taken
        return
    key, _ = symbol(node, None, names)
    if key is not None:
        yield key, node.span
        return
    for part in inside(node):
        yield from named(part, names)


def symbol(node: Node, follows: Node | None, names: Names) -> tuple[Key | None, int]:
    """The symbol that a tree is, or None, and how many factors it takes: two with a bracket for its index."""
    bracket = follows.base if isinstance(follows, Script) else follows
    is_index = isinstance(bracket, Group) and bracket.bracket in ("(", "[") and names.indices(bracket.body) is not None
    entry = names.entry(node)
    if entry is not None:
        return entry[0], 2 if is_index and entry[0].time else 1
    bare = node
    if isinstance(node, Script) and is_operation(node.sup):
        bare = replace(node, sup=None) if node.sub is not None else node.base
    own = names.own_key(bare)
    if own is None or own[0] not in names.own:
        return None, 1
    return own[0], 2 if is_index and len(own[1]) < len(names.own[own[0]]) else 1


def is_defined(key: Key) -> bool:
    """Whether a formula can define a symbol: one that begins with a parameter says how that is updated."""
    return not isinstance(key, Entry) or key.role in ("value", "loss", "total_loss")


def described(key: Key, names: Names, latex: str, line: int) -> Described:
    """What a symbol is, by the legend or by the page, which spells it so on this line."""
    if isinstance(key, Entry):
        shape = None if key.shape is None else tuple(map(str, key.shape))
        meaning, families = MEANINGS.get(key.role, key.role), ("step",) if key.time else ()
        return Described(key.spelling, meaning, shape, families, "legend", line)
    return Described(latex, "defined", None, ("step",) if names.own[key] else (), "defined", line)
