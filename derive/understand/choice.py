"""What defines each quantity: of all candidates the one that the page means as a definition; the rest are claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from derive.reading.tree import Big, Nabla, Partial
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import is_adjoint
from derive.understand.candidates import Candidate, Candidates, is_unexplained
from derive.understand.forms import applied_function
from derive.understand.letters import binders, comparisons, is_read
from derive.understand.starts import Place, Starts
from derive.understand.statement import Side
from derive.understand.symbols import Symbols

TWICE = "another formula says that it is another number"
UNREAD = "no formula of the page reads it there"


@dataclass
class Choice:
    """The definitions of a page: what is `chosen` for each quantity, its `cases` at one step or layer, and the
    `constants` that it is said to be; and what the other sides are."""

    chosen: dict[str, Candidate] = field(default_factory=dict)
    constants: dict[str, list[Candidate]] = field(default_factory=dict)
    cases: dict[str, list[Candidate]] = field(default_factory=dict)
    definitions: set[Side] = field(default_factory=set)
    network: set[Side] = field(default_factory=set)  # the sides that are its equations
    rivals: dict[Side, str] = field(default_factory=dict)  # would define what the legend defines
    agreeing: set[int] = field(default_factory=set)  # statements that say what the legend says
    opened: set[Side] = field(default_factory=set)  # rivals with a function that the page leaves open
    restated: set[Side] = field(default_factory=set)  # where the page first defines what the legend does
    disputed: dict[Side, str] = field(default_factory=dict)  # definitions that are doubtful, and why
    passed_over: set[Side] = field(default_factory=set)  # equations of a network without what a later one reads

    def take_back(self, key: str) -> Candidate | None:
        """A formula is no definition of a name; the formula, where there is one."""
        candidate = self.chosen.pop(key, None)
        if candidate is not None and candidate.statement.sides[candidate.n] is candidate.side:
            self.definitions.discard(candidate.place)
        return candidate

    def rank(self, symbols: Symbols, key: str, ranked: list[Candidate]) -> None:
        """The first candidate defines the quantity; the others say the same again, or are claims."""
        if not ranked:
            return
        best, *others = ranked
        self.chosen[key] = best
        self.definitions.add(best.place)
        of_network = best.kind == "network"
        if of_network:
            self.network.add(best.place)
        if best.is_told and of_network:
            self.restated |= {other.place for other in others[:1] if other.kind == best.kind}
        for other in others:
            if str(other.side) == str(best.side) and _place(symbols, other) == _place(symbols, best):
                self.definitions.add(other.place)
                if best.is_told:
                    self.agreeing.add(other.number)
            elif best.is_told and of_network and other.kind == "network":
                self.rivals[other.place] = key


def choose(symbols: Symbols, candidates: Candidates) -> Choice:
    """The definition of each quantity: a derivative that the page gives a name, else the first equation."""
    choice = Choice()
    starts = _starts(symbols, candidates)
    for key, options in candidates.items():
        options = [o for o in _believed(symbols, options) if not _is_part_of(symbols, key, o, candidates)]
        options = [o for o in options if not _is_diagonal(symbols, o)]
        options = _at_places(symbols, options)
        special = [o for o in options if _is_special(symbols, o)]
        general = {o.kind for o in options if o not in special}
        is_network = "network" in general and ("derivative" not in general or key in symbols.differentiated)
        if is_network:  # all else is a claim about it
            special = [o for o in special if starts.begins(*_places(symbols, o), o.kind == "constant")]
            unread = [o for o in special if not o.is_told and starts.is_beside(_place(symbols, o))]
            choice.disputed |= {o.place: UNREAD for o in unread}
            choice.definitions |= {o.place for o in unread}
            special = [o for o in special if o not in unread]
            first = {str(_place(symbols, o)[1]): str(o.side) for o in reversed(special)}
            special = [o for o in special if first[str(_place(symbols, o)[1])] == str(o.side)]
            options = [o for o in options if o in special or (o.kind != "constant" and not _is_special(symbols, o))]
        elif "derivative" in general:
            options = [o for o in options if o.kind != "constant"]
        choice.constants[key] = [o for o in options if o.kind == "constant"]
        said = {str(_place(symbols, o)): str(o.side) for o in reversed(choice.constants[key])}
        twice = [o for o in choice.constants[key] if str(o.side) != said[str(_place(symbols, o))]]
        choice.disputed |= {o.place: TWICE for o in twice if o.statement.condition is None and o.statement.block >= 0}
        if is_network:
            choice.cases[key] = [o for o in special if o.kind in ("network", "constant")]
            choice.network |= {o.place for o in choice.cases[key]}
        elif is_adjoint(key) and _leaves_ends(o for o in options if o not in special):  # δ_{L+1} beside δ_l
            choice.cases[key] = [*{str(o.head): o for o in reversed(special) if o.kind == "derivative"}.values()]
        if key in choice.cases:
            options = [o for o in options if o not in special]
        recursions = is_adjoint(key) and all(o.kind in ("recursion", "constant") for o in options)
        ranked = [o for o in options if o.kind != "constant" and not recursions]
        choice.definitions |= {o.place for o in (*choice.constants[key], *choice.cases.get(key, []))}
        ranked.sort(key=lambda o: _rank(symbols, key, o))
        fuller = _fuller(symbols, ranked)
        if fuller:  # h_t = f(U x_t + b) before h_t = f(U x_t + W h_{t-1} + b), and ∂L/∂W
            choice.passed_over |= {o.place for o in ranked[:fuller]}
            ranked.insert(0, ranked.pop(fuller))
        choice.rank(symbols, key, ranked)
    return choice


def _fuller(symbols: Symbols, ranked: list[Candidate]) -> int:
    """The place of the first equation of a network that reads all that the one before the others does and something
    more that the page differentiates by; 0 where there is none."""
    sides = [symbols.inside(o.side, o.number) if o.kind == "network" and not o.is_told else set() for o in ranked]
    more = [(side - sides[0]) & symbols.differentiated if side > sides[0] > set() else set() for side in sides]
    return next((n for n, keys in enumerate(more) if keys), 0)


def _rank(symbols: Symbols, key: str, of: Candidate) -> tuple[bool, int, bool, bool, bool]:
    named = of.kind == "derivative" and key not in symbols.differentiated
    kind = 0 if named else 1 if of.kind == "network" else 2
    in_some_case = not is_read(of.statement.condition)  # -Σ log p_i where y_i = 1
    by_name = named and not isinstance(of.side, Partial | Nabla)
    is_open = not of.is_told and applied_function(of.side) in symbols.open_functions  # g(z), where tanh(z) is said too
    return is_unexplained(symbols, of.side, of.number), kind, in_some_case, by_name, is_open


def _leaves_ends(options: Iterable[Candidate]) -> bool:
    """Whether formulas with derivatives may say less of the last layer: where none is a derivative itself."""
    sides = [o.side for o in options if o.kind == "derivative"]
    return bool(sides) and not any(isinstance(side, Partial | Nabla) for side in sides)


def _believed(symbols: Symbols, options: list[Candidate]) -> list[Candidate]:
    """The candidates without a legend's own where it says two things of one quantity and the page defines it."""
    theirs = [o for o in options if o.is_told and not _is_special(symbols, o)]
    twice = len({str(o.side) for o in theirs}) > 1
    is_defined = any(o.kind == "network" and not o.is_told for o in options)
    return [o for o in options if o not in theirs] if twice and is_defined else options


def _is_part_of(symbols: Symbols, key: str, of: Candidate, candidates: Candidates) -> bool:
    """Whether a name with a word more than another, which is the same derivative, can only be a part of it:
    δ_{h, recurrent} beside δ_h = ∂L/∂h_t."""
    shorter = [k for k in candidates if k != key and key.startswith((f"{k}_", f"{k}^"))]
    if of.kind != "derivative" or not is_adjoint(key) or not isinstance(of.side, Partial):
        return False
    mine = _derived(symbols, of)
    return any(o.kind == "derivative" and _derived(symbols, o) == mine for k in shorter for o in candidates[k])


def _derived(symbols: Symbols, of: Candidate) -> tuple[str, ...] | None:
    """What a side is the derivative of, and by what, but for their indices."""
    if not isinstance(of.side, Partial):
        return None
    pair = [symbols.whole(tree, of.number) for tree in (of.side.of, of.side.wrt)]
    return tuple(name.name for name in pair if name is not None) if all(pair) else None


def _at_places(symbols: Symbols, options: list[Candidate]) -> list[Candidate]:
    """The candidates without those of a page whose head leaves out all indices of a quantity that others define at its
    steps or layers: A = ReLU(Z) beside A^{[l]} = g(Z^{[l]})."""
    placed = [o for o in options if o.is_told or _place(symbols, o)[1]]
    return placed if any(o.kind == "network" and not o.is_told for o in placed) else options


def _is_special(symbols: Symbols, of: Candidate) -> bool:
    """Whether a head stands at one step or layer: h_0, a^L."""
    name = symbols.whole(of.head, of.number)
    if name is None:
        return False
    _, chains, _ = symbols.split(of.number, name)
    return any(not index.letters or set(index.names) <= symbols.ends for index in chains.values())


def _is_diagonal(symbols: Symbols, of: Candidate) -> bool:
    """Whether a head says of two indices that they are one: b_{ii} = … says nothing of b_{ij}."""
    name = symbols.whole(of.head, of.number)
    _, chains, entries = symbols.split(of.number, name) if name is not None else ("", {}, [])
    places = [index for index in (*chains.values(), *entries) if index.letters]
    return len({*places}) < len(places)


def _starts(symbols: Symbols, candidates: Candidates) -> Starts:
    """What tells a start from a claim."""
    general = [o for options in candidates.values() for o in options if not _is_special(symbols, o)]
    network = [o for o in general if o.kind == "network"]
    equations = tuple((head, tuple(reads)) for head, reads in (_places(symbols, o) for o in network))
    bigs = [n for s in symbols.statements for side in s.sides for n in nodes(side) if isinstance(n, Big)]
    bounds = {bound for big in bigs for _, *ends in binders(big) for bound in ends if bound is not None}
    bounds |= {end for s in symbols.statements for c in comparisons(s.condition) for end in (c.left, c.right)}
    mentions = tuple(symbols.split(*mention)[:2] for mention in symbols.mentions)
    return Starts(equations, mentions, symbols.ends, frozenset(bounds))


def _places(symbols: Symbols, of: Candidate) -> tuple[Place, list[Place]]:
    """The place of a head, and those that its side reads."""
    reads = [symbols.split(of.number, other)[:2] for other in symbols.names.inside(of.side, of.number)]
    return _place(symbols, of), reads


def _place(symbols: Symbols, of: Candidate) -> Place:
    """The place of a head."""
    name = symbols.whole(of.head, of.number)
    assert name is not None
    return symbols.split(of.number, name)[:2]
