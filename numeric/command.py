"""What the commands of `numeric` share: options that check themselves, and how a training run ends."""

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from derive.command import status_of
from derive.files import writable_file, writable_folder
from numeric.errors import Diverged, InputError

UNITS = 10**9  # no more hidden units than this: the square of them in numbers can be addressed, if not stored


def outputs(folder: Path, kind: str) -> tuple[Path, Path]:
    """Return where a run on a `kind`, "word" or "text", puts its weights and its curve.

    Raises InputError, before the run starts, if that cannot be done or would replace the weights of the other kind.
    """
    from numeric.archive import run_on

    writable_folder(folder)
    weights, picture = folder / "weights.npz", folder / "loss.svg"
    for path in (weights, picture):
        writable_file(path)
    if (saved := run_on(weights)) not in (None, kind):
        lost = f"{weights} holds a run on a {saved}, which this one on a {kind} would replace"
        raise InputError(f"{lost}: take another folder by --out")
    return weights, picture


def ended(
    arguments: argparse.Namespace,
    trouble: Diverged | KeyboardInterrupt | None,
    result: dict[str, Any] | None,
    report: Callable[[dict[str, Any]], None],
) -> int:
    """Print the result of a training run, None if no step was good, and what ended it early; return the exit status."""
    if result is not None:
        print(json.dumps(result)) if arguments.json else report(result)
    if trouble is None:
        return 0
    if result is None:
        why = trouble if isinstance(trouble, Diverged) else "interrupted before the first step"
        said = f"{why}; nothing was written"
    elif isinstance(trouble, Diverged):
        kept = f"the weights of step {result['steps']} are in {result['weights']}"
        said = f"{trouble}; {kept}: try a --rate below {result['rate']:g}"
    else:
        said = f"interrupted at step {result['steps']}; go on with --resume {result['weights']}"
    print(f"{arguments.prog}: {said}", file=sys.stderr)
    return 1 if isinstance(trouble, Diverged) else status_of(trouble)


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return the reader of a whole number from `least` to `most`, or without end."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is too small: the least is {least}")
        if most is not None and number > most:
            raise argparse.ArgumentTypeError(f"{number} is too large: the most is {most}")
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
