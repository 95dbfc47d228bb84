"""A page, understood: its quantities and equations as a system of the kernel, and what its statements are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.kernel.index import letter
from derive.kernel.terms import Quantity
from derive.understand import open_functions
from derive.understand.activation import meant_by_sigma
from derive.understand.adjoint_names import define_names, leave_out_unsaid, settle_names
from derive.understand.arguments import add_arguments
from derive.understand.candidates import candidates
from derive.understand.choice import Choice, choose
from derive.understand.elaborate import Elaborator
from derive.understand.extents import Extents
from derive.understand.guards import end_recursions
from derive.understand.inner import inner_products
from derive.understand.layouts import Equation, solved
from derive.understand.legend import Facts
from derive.understand.losses import add_losses
from derive.understand.named_products import pairs
from derive.understand.quantities import quantities
from derive.understand.reader import Known
from derive.understand.scalar import ScalarElaborator
from derive.understand.statement import Convention, Statement
from derive.understand.symbols import Symbols
from derive.understand.system import System
from derive.understand.targets import with_distributions
from derive.understand.usage import parameters_stand_right, sums_repeated_indices
from derive.understand.written_sizes import put_written_sizes


@dataclass
class Understanding:
    """What a page says. `failures` says why a statement could not be used; `losses` are those that it leaves open, with
    whether a formula that was not understood says what they are."""

    symbols: Symbols
    choice: Choice
    elaborator: Elaborator
    system: dict[str, Quantity]
    failures: dict[int, str]
    conventions: list[Convention]
    losses: dict[str, bool]
    guessed: dict[str, str]  # those of which only a target says what they are

    @property
    def statements(self) -> list[Statement]:
        return self.symbols.statements

    def defines(self, statement: Statement, n: int) -> bool:
        """Whether side `n` of a statement is a definition of its head, or of a part of it."""
        return (statement.number, n) in self.choice.definitions


def understand(
    statements: list[Statement],
    legend: Facts | None = None,
    functions: Mapping[str, str] | None = None,
    tight: bool = False,
) -> Understanding:
    """Everything that the statements of one network, and its legend, say. `functions` are those whose formulas stand
    elsewhere; `tight` says that ⊙ binds tighter than a product of matrices in the network's equations."""
    legend = legend or Facts()
    symbols = Symbols(statements, legend, functions)
    definitions = symbols.learned()
    activation = meant_by_sigma(symbols, legend.conventions.get("activation"))
    options, named = candidates(symbols)
    named_arguments = add_arguments(symbols, options)
    choice = choose(symbols, options)
    choice.definitions |= definitions | named
    open_functions.complete(symbols, choice)
    chosen = [of for of in choice.chosen.values() if of.kind == "network"]
    inner = [*inner_products([(of.number, of.head, of.side) for of in chosen], symbols.names, symbols.families.vectors)]
    known = quantities(symbols, choice, inner)
    network = _equations(choice, known)
    elaborator, conventions = _elaborator(symbols, legend, known, network)
    elaborator.results = open_functions.results(symbols, choice)

    elaborator.tight = tight
    vectors = legend.conventions.get("vectors", "columns" if inner else None)
    found = solved(elaborator, network, vectors, _told(symbols, network))
    elaborator = found.elaborator
    elaborator.tight = False
    meant = "numbers" if elaborator.numbers else "rows" if found.rows else "columns"
    rows = Convention("vectors", meant, _source(legend, "vectors"))
    conventions += [rows, *activation, *named_arguments, *put_written_sizes(elaborator, symbols)]
    elaborator.extents.settled = True
    elaborator.sizes = frozenset(legend.sizes)
    open_functions.note_what_they_make(elaborator, symbols, choice)

    system = System(symbols, choice, elaborator, tight, found.failures)
    system.define_network()
    add_losses(system)
    elaborator.activations = system.activations()
    define_names(system)
    system.add_given()
    end_recursions(system.quantities)
    system.leave_out_undefined()
    targets = _targets(system, legend)
    settle_names(system)
    leave_out_unsaid(system)
    if isinstance(elaborator, ScalarElaborator):
        elaborator.pairs = pairs(system.quantities)
    conventions += [*system.conventions, *targets]
    left_open = system.losses, system.guessed
    return Understanding(symbols, choice, elaborator, system.quantities, system.failures, conventions, *left_open)


def _source(legend: Facts, convention: str) -> str:
    return "stated" if convention in legend.stated else "legend" if convention in legend.conventions else "used"


def _equations(choice: Choice, known: dict[str, Known]) -> list[Equation]:
    """The equations of the network, those of quantities at one place last."""
    network = [of for key, of in choice.chosen.items() if of.kind == "network" and key in known]
    network += [of for key, cases in choice.cases.items() if key in known for of in cases]
    return [(of.number, of.head, of.side) for of in network]


def _told(symbols: Symbols, network: list[Equation]) -> dict[int, int]:
    """In how many statements the quantity of each equation stands."""
    told: dict[str, set[int]] = {}
    for number, name in symbols.mentions:
        told.setdefault(symbols.split(number, name)[0], set()).add(number)
    keys = ((number, symbols.key(head, number)) for number, head, _ in network)
    return {number: len(told.get(key or "", ())) for number, key in keys}


def _elaborator(
    symbols: Symbols, legend: Facts, known: dict[str, Known], network: list[Equation]
) -> tuple[Elaborator, list[Convention]]:
    """What reads the formulas of the page, in its conventions."""
    extents = Extents({name: letter(size) for name, size in legend.sizes.items() if name != size})
    elaborator = Elaborator(symbols.names, known, extents, symbols.split, symbols.functions)
    if legend.scalar:
        told = frozenset(s.number for s in symbols.statements if s.is_told)
        elaborator = ScalarElaborator.of(elaborator, told=told)
    elaborator.numbers = legend.conventions.get("vectors") == "numbers"
    elaborator.denominator = legend.conventions.get("jacobians") == "denominator"
    elaborator.samples_below = parameters_stand_right(symbols, network)
    used = "summed" if sums_repeated_indices(symbols) else "free"
    elaborator.summation = legend.conventions.get("repeated-indices", used) == "summed"
    if not elaborator.summation:
        return elaborator, []
    return elaborator, [Convention("repeated indices", "summed", _source(legend, "repeated-indices"))]


def _targets(system: System, legend: Facts) -> list[Convention]:
    """Notes what the targets of the network are, by the loss or by the legend; as conventions where only custom says
    so."""
    found = []
    for target in with_distributions(system.quantities):
        meant = "its entries sum to 1 (softmax with cross-entropy)"
        if legend.scalar:  # what stands for all units is the one of the target
            system.quantities[target] = replace(system.quantities[target], kind="one-hot")
            meant = "one-hot: it is the unit of one class"
        found.append(Convention(f"the target {target}", meant, "custom"))
    for tree, kind in legend.kinds:
        name = system.symbols.names.read(tree)
        key = system.symbols.aliases.get(name.name, name.name) if name is not None else ""
        if key in system.quantities and not system.quantities[key].cases:
            system.quantities[key] = replace(system.quantities[key], kind=kind)
    targets = [key for key, quantity in system.quantities.items() if quantity.kind in ("simplex", "one-hot")]
    system.elaborator.target = targets[0] if len(targets) == 1 else ""
    return found
