"""What each quantity of a page's network is for a model: a value, a parameter, an input or the target; which of them
have steps, which extent counts samples, and what the sizes are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from derive.faults import Faults, left_out
from derive.judge.checker import Checker
from derive.kernel.index import Bound, Comparison, Index, Width
from derive.kernel.rewriting import put
from derive.kernel.rewriting import walk as parts
from derive.kernel.terms import Derivative, Einsum, Number, Quantity, Ref, Term
from derive.letters import Spelling, identifiers
from derive.reading import ReadError
from derive.reading.tree import Nabla, Partial
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import is_adjoint

LAYERS = 3  # of a page that does not say how many
INPUTS = frozenset(("x", "X", "u"))  # by custom an input, where neither steps nor derivatives tell
STEP, LAYER = "t", "l"


@dataclass(frozen=True)
class Place:
    """A quantity in one layer; `layer` is None where it has none."""

    key: str
    layer: int | None = None


@dataclass
class Roles:
    """The quantities of one network of a page."""

    checker: Checker
    title: str
    last: str = ""  # what the page calls the number of steps or samples, but T

    def __post_init__(self) -> None:
        page = self.checker.page
        self.faults = Faults(self.checker)
        self.system: Mapping[str, Quantity] = page.system
        self.differentiated = {
            key
            for statement in page.statements
            for side in statement.sides
            for node in nodes(side)
            if isinstance(node, Partial | Nabla)
            for name in page.elaborator.names.inside(node.wrt, statement.number)
            for key in [page.elaborator.split(statement.number, name)[0]]
        }
        self.loss = self._loss()
        self.needed = self._needed(self.loss)
        self.spelling = Spelling(self.checker)
        self.apart = [key for key in self.system if key not in self.needed and self._is_value(key)]
        self.latex = {key: self.spelling.latex(key) for key in (*self.needed, *self.apart)}
        self.identifiers = identifiers(self.latex)
        customary = {found.name for found in page.conventions if found.source == "custom"}
        simplex = {key for key in self.needed if self.system[key].kind == "simplex"}
        self.distributions = {key for key in simplex if f"the target {key}" not in customary}  # as a legend says
        self.steps = any(STEP in self.system[key].letters for key in self.needed)
        self.recurrent = self.steps and any(map(self._shifts, self.needed))
        self.samples = self._samples()
        self.counts: set[str] = set()  # what the number of samples, or of steps, is called
        self.only_loss = self._read_by_the_loss_alone()
        self.sizes = self._sizes()

    def _loss(self) -> str:
        """The loss of the whole run: the one that nothing else is made of; else that of a step, whose sum is meant."""
        known = self.checker.page.elaborator.known
        found = [key for key in self.system if key in known and known[key].role == "loss" and self.system[key].cases]
        read = {name for key in found for name in self.reads(key)}
        whole = [key for key in found if not self.system[key].letters]
        stepped = [key for key in found if self.system[key].letters == (STEP,)]
        for choice in ([key for key in whole if key not in read], whole, stepped):
            if choice:
                return choice[0]
        raise self.faults.without_loss()

    def is_open(self, key: str) -> bool:
        """Whether the page speaks of a loss and no formula that was understood says what it is."""
        quantity = self.system[key]
        is_left_out = any(left_out(loss, quantity) for loss in (key, key.removesuffix("[step]")))
        return self.is_loss(key) and (is_left_out or not quantity.cases)

    def _is_value(self, key: str) -> bool:
        """Whether a quantity is a value of a network: defined without a derivative."""
        known = self.checker.page.elaborator.known.get(key)
        terms = [part for _, term in self.system[key].cases for part in parts(term)]
        is_derived = is_adjoint(key) or any(isinstance(part, Derivative) for part in terms)
        return bool(terms) and not is_derived and (known is None or known.role != "loss")

    def reads(self, key: str) -> set[str]:
        return {part.name for _, term in self.system[key].cases for part in parts(term) if isinstance(part, Ref)}

    def _shifts(self, key: str) -> bool:
        """Whether a quantity reads another step than its own."""
        reads = (part for _, term in self.system[key].cases for part in parts(term) if isinstance(part, Ref))
        return any(index is not None and index.constant for index in map(self.step_of, reads))

    def _needed(self, of: str) -> list[str]:
        found = [of]
        for key in found:
            for name in sorted(self.reads(key)):
                if name not in self.system:
                    raise self.faults.of(key, f"nothing says what {name} is")
                if name not in found:
                    found.append(name)
        return found

    def _samples(self) -> frozenset[Index]:
        """The extent that all values have and nothing that the page differentiates by, but for values: samples. Some
        of what is given for each step has it too; what has not is the same for all samples."""
        values = [k for k in self.needed if self.system[k].cases and self.system[k].axes]
        given = [k for k in self.needed if not self.system[k].cases]
        weights = [k for k in given if k in self.differentiated] or [k for k in given if not self.system[k].letters]
        common = (
            set(self.system[values[0]].axes).intersection(*(self.system[k].axes for k in values)) if values else set()
        )
        common -= {axis for key in weights for axis in self.system[key].axes}
        found = [axis for axis in common if any(axis in self.system[k].axes for k in given if self.system[k].letters)]
        if not self.differentiated & set(given):
            found = found if self.steps else []
        return frozenset(found if len(found) == 1 else ())

    def is_stepped(self, key: str) -> bool:
        """Whether a quantity has a value at each step, or for each sample."""
        quantity = self.system[key]
        by_sample = not self.steps and any(axis in self.samples for axis in quantity.axes)
        return STEP in quantity.letters or by_sample

    def step_of(self, ref: Ref) -> Index | None:
        """The step at which a quantity is read; None for one that has no steps."""
        letters = self.system[ref.name].letters
        return ref.at[letters.index(STEP)] if STEP in letters else None

    def _read_by_the_loss_alone(self) -> frozenset[str]:
        losses = {k for k in self.needed if self.is_loss(k)}
        elsewhere = {name for key in self.needed if key not in losses for name in self.reads(key)}
        return frozenset(k for k in self.needed if not self.system[k].cases and k not in elsewhere)

    def is_loss(self, key: str) -> bool:
        known = self.checker.page.elaborator.known.get(key)
        return known is not None and known.role == "loss"

    def is_input(self, key: str, layer: int | None) -> bool:
        if self.is_stepped(key) or (layer is not None and self.system[key].cases):
            return True
        if key in self.differentiated:
            return False
        base = re.split(r"[_^ ]", key.split()[-1])[0]
        others = any(self.is_stepped(target) for target in self.only_loss)  # then y_t is what V h_t is compared with
        return (key in self.only_loss and not others) or base in INPUTS

    @property
    def taken_as_given(self) -> list[str]:
        """What has steps and no equation, and is neither the target nor by custom an input."""
        return [
            key
            for key in self.needed
            if not self.system[key].cases
            and self.is_stepped(key)
            and key not in self.only_loss
            and re.split(r"[_^ ]", key.split()[-1])[0] not in INPUTS
        ]

    def _sizes(self) -> dict[str, str]:
        """A name for each size that the page has not named: N of an input, K of an output, else H."""
        found: dict[str, str] = {}
        taken = {*self.identifiers.values(), self.last}
        stem: dict[str, str] = {}
        for key in (key for key in self.system if key in self.needed):
            quantity = self.system[key]
            for axis in quantity.axes:
                for name in _bases(axis):
                    if name not in ("T", LAYER):
                        rank = (
                            "K" if key in self.only_loss else "N" if not quantity.cases and self.is_stepped(key) else ""
                        )
                        stem[name] = min(filter(None, (stem.get(name, ""), rank)), default="")
        for name, wish in stem.items():
            if not name.startswith("?"):
                found[name] = re.sub(r"\W+", "_", name).strip("_")
                continue
            base, n = wish or "H", 1
            while (chosen := base if n == 1 else f"{base}{n}") in found.values() or chosen in taken:
                n += 1
            found[name] = chosen
        return found

    def size(self, extent: Index) -> str:
        """The name of an extent; that of a layer's width has the layer's number."""
        if not extent.letters:
            return str(extent.constant)
        if len(extent.letters) > 1 or extent.constant or extent.letters[0][1] != 1:
            raise ReadError(f"an array of {extent} rows or columns")
        name = extent.letters[0][0]
        if isinstance(name, Width):
            return f"{self.sizes[name.name]}_{self.layer_number(name.at)}"
        return self.sizes.get(name, name)

    @property
    def layers(self) -> int:
        """How many layers there are: as many as the page speaks of."""
        spoken = [
            index.constant
            for key in self.needed
            for _, term in self.system[key].cases
            for part in parts(term)
            if isinstance(part, Ref) and LAYER in self.system[part.name].letters
            for index in [part.at[self.system[part.name].letters.index(LAYER)]]
            if not index.letters
        ]
        return max([LAYERS, *spoken])

    def layer_number(self, index: Index) -> int:
        return index.at({"L": self.layers})

    def definition(self, place: Place) -> Term:
        """The term that a quantity is, in its layer. Raises KeyError where it is given, if only at some steps."""
        bound: Bound = {"L": self.layers, **({LAYER: place.layer} if place.layer is not None else {})}
        for condition, term in self.system[place.key].cases:
            if _at_one_step(condition):
                if not _is_zero(term) and not all(_at_one_step(other) for other, _ in self.system[place.key].cases):
                    raise self.faults.of(place.key, "a state that does not begin at zero")
                continue
            tested = [c for c in condition if STEP not in c.left.names | c.right.names]
            if all(comparison.met(bound) for comparison in tested):
                moved = {LAYER: Index(place.layer)} if place.layer is not None else {}
                return self.closed(put(term, moved))
        raise KeyError(place)

    def closed(self, term: Term) -> Term:
        return put(term, {"L": Index(self.layers)}) if "L" in term.letters else term


def _bases(axis: Index) -> Iterator[str]:
    for name, _ in axis.letters:
        yield name.name if isinstance(name, Width) else name


def _at_one_step(condition: Iterable[Comparison]) -> bool:
    return any(c.op == "=" and STEP in c.left.names | c.right.names for c in condition)


def _is_zero(term: Term) -> bool:
    if isinstance(term, Einsum):
        return any(map(_is_zero, term.operands))
    return isinstance(term, Number) and term.value == 0
