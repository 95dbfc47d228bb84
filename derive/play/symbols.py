"""The symbols of a checked page with what they mean: as the page was understood, or as its legend explains them."""

from __future__ import annotations

from collections.abc import Iterator

from derive.check.results import Described, Notes
from derive.reading.legend import Entry, Legend
from derive.typeset.glossary import ROLES, Symbol, explained, sized
from derive.typeset.prose import prose


def symbols(notes: Notes, legend: Legend | None) -> tuple[Symbol, ...]:
    """Every symbol once, in the order of the page or of the legend."""
    if notes.symbols:
        return tuple(map(_understood, notes.symbols))
    return tuple(_explained(legend)) if legend is not None else ()


def _understood(symbol: Described) -> Symbol:
    source = f"{symbol.source}, line {symbol.line}" if symbol.line else symbol.source
    return Symbol(symbol.spelling, explained(symbol.meaning), sized(symbol.shape), source)


def _explained(legend: Legend) -> Iterator[Symbol]:
    from derive.algebra.notation import TABLE

    aliases: dict[str, list[str]] = {}
    for alias, of in legend.aliases:
        aliases.setdefault(of, []).append(alias)
    for entry in legend.entries:
        if entry.role != "index":
            known = TABLE[entry.means].meaning if legend.network == "elman" and entry.means in TABLE else ""
            spellings = tuple(aliases.get(entry.spelling, ()))
            meaning = known or ROLES.get(entry.role, entry.role)
            yield Symbol(entry.spelling, prose(meaning), _shape(entry), "legend", spellings, entry.role == "size")
    if indices := [entry.spelling for entry in legend.entries if entry.role == "index"]:
        yield Symbol(indices[0], ("counts steps or units",), "", "legend", tuple(indices[1:]), True)


def _shape(entry: Entry) -> str:
    return "" if entry.shape is None or entry.role == "size" else " × ".join(map(str, entry.shape)) or "number"
