"""Check pages of derivations: a verdict on every equality, with its condition or its correction.

PAGE is a Markdown (.md, .txt), LaTeX (.tex) or notebook (.ipynb) file, a folder of such files, a pattern such as
'notes/**/*.md', or - for standard input.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from derive.command import Parser, run
from derive.errors import InputError
from derive.files import write_atomically
from derive.lint.settings import FORMATS, settings_for
from derive.plural import at_lines, counted

if TYPE_CHECKING:
    from derive.lint.pages import Checked, Checking

EPILOG = """\
examples:
  {0} notes.md                        what needs attention on a page
  {0} notes.md --fix                  mend what a proved edit mends
  {0} hand-ins --legend key.toml      a row for each page of a folder
  {0} . --output-format sarif         for code scanning
  {0} notes.md --watch                again at every change

exit status:
  0  every claim is a definition, holds, or is conditional on accepted assumptions only
  1  a claim fails, or is conditional on more
  2  a page, a legend or an option cannot be used
  3  none fails, but one is unreadable or unknown
  Of several pages the worst counts: 1 before 2 before 3.
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
    from derive.lint.pages import paths_of, worst
    from derive.progress import doing

    paths = paths_of(arguments.pages)
    checking = _checking(arguments)
    if arguments.witness is not None:
        return _witness(arguments, checking, paths)
    if arguments.draft_legend or arguments.corrected is not None:
        return _of_one(arguments, checking, paths)
    if arguments.watch:
        return _watch(arguments, checking, paths)
    with doing() as say:
        pages = list(checking.pages(paths, say))
    single = paths == arguments.pages[:1]
    if single and pages[0].error:
        raise InputError(pages[0].error)
    if arguments.fix:
        pages = [_fixed(arguments, checking, path, page) for path, page in zip(paths, pages, strict=True)]
    for page in pages:
        if page.error:
            _say(arguments, page.error)
    if arguments.update_baseline:
        return _update(arguments, checking, pages)
    status = worst(page.status for page in pages)
    if arguments.diff:
        _differences(arguments, pages)
    else:
        _print(arguments, checking, pages, single, status)
    gc.freeze()  # nothing is left to collect at the end either
    return status


def _checking(arguments: argparse.Namespace) -> Checking:
    """How to check: by the options first, then by the settings of the folder of the first page."""
    from derive.check.results import ACCEPTED
    from derive.lint.baseline import load_baseline
    from derive.lint.pages import Checking

    first = Path(arguments.stdin_filename or ("." if arguments.pages[0] == "-" else arguments.pages[0]))
    settings = settings_for(next(folder for folder in (first, *first.parents, Path()) if folder.is_dir()))
    if arguments.baseline is not None:
        settings = replace(settings, baseline=arguments.baseline)
    known = None
    if arguments.update_baseline:
        if settings.baseline is None:
            raise InputError("--update-baseline needs --baseline FILE, or the setting baseline")
    elif settings.baseline is not None:
        known = load_baseline(settings.baseline)
    accept = next((given for given in (arguments.accept, settings.accept) if given is not None), ACCEPTED)
    if arguments.output_format is None:
        arguments.output_format = "json" if arguments.json else settings.output_format or "text"
    return Checking(settings, arguments.legend, accept, known, arguments.stdin_filename)


def _print(
    arguments: argparse.Namespace, checking: Checking, pages: Sequence[Checked], single: bool, status: int
) -> None:
    from derive.lint import machine

    if arguments.output_format == "text":
        from derive.lint.text import show

        rows = len(pages) > 1 and arguments.legend is not None
        show(pages, checking.accept, sys.stdout, arguments.verbose, rows)
    elif arguments.output_format == "github":
        for line in machine.as_github(pages, Path.cwd()):
            print(line)
    else:
        is_json = arguments.output_format == "json"
        made = machine.as_json(pages, single) if is_json else machine.as_sarif(pages, Path.cwd(), status)
        unicode = sys.stdout.encoding.lower().startswith("utf")
        print(json.dumps(made, ensure_ascii=not unicode, indent=1))


def _of_one(arguments: argparse.Namespace, checking: Checking, paths: Sequence[str]) -> int:
    """What is made of one page: its legend, or the page corrected."""
    from derive.check.mend import mended
    from derive.judge.draft import draft
    from derive.progress import doing

    if len(paths) != 1:
        raise InputError(f"{'--draft-legend' if arguments.draft_legend else '--corrected'} takes one page")
    if arguments.draft_legend and (arguments.json or arguments.output_format != "text"):
        raise InputError("--draft-legend is not allowed with another format: it prints TOML")
    if arguments.draft_legend:
        with doing(f"reading {paths[0]}"):
            written = draft(checking.load(paths[0]))
        print(written, end="")
        return 0
    with doing(f"checking {paths[0]}"):
        page = checking.page(paths[0])
    if page.notes is None:
        raise InputError(page.error)
    text, left = mended(page.notes)
    write_atomically(arguments.corrected, text.encode())
    if left:
        _say(
            arguments, f"{arguments.corrected}: {len(left)} failing right sides have no correction and stay as they are"
        )
    _print(arguments, checking, [page], True, page.status)
    return page.status


def _witness(arguments: argparse.Namespace, checking: Checking, paths: Sequence[str]) -> int:
    """The numbers of the counterexamples to the claims of one block."""
    from derive.judge.witness import witnesses
    from derive.progress import doing

    if len(paths) != 1:
        raise InputError("--witness takes one page")
    with doing(f"checking {paths[0]}"):
        found = witnesses(checking.load(paths[0]), checking.legend_of(paths[0]), arguments.witness)
    print(json.dumps(found, indent=1))
    return 0


def _fixed(arguments: argparse.Namespace, checking: Checking, path: str, page: Checked) -> Checked:
    """A page with its proved mends written into its file, checked again."""
    from derive.lint.fixes import fixed
    from derive.progress import doing

    if page.notes is None:
        return page
    if path == "-":
        raise InputError("--fix writes into files: give one, or use --diff")
    text, made = fixed(page.notes.document, page.found, arguments.unsafe_fixes)
    if not made:
        return page
    write_atomically(Path(path), text.encode())
    lines = at_lines([one.place.line for one in made])
    _say(arguments, f"{path}: {counted(len(made), 'mend')} written ({lines})")
    with doing(f"checking {path} again"):
        return checking.page(path)


def _differences(arguments: argparse.Namespace, pages: Sequence[Checked]) -> None:
    from derive.lint.fixes import difference, fixed

    for page in pages:
        if page.notes is not None:
            text, _ = fixed(page.notes.document, page.found, arguments.unsafe_fixes)
            print(difference(page.notes.document, text), end="")


def _update(arguments: argparse.Namespace, checking: Checking, pages: Sequence[Checked]) -> int:
    from derive.lint.baseline import write_baseline

    path = checking.settings.baseline
    assert path is not None
    count = write_baseline(path, [(page.path, page.found) for page in pages if page.notes is not None])
    _say(arguments, f"{path}: {counted(count, 'finding')} known from now on")
    return 2 if any(page.error for page in pages) else 0


def _watch(arguments: argparse.Namespace, checking: Checking, paths: Sequence[str]) -> int:
    from derive.lint.watch import Watch

    if "-" in paths:
        raise InputError("--watch needs files")

    def again(page: Checked) -> None:
        if page.error:
            _say(arguments, page.error)
        else:
            _print(arguments, checking, [page], True, page.status)
        sys.stdout.flush()

    return Watch(checking, paths, again).run()


def _say(arguments: argparse.Namespace, message: str) -> None:
    print(f"{arguments.prog}: {message}", file=sys.stderr)


def main(argv: Sequence[str] | None = None, prog: str = "unrolled check") -> int:
    """Run the command line `unrolled check`, or as it is called."""
    gc.set_threshold(200_000)  # one page is many small objects and few cycles: a quarter of the time is collecting
    parser = Parser(prog=prog, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.epilog = EPILOG.format(parser.prog)
    parser.set_defaults(prog=parser.prog)
    parser.add_argument("pages", metavar="PAGE", nargs="+", help="a page, a folder, a pattern, or - for standard input")
    option = parser.add_argument
    option("--legend", metavar="FILE", help="what the symbols mean, for every page (default: NAME.toml beside NAME.md)")
    accepted = "assumptions to accept (default: the settings', else all but truncated and this-word)"
    option("--accept", type=assumptions, metavar="A,…", help=accepted)
    option("-v", "--verbose", action="store_true", help="show every verdict, not only what needs attention")
    option("--stdin-filename", default="", metavar="NAME", help="what the page on standard input is called")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--output-format", choices=FORMATS, help="how findings are printed (default: text)")
    form.add_argument("--json", action="store_true", help="the same as --output-format json")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--fix", action="store_true", help="write the proved mends into the pages")
    instead.add_argument("--diff", action="store_true", help="show what --fix would change, and write nothing")
    instead.add_argument(
        "--corrected", type=Path, metavar="OUT", help="write the page with all its wrong sides replaced"
    )
    instead.add_argument("--draft-legend", action="store_true", help="only print the page as a legend")
    numbers = "print the numbers of block N's counterexamples as JSON"
    instead.add_argument("--witness", type=int, metavar="N", help=numbers)
    instead.add_argument("--watch", action="store_true", help="check again whenever a page is saved")
    instead.add_argument("--update-baseline", action="store_true", help="take what is found into the baseline")
    option("--unsafe-fixes", action="store_true", help="with --fix and --diff: mends that hold under an assumption too")
    option("--baseline", type=Path, metavar="FILE", help="findings that are known and do not count")
    return run(parser, command, argv)
