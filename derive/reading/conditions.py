r"""Conditions of a statement: `i = j`, `1 \le k \le t`, `t = 1, \ldots, T`, `\text{for all } t`."""

from __future__ import annotations

from lark import Token

from derive.reading.assembly import over
from derive.reading.errors import ReadError
from derive.reading.lexeme import changed, lexeme
from derive.reading.parser import parse_tokens, split
from derive.reading.prose import diagonal, is_range
from derive.reading.ranges import as_condition
from derive.reading.tree import Node, Relation, Script, Sequence, Symbol, Words, walk
from derive.reading.vocabulary import DEPTH

INEQUALITIES = frozenset(["ne", "lt", "le", "gt", "ge"])
COMPARISONS = INEQUALITIES | {"=", "in"}
_ALWAYS = frozenset(["i", "j", "k", "l", "m", "n", "t", "tau"])  # letters that are indices whatever the page does
_OFTEN = frozenset(["p", "q", "r", "s"])  # where they stand in a script, and carry none


def index_letters(formulas: list[list[Token]]) -> frozenset[str]:
    """The letters that are indices of a page: the usual ones, those that a sum binds, those of scripts alone."""
    bound, lowered, carrying = set[str](), set[str](), set[str]()
    for tokens in formulas:
        depth, scripts = 0, list[int]()
        for index, token in enumerate(tokens):
            before = tokens[index - 1].type if index else ""
            follows = tokens[index + 1].type if index + 1 < len(tokens) else ""
            depth += DEPTH.get(token.type, 0)
            if token.type == "LBRACE" and before in ("SUB", "SUP"):
                scripts.append(depth)
            elif scripts and depth < scripts[-1]:
                scripts.pop()
            if token.type != "NAME":
                continue
            if follows in ("SUB", "SUP"):
                carrying.add(str(token))
            elif scripts or before == "SUB":
                lowered.add(str(token))
            at = index - 2 if before == "LBRACE" else index - 1
            if at > 0 and tokens[at].type == "SUB" and tokens[at - 1].type == "BIG":
                bound.add(str(token))
    return _ALWAYS | bound | (_OFTEN & lowered - carrying)


def is_condition(tokens: list[Token], indices: frozenset[str]) -> bool:
    r"""Whether a piece with a relation speaks of an index alone, as `t = 1`, `i \ne j` or `1 \le k \le t` do."""
    sides, signs = split(tokens, frozenset(["REL"]))
    if not signs or not sides[0] or not all(sign in COMPARISONS for sign in signs):
        return False
    first = [token for token in sides[0] if token.type != "COMMA"]
    if first and all(token.type == "NAME" and token in indices for token in first):
        return len(first) == 1 or len(first) < len(sides[0])
    plain = all(token.type in ("NUM", "PLUS", "MINUS") or token in indices for side in sides[:2] for token in side)
    return plain and any(token in indices for side in sides[:2] for token in side)


def read_condition(tokens: list[Token]) -> Node | None:
    """The tree of a condition: a Relation or a Sequence of them; None where it restricts nothing. Raises ReadError."""
    relations: list[Node] = []
    for part in split(tokens, frozenset(["AND"]))[0]:
        if part:
            tree = parse_tokens(_ranges(part), over(part[0], part[-1]))
            items = tree.items if isinstance(tree, Sequence) else (tree,)
            if all(isinstance(item, Symbol) for item in items):  # \text{for all } t
                continue
            if not any(isinstance(item, Relation) for item in items):
                raise ReadError("a condition without a relation: write it as t = 1 or t < T", tree.span)
            tree = as_condition(tree)
            relations += tree.items if isinstance(tree, Sequence) else [tree]
    if len(relations) > 1:
        return Sequence(over(relations[0], relations[-1]), tuple(relations))
    return relations[0] if relations else None


def worded(words: Words, head: Node, indices: frozenset[str]) -> Node:
    r"""What words make of a case: i = j of `diagonal entry` beside \partial s_i / \partial z_j; else the words."""
    scripts = [s for n in walk(head) if isinstance(n, Script) for s in (n.sub, n.sup) if s is not None]
    symbols = [part for script in scripts for part in walk(script) if isinstance(part, Symbol)]
    letters = {symbol.name: symbol for symbol in symbols if symbol.name in indices}
    if not (operator := diagonal(words.text)) or len(letters) != 2:
        return words
    first, second = letters.values()
    return Relation(words.span, first, operator, second)


def _ranges(tokens: list[Token]) -> list[Token]:
    r"""The tokens of a condition with commas around its dots; t from 1 to T as t = 1, …, T."""
    ranged: list[Token] = []
    for token in tokens:
        if token.type == "TEXT" and token == "from":
            token = changed(token, "REL", "=")
        elif token.type == "TEXT" and is_range(str(token)):
            token = changed(token, "DOTS", "ldots")
        last = ranged[-1].type if ranged else ""
        if (token.type == "DOTS" and last not in ("", "COMMA", "OPEN")) or (
            last == "DOTS" and token.type not in ("COMMA", "CLOSE")
        ):
            place = token.start_pos or 0
            ranged.append(lexeme("COMMA", ",", (place, place)))
        ranged.append(token)
    return ranged
