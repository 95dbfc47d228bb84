"""Train a network on one word with the derived gradients, by plain gradient descent as in the notes.

The weights go to DIR/weights.npz and the loss curve to DIR/loss.svg. --steps counts from the very first step, so that
an interrupted run goes on with the same command and --resume DIR/weights.npz, and ends with the same numbers.

--json prints one object: "word", "vocabulary", "hidden", "rate", "seed" (null when resumed), "engine", "steps" (taken
in all), "first_loss", "loss", "predictions" (for each step its "step", "input", "target", "predicted" letter, its
"probability" and the "target_probability"), "sampled" (the word as the network says it from its first letter),
"recalled" (whether that is the word), "diverged_at" (a step, or null), "weights" and "curve" (files).

Exit status: 0 trained, 1 diverged (the last good weights are kept), 2 unusable input, 130 interrupted (weights kept).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from numeric import bptt, checkpoint, curve, engines
from numeric.checkpoint import Checkpoint
from numeric.command import Parser, positive, run, whole
from numeric.engines import Array, Engine, Parameters
from numeric.errors import InputError
from numeric.files import writable_folder
from numeric.words import Word, printable

HIDDEN, RATE, STEPS, SEED = 8, 0.1, 500, 0
EXPLODED = 10  # a loss this many times the first one is divergence


class Diverged(ArithmeticError):
    """The loss became infinite, undefined or far larger than the first one."""

    def __init__(self, step: int, loss: float, first: float) -> None:
        size = f"above {EXPLODED} times the first ({first:.4g})" if np.isfinite(loss) else "not a finite number"
        super().__init__(f"diverged at step {step}: the loss is {loss:.4g}, {size}")
        self.step = step


def initial(word: Word, hidden: int, seed: int) -> Parameters:
    """Return zero biases and random weights of standard deviation 1/√H, so that sums over H units are of order one."""
    generator = np.random.default_rng(seed)
    return {
        name: generator.normal(0, hidden**-0.5, shape) if name.startswith("W") else np.zeros(shape)
        for name, shape in bptt.shapes(hidden, len(word.vocabulary)).items()
    }


def derived_engine(name: str, word: Word, hidden: int) -> Engine:
    """Return the engine `name` for the network of the notes on `word`. Raises InputError if there is none."""
    from derive.model import elman

    sizes = {"H": hidden, "V": len(word.vocabulary), "T": len(word.X)}
    return engines.build(name, elman(), sizes, {"x": word.X, "target": word.Y})


def train(engine: Engine, start: Checkpoint, steps: int) -> Iterator[Checkpoint]:
    """Train until `steps` steps have been taken in all, and yield how far it is a few times a second.

    Raises Diverged after the last good checkpoint was yielded.
    """
    reached, stride = start, 1
    while reached.step < steps:
        began = time.monotonic()
        count = min(stride, steps - reached.step)
        with np.errstate(all="ignore"):
            parameters, losses = engine.train(reached.parameters, reached.rate, count)
            bad = ~(losses <= EXPLODED * start.losses[0])  # also true for NaN
            if bad.any():
                broken = int(bad.argmax())
                parameters, good = engine.train(reached.parameters, reached.rate, broken - 1)
                diverged = Diverged(reached.step + broken, losses[broken], start.losses[0])
                yield _advance(reached, parameters, good)
                raise diverged
        reached = _advance(reached, parameters, losses)
        yield reached
        if time.monotonic() - began < 0.1:
            stride *= 2


def _advance(reached: Checkpoint, parameters: Parameters, losses: Array) -> Checkpoint:
    return Checkpoint(reached.word, parameters, reached.rate, np.concatenate([reached.losses, losses[1:]]))


def predictions(parameters: Parameters, word: Word) -> list[dict[str, Any]]:
    """Return for each step its input, its target, and the predicted letter with its probability."""
    _, log_y = bptt.forward(parameters, word.X)
    rows = []
    for step, y in enumerate(np.exp(log_y)):
        target, best = word.text[step + 1], int(y.argmax())
        rows.append(
            {
                "step": step + 1,
                "input": word.text[step],
                "target": target,
                "predicted": word.vocabulary[best],
                "probability": float(y[best]),
                "target_probability": float(y[word.vocabulary.index(target)]),
            }
        )
    return rows


def sample(parameters: Parameters, word: Word) -> str:
    """Return what the network says from the word's first letter on, each letter its likeliest, fed back as input."""
    one_hot, a = np.eye(len(word.vocabulary)), None
    letters = [0]
    for _ in word.X:
        states, log_y = bptt.forward(parameters, one_hot[letters[-1:]], a)
        a = states[-1]
        letters.append(int(log_y[-1].argmax()))
    return "".join(word.vocabulary[letter] for letter in letters)


class _Shown(Protocol):
    def __call__(self, step: int, loss: float) -> None: ...


@contextmanager
def _progress(steps: int, done: int) -> Iterator[_Shown]:
    """A bar on standard error where that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda step, loss: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("loss {task.fields[loss]:.4f}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("train", total=steps, completed=done, loss=float("nan"))
        yield lambda step, loss: progress.update(task, completed=step, loss=loss)


def _start(arguments: argparse.Namespace) -> tuple[Checkpoint, Engine]:
    """The checkpoint to start from, fresh or from a file, and its engine."""
    if arguments.resume is None:
        word = Word(arguments.word if arguments.word is not None else "HELLO")
        hidden = arguments.hidden or HIDDEN
        seed = SEED if arguments.seed is None else arguments.seed
        engine = derived_engine(arguments.engine, word, hidden)
        parameters = initial(word, hidden, seed)
        loss, _ = engine.loss_and_gradients(parameters)
        return Checkpoint(word, parameters, arguments.rate or RATE, np.array([loss])), engine
    saved = checkpoint.load(arguments.resume)
    if arguments.seed is not None:
        raise InputError("--seed chooses the first weights, but --resume takes them from its file: leave one out")
    if arguments.word is not None and Word(arguments.word) != saved.word:
        raise InputError(f"{arguments.resume} was trained on {saved.word.text!r}, not on {arguments.word!r}")
    if arguments.hidden not in (None, saved.hidden):
        raise InputError(f"{arguments.resume} has {saved.hidden} hidden units, not {arguments.hidden}")
    if saved.step >= arguments.steps:
        raise InputError(f"{arguments.resume} has taken {saved.step} steps already: give more, all told, by --steps")
    resumed = Checkpoint(saved.word, saved.parameters, arguments.rate or saved.rate, saved.losses)
    return resumed, derived_engine(arguments.engine, saved.word, saved.hidden)


def command(arguments: argparse.Namespace) -> int:
    """Train, save and report as the arguments say; return the exit status. Raises InputError for unusable input."""
    writable_folder(arguments.out)
    reached, engine = _start(arguments)
    trouble: Diverged | KeyboardInterrupt | None = None
    try:
        with _progress(arguments.steps, reached.step) as show:
            for latest in train(engine, reached, arguments.steps):
                reached = latest
                show(reached.step, reached.losses[-1])
    except (Diverged, KeyboardInterrupt) as stopped:
        trouble = stopped
    weights, picture = arguments.out / "weights.npz", arguments.out / "loss.svg"
    checkpoint.save(weights, reached)
    curve.draw(picture, reached.losses, f"{printable(reached.word.text)}, H = {reached.hidden}, η = {reached.rate:g}")
    result = {
        "word": reached.word.text,
        "vocabulary": reached.word.vocabulary,
        "hidden": reached.hidden,
        "rate": reached.rate,
        "seed": None if arguments.resume else arguments.seed or SEED,
        "engine": arguments.engine,
        "steps": reached.step,
        "first_loss": float(reached.losses[0]),
        "loss": float(reached.losses[-1]),
        "predictions": predictions(reached.parameters, reached.word),
        "sampled": (said := sample(reached.parameters, reached.word)),
        "recalled": said == reached.word.text,
        "diverged_at": trouble.step if isinstance(trouble, Diverged) else None,
        "weights": str(weights),
        "curve": str(picture),
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        _report(result)
    if trouble is None:
        return 0
    if isinstance(trouble, Diverged):
        advice = f"the weights of step {reached.step} are in {weights}: try a --rate below {reached.rate:g}"
        print(f"{arguments.prog}: {trouble}; {advice}", file=sys.stderr)
        return 1
    print(f"{arguments.prog}: interrupted at step {reached.step}; go on with --resume {weights}", file=sys.stderr)
    return 130


def _report(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table("t", "input", "target", "predicted", "probability")
    for row in result["predictions"]:
        letters = (Text(printable(row[name])) for name in ("input", "target", "predicted"))
        table.add_row(str(row["step"]), *letters, f"{row['probability']:.4f}")
    console.print(table)
    outcome = "the word came back" if result["recalled"] else f"not {printable(result['word'])}"
    lines = (
        f"loss {result['loss']:.6f} after {result['steps']} steps (first {result['first_loss']:.6f})",
        f"said from its first letter: {printable(result['sampled'])} ({outcome})",
        f"weights in {result['weights']}, loss curve in {result['curve']}",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m numeric.train`; return the exit status."""
    parser = Parser(
        prog="python -m numeric.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(prog=parser.prog)
    parser.add_argument("--word", help="the word to learn, two letters or more (default HELLO)")
    parser.add_argument("--hidden", type=whole(1), metavar="H", help=f"hidden units (default {HIDDEN})")
    parser.add_argument("--steps", type=whole(0), default=STEPS, metavar="N", help=f"steps in all (default {STEPS})")
    parser.add_argument("--rate", type=positive, metavar="η", help=f"learning rate (default {RATE}, or the file's)")
    parser.add_argument("--seed", type=whole(0), metavar="S", help=f"chooses the first weights (default {SEED})")
    parser.add_argument("--engine", default="numpy", metavar="E", help=f"one of {', '.join(engines.EXTRAS)}")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="go on from this weights file")
    parser.add_argument("--out", type=Path, default=Path("build"), metavar="DIR", help="folder (default build)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
