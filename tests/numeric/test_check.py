"""check_gradients: it passes what is right, catches the classical mistakes of BPTT, and says where."""

import numpy as np
import pytest

import numeric
from numeric import bptt


def right(parameters, X, Y):
    return bptt.loss_and_gradients(parameters, X, Y)


def with_bug(bug):
    """A backward pass written apart from the reference, with one classical mistake, or none."""

    def loss_and_gradients(p, X, Y):
        a, loss, y = [np.zeros(len(p["b_a"]))], 0.0, []
        for x, target in zip(X, Y, strict=True):
            a.append(np.tanh(p["W_aa"] @ a[-1] + p["W_ax"] @ x + p["b_a"]))
            e = np.exp(p["W_ya"] @ a[-1] + p["b_y"])
            y.append(e / e.sum())
            loss -= target @ np.log(y[-1])
        g = {name: np.zeros_like(value) for name, value in p.items()}
        carried = 0
        for t in range(len(X), 0, -1):
            d_y = y[t - 1] - Y[t - 1]
            slope = {
                "slope of the step before": 1 - a[t - 1] ** 2,
                "tanh' of the activated value": 1 - np.tanh(a[t]) ** 2,
                "no tanh'": 1,
            }.get(bug, 1 - a[t] ** 2)
            d_a = slope * (p["W_ya"].T @ d_y + (0 if bug == "carry dropped" else carried))
            g["W_ya"] += np.outer(d_y, a[t])
            g["b_y"] += d_y
            g["W_aa"] += np.outer(d_a, a[t] if bug == "a(t) for a(t-1)" else a[t - 1])
            g["W_ax"] += np.outer(d_a, X[t - 1])
            g["b_a"] += d_a
            carried = (p["W_aa"] if bug == "transpose lost" else p["W_aa"].T) @ d_a
        return loss, g

    return loss_and_gradients


def test_right():
    for check in (numeric.check_gradients(right), numeric.check_gradients(with_bug(None), hidden=5, word="ABBA")):
        assert check and check.ok and check.findings == ()
        assert "right" in str(check)


@pytest.mark.parametrize(
    ("bug", "names"),
    [
        ("transpose lost", {"W_aa", "W_ax", "b_a"}),
        ("slope of the step before", {"W_aa", "W_ax", "b_a"}),
        ("tanh' of the activated value", {"W_aa", "W_ax", "b_a"}),
        ("carry dropped", {"W_aa", "W_ax", "b_a"}),
        ("a(t) for a(t-1)", {"W_aa"}),
        ("no tanh'", {"W_aa", "W_ax", "b_a"}),
    ],
)
@pytest.mark.parametrize("hidden", [2, 3, 8])
def test_classical_mistakes(bug, names, hidden):
    check = numeric.check_gradients(with_bug(bug), hidden=hidden)
    assert not check
    assert {finding.name for finding in check.findings} == names
    for finding in check.findings:
        assert finding.error > 0.05 and len(finding.index) == (1 if finding.name == "b_a" else 2)


def test_it_says_where_and_by_how_much():
    def one_entry_off(p, X, Y):
        loss, gradients = right(p, X, Y)
        largest = np.abs(gradients["W_ax"]).max()
        gradients["W_ax"][2, 1] += 0.25 * largest
        return loss, gradients

    [finding] = numeric.check_gradients(one_entry_off).findings
    assert (finding.name, finding.index) == ("W_ax", (2, 1))
    assert finding.error == pytest.approx(0.25)
    assert "at [2, 1]" in str(finding) and "off by 0.25" in str(finding)


def changed(**changes):
    """The right answer with some gradients (or the loss) changed; None drops one."""

    def loss_and_gradients(p, X, Y):
        loss, gradients = right(p, X, Y)
        values = {"loss": loss, **gradients}
        values |= {name: change and change(values.get(name)) for name, change in changes.items()}
        return values.pop("loss"), {name: value for name, value in values.items() if value is not None}

    return loss_and_gradients


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("W_aa", lambda g: g.T, "the transpose of the right one"),
        ("W_ax", lambda g: g.T, "the shape (4, 3), its transpose, not (3, 4)"),
        ("b_a", lambda g: g[:, None], "the shape (3, 1), not (3,)"),
        ("b_y", lambda g: -g, "times -1: the sign is wrong"),
        ("b_y", lambda g: 2 * g, "times 2"),
        ("W_ya", None, "is missing"),
        ("W_ya", lambda g: np.where(g == g.max(), np.nan, g), "is nan at"),
        ("W_ya", lambda g: g + 1j, "not consist of real numbers"),
        ("W_ya", lambda g: "no array", "not consist of real numbers"),
        ("U", lambda _: np.zeros(3), "is no parameter"),
        ("loss", lambda loss: loss + 1, "loss: is "),
        ("loss", lambda loss: np.array([loss]), "loss: has the shape (1,), not ()"),
    ],
)
def test_what_it_says(name, change, said):
    [finding] = numeric.check_gradients(changed(**{name: change})).findings
    assert finding.name == name and said in str(finding)


def test_a_mean_over_t_is_named():
    fourth = {name: lambda value: value / 4 for name in ("loss", "W_aa", "W_ax", "b_a", "W_ya", "b_y")}
    check = numeric.check_gradients(changed(**fourth))
    assert len(check.findings) == 6
    assert all("times 0.25 = 1/T: a mean over t" in str(finding) for finding in check.findings)


def test_arguments_are_copies():
    def destructive(p, X, Y):
        answer = right(p, X, Y)
        for array in (*p.values(), X, Y):
            array[:] = 0
        return answer

    assert numeric.check_gradients(destructive)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hidden": 1}, "transpose"),
        ({"word": "ab"}, "three letters"),
        ({"word": "aaa"}, "three letters"),
        ({"seeds": 0}, "seeds"),
    ],
)
def test_no_empty_check(options, said):
    with pytest.raises(ValueError, match=said):
        numeric.check_gradients(right, **options)


def test_not_a_pair():
    with pytest.raises(TypeError, match="a pair"):
        numeric.check_gradients(lambda p, X, Y: right(p, X, Y)[1])


def test_the_users_own_error_comes_through():
    with pytest.raises(ZeroDivisionError):
        numeric.check_gradients(lambda p, X, Y: 1 / 0)
