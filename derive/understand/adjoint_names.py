"""Names that stand for derivatives, δ_z, ΔW, dW: what the page's formulas leave of them to custom."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from derive.kernel.rewriting import walk
from derive.kernel.terms import Malformed, Numeral, Opaque, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.tree import Nabla, Partial
from derive.understand import adjoints
from derive.understand.adjoints import Meaning, is_adjoint
from derive.understand.candidates import Candidate
from derive.understand.defining import at_one_place
from derive.understand.increments import is_increment
from derive.understand.losses import add_unsaid_loss
from derive.understand.reader import Known
from derive.understand.shares import words
from derive.understand.statement import Convention, Side
from derive.understand.system import System
from derive.understand.typed import Misfit


def define_names(system: System) -> None:
    """What the page defines by derivatives or by other such names; and what custom says of the rest."""
    system.define_derivatives()
    keys = dict.fromkeys(system.symbols.split(*mention)[0] for mention in system.symbols.mentions)
    if any(adjoints.meanings(key, system.known, system.quantities) for key in keys if is_adjoint(key)):
        add_unsaid_loss(system)
    loss = adjoints.whole_loss(system.known, system.quantities)
    if loss is None:
        return
    for key in sorted(keys, key=lambda key: key in system.choice.chosen):  # first what the page says nothing of
        if key in system.quantities or not is_adjoint(key):
            continue
        options = adjoints.meanings(key, system.known, system.quantities)
        if not options:
            continue
        meaning = options[0]
        about = system.known[meaning.by]
        system.known[key] = Known(key, about.chains, about.rows, about.cols, custom=True)
        if meaning.word:
            system.elaborator.paths[key] = (loss, meaning.by, meaning.word)
        else:
            system.quantities[key] = adjoints.defined(key, meaning, loss, system.known, system.quantities)
        system.take_back(key)
        value = f"∂{_spelled(loss)}/∂{meaning.by}" + (f" along {meaning.word}" if meaning.word else "")
        system.conventions.append(Convention(f"the name {key}", value, "custom"))
        system.define_derivatives()


def _define_by_end(system: System, key: str, of: Candidate, loss: Term) -> None:
    """Defines a name that a formula gives for the last layer alone, δ^L = (a^L - y) ⊙ σ'(z^L): the derivative by the
    one quantity by which it is that there. The formula, and those of the other layers, are claims then."""
    try:
        formulas = at_one_place(of, system.symbols, system.elaborator)
    except (ReadError, Misfit, Malformed):
        return
    by = adjoints.told_at_end(formulas, loss, system.known, system.quantities)
    if by is None:
        return
    about = system.known[by]
    system.known[key] = Known(key, about.chains, about.rows, about.cols)
    _define(system, key, Meaning(by), loss)
    system.take_back(key)
    system.define_derivatives()


def settle_names(system: System) -> None:
    """Names whose formulas are what custom says that they are: the formulas are claims then. So are those that say what
    a name is in the last layer, where this is a derivative. Where those of this page are derivatives by the arguments
    of activations, so are the names that no formula explains."""
    loss = adjoints.whole_loss(system.known, system.quantities)
    if loss is None:
        return
    for key, of in [*system.choice.chosen.items()]:
        if is_adjoint(key) and key not in system.quantities and of.kind in ("share", "derivative"):
            _define_by_end(system, key, of, loss)
    nets: dict[str, Meaning] = {}
    count = adjoints.divisor(system.quantities[loss.name]) if isinstance(loss, Ref) else None
    told, disputed = _settle_all(system, loss, count, nets)
    mean = _mean_of_an_open_one(system, loss)
    if mean is not None:
        for key, options in _increments(system):
            for meaning in adjoints.of_the_sum(options[:1], mean, system.quantities):
                _define(system, key, meaning, loss)
        again, disputed = _settle_all(system, loss, mean, nets)
        told |= again
    system.choice.disputed |= disputed
    if nets and {m.net for m in told.values()} == {True}:
        for key, meaning in nets.items():
            _define(system, key, meaning, loss)


def _settle_all(
    system: System, loss: Term, count: Term | None, nets: dict[str, Meaning]
) -> tuple[dict[str, Meaning], dict[Side, str]]:
    """What custom says of the names whose formulas are that; and which formulas are not, and why."""
    told: dict[str, Meaning] = {}
    disputed: dict[Side, str] = {}
    keys = [key for key in system.known if is_adjoint(key) and key in system.quantities]
    for _ in keys:  # what one of them means may tell what another one does
        disputed = {}
        found = {key: m for key in keys if (m := _settled(system, key, loss, count, nets, disputed)) is not None}
        for key, meaning in found.items():
            _define(system, key, meaning, loss)
        told |= found
        if not found:
            break
    return told, disputed


def _mean_of_an_open_one(system: System, loss: Term) -> Term | None:
    """The number of samples of which a loss is the mean that the page leaves open: m of dW = 1/m dZ A^T."""
    if not isinstance(loss, Ref) or not all(isinstance(t, Opaque) for _, t in system.quantities[loss.name].cases):
        return None
    for key, _ in _increments(system):
        if key in system.choice.chosen:
            with suppress(ReadError, Misfit, Malformed):
                for reading in system.readings(key):
                    if (count := adjoints.divisor(reading)) is not None:
                        return count
    return None


def _increments(system: System) -> list[tuple[str, list[Meaning]]]:
    """The names dW and dZ that are defined, with what they may mean."""
    keys = [key for key in system.quantities if is_increment(key) and key in system.known]
    return [(key, found) for key in keys if (found := adjoints.meanings(key, system.known, system.quantities))]


def _settled(
    system: System,
    key: str,
    loss: Term,
    count: Term | None,
    nets: dict[str, Meaning],
    disputed: dict[Side, str],
) -> Meaning | None:
    """What custom says of a name, where its formula is that; the formula is a claim then."""
    options = [m for m in adjoints.meanings(key, system.known, system.quantities) if not m.word]
    if len(options) == 2 and system.known[key].custom:
        nets[key] = options[1]
    of = system.choice.chosen.get(key)
    if not options or of is None or of.kind not in ("share", "derivative") or isinstance(of.side, Partial | Nabla):
        return None
    try:
        formulas = system.readings(key)
    except (ReadError, Misfit, Malformed):
        return None
    options += adjoints.of_the_sum(options, count, system.quantities)
    meaning = adjoints.told(key, formulas, options, loss, system.known, system.quantities)
    if meaning is None and any(words(term) for formula in formulas for _, term in formula.cases):
        meaning = options[0]  # it says which part a path is, not what the whole is
        system.known[key] = replace(system.known[key], custom=True)
    if meaning is not None:
        system.take_back(key)
    elif is_increment(key):
        disputed[system.choice.chosen[key].place] = (
            f"by custom this name is ∂{_spelled(loss)}/∂{options[0].by}, which it is not here"
        )
    return meaning


def _define(system: System, key: str, meaning: Meaning, loss: Term) -> None:
    """Puts what custom says of a name for what its formula would define."""
    system.quantities[key] = adjoints.defined(key, meaning, loss, system.known, system.quantities)
    by = f"the argument of {meaning.by}" if meaning.net else meaning.by
    name = f"the name {key}"
    system.conventions = [c for c in system.conventions if c.name != name]
    count = meaning.samples
    times = f"{count.name} " if isinstance(count, Ref) else f"{count.index} " if isinstance(count, Numeral) else ""
    system.conventions.append(Convention(name, f"{times}∂{_spelled(loss)}/∂({by})", "used"))


def leave_out_unsaid(system: System) -> None:
    """Leaves out the names of which only the layout is said, δ_t ∈ ℝ^n, and not what they are."""
    for key in [*system.known]:
        if is_adjoint(key) and key not in system.quantities and key not in system.elaborator.paths:
            del system.known[key]


def _spelled(loss: Term) -> str:
    """The name of a loss, or of those of all steps."""
    part = next(part for part in walk(loss) if isinstance(part, Ref))
    return part.name if part is loss else f"Σ{part.name}"
