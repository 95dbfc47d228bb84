"""What the commands of `numeric` share: options that check themselves, and how a training run ends."""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

from numeric.errors import Diverged


def ended(prog: str, trouble: BaseException | None, step: int, rate: float, weights: Path) -> int:
    """Return the exit status of a training run whose weights at `step` are saved, and say what ended it early."""
    if trouble is None:
        return 0
    if isinstance(trouble, Diverged):
        advice = f"the weights of step {step} are in {weights}: try a --rate below {rate:g}"
        print(f"{prog}: {trouble}; {advice}", file=sys.stderr)
        return 1
    print(f"{prog}: interrupted at step {step}; go on with --resume {weights}", file=sys.stderr)
    return 130


def whole(least: int) -> Callable[[str], int]:
    """Return the reader of a whole number that is at least `least`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is too small: the least is {least}")
        return number

    return read


def positive(text: str) -> float:
    """Read a positive, finite number."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not (number > 0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number
