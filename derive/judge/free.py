"""The free letters of a claim, and what it says of them itself."""

from __future__ import annotations

from collections.abc import Mapping

from derive.kernel.compare import Claim, Free
from derive.kernel.index import Comparison, Condition, Index, letter
from derive.kernel.rewriting import put
from derive.kernel.rewriting import walk as parts
from derive.kernel.terms import Derivative, Fold, Indicator, Quantity, Ref
from derive.understand.guards import closure, read_by
from derive.understand.typed import Typed


def implied(claim: Claim, system: Mapping[str, Quantity]) -> Condition:
    """What a claim says of its free letters, itself or by a name of the page's for it: Σ and Π with both bounds in
    them, that the upper one is not below an empty range; ∂/∂h_{t-4}, that there is such a step, and ∂/∂z^l, such a
    layer."""
    names = {free.letter for free in claim.free}
    found: dict[Comparison, None] = {}
    said = [part for side in (claim.left, claim.right) for part in parts(side)]
    for ref in [part for part in said if isinstance(part, Ref) and part.at and part.name in system]:
        quantity = system[ref.name]
        meant = dict(zip(quantity.letters, ref.at, strict=True))
        kinds = (Fold, Derivative) if len(ref.at) > 1 else Derivative
        said += [put(part, meant) for _, term in quantity.cases for part in parts(term) if isinstance(part, kinds)]
    for part in said:
        if isinstance(part, Fold) and len(ends := part.low.names | part.high.names) > 1 and ends <= names:
            gap = part.high.plus(1).plus(part.low, -1)
            less = Index(0, tuple((name, -times) for name, times in gap.letters if times < 0))
            if Comparison(less, "lt", gap.plus(less)) not in claim.condition:
                found[Comparison(less, "le", gap.plus(less))] = None
        elif isinstance(part, Derivative):
            for index in part.wrt.at:
                if len(index.letters) == 1 and index.names <= names and index.constant < -1:
                    found[Comparison(index, "ge", Index(0))] = None
            if part.wrt.at and part.wrt.at[0].names and part.wrt.at[0].names <= names:
                there = exists(part, system)
                said_so = {Comparison(c.left, "ne", c.right.plus(-1)) for c in claim.condition if c.op == "ge"}
                found |= dict.fromkeys(c for c in there if c not in said_so)
    return tuple(found)


def exists(derivative: Derivative, system: Mapping[str, Quantity]) -> Condition:
    """Where there is what all that read it have otherwise at one place: z^1 of a^l = σ(z^l) is none beside a^1 = x."""
    asked, found = derivative.wrt, set[Comparison]()
    through = closure(read_by(system))
    between = {part.name for part in parts(derivative.of) if isinstance(part, Ref)}
    between |= {name for top in between for name in through.get(top, ())}
    for reader in (system[name] for name in between if name in system and asked.name in system[name].reads):
        ends = {when[0] for when, _ in reader.cases if len(when) == 1 and when[0].op == "="}
        refs = [(when, part) for when, term in reader.cases for part in parts(term) if isinstance(part, Ref)]
        reads = [(when, ref.at) for when, ref in refs if ref.name == asked.name]
        own = tuple(map(letter, reader.letters))
        if len(own) != 1 or len(ends) != 1 or any(at != own or ends & {*when} for when, at in reads):
            return ()
        found |= ends
    places = {Comparison(asked.at[0], "ne", end.right) for end in found}
    return tuple(places) if len(places) == 1 and asked.at[0].constant <= 0 else ()


def frees(readings: list[Typed], entries: dict[str, Index], chained: dict[str, str]) -> tuple[Free, ...]:
    """The free letters of a claim with the values that they take."""
    letters = set[str]().union(*(reading.term.letters for reading in readings))
    pairs = [
        (str(comparison.left), str(comparison.right))
        for reading in readings
        for part in reading.term.atoms
        if isinstance(part, Indicator)
        for comparison in part.condition
    ]
    found = []
    entries = dict(entries)
    for left, right in pairs:  # δ_{ij}: j runs as far as i
        for name, other in ((left, right), (right, left)):
            if other in entries:
                entries.setdefault(name, entries[other])
    letters -= {"T", "L"}
    for name in sorted(letters, key=lambda name: (name not in chained, name)):  # the extents of entries may be widths
        if name in chained:
            found.append(Free(name, Index(1), letter("L" if chained[name].startswith("layer") else "T")))
        elif name in entries:
            found.append(Free(name, Index(1), entries[name]))
    return tuple(found)
