"""Write the report on a page of notes: what is wrong in it, every formula with its verdict, the network that it
defines, derived, and what training does. Without a page it is about the notes that come with the program.

report.html is one file that needs nothing else; report.tex is the same for paper, and becomes report.pdf where latexmk
is installed. The pictures lie beside them in figures/.

Exit status: 0 written, 1 where TeX is installed and fails on report.tex, 2 unusable input.
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from derive.command import Parser, run
from derive.files import writable_folder, write_atomically
from derive.progress import doing
from numeric.command import whole
from numeric.words import Word

if TYPE_CHECKING:
    from derive.report.document import Figure
    from derive.report.subject import Subject

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


def subject_of(arguments: argparse.Namespace) -> Subject:
    """What the report is about: the page given, or the one that comes with the program, or a word alone. Raises
    InputError."""
    from derive.report import subject

    word = Word(arguments.word) if arguments.word is not None else None
    shipped = word is None or word.text == "HELLO"
    if arguments.notes is None and not shipped and arguments.legend is None:
        assert word is not None
        return subject.of_word(word, arguments.hidden)
    return subject.read_page(arguments.notes or subject.SHIPPED, arguments.legend, word, arguments.hidden)


def _draw(subject: Subject, paper: bool) -> dict[str, Figure]:
    """The figures, in a process of their own: Matplotlib is imported there alone."""
    from derive.report import figures

    return figures.draw(subject, paper)


def command(arguments: argparse.Namespace) -> int:
    """Write the report as the arguments say; return the exit status. Raises InputError for unusable input."""
    page = arguments.notes or "the notes on HELLO"
    with doing(f"reading {page}"):
        subject = subject_of(arguments)
    out: Path = arguments.out
    writable_folder(out)

    from derive.report import pdf

    chosen = arguments.format or ["html", "tex", *(["pdf"] if pdf.available() else [])]
    paper = "pdf" in chosen or "tex" in chosen
    with ProcessPoolExecutor(1, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)) as aside:
        drawing = aside.submit(_draw, subject.bare(), paper)  # while the page is checked
        from derive.report import html, markdown, notebook, tex
        from derive.report.assemble import compose, illustrate
        from derive.report.provenance import provenance

        with doing(f"checking {page}") as say:
            document = compose(subject.checked(), arguments.full)
            say("drawing the figures")
            pictures = drawing.result()
    made = provenance(subject, ["python", "-m", "derive.report", *arguments.given], "slips" in pictures)
    document = illustrate(document, pictures, made)
    writable_folder(out / "figures")
    for name, figure in pictures.items():
        write_atomically(out / "figures" / f"{name}.svg", figure.svg.encode())
        if paper:
            write_atomically(out / "figures" / f"{name}.pdf", figure.pdf)
    written = {
        "html": lambda: html.write(document),
        "tex": lambda: tex.write(document, pictures),
        "md": lambda: markdown.write(document),
        "ipynb": lambda: notebook.write(subject, made),
    }
    for name in chosen:
        if name != "pdf":
            with doing(f"writing report.{name}"):
                write_atomically(out / f"report.{name}", written[name]().encode("utf-8", "replace"))
            print(out / f"report.{name}")
    if "pdf" in chosen and pdf.available():
        try:
            with doing("typesetting report.pdf"):
                pages = {name: figure.pdf for name, figure in pictures.items()}
                content, _ = pdf.compile(tex.write(document, pictures), pages)
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
    gc.set_threshold(200_000)  # many small objects and few cycles
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--notes", type=Path, metavar="FILE", help="the page of notes (default, for HELLO: those shipped)"
    )
    parser.add_argument("--legend", type=Path, metavar="FILE", help="what its symbols mean")
    parser.add_argument("--word", help="the word that it reads (default: the page's; without a page HELLO)")
    parser.add_argument(
        "--hidden", type=whole(1), default=HIDDEN, metavar="H", help=f"hidden units (default: {HIDDEN})"
    )
    parser.add_argument("--format", type=formats, metavar="F,…", help=f"among {', '.join(FORMATS)}")
    parser.add_argument("--full", action="store_true", help="every gradient in full, nothing folded or left out")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder (default: out)")
    parser.set_defaults(given=tuple(sys.argv[1:] if argv is None else argv))
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
