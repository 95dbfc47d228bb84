"""The check of notes: whole pages cold and warm, a changed claim, the slowest claims and mends, reading alone, growth,
and hostile inputs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import derive
from derive.check.results import Notes
from derive.judge.incremental import Session
from derive.judge.mend import Mender
from derive.judge.notes import check_document
from derive.judge.page import understood
from derive.play.examples import examples
from derive.reading import Document, Legend, ReadError, builtin_legend, load, read_statements
from derive.reading.legend_file import parse_legend
from numeric.bench.cases import Settings, bound, proportional
from numeric.bench.hostile import HOSTILE
from numeric.bench.timing import Contender, Row, WrongResult, medians

PAGE = Path(derive.__file__).parent / "notes" / "hello.md"
KNOWN = {"(1)": "definition", "(2)": "definition", "(4)": "fails"}  # the notes write a(t) for x(t) in equation (4)
CHARACTERS = 10_000
CHANGED = (r"- \sum_t \hat{y}(t) (1-y(t))", r"- \sum_t \hat{y}(t) (1+y(t))")  # in a claim of the notes


def checking(settings: Settings) -> Iterator[Row]:
    """The shipped page of the HELLO notes, and what is made of it."""
    document, legend = load(PAGE), builtin_legend()
    yield from warm(Session(legend), document, settings)
    yield from cold(settings)
    yield reading(document, legend, settings)
    yield from worst(settings)
    yield from over_statements(legend, settings)
    yield from over_steps(legend, settings)
    yield hostile(legend, settings)


def verify(notes: Notes) -> None:
    """Every block must have a verdict, and those whose verdicts are certain must have these. Raises WrongResult."""
    if len(notes.blocks) != len(notes.document.blocks):
        raise WrongResult(f"check: {len(notes.blocks)} verdicts on {len(notes.document.blocks)} blocks")
    for equation, verdict in KNOWN.items():
        found = {block.verdict for block in notes.blocks if f"--- {equation}" in block.latex}
        if found != {verdict}:
            raise WrongResult(f"check: equation {equation} is {', '.join(found) or 'not found'}, not {verdict}")


def cold(settings: Settings) -> Iterator[Row]:
    """The command, from the start of Python to its end, and the imports alone."""
    ours = Contender("ours", partial(_python, "-m", "derive.check", str(PAGE), "--json"), None)
    imports = Contender("imports", partial(_python, "-c", "import derive.check.__main__, derive.judge.notes"), None)
    floor = Contender("import sympy", partial(_python, "-c", "import sympy"), None)
    mine, first, its = medians([ours, imports, floor], settings.seconds)
    case = "check hello.md, cold"
    yield Row(case, mine, its, floor.name)
    yield bound(case, mine, 1)
    yield bound("imports of the check", first, 0.3)


def _python(*arguments: str) -> None:
    """Run Python. Raises WrongResult where it does not end as a check with failing claims, or as Python, does."""
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1) or "Traceback" in ended.stderr:
        raise WrongResult(f"python {' '.join(arguments)} fails: {ended.stderr.strip()[-200:]}")


def warm(session: Session, document: Document, settings: Settings) -> Iterator[Row]:
    """Within a process: the whole page, whose verdicts are verified, and one claim changed in a page that is known."""
    whole = Contender("whole", lambda: verify(session.check(document)), None)
    yield bound("check hello.md, warm", medians([whole], settings.seconds)[0], 0.4)
    text, turns = document.text, count()

    def changed() -> None:
        now = text.replace(*CHANGED) if next(turns) % 2 == 0 else text
        if session.recheck(Document.read(document.path, now, document.kind)) is None:
            raise WrongResult("check: a claim that is changed was not decided by itself")

    yield bound("one claim changed", medians([Contender("changed", changed, None)], settings.seconds)[0], 0.05)


def worst(settings: Settings) -> Iterator[Row]:
    """The slowest of the shipped pages, of their claims and of the searches for a mend, each once."""
    pages, claims, mends = {"": 0.0}, {"": 0.0}, {"": 0.0}
    shortest = sorted(examples(), key=lambda example: len(example.text))
    for example in shortest[: 1 if settings.quick else None]:
        legend = parse_legend(example.legend, example.name) if example.legend else None
        begun = perf_counter()
        page = understood(Document.read(f"{example.name}.md", example.text, "md"), legend)
        with patch.object(Mender, "mend", _clocked(Mender.mend, example.name, mends)):
            for statement, (_, chain) in zip(page.statements, page.chains, strict=True):
                name = f"{example.name}, formula {chain.block}"
                _clocked(page.claims, name, claims)(statement, chain)
        pages[example.name] = perf_counter() - begun
    for what, times, most in (("page", pages, 3), ("claim", claims, 1), ("mend", mends, 0.5)):
        name, seconds = max(times.items(), key=lambda found: found[1])
        yield bound(f"worst {what}: {name}", seconds, most)


def _clocked(function: Callable[..., Any], name: str, longest: dict[str, float]) -> Callable[..., Any]:
    """The function, which notes the longest time that it took under a name."""

    def clocked(*arguments: Any) -> Any:
        begun = perf_counter()
        try:
            return function(*arguments)
        finally:
            longest[name] = max(longest.get(name, 0.0), perf_counter() - begun)

    return clocked


def reading(document: Document, legend: Legend, settings: Settings) -> Row:
    """Display mathematics to statements and syntax trees."""
    latex = [block.latex for block in document.blocks]
    blocks, length = [], 0
    for number in count():
        if length >= CHARACTERS:
            break
        blocks.append(latex[number % len(latex)])
        length += len(blocks[-1])
    page = page_of(blocks)
    run = Contender("reading", lambda: read_statements(Document.read("page.md", page, "md").blocks, legend), None)
    errors = [str(error) for reading in run.run() for error in reading.errors if reading.block.number <= len(latex)]
    if errors:
        raise WrongResult(f"reading: {errors[0]}")
    return bound(f"read {length / 1000:.3g} kB of display mathematics", medians([run], settings.seconds)[0], 1)


def page_of(blocks: list[str]) -> str:
    """A Markdown page of these display blocks."""
    return "\n\n".join(f"$${latex}$$" for latex in blocks) + "\n"


STATEMENTS = (
    (r"\frac{\partial L}{\partial w_{aa}}", r"\sum_{t=1}^{T} \frac{\partial L(t)}{\partial w_{aa}}", "holds"),
    (r"\frac{\partial L}{\partial w_{ya}}", r"\sum_{t=1}^{T} (y(t) - \hat{y}(t)) a(t)", "holds"),
    (r"\frac{\partial L}{\partial b_y}", r"\sum_{t=1}^{T} (y(t) - \hat{y}(t))", "holds"),
    (r"\frac{\partial L}{\partial b_y}", r"\sum_{t=1}^{T} (\hat{y}(t) - y(t))", "fails"),
)


def scaled(numbers: Iterator[int]) -> list[str]:
    """The statements above, both sides times a number that is new to the caches."""
    return [f"{n} {left} = {n} {right}" for (left, right, _), n in zip(STATEMENTS, numbers, strict=False)]


def checked(latex: list[str], legend: Legend) -> None:
    """Check a page of such statements. Raises WrongResult where a verdict is not the known one."""
    notes = check_document(Document.read("page.md", page_of(latex), "md"), legend)
    expected = [verdict for _, _, verdict in STATEMENTS] * (len(latex) // len(STATEMENTS))
    for block, verdict in zip(notes.blocks, expected, strict=True):
        if block.verdict != verdict:
            raise WrongResult(f"check: {block.latex} is found {block.verdict}, where it {verdict}")


def over_statements(legend: Legend, settings: Settings) -> Iterator[Row]:
    """Pages of more and more statements."""
    plain, numbers = replace(legend, repairs=()), count(2)

    def check(copies: int) -> None:
        checked([latex for _ in range(copies) for latex in scaled(numbers)], plain)

    copies = (1, 2) if settings.quick else (2, 20)
    times = medians([Contender(str(n), partial(check, n), None) for n in copies], settings.seconds)
    grown = {n * len(STATEMENTS): seconds for n, seconds in zip(copies, times, strict=True)}
    yield from proportional("check", "statements", grown)


def over_steps(legend: Legend, settings: Settings) -> Iterator[Row]:
    """The same statements on longer and longer sequences, with V fixed."""
    steps, numbers = (2, 4) if settings.quick else (4, 8, 16, 32), count(2)

    def check(T: int) -> None:
        longer = replace(legend, T=T, sizes=({"H": 2, "V": steps[-1] + 1, "T": T},), repairs=())
        checked(scaled(numbers), longer)

    times = medians([Contender(str(T), partial(check, T), None) for T in steps], settings.seconds)
    yield from proportional("check", "T", dict(zip(steps, times, strict=True)))


def hostile(legend: Legend, settings: Settings) -> Row:
    """The slowest of the hostile inputs, each once. Raises WrongResult for one that passes as right."""
    worst = ("", 0.0)
    inputs = dict(list(HOSTILE.items())[:5]) if settings.quick else HOSTILE
    for name, latex in inputs.items():
        contender = Contender(name, partial(_refused, name, latex, legend), None)
        worst = max(worst, (name, contender.seconds()), key=lambda found: found[1])
    return bound(f"worst of {len(inputs)} hostile inputs: {worst[0]}", worst[1], 1)


def _refused(name: str, latex: str, legend: Legend) -> None:
    try:
        notes = check_document(Document.read("page.md", page_of([latex]), "md"), legend)
    except ReadError:
        return
    if notes.blocks and notes.blocks[0].verdict in ("holds", "conditional"):
        raise WrongResult(f"check: the hostile input {name!r} is found right")
