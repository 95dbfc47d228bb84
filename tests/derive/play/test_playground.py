"""The playground in a browser: it says what the check says, mends, keeps, and lets nothing in or out."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import derive.play
from derive.judge.notes import check_document
from derive.play.examples import examples
from derive.play.view import document_of
from derive.reading.legend_file import parse_legend

PACKAGE = Path(derive.play.__file__).parent / "web"
EXAMPLES = {example.name: example for example in examples()}
HOSTILE = (
    r"$$\href{javascript:owned=1}{x} = y$$",
    r"$$\text{<script>owned=1</script>} = y$$",
    "$$<img src=x onerror=owned=1> = <svg onload=owned=1>$$",
    "$x = \\style{position:fixed}{y} <iframe src=javascript:parent.owned=1>$",
    "<script>owned=1</script> <img src=x onerror=owned=1> [link](javascript:owned=1)",
    "# <img src=x onerror=owned=1>",
    "- `<script>owned=1</script>` **<b onclick=owned=1>**",
    "```\n</pre><script>owned=1</script>\n```",
    "$$\\def\\x{\\x\\x}\\x = \\class{skip}{1}$$",
)


@cache
def expected(name: str) -> list[str]:
    example = EXAMPLES[name]
    legend = parse_legend(example.legend, "legend") if example.legend else None
    return [block.verdict for block in check_document(document_of(example.text), legend).blocks]


@pytest.mark.parametrize("name", ["small", "hello"])
def test_it_says_what_the_check_says_and_asks_nobody_else(playground, name):
    playground.open(f"example={name}")
    assert playground.verdicts() == expected(name)
    assert not playground.complaints()
    requests = playground.requests()
    assert len(requests) > 5 and all(url.startswith((playground.url, "about:")) for url in requests)


def test_every_page_of_the_menu_is_checked_when_it_is_chosen(local_page):
    local_page.open()
    for name in EXAMPLES:
        local_page.browser.evaluate(
            f"e = document.getElementById('examples'); e.value = '{name}'; e.dispatchEvent(new Event('change'))"
        )
        local_page.settle()
        assert local_page.verdicts() == expected(name)
        assert local_page.browser.evaluate("location.hash") == f"#example={name}"
    assert not local_page.complaints()


def test_a_mend_that_is_clicked_checks_clean(playground):
    playground.open()
    assert "fails" in playground.verdicts()
    playground.browser.evaluate("document.querySelector('.mend').click()")
    playground.settle()
    assert playground.verdicts() == ["definition"] * 3 + ["holds"] * 2
    assert r"+ W^\top \mathrm{diag}" in playground.text()


def test_a_claim_that_is_changed_is_decided_again_while_one_types(playground):
    playground.open()
    text = EXAMPLES["small"].text
    playground.write(text.replace("delta_t h_{t-1}", "delta_t h_t"))
    playground.settle("checked")
    assert playground.verdicts() == ["definition"] * 3 + ["fails"] * 2
    playground.settle()
    assert playground.verdicts() == ["definition"] * 3 + ["fails"] * 2


def test_the_keyboard_is_enough(local_page):
    local_page.open()
    seen = []
    for _ in range(60):
        local_page.key("Tab")
        here = "document.activeElement.id || document.activeElement.className"
        seen.append(local_page.browser.evaluate(here))
        if seen[-1] == "mend":
            break
    assert {"examples", "link", "cm-content", "mend"} <= {part for name in seen for part in name.split()}
    local_page.key("Enter")
    local_page.settle()
    assert "fails" not in local_page.verdicts()


def test_a_formula_with_the_focus_says_what_its_symbols_are(local_page):
    local_page.open()
    local_page.browser.evaluate("document.querySelector('#skip, .skip').focus()")
    for _ in range(60):
        local_page.key("Tab")
        if local_page.browser.evaluate("document.activeElement.className") == "scroll":
            break
    said = local_page.browser.evaluate("document.getElementById('hover').textContent")
    assert "parameter" in said and "line 7" in said
    local_page.key("Escape")
    assert local_page.browser.evaluate("document.getElementById('hover').hidden")
    box = local_page.browser.evaluate("document.querySelector('#paper .row .g1').getBoundingClientRect().toJSON()")
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    local_page.browser.send("Input.dispatchMouseEvent", type="mouseMoved", **middle)
    local_page.wait("!document.getElementById('hover').hidden")
    assert "line 7" in local_page.browser.evaluate("document.getElementById('hover').textContent")


@pytest.mark.parametrize(("name", "theme"), [("small", "light"), ("hello", "dark")])
def test_a_phone_shows_one_side_at_a_time(local_page, name, theme):
    local_page.open(f"example={name}", width=360, height=700, theme=theme)
    shown = "['source', 'view'].filter(id => document.getElementById(id).offsetHeight)"
    assert local_page.browser.evaluate("document.documentElement.scrollWidth") == 360
    assert local_page.browser.evaluate(shown) == ["view"]
    inside = "document.getElementById('view').scrollWidth <= document.getElementById('view').clientWidth"
    assert local_page.browser.evaluate(inside)
    local_page.browser.evaluate("document.querySelector('[data-show=source]').click()")
    assert local_page.browser.evaluate(shown) == ["source"]
    paper = local_page.browser.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(json.loads(paper.replace("rgb(", "[").replace(")", "]"))) < 300
    assert dark == (theme == "dark")


def test_a_text_survives_a_reload_and_travels_in_its_link(local_page):
    local_page.open()
    local_page.write("$$a = 1$$\n\nMine: 𝒜 & ∂ <b>")
    local_page.settle()
    link = local_page.browser.evaluate("location.hash")
    assert link.startswith("#page=")
    local_page.open(fragment="")
    assert local_page.text() == "$$a = 1$$\n\nMine: 𝒜 & ∂ <b>"
    local_page.browser.evaluate("localStorage.clear()")
    local_page.open(fragment="")
    assert local_page.text().startswith("# An Elman network")
    local_page.open(fragment=link[1:])
    assert local_page.text() == "$$a = 1$$\n\nMine: 𝒜 & ∂ <b>"


@pytest.mark.parametrize("fragment", ["page=AAAA", "<img src=x>"])
def test_a_link_that_holds_no_page_opens_one_all_the_same(local_page, fragment):
    local_page.open()
    local_page.browser.evaluate("localStorage.clear()")
    local_page.open(fragment)
    assert local_page.verdicts() == expected("small")


def test_a_hostile_page_is_only_text(playground):
    playground.open()
    playground.write("\n\n".join(HOSTILE))
    playground.settle()
    assert playground.browser.evaluate("document.getElementById('problem').hidden")
    assert playground.browser.evaluate("typeof owned") == "undefined"
    assert playground.browser.evaluate("document.scripts.length") == 1
    assert (
        playground.browser.evaluate("document.querySelectorAll('main img, main iframe, main a, main svg').length") == 0
    )
    handlers = "[...document.querySelectorAll('main *')].flatMap(n => n.getAttributeNames()).filter(n => /^on/.test(n))"
    assert playground.browser.evaluate(handlers) == []
    assert not playground.complaints()
    assert "<script>owned=1</script>" in playground.browser.evaluate("document.getElementById('paper').textContent")


def test_what_cannot_be_used_is_said(local_page):
    local_page.open()
    local_page.write("$$ a = 1")
    local_page.wait("!document.getElementById('problem').hidden")
    assert "never closed" in local_page.problem()
    local_page.write("$$ a = 1 $$")
    local_page.wait("document.getElementById('problem').hidden && document.querySelectorAll('.row').length == 1")


def test_the_page_as_a_legend_gives_the_same_verdicts(local_page):
    local_page.open()
    local_page.browser.evaluate("document.getElementById('draft').click()")
    local_page.wait("document.querySelector('#legend .cm-content').textContent.includes('equations')")
    local_page.settle()
    assert local_page.verdicts() == expected("small")
    assert local_page.browser.evaluate("document.getElementById('legend-state').textContent") == "given"


def test_the_editor_is_the_one_that_its_source_makes(built):
    assert (built / "editor.js").read_bytes() == (PACKAGE / "editor.js").read_bytes()
