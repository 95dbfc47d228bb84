r"""Values that are written as functions of a sample: h_\theta(x^{(i)}) is what h_θ is for sample i, and
\mathrm{Cost}(h_\theta(x^{(i)}), y^{(i)}) is its cost.

A letter with parameters below it, h_\theta or f_{w,b}, is no function of which the page says only the name: before one
input alone it is a value. `h_\theta(x) = …` says what it is for every x, and so for x^{(i)}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from derive.reading.tree import Group, Node, Product, Script, Symbol, mapped, spanning, walk
from derive.reading.tree import Sequence as Listing
from derive.understand.customs import LOSSES
from derive.understand.letters import STEPS
from derive.understand.mentions import CUSTOMARY

PARAMETERS = frozenset(("theta", "Theta", "vartheta", "w", "W", "b", "beta", "Omega"))
COSTS = frozenset(("Cost", "cost", "Loss", "loss"))
Formula = tuple[Node, ...]


def hypotheses_writer(formulas: Sequence[Formula]) -> Callable[[Formula], Formula]:
    """What puts the values for the calls of these formulas."""
    calls = [call for sides in formulas for side in sides for call in _calls(side)]
    inputs: dict[Node, set[Node | None]] = {}  # what each is a function of
    for value, argument in calls:
        inputs.setdefault(value, set()).add(_bare(argument))
    known = {value: arguments.pop() for value, arguments in inputs.items() if len(arguments) == 1}
    names = {value: name for value, name in known.items() if name is not None}
    samples = {a.sup for _, a in calls if isinstance(a, Script) and is_sample(a.sup)}
    heads = {_cost(sides[0]) for sides in formulas if len(sides) > 1}
    sampled = {name for sides in formulas for side in sides for name in _sampled(side)}
    costs = frozenset(head for head in heads if head is not None and (head in COSTS or head in sampled))
    writer = _Writer(names, samples.pop() if len(samples) == 1 else None, costs)
    return writer.written if names or writer.costs else lambda sides: sides


def _calls(node: Node) -> Iterator[tuple[Node, Node]]:
    """The letters with parameters below them that stand before a bracket, each with what the bracket holds."""
    for part in walk(node):
        if isinstance(part, Product):
            for n, (value, argument) in enumerate(zip(part.factors, part.factors[1:], strict=False)):
                if not part.ops[n] and _is_hypothesis(value) and isinstance(argument, Group):
                    yield value, argument.body


def _is_hypothesis(node: Node) -> bool:
    """Whether a tree is h_\theta or f_{w,b}."""
    if not isinstance(node, Script) or node.sub is None or node.sup is not None or node.primes:
        return False
    below = [part for part in walk(node.sub) if isinstance(part, Symbol)]
    plain = isinstance(node.base, Symbol) and len(node.base.name) == 1
    return plain and bool(below) and all(part.name in PARAMETERS for part in below)


def _bare(argument: Node) -> Node | None:
    """The input that an argument is: x for x, x^{(i)} and x_i; None for another one."""
    if isinstance(argument, Script) and not argument.primes:
        indices = [item for item in (argument.sub, argument.sup) if item is not None]
        argument = argument.base if len(indices) == 1 else argument
    return argument if isinstance(argument, Symbol) else None


def _cost(node: Node) -> str | None:
    """The name of a cost before what it depends on."""
    match node:
        case Product(_, (Symbol(_, name, ""), Group(_, Listing(), "("), *_), ("", *_)) if name in COSTS | LOSSES:
            return name
    return None


def _sampled(node: Node) -> Iterator[str]:
    """The letters before a list of what is all of one sample."""
    for part in walk(node):
        for pair in pairwise(part.factors) if isinstance(part, Product) else ():
            match pair:
                case (Symbol(_, name, ""), Group(_, Listing(_, items), "(")):
                    samples = {item.sup if isinstance(item, Script) else None for item in items}
                    if len(samples) == 1 and is_sample(samples.pop()):
                        yield name


def is_sample(node: Node | None) -> bool:
    """Whether what stands above a letter can be the number of a sample: (i), or i."""
    letter = node.body if isinstance(node, Group) and node.bracket == "(" else node
    return isinstance(letter, Symbol) and letter.name in CUSTOMARY - STEPS and letter.name not in ("l", "ell")


@dataclass(frozen=True)
class _Writer:
    """`inputs` are what the values are functions of; `sample`, which raises them for one sample; `costs`, the names of
    costs of which a formula says what they are."""

    inputs: dict[Node, Node]
    sample: Node | None
    costs: frozenset[str]

    def written(self, sides: Formula) -> Formula:
        """The formula with its values."""
        of_any = any(value in self.inputs and isinstance(a, Symbol) for side in sides for value, a in _calls(side))
        if of_any and self.sample is not None and not self._is_bare(sides):
            return sides  # h_θ(x) beside x^{(i)}: a sample was forgotten
        is_rule = any(value in self.inputs for value, _ in _calls(sides[0])) and not _is_derived(sides[0])
        if self.sample is not None and len(sides) > 1 and is_rule and self._is_bare(sides):
            sides = tuple(self._sampled(side) for side in sides)
        values = tuple(self._put(side) for side in sides)
        return values if self.sample is None or self._is_bare(sides) else tuple(map(self._same_sample, values))

    def _same_sample(self, node: Node) -> Node:
        r"""With h_\theta of the one sample of which its formula speaks."""
        return replace(node, sup=self.sample) if node in self.inputs else mapped(node, self._same_sample)  # type: ignore[call-arg]

    def _is_bare(self, sides: Formula) -> bool:
        """Whether a formula speaks of no sample."""
        return all(part != self.sample for side in sides for part in walk(side))

    def _sampled(self, node: Node) -> Node:
        """With the inputs, and the targets beside them, of one sample."""
        if isinstance(node, Symbol) and (node in self.inputs.values() or node == Symbol((0, 0), "y")):
            return Script(node.span, node, None, self.sample)
        return mapped(node, self._sampled)

    def _put(self, node: Node) -> Node:
        node = mapped(node, self._put)
        if not isinstance(node, Product):
            return node
        factors, ops = [node.factors[0]], list[str]()
        for op, factor in zip(node.ops, node.factors[1:], strict=True):
            value = self._value(factors[-1], factor) if not op else None
            if value is None:
                factors.append(factor)
                ops.append(op)
            else:
                factors[-1] = value
        return factors[0] if len(factors) == 1 else replace(node, factors=tuple(factors), ops=tuple(ops))

    def _value(self, function: Node, bracket: Node) -> Node | None:
        """What two factors are together, where they are a value."""
        if not isinstance(bracket, Group) or bracket.bracket != "(":
            return None
        span, argument = spanning(function, bracket), bracket.body
        if isinstance(function, Script) and function in self.inputs and _bare(argument) == self.inputs[function]:
            if not isinstance(argument, Script):
                return function
            if argument.sup is not None:
                return replace(function, span=span, sup=argument.sup)
            return Script(span, function, argument.sub)
        if isinstance(function, Symbol) and function.name in self.costs and isinstance(argument, Listing):
            samples = {item.sup if isinstance(item, Script) else None for item in argument.items}
            sample = samples.pop()
            if not samples and (sample is None or is_sample(sample)):
                return function if sample is None else Script(span, function, None, sample)
        return None


def _is_derived(node: Node) -> bool:
    """Whether a side is more than a value or a cost."""
    return not isinstance(node, Product) or len(node.factors) != 2
