"""What a claim that is false as it stands may mean, each named by its verdict; and what no assumption excuses."""

import pytest

from derive.check.results import Claim
from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = (
    r"z_t = W h_{t-1} + U x_t + b",
    r"h_t = \tanh(z_t)",
    r"o_t = V h_t + c",
    r"\hat y_t = \mathrm{softmax}(o_t)",
    r"L_t = - y_t^\top \log \hat y_t",
    r"L = \sum_{t=1}^T L_t",
)
ERROR = r"(\hat y_t - y_t)"
SHALLOW = rf"\mathrm{{diag}}(1 - h_t^2) V^\top {ERROR} h_{{t-1}}^\top"
SHALLOW_ENTRY = r"(1 - h_{t,i}^2) h_{t-1,j} \sum_k V_{ki} (\hat y_{t,k} - y_{t,k})"
BACK = r"W^\top \mathrm{diag}(1 - h_{t+1}^2)"
LATER = r"\prod_{k=t+1}^{T} (W^\top \mathrm{diag}(1 - h_k^2)) V^\top (\hat y_T - y_T)"


def claim(formula: str, network: tuple[str, ...] = NETWORK) -> Claim:
    text = "\n".join(f"$$\n{line}\n$$\n" for line in (*network, formula))
    (found,) = check_document(Document.read("page.md", text, "md"), None).blocks[-1].claims
    return found


def d(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


GRANTED = {
    "the gradient of one step's loss": (rf"{d('L_t', 'W')} = {SHALLOW}", "truncated"),
    "and of all": (rf"{d('L', 'W')} = \sum_{{t=1}}^T {SHALLOW}", "truncated"),
    "by an entry": (rf"{d('L_t', 'W_{ij}')} = {SHALLOW_ENTRY}", "truncated"),
    "by an entry, of all": (rf"{d('L', 'W_{ij}')} = \sum_{{t=1}}^T {SHALLOW_ENTRY}", "truncated"),
    "of an output": (rf"{d('o_t', 'b')} = V \mathrm{{diag}}(1 - h_t^2)", "truncated"),
    "what one step uses": (rf"{d('L', 'W')} = {d('L', 'z_t')} h_{{t-1}}^\top", "share-of-step"),
    "one step's loss": (rf"{d('L', 'V')} = {ERROR} h_t^\top", "share-of-step"),
    "the output alone": (rf"{d('L', 'h_t')} = V^\top {ERROR}", "one-path"),
    "the recurrence alone": (rf"{d('L', 'h_t')} = {BACK} {d('L', 'h_{t+1}')}", "one-path"),
    "a row of the target": (rf"{d('L_t', 'c')} = -(1 - \hat y_t)", "target-unit"),
    "an entry of the target": (rf"{d('L_t', 'o_{t,i}')} = \hat y_{{t,i}} - 1", "target-unit"),
    "one row of a gradient": (rf"{d('L_t', 'V')} = -(1 - \hat y_t) h_t^\top", "target-unit"),
    "the last loss": (rf"{d('L', 'V')} = (\hat y_T - y_T) h_T^\top", "last-step-loss"),
    "back from the last loss": (rf"{d('L', 'h_t')} = {LATER}", "last-step-loss"),
    "a slope by its value": (rf"{d('h_t', 'h_{t-1}')} = \mathrm{{diag}}(\tanh'(h_t)) W", "value-form"),
    "a vector as a matrix": (rf"{d('h_t', 'z_t')} = 1 - h_t^2", "vector-for-diagonal"),
    "a row of a parameter": (rf"{d('z_t', 'U')} = x_t^\top", "own-row"),
    "every row of it": (rf"{d('h_t', 'U')} = (1 - h_t^2) x_t^\top", "own-row"),
    "a start at zero": (rf"{d('z_1', 'W_{ij}')} = 0", "zero-start"),
}


@pytest.mark.parametrize("name", GRANTED)
def test_an_assumption_is_named(name):
    formula, assumption = GRANTED[name]
    found = claim(formula)
    assert (found.verdict, found.assumptions) == ("conditional", (assumption,)), found


def test_two_assumptions_are_both_named():
    found = claim(rf"{d('L_t', 'W')} = \mathrm{{diag}}(\tanh'(h_t)) V^\top {ERROR} h_{{t-1}}^\top")
    assert (found.verdict, found.assumptions) == ("conditional", ("truncated", "value-form"))


NEVER = {
    "d is total": rf"\frac{{d L_t}}{{d W}} = {SHALLOW}",
    "d is by every path": rf"\frac{{d L}}{{d h_t}} = V^\top {ERROR}",
    "d beside the same with ∂": rf"\frac{{d L}}{{d W}} = \sum_{{t=1}}^T {SHALLOW}",
    "a share of no step": rf"{d('L', 'W')} = {d('L', 'z_4')} h_3^\top",
    "a share of another step": rf"{d('L', 'W')} = {d('L', 'z_t')} h_t^\top",
    "the output of another step": rf"{d('L', 'h_t')} = V^\top (\hat y_{{t+1}} - y_{{t+1}})",
    "the recurrence without its slope": rf"{d('L', 'h_t')} = W^\top {d('L', 'h_{t+1}')}",
    "truncated, its slope lost": rf"{d('L_t', 'W')} = V^\top {ERROR} h_{{t-1}}^\top",
    "truncated, its sign": rf"{d('L_t', 'W')} = -{SHALLOW}",
    "truncated, of another step": rf"{d('L_t', 'W')} = \mathrm{{diag}}(1 - h_t^2) V^\top {ERROR} h_t^\top",
    "two steps back": (
        rf"{d('L_t', 'W')} = {SHALLOW} + \mathrm{{diag}}(1 - h_{{t-1}}^2) {d('L_t', 'h_{t-1}')} h_{{t-1}}^\top"
    ),
    "the sign of a target's row": rf"{d('L_t', 'c')} = 1 - \hat y_t",
    "a hat lost": rf"{d('L_t', 'o_t')} = y_t - y_t \odot \hat y_t",
    "the last loss but one": rf"{d('L', 'V')} = (\hat y_T - y_T) h_{{T-1}}^\top",
    "the first step lost": rf"{d('L', 'V')} = \sum_{{t=2}}^T {d('L', 'o_t')} h_t^\top",
    "the slope of another value": rf"{d('h_t', 'h_{t-1}')} = \mathrm{{diag}}(\tanh'(h_{{t-1}})) W",
    "a row of another step": rf"{d('z_t', 'U')} = x_{{t-1}}^\top",
    "a row without its slope": rf"{d('h_t', 'U')} = x_t^\top",
    "the row of another parameter": rf"{d('z_t', 'W')} = h_t^\top",
    "the slope of the input": rf"{d('h_t', 'z_t')} = \mathrm{{diag}}(1 - z_t^2)",
    "what is direct already": rf"\frac{{\partial^+ L}}{{\partial V}} = \sum_{{t=1}}^T {ERROR} h_t^\top",
}


@pytest.mark.parametrize("name", NEVER)
def test_what_no_assumption_excuses(name):
    found = claim(NEVER[name])
    assert (found.verdict, found.assumptions) == ("fails", ()), found


def test_what_a_page_has_said_in_full_it_means_in_full():
    whole = rf"{d('L', 'V')} = \sum_{{t=1}}^T {ERROR} h_t^\top"
    found = claim(GRANTED["one step's loss"][0], (*NETWORK, whole))
    assert (found.verdict, found.code) == ("fails", "lost-sum")


def test_a_state_that_stays_at_zero_proves_nothing():
    network = (r"h_t = w h_{t-1}", r"L = \sum_{t=1}^T h_t")
    assert claim(rf"{d('h_t', 'w')} = h_t", network).verdict == "fails"


def test_an_open_function_has_no_slope_by_its_value():
    network = tuple(line.replace(r"\tanh(", r"\phi(") for line in NETWORK)
    found = claim(rf"{d('h_t', 'z_t')} = \mathrm{{diag}}(\phi'(h_t))", network)
    assert found.verdict == "fails"


def test_d_stays_total_beside_a_partial_of_the_same():
    text = "\n".join(f"$$\n{line}\n$$\n" for line in (*NETWORK, rf"{d('L_t', 'W')} = {SHALLOW}", NEVER["d is total"]))
    blocks = check_document(Document.read("page.md", text, "md"), None).blocks
    assert [block.verdict for block in blocks[-2:]] == ["conditional", "fails"]


def test_what_lacks_something_is_mended_too():
    found = claim(rf"{d('L', 'V')} = {ERROR} h_t^\top")
    assert found.suggestion == rf"\sum_{{t=1}}^T {ERROR} h_t^\top" and found.code == "conditional"


def test_what_leaves_something_out_is_not_accepted(command):
    page = command.folder / "page.md"
    for formula, status in ((GRANTED["one step's loss"][0], 1), (GRANTED["a row of the target"][0], 0)):
        page.write_text("\n".join(f"$$\n{line}\n$$\n" for line in (*NETWORK, formula)))
        done = command("derive.check", "page.md")
        assert done.returncode == status and "conditional" in done.stdout
        assert ("Not accepted: share-of-step" in done.stdout) == bool(status)


def test_the_column_of_a_parameter_where_vectors_are_rows():
    network = (r"x_t \in \mathbb{R}^{1 \times d}, \quad h_t \in \mathbb{R}^{1 \times n}", r"z_t = x_t U + h_{t-1} W")
    network = (*network, r"h_t = \tanh(z_t)")
    found = claim(rf"{d('z_t', 'U')} = x_t", network)
    assert (found.verdict, found.assumptions) == ("conditional", ("own-row",))
    assert claim(rf"{d('z_t', 'U')} = h_t", network).verdict not in ("holds", "conditional")


@pytest.mark.parametrize(
    ("right", "verdict"), [("i_t", "conditional"), ("f_t", "fails"), ("-i_t", "fails"), (r"(1 - i_t)", "fails")]
)
def test_dots_between_vectors_and_the_share_of_one_step(right: str, verdict: str) -> None:
    cell = (
        r"i_t = \sigma(W h_{t-1} + b)",
        r"g_t = \tanh(U h_{t-1} + V x_t)",
        r"C_t = f_t \odot C_{t-1} + i_t \odot g_t",
    )
    gradient = rf"\frac{{\partial L}}{{\partial C_t}} \cdot {right} \cdot (1 - g_t^2) \cdot (x_t)^T"
    found = claim(rf"\frac{{\partial L}}{{\partial V}} = {gradient}", (*cell, r"h_t = \tanh(C_t)"))
    assert found.verdict == verdict
    assert verdict == "fails" or found.assumptions == ("share-of-step", "entry-by-entry")
