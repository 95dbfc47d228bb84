"""Where a training run puts its weights and its curve: a folder that it alone writes into, and better weights stay."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from derive.files import writable_file, writable_folder
from numeric.archive import run_on
from numeric.errors import InputError

ROUNDING = 1e-6  # of the loss: another engine, or another machine, gives the same weights a loss that differs by less


@dataclass
class Output:
    """`weights.npz` and `loss.svg` in a folder, and the least loss of the weights that lay there so far, ∞ without any.

    What is worse goes to `last.npz` and `last.svg` beside them. Where the weights are the run's `own` earlier ones, a
    loss that fluctuates on its way is not worse.
    """

    folder: Path
    best: float
    overwrite: bool
    own: bool

    @property
    def weights(self) -> Path:
        return self.folder / "weights.npz"

    def save(self, loss: float, spread: float, write: Callable[[Path], None], diverged: bool = False) -> Path:
        """Put weights where they belong, by `write`, and return where that is.

        Their loss fluctuates by the standard deviation `spread` while a run goes on. With `overwrite` the first weights
        of a run replace better ones. Those of a run that has `diverged`, at a rate that is not worth keeping, replace
        nothing that is as good.
        """
        last = self.folder / "last.npz"
        replace = self.overwrite and not diverged
        margin = -ROUNDING * loss if diverged else ROUNDING * loss + (spread if self.own else 0)
        if not replace and loss > self.best + margin:
            write(last)
            return last
        write(self.weights)
        self.best = loss if replace else min(loss, self.best)
        self.own, self.overwrite = True, False
        for stale in (last, self.curve(last)):
            stale.unlink(missing_ok=True)
        return self.weights

    def curve(self, saved: Path) -> Path:
        """Return where the curve belongs of the run whose weights were `saved`."""
        return self.folder / ("loss.svg" if saved == self.weights else "last.svg")


@contextmanager
def output(arguments: argparse.Namespace, kind: str, loss: Callable[[Path], float]) -> Iterator[Output]:
    """Hold the output of a run on a `kind`, "word" or "text", which no other run can hold meanwhile.

    `loss` reads the loss of weights that lie there, and raises InputError if they are another word's or text's. Raises
    InputError, before the run starts, if it could not write there, if another run does, and if it would replace what
    only --overwrite may. The lock is the operating system's: it ends with the process, however that ends.
    """
    from filelock import FileLock, Timeout

    folder: Path = arguments.out
    writable_folder(folder)
    for name in ("weights.npz", "loss.svg", "last.npz", "last.svg"):
        writable_file(folder / name)
    weights, lock = folder / "weights.npz", folder / ".lock"
    try:
        with FileLock(lock, timeout=0):
            try:
                best = _standing(weights, kind, loss, arguments.overwrite)
                own = arguments.resume is not None and weights.exists() and weights.samefile(arguments.resume)
                yield Output(folder, best, arguments.overwrite, own)
            finally:
                with suppress(OSError):  # where an open file cannot be removed, closing it does
                    lock.unlink()
    except Timeout:
        raise InputError(f"another run writes into the folder {folder}: wait, or take another by --out") from None


def _standing(weights: Path, kind: str, loss: Callable[[Path], float], overwrite: bool) -> float:
    """The loss of the weights that lie there, -∞ for those that no loss can be compared with."""
    if not weights.exists():
        return math.inf
    try:
        if (saved := run_on(weights)) not in (None, kind):
            raise InputError(f"{weights} holds a run on a {saved}, which this one on a {kind} would replace")
        return loss(weights)
    except InputError as error:
        if overwrite:
            return -math.inf
        raise InputError(f"{error}: take another folder by --out, or replace it by --overwrite") from error
