"""Exact arithmetic modulo a prime: its laws are those of the functions, and it is blind to nothing else."""

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.algebra.functions import Sigmoid
from derive.kernel.exact import PRIME, Residues
from derive.kernel.field import Undecidable

u, v, w = sympy.symbols("u v w", real=True)
exp, log, tanh = sympy.exp, sympy.log, sympy.tanh

coefficients = st.integers(-4, 4)
polynomials = st.builds(
    lambda a, b, c, d: a * u * v + b * w**2 + c * u + sympy.Rational(d, 2), *[coefficients] * 4
).filter(lambda p: p.free_symbols)
seeds = st.integers(0, 2**32)


@settings(max_examples=25)
@given(p=polynomials, q=polynomials, seed=seeds)
def test_laws_of_the_functions(p, q, seed, residue):
    assume((p + q).free_symbols)

    def same(left, right):
        return residue(left, Residues(seed)) == residue(right, Residues(seed))

    def kept(function, *args):
        """The function applied without SymPy's own rewriting."""
        return function(*args, evaluate=False)

    assert same(kept(exp, p + q), kept(exp, p) * kept(exp, q))
    assert same(kept(exp, 2 * p), kept(exp, p) ** 2)
    assert same(kept(exp, p) * kept(exp, -p), sympy.S.One)
    assert same(kept(tanh, -p), -kept(tanh, p))
    assert same(kept(tanh, 2 * p) * (1 + kept(tanh, p) ** 2), 2 * kept(tanh, p))
    assert same(kept(tanh, p) * (kept(exp, 2 * p) + 1), kept(exp, 2 * p) - 1)
    assert same(kept(Sigmoid, -p), 1 - kept(Sigmoid, p))
    assert same(2 * kept(Sigmoid, 2 * p), 1 + kept(tanh, p))
    assert same(kept(log, kept(exp, p)), p)
    assert same(kept(tanh, (p + q) ** 2), kept(tanh, p**2 + 2 * p * q + q**2))


@settings(max_examples=25)
@given(a=st.integers(1, 9), b=st.integers(1, 9), q=polynomials, seed=seeds)
def test_laws_of_the_logarithm(a, b, q, seed, residue):
    p, r = a * u * v**2 + b, tanh(u) * (v + b)

    def value(of, *rest):
        """log(of) + rest, without SymPy's own rewriting."""
        return residue(sympy.Add(log(of, evaluate=False), *rest), Residues(seed))

    def logs(*terms):
        return residue(sympy.Add(*(n * log(term, evaluate=False) for n, term in terms)), Residues(seed))

    assert value(p * r) == logs((1, p), (1, tanh(u)), (1, v + b))
    assert value(p / r) == logs((1, p), (-1, r))
    assert value(p**3) == logs((3, p))
    assert value(sympy.sqrt(p)) == logs((sympy.Rational(1, 2), p))
    assert value(p * exp(q)) == value(p, q)
    assert value(12 * u) == logs((2, sympy.S(2)), (1, sympy.S(3)), (1, u))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (tanh(u), tanh(v)),
        (tanh(u), u),
        (tanh(u + v), tanh(u) + tanh(v)),
        (tanh(tanh(u)), tanh(u)),
        (exp(u * v), exp(u) * exp(v)),
        (exp(u**2), exp(u) ** 2),
        (exp(u), 1 + u),
        (log(u + v), log(u) + log(v)),
        (Sigmoid(u), tanh(u)),
        (1 - tanh(u) ** 2, 1 - tanh(tanh(u)) ** 2),
        (log(2 * u), log(u)),
        (u + sympy.Rational(1, 10**12), u),
    ],
)
def test_what_differs_is_told_apart(left, right, residue):
    assert all(residue(left, Residues(seed)) != residue(right, Residues(seed)) for seed in range(3))


@pytest.mark.parametrize("function", [exp, tanh, Sigmoid, log])
def test_derivatives_are_those_of_the_same_functions(function, residue):
    """exp' = exp, tanh' = 1 - tanh², σ' = σ(1 - σ), log' = 1/u, inside a longer expression."""
    known = {
        exp: exp(u * v),
        tanh: 1 - tanh(u * v) ** 2,
        Sigmoid: Sigmoid(u * v) * (1 - Sigmoid(u * v)),
        log: 1 / (u * v),
    }
    slope = function(u * v).diff(u)
    assert residue(slope, Residues(5)) == residue(v * known[function], Residues(5))


@pytest.mark.parametrize("function", [exp, tanh, Sigmoid])
def test_halves_and_thirds_of_an_exponent_are_roots(function, residue):
    half, third = residue(exp(u / 2), Residues(0)), residue(exp(u / 3), Residues(0))
    whole = residue(exp(u), Residues(0))
    assert pow(half, 2, PRIME) == pow(third, 3, PRIME) == whole
    assert residue(function(u / 7 + v), Residues(0)) != residue(function(u / 7), Residues(0))


@pytest.mark.parametrize(
    "expression",
    [
        sympy.sqrt(u),
        log(-u, evaluate=False),
        exp(u / 11),
        log(sympy.S.Zero, evaluate=False),
        sympy.sin(u),
    ],
)
def test_what_has_no_exact_value_is_refused(expression, residue):
    with pytest.raises(Undecidable):
        residue(expression, Residues(0))


def test_a_division_by_a_hidden_zero_is_refused(residue):
    with pytest.raises(Undecidable, match="division by zero"):
        residue(1 / (tanh(u * (v + w)) - tanh(u * v + u * w)), Residues(0))


def test_a_seed_fixes_every_value(residue):
    expression = tanh(u) * exp(v) + log(w)
    assert residue(expression, Residues(7)) == residue(expression, Residues(7))
    assert residue(expression, Residues(7)) != residue(expression, Residues(8))


def test_a_long_sum_in_an_exponent_is_cut_to_one_term_and_stays_consistent(residue):
    """Past the limit a product is one monomial: equal expressions stay equal."""
    long = sympy.Add(*(sympy.Symbol(f"s{n}", real=True) for n in range(50)))
    assert residue(tanh(sympy.Mul(long, long, evaluate=False)), Residues(0)) == residue(tanh(long**2), Residues(0))
