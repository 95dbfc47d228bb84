r"""The step of a loss that the name of its gradient leaves out: δ_k of `\delta_k = \frac{\partial E_t}{\partial h_k}`,
on a page with `\sum_{k=1}^t` or h_{k+1} is another one for each t, δ_{t,k}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from derive.reading.tree import Big, Node, Number, Partial, Relation, Script, Sum, Symbol, mapped, walk
from derive.reading.tree import Sequence as Items
from derive.understand.customs import LOSSES

Formula = tuple[Node, ...]


def unsaid_steps_writer(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What writes the step of the loss before that of the gradient, for the names that these formulas define so."""
    trees = [node for sides in formulas for side in sides for node in walk(side)]
    steps = {(name, of) for name, step, of, at in _gradients(formulas) if _runs(trees, at, step.name, of.name)}
    names = {name: of for name, of in steps}
    plain = {name for name in names if all(isinstance(s, Symbol | Sum | Number | None) for s in _below(trees, name))}

    def put(node: Node) -> Node:
        match node:
            case Script(span, Symbol() as base, Node() as sub, above, primes, None) if base in plain:
                return Script(span, base, Items(sub.span, (names[base], sub)), above, primes)
        return mapped(node, put)

    return (lambda sides: tuple(map(put, sides))) if len(steps) == len(names) and plain else lambda sides: sides


def _gradients(formulas: Sequence[Formula]) -> Iterator[tuple[Symbol, Symbol, Symbol, Symbol]]:
    """The name, its step, that of the loss and the value, of each δ_k = ∂E_t/∂h_k."""
    for sides in formulas:
        match sides[:2]:
            case (
                Script(_, Symbol() as name, Symbol() as step, None),
                Partial(
                    _,
                    Script(_, Symbol(_, loss), Symbol(_, end) as of, None),
                    Script(_, Symbol() as value, Symbol() as at, None),
                ),
            ) if loss in LOSSES and at == step != of and end.islower():
                yield name, step, of, value


def _runs(trees: Sequence[Node], value: Symbol, step: str, end: str) -> bool:
    """Whether a letter is one of steps: a sum over it ends at another step, or the value stands at the next one."""
    for node in trees:
        match node:
            case Big(_, _, Relation(_, Symbol(_, lower), "=", _), Symbol(_, upper)) if (lower, upper) == (step, end):
                return True
            case Script(_, base, Sum(_, (Symbol(_, letter), _))) if base == value and letter == step:
                return True
    return False


def _below(trees: Sequence[Node], name: Symbol) -> Iterator[Node | None]:
    return (node.sub for node in trees if isinstance(node, Script) and node.base == name)
