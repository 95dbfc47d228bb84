"""Compare each gradient of the network of the notes, at random weights of order one, by independent routes.

These are the derived expressions in every engine that is installed, the hand-written BPTT (the reference), the complex
step through the reference's forward pass, and JAX's own differentiation where it is installed. An error is the largest
absolute difference from the reference; relative to the largest entry of that gradient it must not exceed 1e-12 (where
the reference is exactly zero, the absolute error must not). What a theorem says to be zero is decided in exact
arithmetic, and never by a relative error.

--json prints one object: "word", "vocabulary", "hidden", "seed", "tolerance", "methods" (compared with the reference:
"derived", the engine numpy; "derived_ENGINE" for each other engine; "complex_step"; "jax"), "missing" (method -> what
to install, or why it refuses), "gradients" (name -> "shape", "largest" entry, "zero" if the reference is exactly zero,
"errors": method -> "absolute" and "relative", null if zero), "theorems" (a list of "statement" and "holds"),
"ok", and "saved" (a file, or null).

--save writes W_aa, W_ax, b_a, W_ya, b_y, the one-hot X and Y (T×V), and derived_NAME and bptt_NAME for each gradient.

With --notes it is the network of a page: every engine against the complex step through the page's equations, at T = 5.
--json then has "network" and "sizes" in place of "word", "vocabulary" and "theorems", and --save writes the weights,
the inputs by their names, and complex_step_NAME for each gradient.

Exit status: 0 all agree, 1 an error past the tolerance or a theorem that does not hold, 2 unusable input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from derive.command import Parser, notes_options, run
from derive.files import writable_file
from derive.progress import Say, doing, silent
from numeric import bptt, engines
from numeric.agreement import TOLERANCE, agree, agreement
from numeric.archive import write_arrays
from numeric.command import UNITS, whole
from numeric.engines import Array, Engine, Parameters
from numeric.errors import InputError
from numeric.words import Word, printable

HIDDEN = 8
STEP = 1e-100  # of the complex step: nothing is subtracted, so it need not be balanced against rounding


def random_parameters(word: Word, hidden: int, seed: int, scale: float = 1.0) -> Parameters:
    """Return every weight and bias uniform between -scale and scale: near zero, wrong gradients pass too."""
    generator = np.random.default_rng(seed)
    shapes = bptt.shapes(hidden, len(word.vocabulary))
    return {name: generator.uniform(-scale, scale, shape) for name, shape in shapes.items()}


def derived_engines(word: Word, hidden: int) -> tuple[dict[str, Engine], dict[str, str]]:
    """Return the engines that can run by the names of their methods, and for each other method what to install, or why
    it refuses.

    Raises InputError where the network is too large for the derived expressions to be written out.
    """
    from numeric.train import derived_engine

    built, missing = {"derived": derived_engine("numpy", word, hidden)}, {}
    for engine, extra in engines.EXTRAS.items():
        if engine == "numpy":
            continue
        method = f"derived_{engine}"
        try:
            import_module(f"numeric.engines.{engine}")
            built[method] = derived_engine(engine, word, hidden)
        except ImportError:
            if extra is None:
                raise
            missing[method] = engines.install(extra)
        except InputError as error:
            missing[method] = str(error)
    return built, missing


def by_complex_step(parameters: Parameters, word: Word) -> Parameters:
    """Return the gradients as Im L(θ + ih)/h, entry by entry: exact to rounding, from the forward pass alone.

    Squire and Trapp, "Using complex variables to estimate derivatives of real functions" (1998).
    """
    gradients = {}
    for name, value in parameters.items():
        gradients[name] = np.empty_like(value)
        for index in np.ndindex(value.shape):
            stepped = value.astype(complex)
            stepped[index] += 1j * STEP
            gradients[name][index] = bptt.loss({**parameters, name: stepped}, word.X, word.Y).imag / STEP
    return gradients


def by_jax(parameters: Parameters, word: Word) -> Parameters:
    """Return the gradients by JAX's automatic differentiation, in float64 on the CPU. Raises ImportError if missing."""
    import jax
    import jax.numpy as jnp

    def loss(theta: dict[str, Any]) -> Any:
        a, total = jnp.zeros(theta["b_a"].shape), 0.0
        for x, target in zip(word.X, word.Y, strict=True):
            a = jnp.tanh(theta["W_aa"] @ a + theta["W_ax"] @ x + theta["b_a"])
            total -= target @ jax.nn.log_softmax(theta["W_ya"] @ a + theta["b_y"])
        return total

    double = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        with jax.default_device(jax.devices("cpu")[0]):
            return {name: np.asarray(gradient) for name, gradient in jax.grad(loss)(parameters).items()}
    finally:
        jax.config.update("jax_enable_x64", double)


METHODS: dict[str, Callable[[Parameters, Word], Parameters]] = {"complex_step": by_complex_step, "jax": by_jax}


def compare(word: Word, hidden: int, seed: int, say: Say = silent) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the object that --json prints and the arrays that --save writes; `say` is told what is being done.

    Raises InputError where the network is too large for the derived expressions to be written out.
    """
    from numeric.theorems import theorems

    say("deriving the gradients")
    built, missing = derived_engines(word, hidden)  # first, as it refuses sizes that are too large
    parameters = random_parameters(word, hidden, seed)
    _, reference = bptt.loss_and_gradients(parameters, word.X, word.Y)
    computed = {}
    for name, engine in built.items():
        say(f"computing: {name}")
        computed[name] = engine.loss_and_gradients(parameters)[1]
    for name, method in METHODS.items():
        say(f"computing: {name}")
        try:
            computed[name] = method(parameters, word)
        except ImportError:
            missing[name] = engines.install(name)
    gradients = agreement(computed, reference)
    say("deciding the theorems")
    proved = [{"statement": theorem.statement, "holds": theorem.holds} for theorem in theorems(word, hidden)]
    result = {
        "word": word.text,
        "vocabulary": word.vocabulary,
        "hidden": hidden,
        "seed": seed,
        "tolerance": TOLERANCE,
        "methods": list(computed),
        "missing": missing,
        "gradients": gradients,
        "theorems": proved,
        "ok": agree(gradients) and all(theorem["holds"] for theorem in proved),
    }
    arrays = {**parameters, "X": word.X, "Y": word.Y}
    arrays |= {f"derived_{name}": gradient for name, gradient in computed["derived"].items()}
    arrays |= {f"bptt_{name}": gradient for name, gradient in reference.items()}
    return result, arrays


def command(arguments: argparse.Namespace) -> int:
    """Compare, save and report as the arguments say; return the exit status. Raises InputError for unusable input."""
    if arguments.save is not None:
        writable_file(arguments.save)
    if arguments.notes is None and arguments.legend is None:
        word = Word("HELLO" if arguments.word is None else arguments.word)
        with doing() as say:
            result, arrays = compare(word, arguments.hidden or HIDDEN, arguments.seed, say)
    else:
        from derive.page import model_of
        from numeric.crosscheck_page import compare_model

        if arguments.word is not None:
            raise InputError("--word is for the network of HELLO: with --notes leave it out")
        with doing(f"reading {arguments.notes}") as say:
            model = model_of(arguments.notes, arguments.legend)
            result, arrays = compare_model(model, arguments.hidden, arguments.seed, say)
    if arguments.save is not None:
        write_arrays(arguments.save, arrays)
    result["saved"] = None if arguments.save is None else str(arguments.save)
    if arguments.json:
        print(json.dumps(result))
    else:
        _report(result)
    return 0 if result["ok"] else 1


def _report(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    from numeric.crosscheck_table import by_method, by_parameter

    console = Console()
    if "word" in result:
        what, against = f"{printable(result['word'])}, H = {result['hidden']}", "NumPy BPTT"
    else:
        sizes = ", ".join(f"{name} = {size}" for name, size in result["sizes"].items())
        what, against = f"{printable(result['network'])}, {sizes}", "the complex step through its equations"
    title = f"{what}: largest error against {against}, and relative"
    table = by_method(result, title) if "word" in result else by_parameter(result, title)
    console.print(table)
    for theorem in result.get("theorems", ()):
        console.print(Text(f"{theorem['statement']}: {'exactly' if theorem['holds'] else 'NOT SO'}"), soft_wrap=True)
    for method, remedy in result["missing"].items():
        console.print(Text(f"not compared with {method}: {remedy}"), soft_wrap=True)
    verdict = "all gradients agree" if result["ok"] else "THE GRADIENTS DIFFER"
    console.print(Text(f"{verdict} (tolerance {result['tolerance']:g} of the largest entry)"), soft_wrap=True)
    if result["saved"]:
        console.print(Text(f"saved to {result['saved']}"), soft_wrap=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `python -m numeric.crosscheck`; return the exit status."""
    parser = Parser(
        prog="python -m numeric.crosscheck",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    notes_options(parser)
    parser.add_argument("--word", help="two letters or more (default HELLO)")
    parser.add_argument(
        "--hidden", type=whole(1, UNITS), metavar="H", help=f"hidden units (default {HIDDEN}; with --notes 3)"
    )
    parser.add_argument("--seed", type=whole(0), default=0, metavar="S", help="chooses the weights (default 0)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write weights, data and gradients as .npz")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return run(parser, command, argv)


if __name__ == "__main__":
    sys.exit(main())
