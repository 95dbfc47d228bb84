r"""`\frac{\partial L}{\partial \theta}` with θ defined nowhere: any parameter, so the claim is decided for each in
turn.

It holds where it does for all of them. Where it does for those of the recurrence alone, it is conditional on θ being
one of them; where it fails for each, it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from derive.check.assumptions import RECURRENT
from derive.judge.decide import Decision
from derive.kernel.rewriting import walk
from derive.kernel.terms import Quantity, Ref
from derive.reading.tree import Nabla, Node, Partial
from derive.reading.tree import walk as nodes
from derive.understand.elaborate import Elaborator
from derive.understand.guards import closure, read_by

STANDING = frozenset(("theta", "Theta", "vartheta"))  # by custom, what stands for any parameter


def standing(sides: tuple[Node, ...], at: Elaborator, used: frozenset[str]) -> str | None:
    """The name by which these sides differentiate and which stands nowhere else; `used` are the names that do. None
    without one."""
    found = set()
    for side in sides:
        for node in nodes(side):
            if isinstance(node, Partial | Nabla):
                name = at.names.read(node.wrt, None, at.here)
                if name is None or name.slots or name.operations or name.primes:
                    continue
                known = at.known.get(at.key(name))
                unknown = known is None or known.rows is None
                if name.name in STANDING and name.name not in used and unknown:
                    found.add(name.name)
    return found.pop() if len(found) == 1 else None


def parameters(system: Mapping[str, Quantity]) -> list[str]:
    """What the equations read and nothing gives for each step or sample."""
    read = {part.name for q in system.values() for _, term in q.cases for part in walk(term) if isinstance(part, Ref)}
    return [key for key, quantity in system.items() if key in read and not quantity.cases and not quantity.letters]


def recurrent(system: Mapping[str, Quantity]) -> set[str]:
    """What the quantities that depend on themselves at other steps depend on."""
    reach = closure(read_by(system))
    return set[str]().union(*(names for key, names in reach.items() if key in names))


def for_each(name: str, at: Elaborator, system: Mapping[str, Quantity], decide: Callable[[], Decision]) -> Decision:
    """The verdict for every parameter in the place of a name."""
    decisions: dict[str, Decision] = {}
    for key in parameters(system):
        at.standing = {name: key}
        try:
            decisions[key] = decide()
        finally:
            at.standing = {}
    if not decisions:
        return Decision("unknown", reason=f"nothing on the page says what {name} is")
    granted = [decision for decision in decisions.values() if decision.verdict == "conditional"]
    if granted and all(decision.verdict in ("holds", "conditional") for decision in decisions.values()):
        return together(name, decisions, granted)
    holds = [key for key, decision in decisions.items() if decision.verdict == "holds"]
    rest = [key for key in decisions if key not in holds]
    others = tuple(claim for key in holds[1:] if (claim := decisions[key].claim) is not None)
    if not rest:
        direct = tuple(dict.fromkeys(d for decision in decisions.values() for d in decision.direct))
        reason = f"{name} is any of {', '.join(holds)}"
        return replace(decisions[holds[0]], direct=direct, reason=reason, others=others)
    inner = recurrent(system) & decisions.keys()
    if inner and inner <= set(holds):
        reason = f"{name} is any of {', '.join(holds)}, not {', '.join(rest)}"
        first = decisions[holds[0]]
        return replace(first, verdict="conditional", reason=reason, notes=(*first.notes, RECURRENT), others=others)
    failing = {key for key in rest if decisions[key].verdict == "fails"}
    if not holds and failing == set(rest):
        return replace(decisions[rest[0]], reason=f"{name} may be {rest[0]}")
    return Decision("unknown", reason=f"it holds for {', '.join(holds) or 'none'}, not for {', '.join(rest)}")


def together(name: str, decisions: Mapping[str, Decision], granted: list[Decision]) -> Decision:
    """The verdict where a claim holds for each parameter, for some under assumptions: it holds under all of them."""
    first = granted[0]
    if any(decision.system != first.system for decision in granted):
        return Decision("unknown", reason=f"it holds for {name} as one or the other, under different assumptions")
    notes = tuple(dict.fromkeys(note for decision in decisions.values() for note in decision.notes))
    others = tuple(d.claim for d in decisions.values() if d is not first and d.claim is not None)
    return replace(first, notes=notes, reason=f"{name} is any of {', '.join(decisions)}", others=others)
