"""Unrolled derives, checks and trains networks from the notes that define them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from derive import __version__
from derive.command import Parser, call, parser_of, run
from derive.errors import InputError

# Each command by the name of its module, and what it does: `derive` imports nothing of `numeric`.
COMMANDS = {
    "check": ("derive.check.__main__", "give every equality of a page a verdict, and mend what is wrong"),
    "explain": ("derive.lint.explain", "say what a code, an assumption or a convention means"),
    "report": (
        "derive.report.__main__",
        "write the report on a page and its network: HTML, LaTeX, PDF, Markdown, notebook",
    ),
    "export": ("derive.export.__main__", "print the loss and its gradients as source: NumPy, JAX, C, PyTorch"),
    "train": ("numeric.train", "train on a word or a text, or the network of a page"),
    "crosscheck": ("numeric.crosscheck", "compare every gradient by independent methods"),
    "bench": ("numeric.bench.__main__", "time the derived gradients beside what else one would use"),
    "play": ("derive.play.__main__", "open a page in the browser: text on the left, verdicts on the right"),
    "lsp": ("derive.lint.lsp.__main__", "check pages in an editor: a language server"),
}
SHELLS = ("bash", "zsh", "tcsh")
FIRST = """\
Unrolled checks pages of hand-derived gradients. Type first:

  unrolled check notes.md      a verdict on every equality of a page of yours
  unrolled report              the report on the notes that come with it, into out/report.html

unrolled --help lists all commands."""
EXAMPLES = """\
examples:
  unrolled check notes.md                      a verdict on every equality of a page
  unrolled check notes.md --fix                and mend what a proved edit mends
  unrolled explain transpose                   what a code of a finding means
  unrolled report --notes notes.md             the page, its network and its gradients as a document
  unrolled export --notes notes.md --to jax    the gradients as code
  unrolled train --word HELLO                  train on a word
  unrolled --completion bash                   completion for a shell, to be sourced

unrolled COMMAND --help says more of one.
"""


def command_of(name: str) -> Callable[[Sequence[str] | None], int]:
    """The main function of a command. Raises ImportError where its module is not installed."""
    main: Callable[[Sequence[str] | None], int] = import_module(COMMANDS[name][0]).main
    return main


def described() -> Parser:
    """The options of the front door itself."""
    width = max(map(len, COMMANDS)) + 2
    listed = "".join(f"  {name:<{width}}{said}\n" for name, (_, said) in COMMANDS.items())
    parser = Parser(
        prog="unrolled",
        usage="unrolled COMMAND …",
        description=f"{__doc__}\n\ncommands:\n{listed}",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"unrolled {__version__}")
    parser.add_argument("--completion", choices=SHELLS, metavar="SHELL", help=f"print completion: {', '.join(SHELLS)}")
    return parser


def completion(shell: str) -> str:
    """What a shell sources to complete our commands and their options. Raises ImportError without shtab."""
    shtab = import_module("shtab")
    whole = described()
    commands = whole.add_subparsers(parser_class=argparse.ArgumentParser)
    for name, (_, said) in COMMANDS.items():
        try:
            parser = parser_of(command_of(name), f"unrolled {name}")
        except ImportError:  # a command of an extra, or of another copy
            continue
        commands.add_parser(name, help=said, parents=[parser], add_help=False)
    found: str = shtab.complete(whole, shell)
    return found


def command(arguments: argparse.Namespace) -> int:
    """What the front door does by itself: say what to type first, or print completion."""
    if arguments.completion is None:
        print(FIRST)
        return 0
    try:
        print(completion(arguments.completion))
    except ImportError:
        raise InputError("completion needs shtab: pip install 'unrolled[completion]'") from None
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run `unrolled`; return the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given and given[0] in COMMANDS:
        return _run(given[0], given[1:])
    parser = described()
    if given and not given[0].startswith("-"):
        parser.error(f"no command {given[0]!r}: choose from {', '.join(COMMANDS)}")
    return run(parser, command, given)


def _run(name: str, argv: Sequence[str]) -> int:
    module = COMMANDS[name][0]
    parts = module.split(".")
    if any(find_spec(".".join(parts[:end])) is None for end in range(1, len(parts) + 1)):
        print(f"unrolled: error: this copy has no {name}: its module {module} is not installed", file=sys.stderr)
        return 2
    return call(command_of(name), f"unrolled {name}", argv)


if __name__ == "__main__":
    sys.exit(main())
