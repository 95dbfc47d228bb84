"""What an author silences, what is known already, and what a project settles once."""

import json

import pytest


def findings(unrolled, *arguments: str, status: int | None = None) -> list[str]:
    done = unrolled("check", *(arguments or ("page.md",)), "--json")
    assert status is None or done.returncode == status, done.stderr
    return [f"{one['code']}:{one['set_aside'] or ''}" for one in json.loads(done.stdout)["diagnostics"]]


IGNORE = "unrolled: ignore[{}]"


def test_a_comment_alone_is_about_what_follows(unrolled, formulas, page_of):
    head, sign, step = page_of(*formulas[:3]), page_of(formulas[3]), page_of(formulas[4])
    comment = f"<!-- {IGNORE.format('sign')} -->\n\n"
    unrolled.write("page.md", head + "\n" + comment + sign + "\n" + step)
    assert findings(unrolled, status=1) == ["time-index:", "sign:comment"]
    both = f"<!-- {IGNORE.format('time-index, sign')} -->\n"
    unrolled.write("page.md", head + "\n" + comment + sign + "\n" + both + step)
    assert findings(unrolled, status=0) == ["unused-suppression:", "sign:comment", "time-index:comment"]


def test_a_comment_beside_something_is_about_its_line(unrolled, formulas):
    rows = " \\\\\n".join(formula.replace(" = ", " &= ") for formula in formulas[:4])
    last = formulas[4].replace(" = ", " &= ")
    text = f"\\begin{{align}}\n{rows} \\\\ % {IGNORE.format('sign')}\n{last}\n\\end{{align}}\n"
    unrolled.write("page.tex", text)
    assert findings(unrolled, "page.tex", status=1) == ["time-index:", "sign:comment"]
    text = f"\\begin{{align}}\n{rows} \\\\\n% {IGNORE.format('time-index')}\n{last}\n\\end{{align}}\n"
    unrolled.write("page.tex", text)
    assert findings(unrolled, "page.tex", status=1) == ["sign:", "time-index:comment"]


def test_a_display_of_many_lines_is_silenced_as_a_whole(unrolled, formulas):
    rows = "\n".join(f"$${formula}$$\n" for formula in formulas[:3])
    wrong = formulas[3].replace(" = ", "\n= ")
    unrolled.write("page.md", f"{rows}\n<!-- {IGNORE.format('sign')} -->\n$$\n{wrong}\n$$\n")
    assert findings(unrolled, status=0) == ["sign:comment"]


@pytest.mark.parametrize(("code", "said"), [("transpose", "silences nothing here"), ("luck", "is no code")])
def test_a_comment_that_silences_nothing_is_reported(unrolled, formulas, page_of, code, said):
    unrolled.write("page.md", page_of(*formulas[:3]) + f"\n<!-- {IGNORE.format(code)} -->\n")
    done = unrolled("check", "page.md")
    assert done.returncode == 0 and f"warning[unused-suppression]: {code} {said}" in done.stdout
    assert "page.md:7:1" in done.stdout


def test_a_comment_in_a_listing_is_an_example(unrolled, formulas, page_of):
    listing = f"\n```markdown\n<!-- {IGNORE.format('sign')} -->\n```\n\n"
    unrolled.write("page.md", page_of(*formulas[:3]) + listing + page_of(formulas[3]))
    assert findings(unrolled, status=1) == ["sign:"]


def test_a_baseline(unrolled, formulas, page_of):
    page = unrolled.write("notes/page.md", page_of(*formulas[:4]))
    done = unrolled("check", "notes", "--baseline", "known.json", "--update-baseline")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "unrolled check: known.json: 1 finding known from now on\n"
    done = unrolled("check", "notes", "--baseline", "known.json")
    assert done.returncode == 0 and "Not counted: 1 known to the baseline" in done.stdout
    page.write_text("New text.\n\n" + page_of(*formulas), encoding="utf-8")
    done = unrolled("check", "notes", "--baseline", "known.json")
    assert done.returncode == 1 and "error[time-index]" in done.stdout and "error[sign]" not in done.stdout
    page.write_text(page_of(*formulas[:3]), encoding="utf-8")
    done = unrolled("check", "notes", "--baseline", "known.json")
    assert done.returncode == 0 and "1 finding of the baseline" in done.stdout


@pytest.mark.parametrize("content", ["", "[]", '{"version": 1}', '{"version": 9, "findings": {}}'])
def test_a_baseline_that_is_none(unrolled, content):
    unrolled.write("page.md")
    (unrolled.folder / "known.json").write_text(content, encoding="utf-8")
    done = unrolled("check", "page.md", "--baseline", "known.json")
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "known.json" in done.stderr and "--update-baseline" in done.stderr


SHALLOW = r"\frac{\partial h_t}{\partial a_t} = 1 - h_t^2"
STATE = (r"a_t = W h_{t-1} + U x_t + b", r"h_t = \tanh(a_t)")


@pytest.mark.parametrize("name", ["unrolled.toml", "pyproject.toml"])
def test_settings(unrolled, page_of, formulas, name):
    table = "[tool.unrolled]\n" if name == "pyproject.toml" else ""
    settings = f'{table}accept = ["vector-for-diagonal"]\noutput-format = "github"\nbaseline = "known.json"\n'
    unrolled.write(name, settings)
    unrolled.write("deep/page.md", page_of(*STATE, *formulas[1:3], SHALLOW, formulas[3]))
    unrolled.write("known.json", '{"version": 1, "findings": {}}')
    done = unrolled("check", "deep")
    assert done.returncode == 1 and done.stdout.startswith("::error file=deep/page.md,line=11")
    assert done.stdout.count("\n") == 1
    assert unrolled("check", "deep", "--update-baseline").returncode == 0
    assert unrolled("check", "deep").returncode == 0
    done = unrolled("check", "deep", "--accept", "", "--output-format", "text")
    assert done.returncode == 1 and "error[conditional]: holds only under vector-for-diagonal" in done.stdout


def test_legends_by_path(unrolled):
    unrolled.write("unrolled.toml", '[legends]\n"old/*.md" = "hello"\n"new/*.md" = "keys/new.toml"\n')
    unrolled.write("keys/new.toml", '[conventions]\nvectors = "columns"\n')
    unrolled.write("old/page.md", r"$$L = \sum_t L(t)$$")
    unrolled.write("new/page.md", r"$$L = \sum_t L(t)$$")
    found = json.loads(unrolled("check", "old", "new", "--json").stdout)["pages"]
    assert [page["legend"] for page in found] == ["hello", str(unrolled.folder / "keys/new.toml")]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("colour = 1", "colour is not a setting"),
        ('accept = ["luck"]', "accept must be a list of assumptions"),
        ("accept = 'x", "not a TOML file"),
        ("legends = 1", "legends must be a table"),
        ('output-format = "xml"', "output-format must be one of"),
        ("baseline = 1", "baseline must be the name of a file"),
        ('baseline = "none.json"', "none.json: No such file"),
    ],
)
def test_bad_settings_are_one_clear_line(unrolled, settings, said):
    unrolled.write("page.md")
    unrolled.write("unrolled.toml", settings)
    done = unrolled("check", "page.md")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
