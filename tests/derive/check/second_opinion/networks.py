"""Networks in plain NumPy at one float point, and derivatives of anything by anything by complex steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .values import Array, Missing

STEP = 1e-30
Key = tuple[str, int | None]
Keep = Callable[[str, int, Any], Any]


@dataclass
class World:
    """A network with numbers in it; `axes` names the axes of every quantity.

    `forward(world, parameter, keep)` runs it: it asks `parameter(name, t)` for a weight as used at step t, and passes
    every value through `keep(name, t, value)`. One step more than T is run, whose loss does not count: there the
    adjoints are zero."""

    axes: Mapping[str, str]
    sizes: Mapping[str, int]
    forward: Callable[[World, Callable[[str, int], Any], Keep], None]
    given: tuple[str, ...]
    vector: bool
    T: int
    seed: int = 1
    _jacobians: dict[Key, dict[Key, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        shape = {name: tuple(self.sizes[axis] for axis in axes) for name, axes in self.axes.items()}
        self.weights = {name: random.normal(size=shape[name]) * 0.7 for name in self.given}
        steps = range(self.T + 2)
        self.inputs = [random.normal(size=self.sizes["i"]) for _ in steps]
        self.targets = [np.eye(self.sizes["o"])[(t - 1) % self.sizes["o"]] for t in steps]
        self.start = random.normal(size=self.sizes["u"]) * 0.5
        self.values = self.run(("", None), ())

    def names(self, name: str) -> tuple[str, ...]:
        """The axes, the second of two alike primed: unit and previous unit."""
        axes = self.axes.get(name, "")
        return (axes[0], axes[1] + "'") if len(axes) == 2 and axes[0] == axes[1] else tuple(axes)

    def run(self, nudged: Key, place: tuple[int, ...]) -> dict[Key, Any]:
        """All values, one entry of one quantity moved by a small imaginary step: a weight as used at every step (None)
        or at one."""
        values: dict[Key, Any] = {}
        name, at = nudged

        def moved(value: Any) -> Any:
            value = np.array(value, dtype=complex)
            value[place] += 1j * STEP
            return value

        def parameter(weight: str, t: int) -> Any:
            here = weight == name and (at is None or at == t)
            return moved(self.weights[weight]) if here else self.weights[weight]

        def keep(value: str, t: int, found: Any) -> Any:
            values[value, t] = moved(found) if (value, t) == (name, at) else found
            return values[value, t]

        self.forward(self, parameter, keep)
        for t in range(1, self.T + 2):
            values["x", t], values["y", t] = self.inputs[t], self.targets[t]
        values["L", None] = sum(values["L", t] for t in range(1, self.T + 1))
        return values

    def leaf(self, name: str, t: int | None) -> Array:
        if name == "eta":
            return Array(0.1)
        if name.startswith("delta_"):
            return Array(
                self.standing(self.derivative("L", None, name.removeprefix("delta_"), t, False)), self.names(name)
            )
        found = self.weights.get(name) if t is None else None
        if found is None:
            found = self.values.get((name, t))
        if found is None:
            raise Missing(f"{name}({t})")
        return Array(self.standing(np.real(found)), self.names(name))

    def standing(self, found: Any) -> Any:
        return found[:, None] if self.vector and np.ndim(found) == 1 else found

    def derivative(self, of: str, s: int | None, wrt: str, t: int | None, direct: bool) -> Any:
        """The derivative as an array, the axes of `of` first."""
        if direct and wrt in self.weights:
            t = s  # the copy of the weight that the equation of that step uses
        if (wrt not in self.weights and (wrt, t) not in self.values) or (of, s) not in self.values:
            raise Missing(f"{of}({s}) by {wrt}({t})")
        key = wrt, t
        if key not in self._jacobians:
            shape = np.shape(self.weights[wrt] if wrt in self.weights else self.values[wrt, t])
            runs = {place: self.run(key, place) for place in np.ndindex(*shape)}
            self._jacobians[key] = {
                name: np.stack([np.imag(run[name]) / STEP for run in runs.values()], axis=-1).reshape(
                    (*np.shape(self.values[name]), *shape)
                )
                for name in self.values
            }
        return self._jacobians[key][of, s]


def softmax(u: Any) -> Any:
    e = np.exp(u - np.real(u).max())
    return e / e.sum()


def sigma(u: Any) -> Any:
    return 1 / (1 + np.exp(-u))


def loss(world: World, t: int, prediction: Any) -> Any:
    return -np.sum(world.targets[t] * np.log(prediction))


def elman(world: World, p: Callable[[str, int], Any], keep: Keep) -> None:
    h = keep("h", 0, world.start)
    for t in range(1, world.T + 2):
        z = keep("z", t, p("W_hh", t) @ h + p("W_xh", t) @ world.inputs[t] + p("b_h", t))
        h = keep("h", t, np.tanh(z))
        o = keep("o", t, p("W_hy", t) @ h + p("b_y", t))
        keep("L", t, loss(world, t, keep("p", t, softmax(o))))


def gru(world: World, p: Callable[[str, int], Any], keep: Keep) -> None:
    h = keep("h", 0, world.start)
    for t in range(1, world.T + 2):
        x = world.inputs[t]
        u = keep("u", t, sigma(keep("v", t, p("W_u", t) @ x + p("U_u", t) @ h + p("b_u", t))))
        r = keep("r", t, sigma(keep("q", t, p("W_r", t) @ x + p("U_r", t) @ h + p("b_r", t))))
        m = keep("m", t, r * h)
        c = keep("c", t, np.tanh(keep("n", t, p("W_c", t) @ x + p("U_c", t) @ m + p("b_c", t))))
        h = keep("h", t, (1 - u) * h + u * c)
        o = keep("o", t, p("W_y", t) @ h + p("b_y", t))
        keep("L", t, loss(world, t, keep("p", t, softmax(o))))


ELMAN = {"x": "i", "y": "o", "z": "u", "h": "u", "o": "o", "p": "o", "L": "", "W_hh": "uu", "W_xh": "ui", "b_h": "u"}
ELMAN |= {"W_hy": "ou", "b_y": "o", "delta_z": "u", "delta_h": "u", "delta_o": "o"}
GATES = {f"{kind}_{gate}": axes for gate in "urc" for kind, axes in (("W", "ui"), ("U", "uu"), ("b", "u"))}
GRU = GATES | {"W_y": "ou", "b_y": "o"} | {name: "u" for name in "urcmvqnh"} | {"o": "o", "p": "o", "x": "i", "y": "o"}
GRU |= {"L": ""} | {f"delta_{name}": GRU[name] for name in "urcmvqnho"}


def elman_world(vector: bool, T: int) -> World:
    weights = ("W_hh", "W_xh", "b_h", "W_hy", "b_y")
    return World(ELMAN, {"u": 3, "i": 5, "o": 6}, elman, weights, vector, T)


def gru_world(T: int) -> World:
    return World(GRU, {"u": 3, "i": 5, "o": 6}, gru, (*GATES, "W_y", "b_y"), True, T)
