r"""Names of adjoints by custom: `\delta_{z_t}`, `\delta^{a_i}_t` and `\delta_{h,t}` are ∂L/∂z, ∂L/∂a_i and ∂L/∂h where
the page has these quantities and gives the names no other meaning, `\Delta W` and `dW` are ∂L/∂W;
`\delta^{h, \text{future}}_t` is a part of ∂L/∂h_t.

Beside an activation, z = σ(u), δ_z may be ∂L/∂u as well. Which it is, a formula that the page has for it tells: where
it equals one of them at a random point, the name means that, and the formula is a claim like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.kernel.field import Undecidable
from derive.kernel.index import Index, Unbound, letter
from derive.kernel.rewriting import walk
from derive.kernel.terms import Apply, Derivative, Einsum, Fold, Malformed, Numeral, Power, Quantity, Ref, Term
from derive.understand.increments import is_increment
from derive.understand.negligible import CONSTANTS
from derive.understand.reader import Known
from derive.understand.targets import somewhere
from derive.understand.typed import multiple

ADJOINTS = frozenset(
    ("delta", "Delta", "nabla", "Path", "epsilon", "varepsilon")
)  # never an input: what stands for a ∂
CANONICAL = {"step": "t", "layer": "l", "step#2": "t'", "layer#2": "l'"}
HERE = {family: letter(name) for family, name in CANONICAL.items()}
END = "at the end"  # what a name is for the last layer
NET = "net "  # before the name of an activation: its argument


@dataclass(frozen=True)
class Meaning:
    """What an adjoint may stand for: the derivative by a quantity, or with `net` by the argument of its activation;
    `word` names the path that counts, '' for all of it. Of a loss that is the mean over `samples` it is that of their
    sum, so many times as large."""

    by: str
    net: bool = False
    word: str = ""
    samples: Term | None = None


def is_adjoint(key: str) -> bool:
    """Whether a name is one that stands for a derivative by custom: δ, Δ; a bare ε is a small number."""
    base = key.replace("^", "_").split("_")[0].split("[")[0]
    return (base.rpartition(" ")[2] in ADJOINTS and key not in CONSTANTS) or is_increment(base)


def meanings(key: str, known: Mapping[str, Known], system: Mapping[str, Quantity]) -> list[Meaning]:
    """What a name can stand for by custom; none where its scripts name no quantity."""
    base, *words = _words(key)
    if base == "vec" and words:
        base, *words = words
    if base != "delta" and not is_increment(key):
        return []
    for cut in range(len(words), 0, -1):
        rest = words[cut:]
        if len(rest) > 1 or any(len(word) < 2 for word in rest):
            continue
        by = _named(words[:cut], known, system, is_increment(key))
        if by is not None:
            path = rest[0] if rest else ""
            nets = [Meaning(by, True)] if not path and _argument(system.get(by)) is not None else []
            return [Meaning(by, word=path), *nets]
    return []


def _words(key: str) -> list[str]:
    return re.split(r"[_^@<\s]+", key.removesuffix("[step]"))


def _named(words: list[str], known: Mapping[str, Known], system: Mapping[str, Quantity], given: bool) -> str | None:
    """The quantity that these words spell: alike, else but for capitals. Of what is given what the network reads at
    its steps and, where `given`, the parameters."""
    read = {
        part.name
        for key, quantity in system.items()
        if key in known and known[key].role != "loss"
        for _, term in quantity.cases
        for part in walk(term)
        if isinstance(part, Ref)
    }
    names = [
        key
        for key, about in known.items()
        if not is_adjoint(key) and about.role != "loss" and about.rows is not None
        if (key in system and system[key].cases) or (key in read and about.chains) or (given and not about.chains)
    ]
    for same in (lambda word: word, str.lower):
        found = [key for key in names if [same(w) for w in _words(key) if w != "vec"] == [same(w) for w in words]]
        if len(found) == 1:
            return found[0]
    return None


def whole_loss(known: Mapping[str, Known], system: Mapping[str, Quantity]) -> Term | None:
    """The loss of all steps: the only one without a step, else the sum of the only one with a step."""
    losses = [key for key, about in known.items() if about.role == "loss" and key in system]
    whole = [key for key in losses if not known[key].chains]
    if len(whole) == 1:
        return Ref(whole[0])
    stepped = [key for key in losses if known[key].chains == ("step",)]
    if whole or len(stepped) != 1:
        return None
    return Fold("sum", "k", Index(1), letter("T"), Ref(stepped[0], (letter("k"),)))


def with_argument(system: dict[str, Quantity], key: str) -> str:
    """The name of the argument of an activation, which gets one in the system."""
    net = NET + key
    if net not in system:
        quantity = system[key]
        [(condition, term)] = quantity.cases
        assert isinstance(term, Apply)
        ref = Ref(net, tuple(letter(name) for name in quantity.letters), term.of.axes)
        system[net] = replace(quantity, name=net, cases=((condition, term.of),))
        system[key] = replace(quantity, cases=((condition, replace(term, of=ref)),))
    return net


def given(key: str, known: Known) -> Quantity:
    """What nothing defines as a quantity of the system."""
    slots = tuple(CANONICAL[family] for family in known.chains)
    axes = tuple(axis.put(HERE) for axis in (known.rows or ()) + (known.cols or ()))
    return Quantity(key, slots, axes, (), known.chains.index("step") if "step" in known.chains else None)


def _argument(quantity: Quantity | None) -> Term | None:
    if quantity is None or len(quantity.cases) != 1:
        return None
    term = quantity.cases[0][1]
    return term.of if isinstance(term, Apply) and term.of.axes == quantity.axes else None


def defined(
    key: str, meaning: Meaning, loss: Term, known: Mapping[str, Known], system: dict[str, Quantity]
) -> Quantity:
    """The adjoint as a quantity of the system."""
    by = with_argument(system, meaning.by) if meaning.net else meaning.by
    quantity = system[by] if by in system else given(by, known[by])
    ref = Ref(by, tuple(letter(name) for name in quantity.letters), quantity.axes)
    term: Term = Derivative(loss, ref)
    term = multiple(meaning.samples, term) if meaning.samples is not None else term
    return replace(quantity, name=key, cases=(((), term),), kind="real")


def of_the_sum(options: list[Meaning], count: Term | None, system: Mapping[str, Quantity]) -> list[Meaning]:
    """The same by what the network makes, dZ = A - Y, of the sum of the losses of samples where the loss is their mean:
    what stands beside 1/m in dW = 1/m dZ A^T. None where the loss is no mean of `count` ones."""
    made = [m for m in options if m.by in system and system[m.by].cases]
    return [replace(m, samples=count) for m in made] if count is not None else []


def divisor(quantity: Quantity) -> Term | None:
    """The number by which a quantity is divided as a whole, m of 1/m Σ_i L_i; None where there is none."""
    parts = [term for _, term in quantity.cases]
    for part in parts:
        if isinstance(part, Einsum):
            parts += part.operands
        if isinstance(part, Power) and part.exponent == -1 and isinstance(part.of, Numeral | Ref) and not part.of.axes:
            return part.of
    return None


def told(
    key: str,
    formulas: list[Quantity],
    options: list[Meaning],
    loss: Term,
    known: Mapping[str, Known],
    system: Mapping[str, Quantity],
) -> Meaning | None:
    """The one meaning that the page's own formula for an adjoint, in one of its readings, has at a random point: it
    chooses a convention and proves nothing. None without one."""
    mine = [values for formula in formulas if (values := _values(key, {**system, key: formula}))]
    found = []
    for meaning in options:
        trial = dict(system)
        trial[key] = defined(key, meaning, loss, known, trial)
        if _values(key, trial) in mine:
            found.append(meaning)
    return found[0] if len(found) == 1 else None


def told_at_end(
    formulas: list[Term], loss: Term, known: Mapping[str, Known], system: Mapping[str, Quantity]
) -> str | None:
    """The one quantity of the last layer by which the derivative of the loss is a term, in one of its readings, at a
    random point. None without one."""
    last = {"l": letter("L")}
    mine = [values for term in formulas if (values := _values(END, {**system, END: _single(term)}))]
    found = []
    for key, quantity in system.items():
        if known[key].chains == ("layer",) and quantity.cases and not is_adjoint(key):
            ref = Ref(key, (letter("L"),), tuple(axis.put(last) for axis in quantity.axes))
            if _values(END, {**system, END: _single(Derivative(loss, ref))}) in mine:
                found.append(key)
    return found[0] if len(found) == 1 else None


def _single(term: Term) -> Quantity:
    return Quantity(END, (), term.axes, (((), term),))


def _values(key: str, system: dict[str, Quantity]) -> list[object]:
    """The values of a quantity at its first two indices; none where one cannot be had."""
    evaluator = somewhere(system)
    try:
        return [evaluator.quantity((key, (step,) * len(system[key].letters))).data for step in (1, 2)]
    except (Undecidable, Unbound, Malformed, KeyError):
        return []
