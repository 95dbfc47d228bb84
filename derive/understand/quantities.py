"""The quantities of a page before their layouts are known: which steps and layers each has, which are losses, and how
many axes their entries need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.kernel.index import Index, Width
from derive.kernel.terms import Axes
from derive.reading.tree import Big, Frac, Node, Number, Product, Script, Symbol, walk
from derive.understand.choice import Choice
from derive.understand.customs import LOSSES, base_letter
from derive.understand.forms import dimensions
from derive.understand.inner import Inner
from derive.understand.reader import Known
from derive.understand.symbols import Symbols


def quantities(symbols: Symbols, choice: Choice, inner: Iterable[Inner]) -> dict[str, Known]:
    """The quantities that the page mentions, without those that its derivatives define; `inner` are the products of
    vectors among its equations."""
    losses = _losses(symbols, choice)
    single = {key for key, _, picks in (symbols.split(*mention) for mention in symbols.mentions) if not picks}
    found: dict[str, Known] = {}
    used: dict[str, set[str]] = {}  # the chains of a name in the network's own equations
    for equation in choice.chosen.values():
        for tree in (equation.head, equation.side) if equation.kind == "network" else ():
            for name in symbols.names.inside(tree, equation.number):
                key, chains, _ = symbols.split(equation.number, name)
                used.setdefault(key, set()).update(chains)
    for number, name in symbols.mentions:
        if not symbols.is_quantity(name) or symbols.names.is_kronecker(name, number):
            continue
        key, chains, _ = symbols.split(number, name)
        if key in choice.chosen and choice.chosen[key].kind != "network":
            continue
        before = found.get(key)
        once = key in used and key not in choice.chosen and not used[key]  # W^{(t)} is the copy that step t uses
        families = tuple(sorted({*(before.chains if before else ()), *(used.get(key) or ([] if once else chains))}))
        shape = symbols.shapes.get(key.removesuffix("[step]"))
        role = "loss" if key in losses else ""
        if shape is not None:
            found[key] = replace(shape, name=key, chains=families, role=shape.role or role)
        else:
            many = role == "loss" and key not in single and name.name in symbols.of_samples  # L^{(i)}
            rows: Axes | None = () if role == "loss" and not many else None
            found[key] = Known(key, families, rows, rows, role)
    for number, name in symbols.mentions:
        key, _, picks = symbols.split(number, name)
        if key in found and "T" in name.operations:  # what is transposed is no number
            found[key] = replace(found[key], least=max(found[key].least, 1))
        if key in found and not any(isinstance(n, Width) for i in picks for n, _ in i.letters):
            most = len(picks) if picks and name.name in symbols.small else found[key].most
            found[key] = replace(found[key], least=max(found[key].least, len(picks)), most=most)
    for key, axes in _stated_ranks(symbols):
        if key in found and found[key].rows is None:
            found[key] = replace(found[key], least=max(found[key].least, axes), most=axes)
    sizes = {key for key in found if base_letter(key) in symbols.names.sizes}
    for key in (divisors(symbols) & found.keys() | sizes) - choice.chosen.keys():
        if found[key].rows is None and not found[key].chains:
            found[key] = replace(found[key], rows=(), cols=())
    for number, name, axes in inner:
        key, _, picks = symbols.split(number, name)
        if key in found and found[key].rows is None:
            found[key] = replace(found[key], least=axes + len(picks), most=axes + len(picks))
    _add_steps(found, symbols, choice)
    return found


def _stated_ranks(symbols: Symbols) -> Iterator[tuple[str, int]]:
    r"""How many axes the vectors have of which the page says so, x \in \mathbb{R}^d, with those of their entries."""
    for statement in symbols.statements:
        for tree, space in statement.memberships:
            name, sizes = symbols.whole(tree, statement.number), dimensions(space)
            if name is not None and len(sizes) == 1 and sizes[0] != Index(1):
                key, _, picks = symbols.split(statement.number, name)
                yield key, 1 + len(picks)


def divisors(symbols: Symbols) -> set[str]:
    """The letters by which numbers are divided, 1/m, and that stand nowhere else but in scripts and below or above Σ:
    these are numbers."""
    trees = [node for statement in symbols.statements for side in statement.sides for node in walk(side)]
    below = [node.denominator for node in trees if isinstance(node, Frac) and isinstance(node.numerator, Number)]
    apart = [part for node in trees for part in _apart(node)]
    uses, counted = (Counter(n.name for n in those if isinstance(n, Symbol)) for those in (trees, [*below, *apart]))
    return {node.name for node in below if isinstance(node, Symbol) and counted[node.name] >= uses[node.name]}


def _apart(node: Node) -> Iterator[Node]:
    """The parts of scripts and of the bounds of a Σ."""
    parts = (
        (node.sub, node.sup) if isinstance(node, Script) else (node.lower, node.upper) if isinstance(node, Big) else ()
    )
    return (part for tree in parts if tree is not None for part in walk(tree))


def _losses(symbols: Symbols, choice: Choice) -> set[str]:
    """The quantities that are differentiated and never differentiated by, and what the page calls a loss: but what an
    equation of something else reads, as o = C h does, is none."""
    above = {
        of
        for of, _ in symbols.derivatives
        if of is not None and of.split("[")[0].split("_")[0].split("^")[0] in LOSSES | {"mathcal"}
    }
    called = {symbols.split(*mention)[0] for mention in symbols.mentions if mention[1].mention.base in LOSSES}
    called -= {key for key, equation in choice.chosen.items() if key not in above and _is_jacobian(equation.side)}
    read = set[str]()
    for key, equation in choice.chosen.items():
        if equation.kind == "network" and key not in called:
            read |= symbols.inside(equation.side, equation.number)
    by = {by for of, by in symbols.derivatives if by is not None and (of is None or of != by.removesuffix("[step]"))}
    return (above | (called - read)) - by - symbols.states  # ∂L/∂L_t = 1 differentiates by none


def _is_jacobian(side: Node) -> bool:
    """Whether a side is a product with a diagonal matrix: J = diag(f'(z)) W is no loss."""
    factors = side.factors if isinstance(side, Product) else ()
    return any(isinstance(factor, Symbol) and factor.name == "diag" for factor in factors)


def _add_steps(found: dict[str, Known], symbols: Symbols, choice: Choice) -> None:
    """Heads without a step whose definitions have a free one: q for q_t. What reads them may have one for that."""
    equations = [(key, equation) for key, equation in choice.chosen.items() if equation.kind == "network"]
    changed = True
    while changed:
        changed = False
        for key, equation in equations:
            number = equation.number
            if key not in found or "step" in found[key].chains or symbols.whole(equation.head, number) is None:
                continue
            bound = symbols.names.evidence[number].bound
            taken = bound | symbols.names.last | {"T"}
            for other in symbols.names.inside(equation.side, number):
                inner, chains, _ = symbols.split(number, other)
                index = chains.get("step")
                free = index is not None and len(index.letters) == 1 and not index.names & taken
                implied = index is None and inner in found and "step" in found[inner].chains and not bound
                if (free or implied) and found[key].role != "loss":
                    found[key] = replace(found[key], chains=tuple(sorted((*found[key].chains, "step"))))
                    changed = True
                    break
