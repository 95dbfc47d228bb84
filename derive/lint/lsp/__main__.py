"""Check pages in an editor: a language server for Markdown, TeX and Jupyter notebooks.

An editor starts this command and speaks the language server protocol with it, over standard input and output. It needs
the extra `editor`: pip install 'unrolled[editor]'.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.util import find_spec

from derive.command import Parser, run
from derive.errors import InputError

PROGRAM = "python -m derive.lint.lsp"
STACK = (
    64 << 20
)  # bytes, for the thread that checks: a formula may be nested deeply, and some systems give threads little


def command(_: argparse.Namespace) -> int:
    """Serve one editor until it leaves. Raises InputError where pygls is not installed."""
    if find_spec("pygls") is None:
        raise InputError("the language server needs pygls: pip install 'unrolled[editor]'")
    from derive.lint.lsp.server import server

    threading.stack_size(STACK)
    for sign in (signal.SIGTERM, signal.SIGINT):  # at once: what waits for input would hold up a gentler end
        signal.signal(sign, signal.SIG_DFL)
    server.start_io()
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.lint.lsp`."""
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stdio", action="store_true", help="as always: some editors say so")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
