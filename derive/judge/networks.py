"""The networks of a page: where another one begins, and which of them each statement belongs to."""

from __future__ import annotations

from derive.judge.checker import Checker
from derive.judge.formulas import Formulas
from derive.judge.precedence import with_both
from derive.judge.scalar import ScalarChecker
from derive.judge.written import Written
from derive.kernel.index import Index, letter
from derive.kernel.rewriting import walk
from derive.kernel.terms import Fold, Ref
from derive.understand.asides import asides
from derive.understand.legend import Facts
from derive.understand.page import Understanding, understand
from derive.understand.remarks import are_copies, is_list, is_update
from derive.understand.scopes import Part, divided
from derive.understand.statement import Statement
from derive.understand.symbols import Symbols


def separated(
    statements: list[Statement], equations: list[Statement], legend: Facts, formulas: Formulas, written: Written
) -> tuple[list[Checker], dict[int, int]]:
    """The networks of a page, and which of them each statement belongs to.

    Where a page defines quantities again, and less than half of these formulas hold in the network before them, another
    network begins. The equations of a legend are the network, but of a page's several those that contradict none of its
    formulas; the built-in network is the only one.
    """

    aside = {s.number for s in statements if is_listing(s) or s.number in formulas.statements}
    told = [s for s in statements if s.number not in aside]

    apart, of_them = asides(Symbols([*equations, *told], legend), told)
    told = [s for s in told if s not in apart]

    def checker(chosen: list[Statement], with_legend: bool = True) -> Checker:
        given = [e for e in equations if with_legend or e.relations != ("=",)]

        def build(tight: bool) -> Checker:
            told_here = legend if with_legend else legend.without_equations()
            page = understand([*given, *chosen], told_here, formulas.known, tight)
            page.system = {key: formulas.put_into(quantity) for key, quantity in page.system.items()}
            if legend.scalar:
                return ScalarChecker(page, formulas, written, last=legend.last, word=legend.word)
            last = legend.last or last_step(page)
            told = "numerator" if legend.is_builtin else legend.conventions.get("jacobians")
            by = "stated" if "jacobians" in legend.stated else "legend"
            shaped = legend.is_builtin
            found = Checker(page, formulas, written, last=last, told_layout=told, told_by=by, shaped=shaped)
            found.counts |= last_layer(page)
            return found

        return build(False) if legend.scalar else with_both(build)

    parts: list[Part] = []
    places = [0] * len(told)
    if not legend.is_builtin and not legend.scalar:  # else the network is the legend's
        of_blocks = {block.number: block.heading for block in written.document.blocks}
        headings = {s.number: of_blocks[s.block] for s in told if s.block in of_blocks}
        parts, places = divided(Symbols([*equations, *told], legend), told, headings)
    heading = {told[k].number for part in parts for k in part.defining}
    kept = [0]  # for each part the one that it goes on with
    for n, part in enumerate(parts[1:], 1):
        again = [told[k] for k in part.again]
        earlier = [s for s, place in zip(told, places, strict=True) if place < n and kept[place] == kept[-1]]
        before = checker([*earlier, *again], with_legend=False)
        holding = sum(before.verdict(s) == "holds" for s in again)
        kept.append(kept[-1] if holding and 2 * holding >= len(again) else n)
    belongs = {s.number: kept[place] for s, place in zip(told, places, strict=True)}
    chosen = sorted(set(belongs.values())) or [0]
    of = {n: [s for s in told if belongs[s.number] == n] for n in chosen}
    for n in chosen:
        of[n] = [*(told[k] for k in parts[n].kept), *of[n]] if parts else of[n]
    networks = [checker(of[n]) for n in chosen]
    if len(chosen) > 1 and known_equations(equations):
        heads = [[s for s in of[n] if s.number in heading] for n in chosen]
        agree = [agrees(network, said) for network, said in zip(networks, heads, strict=True)]
        best = max(agree)
        networks = [
            network if degree == best >= 0 else checker(of[n], with_legend=False)
            for n, network, degree in zip(chosen, networks, agree, strict=True)
        ]
    found: dict[int, int] = {}
    last = chosen[0]
    for statement in statements:
        last = belongs.get(statement.number, last)
        found[statement.number] = chosen.index(last)
    if apart:
        page = understand([*of_them, *apart])
        found |= {statement.number: len(networks) for statement in apart}
        networks.append(Checker(page, formulas, written, is_aside=True))
    return networks, found


def last_step(page: Understanding) -> int | None:
    """The number of steps, where a loss is the sum over the steps from 1 to this number, and the page has no T."""
    if page.elaborator.names.last:
        return None
    terms = [(key, term) for key, quantity in page.system.items() for _, term in quantity.cases]
    found = set[int]()
    for key, term in terms:
        known = page.elaborator.known.get(key)
        for part in walk(term):
            if isinstance(part, Fold) and "T" in part.high.names:
                return None
            is_whole = known is not None and known.role == "loss" and not known.chains
            if is_whole and isinstance(part, Fold) and part.op == "sum" and part.low == Index(1):
                steps = {ref.at for ref in walk(part.body) if isinstance(ref, Ref) and len(ref.at) == 1}
                if not part.high.letters and (letter(part.letter),) in steps:
                    found.add(part.high.constant)
    return found.pop() if len(found) == 1 else None


def last_layer(page: Understanding) -> dict[str, int]:
    """The number of layers, L, where what belongs to none reads a layer by its number, ŷ = a^{[3]}, and L by none."""
    terms = [(q, part) for q in page.system.values() for _, term in q.cases for part in walk(term)]
    layered = {key for key, q in page.system.items() if q.cases and any(n.startswith("l") for n in q.letters)}
    refs = [part for q, part in terms if not q.letters and isinstance(part, Ref) and part.name in layered]
    read = {at for ref in refs for at in ref.at}
    found = {at.constant for at in read if not at.letters}
    return {"L": found.pop()} if len(found) == 1 and all(not at.letters for at in read) else {}


def known_equations(equations: list[Statement]) -> bool:
    """Whether a legend gives equations."""
    return any(equation.relations == ("=",) for equation in equations)


def agrees(network: Checker, heads: list[Statement]) -> int:
    """Whether the formulas that define a network say what the legend says: 1 where one does, -1 where one
    contradicts."""
    verdicts = [network.verdict(s) for s in heads]
    if "fails" in verdicts:
        return -1
    same = any(s.number in network.page.choice.agreeing for s in heads)
    rivals = {number for number, _ in network.page.choice.rivals}
    return int(same or any(v == "holds" and s.number in rivals for s, v in zip(heads, verdicts, strict=True)))


def is_listing(statement: Statement) -> bool:
    """Whether a statement only lists what something is made of, or only says how parameters are updated, or that their
    copies are equal."""
    head = statement.sides[0]
    if are_copies(statement.sides, statement.relations):
        return True
    pairs = zip(statement.sides[1:], statement.relations, strict=True)
    return all(is_list(head, side) or is_update(head, relation, side) for side, relation in pairs)
