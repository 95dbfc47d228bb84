"""JAX: automatic differentiation, compiled by XLA for the CPU."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from numeric.bench.cells import CellProblem
from numeric.bench.problem import Problem
from numeric.bench.timing import Contender, Results

jax.config.update("jax_enable_x64", True)  # the arrays of the batches say float32 themselves


def gradient(problem: Problem) -> list[Contender]:
    """One jitted call, the steps unrolled and the word a constant."""
    compiled = jax.jit(jax.value_and_grad(lambda theta: _word_loss(theta, problem)))
    theta = _on_device(problem)
    return [Contender("JAX jitted call", lambda: jax.block_until_ready(compiled(theta)), lambda r: _numpy(r[1]))]


def training(problem: Problem, rate: float, steps: int) -> list[Contender]:
    """All steps inside one `fori_loop`."""
    slopes = jax.grad(lambda theta: _word_loss(theta, problem))

    def step(_: Any, theta: Any) -> Any:
        return jax.tree.map(lambda value, slope: value - rate * slope, theta, slopes(theta))

    compiled = jax.jit(lambda theta: jax.lax.fori_loop(0, steps, step, theta))
    theta = _on_device(problem)
    return [Contender("JAX fori_loop", lambda: jax.block_until_ready(compiled(theta)), _numpy, steps)]


def batch(problem: Problem) -> list[Contender]:
    """The gradient of a scan over the steps; the letters are looked up, the outputs are one product over all steps."""
    x, target = jnp.asarray(problem.x, jnp.int32), jnp.asarray(problem.target, jnp.int32)

    def loss(theta: Any) -> Any:
        def step(a: Any, letter: Any) -> Any:
            a = jnp.tanh(a @ theta["W_aa"].T + theta["W_ax"].T[letter] + theta["b_a"])
            return a, a

        start = jnp.zeros((x.shape[1], len(theta["b_a"])), theta["b_a"].dtype)
        log_y = jax.nn.log_softmax(jax.lax.scan(step, start, x)[1] @ theta["W_ya"].T + theta["b_y"])
        return -jnp.take_along_axis(log_y, target[..., None], axis=-1).sum()

    compiled, theta = jax.jit(jax.value_and_grad(loss)), _on_device(problem)
    return [Contender("JAX grad of scan", lambda: jax.block_until_ready(compiled(theta)), lambda r: _numpy(r[1]))]


def cell(problem: CellProblem) -> list[Contender]:
    """The gradient of a scan over the steps, with the gates of a cell in one product."""
    x, target = jnp.asarray(problem.x, jnp.int32), jnp.asarray(problem.target, jnp.int32)
    theta = dict(zip("WUb", map(problem.joined, "WUb"), strict=True))
    theta |= {name: problem.parameters[name] for name in ("W_ya", "b_y")}
    H, B = problem.sizes["H"], problem.sizes["B"]

    def lstm(theta: Any, state: Any, letter: Any) -> Any:
        c, h = state
        i, f, g, o = jnp.split(h @ theta["U"].T + theta["W"].T[letter] + theta["b"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (c, h), h

    def gru(theta: Any, state: Any, letter: Any) -> Any:
        (h,) = state
        net, back = theta["W"].T[letter] + theta["b"], h @ theta["U"].T
        r, z = jnp.split(jax.nn.sigmoid(net[:, : 2 * H] + back[:, : 2 * H]), 2, axis=-1)
        h = (1 - z) * jnp.tanh(net[:, 2 * H :] + r * back[:, 2 * H :]) + z * h
        return (h,), h

    step, states = {"lstm": (lstm, 2), "gru": (gru, 1)}[problem.cell]

    def loss(theta: Any) -> Any:
        start = (jnp.zeros((B, H), theta["b"].dtype),) * states
        h = jax.lax.scan(lambda state, letter: step(theta, state, letter), start, x)[1]
        log_y = jax.nn.log_softmax(h @ theta["W_ya"].T + theta["b_y"])
        return -jnp.take_along_axis(log_y, target[..., None], axis=-1).sum()

    def results(found: Any) -> Results:
        slopes = _numpy(found[1])
        return problem.apart(*(slopes[kind] for kind in "WUb")) | {name: slopes[name] for name in ("W_ya", "b_y")}

    compiled, given = jax.jit(jax.value_and_grad(loss)), jax.device_put(theta, jax.devices("cpu")[0])
    return [Contender("JAX grad of scan", lambda: jax.block_until_ready(compiled(given)), results)]


def _word_loss(theta: Any, problem: Problem) -> Any:
    a, total = jnp.zeros_like(theta["b_a"]), 0.0
    for letter, target in zip(problem.x[:, 0].tolist(), problem.target[:, 0].tolist(), strict=True):
        a = jnp.tanh(theta["W_aa"] @ a + theta["W_ax"][:, letter] + theta["b_a"])
        total -= jax.nn.log_softmax(theta["W_ya"] @ a + theta["b_y"])[target]
    return total


def _on_device(problem: Problem) -> dict[str, Any]:
    return jax.device_put(problem.parameters, jax.devices("cpu")[0])


def _numpy(tree: dict[str, Any]) -> Results:
    return {name: np.asarray(value) for name, value in tree.items()}
