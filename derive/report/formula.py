r"""The gate of every formula: LaTeX is parsed and rebuilt from known commands, or refused.

What passes can be typeset by TeX, by MathML and by the Markdown renderers without an error and without a side effect:
there is no macro, no link, no style, no file and no change of category codes in the vocabulary, groups are balanced and
every command has its arguments. So quoted notes, which are untrusted, need no other defence in any writer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

LONGEST, DEEPEST = 20_000, 40
CONTINUING = ("=", "+", "-", r"\leftarrow", r"\Rightarrow")  # how a line goes on with the one before it

_GREEK = """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho
varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
_SIGNS = """partial nabla infty ell hbar top bot dagger ast star circ bullet cdot times div pm mp odot oplus otimes
ominus cap cup wedge vee in notin ni subset subseteq supset supseteq forall exists neg emptyset prime
le leq ge geq ne neq ll gg equiv approx simeq sim cong propto mid parallel perp
to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow Longleftarrow Longrightarrow
Longleftrightarrow mapsto implies iff uparrow downarrow therefore because
ldots cdots dots vdots ddots quad qquad"""
_OPERATORS = "sum prod int max min sup inf lim arg det dim ker log ln exp sin cos tan sinh cosh tanh"
_DELIMITERS = "langle rangle lvert rvert lVert rVert vert Vert lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack"
SYMBOLS = frozenset(f"{_GREEK} {_SIGNS} {_OPERATORS} {_DELIMITERS}".split())
SPELLINGS = {
    "lt": "<",
    "gt": ">",
    "leqslant": "leq",
    "geqslant": "geq",
    "triangleq": "equiv",
    "doteq": "equiv",
    "dotsb": "cdots",
    "dotsc": "ldots",
    "dotsm": "cdots",
    "argmax": r"operatorname{argmax}",
    "argmin": r"operatorname{argmin}",
    "bm": "boldsymbol",
    "pmb": "boldsymbol",
    "dfrac": "frac",
    "tfrac": "frac",
    "textnormal": "text",
    "mbox": "text",
}
_ACCENTS = "hat widehat tilde widetilde bar overline underline vec dot ddot underbrace overbrace"
_FONTS = "mathrm mathbf mathit mathsf mathtt mathbb mathcal mathfrak boldsymbol"
ARGUMENTS = dict.fromkeys(f"{_ACCENTS} {_FONTS}".split(), 1) | {
    "frac": 2,
    "binom": 2,
    "overset": 2,
    "underset": 2,
    "stackrel": 2,
}
WORDS = frozenset(["text", "textrm", "textit", "textbf", "operatorname"])
SPACES = {",": r"\,", ";": r"\;", ":": r"\:", "!": r"\!", ">": r"\:", " ": r"\ "}
_STYLES = "displaystyle textstyle scriptstyle limits nolimits nonumber notag allowbreak mathstrut strut"
_SIZES = "big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm biggm Biggm"
DROPPED = frozenset(f"{_STYLES} {_SIZES}".split())
LABELS = frozenset(["tag", "tag*", "label"])
TABLES = {
    name: name for name in ("matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "cases", "aligned", "gathered")
} | {
    "smallmatrix": "matrix",
    "split": "aligned",
    "align": "aligned",
    "align*": "aligned",
    "equation": "gathered",
    "equation*": "gathered",
    "gather": "gathered",
    "gather*": "gathered",
    "multline": "gathered",
    "multline*": "gathered",
}
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.|$)|[^\\]", re.DOTALL)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-*/=<>()[]|.,:;!?")
_TEXT = re.compile(r"[A-Za-z0-9 .,:;!?'()\[\]/+=*-]*")
_COMMAND_AT_END = re.compile(r"\\[A-Za-z]+$")


class Refused(ValueError):
    """A formula with something in it that is not known to be harmless and well formed."""


def typeset(latex: str) -> str:
    """The formula rebuilt from the vocabulary above, with frames, sizes and tags left out.

    Raises Refused for anything else; the caller then shows the source as text.
    """
    if len(latex) > LONGEST:
        raise Refused(f"a formula of {len(latex)} characters")
    tokens = _Tokens(latex)
    rows = tokens.rows(lambda token: False)
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else _table("aligned", rows)


def _table(name: str, rows: list[list[str]]) -> str:
    return rf"\begin{{{name}}}" + r" \\ ".join(" & ".join(cells) for cells in rows) + rf"\end{{{name}}}"


def _joined(parts: list[str]) -> str:
    """The parts side by side, with a space where a command's name would run into a letter."""
    text = ""
    for part in parts:
        text += f" {part}" if part[:1].isalpha() and _COMMAND_AT_END.search(text) else part
    return text


class _Tokens:
    """A cursor over the tokens of a formula; each method reads one construct and returns it rebuilt."""

    def __init__(self, latex: str) -> None:
        self._tokens: Iterator[str] = iter(token for token in _TOKEN.findall(latex.strip()))
        self._next = next(self._tokens, "")
        self._depth = 0

    def take(self) -> str:
        token, self._next = self._next, next(self._tokens, "")
        return token

    def skip_spaces(self) -> None:
        while self._next and (self._next.isspace() or self._next == "~"):
            self.take()

    def rows(self, ends: Callable[[str], bool]) -> list[list[str]]:
        r"""Rows set apart by \\, their cells by &."""
        rows: list[list[str]] = []
        cells: list[str] = []
        while True:
            cells.append(self.sequence(lambda token: ends(token) or token in ("&", "\\\\")))
            token = self._next
            if token == "&":
                self.take()
                continue
            rows.append(cells)
            cells = []
            if token != "\\\\":
                return rows[:-1] if rows[-1] == [""] and len(rows) > 1 else rows
            self.take()

    def sequence(self, ends: Callable[[str], bool]) -> str:
        """Atoms with their scripts, up to a token that ends them or the end of the formula."""
        parts: list[str] = []
        while True:
            self.skip_spaces()
            if not self._next or ends(self._next):
                return _joined(parts)
            scripted = self._next in ("^", "_", "'")  # a script on nothing
            parts.append(("{}" if scripted else self.atom()) + self.scripts())

    def scripts(self) -> str:
        found: dict[str, str] = {}
        while True:
            self.skip_spaces()
            if self._next == "'" and "^" not in found:
                primes = ""
                while self._next == "'":
                    primes += r"\prime" if self.take() else ""
                self.skip_spaces()
                if self._next == "^":
                    self.take()
                    primes += self.argument()
                found["^"] = "{" + primes + "}"
            elif self._next in ("^", "_", "'"):
                place = self.take()
                if place in found:
                    raise Refused("a second script at one place")
                found[place] = self.argument()
            elif self._next in (r"\limits", r"\nolimits"):
                self.take()
            else:
                return "".join(place + found[place] for place in ("_", "^") if place in found)

    def argument(self) -> str:
        """What a command or a script applies to, in braces."""
        self.skip_spaces()
        if self._next == "{":
            return self.atom()
        if not self._next or self._next in ("}", "&", "\\\\", "^", "_", "'"):
            raise Refused("an argument is missing")
        return "{" + self.atom() + "}"

    def close(self, token: str) -> None:
        if self.take() != token:
            raise Refused(f"{token} is missing")

    def word(self) -> str:
        """Literal text in braces."""
        self.skip_spaces()
        self.close("{")
        text = ""
        while self._next and self._next != "}":
            text += " " if self._next.isspace() or self._next == "~" else self._next
            self.take()
        self.close("}")
        if not _TEXT.fullmatch(text):
            raise Refused(f"the text {text!r}")
        return text

    def atom(self) -> str:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused("groups too deep")
        rebuilt = self.construct(self.take())
        self._depth -= 1
        return rebuilt

    def construct(self, token: str) -> str:
        if token in _PLAIN:
            return r"\ast" if token == "*" else token
        if token == "{":
            inner = self.sequence(lambda token: token == "}")
            self.close("}")
            return "{" + inner + "}"
        if not token.startswith("\\"):
            raise Refused(f"the character {token!r}")
        return self.command(token[1:])

    def command(self, name: str) -> str:
        name = SPELLINGS.get(name, name)
        if name in SYMBOLS or name.startswith("operatorname{"):
            return "\\" + name
        if name in ("<", ">"):
            return name
        if name in SPACES:
            return SPACES[name]
        if name in ("{", "}", "|"):
            return "\\" + name
        if name in ARGUMENTS:
            return "\\" + name + "".join(self.argument() for _ in range(ARGUMENTS[name]))
        if name in WORDS:
            return f"\\{name}{{{self.word()}}}"
        if name == "operatorname*":
            return rf"\operatorname{{{self.word()}}}"
        if name == "sqrt":
            self.skip_spaces()
            if self._next == "[":
                raise Refused("a root of another degree")
            return r"\sqrt" + self.argument()
        if name in ("boxed", "fbox"):
            return self.argument()
        if name in DROPPED:
            return ""
        if name in LABELS:
            self.word()
            return ""
        if name == "left":
            return self.fence()
        if name == "begin":
            return self.table()
        raise Refused(f"the command \\{name}")

    def fence(self) -> str:
        opening = self.delimiter()
        inner = self.sequence(lambda token: token == r"\right")
        self.close(r"\right")
        return _joined([rf"\left{opening}", inner, rf"\right{self.delimiter()}"])

    def delimiter(self) -> str:
        self.skip_spaces()
        token = self.take()
        if token in ("(", ")", "[", "]", "|", ".", "/", r"\{", r"\}", r"\|") or token[1:] in _DELIMITERS.split():
            return token
        raise Refused(f"{token!r} as a delimiter")

    def table(self) -> str:
        name = self.environment()
        if name == "array":
            self.word()
        elif name not in TABLES:
            raise Refused(f"the environment {name!r}")
        rows = self.rows(lambda token: token == r"\end")
        self.close(r"\end")
        if self.environment() != name:
            raise Refused(f"\\end{{{name}}} is missing")
        return _table(TABLES.get(name, "matrix"), rows)

    def environment(self) -> str:
        self.skip_spaces()
        self.close("{")
        name = ""
        while self._next and self._next != "}":
            name += self.take()
        self.close("}")
        return name
