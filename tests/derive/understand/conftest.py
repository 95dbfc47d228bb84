"""Pages without a legend, written as a list of displays, and what the check says of each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from derive.check.results import CheckedBlock
from derive.judge.notes import check_document
from derive.reading import Document, load_legend

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


@pytest.fixture
def conventions() -> Callable[..., list[tuple[str, str]]]:
    """The conventions of a page without a legend, by name."""

    def checked(*displays: str) -> list[tuple[str, str]]:
        page = "\n\n".join(f"$$\n{display}\n$$" for display in displays)
        return [(c.name, c.value) for c in check_document(Document.read("page.md", page, "md"), None).conventions]

    return checked


@pytest.fixture
def check_text() -> Callable[[str], list[str]]:
    """The verdict on each display of a page without a legend, given with its words."""
    return lambda page: [b.verdict for b in check_document(Document.read("page.md", page, "md"), None).blocks]


@pytest.fixture
def check_inline() -> Callable[[str], list[str]]:
    """The verdict on each formula in the running text of a page without a legend."""
    return lambda page: [b.verdict for b in check_document(Document.read("page.md", page, "md"), None).formulas]


@pytest.fixture
def legended(tmp_path: Path) -> Callable[..., list[str]]:
    """The verdict on each display of a page with a legend."""

    def checked(legend: str, *displays: str) -> list[str]:
        (tmp_path / "page.toml").write_text(legend, encoding="utf-8")
        page = "\n\n".join(f"$$\n{display}\n$$" for display in displays)
        document = Document.read("page.md", page, "md")
        return [block.verdict for block in check_document(document, load_legend(tmp_path / "page.toml")).blocks]

    return checked
