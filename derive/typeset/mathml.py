"""Formulas as MathML: latex2mathml's tree, cut down to an allow-list of elements and attributes, and its width."""

from __future__ import annotations

import html
import re
from xml.etree.ElementTree import Element, ParseError, SubElement

from latex2mathml.converter import Converter
from latex2mathml.exceptions import (
    DenominatorNotFoundError,
    NoAvailableTokensError,
    NumeratorNotFoundError,
)

from derive.typeset.formula import Mark, Refused, typeset

_ELEMENTS = "mrow mi mn mo mtext mspace mfrac msqrt msub msup msubsup munder mover munderover mtable mtr mtd mstyle"
_ATTRIBUTES = "displaystyle scriptlevel stretchy fence form accent accentunder mathvariant width linethickness"
ELEMENTS, ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
_VALUE = re.compile(r"[a-z0-9.+-]+")
_SMALL = frozenset(["msub", "msup"])
_CLOSING = frozenset([")", "]", "}", "|", "‖", "⟩", "!", "⊤", "′"])
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_TAKING_LIMITS = frozenset(["∑", "∏", "max", "min", "lim", "sup", "inf", "argmax", "argmin"])
_FUNCTIONS = frozenset(["log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh"])
_PLACED = frozenset([*_LIMITS, *_LIMITS.values(), "mfrac"])  # whose children have places of their own
_STACKED = frozenset(["mfrac", "munder", "mover", "munderover"])
_BOLD = {"bold": (0x1D400, 0x1D6A8), "bold-italic": (0x1D468, 0x1D71C)}  # where A and Α stand in Unicode


class Unconvertible(ValueError):
    """A formula that has no MathML here; its source is shown instead."""


def tree(latex: str, display: bool, marks: tuple[Mark, ...] = ()) -> Element:
    """The formula as an element. Raises Unconvertible."""
    try:
        source = typeset(latex, marks).replace("{aligned}", "{split}").replace("{gathered}", "{matrix}")
        converted = Converter(display="block" if display else "inline").convert_to_element(source)
    except (Refused, NoAvailableTokensError, NumeratorNotFoundError, DenominatorNotFoundError, ParseError) as error:
        raise Unconvertible(str(error)) from error
    clean = Element("math", {"display": "block"} if display else {})
    for child in converted:
        _copy(child, clean)
    for element in clean.iter():
        _space(element)
        if display:
            _set_limits(element)
    return clean


def _copy(element: Element, parent: Element) -> None:
    """The element under `parent`, without what is not on the lists, and in MathML Core's terms."""
    tag, text = element.tag, html.unescape(element.text or "")
    attributes = {k: v for k, v in element.attrib.items() if k in ATTRIBUTES and _VALUE.fullmatch(v)}
    if tag == "menclose":
        tag, attributes = "mrow", {"class": "boxed"}
    if tag == "mstyle" and element.get("mathcolor") in ("bad", "good"):
        tag, attributes = "mrow", {"class": "wrong" if element.get("mathcolor") == "bad" else "mended"}
    if tag not in ELEMENTS or text.startswith("\\") or text == "&":
        raise Unconvertible(f"{tag}: {text}")
    if tag == "mrow" and len(element) == 1 and element[0].tag == "mrow" and not attributes:
        return _copy(element[0], parent)
    if element.get("columnalign") in ("left", "right"):
        attributes["class"] = str(element.get("columnalign"))
    if tag == "mo" and text.isalpha() and len(text) > 1:
        tag = "mi"  # a function's name, spaced like one
    upright = [child.text or "" for child in element if child.get("mathvariant") == "normal"]
    if tag == "mrow" and len(upright) == len(element) > 1:
        SubElement(parent, "mi").text = "".join(upright)  # one word, not a product of letters
        return None
    if attributes.get("mathvariant") in _BOLD:
        text = "".join(_bold(letter, attributes["mathvariant"]) for letter in text)
        attributes["mathvariant"] = "normal"
    copied = SubElement(parent, tag, attributes)
    copied.text = re.sub("-{2,3}", "—", text) if tag == "mtext" else text
    for child in element:
        _copy(child, copied)
    return None


def _bold(letter: str, variant: str) -> str:
    """The letter in bold, which MathML Core has as a character and not as a style."""
    latin, greek = _BOLD[variant]
    if letter.isascii() and letter.isalpha():
        return chr(latin + ord(letter.upper()) - ord("A") + 26 * letter.islower())
    if letter.isdigit() and letter.isascii():
        return chr(0x1D7CE + int(letter))
    if "Α" <= letter <= "Ω" or "α" <= letter <= "ω":
        return chr(greek + ord(letter) - ord("Α") - 6 * (letter >= "α"))
    return letter


def _set_limits(element: Element) -> None:
    """Bounds below and above a sum, a product or a maximum, inside brackets too."""
    if element.tag in _LIMITS and (element[0].text or "") in _TAKING_LIMITS:
        element.tag = _LIMITS[element.tag]


def _space(row: Element) -> None:
    """Spacing as TeX has it: signs that begin a term, functions after a factor, upright capital Greek."""
    for child in row:
        if child.tag == "mi" and "Α" <= (child.text or " ") <= "Ω" and len(child.text or "") == 1:
            child.set("mathvariant", "normal")
    if row.tag in _PLACED:
        return
    before: Element | None = None
    for child in list(row):
        text = _name(child)
        begins = before is None or (before.tag == "mo" and before.text not in _CLOSING)
        if child.tag == "mo" and text in "+−±" and begins:
            child.set("form", "prefix")
        if child.tag in ("mi", *_LIMITS) and text.isalpha() and len(text) > 1 and not begins:
            row.insert(list(row).index(child), Element("mspace", {"width": "0.167em"}))
        if before is not None and _name(before) in _FUNCTIONS and child.tag not in ("mo", "mspace"):
            row.insert(list(row).index(child), Element("mspace", {"width": "0.167em"}))  # log y
        before = child


def _name(element: Element) -> str:
    """The text of an element, or of what its scripts hang on."""
    return (element[0] if element.tag in _LIMITS else element).text or ""


def width(element: Element) -> float:
    """A generous estimate of the width in em: what is side by side adds up, what is stacked overlaps."""
    inner = [width(child) for child in element]
    if element.tag == "mspace":
        return float((element.get("width") or "0").removesuffix("em"))
    if element.tag == "mo":
        return {"(": 0.4, ")": 0.4, "[": 0.4, "]": 0.4, "|": 0.3, ",": 0.45, ".": 0.3}.get(element.text or "", 1.0)
    if not inner:
        return 0.66 * len(element.text or "")
    if element.tag == "mtable":
        columns = max(len(row) for row in element)
        return sum(max((width(row[i]) for row in element if i < len(row)), default=0) + 0.8 for i in range(columns))
    if element.tag in _STACKED:
        return max(inner[0], *(part if element.tag == "mfrac" else 0.7 * part for part in inner[1:])) + 0.2
    if element.tag == "msubsup":
        return inner[0] + 0.7 * max(inner[1:])
    if element.tag in _SMALL:
        return inner[0] + 0.7 * sum(inner[1:])
    return sum(inner) + {"boxed": 0.6, "wrong": 0.2, "mended": 0.2}.get(element.get("class", ""), 0)
