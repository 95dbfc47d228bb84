"""The gate of formulas: what passes is rebuilt from a known vocabulary, and everything else is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.report.formula import SYMBOLS, Refused, typeset


@pytest.mark.parametrize(
    ("source", "rebuilt"),
    [
        (r"\frac12 x", r"\frac{1}{2}x"),
        (r"a_i^2", "a_{i}^{2}"),
        ("a^2_i", "a_{i}^{2}"),
        ("f''", r"f^{\prime\prime}"),
        ("f'^2", r"f^{\prime{2}}"),
        (r"\boxed{a=b}", "{a=b}"),
        (r"\sum\limits_{t=1}^T a", r"\sum_{t=1}^{T}a"),
        (r"\left. \frac{a}{b} \right|_{t=1}", r"\left.\frac{a}{b}\right|_{t=1}"),
        (r"\bigl( x \bigr) \quad \text{--- (1)} \tag{1}", r"(x)\quad\text{--- (1)}"),
        (r"\alpha x", r"\alpha x"),
        (r"a < b", "a<b"),
        (r"w*a", r"w\ast a"),
        (r"a \\ b", r"\begin{aligned}a \\ b\end{aligned}"),
        (r"\begin{align*}a&=b\\&=c\end{align*}", r"\begin{aligned}a & =b \\  & =c\end{aligned}"),
        (r"\begin{array}{cc}a&b\end{array}", r"\begin{matrix}a & b\end{matrix}"),
        ("", ""),
    ],
)
def test_what_is_known_is_rebuilt(source, rebuilt):
    assert typeset(source) == rebuilt


def test_what_was_rebuilt_stays():
    for source in (
        r"\left[\frac{\partial a(2)}{\partial W_{aa}}\right]",
        r"\hat{y}_{t}^{\top}",
        r"\begin{cases}1 & 2\end{cases}",
    ):
        assert typeset(typeset(source)) == typeset(source)


@pytest.mark.parametrize(
    "source",
    [
        r"\frac{a}",
        r"\hat",
        "a^",
        "a^b^c",
        "a_b_c",
        "a^2'",
        "{a",
        "a}",
        r"\left( a",
        r"a \right)",
        r"\left x a \right)",
        r"\begin{verbatim}a\end{verbatim}",
        r"\begin{matrix}a\end{pmatrix}",
        r"\end{matrix}",
        "\\",
        r"\text{a_b}",
        r"\sqrt[3]{x}",
        r"\unknown",
        "é",
        "%",
        "#1",
        "$",
    ],
)
def test_what_is_not_well_formed_is_refused(source):
    with pytest.raises(Refused):
        typeset(source)


def test_every_hostile_source_is_refused_or_harmless(hostile):
    for block in hostile.sections[0].blocks:
        if hasattr(block, "theirs"):
            try:
                rebuilt = typeset(block.theirs.latex)
            except Refused:
                continue
            commands = set(re.findall(r"\\([A-Za-z]+)", rebuilt))
            assert commands <= SYMBOLS | {"begin", "end"}, rebuilt


@given(st.lists(st.sampled_from([*r"{}[]()^_&'ab1<~ ", r"\frac", r"\left", r"\right", r"\hat", r"\\", r"\begin{matrix}",
                                 r"\end{matrix}", r"\text{a}", r"\input", r"\|", "%", "\n"]), max_size=25))  # fmt: skip
def test_whatever_comes_is_rebuilt_once_and_for_all_or_refused(tokens):
    try:
        rebuilt = typeset("".join(tokens))
    except Refused:
        return
    assert typeset(rebuilt) == rebuilt
    assert r"\input" not in rebuilt and "%" not in rebuilt


def test_hostile_sizes_are_refused():
    for source in ("{" * 5000, "x" * 100_000, r"\left(" * 5000, r"\hat" * 5000, "^{" * 5000, r"\begin{matrix}" * 1000):
        with pytest.raises(Refused):
            typeset(source)
