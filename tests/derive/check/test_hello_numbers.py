"""The key verdicts on the notes of HELLO once more, by a route that shares nothing with the package.

A forward pass of its own in NumPy, differentiated by the complex step. An assumption about derivatives is made by
freezing, at their values, the quantities through which nothing shall flow. What needs one is false without it.
"""

import numpy as np
import pytest

STEP = 1e-30


class Net:
    """The network of the notes in NumPy, with weights of order one.

    `parameters` may be complex. What is frozen keeps the values of `base`: 'past' freezes a(t-1) where a(t) reads it,
    'paths' freezes a(t) where the logits other than the target's read it.
    """

    def __init__(self, hidden, inputs, targets, seed=0, parameters=None, frozen=(), base=None):
        self.hidden, self.inputs, self.targets = hidden, inputs, targets
        if parameters is None:
            rng = np.random.default_rng(seed)
            shapes = {"aa": (hidden, hidden), "ax": (hidden, 4), "ba": (hidden,), "ya": (4, hidden), "by": (4,)}
            parameters = {name: rng.uniform(-1.2, 1.2, shape) for name, shape in shapes.items()}
        self.parameters = p = parameters
        start = np.linspace(0.3, 0.8, hidden)
        self.a, self.net, self.y, self.L = [start], [None], [None], [None]
        for t, (letter, target) in enumerate(zip(inputs, targets, strict=True), start=1):
            before = base.a[t - 1] if "past" in frozen else self.a[t - 1]
            self.a.append(np.tanh(p["aa"] @ before + p["ax"][:, letter] + p["ba"]))
            net = p["ya"] @ self.a[t] + p["by"]
            if "paths" in frozen:
                others = np.arange(4) != target
                net[others] = (p["ya"] @ base.a[t] + p["by"])[others]
            self.net.append(net)
            self.y.append(np.exp(net) / np.exp(net).sum())
            self.L.append(-np.log(self.y[t][target]))

    def shifted(self, name, place, frozen):
        parameters = {key: value.astype(complex) for key, value in self.parameters.items()}
        parameters[name][place] += 1j * STEP
        return Net(self.hidden, self.inputs, self.targets, parameters=parameters, frozen=frozen, base=self)

    def gradient(self, name, of=None, frozen=()):
        """d of(net)/dθ, entry by entry; of the whole loss by default."""
        of = of or (lambda net: sum(net.L[1:]))
        shape = self.parameters[name].shape
        columns = {place: np.asarray(of(self.shifted(name, place, frozen))).imag / STEP for place in np.ndindex(shape)}
        inner = columns[(0,) * len(shape)].shape
        result = np.empty(inner + shape)
        for place, column in columns.items():
            result[(..., *place)] = column
        return result

    def carried(self, t):
        """∂a(t)/∂a(t-1)."""
        return (1 - self.a[t] ** 2)[:, None] * self.parameters["aa"]

    def back(self, t):
        """∂L(t)/∂a(t), of which the notes keep the first factor: ∂L/∂net of the target unit times its row."""
        delta = self.y[t] - np.eye(4)[self.targets[t - 1]]
        return delta @ self.parameters["ya"]

    def lost(self, t):
        """-(1 - y(t)) of the target unit."""
        return -(1 - self.y[t][self.targets[t - 1]])

    def row(self, t):
        """The target's row of w_ya."""
        return self.parameters["ya"][self.targets[t - 1]]


HELL, ELLO = (0, 1, 2, 2), (1, 2, 2, 3)
STEPS = range(1, 5)


def close(left, right):
    return np.allclose(left, right, rtol=1e-10, atol=1e-12)


@pytest.fixture(scope="module", params=[0, 1])
def net(request):
    return Net(3, HELL, ELLO, seed=request.param)


@pytest.fixture(scope="module", params=[0, 1])
def one(request):
    """A single hidden unit."""
    return Net(1, HELL, ELLO, seed=request.param)


def test_output_weights_at_one_step_the_target_row_only(net):
    """Blocks 9, 10."""
    for t in STEPS:
        gradient = net.gradient("ya", lambda n, t=t: n.L[t])
        target = ELLO[t - 1]
        assert close(gradient[target], net.lost(t) * net.a[t])
        for other in set(range(4)) - {target}:
            assert close(gradient[other], net.y[t][other] * net.a[t]) and not close(gradient[other], 0)


def test_output_weights_in_all_one_row_needs_one_target(net):
    """Blocks 11, 12."""
    claimed = sum(net.lost(t) * net.a[t] for t in STEPS)
    assert not any(close(row, claimed) for row in net.gradient("ya"))
    same = Net(3, HELL, (2, 2, 2, 2))
    gradient = same.gradient("ya")
    assert close(gradient[2], sum(same.lost(t) * same.a[t] for t in STEPS))
    assert not close(gradient[1], gradient[2])


def test_output_bias(net):
    """Blocks 16 to 20."""
    for t in STEPS:
        gradient = net.gradient("by", lambda n, t=t: n.L[t])
        assert close(gradient[ELLO[t - 1]], net.lost(t))
        assert not close(gradient[(ELLO[t - 1] + 1) % 4], net.lost(t))
    assert not any(close(entry, sum(net.lost(t) for t in STEPS)) for entry in net.gradient("by"))
    same = Net(3, HELL, (2, 2, 2, 2))
    assert close(same.gradient("by")[2], sum(same.lost(t) for t in STEPS))


def test_the_side_note_lacks_a_factor(one):
    """Block 23: ∂net_y(1)/∂W = ∂a(1)/∂W, even for one output unit and one hidden unit."""
    inner = one.gradient("aa", lambda n: n.a[1])
    outer = one.gradient("aa", lambda n: n.net[1])
    assert close(outer, np.einsum("oh,hij->oij", one.parameters["ya"], inner))
    assert not any(close(outer[unit], inner[0]) for unit in range(4))


def test_the_first_partial_is_direct_and_the_last_total(net):
    """Blocks 25 to 30: da(3)/dW = ∂⁺a(3)/∂W + ∂a(3)/∂a(2) da(2)/dW, and so on down."""
    total = [None, *(net.gradient("aa", lambda n, t=t: n.a[t]) for t in STEPS)]
    direct = [None, *(net.gradient("aa", lambda n, t=t: n.a[t], frozen=("past",)) for t in STEPS)]
    for t in (2, 3):
        carried = np.einsum("hk,kij->hij", net.carried(t), total[t - 1])
        assert close(total[t], direct[t] + carried)
        assert not close(total[t], total[t] + carried)
    thrice = direct[3] + np.einsum(
        "hk,kij->hij", net.carried(3), direct[2] + np.einsum("hk,kij->hij", net.carried(2), direct[1])
    )
    assert close(total[3], thrice)
    assert close(net.gradient("aa", lambda n: n.L[3]), np.einsum("h,hij->ij", net.back(3), thrice))


def test_the_doubled_factor(one):
    """Block 29, where the products make sense at all: with one hidden unit."""
    total = {t: one.gradient("aa", lambda n, t=t: n.a[t])[0] for t in STEPS}
    direct = {t: one.gradient("aa", lambda n, t=t: n.a[t], frozen=("past",))[0] for t in STEPS}
    right = one.back(3)[0] * (direct[3] + one.carried(3)[0, 0] * total[2])
    doubled = one.back(3)[0] * (direct[3] + one.carried(3)[0, 0] * direct[2] * total[2])
    gradient = one.gradient("aa", lambda n: n.L[3])
    assert close(gradient, right) and not close(gradient, doubled)


def path_sum(net, first, factor):
    """Σ_i Σ_k first(i) Π_{m=k+1}^{i} ∂a(m)/∂a(m-1) factor(k)."""
    found = 0
    for i in STEPS:
        row = first(i)
        for k in range(i, 0, -1):
            found = found + np.tensordot(row, factor(k), axes=1)
            row = row @ net.carried(k)
    return found


def test_the_double_sum_needs_the_direct_partial(net):
    """Block 47."""
    direct = {t: net.gradient("aa", lambda n, t=t: n.a[t], frozen=("past",)) for t in STEPS}
    total = {t: net.gradient("aa", lambda n, t=t: n.a[t]) for t in STEPS}
    gradient = net.gradient("aa")
    assert close(gradient, path_sum(net, net.back, direct.get))
    assert not close(gradient, path_sum(net, net.back, total.get))


def test_the_softmax_derivative_is_not_its_diagonal(net):
    """Block 48."""
    y = net.y[2]
    jacobian = np.empty((4, 4))
    for j in range(4):
        shifted = net.net[2].astype(complex)
        shifted[j] += 1j * STEP
        jacobian[:, j] = (np.exp(shifted) / np.exp(shifted).sum()).imag / STEP
    assert close(np.diag(jacobian), y * (1 - y))
    assert not close(jacobian, np.diag(y * (1 - y)))


def test_the_factors_of_the_double_sum(net, one):
    """Block 49: the second needs a single hidden unit; with more, the Jacobian has three axes."""
    for k in STEPS:
        direct = one.gradient("aa", lambda n, k=k: n.a[k], frozen=("past",))
        assert close(direct.squeeze(), (one.a[k - 1] * (1 - one.a[k] ** 2)).squeeze())
        wide = net.gradient("aa", lambda n, k=k: n.a[k], frozen=("past",))
        assert close(wide, np.einsum("hi,h,j->hij", np.eye(3), 1 - net.a[k] ** 2, net.a[k - 1]))
    assert not close(one.gradient("aa", lambda n: n.a[3]).squeeze(), (one.a[2] * (1 - one.a[3] ** 2)).squeeze())


def test_the_closed_double_sum_needs_a_single_path(one):
    """Block 50."""
    claimed = path_sum(
        one, lambda i: one.lost(i) * one.row(i), lambda k: (one.a[k - 1] * (1 - one.a[k] ** 2))[:, None, None]
    )
    assert close(one.gradient("aa", frozen=("paths",)), claimed)
    assert not close(one.gradient("aa"), claimed)


def hidden_bias(net, t, squash=lambda a: a):
    """-(1 - y(t)) w_ya (1 - a(t)²), or with tanh(a(t)) for a(t)."""
    return net.lost(t) * net.row(t) * (1 - squash(net.a[t]) ** 2)


ALL = ("past", "paths")


@pytest.mark.parametrize("frozen", [(), ("past",), ("paths",)])
def test_the_hidden_bias_needs_both_assumptions(net, frozen):
    """Blocks 55 to 58: nothing flows through time, and through the target unit alone."""
    claimed = sum(hidden_bias(net, t) for t in STEPS)
    assert close(net.gradient("ba", frozen=ALL), claimed)
    assert not close(net.gradient("ba", frozen=frozen), claimed)
    for t in (2, 3, 4):
        assert close(net.gradient("ba", lambda n, t=t: n.L[t], frozen=ALL), hidden_bias(net, t))
        assert not close(net.gradient("ba", lambda n, t=t: n.L[t], frozen=frozen), hidden_bias(net, t))


@pytest.mark.parametrize("frozen", [(), ("past",), ("paths",), ALL])
def test_tanh_of_the_activated_value_fits_nothing(net, frozen):
    """Blocks 55 to 57."""
    assert not close(net.gradient("ba", frozen=frozen), sum(hidden_bias(net, t, np.tanh) for t in STEPS))
    assert not close(net.gradient("ba", lambda n: n.L[1], frozen=frozen), hidden_bias(net, 1, np.tanh))


def test_the_chain_for_the_hidden_bias_holds_with_the_total_partial(net):
    """Block 54."""
    total = net.gradient("ba", lambda n: n.a[3])
    direct = net.gradient("ba", lambda n: n.a[3], frozen=("past",))
    gradient = net.gradient("ba", lambda n: n.L[3])
    assert close(gradient, net.back(3) @ total) and not close(gradient, net.back(3) @ direct)


@pytest.mark.parametrize("frozen", [(), ("past",), ("paths",)])
def test_the_input_weights_need_both_assumptions(net, frozen):
    """Blocks 62 to 66."""

    def term(t):
        return np.outer(hidden_bias(net, t), np.eye(4)[HELL[t - 1]])

    claimed = sum(term(t) for t in STEPS)
    assert close(net.gradient("ax", frozen=ALL), claimed)
    assert not close(net.gradient("ax", frozen=frozen), claimed)
    assert close(net.gradient("ax", lambda n: n.L[3], frozen=ALL), term(3))


def test_the_lost_sign(net):
    """Block 64."""
    summed = sum(net.gradient("ax", lambda n, t=t: n.L[t]) for t in STEPS)
    assert close(net.gradient("ax"), summed) and not close(net.gradient("ax"), -summed)
