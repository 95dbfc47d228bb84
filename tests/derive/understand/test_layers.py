"""Layers above: which letters there are indices, and what is claimed of the last layer."""

import pytest

PERCEPTRON = (
    r"z^l = W^l a^{l-1} + b^l",
    r"a^l = \sigma(z^l)",
    r"C = \frac{1}{2} \|a^L - y\|^2",
)


@pytest.mark.parametrize("name", [r"\delta", r"\text{err}_{\text{net}}"])
@pytest.mark.parametrize("relation", [":=", r"\equiv", "="])
def test_the_last_layer_of_a_named_quantity_is_claimed_not_named_anew(verdicts, name, relation):
    named = rf"{name}^l {relation} \frac{{\partial C}}{{\partial z^l}}"
    true = rf"{name}^L = (a^L - y) \odot a^L \odot (1 - a^L)"
    false = rf"{name}^L = (a^L - y) \odot a^L \odot (1 + a^L)"
    back = rf"{name}^l = ((W^{{l+1}})^\top {name}^{{l+1}}) \odot a^l \odot (1 - a^l)"
    assert verdicts(*PERCEPTRON, named, true)[3:] == ["definition", "holds"]
    assert verdicts(*PERCEPTRON, named, false)[3:] == ["definition", "fails"]
    assert verdicts(*PERCEPTRON, named, false, back)[3:] == ["definition", "fails", "holds"]


def test_the_layer_above_the_last_may_be_named_apart(verdicts):
    network = (
        r"z_l^{(t)} = W_l h_{l-1}^{(t)} + R_l h_l^{(t-1)}",
        r"h_l^{(t)} = \sigma_l(z_l^{(t)})",
        r"z_{L+1}^{(t)} = W_{L+1} h_L^{(t)}",
        r"o^{(t)} = \sigma_{L+1}(z_{L+1}^{(t)})",
        r"C = \frac{1}{2} \sum_{t=1}^T \|o^{(t)} - y^{(t)}\|^2",
    )
    last = r"\delta_{L+1}^{(t)} = \frac{\partial C}{\partial z_{L+1}^{(t)}}"
    others = r"\delta_l^{(t)} = \frac{\partial C}{\partial h_l^{(t)}} \odot \sigma_l'(z_l^{(t)})"
    claims = (
        r"\frac{\partial C}{\partial W_{L+1}} = \sum_t \delta_{L+1}^{(t)} (h_L^{(t)})^\top",
        r"\frac{\partial C}{\partial W_{L+1}} = \sum_t \delta_{L+1}^{(t)} (h_L^{(t-1)})^\top",
        r"\frac{\partial C}{\partial R_l} = \sum_t \delta_l^{(t)} (h_l^{(t-1)})^\top",
        r"\frac{\partial C}{\partial R_l} = \sum_t \delta_l^{(t)} (h_l^{(t)})^\top",
    )
    found = verdicts(*network, last, others, *claims)[5:]
    assert found == ["definition", "definition", "holds", "fails", "holds", "fails"]


def test_the_units_of_a_layer_are_counted_above_a_sum(verdicts):
    claims = (
        r"\frac{\partial C}{\partial a^L_i} = \sum_{j=1}^m \delta_{ij} (a^L_j - y_j)",
        r"\frac{\partial C}{\partial a^L_i} = \sum_{j=1}^m (a^L_j - y_j)",
        r"\gamma^l = \frac{\partial C}{\partial z^l}",
    )
    assert verdicts(*PERCEPTRON, *claims)[3:] == ["holds", "fails", "definition"]


def test_paths_that_are_the_whole_together_need_no_meaning(verdicts):
    network = (
        r"h_t = \tanh(U x_t + W h_{t-1})",
        r"o_t = V h_t",
        r"L = \frac{1}{2} \sum_{t=1}^T \|o_t - y_t\|^2",
    )
    parts = [rf"\left(\frac{{\partial L}}{{\partial h_t}}\right)_\text{{{word}}}" for word in ("up", "on")]
    whole = r"\frac{\partial L}{\partial h_t}"
    assert verdicts(*network, f"{whole} = {parts[0]} + {parts[1]}")[3:] == ["holds"]
    assert verdicts(*network, f"{whole} = {parts[0]} - {parts[1]}")[3:] == ["unknown"]


def test_layers_in_square_brackets(verdicts):
    network = ("z[l] = W[l] a[l-1] + b[l]", r"a[l] = \sigma(z[l])", r"J = \frac{1}{2} \|a[L] - y\|^2")
    named = r"\delta[l] = \frac{\partial J}{\partial z[l]}"
    claims = (
        r"\delta[L] = (a[L] - y) \odot \sigma'(z[L])",
        r"\delta[l] = (W[l+1]^\top \delta[l+1]) \odot \sigma'(z[l])",
        r"\delta[l] = (W[l]^\top \delta[l+1]) \odot \sigma'(z[l])",
        r"\frac{\partial J}{\partial W[l]} = \delta[l] a[l-1]^\top",
        r"\frac{\partial J}{\partial W[l]} = \delta[l] a[l]^\top",
    )
    assert verdicts(*network, named, *claims)[4:] == ["holds", "holds", "fails", "holds", "fails"]


def test_a_square_bracket_after_a_name_is_no_factor(verdicts):
    assert verdicts(r"h = \sigma(W x)", "y = V h[L]", r"\frac{\partial y}{\partial h} = L V")[1:] == ["unreadable"] * 2
    assert (
        verdicts(r"a = \sigma(W x)", r"\frac{\partial a}{\partial x} = \mathrm{diag}(a [1 - a]) W")[1] != "unreadable"
    )


def test_a_loss_that_is_not_said_is_any_function_of_the_last_layer(verdicts):
    network = ("Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}", "A^{[l]} = g^{[l]}(Z^{[l]})")
    named = r"dZ^{[l]} = \frac{\partial L}{\partial Z^{[l]}}"
    claims = (
        r"\frac{\partial L}{\partial W^{[l]}} = dZ^{[l]} A^{[l-1]T}",
        r"\frac{\partial L}{\partial W^{[l]}} = dZ^{[l]} A^{[l]T}",
        "dA^{[l]} = W^{[l+1]T} dZ^{[l+1]}",
        "dA^{[l]} = W^{[l]T} dZ^{[l+1]}",
        r"dZ^{[l]} = dA^{[l]} \odot g'^{[l]}(Z^{[l]})",
        r"dZ^{[l]} = dA^{[l]} \odot g'^{[l]}(Z^{[l+1]})",
    )
    assert verdicts(*network, named, *claims)[3:] == ["holds", "fails"] * 3


@pytest.mark.parametrize(
    ("right", "verdict"),
    [
        (r"\frac{\partial C}{\partial z^m} a^{m - 1 \top}", "holds"),
        (r"\frac{\partial C}{\partial z^m} a^{m \top}", "fails"),
        (r"-\frac{\partial C}{\partial z^m} a^{m - 1 \top}", "fails"),
    ],
)
def test_a_transpose_behind_the_index_of_a_layer(verdicts, right, verdict):
    page = (r"z^m = W^m a^{m - 1} + b^m", r"a^m = \sigma(z^m)", r"C = \frac{1}{2} \|a^L - y\|^2")
    assert verdicts(*page, rf"\frac{{\partial C}}{{\partial W^m}} = {right}")[3:] == [verdict]


HIDDEN = r"a_i^l = \frac{1}{1 + e^{-z_i^l}}"
OUTPUT = r"a_i^L = \frac{e^{z_i^L}}{\sum_j e^{z_j^L}}"


def test_the_last_layer_has_another_function_entry_by_entry(verdicts):
    claims = (
        r"\sum_i a_i^L = 1",
        r"\frac{\partial a_i^L}{\partial z_i^L} = a_i^L (1 - a_i^L)",
        r"\frac{\partial a_j^L}{\partial z_i^L} = a_j^L (\delta_{ij} - a_i^L)",
        r"\frac{\partial a_j^L}{\partial z_i^L} = a_j^L (\delta_{ij} + a_i^L)",
        r"\sum_i a_i^L = 2",
    )
    assert verdicts(HIDDEN, OUTPUT, *claims)[2:] == ["holds", "holds", "holds", "fails", "fails"]


def test_the_targets_of_a_softmax_in_the_last_layer_sum_to_one(verdicts):
    loss = r"C = -\sum_i y_i \ln a_i^L"
    slope = r"\frac{\partial C}{\partial z_i^L}"
    claims = (rf"{slope} = a_i^L - y_i", rf"{slope} = y_i - a_i^L", r"C = -\ln a_j^L", r"C = \ln a_j^L")
    assert verdicts(HIDDEN, OUTPUT, loss, *claims)[3:] == ["holds", "fails", "conditional", "fails"]


def test_the_loss_of_an_input_is_a_name(verdicts):
    page = (
        r"z_i^l = \sum_j w_{ij}^l a_j^{l-1} + b_i^l",
        r"a_i^l = \sigma(z_i^l)",
        r"C = \frac{1}{n} \sum_x C_x",
        r"C_x = \frac{1}{2} \sum_j (y_j - a_j^L)^2",
        r"\delta_i^l = \frac{\partial C_x}{\partial z_i^l}",
    )
    claims = (
        r"\delta_i^L = (a_i^L - y_i) \sigma'(z_i^L)",
        r"\delta_i^L = (y_i - a_i^L) \sigma'(z_i^L)",
        r"\frac{\partial C_x}{\partial w_{ij}^l} = a_j^{l-1} \delta_i^l",
        r"\frac{\partial C_x}{\partial w_{ij}^l} = a_j^l \delta_i^l",
    )
    found = verdicts(*page, *claims)
    assert found[:6] == [*["definition"] * 5, "holds"]
    assert found[6] == "fails" and found[7] == "holds" and found[8] in ("fails", "unreadable", "unknown")


def test_an_update_of_the_weights_of_a_layer_defines_nothing(verdicts):
    update = r"W^l = W^l - \eta \frac{\partial C}{\partial W^l}"
    claims = (
        r"\delta^l = \frac{\partial C}{\partial z^l}",
        r"\frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^\top",
        r"\frac{\partial C}{\partial W^l} = \delta^l (a^l)^\top",
    )
    assert verdicts(*PERCEPTRON, update, *claims)[4:] == ["definition", "holds", "fails"]


@pytest.mark.parametrize(
    ("side", "verdict"), [("(a^L - y)", "holds"), ("(a^L + y)", "fails"), ("(a^{L-1} - y)", "fails")]
)
def test_the_gradient_by_the_last_layer_whose_number_is_left_out(verdicts, side, verdict):
    page = (r"C = \frac{1}{2} \sum_j (y_j - a^L_j)^2", r"a^l = \sigma(z^l)", rf"\nabla_a C = {side}")
    assert verdicts(*page)[-1] == verdict


CONVOLUTION = (
    r"z^{l+1} = a^l * W^{l+1}",
    r"z_{11} = a_{11} * w_{11} + a_{12} * w_{12}",
    r"z_{12} = a_{12} * w_{11} + a_{13} * w_{12}",
    r"\frac{\partial C}{\partial W^{l+1}_{11}} = a_{11} \delta_{11} + a_{12} \delta_{12}",
)


def test_what_else_is_written_in_the_letters_of_a_network_does_not_cost_its_equations(verdicts):
    network = (r"z^l = W^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac{1}{2} \|a^L - y\|^2")
    claims = (
        r"\delta^l = \frac{\partial C}{\partial z^l}",
        r"\delta^l = (W^{l+1})^\top \delta^{l+1} \odot \sigma'(z^l)",
        r"\delta^l = W^{l+1} \delta^{l+1} \odot \sigma'(z^l)",
        r"\frac{\partial C}{\partial w^l} = \delta^l (a^{l-1})^\top",
    )
    found = verdicts(*network, *claims, *CONVOLUTION)
    assert found[:6] == [*["definition"] * 4, "holds", "fails"]
    assert not {"holds", "fails"} & set(found[7:8])


DEEP = (r"z^l = w^l a^{l-1} + b^l", r"a^l = \sigma(z^l)", r"C = \frac{1}{2} \|a^L - y\|^2")
OTHERS = (
    r"\delta^l = (w^{l+1})^\top \delta^{l+1} \odot \sigma'(z^l)",
    r"\delta^l = w^{l+1} \delta^{l+1} \odot \sigma'(z^l)",
    r"\frac{\partial C}{\partial w^l} = \delta^l (a^{l-1})^\top",
    r"\frac{\partial C}{\partial b^l} = -\delta^l",
)


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (r"\delta^L = (a^L - y) \odot \sigma'(z^L)", "holds"),
        (r"\delta^L = \frac{\partial C}{\partial a^L} \odot \sigma'(z^L)", "holds"),
        (r"\delta^L = \nabla_a C \odot \sigma'(z^L)", "holds"),
        (r"\delta^L_j = (a^L_j - y_j) \sigma'(z^L_j)", "holds"),
        (r"\delta^L = \frac{\partial C}{\partial z^L}", "definition"),
    ],
)
def test_a_name_for_a_derivative_that_is_said_in_the_last_layer_alone(verdicts, end, verdict):
    assert verdicts(*DEEP, end, *OTHERS)[3:] == [verdict, "holds", "fails", "holds", "fails"]


def test_what_is_no_derivative_in_the_last_layer_says_nothing_of_the_others(verdicts):
    found = verdicts(*DEEP, r"\delta^L = (a^L + y) \odot \sigma'(z^L)", *OTHERS)[3:]
    assert found == ["unreadable"] * 5


def test_names_by_custom_of_which_one_is_said_in_the_last_layer(verdicts):
    names = (
        r"da^{[L]} = -\frac{y}{a^{[L]}} + \frac{1 - y}{1 - a^{[L]}}",
        r"dz^{[l]} = da^{[l]} \odot g'(z^{[l]})",
        r"dw^{[l]} = dz^{[l]} a^{[l-1]T}",
        r"da^{[l-1]} = w^{[l]T} dz^{[l]}",
    )
    network = (
        r"z^{[l]} = w^{[l]} a^{[l-1]} + b^{[l]}",
        r"a^{[l]} = g(z^{[l]})",
        r"L = -(y \ln a^{[L]} + (1 - y) \ln(1 - a^{[L]}))",
    )
    assert verdicts(*network, *names)[3:] == ["holds"] * 4
    assert verdicts(*network, *names, r"da^{[l-1]} = w^{[l]} dz^{[l]}")[-1] not in ("holds", "conditional")


STACKED = (
    r"h_t^{(l)} = \tanh(W^{(l)} h_{t-1}^{(l)} + U^{(l)} h_t^{(l-1)}), \quad l = 1, \dots, N",
    r"h_t^{(0)} = x_t",
    r"o_t = V h_t^{(N)}",
    r"E = \frac{1}{2} \sum_{t=1}^T \|o_t - y_t\|^2",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial E}{\partial h_T^{(N)}} = V^\top (o_T - y_T)", "holds"),
        (r"\frac{\partial E}{\partial V} = \sum_t (o_t - y_t) h_t^{(N)\top}", "holds"),
        (r"\frac{\partial E}{\partial V} = \sum_t (o_t - y_t) h_t^{(N-1)\top}", "fails"),
        (r"\frac{\partial E}{\partial h_T^{(l)}} = V^\top (o_T - y_T)", "fails"),
        (r"o_t = V h_t^{(1)}", "fails"),
    ],
)
def test_the_last_layer_by_the_letter_of_its_number(verdicts, claim, verdict):
    assert verdicts(*STACKED, claim)[-1] == verdict


FROM_TWO = (
    "a^1 = x",
    r"z^l = w^l a^{l-1} + b^l \quad (l = 2, \ldots, L)",
    r"a^l = \sigma(z^l) \quad (l = 2, \ldots, L)",
    "C = C(a^L)",
    r"\delta^l = \frac{\partial C}{\partial z^l}",
)


@pytest.mark.parametrize("below", ["", r" \quad (l = L-1, L-2, \ldots, 2)", r" \quad (l = L-1, \ldots, 2)"])
def test_what_the_first_layer_has_not_is_not_claimed_of_it(check, below):
    true = rf"\delta^l = ((w^{{l+1}})^T \delta^{{l+1}}) \odot \sigma'(z^l){below}"
    false = (true.replace("w^{l+1}", "w^l"), true.replace("'(z^l)", "'(z^{l+1})"), true.replace("= ", "= -", 1))
    found = check(*FROM_TWO, true, *false)[5:]
    assert [block.verdict for block in found] == ["holds", "fails", "fails", "fails"]


def test_a_range_of_layers_may_run_down(check):
    for below in (r"l = L, L-1, \ldots, 2", r"l = L, \ldots, 2", r"l = 2, \ldots, L"):
        claims = [
            rf"\frac{{\partial C}}{{\partial b^l}} = {right} \quad ({below})" for right in (r"\delta^l", r"2 \delta^l")
        ]
        found = check(*FROM_TWO, *claims)[5:]
        assert [block.verdict for block in found] == ["holds", "fails"]


def test_squares_of_parameters_are_summed_over_all_entries(verdicts):
    network = (
        "H = X W_0 + c",
        "S = H W_2",
        r"D = \frac{1}{2} \sum_{i=1}^N \sum_j (S_{ij} - Y_{ij})^2",
        r"R = \lambda (\sum W_0^2 + \sum W_2^2)",
        "L = D + R",
    )
    claims = (
        r"\frac{\partial L}{\partial W_2} = H^T (S - Y) + 2 \lambda W_2",
        r"\frac{\partial L}{\partial W_2} = H^T (S - Y) + \lambda W_2",
    )
    assert verdicts(*network, *claims)[5:] == ["holds", "fails"]


def test_a_formula_that_leaves_out_all_layers_defines_nothing(verdicts):
    """A = ReLU(Z) says what ReLU is; and bare letters make no entry of what is read a layer before."""
    page = (
        r"Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}",
        r"A^{[l]} = g(Z^{[l]})",
        "A = ReLU(Z)",
        r"\frac{\partial L}{\partial A^{[l-1]}} = W^{[l]T} \frac{\partial L}{\partial Z^{[l]}}",
        r"\frac{\partial L}{\partial A^{[l-1]}} = W^{[l]} \frac{\partial L}{\partial Z^{[l]}}",
    )
    assert verdicts(*page)[3:] == ["holds", "fails"]


def test_a_page_with_s_for_the_widths_and_a_loss_with_its_arguments(verdicts):
    page = (
        r"z^{(l+1)}_j = \sum_{i=1}^{s_l} W^{(l)}_{ji} a^{(l)}_i + b^{(l)}_j",
        r"a^{(l+1)}_j = f_a(z^{(l+1)}_j)",
        r"\delta^{(l)}_i = \frac{\partial}{\partial z^{(l)}_i} J(W,b;x)",
        r"\delta^{(l)}_i = f_a'(z^{(l)}_i) \sum_{j=1}^{s_{l+1}} W^{(l)}_{ji} \delta^{(l+1)}_j",
        r"\frac{\partial}{\partial z^{(l)}_i} J(W,b;x) = \frac{\partial}{\partial a^{(l)}_i} J(W,b;x) f_a'(z^{(l)}_i)",
        r"\frac{\partial}{\partial z^{(l)}_i} J(W,b;x) = \frac{\partial}{\partial a^{(l)}_i} J(W,b;x) f_a(z^{(l)}_i)",
    )
    assert verdicts(*page) == [*["definition"] * 3, "holds", "holds", "fails"]


def test_a_page_with_n_for_the_number_of_layers_and_widths_that_only_sums_say(verdicts):
    page = (
        r"z^{(l+1)} = W^{(l)} a^{(l)} + b^{(l)}",
        r"a^{(l+1)} = f(z^{(l+1)})",
        r"J(W,b;x,y) = \frac{1}{2} \|y - a^{(n_l)}\|^2",
        r"\delta^{(n_l)}_i = \frac{\partial}{\partial z^{(n_l)}_i} J(W,b;x,y) = -(y_i - a^{(n_l)}_i) f'(z^{(n_l)}_i)",
        r"\delta^{(l)}_i = \left(\sum_{j=1}^{s_{l+1}} W^{(l)}_{ji} \delta^{(l+1)}_j\right) f'(z^{(l)}_i)",
        r"\frac{\partial}{\partial W^{(l)}_{ij}} J(W,b;x,y) = a^{(l)}_j \delta^{(l+1)}_i",
        r"\frac{\partial}{\partial W^{(l)}_{ij}} J(W,b;x,y) = a^{(l)}_j \delta^{(l)}_i",
    )
    assert verdicts(*page)[3:] == ["holds", "holds", "holds", "fails"]


RAISED = (
    "z^1 = W^1 x + b^1",
    r"a^1 = \sigma(z^1)",
    "z^2 = W^2 a^1 + b^2",
    r"L = \frac{1}{2} \|z^2 - y\|^2",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial L}{\partial W^2} = (z^2 - y) (a^1)^\top", "holds"),
        (r"\frac{\partial L}{\partial W^1} = (W^{2\top} (z^2 - y) \odot a^1 \odot (1 - a^1)) x^\top", "holds"),
        (r"\frac{\partial L}{\partial W^1} = (W^{1\top} (z^2 - y) \odot a^1 \odot (1 - a^1)) x^\top", "fails"),
        (r"\frac{\partial L}{\partial b^2} = z^2 - y", "holds"),
    ],
)
def test_layers_are_numbered_above_without_brackets(verdicts, claim, verdict):
    assert verdicts(*RAISED, claim)[4] == verdict


def test_a_square_beside_no_first_power_is_one(verdicts):
    page = (r"u = \sigma(w x)", "L = u^2", r"\frac{\partial L}{\partial u} = 2 u")
    assert verdicts(*page)[2] == "holds"
