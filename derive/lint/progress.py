"""What is being done, for whoever waits more than a second before a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

AFTER = 1.0  # seconds


@contextmanager
def progress(count: int) -> Iterator[Callable[[str], None]]:
    """A function that is told what is done next, of `count` things. On standard error, and only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.markup import escape

    status = Console(stderr=True).status("")
    timer = Timer(AFTER, status.start)
    timer.daemon = True
    timer.start()
    done = 0

    def begin(name: str) -> None:
        nonlocal done
        done += 1
        of = f" ({done} of {count})" if count > 1 else ""
        status.update(f"checking {escape(name)}{of}")

    try:
        yield begin
    finally:
        timer.cancel()
        status.stop()
