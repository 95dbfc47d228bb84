"""Print the derived loss and gradients of the network of the notes as standalone source: NumPy, JAX, C99 or PyTorch.

The file says what it expects. It needs nothing of this project to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from derive.command import Parser, run
from derive.files import write_atomically

TARGETS = ("numpy", "jax", "c", "torch")


def command(arguments: argparse.Namespace) -> int:
    """Write the source as the arguments say; return the exit status. Raises InputError where the file cannot be."""
    from derive.algebra.model import elman
    from derive.lower import lower

    source = import_module(f"derive.export.{arguments.to}").export(lower(elman())).encode()
    if arguments.out is None:
        sys.stdout.buffer.write(source)
    else:
        write_atomically(arguments.out, source)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.export`."""
    parser = Parser(prog="python -m derive.export", description=__doc__)
    parser.add_argument("--to", required=True, choices=TARGETS, help="the language, or the library, to write for")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
