"""Local derivatives against SymPy, entry by entry, for random array expressions; Jacobian matrices."""

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from derive.algebra.array import (
    Array,
    Outer,
    Parameter,
    ShapeError,
    Value,
    diag,
    outer,
    sigmoid,
    softmax,
    t,
    tanh,
    total,
    walk,
)
from derive.algebra.entries import entries, symbols
from derive.algebra.model import Equation, elman
from derive.algebra.pullback import Leaf, jacobian, pullback
from derive.kernel.exact import Residues

SIZES = {"H": 2, "V": 3}
VECTORS = {d: [Value((d,), name, t) for name in names] for d, names in {"H": "ab", "V": "xy"}.items()}
NAMES = {("H", "H"): "W", ("H", "V"): "U", ("V", "H"): "R", ("V", "V"): "Q"}
MATRICES = {shape: Parameter(shape, name) for shape, name in NAMES.items()}
SCALAR = Value((), "s", t)

dims = st.sampled_from("HV")
unary = st.sampled_from([tanh, sigmoid, lambda u: u**2, lambda u: -u, lambda u: 3 * u, lambda u: 1 - u, lambda u: u])
binary = st.sampled_from([lambda u, v: u + v, lambda u, v: u - v, lambda u, v: u * v])


@st.composite
def scalars(draw, depth):
    if depth == 0:
        return SCALAR
    inner = draw(vectors(draw(dims), depth - 1))
    return draw(st.sampled_from([total(inner), total(inner) * SCALAR, tanh(total(inner))]))


@st.composite
def matrices(draw, shape, depth):
    if depth == 0:
        return MATRICES[shape]
    rows, columns = shape
    kind = draw(st.sampled_from(["outer", "transpose", "sum", "product", "map"]))
    if kind == "transpose":
        return draw(matrices((columns, rows), depth - 1)).T
    if kind == "product":
        middle = draw(dims)
        return draw(matrices((rows, middle), depth - 1)) @ draw(matrices((middle, columns), 0))
    if kind == "sum":
        return draw(binary)(draw(matrices(shape, depth - 1)), MATRICES[shape])
    if kind == "map":
        return draw(unary)(draw(matrices(shape, depth - 1)))
    return outer(draw(vectors(rows, depth - 1)), draw(vectors(columns, 0)))


@st.composite
def vectors(draw, dim, depth):
    if depth == 0:
        return draw(st.sampled_from(VECTORS[dim]))
    kind = draw(st.sampled_from(["unary", "binary", "matmul", "softmax", "scaled"]))
    if kind == "unary":
        return draw(unary)(draw(vectors(dim, depth - 1)))
    if kind == "binary":
        return draw(binary)(draw(vectors(dim, depth - 1)), draw(vectors(dim, depth - 1)))
    if kind == "softmax":
        return softmax(draw(vectors(dim, depth - 1)))
    if kind == "scaled":
        return draw(scalars(depth - 1)) * draw(vectors(dim, depth - 1))
    inner = draw(dims)
    return draw(matrices((dim, inner), depth - 1)) @ draw(vectors(inner, depth - 1))


shapes = st.sampled_from(list(MATRICES))
expressions = scalars(2) | dims.flatmap(lambda d: vectors(d, 2)) | shapes.flatmap(lambda s: matrices(s, 2))


def check(expression: Array, residue) -> None:
    """Jᵀ ū of every leaf against SymPy's derivative of every entry; the value of u is put in by its name."""
    equation = Equation("u", expression)
    seed = Value(expression.shape, "seed", t)
    results = entries(expression, SIZES)
    named = dict(zip(symbols(equation.value, SIZES), results, strict=True))
    seeds = symbols(seed, SIZES)
    found = pullback(equation, seed)
    assert set(found) == {leaf for leaf in walk(expression) if isinstance(leaf, Leaf)}
    for leaf, adjoint in found.items():
        assert adjoint.shape == leaf.shape
        for entry, value in zip(symbols(leaf, SIZES), entries(adjoint, SIZES), strict=True):
            expected = sympy.Add(*(s * result.diff(entry) for s, result in zip(seeds, results, strict=True)))
            field = Residues(1)
            assert residue(value.xreplace(named), field) == residue(expected, field), (leaf, entry)


@settings(max_examples=100)
@given(expression=expressions)
def test_random_expressions_against_sympy(expression, residue):
    check(expression, residue)


def test_the_slope_of_a_function_is_written_by_its_value():
    a, y = elman().equation("a").value, elman().equation("y").value
    assert jacobian(elman().equation("a"), Value(("H",), "net_a", t)) == diag(1 - a**2)
    seed = Value(("V",), "seed", t)
    assert pullback(elman().equation("y"), seed) == {Value(("V",), "net_y", t): y * seed - y * total(y * seed)}


@settings(max_examples=40)
@given(dim=dims, data=st.data())
def test_jacobian_matrices_against_sympy(dim, data, residue):
    expression = data.draw(vectors(dim, 2))
    assume(not any(isinstance(part, Outer) for part in walk(expression)))  # no matrix is made of values
    equation = Equation("u", expression)
    results = entries(expression, SIZES)
    named = dict(zip(symbols(equation.value, SIZES), results, strict=True))
    for leaf in {leaf for leaf in walk(expression) if isinstance(leaf, Value) and leaf.shape}:
        matrix = jacobian(equation, leaf)
        assert matrix.shape == (dim, *leaf.shape)  # the index of u first
        expected = [result.diff(entry) for result in results for entry in symbols(leaf, SIZES)]
        for found, wanted in zip(entries(matrix, SIZES), expected, strict=True):
            assert residue(found.xreplace(named), Residues(2)) == residue(wanted, Residues(2))


def test_a_value_that_the_equation_does_not_read_has_a_zero_jacobian():
    assert jacobian(elman().equation("a"), Value(("V",), "x", t)).is_zero


def test_a_jacobian_matrix_needs_vectors():
    with pytest.raises(ShapeError, match="∂L/∂y"):
        jacobian(elman().loss, Value(("V",), "y", t))


def test_an_operation_without_a_rule_is_refused():
    with pytest.raises(TypeError, match="no pullback for Diag"):
        pullback(Equation("u", diag(VECTORS["H"][0])), Value(("H", "H"), "seed", t))
