"""Random networks, and random terms about them.

A world is a system of one of the kinds that pages define, with sizes; its terms are drawn by their axes, so that what
is drawn always fits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from derive.kernel.index import Comparison, Index, Width, letter
from derive.kernel.rewriting import broadcast, minus, number, put, scale
from derive.kernel.terms import (
    ALONG,
    LABELS,
    OWN,
    SCALAR,
    STEP,
    TOTAL,
    Add,
    Apply,
    Axes,
    Choice,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Indicator,
    Join,
    Number,
    Numeral,
    Ones,
    Opaque,
    Power,
    Quantity,
    Ref,
    Slice,
    System,
    Term,
)

ONE, T, H, N, V, B = Index(1), letter("T"), letter("H"), letter("N"), letter("V"), letter("B")
t, k, layer = letter("t"), letter("k"), letter("l")
RUNNING = (Comparison(t, "ge", ONE),)
SIZES = {"T": 3, "H": 2, "N": 3, "V": 3, "B": 2}


@dataclass(frozen=True)
class World:
    name: str
    system: System
    sizes: dict[Any, int]

    def ref(self, name: str, *at: Index) -> Ref:
        quantity = self.system[name]
        letters = dict(zip(quantity.letters, at, strict=True))
        return Ref(name, at, tuple(axis.put(letters) for axis in quantity.axes))


def product(matrix: Term, vector: Term) -> Term:
    return Einsum((matrix, vector), ("ij", "j"), "i")


def times(*factors: Term) -> Term:
    labels = LABELS[: len(factors[0].axes)]
    return Einsum(factors, (labels,) * len(factors), labels)


def one_less(term: Term) -> Term:
    return Add((Ones(term.axes), minus(term)))


def softmax(logits: Term) -> Term:
    powers = Apply("exp", logits)
    total = Einsum((powers,), ("i",), "")
    return Einsum((powers, Power(total, Fraction(-1))), ("i", ""), "i")


def stepwise(name: str, axes: Axes, definition: Term | None = None, start: bool = True) -> Quantity:
    """A quantity at steps: given, or defined at all of them, or from the first one on."""
    cases = () if definition is None else ((RUNNING if start else (), definition),)
    return Quantity(name, ("t",), axes, cases, 0)


def affine(state: Term, inputs: Term, gate: str = "") -> Term:
    W, U, b = Ref(f"W{gate}", (), (H, H)), Ref(f"U{gate}", (), (H, N)), Ref(f"b{gate}", (), (H,))
    return Add((product(W, state), product(U, inputs), b))


def parameters(*gates: str) -> list[Quantity]:
    shapes = {"W": (H, H), "U": (H, N), "b": (H,)}
    return [Quantity(name + gate, (), axes) for gate in gates for name, axes in shapes.items()]


def readout(state: str, kind: str) -> list[Quantity]:
    """Logits, softmax with cross-entropy or squared errors, and the loss."""
    o, p, y = Ref("o", (t,), (V,)), Ref("p", (t,), (V,)), Ref("y", (t,), (V,))
    losses = {
        "cross-entropy": minus(Einsum((y, Apply("log", p)), ("i", "i"), "")),
        "squares": Einsum((Power(Add((o, minus(y))), Fraction(2)), number(Fraction(1, 2))), ("i", ""), ""),
        "opaque": Opaque("ell", (o, y), SCALAR),
    }
    return [
        Quantity("V", (), (V, H)),
        stepwise("o", (V,), product(Ref("V", (), (V, H)), Ref(state, (t,), (H,))), False),
        stepwise("p", (V,), softmax(o), False),
        Quantity("y", ("t",), (V,), (), 0, "simplex"),
        stepwise("l", (), losses[kind], False),
        Quantity("L", (), (), (((), Fold("sum", "k", ONE, T, Ref("l", (k,)))),)),
    ]


def world(name: str, quantities: list[Quantity], sizes: dict[Any, int] | None = None) -> World:
    return World(name, {quantity.name: quantity for quantity in quantities}, SIZES | (sizes or {}))


h, before, x = Ref("h", (t,), (H,)), Ref("h", (t.plus(-1),), (H,)), Ref("x", (t,), (N,))


def elman(f: str = "tanh", loss: str = "cross-entropy") -> World:
    z = stepwise("z", (H,), affine(before, x), False)
    state = stepwise("h", (H,), Apply(f, Ref("z", (t,), (H,))))
    return world("Elman", [z, state, stepwise("x", (N,)), *parameters(""), *readout("h", loss)])


def lstm(f: str = "tanh", loss: str = "squares") -> World:
    """Its four gates stacked in one matrix, sliced."""
    c = Ref("c", (t,), (H,))
    stacked = Index(0, (("H", 4),))
    both = Join((before, x), 0)
    a = product(Ref("A", (), (stacked, H.plus(N))), both)

    def gate(name: str, n: int, f: str) -> Quantity:
        rows = Slice(Ref("a", (t,), (stacked,)), 0, Index(0, (("H", n),) if n else ()), Index(0, (("H", n + 1),)))
        return stepwise(name, (H,), Apply(f, rows), False)

    i, g, o = (Ref(name, (t,), (H,)) for name in ("i", "g", "q"))
    cell = Add((times(Ref("f", (t,), (H,)), Ref("c", (t.plus(-1),), (H,))), times(i, g)))
    return world(
        "LSTM",
        [
            Quantity("A", (), (stacked, H.plus(N))),
            stepwise("x", (N,)),
            stepwise("a", (stacked,), a, False),
            gate("i", 0, "sigmoid"),
            gate("f", 1, "sigmoid"),
            gate("q", 2, "sigmoid"),
            gate("g", 3, "tanh"),
            stepwise("c", (H,), cell),
            stepwise("h", (H,), times(o, Apply(f, c))),
            *readout("h", loss),
        ],
    )


def gru(f: str = "tanh", loss: str = "squares") -> World:
    u, r, n = (Ref(name, (t,), (H,)) for name in ("u", "r", "n"))
    candidate = Apply(f, affine(times(r, before), x, "n"))
    state = Add((times(one_less(u), n), times(u, before)))
    return world(
        "GRU",
        [
            *parameters("u", "r", "n"),
            stepwise("x", (N,)),
            stepwise("u", (H,), Apply("sigmoid", affine(before, x, "u")), False),
            stepwise("r", (H,), Apply("sigmoid", affine(before, x, "r")), False),
            stepwise("n", (H,), candidate, False),
            stepwise("h", (H,), state),
            *readout("h", loss),
        ],
    )


def layered(f: str = "tanh", loss: str = "squares") -> World:
    """Two recurrent layers of different widths."""
    n = Index(0, ((Width("n", layer), 1),))
    below = Index(0, ((Width("n", layer.plus(-1)), 1),))
    z = Add(
        (
            product(Ref("W", (layer,), (n, below)), Ref("s", (layer.plus(-1), t), (below,))),
            product(Ref("R", (layer,), (n, n)), Ref("s", (layer, t.plus(-1)), (n,))),
        )
    )
    inside = (Comparison(layer, "ge", ONE), *RUNNING)
    top = Width("n", Index(2))
    return world(
        "layers",
        [
            Quantity("W", ("l",), (n, below)),
            Quantity("R", ("l",), (n, n)),
            Quantity("s", ("l", "t"), (n,), ((inside, Apply(f, z)),), 1),
            stepwise("h", (H,), Ref("s", (Index(2), t), (Index(0, ((top, 1),)),)), False),
            *readout("h", loss),
        ],
        {("n", 0): 3, ("n", 1): 1, ("n", 2): 2, ("n", 3): 2},
    )


def bidirectional(f: str = "tanh", loss: str = "cross-entropy") -> World:
    after = Ref("g", (t.plus(1),), (H,))
    forward = Quantity("f", ("t",), (H,), ((RUNNING, Apply(f, affine(Ref("f", (t.plus(-1),), (H,)), x, "f"))),), 0)
    backward = Quantity("g", ("t",), (H,), (((Comparison(t, "le", T),), Apply(f, affine(after, x, "g"))),), 0)
    state = stepwise("h", (H,), Add((Ref("f", (t,), (H,)), Ref("g", (t,), (H,)))), False)
    return world(
        "bidirectional", [forward, backward, state, stepwise("x", (N,)), *parameters("f", "g"), *readout("h", loss)]
    )


def opaque(f: str = "phi", loss: str = "opaque") -> World:
    """h_t = F(h_{t-1}, x_t, w), then φ entry by entry."""
    state = Apply(f, Opaque("F", (before, x, Ref("w", (), (H,))), (H,)))
    return world(
        "opaque", [stepwise("h", (H,), state), stepwise("x", (N,)), Quantity("w", (), (H,)), *readout("h", loss)]
    )


def batch(f: str = "tanh", loss: str = "squares") -> World:
    """Samples as rows of a matrix; the loss reads the sum of the rows."""
    rows, inputs = Ref("S", (t.plus(-1),), (B, H)), Ref("X", (t,), (B, N))
    a = Add(
        (
            Einsum((rows, Ref("W", (), (H, H))), ("ij", "jk"), "ik"),
            Einsum((inputs, Ref("U", (), (H, N))), ("ij", "kj"), "ik"),
            Einsum((Ones((B,)), Ref("b", (), (H,))), ("i", "j"), "ij"),
        )
    )
    state = stepwise("h", (H,), Einsum((Ref("S", (t,), (B, H)),), ("ij",), "j"), False)
    return world(
        "batch",
        [stepwise("S", (B, H), Apply(f, a)), stepwise("X", (B, N)), state, *parameters(""), *readout("h", loss)],
    )


def tied(f: str = "tanh", loss: str = "squares") -> World:
    """One matrix used twice in a step and again in the readout of another step, and a regulariser without a step."""
    W = Ref("W", (), (H, H))
    z = Add((product(W, before), product(W, Apply("tanh", product(W, before))), product(Ref("U", (), (H, N)), x)))
    state = Choice(
        (
            ((Comparison(t, "=", Index(2)),), Add((Apply(f, z), product(W, Ref("h", (t.plus(-2),), (H,)))))),
            ((), Apply(f, z)),
        )
    )
    penalty = Quantity("E", (), (), (((), Add((Ref("L"), Einsum((W, W), ("ij", "ij"), "")))),))
    return world(
        "tied", [stepwise("h", (H,), state), stepwise("x", (N,)), penalty, *parameters(""), *readout("h", loss)]
    )


KINDS: tuple[Callable[[str, str], World], ...] = (elman, lstm, gru, layered, bidirectional, opaque, batch, tied)
worlds = st.builds(
    lambda kind, f, loss: kind(f, loss),
    st.sampled_from(KINDS),
    st.sampled_from(("tanh", "sigmoid", "relu", "softplus", "phi")),
    st.sampled_from(("cross-entropy", "squares", "opaque")),
)


class Terms:
    """Random terms of one world; `letters` are those in scope, all of steps. `smooth` leaves out derivatives inside,
    `algebra` all functions."""

    def __init__(self, draw: st.DrawFn, world: World, smooth: bool = False, algebra: bool = False) -> None:
        self.draw, self.world, self.smooth, self.algebra = draw, world, smooth, algebra
        self.bound = 0

    def one(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def index(self, letters: tuple[str, ...]) -> Index:
        if letters and self.draw(st.booleans()):
            return letter(self.one(*letters), self.one(0, 0, -1, 1))
        return self.one(Index(1), Index(2), Index(3), T, Index(0))

    def refs(self, letters: tuple[str, ...]) -> list[Ref]:
        """Every quantity, at drawn indices."""
        found = []
        for name, quantity in self.world.system.items():
            at = tuple(self.one(ONE, Index(2)) if a == "l" else self.index(letters) for a in quantity.letters)
            found.append(self.world.ref(name, *at))
        return found

    def pool(self) -> tuple[Index, ...]:
        found = {axis for ref in self.refs(()) for axis in ref.axes}
        return tuple(sorted(found, key=repr))

    def axes(self) -> Axes:
        return tuple(self.one(*self.pool()) for _ in range(self.one(0, 1, 1, 2)))

    def leaf(self, axes: Axes, letters: tuple[str, ...]) -> Term:
        fitting: list[Term] = [ref for ref in self.refs(letters) if ref.axes == axes]
        others: list[Term] = [broadcast(Number(self.draw(st.fractions(-2, 2, max_denominator=4))), axes)]
        others.append(broadcast(Numeral(self.index(letters)), axes))
        if axes:
            others.append(Ones(axes))
        if len(axes) == 2 and axes[0] == axes[1]:
            others.append(Identity(axes[0]))
        return self.one(*fitting, *fitting, *fitting, *others)

    def term(self, axes: Axes, letters: tuple[str, ...] = ("t",), depth: int = 3) -> Term:
        if depth == 0:
            return self.leaf(axes, letters)

        def inner(other: Axes = axes, more: tuple[str, ...] = ()) -> Term:
            return self.term(other, (*letters, *more), depth - 1)

        labels = LABELS[: len(axes)]
        kinds = ["leaf", "add", "times", "contract", "power", "sum", "product", "choice", "indicator", "entry"]
        if not self.algebra:
            kinds += ["apply", "apply", "log", "opaque", "inverse", "raised"]
        if axes:
            kinds += ["join", "slice"]
        if not self.smooth:
            kinds += ["derivative"] * 3
        match self.one(*kinds):
            case "add":
                return Add((inner(), minus(inner())))
            case "times":
                return Einsum((inner(), inner()), (labels, labels), labels)
            case "contract":
                shared = self.one(*self.pool())
                if len(axes) == 2:
                    left, right = (axes[0], shared), (axes[1], shared)
                    return Einsum((inner(left), inner(right)), ("ax", "bx"), self.one("ab"))
                if not axes:
                    return Einsum((inner((shared,)), inner((shared, shared))), ("x", "yx"), "")
                return Einsum((inner((shared, *axes)), inner((shared,)), inner(())), ("x" + labels, "x", ""), labels)
            case "power":
                return Power(inner(), Fraction(self.one(2, 3, 1, 0)))
            case "raised":
                return Power(Apply("softplus", inner()), letter(self.one(*letters), -1))
            case "inverse":
                return Power(Apply("softplus", inner()), Fraction(self.one(-1, -2)))
            case "sum" | "product" as kind:
                self.bound += 1
                name = f"k{self.bound}"
                low, high = self.one((ONE, T), (ONE, letter(letters[0])), (letter(letters[0], 1), T), (Index(2), ONE))
                op = "sum" if kind == "sum" or (len(axes) == 2 and axes[0] != axes[1]) else "prod"
                return Fold(op, name, low, high, inner(axes, (name,)), self.draw(st.booleans()))
            case "choice":
                condition = (Comparison(self.index(letters), self.one("le", "ne", "gt", "="), self.index(letters)),)
                return Choice(((condition, inner()), ((), inner())))
            case "indicator":
                condition = (Comparison(self.index(letters), self.one("lt", "ge"), self.index(letters)),)
                return Einsum((Indicator(condition), inner()), ("", labels), labels)
            case "entry":
                at = self.one(*range(len(axes) + 1))
                more = (*axes[:at], self.one(*self.pool()), *axes[at:])
                picks = tuple(Index(1) if i == at else None for i in range(len(more)))
                return Entry(inner(more), picks)
            case "apply":
                return Apply(self.one("tanh", "sigmoid", "relu", "softplus", "phi"), inner(), self.one(0, 0, 0, 1))
            case "log":
                return Apply("log", Apply(self.one("softplus", "sigmoid", "exp"), Apply("tanh", inner())))
            case "opaque":
                arguments = (inner(self.axes()), inner(self.axes()))
                if not self.smooth and axes and self.draw(st.booleans()):
                    return Opaque("G", (inner(axes[1:]), arguments[0]), axes[:1], 0)
                return Opaque("G", arguments, axes)
            case "join":  # its second piece is cut out again
                pieces = (inner((self.one(*self.pool()), *axes[1:])), inner())
                start = pieces[0].axes[0]
                return Slice(Join(pieces, 0), 0, start, start.plus(axes[0]))
            case "slice":  # its ends, along the last axis, change places
                last = len(axes) - 1
                whole = inner()
                return Join(tuple(Slice(whole, last, *ends) for ends in ((ONE, axes[last]), (Index(0), ONE))), last)
            case "derivative":
                found = self.derivative(axes, letters, depth - 1)
                return inner() if found is None else found
        return self.leaf(axes, letters)

    def derivative(self, axes: Axes, letters: tuple[str, ...], depth: int) -> Derivative | None:
        """A derivative that has these axes, of a quantity or a term; None where there is none."""
        wrts = [ref for ref in self.refs(letters) if ref.axes == axes[len(axes) - len(ref.axes) :]]
        if not wrts:
            return None
        wrt = self.one(*wrts)
        lead = axes[: len(axes) - len(wrt.axes)]
        smooth = Terms(self.draw, self.world, True, self.algebra)
        smooth.bound = self.bound + 100
        fitting = [ref for ref in self.refs(letters) if ref.axes == lead]
        of = self.one(*fitting) if fitting and self.draw(st.booleans()) else smooth.term(lead, letters, min(depth, 2))
        through = self.one(TOTAL, TOTAL, STEP, OWN, ALONG)
        names = frozenset(self.draw(st.sets(st.sampled_from(sorted(self.world.system)), max_size=6)))
        uses = self.index(letters) if self.one(0, 0, 1) else None
        return Derivative(of, wrt, through, names if through == ALONG else frozenset(), uses)


@st.composite
def cases(draw: st.DrawFn, smooth: bool = False, algebra: bool = False) -> tuple[World, Term]:
    """A world and a term of it, with the free letter t."""
    found = draw(worlds)
    terms = Terms(draw, found, smooth, algebra)
    return found, terms.term(terms.axes())


@st.composite
def derivatives(draw: st.DrawFn) -> tuple[World, Derivative]:
    found = draw(worlds)
    terms = Terms(draw, found)
    wrt = draw(st.sampled_from(terms.refs(("t",))))
    derivative = terms.derivative((*terms.axes()[:1], *wrt.axes), ("t",), 2)
    assert derivative is not None
    return found, derivative


def edited(term: Term, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Term:
    """The term with one part of it changed, truly or falsely."""
    inner = [name for name in term.__dataclass_fields__ if name != "wrt" and parts_of(getattr(term, name))]
    if inner and draw(st.integers(0, 2)):
        name = draw(st.sampled_from(inner))
        value = getattr(term, name)
        if isinstance(value, Term):
            changed: object = edited(value, draw)
        else:
            at = draw(st.sampled_from(range(len(value))))
            part = value[at]
            new = edited(part, draw) if isinstance(part, Term) else (part[0], edited(part[1], draw))
            changed = (*value[:at], new, *value[at + 1 :])
        return replace(term, **{name: changed})
    two = number(2)
    options: list[Term] = [Einsum((term, Ones(())), (LABELS[: len(term.axes)], ""), LABELS[: len(term.axes)])]
    match term:
        case Apply("tanh", of, 0):
            options += [Add((scale(Apply("sigmoid", scale(of, two)), two), minus(broadcast(number(1), of.axes))))]
        case Apply("tanh" | "sigmoid" as f, of, 1):
            options += [one_less(Power(Apply(f, of), Fraction(2))), Apply(f, of)]
        case Apply("relu", of, 0):
            options += [of, times(Apply("relu", of, 1), of), Add((of, Apply("relu", minus(of))))]
        case Apply("softplus", of, order):
            options += [Apply("softplus", of, order + 1), Apply("log", Add((Ones(of.axes), Apply("exp", of))))]
        case Power(of, exponent):
            options += [times(of, of), of, Power(of, exponent.plus(1) if isinstance(exponent, Index) else -exponent)]
        case Add((a, b)):
            options += [Add((b, a)), a, b, Add((a, minus(b)))]
        case Einsum((a, b), (i, j), out):
            options += [Einsum((b, a), (j, i), out)]
        case Fold(_, name, low, high, body, falling):
            options += [replace(term, falling=not falling), replace(term, low=low.plus(1))]
            options += [replace(term, low=low.plus(-1), high=high.plus(-1), body=put(body, {name: letter(name, 1)}))]
        case Derivative(of, wrt, through, along, uses):
            options += [Derivative(of, wrt, other, along, uses) for other in (TOTAL, STEP, OWN, ALONG)]
            options += [Derivative(of, wrt, through, along, None)]
        case Ref(name, at, extents) if at:
            options += [Ref(name, (*at[:-1], at[-1].plus(1)), extents)]
        case Choice(branches):
            options += [term for _, term in branches]
    return draw(st.sampled_from(options))


def parts_of(value: object) -> list[Term]:
    if isinstance(value, Term):
        return [value]
    items = value if isinstance(value, tuple) else ()
    return [part for item in items for part in (item if isinstance(item, tuple) else (item,)) if isinstance(part, Term)]
