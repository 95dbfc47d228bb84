r"""Commands -> tokens: \frac and \left, fonts, environments, and words inside a formula."""

from __future__ import annotations

import re

from derive.reading import vocabulary
from derive.reading.errors import ReadError, quote
from derive.reading.scanner import Scanner
from derive.reading.systems import FREE, HALF
from derive.reading.tree import Span

_WORD = re.compile(r"\s*\{\s*([A-Za-z]+|1)\s*\}", re.A)
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}", re.A)
_LINE_GAP = re.compile(r"\*?(?:\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in)\s*\])?", re.A)
_DELIMITER = re.compile(r"\s*(\\[A-Za-z]+|\\?.)", re.S | re.A)
_BROKEN_BRACKET = re.compile(r"\s*\.[\s&]*\\\\(?:\[[^\]\n]{0,12}\])?(?:[\s&]|\\q?quad)*\\left\s*\.", re.A)
_EQUATION_NUMBER = re.compile(r"[-–—\s]*\(\s*(?:eqn?\.?\s*)?[\d.*†]+[a-z]?'*\s*\)|[-–—]+\s*\d+", re.I)
_EVERY = re.compile(r"for (?:all|each|every|any)\b[^=<>]*")
_CONDITION = re.compile(r"(?:if|when|unless|except|only|provided|for)\b")
_ENVIRONMENTS = (
    dict.fromkeys(vocabulary.MATRICES, ("matrix", "MATRIX"))
    | dict.fromkeys(vocabulary.ALIGNMENTS, ("align", ""))
    | dict.fromkeys(vocabulary.CASES, ("cases", "CASES"))
)


def read_command(scanner: Scanner, name: str, span: Span) -> None:
    """Reads the command of this name."""
    if name in scanner.refused:
        return scanner.bad(scanner.refused[name], span)
    for table, kind in vocabulary.PLAIN:
        if name in table:
            return scanner.emit(kind, table[name], span)
    if name in vocabulary.SIZES:
        scanner.prefix = span[0]
    elif name in vocabulary.SPACES:
        pass
    elif name in vocabulary.BREAKS:
        scanner.emit("SEP", name, span)
    elif name in vocabulary.FONTS:
        _font(scanner, name, span)
    elif name in vocabulary.DROPPED_ARGUMENT:
        scanner.argument()
    elif name in vocabulary.TRANSPARENT:
        _transparent(scanner, name, span)
    elif name in vocabulary.OPENING:
        scanner.open(vocabulary.OPENING[name], "OPEN", vocabulary.OPENING[name], span)
    elif name in vocabulary.CLOSING:
        scanner.close(vocabulary.CLOSING[name], span)
    else:
        _structure(scanner, name, span)
    return None


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
        case "textcolor":
            scanner.prefix = span[0]
            scanner.argument()
        case "over" | "atop" | "choose":
            scanner.bad(f"`\\{name}` is not read: write \\frac{{…}}{{…}}", span)
        case "not" if scanner.next_is("="):
            scanner.position += 1
            scanner.emit("REL", "ne", (span[0], scanner.position))
        case _:
            scanner.bad(f"the command {quote(chr(92) + name)} is not read: write it otherwise or leave it out", span)


def _over(scanner: Scanner, span: Span) -> None:
    r"""\overset{…}{=}: the relation below, which `def` above turns into a definition."""
    above = scanner.latex[slice(*scanner.argument())]
    below = scanner.latex[slice(*scanner.argument())].strip()
    place = (span[0], scanner.position)
    if below == "=":
        scanner.emit("REL", ":=" if "def" in above or "triangle" in above else "=", place)
    else:
        scanner.bad(r"\overset and \stackrel are read over = alone", place)


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
    if name in ("array", "alignedat"):
        scanner.argument()
    return scanner.open(kind, token, name, place)


# Fonts and words


def _font(scanner: Scanner, name: str, span: Span) -> None:
    word = _WORD.match(scanner.latex, scanner.position)
    place = (span[0], word.end()) if word else span
    if name in vocabulary.TEXT_FONTS:
        _text(scanner, span)
    elif word and word[1] == "1" and name in ("mathbb", "mathbf", "mathds"):
        scanner.position = word.end()
        scanner.emit("NAME", "one", place)
    elif word and word[1].isalpha() and (name in vocabulary.WORD_FONTS or len(word[1]) == 1):
        scanner.position = word.end()
        _words(scanner, word[1], place)
    else:
        scanner.prefix = span[0]


def _text(scanner: Scanner, span: Span) -> None:
    """Words inside a formula; what stands between dollars in them is a formula again, but in a mere remark."""
    if scanner.in_words:
        return scanner.bad("words inside words: write them side by side", span)
    content = scanner.argument()
    start, after = content[0], scanner.position
    pieces = scanner.latex[slice(*content)].split("$")
    words = [" ".join(piece.replace("~", " ").split()) for piece in pieces[::2]]
    before, opened = len(scanner.tokens), len(scanner.frames)
    scanner.in_words = True
    for number, piece in enumerate(pieces):
        scanner.position = start
        start += len(piece) + 1
        if number % 2:
            scanner.scan(start - 1)
        else:
            _words(scanner, words[number // 2], (span[0], after))
    scanner.in_words = False
    scanner.position = after
    kind = next((found for found in (_meant(text)[0] for text in words) if found), "")
    related = any(token.type == "REL" for token in scanner.tokens[before:])
    if kind == "TEXT" and not related and len(scanner.frames) == opened:
        del scanner.tokens[before:]
        scanner.emit("TEXT", " ".join(scanner.latex[slice(*content)].split()), (span[0], after))
    return None


def _words(scanner: Scanner, text: str, span: Span) -> None:
    kind, value = _meant(text)
    if kind == "NUM":
        scanner.number(value, span)
    elif kind:
        scanner.emit(kind, value, span)


def _meant(text: str) -> tuple[str, str]:
    """The token that words become, by its type and value; of no type for a mere mark."""
    plain = text.strip(" ,;:.").lower()
    if not plain:
        return "", ""
    for kind, words in vocabulary.WORDS.items():
        if plain in words:
            return kind, plain
    if _EVERY.fullmatch(plain):
        return "IF", "every"
    if _EQUATION_NUMBER.fullmatch(text):
        return "TEXT", text
    if text.isascii() and text.isalpha():
        return "NAME", text
    if text.isascii() and text.isdigit():
        return "NUM", text
    if _CONDITION.match(plain):
        return "BAD", f"a condition in words, {quote(text)}: write it as a formula, \\text{{if }} t = 1"
    return "TEXT", text
