"""docs/limits.md is a contract: what it says of each example is what is said, and its bounds are those of the code."""

import re
from pathlib import Path

import pytest

from derive.judge import mend, verdicts
from derive.judge.notes import check_document
from derive.lint.codes import NETWORK
from derive.lint.diagnostics import diagnostics
from derive.reading import Document, definitions, document

LIMITS = (Path(__file__).parents[3] / "docs" / "limits.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\*\*(.+?)\.\*\*.*?^```markdown\n(.*?)\n```\n\n```text\n(.*?)\n```$", LIMITS, re.M | re.S)


@pytest.mark.parametrize(("title", "formula", "said"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_what_is_not_read_not_decided_or_not_proved_is_said(title, formula, said):
    page = "\n\n".join(f"$${equation}$$" for equation in NETWORK) + "\n\n" + formula
    found = diagnostics(check_document(Document.read("page.md", page, "md"), None))[len(NETWORK) :]
    shown = [one for one in found if one.code != "definition"]
    assert [f"{one.code}: {one.message}" for one in shown] == [said]
    assert not any(one.severity == "error" for one in found)


def test_all_of_the_contract_is_tested():
    assert len(EXAMPLES) == LIMITS.count("```text") == LIMITS.count("\n**") >= 12


def test_the_bounds_are_those_of_the_code():
    bounds = " ".join(LIMITS.split("## Bounds")[1].split())
    assert f"up to {mend.EVALUATIONS} evaluations and on right sides of up to {mend.LONGEST} nodes" in bounds
    assert f"the first {verdicts.MENDED} wrong links of a chain" in bounds
    assert f"more than {definitions.MAX_LENGTH} characters, a page of more than {document.MAX_TEXT}" in bounds
    assert f"{document.MAX_FILE // 1_000_000} million bytes" in bounds
