"""The axes of a network's arrays: which indices run over the same units, found from the equations.

In scalar notation every array carries them: y(t) the outputs, a(t) the units, w_aa the units and the previous units.
"""

from __future__ import annotations

from collections import Counter

from derive.algebra.array import Array, Diag, Map, MatMul, Outer, Parameter, Softmax, Total, Transpose, Value, walk
from derive.algebra.model import Model

Key = tuple[str, int]


def axes(model: Model) -> dict[str, tuple[str, ...]]:
    """For every quantity the names of its axes. Axes that the equations contract or add together share a name; the
    second axis of a matrix from a space to itself is primed (the previous units)."""
    parent: dict[Key, Key] = {}

    def find(key: Key) -> Key:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    def unify(left: list[Key], right: list[Key]) -> list[Key]:
        for a, b in zip(left, right, strict=True):
            parent[find(a)] = find(b)
        return left

    def infer(array: Array) -> list[Key]:
        match array:
            case Value(shape, name) | Parameter(shape, name):
                return [(name, i) for i in range(len(shape))]
            case Map(shape, _, operands):
                full = [keys for keys in map(infer, operands) if keys]
                for other in full[1:]:
                    unify(full[0], other)
                return full[0] if shape and full else []
            case MatMul(_, left, right):
                a, b = infer(left), infer(right)
                unify(a[1:], b[:1])
                return a[:1] + b[1:]
            case Outer(_, left, right):
                return infer(left) + infer(right)
            case Transpose(_, operand):
                return infer(operand)[::-1]
            case Diag(_, operand):
                return infer(operand) * 2
            case Softmax(_, operand):
                return infer(operand)
            case Total(_, operand):
                infer(operand)
                return []
        raise TypeError(type(array).__name__)

    given: tuple[Value | Parameter, ...] = (*model.inputs, *model.parameters)
    quantities = {leaf.name: len(leaf.shape) for leaf in given}
    for equation in model.equations:
        quantities[equation.name] = len(equation.expression.shape)
        unify(infer(equation.value), infer(equation.expression))
    named = {find(key): key[0] for key in reversed([(n, i) for n, count in quantities.items() for i in range(count)])}
    result = {}
    for name, count in quantities.items():
        seen: Counter[str] = Counter()
        labels = []
        for i in range(count):
            label = named[find((name, i))]
            labels.append(label + "'" * seen[label])
            seen[label] += 1
        result[name] = tuple(labels)
    return result


def matrix_vector_pairs(model: Model) -> frozenset[tuple[str, str]]:
    """(W, v) for every product W v in the equations."""
    return frozenset(
        (part.left.name, part.right.name)
        for equation in model.equations
        for part in walk(equation.expression)
        if isinstance(part, MatMul) and isinstance(part.left, Parameter) and isinstance(part.right, Value)
    )


def output_axis(model: Model) -> str | None:
    """The axis of the one-hot target that the loss reads, if there is one."""
    labels = axes(model)
    for leaf in walk(model.loss.expression):
        if isinstance(leaf, Value) and leaf.one_hot:
            return labels[leaf.name][0]
    return None
