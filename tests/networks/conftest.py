"""Networks of many forms, each with its loss written by hand in NumPy, which the complex step differentiates."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import sympy

from derive.algebra.array import Parameter, Value, last, log, relu, sigmoid, softmax, softplus, t, tanh, total
from derive.algebra.model import Equation, Model, elman

STEP = 1e-100
T = sympy.Symbol("T")


def value(name, *shape, step=t, one_hot=False):
    return Value(shape, name, step, one_hot)


def parameters(**shapes):
    return {name: Parameter(tuple(shape), name) for name, shape in shapes.items()}


def soft(u):
    powers = np.exp(u - u.real.max())
    return powers / powers.sum()


def logistic(u):
    return 1 / (1 + np.exp(-u))


def rectified(u):
    return u * (u.real > 0)


def cross_entropy(target, u):
    return -(target * np.log(soft(u))).sum()


def binary(target, u):
    y = logistic(u)
    return -(target * np.log(y) + (1 - target) * np.log(1 - y)).sum()


@dataclass
class Network:
    """A model, sizes, and its loss by hand: `loss(p, d, s)` of parameters, inputs and states by name (zero by default,
    `s["h_0"]`)."""

    model: Model
    loss: Callable
    sizes: dict
    states: dict

    def point(self, seed=0):
        """Random parameters and inputs."""
        generator = np.random.default_rng(seed)
        given = {p.name: generator.uniform(-1, 1, [self.size(d) for d in p.shape]) for p in self.model.parameters}
        inputs = {v.name: self.data(generator, v) for v in self.model.inputs}
        return given, inputs

    def size(self, dimension):
        return int(dimension) if dimension.isdigit() else self.sizes[dimension]

    def data(self, generator, value):
        steps = [] if value.step == last else [self.sizes["T"]]
        shape = [self.size(d) for d in value.shape]
        if value.one_hot:
            return np.eye(*shape)[generator.integers(0, shape[0], steps)]
        return generator.random([*steps, *shape])

    def start(self, seed=None):
        """The states beyond the first step and the last: zero, or random."""
        generator = np.random.default_rng(seed)
        shapes = {name: [self.size(d) for d in shape] for name, shape in self.states.items()}
        return {n: np.zeros(s) if seed is None else generator.uniform(-1, 1, s) for n, s in shapes.items()}

    def expected(self, given, inputs, start=None):
        """The loss, and its gradients by the complex step."""
        start = self.start() if start is None else start

        def stepped(table, name):
            gradient = np.empty(np.shape(table[name]))
            for index in np.ndindex(gradient.shape):
                moved = np.array(table[name], complex)
                moved[index] += 1j * STEP
                tables = [{**one, name: moved} if one is table else one for one in (given, start)]
                gradient[index] = self.loss(tables[0], inputs, tables[1]).imag / STEP
            return gradient

        loss = float(np.real(self.loss(given, inputs, start)))
        return loss, {name: stepped(given, name) for name in given}, {name: stepped(start, name) for name in start}


def elman_network():
    def loss(p, d, s):
        a, summed = s["a_0"], 0
        for x, target in zip(d["x"], d["target"], strict=True):
            a = np.tanh(p["W_aa"] @ a + p["W_ax"] @ x + p["b_a"])
            summed += cross_entropy(target, p["W_ya"] @ a + p["b_y"])
        return summed / len(d["x"])

    return Network(elman(1 / T), loss, {"H": 3, "V": 4, "T": 5}, {"a_0": ("H",)})


def gru():
    p = parameters(**{f"{m}_{g}": s for g in "zrc" for m, s in {"W": "HV", "U": "HH", "b": "H"}.items()}, V="VH", c="V")
    x, target = value("x", "V", one_hot=True), value("target", "V", one_hot=True)
    z, r, n, h, y = value("z", "H"), value("r", "H"), value("n", "H"), value("h", "H"), value("y", "V")
    before = h.at(t - 1)
    model = Model(
        "gru",
        (x, target),
        tuple(p.values()),
        (
            Equation("z", sigmoid(p["W_z"] @ x + p["U_z"] @ before + p["b_z"])),
            Equation("r", sigmoid(p["W_r"] @ x + p["U_r"] @ before + p["b_r"])),
            Equation("n", tanh(p["W_c"] @ x + p["U_c"] @ (r * before) + p["b_c"])),
            Equation("h", (1 - z) * before + z * n),
            Equation("y", softmax(p["V"] @ h + p["c"])),
            Equation("L", -total(target * log(y))),
        ),
    )

    def loss(p, d, s):
        h, summed = s["h_0"], 0
        for x, target in zip(d["x"], d["target"], strict=True):
            z = logistic(p["W_z"] @ x + p["U_z"] @ h + p["b_z"])
            r = logistic(p["W_r"] @ x + p["U_r"] @ h + p["b_r"])
            n = np.tanh(p["W_c"] @ x + p["U_c"] @ (r * h) + p["b_c"])
            h = (1 - z) * h + z * n
            summed += cross_entropy(target, p["V"] @ h + p["c"])
        return summed

    return Network(model, loss, {"H": 3, "V": 4, "T": 5}, {"h_0": ("H",)})


def lstm():
    """With peepholes: the gates see the cell."""
    gates = {f"{m}_{g}": s for g in "ifog" for m, s in {"W": "HV", "U": "HH", "b": "H"}.items()}
    p = parameters(**gates, p_i="H", p_f="H", p_o="H", V="VH")
    x, target = value("x", "V"), value("target", "V", one_hot=True)
    i, f, o, g, c, h, y = (value(name, "V" if name == "y" else "H") for name in "ifogchy")

    def gate(name, extra):
        return p[f"W_{name}"] @ x + p[f"U_{name}"] @ h.at(t - 1) + p[f"b_{name}"] + extra

    model = Model(
        "lstm",
        (x, target),
        tuple(p.values()),
        (
            Equation("i", sigmoid(gate("i", p["p_i"] * c.at(t - 1)))),
            Equation("f", sigmoid(gate("f", p["p_f"] * c.at(t - 1)))),
            Equation("g", tanh(gate("g", 0))),
            Equation("c", f * c.at(t - 1) + i * g),
            Equation("o", sigmoid(gate("o", p["p_o"] * c))),
            Equation("h", o * tanh(c)),
            Equation("y", softmax(p["V"] @ h)),
            Equation("L", -total(target * log(y))),
        ),
    )

    def loss(p, d, s):
        h, c, summed = s["h_0"], s["c_0"], 0
        for x, target in zip(d["x"], d["target"], strict=True):
            i, f, o, g = (p[f"W_{n}"] @ x + p[f"U_{n}"] @ h + p[f"b_{n}"] for n in "ifog")
            c = logistic(f + p["p_f"] * c) * c + logistic(i + p["p_i"] * c) * np.tanh(g)
            h = logistic(o + p["p_o"] * c) * np.tanh(c)
            summed += cross_entropy(target, p["V"] @ h)
        return summed

    return Network(model, loss, {"H": 3, "V": 4, "T": 5}, {"h_0": ("H",), "c_0": ("H",)})


def stacked():
    """Two layers, of different widths, and a squared error."""
    p = parameters(W1="HD", U1="HH", b1="H", W2="KH", U2="KK", b2="K", V="MK")
    x, target = value("x", "D"), value("target", "M")
    h1, h2, y = value("h1", "H"), value("h2", "K"), value("y", "M")
    model = Model(
        "stacked",
        (x, target),
        tuple(p.values()),
        (
            Equation("h1", tanh(p["W1"] @ x + p["U1"] @ h1.at(t - 1) + p["b1"])),
            Equation("h2", tanh(p["W2"] @ h1 + p["U2"] @ h2.at(t - 1) + p["b2"])),
            Equation("y", p["V"] @ h2),
            Equation("E", total((y - target) ** 2) / 2),
        ),
    )

    def loss(p, d, s):
        h1, h2, summed = s["h1_0"], s["h2_0"], 0
        for x, target in zip(d["x"], d["target"], strict=True):
            h1 = np.tanh(p["W1"] @ x + p["U1"] @ h1 + p["b1"])
            h2 = np.tanh(p["W2"] @ h1 + p["U2"] @ h2 + p["b2"])
            summed += ((p["V"] @ h2 - target) ** 2).sum() / 2
        return summed

    return Network(model, loss, {"H": 3, "K": 2, "D": 4, "M": 3, "T": 5}, {"h1_0": ("H",), "h2_0": ("K",)})


def both_ways(p):
    x = value("x", "V", one_hot=True)
    f, g = value("f", "H"), value("g", "K")
    return (
        x,
        f,
        g,
        (
            Equation("f", tanh(p["W_f"] @ x + p["U_f"] @ f.at(t - 1) + p["b_f"])),
            Equation("g", tanh(p["W_g"] @ x + p["U_g"] @ g.at(t + 1) + p["b_g"])),
        ),
    )


def run_both_ways(p, d, s):
    f, g, T = [s["f_0"]], [s["g_end"]], len(d["x"])
    for step in range(T):
        f.append(np.tanh(p["W_f"] @ d["x"][step] + p["U_f"] @ f[-1] + p["b_f"]))
        g.append(np.tanh(p["W_g"] @ d["x"][T - 1 - step] + p["U_g"] @ g[-1] + p["b_g"]))
    return f[1:], g[:0:-1]


BOTH = {"W_f": "HV", "U_f": "HH", "b_f": "H", "W_g": "KV", "U_g": "KK", "b_g": "K", "A": "VH", "B": "VK", "c": "V"}
BOTH_SIZES = {"H": 3, "K": 2, "V": 4, "T": 5}
BOTH_STATES = {"f_0": ("H",), "g_end": ("K",)}


def bidirectional():
    p = parameters(**BOTH)
    x, f, g, equations = both_ways(p)
    target, y = value("target", "V", one_hot=True), value("y", "V")
    tail = (Equation("y", softmax(p["A"] @ f + p["B"] @ g + p["c"])), Equation("L", -total(target * log(y))))
    model = Model("bidirectional", (x, target), tuple(p.values()), (*equations, *tail))

    def loss(p, d, s):
        rows = zip(*run_both_ways(p, d, s), d["target"], strict=True)
        return sum(cross_entropy(target, p["A"] @ f + p["B"] @ g + p["c"]) for f, g, target in rows)

    return Network(model, loss, BOTH_SIZES, BOTH_STATES)


def both_ways_to_one():
    """The class of a sequence from where each direction ends."""
    p = parameters(**BOTH)
    x, f, g, equations = both_ways(p)
    target, y = value("target", "V", step=last, one_hot=True), value("y", "V", step=last)
    score = p["A"] @ f.at(last) + p["B"] @ g.at(1) + p["c"]
    tail = (Equation("y", softmax(score), last), Equation("L", -total(target * log(y)), last))
    model = Model("both_ways_to_one", (x, target), tuple(p.values()), (*equations, *tail))

    def loss(p, d, s):
        f, g = run_both_ways(p, d, s)
        return cross_entropy(d["target"], p["A"] @ f[-1] + p["B"] @ g[0] + p["c"])

    return Network(model, loss, BOTH_SIZES, BOTH_STATES)


def both_at_the_end():
    """Both directions at the last step, where the backward one has but begun."""
    p = parameters(**BOTH)
    x, f, g, equations = both_ways(p)
    target, o = value("target", "V", step=last), value("o", "V")
    tail = (
        Equation("o", p["A"] @ f + p["B"] @ g + p["c"]),
        Equation("L", total((o.at(last) - target) ** 2), last),
    )
    model = Model("both_at_the_end", (x, target), tuple(p.values()), (*equations, *tail), sympy.Rational(1, 2))

    def loss(p, d, s):
        f, g = run_both_ways(p, d, s)
        return ((p["A"] @ f[-1] + p["B"] @ g[-1] + p["c"] - d["target"]) ** 2).sum() / 2

    return Network(model, loss, BOTH_SIZES, BOTH_STATES)


def many_to_one():
    """A GRU-like cell, whose loss is that of the last step alone; one output unit."""
    p = parameters(W="HD", U="HH", G="HH", b="H", V=("1", "H"), c=("1",))
    x, target = value("x", "D"), value("target", "1", step=last)
    z, h, o = value("z", "H"), value("h", "H"), value("o", "1")
    model = Model(
        "many_to_one",
        (x, target),
        tuple(p.values()),
        (
            Equation("z", sigmoid(p["G"] @ h.at(t - 1))),
            Equation("h", z * h.at(t - 1) + (1 - z) * tanh(p["W"] @ x + p["U"] @ h.at(t - 1) + p["b"])),
            Equation("o", p["V"] @ h + p["c"]),
            Equation("E", total((o.at(last) - target) ** 2), last),
        ),
    )

    def loss(p, d, s):
        h = s["h_0"]
        for x in d["x"]:
            z = logistic(p["G"] @ h)
            h = z * h + (1 - z) * np.tanh(p["W"] @ x + p["U"] @ h + p["b"])
        return ((p["V"] @ h + p["c"] - d["target"]) ** 2).sum()

    return Network(model, loss, {"H": 3, "D": 2, "T": 5}, {"h_0": ("H",)})


def perceptron():
    """Three layers over samples, and the mean of their losses."""
    p = parameters(W1="HD", b1="H", W2="KH", b2="K", W3="CK", b3="C")
    x, target = value("x", "D"), value("target", "C", one_hot=True)
    h1, h2, y = value("h1", "H"), value("h2", "K"), value("y", "C")
    model = Model(
        "perceptron",
        (x, target),
        tuple(p.values()),
        (
            Equation("h1", relu(p["W1"] @ x + p["b1"])),
            Equation("h2", tanh(p["W2"] @ h1 + p["b2"])),
            Equation("y", softmax(p["W3"] @ h2 + p["b3"])),
            Equation("L", -total(target * log(y))),
        ),
        1 / T,
        "samples",
    )

    def loss(p, d, s):
        summed = 0
        for x, target in zip(d["x"], d["target"], strict=True):
            h = np.tanh(p["W2"] @ rectified(p["W1"] @ x + p["b1"]) + p["b2"])
            summed += cross_entropy(target, p["W3"] @ h + p["b3"])
        return summed / len(d["x"])

    return Network(model, loss, {"H": 4, "K": 3, "D": 5, "C": 3, "T": 6}, {})


def softmax_regression():
    p = parameters(W="CD", b="C")
    x, target, y = value("x", "D"), value("target", "C"), value("y", "C")
    equations = (Equation("y", softmax(p["W"] @ x + p["b"])), Equation("L", -total(target * log(y))))
    model = Model("softmax_regression", (x, target), tuple(p.values()), equations, 1 / T, "samples")

    def loss(p, d, s):
        rows = zip(d["x"], d["target"], strict=True)
        return sum(cross_entropy(target, p["W"] @ x + p["b"]) for x, target in rows) / len(d["x"])

    return Network(model, loss, {"D": 5, "C": 3, "T": 6}, {})


def logistic_regression():
    """A scalar output and its binary cross-entropy."""
    p = parameters(w="D", b="")
    x, target, y = value("x", "D"), value("target"), value("y")
    equations = (
        Equation("y", sigmoid(total(p["w"] * x) + p["b"])),
        Equation("L", -(target * log(y) + (1 - target) * log(1 - y))),
    )
    model = Model("logistic_regression", (x, target), tuple(p.values()), equations, 1 / T, "samples")

    def loss(p, d, s):
        rows = zip(d["x"], d["target"], strict=True)
        return sum(binary(target, (p["w"] * x).sum() + p["b"]) for x, target in rows) / len(d["x"])

    return Network(model, loss, {"D": 5, "T": 6}, {})


def labels():
    """Several labels at each step, with a state that goes back two steps, and an input one."""
    p = parameters(W="HD", R="HD", U="HH", S="HH", V="KH", c="K", gain="")
    x, target = value("x", "D"), value("target", "K")
    a, h, y = value("a", "H"), value("h", "H"), value("y", "K")
    model = Model(
        "labels",
        (x, target),
        tuple(p.values()),
        (
            Equation("a", p["W"] @ x + p["R"] @ x.at(t - 1) + p["U"] @ h.at(t - 1) + p["S"] @ h.at(t - 2)),
            Equation("h", tanh(p["gain"] * a)),
            Equation("y", sigmoid(p["V"] @ h + p["c"])),
            Equation("L", -total(target * log(y) + (1 - target) * log(1 - y))),
        ),
    )

    def loss(p, d, s):
        before, h, previous, summed = s["lag_h_0"], s["h_0"], s["copy_x_0"], 0
        for x, target in zip(d["x"], d["target"], strict=True):
            a = p["W"] @ x + p["R"] @ previous + p["U"] @ h + p["S"] @ before
            before, h, previous = h, np.tanh(p["gain"] * a), x
            summed += binary(target, p["V"] @ h + p["c"])
        return summed

    states = {"h_0": ("H",), "copy_x_0": ("D",), "lag_h_0": ("H",)}
    return Network(model, loss, {"H": 3, "D": 2, "K": 2, "T": 5}, states)


def window():
    """No recurrence: the input's neighbours, two ahead and one behind, and a softplus."""
    p = parameters(A="HD", B="HD", C="HD", b="H", v="H")
    x, target, h, y = value("x", "D"), value("target"), value("h", "H"), value("y")
    model = Model(
        "window",
        (x, target),
        tuple(p.values()),
        (
            Equation("h", softplus(p["A"] @ x.at(t - 1) + p["B"] @ x + p["C"] @ x.at(t + 2) + p["b"])),
            Equation("y", total(p["v"] * h) + total(p["v"] * h.at(t + 1))),
            Equation("E", (y - target) ** 2),
        ),
    )

    def loss(p, d, s):
        x = [s["copy_x_0"], *d["x"], s["copy_x_end"], s["lead_copy_x_end"]]
        h = [np.log(1 + np.exp(p["A"] @ x[i - 1] + p["B"] @ x[i] + p["C"] @ x[i + 2] + p["b"])) for i in range(1, 6)]
        h.append(s["h_end"])
        return sum(((p["v"] * (h[i] + h[i + 1])).sum() - d["target"][i]) ** 2 for i in range(5))

    states = {"copy_x_0": ("D",), "copy_x_end": ("D",), "lead_copy_x_end": ("D",), "h_end": ("H",)}
    return Network(model, loss, {"H": 3, "D": 2, "T": 5}, states)


def one_sample():
    """A perceptron without any index: all is a value of the whole run."""
    p = parameters(W="HD", b="H", V="CH")
    x, target = value("x", "D", step=last), value("target", "C", step=last, one_hot=True)
    h, y = value("h", "H", step=last), value("y", "C", step=last)
    equations = (
        Equation("h", relu(p["W"] @ x + p["b"]), last),
        Equation("y", softmax(p["V"] @ h), last),
        Equation("L", -total(target * log(y)), last),
    )
    model = Model("one_sample", (x, target), tuple(p.values()), equations)

    def loss(p, d, s):
        return cross_entropy(d["target"], p["V"] @ rectified(p["W"] @ d["x"] + p["b"]))

    return Network(model, loss, {"H": 4, "D": 3, "C": 3, "T": 1}, {})


NETWORKS = {
    made.__name__.removesuffix("_network"): made
    for made in (
        elman_network,
        gru,
        lstm,
        stacked,
        bidirectional,
        both_ways_to_one,
        both_at_the_end,
        many_to_one,
        perceptron,
        softmax_regression,
        logistic_regression,
        labels,
        window,
        one_sample,
    )
}


@pytest.fixture(params=NETWORKS)
def network(request):
    """Each of the networks."""
    return NETWORKS[request.param]()
