"""What is proved for every T and every size, and what must never be: the textbook's equations, slips in them, and
claims that hold wherever a method that tries sizes and steps would look."""

from fractions import Fraction

import pytest

from derive.kernel.chains import Chain
from derive.kernel.compare import Claim, Free, compare
from derive.kernel.exact import primes
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Comparison, Condition, Index, letter
from derive.kernel.networks import Networks
from derive.kernel.paths import Paths
from derive.kernel.points import CYCLIC, EQUAL, random_point
from derive.kernel.ranges import Proof, Prover, Refusal, prove
from derive.kernel.recursions import Counter
from derive.kernel.rewriting import minus, number, scale
from derive.kernel.terms import (
    ALONG,
    OWN,
    STEP,
    WITHIN,
    Add,
    Apply,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Indicator,
    Join,
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
    "nothing through time": Claim(
        d(L, W, through=WITHIN),
        sums("k", ONE, T, ein("vi,v,i,j->ij", Vm, err(k), slope(k), h(k.plus(-1)))),
    ),
    "nothing through time, of one step": Claim(
        d(at("l", t), W, through=WITHIN), ein("vi,v,i,j->ij", Vm, err(t), slope(t), h(t.plus(-1))), EACH
    ),
    "nothing through time, of a state": Claim(d(h(t), W, through=WITHIN), d(h(t), W, through=STEP), EACH),
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


@pytest.mark.parametrize("kind", ["simplex", "one-hot"])
@pytest.mark.parametrize("along", [0, 1])
def test_targets_of_many_samples_sum_to_one_along_one_axis(kind, along):
    axes = (V, H) if along == 0 else (H, V)
    system = named(Quantity("Y", (), axes, kind=kind, over=along))
    target = Ref("Y", (), axes)
    labels = ("ab,a->b", "ab,b->a")
    summed = [Claim(ein(labels[axis], target, Ones((axes[axis],))), Ones((axes[1 - axis],))) for axis in (0, 1)]
    for axis, claim in enumerate(summed):
        assert isinstance(prove(claim, system), Proof) == (axis == along) == holds(claim, system)
    squares = Claim(ein("ab,ab->ab", target, target), target)
    assert isinstance(prove(squares, system), Proof) == (kind == "one-hot") == holds(squares, system)


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
    "nothing through time for all": Claim(d(L, W, through=WITHIN), d(L, W)),
    "nothing through time, of the last step for all": Claim(d(L, W, through=WITHIN), d(at("l", T), W, through=WITHIN)),
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


def where(*comparisons: Comparison) -> Term:
    return Indicator(comparisons)


HIDDEN = {
    "far from both ends": sums(
        "k", ONE, T, scale(h(k), where(Comparison(k, "gt", Index(5)), Comparison(k, "lt", T.plus(-5))))
    ),
    "late": sums("k", ONE, T, scale(h(k), where(Comparison(k, "gt", Index(9))))),
    "far apart": sums("k", ONE, T, sums("i", ONE, T, scale(times(h(k), h(i)), where(Comparison(k, "gt", i.plus(7)))))),
    "three far from each other": sums(
        "k",
        ONE,
        T,
        sums(
            "i",
            ONE,
            T,
            sums(
                "j",
                ONE,
                T,
                scale(
                    times(h(k), h(i), h(j)),
                    where(
                        Comparison(k, "gt", i.plus(1)),
                        Comparison(i, "gt", j.plus(1)),
                        Comparison(j, "gt", Index(2)),
                        Comparison(k, "lt", T.plus(-1)),
                    ),
                ),
            ),
        ),
    ),
    "zero at both ends": sums("k", ONE, T, scale(h(k), ein(",->", factor(1, of=k), Numeral(k.plus(T, -1))))),
    "the last steps": sums("k", T.plus(3), T.plus(4), h(k)),
    "before the start": sums("k", Index(-3), Index(-2), h(k)),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_terms_that_vanish_at_few_steps_are_seen(name):
    """Each is zero for small T or far from what chains of few steps show, and zero nowhere else."""
    claim = Claim(HIDDEN[name], ZERO)
    assert isinstance(prove(claim, ELMAN), Refusal)
    assert not holds(claim, ELMAN, range(13, 14))
    if name != "three far from each other":  # whose chains are too many
        assert isinstance(prove(Claim(HIDDEN[name], plus(HIDDEN[name], ZERO)), ELMAN), Proof)


ONE_HOT = {
    "y ⊙ y = y": Claim(times(y(t), y(t)), y(t), EACH),
    "y yᵀ is diagonal": Claim(ein("i,j->ij", y(t), y(t)), ein("i,ij->ij", y(t), Identity(V)), EACH),
    "(yᵀŷ) y = y ⊙ ŷ": Claim(ein("i,i,j->j", y(t), p(t), y(t)), times(y(t), p(t)), EACH),
}


@pytest.mark.parametrize("name", ONE_HOT)
def test_what_holds_of_one_hot_targets_alone(name):
    assert isinstance(prove(ONE_HOT[name], elman("one-hot")), Proof)
    assert isinstance(prove(ONE_HOT[name], elman("simplex")), Refusal)


def test_what_needs_targets_on_the_simplex():
    claim = TRUE["softmax with cross-entropy"]
    assert isinstance(prove(claim, elman("real")), Refusal)
    assert not holds(claim, elman("real"))


def test_a_factor_that_vanishes_wherever_it_is_tried():
    """Whatever sizes and steps a method tries: the product of all (H - n) and (T - n) for n up to 20."""
    planted = scale(BIG, ein(",->", factor(*range(1, 21)), factor(*range(1, 21), of=H)))
    claim = Claim(plus(d(L, W), planted), d(L, W))
    assert holds(claim, ELMAN)
    assert isinstance(prove(claim, ELMAN), Refusal)


@pytest.mark.parametrize("name", SLIPS)
def test_slips_fail_on_the_unrolled_network(name):
    assert not holds(SLIPS[name], ELMAN)


# Other networks


def lstm() -> System:
    """The eight equations of a long short-term memory (Hochreiter and Schmidhuber 1997), with a softmax."""

    def gate(name: str, function: str) -> Term:
        inner = (ein("ij,j->i", Ref("W" + name, (), (H, H)), h(t.plus(-1))), Ref("b" + name, (), (H,)))
        return Apply(function, plus(*inner, ein("ij,j->i", Ref("U" + name, (), (H, N)), x(t))))

    c, before = at("c", t, H), at("c", t.plus(-1), H)
    gates = {"f": "sigmoid", "i": "sigmoid", "g": "tanh", "u": "sigmoid"}
    cell = plus(times(at("f", t, H), before), times(at("i", t, H), at("g", t, H)))
    return named(
        *outputs(),
        *(Quantity(name, ("t",), (H,), (((), gate(name, function)),), 0) for name, function in gates.items()),
        *(
            Quantity(kind + name, (), axes)
            for name in gates
            for kind, axes in (("W", (H, H)), ("U", (H, N)), ("b", (H,)))
        ),
        Quantity("c", ("t",), (H,), ((started(), cell),), 0),
        Quantity("h", ("t",), (H,), ((started(), times(at("u", t, H), Apply("tanh", c))),), 0),
    )


def gate_of(name: str, index: Index) -> Ref:
    return at(name, index, H)


def cell_slope(index: Index) -> Term:
    return one_minus_square(Apply("tanh", gate_of("c", index)))


def sigmoid_slope(v: Term) -> Term:
    return times(v, one_minus(v))


def dc(index: Index) -> Term:
    return d(L, gate_of("c", index))


def gate_delta(name: str, index: Index) -> Term:
    """The adjoint of what is inside a gate, from that of c or h."""
    value = gate_of(name, index)
    if name == "u":
        return times(dh(index), Apply("tanh", gate_of("c", index)), sigmoid_slope(value))
    if name == "f":
        return times(dc(index), gate_of("c", index.plus(-1)), sigmoid_slope(value))
    if name == "i":
        return times(dc(index), gate_of("g", index), sigmoid_slope(value))
    return times(dc(index), gate_of("i", index), one_minus_square(value))


def gate_matrix(name: str) -> Ref:
    return Ref("W" + name, (), (H, H))


LSTM = lstm()
LSTM_TRUE = {
    "∂L/∂h": Claim(
        dh(t),
        plus(
            ein("ij,i->j", Vm, err(t)),
            *(ein("ij,i->j", gate_matrix(name), gate_delta(name, t.plus(1))) for name in "figu"),
        ),
        EACH,
    ),
    "∂L/∂c": Claim(
        dc(t),
        plus(
            times(dh(t), gate_of("u", t), cell_slope(t)),
            times(gate_of("f", t.plus(1)), dc(t.plus(1))),
        ),
        EACH,
    ),
    "∂L/∂u": Claim(d(L, gate_of("u", t)), times(dh(t), Apply("tanh", gate_of("c", t))), EACH),
    "∂L/∂f": Claim(d(L, gate_of("f", t)), times(dc(t), gate_of("c", t.plus(-1))), EACH),
    "∂L/∂W_f": Claim(d(L, gate_matrix("f")), sums("k", ONE, T, ein("i,j->ij", gate_delta("f", k), h(k.plus(-1))))),
    "∂L/∂W_g": Claim(d(L, gate_matrix("g")), sums("k", ONE, T, ein("i,j->ij", gate_delta("g", k), h(k.plus(-1))))),
    "∂L/∂W_u": Claim(d(L, gate_matrix("u")), sums("k", ONE, T, ein("i,j->ij", gate_delta("u", k), h(k.plus(-1))))),
    "∂L/∂b_i": Claim(d(L, Ref("bi", (), (H,))), sums("k", ONE, T, gate_delta("i", k))),
    "∂c_t/∂c_k along c": Claim(
        d(gate_of("c", t), gate_of("c", t.plus(-2)), through=ALONG, along=frozenset("c")),
        ein("i,i,ij->ij", gate_of("f", t), gate_of("f", t.plus(-1)), Identity(H)),
        (Free("t", Index(2), T),),
    ),
}
LSTM_FALSE = {
    "∂L/∂c with f_t": Claim(
        dc(t),
        plus(times(dh(t), gate_of("u", t), cell_slope(t)), times(gate_of("f", t), dc(t.plus(1)))),
        EACH,
    ),
    "∂L/∂h without one gate": Claim(
        dh(t),
        plus(
            ein("ij,i->j", Vm, err(t)),
            *(ein("ij,i->j", gate_matrix(name), gate_delta(name, t.plus(1))) for name in "fig"),
        ),
        EACH,
    ),
    "∂c_t/∂c_k along c for the whole": Claim(
        d(gate_of("c", t), gate_of("c", t.plus(-2))),
        ein("i,i,ij->ij", gate_of("f", t), gate_of("f", t.plus(-1)), Identity(H)),
        (Free("t", Index(2), T),),
    ),
}


def stacked() -> System:
    """Two recurrent layers: a above the inputs, h above a."""
    below = plus(ein("ij,j->i", Ref("A", (), (N, N)), at("a", t.plus(-1), N)), x(t))
    above = plus(ein("ij,j->i", W, h(t.plus(-1))), ein("ij,j->i", U, at("a", t, N)))
    return named(
        *outputs(),
        Quantity("A", (), (N, N)),
        Quantity("W", (), (H, H)),
        Quantity("U", (), (H, N)),
        Quantity("a", ("t",), (N,), ((started(), Apply("tanh", below)),), 0),
        Quantity("h", ("t",), (H,), ((started(), Apply("tanh", above)),), 0),
    )


def a(index: Index) -> Ref:
    return at("a", index, N)


A1 = Ref("A", (), (N, N))
STACKED_TRUE = {
    "∂L/∂a": Claim(
        d(L, a(t)),
        plus(
            ein("ij,i,i->j", U, slope(t), dh(t)),
            ein("ij,i,i->j", A1, one_minus_square(a(t.plus(1))), d(L, a(t.plus(1)))),
        ),
        EACH,
    ),
    "∂L/∂A": Claim(d(L, A1), sums("k", ONE, T, ein("i,i,j->ij", d(L, a(k)), one_minus_square(a(k)), a(k.plus(-1))))),
    "∂h_t/∂a_k": Claim(
        d(h(t), a(k)),
        sums("j", k, t, ein("ij,j,jk,kl->il", d(h(t), h(j)), slope(j), U, d(a(j), a(k)))),
        PAIR,
        UP_TO,
    ),
}
STACKED_FALSE = {
    "∂L/∂a without the step after": Claim(d(L, a(t)), ein("ij,i,i->j", U, slope(t), dh(t)), EACH),
    "∂h_t/∂a_k by one path": Claim(d(h(t), a(k)), ein("ij,j,jk->ik", d(h(t), h(k)), slope(k), U), PAIR, UP_TO),
}


def unknown() -> System:
    """h_t = f(x_t, h_{t-1}, w), of which nothing is known, and a loss of each h_t."""
    w = Ref("w", (), (N,))
    return named(
        Quantity("x", ("t",), (N,), (), 0),
        Quantity("w", (), (N,)),
        Quantity("h", ("t",), (H,), ((started(), Opaque("f", (x(t), h(t.plus(-1)), w), (H,))),), 0),
        Quantity("l", ("t",), (), (((), Opaque("g", (h(t),), ())),), 0),
        Quantity("L", (), (), (((), sums("k", ONE, T, at("l", k))),)),
    )


def by(index: Index, argument: int) -> Term:
    return Opaque("f", (x(index), h(index.plus(-1)), Ref("w", (), (N,))), (H,), argument)


w = Ref("w", (), (N,))
UNKNOWN_TRUE = {
    "∂h_t/∂w": Claim(d(h(t), w), plus(by(t, 2), ein("ij,jk->ik", by(t, 1), d(h(t.plus(-1)), w))), EACH),
    "∂h_t/∂w as Σ Π": Claim(
        d(h(t), w),
        sums("k", ONE, t, ein("ij,jk->ik", Fold("prod", "m", k.plus(1), t, by(m, 1), True), by(k, 2))),
        EACH,
    ),
    "∂L/∂w": Claim(
        d(L, w),
        sums("i", ONE, T, sums("k", ONE, i, ein("i,ij,jk->k", d(at("l", i), h(i)), d(h(i), h(k)), by(k, 2)))),
    ),
}
UNKNOWN_FALSE = {
    "∂h_t/∂w of one step": Claim(d(h(t), w), by(t, 2), EACH),
    "∂h_t/∂w with Π one factor short": Claim(
        d(h(t), w),
        sums("k", ONE, t, ein("ij,jk->ik", Fold("prod", "m", k.plus(2), t, by(m, 1), True), by(k, 2))),
        EACH,
    ),
}


def adjoints(start: str = "zero") -> System:
    """The Elman network beside adjoints defined by recursions of their own: e from the end, g and n from the start."""
    e = plus(ein("ij,i->j", Vm, err(t)), ein("ij,i,i->j", W, slope(t.plus(1)), at("e", t.plus(1), H)))
    g = plus(
        ein("i,ij,k->ijk", slope(t), Identity(H), h(t.plus(-1))),
        ein("i,ij,jkl->ikl", slope(t), W, at("g", t.plus(-1), H, H, H)),
    )
    n = plus(at("n", t.plus(-1), H), h(t))
    return {
        **ELMAN,
        "e": Quantity("e", ("t",), (H,), (((Comparison(t, "le", T),), e),), 0, start),
        "g": Quantity("g", ("t",), (H, H, H), ((started(), g),), 0, start),
        "n": Quantity("n", ("t",), (H,), ((started(), n),), 0, start),
    }


ADJOINTS_TRUE = {
    "the adjoints": Claim(at("e", t, H), dh(t), EACH),
    "∂L/∂b by the adjoints": Claim(d(L, b), sums("k", ONE, T, times(slope(k), at("e", k, H)))),
    "∂L/∂W by the adjoints": Claim(
        d(L, W), sums("k", ONE, T, ein("i,i,j->ij", slope(k), at("e", k, H), h(k.plus(-1))))
    ),
    "the tangents": Claim(at("g", t, H, H, H), d(h(t), W), EACH),
    "a running sum": Claim(at("n", t, H), sums("k", ONE, t, h(k)), EACH),
}


def linear() -> System:
    step = plus(ein("ij,j->i", W, h(t.plus(-1))), ein("ij,j->i", U, x(t)))
    return named(
        *outputs(),
        Quantity("W", (), (H, H)),
        Quantity("U", (), (H, N)),
        Quantity("h", ("t",), (H,), ((started(), step),), 0),
    )


LINEAR_TRUE = {
    "powers of W": Claim(d(h(t), h(k)), Fold("prod", "m", k.plus(1), t, W), PAIR, UP_TO),
    "unrolled": Claim(
        h(t),
        plus(
            ein("ij,j->i", Fold("prod", "m", ONE, t, W), h(Index(0))),
            sums("k", ONE, t, ein("ij,jk,k->i", Fold("prod", "m", k.plus(1), t, W), U, x(k))),
        ),
        EACH,
    ),
    "∂L/∂W": Claim(d(L, W), sums("k", ONE, T, ein("i,j->ij", dh(k), h(k.plus(-1))))),
}
LINEAR_FALSE = {
    "unrolled without the start": Claim(
        h(t), sums("k", ONE, t, ein("ij,jk,k->i", Fold("prod", "m", k.plus(1), t, W), U, x(k))), EACH
    )
}


def logistic() -> System:
    """One logistic output of h with binary cross-entropy."""
    out, target = at("p", t, V), at("y", t, V)
    loss = minus(
        plus(ein("i,i->", target, Apply("log", out)), ein("i,i->", one_minus(target), Apply("log", one_minus(out))))
    )
    inner = {name: quantity for name, quantity in elman("real").items() if name not in "pl"}
    return {
        **inner,
        "p": Quantity("p", ("t",), (V,), (((), Apply("sigmoid", at("o", t, V))),), 0),
        "l": Quantity("l", ("t",), (), (((), loss),), 0),
    }


def concatenated() -> System:
    """One matrix for the state and the input, [h, x] one vector."""
    step = Apply("tanh", plus(ein("ij,j->i", ALL, both(t)), b))
    return named(
        *outputs(),
        Quantity("A", (), (H, H.plus(N))),
        Quantity("b", (), (H,)),
        Quantity("h", ("t",), (H,), ((started(), step),), 0),
    )


ALL = Ref("A", (), (H, H.plus(N)))


def both(index: Index) -> Term:
    return Join((h(index.plus(-1)), x(index)), 0)


PART, REST = Slice(ALL, 1, Index(0), H), Slice(ALL, 1, H, H.plus(N))
CONCATENATED_TRUE = {
    "∂L/∂A": Claim(d(L, ALL), sums("k", ONE, T, ein("i,i,j->ij", slope(k), dh(k), both(k)))),
    "∂h_t/∂h_k": Claim(
        d(h(t), h(k)), Fold("prod", "m", k.plus(1), t, ein("i,ij->ij", slope(m), PART), True), PAIR, UP_TO
    ),
    "δ_t of h": Claim(
        dh(t),
        plus(ein("ij,i->j", Vm, err(t)), ein("ij,i,i->j", PART, slope(t.plus(1)), dh(t.plus(1)))),
        EACH,
    ),
    "∂L/∂x": Claim(d(L, x(t)), ein("ij,i,i->j", REST, slope(t), dh(t)), EACH),
    "the part of the state": Claim(
        Slice(d(L, ALL), 1, Index(0), H), sums("k", ONE, T, ein("i,i,j->ij", slope(k), dh(k), h(k.plus(-1))))
    ),
}
CONCATENATED_FALSE = {
    "∂L/∂A with h_t": Claim(d(L, ALL), sums("k", ONE, T, ein("i,i,j->ij", slope(k), dh(k), Join((h(k), x(k)), 0)))),
    "∂L/∂A without x": Claim(
        Slice(d(L, ALL), 1, H, H.plus(N)),
        scale(sums("k", ONE, T, ein("i,i,j->ij", slope(k), dh(k), x(k))), number(2)),
    ),
}
LOGISTIC_TRUE = {"∂L/∂o": TRUE["softmax with cross-entropy"], "∂L/∂V": TRUE["∂L/∂V"], "δ_t": TRUE["δ_t of h"]}
NETWORKS = {
    "lstm": (LSTM, LSTM_TRUE, LSTM_FALSE),
    "stacked": (stacked(), STACKED_TRUE, STACKED_FALSE),
    "unknown": (unknown(), UNKNOWN_TRUE, UNKNOWN_FALSE),
    "adjoints": (adjoints(), ADJOINTS_TRUE, {}),
    "adjoints that start elsewhere": (adjoints("real"), {}, ADJOINTS_TRUE),
    "linear": (linear(), LINEAR_TRUE, LINEAR_FALSE),
    "concatenated": (concatenated(), CONCATENATED_TRUE, CONCATENATED_FALSE),
    "logistic": (logistic(), LOGISTIC_TRUE, {}),
}


# Each condition of the theorems, taken away, lets a false claim through


def off_the_ends(name: str) -> Term:
    """h_k where k is not 0, 1 or T: zero at all steps A."""
    places = (plus(Numeral(letter(name)), number(-1)), plus(Numeral(letter(name)), scale(Numeral(T), number(-1))))
    return scale(h(letter(name)), ein(",,->", Numeral(letter(name)), *places))


def test_the_count_of_letters_is_needed(monkeypatch):
    both_ways = sums("k", ONE, T, sums("i", ONE, T, ein("i,i->", off_the_ends("k"), off_the_ends("i"))))
    alike = sums("k", ONE, T, ein("i,i->", off_the_ends("k"), off_the_ends("k")))
    claim = Claim(both_ways, alike)
    assert isinstance(prove(claim, ELMAN), Refusal)
    value = Counter.value
    monkeypatch.setattr(Counter, "value", lambda self, term: min(value(self, term), 1))
    assert isinstance(prove(claim, ELMAN), Proof)


def test_the_windows_are_needed(monkeypatch):
    claim = FALSE["a factor that the condition makes zero at most places"]
    assert isinstance(prove(claim, ELMAN), Refusal)
    monkeypatch.setattr(Chain, "within", lambda self, x: True)
    monkeypatch.setattr(Prover, "_windows", lambda self, wide: {"0": (0, 1), "T": (0, 0), "t": (0, 0), "*": (0, 0)})
    assert isinstance(prove(claim, ELMAN), Proof)


def test_the_ends_of_sums_are_needed(monkeypatch):
    claim = Claim(sums("k", ONE, T.plus(2), W), sums("k", ONE, T.plus(1), W))
    assert isinstance(prove(claim, ELMAN), Refusal)
    monkeypatch.setattr(Chain, "within", lambda self, x: True)
    monkeypatch.setattr(Prover, "_windows", lambda self, wide: {"0": (0, 1), "T": (0, 0), "*": (0, 0)})
    monkeypatch.setattr(Chain, "between", lambda self, low, high: [x for x in self.active if low <= x <= high])
    assert isinstance(prove(claim, ELMAN), Proof)


def test_the_order_of_a_product_is_needed(monkeypatch):
    system = named(Quantity("B", (), (N, N)), Quantity("x", ("t",), (N,), (), 0))
    body = ein("i,ij->ij", x(m), Ref("B", (), (N, N)))
    rising, falling = (Fold("prod", "m", k.plus(1), t, body, order) for order in (False, True))
    claim = Claim(rising, falling, PAIR, (Comparison(k, "lt", t),))
    assert isinstance(prove(claim, system), Refusal)
    monkeypatch.setattr(Paths, "_factors", lambda self, fold, bound: ("in any order", False))
    monkeypatch.setattr(Prover, "_windows", lambda self, wide: {n: (0, 0) for n in ("0", "T", "t", "k", "*")})
    assert isinstance(prove(claim, system), Proof)


def test_the_match_of_a_product_is_needed(monkeypatch):
    claim = Claim(d(z(t), z(k)), jacobians(t, k), PAIR, UP_TO)
    assert isinstance(prove(claim, ELMAN), Refusal)
    assert not holds(claim, ELMAN)
    monkeypatch.setattr(Prover, "_same", lambda self, left, right, first: True)
    assert isinstance(prove(claim, ELMAN), Proof)


@pytest.mark.parametrize("rule", ["simplex", "one-hot"])
def test_the_rules_of_targets_hold_of_targets_alone(rule, monkeypatch):
    false = {"simplex": Claim(ein("i->", b), number(1)), "one-hot": Claim(Power(b, Fraction(2)), b)}[rule]
    assert isinstance(prove(false, ELMAN), Refusal)
    atom = Networks.atom
    monkeypatch.setattr(Networks, "atom", lambda self, name, _="": atom(self, name, rule))
    assert isinstance(prove(false, ELMAN), Proof)


@pytest.mark.parametrize(("network", "name"), [(n, c) for n, (_, true, _) in NETWORKS.items() for c in true])
def test_true_claims_of_other_networks(network, name):
    system, claims, _ = NETWORKS[network]
    assert isinstance(prove(claims[name], system), Proof)
    assert holds(claims[name], system, range(3, 5))


@pytest.mark.parametrize(("network", "name"), [(n, c) for n, (_, _, false) in NETWORKS.items() for c in false])
def test_false_claims_of_other_networks(network, name):
    system, _, claims = NETWORKS[network]
    assert isinstance(prove(claims[name], system), Refusal)
    assert not holds(claims[name], system, range(3, 5))
