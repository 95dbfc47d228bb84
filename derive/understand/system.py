"""The quantities of a page in the kernel, as its definitions are understood one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.kernel.index import Comparison, letter
from derive.kernel.rewriting import number as constant
from derive.kernel.rewriting import walk
from derive.kernel.terms import Apply, Malformed, Quantity, Ref
from derive.reading.errors import ReadError
from derive.reading.tree import Number, Partial
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import CANONICAL, given, is_adjoint
from derive.understand.candidates import Candidate
from derive.understand.choice import Choice
from derive.understand.defining import case_of, defined_by
from derive.understand.dependences import Place, any_functions
from derive.understand.elaborate import Elaborator
from derive.understand.forms import cells_of, is_written_out
from derive.understand.parts import with_named_parts
from derive.understand.reader import Known
from derive.understand.statement import Convention
from derive.understand.symbols import Symbols
from derive.understand.typed import Misfit, Typed, filled

NOT_BUILT = "what it is built of is not defined, or at other indices"


@dataclass
class System:
    """The quantities defined so far. `failures` says of a statement why it could not be used; `losses` are those left
    open, with whether a formula that was not understood says what they are."""

    symbols: Symbols
    choice: Choice
    elaborator: Elaborator
    tight: bool = False  # whether ⊙ binds tighter than a product of matrices in the equations of the network
    failures: dict[int, str] = field(default_factory=dict)
    conventions: list[Convention] = field(default_factory=list)
    quantities: dict[str, Quantity] = field(default_factory=dict)
    losses: dict[str, bool] = field(default_factory=dict)
    guessed: dict[str, str] = field(default_factory=dict)  # losses of which only a target says what they are

    @property
    def known(self) -> dict[str, Known]:
        return self.elaborator.known

    def define_network(self) -> None:
        """The equations of the network whose layouts were found."""
        for key, equation in self.choice.chosen.items():
            if equation.kind == "network" and equation.number not in self.failures:
                self._define(key)
        self.quantities = with_named_parts(self.quantities, self.symbols.differentiated)

    def define_derivatives(self) -> None:
        """What can be defined of the names that stand for derivatives, whatever their order."""
        chosen = self.choice.chosen.items()
        pending = [key for key, of in chosen if of.kind != "network" and key not in self.quantities]
        for _ in range(len(pending) + 1):
            pending = [key for key in pending if not self._define(key)]

    def _define(self, key: str) -> bool:
        """Adds what defines a name; whether it could be understood."""
        of = self.choice.chosen[key]
        try:
            self.quantities[key] = self.readings(key)[0]
        except (ReadError, Misfit, Malformed) as error:
            self.failures[of.number] = str(error)
            return False
        self.failures.pop(of.number, None)
        return True

    def readings(self, key: str) -> list[Quantity]:
        """What defines a name, in each of its readings. Raises ReadError or Misfit."""
        return defined_by(self.choice.chosen[key], key, self.symbols, self.elaborator, self.tight)

    def take_back(self, key: str) -> None:
        """What was to define a name is a claim about it."""
        of = self.choice.take_back(key)
        if of is not None:
            self.failures.pop(of.number, None)

    def add_given(self) -> None:
        """What the equations use and nothing defines, parameters, inputs and targets; and what quantities are at one
        place."""
        for key in self.choice.chosen.keys() - self.quantities.keys():
            if not is_written_out(self.choice.chosen[key].side):
                self.known.pop(key, None)  # what defines it was not understood: it is nothing given
        for key, known in self.known.items():
            if key not in self.quantities and known.rows is not None and known.cols is not None and not is_adjoint(key):
                self.quantities[key] = given(key, known)
        for key, (quantity, read) in any_functions(self._dependences(), self.quantities).items():
            self.quantities[key] = quantity
            name = key.removesuffix("[step]")
            self.conventions.append(Convention(name, f"any function of {', '.join(read)}", "used"))
        for key, constants in self.choice.constants.items():
            for of in dict.fromkeys([*constants, *self.choice.cases.get(key, [])]):
                try:
                    self._add_case(key, of)
                except (ReadError, Misfit, Malformed) as error:
                    self.failures[of.number] = str(error)

    def _dependences(self) -> list[tuple[Place, Place]]:
        """What the page differentiates, and by what; but of what it says that a derivative is zero, none. And what it
        says another quantity is made of, a_t = [a^i_t, a^f_t]."""
        found: list[tuple[Place, Place]] = []
        none = set[str]()
        for s in self.symbols.statements:
            is_zero = any(isinstance(side, Number) and side.value == 0 for side in s.sides)
            for node in (node for side in s.sides for node in nodes(side) if isinstance(node, Partial)):
                of, wrt = self.symbols.whole(node.of, s.number), self.symbols.whole(node.wrt, s.number)
                if of is not None and wrt is not None:
                    found.append((self.symbols.split(s.number, of)[:2], self.symbols.split(s.number, wrt)[:2]))
                    none |= {found[-1][0][0]} if is_zero else set()
        found = [pair for pair in found if pair[0][0] not in none]
        for s in self.symbols.statements:
            whole = self.symbols.whole(s.sides[0], s.number)
            parts = [self.symbols.whole(cell, s.number) for side in s.sides[1:] for cell in cells_of(side)]
            for part in parts if whole is not None else ():
                if part is not None and whole is not None:
                    found.append((self.symbols.split(s.number, part)[:2], self.symbols.split(s.number, whole)[:2]))
        return found

    def _add_case(self, key: str, of: Candidate) -> None:
        """h_0 = 0, a^0 = x: what a quantity is at one place."""
        name = self.symbols.whole(of.head, of.number)
        if name is None or key not in self.quantities:
            return
        _, chains, picks = self.symbols.split(of.number, name)
        fixed = {f: i for f, i in chains.items() if not i.letters or set(i.names) <= self.symbols.ends}
        is_entry = bool(picks) and isinstance(of.side, Number)  # y_1 = 1
        if is_entry or not fixed or set(chains) != set(self.known[key].chains):
            return
        quantity = self.quantities[key]
        condition = tuple(Comparison(letter(CANONICAL[f]), "=", i) for f, i in fixed.items())
        if isinstance(of.side, Number):
            value = filled(Typed(constant(of.side.value)), quantity.axes, ()).term
        else:
            value = case_of(of, picks, self.elaborator)
        self.quantities[key] = replace(quantity, cases=((condition, value), *quantity.cases))

    def leave_out_undefined(self) -> None:
        """Leaves out what reads a quantity that is not there, or at other indices than it has."""
        while wrong := [key for key, quantity in self.quantities.items() if not self._is_built(quantity)]:
            for key in wrong:
                del self.quantities[key]
                self.known.pop(key, None)
                if key in self.choice.chosen:
                    number = self.choice.chosen[key].number
                    self.failures[number] = NOT_BUILT

    def _is_built(self, quantity: Quantity) -> bool:
        refs = (part for _, term in quantity.cases for part in walk(term) if isinstance(part, Ref))
        there = self.quantities
        return all(ref.name in there and len(ref.at) == len(there[ref.name].letters) for ref in refs)

    def activations(self) -> dict[str, str]:
        """The function that makes all of a quantity, entry by entry, for those that one makes."""
        found = {}
        for key, quantity in self.quantities.items():
            terms = [term for _, term in quantity.cases]
            functions = {term.function for term in terms if isinstance(term, Apply) and not term.order}
            if len(functions) == 1 == len(terms):
                found[key] = functions.pop()
        return found
