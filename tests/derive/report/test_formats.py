"""The command and the formats beside HTML and PDF: files, errors, Markdown, the notebook."""

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from derive.report import __main__ as report
from derive.report import markdown, notebook, pdf
from derive.report.document import Document, Math, Paragraph, Quoted, Table
from numeric.words import Word


def test_the_default_formats_are_written_and_named(command, tmp_path):
    done = command("derive.report", "--format", "html,tex,md,ipynb")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"out/report.{name}" for name in ("html", "tex", "md", "ipynb")]
    for line in done.stdout.splitlines():
        assert (tmp_path / line).stat().st_size > 1000
    assert {path.stem for path in (tmp_path / "out/figures").glob("*.svg")} == {
        path.stem for path in (tmp_path / "out/figures").glob("*.pdf")
    }
    assert not list((tmp_path / "out").glob("**/*.tmp"))


def test_html_alone_needs_no_picture_for_paper(tmp_path, capsys):
    assert report.main(["--word", "aa", "--hidden", "2", "--format", "html", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'report.html'}\n"
    assert not list(tmp_path.glob("figures/*.pdf"))


def test_without_tex_one_line_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert report.main(["--word", "aa", "--hidden", "2", "--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert [path.name for path in sorted(tmp_path.glob("report.*"))] == ["report.html", "report.tex"]
    assert "latexmk" in captured.out + captured.err


def test_a_tex_that_fails_is_one_line_and_status_1(tmp_path, capsys, monkeypatch):
    def fails(source, pictures):
        raise pdf.PdfError("latexmk failed: ! No room")

    monkeypatch.setattr(pdf, "available", lambda: True)
    monkeypatch.setattr(pdf, "compile", fails)
    assert report.main(["--word", "aa", "--hidden", "2", "--format", "pdf", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "python -m derive.report: no report.pdf: latexmk failed: ! No room\n"
    assert not list(tmp_path.glob("report.*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "docx"], "no format 'docx'"),
        (["--format", ""], "no format ''"),
        (["--word", "a"], "two letters or more"),
        (["--word", ""], "two letters or more"),
        (["--hidden", "0"], "too small"),
        (["--notes", "nowhere.md"], "nowhere.md"),
        (["--legend", "nowhere.toml"], "nowhere.toml"),
        (["--out", "/dev/null/x"], "cannot write"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_input_is_one_line_and_status_2(command, tmp_path, arguments, said):
    done = command("derive.report", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("**/report.*"))


def test_markdown_escapes_text_and_keeps_formulas():
    document = Document("a_b", (Paragraph(("1. *x* <b> ", Math("a<b"), " $5", Quoted(r"\href{x}{y}"))),), ())
    assert markdown.write(document) == "# a\\_b\n\n\\1. \\*x\\* \\<b\\> $`a\\lt b`$ \\$5` \\href{x}{y} `\n"


def test_a_bar_in_a_formula_ends_no_cell():
    table = Table((("x",),), (((Math("|a|"), " | b"),),))
    row = markdown.write(Document("t", (table,), ())).splitlines()[4]
    assert row == "| $`\\vert a\\vert`$ \\| b |"


def test_markdown_holds_everything(document):
    source = markdown.write(document)
    assert re.findall("^#+ .*", source, re.M)[1:] == ["## The network", "### A part", "## The notes"]
    assert "figures/box.svg" in source and "<details>" in source and "**Block 1, line 7: fails**" in source
    for link in re.findall(r"\]\(#([^)]*)\)", source):
        assert f'<a id="{link}">' in source


def test_hostile_notes_bring_no_markup_into_markdown(hostile):
    parsed = MarkdownIt("commonmark").enable("table").parse(markdown.write(hostile))
    tokens = [inner for token in parsed for inner in (token, *(token.children or ()))]
    raw = "".join(token.content for token in tokens if token.type in ("html_block", "html_inline"))
    assert set(re.findall(r"<\s*/?\s*([A-Za-z!?]+)", raw)) <= {"a", "details", "summary", "code"}
    assert not re.findall(r"<[^>]*\son\w+\s*=", raw)
    links = [token.attrGet("href") or token.attrGet("src") for token in tokens if token.type in ("link_open", "image")]
    assert not links
    assert "alert(1)" in raw + "".join(token.content for token in tokens)


def test_the_notebook_is_valid(require):
    nbformat = require("nbformat")
    nbformat.validate(nbformat.reads(notebook.write(Word("a\"b\\n'c"), 3, Path("it's.md")), as_version=4))


def test_the_notebook_runs(require):
    nbformat, nbclient = require("nbformat"), require("nbclient")
    require("ipykernel")
    read = nbformat.reads(notebook.write(Word("HELLO"), 8, None), as_version=4)
    nbclient.NotebookClient(read, timeout=120).execute()
    outputs = json.dumps([cell.get("outputs") for cell in read.cells])
    assert (
        "the network says HELLO" in outputs
        and "'fails'" in outputs
        and "image/png" in outputs
        and "text/latex" in outputs
    )
