"""Slips that the generator of pages plants, which shares no code with the mender, are mended back."""

import sys
from collections import Counter

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

PAGES = (
    ("elman", "subscript"),
    ("elman", "rows"),
    ("elman", "sums"),
    ("gru", "superscript"),
    ("lstm", "bracket"),
    ("perceptron", "superscript"),
    ("elman", "open"),
)


@pytest.fixture(scope="module")
def score(pages, request):
    """The scorer beside this file, which finds the generator as a script does."""
    sys.path.insert(0, str(request.path.parent))
    try:
        import score
    finally:
        sys.path.pop(0)
    return score


def blocks(text):
    notes = check_document(Document.read("page.md", text, "md"), None)
    return {block["block"]: block for block in notes.as_json()["blocks"]}


@pytest.mark.long
def test_nine_in_ten_slips_are_mended_back_to_their_place_and_value(pages, score, capsys):
    """Of those whose true form the check proves."""
    found = Counter()
    for network, style in PAGES:
        page = pages.generate(network, style, 3)
        wrong, true = blocks(page.text), blocks(score.restored(page))
        for label in page.labels:
            if label.slip is not None and true[label.block]["verdict"] == "holds":
                found[score.mended(label, page, wrong[label.block])] += 1
    with capsys.disabled():
        print(f"\nslips mended back: {found[True]} of {found.total()}")
    assert found.total() >= 30
    assert found[True] >= 0.9 * found.total()
