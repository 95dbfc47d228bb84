"""Print the derived loss and gradients of the network of the notes as standalone source: NumPy, JAX, C99 or PyTorch.

The file says what it expects. It needs nothing of this project to run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from derive.lower import lower
from derive.model import elman

TARGETS = ("numpy", "jax", "c", "torch")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 2 where the file cannot be written."""
    parser = argparse.ArgumentParser(prog="derive.export", description=__doc__)
    parser.add_argument("--to", required=True, choices=TARGETS, help="the language, or the library, to write for")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    arguments = parser.parse_args(argv)
    source = import_module(f"derive.export.{arguments.to}").export(lower(elman()))
    if arguments.out is None:
        sys.stdout.buffer.write(source.encode())
        return 0
    try:
        arguments.out.write_text(source, encoding="utf-8")
    except OSError as error:
        print(f"derive.export: error: cannot write {arguments.out}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
