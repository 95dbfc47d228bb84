r"""Words inside a formula, \text{if } t = 1, and what they become: a condition, a separator, a name, or a remark."""

from __future__ import annotations

import re

from derive.reading.errors import quote
from derive.reading.scanner import Scanner
from derive.reading.tree import Span
from derive.reading.vocabulary import NAMING


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# By the token that they become.
_MEANINGS = {
    "IF": _set("if when for whenever provided für falls wenn pour si para cuando для при если 当 若 如果 对于")
    | {"provided that", "else if", "and if", "and for", "and when", "iff"},
    "OTHERWISE": _set("otherwise else elsewhere sonst sinon иначе 否则"),
    "AND": _set("and und et и 和 且"),
    "ARROW": _set("so hence thus therefore then gives") | {"so that", "which gives", "i.e", "that is"},
    "SEP": NAMING | {"consider"} | {"we have", "we get", "we obtain", "sei", "soit"},
    "REASON": _set("since because as note recall where with wobei mit où donde con где 其中")
    | {"note that", "recall that"},
}
_STARTERS = _set("for when if whenever where")
_CONDITION = _STARTERS | _set(
    """all each every any a an the and time times step steps timestep timesteps layer layers unit units index indices
    component components element elements entry entries neuron neurons sample samples class classes in of"""
)
_NEGATIONS = _set(
    """not no but except excepting excluding exclude excludes wrong only unless without never false incorrect
    incorrectly neither nor isn't doesn't don't aren't cannot can't apart besides besides mistake mistaken
    untrue nicht kein keine außer nur falsch sauf sans pas faux excepto salvo sin solo не нет кроме только
    неверно 不 非 除 除了 仅 错 错误"""
)
_RANGE = _set("to through until till bis")  # t = 1 \text{ to } T
_NEVER_NAMES = _set(
    """from of by on at via per over under after before is are be equals equal about roughly approximately almost nearly
    half twice double triple minus plus times negative transposed inverted ist sind gleich ungefähr"""
)
_RESTRICTING = re.compile(
    r"\b(?:if|when|whenever|case|provided|assuming|diagonals?|falls|wenn|если|при)\b|[若当果时]"
    r"|^\W*for (?!all\b|each\b|every\b|any\b|example\b)"
)
_SUPPOSING = re.compile(r"(?:\b(?:if|when|whenever|for|case|suppose|assume|assuming)\b|[若当设])[\W_]*$", re.I)
_DIAGONAL = re.compile(
    r"(?:(?:if|for|on|in|the|an?|all|every|each) )*(off[- ]?)?(?:the )?(?:main )?diagonals?"
    r"(?: (?:entry|entries|elements?|terms?|cases?|parts?))?"
)
_PUNCTUATION = {",": "COMMA", ";": "SEP", ":": "SEP"}
_EQUATION_NUMBER = re.compile(r"(?:--+|[–—])?\s*\(\s*(?:eqn?\.?\s*)?[\d.*†]+[a-z]?'*\s*\)|(?:---|—)\s*\d+", re.I)
_NAME = re.compile(r"[A-Za-z]+|[A-Za-z]{2,}(?:-[A-Za-z]{2,})+", re.A)


def is_negative(text: str) -> bool:
    """Whether words except something, or deny it."""
    return any(
        word in _NEGATIONS for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.lower().replace("’", "'"))
    )


def is_restricting(text: str) -> bool:
    """Whether words may say that something holds in some case alone."""
    return _RESTRICTING.search(text.lower()) is not None


def is_supposing(text: str) -> bool:
    """Whether words make of the formula behind them a case or a supposition."""
    return _SUPPOSING.search(text) is not None


def diagonal(text: str) -> str:
    """How two indices compare in the entries of which words speak, those on a diagonal or off it; '' for others."""
    found = _DIAGONAL.fullmatch(text.lower().strip(" ()[],.;:"))
    return "" if found is None else "ne" if found[1] else "="


def is_range(text: str) -> bool:
    """Whether words stand between the ends of a range."""
    return text.strip().lower() in _RANGE


def read_text(scanner: Scanner, span: Span, font: str = "roman") -> None:
    """Words inside a formula; what stands between dollars in them is a formula again, but in a mere remark."""
    if scanner.in_words:
        return scanner.bad("words inside words: write them side by side", span)
    content = scanner.argument()
    start, after = content[0], scanner.position
    pieces = scanner.latex[slice(*content)].split("$")
    before, opened = len(scanner.tokens), len(scanner.frames)
    scanner.in_words = True
    for number, piece in enumerate(pieces):
        scanner.position = start
        start += len(piece) + 1
        if number % 2:
            scanner.scan(start - 1)
        else:
            read_words(scanner, piece, (span[0], after), font, split=len(pieces) > 1)
    scanner.in_words = False
    scanner.position = after
    related = any(token.type == "REL" for token in scanner.tokens[before:])
    if len(pieces) > 1 and _is_remark(pieces[::2]) and not related and len(scanner.frames) == opened:
        del scanner.tokens[before:]
        emit_words(scanner, _plain(scanner.latex[slice(*content)]), (span[0], after))
    return None


def _is_remark(words: list[str]) -> bool:
    """Whether words around formulas only remark on them."""
    kinds = {meant(_plain(part), split=True)[0] for part in words}
    return "TEXT" in kinds and kinds <= {"TEXT", "NAME", "NUM", "LABEL", "REASON", "COMMA", "SEP", ""}


def read_words(scanner: Scanner, written: str, span: Span, font: str = "roman", split: bool = False) -> None:
    """Emits the tokens that words become; `split` says that they are a part of what a \\text holds."""
    text = _plain(written)
    in_script = scanner.type_at(-1) in ("SUB", "SUP") or (
        scanner.type_at(-1) == "LBRACE" and scanner.type_at(-2) in ("SUB", "SUP")
    )
    kind, value = ("NAME", text) if in_script and _NAME.fullmatch(text) else meant(text, split)
    if kind == "NAME":
        scanner.next_font = scanner.next_font or scanner.font or font
    if kind == "NUM":
        scanner.number(value, span)
    elif kind == "TEXT":
        emit_words(scanner, value, span)
    elif kind:
        scanner.emit(kind, value, span)
        if kind == "NAME" and (end := text[-1]) in _PUNCTUATION:
            scanner.emit(_PUNCTUATION[end], end, span)


def emit_words(scanner: Scanner, text: str, span: Span) -> None:
    """A remark; a comma or colon at its ends separates it from the formula, unless it is in quotation marks."""
    quoted = scanner.quoted
    scanner.quoted ^= text.count('"') % 2 == 1
    if text[0] in _PUNCTUATION and not quoted:
        scanner.emit("SEP", text[0], (span[0], span[0]))
    scanner.emit("TEXT", text, span)
    if text[-1] in _PUNCTUATION and not scanner.quoted:
        scanner.emit("SEP", text[-1], (span[1], span[1]))


def meant(text: str, split: bool = False) -> tuple[str, str]:
    """The token that words become, by its type and value; of no type for a mere mark."""
    plain = text.strip(" ,;:." + ("()" if split else "")).lower()
    if not plain:
        mark = next((char for char in text if char in _PUNCTUATION), "")
        return _PUNCTUATION.get(mark, ""), mark
    if len(plain) == 1 and plain.isascii() and plain.isalpha():
        return "NAME", text.strip(" ,;:.()")
    if _EQUATION_NUMBER.fullmatch(text):
        return "LABEL", text
    if is_negative(text):
        return "TEXT", text
    for kind, words in _MEANINGS.items():
        if plain in words:
            return kind, plain
    words_in_it = plain.split()
    if words_in_it[0] in _STARTERS and all(word in _CONDITION for word in words_in_it):
        return "IF", "every"
    if is_range(plain) or plain in _NEVER_NAMES:
        return "TEXT", plain
    if _NAME.fullmatch(plain):
        return "NAME", text.strip(" ,;:.")
    if plain.isascii() and plain.isdigit():
        return "NUM", plain
    if not set(plain) - set("\"'`“”„«»"):
        return "TEXT", text
    if not any(char.isalpha() for char in plain):
        return "BAD", f"{quote(text)} is written as words: write signs and numbers as a formula"
    return "TEXT", text


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\\[ ,;:]|~|\\\\", " ", text).split())
