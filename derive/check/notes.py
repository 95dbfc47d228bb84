"""A page checked: every block read, every claim resolved and decided, and what is wrong explained."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from derive.algebra.model import elman
from derive.check import terms
from derive.check.assumptions import SAME_TARGET, THIS_WORD
from derive.check.axes import axes, output_axis
from derive.check.compare import Claimed
from derive.check.correct import Derivation
from derive.check.decide import Decision, Judge
from derive.check.heads import EQUALITIES, Heads, Link, assigned
from derive.check.membership import misfit, shape_of
from derive.check.page import Page, Reading
from derive.check.points import generic_sizes, points_of
from derive.check.refute import refute
from derive.check.resolve import resolver
from derive.check.results import (
    VERDICTS,
    CheckedBlock,
    Claim,
    Counterexample,
    Edit,
    Notes,
    PartialReading,
    Place,
    unreadable,
)
from derive.check.spell import Speller, Unspeakable
from derive.check.suggest import Suggester
from derive.check.terms import Term
from derive.check.uses import uses
from derive.kernel.field import Undecidable
from derive.reading import (
    BlockReading,
    Document,
    Legend,
    ReadError,
    Side,
    Statement,
    builtin_legend,
    load,
    load_legend,
    parse,
    read_statements,
)
from derive.reading.block import Block
from derive.reading.errors import one_line
from derive.reading.memory import Memory
from derive.reading.steps import step_style
from derive.reading.tree import Node, Range, Relation, Script, Sequence, Span, Symbol, inside, walk

DEFAULT_WORD = "HELLO"
SHAPE = "shape"  # the code of what does not fit
KEPT = 4096
_WAYS = {False: "total", True: "direct"}
INHERITED = "the step from the side before is right, the error is inherited"


def check_notes(path: str | Path, legend: str | Path | None = None) -> Notes:
    """Every equality of a page with its verdict. `path` is a Markdown, TeX or notebook file, or '-' for standard
    input; without a legend, NAME.toml beside the page is used, else the built-in one of the HELLO notes.

    Raises ReadError where the page or the legend cannot be used.
    """
    return check_document(load(path), legend_for(path, legend))


def legend_for(path: str | Path, legend: str | Path | None = None) -> Legend:
    """The legend of a page: the one given, the one beside it, or the built-in one."""
    if legend is not None:
        return load_legend(legend)
    beside = Path(path).with_suffix(".toml") if str(path) != "-" else None
    return load_legend(beside) if beside is not None and beside.is_file() else builtin_legend()


def check_document(document: Document, legend: Legend, memory: Memory | None = None, thorough: bool = True) -> Notes:
    """The same for a page that is read already, and of which earlier versions may be remembered; unless it is
    `thorough`, what is not known yet is decided without the search for what should stand there."""
    checker = Checker(document, legend, memory, thorough)
    blocks = tuple(checker.block(reading) for reading in checker.readings)
    found = uses(document, checker.resolver, checker.readings, blocks)
    symbols = tuple(dict.fromkeys(use.symbol for use in found))
    return Notes(document, legend.name, checker.points.word, blocks, symbols=symbols, uses=found)


@dataclass
class Checker:
    """Checks one page, block by block and in order: later statements use the quantities that earlier ones
    introduced."""

    document: Document
    legend: Legend
    memory: Memory | None = None
    thorough: bool = True
    own: dict[Node, tuple[tuple[str, ...], Term]] = field(default_factory=dict)
    wrong: tuple[Side, Side] | None = None  # the head of the last chain with a failing side, and that side

    def __post_init__(self) -> None:
        self.readings = read_statements(self.document.blocks, self.legend, self.memory)
        model = elman()
        letters = [e.spelling.lstrip("\\") for e in self.legend.entries if e.role == "index"]
        self.resolver = resolver(self.legend, model, "t" if "t" in letters else next(iter(letters), None))
        named = {e.means for e in self.legend.entries} | {e.at_time for e in self.legend.entries if e.at_time}
        page = Page(
            model,
            axes(model),
            output_axis(model),
            frozenset(named),
            self.legend.word is not None,
            self.own,
        )
        sizes = self.legend.sizes or generic_sizes(model, self.legend.T)
        self.points = points_of(model, tuple(tuple(size.items()) for size in sizes), self.legend.word or DEFAULT_WORD)
        self.judge = Judge(page, self.points)
        self.derivation = Derivation(model, Speller(self.legend, model, self._style()), letters, self.own)
        sides = [side for reading in self.readings for statement in reading.statements for side in statement.sides]
        self.suggester = Suggester(self.resolver, self.judge, sides)
        self.heads = Heads(self.resolver, self.judge, self.own)
        self.decided, self.rough, self.steps = _decided(self.legend)

    def _style(self) -> str:
        """How the page writes steps, by its first one."""
        timed = frozenset(node for node, entry in self.legend.symbols.items() if entry.time)
        for reading in self.readings:
            for statement in reading.statements:
                for side in statement.sides:
                    waiting = [side.node]
                    while waiting:
                        node = waiting.pop()
                        if style := step_style(node, timed):
                            return style
                        waiting += inside(node)
        return "paren"

    def block(self, reading: BlockReading) -> CheckedBlock:
        """One block with all its claims."""
        block = reading.block
        if reading.fragment:
            return CheckedBlock(block.number, block.line, block.latex, "fragment")
        repairs = tuple(f"{r.find} read as {r.replace}: {r.reason}" for r in reading.repairs)
        claims = [
            claim if claim.span is None else self._placed(claim, block)
            for statement in reading.statements
            for claim in self.statement(statement, repairs)
        ]
        claims += [unreadable(self.document, block, error, repairs) for error in reading.errors]
        verdict = min((claim.verdict for claim in claims), key=VERDICTS.index, default="fragment")
        return CheckedBlock(block.number, block.line, block.latex, verdict, tuple(claims))

    def _placed(self, claim: Claim, block: Block) -> Claim:
        """A claim with its place in the file, and that of what mends it."""
        assert claim.span is not None
        edit = None
        if claim.local_edit is not None:
            span, latex = claim.local_edit
            ends = [self.document.place(block, offset) for offset in span]
            edit = Edit(*ends[0], *ends[1], latex)
        return replace(claim, place=Place.of(self.document, block, claim.span), edit=edit)

    # Statements

    def statement(self, statement: Statement, repairs: tuple[str, ...]) -> list[Claim]:
        """The claims of a chain: every later side against its head."""
        head, *sides = statement.sides
        at = sides[0]
        try:
            conditions = self._conditions(statement.condition)
            introduced = self._introduce(head, sides[0], statement.relations[0], repairs)
            at = head
            left = self.resolver.term(head.node)
        except ReadError as error:
            reason = self._place(error, at)
            return [
                Claim(head.latex, s.latex, "unreadable", repairs=repairs, reason=reason, span=s.span) for s in sides
            ]
        claims = [introduced] if introduced is not None else []
        links = [
            Link(relation, side, conditions)
            for relation, side in list(zip(statement.relations, sides, strict=True))[len(claims) :]
        ]
        named = left if isinstance(left, terms.Own) else None
        meant = self.heads.meant(left)
        taken = self.heads.settled(head, meant, [k for k in links if k.relation != "in"], named is not None)
        for link in links:
            side = link.side
            if link.relation == "in":
                claims.append(self._membership(head, side, left, repairs))
                continue
            before = self.wrong if self.wrong is not None and self.wrong[0] == head else None
            claim = self._claim(head, link, meant, taken, repairs)
            if claim.verdict == "fails":
                if before is not None and self._follows(before[1], side, conditions):
                    claim = replace(claim, reason=_joined(INHERITED, claim.reason))
                self.wrong = head, side
            claims.append(claim)
        if named is not None and taken is not None:
            self.heads.fix(named.key, taken)
        return claims

    def _membership(self, head: Side, side: Side, left: Term, repairs: tuple[str, ...]) -> Claim:
        r"""u \in \mathbb{R}^n states a shape; what else a quantity lies in is a remark."""
        shape = shape_of(side.node, self.resolver)
        wrong = misfit(left, shape, self.judge) if shape is not None else None
        verdict = "fragment" if wrong is None else "fails" if wrong else "holds"
        reason = "a remark on what it lies in, which is not checked" if wrong is None else wrong
        return Claim(
            head.latex,
            side.latex,
            verdict,
            repairs=repairs,
            reason=reason,
            span=side.span,
            relation=r"\in",
            kind=SHAPE if wrong else "",
        )

    def _follows(self, before: Side, side: Side, conditions: tuple[terms.Truth, ...]) -> bool:
        """Whether the step from one side of a chain to the next is right by itself, kept as claims are."""
        key = (before, side, conditions, tuple(self.own.items()))
        if key not in self.steps:
            if len(self.steps) >= KEPT:
                self.steps.clear()
            step = Claimed(self.resolver.term(before.node), self.resolver.term(side.node), conditions)
            self.steps[key] = self.judge.decide(step).holds
        return self.steps[key]

    def _conditions(self, condition: Node | None) -> tuple[terms.Truth, ...]:
        if condition is None:
            return ()
        relations = condition.items if isinstance(condition, Sequence) else (condition,)
        found: list[terms.Truth] = []
        for relation in relations:
            if isinstance(relation, Relation) and relation.op == "in" and isinstance(relation.right, Range):
                low, high = relation.right.first, relation.right.last
                if not self.resolver.need_index(high).letters and self.resolver.need_index(low).letters:
                    low, high = high, low  # T, T-1, …, 1
                found.append(self.resolver.truth(replace(relation, op="ge", right=low)))
                found.append(self.resolver.truth(replace(relation, op="le", right=high)))
            elif isinstance(relation, Relation) and relation.op != "in":
                found.append(self.resolver.truth(relation))
        return tuple(found)

    def _introduce(self, head: Side, side: Side, relation: str, repairs: tuple[str, ...]) -> Claim | None:
        """A new quantity of the notes' own: a bare name that the legend does not know, with letters for indices."""
        if relation not in EQUALITIES or self.resolver.knows(head.node):
            return None
        found = self.resolver.own_key(head.node)
        if found is None or found[0] in self.own:
            return None
        key, indices = found
        letters = tuple(index.letters[0][0] for index in indices if index.letters and not index.const)
        if len(letters) < len(indices) or len(set(letters)) < len(letters) or "T" in letters:
            raise ReadError("a symbol that no legend explains", head.span)
        try:
            body = self.resolver.term(side.node)
        except ReadError as error:
            if not any(node.span == error.span and self._is_called(node, key) for node in walk(side.node)):
                raise
            first = rf"{head.latex} \equiv \frac{{\partial L}}{{\partial …}}"
            raise ReadError(f"{head.latex} is defined by itself alone: write {first} first", error.span) from None
        stray = body.letters - set(letters) - {"T"}
        if stray:
            raise ReadError(f"it introduces a quantity and leaves the index {', '.join(sorted(stray))} open", side.span)
        idle = set(letters) - body.letters
        if idle:
            reason = f"the index {', '.join(sorted(idle))} stands on the left side only"
            return Claim(head.latex, side.latex, "fails", repairs=repairs, reason=reason, span=side.span)
        self.resolver.own[key] = letters
        self.resolver.forget()
        self.own[key] = (letters, body)
        misfit = self.judge.misfit(terms.Own(head.span, key, indices))
        if misfit:
            return Claim(head.latex, side.latex, "fails", repairs=repairs, reason=misfit, span=side.span)
        reason = "introduces a quantity of the notes' own"
        return Claim(head.latex, side.latex, "definition", repairs=repairs, reason=reason, span=side.span)

    def _is_called(self, node: Node, key: Node) -> bool:
        """Whether a tree is a quantity of the notes' own with this name."""
        found = self.resolver.own_key(node) if isinstance(node, Symbol | Script) else None
        return found is not None and found[0] == key

    def _place(self, error: ReadError, side: Side) -> str:
        """What is wrong, and the piece of the side's block where."""
        piece = self.document.blocks[side.block - 1].latex[slice(*error.span)] if error.span is not None else ""
        return f"{error.message}: {one_line(piece)}" if piece else error.message

    def _claim(
        self,
        head: Side,
        link: Link,
        left: Term,
        taken: frozenset[Span] | None,
        repairs: tuple[str, ...],
    ) -> Claim:
        """The verdict on one link of a chain, kept: a page is checked again and again while it is written."""
        style = self.derivation.speller.style
        key = (head, link, taken, repairs, tuple(self.own.items()), style)
        kept = self.decided if self.thorough or key in self.decided else self.rough
        if key not in kept:
            if len(kept) >= KEPT:
                kept.clear()
            kept[key] = self._decide(head, link, left, taken, repairs)
        return kept[key]

    def _decide(
        self,
        head: Side,
        link: Link,
        left: Term,
        taken: frozenset[Span] | None,
        repairs: tuple[str, ...],
    ) -> Claim:
        side, conditions = link.side, link.conditions

        def claim(verdict: str, **known: object) -> Claim:
            return Claim(head.latex, side.latex, verdict, repairs=repairs, span=side.span, **known)  # type: ignore[arg-type]

        if link.relation not in EQUALITIES:
            return claim("unknown", reason="a relation other than equality")
        try:
            right = self.resolver.term(side.node)
        except ReadError as error:
            return claim("unreadable", reason=self._place(error, side))
        claimed = Claimed(assigned(left, right), right, conditions, taken)
        decision = self.judge.decide(claimed)
        readings = self._readings(decision, claimed)
        if decision.holds and not decision.assumptions:
            return claim("definition" if _defines(left, right) else "holds", readings=readings)
        if not decision.holds and any(self._read_alike(side) for side in (claimed.left, claimed.right)):
            return claim("unknown", reason="a command of the page holds several ∂, which may differ: write them out")
        exact = self._exact(claimed) if self.thorough else None
        if decision.holds:
            full = self._in_full(left) if self.thorough and exact is None else ""
            reason = _joined(self._false_here(decision.assumptions), full)
            return claim("conditional", assumptions=decision.assumptions, readings=readings, exact=exact, reason=reason)
        if decision.undecided:
            return claim("unknown", reason=decision.reason)
        example = self._refuted(claimed)
        reason = self._otherwise(claimed) or decision.reason
        if example is None and not decision.structural:
            return claim(
                "unknown", reason="neither proved nor refuted: the two sides agree as far as intervals can tell"
            )
        mend = self.suggester.suggest(side, claimed) if self.thorough else None
        found = claim("fails", exact=exact, counterexample=example, reason=reason)
        if mend is None:
            return replace(found, kind=SHAPE if decision.structural and example is None else "")
        edit, assumptions = mend
        return replace(
            found,
            suggestion=edit.applied(side),
            suggestion_assumptions=assumptions,
            local_edit=(edit.span, edit.latex),
            kind=edit.kind,
        )

    def _otherwise(self, claimed: Claimed) -> str:
        """Under which other reading of the head a link would hold, that the rest of its chain does not share."""
        if claimed.head is None:
            return ""
        decision = self.judge.decide(replace(claimed, head=None))
        if not decision.holds:
            return ""
        apart = {p.span: p for p in claimed.left.derivatives if p.span in decision.left.direct ^ claimed.head}
        ways = [
            f"{self._plain(part)} {_WAYS[span in decision.left.direct]}, which is {_WAYS[span in claimed.head]}"
            for span, part in apart.items()
        ]
        return f"it holds with {' and '.join(ways)} in the rest of the chain"

    def _read_alike(self, side: Term) -> bool:
        """Whether two ∂ that could be read differently stand at one place, in the expansion of one command."""
        places = [part.span for part in side.derivatives if self.judge.is_ambiguous(part)]
        return len(places) > len(set(places))

    def _refuted(self, claimed: Claimed) -> Counterexample | None:
        try:
            return refute(self.judge, claimed, (Reading(claimed.head or frozenset()), Reading()))
        except Undecidable:
            return None

    def _readings(self, decision: Decision, claimed: Claimed) -> tuple[PartialReading, ...]:
        found = {}
        for side, reading in ((claimed.left, decision.left), (claimed.right, decision.right)):
            for part in terms.walk(side):
                if isinstance(part, terms.Deriv) and part in decision.ambiguous:
                    found[part.span] = PartialReading(self._plain(part), _WAYS[part.span in reading.direct])
        return tuple(found.values())

    def _plain(self, part: terms.Deriv) -> str:
        """A derivative in a line of text: ∂a(2)/∂w_aa."""

        def name(term: Term) -> str:
            ref = term.of if isinstance(term, terms.Component) else term
            assert isinstance(ref, terms.Ref)
            speller = self.derivation.speller
            step = f"({ref.step!s})" if ref.step is not None else ""
            return speller.names.get(ref.name, ref.name).replace("{", "").replace("}", "").replace("\\", "") + step

        return f"∂{name(part.of)}/∂{name(part.wrt)}"

    def _false_here(self, assumptions: tuple[str, ...]) -> str:
        """Which of the assumptions the word at hand does not meet."""
        word = self.points.word
        targets = word[1:]
        if SAME_TARGET in assumptions and len(set(targets)) > 1:
            return f"{SAME_TARGET} is false for {word}: its targets are {', '.join(targets)}"
        if THIS_WORD in assumptions:
            return f"true for {word} only, by its letters"
        return ""

    def _in_full(self, left: Term) -> str:
        """The Jacobian matrix that the page's notation has no words for."""
        matrix = self.derivation.matrix(left)
        return f"in full, with vectors for arrays, it is {matrix}" if matrix is not None else ""

    def _exact(self, claimed: Claimed) -> str | None:
        """The first form of our own right side that the check proves."""
        for latex in self.derivation.forms(claimed.left):
            try:
                right = self.resolver.term(parse(latex, self.legend.words))
            except (ReadError, Unspeakable):
                continue
            if self.judge.proves(replace(claimed, right=right)):
                return latex
        return None


@lru_cache(maxsize=8)
def _decided(
    legend: Legend,
) -> tuple[dict[tuple[object, ...], Claim], dict[tuple[object, ...], Claim], dict[tuple[object, ...], bool]]:
    """The claims decided so far in this process under a legend, thoroughly and not, and the steps between sides."""
    return {}, {}, {}


def _joined(*reasons: str) -> str:
    return "; ".join(reason for reason in reasons if reason)


def _defines(left: Term, right: Term) -> bool:
    """Whether an equality that holds is one of the network's equations, an update rule or an assignment."""
    if isinstance(left, terms.Ref):
        return left.step is None or not any(isinstance(part, terms.Deriv) for part in terms.walk(right))
    if isinstance(left, terms.Change):
        parts = list(terms.walk(right))
        gradient = any(
            isinstance(part, terms.Deriv) and part.wrt == terms.Ref(part.span, left.parameter) for part in parts
        )
        return gradient and not any(isinstance(part, terms.Fold) for part in parts)
    return False
