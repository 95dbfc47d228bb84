"""Check a page of derivations: a verdict on every equality, with its condition or its correction.

NOTES is a Markdown (.md, .txt), LaTeX (.tex) or notebook (.ipynb) file, or - for Markdown on standard input.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from derive.command import Parser, run
from derive.files import write_atomically

PROGRAM = "python -m derive.check"
EXIT_STATUS = """\
exit status:
  0  every claim is a definition, holds, or is conditional on accepted assumptions only
  1  a claim fails, or is conditional on more
  2  the notes, the legend or an option cannot be used
  3  none fails, but one is unreadable or unknown
"""


def assumptions(text: str) -> frozenset[str]:
    """Read a list of assumptions such as target-unit,same-target; an empty one accepts none."""
    from derive.check.assumptions import ASSUMPTIONS

    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    for name in sorted(names - set(ASSUMPTIONS)):
        raise argparse.ArgumentTypeError(f"no assumption {name!r}: choose from {', '.join(ASSUMPTIONS)}")
    return names


def command(arguments: argparse.Namespace) -> int:
    """Do what the arguments say and return the exit status. Raises InputError for what cannot be used."""
    from derive.check.mend import mended
    from derive.check.results import ACCEPTED
    from derive.judge.draft import draft
    from derive.judge.notes import check_document, legend_for
    from derive.reading import load

    document = load(arguments.notes)
    if arguments.draft_legend:
        print(draft(document), end="")
        return 0
    legend = legend_for(arguments.notes, arguments.legend)
    notes = check_document(document, legend)
    if arguments.corrected is not None:
        text, left = mended(notes)
        write_atomically(arguments.corrected, text.encode())
        if left:
            _say(f"{arguments.corrected}: {len(left)} failing right sides have no correction and stay as they are")
    accept = ACCEPTED if arguments.accept is None else arguments.accept
    if arguments.json:
        unicode = sys.stdout.encoding.lower().startswith("utf")
        print(json.dumps(notes.as_json(), ensure_ascii=not unicode, indent=1))
    else:
        from derive.check.output import show

        show(notes, accept, sys.stdout)
    gc.freeze()  # nothing is left to collect at the end either
    return notes.status(accept)


def _say(message: str) -> None:
    print(f"{PROGRAM}: {message}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.check`."""
    gc.set_threshold(200_000)  # one page is many small objects and few cycles: a quarter of the time is collecting
    parser = Parser(
        prog=PROGRAM, description=__doc__, epilog=EXIT_STATUS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notes", metavar="NOTES", help="the page, or - for standard input")
    option = parser.add_argument
    option("--legend", type=Path, metavar="FILE", help="what its symbols mean (default: NAME.toml beside NAME.md)")
    accepted = "assumptions to accept (default: all but truncated and this-word)"
    option("--accept", type=assumptions, metavar="A,…", help=accepted)
    option("--corrected", type=Path, metavar="OUT", help="write the page with its failing right sides mended")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--draft-legend", action="store_true", help="only print the page as a legend")
    instead.add_argument("--json", action="store_true", help="print one JSON object")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
