"""The report's content: every formula printed from a symbolic object, and read back by a second reader."""

import pytest
from sympy import Expr

from derive.algebra.printing import latex, lines
from derive.algebra.written import Equality
from derive.report import decided, derivation, scalar, vector
from derive.report.assemble import build
from derive.report.document import Details, Formula, Math, Paragraph, Table
from derive.report.subject import of_word
from derive.report.text import formula, paragraph
from derive.typeset.formula import typeset
from derive.typeset.mathml import tree
from numeric.words import Word, printable


def blocks(document):
    """Every block with the anchor of its section."""

    def inside(anchor, found):
        for block in found:
            yield anchor, block
            if isinstance(block, Details):
                yield from inside(anchor, block.blocks)

    def walk(section):
        yield from inside(section.anchor, section.blocks)
        for inner in section.sections:
            yield from walk(inner)

    yield from inside("summary", document.lead)
    for section in document.sections:
        yield from walk(section)


def formulas(document):
    """Every line of LaTeX in the document, inline ones too."""
    for _, block in blocks(document):
        match block:
            case Formula():
                yield from block.lines
            case Paragraph(parts):
                yield from (part.latex for part in parts if isinstance(part, Math))
            case Table(header, rows):
                yield from (
                    part.latex for row in (header, *rows) for cell in row for part in cell if isinstance(part, Math)
                )


@pytest.fixture(scope="module")
def recorded():
    """The report of HELLO and the equalities that its formulas were printed from."""
    printed = []

    def note(*equalities, number=""):
        printed.extend(equalities)
        return formula(*equalities, number=number)

    with pytest.MonkeyPatch.context() as patch:
        for module in (derivation, scalar, vector):
            patch.setattr(module, "formula", note)
        return build(of_word(Word("HELLO"), 8), {}), printed


def test_every_formula_is_printed_from_a_symbolic_object(recorded):
    document, printed = recorded
    known = [line for equality in printed for line in lines(equality)]
    shown = [line for _, block in blocks(document) if isinstance(block, Formula) for line in block.lines]
    assert sorted(shown) == sorted(known)


def test_every_scalar_formula_reads_back_as_what_it_was_printed_from(recorded, second_reader, renamed, evaluated):
    scalars = [
        equality for equality in recorded[1] if isinstance(equality, Equality) and isinstance(equality.head, Expr)
    ]
    sides = dict.fromkeys(side for equality in scalars for side in (equality.head, *equality.sides))
    assert len(sides) > 100
    for plain in dict.fromkeys(map(renamed, sides)):  # many differ by their names alone
        assert second_reader(latex(plain)) == evaluated(plain)


def test_scalar_sections_are_scalar_and_vector_sections_are_vector(recorded):
    document, printed = recorded
    form: dict[str, set[bool]] = {}
    for equality in printed:
        for line in lines(equality):  # b_y is written alike in both
            form.setdefault(line, set()).add(isinstance(equality, Equality) and isinstance(equality.head, Expr))
    for anchor, block in blocks(document):
        if isinstance(block, Formula) and anchor.endswith(("-scalar", "-vector")):
            assert all(anchor.endswith("-scalar") in form[line] for line in block.lines), anchor


def test_the_gradients_stand_in_the_order_of_the_notes_after_the_one_in_full(recorded):
    found = next(section for section in recorded[0].sections if section.anchor == "derivation")
    anchors = [section.anchor for section in found.sections]
    assert anchors == ["network", "local", "deltas", "w-aa", "w-ya", "b-y", "b-a", "w-ax", "decided"]
    everywhere = [anchor for anchor, _ in blocks(recorded[0])]
    assert {"w-aa-scalar", "w-aa-vector"} <= set(everywhere)


def test_one_gradient_is_in_full_and_of_the_others_the_result(recorded):
    found = next(section for section in recorded[0].sections if section.anchor == "derivation")
    for section in found.sections[4:8]:
        result, folded = section.blocks
        assert isinstance(result, Formula) and len(result.lines) == 2 and isinstance(folded, Details)
    whole = build(of_word(Word("HELLO"), 8), {}, full=True)
    anchors = {anchor for anchor, _ in blocks(whole)}
    assert {f"{name}-{form}" for name in ("w-ya", "b-y", "b-a", "w-ax") for form in ("scalar", "vector")} <= anchors


def test_the_layout_is_said_once(recorded):
    told = [
        part
        for _, block in blocks(recorded[0])
        if isinstance(block, Paragraph)
        for part in block.text
        if isinstance(part, str) and "Vectors are columns" in part
    ]
    assert len(told) == 1


def test_the_terms_through_time_stand_in_all_three(recorded):
    lines_of = {}
    for anchor, block in blocks(build(of_word(Word("HELLO"), 8), {}, full=True)):
        if isinstance(block, Formula):
            lines_of.setdefault(anchor, []).extend(block.lines)
    for anchor in ("w-aa", "b-a", "w-ax"):
        assert any(r"\prod_{m=k+1}^{i}" in line for line in lines_of[f"{anchor}-scalar"])
        assert any(r"\prod_{m=k+1}^{i}" in line for line in lines_of[f"{anchor}-vector"])
    for anchor in ("w-ya", "b-y"):
        assert not any(r"\prod" in line for line in lines_of[f"{anchor}-scalar"] + lines_of[f"{anchor}-vector"])


def test_every_formula_passes_the_gate_and_has_mathml(recorded):
    for line in formulas(recorded[0]):
        typeset(line)
        tree(line, True)


def test_the_same_word_gives_the_same_report(recorded):
    assert build(of_word(Word("HELLO"), 8), {}) == recorded[0]


@pytest.mark.parametrize(("word", "hidden"), [("aa", 1), ("ab", 3), ("{}{", 2), ("<b>&$\\", 2), ("ABCDEFGHIJ", 1)])
def test_any_word_has_a_report(word, hidden):
    document = build(of_word(Word(word), hidden), {})
    cells = [cell for _, block in blocks(document) if isinstance(block, Table) for row in block.rows for cell in row]
    assert all((letter,) in cells for letter in word)
    anchors = [section.anchor for section in document.sections]
    assert len(set(anchors)) == len(anchors) and document.title.endswith(printable(word))


def test_a_long_word_is_derived_for_its_first_steps_and_says_so():
    document = build(of_word(Word("ABCDEFGHIJ"), 2), {}, full=True)
    shown = [
        line
        for anchor, block in blocks(document)
        if anchor == "w-aa-scalar" and isinstance(block, Formula)
        for line in block.lines
    ]
    assert not any("L(5)" in line for line in shown)
    said = [part for _, block in blocks(document) if isinstance(block, Paragraph) for part in block.text]
    assert any(isinstance(part, str) and "(of 9 steps)" in part for part in said)


def test_what_is_not_confirmed_is_not_reported(monkeypatch):
    monkeypatch.setattr(decided, "same", lambda *args: False)
    with pytest.raises(decided.Refuted, match="W_aa"):
        build(of_word(Word("HELLO"), 2), {})


def test_a_paragraph_needs_a_part_for_every_place():
    assert paragraph("a {} b", "{}").text == ("a ", "{}", " b")
    with pytest.raises(ValueError):
        paragraph("a {} b")
    with pytest.raises(ValueError):
        paragraph("a", "b")
