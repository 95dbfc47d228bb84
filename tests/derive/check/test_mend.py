"""The corrected page: what is replaced, and what stays."""

import pytest

from derive.check.mend import mended
from derive.check.results import CheckedBlock, Claim, Notes
from derive.reading import load

LATEX = "A = B [C = D] E = F"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(f"before $$ {LATEX} $$ after", encoding="utf-8")
    return load(path)


def claim(right, verdict="fails", **known):
    start = LATEX.index(right)
    return Claim("A", right, verdict, span=(start, start + len(right)), **known)


def checked(page, *claims):
    return mended(Notes(page, "hello", "HELLO", (CheckedBlock(1, 1, LATEX, "fails", claims),)))


def test_the_suggestion_comes_before_the_exact_form(page):
    text, left = checked(page, claim("F", suggestion="G", exact="H"), claim("E", exact="X"))
    assert (text, left) == ("before $$ A = B [C = D] X = G $$ after", ())


def test_a_note_inside_a_side_that_is_replaced_goes_with_it(page):
    text, left = checked(page, claim("D", suggestion="Z"), claim("B [C = D] E", suggestion="Y"))
    assert (text, left) == ("before $$ A = Y = F $$ after", ())


def test_a_note_inside_a_side_that_holds_is_mended(page):
    text, _ = checked(page, claim("D", suggestion="Z"), claim("B [C = D] E", "holds"))
    assert text == "before $$ A = B [C = Z] E = F $$ after"


def test_what_has_no_correction_stays_and_is_told(page):
    lost = claim("F")
    text, left = checked(page, lost, claim("E", "conditional", exact="X"), claim("D", "unknown", exact="X"))
    assert (text, left) == (page.text, (lost,))
