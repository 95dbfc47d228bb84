"""What the check says besides its verdicts: places, ranges, assumptions, and what the page speaks of."""

import json
import subprocess
from collections.abc import Callable

import pytest

from derive.check.assumptions import ASSUMPTIONS, RECURRENT
from derive.check.catalogue import COST, IN_WORDS
from derive.check.results import Notes, Place
from derive.judge.notes import check_document
from derive.reading import Document

NETWORK = r"""
Let $h_t = \tanh(W h_{t-1} + U x_t + b)$ be the state.

$$
\hat y_t = V h_t
$$
$$
L = \frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2
$$
"""
GRADIENT = r"""
$$
\frac{\partial L}{\partial V}
  = \sum_{t=1}^T (\hat y_t - y_t) h_t^\top
$$
"""


def checked(text: str) -> Notes:
    return check_document(Document.read("page.md", text, "md"), None)


@pytest.fixture
def check(command) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function: the command on a page of this text."""

    def run(text: str, *options: str) -> subprocess.CompletedProcess[str]:
        (command.folder / "page.md").write_text(text)
        return command("derive.check", "page.md", *options)

    return run


def test_a_right_side_is_where_its_characters_are():
    text = NETWORK + GRADIENT
    lines = text.splitlines()
    for block in checked(text).blocks:
        for claim in block.claims:
            place = claim.place
            assert place is not None and place.line == place.end_line
            assert lines[place.line - 1][place.column - 1 : place.end_column - 1].strip() == claim.right.strip()


def test_in_a_notebook_the_cell_is_named():
    cells = [{"cell_type": "markdown", "metadata": {}, "source": part} for part in ("# Notes", NETWORK, GRADIENT)]
    book = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    notes = check_document(Document.read("page.ipynb", book, "ipynb"), None)
    (claim,) = notes.blocks[-1].claims
    assert claim.verdict == "holds" and claim.place == Place(4, 5, 4, 43, 2)
    assert notes.as_json()["blocks"][-1]["claims"][0]["cell"] == 2


def test_what_is_proved_holds_for_all_or_for_the_number_of_steps_that_a_page_gives():
    (proved,) = checked(NETWORK + GRADIENT).blocks[-1].claims
    assert proved.range is not None and proved.range.proof == "chains"
    assert (proved.range.steps, proved.range.sizes) == ("all", "all")
    (given,) = checked(NETWORK + "\nWith $T = 4$:\n" + GRADIENT).blocks[-1].claims
    assert given.verdict == "holds" and given.range is not None and given.range.proof == "chains"
    assert (given.range.steps, given.range.sizes) == ((4,), "all")


def test_the_terminal_says_the_range(check):
    assert "proved for every T and every size" in check(NETWORK + GRADIENT, "-v").stdout
    said = check(NETWORK + "\nWith $T = 4$:\n" + GRADIENT, "-v").stdout
    assert "proved for every T" not in said and "proved for T = 4 and every size" in said


SAMPLES = r"""
$$p_n = \sigma(W x_n), \quad L = \frac{1}{N} \sum_{n=1}^{N} L_n, \quad L_n = \frac{1}{2} \|p_n - y_n\|^2$$
"""
LAYERS = r"""
$$a^{(l)} = \tanh(W^{(l)} a^{(l-1)}), \quad a^{(0)} = x, \quad C = \frac{1}{2} \|a^{(L)} - y\|^2$$
"""


@pytest.mark.parametrize(
    "network, claim, said",
    [
        (SAMPLES, r"\frac{\partial L}{\partial p_n} = \frac{1}{N} (p_n - y_n)", "proved for every N and every size"),
        (
            LAYERS,
            r"\frac{\partial a^{(l)}}{\partial a^{(l-1)}} = \mathrm{diag}(1 - (a^{(l)})^2) W^{(l)}",
            "proved for every number of layers and every size",
        ),
        (r"$$z = W x, \quad \ell = \|z\|^2$$", r"\frac{\partial \ell}{\partial z} = 2 z", "proved for every size"),
    ],
    ids=["samples", "layers", "nothing numbered"],
)
def test_a_range_speaks_of_what_the_page_numbers_and_in_its_letter(check, network, claim, said):
    assert f"holds: {said} " in check(f"{network}\n$${claim}$$\n", "-v").stdout
    wrong = check(f"{network}\n$${claim.replace('=', '= 2', 1)}$$\n", "-v").stdout
    counted = "(N = 4" if "N" in said else "entry 1"
    assert "error[" in wrong and counted in wrong and "T = " not in wrong


@pytest.mark.parametrize(
    ("right", "read"),
    [
        (r"\mathrm{diag}(1 - h^2) W", [("h", "at step t")]),
        (r"\mathrm{diag}(1 - h_t^2) W", []),
    ],
)
def test_a_step_that_is_left_out_is_a_reading_that_is_shown(check, right, read):
    text = f"{NETWORK}\n$$\\frac{{\\partial h_t}}{{\\partial h_{{t-1}}}} = {right}$$\n"
    (claim,) = checked(text).blocks[-1].claims
    assert claim.verdict == "holds" and [(r.partial, r.taken) for r in claim.readings] == read
    assert (", with h at step t" in check(text, "-v").stdout) == bool(read)


def test_a_gradient_that_is_written_transposed_says_so():
    network = r"$$z = w^\top x, \quad J = \frac{1}{2} (z - y)^2$$"
    claims = r"$$\frac{\partial J}{\partial w} = (z - y) x$$ $$\frac{\partial J}{\partial w} = (z - y) x^\top$$"
    plain, turned = (block.claims[0] for block in checked(f"{network}\n{claims}").blocks[1:])
    assert (plain.verdict, plain.readings) == ("holds", ())
    assert (turned.verdict, [(r.partial, r.taken) for r in turned.readings]) == ("holds", [("∂J/∂w", "transposed")])


def test_what_is_wrong_has_no_range():
    (claim,) = checked(NETWORK + GRADIENT.replace("h_t^", "h_{t-1}^")).blocks[-1].claims
    assert (claim.verdict, claim.range, claim.code) == ("fails", None, "time-index")


def test_a_condition_is_part_of_the_range():
    step = r"\frac{\partial h_{t+1}}{\partial h_t} = \mathrm{diag}(1 - h_{t+1}^2) W"
    (claim,) = checked(NETWORK + f"\n$$\n{step}, \\quad t < T\n$$\n").blocks[-1].claims
    assert claim.verdict == "holds" and claim.range is not None
    assert (claim.range.when, claim.range.proof) == ("t < T", "chains")


@pytest.mark.parametrize(
    ("formula", "verdict", "status"),
    [
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (\hat y_t - y_t) h_t^\top", "holds", 0),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (\hat y_t - y_t) h_{t-1}^\top", "fails", 1),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^T q_t h_t^\top", "unreadable", 3),
    ],
)
def test_running_text_counts(check, formula, verdict, status):
    done = check(NETWORK + f"\nSo ${formula}$.\n", "--json")
    listed = json.loads(done.stdout)["inline"]
    assert [(found["line"], found["verdict"]) for found in listed] == [(2, "definition"), (11, verdict)]
    assert listed[1]["claims"][0]["verdict"] == verdict and done.returncode == status


def test_where_letters_run_is_no_claim(check):
    done = check(NETWORK + "\nHere $t < T$ and $x_t \\in \\mathbb{R}^D$.\n", "--json")
    assert len(json.loads(done.stdout)["inline"]) == 1 and done.returncode == 0


def test_a_page_that_states_nothing(check):
    assert check("No mathematics.\n").returncode == 0
    assert check(NETWORK).returncode == 0


def test_what_the_page_speaks_of():
    found = checked("It starts at $h_0 = 0$." + NETWORK + GRADIENT).as_json()
    symbols = {symbol["spelling"]: symbol for symbol in found["symbols"]}
    assert symbols["h_t"]["meaning"] == "defined" and symbols["h_t"]["line"] == 2
    assert symbols["h_t"]["families"] == ("step",) and len(symbols["h_t"]["shape"]) == 1
    assert symbols["W"]["meaning"] == "parameter" and len(symbols["W"]["shape"]) == 2
    assert symbols["x_t"]["meaning"] == "data"
    (network,) = found["networks"]
    assert r"\hat y_t = V h_t" in network["equations"] and network["blocks"] == (1, 2, 3)
    assert all(list(c) == ["name", "value", "source", "for", "against"] for c in found["conventions"])


def test_what_a_word_for_a_path_means_is_listed():
    path = r"\left.\frac{\partial L}{\partial h_t}\right|_{\text{now}} = V^\top (\hat y_t - y_t)"
    block = checked(NETWORK + f"\n$$\n{path}\n$$\n").as_json()["blocks"][-1]
    assert block["verdict"] == "holds"
    assert block["claims"][0]["readings"] == [{"partial": "now", "as": "through step t"}]


def test_a_reading_that_a_claim_needs_is_an_assumption(check):
    step = (
        r"\frac{\partial L_t}{\partial \theta} = \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial \theta}"
    )
    page = NETWORK.replace(r"\frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2", r"\sum_{t=1}^T L_t")
    page += f"\n$$\nL_t = \\ell(\\hat y_t, y_t)\n$$\n$$\n{step}\n$$\n"
    (claim,) = checked(page).blocks[-1].claims
    assert claim.verdict == "conditional" and claim.assumptions == (RECURRENT,)
    assert check(page).returncode == 0
    refused = check(page, "--accept", "target-unit")
    assert refused.returncode == 1 and f"Not accepted: {RECURRENT}" in refused.stdout
    assert check(page, "--accept", RECURRENT).returncode == 0


def test_every_assumption_says_what_it_is_and_costs():
    assert set(IN_WORDS) == set(COST) == set(ASSUMPTIONS)


def test_a_counterexample_names_its_sizes_and_can_be_repeated(check):
    wrong = NETWORK + GRADIENT.replace("(\\hat y_t - y_t)", "(\\hat y_t + y_t)")
    notes = checked(wrong)
    (claim,) = notes.blocks[-1].claims
    assert claim.counterexample is not None and "(T = 4, " in claim.counterexample.at
    done = check(wrong, "--witness", str(notes.blocks[-1].number))
    (found,) = json.loads(done.stdout)
    assert done.returncode == 0 and found["sizes"]["T"] == 4
    assert {"W", "U", "V"} <= found["given"].keys() and "x[1]" in found["given"]
    assert f"{found['values']['left']:.6g}" == claim.counterexample.left
    rows, columns = found["given"]["V"]["shape"]
    assert len(found["given"]["V"]["values"]) == rows * columns
    none = check(wrong, "--witness", "1")
    assert none.returncode == 2 and none.stderr.count("\n") == 1 and "no claim with a counterexample" in none.stderr
