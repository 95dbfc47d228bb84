r"""Commands -> tokens: \frac and \left, fonts, environments."""

from __future__ import annotations

import re

from derive.reading import vocabulary
from derive.reading.errors import ReadError, quote
from derive.reading.prose import read_text, read_words
from derive.reading.scanner import Scanner
from derive.reading.systems import FREE, HALF
from derive.reading.tree import Span

_WORD = re.compile(r"\s*\{\s*([A-Za-z]+|1)\s*\}|\s*(1)", re.A)
_BARE_WORD = re.compile(r"\s*\{?\s*([A-Za-z]{2,})(?![A-Za-z])", re.A)  # after a switch: {\rm tanh}
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}", re.A)
_LINE_GAP = re.compile(r"\*?(?:\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in)\s*\])?", re.A)
_DELIMITER = re.compile(r"\s*(\\[A-Za-z]+|\\?.)", re.S | re.A)
_BROKEN_BRACKET = re.compile(r"\s*\.[\s&]*\\\\(?:\[[^\]\n]{0,12}\])?(?:[\s&]|\\q?quad)*\\left\s*\.", re.A)
_BRACED = re.compile(r"\s*\{\s*(\\?[|()\[\]])\s*\}", re.A)  # a bracket or bar in braces
_WIDE = re.compile(r"\s*\\(?:;|enspace|thickspace)", re.A)  # a second wide space: together they are a \quad
_LABEL = re.compile(r"\s*[(（]\s*\d+[a-z]?'*\s*[)）]\s*[.,]?\s*(?:\\\\|\\end|\Z)", re.A)
_EQNO = re.compile(r"\s*(?:\([^()\n]*\)|\{[^{}\n]*\}|[^\s\\]*)")
_LENGTH = re.compile(r"\s*\{?\s*([\d.]+)\s*(pt|em|ex|mm|cm|in)", re.A)
_SPACE_IN_EM = {"pt": 0.1, "em": 1.0, "ex": 0.5, "mm": 0.3, "cm": 2.8, "in": 7.2}
_ASSIGNMENT = re.compile(r"\s*\{\s*\{?\s*([+-])\s*\}?\s*(?:\}\s*\{?\s*=\s*\}?|\{?\s*=\s*\}?\s*\})", re.A)
_ENVIRONMENTS = (
    dict.fromkeys(vocabulary.MATRICES, ("matrix", "MATRIX"))
    | dict.fromkeys(vocabulary.ALIGNMENTS, ("align", ""))
    | dict.fromkeys(vocabulary.CASES, ("cases", "CASES"))
)


def read_command(scanner: Scanner, name: str, span: Span) -> None:
    """Reads the command of this name."""
    if name in scanner.refused:
        return scanner.bad(scanner.refused[name], span)
    if name in ("lt", "gt") and _is_angle(scanner, name):  # a^{\lt t \gt}
        return scanner.open("langle", "OPEN", "langle", span) if name == "lt" else scanner.close("langle", span)
    if name in ("ast", "star") and scanner.type_at(-1) != "SUP" and not _in_exponent(scanner):
        return scanner.emit("OP", "*", span)
    if name in vocabulary.LOGIC:
        return scanner.emit("TEXT", name, span)
    for table, kind in vocabulary.PLAIN:
        if name in table:
            return scanner.emit(kind, table[name], span)
    if name in vocabulary.SIZES:
        scanner.prefix = span[0]
        if braces := _BRACED.match(scanner.latex, scanner.position):  # \big{|}
            scanner.position = braces.end()
            scanner.spell(braces[1], (span[0], braces.end()))
    elif name in vocabulary.SPACES:
        text, at = scanner.latex, scanner.position
        if name in vocabulary.WIDE and scanner.tokens and (_LABEL.match(text, at) or _WIDE.match(text, at)):
            scanner.emit("SEP", name, span)
    elif name in vocabulary.BREAKS:
        scanner.emit("SEP", name, span)
    elif name in vocabulary.FONTS or name in vocabulary.TEXT_FONTS:
        _font(scanner, name, span)
    elif name in vocabulary.DROPPED_ARGUMENT:
        scanner.argument()
    elif name in vocabulary.TRANSPARENT:
        _transparent(scanner, name, span)
    elif name == "mathop" and (word := _WORD.match(scanner.latex, scanner.position)) and (word[1] or "").isalpha():
        _font(scanner, "operatorname", span)  # \mathop{softmax}
    elif name in vocabulary.CLASSES:
        scanner.spell(scanner.latex[slice(*scanner.argument())], (span[0], scanner.position))
    elif name in vocabulary.OPENING:
        scanner.open(vocabulary.OPENING[name], "OPEN", vocabulary.OPENING[name], span)
    elif name in vocabulary.CLOSING:
        scanner.close(vocabulary.CLOSING[name], span)
    else:
        _structure(scanner, name, span)
    return None


def _in_exponent(scanner: Scanner) -> bool:
    return scanner.type_at(-1) == "LBRACE" and scanner.type_at(-2) == "SUP"


def _is_angle(scanner: Scanner, name: str) -> bool:
    """Whether a sign is a bracket around a step above a letter."""
    return _in_exponent(scanner) if name == "lt" else scanner.inside("langle")


def _structure(scanner: Scanner, name: str, span: Span) -> None:
    match name:
        case "prime":
            if scanner.type_at(-1) == "SUP":  # ^\prime
                scanner.tokens.pop()
            scanner.emit("PRIME", "'", span)
        case "left" | "right":
            _delimiter(scanner, name, span)
        case "\\" | "newline" | "cr":
            gap = _LINE_GAP.match(scanner.latex, scanner.position)
            scanner.position = gap.end() if gap else scanner.position
            scanner.emit("NEWLINE", name, span)
        case "begin" | "end":
            _environment(scanner, name, span)
        case "overset" | "stackrel":
            _over(scanner, span)
        case "underset":
            _under(scanner, span)
        case "xlongequal" | "xlongleftarrow" | "xrightarrow" | "xleftarrow" | "xlongrightarrow":
            scanner.optional()
            scanner.argument()
            relation = "=" if "equal" in name else "gets" if "left" in name else "to"
            scanner.emit("REL", relation, (span[0], scanner.position))
        case "mathrel":
            _related(scanner, span)
        case "textcolor":
            scanner.prefix = span[0]
            scanner.argument()
        case "hspace" | "hspace*":
            length = _LENGTH.match(scanner.latex, scanner.position)
            scanner.argument()
            if length and float(length[1] if length[1].count(".") < 2 else 0) * _SPACE_IN_EM[length[2]] >= 1:
                scanner.emit("SEP", name, span)
        case "intertext" | "shortintertext":
            scanner.emit("NEWLINE", name, span)
            read_text(scanner, span)
            scanner.emit("NEWLINE", name, (scanner.position, scanner.position))
        case "eqno" | "leqno":
            number = _EQNO.match(scanner.latex, scanner.position)
            scanner.position = number.end() if number else scanner.position
        case "over":
            _quotient(scanner, span)
        case "atop" | "choose":
            scanner.bad(f"`\\{name}` is not read: write \\frac{{…}}{{…}}", span)
        case "not" if scanner.next_is("=") or scanner.next_is("\\"):
            denied = {"=": "ne", "\\in": "notin"}.get(scanner.latex[slice(*scanner.argument())])
            if denied is None:
                return scanner.bad(r"`\not` is read before = and \in alone", span)
            scanner.emit("REL", denied, (span[0], scanner.position))
        case _:
            scanner.bad(f"the command {quote(chr(92) + name)} is not read: write it otherwise or leave it out", span)
    return None


def _quotient(scanner: Scanner, span: Span) -> None:
    r"""The \over of {a \over b}."""
    frame = scanner.frames[-1] if scanner.frames else None
    if frame is None or frame.kind != "brace" or frame.over >= 0 or frame.index + 1 >= len(scanner.tokens):
        return scanner.bad(r"`\over` is read once in braces alone: write \frac{…}{…}", span)
    frame.over = len(scanner.tokens)
    return None


def _over(scanner: Scanner, span: Span) -> None:
    r"""\overset{…}{=}: the relation below, which `def` above turns into a definition; \overset{\rightarrow}{h}."""
    above = scanner.latex[slice(*scanner.argument())].strip()
    start = scanner.position
    below = scanner.latex[slice(*scanner.argument())].strip()
    place = (span[0], scanner.position)
    if below == "=" and not set(above) & set("?!"):
        scanner.emit("REL", ":=" if "def" in above or "triangle" in above else "=", place)
    elif above.lstrip("\\") in vocabulary.OVER and "=" not in below:
        scanner.emit("ACCENT", vocabulary.OVER[above.lstrip("\\")], (span[0], start))
        scanner.position = start
    else:
        scanner.bad(r"\overset and \stackrel are read over = alone", place)


def _under(scanner: Scanner, span: Span) -> None:
    r"""\underset{i}{\max} as \max_{i}."""
    below, base = scanner.argument(), scanner.argument()
    after = scanner.position
    for content, opening in ((base, ""), (below, "SUB")):
        if opening:
            scanner.emit(opening, "_", (span[0], span[0]))
            scanner.open("brace", "LBRACE", "{", content)
        scanner.position = content[0]
        scanner.scan(content[1])
        if opening:
            scanner.close("brace", (content[1], content[1]))
    scanner.position = after


def _related(scanner: Scanner, span: Span) -> None:
    r"""\mathrel{+}= and \mathrel{\odot}."""
    assignment = _ASSIGNMENT.match(scanner.latex, scanner.position)
    if assignment:
        scanner.position = assignment.end()
        return scanner.emit("REL", f"{assignment[1]}=", (span[0], scanner.position))
    return scanner.spell(scanner.latex[slice(*scanner.argument())], (span[0], scanner.position))


def _transparent(scanner: Scanner, name: str, span: Span) -> None:
    if not scanner.next_is("{"):
        return scanner.bad(f"`\\{name}` without braces: write \\{name}{{…}}", span)
    scanner.position += 1
    label = name in vocabulary.LABELLED
    return scanner.open("brace", "LBRACE", FREE, (span[0], scanner.position), label=label)


def _delimiter(scanner: Scanner, side: str, span: Span) -> None:
    r"""\left and \right with the bracket that follows."""
    broken = _BROKEN_BRACKET.match(scanner.latex, scanner.position) if side == "right" else None
    if broken and scanner.frames and scanner.frames[-1].kind not in ("null", "brace"):
        scanner.position = broken.end()  # \left( … \right. \\ \left. … \right): one bracket over two lines
        return
    match = _DELIMITER.match(scanner.latex, scanner.position)
    if match is None:
        return scanner.bad(f"`\\{side}` without a bracket", span)
    scanner.position = match.end()
    place = (span[0], match.end())
    text = match[1] if match[1] == r"\|" else match[1].lstrip("\\")
    kinds = (vocabulary.OPENING if side == "left" else vocabulary.CLOSING) | vocabulary.BARS
    if side == "left" and text == ".":
        scanner.open("null", "LNULL", "null", place)
    elif side == "right" and text == "." and scanner.inside("{"):
        scanner.close("{", place, HALF)
    elif side == "right" and kinds.get(text) == "|" and scanner.inside("null"):
        scanner.close("null", place)
    elif text not in kinds:
        raise ReadError(f"{quote(scanner.latex[place[0] : place[1]])} is no bracket that is read: use ( or [", place)
    elif side == "left":
        scanner.open(kinds[text], "OPEN", kinds[text], place)
    else:
        scanner.close(kinds[text], place)
    return None


def _environment(scanner: Scanner, side: str, span: Span) -> None:
    match = _ENVIRONMENT.match(scanner.latex, scanner.position)
    name = match[1] if match else ""
    scanner.position = match.end() if match else scanner.position
    place = (span[0], scanner.position)
    if name not in _ENVIRONMENTS:
        raise ReadError(f"the environment {quote(name)} is not read: write its formulas in blocks of their own", place)
    kind, token = _ENVIRONMENTS[name]
    if side == "end":
        return scanner.close(kind, place)
    if name in vocabulary.WITH_COLUMNS:
        scanner.argument()
    return scanner.open(kind, token, name, place)


def _font(scanner: Scanner, name: str, span: Span) -> None:
    font = vocabulary.FONTS.get(name, "bold" if name == "textbf" else "roman")
    word = _WORD.match(scanner.latex, scanner.position)
    place = (span[0], word.end()) if word else span
    letters = (word[1] or word[2]) if word else ""
    if name in vocabulary.TEXT_FONTS:
        read_text(scanner, span, font)
    elif letters == "1" and font in ("bb", "bold"):
        assert word is not None
        scanner.position = word.end()
        scanner.emit("NAME", "one", place)
    elif (font, letters) in vocabulary.UNREAD:
        raise ReadError(vocabulary.UNREAD[font, letters], place)
    elif word and letters.isalpha() and (name in vocabulary.WORD_FONTS or len(letters) == 1):
        scanner.position = word.end()
        scanner.next_font = font
        read_words(scanner, letters, place, font)
    elif name in vocabulary.SWITCHES and not scanner.next_is("{"):
        scanner.font = font
        bare = _BARE_WORD.match(scanner.latex, scanner.position) if name == "rm" else None
        if bare:
            scanner.position = bare.end()
            read_words(scanner, bare[1], bare.span(1), font)
    else:
        scanner.prefix = span[0]
        scanner.next_font = font
