"""Statements that hold with one fault put in: none may keep its verdict, unless NumPy finds the sides equal all the
same; and the share of faults that the suggestion undoes."""

import random

import pytest

PASSING = ("holds", "definition")
SUGGESTED = 12  # faults of each page for which a suggestion is sought, which takes longer than the verdict


def faults(opinion, page, count):
    """A sample of the page's single faults: the LaTeX with its kind and its two statements, the wrong one first."""
    found = {}
    for statement in page.statements:
        for kind, wrong in opinion.everywhere(opinion.slips, statement, page):
            found.setdefault(page.written(wrong), (kind, wrong, statement))
    drawn = random.Random(2026).sample(sorted(found), min(count, len(found)))
    return {text: found[text] for text in drawn}


@pytest.mark.long
def test_every_fault_loses_the_verdict(opinion, pages, monkeypatch):
    monkeypatch.setattr("derive.judge.mend.Mender.mend", lambda *_: None)
    kept, condemned, total, equal = [], [], 0, 0
    for page in pages.values():
        found = faults(opinion, page, 100)
        for (text, (kind, wrong, _)), claim in zip(found.items(), page.check(list(found)), strict=True):
            same = page.equal(wrong)
            total, equal = total + 1, equal + same
            if r"\sum_{t=0}^{T} \delta" in text:
                continue  # the adjoint of a step that does not exist is zero, and what it multiplies is not asked for
            if claim.verdict in PASSING and not same:
                kept.append((kind, text))
            if claim.verdict == "fails" and same and "does not exist" not in claim.reason:
                condemned.append((kind, text, claim.reason))
    print(f"{total} faults, {equal} of them harmless: {len(kept)} keep their verdict")
    assert kept == [] and condemned == []
    assert total - equal >= 230


def test_the_faults_are_of_many_kinds(opinion, pages):
    kinds = {kind for page in pages.values() for kind, *_ in faults(opinion, page, 10_000).values()}
    assert kinds >= {
        "a sign",
        "a factor dropped",
        "a factor doubled",
        "a foreign factor",
        "an index moved",
        "a bound moved",
        "a transpose lost",
        "matrix factors in the wrong order",
        "direct for total",
        "a coefficient",
        "an exponent",
        "another quantity",
    }


@pytest.mark.long
def test_suggestions_restore_the_meaning(opinion, pages):
    """Of the faults that fail, most get an edit, and the edited side equals the original in the check's own eyes."""
    failing = restored = 0
    for page in pages.values():
        found = faults(opinion, page, SUGGESTED)
        claims = page.check(list(found))
        failing += sum(claim.verdict == "fails" for claim in claims)
        mended = [
            f"{claim.suggestion} = {opinion.latex(statement.right, page)}{statement.when}"
            for claim, (_, _, statement) in zip(claims, found.values(), strict=True)
            if claim.suggestion is not None
        ]
        restored += sum(claim.verdict in PASSING for claim in page.check(mended))
    print(f"{restored} of {failing} faults restored by the suggestion: {restored / failing:.0%}")
    assert failing >= 27 and restored / failing >= 0.6
