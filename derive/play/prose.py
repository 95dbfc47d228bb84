r"""The text of a page around its formulas, as a page shows it: headings, paragraphs, items, code.

Only what a page of mathematics needs of Markdown and LaTeX. Everything else stays the text that it is, and nothing of
it is ever markup: a writer gets plain strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from derive.reading import Document
from derive.reading.block import Block, Inline

Style = Literal["", "em", "strong", "code", "formula"]


@dataclass(frozen=True)
class Span:
    """A piece of text in a style; of a formula in running text its key (`i3`)."""

    text: str
    style: Style = ""


@dataclass(frozen=True)
class Part:
    """A piece of the page: 'heading' (with its level), 'paragraph', 'item' or 'code', or a 'formula' by its key
    (`d5`)."""

    kind: Literal["heading", "paragraph", "item", "code", "formula"]
    spans: tuple[Span, ...]
    level: int = 0


def key_of(block: Block) -> str:
    """What a formula is called: d5 for the fifth display, i3 for the third formula in running text."""
    return f"{'i' if isinstance(block, Inline) else 'd'}{block.number}"


_HOLE = "\0"  # around the key of a formula, where it stood
_ENVIRONMENT = r"\\begin\{[A-Za-z]+\*?\}(?:\{[^{}\n]*\})?"
_OPENING = re.compile(
    rf"(?:\$\$|\$`+|\$|\\{{1,2}}[\[(]|(?:{_ENVIRONMENT}\s*)+|\{{math\}}`+|:math:`+"
    r"|^[ \t>]*(?:`{3,}|~{3,}|:{3,})[^\n]*\n|^[ \t]*\.\.[ \t]+math::[^\n]*)[\s>]*\Z",
    re.M,
)
_CLOSING = re.compile(
    r"[\s>]*?(?:\$\$|`+\$?|\$|\\{1,2}[\])]|(?:\s*\\end\{[A-Za-z]+\*?\})+|\n[ \t>]*(?:`{3,}|~{3,}|:{3,})(?=\s|\Z))"
)


def parts(document: Document) -> Iterator[Part]:
    """The page, piece by piece and in its order."""
    text = _with_holes(document)
    yield from _of_latex(text) if document.kind == "tex" else _of_markdown(text)


def _with_holes(document: Document) -> str:
    """The text with every formula and its marks replaced by its key."""
    pieces: list[str] = []
    position = 0
    for block in sorted((*document.blocks, *document.inline), key=lambda block: block.start):
        if block.start < position:
            continue  # a formula inside a formula
        before = document.text[position : block.start].replace(_HOLE, "")
        position = block.start + len(block.latex)
        closing = _CLOSING.match(document.text, position)
        position = closing.end() if closing else position
        pieces.append(_OPENING.sub("", before))
        hole = f"{_HOLE}{key_of(block)}{_HOLE}"
        pieces.append(hole if isinstance(block, Inline) else f"\n\n{hole}\n\n")
    return "".join([*pieces, document.text[position:].replace(_HOLE, "")])


# Markdown

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(.*?)[ \t#]*")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(.*)")
_RULE = re.compile(r"[ ]{0,3}(?:[-*_][ \t]*){3,}|[ ]{0,3}=+[ \t]*")
_FORMULA = re.compile(rf"{_HOLE}(d\d+){_HOLE}")


def _of_markdown(text: str) -> Iterator[Part]:
    lines = iter(_COMMENT.sub("", text).split("\n"))
    waiting: list[str] = []
    kind: Literal["paragraph", "item"] = "paragraph"

    def paragraph() -> Iterator[Part]:
        if waiting:
            yield Part(kind, tuple(_spans(" ".join(waiting))))
        waiting.clear()

    for line in lines:
        line = re.sub(r"^(?:[ ]{0,3}>[ ]?)+", "", line)
        if fence := _FENCE.match(line):
            yield from paragraph()
            code = []
            for inside in lines:
                if inside.strip().startswith(fence[1]):
                    break
                code.append(inside)
            yield Part("code", (Span("\n".join(code)),))
        elif formula := _FORMULA.fullmatch(line.strip()):
            yield from paragraph()
            yield Part("formula", (Span(formula[1], "formula"),))
        elif heading := _HEADING.fullmatch(line):
            yield from paragraph()
            yield Part("heading", tuple(_spans(heading[2])), len(heading[1]))
        elif item := _ITEM.fullmatch(line):
            yield from paragraph()
            kind = "item"
            waiting.append(item[1])
        elif not line.strip() or _RULE.fullmatch(line):
            yield from paragraph()
            kind = "paragraph"
        else:
            waiting.append(line.strip())
    yield from paragraph()


_STYLED = re.compile(
    rf"{_HOLE}(?P<formula>[di]\d+){_HOLE}|(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|\*\*(?P<strong>\S(?:.*?\S)?)\*\*|(?<!\w)[*_](?P<em>[^\s*_](?:[^*_]*[^\s*_])?)[*_](?!\w)"
    r"|!?\[(?P<link>[^\[\]]*)\]\([^()\s]*\)|\\(?P<escaped>[!-/:-@\[-`{-~])"
)


def _spans(text: str, style: Style = "") -> Iterator[Span]:
    """Styled pieces of a line; of a link its words."""
    position = 0
    for match in _STYLED.finditer(text):
        if match.start() > position:
            yield Span(text[position : match.start()], style)
        position = match.end()
        found = match.groupdict()
        if found["formula"]:
            yield Span(found["formula"], "formula")
        elif found["code"]:
            yield Span(found["code"].replace(_HOLE, ""), "code")
        elif found["strong"] or found["em"]:
            yield from _spans(found["strong"] or found["em"], "strong" if found["strong"] else "em")
        else:
            yield Span(found["link"] or found["escaped"] or "", style)
    if position < len(text):
        yield Span(text[position:], style)


# LaTeX

_LEVELS = {"title": 1, "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_NOTE = re.compile(r"(?<!\\)%[^\n]*")
_TITLE = re.compile(rf"\\({'|'.join(_LEVELS)})\*?\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}")
_SILENT = re.compile(
    r"\\(?:label|cite\w*|ref|eqref|author|date|maketitle|noindent|centering|tableofcontents)\b\*?(?:\[[^\]]*\])?(?:\{[^{}]*\})?"
    r"|\\(?:begin|end)\{[^{}]*\}(?:\[[^\]]*\])?"
)
_FONT = re.compile(r"\\(emph|textit|textbf|texttt)\{([^{}]*)\}")
_MARKS = {"emph": "*", "textit": "*", "textbf": "**", "texttt": "`"}


def _of_latex(text: str) -> Iterator[Part]:
    """LaTeX by way of Markdown's marks for the few commands that shape text."""
    body = re.search(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", text, re.S)
    title = re.search(r"\\title\{[^{}]*\}", text)
    if body:
        text = (title[0] if title else "") + body[1]
    text = _NOTE.sub("", text)
    text = _TITLE.sub(lambda match: f"\n\n{'#' * _LEVELS[match[1]]} {' '.join(match[2].split())}\n\n", text)
    text = re.sub(r"\\item\b(?:\[[^\]]*\])?\s*", "\n- ", text)
    text = _FONT.sub(lambda match: f"{_MARKS[match[1]]}{match[2]}{_MARKS[match[1]]}", _SILENT.sub("", text))
    yield from _of_markdown(text.replace("~", " ").replace("``", "“").replace("''", "”"))
