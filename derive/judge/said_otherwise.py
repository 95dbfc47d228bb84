"""What a page says of its quantities otherwise than their definitions do, and where: there a claim that does not hold
may not be wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from derive.judge import anew, doubts, figures
from derive.judge.decide import Decision
from derive.judge.questions import INLINE, Questions
from derive.kernel.field import Undecidable
from derive.kernel.index import Unbound
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Malformed
from derive.reading import ReadError
from derive.reading.block import Inline
from derive.reading.prose import is_supposing
from derive.reading.tree import Group, Nabla, Partial
from derive.reading.tree import walk as nodes
from derive.understand.forms import applied_function
from derive.understand.reader import Unexplained
from derive.understand.statement import EQUALITIES, Statement
from derive.understand.typed import Misfit


@dataclass
class Otherwise(Questions, ABC):
    """Statements with what is said otherwise around them."""

    @abstractmethod
    def decision(self, statement: Statement, n: int, assume: bool = False) -> Decision:
        """What the kernel says of one link."""

    def is_equation(self, statement: Statement) -> bool:
        """Whether a statement of the page says of a name what it is, by other than derivatives and numbers."""
        head, *sides = statement.sides
        if not sides or statement.relations[0] not in EQUALITIES:  # s_k → h_k → s_{k+1}
            return False
        if statement.is_told or figures.is_arithmetic(sides[0]):
            return False
        return self.is_name(head, statement.number) and not self.is_derived(statement)

    @cached_property
    def said_otherwise(self) -> list[tuple[int, str]]:
        """The quantities of which a formula beside their definition says what they are that fits no reading of it, or
        speaks of what nothing explains, each with its place on the page: a table of operations, each with its Z."""
        found: list[tuple[int, str]] = []
        self.__dict__["said_otherwise"] = found  # while they are looked for
        at = self.page.elaborator
        for place, statement in enumerate(self.page.statements):
            if not self.is_equation(statement):
                continue
            head = statement.sides[0]
            name = at.names.read(head, None, statement.number)
            key = at.split(statement.number, name)[0] if name is not None else ""
            terms = [term for _, term in self.page.system[key].cases] if key in self.page.system else []
            is_anew = terms and not any(isinstance(part, Derivative) for term in terms for part in walk(term))
            links = range(1, len(statement.sides))
            is_said = any(self.page.defines(statement, n) for n in links)
            is_said = is_said or any((statement.number, n) in self.page.choice.rivals for n in links)
            if is_anew and not is_said and not self.is_loss(key):  # log p_c beside Σ y_k log p_k
                try:
                    self.decision(statement, 1)
                except (Unexplained, Misfit, Malformed):
                    found.append((place, key))
                except (ReadError, Undecidable, Unbound):
                    continue
        return found

    @cached_property
    def said_by_others(self) -> list[anew.Anew]:
        """What the page says anew of quantities that it defines."""
        self.__dict__["said_by_others"] = []  # while they are looked for
        return anew.formulas_anew(self)

    @cached_property
    def other_definitions(self) -> dict[int, str]:
        """The statements of these that are definitions too, and of what."""
        self.__dict__["other_definitions"] = {}  # while they are looked for
        return anew.definitions_among(self)

    @cached_property
    def arguments(self) -> frozenset[str]:
        """What functions are applied to in whole sides: W x of h = σ(W x)."""
        sides = (side for s in self.page.statements for side in s.sides[1:] if applied_function(side))
        return frozenset(str(bracket.body) for side in sides for bracket in side.inner if isinstance(bracket, Group))

    @cached_property
    def said_anew(self) -> list[tuple[int, int, str]]:
        """Where on the page a quantity may be another one than its definition says, from one place to another: from a
        formula under another heading on that says something else, where another network may begin, and before both;
        from its definition on where another formula gives its name to the argument of another function; and from a
        first equation up to the fuller one that was taken for the definition."""
        found: list[tuple[int, int, str]] = []
        self.__dict__["said_anew"] = found  # while they are looked for
        of_blocks = {block.number: block.heading for block in self.written.document.blocks}
        headings = {s.number: of_blocks.get(s.block, "") for s in self.page.statements}
        places = {s.number: place for place, s in enumerate(self.page.statements)}
        for place, statement in enumerate(self.page.statements):
            key = self.page.symbols.key(statement.sides[0], statement.number)
            chosen = self.page.choice.chosen.get(key or "")
            if key is None or chosen is None or chosen.is_told or chosen.kind != "network":
                continue
            if not statement.relations or statement.relations[0] not in EQUALITIES:
                continue
            links = range(1, len(statement.sides))
            if any((statement.number, n) in self.page.choice.passed_over for n in links):
                found.append((place, places.get(chosen.number, place), key))
            elif self.is_derived(statement) or any(self.page.defines(statement, n) for n in links):
                continue
            elif str(statement.sides[1]) in self.arguments - {*map(str, nodes(chosen.side))}:
                first = min(place, places.get(chosen.number, place) + 1)
                try:
                    differs = self.decision(statement, 1).verdict == "fails"
                except (ReadError, Misfit, Malformed, Undecidable, Unbound):
                    differs = True
                found += [(first, len(places), key)] * differs
            elif headings[statement.number] not in ("", headings.get(chosen.number, "")):
                with suppress(ReadError, Misfit, Malformed, Undecidable, Unbound):
                    if self.decision(statement, 1).verdict == "fails":
                        found += [(place, len(places), key), (0, places.get(chosen.number, 0), key)]
        return found

    def otherwise(self, statement: Statement) -> str:
        """A quantity that a statement speaks of and that the page gave another meaning before it, or may give one
        where it stands; '' for none."""
        at, system = self.page.elaborator, self.page.system
        spoken = {
            at.split(statement.number, name)[0]
            for side in statement.sides
            for name in at.names.inside(side, statement.number)
        }
        places = {s.number: place for place, s in enumerate(self.page.statements)}
        here = places.get(statement.number, len(places))
        whole = spoken | doubts.reached((term for k in spoken & system.keys() for _, term in system[k].cases), system)
        anew = (key for first, end, key in self.said_anew if first <= here < end and key in whole)
        return next((key for place, key in self.said_otherwise if place < here and key in spoken), next(anew, ""))

    def without_step(self, statement: Statement) -> str:
        """Why a claim with derivatives by what has a step that the page writes nowhere, z of z = W h_t, may speak of
        that step alone; '' for other claims."""
        at, found = self.page.elaborator, self.page.symbols
        for node in (node for side in statement.sides for node in nodes(side) if isinstance(node, Partial | Nabla)):
            key = found.key(node.wrt, statement.number)
            known = at.known.get(key) if key is not None else None
            if known is not None and "step" in known.chains and key not in found.carrying:
                return f"the step of {key} is left out everywhere"
        return ""

    def of_some_case(self, statement: Statement, n: int) -> str:
        """Why a formula in running text may only be supposed, if h = x, or set two entries of one quantity equal, where
        p_i = p_j, and so speak of those alone; '' for other claims."""
        if statement.block != INLINE:
            return ""
        block = self.written.block(statement.number, self.written.chains[statement.number].sides[0])
        keys = [self.page.symbols.key(side, statement.number) for side in (statement.sides[0], statement.sides[n])]
        is_case = isinstance(block, Inline) and is_supposing(block.before)
        is_case = is_case or (keys[0] is not None and keys[0] == keys[1])
        return "it may speak only of where the two are equal" if is_case else ""
