"""The command `python -m derive.check`: options, exit statuses, what it prints, and what it does with bad input."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from derive.check.__main__ import main
from derive.judge import notes as checking

ROOT = Path(__file__).parents[3]
NOTES = ROOT / "derive" / "notes"
GOOD = [
    r"z_t = W_{hh} h_{t-1} + W_{xh} x_t + b_h",
    r"\delta_t = \frac{\partial L}{\partial o_t} = \hat{y}_t - y_t",
    r"\frac{\partial L}{\partial W_{hy}} = \sum_{t=1}^{T} \delta_t h_t^\top",
]
WRONG = r"\frac{\partial L}{\partial b_y} = \sum_{t=1}^{T} (y_t - \hat{y}_t)"
STRANGE = r"h_t = \tanh(\xi_t)"
LATER = r"\frac{\partial L}{\partial W_{hh}} = \sum_{t=2}^{T} \frac{\partial L}{\partial z_t} h_{t-1}^\top"
SHALLOW = r"\frac{\partial L}{\partial b_h} = \sum_{t=1}^{T} (1 - h_t^2) \odot (W_{hy}^\top (\hat{y}_t - y_t))"


def markdown(*formulas):
    return "# A page\n\n" + "\n\n".join(f"$${formula}$$" for formula in formulas) + "\n"


@pytest.fixture
def page(tmp_path):
    """A function that writes page.md in vector notation, with its legend beside it, and returns its path."""

    def write(*formulas, name="page.md"):
        shutil.copy(NOTES / "elman_vector.toml", (tmp_path / name).with_suffix(".toml"))
        path = tmp_path / name
        path.write_text(formulas[0] if name != "page.md" else markdown(*formulas), encoding="utf-8")
        return path

    return write


def check(capsys, *arguments):
    """The exit status, what was printed, and what was said beside it, in this process."""
    status = main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def check_json(capsys, *arguments):
    status, out, _ = check(capsys, *arguments, "--json")
    return status, json.loads(out)


# Exit statuses


@pytest.mark.parametrize(
    ("formulas", "options", "status"),
    [
        (GOOD, [], 0),
        ([*GOOD, WRONG], [], 1),
        ([*GOOD, STRANGE], [], 3),
        ([WRONG, STRANGE], [], 1),
        ([LATER], [], 0),
        ([LATER], ["--accept", ""], 1),
        ([LATER], ["--accept", "truncated"], 1),
        ([LATER], ["--accept", "truncated, zero-start"], 0),
        ([SHALLOW], [], 1),
        ([SHALLOW], ["--accept", "truncated"], 0),
        ([SHALLOW, STRANGE], ["--accept", "truncated"], 3),
        ([], [], 0),
    ],
)
def test_the_exit_status(page, capsys, formulas, options, status):
    path = page(*formulas)
    assert check(capsys, path, *options)[0] == status
    assert check_json(capsys, path, *options)[0] == status


def test_as_a_command(command, page):
    done = command("derive.check", str(page(*GOOD, WRONG)))
    assert done.returncode == 1 and done.stderr == ""
    assert re.findall(r"^(\w+\[.*?\]).*page\.md:([\d:]+)$", done.stdout, re.M) == [("error[sign]", "9:53")]
    assert done.stdout.splitlines()[-1].endswith("page.md: 5 claims: 1 fails, 2 holds, 2 definition")
    done = command("derive.check", str(page(*GOOD, WRONG)), "-v")
    assert re.findall(r"^(\w+).* \S*page\.md:([\d:]+)$", done.stdout, re.M) == [
        ("definition", "3:9"),
        ("definition", "5:14"),
        ("holds", "5:48"),
        ("holds", "7:40"),
        ("error", "9:53"),
    ]


def test_the_shipped_notes(command):
    done = command("derive.check", str(NOTES / "hello.md"), "-v")
    assert done.returncode == 1 and done.stderr == ""
    assert len(re.findall(r"^(?:\w+\[[\w-]+\]|holds|definition|fragment).*hello\.md:\d+:\d+$", done.stdout, re.M)) == 71
    assert "error[quantity]: write x(t) for a(t)" in done.stdout
    assert "= same-target is false for HELLO: its targets are E, L, L, O" in done.stdout
    assert "= repaired: ^N read as ^2: an exponent 2, read as N" in done.stdout
    assert "Not accepted: truncated" in done.stdout
    assert done.stdout.endswith("hello.md: 71 claims: 9 fails, 18 conditional, 26 holds, 18 definition\n")


# What is printed


def test_details_of_what_fails(page, capsys):
    _, out, _ = check(capsys, page(WRONG))
    lines = out.splitlines()
    assert re.match(r"error\[sign\]: (write|insert|leave out) .* \S+page\.md:3:\d+$", lines[0])
    assert lines[1] == f"   3 | $${WRONG}$$"
    place = lines[2].index("^")
    assert lines[1][place:].startswith(r"y_t - \hat{y}_t")
    assert re.search(r"\^+ \S.*    left \S+, right \S+ at .*H = 2", lines[2])


def test_details_of_what_is_conditional(page, capsys):
    _, out, _ = check(capsys, page(SHALLOW))
    assert re.match(r"error\[conditional\]: holds only under truncated +\S+page\.md:3:\d+\n", out)
    assert "    = truncated: nothing flows back through time" in out
    assert "Not accepted: truncated (--accept names what is)" in out
    _, out, _ = check(capsys, page(SHALLOW), "--accept", "truncated")
    assert "error" not in out and out.endswith("page.md: 1 claim: 1 conditional\n")


def test_details_of_what_is_unreadable(page, capsys):
    _, out, _ = check(capsys, page(STRANGE))
    assert re.match(r"warning\[unreadable\]: .+ \S+page\.md:3:\d+\n", out)


def test_piped_output_is_plain_and_never_wrapped(command, page):
    long = r"\frac{\partial L}{\partial b_y} = " + " + ".join([r"\sum_{t=1}^{T} (y_t - \hat{y}_t)"] * 20)
    done = command("derive.check", str(page(long)), more={"COLUMNS": "40"})
    assert "\x1b" not in done.stdout and f"   3 | $${long}$$\n" in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_colour_where_a_terminal_listens(on_a_terminal, page, tmp_path):
    run = [sys.executable, "-m", "derive.check", str(page(WRONG))]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    status, seen = on_a_terminal(run, tmp_path, environment, errors=True)
    assert status == 1 and b"\x1b[1;31merror[sign]" in seen


def test_nothing_on_the_page_reaches_the_terminal_as_a_command(page, capsys):
    _, out, _ = check(capsys, page("h_t = \x1b[2J\x07 [bold red]o_t[/]"))
    assert "\x1b" not in out and "\x07" not in out


def test_a_page_without_formulas(page, capsys):
    status, out, _ = check(capsys, page())
    assert status == 0 and out.endswith("page.md: there is no display formula\n") and out.count("\n") == 1


def test_a_reader_that_leaves_early(page):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    run = [sys.executable, "-m", "derive.check", str(page(*GOOD * 20))]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() != 0
    process.stderr.close()


def test_an_interruption_is_one_line(page, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(checking, "check", interrupted)
    interruption = "python -m derive.check: interrupted\n"
    assert check(capsys, page(WRONG)) == (128 + signal.SIGINT, "", interruption)


# JSON


def test_the_object(page, capsys):
    path = page(*GOOD, WRONG)
    status, found = check_json(capsys, path)
    listed = ["notes", "legend", "counts", "blocks", "inline", "conventions", "symbols", "networks"]
    assert status == 1 and list(found) == [*listed, "diagnostics"]
    assert found["notes"] == str(path) and found["legend"] == str(path.with_suffix(".toml"))
    assert found["counts"] == {"fails": 1, "holds": 2, "definition": 1}
    assert [block["block"] for block in found["blocks"]] == [1, 2, 3, 4]
    for block in found["blocks"]:
        assert list(block) == ["block", "line", "latex", "verdict", "claims"]
        for claim in block["claims"]:
            assert list(claim) == [
                "left",
                "right",
                "verdict",
                "assumptions",
                "readings",
                "repairs",
                "suggestion",
                "exact",
                "counterexample",
                "reason",
                "code",
                "line",
                "column",
                "end_line",
                "end_column",
                "range",
                "suggestion_assumptions",
                "edit",
            ]
    wrong = found["blocks"][3]
    assert (wrong["line"], wrong["latex"], wrong["verdict"]) == (9, WRONG, "fails")
    (claim,) = wrong["claims"]
    assert (claim["left"], claim["right"]) == tuple(WRONG.split(" = ", 1))
    assert claim["assumptions"] == [] and claim["suggestion"] and claim["edit"]
    assert list(claim["counterexample"]) == ["at", "left", "right"]
    right = found["blocks"][1]["claims"][1]
    assert right["suggestion"] is None and right["exact"] is None and right["counterexample"] is None


def test_readings_repairs_and_assumptions(capsys):
    status, found = check_json(capsys, NOTES / "hello.md")
    claims = {block["block"]: block["claims"] for block in found["blocks"]}
    assert status == 1 and sum(found["counts"].values()) == len(found["blocks"]) == 67
    assert claims[25][0]["readings"] == [{"partial": "∂a(2)/∂w_aa", "as": "direct"}]
    assert claims[11][1]["assumptions"] == ["target-unit", "same-target"]
    assert claims[55][0]["repairs"] == ["^N read as ^2: an exponent 2, read as N"]
    assert claims[31] == [] and found["blocks"][30]["verdict"] == "fragment"
    assert [inline["line"] for inline in found["inline"]] == [29, 49, 69, 143, 161]


def test_one_object_and_nothing_else(command):
    done = command("derive.check", str(NOTES / "elman_vector.md"), "--json", more={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1 and done.stderr == "" and done.stdout.isascii()
    assert json.loads(done.stdout)["counts"]["fails"] == 5


# Legends


def test_without_a_legend_the_page_is_read_from_itself(tmp_path, capsys):
    path = tmp_path / "page.md"
    path.write_text(markdown(r"L = \sum_t L(t)"), encoding="utf-8")
    status, found = check_json(capsys, path)
    assert status == 0 and found["legend"] == "" and found["counts"] == {"definition": 1}
    status, found = check_json(capsys, path, "--legend", "hello")
    assert status == 0 and found["legend"] == "hello" and found["counts"] == {"definition": 1}


def test_the_legend_beside_the_page_is_used_silently(page, capsys):
    assert check(capsys, page(*GOOD))[2] == ""


def test_a_legend_that_is_given_wins(page, tmp_path, capsys):
    path = page(r"L = \sum_t L(t)")
    status, found = check_json(capsys, path, "--legend", NOTES / "hello.toml")
    assert status == 0 and found["legend"] == str(NOTES / "hello.toml")


def test_a_draft(page, capsys):
    status, out, _ = check(capsys, page(*GOOD), "--draft-legend")
    drafted = tomllib.loads(out)
    assert status == 0 and drafted["conventions"]["vectors"] == "columns"
    assert {"h", "x", "W_{hh}"} <= set(drafted["symbols"])
    assert all(drafted["symbols"][name]["role"] == "parameter" for name in ("W_{hh}", "W_{xh}"))


# Other files


LATEX = r"""\documentclass{article}
\begin{document}
The loss is $L = \sum_t L_t$.
\begin{align}
  \frac{\partial L}{\partial o_t} &= y_t - \hat{y}_t \\
  \frac{\partial L}{\partial h_{T}} &= W_{hy}^\top (\hat{y}_T - y_T)
\end{align}
\end{document}
"""


def test_latex(page, capsys):
    status, found = check_json(capsys, page(LATEX, name="page.tex"))
    (block,) = found["blocks"]
    assert status == 1 and block["line"] == 5
    assert [claim["verdict"] for claim in block["claims"]] == ["fails", "holds"]
    assert [inline["line"] for inline in found["inline"]] == [3]


def notebook(source):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": ["$$h = 1$$"], "outputs": [], "execution_count": None},
        {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)},
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def test_a_notebook(page, capsys):
    status, found = check_json(capsys, page(notebook(markdown(*GOOD, WRONG)), name="page.ipynb"))
    assert status == 1 and found["counts"] == {"fails": 1, "holds": 2, "definition": 1}


def test_standard_input(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    legend = str(NOTES / "elman_vector.toml")
    for options, legends in (["--legend", "hello"], "hello"), (["--legend", legend], legend):
        run = [sys.executable, "-m", "derive.check", "-", "--json", *options]
        text = markdown(WRONG if legends == legend else "L = 2 L")
        done = subprocess.run(run, input=text.encode(), capture_output=True, cwd=tmp_path, env=environment, check=False)
        found = json.loads(done.stdout)
        assert (done.returncode, found["notes"], found["legend"]) == (1, "-", legends)
        assert found["counts"] == {"fails": 1}


# The corrected page


def test_the_corrected_page_checks_clean(page, tmp_path, capsys):
    path, out = page(*GOOD, WRONG), tmp_path / "corrected.md"
    status, printed, said = check(capsys, path, "--corrected", out)
    assert status == 1 and said == "" and "error[sign]" in printed
    before, after = path.read_text(encoding="utf-8"), out.read_text(encoding="utf-8")
    kept = before.index(WRONG)
    assert after[:kept] == before[:kept] and after != before and after.endswith("$$\n")
    status, found = check_json(capsys, out, "--legend", path.with_suffix(".toml"))
    assert status == 0 and found["counts"] == {"holds": 3, "definition": 1}


@pytest.mark.parametrize("name", ["hello", "elman_vector"])
def test_the_shipped_pages_corrected(name, tmp_path, capsys):
    out = tmp_path / "corrected.md"
    legend = NOTES / f"{name}.toml"
    assert check(capsys, NOTES / f"{name}.md", "--corrected", out)[0] == 1
    accept = "target-unit,same-target,single-path,truncated,scalar-state"
    status, found = check_json(capsys, out, "--legend", legend, "--accept", accept)
    assert status == 0 and "fails" not in found["counts"]
    assert sum(found["counts"].values()) == {"hello": 67, "elman_vector": 28}[name]


def test_a_corrected_latex_source_keeps_its_layout(page, tmp_path, capsys):
    out = tmp_path / "corrected.tex"
    path = page(LATEX, name="page.tex")
    check(capsys, path, "--corrected", out)
    before, after = LATEX.splitlines(), out.read_text(encoding="utf-8").splitlines()
    assert [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [4]
    assert after[4].endswith(r" \\") and r"&= " in after[4]
    assert check(capsys, out, "--legend", path.with_suffix(".toml"))[0] == 0


def test_a_corrected_notebook_is_a_notebook(page, tmp_path, capsys):
    out = tmp_path / "corrected.ipynb"
    path = page(notebook(markdown(*GOOD, WRONG)), name="page.ipynb")
    check(capsys, path, "--corrected", out)
    cells = json.loads(out.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["source"] == ["$$h = 1$$"] and WRONG not in "".join(cells[1]["source"])
    assert check(capsys, out, "--legend", path.with_suffix(".toml"))[0] == 0


def test_the_page_may_be_corrected_in_place(page, capsys):
    path = page(WRONG)
    assert check(capsys, path, "--corrected", path)[0] == 1
    assert check(capsys, path)[0] == 0
    assert sorted(file.name for file in path.parent.iterdir()) == ["page.md", "page.toml"]


def test_a_chain_with_two_wrong_links(page, tmp_path, capsys):
    head, first, second = r"\frac{\partial L}{\partial o_t}", r"y_t - \hat{y}_t", r"2 \hat{y}_t - y_t"
    out = tmp_path / "corrected.md"
    path = page(f"{head} = {first} = {second}")
    check(capsys, path, "--corrected", out)
    status, found = check_json(capsys, out, "--legend", path.with_suffix(".toml"))
    assert status == 0 and [claim["left"] for claim in found["blocks"][0]["claims"]] == [head, head]


# Bad input


BAD = {
    "missing": (["nowhere.md"], "nowhere.md: cannot be read"),
    "a folder": (["folder.md"], "folder.md: cannot be read"),
    "another kind of file": (["page.pdf"], "are not read: give .md"),
    "not UTF-8": (["latin.md"], "latin.md: not UTF-8 at byte 3"),
    "never closed": (["open.md"], "open.md: line 1: the display"),
    "no legend": (["page.md", "--legend", "none.toml"], "none.toml: the legend cannot be read"),
    "no TOML": (["page.md", "--legend", "page.md"], "page.md: not a TOML file"),
    "an unknown key": (["page.md", "--legend", "odd.toml"], "colour is not a key"),
    "an unknown assumption": (
        ["page.md", "--accept", "luck"],
        "no assumption 'luck': choose from zero-start, target-unit",
    ),
    "an unwritable place": (["page.md", "--corrected", "nowhere/out.md"], "cannot write nowhere/out.md: No such file"),
    "no page": ([], "PAGE"),
    "two things instead": (["page.md", "--json", "--draft-legend"], "not allowed with"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_clear_line(command, page, tmp_path, kind):
    page(*GOOD)
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "page.pdf").write_bytes(b"%PDF")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "open.md").write_text("$$h_t = ", encoding="utf-8")
    (tmp_path / "odd.toml").write_text("colour = 'red'", encoding="utf-8")
    arguments, message = BAD[kind]
    done = command("derive.check", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("python -m derive.check: error: ") and message in done.stderr
    assert not list(tmp_path.glob(".*"))


def test_help_names_the_exit_statuses(command):
    done = command("derive.check", "--help")
    assert done.returncode == 0 and "exit status:" in done.stdout
    for option in ("--legend", "--accept", "--corrected", "--draft-legend", "--json"):
        assert option in done.stdout


# The public names


def test_the_package_imports_nothing_until_a_name_is_used(command):
    code = "import sys, derive; assert 'sympy' not in sys.modules; derive.elman(); assert 'sympy' in sys.modules"
    done = command("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_public_names(page):
    import derive

    for name in derive.__all__:
        assert getattr(derive, name).__name__ == name
    assert set(derive.__all__) <= set(dir(derive))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = derive.nothing
    found = derive.check_notes(page(*GOOD, WRONG))
    assert isinstance(found, derive.Notes) and isinstance(found.blocks[0].claims[0], derive.Claim)
    with pytest.raises(derive.ReadError):
        derive.check_notes("nowhere.md")
