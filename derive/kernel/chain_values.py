"""Values of terms on a chain, as networks. Each argument of a function is compared by its own normal form, in which
states are atoms: tanh(u) is one atom wherever u is the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import reduce

from derive.kernel import rewriting, terms
from derive.kernel.chains import Narrow
from derive.kernel.functions import SLOPES, slope
from derive.kernel.index import Index
from derive.kernel.networks import LETTER, ONE, Network, Refused, added, number, scaled
from derive.kernel.on_chain import OnChain
from derive.kernel.recursions import Recursion
from derive.kernel.terms import Ref, Term
from derive.kernel.ways import KEY, RAW, VALUE, Bound, Inside, Instance, Mode


class ChainValues(OnChain, ABC):
    """What quantities and terms are."""

    @abstractmethod
    def unrolled(self, instance: Instance, recursion: Recursion) -> Network:
        """The value of a linear recursion. Raises Refused for one that is not linear."""

    @abstractmethod
    def product(self, fold: terms.Fold, bound: Bound, mode: Mode) -> Network:
        """A Π over steps."""

    @abstractmethod
    def derivative(self, term: terms.Derivative, bound: Bound) -> Network:
        """∂of/∂wrt, the axes of `wrt` last."""

    def quantity(self, instance: Instance, mode: Mode) -> Network:
        name, at = instance
        quantity = self.system[name]
        rank = len(quantity.axes)
        atom = self.networks.array(self.networks.atom(("at", *instance)), rank)
        if mode == RAW:
            return atom
        recursion = self.graph.recursion(name)
        if isinstance(mode, Inside) and name in mode.recursion.names:
            if at != (mode.at,):
                return {}
        elif mode == KEY and recursion and name in recursion.states:
            return atom
        try:
            definition = self.definition(instance)
        except Narrow:
            self.chain.log.local = False
            return atom
        if isinstance(mode, Inside) and name in mode.recursion.names:
            return self._given(instance) if definition is None else self.value(*definition, mode)
        if definition is None:
            return self._given(instance)
        if name in self.expanded and recursion and name in recursion.states:
            return self.unrolled(instance, recursion)
        return atom if name in self.whole else self.value(*definition, mode)

    def _given(self, instance: Instance) -> Network:
        quantity = self.system[instance[0]]
        if quantity.kind == "zero":
            return {}
        rule = quantity.kind if quantity.kind in ("simplex", "one-hot") else ""
        return self.networks.array(self.networks.atom(("given", *instance), rule), len(quantity.axes), quantity.over)

    def value(self, term: Term, bound: Bound, mode: Mode = VALUE) -> Network:
        """Raises Refused."""
        key = ("value", term, mode, *[bound.get(letter) for letter in term.sorted_letters])
        found: Network = self._known(key, lambda: self._value(term, bound, mode))
        return found

    def _value(self, term: Term, bound: Bound, mode: Mode) -> Network:
        rank = len(term.axes)
        match term:
            case terms.Number(value):
                return number(value)
            case terms.Numeral(index):
                return self.numeral(index, bound)
            case Ref(name, at):
                return self.quantity((name, tuple(self.step(index, bound) for index in at)), mode)
            case terms.Entry(of):
                return self._entry(self.value(of, bound, mode), term, bound, 0)
            case terms.Add(parts):
                return added(self.value(part, bound, mode) for part in parts)
            case terms.Einsum(operands, labels, out):
                return self._einsum([self.value(o, bound, mode) for o in operands], labels, out, term, bound)
            case terms.Power(of, exponent):
                base = self.value(of, bound, mode)
                if isinstance(exponent, Index):
                    raise Refused("a power by an index")
                if exponent.denominator != 1:
                    return self.networks.captured(base, rank, ("power", exponent))
                return self.networks.power(base, int(exponent), rank)
            case terms.Apply(function, of, order, ()):
                return self._apply(function, of, order, bound, mode)
            case terms.Opaque(function, arguments, _, by):
                keys = [self.value(argument, bound, RAW if mode == RAW else KEY) for argument in arguments]
                if any(x <= LETTER for key in keys for _, fs in key for (_, ls), _ in fs for x in ls):
                    raise Refused("a function of components")
                named = ("opaque", function, by, tuple(frozenset(key.items()) for key in keys))
                return self.networks.array(self.networks.atom(named), rank)
            case terms.Fold(op, _, _, _, body):
                if op == "prod":
                    return self.product(term, bound, mode)
                return self._sum(term, bound, lambda at: self.value(body, at, mode))
            case terms.Choice():
                return self._chosen(term, bound, lambda part: self.value(part, bound, mode), rank)
            case terms.Indicator(condition):
                return reduce(
                    lambda a, b: self.networks.times(a, b, 0), (self._indicated(c, bound) for c in condition), ONE
                )
            case terms.Identity():
                return self.networks.identity(1)
            case terms.Ones():
                return ONE
            case terms.Build(_, _, body):
                return self._built(term, bound, lambda at: self.value(body, at, mode))
            case terms.Join() | terms.Slice():
                return self._blocked(term, bound, lambda part: self.value(part, bound, mode), 0)
            case terms.Derivative() if mode != RAW:
                return self.derivative(term, bound)
        raise Refused(f"{type(term).__name__} in a proof")

    def _apply(self, function: str, of: Term, order: int, bound: Bound, mode: Mode) -> Network:
        rank = len(of.axes)
        if function == "softplus" and order:
            function, order = "sigmoid", order - 1
        if function == "log" and order:
            factor = (-1) ** (order - 1) * reduce(int.__mul__, range(1, order), 1)
            return scaled(self.networks.power(self.value(of, bound, mode), -order, rank), factor)
        if isinstance(mode, Inside) and any(
            ref.name in mode.recursion.names for ref in rewriting.walk(of) if isinstance(ref, Ref)
        ):
            raise Refused("a recursion that is not linear")
        inside = self.value(of, bound, RAW if mode == RAW else KEY)
        if function not in SLOPES:
            return self.networks.captured(inside, rank, ("apply", function, order))
        value = self.networks.captured(inside, rank, ("apply", function, 0), function if function != "exp" else "")
        if not order:
            return value
        powers = [scaled(self.networks.power(value, k, rank), c) for k, c in enumerate(slope(function, order))]
        return added(powers)
