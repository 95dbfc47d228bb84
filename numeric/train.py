"""Train a network with the derived gradients: on one word, as in the notes (the default), or on a text.

A word is learned by plain gradient descent on all its letters at once. A text (--text FILE, UTF-8) is read character by
character in --batch parallel streams; a step takes the next --window characters of each and carries the states along.

The weights go to DIR/weights.npz and the loss curve to DIR/loss.svg, where one run at a time writes. Better weights
that lie there, on the same word or text, are kept: a run that ends with a larger loss puts its own into DIR/last.npz
and DIR/last.svg. Those of another word or text are not replaced at all. --overwrite replaces both.

The weights are saved during the run, too: every few seconds on a word, every --every steps on a text. --steps counts
from the very first step, so that an interrupted run goes on with the same command and --resume DIR/weights.npz, and
ends with the same numbers. A finished run resumed just reports again.

--json prints one object. For a word: "word", "vocabulary", "hidden", "rate", "seed" (null when resumed), "engine",
"steps" (taken in all), "first_loss", "loss", "predictions" (for each step its "step", "input", "target", "predicted"
letter, its "probability" and the "target_probability"), "sampled" (the word as the network says it from its first
letter), "recalled" (whether that is the word), "diverged_at" (a step, or null), "weights" and "curve" (files).
For a text: "text" (the file), "characters", "vocabulary", "hidden", "batch", "window", "optimizer", "rate", "clip",
"dtype", "seed", "engine", "steps", "passes" (through the text), "first_loss", "loss" (the mean over the last 100
windows; losses and the "unigram_entropy" of the text are in nats per character), "seconds", "temperature", "sample",
"diverged_at", "weights" and "curve".

Exit status: 0 trained, 1 diverged (the weights before it are kept), 2 unusable input, 130 interrupted by
Ctrl-C, 143 by SIGTERM (the weights are kept).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from derive.command import Parser, notes_options, run
from derive.plural import counted
from derive.progress import doing
from numeric import checkpoint, curve, engines, train_text
from numeric.checkpoint import Checkpoint
from numeric.command import UNITS, ended, positive, whole
from numeric.engines import Array, Engine, Parameters
from numeric.errors import EXPLODED, Diverged, InputError
from numeric.optimizers import OPTIMIZERS
from numeric.output import Output, output
from numeric.parameters import random_weights
from numeric.progress import progress
from numeric.words import Word, printable

HIDDEN, RATE, STEPS, SEED, ENGINE = 8, 0.1, 500, 0, "numpy"
EVERY = 2.0  # seconds between checkpoints


def initial(word: Word, hidden: int, seed: int) -> Parameters:
    """Return zero biases and random weights of standard deviation 1/√H, so that sums over H units are of order one."""
    from derive.algebra.model import elman

    return random_weights(elman(), {"H": hidden, "V": len(word.vocabulary)}, np.random.default_rng(seed))


def derived_engine(name: str, word: Word, hidden: int) -> Engine:
    """Return the engine `name` for the network of the notes on `word`. Raises InputError if there is none."""
    from derive.algebra.model import elman

    sizes = {"H": hidden, "V": len(word.vocabulary), "T": len(word.X)}
    return engines.build(name, elman(), sizes, {"x": word.X, "target": word.Y})


def train(engine: Engine, start: Checkpoint, steps: int) -> Iterator[Checkpoint]:
    """Train until `steps` steps have been taken in all, and yield how far it is: `start`, then a few times a second.

    All that is yielded is good: raises Diverged, after the last good checkpoint was yielded, where the loss is no
    number or exceeds ten times the first one.
    """
    reached, count = start, 0
    while True:
        began = time.monotonic()
        with np.errstate(all="ignore"):
            parameters, losses = engine.train(reached.parameters, reached.rate, count)
            bad = ~(losses <= EXPLODED * start.losses[0])  # also true for NaN
            if bad.any():
                broken = int(bad.argmax())
                diverged = Diverged(reached.step + broken, losses[broken], start.losses[0])
                if broken:
                    yield _advance(reached, *engine.train(reached.parameters, reached.rate, broken - 1))
                raise diverged
        reached = _advance(reached, parameters, losses)
        yield reached
        if reached.step >= steps:
            return
        faster = 2 if time.monotonic() - began < 0.1 else 1
        count = min(max(1, faster * count), steps - reached.step)


def _advance(reached: Checkpoint, parameters: Parameters, losses: Array) -> Checkpoint:
    return Checkpoint(reached.word, parameters, reached.rate, np.concatenate([reached.losses, losses[1:]]))


def predictions(parameters: Parameters, word: Word) -> list[dict[str, Any]]:
    """Return for each step its input, its target, and the predicted letter with its probability."""
    from derive.algebra.model import elman
    from numeric.forward import Forward

    forward, rows = Forward(elman(), parameters), []
    states = forward.start
    for step, x in enumerate(word.X):
        log_y, states = forward.step({"x": x}, states)
        y = np.exp(log_y)
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
    from derive.algebra.model import elman
    from numeric import sampling

    letters = sampling.sample(elman(), parameters, 0, len(word.X), sampling.likeliest)
    return "".join(word.vocabulary[letter] for letter in [0, *letters])


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
        raise InputError(f"{arguments.resume} has {counted(saved.hidden, 'hidden unit')}, not {arguments.hidden}")
    if saved.step > arguments.steps:
        raise InputError(
            f"{arguments.resume} has taken {counted(saved.step, 'step')} already: give no fewer, all told, by --steps"
        )
    resumed = Checkpoint(saved.word, saved.parameters, arguments.rate or saved.rate, saved.losses)
    return resumed, derived_engine(arguments.engine, saved.word, saved.hidden)


def command(arguments: argparse.Namespace) -> int:
    """Train, save and report as the arguments say; return the exit status. Raises InputError for unusable input."""
    with doing("deriving the gradients"):
        start, engine = _start(arguments)

    def loss(weights: Path) -> float:
        saved = checkpoint.load(weights)
        if saved.word != start.word:
            ours, theirs = start.word.text, saved.word.text
            raise InputError(f"{weights} holds a run on {theirs!r}, which this one on {ours!r} would replace")
        return float(saved.losses[-1])

    with output(arguments, "word", loss) as out:
        return _train(arguments, start, engine, out)


def _train(arguments: argparse.Namespace, start: Checkpoint, engine: Engine, out: Output) -> int:
    """Train from `start`, save in `out` on the way and at the end, and report; return the exit status."""

    def save(reached: Checkpoint, diverged: bool = False) -> Path:
        return out.save(float(reached.losses[-1]), 0, lambda path: checkpoint.save(path, reached), diverged)

    reached: Checkpoint | None = None
    trouble: Diverged | KeyboardInterrupt | None = None
    saved = time.monotonic()
    try:
        with progress(arguments.steps, start.step) as show:
            for latest in train(engine, start, arguments.steps):
                reached = latest
                show(latest.step, latest.losses[-1])
                if time.monotonic() - saved > EVERY:
                    save(latest)
                    saved = time.monotonic()
    except (Diverged, KeyboardInterrupt) as stopped:
        trouble = stopped
    result = None
    if reached is not None:
        weights = save(reached, isinstance(trouble, Diverged))
        picture = out.curve(weights)
        title = f"{printable(reached.word.text)}, H = {reached.hidden}, η = {reached.rate:g}"
        curve.draw(picture, reached.losses, title)
        result = _result(arguments, reached, trouble) | {"weights": str(weights), "curve": str(picture)}
    return ended(arguments, out, trouble, result, _report)


def _result(arguments: argparse.Namespace, reached: Checkpoint, trouble: BaseException | None) -> dict[str, Any]:
    """The object that --json prints, but for its files."""
    return {
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
    }


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
        f"loss {result['loss']:.6f} after {counted(result['steps'], 'step')} (first {result['first_loss']:.6f})",
        f"said from its first letter: {printable(result['sampled'])} ({outcome})",
        f"weights in {result['weights']}, loss curve in {result['curve']}",
    )
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def of_a_page(arguments: argparse.Namespace) -> int:
    """Train the network of a page; return the exit status."""
    from derive.page import model_of
    from numeric import train_page

    with doing(f"reading {arguments.notes}"):
        model = model_of(arguments.notes, arguments.legend)
    if arguments.text is not None:
        arguments.steps = train_text.STEPS if arguments.steps is None else arguments.steps
        return train_text.command(arguments, train_page.lettered(model))
    return train_page.command(arguments, model)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m numeric.train`; return the exit status."""
    parser = Parser(
        prog="python -m numeric.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(prog=parser.prog)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--word", help="the word to learn, two letters or more (default HELLO)")
    what.add_argument("--text", type=Path, metavar="FILE", help="the text to learn, UTF-8")
    text = train_text  # its defaults stand behind those for a word
    parser.add_argument(
        "--hidden", type=whole(1, UNITS), metavar="H", help=f"hidden units (default {HIDDEN}; text {text.HIDDEN})"
    )
    parser.add_argument(
        "--steps", type=whole(0), metavar="N", help=f"steps in all (default {STEPS}; text {text.STEPS})"
    )
    rates = ", ".join(f"{kind.usual_rate:g} for {name}" for name, kind in OPTIMIZERS.items())
    parser.add_argument(
        "--rate", type=positive, metavar="η", help=f"learning rate (default the file's, or {RATE}; text {rates})"
    )
    parser.add_argument("--seed", type=whole(0), metavar="S", help=f"chooses the first weights (default {SEED})")
    parser.add_argument(
        "--engine", metavar="E", help=f"one of {', '.join(engines.EXTRAS)} (default {ENGINE}; text {text.ENGINE})"
    )
    parser.add_argument("--resume", type=Path, metavar="FILE", help="go on from this weights file")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder (default out)")
    parser.add_argument("--overwrite", action="store_true", help="replace what else lies in DIR, better weights too")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")
    notes_options(parser)
    data = "with --notes: arrays named like the page's inputs (default: the answers of a random teacher network)"
    parser.add_argument("--data", type=Path, metavar="FILE.npz", help=data)
    only_text = train_text.add_options(parser)

    def chosen(arguments: argparse.Namespace) -> int:
        if arguments.notes is not None or arguments.legend is not None:
            return of_a_page(arguments)
        if arguments.data is not None:
            raise InputError("--data is for the network of a page: name it by --notes PAGE")
        if arguments.text is not None:
            arguments.steps = train_text.STEPS if arguments.steps is None else arguments.steps
            return train_text.command(arguments)
        for name in only_text:
            if getattr(arguments, name) is not None:
                raise InputError(f"--{name} is for a text: give one with --text FILE, or leave it out")
        arguments.steps = STEPS if arguments.steps is None else arguments.steps
        arguments.engine = arguments.engine or ENGINE
        return command(arguments)

    return run(parser, chosen, argv)


if __name__ == "__main__":
    sys.exit(main())
