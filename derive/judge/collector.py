"""How often Python looks for cycles among objects while a page is checked."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW = 20_000  # objects before it looks again: more find no more, and are no faster


@contextmanager
def seldom() -> Iterator[None]:
    """Few searches for cycles: a check makes many small objects, most of which live until it ends."""
    before = gc.get_threshold()
    if before[0]:  # 0 is never
        gc.set_threshold(max(before[0], NEW), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
