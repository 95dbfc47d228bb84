"""Pages that say twice what a quantity is: two examples with one name, or a definition and a slip."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

ANOTHER = "another formula says what L is"


def verdicts(page: str) -> list[tuple[str, str]]:
    found = check_document(Document.read("page.md", page, "md"), None).claims
    return [(claim.verdict, claim.reason) for claim in found]


EXAMPLES = r"""
- $L = a^\top x$, so $\frac{\partial L}{\partial x} = a$
- $L = x^\top x$, so $\frac{\partial L}{\partial x} = 2x$
"""


def test_a_claim_that_holds_by_another_formula_is_not_wrong_nor_is_that_formula():
    assert verdicts(EXAMPLES) == [("definition", ""), ("holds", ""), ("unknown", ANOTHER), ("unknown", ANOTHER)]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("a", ("unknown", ANOTHER)),  # right of the first, and wrong of the one that was said last
        ("2x", ("unknown", ANOTHER)),
        ("3x", ("fails", "")),
    ],
)
def test_what_comes_after_both(claim, expected):
    assert verdicts(EXAMPLES + rf"- $\frac{{\partial L}}{{\partial x}} = {claim}$")[-1] == expected


def test_a_formula_by_which_nothing_holds_is_a_slip():
    page = r"""
$$z = W x + b$$

$$L = \frac12 \|z - y\|^2$$

$$z = W x$$

$$\frac{\partial L}{\partial z} = z - y$$

$$\frac{\partial L}{\partial b} = z - y$$
"""
    expected = ["definition", "definition", "fails", "holds", "holds"]
    assert [verdict for verdict, _ in verdicts(page)] == expected
    assert [verdict for verdict, _ in verdicts(page + "\n$$z = W x$$\n")] == [*expected, "fails"]


def test_another_formula_of_which_the_kernel_is_not_sure():
    page = r"""
$$r_i^{(m)} = -\left[\frac{\partial L(y_i, F(x_i))}{\partial F(x_i)}\right]_{F = F_{m-1}}$$

$$L = \frac{1}{2}(y - F)^2$$

$$L = -[y \log p + (1-y) \log(1-p)]$$

where $p = \sigma(F) = \frac{1}{1 + e^{-F}}$.

$$\frac{\partial L}{\partial F} = p - y$$

$$r_i = \text{sign}(y_i - F_i)$$

Initialize $F_0 = 0$.
"""
    assert ("unknown", ANOTHER) in verdicts(page)
    assert "fails" not in [verdict for verdict, _ in verdicts(page)]


def test_another_formula_behind_two_names():
    page = r"""
$$\text{Error} = E = \frac{1}{2} \sum_i (x_i - t_i)^2$$

$$\text{Error} = E = -\sum_i t_i \log x_i$$

$$\frac{\partial E}{\partial x_i} = -\frac{t_i}{x_i}$$
"""
    assert [verdict for verdict, _ in verdicts(page)][-1] == "unknown"
