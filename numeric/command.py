"""What the commands of `numeric` share: options that check themselves, and how a training run ends."""

import argparse
import json
import math
import sys
from collections.abc import Callable
from typing import Any

from derive.command import status_of
from numeric.errors import Diverged
from numeric.output import Output

UNITS = 10**9  # no more hidden units than this: the square of them in numbers can be addressed, if not stored


def ended(
    arguments: argparse.Namespace,
    output: Output,
    trouble: Diverged | KeyboardInterrupt | None,
    result: dict[str, Any] | None,
    report: Callable[[dict[str, Any]], None],
) -> int:
    """Print the result of a training run, None if no step was good, and what ended it early; return the exit status."""
    if result is not None:
        print(json.dumps(result)) if arguments.json else report(result)
    if said := _said(output, trouble, result):
        print(f"{arguments.prog}: {said}", file=sys.stderr)
    if trouble is None:
        return 0
    return 1 if isinstance(trouble, Diverged) else status_of(trouble)


def _said(output: Output, trouble: Diverged | KeyboardInterrupt | None, result: dict[str, Any] | None) -> str | None:
    """What there is to say of how a run ended, and of the weights that it has not replaced."""
    if result is None:
        why = trouble if isinstance(trouble, Diverged) else "interrupted before the first step"
        return f"{why}; nothing was written"
    kept = f"the weights of step {result['steps']} are in {result['weights']}"
    if better := result["weights"] != str(output.weights):
        kept += f", as those in {output.weights} are no worse"
    if isinstance(trouble, Diverged):
        return f"{trouble}; {kept}: try a --rate below {result['rate']:g}"
    if trouble is not None:
        return f"interrupted at step {result['steps']}; go on with --resume {result['weights']}"
    return f"{kept} (--overwrite replaces them)" if better else None


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
