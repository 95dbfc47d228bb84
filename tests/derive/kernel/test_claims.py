"""Claims that must not hold, each of a kind that once did, and true ones beside them that must."""

from fractions import Fraction

import pytest
import worlds
from worlds import ONE, H, N, T, V, elman, k, layered, lstm, opaque, product, t, tied, times

from derive.kernel import values
from derive.kernel.compare import Claim, Free, Outcome, compare
from derive.kernel.exact import PRIME, primes
from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Comparison, Index, Width, letter
from derive.kernel.points import EQUAL, random_point, real_point, trial_sizes
from derive.kernel.real import apart
from derive.kernel.rewriting import broadcast, minus, number, scale
from derive.kernel.terms import (
    OWN,
    SCALAR,
    STEP,
    Add,
    Apply,
    Choice,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Malformed,
    Number,
    Numeral,
    Ones,
    Power,
    Quantity,
    Ref,
    Term,
)

EVERY_STEP = (Free("t", ONE, T),)
SIZES = trial_sizes(["H", "N", "V"], 3)
L, W, W1, b = Ref("L"), Ref("W", (), (H, H)), Ref("V", (), (V, H)), Ref("b", (), (H,))


def h(i: Index = t) -> Ref:
    return Ref("h", (i,), (H,))


def z(i: Index = t) -> Ref:
    return Ref("z", (i,), (H,))


def o(i: Index = t) -> Ref:
    return Ref("o", (i,), (V,))


def p(i: Index = t) -> Ref:
    return Ref("p", (i,), (V,))


def y(i: Index = t) -> Ref:
    return Ref("y", (i,), (V,))


def d(of: Term, wrt: Ref, through: str = "total", uses: Index | None = None) -> Derivative:
    return Derivative(of, wrt, through, frozenset(), uses)


def points(world, pattern=1, shifted=True, sizes=None):
    for choice in SIZES:
        for prime in primes(b"a page", 2):
            yield Evaluator(
                random_point(world.system, world.sizes | choice | (sizes or {}), prime, 7, pattern, shifted)
            )


def holds(world, left: Term, right: Term, free=EVERY_STEP, condition=(), **options) -> bool:
    claim = Claim(left, right, free, condition)
    return all(compare(claim, point).equal for point in points(world, **options))


def refuted(world, left: Term, right: Term, free=EVERY_STEP, condition=()) -> bool:
    point = Evaluator(real_point(world.system, world.sizes | SIZES[0], 1))
    return not compare(Claim(left, right, free, condition), point, apart).equal


HELLO = elman()
LAST = Index(0, (("T", 1),))
sigma = Apply("tanh", z(), 1)
from_readout = Einsum((W1, Add((p(), minus(y())))), ("ij", "i"), "j")
from_future = Einsum((W, d(L, z(t.plus(1)))), ("ij", "i"), "j")
delta = times(Add((Ones((H,)), minus(Power(h(), Fraction(2))))), Add((from_readout, from_future)))


def chain(falling: bool = True) -> Term:
    m = letter("m")
    return Fold("prod", "m", k.plus(1), t, d(h(m), h(m.plus(-1))), falling)


log_of_sum = Apply("log", Einsum((Apply("exp", o()),), ("i",), ""))
PAIRS = (Free("t", ONE, T), Free("k", ONE, T))
ORDERED = (Comparison(k, "le", t),)


@pytest.mark.parametrize(
    ("left", "right", "free"),
    [
        (d(L, o()), Add((p(), minus(y()))), EVERY_STEP),
        (d(L, z()), delta, EVERY_STEP),
        (d(L, W), Fold("sum", "t", ONE, T, Einsum((d(L, z()), h(t.plus(-1))), ("i", "j"), "ij")), ()),
        (d(L, W1), Fold("sum", "t", ONE, T, Einsum((Add((p(), minus(y()))), h()), ("i", "j"), "ij")), ()),
        (d(L, b), Fold("sum", "t", ONE, T, d(L, z())), ()),
        (d(h(), z()), Einsum((sigma, Identity(H)), ("i", "ij"), "ij"), EVERY_STEP),
        (d(L, W), Fold("sum", "t", ONE, T, d(L, W, uses=t)), ()),
        (Einsum((y(),), ("i",), ""), number(1), EVERY_STEP),
        (Apply("log", p()), Add((o(), minus(broadcast(log_of_sum, (V,))))), EVERY_STEP),
        (Apply("exp", Apply("log", p())), p(), EVERY_STEP),
    ],
)  # fmt: skip
def test_what_is_true_holds_and_is_not_refuted(left, right, free):
    assert holds(HELLO, left, right, free)
    assert not refuted(HELLO, left, right, free)
    for change in (Add((right, right)), scale(right, number(Fraction(1, 7)))):
        assert not holds(HELLO, left, change, free)
        assert refuted(HELLO, left, change, free)


def test_the_double_sum_over_paths_is_the_gradient():
    paths = Einsum((d(Ref("l", (t,)), h()), chain(), d(h(k), W, STEP)), ("i", "ij", "jkl"), "kl")
    assert holds(HELLO, d(L, W), Fold("sum", "t", ONE, T, Fold("sum", "k", ONE, t, paths)), ())


def test_a_product_of_jacobians_in_the_other_order_is_another():
    assert holds(HELLO, d(h(), h(k)), chain(), PAIRS, ORDERED)
    assert not holds(HELLO, d(h(), h(k)), chain(False), PAIRS, ORDERED)
    assert not holds(HELLO, d(h(), h(k)), Einsum((chain(),), ("ij",), "ji"), PAIRS, ORDERED)


@pytest.mark.parametrize("through", [STEP, OWN])
def test_a_derivative_that_holds_other_steps_is_another(through):
    assert not holds(HELLO, d(h(), W, through), d(h(), W))
    assert holds(HELLO, d(h(ONE), W, STEP), d(h(ONE), W), ())


# Sizes


@pytest.mark.parametrize(
    "stop", [Index(n) for n in range(1, 9)] + [T, T.plus(1), T.plus(-1), H.plus(1), N, H.plus(H), H.plus(N)]
)
def test_no_other_bound_stands_for_a_size(stop):
    i = letter("i")
    term = Einsum((Entry(y(), (i,)), Apply("log", Entry(p(), (i,)))), ("", ""), "")
    right = Fold("sum", "i", ONE, stop, term)
    assert holds(HELLO, Ref("l", (t,)), minus(Fold("sum", "i", ONE, V, term)))
    try:
        assert not holds(HELLO, Ref("l", (t,)), minus(right))
    except Undecidable as error:
        assert "entry" in str(error)


@pytest.mark.parametrize("other", [T.plus(1), T, H, H.plus(2), N, H.plus(N), Index(5), Index(4)])
def test_no_other_number_stands_for_a_size(other):
    def share(index: Index) -> Term:
        return Power(Numeral(index), Fraction(-1))

    assert not holds(HELLO, share(V), share(other), ())
    assert not holds(HELLO, share(V), share(other), (), shifted=False)


@pytest.mark.parametrize("name", ["T", "H", "N", "V"])
def test_a_factor_that_is_zero_at_every_size_tried_is_seen(name):
    factors = [Numeral(letter(name, -sizes[name])) for sizes in SIZES]
    false = Add((h(), scale(h(ONE), Einsum(tuple(factors), ("", ""), ""))))
    assert holds(HELLO, h(), false, shifted=False)  # the hole
    assert not holds(HELLO, h(), false)


def test_a_factor_that_is_zero_at_every_step_tried_is_seen():
    zeros = Einsum(tuple(Numeral(t.plus(-n)) for n in range(1, 6)), ("",) * 5, "")
    assert not holds(HELLO, d(L, W), Add((d(L, W), scale(W, zeros))))
    assert not holds(HELLO, h(), Add((h(), scale(h(), Numeral(T.plus(-3))), scale(h(), number(0)))))


def test_the_difference_of_two_steps_is_a_number():
    ones = Fold("sum", "m", t.plus(1), T, number(1))
    assert holds(HELLO, ones, Numeral(T.plus(t, -1)))
    assert not holds(HELLO, ones, Numeral(T.plus(t, -1).plus(1)))


def test_widths_as_numbers_are_in_no_relation():
    world, i = layered(), letter("i")

    def width(at: Index) -> Index:
        return Index(0, ((Width("n", at), 1),))

    widths = [{("n", place): size for place, size in enumerate(sizes)} for sizes in ((3, 2, 4, 5), (4, 3, 5, 6))]
    relation = Numeral(width(Index(1)).plus(1)), Numeral(width(Index(0)))
    layers = Numeral(width(i)), Numeral(i.plus(1))
    for sizes in widths:
        assert not holds(world, *relation, (), sizes=sizes)
        assert not holds(world, *layers, (Free("i", ONE, ONE),), sizes=sizes)


def test_sizes_tried_differ_and_are_in_no_relation():
    for names in (["H"], ["H", "N", "V"], [("n", 0), ("n", 1), ("n", 2)], list("ABCDEFGH")):
        for steps in (2, 3, 5, 9):
            first, second = trial_sizes(names, steps)
            assert first["T"] == steps
            for a in names:
                assert first[a] != second[a]
                others = [c for c in first if c != a]
                for one in others:
                    assert first[a] != first[one] and second[a] != second[one]
                    gaps = [s[a] - s[one] for s in (first, second)]
                    assert gaps[0] != gaps[1] or abs(gaps[0]) > 2
                    gaps = [s[a] - 2 * s[one] for s in (first, second)]
                    assert gaps[0] != gaps[1] or abs(gaps[0]) > 2
                    for two in others:
                        gaps = [s[a] - s[one] - s[two] for s in (first, second)]
                        assert two == one or gaps[0] != gaps[1] or abs(gaps[0]) > 2


# Numbers


@pytest.mark.parametrize("literal", [PRIME, 2**61 - 1, 2**31, 2**64, PRIME * (2**61 - 1)])
def test_no_literal_is_zero(literal):
    assert not holds(HELLO, b, Add((b, scale(b, number(literal)))), ())
    assert not holds(HELLO, b, scale(b, number(1 + literal)), ())


def test_the_primes_are_those_of_the_page():
    found = primes(b"a page", 5)
    assert found == primes(b"a page", 5) and found[:2] == primes(b"a page")
    assert len(set(found)) == 5 and not set(found) & set(primes(b"a pagf", 5))
    assert all(2**60 < prime < 2**61 + 2**10 for prime in found) and PRIME not in found


def test_powers_of_a_degree_near_the_prime_are_refused():
    prime = primes(b"a page")[0]
    point = Evaluator(random_point(HELLO.system, HELLO.sizes, prime, 1))
    x = Entry(b, (ONE,))
    for term in (
        Power(x, Fraction(prime - 1)),
        Power(x, Fraction(10**9)),
        Apply("exp", scale(x, number(prime - 1))),
        Apply("tanh", Power(x, Fraction(10**9))),
    ):
        with pytest.raises(Undecidable, match="degree"):
            point.value(term, point.bound({}))


# Targets


def test_a_term_that_vanishes_for_different_targets_only_is_seen():
    bent = Add((p(), minus(y()), scale(y(), Einsum((y(t.plus(-1)), y()), ("i", "i"), ""))))
    gradient = d(Ref("l", (t,)), o())
    assert holds(HELLO, gradient, Add((p(), minus(y()))))
    assert not holds(HELLO, gradient, bent)
    one_hot = elman()
    system = dict(one_hot.system) | {"y": Quantity("y", ("t",), (V,), (), 0, "one-hot")}
    one_hot = worlds.World("one-hot", system, one_hot.sizes)
    assert holds(one_hot, gradient, Add((p(), minus(y()))), pattern=EQUAL)
    assert not holds(one_hot, gradient, bent, pattern=EQUAL)
    assert not holds(one_hot, gradient, bent, pattern=2)


def test_a_logarithm_makes_no_target_one_hot():
    real = dict(HELLO.system) | {"y": Quantity("y", ("t",), (V,), (), 0)}
    real = worlds.World("real", real, HELLO.sizes)
    gradient = d(Ref("l", (t,)), o())
    assert not holds(real, Einsum((y(),), ("i",), ""), number(1))
    assert not holds(real, gradient, Add((p(), minus(y()))))
    assert holds(real, gradient, Add((scale(p(), Einsum((y(),), ("i",), "")), minus(y()))))
    assert not holds(HELLO, times(y(), y()), y())  # nor is a distribution


# Domains and corners


def log(term: Term) -> Term:
    return Apply("log", term)


def one_point(world=HELLO, seed=1):
    return Evaluator(random_point(world.system, world.sizes, primes(b"a page")[0], seed))


def test_a_logarithm_taken_apart_is_told():
    x, w = Entry(b, (ONE,)), Entry(b, (Index(2),))
    square = Claim(log(Power(x, Fraction(2))), scale(log(x), number(2)))
    product = Claim(log(Einsum((x, w), ("", ""), "")), Add((log(x), log(w))))
    for claim in (square, product):
        point = one_point()
        assert compare(claim, point).equal and point.field.splits
    gate, other = Apply("sigmoid", x), Apply("sigmoid", w)
    harmless = (
        Claim(log(Power(x, Fraction(3))), scale(log(x), number(3))),
        Claim(log(scale(x, number(6))), Add((log(x), log(number(2)), log(number(3))))),
        Claim(log(Power(Apply("exp", x), Fraction(2))), scale(x, number(2))),
        Claim(log(times(gate, other)), Add((log(gate), log(other)))),
    )
    for claim in harmless:
        point = one_point()
        assert compare(claim, point).equal and not point.field.splits


@pytest.mark.parametrize("seed", range(8))
def test_relu_is_no_coin(seed):
    point, u = one_point(seed=seed), Entry(b, (ONE,))
    w = Entry(b, (Index(2),))
    relu, slope, none = Apply("relu", u), Apply("relu", u, 1), number(0)
    for false in (
        (relu, u),
        (relu, none),
        (slope, number(1)),
        (slope, none),
        (Apply("relu", Add((u, w))), Add((relu, Apply("relu", w)))),
    ):
        assert not compare(Claim(*false), point).equal
    true = (
        (Add((relu, minus(Apply("relu", minus(u))))), u),
        (Apply("relu", relu), relu),
        (Apply("relu", relu, 1), slope),
        (relu, Einsum((slope, u), ("", ""), "")),
        (Apply("relu", u, 2), none),
        (Apply("relu", number(0)), none),
        (Apply("relu", number(0), 1), none),
    )  # fmt: skip
    for claim in true:
        assert compare(Claim(*claim), point).equal


def test_what_divides_by_zero_decides_nothing():
    x = Entry(b, (ONE,))
    zero = Add((x, minus(x)))
    inverse = Power(zero, Fraction(-1))
    for term in (
        inverse,
        Einsum((zero, inverse), ("", ""), ""),
        log(Add((x, inverse))),
        log(zero),
        Apply("exp", inverse),
    ):
        with pytest.raises(Undecidable):
            one_point().value(term, one_point().bound({}))
    assert compare(Claim(log(Add((x, Power(zero, Fraction(0))))), log(Add((x, number(1))))), one_point()).equal


# Empty ranges, circles, long chains, sizes


def test_empty_sums_and_products():
    low, high = Index(3), Index(2)
    for body, zero, one in (
        (W, scale(W, number(0)), Identity(H)),
        (b, scale(b, number(0)), Ones((H,))),
        (Number(Fraction(7)), number(0), number(1)),
    ):
        assert holds(HELLO, Fold("sum", "i", low, high, body), zero, ())
        assert holds(HELLO, Fold("prod", "i", low, high, body), one, ())
    with pytest.raises(Undecidable, match="square"):
        holds(HELLO, Fold("prod", "i", low, high, W1), W1, ())


def test_a_product_over_layers_of_different_widths():
    world, i = layered(), letter("i")

    def width(at: Index) -> Index:
        return Index(0, ((Width("n", at), 1),))

    body = Ref("W", (i,), (width(i), width(i.plus(-1))))
    whole = Fold("prod", "i", ONE, Index(2), body, True)
    factors = [Ref("W", (Index(n),), (width(Index(n)), width(Index(n - 1)))) for n in (2, 1)]
    assert whole.axes == (width(Index(2)), width(Index(0)))
    assert holds(world, whole, Einsum(tuple(factors), ("ij", "jk"), "ik"), ())
    with pytest.raises(Malformed):
        Fold("sum", "i", ONE, Index(2), body).axes  # noqa: B018


def test_what_is_defined_by_itself_is_refused():
    a, c = Ref("a", (t,)), Ref("c", (t,))
    past = Fold("sum", "m", ONE, t, Ref("a", (letter("m"),)))
    either = Choice((((Comparison(t, "ge", ONE),), past), ((), number(1))))
    circle = {
        "a": Quantity("a", ("t",), SCALAR, (((), c),), 0),
        "c": Quantity("c", ("t",), SCALAR, (((), either),), 0),
    }
    world = worlds.World("circle", circle, {"T": 3})
    for term in (a, c, d(a, c), Apply("tanh", a), Apply("log", a)):
        with pytest.raises(Undecidable, match="by itself"):
            holds(world, term, term)
    assert holds(world, Ref("a", (Index(0),)), number(1), ())


class Counted:
    """A field that counts what it is asked."""

    def __init__(self, field) -> None:
        self.field, self.count = field, 0

    def __getattr__(self, name):
        found = getattr(self.field, name)
        if callable(found) and name in ("add", "mul", "dot", "power", "apply"):
            self.count += 1
        return found


@pytest.mark.parametrize(("world", "name", "many"), [(HELLO, "W", 400), (lstm(), "A", 80), (opaque(), "w", 80)])
def test_many_steps_cost_in_proportion_and_are_no_recursion(world, name, many):
    counts = []
    for steps in (many // 10, many):
        point = random_point(world.system, world.sizes | {"T": steps}, primes(b"a page")[0], 1)
        point.field = Counted(point.field)
        evaluator = Evaluator(point)
        evaluator.value(d(L, world.ref(name)), evaluator.bound({}))
        counts.append(point.field.count)
    assert 8 < counts[1] / counts[0] < 12


def test_arrays_too_large_are_refused():
    big = {"T": 3, "H": 1000, "N": 1000, "V": 100_000}
    point = Evaluator(random_point(HELLO.system, big, primes(b"a page")[0], 1))
    o1, x = Ones((V,)), Ones((H,))
    for term in (
        Einsum((o1, o1), ("i", "j"), "ij"),
        Einsum((x, x, x), ("i", "j", "k"), "ijk"),
        Identity(V),
        Ones((V, H)),
        W1,
        d(o1, b),
        Fold("sum", "i", ONE, Index(10**9), number(1)),
        Derivative(Einsum((x, x), ("i", "j"), "ij"), b),
    ):
        with pytest.raises(Undecidable):
            point.value(term, point.bound({}))


def test_work_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(values, "WORK", 2000)
    i, j, many = letter("i"), letter("j"), Index(10**5)
    inner = Fold("sum", "j", ONE, many, Numeral(i.plus(j)))
    endless = (Free("i", ONE, many), Free("j", ONE, many))
    for claim in (
        Claim(Fold("sum", "i", ONE, many, inner), number(1)),
        Claim(Numeral(i), Numeral(i), endless, (Comparison(i, "gt", many),)),
        Claim(h(Index(10**9)), h(Index(10**9))),
    ):
        with pytest.raises(Undecidable, match="work"):
            compare(claim, one_point())
    point = one_point()
    for _ in range(3):  # each claim has its own bound
        assert compare(Claim(Fold("sum", "i", ONE, Index(900), number(1)), number(900)), point).equal


def test_terms_nested_too_deeply_are_refused():
    term: Term = Entry(b, (ONE,))
    for _ in range(900):
        term = Add((term, number(1)))
    with pytest.raises((Undecidable, RecursionError)):
        holds(HELLO, term, term, ())


# Shares


def test_the_copies_of_a_parameter():
    world = tied("tanh", "squares")
    copies = Fold("sum", "t", ONE, T, d(L, W, uses=t))
    assert holds(world, d(L, W), copies, ())
    penalty = Ref("E")
    assert not holds(world, d(penalty, W), Fold("sum", "t", ONE, T, d(penalty, W, uses=t)), ())
    assert holds(world, d(penalty, W), Add((copies, scale(W, number(2)))), ())
    assert not holds(world, d(L, W, uses=ONE), d(L, W, uses=Index(2)), ())


def test_one_path_out_of_a_state():
    """∂L/∂h_t is what its own step gives and what the next one gives."""
    own, later = d(L, h(), uses=t), d(L, h(), uses=t.plus(1))
    assert holds(HELLO, d(L, h()), Add((own, later)))
    assert holds(HELLO, own, from_readout)
    assert holds(HELLO, later, from_future)
    assert not holds(HELLO, d(L, h()), own)


def test_an_outcome_names_the_first_difference():
    claim = Claim(h(), Choice((((Comparison(t, "=", Index(2)),), Ones((H,))), ((), h()))), EVERY_STEP)
    found = compare(claim, one_point())
    assert found == Outcome(False, False, 2, (("t", 2),), 0, found.left, found.right)
    assert found.right == 1 and found.left == one_point().value(h(Index(2)), one_point().bound({})).data[0]
    with pytest.raises(Undecidable, match="no index"):
        compare(Claim(h(), h(), EVERY_STEP, (Comparison(t, "gt", T),)), one_point())
    with pytest.raises(Malformed):
        Claim(h(), o())
    assert compare(Claim(d(h(ONE), h(Index(2))), scale(Identity(H), number(0))), one_point()).zero
    assert not compare(Claim(h(), h(), EVERY_STEP), one_point()).zero
    assert product(W, b).axes == (H,)


def test_what_is_defined_by_itself_is_told_by_the_order_in_which_it_is_read():
    """And not by the order of a set, which changes from run to run."""
    names = ["q", "b", "z", "m", "a", "k", "x", "c"]
    system = {name: Quantity(name, (), (), (((), Ref("s", ())),)) for name in names}
    system["s"] = Quantity("s", (), (), (((), Add(tuple(Ref(name, ()) for name in names))),))
    evaluator = Evaluator(random_point(system, {"T": 3}, primes(b"a page")[0], 1))
    assert [name for name, _ in evaluator.needs(("s", ()))] == names
    with pytest.raises(Undecidable, match="s is defined by itself"):
        evaluator.quantity(("s", ()))
