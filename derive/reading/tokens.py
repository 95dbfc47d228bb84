r"""LaTeX -> tokens for the grammar: fonts, sizes and spacing dropped, brackets paired, names spelled out.

Anything that is not understood becomes a BAD token that carries its reason, so that only the statement around it is
lost. Whatever makes the whole block unreadable (its length, its nesting, brackets that do not pair) raises ReadError.

Of the grammar: NAME NUM PLUS MINUS OP REL SUB SUP PRIME ACCENT FRAC BIG PARTIAL NABLA COMMA; OPEN and CLOSE, whose
value is the kind of bracket; LBRACE and RBRACE, which are invisible; LNULL and REVAL for \left. … \right|, EVAL for a
plain bar before a subscript; MATRIX CASES with their ENDs, SUBSTACK, AMP, NEWLINE, IF, OTHERWISE, AND. Around formulas:
SEP (separates statements), ARROW (⇒, ∴), REASON (since, where), TEXT (a remark), DOTS, DOT, BAD.
"""

from __future__ import annotations

from itertools import pairwise

from lark import Token

from derive.reading.characters import read_character
from derive.reading.definitions import MAX_LENGTH, NO_MACROS, Macros, expanded
from derive.reading.errors import ReadError
from derive.reading.macros import read_command
from derive.reading.scanner import Scanner
from derive.reading.systems import without_systems
from derive.reading.vocabulary import DEPTH, PLAIN_FUNCTIONS

Words = frozenset[tuple[str, str]]  # names of several letters: (word, the letter below it or ''), say ('net', 'y')


def tokenize(latex: str, words: Words = frozenset(), whole: bool = True, macros: Macros = NO_MACROS) -> list[Token]:
    """The tokens of a block, their offsets into `latex`; `words` are the legend's names of several letters, `macros`
    the commands that the page defines.

    Where `latex` is not `whole`, but a piece of a formula, its brackets need not pair.
    Raises ReadError where the block as a whole cannot be read: its length, its nesting, a bracket without a partner.
    """
    if len(latex) > MAX_LENGTH:
        raise ReadError(f"a block of {len(latex)} characters: at most {MAX_LENGTH} are read, so split it")
    source = expanded(latex, macros)
    scanner = Scanner(source.text, whole, read_character, read_command, source.refused)
    try:
        scanner.scan(len(source.text))
        tokens = _join_words(_bare_primes(_pair_bars(without_systems(scanner.finish()))), words)
    except ReadError as error:
        raise ReadError(error.message, error.span and source.place(error.span)) from None
    return source.tokens(tokens)


def _pair_bars(tokens: list[Token]) -> list[Token]:
    """Plain bars: one before a subscript, while none is open, is an evaluation bar; the others pair up."""
    opened: list[list[str]] = [[]]
    paired = []
    for token, follows in pairwise([*tokens, Token("$END", "")]):
        change = DEPTH.get(token.type, 0)
        if change > 0:
            opened.append([])
        elif change < 0 and len(opened) > 1:
            opened.pop()
        elif token.type == "BAR":
            if opened[-1] and opened[-1][-1] == token.value:
                kind = "CLOSE"
                opened[-1].pop()
            elif follows.type == "SUB" and token.value == "|":
                kind = "EVAL"
            else:
                kind = "OPEN"
                opened[-1].append(token.value)
            token = Token(kind, token.value, start_pos=token.start_pos, end_pos=token.end_pos)
        paired.append(token)
    return paired


def _bare_primes(tokens: list[Token]) -> list[Token]:
    r"""a^{\prime} as a'."""
    bare: list[Token] = []
    for token in tokens:
        bare.append(token)
        first = len(bare) - 1
        while token.type == "RBRACE" and bare[first - 1].type == "PRIME":
            first -= 1
        if first < len(bare) - 1 and [t.type for t in bare[first - 2 : first]] == ["SUP", "LBRACE"]:
            bare[first - 2 :] = bare[first:-1]
    return bare


def _join_words(tokens: list[Token], words: Words) -> list[Token]:
    r"""The legend's names of several letters as one NAME each, with the letter that belongs to it as a subscript.

    `net y`, `net_y` and `\text{net}y` all become NAME(net) SUB NAME(y). So do the letters of tanh(z).
    """
    spelled = sorted({word for word, _ in words if len(word) > 1} | PLAIN_FUNCTIONS, key=len, reverse=True)
    named = {word for word, _ in words}
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "NAME" and len(token) == 1:
            for word in spelled:
                letters = tokens[index : index + len(word)] if word[0] == token else []
                if "".join(letters) != word or any(x.end_pos != y.start_pos for x, y in pairwise(letters)):
                    continue
                after = tokens[index + len(word)].type if index + len(word) < len(tokens) else ""
                if word in named or after in ("OPEN", "SUP", "PRIME"):
                    token = Token("NAME", word, start_pos=token.start_pos, end_pos=letters[-1].end_pos)
                    index += len(word) - 1
                    break
        joined.append(token)
        index += 1
        follows = tokens[index] if index < len(tokens) else token
        if token.type == follows.type == "NAME" and follows is not token and (str(token), str(follows)) in words:
            joined.append(Token("SUB", "_", start_pos=follows.start_pos, end_pos=follows.start_pos))
    return joined
