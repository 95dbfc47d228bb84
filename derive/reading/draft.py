r"""A legend to fill in, from a page: every symbol found, with what its use suggests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lark import Token

from derive.plural import counted
from derive.reading.definitions import defined
from derive.reading.document import Document
from derive.reading.errors import ReadError
from derive.reading.legend import Entry, Legend
from derive.reading.statements import read_statements
from derive.reading.tokens import Words, tokenize
from derive.reading.tree import (
    NOWHERE,
    Big,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Symbol,
    inside,
)
from derive.reading.vocabulary import DEPTH, GREEK, INDEX_LETTERS, NAMES

_FUNCTIONS = (frozenset(NAMES) - GREEK) | {"diag", "relu", "sigmoid", "softmax", "one", "e", "d", "Delta", "T", "plus"}
_TRANSPOSES = (Symbol(NOWHERE, "T"), Symbol(NOWHERE, "top"))
_RATES = frozenset(["eta", "alpha", "lambda", "mu", "epsilon"])

_HEADER = """\
# A legend to fill in: for each symbol, what it means in the network. The built-in Elman network has
#   x, target, net_a, a, net_y, y, L (the loss of one step), loss (their sum), W_aa, W_ax, b_a, W_ya, b_y, eta;
# the sizes are H (hidden units), V (letters) and T (steps). Roles and the rest are guesses from how the page uses the
# symbol: correct them, and take out what is no symbol. A network of your own goes into a table [network], as a list
# of its equations.

title = ""
notation = "{notation}"  # "scalar", "vector" or "component"
layout = "column"
network = "elman"

[symbols]
"""


@dataclass
class _Use:
    """How a page uses a symbol."""

    line: int
    count: int = 0
    indexed: bool = False
    differentiated: bool = False
    variable: bool = False
    bound: bool = False
    upper: bool = False


def draft_legend(document: Document) -> str:
    """A TOML legend to fill in: it loads once every `means` is given. What cannot be read is passed over."""
    words = _spelled_words(document)
    reader = _Uses()
    spelled = tuple(Entry(f"{word}_{letter}" if letter else word, word, "value") for word, letter in sorted(words))
    for reading in read_statements(document.blocks, Legend("", entries=spelled)):
        for statement in reading.statements:
            for side in statement.sides:
                if side.block == reading.block.number:
                    reader.line = reading.block.line + reading.block.latex.count("\n", 0, side.span[0])
                    reader.walk(side.node)
            if statement.condition is not None:
                reader.walk(statement.condition)
    marks = any(mark in block.latex for block in document.blocks for mark in (r"\odot", r"\top", "⊙", "ᵀ"))
    vector = reader.transposed or marks
    lines = [_entry(spelling, use) for spelling, use in reader.uses.items()]
    return _HEADER.format(notation="vector" if vector else "scalar") + "\n".join(lines) + "\n"


def _spelled_words(document: Document) -> Words:
    r"""Names of several letters, from where the page sets them as words: \text{net}y."""
    words = set()
    for block in document.blocks:
        try:
            tokens = tokenize(block.latex, macros=defined(block.latex, block.macros))
        except ReadError:
            continue
        depth, before, scripts = 0, "", list[int]()  # the depths at which the braces of scripts are open
        for token, follows in pairwise([*tokens, Token("$END", "")]):
            raised, before = before in ("SUB", "SUP"), token.type
            change = DEPTH.get(token.type, 0)
            if change > 0 and raised:
                scripts.append(depth)
            depth += change
            if change < 0 and scripts and scripts[-1] == depth:
                scripts.pop()
            if raised or scripts:
                continue
            if token.type == "NAME" and len(token) > 1 and token not in NAMES and token not in _FUNCTIONS:
                letter = str(follows) if follows.type == "NAME" and len(follows) == 1 else ""
                words.add((str(token), letter))
    return frozenset(words)


class _Uses:
    """Collects the uses of symbols from trees."""

    def __init__(self) -> None:
        self.uses: dict[str, _Use] = {}
        self.line = 0
        self.transposed = False

    def walk(self, node: Node | None, variable: bool = False, differentiated: bool = False) -> None:
        match node:
            case None | Number():
                pass
            case Symbol() | Script():
                self.symbol(node, False, variable, differentiated)
            case Product():
                for factor, following in zip(node.factors, [*node.factors[1:], None], strict=True):
                    indexed = isinstance(following, Group) and _is_index(following.body)
                    if isinstance(factor, Symbol | Script):
                        self.symbol(factor, indexed, variable, differentiated)
                    else:
                        self.walk(factor)
            case Partial() | Nabla():
                self.walk(node.of, differentiated=True)
                self.walk(node.wrt, variable=True)
            case Big():
                self.bound(node.lower)
                self.walk(node.upper)
                if isinstance(node.upper, Symbol):
                    self.use(_spelling(node.upper, None)).upper = True
            case _:
                for child in inside(node):
                    self.walk(child)

    def bound(self, node: Node | None) -> None:
        """The index that a \\sum or a \\prod binds."""
        if isinstance(node, Symbol):
            self.use(_spelling(node, None)).bound = True
        elif isinstance(node, Relation):
            self.bound(node.left)
            self.walk(node.right)
        else:
            for child in inside(node) if node is not None else ():
                self.bound(child)

    def symbol(self, node: Symbol | Script, indexed: bool, variable: bool, differentiated: bool) -> None:
        base = node.base if isinstance(node, Script) else node
        sub = node.sub if isinstance(node, Script) else None
        sup = node.sup if isinstance(node, Script) else None
        if sup in _TRANSPOSES:
            self.transposed, sup = True, None
        if not isinstance(base, Symbol):
            for child in (base, sub, sup):
                self.walk(child)
            return
        if sub is not None and _is_index(sub):
            indexed, sub = True, None
        if isinstance(sup, Group) and _is_index(sup.body):
            indexed = True
        else:
            self.walk(sup)
        for index in _letters(node):
            if index in INDEX_LETTERS:
                self.use("\\" + index if index in GREEK else index)
        if base.name in _FUNCTIONS:
            return
        use = self.use(_spelling(base, sub))
        use.indexed |= indexed
        use.variable |= variable
        use.differentiated |= differentiated

    def use(self, spelling: str) -> _Use:
        use = self.uses.setdefault(spelling, _Use(self.line))
        use.count += 1
        return use


def _entry(spelling: str, use: _Use) -> str:
    name = spelling.lstrip("\\")
    seen = f"first in line {use.line}, {counted(use.count, 'time')}"
    if use.bound or (name in INDEX_LETTERS and not use.indexed and not use.variable):
        return f"'{spelling}' = {{ role = \"index\" }}  # {seen}"
    if use.upper:
        return f"'{spelling}' = {{ role = \"size\" }}  # {seen}"
    if name in _RATES and not (use.indexed or use.variable):
        return f"'{spelling}' = {{ role = \"rate\" }}  # {seen}"
    if use.variable and not use.indexed:
        return f'\'{spelling}\' = {{ means = "", role = "parameter", shape = [] }}  # {seen}; differentiated by'
    if use.differentiated and name in ("L", "J", "E", "C", "ell", "loss"):
        at_time = ', at_time = "L"' if use.indexed else ""
        return f'\'{spelling}\' = {{ means = "", role = "total_loss", shape = []{at_time} }}  # {seen}; differentiated'
    role = "input" if name == "x" else "value"
    hint = "; the target, or the prediction?" if name.startswith(("hat", "tilde", "bar")) else ""
    hint = "; leave it out if the page defines it" if name.startswith("delta") else hint
    time = ", time = true" if use.indexed else ""
    return f'\'{spelling}\' = {{ means = "", role = "{role}", shape = []{time} }}  # {seen}{hint}'


def _spelling(symbol: Symbol, sub: Node | None) -> str:
    name = "\\" + symbol.name if symbol.name in GREEK or symbol.name == "ell" else symbol.name
    name = f"\\{symbol.accent}{{{name}}}" if symbol.accent else name
    letters = "".join(_letters_of(sub)) if sub is not None else ""
    return f"{name}_{{{letters}}}" if len(letters) > 1 else f"{name}_{letters}" if letters else name


def _letters_of(node: Node) -> Iterator[str]:
    """The names and numbers of a subscript, as they are spelled."""
    if isinstance(node, Symbol):
        word = len(node.name) > 1 and node.name not in GREEK
        yield f"\\text{{{node.name}}}" if word else _spelling(node, None) + (" " if node.name in GREEK else "")
    elif isinstance(node, Number):
        yield str(node.value)
    for child in inside(node):
        yield from _letters_of(child)


def _letters(node: Node) -> Iterator[str]:
    """The names of the symbols in the scripts of a node."""
    for child in inside(node):
        if isinstance(child, Symbol) and not (isinstance(node, Script) and child is node.base):
            yield child.name
        yield from _letters(child)


def _is_index(node: Node) -> bool:
    """Whether this can only be an index: t, 3, t - 1, i, j."""
    if isinstance(node, Symbol):
        return node.name in INDEX_LETTERS or node.name == "T"
    return isinstance(node, Number) or (bool(inside(node)) and all(map(_is_index, inside(node))))
