"""Statements that hold, written in other ways: none of them may fail, and nearly all of them still hold.

Every rewrite is confirmed in NumPy first, by a forward pass and complex steps that share nothing with the check."""

import random

import pytest

from derive.check.results import Claim

PASSING = ("holds", "definition")


def rewritten(opinion, page, depth):
    """A sample of the rewrites of a page's statements that NumPy confirms, by their LaTeX."""
    found, lots = {}, random.Random(2026)
    for statement in page.statements:
        for kind, new in opinion.everywhere(opinion.rewrites, statement, page):
            if page.equal(new):
                found.setdefault(page.written(new), (kind, new))
    if depth == 1:
        return {text: found[text][0] for text in lots.sample(sorted(found), min(100, len(found)))}
    twice = {}
    for kind, new in lots.sample(sorted(found.values(), key=repr), 20):
        again = list(opinion.everywhere(opinion.rewrites, new, page))
        for other, newer in lots.sample(again, min(4, len(again))):
            if page.equal(newer):
                twice.setdefault(page.written(newer), f"{kind}, {other}")
    return twice


def checked(opinion, pages, depth) -> list[tuple[str, str, Claim]]:
    found = []
    for page in pages.values():
        texts = rewritten(opinion, page, depth)
        claims = page.check(list(texts))
        found += [(kind, text, claim) for (text, kind), claim in zip(texts.items(), claims, strict=True)]
    return found


def test_the_statements_themselves_hold_here_and_there(pages):
    for page in pages.values():
        claims = page.check([page.written(statement) for statement in page.statements])
        assert [claim.verdict for claim in claims if claim.verdict not in PASSING] == []
        assert all(page.equal(statement) for statement in page.statements)


@pytest.mark.long
@pytest.mark.parametrize(("depth", "least"), [(1, 250), (2, 150)])
def test_no_rewrite_fails_and_nearly_all_hold(opinion, pages, depth, least):
    found = checked(opinion, pages, depth)
    assert [(kind, text, claim.reason) for kind, text, claim in found if claim.verdict == "fails"] == []
    share = sum(claim.verdict in PASSING for *_, claim in found) / len(found)
    print(f"{len(found)} rewrites of depth {depth}: {share:.1%} keep their verdict")
    assert len(found) >= least and share >= 0.98


def test_the_rewrites_are_of_many_kinds(opinion, pages):
    kinds = {kind for page in pages.values() for kind in rewritten(opinion, page, 1).values()}
    assert len(kinds) >= 25


def test_a_wrong_rewrite_is_not_confirmed(opinion, pages):
    """The second opinion sees what is wrong: a - b in another order is b - a."""
    page = pages["vector"]
    statement = next(s for s in page.statements if "delta_o" in repr(s.left) and isinstance(s.right, opinion.Plus))
    turned = opinion.Plus(statement.right.terms[::-1], statement.right.signs)
    assert page.equal(statement) and not page.equal(opinion.Statement(statement.left, turned))
