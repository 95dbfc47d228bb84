"""Values and Jacobians of an unrolled network over any field: exact residues, intervals, floating point.

Jacobians come from the chain rule over the same values; the cost is linear in the size of the unrolled network.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy

from derive.algebra.array import Array, Map, MatMul, Parameter, Softmax, Total, Transpose, Value, walk
from derive.algebra.chain import Edit, delta, exact, local
from derive.algebra.evaluate import Sizes, evaluate, extent, product
from derive.algebra.pullback import Leaf
from derive.algebra.unroll import Graph
from derive.kernel.exact import Factors, Residues, Terms
from derive.kernel.field import Entries, Field

Rows = list[Entries]
Given = Callable[[Leaf], Entries]


class Network:
    """An unrolled network with numbers in it. `given` supplies parameters, inputs and initial states; an `edit`
    changes the derivatives, never the values."""

    def __init__(self, graph: Graph, sizes: Sizes, field: Field, given: Given, edit: Edit = exact) -> None:
        self.graph, self.sizes, self.field, self.given, self.edit = graph, sizes, field, given, edit
        self._values: dict[Leaf, Entries] = {}
        self._direct: dict[Value, dict[Leaf, Rows]] = {}
        self._gradients: dict[Value, dict[Leaf, Entries]] = {}
        self._total: dict[tuple[Leaf, int | None], dict[Value, Rows]] = {}

    def edited(self, edit: Edit) -> Network:
        """The same values with other derivatives."""
        other = Network(self.graph, self.sizes, self.field, self.given, edit)
        other._values = self._values
        return other

    def value(self, leaf: Leaf) -> Entries:
        """The entries of a named array."""
        if leaf not in self._values:
            if isinstance(leaf, Value) and self.graph.defines(leaf):
                for earlier in self.graph.values:  # in order, so that nothing recurses over the steps
                    if earlier not in self._values:
                        self._values[earlier] = self.evaluate(self.graph.definition(earlier))
                    if earlier == leaf:
                        break
            else:
                self._values[leaf] = self.given(leaf)
        return self._values[leaf]

    def evaluate(self, array: Array) -> Entries:
        """The entries of an expression over the network's values."""
        return evaluate(array, self.sizes, self.leaf, self.field)

    def leaf(self, leaf: Leaf, field: Field) -> Entries:
        """A named array over the field, or in the form that exponents and logarithms take there."""
        if field is self.field:
            return self.value(leaf)
        defined = isinstance(leaf, Value) and self.graph.defines(leaf)
        if isinstance(field, Terms):
            if defined and _is_sum(self.graph.definition(leaf)):  # type: ignore[arg-type]
                return evaluate(self.graph.definition(leaf), self.sizes, self.leaf, field)  # type: ignore[arg-type]
            return [field.single(value) for value in self.value(leaf)]
        assert isinstance(field, Factors)
        if defined and isinstance(self.graph.definition(leaf), Softmax):  # type: ignore[arg-type]
            return evaluate(self.graph.definition(leaf), self.sizes, self.leaf, field)  # type: ignore[arg-type]
        return [field.single(value) for value in self.value(leaf)]

    def direct(self, value: Value) -> dict[Leaf, Rows]:
        """∂⁺u/∂v for every v in the equation of u, a row for each entry of u."""
        if value not in self._direct:
            one, zero = self.field.number(sympy.S.One), self.field.number(sympy.S.Zero)
            count = extent(value.shape, self.sizes)
            units = [[one if k == i else zero for k in range(count)] for i in range(count)]
            name = delta(value)
            self._direct[value] = {
                leaf: [self._pulled(contribution, name, unit) for unit in units]
                for leaf, contribution in local(self.graph, value, self.edit).items()
            }
        return self._direct[value]

    def _pulled(self, contribution: Array, adjoint: Value, unit: Entries) -> Entries:
        """A pullback with numbers for the adjoint: a row of the Jacobian."""

        def place(node: Leaf, field: Field) -> Entries:
            return unit if node == adjoint else self.leaf(node, field)

        return evaluate(contribution, self.sizes, place, self.field)

    def total(self, wrt: Leaf, use: int | None = None) -> dict[Value, Rows]:
        """du/dv for every value u that depends on v, a row for each entry of u; with `use`, v is a parameter's copy at
        that step alone, θ^(k)."""
        key = (wrt, use)
        if key not in self._total:
            found: dict[Value, Rows] = {}
            for value in self.graph.values:
                if value == wrt:
                    continue
                terms: list[Rows] = []
                for leaf, rows in self.direct(value).items():
                    if leaf == wrt:
                        if use is None or use == int(value.step):
                            terms.append(rows)
                    elif isinstance(leaf, Value) and leaf in found:
                        terms.append(self.times(rows, found[leaf]))
                if terms:
                    found[value] = [
                        [self.field.add(parts) for parts in zip(*entries, strict=True)]
                        for entries in zip(*terms, strict=True)
                    ]
            self._total[key] = found
        return self._total[key]

    def gradient(self, value: Value) -> dict[Leaf, Entries]:
        """du/dv of a scalar u for every v that it depends on, by one backward pass."""
        if value not in self._gradients:
            found: dict[Leaf, Entries] = {value: [self.field.number(sympy.S.One)]}
            for passed in reversed(self.graph.values[: self.graph.values.index(value) + 1]):
                if passed not in found:
                    continue
                name, adjoint = delta(passed), found[passed]
                for leaf, contribution in local(self.graph, passed, self.edit).items():
                    part = self._pulled(contribution, name, adjoint)
                    if leaf in found:
                        part = [self.field.add(pair) for pair in zip(found[leaf], part, strict=True)]
                    found[leaf] = part
            self._gradients[value] = found
        return self._gradients[value]

    def times(self, left: Rows, right: Rows) -> Rows:
        """The matrix product of two Jacobians."""
        flat = [entry for row in right for entry in row]
        columns = len(right[0])
        return [product(self.field, row, flat, 1, len(right), columns) for row in left]


@cache
def _is_sum(definition: Array) -> bool:
    """Whether the expression is built of sums and products alone, so that its terms can be told apart."""
    return all(
        isinstance(part, MatMul | Transpose | Total | Value | Parameter)
        or (isinstance(part, Map) and part.rule.is_polynomial())
        for part in walk(definition)
    )


def random_point(
    graph: Graph, sizes: Sizes, seed: int, zero_start: bool = False, values: dict[Leaf, Entries] | None = None
) -> Network:
    """A network over residues at a random point: parameters, initial states and inputs generic, a one-hot input that
    the loss reads (the target) at pairwise different units. `values` overrides single leaves."""
    field = Residues(seed)
    targets = {leaf.name for leaf in walk(graph.model.loss.expression) if isinstance(leaf, Value) and leaf.one_hot}

    def given(leaf: Leaf) -> Entries:
        if values is not None and leaf in values:
            return values[leaf]
        count = extent(leaf.shape, sizes)
        if isinstance(leaf, Value):
            if leaf.name in targets:
                return [int(i == (int(leaf.step) - 1) % count) for i in range(count)]
            if zero_start and leaf.step < 1:
                return [0] * count
        name = f"{leaf.name}({leaf.step})" if isinstance(leaf, Value) else leaf.name
        return [field.random(name, i) for i in range(count)]

    return Network(graph, sizes, field, given)
