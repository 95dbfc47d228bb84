r"""What a formula says beside its equality, set aside before a network is looked for.

`\mathcal L(\theta)`, `L_t(y_t, \hat y_t)`: the brackets of a loss tell what it depends on. `x = (x_1, \ldots, x_T)` and
`\theta = \{\phi, \psi\}` list what a name stands for, `T = 4` is data. None of these is a claim. Nor do the brackets of
`H(y_t, \hat y_t) = -\sum_i …` say anything but its step, where H stands before these arguments alone: it is H_t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.reading.tree import (
    Big,
    Dots,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Sum,
    Symbol,
    Words,
    core,
    mapped,
    walk,
)
from derive.reading.tree import Sequence as Listing
from derive.understand.customs import FUNCTIONS, LOSSES, OPEN_FUNCTIONS
from derive.understand.letters import COUNTERS, STEPS, binders, bounds
from derive.understand.mentions import base_of

_STEPS = frozenset(Symbol((0, 0), name) for name in STEPS)
ALL = ("theta", "Theta", "vartheta")  # parameters
RATES = frozenset(("eta", "alpha", "lambda", "gamma", "epsilon", "varepsilon", "mu", "rho", "lr"))  # of learning


def arguments_stripper(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What leaves out of the sides of these formulas the brackets that only say what a loss depends on.

    A letter of losses is a quantity where it stands without a bracket somewhere, or with all parameters in it, or
    heads a formula; else it is a function: ell(y, o).
    """
    quantities = {name for sides in formulas for name in _quantities(sides)}
    indices = STEPS | {n for sides in formulas for n in bounds(sides, None).letters}
    if any(_is_loss_of_a_step(node) for sides in formulas for side in sides for node in walk(side)):
        indices |= COUNTERS  # C(i) beside C(t)
    own: dict[str, set[Node]] = {}
    for name, index in (found for sides in formulas for found in _own_summands(sides)):
        own.setdefault(name, set()).add(index)
    stripper = _Stripper(frozenset(quantities), frozenset(indices), _named_calls(formulas), own)
    return lambda sides: tuple(stripper.strip(side) for side in sides)


def _own_summands(sides: tuple[Node, ...]) -> Iterator[tuple[str, Node]]:
    """The letter of a loss that is a sum of what this letter makes, with the index that runs: L = Σ_t L(y_t, ŷ_t)."""
    head = sides[0].factors[0] if isinstance(sides[0], Product) else sides[0]
    for node in (node for side in sides[1:] for node in walk(side) if isinstance(node, Product)):
        for big, letter, bracket in zip(node.factors, node.factors[1:], node.factors[2:], strict=False):
            if isinstance(big, Big) and big.op == "sum" and isinstance(bracket, Group) and letter == head:
                name = _loss(letter)
                if name is not None and isinstance(letter, Symbol):
                    yield from ((name, Symbol(big.span, index)) for index, *_ in binders(big))


def _is_loss_of_a_step(node: Node) -> bool:
    """Whether C(t) stands in a product."""
    if not isinstance(node, Product):
        return False
    pairs = zip(node.factors, node.factors[1:], strict=False)
    return any(isinstance(b, Group) and b.bracket == "(" and b.body in _STEPS and _loss(a) for a, b in pairs)


def _quantities(sides: tuple[Node, ...]) -> Iterator[str]:
    """The letters of losses that stand in these sides as quantities."""
    heads = {id(sides[0].factors[0])} if isinstance(sides[0], Product) and len(sides[0].factors) == 2 else set[int]()

    def bare(node: Node, follows: Node | None) -> Iterator[str]:
        name = _loss(node)
        if name is not None:
            if id(node) in heads or not (isinstance(follows, Group) and follows.bracket == "(") or _is_any(follows):
                yield name
            return
        if isinstance(node, Product):
            for n, factor in enumerate(node.factors):
                after = node.factors[n + 1] if n + 1 < len(node.factors) and node.ops[n] == "" else None
                yield from bare(factor, after)
            return
        for part in node.inner:
            yield from bare(part, None)

    for side in sides:
        yield from bare(side, None)


def _is_any(bracket: Group) -> bool:
    """Whether a bracket holds the name of all parameters, L(θ), or that of weights in a list, J(W, b; x, y)."""
    if isinstance(bracket.body, Listing):
        return any(isinstance(item, Symbol) and item.name in ("W", "w", "b", *ALL) for item in bracket.body.items)
    return isinstance(bracket.body, Symbol) and bracket.body.name in ALL


def _loss(node: Node) -> str | None:
    """The letter of a loss with its scripts, or None."""
    letter = core(node)
    return base_of(letter) if letter is not None and letter.name in LOSSES | {"l"} else None


def _named_calls(formulas: Sequence[tuple[Node, ...]]) -> frozenset[str]:
    """The letters, but those of functions, that stand before one list of arguments alone, and head a formula so."""
    before: dict[str, set[Node | None]] = {}

    def see(node: Node, follows: Node | None) -> None:
        if isinstance(node, Symbol) and not node.accent:
            before.setdefault(node.name, set()).add(follows)
        elif isinstance(node, Product):
            for n, factor in enumerate(node.factors):
                see(factor, node.factors[n + 1] if n + 1 < len(node.factors) and node.ops[n] == "" else None)
        else:
            for part in node.inner:
                see(part, None)

    for sides in formulas:
        for side in sides:
            see(side, None)
    calls = (_called(sides[0]) for sides in formulas if len(sides) > 1 and _called(sides[1]) is None)
    found = {name for name in calls if name is not None and len(before[name]) == 1}
    return frozenset(name for name in found if name not in FUNCTIONS | OPEN_FUNCTIONS)


def _called(node: Node) -> str | None:
    """The letter of H(p, q)."""
    match node:
        case Product(_, (Symbol(_, name, ""), Group(_, Listing(), "(")), ("",)) if len(name) == 1:
            return name
    return None


def _at_step_of(name: Node, arguments: Node) -> Node:
    """A name without an index at the one step at which all its arguments stand: H_t for H(y_t, p_t)."""
    assert isinstance(arguments, Group) and isinstance(arguments.body, Listing)
    steps = [{part for part in walk(item) if part in _STEPS} for item in arguments.body.items]
    if any(len(found | steps[0]) != 1 for found in steps):
        return name
    return Script(name.span, name, steps[0].pop())


@dataclass(frozen=True)
class _Stripper:
    quantities: frozenset[str]
    indices: frozenset[str]
    calls: frozenset[str]
    own: Mapping[str, set[Node]]  # the letters that are sums of themselves, with what runs

    def strip(self, node: Node) -> Node:
        node = mapped(node, self.strip)
        if not isinstance(node, Product):
            return node
        kept, factors = [0], [*node.factors]
        for n in range(1, len(node.factors)):
            before, factor = node.factors[n - 1], node.factors[n]
            is_loss = _loss(before) in self.quantities and self.is_argument(factor)
            is_call = isinstance(before, Symbol) and not before.accent and before.name in self.calls
            if node.ops[n - 1] == "" and (is_loss or is_call):
                factors[n - 1] = (
                    _at_step_of(before, factor) if is_call and not is_loss else self.summand(before, factor)
                )
                continue
            kept.append(n)
        if len(kept) == 1:
            return factors[0]
        remain, ops = tuple(factors[n] for n in kept), tuple(node.ops[n - 1] for n in kept[1:])
        return replace(node, factors=remain, ops=ops)

    def summand(self, name: Node, arguments: Node) -> Node:
        """A loss that is a sum of itself at the index at which its arguments stand: L_t for L(y_t, ŷ_t)."""
        assert isinstance(arguments, Group)
        items = arguments.body.items if isinstance(arguments.body, Listing) else (arguments.body,)
        indices = self.own.get(_loss(name) or "", ()) if isinstance(name, Symbol) else ()
        index = next((i for i in indices if all(i in walk(item) for item in items)), None)
        return name if index is None else Script(name.span, name, index)

    def is_argument(self, node: Node) -> bool:
        if not isinstance(node, Group) or node.bracket != "(":
            return False
        items = node.body.items if isinstance(node.body, Listing) else (node.body,)
        if not all(isinstance(item, Symbol | Script | Dots) for item in items):
            return False
        scripts = [part for item in items for part in walk(item) if isinstance(part, Script)]
        indices = [index for part in scripts for index in (part.sub, part.sup) if index is not None]
        steps = [index for index in indices if _STEPS.intersection(walk(index))]
        if steps and not any(index in _STEPS for index in steps):
            return False  # L(p_{t-1}, y_{t-1}) beside L_t
        alone = items[0] if len(items) == 1 else None
        return not (isinstance(alone, Symbol) and alone.name in self.indices | {"T"})


def is_list(head: Node, side: Node) -> bool:
    """Whether a side only lists what its head is made of: (x_1, ..., x_T), (w_1, w_2)^T, {phi, psi}."""
    if isinstance(side, Script) and side.sub is None and side.sup in (Symbol((0, 0), "T"), Symbol((0, 0), "top")):
        side = side.base
    return (
        isinstance(head, Symbol | Script)
        and isinstance(side, Group)
        and side.bracket in ("(", "{")
        and isinstance(side.body, Listing)
    )


def are_copies(sides: Sequence[Node], relations: Sequence[str]) -> bool:
    """Whether a chain with dots says of the copies of one symbol that they are equal: W^{(1)} = ... = W^{(T)} = W."""
    if set(relations) != {"="}:
        return False
    named = [side for side in sides if not isinstance(side, Dots)]
    bases = {side.base if isinstance(side, Script) else side for side in named}
    return len(named) < len(sides) and len(bases) == 1 and all(isinstance(base, Symbol) for base in bases)


def is_told(side: Node) -> bool:
    """Whether a side says in several words what its head is."""
    return isinstance(side, Words) and " " in side.text.strip()


def is_update(head: Node, relation: str, side: Node) -> bool:
    """Whether a formula says how a parameter is updated: W ← W - η ∂L/∂W, W(t+1) = W(t) - η ∂L/∂W, W -= η dW,
    W = W + ΔW, W = W - η ∂L/∂W, ΔW = -η ∂L/∂W; or how a mean of steps is, v = β v + (1 - β) dW.

    What follows η is one gradient, or what no derivative stands in; another step is no mere definition.
    """
    base = _base(head)
    if base is None:
        return False
    if relation == "-=":
        return _is_step(side)
    if relation not in ("gets", "=", ":=") or not isinstance(side, Sum):
        return False
    if len(side.terms) == 1:
        return base.startswith("Delta ") and side.signs == (-1,) and _is_step(side.terms[0], base)
    if len(side.terms) != 2:
        return False
    first, step = side.terms
    if _is_kept(first, head):
        return side.signs == (1, 1)
    if _base(first) == base and side.signs == (1, 1):
        return first == head and _is_increment(step, head)
    if _base(first) != base or side.signs != (1, -1):
        return False
    by = [part.wrt for part in step.inner if isinstance(part, Partial | Nabla)]
    if first == head and not by and not _STEPS.intersection(walk(head)):
        return _is_any_step(step, head)
    return _is_step(step) and (relation == "gets" or first != head or by == [head])


def _is_kept(node: Node, head: Node) -> bool:
    """Whether a tree is a share of a quantity without a step, β v."""
    if not isinstance(node, Product) or len(node.factors) != 2 or node.factors[1] != head:
        return False
    rate = _base(node.factors[0]) or ""
    return (rate in RATES or rate.startswith("beta")) and not _STEPS.intersection(walk(head))


def _is_any_step(node: Node, of: Node) -> bool:
    """η times what holds no derivative, nor the name of one by something else than what is updated, α db."""
    parts = [*walk(node)]
    rated = isinstance(node, Product) and _base(node.factors[0]) in RATES
    named = {part.name for part in parts if isinstance(part, Symbol) and part.accent == "d"}
    return rated and named <= {_base(of)} and not any(isinstance(part, Partial | Nabla) for part in parts)


def _is_increment(node: Node, of: Node) -> bool:
    """Whether a tree is Δ before another one, a product or a name with it."""
    if isinstance(node, Product):
        return len(node.factors) == 2 and node.factors[0] == Symbol(node.span, "Delta") and node.factors[1] == of
    before, after = _base(node), _base(of)
    return before is not None and before == f"Delta {after}"


def _is_step(node: Node, of: str = "") -> bool:
    """η times one gradient, or the name of one; with `of` = ΔW, times that by W."""
    if not isinstance(node, Product) or len(node.factors) != 2:
        return False
    rate, gradient = node.factors
    if of:
        return _base(rate) in RATES and isinstance(gradient, Partial) and f"Delta {_base(gradient.wrt)}" == of
    return _base(rate) in RATES and isinstance(gradient, Partial | Nabla | Symbol | Script)


def _base(node: Node) -> str | None:
    """The letter of a symbol with its scripts, and with a bracket behind it."""
    if isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[1], Group):
        node = node.factors[0]
    letter = core(node)
    return base_of(letter) if letter is not None else None


def number_of(head: Node, side: Node) -> tuple[str, int] | None:
    """T = 4: the letter of a last step, or of a size, with its value; None for other formulas."""
    if isinstance(head, Symbol) and len(head.name) == 1 and not head.accent and isinstance(side, Number):
        return (head.name, int(side.value)) if side.value.denominator == 1 else None
    return None


def members(side: Node) -> tuple[Node, ...]:
    """What a list names."""
    side = side.base if isinstance(side, Script) else side
    assert isinstance(side, Group) and isinstance(side.body, Listing)
    return side.body.items
