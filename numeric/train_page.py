"""The part of `python -m numeric.train` that trains the network of a page (--notes), on whatever it takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from derive.algebra.array import Array as Expression
from derive.algebra.array import Softmax, Value, last, rebuild, t
from derive.algebra.model import Model
from derive.progress import doing
from derive.renaming import resized
from numeric import curve, engines
from numeric.archive import read_arrays, write_arrays
from numeric.command import ended
from numeric.data import read_data
from numeric.engines import Parameters
from numeric.errors import EXPLODED, Diverged, InputError
from numeric.optimizers import OPTIMIZERS
from numeric.output import Output, output
from numeric.page_checkpoint import Saved, saved_run
from numeric.progress import progress
from numeric.teacher import Data, compared, teach, weights, with_answer
from numeric.words import Word, printable

HIDDEN, STEPS, RATE, ENGINE, OPTIMIZER, SEED = 8, 300, 0.02, "array", "adam", 0
SEQUENCES, FEW, LENGTH, SAMPLES, INPUTS = 128, 4, 8, 512, 4  # of a teacher's data
BATCHED = ("array", "jax")  # other engines run one sequence after the other
HELD_OUT = 5  # of a file's data, one part in so many is held out
POINTS = 50  # at which the held-out loss is taken

Objective = Callable[[Parameters], tuple[float, Parameters]]


def command(arguments: argparse.Namespace, model: Model) -> int:
    """Train, save and report as the arguments say; return the exit status. Raises InputError for unusable input."""
    model = with_answer(model)
    saved = saved_run(arguments.resume, model) if arguments.resume is not None else None
    if saved is not None:
        _same(arguments, saved)
    generator = np.random.default_rng(SEED if arguments.seed is None else arguments.seed)
    with doing("preparing the data"):
        data, held_out, sizes, origin, teacher = _data(arguments, model, generator)
    parameters = weights(model, sizes, generator)
    if saved is not None:
        if saved.origin != origin:
            raise InputError(f"{arguments.resume} was trained on {saved.origin}, not on {origin}: give the same again")
        parameters = saved.fitting(parameters, arguments.resume)
    engine = arguments.engine or ENGINE
    with doing("deriving the gradients"):
        objective = mean_loss(engine, model, sizes, data)
        judged = mean_loss("array", model, sizes, held_out) if held_out else None
        floor = judged(teacher)[0] if judged and teacher else None

    def loss_of(saved: Path) -> float:
        arrays = read_arrays(saved)
        if str(arrays.get("page")) != model.name:
            raise InputError(
                f"{saved} holds a run on {arrays.get('page')}, which this one on {model.name} would replace"
            )
        return float(arrays["losses"][-1])

    with output(arguments, "page", loss_of) as out:
        start = (parameters, objective, judged)
        return _train(arguments, model, start, (sizes, origin, floor, engine), out, saved)


def _same(arguments: argparse.Namespace, saved: Saved) -> None:
    """Go on as the saved run was begun. Raises InputError where the arguments say otherwise."""
    for name, value in (("seed", saved.seed), ("hidden", saved.hidden)):
        if getattr(arguments, name) not in (None, value):
            raise InputError(f"{arguments.resume} was begun with --{name} {value}: leave --{name} out")
        setattr(arguments, name, value)
    arguments.optimizer = arguments.optimizer or saved.optimizer
    steps, done = STEPS if arguments.steps is None else arguments.steps, len(saved.losses) - 1
    if steps < done:
        raise InputError(f"{arguments.resume} has {done} steps already: --steps says how many in all")


def _train(
    arguments: argparse.Namespace,
    model: Model,
    start: tuple[Parameters, Objective, Objective | None],
    told: tuple[dict[str, int], str, float | None, str],
    out: Output,
    saved: Saved | None,
) -> int:
    """Train from weights, save in `out` at the end, and report; return the exit status."""
    parameters, objective, judged = start
    sizes, origin, floor, engine = told
    name = arguments.optimizer or OPTIMIZER
    optimizer = OPTIMIZERS[name](arguments.rate or RATE)
    memory, losses = optimizer.fresh(parameters), np.empty(0)
    if saved is not None:
        memory, losses = saved.memory if saved.memory.keys() == memory.keys() else memory, saved.losses[:-1]
    kept, held, seen, trouble = parameters, memory, [], None
    steps, done = STEPS if arguments.steps is None else arguments.steps, len(losses)
    stride = max(1, steps // POINTS)
    try:
        with progress(steps, 0) as show, np.errstate(all="ignore"):
            for step in range(done, steps + 1):
                loss, gradients = objective(parameters)
                if not loss <= EXPLODED * max(abs(losses[0]) if len(losses) else abs(loss), 1e-300):
                    raise Diverged(step, loss, float(losses[0]) if len(losses) else loss)
                losses, kept, held = np.append(losses, loss), parameters, memory
                if judged and (step % stride == 0 or step == steps):
                    seen.append((step, judged(parameters)[0]))
                show(step, loss)
                if step < steps:
                    parameters, memory = optimizer.update(step + 1, parameters, gradients, memory)
    except (Diverged, KeyboardInterrupt) as stopped:
        trouble = stopped
    result = None
    if len(losses):
        run = Saved(model.name, origin, arguments.seed or SEED, arguments.hidden or HIDDEN, name, kept, held, losses)
        arrays = run.arrays()
        diverged = isinstance(trouble, Diverged)
        weights_file = out.save(float(losses[-1]), 0, lambda path: write_arrays(path, arrays), diverged)
        picture = out.curve(weights_file)
        title = f"{printable(model.name)}, {name}, η = {arguments.rate or RATE:g}"
        curve.draw_held_out(picture, losses, seen, floor, title)
        result = {
            "notes": str(arguments.notes),
            "network": model.name,
            "data": origin,
            "sizes": {name: size for name, size in sizes.items() if not name.isdigit()},
            "engine": engine,
            "optimizer": name,
            "rate": arguments.rate or RATE,
            "seed": arguments.seed or SEED,
            "steps": len(losses) - 1,
            "first_loss": float(losses[0]),
            "loss": float(losses[-1]),
            "held_out_loss": seen[-1][1] if seen else None,
            "teacher_loss": floor,
            "diverged_at": trouble.step if isinstance(trouble, Diverged) else None,
            "weights": str(weights_file),
            "curve": str(picture),
        }
    return ended(arguments, out, trouble, result, _report)


def _data(
    arguments: argparse.Namespace, model: Model, generator: np.random.Generator
) -> tuple[Data, Data | None, dict[str, int], str, Parameters | None]:
    """What to train on, what is held out, the sizes, where it comes from in words, and the weights of a teacher."""
    hidden = arguments.hidden or HIDDEN
    if arguments.data is not None:
        if arguments.word is not None:
            raise InputError("--data and --word are two things to train on: give one")
        data, sizes = read_data(arguments.data, model)
        sizes = sized(model, sizes, hidden, hidden)
        axis = 1 if model.over == "samples" else 0
        count = next(iter(data.values())).shape[axis]
        shuffled = generator.permutation(count)
        held = count // HELD_OUT
        parts = [{n: np.take(a, part, axis) for n, a in data.items()} for part in (shuffled[held:], shuffled[:held])]
        return parts[0], parts[1] if held else None, sizes, str(arguments.data), None
    if arguments.word is not None:
        word = Word(arguments.word)
        x, target = speaks(model)
        letters = {size: len(word.vocabulary) for size in (*x.shape, *target.shape)}
        sizes = sized(model, {**letters, "T": len(word.X), "B": 1}, hidden, hidden)
        return {x.name: word.X[None], target.name: word.Y[None]}, None, sizes, f"the word {word.text}", None
    length = SAMPLES if model.over == "samples" else LENGTH
    if all(value.step == last for value in model.inputs):
        length = 1
    one_by_one = arguments.engine not in (None, *BATCHED)
    count = 1 if model.over == "samples" else FEW if one_by_one else SEQUENCES
    sizes = sized(model, {"T": length, "B": count}, hidden, INPUTS)
    data, teacher = teach(model, sizes, 2 * sizes["B"], generator)
    halves = [{name: rows[i::2] for name, rows in data.items()} for i in (0, 1)]
    what = f"{sizes['T']} samples" if model.over == "samples" else f"{sizes['B']} sequences of {sizes['T']} steps"
    return halves[0], halves[1], sizes, f"{what} from a random teacher, a network of the same form", teacher


def sized(model: Model, known: Mapping[str, int], hidden: int, inputs: int) -> dict[str, int]:
    """Return a size for every dimension: those that are known, `inputs` for those of the inputs, else `hidden`."""
    sizes = {**engines.numbers(model), **known}
    for value in model.inputs:
        for dimension in value.shape:
            sizes.setdefault(dimension, inputs)
    for leaf in (*model.parameters, *(equation.value for equation in model.equations)):
        for dimension in leaf.shape:
            sizes.setdefault(dimension, hidden)
    return sizes


def speaks(model: Model) -> tuple[Value, Value]:
    """Return the input and the target of a network that can read and say letters.

    Raises InputError for another: with several inputs, with an answer that is no probability of a letter, or with one
    only at the end."""
    target, answer = compared(model)
    inputs = [value for value in model.inputs if value != target]
    said = next((e.expression for e in model.equations if e.name == answer.name), None)
    stepwise = len(inputs) == 1 and len(inputs[0].shape) == 1 and inputs[0].step == target.step == t
    if not (stepwise and target.one_hot and isinstance(said, Softmax)):
        raise InputError(
            f"{model.name} does not say one-hot letters, step by step: "
            "leave out --word and --text, or give data of its own by --data FILE.npz"
        )
    return inputs[0], target


def lettered(model: Model) -> Model:
    """The network with one-hot letters for its input, and with the dimensions H and V alone, V that of the letters, to
    be trained on a text.

    Raises InputError for one that does not say letters, or that looks ahead."""
    x, target = speaks(model)
    if any(isinstance(v, Value) and (v.step - t).is_positive for e in model.equations for v in e.leaves):
        raise InputError(f"{model.name} reads what comes after a letter: it cannot say a text, letter by letter")
    letters = {*x.shape, *target.shape}

    def one_hot(leaf: Expression) -> Expression:
        return replace(leaf, one_hot=True) if isinstance(leaf, Value) and leaf.name == x.name else leaf

    spoken = replace(
        model,
        inputs=(replace(x, one_hot=True), target),
        equations=tuple(replace(e, expression=rebuild(e.expression, one_hot)) for e in model.equations),
    )
    return resized(spoken, lambda size: "V" if size in letters else size if size.isdigit() else "H")


def mean_loss(engine: str, model: Model, sizes: Mapping[str, int], data: Data) -> Objective:
    """Return the loss and the gradients as a function of the weights, the mean over the sequences of `data`. An engine
    without batches runs one sequence after the other."""
    counts = {"B": next(iter(data.values())).shape[0]}
    counts["T"] = next((a.shape[1] for v in model.inputs if v.step != last for a in [data[v.name]]), 1)
    sizes = {**sizes, **counts}
    dense = {value.name for value in model.inputs if value.one_hot}
    if engine in BATCHED:
        batch = engines.batches(engine, model, sizes, "float64")
        inputs = {}
        for value in model.inputs:
            rows = data[value.name].argmax(-1) if value.name in dense else data[value.name]
            inputs[value.name] = rows if value.step == last else np.swapaxes(rows, 0, 1)

        def run(parameters: Parameters) -> tuple[float, Parameters]:
            loss, gradients, _ = batch(parameters, inputs)
            return loss, gradients

    else:
        singles = [
            engines.build(engine, model, sizes, {name: rows[i] for name, rows in data.items()})
            for i in range(sizes["B"])
        ]

        def run(parameters: Parameters) -> tuple[float, Parameters]:
            results = [single.loss_and_gradients(parameters) for single in singles]
            summed = {name: sum((g[name] for _, g in results), np.zeros_like(p)) for name, p in parameters.items()}
            return sum(loss for loss, _ in results), summed

    def mean(parameters: Parameters) -> tuple[float, Parameters]:
        loss, gradients = run(parameters)
        return loss / sizes["B"], {name: gradient / sizes["B"] for name, gradient in gradients.items()}

    return mean


def _report(result: dict[str, Any]) -> None:
    print(f"{result['network']}, on {printable(result['data'])}")
    sizes = ", ".join(f"{name} = {size}" for name, size in result["sizes"].items())
    print(f"{sizes}; engine {result['engine']}, {result['optimizer']}, η = {result['rate']:g}")
    print(f"loss {result['loss']:.6f} after {result['steps']} steps (first {result['first_loss']:.6f})")
    if result["held_out_loss"] is not None:
        floor = f", the teacher's own {result['teacher_loss']:.6f}" if result["teacher_loss"] is not None else ""
        print(f"held-out loss {result['held_out_loss']:.6f}{floor}")
    print(f"weights in {result['weights']}, loss curve in {result['curve']}")
