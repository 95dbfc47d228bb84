"""What all commands share: options, errors as one line, and exit statuses."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from derive.errors import InputError

_called: ContextVar[str] = ContextVar("_called", default="")  # how the user calls the command, if not by python -m
_asked: ContextVar[bool] = ContextVar("_asked", default=False)  # whether its parser alone is asked for


class Described(Exception):
    """Raised in place of running a command whose parser is asked for."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.parser = parser


class Parser(argparse.ArgumentParser):
    """An argument parser that reports an error in one line, and wants its options spelled out."""

    def __init__(self, **options: Any) -> None:
        called = {"prog": _called.get()} if _called.get() else {}
        super().__init__(allow_abbrev=False, **(options | called))

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def call(main: Callable[[Sequence[str]], int], name: str, argv: Sequence[str]) -> int:
    """Run the command `main` as one that the user calls by this name, and return its exit status."""
    token = _called.set(name)
    try:
        return main(argv)
    finally:
        _called.reset(token)


def parser_of(main: Callable[[Sequence[str]], int], name: str) -> argparse.ArgumentParser:
    """The options of the command `main`, called by this name, without running it."""
    token = _asked.set(True)
    try:
        call(main, name, ())
    except Described as found:
        return found.parser
    finally:
        _asked.reset(token)
    raise TypeError(f"{name} has no parser of ours")


def notes_options(parser: argparse.ArgumentParser) -> None:
    """Add --notes and --legend, of a command that works on the network of a page."""
    parser.add_argument("--notes", metavar="PAGE", help="the page whose network is meant (default: that of HELLO)")
    parser.add_argument("--legend", metavar="FILE", help="what its symbols mean (default: NAME.toml beside NAME.md)")


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


def status_of(interruption: KeyboardInterrupt) -> int:
    """Return 128 and the number of the signal, as shells have it."""
    return 128 + (signal.SIGTERM if isinstance(interruption, Terminated) else signal.SIGINT)


@_terminable()
def run(parser: Parser, command: Callable[[argparse.Namespace], int], argv: Sequence[str] | None) -> int:
    """Return the exit status of `command` on the parsed arguments: 2 with one line where they cannot be used, or where
    the standard output takes nothing.

    A closed pipe there (`… | head`) ends the command without a word. SIGTERM is met as Ctrl-C is.
    """
    if _asked.get():
        raise Described(parser)
    if sys.stdout is None:  # closed from the start
        print(f"{parser.prog}: error: the standard output is closed", file=sys.stderr)
        return 2
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a letter that the terminal's encoding lacks is no error
    try:
        try:
            return command(parser.parse_args(argv))
        finally:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries to write the rest at its end
        if isinstance(error, BrokenPipeError):  # whoever reads has read enough
            return 1
        print(f"{parser.prog}: error: cannot write the output: {error.strerror}", file=sys.stderr)
        return 2
    except InputError as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print(f"{parser.prog}: error: no memory for this: take fewer hidden units or less data", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interruption:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return status_of(interruption)
