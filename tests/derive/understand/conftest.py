"""Pages without a legend, written as a list of displays, and what the check says of each."""

from collections.abc import Callable

import pytest

from derive.check.results import CheckedBlock
from derive.judge.notes import check_document
from derive.reading import Document

Check = Callable[..., list[CheckedBlock]]


@pytest.fixture
def check() -> Check:
    """Checks displays as one page without a legend; the blocks with their claims."""

    def checked(*displays: str) -> list[CheckedBlock]:
        page = "\n\n".join(f"$$\n{display}\n$$" for display in displays)
        return list(check_document(Document.read("page.md", page, "md"), None).blocks)

    return checked


@pytest.fixture
def verdicts(check: Check) -> Callable[..., list[str]]:
    """The verdict on each display of a page without a legend."""
    return lambda *displays: [block.verdict for block in check(*displays)]
