"""The gate of formulas: what passes is rebuilt from a known vocabulary, and everything else is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.typeset.formula import CARET, Mark, Refused, typeset
from derive.typeset.mathml import tree
from derive.typeset.vocabulary import SYMBOLS


@pytest.mark.parametrize(
    ("source", "rebuilt"),
    [
        (r"\frac12 x", r"\frac{1}{2}x"),
        (r"a_i^2", "a_{i}^{2}"),
        ("a^2_i", "a_{i}^{2}"),
        ("f''", r"f^{\prime\prime}"),
        ("f'^2", r"f^{\prime{2}}"),
        (r"\fbox{a=b}", r"\boxed{a=b}"),
        (r"\sum\limits_{t=1}^T a", r"\sum_{t=1}^{T}a"),
        (r"\left. \frac{a}{b} \right|_{t=1}", r"\left.\frac{a}{b}\right|_{t=1}"),
        (r"\bigl( x \bigr) \quad \text{--- (1)} \tag{1}", r"(x)\quad\text{--- (1)}"),
        (r"\alpha x", r"\alpha x"),
        (r"a < b", "a<b"),
        (r"w*a", r"w\ast a"),
        (r"a \\ b", r"\begin{aligned}a \\ b\end{aligned}"),
        (r"\begin{align*}a&=b\\&=c\end{align*}", r"\begin{aligned}a & =b \\  & =c\end{aligned}"),
        (r"\begin{array}{cc}a&b\end{array}", r"\begin{matrix}a & b\end{matrix}"),
        (r"{\hat{y}_t}_i", r"{{}\hat{y}_{t}}_{i}"),  # TeX would take the braces off
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


FRACTION = r"\frac{\hat{y}(t)}{y(i)} W^\top \tanh[a(t)]"


@pytest.mark.parametrize(
    ("piece", "rebuilt"),
    [
        ("t", r"\frac{\hat{y}({\color{bad}{t}})}{y(i)}W^{\top}\tanh[a(t)]"),
        (r"\hat{y}(t)", r"\frac{{\color{bad}{\hat{y}(t)}}}{y(i)}W^{\top}\tanh[a(t)]"),
        (r"\frac{\hat{y}(t)}{y(i)}", r"{\color{bad}{\frac{\hat{y}(t)}{y(i)}}}W^{\top}\tanh[a(t)]"),
        (r"^\top", r"\frac{\hat{y}(t)}{y(i)}W^{{\color{bad}{\top}}}\tanh[a(t)]"),
        (r"W^\top \tanh", r"\frac{\hat{y}(t)}{y(i)}{\color{bad}{W^{\top}\tanh}}[a(t)]"),
        (r"[a(t)]", r"\frac{\hat{y}(t)}{y(i)}W^{\top}\tanh{\color{bad}{[a(t)]}}"),
        (r"{\hat", r"\frac{\hat{y}(t)}{y(i)}W^{\top}\tanh[a(t)]"),  # no piece of the formula
    ],
)
def test_a_piece_is_marked_by_its_place(piece, rebuilt):
    start = FRACTION.index(piece, FRACTION.index("(t)") + 1) if piece == "t" else FRACTION.index(piece)
    assert typeset(FRACTION, (Mark(start, start + len(piece), "bad"),)) == rebuilt


@pytest.mark.parametrize("place", range(len(FRACTION) + 1))
def test_a_gap_anywhere_has_a_caret(place):
    assert typeset(FRACTION, (Mark(place, place, "bad"),)).count(CARET) == 1


@given(st.integers(0, len(FRACTION)), st.integers(0, len(FRACTION)))
def test_marks_change_nothing_but_the_colour(start, end):
    marked = typeset(FRACTION, (Mark(min(start, end), max(start, end), "bad"),))
    bare = marked.replace(r"{\color{bad}{" + CARET + "}}", "")
    while r"{\color{bad}{" in bare:
        head, tail = bare.split(r"{\color{bad}{", 1)
        depth = next(i for i in range(len(tail)) if tail[: i + 1].count("}") > tail[: i + 1].count("{"))
        bare = head + tail[:depth] + tail[depth + 2 :]
    assert re.sub(r"[ {}]", "", bare) == re.sub(r"[ {}]", "", typeset(FRACTION))


def test_a_colour_in_a_source_is_refused():
    for source in (r"{\color{bad}{a}}", r"\textcolor{bad}{a}"):
        with pytest.raises(Refused):
            typeset(source)


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


@pytest.mark.parametrize(
    "latex", [r"1 - \tanh^2(h)", r"a \log_2 y", r"\frac{\log}{x}", r"\sum_{i}^{n} \exp_a^b x", r"\Gamma^2"]
)
def test_every_part_of_a_script_or_a_fraction_has_its_place(latex):
    """A space among them would be taken for one of them."""
    counts = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "mfrac": 2, "msubsup": 3, "munderover": 3}
    found = [element for element in tree(latex, True).iter() if element.tag in counts]
    assert found and all(len(element) == counts[element.tag] for element in found)


def test_a_function_with_a_power_is_spaced_like_one():
    row = tree(r"a \log^2 y \Gamma^2", True)[0]
    assert [child.tag for child in row] == ["mi", "mspace", "msup", "mspace", "mi", "msup"]
    assert row[-1][0].get("mathvariant") == "normal"
