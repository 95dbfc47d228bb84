"""The report as one HTML file: no script, nothing loaded, readable on paper, on a phone and by a screen reader."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from derive.report.document import Document, Section, Tally
from derive.report.html_blocks import Blocks
from derive.typeset.glossary import Glossary, Symbol

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_ANCHOR = ' <a class="anchor" href="#{}" aria-label="Link to this section">#</a>'
_FILTER = (
    '<p class="filter"><input type="checkbox" id="only-failures"> '
    '<label for="only-failures">Show only what is wrong ({})</label></p>\n'
)


def write(document: Document) -> str:
    """The page's source. The same document gives the same bytes."""
    page = _Page(document)
    style = files("derive.report").joinpath("page.css").read_text("utf-8")
    tally = "".join(page.tally(block) for block in document.lead if isinstance(block, Tally))
    lead = page.blocks.all(tuple(block for block in document.lead if not isinstance(block, Tally)))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Unrolled">
<title>{escape(document.title)}</title>
<style>
{style}{page.hovers()}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the report</a>
<header class="title"><h1>{escape(document.title)}</h1>
{tally}</header>
<div class="page">
<nav class="contents" aria-labelledby="contents">
<h2 id="contents">Contents</h2>
<ol>
{page.contents(document.sections)}</ol>
</nav>
<main>
<section id="summary" class="lead" aria-label="In short">
{lead}</section>
{page.sections(document.sections, 2)}</main>
</div>
{page.glossary()}<footer>
{page.provenance()}</footer>
</body>
</html>
"""


class _Page:
    """The parts of one page."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.blocks = Blocks(Glossary(document.symbols), document.full)

    def tally(self, tally: Tally) -> str:
        counts = "".join(
            f'<li class="{escape(verdict)}"><a href="#{escape(anchor)}"><b>{number}</b> {escape(words)}</a></li>'
            for verdict, number, words, anchor in tally.counts
        )
        return f'<p class="total">{escape(tally.total)}:</p>\n<ul class="tally">{counts}</ul>\n'

    def contents(self, sections: tuple[Section, ...]) -> str:
        items = []
        for section in sections:
            inner = f"\n<ol>\n{self.contents(section.sections)}</ol>\n" if section.sections else ""
            wrong = f' <span class="count">{section.failing} wrong</span>' if section.failing else ""
            link = f'<a href="#{escape(section.anchor)}">{self.blocks.text(section.title)}{wrong}</a>'
            items.append(f"<li>{link}{inner}</li>\n")
        return "".join(items)

    def sections(self, sections: tuple[Section, ...], level: int) -> str:
        return "".join(self.section(section, level) for section in sections)

    def section(self, section: Section, level: int) -> str:
        anchor, h = escape(section.anchor), f"h{min(level, 6)}"
        kind = ' class="checked"' if section.checked else ""
        choose = _FILTER.format(section.failing) if section.failing and not section.checked else ""
        return (
            f'<section id="{anchor}"{kind} aria-labelledby="{anchor}-title">\n<{h} id="{anchor}-title">'
            f"{self.blocks.text(section.title)}{_ANCHOR.format(anchor)}</{h}>\n"
            f"{self.blocks.all(section.blocks)}{choose}{self.sections(section.sections, level + 1)}</section>\n"
        )

    def glossary(self) -> str:
        """The entries that appear while the pointer is on a symbol, or the focus on its formula."""
        if not self.document.symbols:
            return ""
        entries = "".join(self.entry(n, symbol) for n, symbol in enumerate(self.document.symbols, start=1))
        return f'<div class="glossary" aria-hidden="true">\n{entries}</div>\n'

    def entry(self, number: int, symbol: Symbol) -> str:
        said = " · ".join(escape(part) for part in (symbol.shape, symbol.source) if part)
        shown = ", ".join(map(self.blocks.inline_formula, (symbol.latex, *symbol.spellings)))
        meaning = self.blocks.text(symbol.meaning)
        return f'<p class="e{number}"><span>{shown}</span> <span>{meaning} <small>{said}</small></span></p>\n'

    def hovers(self) -> str:
        """Which entry appears for which symbol: a rule each, so that no script is needed."""
        return "".join(
            f"body:has(main .g{n}:hover,main :focus .g{n}) .e{n}{{display:grid}}\n"
            for n in range(1, len(self.document.symbols) + 1)
        )

    def provenance(self) -> str:
        rows = "".join(
            f"<div><dt>{escape(label)}</dt> <dd>{escape(value)}</dd></div>" for label, value in self.document.provenance
        )
        return f"<dl>{rows}</dl>\n"
