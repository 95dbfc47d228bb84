"""A state with the letter of a loss, and names for parts of the network that are given after it."""

import pytest

CELL = (
    r"f_t = \sigma(W_f x_t + U_f h_{t-1})",
    r"C_t = f_t \odot C_{t-1} + (1 - f_t) \odot \tanh(W x_t)",
    r"h_t = f_t \odot \tanh(C_t)",
    r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
)


def test_a_cell_has_the_letter_of_a_loss(check):
    claims = (
        r"\frac{d C_t}{d C_{t-1}} = \frac{d C}{d C_{t-1}}",
        r"\frac{\partial C_T}{\partial f_T} = \mathrm{diag}(C_{T-1} - \tanh(W x_T))",
        r"\frac{\partial C_T}{\partial f_T} = \mathrm{diag}(C_{T-1} + \tanh(W x_T))",
        r"\frac{\partial L}{\partial C_T} = (h_T - y_T) \odot f_T \odot (1 - \tanh^2(C_T))",
        r"\frac{\partial L}{\partial C_T} = (h_T - y_T) \odot f_T \odot (1 - C_T^2)",
    )
    blocks = check(*CELL, *claims)
    assert [block.verdict for block in blocks[5:]] == ["holds", "fails", "holds", "fails"]


def test_a_function_of_one_quantity_is_a_part_where_its_name_stands_for_nothing_else(verdicts):
    claims = (
        r"a_t = \tanh(C_t)",
        r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial h_t} \odot f_t",
        r"\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial h_t} \odot C_t",
    )
    assert verdicts(*CELL, *claims)[4:] == ["definition", "holds", "fails"]


def test_what_has_a_step_that_is_written_nowhere_may_be_of_that_step_alone(verdicts):
    network = (
        r"h_t = \tanh(W x_t + U h_{t-1})",
        r"z = V h_t",
        r"q = \mathrm{softmax}(z)",
    )
    claims = (
        r"\frac{dL}{dz} = q - y",
        r"\frac{dL}{dV} = \frac{dL}{dz} h_t^\top",
    )
    assert verdicts(*network, *claims)[4] == "unknown"


def test_two_fonts_are_two_names_where_the_page_makes_one_of_the_other(verdicts):
    network = (
        r"h_t = \tanh(W [h_{t-1}, x_t] + b)",
        r"\mathbf{x}_t = [h_{t-1}, x_t]",
        r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2",
        r"a_t = W [h_{t-1}, x_t] + b",
    )
    claims = (
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} \mathbf{x}_t^\top",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} x_t^\top",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \frac{\partial L}{\partial a_t} \mathbf{x}_{t-1}^\top",
    )
    found = verdicts(*network, *claims)
    assert found[:5] == ["definition"] * 4 + ["holds"]
    assert "holds" not in found[5:]


def test_two_fonts_are_one_name_elsewhere(verdicts):
    network = (r"\mathbf{h}_t = \tanh(W x_t + U h_{t-1})", r"a_t = W \mathbf{x}_t + U \mathbf{h}_{t-1}")
    claim = r"\frac{\partial h_t}{\partial a_t} = \mathrm{diag}(1 - \mathbf{h}_t^2)"
    assert verdicts(*network, claim) == ["definition", "definition", "holds"]


@pytest.mark.parametrize("entries", [r"\{ x_1, x_2, \dots, x_n \}", r"[x_1, \dots, x_n]^\top"])
def test_a_list_of_its_entries_makes_no_other_name_of_a_letter(verdicts, entries):
    network = (rf"\mathbf{{x}} = {entries}", r"\mathbf{p} = \text{softmax}(\mathbf{x})")
    claims = [rf"\frac{{\partial p_i}}{{\partial x_j}} = p_i (\delta_{{ij}} {sign} p_j)" for sign in "-+"]
    assert verdicts(*network, *claims)[1:] == ["definition", "holds", "fails"]


def test_a_delta_before_a_name_is_a_gradient_where_the_page_says_of_what(check):
    claims = (
        r"\delta h_t = \frac{\partial L}{\partial h_t}",
        r"\delta f_t = \frac{\partial L}{\partial f_t}",
        r"\delta C_T = \delta h_T \odot f_T \odot (1 - \tanh^2(C_T))",
        r"\delta C_T = \delta h_T \odot f_T \odot (1 + \tanh^2(C_T))",
        r"\delta C_T = \delta h_T \odot (1 - \tanh^2(C_T))",
    )
    found = [block.claims[0].verdict for block in check(*CELL, *claims)[4:]]
    assert found[:3] == ["definition", "definition", "holds"]
    assert set(found[3:]) <= {"fails", "unknown"}


def test_a_delta_in_a_product_stays_a_quantity(verdicts):
    network = (r"z = W x", r"p = \mathrm{softmax}(z)", r"L = -\sum_k y_k \log p_k", r"\delta = p - y")
    claims = (r"\frac{\partial L}{\partial W} = \delta x^\top", r"\frac{\partial L}{\partial W} = x \delta^\top")
    assert verdicts(*network, *claims)[3:] == ["definition", "holds", "fails"]


def test_names_before_which_a_mark_stands_tell_each_other(check):
    parts = (r"\delta h_t = \frac{\partial L}{\partial h_t}", r"\delta C_t = \delta C_t^{own} + \delta C_t^{next}")
    own = r"\delta C_t^{own} = \delta h_t \odot f_t \odot (1 - \tanh^2(C_t))"
    claims = (
        r"\delta f_t = \delta h_t \odot \tanh(C_t) + \delta C_t \odot (C_{t-1} - \tanh(W x_t))",
        r"\delta f_t = \delta h_t \odot \tanh(C_t) + \delta C_t \odot (C_{t} - \tanh(W x_t))",
    )
    right, wrong = ([block.claims[0].verdict for block in check(*CELL, *parts, own, claim)][-1] for claim in claims)
    assert right == "holds" and wrong not in ("holds", "definition", "conditional")


def test_a_gradient_that_is_passed_on_is_that_of_one_path(check):
    network = (r"z_t = W x_t + U h_{t-1}", r"h_t = \tanh(z_t)")
    named = (r"dh_t = \frac{\partial L}{\partial h_t}", r"dz_t = dh_t \odot (1 - h_t^2)")
    claims = (
        r"dh_{t-1} = U^\top dz_t",
        r"dh_{t-1} = U dz_t",
        r"dx_t = W^\top dz_t",
    )
    found = [block.claims[0] for block in check(*network, *named, *claims)][4:]
    assert [claim.verdict for claim in found] == ["conditional", "fails", "holds"]
    assert "one-path" in found[0].assumptions


def test_a_wrong_formula_of_a_gradient_defines_no_other(check):
    network = (r"z_t = W x_t + U h_{t-1}", r"h_t = \tanh(z_t)", r"dz_t = \frac{\partial L}{\partial z_t}")
    for wrong in (r"dx_t = W^\top \frac{\partial L}{\partial h_t}", r"dx_t = -W^\top dz_t", r"dx_t = W dz_t"):
        assert check(*network, wrong)[-1].verdict not in ("holds", "definition", "conditional")


def test_one_formula_or_another_in_running_text(check_text):
    page = (
        "$$\nh_t = \\tanh(W x_t + U h_{t-1})\n$$\n\n"
        "Each gate is $g_t = \\sigma(h_t)$ or $g_t = \\tanh(h_t)$.\n\n"
        "$$\n\\frac{\\partial h_t}{\\partial x_t} = \\mathrm{diag}(1 - h_t^2) W\n$$\n"
    )
    assert check_text(page) == ["definition", "holds"]


@pytest.mark.parametrize(
    ("value", "inner"),
    [
        (r"a^l_j = \sigma(\sum_k w^l_{jk} a^{l-1}_k + b^l_j)", r"z^l = w^l a^{l-1} + b^l"),
        (r"a^l = \sigma(w^l a^{l-1} + b^l)", r"z^l_j = b^l_j + \sum_k w^l_{jk} a^{l-1}_k"),
        (r"a^l_j = \sigma(\sum_k w^l_{jk} a^{l-1}_k + b^l_j)", r"z^l_i = \sum_j w^l_{ij} a^{l-1}_j + b^l_i"),
    ],
)
def test_a_part_has_its_name_entry_by_entry(verdicts, value, inner):
    network = (
        value,
        inner,
        r"C = \frac{1}{2} \sum_j (a^L_j - y_j)^2",
        r"\delta^l_j = \frac{\partial C}{\partial z^l_j}",
    )
    claims = (
        r"\delta^l = (w^{l+1})^\top \delta^{l+1} \odot \sigma'(z^l)",
        r"\delta^l_j = \sum_k w^{l+1}_{kj} \delta^{l+1}_k \sigma'(z^l_j)",
        r"\delta^l_j = \sum_k w^{l+1}_{jk} \delta^{l+1}_k \sigma'(z^l_j)",
    )
    assert verdicts(*network, *claims) == [*["definition"] * 4, "holds", "holds", "fails"]


def test_another_sum_is_no_part(verdicts):
    network = (r"a_j = \sigma(\sum_k w_{jk} x_k + b_j)", r"z_j = \sum_k w_{kj} x_k + b_j", r"C = \sum_j a_j")
    claim = r"\frac{\partial C}{\partial z_j} = \sigma'(z_j)"
    assert verdicts(*network, claim)[-1] not in ("holds", "conditional")


def test_a_unit_below_a_raised_step_beside_a_step_below(verdicts):
    network = (
        r"h_t = \tanh(W h_{t-1} + U x_t)",
        r"o^{(t)} = V h^{(t)}",
        r"L = \frac{1}{2} \sum_t \|o^{(t)} - y^{(t)}\|^2",
    )
    claims = [
        rf"\nabla_W L = \sum_t \sum_i \frac{{\partial L}}{{\partial h_i^{{({step})}}}} \nabla_{{W^{{(t)}}}} h_i^{{(t)}}"
        for step in ("t", "t-1")
    ]
    assert verdicts(*network, *claims)[3:] == ["holds", "fails"]


def test_a_loss_of_all_steps_by_what_it_depends_on_and_differentiated_by_its_own_steps(verdicts):
    network = (r"h_t = \tanh(W h_{t-1} + U x_t)", r"L(\{x_1, \ldots, x_T\}) = \sum_t L_t")
    claims = [rf"\nabla_U L = \sum_t ((1 - h_t^2) \odot \nabla_{{h_t}} L) {x}^\top" for x in ("x_t", "x_{t-1}")]
    found = verdicts(*network, r"\frac{\partial L}{\partial L_t} = 1", *claims)
    assert found[1] != "fails" and found[2:] == ["holds", "holds", "fails"]
