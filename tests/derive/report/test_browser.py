"""The real report in headless Chromium, at the widths of a phone, a tablet and a desk, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.report import html
from derive.report.__main__ import main

WIDTHS = (360, 768, 1280)
SCREENSHOTS = Path(__file__).parents[3] / "out" / "screenshots"


@pytest.fixture
def report(shipped):
    return shipped / "report.html"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_says_nothing_and_asks_for_nothing(browser, report, width, theme):
    browser.open(report, width, theme=theme)
    browser.screenshot(SCREENSHOTS / f"report-{width}-{theme}.png", whole=False)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("document.body.scrollWidth") <= width
    complaints = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    assert not [event for event in browser.events if event["method"] in complaints]
    requested = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert requested == [report.resolve().as_uri()]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_of_its_box(browser, report, width):
    browser.open(report, width)
    sticking = browser.evaluate(
        f"""[...document.querySelectorAll('main *')].filter(e => {{
            if (e.closest('.scroll, .table, .picture, pre, details:not([open]), li')) return false;
            return e.getBoundingClientRect().right > {width} + 1;
        }}).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert sticking == []


@pytest.mark.parametrize("page", ["perceptron", "bidirectional", "gru_rows"])
def test_the_first_screen_shows_what_is_wrong_and_its_mend(browser, tmp_path, page):
    notes = Path(__file__).parents[3] / "docs" / "examples" / f"{page}.md"
    assert main(["--notes", str(notes), "--format", "html", "--out", str(tmp_path)]) == 0
    browser.open(tmp_path / "report.html", 1280)
    ends = browser.evaluate(
        """[...document.querySelectorAll('.slip .formula')].map(f => f.getBoundingClientRect().bottom)"""
    )
    assert len(ends) == 2 and max(ends) < 800


def test_formulas_are_laid_out(browser, report):
    browser.open(report)
    boxes = browser.evaluate(
        """[...document.querySelectorAll('math')].filter(m => !m.closest('details:not([open]), .glossary')).map(m => {
            const box = m.getBoundingClientRect();
            return [box.width, box.height, m.textContent];
        })"""
    )
    assert len(boxes) > 100
    assert [text for wide, high, text in boxes if wide < 3 or high < 1] == []
    tall, flat = browser.evaluate(
        """(() => { const m = [...document.querySelectorAll('math')];
            const high = e => e.getBoundingClientRect().height;
            return [true, false].map(fraction =>
                high(m.find(e => !!e.querySelector('mfrac') === fraction && e.closest('.formula'))));
        })()"""
    )
    assert tall > 1.5 * flat  # a fraction is stacked, so the MathML is set and not merely shown as text


def test_the_estimated_widths_are_upper_bounds(browser, report):
    browser.open(report)
    ratios = browser.evaluate(
        """[...document.querySelectorAll('.formula')].filter(f => !f.closest('details:not([open])')).map(f => {
            const widest = Math.max(...[...f.querySelectorAll('math')].map(m =>
                m.getBoundingClientRect().width / parseFloat(getComputedStyle(m).fontSize)));
            return widest / parseFloat(f.style.getPropertyValue('--em'));
        })"""
    )
    assert max(ratios) <= 1


def test_every_internal_link_resolves(browser, report):
    browser.open(report)
    broken = browser.evaluate(
        """[...document.querySelectorAll('a')].filter(a => !a.getAttribute('href').startsWith('#')
            || !document.getElementById(decodeURIComponent(a.getAttribute('href').slice(1))))
            .map(a => a.outerHTML)"""
    )
    assert broken == []


def test_ids_are_unique(browser, report):
    browser.open(report)
    assert (
        browser.evaluate(
            """(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
            return ids.filter((id, place) => ids.indexOf(id) !== place) })()"""
        )
        == []
    )


def test_what_scrolls_can_be_reached_by_the_keyboard(browser, report):
    browser.open(report, 360)
    unreachable = browser.evaluate(
        """[...document.querySelectorAll('main *')].filter(e => !e.closest('svg, math')
            && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
            && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert unreachable == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, report, theme):
    """The contrast of text and badges against what is behind them, by the formula of WCAG 2."""
    browser.open(report, theme=theme)
    poor = browser.evaluate(
        """(() => {
            const channels = colour => colour.match(/[\\d.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
                .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const ground = e => { for (; e; e = e.parentElement) {
                const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
                return [255, 255, 255]; };
            const words = 'h1, h2, h3, p, li, a, td, th, code, figcaption, .badge, .where, .label, .number';
            return [...document.querySelectorAll(words)]
                .filter(e => e.textContent.trim() && e.getBoundingClientRect().width > 1 && !e.matches('.skip'))
                .map(e => { const [a, b] = [light(channels(getComputedStyle(e).color)), light(ground(e))];
                    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.outerHTML.slice(0, 100)]; })
                .filter(([ratio]) => ratio < 4.5);
        })()"""
    )
    assert poor == []


def test_on_paper_everything_is_open_and_nothing_is_cut(browser, report):
    browser.open(report, 720)
    browser.send("Emulation.setEmulatedMedia", media="print")
    hidden = browser.evaluate(
        "[...document.querySelectorAll('details > div')].filter(d => d.getBoundingClientRect().height < 5).length"
    )
    assert hidden == 0
    cut = browser.evaluate(
        """[...document.querySelectorAll('.formula math')]
            .filter(m => m.getBoundingClientRect().right > document.documentElement.clientWidth + 2)
            .map(m => m.textContent.slice(0, 80))"""
    )
    assert cut == []


SAID = """[...document.querySelectorAll('.glossary p')]
    .filter(p => p.getBoundingClientRect().height).map(p => p.textContent)"""


def test_a_symbol_says_what_it_is_while_the_pointer_is_on_it(browser, report):
    browser.open(report)
    assert browser.evaluate(SAID) == []
    x, y = browser.evaluate(
        """(() => { const e = document.querySelector('#block-5 mi[class^=g]');
            e.scrollIntoView({block: 'center', behavior: 'instant'});
            const box = e.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"""
    )
    browser.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    [said] = browser.evaluate(SAID)
    assert "the hidden state" in said and "H · line 23" in said


def test_a_formula_lists_its_symbols_while_it_has_the_focus(browser, report):
    browser.open(report)
    browser.evaluate("document.querySelector('#block-5 .scroll').focus()")
    said = browser.evaluate(SAID)
    assert len(said) == 5 and any("weights from the input" in entry for entry in said)


def test_the_failures_can_be_shown_alone(browser, report):
    browser.open(report)
    browser.evaluate("document.getElementById('only-failures').click()")
    rows = browser.evaluate(
        "[...document.querySelectorAll('.row')].filter(r => r.getBoundingClientRect().height).map(r => r.className)"
    )
    assert rows == ["row fails"] * 9


def test_the_first_screen_tells_the_story_and_the_page_is_not_long(browser, report):
    browser.open(report)
    ends = browser.evaluate(
        "['h1', '.tally', '.slip:nth-of-type(3)', '#figure-network .picture']"
        ".map(s => document.querySelector(s).getBoundingClientRect().bottom)"
    )
    assert ends == sorted(ends) and ends[-1] <= 900
    assert browser.evaluate("document.documentElement.scrollHeight") < 19_500


def test_hostile_notes_do_nothing(browser, hostile, tmp_path):
    page = tmp_path / "hostile.html"
    page.write_bytes(html.write(hostile).encode("utf-8", "replace"))
    browser.open(page)
    assert not [event for event in browser.events if event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]
    assert browser.evaluate("document.scripts.length + document.images.length") == 0
    assert browser.evaluate("[...document.links].every(link => link.getAttribute('href').startsWith('#'))")
