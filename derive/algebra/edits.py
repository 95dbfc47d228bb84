"""The notes' assumptions as edits of the graph: what each leaves out of the chain rule. Forward values never
change."""

from __future__ import annotations

from derive.algebra.array import Array, MatMul, Softmax, Value, constant, t, walk
from derive.algebra.chain import Edit
from derive.algebra.model import Equation, Model
from derive.algebra.pullback import Leaf


def truncated(equation: Equation, leaf: Leaf, adjoint: Array) -> Array:
    """The edit that cuts every edge to an earlier step, so that nothing flows back through time (BPTT of depth
    one)."""
    earlier = isinstance(leaf, Value) and leaf.step != t
    return constant(0, adjoint.shape) if earlier else adjoint


def single_path(model: Model) -> Edit:
    """The edit that keeps the target unit's row of ∂(logits)/∂v alone, for every value v that the logits read.

    The logits are the value of the target's shape from which the loss is computed through no further matrix; the
    target is the one-hot input of the loss. Raises ValueError for a model that names no such value.
    """
    logits, target = logits_of(model), target_of(model)

    def edit(equation: Equation, leaf: Leaf, adjoint: Array) -> Array:
        return adjoint * target if equation == logits and isinstance(leaf, Value) else adjoint

    return edit


def target_of(model: Model) -> Value:
    """The one-hot input that the loss reads. Raises ValueError where there is none."""
    for leaf in walk(model.loss.expression):
        if isinstance(leaf, Value) and leaf.one_hot and leaf in model.inputs:
            return leaf
    raise ValueError(f"the loss of {model.name} reads no one-hot target")


def logits_of(model: Model) -> Equation:
    """The equation of the logits: net_y for an Elman network. Raises ValueError where they have no name."""
    shape = target_of(model).shape
    defined = {equation.value: equation for equation in model.equations}
    waiting = [model.loss]
    for equation in waiting:
        parts = list(walk(equation.expression))
        if any(isinstance(part, MatMul) for part in parts):
            if equation.expression.shape == shape and not any(isinstance(part, Softmax) for part in parts):
                return equation
        else:
            waiting += [defined[part] for part in parts if isinstance(part, Value) and part in defined]
    raise ValueError(f"{model.name} names no logits, from which its loss would be computed through no further matrix")
