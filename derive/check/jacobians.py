"""∂u/∂v and ∂⁺u/∂v between the quantities of a network, as tensors whose axes remember u and v."""

from __future__ import annotations

import sympy

from derive.algebra.array import Value
from derive.algebra.evaluate import extent
from derive.algebra.pullback import Leaf
from derive.algebra.values import Network, Rows
from derive.check.page import Page
from derive.check.tensor import Axis, Tensor, make


def jacobian(page: Page, network: Network, value: Value | None, variable: Leaf, direct: bool) -> Tensor:
    """du/dv or ∂⁺u/∂v as a tensor, the loss of the run for None."""
    rows = _rows(page, network, value, variable, direct)
    of = page.axes[value.name] if value is not None else ()
    axes = [Axis(label, value, "of") for label in of]
    axes += [Axis(label, variable, "wrt") for label in page.axes[variable.name]]
    dimensions = (*(value.shape if value is not None else ()), *variable.shape)
    sizes = [network.sizes[dimension] for dimension in dimensions]
    return make(axes, sizes, [entry for row in rows for entry in row])


def _rows(page: Page, network: Network, value: Value | None, variable: Leaf, direct: bool) -> Rows:
    field, sizes = network.field, network.sizes
    zero = field.number(sympy.S.Zero)
    width = extent(variable.shape, sizes)
    if value is None:
        found = [network.gradient(loss) for loss in network.graph.losses]
        losses = [gradient[variable] for gradient in found if variable in gradient]
        scale = field.number(page.scale(network.graph.steps))
        if not losses:
            return [[zero] * width]
        return [[field.mul((scale, field.add(list(parts)))) for parts in zip(*losses, strict=True)]]
    height = extent(value.shape, sizes)
    if value == variable:
        one = field.number(sympy.S.One)
        return [[one if i == k else zero for k in range(width)] for i in range(height)]
    if not network.graph.defines(value):
        return [[zero] * width for _ in range(height)]
    if direct:
        rows = direct_rows(network, value, variable, page.closed(value))
        return rows if rows is not None else [[zero] * width for _ in range(height)]
    if not value.shape:
        return [network.gradient(value).get(variable) or [zero] * width]
    return network.total(variable).get(value) or [[zero] * width for _ in range(height)]


def direct_rows(network: Network, value: Value, variable: Leaf, closed: frozenset[str]) -> Rows | None:
    """∂⁺u/∂v through the equation of u alone, the values of its own step put into it unless they are `closed`; None
    where v does not occur in it."""
    parts: list[Rows] = []
    for leaf, rows in network.direct(value).items():
        if leaf == variable:
            parts.append(rows)
        elif isinstance(leaf, Value) and leaf.step == value.step and leaf.name not in closed:
            inner = direct_rows(network, leaf, variable, closed) if network.graph.defines(leaf) else None
            if inner is not None:
                parts.append(network.times(rows, inner))
    if not parts:
        return None
    add = network.field.add
    return [[add(list(c)) for c in zip(*rows, strict=True)] for rows in zip(*parts, strict=True)]
