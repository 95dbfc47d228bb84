"""Time the derived gradients, and the check of notes, beside what a user would take instead.

Correctness is asserted before anything is timed; contenders take turns in one run; times are medians. A ratio below 1
means that ours is the faster. A peer may be a floor (what no program can do without), a bound (a time that was
promised), or ours at another size in proportion (at most 1 where growth is linear). Peers that are not installed are
left out, with a line that says so.

--json prints a list of objects: "case", "ours" and "peer" (seconds), "peer_name", and "ratio" (ours / peer).

A run that ends early prints the rows that it has. The versions that are measured, and the kernel of NumPy's BLAS, are
said first.

Exit status: 0 measured, 1 a contender is wrong or fails, 2 unusable input, 130 interrupted by Ctrl-C, 143 by SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from derive.command import Parser, run
from derive.files import writable_file, writable_folder
from numeric.bench.timing import QUICK, Row, WrongResult

SECONDS = 2.0  # for each contender of a case
CASES = ("derive", "compile", "gradient", "training", "scale", "lstm", "gru", "check", "growth")


def command(arguments: argparse.Namespace) -> int:
    """Run the cases and report; return the exit status."""
    from numeric.bench.cases import Settings
    from numeric.bench.registry import registry

    said: list[str] = []

    def say(line: str) -> None:
        if line not in said:
            said.append(line)
            print(f"python -m numeric.bench: {line}", file=sys.stderr)

    settings = Settings(QUICK if arguments.quick else SECONDS, arguments.quick, say)
    chosen, cases = arguments.case or CASES, registry(arguments.out)
    if "growth" in chosen:
        writable_folder(arguments.out)
        writable_file(arguments.out / "growth.svg")
    say(versions())
    rows: list[Row] = []
    whole = False
    try:
        for number, name in enumerate(chosen, 1):  # plain lines: whatever moves on a terminal would be measured too
            print(f"measuring: {name} ({number} of {len(chosen)})", file=sys.stderr)
            for row in cases[name](settings):
                rows.append(row)
        whole = True
    except WrongResult as error:
        print(f"python -m numeric.bench: {error}", file=sys.stderr)
        return 1
    finally:  # whatever ends it early, what was measured is measured
        if rows or whole:
            print(json.dumps([row.as_json() for row in rows], indent=1)) if arguments.json else _report(rows)
    return 0


def versions() -> str:
    """What is measured against what: the BLAS of NumPy with the kernel in use, and the versions of the peers."""
    import numpy as np
    from threadpoolctl import threadpool_info

    libraries = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    blas = [f"{lib['internal_api']} {lib['version']}, kernel {lib.get('architecture', 'unknown')}" for lib in libraries]
    found = []
    for name in ("numba", "jax", "torch", "casadi"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return f"NumPy {np.__version__} on {'; '.join(blas) or 'an unknown BLAS'}; {', '.join(found)}"


def _report(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    columns = ("case", Column("ours", justify="right"), "peer", Column("its time", justify="right"))
    table = Table(
        *columns, Column("ratio", justify="right"), title="Medians of one run; a ratio below 1: ours is faster"
    )
    last = ""
    for row in rows:
        case, peer = Text("" if row.case == last else row.case), Text(row.peer_name)
        table.add_row(case, duration(row.ours), peer, duration(row.peer), f"{row.ratio:.3g}")
        last = row.case
    Console(width=None if sys.stdout.isatty() else 150).print(table)


def duration(seconds: float) -> str:
    """A time in the unit that fits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m numeric.bench`; return the exit status."""
    parser = Parser(
        prog="python -m numeric.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--case", action="append", choices=CASES, help="only this one; may be repeated (default: all)")
    option("--quick", action="store_true", help="small sizes, few turns: to see that all works, not how fast")
    option("--out", type=Path, default=Path("out"), metavar="DIR", help="where growth.svg goes (default out)")
    option("--json", action="store_true", help="print a JSON list instead of the table")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
