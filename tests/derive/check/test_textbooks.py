r"""Notation of textbooks that is easily misread: each is read as it is meant, or refused with what to write."""

import pytest

CLAIMS = {
    # an exponent on what stands in braces
    r"\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial a^{(t)}} {h^{(t-1)}}^\top": "holds",
    r"\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial a^{(t)}} {h^{(t)}}^\top": "fails",
    r"\frac{\partial L}{\partial a^{(t)}} = (1 - {h^{(t)}}^2) \odot \frac{\partial L}{\partial h^{(t)}}": "holds",
    r"\frac{\partial L}{\partial a^{(t)}} = (1 - {a^{(t)}}^2) \odot \frac{\partial L}{\partial h^{(t)}}": "fails",
    r"{h_t}_i = \tanh(a_{t,i})": "holds",
}

REFUSED = {
    r"a_t = \tanh^{-1}(h_t)": r"write 1/\tanh(…) if the reciprocal is meant: \tanh^{-1}",
    r"a_t = f^{-1}(h_t)": "is the inverse function",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_read(claim, textbook):
    (block,) = textbook(claim)
    assert block.verdict == CLAIMS[claim]


@pytest.mark.parametrize("claim", REFUSED)
def test_refused(claim, textbook):
    (block,) = textbook(claim)
    assert block.verdict == "unreadable"
    assert REFUSED[claim] in block.claims[0].reason


def test_the_reciprocal_of_a_function_is_no_inverse(textbook):
    (block,) = textbook(r"\tanh(a_t)^{-1} = \frac{1}{h_t}")
    assert block.verdict == "holds"


PD = r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}"


def test_commands_that_the_page_defines_are_mended_in_place(textbook):
    _, right, wrong = textbook(
        PD, r"\pd{L}{c} = \sum_t \pd{L}{o_t}", r"\pd{L}{W} = \sum_{t=1}^{T} \pd{L}{a_t} h_t^\top"
    )
    assert (right.verdict, wrong.verdict) == ("holds", "fails")
    assert wrong.claims[0].suggestion == r"\sum_{t=1}^{T} \pd{L}{a_t} h_{t-1}^\top"


def test_derivatives_that_one_command_makes_are_not_refuted_by_reading_them_alike(textbook):
    lost = r"\frac{\partial h_t}{\partial b} - \frac{\partial h_t}{\partial b}"  # du/db - ∂⁺u/∂b
    claim = r"\mathrm{{diag}}(1 - h_t^2) W \frac{{\partial h_{{t-1}}}}{{\partial b}} = {}"
    written, _, folded = textbook(claim.format(lost), rf"\newcommand{{\lost}}{{{lost}}}", claim.format(r"\lost"))
    assert (written.verdict, folded.verdict) == ("holds", "unknown")
