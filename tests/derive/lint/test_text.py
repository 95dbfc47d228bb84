"""The text for people: what is shown, where it points, and how wide it is."""

import json
import re
import sys

import pytest


def test_only_what_needs_attention(unrolled, formulas):
    unrolled.write("page.md")
    done = unrolled("check", "page.md")
    assert done.returncode == 1 and done.stderr == ""
    blocks = done.stdout.split("\n\n")
    head, source, mark = blocks[0].splitlines()
    assert head.startswith("error[sign]: ") and head.endswith("page.md:7:51")
    assert source == f"   7 | $${formulas[3]}$$"
    assert mark.index("^") == len("   7 | ") + 50
    head, source, mark = blocks[1].splitlines()
    assert head.split("  ")[0] == r"error[time-index]: write h_t^\top for h_{t-1}^\top"
    column = int(head.rsplit(":", 1)[1])
    assert source[len("   9 | ") + column - 1 :].startswith("{t-1}")
    assert mark[len("     | ") :].lstrip().startswith("^^^^^ t    left ")
    assert done.stdout.endswith("page.md: 5 claims: 2 fails, 3 definition\n")
    assert "read with vectors: columns (used)" in done.stdout
    assert "holds" not in done.stdout and "definition  " not in done.stdout


def test_everything(unrolled, formulas, page_of):
    unrolled.write("page.md", page_of(*formulas[:3], formulas[4].replace("h_{t-1}", "h_t")))
    done = unrolled("check", "page.md", "--verbose")
    assert done.returncode == 0
    rows = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert rows[:4] == [*["definition"] * 3, "holds: proved for every T and every size"]


@pytest.mark.parametrize("columns", [50, 80, 140])
def test_colour_and_the_width_of_a_terminal(unrolled, on_a_terminal, columns):
    unrolled.write("page.md")
    environment = unrolled.environment(TERM="xterm-256color", COLUMNS=str(columns))
    run = [sys.executable, "-m", "derive", "check", "page.md"]
    seen = on_a_terminal(run, unrolled.folder, environment, errors=False)[1].decode()
    assert "\x1b[1;31merror[sign]" in seen
    lines = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", seen).splitlines()
    assert max(map(len, lines)) <= columns
    marks = [n for n, line in enumerate(lines) if "^" in line and line.startswith("     |")]
    assert len(marks) == 2
    assert lines[marks[1] - 1][lines[marks[1]].index("^") :].startswith("{t-1}")


def test_several_pages_folders_and_patterns(unrolled, formulas, page_of):
    unrolled.write("notes/a.md", page_of(*formulas[:3]))
    unrolled.write("notes/deep/b.tex", "\\[" + "\\]\n\\[".join(formulas) + "\\]\n")
    unrolled.write("notes/.hidden/c.md")
    unrolled.write("notes/read.me", "no page")
    for names in (["notes"], ["notes/*.md", "notes/deep/*.tex"], ["notes/**/*.[mt]*"], ["notes", "notes/a.md"]):
        done = unrolled("check", *names)
        assert done.returncode == 1 and done.stderr == ""
        assert done.stdout.endswith("2 pages: 8 claims: 2 fails, 6 definition\n")
        assert "notes/deep/b.tex:4:" in done.stdout


def test_of_several_pages_the_worst_counts_and_all_are_checked(unrolled, formulas, page_of):
    unrolled.write("good.md", page_of(*formulas[:3]))
    unrolled.write("open.md", page_of(*formulas[:3], r"L \le 0"))
    unrolled.write("wrong.md")
    for names, status in [
        (["good.md", "open.md"], 3),
        (["open.md", "missing.md", "good.md"], 2),
        (["missing.md", "wrong.md"], 1),
    ]:
        done = unrolled("check", *names)
        assert done.returncode == status
        assert done.stderr.count("\n") == ("missing.md" in names)
        there = [name for name in names if name != "missing.md"]
        assert done.stdout.splitlines()[-1].startswith(f"{len(there)} pages: " if len(there) > 1 else there[0])
    done = unrolled("check", "nowhere/*.md")
    assert (done.returncode, done.stderr) == (2, "unrolled check: error: nowhere/*.md: no page fits this pattern\n")
    (unrolled.folder / "empty").mkdir()
    done = unrolled("check", "empty")
    assert done.returncode == 2 and "no page in this folder" in done.stderr


def test_a_row_a_page_against_one_legend(unrolled, formulas, page_of):
    unrolled.write("key.toml", '[symbols]\nh = { axes = ["H"] }\n')
    legend = unrolled.folder / "key.toml"
    legend.write_text('[conventions]\nvectors = "columns"\n', encoding="utf-8")
    unrolled.write("hand-ins/ada.md", page_of(*formulas[:3], formulas[4].replace("h_{t-1}", "h_t")))
    unrolled.write("hand-ins/bob.md")
    (unrolled.folder / "hand-ins" / "cid.md").write_bytes(b"\xff\xfe$$")
    done = unrolled("check", "hand-ins", "--legend", "key.toml")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["fails", "holds", "definition", "page"]
    assert rows[1] == ["good", "0", "1", "3", "hand-ins/ada.md"]
    assert rows[2] == ["wrong", "2", "0", "3", "hand-ins/bob.md"]
    assert rows[3][:1] == ["unusable"] and "not UTF-8" in done.stdout
    assert done.returncode == 1


def test_hand_ins_against_the_legend_of_a_solution(unrolled, formulas, page_of):
    true = formulas[3].replace(r"y_t - \hat{y}_t", r"\hat{y}_t - y_t")
    solution = unrolled.write("solution.md", page_of(*formulas[:3], true))
    unrolled.write("key.toml", unrolled("check", solution.name, "--draft-legend").stdout)
    unrolled.write("hand-ins/answer.md", page_of(true))
    unrolled.write("hand-ins/other.md", page_of(formulas[0].replace("tanh", "sigma"), true))
    unrolled.write("hand-ins/slip.md", page_of(*formulas[:4]))
    done = unrolled("check", "hand-ins", "--legend", "key.toml")
    rows = [line.split() for line in done.stdout.splitlines()[1:-1]]
    assert done.returncode == 1 and [row[0] for row in rows] == ["good", "wrong", "wrong"], done.stdout


def test_standard_input_with_a_name(unrolled, formulas):
    tex = "\\begin{align}\n" + " \\\\\n".join(formulas).replace(" = ", " &= ") + "\n\\end{align}\n"
    done = unrolled("check", "-", "--stdin-filename", "notes/page.tex", text=tex)
    assert done.returncode == 1 and "notes/page.tex:5:" in done.stdout
    done = unrolled("check", "-", text="\n\n".join(f"$${formula}$$" for formula in formulas))
    assert done.returncode == 1 and "  -:7:51\n" in done.stdout


def test_a_place_in_a_notebook_is_a_cell_and_a_line(unrolled, page_of, formulas):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": ["x = 1"], "outputs": [], "execution_count": None},
        {"cell_type": "markdown", "metadata": {}, "source": page_of(*formulas).splitlines(keepends=True)},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    unrolled.write("page.ipynb", json.dumps(notebook, indent=1))
    done = unrolled("check", "page.ipynb")
    assert done.returncode == 1 and "page.ipynb:cell 2:7:51" in done.stdout
    found = json.loads(unrolled("check", "page.ipynb", "--json").stdout)["diagnostics"][0]
    assert (found["cell"], found["line"], found["column"]) == (1, 7, 51)
    before = (unrolled.folder / "page.ipynb").read_text(encoding="utf-8")
    done = unrolled("check", "page.ipynb", "--fix")
    assert done.returncode == 0
    after = json.loads((unrolled.folder / "page.ipynb").read_text(encoding="utf-8"))
    assert after != json.loads(before) and after["cells"][0] == json.loads(before)["cells"][0]


def test_nothing_on_a_page_reaches_the_terminal_as_a_command(unrolled):
    unrolled.write("page.md", "$$L = \x1b[2J\x07 [bold red]o_t[/]$$\n")
    done = unrolled("check", "page.md", "-v")
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
