r"""The terms over which the Σ of a loss reaches, beside those that stand behind it."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

NEURON = (r"z^{(i)} = w^T x^{(i)} + b", r"a^{(i)} = \sigma(z^{(i)})")
TERMS = (r"y^{(i)} \log a^{(i)}", r"(1 - y^{(i)}) \log(1 - a^{(i)})")
GRADIENT = r"\frac{\partial J}{\partial b} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)})"


def test_a_loss_without_brackets_is_the_one_with_them(verdicts):
    without = rf"J = -\frac{{1}}{{m}} \sum_{{i=1}}^m {TERMS[0]} + {TERMS[1]}"
    assert verdicts(*NEURON, without, GRADIENT)[-1] == "holds"
    assert verdicts(*NEURON, without, GRADIENT.replace("a^{(i)} - y", "a^{(i)} + y"))[-1] == "fails"
    assert verdicts(*NEURON, without, rf"J = -\frac{{1}}{{m}} \sum_{{i=1}}^m ({TERMS[1]} + {TERMS[0]})")[-1] == "holds"


def test_what_has_not_its_letter_stands_behind_it(verdicts):
    page = (*NEURON, rf"J = -\frac{{1}}{{m}} \sum_{{i=1}}^m {TERMS[0]} + {TERMS[1]} + \frac{{1}}{{2}} b^2")
    assert verdicts(*page, GRADIENT)[-1] == "fails"
    assert verdicts(*page, f"{GRADIENT} + b")[-1] == "holds"


@pytest.mark.parametrize("brackets", [False, True])
def test_the_choice_is_said(brackets):
    terms = " + ".join(TERMS)
    loss = rf"J = \sum_{{i=1}}^m ({terms})" if brackets else rf"J = \sum_{{i=1}}^m {terms}"
    page = "\n\n".join(f"$${formula}$$" for formula in (*NEURON, loss))
    conventions = check_document(Document.read("page.md", page, "md"), None).conventions
    assert any(c.name == "Σ" for c in conventions) != brackets


def test_a_gradient_without_brackets_is_not_mended_silently(verdicts):
    page = (*NEURON, rf"J = -\sum_{{i=1}}^m ({TERMS[0]} + {TERMS[1]})")
    claim = r"\frac{\partial J}{\partial b} = \sum_{i=1}^m a^{(i)} - y^{(i)}"
    assert verdicts(*page, claim)[-1] != "holds"
