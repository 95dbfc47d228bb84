r"""The classical mistakes of texts on back-propagation through time, each with its verdict and its mending.

Vector notation, h_t = tanh(z_t) as the legend of elman_vector.md has it. The page defines the adjoints first:
δ^o, δ^h and δ^z are the derivatives of the whole loss by o_t, h_t and z_t.
"""

import re
from pathlib import Path

import pytest

from derive.judge.notes import check_notes

LEGEND = Path(__file__).parents[3] / "derive" / "notes" / "elman_vector.toml"
ADJOINTS = (
    r"\delta_t^o = \frac{\partial L}{\partial o_t}",
    r"\delta_t^h = \frac{\partial L}{\partial h_t}",
    r"\delta_t^z = \frac{\partial L}{\partial z_t}",
)
MEAN = """
[network]
equations = [
  'z_t = W_{hh} h_{t-1} + W_{xh} x_t + b_h',
  'h_t = \\tanh(z_t)',
  'o_t = W_{hy} h_t + b_y',
  '\\hat{y}_t = \\mathrm{softmax}(o_t)',
  'L_t = -y_t^\\top \\log \\hat{y}_t',
  'L = \\frac{1}{T} \\sum_{t=1}^{T} L_t',
]
loss = 'L_t'
"""

SHARE = r"\mathrm{diag}(1 - h_k^2) \left( \frac{\partial h_t}{\partial h_k} \right)^\top W_{hy}^\top \delta_t^o"
RECURRENCE = r"\frac{\partial^{+} z_t}{\partial b_h} + \frac{\partial z_t}{\partial z_{t-1}} "

# Each: the left side, the wrong right side, and what it should have been.
SLIPS = {
    "the transpose lost in the recurrent delta": (
        r"\delta_t^h",
        r"W_{hy}^\top \delta_t^o + W_{hh} \left( (1 - h_{t+1}^2) \odot \delta_{t+1}^h \right)",
        r"W_{hy}^\top \delta_t^o + W_{hh}^\top \left( (1 - h_{t+1}^2) \odot \delta_{t+1}^h \right)",
    ),
    "the transpose lost at the output": (
        r"\frac{\partial L_t}{\partial h_t}",
        r"W_{hy} \delta_t^o",
        r"W_{hy}^\top \delta_t^o",
    ),
    "1 - h_t² for 1 - h_{t+1}²": (
        r"\delta_t^h",
        r"W_{hy}^\top \delta_t^o + W_{hh}^\top \left( (1 - h_t^2) \odot \delta_{t+1}^h \right)",
        r"W_{hy}^\top \delta_t^o + W_{hh}^\top \left( (1 - h_{t+1}^2) \odot \delta_{t+1}^h \right)",
    ),
    "tanh' written out, applied to the activated value": (
        r"\delta_t^z",
        r"(1 - \tanh^2(h_t)) \odot \delta_t^h",
        r"(1 - \tanh^2(z_t)) \odot \delta_t^h",
    ),
    "h_t for h_{t-1}": (
        r"\frac{\partial L}{\partial W_{hh}}",
        r"\sum_{t=1}^{T} \delta_t^z h_t^\top",
        r"\sum_{t=1}^{T} \delta_t^z h_{t-1}^\top",
    ),
    "the derivative of tanh lost": (
        r"\frac{\partial L}{\partial W_{xh}}",
        r"\sum_{t=1}^{T} \delta_t^h x_t^\top",
        r"\sum_{t=1}^{T} \delta_t^z x_t^\top",
    ),
    "Wᵀ diag for diag W": (
        r"\frac{\partial h_t}{\partial h_{t-1}}",
        r"W_{hh}^\top \mathrm{diag}(1 - h_t^2)",
        r"\mathrm{diag}(1 - h_t^2)^\top W_{hh}",
    ),
    "the factors of an outer product swapped": (
        r"\frac{\partial L}{\partial W_{hy}}",
        r"\sum_{t=1}^{T} h_t (\delta_t^o)^\top",
        r"\sum_{t=1}^{T} \delta_t^o h_t^\top",
    ),
    "W diag for diag W": (
        r"\frac{\partial h_t}{\partial h_{t-1}}",
        r"W_{hh} \mathrm{diag}(1 - h_t^2)",
        r"\mathrm{diag}(1 - h_t^2) W_{hh}",
    ),
    "diag Wᵀ for Wᵀ diag in the delta": (
        r"\delta_t^h",
        r"W_{hy}^\top \delta_t^o + \mathrm{diag}(1 - h_{t+1}^2) W_{hh}^\top \delta_{t+1}^h",
        r"W_{hy}^\top \delta_t^o + W_{hh}^\top \mathrm{diag}(1 - h_{t+1}^2) \delta_{t+1}^h",
    ),
    "the sum begins too late": (
        r"\frac{\partial L}{\partial W_{xh}}",
        r"\sum_{t=2}^{T} \delta_t^z x_t^\top",
        r"\sum_{t=1}^{T} \delta_t^z x_t^\top",
    ),
    "the sum ends too early": (
        r"\frac{\partial L}{\partial W_{hh}}",
        r"\sum_{t=1}^{T-1} \delta_t^z h_{t-1}^\top",
        r"\sum_{t=1}^{T} \delta_t^z h_{t-1}^\top",
    ),
    "the sum over the past ends too early": (
        r"\frac{\partial L_t}{\partial b_h}",
        r"\sum_{k=1}^{t-1} " + SHARE,
        r"\sum_{k=1}^{t} " + SHARE,
    ),
    "target minus prediction": (
        r"\delta_t^o",
        r"y_t - \hat{y}_t",
        r"\hat{y}_t - y_t",
    ),
    "target minus prediction in a gradient": (
        r"\frac{\partial L}{\partial b_y}",
        r"\sum_{t=1}^{T} (y_t - \hat{y}_t)",
        r"\sum_{t=1}^{T} (\hat{y}_t - y_t)",
    ),
    "the direct for the total derivative": (
        r"\frac{\partial z_t}{\partial b_h}",
        RECURRENCE + r"\frac{\partial^{+} z_{t-1}}{\partial b_h}",
        RECURRENCE + r"\frac{\partial z_{t-1}}{\partial b_h}",
    ),
}

# True under an assumption, which the page does not state.
CONDITIONAL = {
    "tanh' applied to the activated value": (r"\delta_t^z", r"\tanh'(h_t) \odot \delta_t^h", "value-form"),
    "the carried term dropped": (r"\frac{\partial L}{\partial h_t}", r"W_{hy}^\top \delta_t^o", "one-path"),
    "the last step only": (r"\frac{\partial L}{\partial W_{hy}}", r"\delta_T^o h_T^\top", "last-step-loss"),
    "the carried term dropped in a gradient": (
        r"\frac{\partial L}{\partial b_h}",
        r"\sum_{t=1}^{T} (1 - h_t^2) \odot (W_{hy}^\top \delta_t^o)",
        "truncated",
    ),
    "the direct for the total derivative in a gradient": (
        r"\frac{\partial L}{\partial W_{hh}}",
        r"\sum_{t=1}^{T} \frac{\partial L_t}{\partial z_t} \frac{\partial^{+} z_t}{\partial W_{hh}}",
        "truncated",
    ),
}

# Often taken for mistakes: right as they stand, or for a state that begins at zero.
RIGHT = {
    "the recurrence with δ^z": (r"\delta_t^h", r"W_{hy}^\top \delta_t^o + W_{hh}^\top \delta_{t+1}^z", ()),
    "one step by its own state": (
        r"\frac{\partial L_t}{\partial W_{hh}}",
        r"\frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial W_{hh}}",
        (),
    ),
    "the sum from the second step": (
        r"\frac{\partial L}{\partial W_{hh}}",
        r"\sum_{t=2}^{T} \delta_t^z h_{t-1}^\top",
        ("zero-start",),
    ),
    "the sum shifted by one": (
        r"\frac{\partial L}{\partial W_{hh}}",
        r"\sum_{t=1}^{T-1} \delta_{t+1}^z h_t^\top",
        ("zero-start",),
    ),
}

TEXTBOOK = (
    r"\frac{\partial L}{\partial W_{hh}}",
    r"\sum_{t=1}^{T} \sum_{k=1}^{t} \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} "
    r"\frac{\partial h_k}{\partial W_{hh}}",
)


@pytest.fixture
def claim(tmp_path):
    """A function that checks left = right after the definitions of the adjoints and returns the claim."""

    def checked(left, right, legend=LEGEND):
        path = tmp_path / "page.md"
        path.write_text("\n\n".join(f"$${f}$$" for f in (*ADJOINTS, f"{left} = {right}")), encoding="utf-8")
        *definitions, last = check_notes(path, legend).blocks
        assert [block.verdict for block in definitions] == ["definition"] * len(ADJOINTS)
        (found,) = last.claims
        return found

    return checked


def squeezed(latex):
    return re.sub(r"\^\{(\w)\}", r"^\1", "".join(latex.split()))


@pytest.mark.parametrize("slip", SLIPS)
def test_the_slip_fails_and_one_edit_mends_it(claim, slip):
    left, wrong, right = SLIPS[slip]
    found = claim(left, wrong)
    assert (found.verdict, found.assumptions) == ("fails", ())
    example = found.counterexample
    assert example is None or example.left != example.right
    assert found.suggestion is not None and squeezed(found.suggestion) == squeezed(right)
    assert claim(left, right).verdict == "holds"


@pytest.mark.parametrize("slip", CONDITIONAL)
def test_the_assumption_is_named(claim, slip):
    left, right, assumption = CONDITIONAL[slip]
    found = claim(left, right)
    assert (found.verdict, found.assumptions) == ("conditional", (assumption,))
    assert found.suggestion is None or claim(left, found.suggestion).verdict == "holds"


@pytest.mark.parametrize("name", RIGHT)
def test_what_looks_like_a_slip_and_is_none(claim, name):
    left, right, assumptions = RIGHT[name]
    found = claim(left, right)
    assert (found.verdict, found.assumptions) == ("conditional" if assumptions else "holds", assumptions)


@pytest.mark.parametrize("condition", [r" \quad \text{for } k < t", r" \quad \text{for } k \le t", ""])
def test_a_product_of_jacobians_written_out(claim, condition):
    """The matrix that carries no index belongs to the product, an empty product is the identity, and the factors stand
    as the index runs: those of ∂h_t/∂h_k from the last step down, those of its transpose upwards."""
    left, transposed = r"\frac{\partial h_t}{\partial h_k}", r"W_{hh}^\top \mathrm{diag}(1 - h_i^2)"
    down, up = r"\prod_{i=t}^{k+1}", r"\prod_{i=k+1}^{t}"
    factor = r" \mathrm{diag}(1 - h_i^2) W_{hh}"
    assert claim(left, down + factor + condition).verdict == "holds"
    assert claim(left, up + factor + condition).verdict == "fails"
    assert claim(rf"({left})^\top", f"{up} {transposed}" + condition).verdict == "holds"
    assert claim(rf"({left})^\top", f"{down} {transposed}" + condition).verdict == "fails"


@pytest.mark.parametrize(("left", "verdict"), [(r"\delta_{T+1}^h", "holds"), ("h_0", "definition")])
def test_what_vanishes_is_zero_in_any_shape(claim, left, verdict):
    assert claim(left, "0").verdict == verdict


def test_a_direct_partial_is_not_asked_of_the_initial_state(claim):
    assert claim(r"\frac{\partial^{+} h_t}{\partial b_h}", r"\mathrm{diag}(1 - h_t^2)").verdict == "holds"


def test_the_double_sum_of_the_textbooks(claim):
    """Its last factor is direct, also where the pre-activation has a name of its own."""
    found = claim(*TEXTBOOK)
    assert found.verdict == "holds"
    assert ("∂h(k)/∂W_hh", "direct") in [(reading.partial, reading.taken) for reading in found.readings]


@pytest.mark.parametrize(
    ("left", "wrong", "right"),
    [
        (r"\frac{\partial L}{\partial o_t}", r"\hat{y}_t - y_t", r"\frac{1}{T} (\hat{y}_t - y_t)"),
        (
            r"\frac{\partial L}{\partial b_y}",
            r"\sum_{t=1}^{T} (\hat{y}_t - y_t)",
            r"\frac{1}{T} \sum_{t=1}^{T} (\hat{y}_t - y_t)",
        ),
    ],
)
def test_the_factor_of_a_mean_lost(claim, tmp_path, left, wrong, right):
    legend = tmp_path / "mean.toml"
    legend.write_text(
        LEGEND.read_text(encoding="utf-8").replace('network = "elman"', "").replace("[symbols]", MEAN + "\n[symbols]"),
        encoding="utf-8",
    )
    found = claim(left, wrong, legend)
    assert found.verdict == "fails"
    assert claim(left, right, legend).verdict == "holds" and claim(left, wrong).verdict == "holds"


WHOLE = r"\frac{\partial L_t}{\partial h_t}"
THROUGH_OUTPUT = r"\frac{\partial L_t}{\partial \hat{y}_t} \frac{\partial \hat{y}_t}{\partial h_t}"
IN_BRACKETS = (r"\left(", r"\right)")


@pytest.mark.parametrize(
    ("parameter", "brackets", "start"),
    [
        ("W_{hh}", IN_BRACKETS, WHOLE),
        ("W_{hh}", ("", ""), THROUGH_OUTPUT),
        ("b_h", IN_BRACKETS, THROUGH_OUTPUT),
        ("b_h", ("", ""), WHOLE),
        ("W_{xh}", ("", ""), WHOLE),
    ],
)
def test_the_product_of_jacobians_in_the_middle(claim, parameter, brackets, start):
    """The central formula of the field. At k = t its product is empty: ∂L_t/∂h_t and ∂⁺h_k/∂W are side by side."""
    jacobians = r" \prod_{i=k+1}^{t} \frac{\partial h_i}{\partial h_{i-1}} ".join(brackets)
    right = rf"\sum_{{k=1}}^{{t}} {start} {jacobians} \frac{{\partial^{{+}} h_k}}{{\partial {parameter}}}"
    step, run = rf"\frac{{\partial L_t}}{{\partial {parameter}}}", rf"\frac{{\partial L}}{{\partial {parameter}}}"
    assert claim(step, right).verdict == "holds"
    assert claim(run, rf"\sum_{{t=1}}^{{T}} {right}").verdict == "holds"
    for slip in (right.replace("i=k+1", "i=k+2"), right.replace("^{t}", "^{t-1}", 1)):
        assert claim(step, slip).verdict == "fails"


def test_an_empty_product_keeps_its_factor(claim):
    """At k = t what stands beside the matrices is 2 times the identity."""
    jacobians = r"\left( 2 \prod_{i=k+1}^{t} \frac{\partial h_i}{\partial h_{i-1}} \right)"
    local = r"\frac{\partial^{+} h_k}{\partial b_h}"
    right = rf"\sum_{{k=1}}^{{t}} \frac{{\partial L_t}}{{\partial h_t}} {jacobians} {local}"
    assert claim(r"\frac{\partial L_t}{\partial b_h} + \frac{\partial L_t}{\partial b_h}", right).verdict == "holds"
    assert claim(r"\frac{\partial L_t}{\partial b_h}", right).verdict == "fails"


def test_a_transpose_on_a_fraction(claim):
    """Without brackets around the derivative, as it is often typed."""
    jacobian, adjoint = r"\frac{\partial o_t}{\partial h_t}", r"\frac{\partial L_t}{\partial o_t}"
    assert claim(r"\frac{\partial L_t}{\partial h_t}", rf"{jacobian}^\top {adjoint}").verdict == "holds"
    assert claim(rf"{jacobian}^\top", r"W_{hy}^\top").verdict == "holds"
    assert claim(rf"{jacobian}^\top", "W_{hy}").verdict == "fails"


def test_shapes_that_do_not_fit_within_a_side_are_mended_by_the_edit_that_fits(claim):
    """No numbers refute them."""
    for right in (r"W_{hy} \delta_t^o", r"W_{hy}^\top \delta_t^o + \delta_t^o"):
        found = claim(r"\frac{\partial L_t}{\partial h_t}", right)
        assert (found.verdict, found.suggestion, found.counterexample) == ("fails", r"W_{hy}^\top \delta_t^o", None)
