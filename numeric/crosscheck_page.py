"""The part of `python -m numeric.crosscheck` that is about the network of a page (--notes)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from derive.algebra.model import Model
from derive.progress import Say, silent
from numeric import engines
from numeric.agreement import TOLERANCE, agree, agreement
from numeric.engines import Array, Parameters
from numeric.errors import InputError
from numeric.evaluation import by_complex_step, by_jax
from numeric.parameters import shapes
from numeric.teacher import draw
from numeric.train_page import sized

STEPS, HIDDEN, INPUTS = 5, 3, 4
POSITIVE = 0.1  # the least of what the loss may take a logarithm of


def compare_model(
    model: Model, hidden: int | None, seed: int, say: Say = silent
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the object that --json prints, and the arrays that --save writes; `say` is told what is being done.

    The gradients of every engine are held against the complex step through the model's equations, at weights, inputs
    and targets of order one. Raises InputError for a network that cannot be lowered.
    """
    generator = np.random.default_rng(seed)
    hidden = hidden or HIDDEN
    sizes = sized(model, {"T": STEPS}, hidden, INPUTS)
    parameters = {n: generator.uniform(-1, 1, shape) for n, shape in shapes(model, sizes).items()}
    inputs = {v.name: _input(model, v, draw(v, sizes, generator)) for v in model.inputs}
    say("computing: complex_step")
    reference = by_complex_step(model, parameters, inputs, sizes)
    computed: dict[str, Parameters] = {}
    missing: dict[str, str] = {}
    for engine, extra in engines.EXTRAS.items():
        method = "derived" if engine == "numpy" else f"derived_{engine}"
        say(f"computing: {method}")
        try:
            import_module(f"numeric.engines.{engine}")
        except ImportError:
            missing[method] = f"pip install 'unrolled[{extra}]'"
            continue
        try:
            computed[method] = engines.build(engine, model, sizes, inputs).loss_and_gradients(parameters)[1]
        except InputError as error:
            if engine == "numpy":
                raise
            missing[method] = str(error)
    say("computing: jax")
    try:
        computed["jax"] = by_jax(model, parameters, inputs, sizes)
    except ImportError:
        missing["jax"] = "pip install 'unrolled[jax]'"
    gradients = agreement(computed, reference)
    result = {
        "network": model.name,
        "sizes": {name: size for name, size in sizes.items() if not name.isdigit()},
        "hidden": hidden,
        "seed": seed,
        "tolerance": TOLERANCE,
        "methods": list(computed),
        "missing": missing,
        "gradients": gradients,
        "ok": agree(gradients),
    }
    complex_step = {f"complex_step_{name}": gradient for name, gradient in reference.items()}
    return result, {**parameters, **inputs, **complex_step}


def _input(model: Model, value: Any, array: Array) -> Array:
    """An input as it is drawn; what the loss alone reads is a probability, which fits any loss."""
    elsewhere = {leaf.name for e in model.equations if e is not model.loss for leaf in e.leaves}
    if value.one_hot or value.name in elsewhere:
        return array
    return np.asarray(POSITIVE + (1 - 2 * POSITIVE) / (1 + np.exp(-array)))
