"""The network that a page defines, as a `Model`: from the page as the check understands it.

Steps and samples become the steps of the model, layers become values and parameters of their own, and an axis of
samples that every value has beside its steps is left out: a batch is one sequence after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import sympy
from sympy import Expr

from derive.algebra.array import Array, Parameter, ShapeError, Value, last, t
from derive.algebra.model import Equation, Model
from derive.algebra.notation import placed
from derive.arrays import Arrays
from derive.faults import Located
from derive.kernel.index import Index, Unbound, letter
from derive.kernel.rewriting import put
from derive.kernel.terms import Join, Malformed, Ref, Term
from derive.reading import ReadError
from derive.roles import LAYER, STEP, Place, Roles
from derive.summed import Summed

END = Index(0, (("T", 1),))


@dataclass
class Network(Roles):
    """One network of a page on its way to a model."""

    spellings: dict[str, str] = field(default_factory=dict, init=False)  # names of the model -> the page's LaTeX
    ahead: dict[Place, tuple[Term, Expr]] = field(default_factory=dict, init=False)  # equations to be made
    given: dict[Place, Value | Parameter] = field(default_factory=dict, init=False)
    blocks: dict[str, str] = field(default_factory=dict, init=False)  # parts of parameters -> these

    def model(self) -> Model:
        """The network. Raises ReadError, naming the equation."""
        for key in filter(self.is_open, self.needed):
            raise self.faults.without_definition(key, self.system[key], self.latex)
        for key in self.needed:
            of = self._entry_of(key)
            if of is not None:
                reason = f"{self.latex[key]} is defined nowhere, and a single entry of {of} is outside what can be run"
                raise self.faults.where_spoken(key, reason)
        scale, body, step, summand = Summed(self).taken_apart()
        number, scale = scale.as_independent(last)
        loss = self._equation(Place(self.loss), self._guarded(self.loss, self.closed, body), step, total=True)
        self.spellings[loss.name] = self.latex[summand if number == 1 else self.loss]
        loss = replace(loss, expression=number * loss.expression)
        made: dict[str, tuple[str, Equation]] = {}
        while waiting := [place for place in self.ahead if self.name(place) not in made]:
            for place in waiting:
                made[self.name(place)] = (place.key, self._equation(place, *self.ahead[place]))
        equations = self._ordered(made)
        given = [self.given[place] for place in sorted(self.given, key=self._rank)]
        inputs = tuple(value for value in given if isinstance(value, Value))
        weights = tuple(leaf for leaf in given if isinstance(leaf, Parameter))
        if not weights:
            raise self.faults.of(self.loss, "it depends on no parameter")
        over = "steps" if self.steps and any(map(self._shifted, equations)) else "samples"
        try:
            return Model(self.title, inputs, weights, (*equations, loss), scale, over if step == t else "steps")
        except (ValueError, ShapeError) as error:
            raise ReadError(f"{self.title}: its network cannot be run: {error}") from None

    def _ordered(self, made: Mapping[str, tuple[str, Equation]]) -> tuple[Equation, ...]:
        """The equations so that each stands after those that it reads at its own step."""
        done: dict[str, Equation] = {}

        def place(name: str, above: tuple[str, ...]) -> None:
            key, equation = made[name]
            if name in above:
                raise self.faults.of(key, "it is defined by itself within a step")
            for leaf in equation.leaves:
                if (
                    isinstance(leaf, Value)
                    and leaf.name in made
                    and leaf.name not in done
                    and leaf.step == equation.step
                ):
                    place(leaf.name, (*above, name))
            done.setdefault(name, equation)

        for name in sorted(made, key=lambda name: list(self.system).index(made[name][0])):
            place(name, ())
        steps = [equation for equation in done.values() if not equation.once]
        return (*steps, *(equation for equation in done.values() if equation.once))

    def _entry_of(self, key: str) -> str | None:
        """The array that a formula defines, of which a quantity that none defines may be an entry: a of a_1."""
        array = re.sub(r"_\d+$", "", key)
        quantity = self.system.get(array)
        is_array = array != key and quantity is not None and bool(quantity.cases and quantity.axes)
        return array if is_array and not self.system[key].cases else None

    def _shifted(self, equation: Equation) -> bool:
        return any(isinstance(leaf, Value) and leaf.step not in (t, last) for leaf in equation.leaves)

    def _guarded(self, key: str, make: Callable[[Term], Term], of: Term) -> Term:
        try:
            return make(of)
        except ReadError as error:
            raise self.faults.of(key, str(error)) from None

    def _equation(self, place: Place, term: Term, step: Expr, total: bool = False) -> Equation:
        """The equation of a quantity in its layer."""
        stands = Standing(self, step)
        arrays = Arrays(stands.leaf, stands.number, self.size, self.samples, self._block, self._stack)
        try:
            expression = arrays.array(term)
        except Located:
            raise
        except Unbound as error:
            raise self.faults.of(place.key, f"nothing says what {error.args[0]} is") from None
        except (ReadError, ShapeError, Malformed) as error:
            raise self.faults.of(place.key, str(error)) from None
        if total and expression.shape:
            raise self.faults.of(place.key, "the loss is not a number")
        return Equation(self.name(place), expression, step)

    def name(self, place: Place) -> str:
        """A quantity's name in the model."""
        base = self.identifiers[place.key]
        if place.layer is None:
            self.spellings.setdefault(base, self.latex[place.key])
            return base
        name = f"{base}_{place.layer}"
        self.spellings.setdefault(name, self.spelling.layered(place.key, place.layer))
        return name

    def value(self, place: Place) -> Value | Parameter:
        """The leaf of a quantity, its equation made if it has one."""
        quantity = self.system[place.key]
        moved = {LAYER: Index(place.layer)} if place.layer is not None else {}
        axes = tuple(axis.put(moved).put({"L": Index(self.layers)}) for axis in quantity.axes)
        shape = tuple(self.size(axis) for axis in axes if axis not in self.samples)
        name = self.name(place)
        step = t if self.is_stepped(place.key) else last
        try:
            term = self.definition(place)
        except KeyError:
            if not self.is_input(place.key, place.layer):
                return self._given(place, Parameter(shape, name))
            everywhere = self.steps or bool(self.samples)
            by_step = self.is_stepped(place.key) and everywhere
            one_hot = quantity.kind in ("one-hot", "simplex") and place.key not in self.distributions
            one_hot = one_hot and len(shape) == 1
            return self._given(place, Value(shape, name, t if by_step else last, one_hot))
        self.ahead.setdefault(place, (term, step))
        return Value(shape, name, step)

    def _given(self, place: Place, leaf: Value | Parameter) -> Value | Parameter:
        return self.given.setdefault(place, leaf)

    def _rank(self, place: Place) -> tuple[bool, int, int]:
        """The place of what is given: in the page's order, but the target last."""
        key = self.blocks.get(place.key, place.key)
        return place.key in self.only_loss, list(self.system).index(key), place.layer or 0

    def _block(self, of: Ref, by: Ref | None) -> str:
        """The name of the part of a parameter that acts on a piece of a stack."""
        if self.system[of.name].cases or self.is_input(of.name, None):
            raise ReadError("a stack that no parameter acts on")
        part = f"{of.name} {by.name if by is not None else '1'}"
        if part not in self.system:
            self.system = {**self.system, part: replace(self.system[of.name], name=part)}
            self.blocks[part] = of.name
            by_name, by_latex = (self.identifiers[by.name], self.latex[by.name]) if by is not None else ("1", "1")
            self.identifiers[part] = f"{self.identifiers[of.name]}_{by_name}"
            self.latex[part] = placed(self.latex[of.name], by_latex, "sub")
        return part

    def _stack(self, term: Term) -> Term:
        """What a quantity that is defined as a stack stands for."""
        if isinstance(term, Ref) and any(isinstance(case, Join) for _, case in self.system[term.name].cases[:1]):
            quantity = self.system[term.name]
            return put(quantity.cases[0][1], dict(zip(quantity.letters, term.at, strict=True)))
        return term


@dataclass(frozen=True)
class Standing:
    """An equation where it stands: at a generic step, or at the end of the run."""

    network: Network
    step: Expr

    def leaf(self, ref: Ref) -> Array:
        """The array of a quantity that it reads."""
        network = self.network
        quantity = network.system[ref.name]
        layer = None
        if LAYER in quantity.letters:
            layer = network.layer_number(ref.at[quantity.letters.index(LAYER)])
        if set(quantity.letters) - {STEP, LAYER}:
            raise ReadError(f"{ref.name} has two indices of one kind")
        place = Place(ref.name, layer)
        if ref.name in network.blocks:
            shape = tuple(network.size(axis) for axis in ref.extents)
            return network._given(place, Parameter(shape, network.name(place)))
        leaf = network.value(place)
        if isinstance(leaf, Value) and leaf.step == last and self.step == t:
            raise ReadError(f"{network.latex[ref.name]} has no step, and every step reads it")
        if isinstance(leaf, Parameter) or leaf.step == last:
            return leaf
        index = network.step_of(ref) or letter(STEP)
        if index == END:
            if self.step == t:
                raise ReadError(f"{ref.name} at the last step, read at every step")
            return leaf.at(last)
        if index.names == {STEP} and dict(index.letters) == {STEP: 1}:
            if self.step == last and network.steps:
                raise ReadError(f"{ref.name} at a step that nothing names")
            return leaf.at((t if self.step == t else last) + index.constant)
        if self.step == last and index == Index(1):
            return leaf.at(1)
        raise ReadError(f"{ref.name} at step {index}")

    def number(self, index: Index) -> Expr:
        """An index as a number."""
        network = self.network
        if not index.letters:
            return sympy.Integer(index.constant)
        if index.names <= {"T"} | network.counts or index in network.samples:
            return index.constant + last
        raise ReadError(f"the number {index}")
