r"""Logistic regression as courses write it: h_\theta(x^{(i)}), its cost, and x^{(i)}_j, an entry of a sample."""

import pytest

RULE = (r"h_\theta(x) = g(\theta^T x)", r"g(z) = \frac{1}{1 + e^{-z}}")
PLAIN = (r"h_\theta(x^{(i)}) = \frac{1}{1 + e^{-\theta^T x^{(i)}}}",)
ENTROPY = r"-y^{(i)} \log(h_\theta(x^{(i)})) - (1 - y^{(i)}) \log(1 - h_\theta(x^{(i)}))"
SUM = (rf"J(\theta) = \frac{{1}}{{m}} \sum_{{i=1}}^m \left[ {ENTROPY} \right]",)
COST = (
    r"J(\theta) = \frac{1}{m} \sum_{i=1}^m \mathrm{Cost}(h_\theta(x^{(i)}), y^{(i)})",
    rf"\mathrm{{Cost}}(h_\theta(x^{{(i)}}), y^{{(i)}}) = {ENTROPY}",
)
SLOPE = (
    r"\frac{\partial J(\theta)}{\partial \theta_j} = \frac{1}{m} \sum_{i=1}^m (h_\theta(x^{(i)}) SIGN y^{(i)}) SAMPLE"
)


@pytest.mark.parametrize("rule", [RULE, PLAIN])
@pytest.mark.parametrize("loss", [SUM, COST])
def test_the_hypothesis_of_a_course(verdicts, rule, loss):
    claims = [SLOPE.replace("SIGN", sign).replace("SAMPLE", "x_j^{(i)}") for sign in "-+"]
    found = verdicts(*rule, *loss, *claims)
    assert found == ["definition"] * (len(rule) + len(loss)) + ["holds", "fails"]


def test_its_slope(verdicts):
    slope = (
        r"\frac{\partial h_\theta(x^{(i)})}{\partial \theta_j} = h_\theta(x^{(i)}) (1 SIGN h_\theta(x^{(i)})) x_j^{(i)}"
    )
    claims = [slope.replace("SIGN", sign) for sign in "-+"]
    assert verdicts(*PLAIN, *SUM, *claims)[2:] == ["holds", "fails"]
    forgotten = claims[0].replace("= h_\\theta(x^{(i)})", "= h_\\theta(x)")
    assert verdicts(*PLAIN, *SUM, forgotten)[2] not in ("holds", "definition")


def test_what_has_other_arguments_is_a_function(verdicts):
    page = (r"h_\theta(x) = \theta x", r"J = \frac{1}{2} (h_\theta(x) - y)^2", r"u = h_\theta(z)")
    assert verdicts(*page)[0] != "fails"


@pytest.mark.parametrize("entry", ["x_j^{(i)}", "x^{(i)}_j"])
def test_an_entry_of_a_sample(verdicts, entry):
    page = (
        r"a^{(i)} = \sigma(w^T x^{(i)} + b)",
        r"J = -\frac{1}{m} \sum_{i=1}^m \left[ y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log(1 - a^{(i)}) \right]",
    )
    claims = (
        rf"\frac{{\partial J}}{{\partial w_j}} = \frac{{1}}{{m}} \sum_{{i=1}}^m (a^{{(i)}} - y^{{(i)}}) {entry}",
        rf"\frac{{\partial J}}{{\partial w_j}} = \frac{{1}}{{m}} \sum_{{i=1}}^m (a^{{(i)}} + y^{{(i)}}) {entry}",
        rf"\frac{{\partial J}}{{\partial w_j}} = \sum_{{i=1}}^m (a^{{(i)}} - y^{{(i)}}) {entry}",
        r"\frac{\partial J}{\partial b} = \frac{1}{m} \sum_{i=1}^m (a^{(i)} - y^{(i)})",
    )
    assert verdicts(*page, *claims)[2:] == ["holds", "fails", "fails", "holds"]


LOSS = r"-(y^{(i)} \log a^{(i)} + (1 - y^{(i)}) \log (1 - a^{(i)}))"


@pytest.mark.parametrize(
    ("of_sample", "whole"),
    [("J^{(i)}", "J"), ("J_i", "J"), ("L^{(i)}", "J"), ("L(a^{(i)}, y^{(i)})", "J"), ("L_i", "L")],
)
def test_the_loss_of_a_sample_and_of_all(verdicts, of_sample, whole):
    page = (
        r"a^{(i)} = \sigma(w^T x^{(i)} + b)",
        f"{of_sample} = {LOSS}",
        rf"{whole} = \frac{{1}}{{m}} \sum_{{i=1}}^m {of_sample}",
    )
    claims = (
        rf"\frac{{\partial {whole}}}{{\partial w}} = \frac{{1}}{{m}} \sum_{{i=1}}^m (a^{{(i)}} - y^{{(i)}}) x^{{(i)}}",
        rf"\frac{{\partial {whole}}}{{\partial w}} = \frac{{1}}{{m}} \sum_{{i=1}}^m (a^{{(i)}} + y^{{(i)}}) x^{{(i)}}",
        rf"\frac{{\partial {whole}}}{{\partial w}} = \sum_{{i=1}}^m (a^{{(i)}} - y^{{(i)}}) x^{{(i)}}",
        rf"\frac{{\partial {of_sample}}}{{\partial b}} = a^{{(i)}} - y^{{(i)}}",
        rf"\frac{{\partial {of_sample}}}{{\partial b}} = a^{{(i)}} + y^{{(i)}}",
    )
    assert verdicts(*page, *claims)[3:] == ["holds", "fails", "fails", "holds", "fails"]


def test_a_probability_does_not_say_what_a_loss_is(verdicts):
    page = (r"a^{(i)} = \sigma(w^T x^{(i)} + b)", rf"L^{{(i)}} = -\log p(y^{{(i)}} | x^{{(i)}}) = {LOSS}")
    claims = [rf"\frac{{\partial L^{{(i)}}}}{{\partial b}} = a^{{(i)}} {sign} y^{{(i)}}" for sign in "-+"]
    assert verdicts(*page, *claims)[2:] == ["holds", "fails"]
