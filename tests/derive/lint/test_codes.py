"""The codes: each has an example that has it, and docs/codes.md says what `unrolled explain` says."""

import re
from pathlib import Path

import pytest

from derive.check.catalogue import IN_WORDS
from derive.judge.lost import Lost
from derive.judge.notes import check_document
from derive.judge.slips import Slips
from derive.lint.codes import CODES
from derive.lint.diagnostics import diagnostics
from derive.lint.explain import as_markdown
from derive.lint.suppressions import apply
from derive.reading import Document

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("code", CODES)
def test_the_example_has_this_finding_and_no_other(code):
    document = Document.read("page.md", CODES[code].source, "md")
    notes = check_document(document, None)
    found, _ = apply(document, diagnostics(notes))
    assert [one.code for one in found if one.severity != "pass"] == [code]


def test_the_page_of_codes_is_what_is_explained():
    assert (ROOT / "docs" / "codes.md").read_text(encoding="utf-8") == as_markdown()


def test_every_kind_of_mend_is_a_code():
    import inspect

    kinds = re.findall(r'^ +"([a-z-]+)": self\.', inspect.getsource(Slips.edits), re.M)
    kinds += re.findall(r'of_kind\("([a-z-]+)"', inspect.getsource(Lost.edits))
    assert len(kinds) > 14 and set(kinds) <= set(CODES)


def test_explain(unrolled):
    for name in (*CODES, *IN_WORDS, "holds", "jacobians"):
        from derive.lint.explain import explained

        assert explained(name).startswith(name)
    done = unrolled("explain", "transpose")
    assert done.returncode == 0 and "Where a matrix carries an error back" in done.stdout
    done = unrolled("explain")
    assert done.returncode == 0 and all(name in done.stdout for name in (*CODES, *IN_WORDS))
    done = unrolled("explain", "transposes")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "unrolled explain: error: nothing is called 'transposes': did you mean transpose?\n"
