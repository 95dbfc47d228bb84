"""The checked notes in the report: nothing is left out, and what is wrong is said first."""

import re
from dataclasses import replace

import pytest

from derive import check_notes
from derive.check.results import Range
from derive.judge.notes import check_document
from derive.reading import Document as Page
from derive.report import html, markdown, tex
from derive.report.document import Checked, Document, Fragments, Ledger, Link, Slip, Tally, Term
from derive.report.notes import opening, section
from derive.report.results import failures, instructive

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
    return check_notes(page, legend="hello")


@pytest.fixture(scope="module")
def hello(notes_on):
    return notes_on("hello")


def rows(part) -> list[Checked]:
    found = [row for block in part.blocks if isinstance(block, Ledger | Fragments) for row in block.rows]
    return found + [row for inner in part.sections for row in rows(inner)]


def plain(text) -> str:
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") or part.latex for part in text)


def marked(quoted):
    """The pieces of a formula that are marked."""
    return [quoted.latex[mark.start : mark.end] for mark in quoted.marks]


def test_every_block_is_there_once_in_order_with_its_verdict(notes):
    shown = rows(section(notes, "a legend"))
    assert [(c.block, c.line, c.theirs.latex, c.verdict) for c in shown] == [
        (b.number, b.line, b.latex, b.verdict) for b in notes.blocks
    ]
    assert [c.verdict for c in shown][:4] == ["holds", "fails", "conditional", "unreadable"]


def test_what_fails_is_mended_with_the_piece_marked(notes):
    _, wrong, conditional, *_ = rows(section(notes, "a legend"))
    [mended] = wrong.mended
    assert mended.latex.startswith(r"\frac{\partial L(t)}{\partial b_y} = ")
    assert marked(wrong.theirs) and marked(mended)
    assert any(remark[0].startswith(("Write", "Insert", "Leave out")) for remark in wrong.remarks)
    assert any("left " in plain(remark) and " right " in plain(remark) for remark in wrong.remarks)
    [term] = [part for part in conditional.remarks[0] if isinstance(part, Term)]
    assert term.text == "target-unit" and term.anchor == "assumption-target-unit" and "one output unit" in term.meaning


def test_fragments_take_a_line_together(notes):
    [first] = [part for part in section(notes, "a legend").sections if part.anchor != "assumptions"]
    assert first.title == ("The output",)
    assert isinstance(first.blocks[-1], Fragments) and len(first.blocks[-1].rows) == 3


def test_the_first_screen_counts_all_and_shows_what_is_wrong(notes):
    tally, slip, *_ = opening(notes)
    assert isinstance(tally, Tally) and tally.total == f"{len(notes.blocks)} formulas"
    assert {verdict: number for verdict, number, *_ in tally.counts} == notes.counts
    assert isinstance(slip, Slip) and slip.place == Link("block 2, line 5", "block-2")
    assert slip.written.latex.endswith(r"\hat{y}(t) - y(t)") and slip.mended is not None


def test_the_slips_of_hello_are_marked_where_they_are(hello):
    edits = {f.block.number: (f.edit.gone, f.edit.put) for f in failures(hello) if f.edit}
    assert edits[5] == ("a(t)", "x(t)")
    assert edits[8] == (r"\frac{\partial L}{\partial a}", "")
    assert edits[23] == ("", "w_{ya}")
    assert edits[48] == (r"\hat{y}(t)", r"\hat{y}(i)")
    assert edits[55] == edits[56] == (r"\tanh(a(t))", "a(t)")
    assert edits[64] == ("-", "")
    shown = {row.block: row for row in rows(section(hello, "a legend"))}
    assert marked(shown[5].theirs) == ["a(t)"] and shown[5].theirs.latex[: shown[5].theirs.marks[0].start].endswith(
        "w_{ax} "
    )
    assert marked(shown[64].theirs) == ["-"] and marked(shown[23].theirs) == [""]


def test_a_slip_may_be_known_for_some_sizes_alone(hello):
    tried = Range((3,), ({"H": 2},))
    blocks = [replace(b, claims=tuple(replace(c, range=tried) for c in b.claims)) for b in hello.blocks]
    assert instructive(replace(hello, blocks=tuple(blocks)), 2)


def test_the_most_instructive_slips_are_different_and_in_order(hello):
    chosen = [failed.block.number for failed in instructive(hello, 3)]
    assert chosen == [5, 8, 55]  # 55 to 57 are one slip, made three times


def test_failures_know_their_neighbours(hello):
    wrong = [row for row in rows(section(hello, "a legend")) if row.verdict == "fails"]
    anchors = [row.anchor for row in wrong]
    assert [row.before for row in wrong] == ["", *anchors[:-1]]
    assert [row.after for row in wrong] == [*anchors[1:], ""]


def test_sections_are_named_by_their_headings_and_count_what_fails(hello):
    whole = section(hello, "a legend")
    assert whole.failing == sum(part.failing for part in whole.sections) == hello.counts["fails"]
    assert [part.anchor for part in whole.sections][:2] == ["notes-word-hello", "notes-change-in-weight"]
    anchors = [part.anchor for part in whole.sections]
    assert len(set(anchors)) == len(anchors)


def test_no_latex_stands_in_prose(hello):
    for row in rows(section(hello, "a legend")):
        for remark in row.remarks:
            assert not [part for part in remark if isinstance(part, str) and re.search(r"[\\{}]|\w_\w", part)], remark


def test_every_writer_takes_it_and_nothing_gets_through(notes):
    document = Document("x", tuple(opening(notes)), (section(notes, "a legend"),))
    page, paper, source = html.write(document), tex.write(document), markdown.write(document)
    assert "<code>\\href{javascript:alert(1)}{x}" in page and 'href="javascript' not in page
    assert r"\href" not in paper.split(r"\begin{document}")[1]
    assert "```latex\n\\href" in source


def test_what_was_only_tried_is_not_called_proved():
    def counted(*formulas):
        page = "\n\n".join(f"$${formula}$$" for formula in formulas)
        tally = next(part for part in opening(check_document(Page.read("p.md", page, "md"), None)))
        return [word for verdict, _, word, _ in tally.counts if verdict == "holds"]

    network = (r"h_t = \tanh(W h_{t-1})", r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W")
    assert counted(*network) == ["proved for every T and size"]
    assert counted(*network, r"\log \exp(h_t) = h_t") == ["true"]
