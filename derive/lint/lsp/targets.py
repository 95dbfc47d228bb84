"""Where an editor goes from a symbol: to its definitions, on the page or in its legend, and to its uses."""

from __future__ import annotations

from dataclasses import replace

from derive.check.results import Described, Notes, Place, Use
from derive.lint.lsp.checked import Checked, Where
from derive.lint.lsp.source import Range
from derive.reading import Entry, Legend, ReadError, parse
from derive.reading.legend_lines import Lines
from derive.reading.tree import Group, Node, Product, Script, Symbol


def definitions(page: Checked, where: Where) -> list[Range]:
    """The formulas that define the symbol at a place, else those that state its shape, else the line of the legend that
    explains it, else its first use; none where no symbol is."""
    use = symbol_at(page, where)
    if page.notes is None or use is None:
        return []
    if places := defined(page.notes, use.symbol):
        return [page.source.range(place) for place in places]
    if page.legend_file is not None and (line := legend_line(page, use.symbol)) is not None:
        return [Range(page.legend_file.absolute().as_uri(), (line - 1, 0), (line - 1, 0))]
    return [page.source.range(page.notes.uses_of(use.symbol)[0].place)]


def references(page: Checked, where: Where, with_definitions: bool) -> list[Range]:
    """Every use of the symbol at a place."""
    use = symbol_at(page, where)
    if page.notes is None or use is None:
        return []
    left_out = [] if with_definitions else defined(page.notes, use.symbol)
    return [page.source.range(u.place) for u in page.notes.uses_of(use.symbol) if u.place not in left_out]


def symbol_at(page: Checked, where: Where) -> Use | None:
    """The symbol at a place, if there is one."""
    return page.notes.use_at(*where) if page.notes is not None else None


def defined(notes: Notes, symbol: Described) -> list[Place]:
    """Where the page defines a symbol, or else states its shape."""
    uses = notes.uses_of(symbol)
    places = [use.place for use in uses if use.says == "defined"]
    return places or [use.place for use in uses if use.says == "stated"]


def legend_line(page: Checked, symbol: Described) -> int | None:
    """The line of a page's legend that explains a symbol: its equation, else its entry; None where neither does."""
    legend = page.legend
    if legend is None:
        return None
    lines = Lines(page.legend_text)
    if not isinstance(legend.network, str):
        heads = [equation for equation in legend.network.equations if _head(equation) == symbol.spelling]
        if heads:
            return lines.of_text(("network", "equations"), heads[0])
    try:
        entry = _entry(legend, parse(symbol.spelling, legend.words))
    except ReadError:
        return None
    return lines.of(("symbols", entry.spelling)) if entry is not None else None


def _entry(legend: Legend, node: Node) -> Entry | None:
    """What a legend says of a symbol, some of whose scripts may be indices."""
    if isinstance(node, Product):
        node = node.factors[0]  # h(t)
    if isinstance(node, Script) and not isinstance(node.base, Group):
        names = (replace(node, sub=sub, sup=sup, primes=0) for sub in (node.sub, None) for sup in (node.sup, None))
        bare = (name if name.sub is not None or name.sup is not None else node.base for name in names)
        return next((entry for name in bare if (entry := legend.find(name)) is not None), None)
    return legend.find(node) if isinstance(node, Symbol) else None


def _head(equation: str) -> str:
    return equation.partition("=")[0].strip()
