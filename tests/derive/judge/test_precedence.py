r"""What `U r \odot h` is in an equation: (U r) ⊙ h or U (r ⊙ h), where both fit and only the page's claims tell."""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (
    r"r_t = \sigma(W_r x_t + U_r h_{t-1})",
    r"g_t = \tanh(W x_t + U r_t \odot h_{t-1})",
    r"h_t = g_t \odot z_t + h_{t-1} \odot (1 - z_t)",
    r"z_t = \sigma(W_z x_t + U_z h_{t-1})",
    r"L = \frac12 \sum_t \|h_t - y_t\|^2",
)
SLOPE = r"\frac{\partial L}{\partial g_t} \odot (1 - g_t^2)"
TIGHT = (
    rf"\frac{{\partial L}}{{\partial U}} = \sum_t ({SLOPE}) (r_t \odot h_{{t-1}})^\top",
    rf"\frac{{\partial L}}{{\partial r_t}} = U^\top ({SLOPE}) \odot h_{{t-1}}",
)
LOOSE = (
    rf"\frac{{\partial L}}{{\partial U}} = \sum_t ({SLOPE} \odot h_{{t-1}}) r_t^\top",
    rf"\frac{{\partial L}}{{\partial r_t}} = U^\top ({SLOPE} \odot h_{{t-1}})",
)
WRONG = r"\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \odot (g_t + h_{t-1})"
EITHER = r"\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \odot (g_t - h_{t-1})"


def read(*claims: str) -> tuple[list[str], str]:
    """The verdicts on claims, and what ⊙ means on the page."""
    text = "\n\n".join(f"$$\n{line}\n$$" for line in (*NETWORK, *claims))
    notes = check_document(Document.read("page.md", text, "md"), None)
    sign = next((c.value for c in notes.conventions if c.name == "the sign ⊙"), "")
    return [block.verdict for block in notes.blocks[len(NETWORK) :]], sign


def test_two_claims_settle_it_for_the_page_and_it_is_listed():
    verdicts, sign = read(*TIGHT, EITHER, WRONG)
    assert verdicts == ["holds", "holds", "holds", "fails"] and "binds tighter" in sign


def test_without_them_it_binds_looser():
    assert read(*LOOSE, EITHER, WRONG) == (["holds", "holds", "holds", "fails"], "")


@pytest.mark.parametrize("claims", [TIGHT[:1], TIGHT[1:], LOOSE[:1], (*TIGHT, LOOSE[1]), (TIGHT[0], LOOSE[1])])
def test_where_nothing_settles_it_no_claim_that_it_decides_is_decided(claims):
    verdicts, sign = read(*claims, EITHER)
    assert verdicts == [*["unknown"] * len(claims), "holds"] and sign == ""


def test_what_the_other_meaning_needs_an_assumption_for_is_not_settled_by_it():
    r"""A lost transpose: of r^\top \odot h^\top, where U (r ⊙ h) is meant."""
    claim = rf"\frac{{\partial L}}{{\partial U}} = \sum_t ({SLOPE}) r_t^\top \odot h_{{t-1}}"
    assert read(claim, EITHER) == (["unknown", "holds"], "")


def test_what_fits_in_one_way_only_is_read_so():
    shapes = (r"U \in \mathbb{R}^{m \times n}", r"r_t \in \mathbb{R}^{n \times 1}", r"h_t \in \mathbb{R}^{n \times 1}")
    network = (*shapes, r"s_t = U r_t \odot h_t", r"L_t = \frac12 \|s_t\|^2")
    claims = (r"\frac{\partial L_t}{\partial U} = s_t (r_t \odot h_t)^\top", r"\frac{\partial L_t}{\partial s_t} = s_t")
    text = "\n\n".join(f"$$\n{line}\n$$" for line in (*network, *claims))
    notes = check_document(Document.read("page.md", text, "md"), None)
    assert [block.verdict for block in notes.blocks[-2:]] == ["holds", "holds"]


def test_each_binds_as_shapes_need_it():
    r"""V^\top p \odot q \odot r of p and q with a size of their own is V^⊤(p ⊙ q) ⊙ r."""
    network = (
        r"W \in \mathbb{R}^{n \times n}, V \in \mathbb{R}^{m \times n}",
        r"a_t = W h_{t-1} + U x_t",
        r"h_t = \tanh(a_t)",
        r"z_t = V h_t",
        r"p_t = \sigma(z_t)",
        r"L_t = \frac12 \|p_t - y_t\|^2",
    )
    claims = [
        rf"\frac{{\partial L_t}}{{\partial a_t}} = V^\top (p_t - y_t) \odot \sigma'(z_t) \odot {slope}"
        for slope in ("(1 - h_t^2)", "(1 - h_t)", r"\tanh'(a_t)")
    ]
    text = "\n\n".join(f"$${formula}$$" for formula in (*network, *claims))
    blocks = check_document(Document.read("page.md", text, "md"), None).blocks
    assert [block.verdict for block in blocks[-3:]] == ["holds", "fails", "holds"]
