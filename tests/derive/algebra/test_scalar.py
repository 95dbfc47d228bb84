"""The scalar form: equal to the network's own gradients exactly where its assumptions hold."""

from dataclasses import replace

import pytest
import sympy
from sympy.core.function import AppliedUndef

from derive.algebra.array import Value, softmax, t, tanh
from derive.algebra.edits import single_path
from derive.algebra.model import Equation, elman
from derive.algebra.scalar import ScalarForm, T, at, eta, loss, scalar
from derive.algebra.unroll import unroll
from derive.algebra.written import Partial, Plus, Times
from derive.kernel.exact import PRIME

SIZES = {"H": 1, "V": 3}
STEPS = 3
FORM = ScalarForm(elman())
PARAMETERS = ["W_ya", "b_y", "W_aa", "b_a", "W_ax"]
RECURRENT = ["W_aa", "b_a", "W_ax"]


def written_out(expression, steps):
    """The expression with every Σ and Π multiplied out for T = `steps`, the outermost first."""
    expression = expression.xreplace({T: sympy.Integer(steps)})
    if isinstance(expression, sympy.Sum | sympy.Product):
        *inner, (index, lower, upper) = expression.limits
        body = expression.func(expression.function, *inner) if inner else expression.function
        terms = [
            written_out(body.xreplace({index: sympy.Integer(n)}), steps) for n in range(int(lower), int(upper) + 1)
        ]
        return (sympy.Add if isinstance(expression, sympy.Sum) else sympy.Mul)(*terms)
    if not expression.args or isinstance(expression, AppliedUndef):
        return expression
    kind = {Times: sympy.Mul, Plus: sympy.Add}.get(expression.func, expression.func)
    return kind(*(written_out(arg, steps) for arg in expression.args))


@pytest.fixture
def number(residue, backward_point):
    """A function from a scalar expression to its residue at a point: one hidden unit, the first output unit the target
    at every step, the second letter the input whose weight w_ax is."""
    graph = unroll(elman(), STEPS)
    target = {Value(("V",), "target", sympy.Integer(s), one_hot=True): [1, 0, 0] for s in range(1, STEPS + 1)}

    def gradient(parameter, edit, losses=None):
        point, derived = backward_point(graph, SIZES, seed=0, values=target, edit=edit, losses=losses)
        return point.evaluate(derived.gradient(parameter))[1 if parameter == "W_ax" else 0]

    point, _ = backward_point(graph, SIZES, seed=0, values=target)

    def of(expression, steps=STEPS):
        expression = written_out(expression, steps)
        atoms = expression.atoms(AppliedUndef) | expression.free_symbols
        values = {}
        for atom in atoms:
            called = atom.func.__name__ if isinstance(atom, AppliedUndef) else atom.name
            leaf = next((e.value for e in elman().equations if e.name == called), None)
            leaf = leaf or next(v for v in (*elman().inputs, *elman().parameters) if v.name == called)
            leaf = leaf.at(atom.args[0]) if isinstance(atom, AppliedUndef) else leaf
            values[atom] = point.value(leaf)[1 if called in ("x", "W_ax") else 0]
        plain = {atom: sympy.Symbol(f"p{n}", real=True) for n, atom in enumerate(values)}
        return residue(expression.xreplace(plain), point.field, {plain[a]: v for a, v in values.items()})

    of.gradient = gradient
    return of


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_closed_form_is_exact_for_one_target_and_its_error_alone(parameter, number):
    found = number(FORM.gradient(parameter).closed.sides[-1])
    assert found == number.gradient(parameter, single_path(elman()))
    exactly = number.gradient(parameter, lambda equation, leaf, adjoint: adjoint)
    assert (found == exactly) == (parameter in ("W_ya", "b_y"))  # only these need no single path


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_each_step_is_exact_under_the_same_assumptions(parameter, number):
    for step in range(1, STEPS + 1):
        found = number(FORM.gradient(parameter).at_step(step).sides[-1])
        assert found == number.gradient(parameter, single_path(elman()), frozenset([step]))


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_steps_add_up_to_the_closed_form(parameter, number):
    gradient = FORM.gradient(parameter)
    steps = [number(gradient.at_step(step).sides[-1]) for step in range(1, STEPS + 1)]
    assert sum(steps) % PRIME == number(gradient.closed.sides[-1])


def partials(expression, known):
    """The expression with what each ∂u/∂v is."""
    return expression.xreplace({p: known[p] for p in expression.atoms(Partial) if p in known})


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_side_of_a_step_is_the_same_number(parameter, number):
    """In brackets, as a sum over paths, and substituted."""
    gradient = FORM.gradient(parameter)
    for step in range(1, STEPS + 1):
        factors = [f.at(s) for s in range(1, step + 1) for f in (*gradient.chain, gradient.recurrence) if f]
        known = {factor.partial: factor.value for factor in factors}
        sides = [number(partials(side, known)) for side in gradient.at_step(step).sides]
        assert len(set(sides)) == 1


@pytest.mark.parametrize("parameter", RECURRENT)
def test_the_named_double_sum_is_the_substituted_one(parameter, number):
    gradient = FORM.gradient(parameter)
    named, substituted = gradient.closed.sides
    every = [f.at(s) for s in range(1, STEPS + 1) for f in (*gradient.chain, gradient.recurrence)]
    whole = partials(written_out(named, STEPS), {f.partial: f.value for f in every})
    assert number(whole) == number(substituted)


@pytest.mark.parametrize("parameter", RECURRENT)
def test_the_recursion_unrolls_into_the_sum_over_uses(parameter):
    gradient = FORM.gradient(parameter)
    head, [side] = gradient.recursion.head, gradient.recursion.sides
    total = at(side, 3)
    for step in (2, 1):
        total = total.xreplace({at(head, step): at(side, step)})
    total = total.xreplace({at(head, 0): sympy.S.Zero})  # a(0) does not depend on θ
    bracket = gradient.at_step(3).sides[0].args[-1]
    assert sympy.expand(total.doit()) == sympy.expand(bracket.doit())


def test_the_factors_of_the_notes():
    y, target, a, x = (sympy.Function(n, real=True)(t) for n in ("y", "target", "a", "x"))
    w_aa, w_ya = sympy.Symbol("W_aa", real=True), sympy.Symbol("W_ya", real=True)
    before = a.subs(t, t - 1)
    values = {f.head: f.sides[0] for p in PARAMETERS for f in FORM.gradient(p).factors}
    assert sorted(values.values(), key=str) == sorted(
        [
            -target / y,
            y * (1 - y),
            w_ya,
            a,
            sympy.S.One,
            at(w_aa * (1 - a**2), sympy.Symbol("m", integer=True, positive=True)),
            before * (1 - a**2),
            1 - a**2,
            x * (1 - a**2),
        ],
        key=str,
    )


def test_direct_and_total_derivatives_are_told_apart():
    gradient = FORM.gradient("W_aa")
    assert gradient.use.partial.direct and not gradient.chain_rule.sides[0].args[-1].direct
    assert gradient.use.partial != gradient.recursion.head
    assert not any(factor.partial.direct for factor in FORM.gradient("W_ya").chain)


def test_the_definitions():
    a, x, y = (sympy.Function(n, real=True) for n in ("a", "x", "y"))
    w_aa, w_ax, b_a = sympy.symbols("W_aa W_ax b_a", real=True)
    assert FORM.definition("a").sides == (sympy.tanh(w_aa * a(t - 1) + w_ax * x(t) + b_a),)
    assert FORM.definition("L").sides == (-sympy.Function("target", real=True)(t) * sympy.log(y(t)),)
    assert FORM.definition("y").sides[0].atoms(sympy.Sum)
    assert FORM.total(2).head == loss and len(FORM.total(2).sides) == 2 and len(FORM.total().sides) == 1


def test_the_update_goes_against_the_gradient():
    for parameter in PARAMETERS:
        gradient = FORM.gradient(parameter)
        rule, substituted = gradient.change.sides
        assert rule == -eta * gradient.whole
        assert sympy.expand(written_out(substituted, 2) + eta * written_out(gradient.closed.sides[-1], 2)) == 0
        assert gradient.update.assigns


def test_a_softmax_inside_something_has_no_scalar_form():
    with pytest.raises(ValueError, match="softmax"):
        scalar(tanh(softmax(Value(("V",), "z", t))))


def test_two_paths_within_a_step_are_no_chain():
    model = elman()
    net_y = model.equation("net_y")
    doubled = Equation("net_y", net_y.expression + model.parameter("W_ya") @ model.equation("net_a").value)
    equations = tuple(doubled if equation == net_y else equation for equation in model.equations)
    form = ScalarForm(replace(model, equations=equations))
    assert form.gradient("b_y").chain
    with pytest.raises(ValueError, match="elman has 2 paths from L"):
        _ = form.gradient("b_a").chain


def test_a_gated_network_has_no_single_recurrence(gru):
    form = ScalarForm(gru, frozenset())
    with pytest.raises(ValueError, match="several paths"):
        _ = form.gradient("U_c").recurrence
