"""Why a claim that does not hold may yet not be wrong: what it rests on was not understood, is not said, or is said
twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from derive.judge.decide import Judge
from derive.kernel.compare import Claim, Free
from derive.kernel.field import Undecidable
from derive.kernel.index import Condition, Unbound
from derive.kernel.rewriting import mapped, walk, whole_of
from derive.kernel.terms import Apply, Derivative, Einsum, Entry, Malformed, Number, Opaque, Quantity, Ref, Term
from derive.understand.functions import open_functions
from derive.understand.typed import Typed

ANOTHER = "another formula says what {} is"
ACTIVATIONS = ("tanh", "sigmoid")  # whose slopes pages write by their values


def reached(terms: Iterable[Term], system: Mapping[str, Quantity]) -> frozenset[str]:
    """The quantities that some terms speak of, and those that these are made of."""
    found: set[str] = set()
    todo = [part.name for term in terms for part in walk(term) if isinstance(part, Ref)]
    while todo:
        name = todo.pop()
        if name not in found and name in system:
            found.add(name)
            todo += system[name].reads
    return frozenset(found)


def open_loss(claim: Claim, system: Mapping[str, Quantity]) -> str:
    """Why a refuted claim may be true of a loss that the page leaves open, and that stands on one side alone: it says
    what the loss is, ∂L/∂y = y - t, or how two belong together, L^{total} and L_t. '' where there is none."""
    left, right = (reached((side,), system) for side in (claim.left, claim.right))
    for name in sorted(left ^ right):
        parts = (part for _, term in system[name].cases for part in walk(term))
        if any(isinstance(part, Opaque) and part.function.startswith("loss ") for part in parts):
            return f"no formula says what {name.split('@')[0].split('[')[0]} is"
    return ""


def condition_on_data(claim: Claim, system: Mapping[str, Quantity], whole: bool) -> str:
    """Why a refuted claim may state how things are, and follow from nothing: that what is given has some value, or how
    a quantity depends on another of which no formula says it, or that does not read it in the formulas there are,
    what no formula of the network speaks of, what an open function makes of its argument, or what part of X x_i is.
    '' where it does not.
    `whole` says that all formulas of the network are known."""
    if unsaid := derivative_of_given(claim, system):
        return unsaid
    sides = (claim.left, claim.right)
    derivatives = [part for side in sides for part in walk(side) if isinstance(part, Derivative)]
    for derivative in () if whole else derivatives:
        core = whole_of(derivative.of)
        inside = [term for _, term in system[core.name].cases] if isinstance(core, Ref) and core.name in system else []
        is_own = isinstance(core, Ref) and (core.name, core.at) == (derivative.wrt.name, derivative.wrt.at)
        if isinstance(core, Ref) and not is_own and derivative.wrt.name not in reached(inside, system):
            return f"as it was understood, {core.name} does not depend on {derivative.wrt.name}"
    names = reached(sides, system)
    used = frozenset[str]().union(*(quantity.reads for quantity in system.values()))
    both = reached(sides[:1], system) & reached(sides[1:], system)
    for name in sorted(names):
        if not whole and name not in used | both and not system[name].cases:
            return f"no formula says what {name} is"
        if any(isinstance(term, Opaque) and term.function == name for _, term in system[name].cases):
            return f"no formula that was understood says what {name} is"
    given = {name for name in names if not system[name].cases}
    cores = [whole_of(side) for side in sides]
    least = [c.wrt.name for c in cores if isinstance(c, Derivative) and _is_total(c.of) and c.wrt.name in given]
    if least and any(map(_is_zero, cores)):
        return f"{min(least)} may be where this is least"
    for part in sorted(name for name in given if name.islower() and name.upper() in given):
        if not any({part, part.upper()} <= quantity.reads for quantity in system.values()):
            return f"{part} may be a part of {part.upper()}"
    ours, theirs = (reached((side,), system) for side in sides)
    is_open = not (ours and theirs) or (ours - theirs and theirs - ours)  # no identity: a number, or X^T X w = X^T y
    if is_open and not derivatives and not any(system[name].cases for name in names):
        return "it speaks of what is given alone"
    written = [[t for _, t in system[side.name].cases] if isinstance(side, Ref) else [side] for side in cores]
    is_derived = any(isinstance(part, Derivative) for terms in written for term in terms for part in walk(term))
    is_formula = (ours and theirs) or is_derived or derivatives
    valued = next((side.name for side in cores if isinstance(side, Ref) and not side.at), "")  # but h_T = 0 is false
    if valued and given and not is_formula:
        return f"{valued} may be so for some data"
    for definitions, others in (written, written[::-1]):
        opened = open_functions(definitions) - open_functions(others)
        if opened and not is_derived:
            return f"no other formula says what {min(opened)} is"
    return ""


def _is_total(of: Term) -> bool:
    """Whether a term is one number for all steps, as a loss is."""
    return not of.axes and not (isinstance(of, Ref) and of.at)


def _is_zero(term: Term) -> bool:
    factors = term.operands if isinstance(term, Einsum) else (term,)
    return any(isinstance(factor, Number) and not factor.value for factor in factors)


def one_of_many(claim: Claim, system: Mapping[str, Quantity]) -> str:
    """Why a claim without derivatives may be wrong for some entries alone: an index stands on its right side only, k of
    -log y_k, and may be one that words choose. '' for other claims, and where a target tells which is meant."""
    if any(system[name].kind in ("simplex", "one-hot") for name in reached((claim.left, claim.right), system)):
        return ""
    parts = [[*walk(side)] for side in (claim.left, claim.right)]
    if any(isinstance(part, Derivative) for part in parts[0] + parts[1]):
        return ""
    picks = [[p for part in side if isinstance(part, Entry) for p in part.picks if p is not None] for side in parts]
    left, right = ({name for pick in side for name in pick.names} for side in picks)
    return "its right side speaks of one entry: nothing says which" if right & claim.right.letters - left else ""


def is_at_number(claim: Claim, system: Mapping[str, Quantity]) -> bool:
    """Whether a claim speaks of one layer or entry by its number."""
    for part in (part for side in (claim.left, claim.right) for part in walk(side)):
        if isinstance(part, Entry) and any(pick is not None and not pick.letters for pick in part.picks):
            return True
        if isinstance(part, Ref) and part.name in system:
            places = zip(system[part.name].letters, part.at, strict=False)
            if any(letter != "t" and not index.letters for letter, index in places):
                return True
    return False


def derivative_of_given(claim: Claim, system: Mapping[str, Quantity]) -> str:
    """Why nothing can be said of a claim with the derivative of what is given, where the page takes it for a function
    of which no formula says what it is: ∂f_t/∂c_{t-1}, but not ∂x_t/∂W = 0. '' for other claims."""
    sides = (claim.left, claim.right)
    if any(map(_is_zero, sides)):
        return ""
    for derivative in (part for side in sides for part in walk(side) if isinstance(part, Derivative)):
        core = whole_of(derivative.of)
        if isinstance(core, Ref) and core.name != derivative.wrt.name and not system[core.name].cases:
            return f"no formula that was understood says what {core.name} is"
    return ""


def fitting_function(
    judge: Judge,
    lefts: list[Typed],
    rights: list[Typed],
    free: tuple[Free, ...],
    condition: Condition,
    claim: Claim,
    by_custom: frozenset[str] = frozenset(),
) -> tuple[str, str] | None:
    """The one function of a refuted claim of which the page says nothing, or what it is `by_custom`, and the known one
    with which the claim holds; None where there is none."""
    names = reached((claim.left, claim.right), judge.system)
    terms = [term for name in names for _, term in judge.system[name].cases]
    applied = {p.function for term in (claim.left, claim.right, *terms) for p in walk(term) if isinstance(p, Apply)}
    unsaid = applied & open_functions((claim.left, claim.right, *terms)) or applied & by_custom
    if len(unsaid) != 1:
        return None
    [function] = unsaid
    for known in ACTIVATIONS:
        system = {
            key: replace(q, cases=tuple((c, with_function(term, function, known)) for c, term in q.cases))
            if key in names
            else q
            for key, q in judge.system.items()
        }
        left, right = (
            [replace(r, term=with_function(r.term, function, known)) for r in readings] for readings in (lefts, rights)
        )
        if _holds(judge.over(system), left, right, free, condition):
            return function, known
    return None


def fewer_outputs(
    judge: Judge,
    lefts: list[Typed],
    rights: list[Typed],
    free: tuple[Free, ...],
    condition: Condition,
    claim: Claim,
    losses: Iterable[str],
    formulas: list[set[str]],
) -> str:
    """Why a refuted claim about a loss that the page leaves open may not be wrong: it holds where the loss reads those
    outputs alone of which the claim speaks, as in a list of layers, each with its Y. '' for others, and where one of
    the page's `formulas`, given by what they speak of, speaks of these and of the others."""
    spoken = {part.name for side in (claim.left, claim.right) for part in walk(side) if isinstance(part, Ref)}
    for loss in spoken.intersection(losses):
        [*terms] = [term for _, term in judge.system[loss].cases]
        match terms:
            case [Opaque(arguments=arguments) as term]:
                names = {argument.name for argument in arguments if isinstance(argument, Ref)}
                read = tuple(part for part in arguments if isinstance(part, Ref) and part.name in spoken)
                if not read or any(names & spoken & said and names & said - spoken for said in formulas):
                    continue
                fewer = replace(judge.system[loss], cases=(((), replace(term, arguments=read)),))
                if _holds(judge.over({**judge.system, loss: fewer}), lefts, rights, free, condition):
                    return f"{loss} may depend on {', '.join(part.name for part in read)} alone"
    return ""


def _holds(judge: Judge, lefts: list[Typed], rights: list[Typed], free: tuple[Free, ...], condition: Condition) -> bool:
    """Whether a claim holds in another network; what cannot be decided there does not."""
    try:
        return judge.decide(lefts, rights, free, condition).verdict == "holds"
    except (Undecidable, Unbound, Malformed):
        return False


def with_function(term: Term, function: str, known: str) -> Term:
    """A term in which one function is a known one."""
    changed = mapped(term, lambda part: with_function(part, function, known))
    if isinstance(changed, Apply) and changed.function == function:
        return replace(changed, function=known, at=())
    return changed


def is_defined_in(loss: str, latex: str) -> bool:
    r"""Whether LaTeX that could not be read may say what a loss is: L(\theta) = …, but not ∂L/∂h = …."""
    letter = re.escape(re.split(r"[\[_^]", loss)[0])
    return any(
        not re.search("partial|frac|nabla", latex[max(0, head.start() - 20) : head.end()])
        for head in re.finditer(rf"(?<![A-Za-z]){letter}(?![A-Za-z])[^=]{{0,40}}=", latex)
    )
