"""What opens a formula, code or a definition in Markdown and in LaTeX, as patterns."""

from __future__ import annotations

import re

from derive.reading.definitions import DEFINING
from derive.reading.own_displays import BEGIN

_FORMULA = (
    r"\\begin\{(?P<env>[A-Za-z]+\*?)\}|(?P<display>\$\$|\\\[)|(?P<inline>\$|\\\()"
    rf"|(?P<define>\\(?:{'|'.join(DEFINING)})(?![A-Za-z]))|\\(?:re)?newenvironment\*?\{{(?P<named>[A-Za-z]+\*?)\}}"
    r"|(?P<missing>\\(?:input|include|subfile|import)(?![A-Za-z])\s*(?:\{[^{}\n]*\}){0,2})"
    r"|\\(?P<command>[A-Za-z]+)|(?P<escaped>\\.)"
)
QUOTED = re.compile(r"(?:[ ]{0,3}>)*")
_BEFORE = r"^(?:[ ]{0,3}>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?"  # the marks of quotes and of a list
OPENINGS = {
    "md": re.compile(
        rf"{_BEFORE}(?P<fence>`{{3,}}|~{{3,}}|:{{3,}}(?=[ \t]*\{{math\}}))(?P<info>[^`\n]*)$"
        r"|\$(?P<github>`+)|(?:\{math\}|:math:)(?P<role>`+)|(?P<code>`+)|(?P<comment><!--)"
        r"|^[ ]{0,3}#{1,6}[ \t]+(?P<heading>[^\n]*)$|^(?P<indent>[ \t]*)\.\.[ \t]+math::[ \t]*(?P<rst>[^\n]*)$"
        r"|\\\\(?P<jekyll>[\[(])|" + _FORMULA,
        re.M | re.S,
    ),
    "tex": re.compile(
        r"(?P<comment>%)|\\begin\{(?P<verbatim>verbatim\*?|Verbatim|lstlisting|minted|comment)\}"
        r"|\\(?:part|chapter|(?:sub)*section|paragraph)\*?\{(?P<heading>[^{}\n]*)\}|" + _FORMULA,
        re.M | re.S,
    ),
}
DISPLAYED = re.compile(rf"\$\$|\\\[|{BEGIN.pattern}")
SOURCE = re.compile(r"\\(?:documentclass|usepackage|section|begin\{document\})")
DOUBLED = re.compile(r"(?<!\\)\\\\(?=[{}|_])")  # \\{ where Markdown takes a backslash
TWICE = re.compile(r"\s*\\\[(.*)\\\]\s*", re.S)  # a display inside the dollars of running text, $\[ … \]$
RELATED = re.compile(r"[=≈≡∈]|\\(?:in|equiv|approx|leq?|geq?|coloneqq?|leftarrow|gets)(?![A-Za-z])")
OPTIONS = re.compile(r"(?:[ \t]*\n|[ \t]*:[\w-]+:[^\n]*\n|[ \t]*---[ \t]*\n(?:[^\n]*\n)*?[ \t]*---[ \t]*\n)*")
