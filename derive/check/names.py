"""Names and indices on a page: which symbol of the legend a tree is, and what stands as its index."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.check.terms import Index
from derive.reading import Legend, ReadError
from derive.reading.legend import Entry
from derive.reading.steps import is_operation
from derive.reading.tree import NOWHERE, Big, Group, Node, Number, Product, Relation, Script, Sequence, Sum, Symbol

FUNCTIONS = {
    "tanh": "tanh",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "softmax": "softmax",
    "sigma": "sigmoid",
    "sigmoid": "sigmoid",
}
_MIRRORED = {"ge": "le", "gt": "lt"}


@dataclass
class Names:
    """The names of one page. `own` holds those that the notes introduce, without their indices, with the letters that
    index them."""

    legend: Legend
    own: dict[Node, tuple[str, ...]] = field(default_factory=dict, kw_only=True)

    @cached_property
    def letters(self) -> frozenset[str]:
        """The index letters of the legend."""
        return frozenset(spelling.lstrip("\\") for spelling in self.legend.indices)

    @cached_property
    def sizes(self) -> dict[str, str]:
        """The sizes of the network that the page names, by their spelling; T needs no entry."""
        sized = {e.spelling.lstrip("\\"): e.means for e in self.legend.entries if e.role == "size"}
        return {"T": "T"} | sized

    @cached_property
    def times(self) -> frozenset[str]:
        """The letters that always speak of steps."""
        return self.letters & {"t", "tau"} | {"T"}

    def entry(self, node: Node) -> tuple[Entry, list[tuple[str, Node]]] | None:
        """The legend's entry for a symbol, and the scripts that are no part of its name."""
        if isinstance(node, Symbol):
            found = self.legend.find(node)
            return (found, []) if found else None
        if not isinstance(node, Script) or isinstance(node.base, Group):
            return None
        for kept in (("sub", "sup"), ("sub",), ("sup",), ()):
            name = replace(
                node,
                sub=node.sub if "sub" in kept else None,
                sup=node.sup if "sup" in kept else None,
                primes=0,
            )
            bare = node.base if name.sub is None and name.sup is None else name
            found = self.legend.find(bare)
            if found is not None:
                rest = [(kind, getattr(node, kind)) for kind in ("sub", "sup") if kind not in kept]
                return found, [(kind, script) for kind, script in rest if script is not None]
        return None

    def knows(self, node: Node) -> bool:
        """Whether a side is a symbol of the legend, or more than a bare symbol with its index."""
        bare = node.factors[0] if isinstance(node, Product) else node
        base = bare.base if isinstance(bare, Script) else bare
        if isinstance(base, Symbol) and (base.name in FUNCTIONS or base.name in ("e", "Delta")):
            return True
        return not isinstance(bare, Symbol | Script) or self.entry(bare) is not None

    def index(self, node: Node) -> Index | None:
        """An index expression in the letters of the page, or None where it is none."""
        match node:
            case Number(_, value) if value.denominator == 1:
                return Index(int(value))
            case Symbol(_, name, "") if name in self.letters or self.sizes.get(name) == "T":
                return Index(0, ((self.sizes.get(name, name), 1),))
            case Symbol(_, name, "") if name in self.sizes:
                return Index(0, (), ((self.sizes[name], 1),))
            case Group(_, body, bracket) if bracket not in ("|", "||"):
                return self.index(body)
            case Script(_, base, sub, None, primes, None) if isinstance(base, Symbol) and base.name in self.letters:
                if primes and sub is None:
                    return Index(0, ((base.name + "'" * primes, 1),))
                return None
            case Sum(_, parts, signs):
                total = Index()
                for part, sign in zip(parts, signs, strict=True):
                    inner = self.index(part)
                    if inner is None:
                        return None
                    total = total.plus(inner, sign)
                return total
        return None

    def indices(self, node: Node) -> tuple[Index, ...] | None:
        """One or several indices: t, (t, k), ij."""
        single = self.index(node)
        if single is not None:
            return (single,)
        if isinstance(node, Script) and node.sup is None and node.sub is not None and not node.primes:
            parts: tuple[Node, ...] = (node.base, node.sub)  # t_m: the step t, the component m
        elif isinstance(node, Sequence):
            parts = node.items
        elif isinstance(node, Product) and not any(node.ops):
            parts = node.factors
        else:
            return None
        found = [self.index(part) for part in parts]
        return tuple(i for i in found if i is not None) if all(i is not None for i in found) else None

    def is_step(self, exponent: Node) -> bool:
        """Whether a plain exponent can be the step of a sequence: h^t, h^{t-1}, but neither h^2 nor h^T."""
        index = self.index(exponent)
        return index is not None and bool(index.names) and not is_operation(exponent)

    def own_key(self, node: Node) -> tuple[Node, tuple[Index, ...]] | None:
        """A name that the legend does not know, without its indices: δ_t^o gives δ^o and (t)."""
        if isinstance(node, Symbol):
            return node, ()
        if isinstance(node, Product) and len(node.factors) == 2 and isinstance(node.factors[1], Group):
            inner = self.own_key(node.factors[0])
            index = self.indices(node.factors[1].body)
            if not inner or not index:
                return None
            timed = any(i.names & self.times for i in inner[1])  # δ_t(k), but δ_i(t)
            return inner[0], inner[1] + index if timed else index + inner[1]
        if not isinstance(node, Script) or not isinstance(node.base, Symbol) or node.primes or node.left is not None:
            return None
        found: tuple[Index, ...] = ()
        kept: dict[str, Node | None] = {}
        for kind in ("sup", "sub"):  # a bracket above is the step
            script = getattr(node, kind)
            if kind == "sup" and is_operation(script):
                return None
            index = self.indices(script) if script is not None else None
            if kind == "sup" and not isinstance(script, Group) and not self._has_step_above(node):
                index = None  # a power or a name, not a step
            kept[kind] = script if index is None else None
            found += index or ()
        sub, sup = kept["sub"], kept["sup"]
        return (node.base if sub is None and sup is None else Script(NOWHERE, node.base, sub, sup)), found

    def _has_step_above(self, node: Script) -> bool:
        """Whether a name of the notes' own has its step as a plain exponent: δ^t and δ_h^t, but not δ_t^k, and not γ^t
        for a γ without steps."""
        index = self.index(node.sup) if node.sup is not None and self.is_step(node.sup) else None
        if index is None or self.own.get(node.base) == ():
            return False
        return node.sub is None or self.indices(node.sub) is None or bool(index.names & self.times)

    def need_index(self, node: Node) -> Index:
        index = self.index(node)
        if index is None:
            raise ReadError("an index is expected here (the legend names the index letters)", node.span)
        return index

    def letter(self, node: Node) -> str | None:
        index = self.index(node)
        if index is not None and index.const == 0 and len(index.letters) == 1 and index.letters[0][1] == 1:
            return index.letters[0][0]
        return None

    def bounds(self, big: Big) -> tuple[str | None, Index | None, Index | None]:
        lower, upper = big.lower, big.upper
        if lower is None:
            if upper is not None:
                raise ReadError("an upper bound without an index", big.span)
            return None, None, None
        if isinstance(lower, Symbol | Script) and (name := self.letter(lower)):
            return name, (Index(1) if upper is not None else None), self.need_index(upper) if upper else None
        if isinstance(lower, Relation) and (name := self.letter(lower.left)):
            if lower.op == "=":
                return name, self.need_index(lower.right), self.need_index(upper) if upper is not None else None
            if lower.op in ("le", "lt") and upper is None:
                bound = self.need_index(lower.right)
                return name, Index(1), bound if lower.op == "le" else replace(bound, const=bound.const - 1)
        if isinstance(lower, Sequence) and upper is None:  # 1 ≤ k ≤ i
            links = [item for item in lower.items if isinstance(item, Relation)]
            if all(link.op in _MIRRORED for link in links):  # i ≥ k > 1
                links = [replace(k, left=k.right, op=_MIRRORED[k.op], right=k.left) for k in reversed(links)]
            if len(links) == len(lower.items) == 2 and all(link.op in ("le", "lt") for link in links):
                name = self.letter(links[0].right)
                if name and self.letter(links[1].left) == name:
                    low, high = self.need_index(links[0].left), self.need_index(links[1].right)
                    low = replace(low, const=low.const + (links[0].op == "lt"))
                    return name, low, replace(high, const=high.const - (links[1].op == "lt"))
        first = lower.left if isinstance(lower, Relation) else lower
        if isinstance(first, Symbol) and first.name not in self.letters:
            raise ReadError(f"{first.name} is no index of the legend: give it the role index there", first.span)
        raise ReadError("this bound is not understood: write t=1 below and T above", lower.span)
