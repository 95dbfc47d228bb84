"""Proofs for layers of any number and widths, for entries built one by one, for powers, and for a given number of
steps; and the false claims nearest to them."""

from fractions import Fraction

import pytest

from derive.kernel.compare import Claim, Free, compare
from derive.kernel.exact import primes
from derive.kernel.field import Undecidable
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Comparison, Index, Width, letter
from derive.kernel.points import random_point
from derive.kernel.ranges import Proof, Refusal, prove
from derive.kernel.rewriting import minus, number
from derive.kernel.terms import (
    Add,
    Apply,
    Build,
    Choice,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Numeral,
    Ones,
    Power,
    Quantity,
    Ref,
    System,
    Term,
)

H, T, L, ONE = letter("H"), letter("T"), letter("L"), Index(1)
t, layer, k, i, j = (letter(name) for name in "tlkij")
below = layer.plus(-1)
PRIME = primes(b"layers", 1)[0]


def width(at: Index) -> Index:
    return Index(0, ((Width("n", at), 1),))


def ein(spec: str, *operands: Term) -> Term:
    labels, out = spec.split("->")
    return Einsum(operands, tuple(labels.split(",")), out)


def named(*quantities: Quantity) -> System:
    return {quantity.name: quantity for quantity in quantities}


def a(at: Index) -> Ref:
    return Ref("a", (at,), (width(at),))


def z(at: Index) -> Ref:
    return Ref("z", (at,), (width(at),))


def w(at: Index) -> Ref:
    return Ref("W", (at,), (width(at), width(at.plus(-1))))


def b(at: Index) -> Ref:
    return Ref("b", (at,), (width(at),))


X, Y, C = Ref("x", (), (width(Index(0)),)), Ref("y", (), (width(L),)), Ref("C")


def perceptron() -> System:
    """Layers of different widths, the squared error of the last one."""
    first = ((Comparison(layer, "=", Index(0)),), X)
    off = Add((a(L), minus(Y)))
    return named(
        Quantity("x", (), (width(Index(0)),)),
        Quantity("y", (), (width(L),)),
        Quantity("W", ("l",), (width(layer), width(below))),
        Quantity("b", ("l",), (width(layer),)),
        Quantity("z", ("l",), (width(layer),), (((Comparison(layer, "ge", ONE),), affine(layer)),), 0),
        Quantity("a", ("l",), (width(layer),), (first, ((Comparison(layer, "ge", ONE),), Apply("tanh", z(layer)))), 0),
        Quantity("C", (), (), (((), ein(",i,i->", number(Fraction(1, 2)), off, off)),)),
    )


def affine(at: Index) -> Term:
    return Add((ein("ij,j->i", w(at), a(at.plus(-1))), b(at)))


def d(of: Ref, wrt: Ref) -> Derivative:
    return Derivative(of, wrt)


def slope(at: Index) -> Term:
    return Add((Ones((width(at),)), minus(Power(a(at), Fraction(2)))))


def back(at: Index) -> Term:
    """The recursion of ∂C/∂z."""
    return ein("ji,j,i->i", w(at.plus(1)), d(C, z(at.plus(1))), slope(at))


EACH, INNER = (Free("l", ONE, L),), (Free("l", ONE, L.plus(-1)),)
LAYERS = perceptron()
TRUE = {
    "the last layer": Claim(d(C, z(L)), ein("i,i->i", Add((a(L), minus(Y))), slope(L))),
    "back": Claim(d(C, z(layer)), back(layer), INNER),
    "weights": Claim(d(C, w(layer)), ein("i,j->ij", d(C, z(layer)), a(below)), EACH),
    "biases": Claim(d(C, b(layer)), d(C, z(layer)), EACH),
    "the input": Claim(d(C, X), ein("ij,i->j", w(ONE), d(C, z(ONE)))),
    "the first weights": Claim(d(C, w(ONE)), ein("i,j->ij", d(C, z(ONE)), X)),
    "entries": Claim(
        d(C, w(layer)),
        Build(
            "i",
            width(layer),
            Build("j", width(below), ein(",->", Entry(d(C, b(layer)), (i,)), Entry(a(below), (j,)))),
        ),
        EACH,
    ),
}
GAP = Add((Numeral(width(layer)), minus(Numeral(width(below)))))
FALSE = {
    "the slope of the next layer": Claim(
        d(C, z(layer)), ein("ji,j,j->i", w(layer.plus(1)), d(C, z(layer.plus(1))), slope(layer.plus(1))), INNER
    ),
    "the activations of the layer": Claim(d(C, b(layer)), ein("i,i->i", d(C, z(layer)), a(layer)), EACH),
    "all layers have one width": Claim(ein(",i->i", GAP, a(layer)), ein(",i->i", number(0), a(layer)), EACH),
    "the widths as sums of ones": Claim(
        ein("i->", Ones((width(layer),))), ein("i->", Ones((width(layer.plus(1)),))), INNER
    ),
    "without the bias": Claim(z(ONE), ein("ij,j->i", w(ONE), X)),
    "the last layer only": Claim(d(C, b(layer)), ein(",i->i", Numeral(L.plus(layer, -1)), d(C, z(layer))), EACH),
    "few layers only": Claim(
        d(C, b(layer)),
        ein(",i->i", Add((number(1), ein(",->", Numeral(L.plus(-2)), Numeral(L.plus(-3))))), d(C, z(layer))),
        EACH,
    ),
}


def holds(claim: Claim, system: System, last: str, steps: range) -> bool | None:
    """Whether a claim holds on the unrolled network, with widths that differ; None where nothing could be evaluated."""
    found = None
    for count in steps:
        widths = {("n", place): 2 + (place * place + place) % 5 for place in range(-3, 12)}
        for size in (2, 3):
            point = random_point(
                system, {"H": size, "T": 3, "L": 3, last: count, **widths}, PRIME, count, shifted=False
            )
            try:
                equal = compare(claim, Evaluator(point)).equal
            except Undecidable:
                continue
            if not equal:
                return False
            found = True
    return found


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_of_layers(name):
    assert isinstance(prove(TRUE[name], LAYERS), Proof)
    assert holds(TRUE[name], LAYERS, "L", range(2, 6))


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_of_layers(name):
    assert isinstance(prove(FALSE[name], LAYERS), Refusal)
    assert holds(FALSE[name], LAYERS, "L", range(2, 6)) is False


def h(at: Index) -> Ref:
    return Ref("h", (at,), (H,))


def x(at: Index) -> Ref:
    return Ref("x", (at,), (H,))


W = Ref("W", (), (H, H))
LINEAR = named(
    Quantity("W", (), (H, H)),
    Quantity("x", ("t",), (H,), (), 0),
    Quantity(
        "h",
        ("t",),
        (H,),
        (((Comparison(t, "ge", ONE),), Add((ein("ij,j->i", W, h(t.plus(-1))), x(t)))),),
        0,
    ),
    Quantity("s", (), (), (((), Fold("sum", "k", ONE, T, ein("i,i->", h(k), x(k)))),)),
)
AT = (Free("t", ONE, T),)


def power(count: Index, falling: bool = False) -> Term:
    return Fold("prod", "m", ONE, count, W, falling)


def reached(count: Index, source: Index, low: Index = t, high: Index = T) -> Claim:
    """∂s/∂h_t as the sum of x through powers of W; both read from the end."""
    body = ein("ij,i->j", power(count), x(source))
    through = Derivative(Fold("sum", "k", ONE, T, ein("i,i->", h(k), x(k))), h(t))
    return Claim(through, Fold("sum", "i", low, high, body), AT)


POWERS = {
    "forwards": reached(i.plus(t, -1), i),
    "backwards": reached(T.plus(i, -1), T.plus(t).plus(i, -1)),
    "no power at all": Claim(power(t.plus(t, -1)), Identity(H), AT),
    "a power of a difference": Claim(ein("ij,jk->ik", power(T.plus(t, -1)), power(t)), power(T), AT),
}
WRONG_POWERS = {
    "a power too many": reached(i.plus(t, -1).plus(1), i),
    "backwards, but not the inputs": reached(T.plus(i, -1), i),
    "the inputs, but not backwards": reached(i.plus(t, -1), T.plus(t).plus(i, -1)),
    "the first one is lost": reached(T.plus(i, -1), T.plus(t).plus(i, -1), high=T.plus(-1)),
    "a power of a difference": Claim(ein("ij,jk->ik", power(T.plus(t, -1)), power(t.plus(1))), power(T), AT),
    "both ways at once": Claim(
        Fold("sum", "i", ONE, T, ein("i,i->", x(i), x(T.plus(i, -1)))),
        Fold("sum", "i", ONE, T, ein("i,i->", x(i), x(i))),
    ),
    "transposed": Claim(Einsum((power(T),), ("ij",), "ji"), power(T)),
}


@pytest.mark.parametrize("name", POWERS)
def test_powers(name):
    assert isinstance(prove(POWERS[name], LINEAR), Proof)
    assert holds(POWERS[name], LINEAR, "T", range(1, 6))


@pytest.mark.parametrize("name", WRONG_POWERS)
def test_wrong_powers(name):
    assert isinstance(prove(WRONG_POWERS[name], LINEAR), Refusal)
    assert holds(WRONG_POWERS[name], LINEAR, "T", range(1, 6)) is False


def at_steps(claim: Claim, count: int) -> Claim:
    return Claim(claim.left, claim.right, claim.free, (Comparison(T, "=", Index(count)),))


def literal(count: int, lost: int = 0) -> Claim:
    """h at a literal step, written out."""
    terms = [ein("ij,j->i", power(Index(count)), h(Index(0)))]
    terms += [ein("ij,j->i", power(Index(count - n)), x(Index(n))) for n in range(1 + lost, count + 1)]
    return Claim(h(T), Add(tuple(terms)))


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_given_number_of_steps(count):
    assert isinstance(prove(at_steps(literal(count), count), LINEAR), Proof)
    for claim in (literal(count, lost=1), literal(count + 1)):
        assert isinstance(prove(at_steps(claim, count), LINEAR), Refusal)
    assert isinstance(prove(literal(count), LINEAR), Refusal)  # at other numbers of steps it is wrong


def test_a_number_of_steps_that_no_step_has():
    impossible = Claim(h(t), x(t), AT, (Comparison(T, "=", Index(3)), Comparison(t, "gt", T)))
    assert isinstance(prove(impossible, LINEAR), Refusal)


def pair(then: Term, other: Term, op: str = "=") -> Term:
    """A matrix by its entries: one on the diagonal, the other beside it."""
    cases = Choice((((Comparison(i, op, j),), then), ((), other)))
    return Build("i", H, Build("j", H, cases))


def entry(vector: Ref, place: Index) -> Term:
    return Entry(vector, (place,))


ENTRIES = {
    "the diagonal": Claim(pair(entry(x(T), i), number(0)), ein("i,ij->ij", x(T), Identity(H))),
    "the diagonal, by what is beside it": Claim(
        pair(number(0), entry(x(T), i), "ne"), ein("i,ij->ij", x(T), Identity(H))
    ),
    "an entry of a function": Claim(Build("i", H, Apply("sigmoid", entry(x(T), i))), Apply("sigmoid", x(T))),
    "of a matrix": Claim(Build("i", H, Build("j", H, Apply("exp", Entry(W, (i, j))))), Apply("exp", W)),
}
WRONG_ENTRIES = {
    "the diagonal": Claim(pair(entry(x(T), i), number(1)), ein("i,ij->ij", x(T), Identity(H))),
    "the other way round": Claim(pair(number(0), entry(x(T), i)), ein("i,ij->ij", x(T), Identity(H))),
    "of the transposed matrix": Claim(Build("i", H, Build("j", H, Apply("exp", Entry(W, (j, i))))), Apply("exp", W)),
    "no case": Claim(
        Build("i", H, Build("j", H, Choice((((Comparison(i, "=", j),), entry(x(T), i)),)))),
        ein("i,ij->ij", x(T), Identity(H)),
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries(name):
    assert isinstance(prove(ENTRIES[name], LINEAR), Proof)
    assert holds(ENTRIES[name], LINEAR, "T", range(1, 3))


@pytest.mark.parametrize("name", WRONG_ENTRIES)
def test_wrong_entries(name):
    assert isinstance(prove(WRONG_ENTRIES[name], LINEAR), Refusal)
    assert holds(WRONG_ENTRIES[name], LINEAR, "T", range(1, 3)) is not True
