"""Every kind of term once: its value, and its derivative by all that it reads, beside the second evaluator."""

from fractions import Fraction

import numpy as np
import pytest
from test_evaluator import kernel, reference
from worlds import ONE, RUNNING, SCALAR, H, N, T, World, product, softmax, t

from derive.kernel.field import Undecidable
from derive.kernel.index import Comparison, Index, letter
from derive.kernel.rewriting import broadcast, minus, number, put, scale
from derive.kernel.terms import (
    ALONG,
    OWN,
    STEP,
    TOTAL,
    WITHIN,
    Add,
    Apply,
    Choice,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Indicator,
    Join,
    Malformed,
    Numeral,
    Ones,
    Opaque,
    Power,
    Quantity,
    Ref,
    Slice,
    Term,
)

from fields import Floats  # isort: skip

x, w, s = Ref("x", (), (H,)), Ref("w", (), (N,)), Ref("s")
M, R = Ref("M", (), (H, H)), Ref("R", (), (H, N))
i, two, three = letter("i"), Index(2), Index(3)
positive = Apply("exp", x)


def q(at: Index) -> Ref:
    return Ref("q", (at,), (H,))


def G(at: Index) -> Ref:
    return Ref("G", (at,), (H, H))


def jacobian_of(left: Term, right: Term) -> Term:
    """A X B by X, with four axes."""
    return Einsum((left, right), ("ab", "cd"), "acbd")


past = Add((product(M, q(t.plus(-1))), product(M, product(M, q(t.plus(-1)))), Ref("c", (t,), (H,))))
GIVEN = [Quantity(name, (), axes) for name, axes in {"x": (H,), "w": (N,), "s": (), "M": (H, H), "R": (H, N)}.items()]
WORLD = World(
    "rules",
    {
        quantity.name: quantity
        for quantity in (
            *GIVEN,
            Quantity("G", ("t",), (H, H), (), 0),
            Quantity("c", ("t",), (H,), (((), product(M, Apply("tanh", q(t.plus(-1))))),), 0),
            Quantity("q", ("t",), (H,), ((RUNNING, Apply("tanh", past)),), 0),
            Quantity("free", (), (H,), (((), Einsum((x, x), ("i", "i"), "")),)),  # of another shape than it says
        )
    },
    {"T": 3, "H": 2, "N": 3},
)
TERMS: dict[str, Term] = {
    "a sum": Add((x, x, minus(q(two)))),
    "a number": scale(x, number(Fraction(3, 7))),
    "an index": scale(x, Numeral(T.plus(t, -2).plus(3))),
    "a matrix product": Einsum((M, R), ("ij", "jk"), "ik"),
    "of transposes": Einsum((R, M), ("ja", "bj"), "ab"),
    "entry by entry": Einsum((M, M, M), ("ij", "ji", "ij"), "ij"),
    "an outer product": Einsum((x, w, s), ("i", "j", ""), "ji"),
    "three axes": Einsum((R, x), ("ij", "k"), "kij"),
    "a batch": Einsum((Einsum((R, M), ("ij", "ki"), "ijk"), R), ("ijk", "ij"), "jk"),
    "summed apart": Einsum((x, w), ("i", "j"), ""),
    "summed rows": Einsum((R,), ("ij",), "j"),
    "summed in one": Einsum((R, x), ("ij", "i"), "i"),
    "a trace": Einsum((M, Identity(H)), ("ij", "ij"), ""),
    "a diagonal": Einsum((Identity(H), x), ("ij", "i"), "ij"),
    "broadcast": broadcast(s, (H, N)),
    "of one factor": Einsum((R,), ("ij",), "ji"),
    "a row": Entry(R, (two, None)),
    "a column": Entry(R, (None, three)),
    "an entry": Entry(R, (ONE, two)),
    "a square": Power(x, Fraction(2)),
    "a cube": Power(M, Fraction(3)),
    "to the first": Power(x, Fraction(1)),
    "to the zeroth": Power(x, Fraction(0)),
    "an inverse": Power(positive, Fraction(-1)),
    "a root": Power(positive, Fraction(1, 2)),
    "to an index": Power(x, T.plus(t, -1).plus(1)),
    "to a negative index": Power(positive, t.plus(-3)),
    **{f: Apply(f, product(M, x)) for f in ("tanh", "sigmoid", "softplus", "phi", "relu")},
    **{f + "'": Apply(f, product(M, x), 1) for f in ("tanh", "sigmoid", "softplus", "phi", "relu")},
    "log": Apply("log", Add((positive, Power(x, Fraction(2))))),
    "1/u": Apply("log", positive, 1),
    "log of a softmax": Apply("log", softmax(x)),
    "opaque": Opaque("F", (x, R, s), (N,)),
    "opaque, a matrix": Opaque("F", (q(two), Ones((N,)), w), (H, N)),
    "opaque, a number": Opaque("F", (M,), SCALAR),
    "a sum of steps": Fold("sum", "i", ONE, T, scale(q(i), Numeral(i))),
    "an empty sum": Fold("sum", "i", T, ONE, q(i)),
    "a product of matrices": Fold("prod", "i", ONE, T, Add((G(i), M))),
    "falling": Fold("prod", "i", ONE, T, Add((G(i), M)), True),
    "of two": Fold("prod", "i", two, three, Add((G(i), M)), True),
    "of one": Fold("prod", "i", two, two, M),
    "entries' product": Fold("prod", "i", ONE, T, Add((q(i), x))),
    "numbers' product": Fold("prod", "i", ONE, T, Einsum((q(i), x), ("a", "a"), "")),
    "an empty product": Fold("prod", "i", T, ONE, M),
    "of Jacobians of matrices": Fold("prod", "i", ONE, T, jacobian_of(Add((G(i), M)), M), True),
    "an empty product of such": Fold("prod", "i", T, ONE, jacobian_of(M, M)),
    "an empty product of entries": Fold("prod", "i", T, ONE, x),
    "cases": Choice((((Comparison(t, "le", ONE),), x), ((Comparison(t, "=", two),), q(t)), ((), minus(x)))),
    "an indicator": scale(x, Indicator((Comparison(t, "ge", two), Comparison(t, "lt", T)))),
    "two joined": Join((x, w, x), 0),
    "rows joined": Join((R, Einsum((w, Ones((Index(1),))), ("j", "i"), "ij")), 0),
    "columns joined": Join((M, R), 1),
    "a slice": Slice(R, 1, ONE, three),
    "a slice of rows": Slice(R, 0, ONE, two),
    "no slice": Slice(x, 0, ONE, ONE),
    "a quantity": q(T),
    "a difference of comparisons": scale(
        x, Add(tuple(Indicator((Comparison(t, op, two),)) for op in ("=", "ne", "lt", "le", "gt", "ge")))
    ),
}  # fmt: skip


def same(term: Term) -> None:
    evaluator = kernel(WORLD, Floats())
    for step in (1, 2, 3):
        ours = evaluator.value(term, evaluator.bound({"t": step}))
        theirs = np.asarray(reference(WORLD).value(term, {"t": step}))
        assert ours.shape == theirs.shape == tuple(reference(WORLD).index(axis, {"t": step}) for axis in term.axes)
        np.testing.assert_allclose(np.array(ours.data), theirs.ravel(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", TERMS)
def test_a_kind_of_term(name):
    term = TERMS[name]
    same(term)
    for wrt in (x, w, s, M, R, q(ONE), q(two), G(two), Ref("c", (two,), (H,))):
        same(Derivative(term, wrt))


@pytest.mark.parametrize("through", [TOTAL, STEP, OWN, ALONG, WITHIN])
@pytest.mark.parametrize("uses", [None, t, t.plus(-1)])
@pytest.mark.parametrize("of", [q(t), Entry(q(t), (ONE,)), Add((q(t), product(M, x))), Ref("c", (t,), (H,))])
def test_what_a_derivative_follows(of, uses, through):
    for along in (frozenset("q"), frozenset("qc")) if through == ALONG else (frozenset(),):
        for wrt in (M, q(t), q(t.plus(-1)), q(ONE), Ref("c", (t,), (H,))):
            same(Derivative(of, wrt, through, along, uses))


def test_a_jacobian_of_an_opaque_function():
    for by, argument in enumerate((x, R, s)):
        jacobian = Opaque("F", (x, R, s), (N,), by)
        assert jacobian.axes == (N, *argument.axes)
        same(jacobian)
        same(
            Einsum(
                (jacobian, Derivative(Opaque("F", (x, R, s), (N,)), argument)),
                ("iab"[: 1 + len(argument.axes)],) * 2,
                "i",
            )
        )


@pytest.mark.parametrize(
    "term",
    [
        Entry(x, (three,)),
        Entry(x, (Index(0),)),
        Slice(x, 0, Index(-1), ONE),
        Slice(x, 0, ONE, three),
        Slice(x, 0, two, ONE),
        Choice((((Comparison(t, "gt", T),), x),)),
        Ref("free", (), (H,)),
        Ref("x", (), (N,)),
        Add((Ref("x", (), (N,)), w)),
        Add((R, Einsum((Ref("R", (), (N, H)),), ("ij",), "ij"))),
        Identity(Index(-1)),
        Ones((Index(-1), Index(-1))),
        Fold("prod", "i", T, ONE, R),
        Derivative(Derivative(x, x), x),
        Derivative(Slice(x, 0, Index(-1), ONE), x),
        Derivative(Slice(x, 0, ONE, three), x),
        Derivative(Entry(x, (three,)), x),
        Derivative(Opaque("F", (x,), (N,), 0), x),
    ],
)
def test_what_has_no_value_is_refused(term):
    evaluator = kernel(WORLD, Floats())
    with pytest.raises(Undecidable):
        evaluator.value(term, evaluator.bound({"t": 1}))


@pytest.mark.parametrize(
    "build",
    [
        lambda: Add((x, w)),
        lambda: Add(()),
        lambda: Entry(x, ()),
        lambda: Einsum((M,), ("ii",), "i"),
        lambda: Einsum((M,), ("i",), "i"),
        lambda: Einsum((M,), ("AB",), "AB"),
        lambda: Einsum((M,), ("ij",), "ii"),
        lambda: Einsum((M, w), ("ij", "j"), "i"),
        lambda: Einsum((M,), ("ij",), "k"),
        lambda: Join((M, Einsum((R,), ("ij",), "ji")), 1),
        lambda: Choice((((), x), ((), w))),
        lambda: Fold("sum", "H", ONE, T, x),
    ],
)
def test_what_does_not_fit_is_malformed(build):
    with pytest.raises(Malformed):
        build().axes  # noqa: B018


def test_letters_are_put_and_never_caught():
    body = scale(q(i), Numeral(t))
    fold = Fold("sum", "i", t, T, body)
    assert fold.letters == {"t", "T", "H"}
    assert put(fold, {"i": two}) == fold
    assert put(fold, {"t": two}) == Fold("sum", "i", two, T, scale(q(i), Numeral(two)))
    with pytest.raises(Malformed, match="bound"):
        put(fold, {"t": i.plus(1)})
    assert put(fold, {"T": i}).high == i  # the bounds are outside
    assert put(Choice((((Comparison(t, "=", two),), x),)), {"t": ONE}).branches[0][0] == (Comparison(ONE, "=", two),)
    assert H.plus(N) == N.plus(H) and Index(0, (("H", 1), ("N", 1))) == N.plus(H)
