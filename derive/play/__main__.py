"""Check a page while it is written, in the browser: the text on the left, its verdicts on the right.

The page is served from this machine to this machine, and nothing is written but what the browser keeps.
"""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Sequence

from derive.command import Parser, run
from derive.errors import InputError
from derive.progress import doing

PROGRAM = "python -m derive.play"


def command(arguments: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C. Raises InputError where the port cannot be had."""
    try:
        with doing("starting the server"):
            from derive.play.server import ADDRESS, Server

            server = Server(arguments.port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "no such port"
        raise InputError(f"{ADDRESS}:{arguments.port}: {reason.lower()}: give another --port, or none") from None
    print(f"{server.url} (Ctrl-C ends it)", flush=True)
    if not arguments.no_browser:
        webbrowser.open(server.url)
    with server:
        server.serve_forever()
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `python -m derive.play`."""
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port to serve at (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
