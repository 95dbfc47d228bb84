"""The page as text: well formed, complete, and closed to what notes may hold."""

from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from derive.report import html
from derive.typeset.glossary import Glossary, Symbol
from derive.typeset.mathml import ATTRIBUTES, ELEMENTS, Unconvertible


def mathml(latex, display, marks=()):
    return Glossary(()).formula(latex, display, marks)[:2]


VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Elements with their attributes, in order; fails where tags do not nest."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture
def page(document):
    return Page(html.write(document))


def test_tags_nest_and_ids_are_unique(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_link_stays_in_the_page_and_resolves(page):
    ids = {attributes.get("id") for _, attributes in page.elements}
    links = [attributes["href"] for attributes in page.all("a")]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_can_be_used_without_eyes_or_mouse(page):
    assert page.all("html")[0]["lang"] == "en"
    tags = [tag for tag, _ in page.elements]
    assert all(tags.count(landmark) == 1 for landmark in ("nav", "main", "footer"))
    assert page.elements[tags.index("body") + 1] == ("a", {"class": "skip", "href": "#summary"})
    for attributes in (a for _, a in page.elements if "tabindex" in a):
        assert attributes["tabindex"] == "0" and attributes["role"] and attributes["aria-label"]


def test_a_verdict_is_told_in_words(page):
    for verdict in ("holds", "fails", "fragment"):
        assert verdict in page.text


def test_every_formula_has_one_stop_of_the_keyboard(document):
    boxes = [a for a in Page(html.write(document)).all("div") if a.get("class") == "scroll"]
    assert len(boxes) == 7 and all(a["tabindex"] == "0" and a["aria-label"] for a in boxes)


def test_symbols_carry_their_entry_of_the_glossary(document):
    source = html.write(document)
    page = Page(source)
    assert "body:has(main .g1:hover,main :focus .g1) .e1{display:grid}" in source
    assert len([a for tag, a in page.elements if "g1" in a.get("class", "").split()]) >= 5
    assert [a["class"] for a in page.all("p") if a.get("class", "").startswith("e")] == ["e1", "e2"]
    assert "a <letter>" in page.text and "H · line 7" in page.text


def test_symbols_are_found_where_they_stand():
    names = ("W_{aa}", r"\hat{y}", "y", r"\text{net}a", "a", "h")
    known = Glossary([*(Symbol(name, ()) for name in names), Symbol("t", (), index=True)])

    def found(latex):
        return [(known.symbols[n - 1].latex) for n in known.formula(latex, True)[2]]

    assert found(r"W_{aa}^{\top} a(t-1)") == ["W_{aa}", "a", "t"]
    assert found(r"\hat{y}_{t}") == [r"\hat{y}", "t"]
    assert found(r"\text{net}a(t)") == [r"\text{net}a", "t"]
    assert found("W_{ax}") == [] and found("W_{a}") == []  # no a in the index of a name
    assert found("h_{t-1}^{2}") == ["h", "t"]
    assert found(r"\frac{\partial y}{\partial W_{aa}}") == ["y", "W_{aa}"]


def test_what_is_wrong_is_marked_inside_the_formula(page):
    kinds = [a["class"] for tag, a in page.elements if tag in ("mrow", "mi") and a.get("class")]
    assert len([kind for kind in kinds if kind.split()[0] == "wrong"]) == 2
    assert len([kind for kind in kinds if kind.split()[0] == "mended"]) == 2


def test_failures_lead_to_each_other_and_can_be_shown_alone(page):
    assert len([a for a in page.all("input") if a["type"] == "checkbox"]) == 1
    assert len([a for a in page.all("p") if a.get("class") == "steps"]) == 1
    assert "next failure" in page.text


def test_continued_lines_are_set_in(page):
    assert [a["class"] for a in page.all("div") if a.get("class", "").startswith("line")].count("line more") == 2


def test_nothing_runs_and_nothing_is_loaded(page):
    assert not page.all("script", "link", "iframe", "object", "embed", "base", "form", "img")
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy and "script" not in policy


def test_the_same_document_gives_the_same_bytes(document):
    assert html.write(document) == html.write(document)


def test_hostile_notes_stay_text(hostile):
    source = html.write(hostile)
    page = Page(source)
    assert not page.all("script", "img", "iframe", "form")
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes), tag
        assert "javascript:" not in attributes.get("href", "")
        assert "position" not in attributes.get("style", "")
    assert "alert(1)" in page.text


@pytest.mark.parametrize("display", [True, False])
def test_mathml_is_cut_down_to_the_lists(display):
    markup, _ = mathml(
        r"\frac{\partial L}{\partial W} = \begin{cases}\hat{y} & a<b \\ \text{x} & 1\end{cases}", display
    )
    tree = ElementTree.fromstring(markup)
    assert tree.tag == "math"
    for element in tree.iter():
        assert element is tree or element.tag in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES | {"display", "class"}
    assert "<mo>&lt;</mo>" in markup


def test_what_latex2mathml_leaves_out_is_there():
    assert 'class="boxed"' in mathml(r"\boxed{a=b}", True)[0]
    assert "𝐖" in mathml(r"\mathbf{W}", False)[0] and "𝒉" in mathml(r"\boldsymbol{h}", False)[0]
    assert "𝜽" in mathml(r"\boldsymbol{\theta}", False)[0] and "𝐚" in mathml(r"\mathbf{ab}", False)[0]
    rows = mathml(r"\begin{aligned}a&=b\\&=c\end{aligned}", True)[0]
    assert rows.count('class="right"') == 2 and rows.count('class="left"') == 2
    assert "munder" in mathml(r"\max_{k} a", True)[0]
    assert "−" in mathml("a - b", False)[0] and "— (1)" in mathml(r"\text{--- (1)}", True)[0].replace("\xa0", " ")


def test_words_in_formulas_are_words():
    assert "<mi>diag</mi>" in mathml(r"\mathrm{diag}(a)", False)[0]
    assert "<mi>softmax</mi>" in mathml(r"\operatorname{softmax}(a)", False)[0]


def test_a_sign_that_begins_a_term_is_no_difference():
    assert mathml("a = -b", False)[0].count('form="prefix"') == 1
    assert 'form="prefix"' not in mathml("a(t) - b", False)[0]


def test_sums_have_their_bounds_below_inside_brackets_too():
    assert "munderover" in mathml(r"\left(\prod_{m=1}^{i} a\right)", True)[0]


def test_what_has_no_mathml_is_refused():
    with pytest.raises(Unconvertible):
        mathml(r"\href{x}{y}", True)


def test_the_width_grows_with_what_stands_side_by_side():
    (_, one), (_, two), (_, stacked) = (mathml(s, True) for s in ("abc", "abcabc", r"\frac{abc}{abc}"))
    assert one < two and stacked < two
