"""Means whose count is said by the 1/N before their sum alone."""

import pytest

PAGE = (
    r"\mu_l = \frac{1}{N} \sum_p x_{pl}",
    r"v_l = \frac{\sum_p (x_{pl} - \mu_l)^2}{N}",
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\sum_p (x_{pl} - \mu_l) = 0", "holds"),
        (r"\sum_p (x_{pl} - 2 \mu_l) = 0", "fails"),
        (r"\frac{\partial v_l}{\partial x_{ij}} = \frac{2}{N} (x_{il} - \mu_l) \delta_{jl}", "holds"),
        (r"\frac{\partial v_l}{\partial x_{ij}} = \frac{1}{N} (x_{il} - \mu_l) \delta_{jl}", "fails"),
    ],
)
def test_the_count_is_that_of_what_is_summed(verdicts, claim, verdict):
    assert verdicts(*PAGE, claim) == ["definition", "definition", verdict]


@pytest.mark.parametrize("other", [r"N = x_{11}", r"s_l = \sum_{q=1}^{N} x_{lq}", r"u_l = \frac{1}{M} \sum_p x_{pl}"])
def test_a_count_that_is_something_else_is_none(verdicts, other):
    assert verdicts(*PAGE, other, r"\sum_p (x_{pl} - \mu_l) = 0")[-1] != "holds"
