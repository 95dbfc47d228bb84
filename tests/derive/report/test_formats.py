"""The command and the formats beside HTML and PDF: files, errors, Markdown, the notebook."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from derive.report import __main__ as report
from derive.report import markdown, notebook, pdf
from derive.report.document import Document, Math, Paragraph, Table
from derive.report.subject import SHIPPED, of_page, of_word
from derive.typeset.formula import Quoted
from numeric.words import Word

LSTM = Path(__file__).parents[3] / "docs/examples/lstm.md"


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
    assert markdown.write(document) == "# a\\_b\n\n\\1. \\*x\\* \\<b\\> $a\\lt b$ \\$5` \\href{x}{y} `\n"


def test_a_bar_in_a_formula_ends_no_cell():
    table = Table((("x",),), (((Math("|a|"), " | b"),),))
    row = markdown.write(Document("t", (table,), ())).splitlines()[4]
    assert row == "| $\\vert a\\vert$ \\| b |"


def test_markdown_holds_everything(document):
    source = markdown.write(document)
    assert re.findall("^#+ .*", source, re.M)[1:] == ["## The network", "### A part", "## The notes (1 wrong)"]
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
    assert all(link.startswith("#") for link in links)
    assert "alert(1)" in raw + "".join(token.content for token in tokens)


def test_the_notebook_is_valid(require):
    nbformat = require("nbformat")
    source = notebook.write(of_word(Word("a\"b\\n'c"), 3), (("command", "it's `$5`"),))
    nbformat.validate(nbformat.reads(source, as_version=4))


def run_notebook(require, source):
    """The outputs of a notebook's cells."""
    nbformat, nbclient = require("nbformat"), require("nbclient")
    require("ipykernel")
    read = nbformat.reads(source, as_version=4)
    nbclient.NotebookClient(read, timeout=120).execute()
    return json.dumps([cell.get("outputs") for cell in read.cells])


def test_the_notebook_runs(require):
    outputs = run_notebook(require, notebook.write(of_page(SHIPPED, None, None, 8)))
    assert (
        "the network says HELLO" in outputs
        and "'fails'" in outputs
        and "image/png" in outputs
        and "text/latex" in outputs
    )


def test_the_notebook_of_a_page_runs_on_its_network(require):
    outputs = run_notebook(require, notebook.write(of_page(LSTM, None, None, 8)))
    assert r"h_{t} = o_{t}" in outputs.replace("\\\\", "\\") and "'fails'" in outputs


def math_of(parsed):
    """The formulas between dollar signs in the text that CommonMark sees."""
    text = " ".join(
        inner.content for token in parsed for inner in (token.children or ()) if inner.type in ("text", "softbreak")
    )
    return re.findall(r"(?<!\\)\$([^$]+)\$", text)


def test_formulas_are_nothing_to_markdown(tmp_path):
    """What stands in $…$ comes through CommonMark as it is: no emphasis, no link, no escape is taken out of it."""
    quoted = r"\left[\hat{y}_t \right] * \{a_{ij}\}^{*}_b \; \|x\|_2 [a](b) < c \\ d"
    source = markdown.write(Document("t", (Paragraph(("x ", Quoted(quoted), " ", Quoted("w_{a}w_{b}"), " y")),), ()))
    parsed = MarkdownIt("commonmark").parse(source)
    inside = re.findall(r"\$([^$]+)\$", source)
    assert len(inside) == 2 and math_of(parsed) == inside


def test_pandoc_reads_the_mathematics(document, require_program):
    pandoc = require_program("pandoc")
    done = subprocess.run(
        [pandoc, "-f", "markdown", "-t", "native"], input=markdown.write(document), capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.count("Math DisplayMath") >= 5 and "Math InlineMath" in done.stdout


def test_every_format_says_where_it_comes_from(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    formats = ("html", "tex", "md", "ipynb")
    assert report.main(["--word", "aa", "--hidden", "2", "--format", ",".join(formats), "--out", str(tmp_path)]) == 0
    for name in formats:
        source = (tmp_path / f"report.{name}").read_text().replace("{}", "")
        assert "1970-01-02" in source and "Unrolled" in source and "--hidden 2" in source.replace("\\", ""), name
        assert "seeds" in source and "0 to 7" in source, name
