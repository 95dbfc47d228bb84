"""What an editor shows and where it goes, without an editor."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from derive.lint.baseline import relative, write_baseline
from derive.lint.lsp.actions import Action, mends, silences
from derive.lint.lsp.checked import Checked, Sessions
from derive.lint.lsp.hints import hints
from derive.lint.lsp.hover import Card, card, shape
from derive.lint.lsp.positions import Text
from derive.lint.lsp.source import Part, Source, kind_of
from derive.lint.lsp.targets import definitions, references

NOTES = Path(__file__).parents[3] / "derive" / "notes"
NETWORK = r"""Let $W \in \mathbb{R}^{H \times H}$ and $h_0 = 0$.

$$h_t = \tanh(W h_{t-1} + U x_t)$$
$$\hat y_t = V h_t$$
$$L = \frac{1}{2} \sum_{t=1}^T \|\hat y_t - y_t\|^2$$
"""


def checked(text: str, path: str = "", kind: str = "md") -> Checked:
    source = Source("page", path, kind_of(f"page.{kind}"), (Part("page", Text(text)),))
    return Sessions().check(source, "whole")


@cache
def hello() -> Checked:
    """A shipped page, whose legend stands beside it."""
    return checked((NOTES / "hello.md").read_text(encoding="utf-8"), str(NOTES / "hello.md"))


def shown(page: Checked, latex: str, last: bool = False) -> Card | None:
    """What is shown where a piece of the page stands."""
    text = page.source.parts[0].text
    return card(page, (*text.place(text.text.rindex(latex) if last else text.text.index(latex)), None))


def lines(page: Checked, latex: str, last: bool = False) -> str:
    found = shown(page, latex, last)
    assert found is not None
    return found.plain()


def at(page: Checked, latex: str) -> tuple[int, int, None]:
    text = page.source.parts[0].text
    return (*text.place(text.text.index(latex)), None)


def words(page: Checked, ranges: list) -> list[str]:
    """What stands where an editor is sent."""
    text = page.source.parts[0].text
    return [text.text[text.offset(found.start) : text.offset(found.end)] for found in ranges]


def applied(page: Checked, action: Action) -> str:
    """The text of a page with an edit made."""
    return page.source.parts[0].text.replaced(action.range.start, action.range.end, action.text).text


SLIP = r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (y_t - \hat y_t) h_t^\top"


@pytest.mark.parametrize(
    ("formula", "kind", "comment"),
    [
        (f"So $${SLIP}$$ as claimed.\n", "md", "as claimed. <!-- unrolled: ignore[sign] -->\n"),
        (f"So ${SLIP}$ in words.\r\n\r\nAnd on.\n", "md", "in words. <!-- unrolled: ignore[sign] -->\r\n"),
        (f"Text.\n\n$$\n{SLIP}\n$$\n", "md", "Text.\n\n<!-- unrolled: ignore[sign] -->\n$$\n"),
        (f"It is\nso that\n$$\n{SLIP}\n$$\n", "md", "\n<!-- unrolled: ignore[sign] -->\nIt is\n"),
        (f"```math\n{SLIP}\n```\n", "md", "<!-- unrolled: ignore[sign] -->\n```math\n"),
        (f"\\begin{{equation}}\n{SLIP}\n\\end{{equation}}\n", "tex", "^\\top % unrolled: ignore[sign]\n"),
    ],
)
def test_a_finding_is_silenced(formula, kind, comment):
    page = checked(f"{NETWORK}\n{formula}", kind=kind)
    (found,) = [action for action in silences(page) if action.title == "Ignore sign here"]
    text = applied(page, found)
    assert comment in text and len(text) == len(page.source.parts[0].text.text) + len(found.text)
    silent = checked(text, kind=kind)
    assert [one for one in silent.diagnostics if one.severity != "pass"] == []
    assert "fails" in [verdict for _, verdict, _ in hints(silent)]  # the verdict still stands behind it
    assert lines(silent, "^T (y_t").startswith("fails: sign") or shown(silent, "(y_t - ") is not None


def test_a_symbol_says_what_it_is():
    page = checked(NETWORK)
    assert lines(page, "h_{t-1}").splitlines() == [
        "h_t",
        "defined: a vector, H, one for each step",
        "defined on line 1: h_0 = 0",
        r"defined on line 3: h_t = \tanh(W h_{t-1} + U x_t)",
        "4 uses, the first on line 1",
    ]
    assert lines(page, "W").splitlines()[:3] == ["W", "parameter: a matrix, H × H", "stated on line 1"]
    assert "loss: a number" in lines(page, "L =")


def test_definitions_before_statements_before_uses():
    page = checked(NETWORK)
    assert words(page, definitions(page, at(page, "h_{t-1}"))) == ["h_0", "h_t"]
    assert definitions(page, at(page, "W h"))[0].start == (0, 5)  # where its shape is stated
    assert definitions(page, at(page, "U"))[0].start == (2, 26)  # its only use
    assert words(page, references(page, at(page, "h_t"), True)) == ["h_0", "h_t", "h_{t-1}", "h_t"]
    assert words(page, references(page, at(page, "h_t"), False)) == ["h_{t-1}", "h_t"]


def test_an_equality_says_its_verdict_wherever_no_symbol_is():
    claim = r"\frac{\partial h_{t+1}}{\partial h_t} = \mathrm{diag}(1 - h_{t+1}^2) W"
    page = checked(NETWORK + f"\n$${claim}, \\quad t < T$$\n")
    for part in (r"\frac{\partial h", "= \\mathrm{diag", r"\mathrm{diag", "(1 - h"):
        said = lines(page, part)
        assert said.splitlines()[0] == "holds" and "t < T" in said
    assert [verdict for _, verdict, _ in hints(page)] == ["holds for t < T"]
    assert shown(page, "Let") is None


def test_what_holds_under_a_condition_says_which():
    page = checked(NETWORK + "\n$$\\frac{\\partial \\hat y_t}{\\partial h_t} = V^\\top$$\n")
    (found,) = [one for one in page.diagnostics if one.verdict not in ("definition", "holds")]
    assert lines(page, "= V^\\top").startswith(f"{found.verdict}: {found.code}")
    page = hello()
    verdicts = {verdict for _, verdict, _ in hints(page)}
    assert "holds if target-unit" in verdicts and "fails" in verdicts
    conditional = next(one for one in page.diagnostics if one.verdict == "conditional")
    assert conditional.claim is not None and conditional.claim.place is not None
    place = conditional.claim.place
    found = page.diagnostic_at((place.line, place.column, None))
    assert found is conditional


def test_a_page_with_a_legend():
    page = hello()
    said = lines(page, "w_{ya}")
    legend = (NOTES / "hello.toml").read_text(encoding="utf-8").splitlines()
    entry = next(n for n, line in enumerate(legend, 1) if line.startswith("'w_{ya}'"))
    assert said.splitlines()[0] == "w_{ya}" and f"explained on line {entry} of hello.toml" in said
    (place,) = definitions(page, at(page, "w_{ya}"))
    assert place.uri == (NOTES / "hello.toml").absolute().as_uri() and "'w_{ya}'" in legend[place.start[0]]


def test_a_legend_that_gives_the_equations(tmp_path):
    (tmp_path / "page.toml").write_text("[network]\nequations = [\n  'q_t = W x_t',\n  'L = \\sum_t q_t',\n]\n")
    page = checked("$$\\frac{\\partial L}{\\partial q_t} = 1$$\n", str(tmp_path / "page.md"))
    (place,) = definitions(page, at(page, "q_t"))
    assert place.uri.endswith("page.toml") and place.start == (2, 0)
    assert "explained on line 3 of page.toml" in lines(page, "q_t")


def test_the_settings_of_the_folder_hold(tmp_path):
    text = "$$\\frac{\\partial h_t}{\\partial h_{t-1}} = \\mathrm{diag}(1 - h_t^2) W$$\n"
    path = str(tmp_path / "notes" / "page.md")
    (tmp_path / "notes").mkdir()
    assert [one.verdict for one in checked(text, path).findings] != ["holds"]
    (tmp_path / "key.toml").write_text("[network]\nequations = ['h_t = \\tanh(W h_{t-1} + x_t)']\n")
    (tmp_path / "unrolled.toml").write_text("[legends]\n'notes/*' = 'key.toml'\n")
    page = checked(text, path)
    assert [one.verdict for one in page.findings] == ["holds"]
    assert page.legend_file == tmp_path / "key.toml"
    (tmp_path / "unrolled.toml").write_text("legend = 'key.toml'\n")
    (found,) = checked(text, path).diagnostics
    assert found.code == "unusable" and "unrolled.toml: legend is not a setting" in found.message


def test_known_findings_are_unsaid(tmp_path):
    text, path = f"{NETWORK}\n$${SLIP}$$\n", tmp_path / "page.md"
    path.write_text(text)
    (found,) = [one for one in checked(text, str(path)).diagnostics if one.severity != "pass"]
    write_baseline(tmp_path / "known.json", [(relative(str(path), tmp_path), [found])])
    (tmp_path / "unrolled.toml").write_text("baseline = 'known.json'\n")
    page = checked(text, str(path))
    assert [one.code for one in page.unsaid] == ["sign"] and all(one.severity == "pass" for one in page.diagnostics)


@pytest.mark.parametrize(
    ("text", "kind", "line", "message"),
    [
        (NETWORK + "\n$$ x = ", "md", 6, "never closed"),
        ("\\begin{document}\n\nA\n\\[ x\n\\end{document}", "tex", 3, "never closed"),
        ("x" * 1_000_001, "md", 0, "split the file"),
    ],
)
def test_a_page_that_cannot_be_read_says_where(text, kind, line, message):
    page = checked(text, kind=kind)
    (found,) = page.diagnostics
    assert page.notes is None and message in found.message and not found.message.startswith("line")
    assert page.source.range(found.place).start == (line, 0)
    assert list(hints(page)) == [] == list(mends(page)) and definitions(page, (1, 1, None)) == []


def test_a_fault_of_the_check_is_told_and_not_fatal(monkeypatch):
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("derive.lint.pages.diagnostics", broken)
    (found,) = checked(NETWORK).diagnostics
    assert found.code == "unusable" and "RecursionError" in found.message


def test_markdown_has_its_formulas_as_code():
    found = shown(checked(NETWORK), "h_{t-1}")
    assert found is not None
    assert found.markdown().startswith("`h_t`\n\ndefined: a vector, H, one for each step\n\n")
    assert Card((("so ", "a ` b_c"),), found.place).markdown() == "so `` a ` b_c ``"


def test_shapes_in_words():
    assert shape(()) == "a number" and shape(("?",)) == "a vector" and shape(("H", "D")) == "a matrix, H × D"
    assert shape(None) == "its shape is open" and shape(("A", "?", "C")) == "an array of 3 axes, A × ? × C"


def test_a_check_of_the_whole_ends_when_it_is_no_more_wanted():
    asked = iter([True, True, False])
    source = Source("page", "", "md", (Part("page", Text(NETWORK)),))
    assert Sessions().check(source, "whole", asked.__next__) is None and not [*asked]
