"""Whether ⊙ binds tighter than a product of matrices in a network's equations, U r ⊙ h for U (r ⊙ h): where both fit,
the page's claims say, and no claim is right or wrong that is not so under both readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from derive.judge.checker import Checker
from derive.understand.statement import Convention, Statement

SETTLING = 2  # claims that must hold under one reading alone


def with_both(build: Callable[[bool], Checker]) -> Checker:
    """The checker of a network as `build(False)` reads it; beside it that where ⊙ binds tighter, if it is another
    network."""
    loose = build(False)
    if any(number in loose.page.elaborator.mixed for number, _ in loose.page.choice.network):
        tight = build(True)
        if tight.page.system != loose.page.system:
            loose.other = tight
    return loose


def settled(loose: Checker, statements: list[Statement]) -> Checker:
    """The one of both that the claims settle: at least two hold with it alone, and none with the other."""
    tight = loose.other
    if tight is None:
        return loose
    tight.settle(statements)
    alone = Counter[bool]()
    for statement in statements:
        for n in loose.heads.links(statement):
            holding = [checker.heads.holds(statement, n) for checker in (loose, tight)]
            if holding[0] != holding[1]:
                alone[holding[1]] += 1
    loose.is_settled = alone[False] >= SETTLING and not alone[True]
    tight.is_settled = alone[True] >= SETTLING and not alone[False]
    if not tight.is_settled:
        return loose
    loose.other, tight.other = None, loose
    meant = "binds tighter than a product of matrices in the equations: U r ⊙ h is U (r ⊙ h)"
    tight.page.conventions.append(Convention("the sign ⊙", meant, "used"))
    return tight
