r"""Commands that a page defines itself, \newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}, and their expansion.

They are expanded before a block is cut into tokens. What stands in an argument keeps its own place in the block, the
rest has the place of the use. Optional arguments and delimited parameters are not read: a use of them is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from lark import Token

from derive.reading.errors import ReadError
from derive.reading.lexeme import changed
from derive.reading.tree import Span

MAX_LENGTH = 20_000  # characters of a block, also after the expansion
MAX_USES = 2_000  # expansions in a block
MAX_MACROS = 1_000  # of a page
MAX_DEFAULT = 200  # characters of an optional argument's default
MAX_NESTED = 20  # definitions inside one another

DEFINING = ("newcommand", "renewcommand", "providecommand", "DeclareMathOperator", "def")

_DEFINES = re.compile(rf"\\({'|'.join(DEFINING)})(?![A-Za-z])\*?\s*", re.A)
_NAME = re.compile(r"(?:\{\s*\\([A-Za-z]+)\s*\}|\\([A-Za-z]+))\s*", re.A)
_COUNT = re.compile(r"\[\s*([0-9])\s*\]\s*", re.A)
_PARAMETERS = re.compile(r"((?:#[1-9]\s*)*)([^{]{0,100})", re.A)
_SPACE = re.compile(r"\s*")
_BRACE = re.compile(r"\\.|[{}]", re.S)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.A | re.S)
_ENDS_IN_COMMAND = re.compile(r"\\[A-Za-z]+\Z", re.A)


@dataclass(frozen=True)
class Macro:
    """What a command stands for: #1 is its first argument. `problem` says why it is not read, '' where it is;
    `braced` that its arguments must stand in braces, and that no third may follow."""

    parameters: int
    body: str
    problem: str = ""
    braced: bool = False


Macros = Mapping[str, Macro]
NO_MACROS: Macros = MappingProxyType({})
PHYSICS: Macros = {  # the package of that name
    "pdv": Macro(2, r"\frac{\partial #1}{\partial #2}", braced=True),
    "dv": Macro(2, r"\frac{d #1}{d #2}", braced=True),
}


def defined(text: str, macros: Macros) -> Macros:
    """`macros` with the definitions of a text added. Raises ReadError for too many."""
    found: dict[str, Macro] = {}
    for how, name, macro, _ in _definitions(text):
        if how != "providecommand" or (name not in macros and name not in found):
            found[name] = macro
    if len(macros) + len(found) > MAX_MACROS:
        raise ReadError(f"more than {MAX_MACROS} commands are defined: split the file")
    return {**macros, **found} if found else macros


def definition_end(text: str, start: int) -> int:
    """Where the definition that begins at `start` ends; just after its command where it is none that is read."""
    match = _DEFINES.match(text, start)
    assert match is not None
    found = _definition(text, match)
    return found[-1] if found else match.end()


def uses_macros(latex: str, macros: Macros) -> bool:
    """Whether a formula uses macros, or defines some."""
    return any(name in macros or name in PHYSICS or name in DEFINING for name in _COMMAND.findall(latex))


def _definitions(text: str) -> Iterator[tuple[str, str, Macro, Span]]:
    """The definitions in a text: the command, the name, the macro, and the place."""
    position = 0
    while (match := _DEFINES.search(text, position)) is not None:
        position = match.end()
        found = _definition(text, match)
        if found is not None:
            name, macro, position = found
            yield match[1], name, macro, (match.start(), position)


def _definition(text: str, match: re.Match[str]) -> tuple[str, Macro, int] | None:
    """The name and the macro that a command defines, and where that ends; None where it is none that is read."""
    found = _NAME.match(text, match.end())
    if found is None:
        return None
    name = found[1] or found[2]
    macro = _macro(text, match[1], found.end(), name)
    return (name, *macro) if macro else None


def _macro(text: str, how: str, position: int, name: str) -> tuple[Macro, int] | None:
    """The macro whose parameters begin at `position`, and where it ends; None where it is none."""
    parameters, problem = 0, ""
    if how == "def" and (written := _PARAMETERS.match(text, position)) is not None:
        parameters, position = written[1].count("#"), written.end()
        if written[2]:
            problem = rf"\{name} is defined with delimited parameters, which are not read: use \newcommand"
    elif how != "DeclareMathOperator":
        if (count := _COUNT.match(text, position)) is not None:
            parameters, position = int(count[1]), count.end()
        if text[position : position + 1] == "[":
            problem = rf"\{name} takes an optional argument, which is not read: write the formula out"
            position = max(text.find("{", position, position + MAX_DEFAULT), position)
    body = braced(text, position)
    if body is None:
        return None
    latex = text[slice(*body)]
    if how == "DeclareMathOperator":
        latex = rf"\operatorname{{{latex}}}"
    if not problem and any(int(digit or 0) not in range(1, parameters + 1) for digit in re.findall(r"#(\d?)", latex)):
        problem = rf"\{name} is defined with a # that is none of its arguments: write the formula out"
    return Macro(parameters, latex, problem), body[1] + 1


def braced(text: str, start: int) -> Span | None:
    """The content of the braces that open at `start`, spaces before them passed; None where none open, or close."""
    space = _SPACE.match(text, start)
    start = space.end() if space else start
    close = _closings(text).get(start)
    return None if close is None else (start + 1, close)


@lru_cache(maxsize=8)
def _closings(text: str) -> dict[int, int]:
    """Where each brace that opens in a text is closed; one pass, so that a page of braces costs no more."""
    opened: list[int] = []
    closings: dict[int, int] = {}
    for brace in _BRACE.finditer(text):
        if brace.group() == "{":
            opened.append(brace.start())
        elif brace.group() == "}" and opened:
            closings[opened.pop()] = brace.start()
    return closings


class _Piece(NamedTuple):
    """A character, its place in the block, and how many definitions it stands in."""

    char: str
    start: int
    end: int
    depth: int


@dataclass
class Source:
    """A block's LaTeX with its macros expanded; `refused` says why a command was left."""

    text: str
    pieces: list[_Piece] | None = None  # None where nothing was expanded
    refused: dict[str, str] = field(default_factory=dict)

    def place(self, span: Span) -> Span:
        """The place in the block of a stretch of the expanded text."""
        if not self.pieces:
            return span
        start = self.pieces[min(span[0], len(self.pieces) - 1)].start
        return start, max(start, self.pieces[span[1] - 1].end) if span[1] > span[0] else start

    def tokens(self, tokens: list[Token]) -> list[Token]:
        """The tokens of the expanded text, each at its place in the block."""
        if self.pieces is None:
            return tokens
        places = [self.place((token.start_pos or 0, token.end_pos or 0)) for token in tokens]
        return [changed(token, span=span) for token, span in zip(tokens, places, strict=True)]


def expanded(latex: str, macros: Macros) -> Source:
    """A block's LaTeX without its definitions, and with the macros in it expanded.

    Raises ReadError where that does not end, or grows too long.
    """
    if not uses_macros(latex, macros):
        return Source(latex)
    expansion = _Expansion(latex, {**PHYSICS, **macros})
    expansion.run()
    return Source("".join(piece.char for piece in expansion.done), expansion.done, expansion.refused)


class _Expansion:
    """Reads from a stack of characters, onto which the bodies of macros are put."""

    def __init__(self, latex: str, macros: Macros) -> None:
        self.macros = macros
        pieces = [_Piece(char, place, place + 1, 0) for place, char in enumerate(latex)]
        for *_, (start, end) in reversed(list(_definitions(latex))):
            del pieces[start:end]
        self.waiting = pieces[::-1]
        self.done: list[_Piece] = []
        self.refused: dict[str, str] = {}
        self.uses = 0

    def run(self) -> None:
        while self.waiting:
            read = self.token()
            name = "".join(piece.char for piece in read[1:])
            if read[0].char == "%":
                while self.waiting and self.waiting[-1].char != "\n":
                    read.append(self.waiting.pop())
            if read[0].char == "\\" and name in self.macros:
                self.use(read, name, self.macros[name])
            else:
                self.done += read

    def token(self) -> list[_Piece]:
        """One character, or a command."""
        read = [self.waiting.pop()]
        if read[0].char == "\\" and self.waiting:
            read.append(self.waiting.pop())
            while _is_letter(read[1]) and self.waiting and _is_letter(self.waiting[-1]):
                read.append(self.waiting.pop())
        return read

    def use(self, command: list[_Piece], name: str, macro: Macro) -> None:
        """Puts the body of a macro for its use, or leaves it and says why."""
        taken, arguments = list(command), list[list[_Piece]]()
        problem = macro.problem
        while not problem and len(arguments) < macro.parameters:
            argument = self.argument(taken, macro.braced)
            if argument is None:
                problem = rf"an argument of \{name} is missing: write \{name}" + "{…}" * macro.parameters
            else:
                arguments.append(argument)
        if macro.braced and not problem and self.waiting and self.waiting[-1].char == "{":
            problem = rf"only first derivatives are read, \{name}{{u}}{{v}}"
        if problem:
            self.refused[name] = problem
            self.waiting += taken[: len(command) - 1 : -1]
            self.done += command
            return
        place = (command[0].start, max(piece.end for piece in taken))
        depth = command[0].depth + 1
        body: list[_Piece] = []
        for number, text in enumerate(re.split(r"#(\d)", macro.body)):
            body += arguments[int(text) - 1] if number % 2 else [_Piece(char, *place, depth) for char in text]
            if _ENDS_IN_COMMAND.search("".join(piece.char for piece in body[-40:])):
                body.append(_Piece(" ", *place, depth))  # \partial#1 is no \partialL
        self.waiting += body[::-1]
        self.uses += 1
        if depth > MAX_NESTED or self.uses > MAX_USES:
            raise ReadError(rf"\{name} does not come to an end, or has too many uses: write some of them out", place)
        if len(self.waiting) + len(self.done) > MAX_LENGTH:
            raise ReadError(rf"with \{name} written out, the block has over {MAX_LENGTH} characters: split it", place)

    def argument(self, taken: list[_Piece], braced: bool) -> list[_Piece] | None:
        """Takes an argument, a braced group or one token, and adds what it took to `taken`; None if there is none."""
        while self.waiting and self.waiting[-1].char.isspace():
            taken.append(self.waiting.pop())
        if not self.waiting or self.waiting[-1].char == "}" or (braced and self.waiting[-1].char != "{"):
            return None
        argument = self.token()
        taken += argument
        if argument[0].char != "{":
            return argument
        depth, argument = 1, []
        while self.waiting:
            read = self.token()
            taken += read
            depth += {"{": 1, "}": -1}.get(read[0].char, 0)
            if depth == 0:
                return argument
            argument += read
        return None


def _is_letter(piece: _Piece) -> bool:
    return piece.char.isascii() and piece.char.isalpha()
