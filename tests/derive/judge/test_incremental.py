"""A page checked again while it is written: the same verdicts as from scratch, and nothing decided twice."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from derive.judge import incremental
from derive.judge.incremental import Session
from derive.judge.notes import check_document, legend_for
from derive.judge.page import Page
from derive.reading import Document, Legend, load

ROOT = Path(__file__).parents[3]
PAGES = {
    "lstm": ROOT / "docs/examples/lstm.md",
    "gradients": ROOT / "docs/examples/gradients.md",
    "hello": ROOT / "derive/notes/hello.md",
}
GRADIENT = r"\mathrm{diag}(1 - h_t^2) \delta_t h_{t-1}^\top"
# What is typed into a claim: what stands there, what then stands there, and the verdict on its block.
EDITS = [
    ("lstm", r"\odot f_t \odot (1 - f_t)$$", r"\odot f_t \odot (1 - o_t)$$", 9, "fails"),
    ("lstm", r"\odot c_t \odot", r"\odot c_{t-1} \odot", 11, "holds"),
    ("gradients", r"+ W \mathrm", r"+ W^\top \mathrm", 9, "holds"),
    ("gradients", GRADIENT, GRADIENT.replace("h_{t-1}", "h_t"), 11, "fails"),
    ("hello", r"-\sum_t (1-y(t)) a(t)$$", r"-\sum_t (2-y(t)) a(t)$$", 41, "fails"),
]


@cache
def whole(name: str) -> dict[str, Any]:
    """What a check from scratch says of the page."""
    return check_document(load(PAGES[name]), legend_of(name)).as_json()


def legend_of(name: str) -> Legend | None:
    """The page's legend; none for gradients.md."""
    return None if name == "gradients" else legend_for(PAGES[name])


def session(name: str) -> tuple[Session, Document]:
    """The page, checked once."""
    document = load(PAGES[name])
    found = Session(legend_of(name))
    found.check(document)
    return found, document


def edited(document: Document, old: str, new: str) -> Document:
    assert document.text.count(old) >= 1
    return Document.read(document.path, document.text.replace(old, new, 1), document.kind)


@pytest.mark.parametrize(("name", "old", "new", "line", "verdict"), EDITS)
def test_a_changed_claim_alone_is_decided_and_gets_its_verdict(monkeypatch, name, old, new, line, verdict):
    checks, document = session(name)
    changed = edited(document, old, new)
    with monkeypatch.context() as patch:
        patch.setattr(incremental, "understood", None)  # the page is not understood again
        decided = counted(patch, (Page, "claims"))
        fast = checks.recheck(changed)
        assert 1 <= len(decided) <= 2
        decided.clear()
        assert checks.recheck(changed) is not None and not decided
    assert fast is not None
    assert next(block.verdict for block in fast.blocks if block.line == line) == verdict
    thorough = checks.recheck(changed, thorough=True)
    assert thorough is not None
    assert thorough.as_json() == check_document(changed, checks.legend).as_json()
    back = checks.recheck(document, thorough=True)
    assert back is not None and back.as_json() == whole(name)


def counted(patch, *methods) -> list[object]:
    """The calls of some methods from now on."""
    calls: list[object] = []

    def counting(own):
        def call(self, *arguments):
            calls.append(arguments)
            return own(self, *arguments)

        return call

    for owner, name in methods:
        patch.setattr(owner, name, counting(getattr(owner, name)))
    return calls


def test_what_is_half_typed_cannot_be_read_and_comes_back():
    checks, document = session("lstm")
    half = edited(document, r"\mathrm{diag}(\tanh(c_t))", r"\mathrm{diag}(\tanh(c_t)")
    found = checks.recheck(half)
    assert found is not None and [b.verdict for b in found.blocks if b.line == 7] == ["unreadable"]
    whole = edited(document, r"\mathrm{diag}(\tanh(c_t))", r"\mathrm{diag}(\tanh(c_{t}))")
    again = checks.recheck(whole, thorough=True)
    assert again is not None and again.as_json() == check_document(whole, checks.legend).as_json()


def test_text_around_the_formulas_moves_them():
    checks, document = session("lstm")
    moved = Document.read(document.path, "A new first line.\n\n" + document.text, document.kind)
    found = checks.recheck(moved)
    assert found is not None and found.as_json() == check_document(moved, checks.legend).as_json()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\tanh(W h_{t-1} + U x_t + b)", r"\sigma(W h_{t-1} + U x_t + b)"),  # an equation of the network
        (r"\frac{\partial L}{\partial W} =", r"\frac{\partial L}{\partial U} ="),  # another claim
        (GRADIENT, r"\mathrm{diag}(1 - h_t^2) \delta_t q_{t-1}^\top"),  # a quantity that the page does not have
        (GRADIENT, r"\mathrm{diag}(1 - h_t^2) \delta_t W_{t-1}^\top"),  # an index that nothing has there
        ("$$L = ", "$$a = b$$\n\n$$L = "),  # another block
    ],
)
def test_what_changes_what_the_page_says_needs_a_whole_check(old, new):
    checks, document = session("gradients")
    changed = edited(document, old, new)
    assert checks.recheck(changed) is None
    assert checks.check(changed).as_json() == check_document(changed, None).as_json()


def test_nothing_is_known_before_the_first_check():
    assert Session().recheck(load(PAGES["lstm"])) is None


def test_verdicts_come_one_after_the_other_and_a_check_that_is_left_changes_nothing():
    checks, document = session("gradients")
    other = edited(document, r"\tanh(W h_{t-1} + U x_t + b)", r"\sigma(W h_{t-1} + U x_t + b)")
    said, *_ = left = [notes for notes, _ in zip(checks.stages(other), range(3), strict=False)]
    assert said.symbols and not said.blocks and all(len(notes.blocks + notes.formulas) <= 1 for notes in left)
    fast = checks.recheck(edited(document, r"+ W \mathrm", r"+ W^\top \mathrm"), thorough=True)
    assert fast is not None and fast.counts == {"holds": 2, "definition": 3}
    *stages, notes = checks.stages(other)
    assert notes.as_json() == check_document(other, None).as_json()
    assert [block for stage in stages for block in stage.blocks] == list(notes.blocks)
    assert [block for stage in stages for block in stage.formulas] == list(notes.formulas)


def test_a_changed_claim_is_decided_for_the_steps_that_the_page_spoke_of_there():
    network = (r"h_t = \tanh(W h_{t-1})", r"L = \frac{1}{2} \sum_{t=1}^T \|h_t - y_t\|^2")

    def page(steps: int) -> Document:
        claim = rf"L = \frac{{1}}{{2}} \sum_{{t=1}}^{steps} \|h_t - y_t\|^2"
        lines = "\n".join(f"$$\n{line}\n$$\n" for line in (*network, "T = 2", claim, "T = 3"))
        return Document.read("page.md", lines, "md")

    checks = Session(None)
    assert checks.check(page(2)).blocks[3].verdict == "holds"
    for steps, verdict in ((3, "fails"), (2, "holds")):
        fast = checks.recheck(page(steps))
        assert fast is not None and fast.blocks[3].verdict == verdict
