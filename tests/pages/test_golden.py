"""What the check says of every shipped page, as text files that a change shows as a diff.

`python tests/pages/test_golden.py` writes them anew.
"""

from pathlib import Path

import pytest

from derive.check.results import CheckedBlock, Claim
from derive.judge.notes import check_document, legend_for
from derive.reading import load

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
PAGES = [*sorted((ROOT / "docs" / "examples").glob("*.md")), *sorted((ROOT / "derive" / "notes").glob("*.md"))]
CASES = [(page, legend) for page in PAGES for legend in ("legend", "bare")]


def of_page(page: Path, legend: str) -> str:
    """A line for each verdict, with what it rests on."""
    document = load(page)
    notes = check_document(document, legend_for(page) if legend == "legend" else None)
    blocks = sorted((*notes.blocks, *(notes.formulas or ())), key=lambda block: block.line)
    settled = [f"{c.name} = {c.value} ({c.source})" for c in notes.conventions]
    return "\n".join([*settled, *(line for block in blocks for line in of_block(block)), ""])


def of_block(block: CheckedBlock) -> list[str]:
    if not block.claims:
        return [f"{block.line}: {block.verdict}"]
    return [f"{block.line}: {of_claim(claim)}" for claim in block.claims]


def of_claim(claim: Claim) -> str:
    said = claim.verdict if claim.code in (claim.verdict, "differs") else f"{claim.verdict} [{claim.code}]"
    if claim.assumptions:
        said += f" on {', '.join(claim.assumptions)}"
    if claim.range is not None:
        steps = "every T" if claim.range.steps == "all" else "T tried"
        sizes = "every size" if claim.range.sizes == "all" else "sizes tried"
        said += f" for {steps}, {sizes}" + (f", {claim.range.when}" if claim.range.when else "")
    said += "".join(f", {reading.partial} {reading.taken}" for reading in claim.readings)
    said += f": {claim.left} {claim.relation} {claim.right}"
    return said + (f" (mended: {claim.suggestion})" if claim.suggestion else "")


@pytest.mark.parametrize(("page", "legend"), CASES, ids=lambda value: getattr(value, "stem", value))
def test_what_the_check_says_of_shipped_pages(page: Path, legend: str) -> None:
    assert of_page(page, legend) == (GOLDEN / f"{page.stem}.{legend}.txt").read_text("utf-8")


if __name__ == "__main__":
    for page, legend in CASES:
        (GOLDEN / f"{page.stem}.{legend}.txt").write_text(of_page(page, legend), "utf-8")
