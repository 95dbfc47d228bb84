r"""One reading of the head serves a whole chain: A = B = C says that B and C are equal.

h_t = tanh(z_t) as the legend of elman_vector.md has it, with D = diag(1 - h_t²). Directly ∂h_t/∂b_h is D; in total it
is D + D W_hh ∂h_{t-1}/∂b_h. Both are right, each by itself.
"""

import pytest

from derive.judge.notes import check_document
from derive.reading import Document, builtin_legend

HEAD = r"\frac{\partial h_t}{\partial b_h}"
LOCAL = r"\mathrm{diag}(1 - h_t^2)"
SAME = r"\mathrm{diag}(1 - \tanh(z_t)^2)"
TOTAL = rf"{LOCAL} + {LOCAL} W_{{hh}} \frac{{\partial h_{{t-1}}}}{{\partial b_h}}"
CHAINED = r"\frac{\partial h_t}{\partial z_t} \frac{\partial z_t}{\partial b_h}"  # both: its last factor is either
NAMED = rf"{LOCAL} + {LOCAL} W_{{hh}} K_{{t-1}}"
TOTAL_HEAD = r"\frac{d h_t}{d b_h}"
BEFORE = r"\frac{d h_{t-1}}{d b_h}"
CARRIED = rf"K_t + \frac{{\partial h_t}}{{\partial h_{{t-1}}}} {BEFORE}"  # right where K_t is direct
WRONG = r"\mathrm{diag}(1 - h_t)"


def claims(*formulas):
    text = "\n\n".join(f"$${formula}$$" for formula in formulas)
    blocks = check_document(Document.read("page.md", text, "md"), builtin_legend("elman_vector")).blocks
    return [claim for block in blocks for claim in block.claims]


def verdicts(*sides):
    return [claim.verdict for claim in claims(" = ".join((HEAD, *sides)))]


def test_each_link_is_right_by_itself():
    assert verdicts(LOCAL) == verdicts(TOTAL) == ["holds"]


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ((LOCAL, TOTAL), ["holds", "fails"]),  # one against one: the first says how the head is meant
        ((TOTAL, LOCAL), ["holds", "fails"]),
        ((LOCAL, TOTAL, SAME), ["holds", "fails", "holds"]),
        ((TOTAL, LOCAL, SAME), ["fails", "holds", "holds"]),  # the reading that serves most
        ((CHAINED, LOCAL), ["holds", "holds"]),  # a reading that both share
        ((LOCAL, CHAINED, SAME), ["holds", "holds", "holds"]),
        ((CHAINED, TOTAL), ["holds", "holds"]),
        ((WRONG, TOTAL, LOCAL), ["fails", "holds", "fails"]),
        ((WRONG, LOCAL), ["fails", "holds"]),
    ],
)
def test_the_links_of_a_chain_share_the_reading_of_its_head(sides, expected):
    assert verdicts(*sides) == expected


def test_the_reason_names_the_other_reading():
    first, second = claims(f"{HEAD} = {LOCAL} = {TOTAL}")
    assert [(reading.partial, reading.taken) for reading in first.readings] == [("∂h(t)/∂b_h", "direct")]
    assert "read otherwise than in the rest of the chain" in second.reason
    assert second.counterexample is not None and second.counterexample.left != second.counterexample.right


def test_a_chain_that_goes_on_in_the_next_block_keeps_it():
    found = claims(f"{HEAD} = {LOCAL}", f"= {TOTAL}", f"= {SAME}")
    assert [claim.verdict for claim in found] == ["holds", "fails", "holds"]


D_SPELLINGS = [
    r"\frac{d h_t}{d b_h}",
    r"\frac{\mathrm{d} h_t}{\mathrm{d} b_h}",
    r"\mathrm{d} h_t / \mathrm{d} b_h",
    "dh_t/db_h",
    r"\frac{d}{d b_h} h_t",
]


@pytest.mark.parametrize("head", D_SPELLINGS)
def test_a_d_is_total_whatever_it_is_set_equal_to(head):
    (wrong,) = claims(f"{head} = {LOCAL}")
    (right,) = claims(f"{head} = {TOTAL}")
    assert (wrong.verdict, right.verdict) == ("fails", "holds")
    assert wrong.readings == ()
    assert right.readings == ()


def test_d_and_partial_side_by_side():
    """The usual pair: dh_t/db = ∂h_t/∂b + ∂h_t/∂h_{t-1} dh_{t-1}/db, the ∂ direct."""
    before = r"\frac{d h_{t-1}}{d b_h}"
    carried = rf"\frac{{\partial h_t}}{{\partial h_{{t-1}}}} {before}"
    (claim,) = claims(rf"\frac{{d h_t}}{{d b_h}} = {HEAD} + {carried}")
    assert claim.verdict == "holds"
    assert [(reading.partial, reading.taken) for reading in claim.readings] == [
        ("∂h(t)/∂b_h", "total"),
        ("∂h(t)/∂b_h", "direct"),
    ]
    (claim,) = claims(rf"\frac{{d h_t}}{{d b_h}} = \frac{{d h_t}}{{d b_h}} + {carried}")
    assert claim.verdict == "fails"


@pytest.mark.parametrize("last", [r"\frac{d h_k}{d b_h}", r"\frac{\mathrm{d}h_k}{\mathrm{d}b_h}", "dh_k/db_h"])
def test_a_d_that_should_be_direct_is_mended(last):
    """The textbook's double sum with d throughout: its last factor is direct."""
    before = r"\sum_{k=1}^{t} \frac{d L_t}{d h_t} \cdot \frac{d h_t}{d h_k} \cdot "
    (claim,) = claims(rf"\frac{{d L_t}}{{d b_h}} = {before}{last}")
    assert (claim.verdict, claim.suggestion) == ("fails", rf"{before}\frac{{\partial^{{+}} h_k}}{{\partial b_h}}")


def test_a_new_chain_is_read_anew():
    assert [claim.verdict for claim in claims(f"{HEAD} = {LOCAL}", f"{HEAD} = {TOTAL}")] == ["holds", "holds"]


@pytest.mark.parametrize(
    ("formulas", "expected"),
    [
        ([f"K_t = {HEAD} = {LOCAL}"], ["definition", "holds"]),
        ([f"K_t = {HEAD} = {TOTAL}"], ["definition", "holds"]),
        ([f"K_t = {HEAD}", f"K_t = {LOCAL}"], ["definition", "holds"]),
        ([f"K_t = {HEAD}", f"K_t = {NAMED}"], ["definition", "holds"]),
        ([f"K_t = {HEAD} = {LOCAL} = {TOTAL}"], ["definition", "holds", "fails"]),
        ([f"K_t = {HEAD}", f"K_t = {WRONG}", f"K_t = {LOCAL}"], ["definition", "fails", "holds"]),
        # what the first claim settles stays: direct, then total
        ([f"K_t = {HEAD} = {LOCAL}", f"K_t = {SAME}", f"K_t = {NAMED}"], ["definition", "holds", "holds", "fails"]),
        ([f"K_t = {HEAD} = {TOTAL}", f"K_t = {NAMED}", f"K_t = {LOCAL}"], ["definition", "holds", "holds", "fails"]),
        ([f"K_t = {HEAD} = {LOCAL}", rf"{TOTAL_HEAD} = {CARRIED}"], ["definition", "holds", "holds"]),
        ([f"K_t = {HEAD} = {TOTAL}", rf"{TOTAL_HEAD} = {CARRIED}"], ["definition", "holds", "fails"]),
    ],
)
def test_a_named_jacobian_is_as_free_as_a_bare_one_and_keeps_its_reading(formulas, expected):
    assert [claim.verdict for claim in claims(*formulas)] == expected


def test_a_name_is_not_read_by_what_stands_at_its_place_in_another_block():
    """The ∂ of the claim is direct, that of M_t total, although both begin at the same place of their blocks."""
    claim = rf"{TOTAL_HEAD} = {CARRIED.replace('K_t', HEAD).replace(BEFORE, 'M_{t-1}')}"
    definition = "M_t = ".ljust(claim.index(HEAD)) + HEAD
    assert [found.verdict for found in claims(definition, claim)] == ["definition", "holds"]


def test_of_a_long_chain_of_wrong_links_the_first_are_mended():
    found = claims(" = ".join((HEAD, *[rf"-{LOCAL}"] * 25)))
    assert [claim.verdict for claim in found] == ["fails"] * 25
    assert [claim.suggestion is not None for claim in found] == [True] * 20 + [False] * 5


@pytest.mark.parametrize(
    ("side", "readings"),
    [
        (r"\frac{\partial h_3}{\partial h_2} \frac{\partial h_2}{\partial h_1}", []),
        (r"\frac{\partial h_2}{\partial h_1} \frac{\partial h_3}{\partial h_2}", ["its Jacobians"]),
    ],
)
def test_another_order_of_a_chain_is_said(side, readings):
    [claim] = claims(rf"\frac{{\partial h_3}}{{\partial h_1}} = {side}")
    assert claim.verdict == "holds" and [reading.partial for reading in claim.readings] == readings
