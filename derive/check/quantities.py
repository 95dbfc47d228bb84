"""The quantities of the network at a point: its arrays, and the derivatives between them, as tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy

from derive.algebra.array import Parameter, Value
from derive.algebra.pullback import Leaf
from derive.algebra.values import Network
from derive.check import terms
from derive.check.jacobians import jacobian
from derive.check.page import NotApplicable, OutOfRange, Page, Point, Scope
from derive.check.tensor import Axis, ShapeMismatch, Tensor, make, select, vanishing
from derive.check.terms import Index, Term
from derive.kernel.exact import Factors, Terms
from derive.kernel.field import Entries, Field, Undecidable


@dataclass(frozen=True)
class Quantities:
    """The arrays of a point, and their derivatives as `network` has them. With `target_unit`, those with an output axis
    are their target row."""

    page: Page
    point: Point
    network: Network
    target_unit: bool

    def leaf(self, ref: terms.Ref, scope: Scope) -> Leaf:
        """The named array; its step must exist."""
        step = self.point.at(ref.step, scope) if ref.step is not None else None
        leaf = self.page.leaf(ref, step)
        if step is not None and not 1 <= step <= self.point.steps and not (step == 0 and ref.name in self.page.states):
            raise scope.missing(f"{ref.name}({step})", [ref.step])
        return leaf

    def reference(self, ref: terms.Ref, scope: Scope, over: Field) -> Tensor:
        """A quantity that stands by its name: an array, the loss of the run or the learning rate."""
        if ref.name == "eta":
            return Tensor((), (), [self.rate(over)])
        if ref.name == "loss":
            total = [over.add([self.point.network.leaf(loss, over)[0] for loss in self.point.network.graph.losses])]
            return Tensor((), (), [over.mul((over.number(self.page.scale(self.point.steps)), total[0]))])
        leaf = self.leaf(ref, scope)
        tensor = self.point.tensors.get(leaf) if over is self.network.field else None
        if tensor is None:
            plain = [Axis(label) for label in self.page.axes[ref.name]]
            sizes = [self.network.sizes[dimension] for dimension in leaf.shape]
            tensor = make(plain, sizes, self.point.network.leaf(leaf, over))
            if over is self.network.field:
                self.point.tensors[leaf] = tensor
        return self.sliced(tensor, scope, int(leaf.step) if isinstance(leaf, Value) else None)

    def sliced(self, tensor: Tensor, scope: Scope, step: int | None) -> Tensor:
        """Under target-unit, the target's entry or row at `step` (at the scope's step for a parameter)."""
        if not self.target_unit or self.page.output is None:
            return tensor
        for position, axis in enumerate(tensor.axes):
            if axis.label == self.page.output:
                own = int(axis.var.step) if isinstance(axis.var, Value) else step
                at = own if own is not None else scope.step
                if at is None:
                    unit = set(self.point.targets.values())
                    if len(unit) > 1:
                        raise NotApplicable("no step tells which row is the target's")
                    return self.sliced(select(tensor, position, unit.pop()), scope, step)
                if at not in self.point.targets:
                    raise OutOfRange(f"the target at step {at}")
                return self.sliced(select(tensor, position, self.point.targets[at]), scope, step)
        return tensor

    def rate(self, over: Field) -> object:
        eta = Parameter((), "eta")
        return self.lift_entries(self.point.network.given(eta), over)[0]

    def lift(self, tensor: Tensor, over: Field) -> Tensor:
        return replace(tensor, data=self.lift_entries(tensor.data, over))

    def lift_entries(self, entries: Entries, over: Field) -> Entries:
        """Values of the base field in the form that exponents and logarithms take."""
        if isinstance(over, Terms | Factors) and over is not self.network.field:
            return [over.single(entry) for entry in entries]
        return entries

    def change(self, term: terms.Change, scope: Scope, over: Field) -> Tensor:
        """Δθ, the negative gradient times the learning rate."""
        parameter = self.page.leaf(terms.Ref(term.span, term.parameter), None)
        gradient = jacobian(self.page, self.network, None, parameter, False)
        eta = over.mul([over.number(sympy.S.NegativeOne), self.rate(over)])
        scaled = self.lift(gradient, over)
        return self.sliced(replace(scaled, data=[over.mul((eta, g)) for g in scaled.data]), scope, None)

    def derivative(self, term: terms.Deriv, direct: bool, scope: Scope, over: Field) -> Tensor:
        """∂u/∂v, direct or total, for arrays or entries of them; u may be the loss of the run."""
        of, of_indices = _peeled(term.of)
        wrt, wrt_indices = _peeled(term.wrt)
        if not isinstance(wrt, terms.Ref) or not wrt.is_array:
            raise Undecidable("a derivative with respect to what is no array of the network")
        if not isinstance(of, terms.Ref) or of.name == "eta":
            raise Undecidable("the derivative of what is no quantity of the network")
        if self.past(of, wrt, scope):
            return vanishing(over)
        variable = self.leaf(wrt, scope)
        value = None if of.name == "loss" else self.leaf(of, scope)
        if isinstance(value, Parameter) or (isinstance(value, Value) and value.name in self.page.inputs):
            raise Undecidable("the derivative of something given")
        if direct and isinstance(value, Value) and value != variable and not self.network.graph.defines(value):
            raise scope.missing(f"the equation of {value.name}({value.step})", [of.step])
        tensor = self.lift(jacobian(self.page, self.network, value, variable, direct), over)
        for index, role in [*((i, "of") for i in of_indices), *((i, "wrt") for i in wrt_indices)]:
            position = next((i for i, axis in enumerate(tensor.axes) if axis.role == role), None)
            if position is None:
                raise ShapeMismatch("more indices than axes")
            tensor = select(tensor, position, self.point.at(index, scope) - 1)
        return self.sliced(tensor, scope, None)

    def past(self, of: terms.Ref, wrt: terms.Ref, scope: Scope) -> bool:
        """Whether this is the adjoint of a value past the last step, which is zero."""
        scalar_loss = of.name in ("loss", self.page.model.loss.name)
        after = wrt.step is not None and self.point.at(wrt.step, scope) > self.point.steps
        return scalar_loss and after and self.point.at(wrt.step, scope) == self.point.steps + 1  # type: ignore[arg-type]


def _peeled(term: Term) -> tuple[Term, tuple[Index, ...]]:
    return (term.of, term.indices) if isinstance(term, terms.Component) else (term, ())
