r"""Commands that a page defines itself: what is expanded, where it then stands, and what is refused."""

import json

import pytest

from derive.reading import Document, Legend, ReadError, builtin_legend, parse, read_statements
from derive.reading.definitions import MAX_LENGTH, defined
from derive.reading.legend import Entry

PD = r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}"
LEGEND = Legend("test", entries=(Entry("W", "W", "parameter"), Entry("L", "L", "value")))

# The definitions, a use of them, and what it means written out.
MEANT = [
    (PD, r"\pd{L}{W}", r"\frac{\partial L}{\partial W}"),
    (PD, r"\pd L W", r"\frac{\partial L}{\partial W}"),
    (PD, r"\pd{L}{h_{t}} \pd{h_t}W", r"\frac{\partial L}{\partial h_t} \frac{\partial h_t}{\partial W}"),
    (r"\newcommand\R{\mathbb{R}}", r"x_\R", r"x_{\mathbb{R}}"),
    (r"\newcommand*{\d}[1]{\delta_{#1}}", r"\d{t+1}", r"\delta_{t+1}"),
    (r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\vec{h}_t", "h_t"),
    (r"\providecommand{\x}{y} \providecommand{\x}{z}", r"\x", "y"),
    (r"\def\x{y}\def\x{z}", r"\x", "z"),
    (r"\def\p#1#2{\frac{#1}{#2}}", r"\p ab", r"\frac{a}{b}"),
    (r"\DeclareMathOperator{\diag}{diag}", r"\diag(u)", r"\operatorname{diag}(u)"),
    (r"\DeclareMathOperator*{\sm}{softmax}", r"\sm(u)", r"\operatorname{softmax}(u)"),
    (r"\def\p#1{\partial#1}", r"\frac{\p L}{\p W}", r"\frac{\partial L}{\partial W}"),
    (r"\def\a{\alpha}", r"\a b + {\a}b", r"\alpha b + \alpha b"),
    (r"\def\x{\y}\def\y{z}", r"\x", "z"),
    (r"\def\s#1{#1 + #1}", r"\s{\s{a}}", "a + a + a + a"),
    (PD + r"\newcommand{\g}[1]{\pd{L}{#1}}", r"\g{W}", r"\frac{\partial L}{\partial W}"),
    ("", r"\pdv{L}{W}", r"\frac{\partial L}{\partial W}"),
    ("", r"\dv{L}{W}", r"\frac{d L}{d W}"),
    (r"\def\pdv{x}", r"\pdv", "x"),
]

REFUSED = [
    (r"\newcommand{\x}[2][a]{#1 #2}", r"\x{b}", "takes an optional argument"),
    (r"\def\x#1,#2{#1 #2}", r"\x a,b", "delimited parameters"),
    (r"\newcommand{\x}[1]{#1 #2}", r"\x{b}", "a # that is none of its arguments"),
    (r"\newcommand{\x}[1]{\newcommand{\y}[1]{##1}}", r"\x{b}", "a # that is none of its arguments"),
    (PD, r"\pd{L}", r"an argument of \pd is missing"),
    (PD, r"{\pd{L}}", r"an argument of \pd is missing"),
    (PD, r"\pd{L}{W", "is never closed"),
    (r"\def\x{\x}", r"\x", "does not come to an end"),
    (r"\def\x{\y\y}\def\y{\x\x}", r"\x", "does not come to an end"),
    (r"\def\x{\y a}\def\y{\x a}", r"\x", "does not come to an end"),
    (r"\def\x{a}", r"\x " * 2001, "does not come to an end, or has too many uses"),
    (r"\def\x#1{#1#1#1#1#1#1#1#1#1#1}", r"\x{\x{\x{\x{aaaaaa}}}}", f"over {MAX_LENGTH} characters"),
    ("", r"\pdv{W} L", r"write \pdv{…}{…}"),
    ("", r"\pdv[2]{L}{W}", r"write \pdv{…}{…}"),
    ("", r"\pdv{L}{W}{b}", "only first derivatives are read"),
    ("", r"\pd{L}{W}", r"the command `\pd` is not read"),
]


@pytest.mark.parametrize(("definitions", "use", "meant"), MEANT)
def test_expands(definitions, use, meant):
    assert parse(use, macros=defined(definitions, {})) == parse(meant)


@pytest.mark.parametrize(("definitions", "use", "reason"), REFUSED)
def test_refuses(definitions, use, reason):
    with pytest.raises(ReadError) as caught:
        parse(use, macros=defined(definitions, {}))
    assert reason in caught.value.message
    start, end = caught.value.span
    assert 0 <= start <= end <= len(use)


def test_places_are_those_of_the_use():
    use = r"2 \pd{L}{h_t} W"
    product = parse(use, macros=defined(PD, {}))
    assert [use[slice(*factor.span)] for factor in product.factors] == ["2", r"\pd{L}{h_t}", "W"]
    partial = product.factors[1]
    assert (use[slice(*partial.of.span)], use[slice(*partial.wrt.span)]) == ("L", "h_t")


PAGES = {
    "md": f"{PD}\n\n$$\\pd{{L}}{{W}} = 1$$",
    "md in a formula of running text": f"${PD}$\n\n$$\\pd{{L}}{{W}} = 1$$",
    "md in the block itself": f"$$\n{PD}\n\\pd{{L}}{{W}} = 1$$",
    "md in a block before": f"$${PD}$$\n\n$$\\pd{{L}}{{W}} = 1$$",
    "tex": f"{PD}\n\\begin{{document}}\n\\[\\pd{{L}}{{W}} = 1\\]\n\\end{{document}}",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_defines(page):
    document = Document.read("page", PAGES[page], page[:3].strip())
    reading = read_statements(document.blocks, LEGEND)[-1]
    (statement,) = reading.statements
    assert statement.sides[0].node == parse(r"\frac{\partial L}{\partial W}")
    assert statement.sides[0].latex == r"\pd{L}{W}"


@pytest.mark.parametrize("page", [f"```\n{PD}\n```\n\n$$\\pd{{L}}{{W}} = 1$$", f"$$\\pd{{L}}{{W}} = 1$$\n\n{PD}"])
def test_what_is_code_or_comes_later_defines_nothing(page):
    (reading,) = read_statements(Document.read("page", page, "md").blocks, LEGEND)
    assert r"the command `\pd` is not read" in reading.errors[0].message


def test_cells_of_a_notebook_define_for_those_after_them():
    cells = [{"cell_type": "markdown", "source": text} for text in (f"${PD}$", r"$$\pd{L}{W} = 1$$")]
    (reading,) = read_statements(Document.read("page", json.dumps({"cells": cells}), "ipynb").blocks, LEGEND)
    assert reading.statements[0].sides[0].node == parse(r"\frac{\partial L}{\partial W}")


def test_a_comment_defines_nothing():
    page = f"%{PD}\n\\begin{{document}}\n\\[\\pd{{L}}{{W}} = 1\\]\n\\end{{document}}"
    (reading,) = read_statements(Document.read("page", page, "tex").blocks, LEGEND)
    assert r"the command `\pd` is not read" in reading.errors[0].message


@pytest.mark.parametrize("command", [r"\newcommand{\x}{= W}", r"\newcommand{\x}{= W, b = c}"])
def test_a_command_that_holds_more_than_a_side_is_refused(command):
    document = Document.read("page", f"{command}\n\n$$L \\x$$", "md")
    (reading,) = read_statements(document.blocks, LEGEND)
    assert not reading.statements
    assert "write it out" in reading.errors[0].message


def test_a_side_may_begin_or_end_in_the_argument_of_a_command():
    page = r"\newcommand{\tr}[1]{#1^\top} \newcommand{\minus}[1]{-#1} $$\tr{h_t} h_t = a_t \minus{h_t}$$"
    (reading,) = read_statements(Document.read("page.md", page, "md").blocks, builtin_legend())
    assert [side.latex for side in reading.statements[0].sides] == [r"\tr{h_t} h_t", r"a_t \minus{h_t}"]


def test_a_bound_in_a_command_is_no_relation():
    page = "\\newcommand{\\sumT}{\\sum_{t=1}^{T}}\n\n$$L = \\sumT L_t$$"
    (reading,) = read_statements(Document.read("page", page, "md").blocks, LEGEND)
    assert reading.statements[0].sides[1].node == parse(r"\sum_{t=1}^{T} L_t")
