r"""LaTeX -> tokens for the grammar: fonts, sizes and spacing dropped, brackets paired, names spelled out.

Anything that is not understood becomes a BAD token that carries its reason, so that only the statement around it is lost.
Whatever makes the whole block unreadable (too long, nested too deeply, brackets that do not pair) raises ReadError.

Token types: NAME NUM PLUS MINUS OP REL SUB SUP PRIME ACCENT FRAC BIG PARTIAL NABLA COMMA, OPEN/CLOSE (value: the kind of
bracket), LBRACE/RBRACE (invisible), LNULL/REVAL (\left. … \right|), EVAL (a plain bar before _), MATRIX/ENDMATRIX,
CASES/ENDCASES, SUBSTACK, AMP, NEWLINE, IF, OTHERWISE, AND; and, never seen by the grammar, SEP (a separator of
statements), ARROW (⇒, ∴), REASON (since, because), TEXT (a remark), DOTS, DOT and BAD.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lark import Token

from derive.reading import commands as vocabulary
from derive.reading.errors import ReadError, quote
from derive.reading.tree import Span

MAX_LENGTH = 20_000  # characters in a block
MAX_DEPTH = 60  # brackets inside brackets
MAX_DIGITS = 40  # in one number

Words = frozenset[
    tuple[str, str]
]  # names of several letters: (word, letter that belongs to it or ''), say ('net', 'y')

_LEXEME = re.compile(
    r"(?P<space>\s+|~|%[^\n]*)|(?P<command>\\(?:operatorname\*|tag\*|[hv]space\*|[A-Za-z]+|.))"
    r"|(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<letter>[A-Za-z])|(?P<other>.)",
    re.S | re.A,
)
_SPACE = re.compile(r"(?:\s|%[^\n]*\n?)*", re.A)
_WORD = re.compile(r"\s*\{\s*([A-Za-z]+|1)\s*\}", re.A)
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}", re.A)
_LINE_GAP = re.compile(r"\*?(?:\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in)\s*\])?", re.A)
_DELIMITER = re.compile(r"\s*(\\[A-Za-z]+|\\?.)", re.S | re.A)
_BROKEN_BRACKET = re.compile(r"\s*\.[\s&]*\\\\(?:\[[^\]\n]{0,12}\])?(?:[\s&]|\\q?quad)*\\left\s*\.", re.A)
_EQUATION_NUMBER = re.compile(r"[-–—\s]*\(\s*(?:eqn?\.?\s*)?[\d.*†]+[a-z]?'*\s*\)|[-–—]+\s*\d+", re.I)
_EVERY = re.compile(r"for (?:all|each|every|any)\b[^=<>]*")
_ENDS = {"(": "CLOSE", "[": "CLOSE", "{": "CLOSE", "|": "CLOSE", "||": "CLOSE", "langle": "CLOSE", "null": "REVAL",
         "matrix": "ENDMATRIX", "cases": "ENDCASES", "brace": "RBRACE", "substack": "RBRACE"}  # fmt: skip


@dataclass
class _Frame:
    """An open bracket: `kind` says what closes it, `index` is its token; `free` braces vanish around a relation."""

    kind: str
    index: int
    start: int
    free: bool = False
    relation: bool = False
    label: bool = False


def tokenize(latex: str, words: Words = frozenset(), whole: bool = True) -> list[Token]:
    """The tokens of a block, their offsets into `latex`; `words` are the legend's names of several letters.

    Where `latex` is not `whole`, but a piece of a formula, its brackets need not pair.

    Raises ReadError where the block as a whole cannot be read: its length, its nesting, a bracket that has no partner.
    """
    if len(latex) > MAX_LENGTH:
        raise ReadError(f"the block has {len(latex)} characters, more than the {MAX_LENGTH} that are read: split it")
    scanner = _Scanner(latex, whole)
    scanner.scan(len(latex))
    return _join_words(_pair_bars(scanner.finish()), words)


class _Scanner:
    def __init__(self, latex: str, whole: bool) -> None:
        self.latex = latex
        self.whole = whole
        self.position = 0
        self.tokens: list[Token | None] = []
        self.frames: list[_Frame] = []
        self.second_argument = -1  # number of tokens at which the second argument of a \frac begins
        self.prefix = -1  # where a size or font command stands that belongs to the next token

    def scan(self, end: int) -> None:
        while self.position < end:
            lexeme = _LEXEME.match(self.latex, self.position, end)
            assert lexeme is not None
            self.position = lexeme.end()
            self.lexeme(lexeme.lastgroup or "", lexeme.group(), lexeme.span())

    def finish(self) -> list[Token]:
        if self.frames and self.whole:
            frame = self.frames[-1]
            shown = quote(self.latex[frame.start : frame.start + 12])
            raise ReadError(f"what {shown} opens is never closed", (frame.start, frame.start + 1))
        return [token for token in self.tokens if token is not None]

    # Emitting

    def emit(self, kind: str, value: str, span: Span) -> None:
        if self.prefix >= 0:
            span, self.prefix = (self.prefix, span[1]), -1
        if kind in ("NAME", "NUM") and self.last() == "FRAC":
            self.second_argument = len(self.tokens) + 1
        if kind in ("REL", "ARROW") and self.frames:
            self.frames[-1].relation = True
        self.tokens.append(Token(kind, value, start_pos=span[0], end_pos=span[1]))

    def bad(self, reason: str, span: Span) -> None:
        self.emit("BAD", reason, span)

    def last(self) -> str:
        token = self.tokens[-1] if self.tokens else None
        return token.type if token is not None else ""

    def wants_argument(self) -> bool:
        return self.last() in ("SUB", "SUP", "FRAC", "ACCENT", "SUBSTACK") or self.second_argument == len(self.tokens)

    # Brackets

    def open(self, kind: str, token: str, value: str, span: Span, free: bool = False, label: bool = False) -> None:
        if len(self.frames) >= MAX_DEPTH:
            raise ReadError(f"more than {MAX_DEPTH} brackets inside one another: simplify the formula", span)
        self.frames.append(_Frame(kind, len(self.tokens), span[0], free, label=label))
        if token:
            self.emit(token, value, span)

    def close(self, kind: str, span: Span) -> None:
        if not self.frames and not self.whole and kind in _ENDS:
            return self.emit(_ENDS[kind], "{" if kind == "brace" else kind, span)
        if not self.frames or self.frames[-1].kind != kind:
            opened = f", where {quote(self.latex[self.frames[-1].start :], 12)} is open" if self.frames else ""
            raise ReadError(f"{quote(self.latex[span[0] : span[1]])} closes nothing here{opened}", span)
        frame = self.frames.pop()
        if frame.free and frame.relation:  # \boxed{A = B}: the box is transparent
            self.tokens[frame.index] = None
            if self.frames:
                self.frames[-1].relation = True
        elif kind != "align":
            first_argument = frame.index > 0 and getattr(self.tokens[frame.index - 1], "type", "") == "FRAC"
            if frame.label:
                self.skip_label()
                span = (span[0], self.position)
            self.emit(_ENDS[kind], "{" if kind == "brace" else kind, span)
            if first_argument and kind == "brace":
                self.second_argument = len(self.tokens)
        return None

    def outside(self) -> bool:
        """Whether the position is outside every bracket that matters to a separator."""
        return all(frame.free or frame.kind == "align" for frame in self.frames)

    def skip_space(self) -> None:
        space = _SPACE.match(self.latex, self.position)
        assert space is not None
        self.position = space.end()

    def skip_label(self) -> None:
        r"""Drops the label of an \underbrace or \overbrace."""
        self.skip_space()
        if self.latex[self.position : self.position + 1] in ("_", "^"):
            self.position += 1
            self.argument()

    def argument(self) -> Span:
        """Passes a TeX argument, a braced group or one character, and returns the span of its content."""
        self.skip_space()
        start = self.position
        if self.latex[start : start + 1] != "{":
            lexeme = _LEXEME.match(self.latex, start)
            self.position = lexeme.end() if lexeme else start
            return start, self.position
        depth = 0
        for brace in re.compile(r"\\.|[{}]", re.S).finditer(self.latex, start):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if depth == 0:
                self.position = brace.end()
                return start + 1, brace.start()
        raise ReadError("what `{` opens is never closed", (start, start + 1))

    # Lexemes

    def lexeme(self, kind: str, text: str, span: Span) -> None:
        if kind == "command":
            self.command(text[1:], span)
        elif kind == "number":
            self.number(text, span)
        elif kind == "letter":
            self.emit("NAME", text, span)
        elif kind == "other":
            self.character(text, span)

    def number(self, text: str, span: Span) -> None:
        if self.wants_argument() and len(text) > 1:  # x_12 is x_1 2, \frac12 is 1/2
            text, span = text[0], (span[0], span[0] + 1)
            self.position = span[1]
        if len(text) > MAX_DIGITS:
            raise ReadError(f"a number of {len(text)} digits: at most {MAX_DIGITS} are read", span)
        self.emit("NUM", text, span)

    def character(self, char: str, span: Span) -> None:
        match char:
            case "{":
                self.open("brace", "LBRACE", "{", span, free=not self.wants_argument())
            case "}":
                kind = self.frames[-1].kind if self.frames else ""
                self.close(kind if kind == "substack" else "brace", span)
            case "(" | "[":
                self.open(char, "OPEN", char, span)
            case ")" | "]":
                self.close(vocabulary.CLOSING[char], span)
            case "<" if self.last() == "LBRACE" and self.type_at(-2) == "SUP":
                self.open("langle", "OPEN", "langle", span)
            case ">" if self.frames and self.frames[-1].kind == "langle":
                self.close("langle", span)
            case ":" if self.latex[self.position : self.position + 1] == "=":
                self.position += 1
                self.emit("REL", ":=", (span[0], self.position))
            case "=" | "<" | ">":
                self.emit("REL", vocabulary.RELATIONS[char], span)
            case "+" | "-":
                self.sign(char, span)
            case "*" if self.last() == "SUP":
                self.emit("NAME", "ast", span)
            case "*" | "/":
                self.emit("OP", char, span)
            case "^" | "_":
                self.emit("SUP" if char == "^" else "SUB", char, span)
            case "'":
                self.emit("PRIME", char, span)
            case ",":
                self.emit("COMMA", char, span)
            case ".":
                self.emit("DOT", char, span)
            case "&":
                self.emit("AMP", char, span)
            case "|":
                self.emit("BAR", "|", span)
            case ";" | ":" if self.outside():
                self.emit("SEP", char, span)
            case _ if char.isascii():
                self.bad(f"{quote(char)} is not read in a formula: leave it out", span)
            case _:
                self.other_character(char, span)

    def sign(self, char: str, span: Span) -> None:
        if self.last() == "SUP":  # ∂^+ without braces
            self.emit("NAME", "plus" if char == "+" else "minus", span)
        elif (
            self.last() == "LBRACE"
            and self.type_at(-2) == "SUP"
            and self.latex[self.position : self.position + 1] == "}"
        ):
            self.emit("NAME", "plus" if char == "+" else "minus", span)
        else:
            self.emit("PLUS" if char == "+" else "MINUS", char, span)

    def type_at(self, index: int) -> str:
        token = self.tokens[index] if len(self.tokens) >= -index else None
        return token.type if token is not None else ""

    def other_character(self, char: str, span: Span) -> None:
        """A character outside ASCII: read as the command that it stands for."""
        for table, mark in ((vocabulary.SUPERSCRIPTS, "^"), (vocabulary.SUBSCRIPTS, "_")):
            if char in table:
                end = self.position
                while end < len(self.latex) and self.latex[end] in table:
                    end += 1
                plain = "".join(table[c] for c in self.latex[span[0] : end])
                self.position = end
                return self.spell(f"{mark}{{{plain}}}", (span[0], end))
        if char in vocabulary.COMBINING:
            return self.combining(char, span)
        if char in vocabulary.CHARACTERS:
            return self.spell(vocabulary.CHARACTERS[char], span)
        if char.isspace() or char in "\u200b\ufeff":
            return None
        parts = unicodedata.normalize("NFD", char)
        if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and parts[1] in vocabulary.COMBINING:
            self.emit("ACCENT", vocabulary.COMBINING[parts[1]], span)
            return self.emit("NAME", parts[0], span)
        plain = unicodedata.normalize("NFKC", char)
        if len(plain) == 1 and plain.isascii() and plain.isalpha():
            return self.emit("NAME", plain, span)
        if plain in vocabulary.CHARACTERS:
            return self.spell(vocabulary.CHARACTERS[plain], span)
        return self.bad(
            f"{quote(char)} (U+{ord(char):04X}) is not a sign that is read: write it as a LaTeX command", span
        )

    def combining(self, char: str, span: Span) -> None:
        token = self.tokens[-1] if self.tokens else None
        if token is None or token.type != "NAME":
            return self.bad("an accent over nothing", span)
        accent = Token("ACCENT", vocabulary.COMBINING[char], start_pos=token.start_pos, end_pos=token.end_pos)
        self.tokens.insert(len(self.tokens) - 1, accent)
        return None

    def spell(self, latex: str, span: Span) -> None:
        """Emits the lexemes of `latex`, all of them standing at `span`."""
        for lexeme in _LEXEME.finditer(latex):
            self.lexeme(lexeme.lastgroup or "", lexeme.group(), span)

    # Commands

    def command(self, name: str, span: Span) -> None:
        if name in vocabulary.NAMES:
            self.emit("NAME", vocabulary.NAMES[name], span)
        elif name in vocabulary.RELATIONS:
            self.emit("REL", vocabulary.RELATIONS[name], span)
        elif name in vocabulary.OPERATORS and name != "/":
            self.emit("OP", vocabulary.OPERATORS[name], span)
        elif name in vocabulary.SIZES:
            self.prefix = span[0]
        elif name in vocabulary.SPACES:
            pass
        elif name == "forall":
            self.emit("IF", "every", span)
        elif name in vocabulary.BREAKS:
            if self.outside():
                self.emit("SEP", name, span)
        elif name in vocabulary.ACCENTS:
            self.emit("ACCENT", vocabulary.ACCENTS[name], span)
        elif name in vocabulary.ARROWS:
            self.emit("REASON" if name == "because" else "ARROW", name, span)
        elif name in vocabulary.DOTS:
            self.emit("DOTS", name, span)
        elif name in vocabulary.WORD_FONTS or name in vocabulary.FACES:
            self.font(name, span)
        elif name in vocabulary.DROPPED_ARGUMENT:
            self.argument()
        elif name in vocabulary.TRANSPARENT:
            self.transparent(name, span)
        elif name in vocabulary.OPENING:
            kind = vocabulary.OPENING[name]
            self.emit("BAR", kind, span) if name == "|" else self.open(kind, "OPEN", kind, span)
        elif name in vocabulary.CLOSING:
            self.close(vocabulary.CLOSING[name], span)
        else:
            self.structure(name, span)

    def structure(self, name: str, span: Span) -> None:
        match name:
            case "frac" | "dfrac" | "tfrac" | "cfrac":
                self.emit("FRAC", name, span)
            case "sum" | "prod":
                self.emit("BIG", name, span)
            case "partial" | "nabla":
                self.emit(name.upper(), name, span)
            case "prime":
                if self.last() == "SUP":  # ^\prime
                    self.tokens.pop()
                self.emit("PRIME", "'", span)
            case "vert" | "mid" | "Vert":
                self.emit("BAR", vocabulary.BARS[name], span)
            case "left" | "right":
                self.delimiter(name, span)
            case "\\" | "newline" | "cr":
                gap = _LINE_GAP.match(self.latex, self.position)
                self.position = gap.end() if gap else self.position
                self.emit("NEWLINE", name, span)
            case "begin" | "end":
                self.environment(name, span)
            case "substack":
                self.emit("SUBSTACK", name, span)
                self.skip_space()
                if self.latex[self.position : self.position + 1] == "{":
                    self.position += 1
                    self.open("substack", "LBRACE", "{", (self.position - 1, self.position))
            case "overset" | "stackrel":
                self.over(span)
            case "textcolor":
                self.prefix = span[0]
                self.argument()
            case "not":
                self.negated(span)
            case "lt" | "gt":
                self.emit("REL", name, span)
            case "cfrac" | "over" | "atop" | "choose":
                self.bad(f"`\\{name}` is not read: write \\frac{{…}}{{…}}", span)
            case _:
                self.bad(f"the command {quote(chr(92) + name)} is not read: write it otherwise or leave it out", span)

    def over(self, span: Span) -> None:
        r"""\overset{…}{=}: the relation below, which `def` above turns into a definition."""
        above = self.latex[slice(*self.argument())]
        below = self.latex[slice(*self.argument())].strip()
        place = (span[0], self.position)
        if below in ("=", r"\equiv"):
            defined = "def" in above or "triangle" in above
            self.emit("REL", ":=" if defined else vocabulary.RELATIONS[below.lstrip("\\")], place)
        else:
            self.bad(r"\overset is read over = alone", place)

    def negated(self, span: Span) -> None:
        self.skip_space()
        if self.latex[self.position : self.position + 1] == "=":
            self.position += 1
            self.emit("REL", "ne", (span[0], self.position))
        else:
            self.bad(r"\not is read before = alone", span)

    def font(self, name: str, span: Span) -> None:
        word = _WORD.match(self.latex, self.position)
        if name in ("mathbb", "mathbf", "mathds") and word and word[1] == "1":
            self.position = word.end()
            self.emit("NAME", "one", (span[0], word.end()))
        elif name.startswith("text") or name == "mbox":
            content = self.argument()
            end = self.position
            self.text(content, (span[0], end))
            self.position = end
        elif word and word[1] != "1" and (name in vocabulary.WORD_FONTS or len(word[1]) == 1):
            self.position = word.end()
            self.emit("NAME", word[1], (span[0], word.end()))
        else:
            self.prefix = span[0]

    def text(self, content: Span, whole: Span) -> None:
        """Words inside a formula; what stands between dollars in them is a formula again."""
        start, end = content
        for number, piece in enumerate(self.latex[start:end].split("$")):
            self.position = start
            start += len(piece) + 1
            if number % 2:
                self.scan(start - 1)
            else:
                self.words(" ".join(piece.replace("~", " ").split()), whole)

    def words(self, text: str, span: Span) -> None:
        plain = text.strip(" ,;:.").lower()
        if not plain or _EQUATION_NUMBER.fullmatch(text):
            if plain:
                self.emit("TEXT", text, span)
        elif _EVERY.fullmatch(plain):
            self.emit("IF", "every", span)
        elif plain in vocabulary.OTHERWISE_WORDS:
            self.emit("OTHERWISE", text, span)
        elif plain in vocabulary.REASON_WORDS:
            self.emit("REASON", text, span)
        elif plain in vocabulary.CONDITION_WORDS:
            self.emit("IF", text, span)
        elif plain == "and":
            self.emit("AND", text, span)
        elif plain in vocabulary.CONCLUSION_WORDS:
            self.emit("ARROW", text, span)
        elif text.isascii() and text.isalpha():
            self.emit("NAME", text, span)
        elif text.isascii() and text.isdigit():
            self.number(text, span)
        elif plain.split()[0] in ("if", "when", "unless", "except", "only", "provided", "for"):
            self.bad(f"a condition in words, {quote(text)}: write it as a formula, \\text{{if }} t = 1", span)
        else:
            self.emit("TEXT", text, span)

    def transparent(self, name: str, span: Span) -> None:
        self.skip_space()
        if self.latex[self.position : self.position + 1] != "{":
            return self.bad(f"`\\{name}` without braces", span)
        self.position += 1
        return self.open("brace", "LBRACE", "{", (span[0], self.position), free=True, label=name in vocabulary.LABELLED)

    def delimiter(self, side: str, span: Span) -> None:
        broken = _BROKEN_BRACKET.match(self.latex, self.position) if side == "right" else None
        if broken and self.frames and self.frames[-1].kind not in ("null", "brace"):
            self.position = broken.end()  # \left( … \right. \\ \left. … \right): one bracket over two lines
            return
        match = _DELIMITER.match(self.latex, self.position)
        if match is None:
            return self.bad(f"`\\{side}` without a bracket", span)
        self.position = match.end()
        place, text = (span[0], match.end()), match[1].lstrip("\\")
        if match[1] in (".", "|", r"\vert", r"\|", r"\Vert", "/"):
            kind = vocabulary.BARS.get(match[1] if match[1] == r"\|" else text, "null")
            if side == "left":
                self.open(kind, "LNULL" if kind == "null" else "OPEN", kind, place)
            elif kind == "|" and self.frames and self.frames[-1].kind == "null":
                self.close("null", place)
            else:
                self.close(kind if kind != "null" else "\\right.", place)
        elif side == "left" and text in vocabulary.OPENING:
            self.open(vocabulary.OPENING[text], "OPEN", vocabulary.OPENING[text], place)
        elif side == "right" and text in vocabulary.CLOSING:
            if text == "rvert" and self.frames and self.frames[-1].kind == "null":
                self.close("null", place)
            else:
                self.close(vocabulary.CLOSING[text], place)
        else:
            raise ReadError(f"{quote(self.latex[place[0] : place[1]])} is no bracket that is read", place)

    def environment(self, side: str, span: Span) -> None:
        match = _ENVIRONMENT.match(self.latex, self.position)
        name = match[1] if match else ""
        if match:
            self.position = match.end()
        place = (span[0], self.position)
        kinds = {"cases": ("cases", "CASES"), "rcases": ("cases", "CASES"), "dcases": ("cases", "CASES")}
        kinds |= dict.fromkeys(vocabulary.MATRICES, ("matrix", "MATRIX"))
        kinds |= dict.fromkeys(vocabulary.ALIGNMENTS, ("align", ""))
        if name not in kinds:
            raise ReadError(
                f"the environment {quote(name)} is not read: write its formulas in blocks of their own", place
            )
        kind, token = kinds[name]
        if side == "end":
            return self.close(kind, place)
        if name in ("array", "alignedat"):
            self.argument()
        return self.open(kind, token, name, place)


def _pair_bars(tokens: list[Token]) -> list[Token]:
    """Plain bars: one that stands before a subscript while none is open is an evaluation bar; the others pair up."""
    opened: list[list[str]] = [[]]
    paired = []
    for index, token in enumerate(tokens):
        if token.type in ("OPEN", "LBRACE", "LNULL", "MATRIX", "CASES"):
            opened.append([])
        elif token.type in ("CLOSE", "RBRACE", "REVAL", "ENDMATRIX", "ENDCASES") and len(opened) > 1:
            opened.pop()
        elif token.type == "BAR":
            following = tokens[index + 1].type if index + 1 < len(tokens) else ""
            if opened[-1] and opened[-1][-1] == token.value:
                kind = "CLOSE"
                opened[-1].pop()
            elif following == "SUB" and token.value == "|":
                kind = "EVAL"
            else:
                kind = "OPEN"
                opened[-1].append(token.value)
            token = Token(kind, token.value, start_pos=token.start_pos, end_pos=token.end_pos)
        paired.append(token)
    return paired


def _join_words(tokens: list[Token], words: Words) -> list[Token]:
    """The legend's names of several letters as one NAME each, however they are spelled, their own letter as a subscript:
    `net y`, `net_y` and `\\text{net}y` are all NAME(net) SUB NAME(y)."""
    spelled = sorted({word for word, _ in words if len(word) > 1}, key=len, reverse=True)
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "NAME" and len(token) == 1:
            for word in spelled:
                letters = tokens[index : index + len(word)]
                if "".join(letters) == word and all(
                    x.type == "NAME" and x.end_pos == y.start_pos for x, y in zip(letters, letters[1:], strict=False)
                ):
                    token = Token("NAME", word, start_pos=token.start_pos, end_pos=letters[-1].end_pos)
                    index += len(word) - 1
                    break
        joined.append(token)
        index += 1
        follows = tokens[index] if index < len(tokens) else None
        if (
            token.type == "NAME"
            and follows is not None
            and follows.type == "NAME"
            and (str(token), str(follows)) in words
        ):
            joined.append(Token("SUB", "_", start_pos=follows.start_pos, end_pos=follows.start_pos))
    return joined
