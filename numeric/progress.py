"""The progress bar of a training run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Shown(Protocol):
    def __call__(self, step: int, loss: float) -> None: ...


@contextmanager
def progress(steps: int, done: int, characters: int | None = None) -> Iterator[Shown]:
    """A bar on standard error where that is a terminal, else nothing; with the characters of a step, their rate too."""
    if not sys.stderr.isatty():
        yield lambda step, loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("train", total=steps, completed=done, said="")
        began = time.monotonic()

        def show(step: int, loss: float) -> None:
            said = f"loss {loss:.4f}"
            if characters is not None:
                rate = (step - done) * characters / max(time.monotonic() - began, 1e-9)
                said += f", {rate:,.0f} characters/s"
            bar.update(task, completed=step, said=said)

        yield show
