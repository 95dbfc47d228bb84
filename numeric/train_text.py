"""The part of `python -m numeric.train` that trains on a text."""

from __future__ import annotations

import argparse
import math
import time
from array import array as Losses
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from derive.plural import counted
from derive.progress import doing
from numeric import curve, engines
from numeric.command import ended, positive, whole
from numeric.errors import Diverged, InputError
from numeric.optimizers import OPTIMIZERS
from numeric.output import Output, output
from numeric.progress import progress
from numeric.text import Streams, Text, read
from numeric.words import printable

if TYPE_CHECKING:
    from derive.algebra.model import Model
    from numeric.engines import Batches
    from numeric.text_checkpoint import Settings, TextCheckpoint
    from numeric.windows import Reached

HIDDEN, BATCH, WINDOW, STEPS, SEED = 128, 32, 64, 2000, 0
OPTIMIZER, CLIP, DTYPE, ENGINE = "adam", 1.0, "float32", "array"
EVERY, SAMPLE, TEMPERATURE = 200, 200, 1.0
RECENT = 100  # the loss that is reported is the mean over as many windows


def add_options(parser: argparse.ArgumentParser) -> list[str]:
    """Add the options that only a text has to `parser`, None where they are not given; return their names."""
    group = parser.add_argument_group("only with --text")
    group.add_argument("--window", type=whole(1), metavar="T", help=f"steps of a window (default {WINDOW})")
    group.add_argument("--batch", type=whole(1), metavar="B", help=f"parallel streams (default {BATCH}, or what fits)")
    group.add_argument("--optimizer", choices=OPTIMIZERS, help=f"one of {', '.join(OPTIMIZERS)} (default {OPTIMIZER})")
    group.add_argument("--clip", type=positive, metavar="C", help=f"the gradient's largest norm (default {CLIP:g})")
    group.add_argument("--dtype", choices=("float32", "float64"), help=f"float32 or float64 (default {DTYPE})")
    group.add_argument("--every", type=whole(1), metavar="N", help=f"steps between checkpoints (default {EVERY})")
    group.add_argument("--sample", type=whole(0), metavar="N", help=f"characters to sample (default {SAMPLE})")
    group.add_argument("--temperature", type=positive, metavar="τ", help=f"of the sample (default {TEMPERATURE:g})")
    return ["window", "batch", "optimizer", "clip", "dtype", "every", "sample", "temperature"]


def _settings(arguments: argparse.Namespace, text: Text) -> Settings:
    """The settings of a fresh run."""
    from numeric.text_checkpoint import Settings

    window, optimizer = arguments.window or WINDOW, arguments.optimizer or OPTIMIZER
    return Settings(
        hidden=arguments.hidden or HIDDEN,
        batch=arguments.batch or max(1, min(BATCH, (len(text.indices) - 1) // window)),
        window=window,
        optimizer=optimizer,
        rate=arguments.rate or OPTIMIZERS[optimizer].usual_rate,
        clip=arguments.clip or CLIP,
        dtype=arguments.dtype or DTYPE,
    )


def _resumed(arguments: argparse.Namespace, model: Model, text: Text) -> TextCheckpoint:
    """The checkpoint to go on from, at the rate and the clip that are asked for."""
    from numeric.text_checkpoint import load

    saved = load(arguments.resume, model, text)
    if arguments.seed is not None:
        raise InputError("--seed chooses the first weights, but --resume takes them from its file: leave one out")
    for name in ("hidden", "batch", "window", "optimizer", "dtype"):
        asked, kept = getattr(arguments, name), getattr(saved.settings, name)
        if asked not in (None, kept):
            raise InputError(f"{arguments.resume} was trained with --{name} {kept}, not {asked}")
    if saved.reached.step > arguments.steps:
        raise InputError(
            f"{arguments.resume} has taken {counted(saved.reached.step, 'step')} already: give no fewer, all told, "
            "by --steps"
        )
    rate, clip = arguments.rate or saved.settings.rate, arguments.clip or saved.settings.clip
    return replace(saved, settings=replace(saved.settings, rate=rate, clip=clip))


def _fresh(arguments: argparse.Namespace, model: Model, text: Text) -> TextCheckpoint:
    """A run that has taken no step yet."""
    from numeric.text_checkpoint import TextCheckpoint
    from numeric.windows import begin

    settings = _settings(arguments, text)
    try:
        streams = Streams(text, settings.batch, settings.window)
    except InputError as error:
        raise InputError(f"{arguments.text}: {error}") from error
    sizes = {"H": settings.hidden, "V": len(text.vocabulary)}
    optimizer = OPTIMIZERS[settings.optimizer](settings.rate)
    reached = begin(model, sizes, settings.dtype, streams, optimizer, arguments.seed or SEED)
    return TextCheckpoint(settings, text.digest, reached, np.empty(1))


def command(arguments: argparse.Namespace, model: Model | None = None) -> int:
    """Train, save and report as the arguments say; return the exit status. Raises InputError for unusable input.

    `model` is the network of the notes unless given; it reads and says letters, of dimension V, and H is the size of
    everything else."""
    from derive.algebra.model import elman
    from numeric.text_checkpoint import load

    model = model or elman()
    with doing(f"reading {arguments.text}"):
        text = read(arguments.text)
        start = (_resumed if arguments.resume else _fresh)(arguments, model, text)
    settings = start.settings
    sizes = {"H": settings.hidden, "V": len(text.vocabulary), "B": settings.batch, "T": settings.window}
    try:
        with doing("deriving the gradients"):
            batches = engines.batches(arguments.engine or ENGINE, model, sizes, settings.dtype)
    except MemoryError as error:
        raise InputError("there is no memory for such a batch: take a smaller --batch or --window") from error

    def loss(weights: Path) -> float:
        return _recent(load(weights, model, text).losses.tolist())

    with output(arguments, "text", loss) as out:
        return _train(arguments, model, text, start, batches, out)


def _train(
    arguments: argparse.Namespace, model: Model, text: Text, start: TextCheckpoint, batches: Batches, out: Output
) -> int:
    """Train from `start`, save in `out` on the way and at the end, and report; return the exit status."""
    from numeric.text_checkpoint import TextCheckpoint, save
    from numeric.windows import train

    settings, done = start.settings, start.reached.step
    streams = Streams(text, settings.batch, settings.window)
    optimizer = OPTIMIZERS[settings.optimizer](settings.rate)
    losses = Losses("d", start.losses[:-1])  # the loss at the start is computed again
    reached: Reached | None = None
    trouble: Diverged | KeyboardInterrupt | None = None

    def checkpoint(reached: Reached) -> TextCheckpoint:
        return TextCheckpoint(settings, text.digest, reached, np.array(losses[: reached.step + 1]))

    def saved(reached: TextCheckpoint, diverged: bool = False) -> Path:
        recent = reached.losses[-RECENT:]
        return out.save(_recent(recent.tolist()), float(recent.std()), lambda path: save(path, reached), diverged)

    began = time.monotonic()
    try:
        with progress(arguments.steps, done, settings.batch * settings.window) as show:
            first = float(start.losses[0]) if done else None
            for latest, loss in train(
                batches, model, streams, optimizer, settings.clip, start.reached, arguments.steps, first
            ):
                losses.append(loss)
                reached = latest
                show(reached.step, _recent(losses))
                if reached.step % (arguments.every or EVERY) == 0 and reached.step > done:
                    saved(checkpoint(reached))
    except (Diverged, KeyboardInterrupt) as stopped:
        trouble = stopped
    seconds, result = time.monotonic() - began, None
    if reached is not None:
        final = checkpoint(reached)
        weights = saved(final, isinstance(trouble, Diverged))
        picture = out.curve(weights)
        title = f"{printable(arguments.text.name)}, H = {settings.hidden}, {settings.optimizer}, η = {settings.rate:g}"
        curve.draw_text(picture, final.losses, text.unigram_entropy, title)
        result = _result(arguments, model, text, streams, final, seconds, trouble)
        result |= {"weights": str(weights), "curve": str(picture)}
    return ended(arguments, out, trouble, result, _report)


def _recent(losses: Sequence[float]) -> float:
    recent = losses[-RECENT:]
    return math.fsum(recent) / len(recent)


def _result(
    arguments: argparse.Namespace,
    model: Model,
    text: Text,
    streams: Streams,
    final: TextCheckpoint,
    seconds: float,
    trouble: BaseException | None,
) -> dict[str, Any]:
    """The object that --json prints, but for its files, with a sample of the network in its last state."""
    from numeric.sampling import drawn, sample
    from numeric.windows import generator

    reached, settings = final.reached, final.settings
    length = SAMPLE if arguments.sample is None else arguments.sample
    temperature = arguments.temperature or TEMPERATURE
    choose = drawn(generator(reached), temperature)
    letters = sample(model, reached.parameters, int(text.indices[0]), length, choose)
    return {
        "text": str(arguments.text),
        "characters": len(text.indices),
        "vocabulary": text.vocabulary,
        **asdict(settings),
        "seed": None if arguments.resume else arguments.seed or SEED,
        "engine": arguments.engine or ENGINE,
        "steps": reached.step,
        "passes": reached.step / streams.windows,
        "first_loss": float(final.losses[0]),
        "loss": _recent(final.losses.tolist()),
        "unigram_entropy": text.unigram_entropy,
        "seconds": seconds,
        "temperature": temperature,
        "sample": "".join(text.vocabulary[letter] for letter in letters),
        "diverged_at": trouble.step if isinstance(trouble, Diverged) else None,
    }


def _report(result: dict[str, Any]) -> None:
    bit = math.log(2)
    steps, first, loss, entropy = (result[name] for name in ("steps", "first_loss", "loss", "unigram_entropy"))
    size = f"{result['characters']} characters, {len(result['vocabulary'])} different ones"
    print(f"{size}, read {result['passes']:.2f} times")
    print(
        f"loss {loss:.4f} nats ({loss / bit:.4f} bits) per character after {counted(steps, 'step')} (first {first:.4f})"
    )
    print(f"unigram entropy of the text {entropy:.4f} nats ({entropy / bit:.4f} bits)")
    if result["sample"]:
        lines = result["sample"].replace("\r\n", "\n").split("\n")
        print(f"sample at temperature {result['temperature']:g}:", *map(printable, lines), sep="\n")
    print(f"weights in {result['weights']}, loss curve in {result['curve']}")
