"""The table of how quantities are written, and the names outside it."""

import pytest

from derive.algebra.model import elman
from derive.algebra.notation import TABLE, rank, written
from derive.reading import builtin_legend, parse


@pytest.mark.parametrize(
    ("name", "scalar", "vector"),
    [
        ("W_ya", "w_{ya}", "W_{ya}"),
        ("b_y", "b_{y}", "b_{y}"),
        ("target", r"\hat{y}", r"\hat{y}"),
        ("net_y", r"\text{net}y", r"\text{net}y"),
        ("delta_net_y", r"\delta_{y}", r"\delta_{y}"),
        ("Delta_W_aa", r"\Delta w_{aa}", r"\Delta W_{aa}"),
        ("W_zh", "W_{zh}", "W_{zh}"),
        ("net_z", r"\text{net}z", r"\text{net}z"),
        ("delta_h", r"\delta_{h}", r"\delta_{h}"),
        ("delta_net_z", r"\delta_{\text{net}z}", r"\delta_{\text{net}z}"),
        ("sigma_1", r"\sigma_{1}", r"\sigma_{1}"),
        ("logits", r"\text{logits}", r"\text{logits}"),
        ("h", "h", "h"),
    ],
)
def test_names(name, scalar, vector):
    assert written(name) == scalar and written(name, vector=True) == vector


def test_every_quantity_of_the_network_has_its_row():
    model = elman()
    names = [*(v.name for v in model.inputs), *(e.name for e in model.equations), *(p.name for p in model.parameters)]
    assert set(names) <= set(TABLE)
    assert all(TABLE[name].meaning for name in names)


def test_no_two_quantities_are_written_alike():
    for vector in (False, True):
        spelled = [written(name, vector) for name in TABLE]
        assert len(set(spelled)) == len(spelled)


def test_the_legend_of_the_notes_reads_what_the_printer_writes():
    legend = builtin_legend("hello")
    for name in ("x", "target", "a", "net_y", "y", "W_aa", "W_ax", "b_a", "W_ya", "b_y", "eta"):
        entry = legend.find(parse(written(name), legend.words))
        assert entry is not None and entry.means == name


def test_names_outside_the_table_come_last_in_a_product():
    assert (
        rank("eta") < rank("target") < rank("W_ya") < rank("W_aa") < rank("a") < rank("x") < rank("h") == rank("W_zh")
    )
