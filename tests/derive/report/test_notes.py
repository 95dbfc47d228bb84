"""The checked notes in the report: nothing is left out, and what is wrong is said first."""

import pytest

from derive import check_notes
from derive.report import html, markdown, tex
from derive.report.document import Comparison, Details, Document, Link, Paragraph, Quoted, Table
from derive.report.notes import beside, findings, section

PAGE = r"""# The output $y$

$$y(t) = y(t) + 0$$

$$\frac{\partial L(t)}{\partial b_y} = \hat{y}(t) - y(t)$$

$$\frac{\partial L(t)}{\partial w_{ya}} = -(1-y(t)) a(t)$$

$$\href{javascript:alert(1)}{x} = 1$$

$$1$$

$$2$$

$$3$$
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    page = tmp_path_factory.mktemp("page") / "page.md"
    page.write_text(PAGE)
    return check_notes(page)


def comparisons(part):
    for block in part.blocks:
        yield from [block] if isinstance(block, Comparison) else block.blocks if isinstance(block, Details) else ()
    for inner in part.sections:
        yield from comparisons(inner)


def test_every_block_is_there_once_in_order_with_its_verdict(notes):
    shown = list(comparisons(section(notes)))
    assert [(c.block, c.line, c.theirs.latex, c.verdict) for c in shown] == [
        (b.number, b.line, b.latex, b.verdict) for b in notes.blocks
    ]
    assert [c.verdict for c in shown][:4] == ["definition", "fails", "conditional", "unreadable"]


def test_what_fails_is_set_beside_what_is_derived_and_mended(notes):
    _, wrong, conditional, *_ = comparisons(section(notes))
    [ours] = wrong.ours
    assert ours.startswith(r"\frac{\partial L(t)}{\partial b_y} = ")
    remarks = ["".join(part for part in remark if isinstance(part, str)) for remark in wrong.remarks]
    assert any("One edit mends it" in remark for remark in remarks)
    assert any("The left side is" in remark for remark in remarks)
    assert "target-unit" in conditional.remarks[0][0]


def test_a_run_of_fragments_is_folded(notes):
    [part] = section(notes).sections
    assert part.title == "The output" and isinstance(part.blocks[-1], Details) and len(part.blocks[-1].blocks) == 3


def test_the_summary_counts_all_and_lists_what_is_wrong(notes):
    about, counts, told, wrong, said, assumed = findings(notes)
    assert isinstance(about, Paragraph) and str(len(notes.blocks)) in about.text[0] and isinstance(told, Paragraph)
    assert {row[0][0]: int(row[1][0]) for row in counts.rows} == notes.counts
    assert isinstance(wrong, Table) and wrong.rows[0][0] == (Link("2", "block-2"),)
    assert wrong.rows[0][2] == (Quoted(r"\hat{y}(t) - y(t)"),)
    assert isinstance(said, Paragraph) and isinstance(assumed, Table)
    assert assumed.rows[0][0] == ("target-unit",) and isinstance(assumed.rows[0][3][0], Link)


def test_every_writer_takes_it_and_nothing_gets_through(notes):
    document = beside(Document("x", (), ()), notes)
    page, paper, source = html.write(document), tex.write(document), markdown.write(document)
    assert "<code>\\href{javascript:alert(1)}{x}" in page and 'href="javascript' not in page
    assert r"\href" not in paper
    assert "```latex\n\\href" in source
