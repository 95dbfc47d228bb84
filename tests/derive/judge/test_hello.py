"""The verdicts on the notes of HELLO, block by block (test_hello_numbers.py confirms them by a route of its own)."""

import pytest

from derive.check.mend import mended
from derive.judge.notes import check_document, check_notes
from derive.reading import builtin_legend, load

UNIT = ("target-unit",)
ROW = ("target-unit", "same-target")
DEPTH_ONE = ("target-unit", "single-path", "truncated")
SCALAR = ("target-unit", "single-path", "scalar-state")
STATE = ("scalar-state",)

holds, definition, fails = "holds", "definition", "fails"

# What we worked out by hand, block by block: for each claim `holds`, `definition`, `fails` or what it needs.
EXPECTED = {
    1: [definition],
    2: [definition],
    3: [definition, definition],
    4: [definition],
    5: [fails],  # a(t) for x(t)
    6: [definition],
    7: [holds, holds],
    8: [fails],  # a foreign factor ∂L/∂a
    9: [UNIT],
    10: [UNIT, UNIT],
    11: [holds, ROW],
    12: [ROW],
    13: [definition],
    14: [holds, holds],
    15: [holds],
    16: [UNIT],
    17: [UNIT],
    18: [holds, ROW],
    19: [ROW],
    20: [ROW],
    21: [definition],
    22: [holds, holds],
    23: [holds, fails],  # the factor ∂net_y/∂a is missing
    24: [holds],
    25: [holds],
    26: [holds],
    27: [holds],
    28: [holds],
    29: [fails],  # ∂a(2)/∂W twice
    30: [holds],
    47: [holds],
    48: [fails, UNIT, holds],  # t for i; the diagonal of the softmax Jacobian alone
    49: [holds, STATE],
    50: [SCALAR],
    51: [definition],
    52: [definition],
    53: [holds, holds],
    54: [holds],
    55: [fails],  # tanh(a) for a
    56: [fails],
    57: [holds, fails],
    58: [DEPTH_ONE],
    59: [definition],
    60: [holds, holds],
    61: [holds],
    62: [DEPTH_ONE],
    63: [DEPTH_ONE],
    64: [fails],  # a sign
    65: [DEPTH_ONE],
    66: [definition, DEPTH_ONE],
    67: [definition],
}
FRAGMENTS = range(31, 47)

# What each failing claim becomes when its suggestion is followed.
MENDED = {
    (5, 0): definition,
    (8, 0): holds,
    (23, 1): holds,
    (29, 0): holds,
    (48, 0): holds,
    (55, 0): DEPTH_ONE,
    (56, 0): DEPTH_ONE,
    (57, 1): DEPTH_ONE,
    (64, 0): holds,
}

# How a ∂ must be read for the claim to hold; a ∂ that could be read both ways and is not listed is total.
DIRECT = {
    25: ["∂a(2)/∂w_aa"],
    26: ["∂a(2)/∂w_aa"],
    27: ["∂a(2)/∂w_aa"],
    28: ["∂a(3)/∂w_aa"],
    30: ["∂a(3)/∂w_aa", "∂a(2)/∂w_aa"],
    47: ["∂a(k)/∂w_aa"],
    49: ["∂a(k)/∂w_aa"],
}

REPAIRED = {19, 20, 47, 49, 50, 55, 56, 57, 58, 62, 63, 65, 66}


@pytest.fixture(scope="module")
def notes(notes_on):
    return notes_on("hello")


@pytest.fixture(scope="module")
def corrected(notes, tmp_path_factory):
    """The page with its failing right sides mended, checked again with the same legend."""
    text, left = mended(notes)
    assert left == ()
    path = tmp_path_factory.mktemp("corrected") / "hello.md"
    path.write_text(text, encoding="utf-8")
    return check_document(load(path), builtin_legend())


def found(claim):
    return claim.assumptions if claim.verdict == "conditional" else claim.verdict


def test_every_block_has_its_verdict(notes):
    assert [block.number for block in notes.blocks] == list(range(1, 68))
    assert {b.number: [found(c) for c in b.claims] for b in notes.blocks if b.verdict != "fragment"} == EXPECTED
    assert [block.number for block in notes.blocks if block.verdict == "fragment"] == list(FRAGMENTS)


def test_the_counts_add_up(notes):
    assert notes.counts == {"fails": 9, "conditional": 16, "holds": 15, "definition": 11, "fragment": 16}
    assert sum(notes.counts.values()) == 67 and notes.status() == 1


def test_the_equalities_of_the_headings_are_counted(notes):
    assert [(f.line, f.verdict) for f in notes.formulas] == [(line, definition) for line in (29, 49, 69, 143, 161)]


def test_partials_are_read_direct_where_nothing_else_holds(notes):
    direct = {
        block.number: [r.partial for claim in block.claims for r in claim.readings if r.taken == "direct"]
        for block in notes.blocks
    }
    assert {number: readings for number, readings in direct.items() if readings} == DIRECT


def test_repairs_stand_beside_the_verdicts(notes):
    assert {block.number for block in notes.blocks if any(claim.repairs for claim in block.claims)} == REPAIRED


def test_what_is_false_on_the_word_is_said(notes):
    claims = [claim for block in notes.blocks for claim in block.claims]
    for claim in claims:
        assert ("same-target is false for HELLO" in claim.reason) == ("same-target" in claim.assumptions)


def test_what_is_not_true_as_it_stands_has_a_counterexample_or_an_exact_form(notes):
    for block in notes.blocks:
        for claim in block.claims:
            if claim.verdict == "fails":
                assert claim.counterexample is not None
                assert claim.counterexample.left != claim.counterexample.right
                assert claim.suggestion is not None


def test_suggestions_mend(corrected):
    assert {key: found(corrected.blocks[key[0] - 1].claims[key[1]]) for key in MENDED} == MENDED


def test_the_corrected_page_is_as_before_elsewhere(notes, corrected):
    assert "fails" not in corrected.counts and sum(corrected.counts.values()) == 67
    for before, after in zip(notes.blocks, corrected.blocks, strict=True):
        assert len(before.claims) == len(after.claims)
        for i, (old, new) in enumerate(zip(before.claims, after.claims, strict=True)):
            if (before.number, i) not in MENDED:
                assert (found(old), old.right) == (found(new), new.right)


def test_the_raw_transcription_has_the_same_verdicts(notes, tmp_path):
    """The blocks without our headings and sentences around them."""
    path = tmp_path / "raw.md"
    path.write_text("\n\n".join(f"$${block.latex}$$" for block in notes.blocks), encoding="utf-8")
    again = check_notes(path, "hello")
    assert again.legend == "hello"
    assert [block.verdict for block in again.blocks] == [block.verdict for block in notes.blocks]
