"""Random, mutated and generated inputs: a fixed sample of the fuzz job, and properties of the reader."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.reading import ReadError, parse
from derive.reading.tree import Number, Product, Symbol

SPEC = importlib.util.spec_from_file_location("fuzz", Path(__file__).with_name("fuzz.py"))
assert SPEC is not None and SPEC.loader is not None
fuzz = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz)


def test_a_fixed_sample_breaks_nothing():
    report = fuzz.run(3000, seed=2026)
    assert report.broken == []
    assert report.read > 1000 and report.refused > 1000  # the sample reaches both answers


def test_the_fuzz_job_sees_what_is_broken(monkeypatch):
    monkeypatch.setattr(fuzz, "parse", lambda *_: 1 / 0)
    assert "ZeroDivisionError" in fuzz.run(20).broken[0][1]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        parse(text)
    except ReadError as error:
        assert error.span is None or 0 <= error.span[0] <= error.span[1] <= len(text)


names = st.sampled_from(["a", "b", "y", "W_{hh}", "h_{t-1}", r"\eta", r"\hat{y}", "2", "x^2"])
formulas = st.recursive(
    names,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("{0[0]} {0[1]}".format),
        st.tuples(inner, inner).map(r"\left( {0[0]} + {0[1]} \right)".format),
        st.tuples(inner, inner).map(r"\frac{{{0[0]}}}{{{0[1]}}}".format),
        inner.map(r"\tanh({0})".format),
        inner.map(r"({0})^\top".format),
        inner.map(r"\sum_{{t=1}}^T {0}".format),
    ),
    max_leaves=12,
)


@given(formulas)
def test_what_follows_the_notation_is_read(latex):
    assert parse(latex).span == (0, len(latex))


@given(formulas, st.sampled_from([r"\, ", r"\;", "  ", "\n", r"\!", "% a remark\n"]))
def test_spacing_means_nothing(latex, space):
    assert parse(latex.replace(" ", f"{space} ")) == parse(latex)


@given(formulas)
def test_a_box_means_nothing(latex):
    assert parse(rf"\boxed{{{latex}}}") == parse(latex)


@given(formulas)
def test_reading_is_repeatable_and_hashable(latex):
    assert parse(latex) == parse(latex) and hash(parse(latex)) == hash(parse(latex))


@given(st.lists(st.sampled_from("abcxyz"), min_size=2, max_size=30))
def test_products_keep_their_order(letters):
    tree = parse(" ".join(letters))
    assert isinstance(tree, Product)
    assert tree.factors == tuple(Symbol((0, 0), letter) for letter in letters)


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_numbers_are_exact(number):
    tree = parse(f"{number:f}")
    assert isinstance(tree, Number) and tree.value == number


@pytest.mark.parametrize("size", [1000, 2000, 4000])
def test_length_is_no_depth(size):
    parse(" + ".join(["a_t b"] * (size // 5)))
