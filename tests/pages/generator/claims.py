"""Claims that are true by construction: by forward and reverse mode on a network's equations, and the chain rule.

Everything is in columns: a gradient has the shape of its variable, a Jacobian ∂u/∂v has the index of u first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .networks import Equation, L, Network, quantities
from .terms import (
    ENDS,
    ONE,
    Add,
    At,
    Chain,
    ChainProd,
    D,
    Diag,
    Fn,
    Had,
    Mul,
    Neg,
    Num,
    Q,
    Softmax,
    StepProd,
    StepSum,
    Term,
    Tr,
    add,
    had,
    mul,
    neg,
    renamed,
    shifted,
    square,
    tr,
)

Condition = tuple[At, str, At]
EARLY, RUNNING = At("k"), At("i")


@dataclass(frozen=True)
class Claim:
    """head = side = side …, for all steps at which they exist and `when` holds. `kind` names what it is an example of;
    `jacobian` says that the sides are Jacobians, which rows do not transpose."""

    kind: str
    head: Term
    sides: tuple[Term, ...]
    when: tuple[Condition, ...] = ()
    jacobian: bool = False
    axes: tuple[tuple[str, str], ...] = ()


def pullback(body: Term, g: Term, value: Term | None = None) -> Iterator[tuple[Q, Term]]:
    """The contributions g·∂body/∂q of every quantity q in it; `value` names the value of the whole body."""
    match body:
        case Q():
            yield body, g
        case Add(terms):
            for term in terms:
                yield from pullback(term, g)
        case Neg(x):
            yield from pullback(x, neg(g))
        case Tr(x):
            yield from pullback(x, tr(g))
        case Mul(factors):
            for i, factor in enumerate(factors):
                before = [tr(f) for f in reversed(factors[:i])]
                after = [tr(f) for f in reversed(factors[i + 1 :])]
                yield from pullback(factor, mul(*before, g, *after))
        case Had(factors):
            for i, factor in enumerate(factors):
                yield from pullback(factor, had(g, *factors[:i], *factors[i + 1 :]))
        case Fn(_, x):
            yield from pullback(x, had(g, slope(body, value)))
        case Num():
            return
        case _:
            raise TypeError(body)


def slope(body: Fn, value: Term | None) -> Term:
    """The derivative of an entrywise function, by its value where it has a name."""
    of = value or body
    if body.name == "tanh":
        return ONE - square(of)
    if body.name == "sigmoid":
        return had(of, ONE - of)
    return Fn(body.name, body.x, prime=True)


def jacobian(body: Term, v: Q, value: Term | None = None) -> Term | None:
    """∂body/∂v, directly; None where v does not occur, the number 1 for the identity."""
    match body:
        case Q():
            return ONE if body == v else None
        case Add(terms):
            parts = [j for term in terms if (j := jacobian(term, v)) is not None]
            return add(*parts) if parts else None
        case Neg(x):
            return None if (j := jacobian(x, v)) is None else neg(j)
        case Mul(factors):
            inner = jacobian(factors[-1], v)
            return None if inner is None else mul(*factors[:-1], inner)
        case Had(factors):
            parts = []
            for i, factor in enumerate(factors):
                if (j := jacobian(factor, v)) is not None:
                    parts.append(mul(Diag(had(*factors[:i], *factors[i + 1 :])), j))
            return add(*parts) if parts else None
        case Fn(_, x):
            return None if (j := jacobian(x, v)) is None else mul(Diag(slope(body, value)), j)
        case Softmax(x):
            if value is None or x != v:
                return None
            return Diag(value) - value @ tr(value)
        case _:
            return None


def gradient(q: Q) -> D:
    return D(L, q)


class Claims:
    """All claims about one network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.letter = At(network.family)
        self.last = At(ENDS[network.family])
        self.first = At("", 1)

    def all(self) -> list[Claim]:
        found = [
            *self.local(),
            *self.output(),
            *self.adjoints(),
            *self.parameters(),
            *self.chains(),
        ]
        if self.network.state:
            found += [*self.products(), *self.through_time()]
        return found

    def vector(self, q: Q) -> bool:
        return self.network.shapes[q.name][1] == "1" and self.network.shapes[q.name][0] != "1"

    def column(self, q: Q) -> bool:
        return self.network.shapes[q.name][1] == "1"

    def step(self, q: Q) -> bool:
        return bool(q.at) and q.at[0].letter == self.network.family

    def general(self) -> Iterator[Equation]:
        """The equations of arrays at a general step."""
        for equation in self.network.equations:
            if self.network.shapes[equation.head.name] != ("1", "1") and (
                not equation.head.at or equation.head.at[0].letter
            ):
                yield equation

    def local(self) -> Iterator[Claim]:
        """∂u/∂v of each equation, by what stands in it."""
        for equation in self.general():
            u = equation.head
            if not self.vector(u):
                continue
            for v in dict.fromkeys(quantities(equation.body)):
                if not self.column(v) or self.network.given.get(v.name) == "parameter":
                    continue
                value = jacobian(equation.body, v, u)
                if value is not None and value != ONE:
                    indirect = self.indirect(equation, v)
                    yield Claim("local", D(u, v, direct=indirect), (value,), jacobian=True)

    def indirect(self, equation: Equation, v: Q) -> bool:
        """Whether v reaches the equation's head on another way as well, so that direct and total differ."""
        others = [q for q in quantities(equation.body) if q != v]
        return any(self.reaches(v, q, set()) for q in others)

    def reaches(self, v: Q, q: Q, seen: set[Q]) -> bool:
        if q == v:
            return True
        if q in seen or len(seen) > 60:
            return False
        seen.add(q)
        equation = self.network.equation(q.name)
        if equation is None:
            return False
        body = equation.body
        if equation.head.at and q.at:
            if q.at[0].letter != self.network.family or abs(q.at[0].shift) > 2:
                return False
            body = shifted(body, self.network.family, q.at[0].shift)
        return any(self.reaches(v, inner, seen) for inner in quantities(body))

    def output(self) -> Iterator[Claim]:
        """The derivative of the loss by the output's pre-activation."""
        steploss, q, error = self.network.error
        yield Claim("output", D(steploss, q), (error,))
        if steploss != L:
            yield Claim("output", gradient(q), (mul(self.network.weight, error),))

    def consumers(self, q: Q) -> list[tuple[int | None, Term]]:
        """What the adjoint of q gets from each equation in which it stands: the later by how many steps, and the term.
        None as the step: an equation that takes q at the last step only."""
        found: list[tuple[int | None, Term]] = []
        for equation in self.network.equations:
            head = equation.head
            if self.network.shapes[head.name] == ("1", "1") and head.name in ("l", "L"):
                continue
            if isinstance(equation.body, Softmax):
                continue
            if head.at and not head.at[0].letter:
                continue
            for used, term in pullback(equation.body, gradient(head), head):
                if used.name != q.name:
                    continue
                if self.step(head) and self.step(used):
                    by = -used.at[0].shift
                    found.append((by, shifted(term, self.network.family, by)))
                elif not head.at:
                    found.append((None, term))
        return found

    def adjoints(self) -> Iterator[Claim]:
        """∂L/∂v as the sum over what uses v; at the last step (the first, backwards) only what is used there."""
        output = self.network.error[1]
        for equation in self.general():
            v = equation.head
            if v.name == output.name and not (self.step(v) and output.at and output.at[0].letter == ENDS["l"]):
                continue
            if isinstance(equation.body, Softmax) or v.name == "p":
                continue
            uses = self.consumers(v)
            here = [term for by, term in uses if by == 0]
            later = [(by, term) for by, term in uses if by]
            at_end = [term for by, term in uses if by is None]
            if here + later and self.step(v):
                side = add(*here, *(term for _, term in later))
                when: tuple[Condition, ...] = ()
                if any(by > 0 for by, _ in later if by):
                    when = ((self.letter, "<", self.last),)
                elif later:
                    when = ((self.letter, ">", self.first),)
                yield Claim("adjoint", gradient(v), (side,), when)
            end = self.last if all(by > 0 for by, _ in later if by) else self.first
            if self.step(v) and later and (here or at_end):
                terms = [renamed(term, {self.network.family: end}) for term in here] + at_end
                yield Claim("last step", gradient(Q(v.name, (end,))), (add(*terms),))
            if not v.at and here + at_end:
                yield Claim("adjoint", gradient(v), (add(*here, *at_end),))

    def parameters(self) -> Iterator[Claim]:
        """∂L/∂θ, summed over the steps that share θ."""
        for name in self.network.parameters:
            terms: list[Term] = []
            for equation in self.network.equations:
                if equation.head.name in ("l", "L") or isinstance(equation.body, Softmax):
                    continue
                for used, term in pullback(equation.body, gradient(equation.head), equation.head):
                    if used.name != name:
                        continue
                    if self.step(equation.head) and not used.at:
                        term = StepSum(self.network.family, self.first, self.last, term)
                    terms.append(term)
            parameter = Q(name, (self.letter,)) if name in self.network.indexed else Q(name)
            if terms:
                yield Claim("parameter", gradient(parameter), (add(*terms),))

    def chains(self) -> Iterator[Claim]:
        """The chain rule in derivatives alone."""
        steploss, out, error = self.network.error
        equation = self.network.equation(out.name) if self.network.family == "t" else None
        if equation is None:
            return
        for state in dict.fromkeys(quantities(equation.body)):
            if not self.vector(state) or self.network.given.get(state.name) == "parameter":
                continue
            by_output = Chain((D(steploss, out), D(out, state)))
            sides: tuple[Term, ...] = (by_output,)
            matrix = jacobian(equation.body, state)
            if matrix is not None:
                sides += (mul(tr(matrix), error),)
            yield Claim("chain", D(steploss, state), sides)
        p = Q("p", out.at)
        if steploss.at and self.vector(out):
            yield Claim("chain", D(steploss, out), (Chain((D(steploss, p), D(p, out))), error))
        if steploss.at:
            for name in self.network.parameters[:3]:
                total = StepSum("t", self.first, self.last, D(steploss, Q(name)))
                yield Claim("split", gradient(Q(name)), (total,))
            recurrent = [name for name in self.network.starts if self.network.starts[name] < 0]
            for name in recurrent[:1]:
                h = Q(name, (self.letter,))
                later = StepSum("i", self.letter, self.last, D(Q("l", (RUNNING,)), h))
                yield Claim("split", gradient(h), (later,))

    def products(self) -> Iterator[Claim]:
        """∂h_t/∂h_k, for a network whose only memory is one state."""
        h = self.network.state
        now, before, early = Q(h, (self.letter,)), Q(h, (self.letter - 1,)), Q(h, (EARLY,))
        when: tuple[Condition, ...] = ((EARLY, "<", self.letter),)
        factor = D(Q(h, (RUNNING,)), Q(h, (RUNNING - 1,)))
        product = ChainProd("i", EARLY + 1, self.letter, factor)
        yield Claim("product", D(now, early), (product,), when, jacobian=True)
        yield Claim("product", D(now, early), (Chain((D(now, before), D(before, early))),), when, jacobian=True)
        equation, a = self.network.equation(h), Q("a", (self.letter,))
        if isinstance(equation.body, Fn):  # type: ignore[union-attr]
            step = mul(jacobian(equation.body, a, now), Q("W"))  # type: ignore[union-attr, arg-type]
            yield Claim("product", D(now, before), (step,), jacobian=True)
            explicit = StepProd("i", EARLY + 1, self.letter, renamed(step, {"t": RUNNING}), down=True)
            yield Claim("product", D(now, early), (product, explicit), when, jacobian=True)
            two = D(now, Q(h, (self.letter - 2,)))
            yield Claim("product", two, (mul(step, shifted(step, "t", -1)),), jacobian=True)

    def through_time(self) -> Iterator[Claim]:
        """The state's derivative by what all steps share, and the loss's by double sums."""
        network = self.network
        h = network.state
        now, before, early = Q(h, (self.letter,)), Q(h, (self.letter - 1,)), Q(h, (EARLY,))
        for name in [p for p in network.parameters if p[0] in "WUb"][:3]:
            w = Q(name)
            shares = StepSum("k", self.first, self.letter, Chain((D(now, early), D(early, w, direct=True))))
            yield Claim("total", D(now, w), (shares,), jacobian=True)
            recursion = add(D(now, w, direct=True), Chain((D(now, before), D(before, w))))
            yield Claim("total", D(now, w), (recursion,), jacobian=True)
            steploss, out, error = network.error
            if steploss.at:
                p = Q("p", out.at)
                inner = Chain((D(steploss, now), D(now, early), D(early, w, direct=True)))
                full = Chain((D(steploss, p), D(p, out), D(out, now), D(now, early), D(early, w, direct=True)))
                yield Claim("total", D(steploss, w), (StepSum("k", self.first, self.letter, inner),))
                yield Claim("total", D(steploss, w), (StepSum("k", self.first, self.letter, full),))
                double = StepSum("t", self.first, self.last, StepSum("k", self.first, self.letter, inner))
                yield Claim("double sum", gradient(w), (double,))
                if name == "W" and isinstance(network.equation(h).body, Fn):  # type: ignore[union-attr]
                    equation = network.equation(h)
                    slope_k = renamed(slope(equation.body, now), {"t": EARLY})  # type: ignore[union-attr, arg-type]
                    back = mul(Tr(D(now, early)), Tr(Q("V")), error)
                    outer = mul(had(back, slope_k), Tr(Q(h, (EARLY - 1,))))
                    closed = StepSum("t", self.first, self.last, StepSum("k", self.first, self.letter, outer))
                    yield Claim("double sum", gradient(w), (closed,))
            else:
                final = Q(h, (self.last,))
                inner = Chain((D(L, final), D(final, early), D(early, w, direct=True)))
                yield Claim("double sum", gradient(w), (StepSum("k", self.first, self.last, inner),))
