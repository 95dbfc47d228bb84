"""Property: derived expressions, BPTT, complex step and JAX give the same gradients."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from numeric.agreement import errors, within
from numeric.bptt import loss_and_gradients
from numeric.crosscheck import by_complex_step, by_jax, random_parameters
from numeric.train import derived_engine
from numeric.words import Word

engine = lru_cache(maxsize=None)(derived_engine)


@st.composite
def points(draw):
    """A word, parameters of a random size and scale, and the reference's loss and gradients there.

    Left out are points at which a gradient nearly cancels, below a hundredth of what weights of that scale make it: its
    terms y - ŷ and 1 - a² are rounded at the 16th digit, so that no 12 digits are left however it is computed.
    Past scale 1 words are of five or six letters: with fewer most predictions are that sure, with more the rounding of
    the first steps is blown up by the later ones.
    """
    scale = draw(st.sampled_from([0.01, 0.3, 1.0, 2.0, 3.0]))
    large = scale > 1
    letters = draw(st.sampled_from(["ab", "HELO", "日本語é🙂"]))
    word = Word(draw(st.text(letters, min_size=5 if large else 2, max_size=6)))
    hidden = 8 if large else draw(st.sampled_from([1, 2, 3, 8]))
    parameters = random_parameters(word, hidden, draw(st.integers(0, 2**32 - 1)), scale)
    loss, gradients = loss_and_gradients(parameters, word.X, word.Y)
    s = min(scale, 1)
    usual = {"W_aa": s * s, "W_ax": s, "b_a": s, "W_ya": s, "b_y": 1}
    assume(all(np.abs(gradient).max() > usual[name] / 100 for name, gradient in gradients.items() if gradient.any()))
    return word, parameters, loss, gradients


def agree(gradients, reference):
    assert gradients.keys() == reference.keys()
    for name, exact in reference.items():
        assert gradients[name].shape == exact.shape
        assert within(errors(gradients[name], exact)), (name, errors(gradients[name], exact))


@settings(max_examples=30)
@given(points())
def test_derived_against_bptt(point):
    word, parameters, reference_loss, reference = point
    loss, gradients = engine("numpy", word, len(parameters["b_a"])).loss_and_gradients(parameters)
    assert abs(loss - reference_loss) <= 1e-12 * max(1, reference_loss)
    agree(gradients, reference)
    for j, letter in enumerate(word.vocabulary):
        if letter not in word.text[:-1]:
            assert not gradients["W_ax"][:, j].any() and not reference["W_ax"][:, j].any()


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_hello_at_many_points(scale):
    """The word of the notes at H = 8: the same claim without leaving anything out."""
    word = Word("HELLO")
    for seed in range(200):
        parameters = random_parameters(word, 8, seed, scale)
        _, reference = loss_and_gradients(parameters, word.X, word.Y)
        agree(engine("numpy", word, 8).loss_and_gradients(parameters)[1], reference)


@settings(max_examples=50)
@given(points())
def test_bptt_against_the_complex_step(point):
    word, parameters, _, reference = point
    agree(by_complex_step(parameters, word), reference)


def test_bptt_against_jax(require):
    require("jax")

    @settings(max_examples=20)
    @given(points())
    def check(point):
        word, parameters, _, reference = point
        agree(by_jax(parameters, word), reference)

    check()


def test_jax_leaves_its_settings_as_they_were(require):
    jax = require("jax")
    before = jax.config.jax_enable_x64
    word = Word("ab")
    gradients = by_jax(random_parameters(word, 2, seed=0), word)
    assert jax.config.jax_enable_x64 == before
    assert all(gradient.dtype == np.float64 for gradient in gradients.values())
