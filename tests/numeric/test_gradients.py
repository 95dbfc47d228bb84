"""Property: derived expressions, BPTT, complex step and JAX give the same gradients."""

from functools import lru_cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.bptt import loss_and_gradients
from numeric.crosscheck import by_complex_step, by_jax, errors, random_parameters, within
from numeric.train import derived_engine
from numeric.words import Word

engine = lru_cache(maxsize=None)(derived_engine)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def cases(draw, most=3.0):
    """A word, a number of hidden units and a weight scale.

    Past scale 1 the word has five letters or more and H = 8: with fewer steps every prediction may be so sure that
    y - ŷ, and with fewer units every 1 - a², has no 12 digits left, in any order of evaluation.
    """
    scale = draw(st.sampled_from([scale for scale in (0.01, 0.3, 1.0, 2.0, 3.0) if scale <= most]))
    large = scale > 1
    letters = draw(st.sampled_from(["ab", "HELO", "日本語é🙂"]))
    word = Word(draw(st.text(letters, min_size=5 if large else 2, max_size=7)))
    hidden = 8 if large else draw(st.sampled_from([1, 2, 3, 8]))
    return word, hidden, scale


def agree(gradients, reference):
    assert gradients.keys() == reference.keys()
    for name, exact in reference.items():
        assert gradients[name].shape == exact.shape
        assert within(errors(gradients[name], exact)), (name, errors(gradients[name], exact))


@settings(max_examples=40)
@given(cases(), st.lists(seeds, min_size=3, max_size=6))
def test_derived_against_bptt(case, seeds):
    word, hidden, scale = case
    for seed in seeds:
        parameters = random_parameters(word, hidden, seed, scale)
        loss, gradients = engine("numpy", word, hidden).loss_and_gradients(parameters)
        reference_loss, reference = loss_and_gradients(parameters, word.X, word.Y)
        assert abs(loss - reference_loss) <= 1e-12 * max(1, reference_loss)
        agree(gradients, reference)
        for j, letter in enumerate(word.vocabulary):
            if letter not in word.text[:-1]:
                assert not gradients["W_ax"][:, j].any() and not reference["W_ax"][:, j].any()


@settings(max_examples=30)
@given(cases(), seeds)
def test_bptt_against_the_complex_step(case, seed):
    word, hidden, scale = case
    parameters = random_parameters(word, hidden, seed, scale)
    agree(by_complex_step(parameters, word), loss_and_gradients(parameters, word.X, word.Y)[1])


def test_bptt_against_jax(require):
    require("jax")

    @settings(max_examples=15)
    @given(cases(), seeds)
    def check(case, seed):
        word, hidden, scale = case
        parameters = random_parameters(word, hidden, seed, scale)
        agree(by_jax(parameters, word), loss_and_gradients(parameters, word.X, word.Y)[1])

    check()


def test_jax_leaves_its_settings_as_they_were(require):
    jax = require("jax")
    before = jax.config.jax_enable_x64
    word = Word("ab")
    gradients = by_jax(random_parameters(word, 2, seed=0), word)
    assert jax.config.jax_enable_x64 == before
    assert all(gradient.dtype == np.float64 for gradient in gradients.values())
