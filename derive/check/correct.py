"""The right side that our own derivation gives for a left side, in the page's notation.

Several forms are offered, the most explicit first; the check proves each before it is shown. A gradient is the sum
over the uses of its parameter, Σ_k ∂L/∂u(k) ∂⁺u(k)/∂θ; an adjoint comes from its equation, or from the Jacobians of
what reads the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Expr, Integer, Symbol

from derive.algebra.array import Array, Parameter, Value, at_step, constant, rebuild, t, walk
from derive.algebra.chain import Adjoints, adjoints
from derive.algebra.model import Model
from derive.algebra.pullback import jacobian, pullback
from derive.check import terms
from derive.check.spell import Speller, Unspeakable
from derive.check.terms import Index, Term
from derive.reading.tree import Node


@dataclass
class Derivation:
    """Spells exact right sides for one page. `letters` are its index letters, `own` its own quantities."""

    model: Model
    speller: Speller
    letters: list[str]
    own: dict[Node, tuple[tuple[str, ...], Term]]

    @cached_property
    def adjoints(self) -> Adjoints:
        """The backward pass."""
        return adjoints(self.model)

    @cached_property
    def equations(self) -> dict[str, Array]:
        """Its equations by the names that they define."""
        return {e.name: e.expression for e in self.adjoints.equations}

    def forms(self, left: Term) -> Iterator[str]:
        """Right sides for a left side, to be proved; none where the page has no words for it."""
        for form in self._forms(left):
            try:
                yield form()
            except Unspeakable:
                continue

    def _forms(self, left: Term) -> Iterator[Callable[[], str]]:
        match left:
            case terms.Ref(_, name, step) if step is not None and any(e.name == name for e in self.model.equations):
                definition = self.model.equation(name).expression
                yield lambda: self.speller.array(_moved(definition, step), "")
            case terms.Ref(_, "loss", _):
                letter = self.fresh(left)
                yield lambda: rf"\sum_{{{letter}=1}}^{{T}} {self.speller.value(self.model.loss.name, letter)}"
            case terms.Own(span, key, indices):
                letters, body = self.own[key]
                bound = dict(zip(letters, indices, strict=False))
                if isinstance(body, terms.Deriv):
                    yield from self._forms(_substituted(body, bound))
            case terms.Change(span, parameter):
                eta = self.speller.parameter("eta")
                gradient = terms.Deriv(span, terms.Ref(span, "loss"), terms.Ref(span, parameter))
                for form in self._forms(gradient):
                    yield lambda form=form: f"-{eta} {form()}"  # type: ignore[misc]
                yield lambda: f"-{eta} {self.partial(gradient.of, gradient.wrt)}"
            case terms.Deriv(_, terms.Ref(), terms.Ref()):
                yield from self._derivative(left)

    def fresh(self, *used: Term, reserve: tuple[str, ...] = ()) -> str:
        """An index letter that the terms leave free."""
        taken = frozenset[str]().union(*(term.letters for term in used)) | set(reserve)
        for letter in ("t", "k", "m", "i", "j", "n", *self.letters):
            if letter in self.letters and letter not in taken:
                return letter
        raise Unspeakable("no index letter is left")

    def partial(self, of: Term, wrt: Term, direct: bool = False) -> str:
        assert isinstance(of, terms.Ref) and isinstance(wrt, terms.Ref)
        return self.speller.partial(self.speller.ref(of), self.speller.ref(wrt), direct)

    # Derivatives

    def _derivative(self, left: terms.Deriv) -> Iterator[Callable[[], str]]:
        of, wrt = left.of, left.wrt
        assert isinstance(of, terms.Ref) and isinstance(wrt, terms.Ref)
        loss = of.name in ("loss", self.model.loss.name)
        if wrt.step is None:
            if loss:
                yield lambda: self.summed(of, wrt, explicit=True)
            yield lambda: self.summed(of, wrt, explicit=False)
            if not loss and of.step is not None:
                yield lambda: self.recursion(of, wrt)
        elif loss:
            yield lambda: self.adjoint(of, wrt)
            yield lambda: self.through_readers(of, wrt)
        elif of.step is not None:
            yield lambda: self.local(of, wrt)
            yield lambda: self.chained(of, wrt)

    def summed(self, of: terms.Ref, wrt: terms.Ref, explicit: bool) -> str:
        """Σ_k over the uses of a parameter; explicit as the summand of our adjoints, else as ∂L/∂u(k) ∂⁺u(k)/∂θ."""
        user = self.user(wrt.name)
        single = of.step is not None and not self.is_recurrent(user)
        letter = "" if single else self.fresh(of, wrt)
        index = of.step if single and of.step is not None else Index(0, ((letter, 1),))
        if explicit:
            seed = self.seed(of)
            summand = self.merged(self.adjoints.seeded(self.adjoints.summands[wrt.name], seed), seed)
            body = self.speller.array(_moved(summand, index), self.speller.ref(of), product=not single)
        else:
            at = terms.Ref(of.span, user, index)
            parts = [] if at == of else [self.partial(of, at)]
            body = " ".join([*parts, self.partial(at, wrt, direct=True)])
        if single:
            return body
        upper = str(of.step) if of.step is not None else "T"
        return rf"\sum_{{{letter}=1}}^{{{upper}}} {body}"

    def seed(self, of: terms.Ref) -> Expr:
        """The adjoint of L(t): 1 for its own derivative, the model's scale for that of the run's loss."""
        return self.model.scale if of.step is None else Integer(1)

    def merged(self, array: Array, seed: Expr) -> Array:
        """The expression with an adjoint put in where the page names no such value or where it is known outright."""

        def leaf(node: Array) -> Array:
            if isinstance(node, Value) and node.name in self.equations:
                equation = self.adjoints.seeded(self.equations[node.name], seed)
                final = not any(isinstance(p, Value) and p.name.startswith("delta_") for p in walk(equation))
                if final or node.name.removeprefix("delta_") not in self.speller.names:
                    return self.merged(at_step(equation, node.step), seed)
            return node

        return rebuild(array, leaf)

    def adjoint(self, of: terms.Ref, wrt: terms.Ref) -> str:
        """∂L/∂v(t) by its equation."""
        name = f"delta_{wrt.name}"
        if wrt.step is None or (of.step is not None and of.step != wrt.step):
            raise Unspeakable(wrt.name)
        seed = self.seed(of)
        if name in self.equations:
            equation = self.adjoints.seeded(self.equations[name], seed)
        else:  # read by the loss alone
            contributions = pullback(self.model.loss, constant(seed))
            equation = next((part for leaf, part in contributions.items() if leaf.name == wrt.name), constant(0))
            if not equation.shape:
                raise Unspeakable(wrt.name)
        if of.step is not None:  # L(t) alone: nothing comes back from later steps
            equation = rebuild(
                equation,
                lambda leaf: leaf * 0 if isinstance(leaf, Value) and leaf.step != t else leaf,
            )
        return self.speller.array(_moved(self.merged(equation, seed), wrt.step), self.speller.ref(of))

    def through_readers(self, of: terms.Ref, wrt: terms.Ref) -> str:
        """Σ ∂L/∂u ∂⁺u/∂v over the values u that read v."""
        assert wrt.step is not None
        products = []
        for name, shift in self.readers(wrt.name):
            if (of.step is not None and shift) or name == self.model.loss.name:
                continue
            at = terms.Ref(of.span, name, replace(wrt.step, const=wrt.step.const + shift))
            parts = [] if at == of else [self.partial(of, at)]
            products.append(" ".join([*parts, self.partial(at, wrt)]))
        if not products:
            raise Unspeakable(wrt.name)
        return " + ".join(products)

    def local(self, of: terms.Ref, wrt: terms.Ref) -> str:
        """∂u/∂v where one path within a step leads from u to v: the product of its Jacobian matrices."""
        assert of.step is not None and wrt.step is not None
        if of.step.letters != wrt.step.letters:
            raise Unspeakable(wrt.name)
        matrix = self.jacobian(of.name, wrt.name, wrt.step.const - of.step.const)
        if matrix is None:
            raise Unspeakable(wrt.name)
        return self.speller.array(_moved(matrix, of.step), "")

    def jacobian(self, of: str, wrt: str, shift: int) -> Array | None:
        """∂u(t)/∂v(t + shift) through equations at t, or None where none leads there."""
        found = None
        equation = next((e for e in self.model.equations if e.name == of), None)
        if equation is None:
            return None
        for leaf in dict.fromkeys(walk(equation.expression)):
            if not isinstance(leaf, Value):
                continue
            inner = None
            if leaf.name == wrt and leaf.step == t + shift:
                inner = jacobian(equation, leaf)
            elif leaf.step == t and (below := self.jacobian(leaf.name, wrt, shift)) is not None:
                inner = jacobian(equation, leaf) @ below
            if inner is not None:
                found = inner if found is None else found + inner
        return found

    def matrix(self, left: Term) -> str | None:
        """∂u/∂v between two values as a matrix in vector notation, whatever the notation of the page."""
        match left:
            case terms.Deriv(_, terms.Ref(step=Index()) as of, terms.Ref(step=Index()) as wrt):
                try:
                    return replace(self, speller=self.speller.in_vectors()).local(of, wrt)
                except Unspeakable:
                    return None
        return None

    def chained(self, of: terms.Ref, wrt: terms.Ref) -> str:
        """∂s(t)/∂s(k) of a state over several steps."""
        if of.name != wrt.name or not self.is_recurrent(of.name) or of.step is None or wrt.step is None:
            raise Unspeakable(wrt.name)
        letter = self.fresh(of, wrt)
        here, before = Index(0, ((letter, 1),)), Index(-1, ((letter, 1),))
        low = str(replace(wrt.step, const=wrt.step.const + 1))
        factor = self.partial(terms.Ref(of.span, of.name, here), terms.Ref(of.span, of.name, before))
        return rf"\prod_{{{letter}={low}}}^{{{of.step!s}}} {factor}"

    def recursion(self, of: terms.Ref, wrt: terms.Ref) -> str:
        """∂s(t)/∂θ: the direct part and what comes from the step before."""
        if not self.is_recurrent(of.name) or of.step is None:
            raise Unspeakable(of.name)
        before = terms.Ref(of.span, of.name, replace(of.step, const=of.step.const - 1))
        direct = self.partial(of, wrt, direct=True)
        return f"{direct} + {self.partial(of, before)} {self.partial(before, wrt)}"

    # The network

    def user(self, parameter: str) -> str:
        """The value that the page names and whose own equation, unnamed values put in, reads the parameter."""
        for equation in self.model.equations:
            if equation.name in self.speller.names:
                leaves = walk(self.speller.inlined(equation.expression))
                if any(isinstance(leaf, Parameter) and leaf.name == parameter for leaf in leaves):
                    return equation.name
        raise Unspeakable(parameter)

    def readers(self, name: str) -> list[tuple[str, int]]:
        """The named values whose own equation reads a value, each with how many steps later it stands."""
        found = []
        for equation in self.model.equations:
            if equation.name in self.speller.names:
                for leaf in walk(self.speller.inlined(equation.expression)):
                    if isinstance(leaf, Value) and leaf.name == name:
                        pair = (equation.name, int(t - leaf.step))
                        if pair not in found:
                            found.append(pair)
        return found

    def is_recurrent(self, name: str) -> bool:
        """Whether an earlier value of some state reaches this value without passing a later equation's end."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            for equation in self.model.equations:
                if equation.name == current and current not in seen:
                    seen.add(current)
                    leaves = [leaf for leaf in walk(equation.expression) if isinstance(leaf, Value)]
                    if any(leaf.step != t and leaf.name == name for leaf in leaves):
                        return True
                    waiting += [leaf.name for leaf in leaves if leaf.step == t]
        return False


def _moved(array: Array, index: Index) -> Array:
    """A generic expression at an index of the page."""
    step = Integer(index.const)
    for letter, c in index.letters:
        step += c * Symbol(letter, integer=True, positive=True)
    return at_step(array, step)


def _substituted(body: terms.Deriv, bound: dict[str, Index]) -> terms.Deriv:
    def at(term: Term) -> Term:
        if isinstance(term, terms.Ref) and term.step is not None:
            index = Index(term.step.const)
            for letter, c in term.step.letters:
                other = bound.get(letter, Index(0, ((letter, 1),)))
                scaled = tuple((name, c * k) for name, k in other.letters)
                index = Index(index.const + c * other.const, index.letters + scaled)
            return replace(term, step=index)
        return term

    return replace(body, of=at(body.of), wrt=at(body.wrt))
