"""Claims built against a decider: false ones that are true wherever a decider is likely to look, and true ones where it
is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from .claims import Claim, Claims, gradient, jacobian
from .networks import Network
from .terms import (
    ENDS,
    ONE,
    Add,
    At,
    Chain,
    ChainProd,
    D,
    Frac,
    IndexNumber,
    Neg,
    Num,
    Q,
    SizeNumber,
    StepSum,
    Term,
    mul,
    renamed,
    shifted,
)

STEPS, SIZES = range(1, 10), range(1, 7)  # at which a factor vanishes; we confirm beyond them
REMARKS = (  # what authors write behind a formula, in any language; none of it is a condition
    r"\text{(siehe oben)}",
    r"\text{d'après la règle de la chaîne}",
    r"\text{по правилу цепочки}",
    r"\text{因为链式法则}",
    r"\text{(by the chain rule)}",
    r"\text{para todo paso}",
)


@dataclass(frozen=True)
class Trap:
    """A claim (in columns), whether it is true, why, and a factor that its last side is to be multiplied with.

    `long` claims speak of steps that only a long sequence has."""

    claim: Claim
    true: bool
    kind: str
    why: str
    factor: Term | None = None
    remark: str = ""
    long: bool = False


def number(value: int) -> Term:
    return Num(Fraction(value))


def vanishing(what: list[Term]) -> Term:
    """1 + (a)(b)…: equal to 1 wherever one of the factors vanishes."""
    return Add((ONE, mul(*what)))


def less(size: str, value: int) -> Term:
    return Add((SizeNumber(size), Neg(number(value))))


def factors(network: Network, claim: Claim, random: Random) -> Iterator[tuple[str, Term]]:
    """Factors that are 1 at some numbers of steps, sizes or steps only."""
    last = ENDS[network.family]
    some = sorted(random.sample(STEPS, random.randint(1, 4)))
    yield f"true for {last} in {some} only", vanishing([IndexNumber(At(last, -root)) for root in some])
    axes = [axis for axis in ("H", "X", "Y") if any(axis in shape for shape in network.shapes.values())]
    if axes:
        axis = random.choice(axes)
        one = sorted(random.sample(SIZES, random.randint(1, 3)))
        yield f"true for a size in {one} only", vanishing([less(axis, root) for root in one])
        yield f"true where a size is {last} + 1", Frac(IndexNumber(At(last, 1)), SizeNumber(axis))


def traps(network: Network, random: Random) -> Iterator[Trap]:
    """Traps about a network, without end of variety: each call draws others."""
    claims = Claims(network).all()
    for claim in random.sample(claims, min(6, len(claims))):
        for why, factor in factors(network, claim, random):
            yield Trap(claim, False, "vanishing factor", why, factor)
    for claim in random.sample(claims, min(4, len(claims))):
        yield Trap(claim, True, "remark", "true, with a remark behind it", remark=random.choice(REMARKS))
        yield Trap(claim, False, "remark", "a factor 2 and a remark behind it", number(2), random.choice(REMARKS))
    yield from conditions(network, claims, random)
    if network.state:
        yield from far(network, random)


def conditions(network: Network, claims: list[Claim], random: Random) -> Iterator[Trap]:
    """Claims that a condition makes true, or does not."""
    letter, last = At(network.family), At(ENDS[network.family])
    for claim in claims:
        if claim.kind == "last step" and isinstance(claim.head, D) and claim.head.v.at[0] == last:
            moved = replace(
                claim,
                head=gradient(Q(claim.head.v.name, (letter,))),
                sides=tuple(renamed(side, {last.letter: letter}) for side in claim.sides),
            )
            yield Trap(replace(moved, when=((letter, "=", last),)), True, "condition", "true at the last step")
            early = ((letter, "<", last),)
            yield Trap(replace(moved, when=early), False, "condition", "true at the last step only")
        if claim.kind == "local" and random.random() < 0.3:
            after = At("", random.randint(1, 2))
            yield Trap(replace(claim, when=((letter, ">", after),)), True, "condition", "true, with a condition")
            after_all = "false under the condition too"
            yield Trap(replace(claim, when=((letter, ">", after),)), False, "condition", after_all, number(3))


def far(network: Network, random: Random) -> Iterator[Trap]:
    """Steps up to 100 and lags up to 10."""
    h, t = network.state, At("t")
    equation = network.equation(h)
    assert equation is not None
    lag = random.randint(3, 10)
    before = D(Q(h, (At("i"),)), Q(h, (At("i", -1),)))
    whole = D(Q(h, (t,)), Q(h, (t - lag,)))
    for down in (False, True):
        product = ChainProd("i", t - (lag - 1), t, before, down)
        yield Trap(Claim("far", whole, (product,), jacobian=True), True, "far", f"a lag of {lag}")
    short = ChainProd("i", t - (lag - 2), t, before)
    yield Trap(Claim("far", whole, (short,), jacobian=True), False, "far", "a factor too few")
    step = At("", random.choice((5, 10, 17, 50, 99, 100)))
    few = random.randint(2, 4)
    literal = Chain(tuple(D(Q(h, (step - i,)), Q(h, (step - i - 1,))) for i in range(few)))
    claim = Claim("far", D(Q(h, (step,)), Q(h, (step - few,))), (literal,), jacobian=True)
    yield Trap(claim, True, "far", f"step {step.shift}", long=True)
    wrong = replace(claim, sides=(Chain(literal.factors[:-1]),))
    yield Trap(wrong, False, "far", "a factor too few, far out", long=True)
    a = Q("a", (t,))
    if network.name in ("elman", "many_to_one"):
        matrix = mul(jacobian(equation.body, a, equation.head), Q("W"))  # type: ignore[arg-type]
        at_step = {"t": step}
        one = Claim("far", D(Q(h, (step,)), Q(h, (step - 1,))), (renamed(matrix, at_step),), jacobian=True)
        yield Trap(one, True, "far", f"step {step.shift}", long=True)
        two = replace(one, sides=(renamed(shifted(matrix, "t", 1), at_step),))
        yield Trap(two, False, "far", "the next step's slope", long=True)
    if network.name == "elman":
        last = At("T")
        lags = random.randint(1, 3)
        early = Q(h, (last - lags,))
        rest = StepSum("i", last - lags, last, D(Q("l", (At("i"),)), early))
        yield Trap(Claim("far", gradient(early), (rest,)), True, "far", f"{lags} steps before the end")
        lost = replace(rest, first=last - (lags - 1))
        yield Trap(Claim("far", gradient(early), (lost,)), False, "far", "the first loss is lost")
