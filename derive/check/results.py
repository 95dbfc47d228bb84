"""What a check found, as data: what the terminal, the JSON, the report and test suites read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, Literal

from derive.check.assumptions import ASSUMPTIONS, PARTIAL
from derive.reading import Document, ReadError
from derive.reading.block import Block
from derive.reading.tree import Span

INHERITED = "the step from the side before is right, the error is inherited"
VERDICTS = ("fails", "unreadable", "unknown", "conditional", "holds", "definition", "fragment")  # the worst first
ACCEPTED = frozenset(ASSUMPTIONS) - PARTIAL
CODES = {"fails": "differs"}  # of verdicts whose code is another word
PASSED = ("holds", "definition", "fragment")
DECIDED = frozenset(("fails", "conditional", "holds", "definition"))


@dataclass(frozen=True)
class PartialReading:
    """How something in a claim is read: a ∂ where direct and total differ, `taken` 'direct' or 'total', or a quantity
    whose step the claim leaves out, 'at step t'."""

    partial: str
    taken: str


@dataclass(frozen=True)
class Counterexample:
    """Where two sides differ: the point in words, and the value of each side there, rigorously apart (or two
    shapes)."""

    at: str
    left: str
    right: str


@dataclass(frozen=True)
class Edit:
    """What to write where: a place in the file, lines and columns from 1 in code points, the end exclusive, and its
    replacement."""

    line: int
    column: int
    end_line: int
    end_column: int
    replacement: str


@dataclass(frozen=True)
class Place:
    """Where a right side stands: lines and columns from 1 in code points, the end exclusive, in a notebook those of
    the source of cell `cell`."""

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None

    @classmethod
    def of(cls, document: Document, block: Block, span: Span) -> Place:
        """The place in the file of a span of a block's LaTeX."""
        start, end = (document.place(block, offset) for offset in span)
        return cls(*start, *end, block.cell)

    @property
    def order(self) -> tuple[int, int, int, int, int]:
        """Its place in the order of the file, what stands around others before them."""
        return self.cell or 0, self.line, self.column, -self.end_line, -self.end_column

    def holds(self, line: int, column: int, cell: int | None = None) -> bool:
        """Whether a character, or the end of the last one, stands there."""
        inside = (self.line, self.column) <= (line, column) <= (self.end_line, self.end_column)
        return self.cell == cell and inside


@dataclass(frozen=True)
class Range:
    """For which numbers of steps and which sizes a verdict is known: "all", with the kind of `proof`, or those
    that were tried. `when` is the condition on the claim's letters, in words; `last` what the page calls the number of
    steps, empty where it has none; `layered` says that there are any number of layers, too."""

    steps: Literal["all"] | tuple[int, ...]
    sizes: Literal["all"] | tuple[Mapping[str, int], ...] = field(hash=False)
    when: str = ""
    proof: str | None = None
    last: str = "T"
    layered: bool = False


@dataclass(frozen=True)
class Convention:
    """A choice that belongs to the page: its value, where it comes from ('stated', 'used', 'custom', 'legend'), and the
    lines of the claims that decided for it and against it, where claims did."""

    name: str
    value: str
    source: str
    supported: tuple[int, ...] = ()
    opposed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Described:
    """What a symbol of the page was taken for: its sizes, None while they are open, the families of its indices
    ('step', 'layer', …), where that is known from ('legend', 'defined', 'used'), and the line where it is defined or
    first used, None for one that only the legend has."""

    spelling: str
    meaning: str
    shape: tuple[str, ...] | None
    families: tuple[str, ...]
    source: str
    line: int | None


Says = Literal["defined", "stated", "used"]


@dataclass(frozen=True)
class Use:
    """A symbol where it stands, and what is said of it there: 'defined' at the head of a formula that says what it is,
    'stated' where a membership gives its shape, else 'used'."""

    symbol: Described
    place: Place
    says: Says = "used"


@dataclass(frozen=True)
class Network:
    """One network of a page: the numbers of the blocks that speak of it, and the equations that define it."""

    blocks: tuple[int, ...]
    equations: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """One equality of the notes, or one membership, and its verdict.

    `exact` is the right side of our own derivation where one was made, for a claim that fails; `suggestion`
    the right side after the one edit that mends it, which holds under `suggestion_assumptions`; `span` the place of
    the right side in the block's LaTeX, and `place` that in the file; `edit` is the one edit, `local_edit` the same as
    a place in the block's LaTeX and what to put there. `range` is None where nothing was decided."""

    left: str
    right: str
    verdict: str
    assumptions: tuple[str, ...] = ()
    readings: tuple[PartialReading, ...] = ()
    repairs: tuple[str, ...] = ()
    suggestion: str | None = None
    exact: str | None = None
    counterexample: Counterexample | None = None
    reason: str = ""
    span: Span | None = None
    relation: str = "="
    suggestion_assumptions: tuple[str, ...] = ()
    edit: Edit | None = None
    place: Place | None = None
    range: Range | None = None
    kind: str = ""
    local_edit: tuple[Span, str] | None = None

    @property
    def code(self) -> str:
        """The finding in one word: what kind of slip it is where one was found, else what the verdict says."""
        return self.kind or CODES.get(self.verdict, self.verdict)


def unreadable(document: Document, block: Block, error: ReadError, repairs: tuple[str, ...] = ()) -> Claim:
    """A part of a block that could not be read, at the place of the error or, where it has none, of the block."""
    place = Place.of(document, block, error.span or (0, len(block.latex)))
    return Claim("", "", "unreadable", repairs=repairs, reason=str(error), place=place)


@dataclass(frozen=True)
class CheckedBlock:
    """A display block with its claims; the verdict is the worst of theirs."""

    number: int
    line: int
    latex: str
    verdict: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Notes:
    """A checked page: one `CheckedBlock` for each display block, and one for each equality in running text,
    `formulas`; and what the page was taken to speak of: `uses` has every symbol where it stands, in the order of the
    file."""

    document: Document
    legend: str
    word: str
    blocks: tuple[CheckedBlock, ...]
    formulas: tuple[CheckedBlock, ...] = ()
    conventions: tuple[Convention, ...] = ()
    symbols: tuple[Described, ...] = ()
    networks: tuple[Network, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def claims(self) -> list[Claim]:
        """All claims, of the displays and of running text."""
        return [claim for block in (*self.blocks, *self.formulas) for claim in block.claims]

    def use_at(self, line: int, column: int, cell: int | None = None) -> Use | None:
        """The symbol that stands somewhere, if there is one."""
        return next((use for use in reversed(self.uses) if use.place.holds(line, column, cell)), None)

    def uses_of(self, symbol: Described) -> list[Use]:
        """Where a symbol stands, in the order of the file."""
        return [use for use in self.uses if use.symbol == symbol]

    @property
    def counts(self) -> dict[str, int]:
        """How many blocks have each verdict, the worst first; only verdicts that occur."""
        found = Counter(block.verdict for block in self.blocks)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    def status(self, accept: Collection[str] = ACCEPTED) -> int:
        """The exit status: 1 where a claim fails or is conditional on what is not accepted, 3 where one is unreadable
        or unknown and none fails, else 0."""
        claims = self.claims
        if any(claim.verdict == "fails" or not set(claim.assumptions) <= set(accept) for claim in claims):
            return 1
        verdicts = {claim.verdict for claim in claims} | {block.verdict for block in self.blocks}
        return 3 if verdicts & {"unreadable", "unknown"} else 0

    def _repr_html_(self) -> str:
        """A table for notebooks: every block with its line and verdict."""
        rows = "".join(
            f"<tr><td>{b.number}</td><td>{b.line}</td><td>{b.verdict}</td><td><code>{escape(b.latex)}</code></td></tr>"
            for b in self.blocks
        )
        head = "<tr><th>block</th><th>line</th><th>verdict</th><th>LaTeX</th></tr>"
        return f"<table>{head}{rows}</table>"

    def as_json(self) -> dict[str, Any]:
        """The object that `derive.check --json` prints."""
        return {
            "notes": self.document.path,
            "legend": self.legend,
            "counts": self.counts,
            "blocks": [_block(block) for block in self.blocks],
            "inline": [*map(_formula, self.formulas)],
            "conventions": [
                {"name": c.name, "value": c.value, "source": c.source, "for": c.supported, "against": c.opposed}
                for c in self.conventions
            ],
            "symbols": [asdict(symbol) for symbol in self.symbols],
            "networks": [asdict(network) for network in self.networks],
        }


def _formula(formula: CheckedBlock) -> dict[str, Any]:
    return {key: value for key, value in _block(formula).items() if key != "block"}


def _block(block: CheckedBlock) -> dict[str, Any]:
    return {
        "block": block.number,
        "line": block.line,
        "latex": block.latex,
        "verdict": block.verdict,
        "claims": [_claim(claim) for claim in block.claims],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    example = claim.counterexample
    place = claim.place
    found = {
        "left": claim.left,
        "right": claim.right,
        "verdict": claim.verdict,
        "assumptions": list(claim.assumptions),
        "readings": [{"partial": reading.partial, "as": reading.taken} for reading in claim.readings],
        "repairs": list(claim.repairs),
        "suggestion": claim.suggestion,
        "exact": claim.exact,
        "counterexample": example and {"at": example.at, "left": example.left, "right": example.right},
        "reason": claim.reason,
        "code": claim.code,
        "line": place and place.line,
        "column": place and place.column,
        "end_line": place and place.end_line,
        "end_column": place and place.end_column,
        "range": claim.range and asdict(claim.range),
        "suggestion_assumptions": list(claim.suggestion_assumptions),
        "edit": claim.edit and asdict(claim.edit),
    }
    return found if place is None or place.cell is None else {**found, "cell": place.cell}
