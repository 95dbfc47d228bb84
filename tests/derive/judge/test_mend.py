"""A slip planted in a true formula is mended: with what was true, or with what is proved instead, at its place."""

import pytest

from derive.check.results import Claim
from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"\hat{y}_t = \mathrm{softmax}(V h_t + c)",
    r"L = -\sum_{t=1}^{T} y_t^\top \log \hat{y}_t",
)
OUTPUT = r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\hat{y}_t - y_t) h_t^\top"
STATE = (
    r"\frac{\partial L}{\partial h_t} = V^\top (\hat{y}_t - y_t)"
    r" + W^\top \mathrm{diag}(1 - h_{t+1}^2) \frac{\partial L}{\partial h_{t+1}}"
)
RECURRENT = (
    r"\frac{\partial L}{\partial W}"
    r" = \sum_{t=1}^{T} \mathrm{diag}(1 - h_t^2) \frac{\partial L}{\partial h_t} h_{t-1}^\top"
)
ADJOINT = r"\delta_t = \frac{\partial L}{\partial h_t} \odot (1 - h_t^2)"
NAMED = r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \delta_t x_t^\top"
BACK = r"\frac{\partial L}{\partial h_t} = V^\top (\hat{y}_t - y_t) + W^\top \delta_{t+1}"
SOFTMAX = r"\frac{\partial \hat{y}_t}{\partial h_t} = (\mathrm{diag}(\hat{y}_t) - \hat{y}_t \hat{y}_t^\top) V"
CHAIN = r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^{t} \frac{\partial h_i}{\partial h_{i-1}}, \quad k < t"
DEPTHS = (
    r"\frac{\partial h_t}{\partial W} = \sum_{k=1}^{t} \frac{\partial h_t}{\partial h_k}"
    r" \frac{\partial^{+} h_k}{\partial W}"
)
EXACT = {  # what was lost can be put back in one way only
    "a sign": (BACK, r"\hat{y}_t - y_t", r"\hat{y}_t + y_t", "sign"),
    "a transpose": (BACK, r"W^\top", "W", "transpose"),
    "a transpose too many": (SOFTMAX, r") V", r") V^\top", "transpose"),
    "a step": (NAMED, "x_t", "x_{t-1}", "time-index"),
    "a step ahead": (BACK, r"\delta_{t+1}", r"\delta_t", "time-index"),
    "a lower bound": (NAMED, "t=1", "t=2", "bound"),
    "an upper bound": (NAMED, "^{T}", "^{T-1}", "bound"),
    "a bound of a product": (CHAIN, "i=k+1", "i=k", "bound"),
    "a factor twice": (ADJOINT, r"\odot (1 - h_t^2)", r"\odot (1 - h_t^2) \odot (1 - h_t^2)", "extra-factor"),
    "a foreign factor": (NAMED, r"\delta_t", r"T \delta_t", "extra-factor"),
    "a slope lost": (ADJOINT, r" \odot (1 - h_t^2)", "", "lost-factor"),
    "an outer product": (NAMED, r"\delta_t x_t^\top", r"x_t \delta_t^\top", "order"),
    "an order": (BACK, r"W^\top \delta_{t+1}", r"\delta_{t+1} W^\top", "order"),
    "a quantity": (BACK, r"V^\top", r"U^\top", "quantity"),
    "a square": (ADJOINT, "h_t^2", "h_t", "power"),
    "a square of a bracket": (ADJOINT, "(1 - h_t^2)", "(1 - h_t)^2", "power"),
    "a Σ": (NAMED, r"\sum_{t=1}^{T} ", "", "lost-sum"),
    "an inner Σ": (DEPTHS, r"\sum_{k=1}^{t} ", "", "lost-sum"),
    "a term": (BACK, r" + W^\top \delta_{t+1}", "", "lost-term"),
    "a target": (BACK, r"\hat{y}_t - y_t", r"\hat{y}_t", "lost-term"),
    "a factor": (NAMED, r" x_t^\top", "", "lost-factor"),
}
SLIPS = {
    "a sign": (OUTPUT, r"(\hat{y}_t - y_t)", r"(y_t - \hat{y}_t)"),
    "a transpose": (STATE, r"W^\top", "W"),
    "a step": (RECURRENT, r"h_{t-1}^\top", r"h_t^\top"),
    "a first step": (RECURRENT, "t=1", "t=2"),
    "a matrix": (STATE, r"V^\top", r"U^\top"),
    "a slope": (RECURRENT, "1 - h_t^2", "1 - h_t"),
    "a lost sum": (OUTPUT, r"\sum_{t=1}^{T} ", ""),
}

EXCUSED = {"a first step": "zero-start", "a lost sum": "share-of-step"}  # slips under which a page may mean less


def decided(*formulas: str) -> list[Claim]:
    page = "\n\n".join(f"$${formula}$$" for formula in formulas)
    return [block.claims[-1] for block in check_document(Document.read("page.md", page, "md"), None).blocks]


@pytest.mark.parametrize("formula", [OUTPUT, STATE, RECURRENT])
def test_what_the_slips_are_made_from_holds(formula):
    assert decided(*NETWORK, formula)[-1].verdict == "holds"


@pytest.mark.parametrize("kind", SLIPS)
def test_a_slip_is_mended_and_the_mend_is_proved(kind):
    formula, right, wrong = SLIPS[kind]
    slipped = formula.replace(right, wrong, 1)
    assert slipped != formula
    claim = decided(*NETWORK, slipped)[-1]
    assert claim.verdict == ("conditional" if kind in EXCUSED else "fails")
    assert claim.suggestion is not None and claim.edit is not None
    left = slipped.split(" = ", 1)[0]
    assert decided(*NETWORK, f"{left} = {claim.suggestion}")[-1].verdict == "holds"


def test_the_edit_says_where_in_the_file():
    claim = decided(*NETWORK, SLIPS["a transpose"][0].replace(r"W^\top", "W"))[-1]
    page = "\n\n".join(f"$${formula}$$" for formula in (*NETWORK, SLIPS["a transpose"][0].replace(r"W^\top", "W")))
    edit = claim.edit
    assert edit is not None and edit.line == edit.end_line == 7
    line = page.splitlines()[6]
    mended = line[: edit.column - 1] + edit.replacement + line[edit.end_column - 1 :]
    assert mended == f"$${STATE}$$"


@pytest.mark.parametrize("kind", EXACT)
def test_a_slip_is_mended_back(kind):
    formula, right, wrong, word = EXACT[kind]
    slipped = formula.replace(right, wrong, 1)
    others = [other for other in (ADJOINT, BACK, NAMED, SOFTMAX, CHAIN) if other != formula]
    if formula == ADJOINT:
        others = [r"\delta_t = \frac{\partial L}{\partial a_t}", *others]
    network = NETWORK if formula != ADJOINT else (r"a_t = W h_{t-1} + U x_t + b", r"h_t = \tanh(a_t)", *NETWORK[1:])
    (claim,) = decided(*network, *others, slipped)[-1:]
    if word not in ("lost-sum", "lost-term"):  # a sum or a term less may be what one step or one path gives
        assert claim.code == word
    assert (claim.verdict, claim.code) in (("fails", word), ("conditional", "conditional"))
    plain = str.maketrans("", "", r" {}()")
    side = formula.split(" = ", 1)[1].split(r", \quad")[0].replace(r"\left", "")
    assert claim.suggestion is not None
    assert claim.suggestion.replace(r"\left", "").replace(r"\right", "").translate(plain) == side.translate(plain)


SQUARES = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"o_t = V h_t", r"L = \sum_{t=1}^{T} (o_t - y_t)^\top (o_t - y_t)")
MEAN = (*SQUARES[:2], r"L = \frac{1}{T} \sum_{t=1}^{T} L_t", r"L_t = \frac{1}{2} (o_t - y_t)^\top (o_t - y_t)")
BACKWARDS = (r"g_t = \tanh(W g_{t+1} + U x_t)", r"o_t = V g_t", SQUARES[2])
GATED = (r"r_t = \sigma(R x_t)", r"n_t = \tanh(U (r_t \odot n_{t-1}) + W x_t)", r"L = \sum_{t=1}^{T} n_t^\top y_t")
OTHERS = {  # network, the formula in parts, of which the middle one is replaced, and by what
    "a two": (
        SQUARES,
        r"\frac{\partial L}{\partial V} = ",
        "2 ",
        r"\sum_{t=1}^{T} (o_t - y_t) h_t^\top",
        "",
        "lost-factor",
    ),
    "a mean": (
        MEAN,
        r"\frac{\partial L}{\partial V} = ",
        r"\frac{1}{T} ",
        r"\sum_{t=1}^{T} (o_t - y_t) h_t^\top",
        "",
        "lost-factor",
    ),
    "a gate": (
        GATED,
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} (\frac{\partial L}{\partial n_t} \odot (1 - n_t^2)) ",
        r"\left(r_t \odot n_{t-1}\right)^\top",
        "",
        r"n_{t-1}^\top",
        "lost-factor",
    ),
    "a step the other way": (
        BACKWARDS,
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} (\frac{\partial L}{\partial g_t} \odot (1 - g_t^2)) g_{",
        "t+1",
        r"}^\top",
        "t-1",
        "time-index",
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_other_networks_lose_is_mended_back(kind):
    network, before, true, after, wrong, code = OTHERS[kind]
    assert decided(*network, before + true + after)[-1].verdict == "holds"
    claim = decided(*network, before + wrong + after)[-1]
    assert (claim.verdict, claim.code) == ("fails", code)
    assert claim.suggestion == (before + true + after).split(" = ", 1)[1]


@pytest.mark.parametrize(
    "wrong",
    [
        r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial W} \frac{\partial h_t}{\partial h_{t-1}}",
        r"\frac{\partial L}{\partial W} = 2 \frac{\partial L}{\partial W}",
        r"\delta_t = 2 \delta_t",
        r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial h_t} + \frac{\partial L}{\partial h_{t+1}}",
    ],
)
def test_no_mend_repeats_the_left_side(wrong):
    claim = decided(*NETWORK, NAMED.replace("U", "W"), wrong)[-1]
    assert claim.suggestion is None or claim.left not in claim.suggestion


def test_shapes_that_do_not_fit_alone_refute_nothing():
    claim = decided(*NETWORK, r"\frac{\partial L}{\partial h_t} = V W U")[-1]
    assert claim.verdict in ("unreadable", "unknown") and claim.edit is None


def test_the_corrected_page_holds(command, tmp_path):
    formulas = (*NETWORK, OUTPUT.replace("h_t^", "h_{t-1}^"), STATE.replace(r"W^\top", "W"))
    page = tmp_path / "page.md"
    page.write_text("\n\n".join(f"$${formula}$$" for formula in formulas), encoding="utf-8")
    assert command("derive.check", "page.md", "--corrected", "mended.md").returncode == 1
    mended = (tmp_path / "mended.md").read_text(encoding="utf-8")
    assert mended == "\n\n".join(f"$${formula}$$" for formula in (*NETWORK, OUTPUT, STATE))
    assert command("derive.check", "mended.md").returncode == 0


def test_a_true_formula_gets_no_mend():
    assert all(claim.edit is None and claim.suggestion is None for claim in decided(*NETWORK, OUTPUT, STATE, RECURRENT))


def test_one_parameter_for_another_in_every_factor_of_a_chain():
    paths = r"(\frac{\partial h_2}{\partial %s} + \frac{\partial h_2}{\partial h_1} \frac{\partial h_1}{\partial %s})"
    head = r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial h_2} "
    network = (*NETWORK[:2], r"L = -y_2^\top \log \hat{y}_2")
    text = "\n\n".join(f"$$\n{line}\n$$" for line in (*network, head + paths % ("U", "U")))
    [found] = check_document(Document.read("page.md", text, "md"), None).blocks[-1].claims
    assert found.verdict == "fails" and found.suggestion.endswith(paths % ("W", "W"))
