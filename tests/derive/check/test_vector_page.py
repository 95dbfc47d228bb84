"""The page in vector notation: its planted slips are what fails, and nothing else."""

from pathlib import Path

import pytest

from derive.check.mend import mended
from derive.judge.notes import check_document, check_notes
from derive.reading import builtin_legend, load

PAGE = Path(__file__).parents[3] / "derive" / "notes" / "elman_vector.md"
LEGEND = builtin_legend("elman_vector")
PLANTED = {slip.block: slip for slip in LEGEND.planted}


@pytest.fixture(scope="module")
def notes():
    return check_notes(PAGE)


def checked(text, folder):
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return check_document(load(path), LEGEND)


def test_exactly_the_planted_slips_fail(notes):
    assert {block.number for block in notes.blocks if block.verdict == "fails"} == set(PLANTED) and len(PLANTED) == 5
    assert set(notes.counts) == {"fails", "holds", "definition"} and sum(notes.counts.values()) == 28


def test_nothing_needs_an_assumption(notes):
    assert not any(claim.assumptions for block in notes.blocks for claim in block.claims)


@pytest.mark.parametrize("number", PLANTED)
def test_each_slip_is_refuted_in_numbers_and_mended_by_one_edit(notes, number):
    (claim,) = notes.blocks[number - 1].claims
    assert claim.counterexample is not None and claim.counterexample.left != claim.counterexample.right
    assert claim.suggestion is not None and claim.edit is not None


@pytest.mark.parametrize("kind", ["mend", "suggestion"])
def test_each_slip_mended_by_its_author_or_by_our_edit_holds(notes, kind, tmp_path):
    pieces = []
    for number, slip in PLANTED.items():
        (claim,) = notes.blocks[number - 1].claims
        latex = slip.mend if kind == "mend" else getattr(claim, kind)
        pieces.append((notes.document.blocks[number - 1], claim.span, latex))
    again = checked(notes.document.with_replacements(pieces), tmp_path)
    assert set(again.counts) == {"holds", "definition"}


def test_the_corrected_page_checks_clean(notes, tmp_path):
    text, left = mended(notes)
    again = checked(text, tmp_path)
    assert left == () and again.status() == 0 and "fails" not in again.counts


@pytest.mark.parametrize("number", [9, 18, 22])
def test_suggestions_restore_what_the_author_meant(notes, number):
    (claim,) = notes.blocks[number - 1].claims
    assert "".join(claim.suggestion.split()) == "".join(PLANTED[number].mend.split())
