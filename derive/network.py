"""The network that a page defines, as a `Model`: from the page as the check understands it.

Steps and samples become the steps of the model, layers become values and parameters of their own, and an axis of
samples that every value has beside its steps is left out: a batch is one sequence after the other.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import sympy
from sympy import Expr

from derive.algebra.array import Array, Parameter, ShapeError, Value, last, t
from derive.algebra.model import DERIVED, Equation, Model
from derive.algebra.notation import placed
from derive.arrays import Arrays
from derive.judge.checker import Checker
from derive.kernel.index import Bound, Comparison, Index, Unbound, Width, letter
from derive.kernel.rewriting import put
from derive.kernel.rewriting import walk as parts
from derive.kernel.terms import (
    Add,
    Derivative,
    Einsum,
    Fold,
    Join,
    Malformed,
    Number,
    Numeral,
    Opaque,
    Power,
    Quantity,
    Ref,
    Term,
)
from derive.letters import Spelling, identifier
from derive.reading import ReadError
from derive.reading.tree import Nabla, Partial
from derive.reading.tree import walk as nodes
from derive.understand.adjoints import is_adjoint
from derive.understand.names import LOSSES
from derive.understand.statement import Statement
from derive.understand.system import NOT_BUILT

LAYERS = 3  # of a page that does not say how many
INPUTS = frozenset(("x", "X", "u"))  # by custom an input, where neither steps nor derivatives tell
STEP, LAYER = "t", "l"
END = Index(0, (("T", 1),))


@dataclass(frozen=True)
class Place:
    """A quantity in one layer; `layer` is None where it has none."""

    key: str
    layer: int | None = None


@dataclass
class Network:
    """One network of a page on its way to a model."""

    checker: Checker
    title: str
    last: str = ""  # what the page calls the number of steps or samples, but T
    spellings: dict[str, str] = field(default_factory=dict, init=False)  # names of the model -> the page's LaTeX
    ahead: dict[Place, tuple[Term, Expr]] = field(default_factory=dict, init=False)  # equations to be made
    given: dict[Place, Value | Parameter] = field(default_factory=dict, init=False)

    blocks: dict[str, str] = field(default_factory=dict, init=False)  # parts of parameters -> these

    def __post_init__(self) -> None:
        page = self.checker.page
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

    # What there is

    def _loss(self) -> str:
        """The loss of the whole run: the one that nothing else is made of; else that of a step, whose sum is meant."""
        known = self.checker.page.elaborator.known
        found = [key for key in self.system if key in known and known[key].role == "loss" and self.system[key].cases]
        read = {name for key in found for name in self._reads(key)}
        whole = [key for key in found if not self.system[key].letters]
        stepped = [key for key in found if self.system[key].letters == (STEP,)]
        for choice in ([key for key in whole if key not in read], whole, stepped):
            if choice:
                return choice[0]
        raise self._without_loss()

    def _without_loss(self) -> Located:
        """What is wrong with the formula of the loss, or that there is none."""
        page, written = self.checker.page, self.checker.written
        for statement in page.statements:
            head = page.elaborator.names.read(statement.sides[0], None, statement.number)
            if head is not None and head.mention.base in LOSSES and statement.number in page.failures:
                return self._failed(statement)
        told = "no formula says what the loss is: state it on the page, or in the legend's [network]"
        return Located(f"{written.document.path}: {told}")

    def _failed(self, statement: Statement) -> Located:
        """Why a formula could not be read: where it is built of what could not be read, the first of that."""
        page = self.checker.page
        network = {number for number, _ in page.choice.network}
        if page.failures[statement.number] == NOT_BUILT:
            failed = (s for s in page.statements if page.failures.get(s.number, NOT_BUILT) != NOT_BUILT)
            statement = next((s for s in failed if s.number in network), statement)
        return self._located(statement, page.failures[statement.number])

    def _is_open(self, key: str) -> bool:
        """Whether the page speaks of a loss and no formula that was understood says what it is."""
        terms = [part for _, term in self.system[key].cases for part in parts(term)]
        unsaid = {f"loss {key}", f"loss {key.removesuffix('[step]')}"}
        left_out = any(isinstance(part, Opaque) and part.function in unsaid for part in terms)
        return self._is_loss(key) and (left_out or not terms)

    def _without_definition(self, key: str) -> Located:
        """What is wrong with the formula of a loss, or where the page speaks of one and says nowhere what it is."""
        page = self.checker.page
        whole = key.removesuffix("[step]")
        terms = (part for _, term in self.system[key].cases for part in parts(term))
        if any(isinstance(part, Opaque) and part.function == f"loss {whole}" for part in terms):
            key = whole  # of which the page speaks alone
        spoken = None
        for statement in page.statements:
            head = page.elaborator.names.read(statement.sides[0], None, statement.number)
            is_its = head is not None and page.elaborator.split(statement.number, head)[0] == key
            if is_its and statement.number in page.failures:
                return self._failed(statement)
            names = (name for side in statement.sides for name in page.elaborator.names.inside(side, statement.number))
            if spoken is None and any(page.elaborator.split(statement.number, name)[0] == key for name in names):
                spoken = statement
        loss = self.latex[key] + (" of a step" if key.endswith("[step]") else "")
        reason = f"no formula says what the loss {loss} is: state it on the page, or in the legend's [network]"
        path = self.checker.written.document.path
        return self._located(spoken, reason) if spoken is not None else Located(f"{path}: {reason}")

    def _is_value(self, key: str) -> bool:
        """Whether a quantity is a value of a network: defined without a derivative."""
        known = self.checker.page.elaborator.known.get(key)
        terms = [part for _, term in self.system[key].cases for part in parts(term)]
        is_derived = is_adjoint(key) or any(isinstance(part, Derivative) for part in terms)
        return bool(terms) and not is_derived and (known is None or known.role != "loss")

    def _reads(self, key: str) -> set[str]:
        return {part.name for _, term in self.system[key].cases for part in parts(term) if isinstance(part, Ref)}

    def _shifts(self, key: str) -> bool:
        """Whether a quantity reads another step than its own."""
        reads = (part for _, term in self.system[key].cases for part in parts(term) if isinstance(part, Ref))
        return any(index is not None and index.constant for index in map(self._step_of, reads))

    def _needed(self, of: str) -> list[str]:
        found = [of]
        for key in found:
            for name in sorted(self._reads(key)):
                if name not in self.system:
                    raise self._error(key, f"nothing says what {name} is")
                if name not in found:
                    found.append(name)
        return found

    def _samples(self) -> frozenset[Index]:
        """The extent that all values have and nothing that the page differentiates by, but for values: samples."""
        values = [k for k in self.needed if self.system[k].cases and self.system[k].axes]
        given = [k for k in self.needed if not self.system[k].cases]
        weights = [k for k in given if k in self.differentiated] or [k for k in given if not self.system[k].letters]
        common = (
            set(self.system[values[0]].axes).intersection(*(self.system[k].axes for k in values)) if values else set()
        )
        common -= {axis for key in weights for axis in self.system[key].axes}
        found = [axis for axis in common if all(axis in self.system[k].axes for k in given if self.system[k].letters)]
        if not self.differentiated & set(given):
            found = found if self.steps else []
        return frozenset(found if len(found) == 1 else ())

    def is_stepped(self, key: str) -> bool:
        """Whether a quantity has a value at each step, or for each sample."""
        quantity = self.system[key]
        by_sample = not self.steps and any(axis in self.samples for axis in quantity.axes)
        return STEP in quantity.letters or by_sample

    def _read_by_the_loss_alone(self) -> frozenset[str]:
        losses = {k for k in self.needed if self._is_loss(k)}
        elsewhere = {name for key in self.needed if key not in losses for name in self._reads(key)}
        return frozenset(k for k in self.needed if not self.system[k].cases and k not in elsewhere)

    def _is_loss(self, key: str) -> bool:
        known = self.checker.page.elaborator.known.get(key)
        return known is not None and known.role == "loss"

    def _is_input(self, key: str, layer: int | None) -> bool:
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
            return f"{self.sizes[name.name]}_{self._number(name.at)}"
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

    def _number(self, index: Index) -> int:
        return index.at({"L": self.layers})

    # The model

    def model(self) -> Model:
        """The network. Raises ReadError, naming the equation."""
        for key in filter(self._is_open, self.needed):
            raise self._without_definition(key)
        scale, body, step = self._peeled()
        number, scale = scale.as_independent(last)
        loss = self._equation(Place(self.loss), self._guarded(self.loss, self._closed, body), step, total=True)
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
            raise self._error(self.loss, "it depends on no parameter")
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
                raise self._error(key, "it is defined by itself within a step")
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

    def _shifted(self, equation: Equation) -> bool:
        return any(isinstance(leaf, Value) and leaf.step not in (t, last) for leaf in equation.leaves)

    def _guarded(self, key: str, make: Callable[[Term], Term], of: Term) -> Term:
        try:
            return make(of)
        except ReadError as error:
            raise self._error(key, str(error)) from None

    def _closed(self, term: Term) -> Term:
        return put(term, {"L": Index(self.layers)}) if "L" in term.letters else term

    def _peeled(self) -> tuple[Expr, Term, Expr]:
        """The loss as a number times a sum over steps or samples: the number, the summand, and where it stands."""
        cases = self.system[self.loss].cases
        if self.system[self.loss].letters:
            return sympy.S.One, cases[0][1], t
        if len(cases) != 1:
            raise self._error(self.loss, "the loss is defined by cases")
        return self._guarded_peel(cases[0][1])

    def _guarded_peel(self, term: Term) -> tuple[Expr, Term, Expr]:
        try:
            return self._peel(term)
        except ReadError as error:
            raise self._error(self.loss, str(error)) from None

    def _peel(self, term: Term) -> tuple[Expr, Term, Expr]:
        scale: Expr = sympy.S.One
        once = not self.steps and not self.samples
        while True:
            if isinstance(term, Ref) and self._is_loss(term.name) and not self.system[term.name].letters:
                term = self._definition(Place(term.name))
            elif isinstance(term, Einsum) and not term.out and all(not labels for labels in term.labels):
                numbers = [part for part in term.operands if self._is_number(part)]
                rest = [part for part in term.operands if not self._is_number(part)]
                if len(rest) != 1:
                    break
                numbered = [self._factor(part) for part in numbers]
                scale *= sympy.Mul(*numbered)
                term = rest[0]
            elif isinstance(term, Fold) and term.op == "sum" and self._runs_over(term):
                self.counts |= term.high.names
                body = put(term.body, {term.letter: letter(STEP)}) if term.letter != STEP else term.body
                return self._over(scale), self._summand(body), t
            elif isinstance(term, Einsum) and self._sums_samples(term):
                return self._over(scale), term, t
            elif isinstance(term, Add) and (of_step := self._written_out(term)) is not None:
                return self._over(scale), self._summand(of_step), t
            else:
                break
        if once or not any(self._at_step(part) for part in parts(term) if isinstance(part, Ref)):
            return self._over(scale), term, last
        raise ReadError("it is no number times a sum over the steps, nor a value at the last step")

    def _written_out(self, term: Add) -> Ref | None:
        """The loss of a step, where the terms are those of the first steps, L_1 + L_2 + L_3."""
        refs = [part for part in term.terms if isinstance(part, Ref) and self._is_loss(part.name)]
        at = [self._step_of(ref) for ref in refs]
        counted = [Index(n) for n in range(1, len(term.terms) + 1)]
        is_sum = at == counted and len({ref.name for ref in refs}) == 1
        return replace(refs[0], at=(letter(STEP),)) if is_sum else None

    def _summand(self, body: Term) -> Term:
        """The loss of a step by its definition, where the sum is over losses that have a name."""
        while isinstance(body, Ref) and self._is_loss(body.name) and self._step_of(body) == letter(STEP):
            body = self._definition(Place(body.name))
        return body

    def _at_step(self, ref: Ref) -> bool:
        """Whether a read in the loss stands at a step of its own."""
        index = self._step_of(ref)
        return index.names <= {STEP} if index is not None else self.is_stepped(ref.name)

    def _step_of(self, ref: Ref) -> Index | None:
        """The step at which a quantity is read; None for one that has no steps."""
        letters = self.system[ref.name].letters
        return ref.at[letters.index(STEP)] if STEP in letters else None

    def _runs_over(self, fold: Fold) -> bool:
        """Whether a sum runs over the steps, or over the samples."""
        for part in parts(fold.body):
            if isinstance(part, Ref) and fold.letter in part.letters:
                step = self._step_of(part)
                if step is not None and fold.letter in step.names:
                    if fold.low != Index(1):
                        raise ReadError(f"the loss is summed from step {fold.low}: write it from step 1")
                    return True
        return fold.high in self.samples and not self.steps

    def _sums_samples(self, term: Einsum) -> bool:
        return not self.steps and any(axis in self.samples for axis in term.extents.values())

    def _is_number(self, term: Term) -> bool:
        if isinstance(term, Number | Numeral):
            return True
        if isinstance(term, Power):
            return self._is_number(term.of)
        if isinstance(term, Einsum):
            return not term.out and all(map(self._is_number, term.operands))
        if isinstance(term, Ref):
            quantity = self.system[term.name]
            return not quantity.letters and not quantity.axes and not quantity.cases and not self._is_loss(term.name)
        return False

    def _factor(self, term: Term) -> Expr:
        """A number before the loss; the number of samples as a symbol of its name."""
        match term:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Numeral(index):
                return sympy.Add(index.constant, *(c * sympy.Symbol(str(name)) for name, c in index.letters))
            case Power(of, exponent) if not isinstance(exponent, Index):
                return self._factor(of) ** sympy.Rational(exponent.numerator, exponent.denominator)
            case Einsum(operands, _, _):
                return sympy.Mul(*map(self._factor, operands))
            case Ref(name):
                return sympy.Symbol(name)
        raise ReadError("a factor before the loss that is no number")

    def _over(self, scale: Expr) -> Expr:
        """A factor before the loss, with T for the number of steps or samples; of a batch each sequence has its own."""
        extents = {name for axis in self.samples for name in axis.names}
        batch = extents if self.steps else set()
        counts = ({"T"} | self.counts | extents) - batch
        result = scale
        for symbol in scale.free_symbols:
            name = str(symbol)
            if name in counts or (not self.recurrent and name not in batch):
                result = result.xreplace({symbol: last})
            elif name in batch or self.samples:
                result = result.xreplace({symbol: sympy.S.One})
            else:
                raise ReadError(f"nothing says what the number {name} before the loss is")
        return result

    def _definition(self, place: Place) -> Term:
        """The term that a quantity is, in its layer. Raises KeyError where it is given, if only at some steps."""
        bound: Bound = {"L": self.layers, **({LAYER: place.layer} if place.layer is not None else {})}
        for condition, term in self.system[place.key].cases:
            if _at_one_step(condition):
                if not _is_zero(term) and not all(_at_one_step(other) for other, _ in self.system[place.key].cases):
                    raise self._error(place.key, "a state that does not begin at zero")
                continue
            tested = [c for c in condition if STEP not in c.left.names | c.right.names]
            if all(comparison.met(bound) for comparison in tested):
                moved = {LAYER: Index(place.layer)} if place.layer is not None else {}
                return self._closed(put(term, moved))
        raise KeyError(place)

    def _equation(self, place: Place, term: Term, step: Expr, total: bool = False) -> Equation:
        """The equation of a quantity in its layer."""
        stands = Standing(self, step)
        arrays = Arrays(stands.leaf, stands.number, self.size, self.samples, self._block, self._stack)
        try:
            expression = arrays.array(term)
        except Located:
            raise
        except Unbound as error:
            raise self._error(place.key, f"nothing says what {error.args[0]} is") from None
        except (ReadError, ShapeError, Malformed) as error:
            raise self._error(place.key, str(error)) from None
        if total and expression.shape:
            raise self._error(place.key, "the loss is not a number")
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
            term = self._definition(place)
        except KeyError:
            if not self._is_input(place.key, place.layer):
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
        if self.system[of.name].cases or self._is_input(of.name, None):
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

    def _error(self, key: str, reason: str) -> Located:
        """An error at the formula that defines a quantity."""
        page, written = self.checker.page, self.checker.written
        for statement in page.statements:
            head = page.elaborator.names.read(statement.sides[0], None, statement.number)
            if head is None or page.elaborator.split(statement.number, head)[0] != key:
                continue
            if statement.number in {number for number, _ in page.choice.network} | page.failures.keys():
                return self._located(statement, reason)
        return Located(f"{written.document.path}: {key.removesuffix('[step]')}: {reason}")

    def _located(self, statement: Statement, reason: str) -> Located:
        written = self.checker.written
        chain = written.chains.get(statement.number)
        if chain is None:
            return Located(f"{written.document.path}: an equation of the legend: {reason}")
        formula = f"{chain.sides[0].latex} = {chain.sides[1].latex}"
        return Located(f"{written.document.path}:{written.line(statement.number)}: {formula}: {reason}")


def identifiers(latex: Mapping[str, str]) -> dict[str, str]:
    """Names for source like the page's spellings, where no two are alike."""
    wanted = {key: identifier(spelled) for key, spelled in latex.items()}
    parts = [key for key in wanted if key.endswith("[step]") and key.removesuffix("[step]") in wanted]
    taken = [name for key, name in wanted.items() if key not in parts]
    found: dict[str, str] = {}
    for key, name in wanted.items():
        usable = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith(DERIVED)
        if usable and key not in parts and taken.count(name) == 1:
            found[key] = name
        else:
            base = identifier(key.replace("[step]", "_t").replace("[", "_")) if usable else f"q_{name}"
            free = (other for n in range(len(latex) + 2) if (other := f"{base}_{n}" if n else base))
            found[key] = next(other for other in free if other not in {*taken, *found.values()})
    return found


class Located(ReadError):
    """An error that names its equation already."""


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
            layer = network._number(ref.at[quantity.letters.index(LAYER)])
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
        index = network._step_of(ref) or letter(STEP)
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


def _bases(axis: Index) -> Iterator[str]:
    for name, _ in axis.letters:
        yield name.name if isinstance(name, Width) else name


def _at_one_step(condition: Iterable[Comparison]) -> bool:
    return any(c.op == "=" and STEP in c.left.names | c.right.names for c in condition)


def _is_zero(term: Term) -> bool:
    if isinstance(term, Einsum):
        return any(map(_is_zero, term.operands))
    return isinstance(term, Number) and term.value == 0
