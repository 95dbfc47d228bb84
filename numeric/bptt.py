"""Back-propagation through time written by hand: the reference that the derived gradients are checked against.

It imports NumPy and nothing of ours, because a check is worth what it does not share. The network is that of the notes,

    net_a(t) = W_aa a(t-1) + W_ax x(t) + b_a     a(t) = tanh net_a(t)
    net_y(t) = W_ya a(t) + b_y                   y(t) = softmax net_y(t)     L = -Σ_t ŷ(t)·log y(t)

with W_aa H×H, W_ax H×V, b_a H, W_ya V×H, b_y V; X and Y are T×V and hold x(t) and ŷ(t) in row t-1.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = Mapping[str, Array]


def shapes(hidden: int, letters: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter, and of its gradient, for H = `hidden` units and V = `letters` letters."""
    H, V = hidden, letters
    return {"W_aa": (H, H), "W_ax": (H, V), "b_a": (H,), "W_ya": (V, H), "b_y": (V,)}


def forward(parameters: Parameters, X: Array, a0: Array | None = None) -> tuple[Array, Array]:
    """Return the states a(0), …, a(T) as rows, (T+1)×H, and log y(1), …, log y(T) as rows, T×V.

    `a0` is a(0), zero unless given. Complex parameters are allowed (every function here is analytic), so that the
    complex step can differentiate this same code: only the shift of the softmax is taken from the real part, which
    is exact, as softmax(z + c) = softmax(z) for any constant c.
    """
    W_aa, W_ax, b_a, W_ya, b_y = (parameters[name] for name in ("W_aa", "W_ax", "b_a", "W_ya", "b_y"))
    a = [np.zeros(len(b_a)) if a0 is None else a0]
    log_y = []
    for x in X:
        a.append(np.tanh(W_aa @ a[-1] + W_ax @ x + b_a))
        net_y = W_ya @ a[-1] + b_y
        shifted = net_y - net_y.real.max()
        log_y.append(shifted - np.log(np.exp(shifted).sum()))
    return np.array(a), np.array(log_y)


def loss(parameters: Parameters, X: Array, Y: Array, a0: Array | None = None) -> Any:
    """Return L, the sum over t of -ŷ(t)·log y(t); complex when the parameters are."""
    _, log_y = forward(parameters, X, a0)
    return -np.sum(Y * log_y)


def loss_and_gradients(
    parameters: Parameters, X: Array, Y: Array, a0: Array | None = None
) -> tuple[float, dict[str, Array]]:
    """Return L and ∂L/∂W_aa, ∂L/∂W_ax, ∂L/∂b_a, ∂L/∂W_ya, ∂L/∂b_y, each in the shape of its parameter.

    The deltas are those of Werbos, "Backpropagation through time: what it does and how to do it" (1990):
    ∂L/∂net_y(t) = y(t) - ŷ(t), and ∂L/∂a(t) gathers the output's share and what net_a(t+1) hands back.
    """
    W_aa, W_ya = parameters["W_aa"], parameters["W_ya"]
    a, log_y = forward(parameters, X, a0)
    gradients = {name: np.zeros(shape) for name, shape in shapes(*W_ya.T.shape).items()}
    carried = np.zeros(len(W_aa))  # W_aaᵀ ∂L/∂net_a(t+1)
    for t in range(len(X), 0, -1):
        delta_y = np.exp(log_y[t - 1]) - Y[t - 1]
        delta_a = (1 - a[t] ** 2) * (W_ya.T @ delta_y + carried)
        gradients["W_ya"] += np.outer(delta_y, a[t])
        gradients["b_y"] += delta_y
        gradients["W_aa"] += np.outer(delta_a, a[t - 1])
        gradients["W_ax"] += np.outer(delta_a, X[t - 1])
        gradients["b_a"] += delta_a
        carried = W_aa.T @ delta_a
    return float(-np.sum(Y * log_y)), gradients
