"""The difference between two formulas in a few words."""

import pytest

from derive.check.brief import LONGEST, change


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (r"w_{aa} a(t-1) + w_{ax} a(t)", r"w_{aa} a(t-1) + w_{ax} x(t)", "write x(t) for a(t)"),
        (r"1 - \tanh(a(t))^2", r"1 - (a(t))^2", r"write (a(t))^2 for \tanh(a(t))^2"),
        (r"- \sum_t b_t", r"\sum_t b_t", "leave out -"),
        (r"W h", r"W^\top h", r"write W^\top for W"),
        (r"\frac{u}{v} \frac{v}{w}", r"\frac{v}{w}", r"leave out \frac{u}{v}"),
        (r"a b", r"a c b", "insert c"),
        (r"\mathrm{diag}(1 - h_t^2) W", r"\mathrm{diag}(1 - h_{t+1}^2) W", "write h_{t+1}^2 for h_t^2"),
        (r"\left( u \odot (1 - f_t) \right) x", r"\left( u \odot (1 - i_t) \right) x", "write i_t for f_t"),
    ],
)
def test_one_place(before, after, said):
    assert change(before, after) == said


def test_long_stretches_are_cut():
    said = change("x " + "a b " * 100 + "y", "x " + "c d " * 100 + "y")
    assert said.count("…") == 2 and len(said) <= 2 * LONGEST + len("write  for ")


@pytest.mark.parametrize("hostile", ["{" * 20_000, "(" * 20_000, "a_{" * 10_000, "\\" * 20_001, "a()" * 10_000 + "("])
def test_what_never_closes_is_cut_quickly(hostile):
    assert change(hostile, "a" if hostile[0] != "a" else "b").startswith("write ")
