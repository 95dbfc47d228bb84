"""The gradients: deltas, paths, sums of Jacobians, SymPy on the substituted loss, differences and JAX all agree."""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from derive.algebra.array import Value, at_step, t
from derive.algebra.chain import adjoints, backward, delta, double_sum, edges, exact, paths
from derive.algebra.entries import adjoint_definitions, definitions, expand, matrix, symbols
from derive.algebra.model import elman
from derive.algebra.pullback import pullback
from derive.algebra.unroll import unroll
from derive.algebra.values import Network
from derive.kernel.exact import PRIME, Residues

T = sympy.Symbol("T")


@pytest.fixture(params=["elman", "mean", "gru"])
def model(request, gru):
    """The network of the notes, the same with a mean loss, and a gated one."""
    return {"elman": elman(), "mean": elman(scale=1 / T), "gru": gru}[request.param]


def one_hot(graph, sizes):
    """Numbers for the entries of the targets, each at another unit."""
    numbers = {}
    for step in range(1, graph.steps + 1):
        entries = symbols(Value(("V",), "target", sympy.Integer(step)), sizes)
        numbers |= {entry: sympy.Integer(unit == step % len(entries)) for unit, entry in enumerate(entries)}
    return numbers


def test_expanded_gradients_equal_sympy_on_the_substituted_loss(model, residue):
    sizes, graph = {"H": 1, "V": 2}, unroll(model, 2)
    derived, forward = backward(graph), definitions(graph, sizes)
    named, targets = [*forward, *adjoint_definitions(derived, sizes)], one_hot(graph, sizes)
    scale = model.scale.subs(T, graph.steps)
    losses = sympy.Add(*(symbols(value, sizes)[0] for value in graph.losses))
    whole = scale * expand(losses, forward).xreplace(targets)
    for parameter in model.parameters:
        for entry, gradient in zip(
            symbols(parameter, sizes), matrix(derived.gradient(parameter.name), sizes), strict=True
        ):
            full = expand(gradient, named).xreplace(targets)
            for seed in range(2):
                assert residue(full, Residues(seed)) == residue(whole.diff(entry), Residues(seed)), entry


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_each_term_by_deltas_by_paths_and_by_jacobians(model, steps, backward_point):
    sizes, graph = {"H": 2, "V": 3}, unroll(model, steps)
    for i in range(1, steps + 1):
        point, derived = backward_point(graph, sizes, seed=i, losses=frozenset([i]))
        loss = graph.losses[i - 1]
        for parameter in model.parameters:
            by_paths = double_sum(graph, parameter.name)
            for k, by_deltas in derived.terms[parameter.name].items():
                value = point.evaluate(by_deltas)
                assert value == point.evaluate(by_paths[i, k])
                assert value == point.total(parameter, use=k)[loss][0]
            past = {k for source, k in by_paths if source == i}
            assert past == {k for k, term in derived.terms[parameter.name].items() if not term.is_zero}


def test_the_gradient_is_the_scaled_sum_of_its_terms(model, backward_point):
    sizes, graph = {"H": 2, "V": 3}, unroll(model, 3)
    point, derived = backward_point(graph, sizes, seed=0)
    scale = point.field.number(sympy.sympify(model.scale).subs(T, 3))
    for parameter in model.parameters:
        terms = [point.evaluate(term) for term in double_sum(graph, parameter.name).values()]
        summed = [scale * sum(entries) % PRIME for entries in zip(*terms, strict=True)]
        assert point.evaluate(derived.gradient(parameter.name)) == summed


def test_every_adjoint_is_the_derivative_of_the_loss_through_every_path(model, backward_point):
    sizes, graph = {"H": 2, "V": 3}, unroll(model, 3)
    point, derived = backward_point(graph, sizes, seed=3)
    scale = point.field.number(sympy.sympify(model.scale).subs(T, 3))
    for value in graph.values:
        if delta(value) in derived.adjoints:
            losses = [point.total(value)[loss][0] for loss in graph.losses if loss in point.total(value)]
            summed = [scale * sum(entries) % PRIME for entries in zip(*losses, strict=True)]
            assert point.value(delta(value)) == summed


def test_the_backward_pass_is_derived_once_and_renamed(model):
    """Independent of T: the equations at step 2 of 4 are the generic ones with t = 2."""
    derived, graph = adjoints(model), unroll(model, 4)
    run = backward(graph)
    for equation in derived.equations:
        generic = derived.seeded(equation.expression, model.scale.subs(T, 4))
        assert run.adjoints[equation.value.at(2)] == at_step(generic, 2)


def test_the_adjoints_are_those_of_the_books():
    a, y, target = Value(("H",), "a", t), Value(("V",), "y", t), Value(("V",), "target", t, one_hot=True)
    net_a, net_y = Value(("H",), "delta_net_a", t), Value(("V",), "delta_net_y", t)
    w_aa, w_ya = elman().parameter("W_aa"), elman().parameter("W_ya")
    derived = adjoints(elman())
    assert {e.name: derived.seeded(e.expression) for e in derived.equations} == {
        "delta_net_y": y - target,
        "delta_a": w_aa.T @ net_a.at(t + 1) + w_ya.T @ net_y,
        "delta_net_a": (1 - a**2) * delta(a),
    }
    assert derived.summands["b_a"] == net_a
    assert [path.values[-2].name for path in paths(unroll(elman(), 1), 1, "W_ax")] == ["net_a"]


def test_one_path_to_each_use_in_an_elman_network_and_more_in_a_gated_one(gru):
    assert [(p.source, p.target) for p in paths(unroll(elman(), 4), 4, "W_aa")] == [(4, 4), (4, 3), (4, 2), (4, 1)]
    found = [(p.source, p.target) for p in paths(unroll(gru, 2), 2, "U_c")]
    assert found.count((2, 2)) == 1 and found.count((2, 1)) == 4  # by the carried state, both gates and the candidate
    passed = {tuple(value.name for value in path.values) for path in paths(unroll(gru, 2), 2, "U_c")}
    assert ("L", "y", "net_y", "h", "h", "c", "U_c") in passed


def test_an_edit_that_changes_nothing_gives_the_same_edges(model):
    for equation in model.equations:
        seed = delta(equation.value)
        assert edges(equation, seed, exact) == pullback(equation, seed)


def test_a_gradient_without_a_use_is_zero():
    """At the last step alone nothing comes back, so that L(1) has no term at k = 2."""
    derived = backward(unroll(elman(), 2), losses=frozenset([1]))
    assert set(derived.terms["b_a"]) == {1}
    assert backward(unroll(elman(), 1)).gradient("W_aa").shape == ("H", "H")


class Floats:
    """Floating point as a field of the evaluator."""

    def number(self, value):
        return float(value)

    def add(self, terms):
        return sum(terms)

    def mul(self, factors):
        return np.prod(factors)

    def dot(self, left, right):
        return np.dot(left, right)

    def power(self, base, exponent):
        return base ** float(exponent)

    def argument(self, function):
        return self

    def apply(self, function, argument):
        return 1 / (1 + np.exp(-argument)) if function == "sigmoid" else getattr(np, function)(argument)


SIZES = {"H": 3, "V": 4}
LETTERS = [0, 1, 2, 2, 3]  # HELLO


def gru_loss(p, xp):
    """The loss of the gated network on a word, by hand, sharing nothing with `derive`; `xp` is NumPy or jax.numpy."""

    def sigmoid(u):
        return 1 / (1 + xp.exp(-u))

    h, loss = xp.zeros(SIZES["H"]), 0.0
    for letter, answer in pairwise(LETTERS):
        x = np.eye(SIZES["V"])[letter]
        z = sigmoid(p["W_z"] @ x + p["U_z"] @ h + p["b_z"])
        r = sigmoid(p["W_r"] @ x + p["U_r"] @ h + p["b_r"])
        c = xp.tanh(p["W_c"] @ x + p["U_c"] @ (r * h) + p["b_c"])
        h = (1 - z) * h + z * c
        logits = p["W_yh"] @ h + p["b_y"]
        loss = loss + xp.log(xp.sum(xp.exp(logits))) - logits[answer]
    return loss


@pytest.fixture
def gru_gradients(gru):
    """Parameters of order one, and the derived gradients at them in floating point."""
    rng = np.random.default_rng(0)
    parameters = {p.name: rng.normal(size=[SIZES[d] for d in p.shape]) for p in gru.parameters}
    graph = unroll(gru, len(LETTERS) - 1)
    derived, known = backward(graph), {}
    for parameter in gru.parameters:
        known[parameter] = list(parameters[parameter.name].ravel())
    for step, (letter, answer) in enumerate(pairwise(LETTERS), start=1):
        known[gru.inputs[0].at(step)] = list(np.eye(SIZES["V"])[letter])
        known[gru.inputs[1].at(step)] = list(np.eye(SIZES["V"])[answer])
    known[Value(("H",), "h", sympy.Integer(0))] = [0.0] * SIZES["H"]
    network = Network(graph, SIZES, Floats(), known.__getitem__)
    for value, expression in derived.adjoints.items():
        known[value] = network.evaluate(expression)
    gradients = {
        name: np.reshape(network.evaluate(derived.gradient(name)), value.shape) for name, value in parameters.items()
    }
    return parameters, gradients


def test_the_gated_network_agrees_with_the_complex_step(gru_gradients):
    parameters, gradients = gru_gradients
    for name, value in parameters.items():
        numeric = np.empty_like(value)
        for index in np.ndindex(value.shape):
            moved = value.astype(complex)
            moved[index] += 1e-30j
            numeric[index] = gru_loss({**parameters, name: moved}, np).imag / 1e-30
        assert np.abs(gradients[name] - numeric).max() <= 1e-12 * np.abs(numeric).max()


def test_the_gated_network_agrees_with_jax(gru_gradients, require):
    jax = require("jax")
    parameters, gradients = gru_gradients
    automatic = jax.grad(lambda p: gru_loss(p, jax.numpy))(parameters)
    for name, value in gradients.items():
        assert np.abs(value - automatic[name]).max() <= 1e-4 * np.abs(value).max()  # JAX computes in single precision
