r"""Functions of which the page says what they are: f of `s_t = f(U x_t + W s_{t-1}) = \tanh(U x_t + W s_{t-1})`.

Where one thing is f and one known function of the same argument, in a chain or in two formulas, and no formula says of
f(x) anything else, f is that function wherever it stands. So is one that carries its name, g_{ReLU}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from derive.reading.tree import Group, Node, Number, Product, Script, Symbol, mapped
from derive.reading.vocabulary import IN_ANY_CASE
from derive.understand.application import ELEMENTWISE
from derive.understand.customs import OPEN_FUNCTIONS
from derive.understand.softmaxes import SOFTMAX

KNOWN = {*ELEMENTWISE, SOFTMAX}
OPEN = OPEN_FUNCTIONS - {"sigma", "varsigma"}  # which are the logistic function by custom


def functions_writer(formulas: Sequence[tuple[Node, ...]]) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    """What puts the known functions for such ones of these formulas."""
    formulas = [tuple(map(_by_their_names, sides)) for sides in formulas]
    calls: dict[tuple[Node, Node], list[Node]] = {}  # the functions of which a head is the value, at an argument
    for head, *sides in formulas:
        for function, body in map(_call, sides):
            if function is not None and body is not None:
                calls.setdefault((head, body), []).append(function)
    told: dict[Node, set[str]] = {}
    for functions in calls.values():
        known = {f.name for f in functions if isinstance(f, Symbol) and not f.accent} & KNOWN
        for function in filter(_is_open, functions):
            told.setdefault(function, set()).update(known)
    said = {_call(sides[0])[0] for sides in formulas}
    meant = {
        function: name for function, names in told.items() if len(names) == 1 and function not in said for name in names
    }

    def written(node: Node) -> Node:
        if node in meant:
            return Symbol(node.span, meant[node])
        if isinstance(node, Script) and node.sub is not None:  # a gate f_t is no function
            return replace(node, sub=written(node.sub), sup=written(node.sup) if node.sup is not None else None)
        return mapped(node, written)

    return lambda sides: tuple(written(_by_their_names(side)) for side in sides)


def _by_their_names(node: Node) -> Node:
    r"""The tree with ReLU for g_{\text{ReLU}}."""
    match node:
        case Script(span, Symbol(_, name), Symbol(_, called, ""), None, primes, None) if (
            name in OPEN_FUNCTIONS and called.lower() in IN_ANY_CASE
        ):
            function = Symbol(span, IN_ANY_CASE[called.lower()])
            return Script(span, function, None, None, primes) if primes else function
    return mapped(node, _by_their_names)


def _call(side: Node) -> tuple[Node | None, Node | None]:
    """The function and the argument of a side that applies one to the other."""
    match side:
        case Product(_, (Symbol() | Script() as function, Group(_, body, "(")), ("",)):
            return function, body
    return None, None


def _is_open(function: Node) -> bool:
    """Whether a tree is f, or f_1."""
    match function:
        case Script(_, Symbol() as base, Number(), None, 0, None):
            return base.name in OPEN
        case Symbol(_, name, ""):
            return name in OPEN
    return False
