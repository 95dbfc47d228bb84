"""What the tests of training on a text share: a text with structure, and a second cell."""

import random

import pytest

from derive.algebra.array import Parameter, Value, log, sigmoid, softmax, t, tanh, total
from derive.algebra.model import Equation, Model


@pytest.fixture(scope="session")
def sentences():
    """A function that writes `length` characters of sentences from a small grammar, the same ones every time."""
    names, things = ("Ada", "Bela", "Dora", "Emil", "Frida"), ("horse", "river", "garden", "window", "letter")
    verbs, ends = ("sees", "finds", "paints", "writes", "forgets"), (". ", "! ", ".\n", " at night. ", ", twice. ")

    def write(length):
        choose = random.Random(0).choice
        shortest = len("Ada sees a horse. ")
        said = (
            f"{choose(names)} {choose(verbs)} {choose(('a', 'the'))} {choose(things)}{choose(ends)}"
            for _ in range(length // shortest + 1)
        )
        return "".join(said)[:length]

    return write


@pytest.fixture(scope="session")
def gru():
    """A gated recurrent unit without biases; U_h multiplies the gated state, as in Cho et al. (2014)."""
    shapes = {"W_z": "HV", "U_z": "HH", "W_h": "HV", "U_h": "HH", "W_y": "VH"}
    parameters = {name: Parameter(tuple(shape), name) for name, shape in shapes.items()}
    w_z, u_z, w_h, u_h, w_y = parameters.values()
    x, target = Value(("V",), "x", t, one_hot=True), Value(("V",), "target", t, one_hot=True)
    z, candidate, h = (Value(("H",), name, t) for name in ("z", "candidate", "h"))
    y = Value(("V",), "y", t)
    return Model(
        "gru",
        (x, target),
        tuple(parameters.values()),
        (
            Equation("z", sigmoid(w_z @ x + u_z @ h.at(t - 1))),
            Equation("candidate", tanh(w_h @ x + u_h @ (z * h.at(t - 1)))),
            Equation("h", (1 - z) * h.at(t - 1) + z * candidate),
            Equation("y", softmax(w_y @ h)),
            Equation("L", -total(target * log(y))),
        ),
    )
