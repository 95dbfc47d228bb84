"""Where the display blocks of a file are: Markdown, LaTeX, notebooks, standard input; and files that are refused."""

import io
import json
import sys

import nbformat
import pytest

from derive.reading import ReadError, load, read_blocks
from derive.reading.blocks import MAX_FILE, MAX_TEXT, Document


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


def test_equalities_in_running_text_are_counted():
    document = Document.read("page", "# So $a = b$\nif $c$ or $d=e$, \\(f = g\\) and `$h = i$`\n\n$$j = k$$", "md")
    assert [(inline.latex, inline.line) for inline in document.inline] == [("a = b", 1), ("d=e", 2), ("f = g", 2)]
    assert [block.latex for block in document.blocks] == ["j = k"]


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
