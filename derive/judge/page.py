"""A page checked without a hand-typed network: what it defines itself is understood, every other equality is decided."""

from __future__ import annotations

from dataclasses import dataclass

from derive.check.results import VERDICTS, CheckedBlock, Claim, Counterexample, Notes, PartialReading
from derive.judge.decide import Decision, Judge, frees
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound
from derive.kernel.terms import Malformed, Ref
from derive.reading import BlockReading, Document, Legend, ReadError, read_statements
from derive.reading import Statement as Chain
from derive.understand.legend import facts
from derive.understand.letters import comparisons
from derive.understand.page import EQUALITIES, Builder, Statement, Understanding
from derive.understand.remarks import without_arguments
from derive.understand.typed import Misfit

INLINE, LEGEND = -1, -2  # the blocks of statements in running text, and of a legend's equations


def check(document: Document, legend: Legend | None = None) -> Notes:
    """Every equality of a page with its verdict."""
    known = facts(legend)
    readings = read_statements(document.blocks)
    inline = read_statements(document.inline) if hasattr(document, "unread") else []
    chains = [(INLINE, chain) for reading in inline for chain in reading.statements]
    chains += [(reading.block.number, chain) for reading in readings for chain in reading.statements]
    trees = without_arguments([tuple(side.node for side in chain.sides) for _, chain in chains])
    statements = [
        Statement(n, block, sides, chain.relations, chain.condition)
        for n, (sides, (block, chain)) in enumerate(zip(trees, chains, strict=True))
    ]
    equations = [Statement(len(chains) + n, LEGEND, sides, ("=",)) for n, sides in enumerate(known.equations)]
    page = Builder([*equations, *statements], known).build()
    checker = Checker(page, Judge(page.system, document.text.encode()))
    claims: dict[int, list[Claim]] = {}
    for statement, (block, chain) in zip(statements, chains, strict=True):
        claims.setdefault(block, []).extend(checker.claims(statement, chain))
    blocks = tuple(_block(reading, claims.get(reading.block.number, [])) for reading in readings)
    return Notes(document, legend.name if legend else "", "", blocks)


def _block(reading: BlockReading, claims: list[Claim]) -> CheckedBlock:
    block = reading.block
    if reading.fragment:
        return CheckedBlock(block.number, block.line, block.latex, "fragment")
    claims = claims + [Claim("", "", "unreadable", reason=str(error)) for error in reading.errors]
    verdict = min((claim.verdict for claim in claims), key=VERDICTS.index, default="fragment")
    return CheckedBlock(block.number, block.line, block.latex, verdict, tuple(claims))


@dataclass
class Checker:
    """Decides the statements of one page."""

    page: Understanding
    judge: Judge

    def claims(self, statement: Statement, chain: Chain) -> list[Claim]:
        """The claims of a chain: every later side against its head."""
        found = []
        head = chain.sides[0]
        for n, (side, relation) in enumerate(zip(chain.sides[1:], chain.relations, strict=True), 1):
            kind = self.page.kinds.get((statement.number, n))
            failure = self.page.failures.get(statement.number)
            if kind == "definition" and failure:
                found.append(
                    Claim(head.latex, side.latex, "unreadable", reason=failure, span=side.span, relation=relation)
                )
            elif kind:
                found.append(Claim(head.latex, side.latex, kind, span=side.span, relation=relation))
            elif relation in EQUALITIES:
                found.append(self.claim(statement, chain, n))
            elif relation not in ("in", "gets"):
                reason = "a relation other than equality"
                found.append(Claim(head.latex, side.latex, "unknown", reason=reason, span=side.span, relation=relation))
        return found

    def claim(self, statement: Statement, chain: Chain, n: int) -> Claim:
        """The verdict on one link of a chain."""
        head, side, relation = chain.sides[0], chain.sides[n], chain.relations[n - 1]
        try:
            decision = self.decision(statement, n)
        except (ReadError, Misfit, Malformed) as error:
            return Claim(head.latex, side.latex, "unreadable", reason=str(error), span=side.span, relation=relation)
        except (Undecidable, Unbound) as error:
            return Claim(head.latex, side.latex, "unknown", reason=str(error), span=side.span, relation=relation)
        readings = tuple(
            PartialReading(f"∂{d.of.name if isinstance(d.of, Ref) else '…'}/∂{d.wrt.name}", "direct")
            for d in decision.direct
        )
        return Claim(
            head.latex,
            side.latex,
            decision.verdict,
            readings=readings,
            counterexample=counterexample(decision),
            reason=decision.reason,
            span=side.span,
            relation=relation,
        )

    def decision(self, statement: Statement, n: int) -> Decision:
        """What the kernel says of one link."""
        elaborator = self.page.elaborator
        elaborator.here, elaborator.entries, elaborator.chained = statement.number, {}, {}
        lefts = elaborator.side(statement.sides[0])
        keep = frozenset(elaborator.entries)
        rights = elaborator.side(statement.sides[n], keep)
        letters = set[str]().union(*(reading.term.letters for reading in lefts + rights))
        free = frees(letters, elaborator.entries, elaborator.chained)
        return self.judge.decide(lefts, rights, free, tuple(comparisons(statement.condition)))


def counterexample(decision: Decision) -> Counterexample | None:
    """The numbers of both sides where they differ."""
    outcome = decision.outcome
    if outcome is None or outcome.equal:
        return None
    place = ", ".join(f"{name} = {value}" for name, value in outcome.at)
    entry = f"entry {outcome.entry + 1}" if decision.claim is not None and decision.claim.left.axes else ""
    where = ", ".join(part for part in (place, entry) if part)
    return Counterexample(where, _number(outcome.left), _number(outcome.right))


def _number(value: object) -> str:
    from mpmath import iv

    return f"{float(iv.mpf(value).mid):.6g}"
