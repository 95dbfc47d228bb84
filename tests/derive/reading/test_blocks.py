"""Where the display blocks of a file are: Markdown, LaTeX, notebooks, standard input; and files that are refused."""

import io
import json
import sys
import time

import nbformat
import pytest

from derive.reading import ReadError, load, read_blocks, read_statements
from derive.reading.document import MAX_FILE, MAX_TEXT, Document
from derive.reading.tokens import tokenize


def latex(source, kind="md"):
    return [block.latex for block in read_blocks(source, kind)]


MARKDOWN = [
    ("$$a = b$$", ["a = b"]),
    ("text $$a$$ text $$b$$", ["a", "b"]),
    ("$$\na = b\n\\\\ c = d\n$$", ["a = b\n\\\\ c = d"]),
    (r"\[ a \]", ["a"]),
    ("```math\na = b\n```", ["a = b"]),
    ("~~~math\na\n~~~", ["a"]),
    ("```python\nx = '$$a$$'\n```\n$$b$$", ["b"]),
    ("```\n$$a$$", []),
    ("`$$a$$` and $$b$$", ["b"]),
    ("`` ` $$a$$ `` $$b$$", ["b"]),
    ("a lone ` and $$b$$", ["b"]),
    ("<!-- $$a$$ --> $$b$$", ["b"]),
    ("\\begin{align}\na &= b\n\\end{align}", ["a &= b"]),
    ("$$\\begin{aligned} a &= b \\end{aligned}$$", [r"\begin{aligned} a &= b \end{aligned}"]),
    (r"costs \$$5$ or $$a$$", ["a"]),
    ("costs 5$ \n\n or $$a$$", ["a"]),
    ("$x = 1$ then $$a$$", ["a"]),
    (r"$$a \$ b$$", [r"a \$ b"]),
    ("# About $$a$$\n$$b$$", ["a", "b"]),
    ("> $$\n> a = b\n> $$\n\n$$c$$", ["a = b", "c"]),
    ("> > $$a\n> > = b$$", ["a\n    = b"]),
    ("> $$a\n> > b$$", ["a\n  > b"]),
    ("> $$a\n= b$$", ["a\n= b"]),
    ("$$a\n> b$$", ["a\n> b"]),
    ("> ```math\n> a\n> ```\n", ["a"]),
    ("1. x\n\n       ```math\n       a = b\n       ```\n\n$$c$$", ["a = b", "c"]),
    ("- ```math\n  a\n  ```", ["a"]),
    (r"\\[ a = b \\] then \\[2pt]", ["a = b"]),
    ("```latex\na = b\n```", ["a = b"]),
    ("```tex\ntext \\[ a \\] and $$b$$\n```", ["a", "b"]),
    ("```latex\n\\usepackage{x} y=z\n```", []),
    ("```latex\n\\section{x}\n```\n$$a$$", ["a"]),
    ("```{math}\n:label: one\n\na = b\n```", ["a = b"]),
    ("```{math} \na\n```", ["a"]),
    (":::{math}\na\n:::", ["a"]),
    (":::{note}\n$$a$$\n:::", ["a"]),
    (".. math:: a = b\n\ntext", ["a = b"]),
    (".. math::\n   :label: x\n\n   a = b\n\n   c = d\n\ntext $$e$$", ["a = b\n\n   c = d", "e"]),
    ("  .. math::\n\n  no\n", []),
    ("\\begin{dmath} a \\end{dmath} \\begin{alignat*}{2} b \\end{alignat*}", ["a", "{2} b"]),
    ("\\begin{lemma} $$a$$ \\end{lemma}", ["a"]),
    ("$$a$$\n$$b$$\n $$c$$ $$d$$", ["a", "b", "c", "d"]),
    ("- $$a$$\n- \\[ b \\]", ["a", "b"]),
    ("", []),
]
TEX = [
    (r"\begin{equation} a \end{equation}", ["a"]),
    (r"\begin{equation*} a \end{equation*}", ["a"]),
    (r"\begin{gather} a \\ b \end{gather}", [r"a \\ b"]),
    (r"\begin{multline} a \end{multline} \begin{flalign*} b \end{flalign*}", ["a", "b"]),
    (r"\begin{eqnarray} a \end{eqnarray} \begin{displaymath} b \end{displaymath}", ["a", "b"]),
    (r"$$a$$ \[b\]", ["a", "b"]),
    ("% $$a$$\n$$b$$", ["b"]),
    (r"50\% of $$a$$", ["a"]),
    (r"\begin{verbatim}$$a$$\end{verbatim}$$b$$", ["b"]),
    (r"\begin{tabular} a \\[2pt] b \end{tabular} \[c\]", ["c"]),
    (r"\newcommand{\x}{$$p$$} \begin{document} $$a$$ \end{document} $$q$$", ["a"]),
    ("```\n$$a$$\n```", ["a"]),
    (r"\newcommand{\be}{\begin{align*}} \newcommand{\ee}{\end{align*}} \be a \ee \be b \end{align*}", ["a", "b"]),
    (r"\def\eq#1{\begin{equation}#1\end{equation}} \eq{a = b}", ["a = b"]),
    (r"\newenvironment{eqs}{\begin{align}}{\end{align}} \begin{eqs} a \end{eqs}", ["a"]),
    (r"\newenvironment{rem}{\textbf{R}}{} \begin{rem} $$a$$ \end{rem}", ["a"]),
    (r"\begin{IEEEeqnarray}{rCl} a \end{IEEEeqnarray}", ["{rCl} a"]),
]


@pytest.mark.parametrize(("source", "expected"), MARKDOWN)
def test_markdown(source, expected):
    assert latex(source, "md") == expected


@pytest.mark.parametrize(("source", "expected"), TEX)
def test_tex(source, expected):
    assert latex(source, "tex") == expected


def test_blocks_know_their_place():
    source = "# One\n\n$$a$$\n\n## Two\ntext\n\n$$\n  b\n$$\n\\begin{align*}\nc &= d\n\\end{align*}\n"
    blocks = read_blocks(source, "md")
    assert [(b.number, b.line, b.latex, b.heading, b.environment) for b in blocks] == [
        (1, 3, "a", "One", ""),
        (2, 9, "b", "Two", ""),
        (3, 12, "c &= d", "Two", "align*"),
    ]
    assert [source[b.start : b.end] for b in blocks] == ["a", "b", "c &= d"]


def test_headings_of_tex():
    blocks = read_blocks(r"\section{One} $$a$$ \subsection*{Two} $$b$$", "tex")
    assert [block.heading for block in blocks] == ["One", "Two"]


def test_formulas_in_running_text_are_read():
    document = Document.read("page", "# So $a = b$\nif $c$ or $d=e$, \\(f = g\\) and `$h = i$`\n\n$$j = k$$", "md")
    assert [(inline.number, inline.latex, inline.line) for inline in document.inline] == [
        (1, "a = b", 1),
        (2, "c", 2),
        (3, "d=e", 2),
        (4, "f = g", 2),
    ]
    assert [block.latex for block in document.blocks] == ["j = k"]
    readings = read_statements(document.inline)
    assert [len(reading.statements) for reading in readings] == [1, 0, 1, 1]
    assert readings[1].alone is not None


def test_a_display_inside_the_marks_of_running_text():
    document = Document.read("page", "1. State at $\\[ t \\]$: $\\[ a = b \\]$\n  $\\[ c = d \\]$", "md")
    assert [block.latex for block in document.blocks] == ["a = b", "c = d"]
    assert [(inline.latex, inline.before) for inline in document.inline] == [(" t ", "1. State at ")]


def test_backslashes_that_markdown_takes():
    latex = [block.latex for block in read_blocks(r"\\[ a = \left\\{ b \right\\} \\\\ c = d \\]", "md")]
    assert latex == [r"a = \left \{ b \right \} \\\\ c = d"]


def test_running_text_around_a_formula():
    document = Document.read("page", "one\n\nwhere $U$: $D\\times M$ and more\n\nlast $c = d$", "md")
    assert [(i.latex, i.before, i.after) for i in document.inline] == [
        ("U", "where ", ": $D\\times M$ and more"),
        ("D\\times M", "where $U$: ", " and more"),
        ("c = d", "last ", ""),
    ]
    assert all(document.text[i.start : i.end] == i.latex for i in document.inline)


def test_no_chain_goes_on_into_running_text():
    document = Document.read("page", "$a = b$ and $= c$", "md")
    assert [bool(reading.errors) for reading in read_statements(document.inline)] == [False, True]


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("$5 and $6 or $x = 1$", "md", ["x = 1"]),
        ("$`a = b`$ and `c`", "md", ["a = b"]),
        ("{math}`a = b` and :math:`c`", "md", ["a = b", "c"]),
        (r"\\(a = b\\)", "md", ["a = b"]),
        (r"$ $ \(a\) $\newcommand{\x}{$p$}$", "tex", ["a", r"\newcommand{\x}{"]),
    ],
)
def test_running_text(source, kind, expected):
    assert [inline.latex for inline in Document.read("page", source, kind).inline][: len(expected)] == expected


def test_places_are_lines_and_columns():
    document = Document.read("page", "é\n\n> $$\n> a = b\n>   + c\n> $$\n", "md")
    (block,) = document.blocks
    assert document.place(block, block.latex.index("b")) == (4, 7)
    assert document.place(block, block.latex.index("c")) == (5, 7)
    assert document.place(block, len(block.latex)) == (5, 8)
    cells = [{"cell_type": "code", "source": "x"}, {"cell_type": "markdown", "source": ["t\n", "$$a\n", "= b$$"]}]
    notebook = Document.read("page.ipynb", json.dumps({"cells": cells}), "ipynb")
    (block,) = notebook.blocks
    assert (block.cell, notebook.place(block, 0), notebook.place(block, 4)) == (1, (2, 3), (3, 3))


def test_what_stands_in_another_file_is_reported():
    document = Document.read("page", "\\input{one}\n$$a$$\n\\include{two/three} `\\input{no}` \\inputs", "md")
    assert [(part.line, part.latex) for part in document.unread] == [(1, r"\input{one}"), (3, r"\include{two/three}")]


ENDLESS = {
    "definitions": r"\newcommand{\a}{" * 50_000,
    "definitions without a body": r"\def\a" * 100_000,
    "defaults": r"\newcommand\a[1][" * 50_000,
    "environments": r"\newenvironment{a}{" * 40_000,
    "dollars": "$" * 900_000,
    "dollars apart": "$ " * 450_000,
    "formulas": "$a$ " * 200_000,
    "displays": "$$a=b$$\n" * 100_000,
    "backticks": "`a" * 400_000,
    "backticks of every length": " ".join("`" * n for n in range(1, 1300)),
    "fences": "```math\na\n```\n" * 60_000,
    "open fences": "```a\n~~~b\n" * 80_000,
    "directives": ".. math::\n\n  a\n\n" * 50_000,
    "commands": r"\abc" * 200_000,
    "brackets": r"\\[" * 300_000,
    "inputs": r"\input{a}" * 100_000,
    "comments": "<!-- " * 150_000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("kind", ["md", "tex"])
def test_long_texts_are_read_in_one_pass_or_refused(text, kind):
    began = time.process_time()
    try:
        Document.read("page", text, kind)
    except ReadError as error:
        assert str(error).isprintable()
    assert time.process_time() - began < 20  # a second pass over the rest, from every mark, takes hours


def test_replacing_in_a_quote_keeps_its_marks():
    document = Document.read("page", "> $$\n> a = b\n> $$\n", "md")
    (block,) = document.blocks
    place = block.latex.index("b")
    assert document.with_replacements([(block, (place, place + 1), "c")]) == "> $$\n> a = c\n> $$\n"


def test_replacing_leaves_everything_else_alone():
    text = "# T\r\n$$a = b$$ and `code`\n\n\\[ c =\n d \\] é $$e$$"
    document = Document.read("page", text, "md")
    first, second, _ = document.blocks
    mended = document.with_replacements([(second, (3, 5), ""), (first, (4, 5), "y")])
    assert mended == text.replace("a = b", "a = y").replace("c =\n d", "c =d")
    assert document.with_replacements([]) == text
    with pytest.raises(ValueError, match="overlap"):
        document.with_replacements([(first, (0, 3), ""), (first, (2, 4), "")])


@pytest.mark.parametrize("one_line", [False, True])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_notebooks(tmp_path, one_line, ascii_only):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell('# η and "quotes"\n\ntext\n$$a = η$$'),
        nbformat.v4.new_code_cell("'$$no$$'"),
        nbformat.v4.new_markdown_cell("$$b$$\n\n$$\nc\n$$ and $d = e$"),
    ]
    text = nbformat.writes(notebook)
    if ascii_only:
        text = json.dumps(json.loads(text), indent=1)
    if one_line:
        text = json.dumps(
            {**json.loads(text), "cells": [dict(c, source=c["source"]) for c in notebook.cells]},
            ensure_ascii=ascii_only,
        )
    path = tmp_path / "page.ipynb"
    path.write_text(text, encoding="utf-8")
    document = load(path)
    assert [(b.number, b.latex, b.cell, b.heading) for b in document.blocks] == [
        (1, "a = η", 0, 'η and "quotes"'),
        (2, "b", 2, 'η and "quotes"'),
        (3, "c", 2, 'η and "quotes"'),
    ]
    lines = text.split("\n")
    for block in document.blocks:
        assert json.dumps(block.latex, ensure_ascii=ascii_only)[1:-1] in lines[block.line - 1]
    assert [inline.latex for inline in document.inline] == ["d = e"]
    mended = document.with_replacements([(document.blocks[2], (0, 1), "c = 1"), (document.blocks[0], (4, 5), "2")])
    cells = nbformat.reads(mended, as_version=4).cells
    assert [cell.source for cell in cells] == [
        '# η and "quotes"\n\ntext\n$$a = 2$$',
        "'$$no$$'",
        "$$b$$\n\n$$\nc = 1\n$$ and $d = e$",
    ]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("$$η = a$$".encode())))
    document = load("-")
    assert (document.path, document.kind, document.blocks[0].latex) == ("-", "md", "η = a")


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "page.md"
    path.write_bytes("\ufeff$$a$$".encode())
    assert load(path).blocks[0].start == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.md", b"text\n$$a = b", "line 2: the display that `$$` opens is never closed"),
        ("page.md", b"\\[ a", "never closed"),
        ("page.md", b"```math\na", "never closed"),
        ("page.tex", b"\\begin{align} a", "never closed"),
        ("page.md", b"caf\xe9", "not UTF-8 at byte 3"),
        ("page.pdf", b"", "files of type `.pdf` are not read"),
        ("page", b"", "are not read"),
        ("page.ipynb", b"{", "not a notebook"),
        ("page.ipynb", b"[]", "it has no cells"),
        ("page.ipynb", b'{"cells": [1]}', "it has no cells"),
        ("page.ipynb", b'{"cells": [{"cell_type": "markdown", "source": [1]}]}', "its source is not text"),
        ("page.ipynb", b'{"cells": [{"cell_type": "markdown", "source": "$$\\ud800$$"}]}', "half of a surrogate pair"),
        ("page.ipynb", b"[" * 100_000, "nested too deeply"),
        ("page.ipynb", b"1" * 100_000, "not a notebook"),
        ("page.md", b"a" * (MAX_TEXT + 1), "split the file"),
        ("page.ipynb", b" " * (MAX_FILE + 1), "split the file"),
    ],
)
def test_files_that_are_refused(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError) as caught:
        load(path)
    assert reason in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize("name", ["missing.md", ".", "a\0b.md", "line\nbreak.md"])
def test_files_that_are_not_there(tmp_path, name):
    with pytest.raises(ReadError) as caught:
        load(tmp_path / name if name != "." else tmp_path.with_suffix(".md"))
    assert "cannot be read" in str(caught.value) and str(caught.value).isprintable()


def test_a_cell_without_a_source_is_empty():
    assert read_blocks('{"cells": [{"cell_type": "markdown"}, {"cell_type": "markdown", "source": []}]}', "ipynb") == []


def test_half_a_surrogate_pair_elsewhere_is_kept():
    cells = [{"cell_type": "code", "source": "\ud800"}, {"cell_type": "markdown", "source": "$$a$$ \U0001f600"}]
    text = json.dumps({"cells": cells})
    document = Document.read("page.ipynb", text, "ipynb")
    mended = document.with_replacements([(document.blocks[0], (0, 1), "b")])
    assert json.loads(mended)["cells"][0] == {"cell_type": "code", "source": "\ud800"}
    assert json.loads(mended)["cells"][1]["source"] == ["$$b$$ \U0001f600"]
    assert mended.encode()


def test_a_space_at_the_end_whose_blank_is_lost():
    r"""What ends with `\ ` is stripped to a lone backslash."""
    for latex in ("a = b.\\", "\\begin{aligned} a &= b. \\end{aligned}\n\\"):
        assert "BAD" not in {token.type for token in tokenize(latex)}
