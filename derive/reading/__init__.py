"""What people wrote: file -> blocks -> statements -> syntax trees, with the legend that says what the symbols mean."""

from derive.reading.block import Block, Inline, Unread
from derive.reading.document import Document, load, read_blocks
from derive.reading.errors import ReadError
from derive.reading.legend import Entry, Legend, Network, Planted
from derive.reading.legend_file import builtin_legend, load_legend
from derive.reading.parser import parse, parse_equation
from derive.reading.readings import BlockReading, Side, Statement
from derive.reading.repairs import Repair
from derive.reading.statements import read_statements

__all__ = [
    "Block",
    "BlockReading",
    "Document",
    "Entry",
    "Inline",
    "Legend",
    "Network",
    "Planted",
    "ReadError",
    "Repair",
    "Side",
    "Statement",
    "Unread",
    "builtin_legend",
    "load",
    "load_legend",
    "parse",
    "parse_equation",
    "read_blocks",
    "read_statements",
]
