"""The pages that are shipped: every block is there, every symbol is explained, and the planted slips are slips."""

from pathlib import Path

import pytest

import derive
from derive.reading import builtin_legend, load, parse, read_statements

NOTES = Path(derive.__file__).parent / "notes"


@pytest.fixture(scope="module", params=["hello", "elman_vector"])
def page(request):
    return load(NOTES / f"{request.param}.md"), builtin_legend(request.param)


def test_every_block_is_read(page):
    document, legend = page
    assert [str(error) for r in read_statements(document.blocks, legend) for error in r.errors] == []


def test_the_hello_page_has_all_blocks_under_the_headings_of_the_notes():
    document = load(NOTES / "hello.md")
    assert len(document.blocks) == 67
    assert len([inline for inline in document.inline if "=" in inline.latex]) == 5
    assert document.blocks[0].latex == r"net_y = w_{ya} * a(t) + b_y \quad \text{--- (1)}"
    assert document.blocks[66].latex == r"\omega_{ax} = \omega_{ax} + \Delta \omega_{ax}"
    headings = list(dict.fromkeys(block.heading.split(":")[0] for block in document.blocks))
    assert headings == [
        "WORD",
        "Change in weight",
        r"Change in bias ( $\Delta b_y$ ) at output layer",
        "Change in weights for activation",
        "Labels of a drawing",
        r"From equation (\*)",
        "Change in bias at activation state ( $b_a$ )",
        r"Change in weight ( $\omega_{ax}$ )",
    ]


def test_planted_slips_are_listed_with_their_mend():
    legend, document = builtin_legend("elman_vector"), load(NOTES / "elman_vector.md")
    readings = {reading.block.number: reading for reading in read_statements(document.blocks, legend)}
    assert 4 <= len(legend.planted) <= 6
    for slip in legend.planted:
        (statement,) = readings[slip.block].statements
        assert slip.what
        assert parse(slip.mend, legend.words) not in [side.node for side in statement.sides]
