"""Check a backward pass of the user's own against the hand-written reference.

The check runs at weights of order one with several hidden units: near zero, and with one unit, the classical mistakes
of BPTT (a lost transpose, a dropped carry, a wrong tanh') are too small to see or vanish altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric import bptt
from numeric.crosscheck import random_parameters
from numeric.engines import Array, Parameters
from numeric.words import Word

LossAndGradients = Callable[[Parameters, Array, Array], tuple[Any, ...]]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `name` is a parameter or "loss"; `index` is where its error is largest, and `error` that
    error relative to the largest entry of the right gradient (both None where there are no numbers to compare)."""

    name: str
    problem: str
    index: tuple[int, ...] | None = None
    error: float | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}"


@dataclass(frozen=True)
class GradientCheck:
    """What was found; true if nothing was."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "the loss and all gradients are right"


def check_gradients(
    loss_and_gradients: LossAndGradients,
    word: str = "HELLO",
    hidden: int = 3,
    seeds: int = 3,
    tolerance: float = 1e-8,
) -> GradientCheck:
    """Compare `loss_and_gradients(parameters, X, Y) -> (loss, gradients)` with the reference, at several random points;
    what comes back after these, the states of an exported network, is not looked at.

    `parameters` holds W_aa (H×H), W_ax (H×V), b_a (H), W_ya (V×H) and b_y (V), uniform in [-1, 1]; X and Y are the
    one-hot inputs and targets (T×V) of `word`; a(0) = 0; the loss is the sum over t of -ŷ(t)·log y(t). `gradients` must
    hold an array under each parameter's name, in its shape. An error above `tolerance`, relative to the largest entry
    of the right gradient, is a finding.

    Raises ValueError for fewer than two hidden units, for no seeds, and for a word on which some gradient is zero
    whatever the weights (two letters, or one letter repeated), as its check would be empty; TypeError if no pair comes
    back.
    """
    data = Word(word)
    if hidden < 2:
        raise ValueError(f"with {hidden} hidden unit a lost transpose cannot be seen: take two or more")
    if seeds < 1:
        raise ValueError(f"{seeds} seeds leave nothing to compare: take one or more")
    if len(data.X) < 2 or len(data.vocabulary) < 2:
        raise ValueError(f"on {word!r} some gradient is exactly 0: take three letters or more, not all the same")
    theirs: list[tuple[Any, Mapping[str, Any]]] = []
    ours: list[tuple[float, Parameters]] = []
    for seed in range(seeds):
        parameters = random_parameters(data, hidden, seed)
        ours.append(bptt.loss_and_gradients(parameters, data.X, data.Y))
        returned = loss_and_gradients({n: p.copy() for n, p in parameters.items()}, data.X.copy(), data.Y.copy())
        if not (isinstance(returned, tuple) and len(returned) in (2, 3) and isinstance(returned[1], Mapping)):
            raise TypeError("loss_and_gradients must return a pair: the loss, and a dict of gradients by name")
        theirs.append(returned[:2])
    T = len(data.X)
    findings = [_judge("loss", [loss for loss, _ in theirs], [np.array(loss) for loss, _ in ours], T, tolerance)]
    for name in ours[0][1]:
        got = [gradients.get(name) for _, gradients in theirs]
        findings.append(_judge(name, got, [gradients[name] for _, gradients in ours], T, tolerance))
    unknown = sorted(set(theirs[0][1]) - set(ours[0][1]), key=str)
    findings += [Finding(str(name), "is no parameter of this network") for name in unknown]
    return GradientCheck(tuple(finding for finding in findings if finding))


def _judge(name: str, got: list[Any], expected: list[Array], T: int, tolerance: float) -> Finding | None:
    """What is wrong with one quantity over all points, if anything."""
    if any(value is None for value in got):
        return Finding(name, "is missing")
    try:
        arrays = [np.asarray(value) for value in got]
        if any(np.iscomplexobj(array) for array in arrays):
            raise TypeError("complex")
        arrays = [array.astype(float) for array in arrays]
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor that still requires its gradient
        return Finding(name, "does not consist of real numbers")
    shape = expected[0].shape
    for array in arrays:
        if array.shape != shape:
            hint = ", its transpose" if array.shape == shape[::-1] else ""
            return Finding(name, f"has the shape {array.shape}{hint}, not {shape}")
    relative = np.array([_relative(array, exact) for array, exact in zip(arrays, expected, strict=True)])
    seed, *place = (int(i) for i in np.unravel_index(np.argmax(relative), relative.shape))
    index, error = tuple(place), float(relative.max())
    if error <= tolerance:
        return None
    where = f" at {place}" if place else ""
    size = f", off by {error:.2g} of the largest entry" if place and np.isfinite(error) else ""
    problem = f"is {arrays[seed][index] + 0:.6g}{where}, not {expected[seed][index]:.6g}{size} (seed {seed})"
    return Finding(name, problem + _explain(arrays, expected, T, tolerance), index, error)


def _relative(array: Array, exact: Array) -> Array:
    """The error of each entry relative to the largest entry; what is no number is infinitely far off."""
    distance: Array = np.abs(array - exact) / np.abs(exact).max()
    return np.where(np.isfinite(distance), distance, np.inf)


def _explain(got: list[Array], expected: list[Array], T: int, tolerance: float) -> str:
    """A plain explanation that fits every point, or nothing."""

    def fits(explained: list[Array]) -> bool:
        pairs = zip(got, explained, strict=True)
        return all(np.abs(array - exact).max() <= tolerance * np.abs(exact).max() for array, exact in pairs)

    if got[0].ndim == 2 and got[0].shape[0] == got[0].shape[1] and fits([exact.T for exact in expected]):
        return "; it is the transpose of the right one"
    products = sum(np.vdot(exact, exact) for exact in expected)
    factor = float(sum(np.vdot(exact, array) for array, exact in zip(got, expected, strict=True)) / products)
    if not np.isfinite(factor) or not fits([factor * exact for exact in expected]) or factor == 0:
        return ""
    named = {1 / T: " = 1/T: a mean over t, where the loss is the sum", -1.0: ": the sign is wrong"}
    reason = next((text for value, text in named.items() if abs(factor - value) <= tolerance), "")
    return f"; it is the right one times {factor:.6g}{reason}"
