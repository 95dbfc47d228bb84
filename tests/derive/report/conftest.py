"""What the tests of the report share: a small document with everything in it, and notes that mean harm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from derive.report.__main__ import main
from derive.report.document import (
    Checked,
    Code,
    Details,
    Document,
    Figure,
    Formula,
    Fragments,
    Ledger,
    Link,
    Math,
    Paragraph,
    Section,
    Slip,
    Table,
    Tally,
    Term,
)
from derive.typeset.formula import Mark, Quoted
from derive.typeset.glossary import Symbol

HOSTILE = (
    r"\href{javascript:alert(1)}{x}",
    r"\input{/etc/passwd}",
    r"\immediate\write18{touch owned}",
    r"\catcode`\@=0 @input{x}",
    r"^^5cinput{x}",
    r"\csname input\endcsname{x}",
    r"\text{<script>alert(1)</script>}",
    r"\text{$\input{x}$}",
    r"<img src=x onerror=alert(1)>",
    r"<script>alert(1)</script>",
    r"&lt;script&gt;alert(1)&lt;/script&gt;",
    r"\style{position:fixed}{x}",
    r"\class{skip}{x}",
    r"\def\x{\x\x}\x",
    r"\newcommand{\a}{\a\a}\a",
    r"\end{document}",
    r"}\end{minipage}\input{x}",
    r"x$ \input{x} $",
    "x\n\n\\par\\input{x}",
    "x % \\end",
    "```\n<script>alert(1)</script>",
    "`$ <script>alert(1)</script> $`",
    "\x00\x07",
    "{" * 5000,
    "\ud800",
)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the report on the notes that are shipped, as HTML and TeX."""
    out = tmp_path_factory.mktemp("report")
    assert main(["--format", "html,tex", "--out", str(out)]) == 0
    return out


@pytest.fixture
def document() -> Document:
    """A small report with one of everything in it."""
    wide = r"\frac{\partial L(3)}{\partial W_{aa}} = " + " + ".join([r"\frac{\partial L(3)}{\partial y(3)} a(2)"] * 12)
    figure = Figure(
        "box",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>',
        ("A box.",),
        "A box",
    )
    return Document(
        "A <report> & its 100% \\title_1",
        (
            Tally("2 formulas", (("fails", 1, "wrong", "block-1"), ("fragment", 1, "without an equality", "block-2"))),
            Slip(
                Link("block 1, line 7", "block-1"),
                Quoted("a = b", (Mark(4, 5, "bad"),)),
                Quoted("a = c", (Mark(4, 5, "good"),)),
                ("write ", Quoted("c"), " for ", Quoted("b")),
            ),
            Paragraph(("In short, ", Math("L = 0"), " 1. $5 #1 *x* and ", Link("the network", "network"), ".")),
            Table(
                (("assumption",), ("what",)),
                ((("all",), ("all | of it ", Math("|a|"))), (("none",), ("none",))),
                ("assumption-all", "assumption-none"),
            ),
        ),
        (
            Section(
                ("The network",),
                "network",
                (
                    Formula((r"y(t) = \operatorname{softmax}(z)", "= 1"), "eq-1", "1"),
                    Formula((wide,)),
                    figure,
                    Code("python", "print('<b>')\n  \\end{document}"),
                    Details(("Every step ", Math("t")), (Paragraph(("inside",)),)),
                ),
                (Section(("A part",), "part", (Paragraph(("- no list",)),)),),
            ),
            Section(
                ("The notes",),
                "notes",
                (
                    Ledger(
                        (
                            Checked(
                                1,
                                7,
                                Quoted(r"\boxed{a = b}", (Mark(11, 12, "bad"),)),
                                "fails",
                                (Quoted("a = c", (Mark(4, 5, "good"),)),),
                                ("a = c", "= d"),
                                (("because ", Math("1"), " and ", Term("all", "all of it", "assumption-all")),),
                                "block-1",
                                after="block-1",
                            ),
                        )
                    ),
                    Fragments((Checked(2, 9, Quoted(r"\alpha"), "fragment", anchor="block-2"),)),
                ),
                failing=1,
            ),
        ),
        (Symbol("a", ("a <letter>",), "H", "line 7"), Symbol("t", ("a step",), index=True)),
        (("made", "today"), ("command", "python -m derive.report")),
    )


@pytest.fixture
def hostile() -> Document:
    """A report on notes that mean harm, everywhere where notes are shown."""
    rows = tuple(
        Checked(
            n, n, Quoted(source), "unreadable", remarks=(("it says ", Quoted(source), " ", source),), anchor=f"b-{n}"
        )
        for n, source in enumerate(HOSTILE, start=1)
    )
    others = tuple(replace(row, anchor=f"o-{row.block}") for row in rows)
    slips = tuple(Slip(Link(source, "b-1"), Quoted(source), Quoted(source), (source,)) for source in HOSTILE)
    table = Table((("source",),), tuple(((Quoted(source), source),) for source in HOSTILE))
    details = Details((Quoted(HOSTILE[0]), HOSTILE[9]), (Code("x", "\n".join(HOSTILE)),))
    return Document(
        HOSTILE[9],
        (Paragraph(tuple(f"{source} " for source in HOSTILE)), *slips),
        (Section((HOSTILE[8],), "notes", (Ledger(rows), Fragments(others), table, details)),),
        tuple(Symbol(source, (source,), source, source, (source,)) for source in HOSTILE),
        tuple((source, source) for source in HOSTILE),
    )
