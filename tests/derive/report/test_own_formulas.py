"""The report's formulas through our own reader and check: what we print we would pass."""

import pytest

from derive.algebra.array import Array
from derive.algebra.chain import adjoints
from derive.algebra.model import elman
from derive.algebra.printing import latex
from derive.algebra.scalar import ScalarForm
from derive.algebra.written import Equality
from derive.judge.notes import check_document
from derive.reading import builtin_legend, load, load_legend
from derive.report import scalar, vector
from derive.report.text import formula

STEPS = 4
PARAMETERS = ["W_ya", "b_y", "W_aa", "b_a", "W_ax"]

LEGEND = r"""
notation = "vector"
T = 4

[symbols]
'x' = { means = "x", role = "input", shape = ["V"], time = true }
'\hat{y}' = { means = "target", role = "target", shape = ["V"], time = true }
'net_a' = { means = "net_a", role = "value", shape = ["H"], time = true }
'a' = { means = "a", role = "value", shape = ["H"], time = true }
'net_y' = { means = "net_y", role = "value", shape = ["V"], time = true }
'y' = { means = "y", role = "value", shape = ["V"], time = true }
'L' = { means = "loss", role = "total_loss", shape = [], at_time = "L" }
'W_{aa}' = { means = "W_aa", role = "parameter", shape = ["H", "H"] }
'W_{ax}' = { means = "W_ax", role = "parameter", shape = ["H", "V"] }
'b_a' = { means = "b_a", role = "parameter", shape = ["H"] }
'W_{ya}' = { means = "W_ya", role = "parameter", shape = ["V", "H"] }
'b_y' = { means = "b_y", role = "parameter", shape = ["V"] }
'\eta' = { means = "eta", role = "rate", shape = [] }
'T' = { means = "T", role = "size" }
't' = { means = "t", role = "index" }
'i' = { means = "i", role = "index" }
'k' = { means = "k", role = "index" }
'm' = { means = "m", role = "index" }
"""


@pytest.fixture
def printed(monkeypatch):
    """The equalities from which the vector or scalar form is printed, each once and in order; neither assignments nor
    δ(T+1) = 0, where both sides are zero."""
    found = []

    def note(*equalities, number=""):
        found.extend(equalities)
        return formula(*equalities, number=number)

    def is_zero(equality):
        return any(isinstance(side, Array) and side.is_zero for side in equality.sides)

    for module in (scalar, vector):
        monkeypatch.setattr(module, "formula", note)

    def of(*made):
        return [latex(e) for e in dict.fromkeys(found) if not (isinstance(e, Equality) and (e.assigns or is_zero(e)))]

    return of


def verdicts(formulas, legend, tmp_path):
    """The claims of a page of these formulas."""
    page = tmp_path / "page.md"
    page.write_text("\n\n".join(f"$$ {line} $$" for line in formulas), encoding="utf-8")
    notes = check_document(load(page), legend)
    assert len(notes.blocks) == len(formulas)
    return notes.blocks


def test_the_vector_form_holds_with_no_assumption(printed, tmp_path):
    derived = adjoints(elman())
    lines = printed(
        vector.network(elman()),
        vector.local(elman()),
        vector.deltas(derived),
        *(vector.gradient(derived, parameter, STEPS) for parameter in PARAMETERS),
    )
    assert len(lines) > 25
    legend = tmp_path / "legend.toml"
    legend.write_text(LEGEND, encoding="utf-8")
    for block in verdicts(lines, load_legend(legend), tmp_path):
        assert block.verdict in ("holds", "definition"), [(c.right, c.verdict, c.reason) for c in block.claims]


SCALAR = {"target-unit", "same-target", "single-path", "scalar-state"}


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_scalar_form_holds_under_the_assumptions_that_it_names(parameter, printed, tmp_path):
    lines = printed(scalar.gradient(ScalarForm(elman()).gradient(parameter), STEPS))
    claims = [claim for block in verdicts(lines, builtin_legend("hello"), tmp_path) for claim in block.claims]
    assert len(claims) > 10
    for claim in claims:
        assert claim.verdict in ("holds", "definition", "conditional"), (claim.left, claim.right, claim.reason)
        assert set(claim.assumptions) <= SCALAR
