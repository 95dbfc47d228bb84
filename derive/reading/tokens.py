r"""LaTeX -> tokens for the grammar: fonts noted, sizes and spacing dropped, brackets paired, names spelled out.

Anything that is not understood becomes a BAD token that carries its reason, so that only the statement around it is
lost. Whatever makes the whole block unreadable (its length, its nesting, brackets that do not pair) raises ReadError.

Of the grammar: NAME NUM PLUS MINUS OP REL SUB SUP PRIME ACCENT FRAC SQRT BIG PARTIAL NABLA DOTS COMMA COLON; NEG, a
sign where a factor is expected; OPEN and CLOSE, whose value is the kind of bracket; LBRACE and RBRACE, which are
invisible; EMPTY, the empty braces of {}_S w; LNULL and REVAL for \left. … \right|, EVAL for a plain bar before a
subscript; MATRIX CASES with their ENDs, SUBSTACK, AMP, NEWLINE, IF, OTHERWISE, AND. Around formulas: SEP (separates
statements), ARROW (⇒, ∴), REASON (since, where), TEXT (words), LABEL (the number of a formula), DOT, BAD.
"""

from __future__ import annotations

from itertools import pairwise

from lark import Token

from derive.reading.array_sums import with_array_sums
from derive.reading.characters import read_character
from derive.reading.definitions import MAX_LENGTH, NO_MACROS, Macros, Source, expanded
from derive.reading.errors import ReadError
from derive.reading.joining import Words, join_words
from derive.reading.lexeme import changed, lexeme
from derive.reading.macros import read_command
from derive.reading.scanner import Scanner
from derive.reading.systems import FREE, without_systems
from derive.reading.vocabulary import DEPTH

__all__ = ["Words", "tokenize"]


def tokenize(
    latex: str,
    words: Words = frozenset(),
    whole: bool = True,
    macros: Macros = NO_MACROS,
    names: frozenset[str] = frozenset(),
) -> list[Token]:
    """The tokens of a block, their offsets into `latex`; `words` are the legend's names of several letters, `names`
    those of the page, `macros` the commands that the page defines.

    Where `latex` is not `whole`, but a piece of a formula, its brackets need not pair.
    Raises ReadError where the block as a whole cannot be read: its length, its nesting, a bracket without a partner.
    """
    if len(latex) > MAX_LENGTH:
        raise ReadError(f"a block of {len(latex)} characters: at most {MAX_LENGTH} are read, so split it")
    source = expanded(latex, macros)
    try:
        tokens = with_array_sums(_without_empty_lines(_with_left_scripts(_scanned(source, whole))))
        tokens = _bare_primes(_pair_bars(without_systems(tokens)))
        tokens = _negated(join_words(tokens, words, names))
    except ReadError as error:
        raise ReadError(error.message, error.span and source.place(error.span)) from None
    return source.tokens(tokens)


def _scanned(source: Source, whole: bool) -> list[Token]:
    """The tokens as they stand, and after them, as notes, the equalities in labels of underbraces."""
    scanner = Scanner(source.text, whole, read_character, read_command, source.refused)
    scanner.scan(len(source.text))
    tokens = scanner.finish()
    for body, (start, end) in scanner.labels:
        label = Scanner(source.text, True, read_character, read_command, source.refused)
        label.position = start
        label.scan(end)
        written = label.finish()
        if any(token.type == "REL" for token in written):
            reason = lexeme("REASON", "underbrace", (start, start))
            tokens = [*tokens, reason, *(body if written[0].type == "REL" else []), *written]
    return tokens


def _without_empty_lines(tokens: list[Token]) -> list[Token]:
    """Without the line breaks that follow another, or the beginning of cases or a matrix."""
    breaks = ("NEWLINE", "CASES", "MATRIX")
    twice = [y.type == "NEWLINE" and x.type in breaks for x, y in pairwise(tokens)]
    return [token for token, again in zip(tokens, [False, *twice], strict=False) if not again]


def _with_left_scripts(tokens: list[Token]) -> list[Token]:
    """Empty braces go, or are EMPTY where a script on them belongs to what follows: {}_S w, but h{}_t is h_t."""
    kept: list[Token] = []
    for index, token in enumerate(tokens):
        previous = tokens[index - 1] if index else None
        if token.type == "LBRACE" and token == FREE and _type(tokens, index + 1) == "RBRACE":
            touches = previous is not None and previous.end_pos == token.start_pos and previous != "d"  # d{}_T w
            if _type(tokens, index + 2) in ("SUB", "SUP") and not touches:
                kept.append(changed(token, "EMPTY"))
        elif not (token.type == "RBRACE" and previous is not None and previous.type == "LBRACE" and previous == FREE):
            kept.append(token)
    return kept


def _type(tokens: list[Token], index: int) -> str:
    return tokens[index].type if index < len(tokens) else ""


def _pair_bars(tokens: list[Token]) -> list[Token]:
    """Plain bars: one before a subscript, while none is open, is an evaluation bar; the others pair up, two that touch
    as the bars of a norm."""
    opened: list[list[str]] = [[]]
    waiting: list[int] = [-1]  # at each level, where in `paired` the last bar that opened stands
    paired: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        change = DEPTH.get(token.type, 0)
        if change > 0:
            opened.append([])
            waiting.append(-1)
        elif change < 0 and len(opened) > 1:
            if opened.pop() == ["|"] and token.type == "CLOSE":  # p(y | x)
                paired[waiting[-1]] = changed(paired[waiting[-1]], "COMMA")
            waiting.pop()
        elif token.type == "BAR":
            last = opened[-1][-1] if opened[-1] else ""
            if token == "|" and last != "|" and _touching(tokens, index):
                index += 1
                token = changed(token, value="||", span=(token.start_pos or 0, tokens[index].end_pos or 0))
            if last == token:
                token = changed(token, "CLOSE")
                opened[-1].pop()
            elif _type(tokens, index + 1) == "SUB" and token == "|":
                token = changed(token, "EVAL")
            else:
                token = changed(token, "OPEN")
                opened[-1].append(str(token))
                waiting[-1] = len(paired)
        paired.append(token)
        index += 1
    return paired


def _touching(tokens: list[Token], index: int) -> bool:
    """Whether another plain bar stands directly after the one at `index`."""
    follows = tokens[index + 1] if index + 1 < len(tokens) else None
    return (
        follows is not None and follows.type == "BAR" and follows == "|" and follows.start_pos == tokens[index].end_pos
    )


def _bare_primes(tokens: list[Token]) -> list[Token]:
    r"""a^{\prime} as a', each prime in the place of all of it: a side that ends with it is whole."""
    bare: list[Token] = []
    for token in tokens:
        bare.append(token)
        first = len(bare) - 1
        while token.type == "RBRACE" and bare[first - 1].type == "PRIME":
            first -= 1
        if first < len(bare) - 1 and [t.type for t in bare[first - 2 : first]] == ["SUP", "LBRACE"]:
            whole = bare[first - 2].start_pos or 0, token.end_pos or 0
            bare[first - 2 :] = [changed(prime, span=whole) for prime in bare[first:-1]]
    return bare


def _negated(tokens: list[Token]) -> list[Token]:
    r"""A sign where a factor is expected, after \cdot or a \sum with its bounds: NEG, or nothing for a plus."""
    signs = {_after_bounds(tokens, index + 1) for index, token in enumerate(tokens) if token.type == "BIG"}
    signs |= {index + 1 for index, token in enumerate(tokens) if token.type == "OP" and token != "/"}
    kept: list[Token] = []
    for index, token in enumerate(tokens):
        if index not in signs or token.type not in ("PLUS", "MINUS"):
            kept.append(token)
        elif token.type == "MINUS":
            kept.append(changed(token, "NEG"))
    return kept


def _after_bounds(tokens: list[Token], index: int) -> int:
    r"""The index of the token after the scripts that begin at `index`."""
    while _type(tokens, index) in ("SUB", "SUP"):
        depth, index = 0, index + 1
        while index < len(tokens):
            depth += DEPTH.get(tokens[index].type, 0)
            index += 1
            if depth <= 0:
                break
    return index
