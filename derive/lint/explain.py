"""Explain a code of a finding, a verdict, an assumption or a convention; alone, list them all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from derive.check.catalogue import COST, IN_WORDS
from derive.command import Parser, run
from derive.errors import InputError
from derive.lint.codes import CODES, CONVENTIONS, VERDICTS, Code


def explained(name: str) -> str:
    """What a name means. Raises InputError for one that is none of ours."""
    if name in CODES:
        code = CODES[name]
        return f"{name}: {code.title}\n\n{code.text}\n\nFor example, in the last line:\n\n{code.source}"
    if name in IN_WORDS:
        return f"{name} (an assumption): {IN_WORDS[name]}\n\nWhat it costs: {COST[name]}."
    for kind, known in (("a verdict", VERDICTS), ("a convention", CONVENTIONS)):
        if name in known:
            return f"{name} ({kind}): {known[name]}"
    close = get_close_matches(name, [*CODES, *IN_WORDS, *VERDICTS, *CONVENTIONS], 1)
    raise InputError(f"nothing is called {name!r}" + (f": did you mean {close[0]}?" if close else ""))


def listed() -> Iterator[str]:
    """All names with a line each."""
    groups = {
        "Findings": {name: code.title for name, code in CODES.items()},
        "Verdicts": VERDICTS,
        "Assumptions": IN_WORDS,
        "Conventions": CONVENTIONS,
    }
    for title, names in groups.items():
        yield f"{title}:"
        yield from (f"  {name:<22}{said}" for name, said in names.items())
        yield ""


def as_markdown() -> str:
    """The page docs/codes.md."""
    lines = [
        "# Codes",
        "",
        "What `unrolled check` finds has a code. Codes are stable: suppressions, baselines and tools of others rely on",
        "them. `unrolled explain CODE` says the same in a terminal, and also what an assumption or a convention means.",
        "Each example is a page that the tests check: it has this finding and no other. [check.md](check.md) says how",
        "to silence a finding.",
        "",
        *(line for name, code in CODES.items() for line in _entry(name, code)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _entry(name: str, code: Code) -> Iterator[str]:
    yield from (f"## {name}", "", f"{code.title[0].upper()}{code.title[1:]}. {code.text}", "")
    yield from ("```markdown", code.source, "```", "")


def command(arguments: argparse.Namespace) -> int:
    """Print what is asked for."""
    print(explained(arguments.name) if arguments.name is not None else "\n".join(listed()).rstrip())
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `unrolled explain`."""
    parser = Parser(prog="python -m derive.lint.explain", description=__doc__)
    parser.add_argument("name", nargs="?", metavar="NAME", help="a code, a verdict, an assumption or a convention")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
