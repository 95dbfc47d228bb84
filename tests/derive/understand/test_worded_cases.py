"""Cases that running text makes: If i = j, and then the formula for this case."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

SOFTMAX = r"""
$$L = -\sum_i y_i \log p_i$$
$$p_i = \frac{\exp(o_i)}{\sum_j \exp(o_j)}$$
"""


def verdicts(text: str) -> list[str]:
    """The verdicts on the displays of a page after those that define softmax."""
    return [block.verdict for block in check_document(Document.read("page.md", SOFTMAX + text, "md"), None).blocks][2:]


def derivative(right: str) -> str:
    return rf"$$\frac{{\partial p_i}}{{\partial o_k}} = {right}$$"


@pytest.mark.parametrize(
    ("lead", "right", "verdict"),
    [
        ("If $i = k$,", "p_k (1 - p_k)", "holds"),
        ("And when $i = k$, the quotient rule gives", "p_k (1 - p_k)", "holds"),
        ("**Case 1: $i = k$**\n\n", "p_k (1 - p_k)", "holds"),
        ("If $i = k$,", "p_k (1 + p_k)", "fails"),
        ("If $i = k$,", "-p_k p_i", "fails"),
        (r"For \(i \neq k\):", "-p_k p_i", "holds"),
        (r"For \(i \neq k\):", "p_k p_i", "fails"),
        (r"For \(i \neq k\):", "p_k (1 - p_k)", "fails"),
        (r"\[p_i = \frac{e^{o_i}}{\sum_j e^{o_j}}\]If $i = k$,", "p_k (1 - p_k)", "holds"),
        ("The derivative is largest if $i = k$.", "p_k (1 - p_k)", "fails"),
        (r"If $i = k$ it is positive, and otherwise:", "p_k (1 - p_k)", "fails"),
    ],
)
def test_a_case_before_a_display_is_its_condition(lead: str, right: str, verdict: str) -> None:
    assert verdicts(f"{lead}\n{derivative(right)}")[-1:] == [verdict]


def test_a_case_ends_with_the_chain_of_its_display() -> None:
    on = r"$$= \frac{\exp(o_k)}{\sum_j \exp(o_j)} (1 - p_i)$$"
    told = f"If $i = k$,\n{derivative('p_k (1 - p_k)')}\nthat is\n{on}\n"
    assert verdicts(told + derivative("p_k (1 - p_k)")) == ["holds", "holds", "fails"]


@pytest.mark.parametrize(
    ("after", "right", "verdict"),
    [
        (r", where $i \neq k$.", "-p_k p_i", "holds"),
        (r" for \(i \neq k\)", "-p_k p_i", "holds"),
        (r", where $i \neq k$.", "p_k p_i", "fails"),
        (r", where $i \neq k$.", "p_k (1 - p_k)", "fails"),
        (r" and not where $i \neq k$.", "-p_k p_i", "fails"),
    ],
)
def test_a_case_behind_a_display_is_its_condition(after: str, right: str, verdict: str) -> None:
    assert verdicts(derivative(right) + after) == [verdict]


def test_a_case_between_two_displays_is_of_the_second() -> None:
    first = r"$$\frac{\partial p_i}{\partial o_k} = p_i (1[i = k] - p_k)$$"
    assert verdicts(f"{first}\nfor $i \\neq k$:\n{derivative('-p_k p_i')}")[0] == "holds"
    assert verdicts(f"{derivative('-p_k p_i')}\nfor $i = k$:\n{derivative('p_k (1 - p_k)')}")[0] == "fails"


def test_a_proof_is_of_what_was_just_said() -> None:
    said = derivative("-p_k p_i") + r", where $i \neq k$."
    assert verdicts(f"{said}\n\n**Proof:** {derivative('-p_i p_k')}") == ["holds", "holds"]
    assert verdicts(f"{said}\n\n**Proof:** {derivative('p_i p_k')}") == ["holds", "fails"]
    assert verdicts(f"{said}\n\nSo {derivative('-p_i p_k')}") == ["holds", "fails"]


def test_entries_that_are_equal_in_some_case_are_no_claim(check_inline):
    page = r"""
$$ p = \mathrm{softmax}(W x) $$

There is such a term when $p_i = p_j$, and $\sum_i p_i = 2$ is wrong.
"""
    assert check_inline(page)[-2:] == ["unknown", "fails"]


@pytest.mark.parametrize(
    ("words", "right", "verdict"),
    [
        ("off-diagonal entry", "-p_k p_i", "holds"),
        ("(on the diagonal)", "p_k (1 - p_k)", "holds"),
        ("diagonal entries", "p_k (1 + p_k)", "fails"),
        ("off-diagonal entry", "p_k (1 - p_k)", "fails"),
        ("if they differ", "-p_k p_i", "unknown"),
        ("(for other classes)", "-p_k p_i", "unknown"),
        ("for all classes", "-p_k p_i", "fails"),
        ("(by the chain rule)", "-p_k p_i", "fails"),
    ],
)
def test_words_beside_a_formula_restrict_it(words: str, right: str, verdict: str) -> None:
    assert verdicts(derivative(rf"{right} \qquad \text{{{words}}}")) == [verdict]


@pytest.mark.parametrize(
    ("lead", "trail", "verdict"),
    [
        ("", r", \quad x > 0", "unknown"),
        ("", r", \quad (b, d) \ne (x, x')", "unknown"),
        ("So when $x > 0$:", "", "unknown"),
        ("", r", \quad \eta > 0", "fails"),  # of something else
        ("It is positive: $x > 0$.", "", "fails"),
    ],
)
def test_a_comparison_that_is_no_case_keeps_a_formula_from_being_wrong(lead: str, trail: str, verdict: str) -> None:
    page = rf"$$\mathrm{{ReLU}}(x) = \max(0, x)$${lead}" + "\n" + rf"$$\mathrm{{ReLU}}'(x) = 1{trail}$$"
    assert [block.verdict for block in check_document(Document.read("page.md", page, "md"), None).blocks][1] == verdict


@pytest.mark.parametrize(
    ("words", "verdict"), [("If", "unknown"), ("当", "unknown"), ("Suppose", "unknown"), ("We see that", "fails")]
)
def test_what_is_supposed_is_not_wrong(words: str, verdict: str) -> None:
    page = rf"$$h = W x$$ $$y = V h$$ {words} $y = 2 h$, it is easy."
    assert check_document(Document.read("page.md", page, "md"), None).claims[-1].verdict == verdict


def test_a_formula_speaks_of_entries_that_differ_where_another_speaks_of_equal_ones() -> None:
    softmax = r"$$o_j = \frac{e^{z_j}}{\sum_k e^{z_k}}$$"
    claim, wrong = (rf"$$\frac{{\partial o_j}}{{\partial z_i}} = {right}$$" for right in ("-o_j o_i", "-o_i (1 - o_j)"))
    equal = r"and $\frac{\partial o_i}{\partial z_i} = o_i - o_i^2$"
    for page, verdict in ((claim + equal, "holds"), (claim, "fails"), (wrong + equal, "fails")):
        blocks = check_document(Document.read("page.md", f"{softmax}\n\n{page}", "md"), None).blocks
        assert blocks[1].verdict == verdict
