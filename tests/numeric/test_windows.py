"""Truncated training: what is carried from window to window, and that the engines see the text as it is."""

from itertools import pairwise

import numpy as np
import pytest

from derive.algebra.model import elman
from numeric import bptt, engines
from numeric.engines import numpy as scalar_engine
from numeric.errors import Diverged
from numeric.optimizers import Adam, Descent
from numeric.parameters import random_weights
from numeric.text import Streams, encode
from numeric.windows import begin, train

STILL = Descent(0.0)  # the weights stay, so that windows can be compared with one long pass


def run(model, streams, optimizer, steps, hidden=5, clip=1e9, dtype="float64", seed=3, engine="array"):
    sizes = {"H": hidden, "V": len(streams.text.vocabulary)}
    batches = engines.batches(engine, model, {**sizes, "B": streams.batch, "T": streams.window}, dtype)
    start = begin(model, sizes, dtype, streams, optimizer, seed)
    return list(train(batches, model, streams, optimizer, clip, start, steps))


def test_the_state_is_carried(sentences):
    """The losses of the windows add up to that of one forward pass over each whole stream."""
    streams = Streams(encode(sentences(400)), batch=3, window=10)
    path = run(elman(), streams, STILL, streams.windows - 1)
    reached = path[0][0]
    one_hot, total = np.eye(len(streams.text.vocabulary)), 0.0
    length = streams.windows * streams.window
    for stream in range(3):
        first = reached.offset + stream * length
        letters = streams.text.indices[first : first + length + 1]
        total += bptt.loss(reached.parameters, one_hot[letters[:-1]], one_hot[letters[1:]])
    assert sum(loss for _, loss in path) * 3 * streams.window == pytest.approx(total, rel=1e-12)
    assert reached.carried == {} and path[1][0].carried["a"].shape == (3, 5)


def test_the_gradient_is_the_mean_of_truncated_bptt(sentences):
    """Each window's gradient is the reference's from the states that were carried in, and stops there."""
    streams, rate = Streams(encode(sentences(200)), batch=2, window=7), 0.25
    path = run(elman(), streams, Descent(rate), 4)
    one_hot = np.eye(len(streams.text.vocabulary))
    for (before, loss), (after, _) in pairwise(path):
        X, Y = streams.at(before.offset, before.window)
        starts = before.carried.get("a", np.zeros((2, 5)))
        pairs = [
            bptt.loss_and_gradients(before.parameters, one_hot[X[:, b]], one_hot[Y[:, b]], starts[b]) for b in (0, 1)
        ]
        assert loss == pytest.approx(sum(part for part, _ in pairs) / 14, rel=1e-12)
        for name, value in before.parameters.items():
            gradient = sum(gradients[name] for _, gradients in pairs) / 14
            assert after.parameters[name] == pytest.approx(value - rate * gradient, abs=1e-13)


def test_passes_start_from_zero_states_at_offsets_of_their_own(sentences):
    streams = Streams(encode(sentences(250)), batch=4, window=9)
    path = [reached for reached, _ in run(elman(), streams, STILL, 6 * streams.windows)]
    starts = [reached for reached in path if reached.window == 0]
    assert [reached.step for reached in starts] == [streams.windows * i for i in range(7)]
    assert all(reached.carried == {} for reached in starts)
    offsets = {reached.offset for reached in starts}
    assert len(offsets) > 3 and offsets <= set(range(streams.spare + 1))


def test_a_run_repeats_and_depends_on_its_seed(sentences):
    streams = Streams(encode(sentences(400)), batch=3, window=10)
    first, again, other = (run(elman(), streams, Adam(0.01), 20, seed=seed) for seed in (1, 1, 2))
    assert [loss for _, loss in first] == [loss for _, loss in again] != [loss for _, loss in other]


def test_clipping_bounds_the_step(sentences):
    streams = Streams(encode(sentences(200)), batch=2, window=7)
    (before, _), (after, _) = run(elman(), streams, Descent(1.0), 1, clip=0.01)
    moved = np.concatenate([(after.parameters[name] - before.parameters[name]).ravel() for name in before.parameters])
    assert np.linalg.norm(moved) == pytest.approx(0.01)


@pytest.mark.parametrize("cell", ["elman", "gru"])
def test_another_cell_learns_through_the_same_code(cell, gru, sentences):
    model = elman() if cell == "elman" else gru
    streams = Streams(encode(sentences(3000)), batch=8, window=16)
    path = run(model, streams, Adam(0.02), 150, hidden=24, clip=1.0, dtype="float32")
    assert all(value.dtype == np.float32 for value in path[-1][0].parameters.values())
    assert np.mean([loss for _, loss in path[-10:]]) < 0.6 * streams.text.unigram_entropy < 0.6 * path[0][1]


def test_divergence_comes_after_the_last_good_weights(sentences):
    streams = Streams(encode(sentences(400)), batch=3, window=10)
    seen = []
    sizes = {"H": 5, "V": len(streams.text.vocabulary)}
    batches = engines.batches("array", elman(), {**sizes, "B": 3, "T": 10}, "float64")
    start = begin(elman(), sizes, "float64", streams, Descent(1e308), 0)
    with pytest.raises(Diverged) as caught:
        for pair in train(batches, elman(), streams, Descent(1e308), 1e308, start, 100):
            seen.append(pair)
    assert caught.value.step == seen[-1][0].step + 1
    assert all(np.isfinite(value).all() for value in seen[-1][0].parameters.values())


def test_weights_are_drawn_as_for_a_word():
    sizes = {"H": 400, "V": 9}
    weights = random_weights(elman(), sizes, np.random.default_rng(0))
    assert not weights["b_a"].any() and not weights["b_y"].any()
    assert all(weights[name].std() == pytest.approx(400**-0.5, rel=0.05) for name in ("W_aa", "W_ax", "W_ya"))


def test_an_engine_without_batches_says_so():
    assert not hasattr(scalar_engine, "Batch")
    with pytest.raises(ValueError, match="'numpy' trains on a word only"):
        engines.batches("numpy", elman(), {}, "float32")
