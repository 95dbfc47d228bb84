"""What is being done, for whoever waits more than a second before a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

Say = Callable[[str], None]
AFTER = 1.0  # seconds, since the command began
_began = time.monotonic()


@contextmanager
def doing(what: str = "") -> Iterator[Say]:
    """Show what is being done, on standard error and only where that is a terminal; the function says what is next.

    Nothing else may be printed meanwhile."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    def line(text: str) -> Text:
        printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
        return Text(printable, no_wrap=True, overflow="ellipsis")

    spinner = Spinner("dots", line(what))
    shown = Live(spinner, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)

    def say(text: str) -> None:
        spinner.update(text=line(text))
        if shown.is_started:
            shown.refresh()  # however short it is

    timer = Timer(max(0.0, _began + AFTER - time.monotonic()), shown.start, (True,))
    timer.daemon = True
    timer.start()
    try:
        yield say
    finally:
        timer.cancel()
        timer.join()  # or it would begin after its end
        shown.stop()


def silent(_: str) -> None:
    """Says nothing, where nobody waits before a terminal."""
