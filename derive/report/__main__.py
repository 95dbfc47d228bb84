"""Write the report on a word: what is derived, the notes beside it with their verdicts, and what training does.

report.html is one file that needs nothing else; report.tex is the same for paper, and becomes report.pdf where latexmk
is installed. The pictures lie beside them in figures/.

Exit status: 0 written, 1 where TeX is installed and fails on report.tex, 2 unusable input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from derive.command import Parser, run
from derive.files import writable_folder, write_atomically
from numeric.command import whole
from numeric.errors import InputError
from numeric.words import Word

if TYPE_CHECKING:
    from derive import Notes

FORMATS = ("html", "tex", "pdf", "md", "ipynb")
HIDDEN = 8
PROGRAM = "python -m derive.report"


def formats(text: str) -> list[str]:
    """Read a list of formats such as html,pdf."""
    chosen = [name.strip() for name in text.split(",")]
    for name in chosen:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"no format {name!r}: choose from {', '.join(FORMATS)}")
    return chosen


def checked(arguments: argparse.Namespace, word: Word) -> Notes | None:
    """The notes to set beside the derivation: those given, or on HELLO those that are shipped. Raises InputError."""
    from derive import ReadError, check_notes

    path = arguments.notes
    if path is None:
        if word.text != "HELLO" and arguments.legend is None:
            return None
        path = Path(str(files("derive").joinpath("notes/hello.md")))
    try:
        return check_notes(path, arguments.legend)
    except ReadError as error:
        raise InputError(str(error)) from error


def command(arguments: argparse.Namespace) -> int:
    """Write the report as the arguments say; return the exit status. Raises InputError for unusable input."""
    word = Word(arguments.word)
    notes = checked(arguments, word)
    out: Path = arguments.out
    writable_folder(out)

    from derive.report import figures, html, markdown, notebook, pdf, tex
    from derive.report.assemble import build
    from derive.report.illustrate import illustrate
    from derive.report.notes import beside

    chosen = arguments.format or ["html", "tex", *(["pdf"] if pdf.available() else [])]
    paper = "pdf" in chosen or "tex" in chosen
    pictures = figures.draw(word, arguments.hidden, paper)
    document = build(word, arguments.hidden)
    if notes is not None:
        document = beside(document, notes)
    document = illustrate(document, pictures)
    writable_folder(out / "figures")
    for name, figure in pictures.items():
        write_atomically(out / "figures" / f"{name}.svg", figure.svg.encode())
        if paper:
            write_atomically(out / "figures" / f"{name}.pdf", figure.pdf)
    written = {
        "html": lambda: html.write(document),
        "tex": lambda: tex.write(document, pictures),
        "md": lambda: markdown.write(document),
        "ipynb": lambda: notebook.write(word, arguments.hidden, arguments.notes),
    }
    for name in chosen:
        if name != "pdf":
            write_atomically(out / f"report.{name}", written[name]().encode("utf-8", "replace"))
            print(out / f"report.{name}")
    if "pdf" in chosen and pdf.available():
        try:
            content, _ = pdf.compile(tex.write(document, pictures), {n: figure.pdf for n, figure in pictures.items()})
        except pdf.PdfError as error:
            print(f"{PROGRAM}: no report.pdf: {error}", file=sys.stderr)
            return 1
        write_atomically(out / "report.pdf", content)
        print(out / "report.pdf")
    elif not pdf.available() and (arguments.format is None or "pdf" in chosen):
        print("no report.pdf: it needs latexmk and pdflatex (on Debian: apt install latexmk texlive-latex-recommended)")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.report`."""
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--notes", type=Path, metavar="FILE", help="the page of notes (default, for HELLO: those shipped)"
    )
    parser.add_argument("--legend", type=Path, metavar="FILE", help="what its symbols mean")
    parser.add_argument("--word", default="HELLO", help="the word (default: HELLO)")
    parser.add_argument(
        "--hidden", type=whole(1), default=HIDDEN, metavar="H", help=f"hidden units (default: {HIDDEN})"
    )
    parser.add_argument("--format", type=formats, metavar="F,…", help=f"among {', '.join(FORMATS)}")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder (default: out)")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
