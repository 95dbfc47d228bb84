"""Characters -> tokens: letters, signs and brackets, and what stands outside ASCII as the command that it means."""

from __future__ import annotations

import re
import unicodedata

from derive.reading import vocabulary
from derive.reading.errors import quote
from derive.reading.prose import emit_words, read_words
from derive.reading.scanner import Scanner
from derive.reading.systems import FREE
from derive.reading.tree import Span

_SIMPLE = {"^": "SUP", "_": "SUB", "'": "PRIME", ",": "COMMA", ".": "DOT", "&": "AMP", "|": "BAR", "/": "OP"}
_SMALL = re.compile(r"[0-9]{1,40}|.")
_NUMBER_AT_END = re.compile(r"\s*\d+\s*）\s*[.,，。]?\s*(?:\\\\|\\end|\Z)", re.A)
_ALONE = re.compile(r"\s*([()[\]])\s*\}")
_QUOTES = {'"': '"', "“": "”", "「": "」", "«": "»"}
_ALPHABETS = {"BOLD": "bold", "SCRIPT": "cal", "DOUBLE-STRUCK": "bb", "FRAKTUR": "frak", "BLACK-LETTER": "frak"}
_SMALL_SIGNS = {"+": ("PLUS", "+"), "-": ("MINUS", "-"), "(": ("OPEN", "("), ")": ("CLOSE", "(")}


def read_character(scanner: Scanner, char: str, span: Span) -> None:
    """Reads one character."""
    if char.isascii() and char.isalpha():
        return scanner.emit("NAME", char, span)
    if char in _QUOTES and (end := scanner.latex.find(_QUOTES[char], span[1])) >= 0:
        scanner.position = end + 1
        return emit_words(scanner, scanner.latex[span[0] : end + 1], (span[0], end + 1))
    if not char.isascii():
        return _foreign(scanner, char, span)
    match char:
        case "{" if (alone := _ALONE.match(scanner.latex, span[1])) is not None:  # \large{(}
            scanner.position = alone.end()
            read_character(scanner, alone[1], (span[0], alone.end()))
        case "{":
            scanner.open("brace", "LBRACE", "{" if scanner.wants_argument() else FREE, span)
        case "}":
            scanner.close("brace", span)
        case "(" | "[":
            scanner.open(char, "OPEN", char, span)
        case ")" | "]":
            scanner.close(vocabulary.CLOSING[char], span)
        case "<" if scanner.type_at(-1) == "LBRACE" and scanner.type_at(-2) == "SUP":  # a^{<t>}
            scanner.open("langle", "OPEN", "langle", span)
        case ">" if scanner.inside("langle"):
            scanner.close("langle", span)
        case ":" if scanner.next_is("="):
            scanner.position += 1
            scanner.emit("REL", ":=", (span[0], scanner.position))
        case ":" if scanner.inside("(") or scanner.inside("[") or _in_script(scanner):
            scanner.emit("COLON", char, span)
        case ";" if scanner.frames and scanner.frames[-1].kind != "align":
            scanner.emit("COMMA", char, span)
        case "+" | "-" if scanner.latex[span[1] : span[1] + 1] == "=" and not _in_script(scanner):
            scanner.position += 1
            scanner.emit("REL", f"{char}=", (span[0], scanner.position))
        case "=" | "<" | ">":
            scanner.emit("REL", vocabulary.RELATIONS[char], span)
        case "+" | "-":
            _sign(scanner, char, span)
        case "*":
            star = scanner.type_at(-1) == "SUP"
            scanner.emit("NAME" if star else "OP", "ast" if star else "*", span)
        case ";" | ":":
            scanner.emit("SEP", char, span)
        case "." if scanner.next_is("."):
            while scanner.next_is("."):
                scanner.position += 1
            scanner.emit("DOTS", "ldots", (span[0], scanner.position))
        case _ if char in _SIMPLE:
            scanner.emit(_SIMPLE[char], char, span)
        case "\\" if span[1] == len(scanner.latex):  # a space, which the end of the formula has lost
            pass
        case _:
            scanner.bad(f"{quote(char)} is not read in a formula: leave it out", span)
    return None


def _sign(scanner: Scanner, char: str, span: Span) -> None:
    r"""A sign, or the mark in \partial^{+}."""
    in_braces = scanner.type_at(-1) == "LBRACE" and scanner.type_at(-2) == "SUP" and scanner.next_is("}")
    if scanner.type_at(-1) == "SUP" or in_braces:
        scanner.emit("NAME", "plus" if char == "+" else "minus", span)
    else:
        scanner.emit("PLUS" if char == "+" else "MINUS", char, span)


def _foreign(scanner: Scanner, char: str, span: Span) -> None:
    """A character outside ASCII."""
    for table, mark in ((vocabulary.SUPERSCRIPTS, "SUP"), (vocabulary.SUBSCRIPTS, "SUB")):
        if char in table:
            return _small(scanner, table, mark, span)
    if char in vocabulary.COMBINING:
        return _combining(scanner, char, span)
    if char in vocabulary.CHARACTERS:
        return scanner.spell(vocabulary.CHARACTERS[char], span)
    if char.isspace() or char in "\u200b\u2061\ufeff":
        return None
    if char == "（" and scanner.tokens and _NUMBER_AT_END.match(scanner.latex, span[1]):
        scanner.emit("SEP", char, span)
    parts = unicodedata.normalize("NFD", char) + " "
    letter, accent = parts[0], parts[1]
    if accent in vocabulary.COMBINING and letter.isascii() and letter.isalpha():  # ŷ
        scanner.emit("ACCENT", vocabulary.COMBINING[accent], span)
        return scanner.emit("NAME", letter, span)
    plain = unicodedata.normalize("NFKC", char)  # the letters of mathematical alphabets, signs of full width
    if char == "𝟙":
        return scanner.emit("NAME", "one", span)
    if len(plain) == 1 and plain.isascii():
        name = unicodedata.name(char, "")
        scanner.next_font = next((font for word, font in _ALPHABETS.items() if word in name), scanner.next_font)
        if plain.isalnum():
            return scanner.emit("NAME" if plain.isalpha() else "NUM", plain, span)
        return read_character(scanner, plain, span)
    if plain in vocabulary.CHARACTERS:
        return scanner.spell(vocabulary.CHARACTERS[plain], span)
    if char in "。、":
        return scanner.emit("COMMA" if char == "、" else "DOT", char, span)
    if char.isalpha():
        return _words(scanner, span)
    return scanner.bad(f"{quote(char)} (U+{ord(char):04X}) is not a sign that is read: write a LaTeX command", span)


def _words(scanner: Scanner, span: Span) -> None:
    """A run of letters of another script: words, as in \\text."""
    end = span[1]
    while end < len(scanner.latex) and not scanner.latex[end].isascii() and scanner.latex[end].isalpha():
        end += 1
    scanner.position = end
    read_words(scanner, scanner.latex[span[0] : end], (span[0], end))


def _in_script(scanner: Scanner) -> bool:
    """Whether the innermost open bracket is that of a script."""
    frame = scanner.frames[-1] if scanner.frames else None
    return (
        frame is not None
        and frame.kind == "brace"
        and frame.index > 0
        and scanner.tokens[frame.index - 1].type
        in (
            "SUB",
            "SUP",
        )
    )


def _small(scanner: Scanner, table: dict[str, str], mark: str, span: Span) -> None:
    """A run of raised or lowered characters: the ₜ₋₁ of hₜ₋₁."""
    end = span[1]
    while end < len(scanner.latex) and scanner.latex[end] in table:
        end += 1
    scanner.position, span = end, (span[0], end)
    plain = "".join(table[char] for char in scanner.latex[span[0] : end])
    if plain.count("(") != plain.count(")"):
        return scanner.bad(f"a bracket is missing in {quote(scanner.latex[span[0] : end])}", span)
    scanner.emit(mark, "_", span)
    if plain in ("+", "-"):
        return scanner.emit("NAME", "plus" if plain == "+" else "minus", span)
    scanner.emit("LBRACE", "{", span)
    for piece in _SMALL.findall(plain):
        kind, value = _SMALL_SIGNS.get(piece, ("NUM" if piece[0].isdigit() else "NAME", piece))
        scanner.emit(kind, value, span)
    return scanner.emit("RBRACE", "{", span)


def _combining(scanner: Scanner, char: str, span: Span) -> None:
    """An accent that follows its letter."""
    token = scanner.tokens[-1] if scanner.tokens else None
    if token is None or token.type != "NAME":
        return scanner.bad("an accent over nothing: write it over a letter", span)
    scanner.tokens.pop()
    scanner.emit("ACCENT", vocabulary.COMBINING[char], (token.start_pos or 0, span[1]))
    return scanner.emit("NAME", str(token), (token.start_pos or 0, span[1]))
