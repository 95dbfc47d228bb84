"""Which items of a symbol's scripts are indices, by the evidence of the whole page.

Evidence, strongest first: a letter in the item is bound by Σ, Π or a condition, or shifted by a number; the item stands
in a slot that such letters fill elsewhere; the letter is a customary index and nothing else fills the slot. Words and
digits are parts of the name, unless letters of an index stand in the same slot elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from derive.reading.steps import TRANSPOSES
from derive.reading.tree import Frac, Group, Nabla, Node, Number, Partial, Product, Relation, Script, Symbol, walk
from derive.understand.customs import FUNCTIONS, LOSSES
from derive.understand.letters import COUNTERS, STEPS, Bounds, bounds
from derive.understand.mentions import CUSTOMARY, SIZES, Item, Mention, bracket_index, mention

Key = tuple[str, tuple[int, ...], str, int]  # base, pattern, place, position in it


@dataclass(frozen=True)
class Formula:
    """One statement for this purpose: its sides and its condition, and a number."""

    number: int
    sides: tuple[Node, ...]
    condition: Node | None = None


@dataclass
class Slots:
    """The slots of the symbols of one page, with all that fills them."""

    formulas: list[Formula]
    declared: frozenset[str] = frozenset()  # letters that the legend calls indices
    explained: frozenset[str] = frozenset()  # names that the legend explains
    stated: frozenset[str] = frozenset()  # letters of the sizes in ℝ^{m×n}
    evidence: dict[int, Bounds] = field(default_factory=dict)
    fillers: dict[Key, list[tuple[int, Item]]] = field(default_factory=lambda: defaultdict(list))
    letters: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)  # m of 1/m Σ_{i=1}^m, which is no index
    running: dict[int, set[str]] = field(default_factory=dict)  # the letters of a formula that run over steps, layers
    bracketed: frozenset[str] = frozenset()  # names whose indices stand in square brackets
    sizes: frozenset[str] = frozenset()  # d of \sqrt{d_k}, where it stands nowhere else
    bare: set[str] = field(default_factory=set)  # capitals that stand without any script
    powers: set[str] = field(default_factory=set)  # W^t of a matrix W, where no other letter carries an index above

    def __post_init__(self) -> None:
        self._decided: dict[Key, bool] = {}
        for formula in self.formulas:
            found = self.evidence[formula.number] = bounds(formula.sides, formula.condition)
            self.letters |= found.letters
            self.last |= {name for name in found.last if name[:1].isupper() or "_" in name}
        self.bracketed, in_brackets = brackets(side for formula in self.formulas for side in formula.sides)
        self.letters |= self.declared | in_brackets
        mentions = [(f.number, m) for f in self.formulas for side in f.sides for m in self._mentions(side)]
        alone = {f.number for f in self.formulas if all(isinstance(side, Symbol) for side in f.sides)}  # if c = k
        self.bases |= {m.base for number, m in mentions if number not in alone and not self._is_stated_size(m)}
        for number, seen in mentions:
            for item, key in zip(seen.items, self._keys(seen), strict=True):
                self.fillers[key].append((number, item))
                raises = seen.base == "e" and item.place == "sup" and not item.bracketed  # e^{-z}
                if item.is_shift and not raises and item.index is not None and len(item.index.letters) == 1:
                    self.letters |= set(item.index.names)
        roots = [under_root(part) for f in self.formulas for side in f.sides for part in walk(side)]
        with_scripts = [m.base for _, m in mentions if m.items]
        self.sizes = frozenset(base for base in roots if base and roots.count(base) == with_scripts.count(base))
        self.letters -= self.last
        self.letters -= {"T", "L"} - self.declared
        indexed = {m.base for _, m in mentions if not all(map(self._is_operation, m.items))}
        self.counts = self._counts(indexed)
        self._leave_out_inputs()
        raised = {
            key[0]
            for key, fillers in self.fillers.items()
            if key[2] == "sup" and any(not self._is_operation(item) for _, item in fillers)
        }
        bare = self.bare = {seen.base for _, seen in mentions if not seen.items and seen.base.isupper()}
        told = any(item.bracketed for key, found in self.fillers.items() if key[0] in raised for _, item in found)
        self.powers = raised if raised <= bare and not told else set[str]()
        self.powers |= {base for f in self.formulas for side in f.sides for part in walk(side) if (base := power(part))}

    @cached_property
    def is_last_layer(self) -> bool:
        """Whether L is that of a^{[L]}, and no loss: all that is said of it is its number, and nothing is ∂L."""
        trees = [part for f in self.formulas for side in f.sides for part in walk(side)]
        of = [part.of for part in trees if isinstance(part, Partial | Nabla)]
        of += [f.sides[0] for f in self.formulas if not all(isinstance(side, Number) for side in f.sides[1:])]
        said = any(isinstance(part, Symbol) and part.name == "L" for part in of)
        items = (item for found in self.fillers.values() for _, item in found)
        return not said and any(item.index is not None and "L" in item.index.names for item in items)

    def _counts(self, indexed: set[str]) -> set[str]:
        """The small letters that only say how far a Σ or Π runs, and those of stated sizes that only divide, 1/N: no
        index, and nothing but a number by a formula."""
        heads = (f.sides[0] for f in self.formulas if any(not isinstance(side, Number) for side in f.sides[1:]))
        others = {head.name for head in heads if isinstance(head, Symbol)} | indexed | self.letters | STEPS
        filling = (item.index.names for found in self.fillers.values() for _, item in found if item.index is not None)
        found = set[str]().union(*(evidence.last for evidence in self.evidence.values()))
        small = {name for name in found if len(name) == 1 and name.islower()}
        above = {name for f in self.formulas for side in f.sides for name in _above(side)}
        return (small | self.stated - above).difference(others, *filling)

    def _is_stated_size(self, seen: Mention) -> bool:
        r"""Whether it is the m_y of 1/m_y on a page with ℝ^{m_y}: m may be an index all the same."""
        return bool(seen.items) and "_".join((seen.base, *(item.text for item in seen.items))) in self.stated

    def _leave_out_inputs(self) -> None:
        r"""C_x is the loss of the input x, a name, where a page sums over all inputs, \sum_x C_x, and x stands below
        nothing else."""
        for letter in ("x", "X"):
            places = {
                (key[0] in LOSSES and key[2] == "sub" and item.is_letter)
                for key, fillers in self.fillers.items()
                for _, item in fillers
                if item.index is not None and letter in item.index.names
            }
            if places == {True}:
                self.letters.discard(letter)
                for found in self.evidence.values():
                    found.bound.discard(letter)

    def _mentions(self, node: Node) -> Iterable[Mention]:
        """Every symbol of a tree with its scripts, and with a bracket that can be its argument."""
        if isinstance(node, Product):
            for n, factor in enumerate(node.factors):
                follows = node.factors[n + 1] if n + 1 < len(node.factors) and node.ops[n] == "" else None
                bracket = self._argument(factor, follows)
                found = mention(factor, bracket)
                yield from self._inner(factor) if found is None else (found, *self._exponent(factor))
            return
        found = mention(node)
        yield from self._inner(node) if found is None else (found, *self._exponent(node))

    def _exponent(self, node: Node) -> Iterable[Mention]:
        """The symbols with scripts in the exponent of e^{o_{t,i}}, which may stand nowhere else in this form."""
        if (
            isinstance(node, Script)
            and isinstance(node.base, Symbol)
            and node.base.name == "e"
            and node.sup is not None
        ):
            yield from (found for found in self._mentions(node.sup) if found.items)

    def _inner(self, node: Node) -> Iterable[Mention]:
        if isinstance(node, Script):
            yield from self._mentions(node.base)
            return
        for part in node.inner:
            if not (isinstance(node, Relation) and isinstance(part, Symbol) and part.name in CUSTOMARY):  # 1[i = j]
                yield from self._mentions(part)

    def _argument(self, node: Node, follows: Node | None) -> Node | None:
        """The bracket after a symbol that holds its index, as in a(t-1), h[t] or Y(t)_{ij}."""
        bracket = follows.base if isinstance(follows, Script) else follows
        if not isinstance(bracket, Group) or bracket.bracket not in ("(", "["):
            return None
        seen = mention(node)
        if seen is None or seen.base in FUNCTIONS or any(i.is_shift or self._is_step(i) for i in seen.items):
            return None
        inner = mention(Symbol(node.span, seen.base), bracket)
        if inner is None or not inner.items or any(item.index is None for item in inner.items):
            return None
        first = inner.items[0]
        assert first.index is not None
        names = first.index.names
        if isinstance(bracket, Group) and bracket.bracket == "[" and seen.base in self.bracketed:  # a[l], a[L], a[1]
            return follows if first.is_number or all(n in self.letters or n.isupper() for n in names) else None
        known = self.letters | STEPS | {"T"}
        if self._has_bracket_steps(seen.base):  # C(i) beside C(t)
            known |= COUNTERS
        if names and not all(n in known or n.startswith("T_") for n in names):
            return None
        if first.is_number and not self._has_bracket_steps(seen.base):
            return None
        return follows

    def _has_bracket_steps(self, base: str) -> bool:
        return any(
            key[0] == base and key[2] == "arg" and any(not item.is_number for _, item in fillers)
            for key, fillers in self.fillers.items()
        )

    def has_state(self, base: str) -> bool:
        """Whether a letter stands with a step below or beside it, as a state does."""
        return any(
            key[0] == base and key[2] in ("sub", "arg") and any(i.index and i.index.names & STEPS for _, i in fillers)
            for key, fillers in self.fillers.items()
        )

    def _is_step(self, item: Item) -> bool:
        return item.is_letter and item.index is not None and bool(item.index.names & STEPS)

    def _keys(self, seen: Mention) -> list[Key]:
        counts: dict[str, int] = defaultdict(int)
        keys = []
        for item in seen.items:
            keys.append((seen.base, seen.pattern, item.place, counts[item.place]))
            counts[item.place] += 1
        return keys

    def is_index_slot(self, key: Key) -> bool:
        """Whether what fills a slot is an index."""
        if key not in self._decided:
            self._decided[key] = False  # while it is being decided
            self._decided[key] = self._decide(key)
        return self._decided[key]

    def _decide(self, key: Key) -> bool:
        base, pattern, place, _ = key
        fillers = self.fillers.get(key, [])
        if not fillers:  # it stands nowhere on the page in this form: as in others
            _, _, _, position = key
            others = [k for k in self.fillers if k[0] == base and k[2:] == (place, position) and k != key]
            return any(self.is_index_slot(other) for other in others)
        seen = [item for _, item in fillers if not self._is_operation(item)]
        if place == "arg":
            return True
        if base in self.sizes or (place == "sup" and base in self.powers):
            return False
        if any(
            item.is_shift and len(item.index.letters) == 1 and item.index.names & self.letters
            for item in seen
            if item.index
        ):
            return True
        if any(item.is_letter and str(item.index) in STEPS and place == "sub" for item in seen):
            return True
        if any(item.is_letter and str(item.index) in self.evidence[number].letters for number, item in fillers):
            return not any(self._is_word(item) for item in seen)
        if any(item.bracketed and place == "sup" for item in seen):
            return any(item.index is not None for item in seen)
        if any(self._is_word(item) for item in seen):
            return False
        if place == "sub" and pattern[0] > 1 and self._has_words(base) and not self._is_shared(base, fillers):
            return False  # W_{in} beside W_{rec}
        letters = {str(item.index) for item in seen if item.is_letter}
        if letters & ({"T"} | self.last) and place == "sub":
            return not (letters <= {"T"} | self.last and self._is_written_out(base))
        letters = letters - {"T", "L"} - self.last or letters  # δ^L beside δ^l: the last of what l counts
        if letters and letters <= CUSTOMARY | self.letters:
            is_last = place == "sub" and pattern == (1, 0, 0) and not letters & (STEPS | self.letters)
            if is_last and base in self.bare and self._is_alone(key):
                return False  # W_s beside W, where s counts nothing
            return bool(letters & (STEPS | self.letters)) or not letters <= self.bases
        if letters and letters <= {"L"} | self.last and place == "sup":  # a_i^L beside a^l
            others = [k for k in self.fillers if k[0] == base and k[2:] == key[2:] and k != key]
            return any(self.is_index_slot(other) for other in others)
        if letters or not seen or place != "sub":
            return False
        raised = self.fillers.get((base, pattern, "sup", 0), [])
        if raised and all(self._is_operation(item) for _, item in raised):  # h_4^2 is a power of h_4
            return self.is_index_slot((base, (pattern[0], 0, *pattern[2:]), place, key[3]))
        if pattern[1] and self.is_index_slot((base, pattern, "sup", 0)):
            numbered = all(item.is_number for item in seen)
            return not numbered or self._stands_without(key)  # h_1^t beside h^t; else h_1 and h_2 are two layers
        return base in LOSSES and any(self._numbers_steps(number, item) for number, item in fillers)

    def _stands_without(self, key: Key) -> bool:
        """Whether a symbol stands without what fills a slot below it, or with a letter there, in another form."""
        base, (below, *others), *slot = key
        own = {other: of for other, of in self.fillers.items() if other[0] == base}
        without = any(other[1] == (below - 1, *others) for other in own)
        return without or any(item.is_letter for (_, _, *at), of in own.items() if at == slot for _, item in of)

    def _is_written_out(self, base: str) -> bool:
        """Whether formulas define a letter number by number, o_1 and o_2, so that o_T is none of these."""
        heads = (mention(f.sides[0]) for f in self.formulas if len(f.sides) > 1 and not isinstance(f.sides[1], Number))
        return sum(m is not None and m.base == base and m.items[-1:] != () and m.items[-1].is_number for m in heads) > 1

    def _is_alone(self, key: Key) -> bool:
        """Whether what fills a slot fills no other one on the page."""
        own = {item.text for _, item in self.fillers[key]}
        return all(other == key or own.isdisjoint(i.text for _, i in of) for other, of in self.fillers.items())

    def _has_words(self, base: str) -> bool:
        """Whether a letter carries words in its subscripts elsewhere."""
        return any(
            key[0] == base and key[2] == "sub" and any(item.index is None for _, item in fillers)
            for key, fillers in self.fillers.items()
        )

    def _is_shared(self, base: str, fillers: list[tuple[int, Item]]) -> bool:
        """Whether a letter in a slot is bound in its formula, or stands in a slot of another symbol there."""
        for number, item in fillers:
            if str(item.index) in self.evidence[number].letters:
                return True
            for key, others in self.fillers.items():
                if key[0] != base and any(n == number and other.index == item.index for n, other in others):
                    return True
        return False

    def _numbers_steps(self, formula: int, item: Item) -> bool:
        """Whether a number is a step of other quantities in the same formula: E_3 beside s_3."""
        return any(
            other[0] not in LOSSES and self.is_index_slot(other)
            for other, fillers in self.fillers.items()
            if (formula, item) in fillers
        )

    def _is_index(self, item: Item, key: Key, indexed: bool) -> bool:
        """Whether an item is an index where its slot says so, or where words stand beside it in that slot: the i of
        W_{oi} beside W_{oh}, where i counts something; never the r of δ_{z_{r,t}}, where r_t is a quantity."""
        if item.index is None or not item.is_letter or item.index.names & STEPS:
            return indexed
        if key[2] != "sub" or not any(self._is_word(other) for _, other in self.fillers[key]):
            return indexed
        if item.index.names <= {"T"} | self.last and any(o.text in STEPS for _, o in self.fillers[key]):
            return indexed  # L_T beside L_t and L_{seq}
        counts = any(item.text in found.letters for found in self.evidence.values())
        return not self.has_state(item.text) and (counts or (indexed and item.index.names <= self.letters))

    def _is_word(self, item: Item) -> bool:
        """Whether an item is no index: a word, or a letter that is used for nothing but names."""
        if item.index is None:
            return True
        names = item.index.names
        return bool(names) and not all(n in self.letters | CUSTOMARY | {"T", "L"} | self.last for n in names)

    def _is_operation(self, item: Item) -> bool:
        """Whether a raised item can only be a transpose or a power."""
        if item.place != "sup":
            return False
        many = item.index is not None and len(item.index.letters) > 1
        return item.text in TRANSPOSES or item.is_number or many


def _above(node: Node) -> Iterator[str]:
    """The symbols that stand in a tree otherwise than below a fraction."""
    if isinstance(node, Symbol):
        yield node.name
    for part in (node.numerator,) if isinstance(node, Frac) else node.inner:
        yield from _above(part)


def power(node: Node) -> str:
    """The letter of which a tree is the derivative of a power by itself, x of d/dx (x^n); '' for other trees."""
    match node:
        case Partial(_, Script(_, Symbol(_, base), None) | Group(_, Script(_, Symbol(_, base), None)), Symbol(_, by)):
            return base if base == by else ""
    return ""


def under_root(node: Node) -> str:
    r"""The letter of a size that a tree is the root of, d of \sqrt{d_k}; '' for other trees."""
    match node:
        case Product(_, (Symbol(_, "sqrt"), Group(_, Script(_, Symbol(_, base, ""), Symbol(), None, 0))), _):
            return base if base in SIZES else ""
    return ""


def brackets(sides: Iterable[Node]) -> tuple[frozenset[str], frozenset[str]]:
    """The names whose indices stand in square brackets, and the letters of these: l of a[l] beside a[l-1]."""
    found: dict[str, set[tuple[str, bool]]] = {}
    for node in (node for side in sides for node in walk(side) if isinstance(node, Product)):
        for n, (factor, bracket) in enumerate(zip(node.factors, node.factors[1:], strict=False)):
            seen = mention(factor)
            index = bracket_index(bracket)
            if seen is not None and seen.base not in FUNCTIONS and index is not None and not node.ops[n]:
                found.setdefault(seen.base, set()).update((str(name), bool(index.constant)) for name in index.names)
    said = set().union(*found.values()) if found else set()
    letters = frozenset(name for name, _ in said if {(name, True), (name, False)} <= said and not name.isupper())
    return frozenset(base for base, names in found.items() if {name for name, _ in names} & letters), letters
