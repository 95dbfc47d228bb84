"""LaTeX of scalar expressions, read back by a second reader, and of array expressions in vector notation."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.algebra.array import (
    Array,
    Parameter,
    Value,
    constant,
    diag,
    exp,
    log,
    outer,
    sigmoid,
    softmax,
    t,
    tanh,
    total,
)
from derive.algebra.chain import adjoints
from derive.algebra.entries import symbols
from derive.algebra.functions import Sigmoid
from derive.algebra.model import Equation, elman
from derive.algebra.notation import RAISED, STEPS, Letters, using
from derive.algebra.printing import latex, lines
from derive.algebra.series import partial, total_over
from derive.algebra.written import Equality, Partial, Plus, Times, equality, signed, split
from derive.typeset.mathml import tree

T = sympy.Symbol("T")
k, m = sympy.symbols("k m", integer=True, positive=True)
a_, y_ = sympy.Function("a", real=True), sympy.Function("y", real=True)
w, b = sympy.Symbol("W_aa", real=True), sympy.Symbol("b_a", real=True)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (a_(t - 1), "a(t-1)"),
        (a_(3) ** 2, "a(3)^{2}"),
        (1 - a_(t) ** 2, "1 - a(t)^{2}"),
        (w * (1 - a_(t) ** 2), "w_{aa} (1 - a(t)^{2})"),
        (-y_(t) / a_(t), r"-\frac{y(t)}{a(t)}"),
        (sympy.Rational(-3, 2) * w, r"-\frac{3 w_{aa}}{2}"),
        (1 / (2 * w), r"\frac{1}{2 w_{aa}}"),
        (w * a_(t - 1) + b, r"w_{aa} a(t-1) + b_{a}"),
        (b - w, "b_{a} - w_{aa}"),
        (-w - b, "-w_{aa} - b_{a}"),
        (sympy.tanh(w * a_(t)), r"\tanh(w_{aa} a(t))"),
        (sympy.log(y_(t)), r"\log(y(t))"),
        (Sigmoid(w), r"\sigma(w_{aa})"),
        (sympy.sqrt(w), r"\sqrt{w_{aa}}"),
        ((w + b) ** 3, "(w_{aa} + b_{a})^{3}"),
        (y_(t, k), "(y(t))_{k}"),
        (Partial(a_(2), w), r"\frac{\partial a(2)}{\partial w_{aa}}"),
        (Partial(a_(2), w, True), r"\frac{\partial^{+} a(2)}{\partial w_{aa}}"),
        (Partial(w, w), r"\frac{\partial w_{aa}}{\partial w_{aa}}"),
        (Times(a_(1), w, b), "a(1) w_{aa} b_{a}"),
        (Times(-1, 1 - y_(t), a_(t)), "-(1 - y(t)) a(t)"),
        (Times(2, a_(t), -w), r"2 \cdot a(t) \cdot (-w_{aa})"),
        (Plus(b, -w, a_(1)), "b_{a} - w_{aa} + a(1)"),
        (Times(w, Plus(b, a_(1))), "w_{aa} (b_{a} + a(1))"),
        (-sympy.Sum(1 - y_(t), (t, 1, T)), r"-\sum_{t=1}^{T} (1 - y(t))"),
        (Times(sympy.Product(a_(m), (m, k + 1, t)), w), r"\left(\prod_{m=k+1}^{t} a(m)\right) w_{aa}"),
        (sympy.Sum(sympy.Sum(a_(k), (k, 1, m)), (m, 1, T)), r"\sum_{m=1}^{T} \sum_{k=1}^{m} a(k)"),
    ],
)
def test_scalars(expression, written):
    assert latex(expression) == written


a, before = Value(("H",), "a", t), Value(("H",), "a", t - 1)
y, target, x = Value(("V",), "y", t), Value(("V",), "target", t, one_hot=True), Value(("V",), "x", t, one_hot=True)
delta, s = Value(("H",), "delta_a", t), Value((), "s", t)
W, U = elman().parameter("W_aa"), elman().parameter("W_ya")


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (W @ before + W @ a, r"W_{aa} a(t-1) + W_{aa} a(t)"),
        (W.T @ delta, r"W_{aa}^{\top} \delta_{a}(t)"),
        (U @ (W @ a), r"W_{ya} W_{aa} a(t)"),
        (U @ (a + before), r"W_{ya} (a(t-1) + a(t))"),
        ((1 - a**2) * delta, r"\delta_{a}(t) \odot (1 - a(t)^{2})"),
        ((W @ a) * delta, r"\delta_{a}(t) \odot (W_{aa} a(t))"),
        (outer(delta, before), r"\delta_{a}(t) a(t-1)^{\top}"),
        (outer(delta * a, before), r"(\delta_{a}(t) \odot a(t)) a(t-1)^{\top}"),
        (outer(a, delta + a), r"a(t) (\delta_{a}(t) + a(t))^{\top}"),
        (outer(y, -y), r"-y(t) y(t)^{\top}"),
        (outer(-y, -y), r"y(t) y(t)^{\top}"),
        (diag(y) - outer(y, y), r"\operatorname{diag}(y(t)) - y(t) y(t)^{\top}"),
        (diag(1 - a**2) @ W, r"\operatorname{diag}(1 - a(t)^{2}) W_{aa}"),
        (diag(constant(1, ("H",))), "I"),
        (constant(1, ("H",)), r"\mathbf{1}"),
        (constant(0, ("H",)), "0"),
        ((W @ diag(a)).T, r"(W_{aa} \operatorname{diag}(a(t)))^{\top}"),
        (-(target / y), r"-\frac{\hat{y}(t)}{y(t)}"),
        (-total(target * log(y)), r"-\hat{y}(t)^{\top} \log(y(t))"),
        (total(y), r"\mathbf{1}^{\top} y(t)"),
        (total(a * delta * before), r"\mathbf{1}^{\top} (\delta_{a}(t) \odot a(t-1) \odot a(t))"),
        (total(a**2), r"\Vert a(t) \Vert^{2}"),
        (total((y - target) ** 2) / 2, r"\frac{\Vert y(t) - \hat{y}(t) \Vert^{2}}{2}"),
        (s * a, "s(t) a(t)"),
        (2 * a, "2 a(t)"),
        (-a, "-a(t)"),
        (tanh(W @ a), r"\tanh(W_{aa} a(t))"),
        (exp(a), "e^{a(t)}"),
        (sigmoid(a) * a, r"\sigma(a(t)) \odot a(t)"),
        (softmax(y), r"\operatorname{softmax}(y(t))"),
        (partial(a, before), r"\frac{\partial a(t)}{\partial a(t-1)}"),
        (partial(a, before, True).T @ a, r"\left(\frac{\partial^{+} a(t)}{\partial a(t-1)}\right)^{\top} a(t)"),
        (total_over(outer(delta, x)), r"\sum_{t=1}^{T} \delta_{a}(t) x(t)^{\top}"),
        (total_over(y - target), r"\sum_{t=1}^{T} (y(t) - \hat{y}(t))"),
        (Parameter(("H",), "b_a"), "b_{a}"),
    ],
)
def test_arrays(expression, written):
    assert latex(expression) == written
    tree(latex(expression), True)


def test_entries_of_arrays_and_matrices():
    sizes = {"H": 2, "V": 2}
    assert latex(symbols(a.at(3), sizes)[1]) == "a_{2}(3)"
    assert latex(symbols(W, sizes)[1]) == "(w_{aa})_{1,2}"
    assert latex(symbols(s, sizes)[0]) == "s(t)"
    assert latex(symbols(delta, sizes)[0]) == r"(\delta_{a})_{1}(t)"
    assert latex(sympy.Matrix([symbols(a, sizes)])).count("a_{") == 2


def test_equalities_are_a_line_for_each_side():
    chain = equality(a_(1), w, w, b)
    assert lines(chain) == ("a(1) = w_{aa}", "= b_{a}") and latex(chain) == "a(1) = w_{aa} = b_{a}"
    assert lines(Equality(w, (b,), assigns=True)) == (r"w_{aa} \leftarrow b_{a}",)
    assert lines(Equality(w, (b, w), where=sympy.Le(k, m)))[1] == r"= w_{aa} \quad \text{if } k \leq m"
    assert lines(Equation("a", tanh(before))) == (r"a(t) = \tanh(a(t-1))",)


def test_an_array_without_a_notation_is_refused():
    with pytest.raises(TypeError, match="no notation"):
        latex(Array(("H",)))


def test_as_written_nothing_is_cancelled_and_doit_does():
    product = Times(-y_(1) / a_(1), a_(1) * (1 - a_(1)), w)
    assert latex(product) == r"-\frac{y(1)}{a(1)} a(1) (1 - a(1)) w_{aa}"
    assert product.doit() == -y_(1) * (1 - a_(1)) * w
    assert Plus(w, -w) != 0 and Plus(w, -w).doit() == 0
    assert Partial(w, b) != 0 and Partial(w, b).doit() == Partial(w, b)
    assert Times(w) == w and Plus(b) == b


def test_a_sign_stays_in_front_of_a_sum():
    kept = signed(sympy.S.NegativeOne, 1 - y_(t))
    assert latex(kept) == "-(1 - y(t))" and split(kept) == (-1, 1 - y_(t))
    assert signed(sympy.S.One, 1 - w) == 1 - w and signed(sympy.S(-1), w) == -w and split(-w) == (-1, w)


letters = st.sampled_from([sympy.Symbol(letter) for letter in "abcxyz"])
numbers = st.sampled_from([sympy.S.One, sympy.S(2), sympy.S(-3), sympy.S.NegativeOne])
indexed = st.sampled_from([sympy.Function(letter)(sympy.Symbol("n")) for letter in "fg"])


def over(inner):
    """Expressions of expressions, both computed and as written."""
    pair = st.tuples(inner, inner)
    total_ = st.builds(
        lambda body, sign: sign(body, (sympy.Symbol("n"), 1, sympy.Symbol("b"))),
        st.builds(lambda f, e: f * e, indexed, inner),
        st.sampled_from([sympy.Sum, sympy.Product]),
    )
    return st.one_of(
        pair.map(lambda p: p[0] + p[1]),
        pair.map(lambda p: p[0] - p[1]),
        pair.map(lambda p: p[0] * p[1]),
        pair.map(lambda p: p[0] / (1 + p[1] ** 2)),
        pair.map(lambda p: Times(*p)),
        pair.map(lambda p: Plus(*p)),
        inner.map(lambda e: Times(-1, e)),
        inner.map(lambda e: e**2),
        inner.map(sympy.tanh),
        inner.map(sympy.exp),
        total_,
    )


@settings(max_examples=40)
@given(expression=st.recursive(letters | numbers, over, max_leaves=6))
def test_what_is_printed_reads_back(expression, second_reader, evaluated):
    printed = latex(expression)
    read = second_reader(printed)
    assert sympy.expand(evaluated(read) - evaluated(expression)) == 0, printed


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("sub", r"h_{t} = \tanh(\text{net}_{h,t})"),
        ("paren", r"h(t) = \tanh(\text{net}_{h}(t))"),
        ("sup", r"h^{(t)} = \tanh(\text{net}_{h}^{(t)})"),
        ("angle", r"h^{\langle t \rangle} = \tanh(\text{net}_{h}^{\langle t \rangle})"),
    ],
)
def test_a_network_is_written_in_the_letters_of_a_page(style, shown):
    with using(Letters({"a": "h", "W_aa": "W"}, style)):
        assert latex(elman().equation("a")) == shown
    assert latex(elman().equation("a")) == r"a(t) = \tanh(\text{net}a(t))"


@pytest.mark.parametrize("style", list(STEPS))
def test_no_page_has_two_scripts_in_one_place(style):
    derived = adjoints(elman())
    names = {"a": "h", "y": r"\hat{y}", "net_y": "o_y", "W_aa": "W^{h}"}
    with using(Letters(names, style)):
        for equation in (*elman().equations, *derived.equations):
            tree(latex(equation), True)  # a second script in one place is refused
        squared = latex(elman().equation("a").value ** 2)
        assert squared.startswith(r"(h^") == (style in RAISED)
