r"""Losses that the page leaves out: the whole one is the sum over the steps; of a softmax whose `\partial L/\partial z`
is `\hat y - y` it is the cross-entropy; any other is an unknown function."""

from __future__ import annotations

from fractions import Fraction

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import walk
from derive.kernel.terms import Apply, Derivative, Einsum, Fold, Number, Opaque, Quantity, Ref, Term
from derive.reading.tree import Partial, Sum
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import HERE, is_adjoint
from derive.understand.guards import closure, read_by
from derive.understand.reader import Known
from derive.understand.statement import Convention, Statement
from derive.understand.system import System
from derive.understand.targets import is_softmax

STEPS = (Index(1), letter("T"))


def add_losses(system: System) -> None:
    """The losses that the page speaks of and nothing defines, where what they depend on is known."""
    for key in system.symbols.stepped:
        if key in system.known and key not in system.quantities:
            term = Fold("sum", "k", *STEPS, Ref(f"{key}[step]", (letter("k"),)))
            _add(system, key, term, "the sum of the losses of all steps", "custom")
    for is_inner in (False, True):
        for statement in system.symbols.statements:
            _add_entropy(system, statement, is_inner)
    for key, known in [*system.known.items()]:
        one = known.role == "loss" and not known.rows and not known.cols  # no list of the losses of all samples
        if one and key not in system.quantities and (outputs := _outputs(system, key)):
            _add(system, key, _any_function(system, key, outputs), f"any function of {', '.join(outputs)}", "used")


def _add_entropy(system: System, statement: Statement, is_inner: bool) -> None:
    """The cross-entropy where nothing defines a loss, and the statement says that its derivative by z is ŷ - y: ŷ is
    the softmax of z, and y stands in no equation. The statement is what says it. With `is_inner` also where ŷ - y
    stands within what it says of another derivative, ∂L/∂V = Σ (ŷ_t - y_t) h_t^T: then what does not hold may be meant
    with another loss."""
    symbols, number = system.symbols, statement.number
    derivatives = [side for side in statement.sides if isinstance(side, Partial)]
    parts = [*statement.sides] if not is_inner else [node for side in statement.sides for node in nodes(side)]
    for side in parts:
        if not isinstance(side, Sum) or side.signs != (1, -1) or not derivatives:
            continue
        loss, by = (symbols.key(tree, number) for tree in (derivatives[0].of, derivatives[0].wrt))
        output, target = (symbols.key(tree, number) for tree in side.terms)
        if loss is not None and _is_sum_of_steps(system, loss):
            loss = f"{loss}[step]"
        if loss is None or output is None or target is None or not _is_unsaid(system, loss, target):
            continue
        [*terms] = [term for _, term in system.quantities[output].cases] if output in system.quantities else []
        if len(terms) != 1 or len(terms[0].axes) != 1 or not is_softmax(terms[0]):
            continue
        if by == output or not (is_inner or by in system.quantities[output].reads):
            continue
        about = system.known[output]
        system.known[target] = Known(target, about.chains, about.rows, about.cols)
        step = letter("t")
        pair = _output(system.known[target], step), Apply("log", _output(about, step))
        term = Einsum((Number(Fraction(-1)), *pair), ("", "a", "a"), "")
        meant = term if "step" in system.known[loss].chains or not about.chains else _summed(system, loss, term)
        _add(system, loss, meant, f"the cross-entropy of {output} with {target}", "used")
        if is_inner:
            system.guessed[loss] = target
            continue
        del system.losses[loss]
        system.choice.definitions.add((number, statement.sides.index(side)))


def _is_unsaid(system: System, loss: str, target: str) -> bool:
    """Whether nothing says what a loss is, nor what a target is, which the network does not read."""
    known, chosen = system.known, system.choice.chosen
    is_loss = loss in known and known[loss].role == "loss" and loss not in system.quantities and loss not in chosen
    read = set[str]().union(*(quantity.reads for quantity in system.quantities.values()))
    return is_loss and target not in system.quantities and target not in chosen and target not in read


def _is_sum_of_steps(system: System, loss: str) -> bool:
    """Whether a loss is the sum of its letter at all steps, and nothing else: L = Σ_t L_t."""
    [*terms] = [term for _, term in system.quantities[loss].cases] if loss in system.quantities else []
    match terms:
        case [Fold("sum", letter_, first, last, Ref(name, (index,)))]:
            return (name, (first, last), index) == (f"{loss}[step]", STEPS, letter(letter_))
    return False


def _summed(system: System, loss: str, term: Term) -> Term:
    """The sum of what a term is at every step, each of which is a quantity of its step."""
    each = f"{loss}[step]"
    system.known[each] = Known(each, ("step",), (), (), "loss")
    system.quantities[each] = Quantity(each, ("t",), (), (((), term),), 0)
    return Fold("sum", "k", *STEPS, Ref(each, (letter("k"),)))


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
    outputs = [key for key in system.quantities if key not in read and not is_adjoint(key)]
    if not outputs:
        return
    name = next(name for name in ("L", "loss", "the loss") if name not in system.known)
    system.known[name] = Known(name, (), (), (), "loss")
    system.quantities[name] = Quantity(name, (), (), (((), _any_function(system, name, outputs)),))
    system.conventions.append(Convention("the loss", f"any function of {', '.join(outputs)}", "used"))


def _any_function(system: System, loss: str, outputs: list[str]) -> Term:
    """What is known of a loss by its outputs alone: of those of its step, or summed over all steps, each of which is a
    quantity of its step."""
    term = Opaque(f"loss {loss}", tuple(_output(system.known[output], letter("t")) for output in outputs), ())
    is_of_step = "step" in system.known[loss].chains
    if is_of_step or not any("step" in system.known[output].chains for output in outputs):
        return term
    return _summed(system, loss, term)


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
    for elsewhere in (True, False):  # of what reads itself or another layer, what no formula reads at its own place
        read = set[str]().union(*read_by(quantities, elsewhere).values())
        last = [key for key in quantities if key not in read and key in known and known[key].role != "loss"]
        if last and (not layered or any("layer" in known[key].chains for key in last)):
            break
    last = [
        k for k in last if not any(isinstance(p, Derivative) for _, term in quantities[k].cases for p in walk(term))
    ]
    related = [key for key in last if key in values or values & now[key]]  # not what is another network's
    last = related if values else last
    values = {key for key in values if not any(key in now[other] for other in values if other != key)}
    return sorted(set(last)) or sorted(values)
