"""What is proved for every T and every size, and what must never be: the textbook's equations, slips in them, and claims
that hold wherever a method that tries sizes and steps would look."""

from fractions import Fraction

import pytest

from derive.kernel.compare import Claim, Free, compare
from derive.kernel.exact import primes
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Comparison, Condition, Index, Width, letter
from derive.kernel.points import CYCLIC, EQUAL, random_point
from derive.kernel.ranges import Proof, Refusal, prove
from derive.kernel.terms import (
    ALONG,
    OWN,
    STEP,
    Add,
    Apply,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Indicator,
    Number,
    Numeral,
    Ones,
    Opaque,
    Power,
    Quantity,
    Ref,
    System,
    Term,
    minus,
    number,
    scale,
)

H, V, N, T, ONE = letter("H"), letter("V"), letter("N"), letter("T"), Index(1)
t, k, i, j, m = (letter(name) for name in "tkijm")
SIZES = {"H": 2, "V": 3, "N": 2}


def at(name: str, index: Index, *axes: Index) -> Ref:
    return Ref(name, (index,), axes)


def ein(spec: str, *operands: Term) -> Term:
    labels, out = spec.split("->")
    return Einsum(operands, tuple(labels.split(",")), out)


def plus(*terms: Term) -> Term:
    return Add(terms)


def d(of: Term, wrt: Ref, **how) -> Term:
    return Derivative(of, wrt, **how)


def times(*factors: Term) -> Term:
    """⊙ of vectors."""
    return Einsum(factors, ("i",) * len(factors), "i")


def over(term: Term) -> Term:
    return Power(term, Fraction(-1))


def sums(name: str, low: Index, high: Index, body: Term) -> Term:
    return Fold("sum", name, low, high, body)


def one_minus_square(v: Term) -> Term:
    return plus(Ones(v.axes), minus(Power(v, Fraction(2))))


def one_minus(v: Term) -> Term:
    return plus(Ones(v.axes), minus(v))


def started(first: int = 1) -> Condition:
    return (Comparison(t, "ge", Index(first)),)


def softmax(o: Term) -> Term:
    e = Apply("exp", o)
    return ein("i,->i", e, over(ein("i->", e)))


W, U, Vm, b = Ref("W", (), (H, H)), Ref("U", (), (H, N)), Ref("V", (), (V, H)), Ref("b", (), (H,))
L = Ref("L")


def x(index: Index) -> Ref:
    return at("x", index, N)


def h(index: Index) -> Ref:
    return at("h", index, H)


def z(index: Index) -> Ref:
    return at("z", index, H)


def p(index: Index) -> Ref:
    return at("p", index, V)


def y(index: Index) -> Ref:
    return at("y", index, V)


def err(index: Index) -> Term:
    return plus(p(index), minus(y(index)))


def outputs(kind: str = "simplex") -> list[Quantity]:
    """Softmax of V h with cross-entropy, summed over the steps."""
    loss = minus(ein("i,i->", y(t), Apply("log", p(t))))
    return [
        Quantity("x", ("t",), (N,), (), 0),
        Quantity("y", ("t",), (V,), (), 0, kind),
        Quantity("V", (), (V, H)),
        Quantity("o", ("t",), (V,), (((), ein("ij,j->i", Vm, h(t))),), 0),
        Quantity("p", ("t",), (V,), (((), softmax(at("o", t, V))),), 0),
        Quantity("l", ("t",), (), (((), loss),), 0),
        Quantity("L", (), (), (((), sums("k", ONE, T, at("l", k))),)),
    ]


def named(*quantities: Quantity) -> System:
    return {quantity.name: quantity for quantity in quantities}


def elman(kind: str = "simplex") -> System:
    inner = plus(ein("ij,j->i", W, h(t.plus(-1))), ein("ij,j->i", U, x(t)), b)
    return named(
        *outputs(kind),
        Quantity("W", (), (H, H)),
        Quantity("U", (), (H, N)),
        Quantity("b", (), (H,)),
        Quantity("z", ("t",), (H,), (((), inner),), 0),
        Quantity("h", ("t",), (H,), ((started(), Apply("tanh", z(t))),), 0),
    )


ELMAN = elman()
EACH = (Free("t", ONE, T),)
PAIR = (Free("t", ONE, T), Free("k", ONE, T))
UP_TO = (Comparison(k, "le", t),)


def slope(index: Index) -> Term:
    return one_minus_square(h(index))


def jacobians(high: Index, low: Index, name: str = "m") -> Term:
    """Π diag(1 - h²) W from `high` down to low + 1."""
    return Fold("prod", name, low.plus(1), high, ein("i,ij->ij", slope(letter(name)), W), True)


def transposed(high: Index, low: Index, name: str = "m") -> Term:
    return Fold("prod", name, low.plus(1), high, ein("ij,i->ji", W, slope(letter(name))))


def dz(index: Index) -> Term:
    return d(L, z(index))


def dh(index: Index) -> Term:
    return d(L, h(index))


def double_sum(high: Index = T) -> Term:
    body = ein("vi,v,ji,j,l->jl", Vm, err(i), transposed(i, k), slope(k), h(k.plus(-1)))
    return sums("i", ONE, high, sums("k", ONE, i, body))


def delta(index: Index) -> Term:
    return plus(
        ein("ij,i->j", Vm, err(index)),
        ein("ij,i,i->j", W, slope(index.plus(1)), dh(index.plus(1))),
    )


TRUE = {
    "softmax with cross-entropy": Claim(d(L, at("o", t, V)), err(t), EACH),
    "∂l_t/∂ŷ_t = -y_t/ŷ_t": Claim(d(at("l", t), p(t)), minus(times(y(t), over(p(t)))), EACH),
    "Jacobian of the softmax": Claim(
        d(p(t), at("o", t, V)),
        plus(ein("i,ij->ij", p(t), Identity(V)), minus(ein("i,j->ij", p(t), p(t)))),
        EACH,
    ),
    "∂h_t/∂h_k as Π of Jacobians": Claim(
        d(h(t), h(k)),
        Fold("prod", "m", k.plus(1), t, d(h(m), h(m.plus(-1))), True),
        PAIR,
        UP_TO,
    ),
    "∂h_t/∂h_k closed": Claim(d(h(t), h(k)), jacobians(t, k), PAIR, UP_TO),
    "∂h_t/∂h_k with m from k to t-1": Claim(
        d(h(t), h(k)),
        Fold("prod", "m", k, t.plus(-1), ein("i,ij->ij", slope(m.plus(1)), W), True),
        PAIR,
        UP_TO,
    ),
    "∂z_t/∂z_k closed": Claim(
        d(z(t), z(k)),
        Fold("prod", "m", k.plus(1), t, ein("ij,j->ij", W, slope(m.plus(-1))), True),
        PAIR,
        UP_TO,
    ),
    "∂h_t/∂h_k with the range of k in its bounds": Claim(
        d(h(t), h(k)), jacobians(t, k), (Free("t", ONE, T), Free("k", Index(0), t))
    ),
    "∂h_t/∂h_k by ∂h_{t-1}/∂h_k": Claim(
        d(h(t), h(k)),
        ein("i,ij,jk->ik", slope(t), W, d(h(t.plus(-1)), h(k))),
        PAIR,
        (Comparison(k, "lt", t),),
    ),
    "composition": Claim(
        d(h(t), h(k)),
        ein("ij,jk->ik", d(h(t), h(j)), d(h(j), h(k))),
        (*PAIR, Free("j", ONE, T)),
        (Comparison(k, "le", j), Comparison(j, "le", t)),
    ),
    "δ_t of z": Claim(
        dz(t),
        ein("i,i->i", slope(t), plus(ein("ij,i->j", Vm, d(L, at("o", t, V))), ein("ij,i->j", W, dz(t.plus(1))))),
        EACH,
    ),
    "δ_t of h": Claim(dh(t), delta(t), EACH),
    "δ_T": Claim(dh(T), ein("ij,i->j", Vm, err(T))),
    "δ_{T+1} = 0": Claim(dh(T.plus(1)), ein(",i->i", number(0), h(T))),
    "adjoint form": Claim(dh(t), sums("i", t, T, ein("vi,v,ij->j", Vm, err(i), jacobians(i, t))), EACH),
    "adjoint form with ∂": Claim(dh(t), sums("i", t, T, ein("vi,v,ij->j", Vm, err(i), d(h(i), h(t)))), EACH),
    "adjoint form over all steps": Claim(dh(t), sums("i", ONE, T, ein("vi,v,ij->j", Vm, err(i), d(h(i), h(t)))), EACH),
    "∂L/∂W": Claim(d(L, W), sums("k", ONE, T, ein("i,j->ij", dz(k), h(k.plus(-1))))),
    "∂L/∂W shifted": Claim(d(L, W), sums("k", Index(0), T.plus(-1), ein("i,j->ij", dz(k.plus(1)), h(k)))),
    "∂L/∂W with its first term apart": Claim(
        d(L, W),
        plus(
            ein("i,j->ij", dz(ONE), h(Index(0))),
            sums("k", Index(2), T, ein("i,j->ij", dz(k), h(k.plus(-1)))),
        ),
    ),
    "∂L/∂W as a double sum": Claim(d(L, W), double_sum()),
    "∂L/∂W, sums swapped": Claim(
        d(L, W),
        sums(
            "k",
            ONE,
            T,
            sums("i", k, T, ein("vi,v,ij,j,l->jl", Vm, err(i), jacobians(i, k), slope(k), h(k.plus(-1)))),
        ),
    ),
    "∂L/∂W with ∂": Claim(
        d(L, W),
        sums(
            "i",
            ONE,
            T,
            sums("k", ONE, i, ein("i,ij,jkl->kl", d(at("l", i), h(i)), d(h(i), h(k)), d(h(k), W, through=STEP))),
        ),
    ),
    "∂l_t/∂W": Claim(
        d(at("l", t), W),
        sums("k", ONE, t, ein("vi,v,ij,j,l->jl", Vm, err(t), jacobians(t, k), slope(k), h(k.plus(-1)))),
        EACH,
    ),
    "∂L/∂W by ∂l_t/∂W, averaged": Claim(
        scale(d(L, W), over(Numeral(T))), scale(sums("k", ONE, T, d(at("l", k), W)), over(Numeral(T)))
    ),
    "the share of step t": Claim(d(L, W, uses=t), ein("i,j->ij", dz(t), h(t.plus(-1))), EACH),
    "∂L/∂W by shares": Claim(d(L, W), sums("k", ONE, T, d(L, W, uses=k))),
    "∂L/∂U": Claim(d(L, U), sums("k", ONE, T, ein("i,j->ij", dz(k), x(k)))),
    "∂L/∂b": Claim(d(L, b), sums("k", ONE, T, times(slope(k), dh(k)))),
    "∂L/∂V": Claim(d(L, Vm), sums("k", ONE, T, ein("i,j->ij", err(k), h(k)))),
    "∂h_t/∂W": Claim(
        d(h(t), W),
        plus(d(h(t), W, through=STEP), ein("ij,jkl->ikl", d(h(t), h(t.plus(-1))), d(h(t.plus(-1)), W))),
        EACH,
    ),
    "∂h_0/∂W = 0": Claim(d(h(Index(0)), W), ein(",ijk->ijk", number(0), d(h(T), W))),
    "within the step": Claim(d(h(t), W, through=STEP), ein("i,ij,k->ijk", slope(t), Identity(H), h(t.plus(-1))), EACH),
    "own equation": Claim(d(h(t), z(t), through=OWN), ein("i,ij->ij", slope(t), Identity(H)), EACH),
    "lag 3": Claim(
        d(h(t), h(t.plus(-3))),
        ein("ij,jk,kl->il", *(ein("i,ij->ij", slope(t.plus(-c)), W) for c in range(3))),
        (Free("t", Index(3), T),),
    ),
    "literal steps": Claim(
        d(h(Index(4)), h(ONE)),
        ein("ij,jk,kl->il", *(ein("i,ij->ij", slope(Index(4 - c)), W) for c in range(3))),
    ),
    "entries": Claim(
        Entry(d(L, Vm), (i, j)),
        sums("k", ONE, T, ein(",->", Entry(err(k), (i,)), Entry(h(k), (j,)))),
        (Free("i", ONE, V), Free("j", ONE, H)),
    ),
    "components of ∂z_t/∂W": Claim(
        Entry(d(z(t), W, through=STEP), (k, i, j)),
        ein(",->", Indicator((Comparison(k, "=", i),)), Entry(h(t.plus(-1)), (j,))),
        (*EACH, Free("k", ONE, H), Free("i", ONE, H), Free("j", ONE, H)),
    ),
    "a sum over components": Claim(
        ein("i,i->", h(t), b), sums("j", ONE, H, ein(",->", Entry(h(t), (j,)), Entry(b, (j,)))), EACH
    ),
    "loops are sizes": Claim(ein("i,i->", Ones((H,)), Ones((H,))), Numeral(H)),
    "r · 1/r": Claim(sums("j", ONE, H, ein(",->", Entry(b, (j,)), over(Entry(b, (j,))))), Numeral(H)),
    "a product of diagonal matrices": Claim(
        Fold("prod", "m", k.plus(1), t, h(m)), Fold("prod", "j", k.plus(1), t, h(j)), PAIR, UP_TO
    ),
}


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("kind", ["simplex", "one-hot"])
def test_true_claims_of_an_elman_network(name, kind):
    system = elman(kind)
    assert isinstance(prove(TRUE[name], system), Proof)
    assert holds(TRUE[name], system)


def holds(claim: Claim, system: System, steps: range = range(4, 6)) -> bool:
    """Whether a claim holds on the unrolled network."""
    prime = primes(b"ranges", 1)[0]
    points = [
        random_point(system, {**SIZES, "T": count}, prime, count, pattern, shifted=False)
        for count in steps
        for pattern in (EQUAL, CYCLIC)
    ]
    return all(compare(claim, Evaluator(point)).equal for point in points)


ZERO = ein(",i->i", number(0), h(T))
BIG = sums("k", ONE, T, ein("i,j->ij", h(k), h(k.plus(-1))))


def factor(*roots: int, of: Index = T) -> Term:
    return Einsum(tuple(plus(Numeral(of), number(-root)) for root in roots), ("",) * len(roots), "")


def powers(n: int) -> Term:
    """Σ_i h_i^n at step t."""
    return ein("i->", Power(h(t), Fraction(n)))


def outer(*vectors: Term) -> Term:
    return Einsum(vectors, tuple("abcdef"[: len(vectors)]), "abcdef"[: len(vectors)])


A, B, C = h(t), h(t.plus(-1)), h(t.plus(1))
SQUARES = times(A, A)

SLIPS = {
    "W for W transposed": Claim(
        dh(t), plus(ein("ij,i->j", Vm, err(t)), ein("ji,i,i->j", W, slope(t.plus(1)), dh(t.plus(1)))), EACH
    ),
    "1 - h_t² for 1 - h_{t+1}²": Claim(
        dh(t), plus(ein("ij,i->j", Vm, err(t)), ein("ij,i,i->j", W, slope(t), dh(t.plus(1)))), EACH
    ),
    "h_t for h_{t-1}": Claim(d(L, W), sums("k", ONE, T, ein("i,j->ij", dz(k), h(k)))),
    "the order of Π": Claim(
        d(h(t), h(k)),
        Fold("prod", "m", k.plus(1), t, ein("i,ij->ij", slope(m), W)),
        PAIR,
        UP_TO,
    ),
    "a falling Π of transposed factors": Claim(
        d(h(t), h(k)),
        ein("ij->ji", Fold("prod", "m", k.plus(1), t, ein("i,ij->ji", slope(m), W), True)),
        PAIR,
        UP_TO,
    ),
    "one factor short": Claim(d(h(t), h(k)), jacobians(t, k.plus(1)), PAIR, UP_TO),
    "one factor more": Claim(d(h(t), h(k)), jacobians(t, k.plus(-1)), PAIR, UP_TO),
    "an offset in the body": Claim(
        d(h(t), h(k)),
        Fold("prod", "m", k.plus(1), t, ein("i,ij->ij", slope(m.plus(-1)), W), True),
        PAIR,
        UP_TO,
    ),
    "Π shifted, its body not": Claim(
        d(h(t), h(k)),
        Fold("prod", "m", k, t.plus(-1), ein("i,ij->ij", slope(m), W), True),
        PAIR,
        UP_TO,
    ),
    "the last step lost": Claim(d(L, W), sums("k", ONE, T.plus(-1), ein("i,j->ij", dz(k), h(k.plus(-1))))),
    "the first step lost": Claim(d(L, W), sums("k", Index(2), T, ein("i,j->ij", dz(k), h(k.plus(-1))))),
    "truncated after three steps": Claim(
        dh(t), sums("i", t, t.plus(3), ein("vi,v,ij->j", Vm, err(i), jacobians(i, t))), (Free("t", ONE, T.plus(-3)),)
    ),
    "direct for total": Claim(d(h(t), W, through=STEP), d(h(t), W), EACH),
    "past the diagonal": Claim(d(h(t), h(k)), jacobians(t, k), PAIR),
    "Jᵀ for J": Claim(d(h(t), h(k)), ein("ij->ji", jacobians(t, k)), PAIR, UP_TO),
    "sliding without its ends": Claim(
        d(h(t), h(k)),
        Fold("prod", "m", k.plus(1), t, ein("ij,j->ij", W, slope(m)), True),
        PAIR,
        UP_TO,
    ),
    "∂z_t/∂z_k down to step 0": Claim(
        d(z(t), z(k)),
        Fold("prod", "m", k.plus(1), t, ein("ij,j->ij", W, slope(m.plus(-1))), True),
        (Free("t", ONE, T), Free("k", Index(0), T)),
        UP_TO,
    ),
}

FALSE = {
    # the false claims that a first trial of the method accepted
    "Σ from 0 to T for 0 to T-1": Claim(sums("k", Index(0), T, h(k)), sums("k", Index(0), T.plus(-1), h(k))),
    "Σ to T+1 of a constant": Claim(sums("k", ONE, T.plus(1), W), sums("k", ONE, T, W)),
    "Σ from t to t+1 of h_{k-1}": Claim(sums("k", t, t.plus(1), h(k.plus(-1))), h(t.plus(-1)), EACH),
    "a factor that the condition makes zero at most places": Claim(
        ein(
            ",,,,i->i",
            *(plus(Numeral(T), scale(Numeral(t), number(-1)), number(-c)) for c in range(4)),
            h(t),
        ),
        ZERO,
        EACH,
        (Comparison(t, "ge", T.plus(-5)),),
    ),
    "h/h = 2": Claim(times(h(t), over(h(t))), scale(Ones((H,)), number(2)), EACH),
    "Σ W/W = 16": Claim(ein("ij,ij->", W, over(W)), number(16)),
    "power sums": Claim(
        plus(
            Power(powers(1), Fraction(2)),
            ein(",->", number(-3), powers(2)),
            ein(",,->", number(2), powers(3), over(powers(1))),
        ),
        number(0),
        EACH,
    ),
    "H - V = 1": Claim(
        scale(
            h(t),
            plus(ein("i,i->", Ones((H,)), Ones((H,))), minus(ein("i,i->", Ones((V,)), Ones((V,)))), number(-1)),
        ),
        ZERO,
        EACH,
    ),
    "a loop in the factors of Π": Claim(
        d(h(t), h(k)),
        Fold(
            "prod",
            "m",
            k.plus(1),
            t,
            plus(
                ein("i,ij->ij", slope(m), W),
                scale(W, plus(ein("i,i->", Ones((H,)), Ones((H,))), number(-4))),
            ),
            True,
        ),
        PAIR,
        UP_TO,
    ),
    "power sums of the softmax in the factors of Π": Claim(
        d(h(t), h(k)),
        Fold(
            "prod",
            "m",
            k.plus(1),
            t,
            ein(
                ",i,ij->ij",
                plus(
                    ein(",->", number(3), ein("i->", Power(p(m), Fraction(2)))),
                    ein(",->", number(-2), ein("i->", Power(p(m), Fraction(3)))),
                ),
                slope(m),
                W,
            ),
            True,
        ),
        PAIR,
        UP_TO,
    ),
    "Π in a Π": Claim(Fold("prod", "m", k.plus(1), t, Fold("prod", "j", m, m, W)), Identity(H), PAIR, UP_TO),
    "an antisymmetriser with squares": Claim(
        scale(plus(outer(A, B, C), outer(B, C, A), outer(C, A, B)), ein("i,i->", times(SQUARES, SQUARES), Ones((H,)))),
        scale(plus(outer(B, A, C), outer(A, C, B), outer(C, B, A)), ein("i,i->", times(SQUARES, SQUARES), Ones((H,)))),
        EACH,
    ),
    "a term that vanishes at the first step alone": Claim(
        dh(t),
        plus(
            sums("i", ONE, T, ein("vi,v,ij->j", Vm, err(i), d(h(i), h(t)))),
            scale(h(t), plus(Numeral(t), number(-1))),
        ),
        EACH,
    ),
    # traps
    "antisymmetriser of three vectors": Claim(
        plus(outer(A, B, C), outer(B, C, A), outer(C, A, B)), plus(outer(B, A, C), outer(A, C, B), outer(C, B, A)), EACH
    ),
    "a loop that vanishes at one size": Claim(
        scale(h(t), plus(ein("i,i->", Ones((H,)), Ones((H,))), number(-2))), ZERO, EACH
    ),
    "H = 2 as a number": Claim(plus(d(L, W), scale(BIG, factor(2, 3, of=H))), d(L, W)),
    "a factor that vanishes at two T": Claim(plus(d(L, W), scale(BIG, factor(3, 5))), d(L, W)),
    "Σ past the end of what is defined": Claim(
        d(L, W),
        sums(
            "i",
            ONE,
            T,
            sums("k", ONE, T, ein("vi,v,ij,j,l->jl", Vm, err(i), jacobians(i, k), slope(k), h(k.plus(-1)))),
        ),
    ),
    "a sum that is empty up to T = 6": Claim(plus(dh(T), sums("k", ONE, T.plus(-6), h(k))), ein("ij,i->j", Vm, err(T))),
    "from k = t-2 only": Claim(
        d(at("l", t), W),
        sums("k", t.plus(-2), t, ein("vi,v,ij,j,l->jl", Vm, err(t), jacobians(t, k), slope(k), h(k.plus(-1)))),
        (Free("t", Index(3), T),),
    ),
    "cross terms": Claim(
        Power(sums("k", ONE, T, ein("i->", h(k))), Fraction(2)),
        sums("k", ONE, T, Power(ein("i->", h(k)), Fraction(2))),
    ),
    "the square of a product over steps": Claim(
        sums("k", ONE, T, sums("i", ONE, T, ein("i,i->", h(k), h(i)))), sums("k", ONE, T, ein("i,i->", h(k), h(k)))
    ),
    "three sums": Claim(
        sums("k", ONE, T, sums("i", ONE, k, sums("j", ONE, i, ein("i,i,i->", h(k), h(i), h(j))))),
        sums("k", ONE, T, sums("i", ONE, k, sums("j", ONE, k, ein("i,i,i->", h(k), h(i), h(j))))),
    ),
    "(t-1)(t-2)(t-3)(t-4)": Claim(
        sums("k", ONE, T, scale(err(k), factor(1, 2, 3, 4, of=k))), ein(",i->i", number(0), err(T))
    ),
    "Σ k = T²": Claim(sums("k", ONE, T, Numeral(k)), Power(Numeral(T), Fraction(2))),
    "h_0 = 0": Claim(h(Index(0)), ZERO),
    "targets that repeat": Claim(d(L, at("o", t, V)), plus(err(t), ein("i,i,j->j", y(t), y(t.plus(-1)), y(t))), EACH),
    "targets that are the same": Claim(y(t), y(t.plus(-1)), EACH),
    "a literal above 2⁶¹": Claim(scale(h(t), number(2**61 - 1)), ZERO, EACH),
    "a diagonal in place of its matrix": Claim(
        ein("i,ij->ij", h(t), Identity(H)), ein("i,j->ij", h(t), Ones((H,))), EACH
    ),
    "trace for sum": Claim(ein("ij,ij->", W, Identity(H)), ein("ij->", W)),
    "W_ii twice": Claim(ein("ij,ij->", W, ein("ij->ji", W)), ein("ij,ij->", W, W)),
}


@pytest.mark.parametrize("name", {**SLIPS, **FALSE})
@pytest.mark.parametrize("kind", ["simplex", "one-hot", "real"])
def test_false_claims_are_never_proved(name, kind):
    assert isinstance(prove({**SLIPS, **FALSE}[name], elman(kind)), Refusal)


@pytest.mark.parametrize("name", SLIPS)
def test_slips_fail_on_the_unrolled_network(name):
    assert not holds(SLIPS[name], ELMAN)
