"""The loss of a run taken apart: a number before a sum over the steps or the samples, or before a value at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy
from sympy import Expr

from derive.algebra.array import last, t
from derive.kernel.index import Index, letter
from derive.kernel.rewriting import put
from derive.kernel.rewriting import walk as parts
from derive.kernel.terms import Add, Einsum, Fold, Number, Numeral, Power, Ref, Term
from derive.reading import ReadError
from derive.roles import STEP, Place, Roles


@dataclass(frozen=True)
class Summed:
    """The loss of a network, taken apart; what it calls the number of samples, or of steps, is one of the network's
    `counts` from then on."""

    network: Roles

    def taken_apart(self) -> tuple[Expr, Term, Expr, str]:
        """The number, the summand, where it stands, and its name, which is the loss's own where it has none. Raises
        ReadError, naming the equation."""
        loss = self.network.loss
        quantity = self.network.system[loss]
        if quantity.letters:
            return sympy.S.One, quantity.cases[0][1], t, loss
        if len(quantity.cases) != 1:
            raise self.network.faults.of(loss, "the loss is defined by cases")
        try:
            return self._peel(quantity.cases[0][1])
        except ReadError as error:
            raise self.network.faults.of(loss, str(error)) from None

    def _peel(self, term: Term) -> tuple[Expr, Term, Expr, str]:
        scale: Expr = sympy.S.One
        once = not self.network.steps and not self.network.samples
        while True:
            if isinstance(term, Ref) and self.network.is_loss(term.name) and not self.network.system[term.name].letters:
                term = self.network.definition(Place(term.name))
            elif isinstance(term, Einsum) and not term.out and all(not labels for labels in term.labels):
                numbers = [part for part in term.operands if self._is_number(part)]
                rest = [part for part in term.operands if not self._is_number(part)]
                if len(rest) != 1:
                    break
                numbered = [self._factor(part) for part in numbers]
                scale *= sympy.Mul(*numbered)
                term = rest[0]
            elif isinstance(term, Fold) and term.op == "sum" and self._runs_over(term):
                self.network.counts |= term.high.names
                body = put(term.body, {term.letter: letter(STEP)}) if term.letter != STEP else term.body
                return self._over(scale), *self._summand(body)
            elif isinstance(term, Einsum) and self._sums_samples(term):
                return self._over(scale), term, t, self.network.loss
            elif isinstance(term, Add) and (of_step := self._written_out(term)) is not None:
                return self._over(scale), *self._summand(of_step)
            else:
                break
        if once or not any(self._at_step(part) for part in parts(term) if isinstance(part, Ref)):
            return self._over(scale), term, last, self.network.loss
        raise ReadError("it is no number times a sum over the steps, nor a value at the last step")

    def _written_out(self, term: Add) -> Ref | None:
        """The loss of a step, where the terms are those of the first steps, L_1 + L_2 + L_3."""
        refs = [part for part in term.terms if isinstance(part, Ref) and self.network.is_loss(part.name)]
        at = [self.network.step_of(ref) for ref in refs]
        counted = [Index(n) for n in range(1, len(term.terms) + 1)]
        is_sum = at == counted and len({ref.name for ref in refs}) == 1
        return replace(refs[0], at=(letter(STEP),)) if is_sum else None

    def _summand(self, body: Term) -> tuple[Term, Expr, str]:
        """The loss of a step by its definition, where it stands, and the first name that the page has for it."""
        name = body.name if isinstance(body, Ref) and self.network.is_loss(body.name) else self.network.loss
        while isinstance(body, Ref) and self.network.is_loss(body.name) and self.network.step_of(body) == letter(STEP):
            body = self.network.definition(Place(body.name))
        return body, t, name

    def _at_step(self, ref: Ref) -> bool:
        """Whether a read in the loss stands at a step of its own."""
        index = self.network.step_of(ref)
        return index.names <= {STEP} if index is not None else self.network.is_stepped(ref.name)

    def _runs_over(self, fold: Fold) -> bool:
        """Whether a sum runs over the steps, or over the samples."""
        for part in parts(fold.body):
            if isinstance(part, Ref) and fold.letter in part.letters:
                step = self.network.step_of(part)
                if step is not None and fold.letter in step.names:
                    if fold.low != Index(1):
                        raise ReadError(f"the loss is summed from step {fold.low}: write it from step 1")
                    return True
        return fold.high in self.network.samples and not self.network.steps

    def _sums_samples(self, term: Einsum) -> bool:
        return not self.network.steps and any(axis in self.network.samples for axis in term.extents.values())

    def _is_number(self, term: Term) -> bool:
        if isinstance(term, Number | Numeral):
            return True
        if isinstance(term, Power):
            return self._is_number(term.of)
        if isinstance(term, Einsum):
            return not term.out and all(map(self._is_number, term.operands))
        if isinstance(term, Ref):
            quantity = self.network.system[term.name]
            return (
                not quantity.letters
                and not quantity.axes
                and not quantity.cases
                and not self.network.is_loss(term.name)
            )
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
        extents = {name for axis in self.network.samples for name in axis.names}
        batch = extents if self.network.steps else set()
        counts = ({"T"} | self.network.counts | extents) - batch
        result = scale
        for symbol in scale.free_symbols:
            name = str(symbol)
            if name in counts or (not self.network.recurrent and name not in batch):
                result = result.xreplace({symbol: last})
            elif name in batch or self.network.samples:
                result = result.xreplace({symbol: sympy.S.One})
            else:
                raise ReadError(f"nothing says what the number {name} before the loss is")
        return result
