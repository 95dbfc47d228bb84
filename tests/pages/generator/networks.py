"""Networks as data: their equations as formulas in columns, from which the other layouts are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .terms import ENDS, HALF, ONE, At, Fn, Frac, IndexNumber, Norm2, Q, Softmax, StepSum, Term, Total, walk

Shape = tuple[str, str]
VECTOR: Shape = ("H", "1")
t, n = At("t"), At("n")
layer = At("l")
FIRST, LAST = At("", 1), At("T")


@dataclass(frozen=True)
class Equation:
    head: Q
    body: Term


@dataclass(frozen=True)
class Network:
    """A network in columns.

    `shapes` has the two axes of every quantity: '1' for none, 'n0' the width of the quantity's own layer, 'n-1' that of
    the layer before. `given` has the roles of what no equation defines: input, parameter, one-hot, binary or real (the
    kinds of targets). `family` is the letter of the index, and `error` the derivative of the loss by the output's
    pre-activation, with which every derivation begins."""

    name: str
    family: str
    shapes: Mapping[str, Shape]
    given: Mapping[str, str]
    equations: tuple[Equation, ...]
    error: tuple[Q, Q, Term]
    state: str = ""  # the state, where one vector is all that a step leaves to the next
    starts: Mapping[str, int] = field(default_factory=dict)  # states with a start: -1 before the first step, 1 after T
    weight: Term = ONE  # what a step's or a sample's loss is multiplied by in the loss

    def equation(self, name: str) -> Equation | None:
        """The equation of a quantity, but not that of a special index."""
        for equation in self.equations:
            if equation.head.name == name and all(a.letter for a in equation.head.at):
                return equation
        return None

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(name for name, role in self.given.items() if role == "parameter")

    @property
    def indexed(self) -> frozenset[str]:
        """The quantities that carry the family's index."""
        return frozenset(
            q.name
            for e in self.equations
            for q in (e.head, *quantities(e.body))
            if q.at and q.at[0].letter == self.family
        )


def quantities(term: Term) -> list[Q]:
    return [node for node in walk(term) if isinstance(node, Q)]


def at(name: str) -> Callable[..., Q]:
    return lambda *indices: Q(name, indices)


x, y, h, a, o, p, cell, loss = (at(name) for name in ("x", "y", "h", "a", "o", "p", "c", "l"))
L = Q("L")


def tanh(u: Term) -> Term:
    return Fn("tanh", u)


def sigmoid(u: Term) -> Term:
    return Fn("sigmoid", u)


def log(u: Term) -> Term:
    return Fn("log", u)


def entropy(target: Term, output: Term) -> Term:
    return -Total(target * log(output))


def binary_entropy(target: Term, output: Term) -> Term:
    return -Total(target * log(output) + (ONE - target) * log(ONE - output))


def over(index: At, body: Term) -> Term:
    return StepSum(index.letter, FIRST, At(ENDS[index.letter]), body)


def shapes(**axes: str) -> dict[str, Shape]:
    """Shapes from 'H X', 'H' for a column and '' for a number."""
    return {name: ((*text.split(), "1", "1")[0], (*text.split(), "1", "1")[1]) for name, text in axes.items()}


def given(inputs: str, target: str, parameters: str) -> dict[str, str]:
    return {name: "input" for name in inputs.split()} | {"y": target} | {p: "parameter" for p in parameters.split()}


V, d = Q("V"), Q("d")
OUTPUT = shapes(x="X", y="Y", o="Y", p="Y", l="", L="", V="Y H", d="Y")


def output(state: Term, *more: Term) -> tuple[Equation, ...]:
    """Softmax with cross-entropy on a state, step by step."""
    logits = V @ state
    for term in (*more, d):
        logits = logits + term
    return (
        Equation(o(t), logits),
        Equation(p(t), Softmax(o(t))),
        Equation(loss(t), entropy(y(t), p(t))),
        Equation(L, over(t, loss(t))),
    )


def recurrent(
    name: str, equations: tuple[Equation, ...], axes: Mapping[str, Shape], state: str = "", **more
) -> Network:
    """A network over steps; its parameters are what the equations use and nothing defines."""
    defined = {e.head.name for e in equations}
    used = dict.fromkeys(q.name for e in equations for q in quantities(e.body))
    parameters = " ".join(q for q in used if q not in defined and q not in ("x", "y"))
    settings = {"error": (loss(t), o(t), p(t) - y(t)), "starts": {"h": -1}} | more
    target = settings.pop("target", "one-hot")
    return Network(name, "t", axes, given("x", target, parameters), equations, state=state, **settings)


def elman() -> Network:
    W, U, b = Q("W"), Q("U"), Q("b")
    cells = (Equation(a(t), W @ h(t - 1) + U @ x(t) + b), Equation(h(t), tanh(a(t))))
    return recurrent("elman", cells + output(h(t)), OUTPUT | shapes(a="H", h="H", W="H H", U="H X", b="H"), "h")


def open_elman() -> Network:
    """The functions f and g left open."""
    W, U, b = Q("W"), Q("U"), Q("b")
    equations = (
        Equation(a(t), W @ h(t - 1) + U @ x(t) + b),
        Equation(h(t), Fn("f", a(t))),
        Equation(o(t), V @ h(t) + d),
        Equation(p(t), Fn("g", o(t))),
        Equation(loss(t), HALF @ Norm2(p(t) - y(t))),
        Equation(L, over(t, loss(t))),
    )
    error = (loss(t), o(t), (p(t) - y(t)) * Fn("g", o(t), True))
    axes = OUTPUT | shapes(a="H", h="H", W="H H", U="H X", b="H")
    return recurrent("elman", equations, axes, "h", error=error, target="real")


def lstm() -> Network:
    """With peepholes: the gates see the cell, the output gate the new one."""
    axes = dict(OUTPUT) | shapes(c="H", h="H")
    gates: dict[str, tuple[Equation, Equation]] = {}
    for gate, seen in (("f", t - 1), ("i", t - 1), ("g", None), ("o", t)):
        body = Q(f"W_{gate}") @ x(t) + Q(f"U_{gate}") @ h(t - 1)
        if seen is not None:
            body = body + Q(f"P_{gate}") * cell(seen)
        pre, post = Q(f"a_{gate}", (t,)), Q(f"s_{gate}", (t,))
        gates[gate] = (
            Equation(pre, body + Q(f"b_{gate}")),
            Equation(post, (tanh if gate == "g" else sigmoid)(pre)),
        )
        axes |= {f"W_{gate}": ("H", "X"), f"U_{gate}": ("H", "H")}
        axes |= dict.fromkeys((f"b_{gate}", f"P_{gate}", pre.name, post.name), VECTOR)
    f, i, g, out = (gates[gate][1].head for gate in "figo")
    cells = (
        *gates["f"],
        *gates["i"],
        *gates["g"],
        Equation(cell(t), f * cell(t - 1) + i * g),
        *gates["o"],
        Equation(h(t), out * tanh(cell(t))),
    )
    return recurrent("lstm", cells + output(h(t)), axes, starts={"h": -1, "c": -1})


def gru() -> Network:
    axes = dict(OUTPUT) | shapes(h="H")
    gates = []
    z, r, g = (Q(f"s_{gate}", (t,)) for gate in "zrg")
    for gate, before in (("z", h(t - 1)), ("r", h(t - 1)), ("g", r * h(t - 1))):
        pre, post = Q(f"a_{gate}", (t,)), Q(f"s_{gate}", (t,))
        body = Q(f"W_{gate}") @ x(t) + Q(f"U_{gate}") @ before + Q(f"b_{gate}")
        gates += [Equation(pre, body), Equation(post, (tanh if gate == "g" else sigmoid)(pre))]
        axes |= {f"W_{gate}": ("H", "X"), f"U_{gate}": ("H", "H")}
        axes |= dict.fromkeys((f"b_{gate}", pre.name, post.name), VECTOR)
    cells = (*gates, Equation(h(t), (ONE - z) * h(t - 1) + z * g))
    return recurrent("gru", cells + output(h(t)), axes, "h")


def stacked() -> Network:
    one, two = at("h_1"), at("h_2")
    pre, post = at("a_1"), at("a_2")
    cells = (
        Equation(pre(t), Q("W_1") @ one(t - 1) + Q("U_1") @ x(t) + Q("b_1")),
        Equation(one(t), tanh(pre(t))),
        Equation(post(t), Q("W_2") @ two(t - 1) + Q("U_2") @ one(t) + Q("b_2")),
        Equation(two(t), tanh(post(t))),
    )
    axes = OUTPUT | shapes(V="Y K", W_1="H H", U_1="H X", b_1="H", W_2="K K", U_2="K H", b_2="K")
    axes |= shapes(a_1="H", h_1="H", a_2="K", h_2="K")
    return recurrent("stacked", cells + output(two(t)), axes, starts={"h_1": -1, "h_2": -1})


def bidirectional() -> Network:
    ahead, back = at("h_f"), at("h_b")
    first, second = at("a_f"), at("a_b")
    cells = (
        Equation(first(t), Q("W_f") @ ahead(t - 1) + Q("U_f") @ x(t) + Q("b_f")),
        Equation(ahead(t), tanh(first(t))),
        Equation(second(t), Q("W_b") @ back(t + 1) + Q("U_b") @ x(t) + Q("b_b")),
        Equation(back(t), tanh(second(t))),
    )
    logits = (
        Equation(o(t), Q("V_f") @ ahead(t) + Q("V_b") @ back(t) + d),
        Equation(p(t), Softmax(o(t))),
        Equation(loss(t), entropy(y(t), p(t))),
        Equation(L, over(t, loss(t))),
    )
    axes = OUTPUT | shapes(W_f="H H", U_f="H X", b_f="H", W_b="K K", U_b="K X", b_b="K", V_f="Y H", V_b="Y K")
    axes |= shapes(a_f="H", h_f="H", a_b="K", h_b="K")
    return recurrent("bidirectional", cells + logits, axes, starts={"h_f": -1, "h_b": 1})


def many_to_one() -> Network:
    W, U, b = Q("W"), Q("U"), Q("b")
    equations = (
        Equation(a(t), W @ h(t - 1) + U @ x(t) + b),
        Equation(h(t), tanh(a(t))),
        Equation(o(), V @ h(LAST) + d),
        Equation(p(), Softmax(o())),
        Equation(L, entropy(y(), p())),
    )
    axes = OUTPUT | shapes(a="H", h="H", W="H H", U="H X", b="H")
    return recurrent("many_to_one", equations, axes, "h", error=(L, o(), p() - y()))


def perceptron() -> Network:
    """Layers of sigmoid units, each with its own width."""
    z, last = at("a"), At("L")
    equations = (
        Equation(h(At("", 0)), x()),
        Equation(z(layer), Q("W", (layer,)) @ h(layer - 1) + Q("b", (layer,))),
        Equation(h(layer), sigmoid(z(layer))),
        Equation(L, HALF @ Norm2(h(last) - y())),
    )
    axes = shapes(x="n0", y="n0", a="n0", h="n0", W="n0 n-1", b="n0", L="")
    error = (L, z(last), (h(last) - y()) * h(last) * (ONE - h(last)))
    return Network("perceptron", "l", axes, given("x", "real", "W b"), equations, error)


def _over_samples(
    name: str, target: str, activation: Callable[[Term], Term], cost: Callable[[Term, Term], Term]
) -> Network:
    equations = (
        Equation(o(n), Q("W") @ x(n) + Q("b")),
        Equation(p(n), activation(o(n))),
        Equation(loss(n), cost(y(n), p(n))),
        Equation(L, Frac(ONE, IndexNumber(At("N"))) @ over(n, loss(n))),
    )
    axes = shapes(x="X", y="Y", o="Y", p="Y", W="Y X", b="Y", l="", L="")
    weight = Frac(ONE, IndexNumber(At("N")))
    return Network(name, "n", axes, given("x", target, "W b"), equations, (loss(n), o(n), p(n) - y(n)), weight=weight)


def softmax_regression() -> Network:
    return _over_samples("softmax_regression", "one-hot", Softmax, entropy)


def multilabel() -> Network:
    """One logistic unit for each label: the targets are zeros and ones, not one-hot."""
    return _over_samples("multilabel", "binary", sigmoid, binary_entropy)


def logistic() -> Network:
    """Logistic regression: one output."""
    weight = Frac(ONE, IndexNumber(At("N")))
    target, output = y(n), p(n)
    equations = (
        Equation(o(n), Q("w").T @ x(n) + Q("b")),
        Equation(output, sigmoid(o(n))),
        Equation(loss(n), -(target @ log(output) + (ONE - target) @ log(ONE - output))),
        Equation(L, weight @ over(n, loss(n))),
    )
    axes = shapes(x="X", y="", o="", p="", w="X", b="", l="", L="")
    roles = given("x", "binary", "w b")
    return Network("logistic", "n", axes, roles, equations, (loss(n), o(n), output - target), weight=weight)


def batch() -> Network:
    """The samples of a batch are the columns (in rows the rows) of every quantity."""
    W, U = Q("W"), Q("U")
    equations = (
        Equation(a(t), W @ h(t - 1) + U @ x(t)),
        Equation(h(t), tanh(a(t))),
        Equation(o(t), V @ h(t)),
        Equation(p(t), Softmax(o(t))),
        Equation(loss(t), entropy(y(t), p(t))),
        Equation(L, over(t, loss(t))),
    )
    axes = shapes(x="X B", y="Y B", a="H B", h="H B", o="Y B", p="Y B", l="", L="", W="H H", U="H X", V="Y H")
    return recurrent("batch", equations, axes)


NETWORKS: dict[str, Callable[[], Network]] = {
    "elman": elman,
    "gru": gru,
    "lstm": lstm,
    "stacked": stacked,
    "bidirectional": bidirectional,
    "many_to_one": many_to_one,
    "perceptron": perceptron,
    "softmax_regression": softmax_regression,
    "batch": batch,
    "multilabel": multilabel,
    "logistic": logistic,
}
