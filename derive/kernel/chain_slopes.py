"""Derivatives of terms on a chain, but for what runs through a recursion."""

from __future__ import annotations

from abc import abstractmethod

from derive.kernel import terms
from derive.kernel.chain_values import ChainValues
from derive.kernel.index import Index
from derive.kernel.networks import Network, Refused, added, scaled
from derive.kernel.on_chain import UPPER
from derive.kernel.recursions import Recursion
from derive.kernel.terms import ALONG, LABELS, STEP, TOTAL, WITHIN, Ref, Term
from derive.kernel.ways import Bound, Instance, Way


class ChainSlopes(ChainValues):
    """What quantities and terms change by."""

    @abstractmethod
    def paths(self, instance: Instance, recursion: Recursion, way: Way) -> Network:
        """The derivative of a state, the sum over all paths through its recursion."""

    def derivative(self, term: terms.Derivative, bound: Bound) -> Network:
        """∂of/∂wrt, the axes of `wrt` last."""
        core = term.of
        while isinstance(core, terms.Entry):
            core = core.of
        own = (core.name, tuple(self.step(i, bound) for i in core.at)) if isinstance(core, Ref) else None
        graph = self.graph.along(term.along) if term.through == ALONG else self.graph
        uses = None if term.uses is None else self.step(term.uses, bound)
        if uses is not None and self.system[term.wrt.name].letters:
            raise Refused("the use of what differs from step to step")
        target = (term.wrt.name, tuple(self.step(i, bound) for i in term.wrt.at))
        way = Way(target, len(term.wrt.axes), graph, term.through, own, uses)
        return self.slope(term.of, bound, way, None)

    def slope(self, term: Term, bound: Bound, way: Way, reader: int | None) -> Network:
        """The derivative of a term that is read at step `reader`."""
        if not self.graph.reaches(term, way.target[0]):
            return {}
        reader = reader if way.told else None
        key = ("slope", term, way, reader, *[bound.get(letter) for letter in term.sorted_letters])
        found: Network = self._known(key, lambda: self._slope(term, bound, way, reader))
        return found

    def _slope(self, term: Term, bound: Bound, way: Way, reader: int | None) -> Network:
        rank, tail = len(term.axes), UPPER[: way.rank]
        same = LABELS[:rank]

        def by(outer: Network, inner: Network) -> Network:
            return self.networks.einsum([outer, inner], [same, same + tail], same + tail, {})

        match term:
            case Ref(name, at):
                return self.jacobian((name, tuple(self.step(i, bound) for i in at)), way, reader)
            case terms.Entry(of):
                return self._entry(self.slope(of, bound, way, reader), term, bound, way.rank)
            case terms.Add(parts):
                return added(self.slope(part, bound, way, reader) for part in parts)
            case terms.Einsum(operands, labels, out):
                found = []
                for k, operand in enumerate(operands):
                    inner = self.slope(operand, bound, way, reader)
                    if inner:
                        beside = [inner if n == k else self.value(o, bound) for n, o in enumerate(operands)]
                        names = [own + tail if n == k else own for n, own in enumerate(labels)]
                        found.append(self._einsum(beside, names, out + tail, term, bound))
                return added(found)
            case terms.Power(of, exponent):
                inner = self.slope(of, bound, way, reader)
                if not inner or exponent == 0:
                    return {}
                if isinstance(exponent, Index):
                    raise Refused("a power by an index")
                return scaled(by(self.value(terms.Power(of, exponent - 1), bound), inner), exponent)
            case terms.Apply(function, of, order, ()):
                inner = self.slope(of, bound, way, reader)
                return by(self.value(terms.Apply(function, of, order + 1), bound), inner) if inner else {}
            case terms.Opaque(function, arguments, extents, None):
                found = []
                for i, argument in enumerate(arguments):
                    inner = self.slope(argument, bound, way, reader)
                    if inner:
                        outer = self.value(terms.Opaque(function, arguments, extents, i), bound)
                        middle = LABELS[rank : rank + len(argument.axes)]
                        widths = {x: self.extent(e, bound) for x, e in zip(middle, argument.axes, strict=True)}
                        found.append(
                            self.networks.einsum([outer, inner], [same + middle, middle + tail], same + tail, widths)
                        )
                return added(found)
            case terms.Fold("sum", _, _, _, body):
                return self._sum(term, bound, lambda at: self.slope(body, at, way, reader))
            case terms.Build(_, _, body):
                return self._built(term, bound, lambda at: self.slope(body, at, way, reader))
            case terms.Join() | terms.Slice():
                return self._blocked(term, bound, lambda part: self.slope(part, bound, way, reader), way.rank)
            case terms.Choice():
                return self._chosen(term, bound, lambda part: self.slope(part, bound, way, reader), rank + way.rank)
        raise Refused(f"the derivative of {type(term).__name__}")

    def jacobian(self, instance: Instance, way: Way, reader: int | None) -> Network:
        """The derivative of a quantity that is read at step `reader`."""
        key = ("jacobian", instance, way, reader if way.told else None)
        found: Network = self._known(key, lambda: self._jacobian(instance, way, reader))
        return found

    def _jacobian(self, instance: Instance, way: Way, reader: int | None) -> Network:
        name, at = instance
        step = self.system[name].step
        if way.through == WITHIN and reader is not None and step is not None and self.chain.order(at[step], reader):
            return {}
        if name == way.target[0] and all(self.chain.order(x, y) == 0 for x, y in zip(at, way.target[1], strict=True)):
            if way.uses is not None and (reader is None or self.chain.order(reader, way.uses)):
                return {}
            return self.networks.identity(way.rank)
        if way.target[0] not in self.graph.reach[name] or not self._follows(instance, way):
            return {}
        recursion = way.graph.recursion(name) if way.through in (TOTAL, ALONG) else None
        if recursion and way.inside and recursion == way.inside.recursion:
            if at != (way.inside.at,):
                return {}
        elif recursion and name in recursion.states:
            return self.paths(instance, recursion, way)
        definition = self.definition(instance)
        return {} if definition is None else self.slope(*definition, way, None if step is None else at[step])

    def _follows(self, instance: Instance, way: Way) -> bool:
        if way.through in (TOTAL, WITHIN) or instance == way.own:
            return True
        if way.through == STEP and way.own is not None:
            steps = [self.system[name].step for name in (instance[0], way.own[0])]
            here, own = (None if s is None else at[s] for s, at in zip(steps, (instance[1], way.own[1]), strict=True))
            return here is None or (own is not None and self.chain.order(here, own) == 0)
        return way.through == ALONG and way.graph.key[0] is not None and instance[0] in way.graph.key[0]
