"""PyTorch: automatic differentiation as the program runs, and its own recurrent layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from numeric.bench.cells import CellProblem
from numeric.bench.problem import Problem
from numeric.bench.timing import Contender


def gradient(problem: Problem) -> list[Contender]:
    """One gradient of the equations written out, in eager mode."""
    theta = {name: torch.tensor(value, requires_grad=True) for name, value in problem.parameters.items()}
    W_aa, W_ax, b_a, W_ya, b_y = (theta[name] for name in ("W_aa", "W_ax", "b_a", "W_ya", "b_y"))
    X, target = torch.tensor(problem.one_hot(problem.x)[:, 0]), torch.tensor(problem.target[:, 0])

    def run() -> tuple[Any, ...]:
        a, net_y = torch.zeros_like(b_a), []
        for x in X:
            a = torch.tanh(W_aa @ a + W_ax @ x + b_a)
            net_y.append(W_ya @ a + b_y)
        loss = cross_entropy(torch.stack(net_y), target, reduction="sum")
        gradients: tuple[Any, ...] = torch.autograd.grad(loss, list(theta.values()))
        return gradients

    return [Contender("PyTorch eager", run, lambda found: {n: g.numpy() for n, g in zip(theta, found, strict=True)})]


def batch(problem: Problem) -> list[Contender]:
    """The gradients of a batch by `nn.RNN`, whose second bias stays zero, and a linear layer."""
    sizes = problem.sizes
    cell, head = torch.nn.RNN(sizes["V"], sizes["H"]), torch.nn.Linear(sizes["H"], sizes["V"])
    theta = {
        "W_aa": cell.weight_hh_l0,
        "W_ax": cell.weight_ih_l0,
        "b_a": cell.bias_ih_l0,
        "W_ya": head.weight,
        "b_y": head.bias,
    }
    with torch.no_grad():
        cell.bias_hh_l0.zero_()
        for name, value in problem.parameters.items():
            theta[name].copy_(torch.from_numpy(value))
    run = _layers(cell, head, list(theta.values()), problem)
    return [Contender("torch nn.RNN", run, lambda found: {n: g.numpy() for n, g in zip(theta, found, strict=True)})]


def cell(problem: CellProblem) -> list[Contender]:
    """The gradients of a batch by `nn.LSTM` or `nn.GRU`, whose second bias stays zero, and a linear layer."""
    sizes, kind = problem.sizes, {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[problem.cell]
    fused, head = kind(sizes["V"], sizes["H"]), torch.nn.Linear(sizes["H"], sizes["V"])
    theta = [fused.weight_ih_l0, fused.weight_hh_l0, fused.bias_ih_l0, head.weight, head.bias]
    given = [*map(problem.joined, "WUb"), *(problem.parameters[name] for name in ("W_ya", "b_y"))]
    with torch.no_grad():
        fused.bias_hh_l0.zero_()
        for place, value in zip(theta, given, strict=True):
            place.copy_(torch.from_numpy(value))

    def results(found: tuple[Any, ...]) -> dict[str, Any]:
        W, U, b, W_ya, b_y = (slope.numpy() for slope in found)
        return {**problem.apart(W, U, b), "W_ya": W_ya, "b_y": b_y}

    return [Contender(f"torch nn.{problem.cell.upper()}", _layers(fused, head, theta, problem), results)]


def _layers(cell: Any, head: Any, theta: list[Any], problem: Problem) -> Callable[[], tuple[Any, ...]]:
    """The gradients of a recurrent layer and a linear one."""
    X, target = torch.tensor(problem.one_hot(problem.x)), torch.tensor(problem.target).reshape(-1)

    def run() -> tuple[Any, ...]:
        net_y = head(cell(X)[0]).reshape(-1, problem.sizes["V"])
        loss = cross_entropy(net_y, target, reduction="sum")
        gradients: tuple[Any, ...] = torch.autograd.grad(loss, theta)
        return gradients

    return run
