"""How pictures look and how they are saved: SVG that follows the reader's theme, and the same drawing as PDF.

A drawing uses the light colours below; saving marks every element that has one with a class, and a style sheet inside
the SVG puts the dark colour in its place where the reader's theme is dark. Ids carry the figure's name, so that several
figures can stand in one page.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure as Drawing
from matplotlib.mathtext import MathTextParser
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch

from derive.algebra.array import Parameter, Value
from derive.algebra.notation import at_a_step, written
from derive.report.document import Figure, Text

INK, SOFT, FAINT, PAPER = "#22252b", "#5f6470", "#dedad0", "#fdfcf9"
BLUE, ORANGE, GREEN, PURPLE, RED, GREY = "#1c5d8c", "#b3560f", "#1f6b3a", "#6b4ea8", "#a3262a", "#7d828c"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, RED, GREY)
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
DARK = {
    INK: "#e4e2dc",
    SOFT: "#a0a4ad",
    FAINT: "#3a3e46",
    PAPER: "#16181c",
    BLUE: "#86bde6",
    ORANGE: "#f0a868",
    GREEN: "#8fd3a4",
    PURPLE: "#c3b4f2",
    RED: "#f3a09b",
    GREY: "#989da7",
}
SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text: any script, selectable, small
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"],
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "pdf.fonttype": 42,
}
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_LONG = re.compile(r"-?\d+\.\d{3,}")
APART = 0.075  # between an arrow and the way back, in inches
_CLASSES = {colour: f"c{i}" for i, colour in enumerate(DARK)}


@contextmanager
def styled(name: str) -> Iterator[None]:
    """Matplotlib's settings for one figure, the same on every machine."""
    with matplotlib.rc_context(), matplotlib.rc_context({**SETTINGS, "svg.hashsalt": name}):
        yield


@dataclass(frozen=True)
class Picture:
    """A drawing with its words, not yet saved."""

    drawing: Drawing
    name: str
    alt: str
    caption: Text

    def figure(self, paper: bool) -> Figure:
        """The drawing saved as SVG, and with `paper` as PDF too. The same drawing gives the same bytes."""
        svg, pdf = io.BytesIO(), io.BytesIO()
        undated = {"Creator": None, "Date": None}, {"Creator": None, "Producer": None, "CreationDate": None}
        with styled(self.name), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing")  # in the SVG the reader's fonts have the last word
            self.drawing.savefig(svg, format="svg", metadata=undated[0])
            if paper:
                self.drawing.set_layout_engine("none")  # it is laid out by now
                self.drawing.savefig(pdf, format="pdf", metadata=undated[1])
        source = themed(svg.getvalue().decode("utf-8"), self.name, self.alt)
        return Figure(self.name, source, self.caption, self.alt, pdf.getvalue())


def themed(svg: str, name: str, alt: str) -> str:
    """Matplotlib's SVG made accessible, themed, and safe to stand beside others in one page."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(svg)
    for unwanted in (*root.findall(f"{{{_SVG}}}metadata"), *root.findall(f"{{{_SVG}}}defs[{{{_SVG}}}style]")):
        root.remove(unwanted)  # its style sheet would apply to the whole page
    used: set[str] = set()
    for element in root.iter():
        _prefix(element, name)
        _shorten(element)
        used |= _classify(element)
    described = ElementTree.Element(f"{{{_SVG}}}desc", {"id": f"{name}-description"})
    described.text = alt
    sheet = ElementTree.Element(f"{{{_SVG}}}style")
    sheet.text = _sheet(f"#{name}-picture", used)
    root[:0] = [described, sheet]
    root.set("stroke-linejoin", "round")
    root.attrib |= {"id": f"{name}-picture", "role": "img", "aria-labelledby": f"{name}-description"}
    return ElementTree.tostring(root, encoding="unicode")


def _prefix(element: ElementTree.Element, name: str) -> None:
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, f"{name}-{value}")
        elif key == f"{{{_XLINK}}}href":
            element.set(key, value.replace("#", f"#{name}-", 1))
        else:
            element.set(key, value.replace("url(#", f"url(#{name}-"))


def _shorten(element: ElementTree.Element) -> None:
    """Coordinates to a hundredth of a point."""
    for key in element.attrib.keys() & {"d", "transform", "x", "y"}:
        element.set(key, _LONG.sub(lambda number: f"{float(number[0]):.2f}", element.attrib[key]))


def _classify(element: ElementTree.Element) -> set[str]:
    """Turn themed colours in the element's style into attributes and classes; return the colours."""
    kept, found, classes = [], set(), []
    for declaration in filter(None, element.get("style", "").split(";")):
        key, value = (part.strip() for part in declaration.split(":", 1))
        if key in ("fill", "stroke") and value in _CLASSES:
            element.set(key, value)
            classes.append(f"{key[0]}-{_CLASSES[value]}")
            found.add(value)
        else:
            kept.append(f"{key}: {value}")
    if classes:
        element.set("class", " ".join(classes))
        element.set("style", "; ".join(kept))
        if not kept:
            del element.attrib["style"]
    return found


def _sheet(scope: str, used: set[str]) -> str:
    rules = "".join(
        f"{scope} .f-{_CLASSES[colour]}{{fill:{dark}}}{scope} .s-{_CLASSES[colour]}{{stroke:{dark}}}"
        for colour, dark in DARK.items()
        if colour in used
    )
    return f"@media screen and (prefers-color-scheme:dark){{{rules}}}"


def label(quantity: Value | Parameter) -> str:
    """A quantity as Matplotlib writes mathematics; its bare name where the page's letters are beyond that."""
    if isinstance(quantity, Parameter):
        return _set(written(quantity.name, vector=True), quantity.name)
    step = str(quantity.step).replace(" ", "")
    return _set(at_a_step(quantity.name, step), f"{quantity.name}({step})")


@cache
def _set(latex: str, plain: str) -> str:
    try:
        MathTextParser("path").parse(f"${latex}$")
    except ValueError:
        return plain
    return f"${latex}$"


Place = tuple[float, float]


class Canvas:
    """A grid on which graphs are drawn: nodes, letters in boxes and arrows between them. Call it within `styled`."""

    def __init__(self, columns: Place, rows: Place, wide: float = 1.35, high: float = 0.82) -> None:
        self.wide, self.high = wide, high
        self.placed: set[Place] = set()
        size = (wide * (columns[1] - columns[0]), high * (rows[1] - rows[0]))
        self.drawing = Drawing(figsize=size)
        self.axes = self.drawing.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=[column * wide for column in columns], ylim=[row * high for row in rows], aspect="equal")
        self.axes.axis("off")

    def _at(self, place: Place) -> Place:
        return place[0] * self.wide, place[1] * self.high

    def node(self, place: Place, text: str, colour: str) -> None:
        """A quantity in an oval."""
        self.placed.add(place)
        x, y = self._at(place)
        self.axes.add_patch(Ellipse((x, y), 0.86, 0.46, facecolor=PAPER, edgecolor=colour, linewidth=1.1, zorder=2))
        self.axes.text(x, y - 0.01, text, color=colour, ha="center", va="center", fontsize=9.5, zorder=3)

    def box(self, place: Place, text: str, colour: str) -> None:
        """A letter."""
        x, y = self._at(place)
        frame = FancyBboxPatch((x - 0.15, y - 0.15), 0.3, 0.3, "round,pad=0.06", facecolor=PAPER, edgecolor=colour)
        self.axes.add_patch(frame)
        letter = self.axes.text(x, y - 0.01, text, color=colour, ha="center", va="center", fontsize=12, weight="bold")
        letter.set_parse_math(False)

    def note(self, place: Place, text: str, colour: str, align: str = "left") -> None:
        self.axes.text(*self._at(place), text, color=colour, ha=align, va="center", fontsize=9.5)

    def arrow(self, tail: Place, head: Place, text: str = "", colour: str = SOFT) -> None:
        """An arrow between the nodes at two places, with a label beside it."""
        (x0, y0), (x1, y1) = self._at(tail), self._at(head)
        self._arrow((x0, y0), (x1, y1), color=colour, linewidth=0.9)
        if text:
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            if x0 == x1:
                self.axes.text(x + 0.08, y, text, color=colour, fontsize=8.5, ha="left", va="center")
            else:
                self.axes.text(x, y + 0.11, text, color=colour, fontsize=8.5, ha="center", va="bottom")

    def back(self, tail: Place, head: Place) -> None:
        """The way back of an error, beside the arrow forwards."""
        (x0, y0), (x1, y1) = self._at(tail), self._at(head)
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        across, along = APART * (y1 - y0) / length, -APART * (x1 - x0) / length
        start, end = (x0 + across, y0 + along), (x1 + across, y1 + along)
        self._arrow(start, end, color=ORANGE, linewidth=1.0, linestyle=(0, (3.2, 1.8)))

    def _arrow(self, start: Place, end: Place, **look: Any) -> None:
        upright = abs(end[0] - start[0]) < abs(end[1] - start[1]) / 2
        flat = abs(end[1] - start[1]) < abs(end[0] - start[0]) / 4
        room = 17.5 if upright else 31 if flat else 26
        style = "-|>,head_length=3.5,head_width=1.8"
        self.axes.add_patch(
            FancyArrowPatch(start, end, arrowstyle=style, shrinkA=room, shrinkB=room + 1, zorder=1, **look)
        )

    def mark(self, tail: Place, head: Place) -> None:
        """A use of a weight, on the arrow between two places."""
        (x0, y0), (x1, y1) = self._at(tail), self._at(head)
        x, y = x0 + 0.5 * (x1 - x0), y0 + 0.5 * (y1 - y0)
        self.axes.plot([x], [y], marker="D", markersize=4.5, color=ORANGE, zorder=3)
