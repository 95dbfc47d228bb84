"""Losses that the page leaves out: the whole one is the sum over the steps; any other is an unknown function."""

from __future__ import annotations

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import walk
from derive.kernel.terms import Derivative, Fold, Opaque, Quantity, Ref, Term
from derive.understand.adjoints import HERE
from derive.understand.guards import closure, read_by
from derive.understand.reader import Known
from derive.understand.statement import Convention
from derive.understand.system import System

STEPS = (Index(1), letter("T"))


def add_losses(system: System) -> None:
    """The losses that the page speaks of and nothing defines, where what they depend on is known."""
    for key in system.symbols.stepped:
        if key in system.known and key not in system.quantities:
            term = Fold("sum", "k", *STEPS, Ref(f"{key}[step]", (letter("k"),)))
            _add(system, key, term, "the sum of the losses of all steps", "custom")
    for key, known in system.known.items():
        one = known.role == "loss" and not known.rows and not known.cols  # no list of the losses of all samples
        if one and key not in system.quantities and (outputs := _outputs(system, key)):
            _add(system, key, _any_function(system, key, outputs), f"any function of {', '.join(outputs)}", "used")


def _add(system: System, key: str, term: Term, meaning: str, source: str) -> None:
    slots, step = (("t",), 0) if "step" in system.known[key].chains else ((), None)
    system.quantities[key] = Quantity(key, slots, (), (((), term),), step)
    chosen = system.choice.chosen
    said = chosen.get(key.removesuffix("[step]"))
    is_other = said is not None and key not in system.symbols.inside(said.side, said.number)
    system.losses[key] = key in chosen or is_other
    system.conventions.append(Convention(f"the loss {key}", meaning, source))


def add_unsaid_loss(system: System) -> None:
    """A page that speaks of gradients and of no loss means any function of its outputs, which nothing reads within
    a step."""
    if any(known.role == "loss" for known in system.known.values()):
        return
    read = set[str]().union(*read_by(system.quantities, elsewhere=False).values())
    outputs = [key for key in system.quantities if key not in read and system.known[key].chains == ("step",)]
    if not outputs:
        return
    name = next(name for name in ("L", "loss", "the loss") if name not in system.known)
    system.known[name] = Known(name, (), (), (), "loss")
    system.quantities[name] = Quantity(name, (), (), (((), _any_function(system, name, outputs)),))
    system.conventions.append(Convention("the loss", f"any function of {', '.join(outputs)}", "used"))


def _any_function(system: System, loss: str, outputs: list[str]) -> Term:
    """What is known of a loss by its outputs alone: of those of its step, or summed over all steps."""
    is_of_step = "step" in system.known[loss].chains
    step = letter("t" if is_of_step else "k")
    term = Opaque(f"loss {loss}", tuple(_output(system.known[output], step) for output in outputs), ())
    is_summed = not is_of_step and any("step" in system.known[output].chains for output in outputs)
    return Fold("sum", "k", *STEPS, term) if is_summed else term


def _output(known: Known, step: Index) -> Ref:
    """An output of the network at a step, and of layers the last."""
    at = {**HERE, "step": step, "layer": letter("L")}
    axes = tuple(axis.put(at) for axis in (known.rows or ()) + (known.cols or ()))
    return Ref(known.name, tuple(at[family] for family in known.chains), axes)


def _outputs(system: System, loss: str) -> list[str]:
    """The last quantities of the network by which a loss is differentiated: what it is taken to depend on."""
    known, quantities = system.known, system.quantities
    values = {
        by
        for of, by in system.symbols.derivatives
        if of is not None and of.removesuffix("[step]") == loss.removesuffix("[step]")
        if by is not None and by in quantities and known[by].role != "loss"
    }
    now = closure(read_by(quantities, elsewhere=False))
    layered = any("layer" in about.chains for about in known.values())
    for elsewhere in (True, False):  # of layers that read each other, what no formula reads within its own
        read = set[str]().union(*read_by(quantities, elsewhere).values())
        last = [key for key in quantities if key not in read and key in known and known[key].role != "loss"]
        if not layered or any("layer" in known[key].chains for key in last):
            break
    last = [
        k for k in last if not any(isinstance(p, Derivative) for _, term in quantities[k].cases for p in walk(term))
    ]
    last = [key for key in last if key in values or values & now[key]] or last  # not what is another network's
    values = {key for key in values if not any(key in now[other] for other in values if other != key)}
    return sorted(set(last)) or sorted(values)
