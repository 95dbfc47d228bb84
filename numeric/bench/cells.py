"""The cells of the benchmark beside Elman's: those that PyTorch has fused, on a batch of letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from derive.algebra.array import Array as Expression
from derive.algebra.array import Parameter, Shape, Value, log, sigmoid, softmax, t, tanh, total
from derive.algebra.model import Equation, Model
from derive.lower import lower
from numeric.bench.problem import Array, Problem
from numeric.engines.array import Batch
from numeric.engines.array_tape import Tape

GATES = {"lstm": "ifgo", "gru": "rzn"}  # in PyTorch's order


def lstm() -> Model:
    """Long short-term memory with a forget gate (Gers, Schmidhuber and Cummins, 2000), as PyTorch's nn.LSTM."""
    x, parameters = Value(("V",), "x", t, one_hot=True), _parameters("ifgo")
    i, f, g, o, c, h = (Value(("H",), name, t) for name in "ifgoch")
    gates = {name: _gate(name, parameters, x, h) for name in "ifgo"}
    equations = [Equation(name, (tanh if name == "g" else sigmoid)(net)) for name, net in gates.items()]
    return _model(
        "lstm", x, parameters, [*equations, Equation("c", f * c.at(t - 1) + i * g), Equation("h", o * tanh(c))]
    )


def gru() -> Model:
    """The gated recurrent unit (Cho et al., 2014) with the reset gate after the product, as PyTorch's nn.GRU."""
    x, p = Value(("V",), "x", t, one_hot=True), _parameters("rzn")
    r, z, n, h = (Value(("H",), name, t) for name in "rznh")
    equations = [
        Equation("r", sigmoid(_gate("r", p, x, h))),
        Equation("z", sigmoid(_gate("z", p, x, h))),
        Equation("n", tanh(p["W_n"] @ x + p["b_n"] + r * (p["U_n"] @ h.at(t - 1)))),
        Equation("h", (1 - z) * n + z * h.at(t - 1)),
    ]
    return _model("gru", x, p, equations)


def _parameters(gates: str) -> dict[str, Parameter]:
    shapes: dict[str, Shape] = {}
    for gate in gates:
        shapes |= {f"W_{gate}": ("H", "V"), f"U_{gate}": ("H", "H"), f"b_{gate}": ("H",)}
    shapes |= {"W_ya": ("V", "H"), "b_y": ("V",)}
    return {name: Parameter(shape, name) for name, shape in shapes.items()}


def _gate(name: str, parameters: dict[str, Parameter], x: Value, h: Value) -> Expression:
    W, U, b = (parameters[f"{kind}_{name}"] for kind in "WUb")
    return W @ x + U @ h.at(t - 1) + b


def _model(name: str, x: Value, parameters: dict[str, Parameter], cell: list[Equation]) -> Model:
    """The cell with a linear layer, a softmax and a cross entropy."""
    target, h, net_y, y = (
        Value(("V",), "target", t, one_hot=True),
        Value(("H",), "h", t),
        Value(("V",), "net_y", t),
        Value(("V",), "y", t),
    )
    head = [
        Equation("net_y", parameters["W_ya"] @ h + parameters["b_y"]),
        Equation("y", softmax(net_y)),
        Equation("L", -total(target * log(y))),
    ]
    return Model(name, (x, target), tuple(parameters.values()), (*cell, *head))


CELLS = {"lstm": lstm, "gru": gru}


@dataclass(frozen=True)
class CellProblem(Problem):
    """A cell of `CELLS` on a batch. There is no hand-written BPTT of it: the reference is the derived program in
    float64, one NumPy call for each operation, with which the automatic differentiation of every peer has to agree."""

    cell: str = "lstm"

    @property
    def model(self) -> Model:
        return CELLS[self.cell]()

    @property
    def gates(self) -> str:
        return GATES[self.cell]

    @cached_property
    def reference(self) -> dict[str, Array]:
        theta = {name: value.astype(float) for name, value in self.parameters.items()}
        batch = Batch(lower(self.model), self.sizes, np.float64, tape=Tape)
        return batch(theta, {"x": self.x, "target": self.target})[1]

    def joined(self, kind: str) -> Array:
        """The W, U or b of all gates, one below the other."""
        return np.concatenate([self.parameters[f"{kind}_{gate}"] for gate in self.gates])

    def apart(self, W: Any, U: Any, b: Any) -> dict[str, Any]:
        """What `joined` joins, by name."""
        pieces = {kind: np.split(np.asarray(whole), len(self.gates)) for kind, whole in (("W", W), ("U", U), ("b", b))}
        return {
            f"{kind}_{gate}": part
            for kind, parts in pieces.items()
            for gate, part in zip(self.gates, parts, strict=True)
        }


def on_random_letters(cell: str, H: int, V: int, T: int, B: int) -> CellProblem:
    """A batch of random sequences in float32, with weights of order 1/√H."""
    generator = np.random.default_rng(0)
    sizes = {"H": H, "V": V}
    x, target = generator.integers(V, size=(2, T, B))
    parameters = {
        p.name: generator.uniform(-1, 1, [sizes[d] for d in p.shape]).astype(np.float32) * np.float32(H**-0.5)
        for p in CELLS[cell]().parameters
    }
    return CellProblem(parameters, x, target, cell)
