"""Whatever a page says, it gets its verdicts: one formula may not cost the others theirs."""

import importlib.util
from pathlib import Path

import pytest

from derive.judge.notes import check_document
from derive.reading import Document, builtin_legend

SPEC = importlib.util.spec_from_file_location("check_fuzz", Path(__file__).with_name("fuzz.py"))
assert SPEC is not None and SPEC.loader is not None
fuzz = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(fuzz)

# Each once ended in a traceback: more indices than axes, and derivatives of or by what is no array of the network.
BROKE = {
    r"\frac{\partial L}{\partial (W_{hh})_{ik}} = \sum_t \frac{\partial L}{\partial (z_t)_k} (h_{t-1})_i": "fails",
    r"\frac{\partial L}{\partial (b_h)_i} = \sum_t \frac{\partial L}{\partial (h_t)_{ik}}": "unreadable",
    r"\frac{\partial L}{\partial (b_h)_{ik}} = \sum_t \frac{\partial L}{\partial (z_t)_i} (x_t)_k": "unreadable",
    r"\frac{\partial \eta}{\partial W_{hh}} = h_T h_T^\top": "unknown",
    r"\frac{\partial z_t}{\partial \eta} = h_t": "fails",
    r"\frac{\partial z_t}{\partial L} = h_t": "fails",
}


@pytest.mark.long
def test_a_fixed_sample_breaks_nothing():
    report = fuzz.run(20, seed=2026)
    assert report.broken == []
    assert min(report.verdicts[verdict] for verdict in ("fails", "unreadable", "unknown")) > 5


def test_the_fuzz_job_sees_what_is_broken(monkeypatch):
    monkeypatch.setattr(fuzz, "check_document", lambda *_: 1 / 0)
    assert "ZeroDivisionError" in fuzz.run(1).broken[0][1]


@pytest.mark.parametrize("formula", BROKE)
def test_what_broke_once_gets_its_verdict(formula):
    (block,) = check_document(Document.read("page.md", f"$${formula}$$", "md"), builtin_legend("elman_vector")).blocks
    assert block.verdict == BROKE[formula]
