"""Print the derived loss and gradients of a network as standalone source: NumPy, JAX, C99 or PyTorch.

The network is that of the HELLO notes, or with --notes that of a page. The file says what it expects, and shows how it
is used. It needs nothing of this project to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from derive.command import Parser, notes_options, run
from derive.errors import InputError
from derive.files import write_atomically
from derive.progress import doing

TARGETS = ("numpy", "jax", "c", "torch")


def command(arguments: argparse.Namespace) -> int:
    """Write the source as the arguments say; return the exit status. Raises InputError where the file cannot be, and
    where a page has no network, or none that can be lowered."""
    from derive.lower import lower
    from derive.page import model_of

    with doing(f"reading {arguments.notes or 'the network of HELLO'}") as say:
        model = model_of(arguments.notes, arguments.legend)
        say("deriving the gradients")
        try:
            program = lower(model)
        except ValueError as error:
            raise InputError(f"{arguments.notes or 'the network'}: {error}") from error
        source = import_module(f"derive.export.{arguments.to}").export(program).encode()
    if arguments.out is None:
        sys.stdout.buffer.write(source)
    else:
        write_atomically(arguments.out, source)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.export`."""
    parser = Parser(prog="python -m derive.export", description=__doc__)
    notes_options(parser)
    parser.add_argument("--to", required=True, choices=TARGETS, help="the language, or the library, to write for")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
