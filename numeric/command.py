"""What the commands share: options that check themselves, errors as one line, and exit statuses."""

import argparse
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from numeric.errors import Diverged, InputError
from numeric.files import writable_file, writable_folder

UNITS = 10**9  # no more hidden units than this: the square of them in numbers can be addressed, if not stored


class Parser(argparse.ArgumentParser):
    """An argument parser that reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


class Terminated(KeyboardInterrupt):
    """SIGTERM, by which a machine interrupts a command as a user does by Ctrl-C."""


@contextmanager
def _terminable() -> Iterator[None]:
    """Raise Terminated on SIGTERM; only the main thread may ask for that."""

    def terminate(*_: object) -> NoReturn:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@_terminable()
def run(parser: Parser, command: Callable[[argparse.Namespace], int], argv: Sequence[str] | None) -> int:
    """Return the exit status of `command` on the parsed arguments: 2 with one line where they cannot be used.

    A closed pipe at the standard output (`… | head`) ends the command without a word. SIGTERM is met as Ctrl-C is.
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
    except MemoryError:
        print(f"{parser.prog}: error: no memory for this: take fewer hidden units or less data", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interruption:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return _status(interruption)


def _status(interruption: KeyboardInterrupt) -> int:
    """128 and the number of the signal, as shells have it."""
    return 128 + (signal.SIGTERM if isinstance(interruption, Terminated) else signal.SIGINT)


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
    return 1 if isinstance(trouble, Diverged) else _status(trouble)


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
