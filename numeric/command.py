"""What the commands share: options that check themselves, errors as one line, and exit statuses."""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from numeric.errors import Diverged, InputError


class Parser(argparse.ArgumentParser):
    """An argument parser that reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def run(parser: Parser, command: Callable[[argparse.Namespace], int], argv: Sequence[str] | None) -> int:
    """Return the exit status of `command` on the parsed arguments: 2 with one line where they cannot be used.

    A closed pipe at the standard output (`… | head`) ends the command without a word.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a letter that the terminal's encoding lacks is no error
    try:
        try:
            return command(parser.parse_args(argv))
        finally:
            if sys.stdout is not None:  # closed from the start
                sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries to write the rest at its end
        if not isinstance(error, BrokenPipeError):  # then whoever reads has read enough
            print(f"{parser.prog}: error: cannot write the output: {error.strerror}", file=sys.stderr)
        return 1
    except InputError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return 130


def ended(
    arguments: argparse.Namespace,
    trouble: BaseException | None,
    result: dict[str, Any] | None,
    report: Callable[[dict[str, Any]], None],
) -> int:
    """Print the result of a training run, None if no step was good, and what ended it early; return the exit status."""
    if result is not None:
        print(json.dumps(result)) if arguments.json else report(result)
    if trouble is None:
        return 0
    diverged = isinstance(trouble, Diverged)
    if result is None:
        said = f"{trouble if diverged else 'interrupted before the first step'}; nothing was written"
    elif diverged:
        kept = f"the weights of step {result['steps']} are in {result['weights']}"
        said = f"{trouble}; {kept}: try a --rate below {result['rate']:g}"
    else:
        said = f"interrupted at step {result['steps']}; go on with --resume {result['weights']}"
    print(f"{arguments.prog}: {said}", file=sys.stderr)
    return 1 if diverged else 130


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
