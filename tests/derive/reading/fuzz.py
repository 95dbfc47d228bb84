"""Random and mutated inputs for the reader: it must answer every one of them, with a result or with its own error.

As a job of its own: `python tests/derive/reading/fuzz.py 100000 [SEED]` reports every other exception and the worst
time; its exit status is 1 if there was an exception or an input took longer than a second.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import derive
from derive.reading import Block, Document, ReadError, builtin_legend, parse, read_blocks, read_statements
from derive.reading.definitions import defined
from derive.reading.legend_file import parse_legend

NOTATION = r"""
    a b y W x t T L h 1 2 0.5 h_i^{(t)} h_i(t) h[t] \eta \delta \hat{y} w_{ya} h_{t-1} net_y a(t) \text{net}y e d
    \text{loss}_t W[:,a:] x_{1:t} \cdots \hat{\vec{y}} {}_S{}w da_{next} \mathbf{h}_t f(x;w) a^{<t>2} ||h|| 1[i=j]
    y_{<t} \partial \nabla ŷ η {h^{(t)}}^\top h^{t-1} \prod_{t\ge{}i>k} \pdv{L}{W} \pd{L}{h_t} \R
"""
BROKEN = r"""
    \frac \left( \right) \left. \right| \left[ \right] \sum \prod \sum_{t=1}^T \prod_{m=k+1}^{i} _ ^ _{ ^{ {
    } ( ) [ ] \{ \} | \| + - * / = := \equiv \approx \le < > \ne \Rightarrow \therefore \quad \qquad \\ & , ;
    : . ' ! \, \; \boxed{ \text{if} \text{--- (1)} \text{for~all} \begin{aligned} \end{aligned}
    \begin{bmatrix} \end{bmatrix} \begin{cases} \text{ \end{cases} \hat \odot \cdot \top ^\top ^T \nabla_W
    \frac{\partial{L}}{\partial{W}} \underbrace{ \overset{ \tag{ \ldots \forall \mathbf \mathbf{
    \mathrm{diag} \operatorname{ \big \substack{ \because $ $$ % \ ~ ᵀ ² ₜ ∂ ∑ ⇒ … \mathbb{1} \tanh \log
    \langle \rangle \left< # \begin{equation} \end{equation} \label{ \not 1_{i=j} \color{ \textcolor{ \prime
    \intercal \newline \vert \right. \newcommand{\R}{ \def\R#1{ #1 #2 \renewcommand{\pd}[2]{ \R{ \pd
    \DeclareMathOperator{\R}{ \over \sqrt{ \rm \bf \cal \mathrel{+}= += -= \xlongequal{ \underset{
    \overset{\to}{h} \eqno \text{,~where} \text{except~at} \text{"so \text{(by~rule)} \text{~to~} \text{~from~}
    \text{half~of} \text{-} \mbox{1/2} "a~b" \text{~else~} || \left|\left| \right|\right| 未來 （1） ， ＝ \hspace{1cm}
    \intertext{ \displaylines{ \begin{dmath} \end{dmath} \frac{d}{dx} \partial_w \partial^+_w
    \frac{\partial{z}}{h} \frac{L}{\partial{y}} \Big|_{y}
"""
FENCES = [
    "```math\n", "```{math}\n:label: a\n", "```latex\n", "\n```\n", ".. math::\n\n   a = b\n", "$`", "`$", ":math:`",
    "\\\\[", "\\\\]", r"\newcommand{\be}{\begin{align}}", r"\be ", r"\newenvironment{q}{\begin{align}}{", r"\input{x}",
]  # fmt: skip
NOTES = Path(derive.__file__).parent / "notes"
PAGES = [path.read_text(encoding="utf-8") for path in sorted(NOTES.glob("*.md"))]
LEGENDS = [path.read_text(encoding="utf-8") for path in sorted(NOTES.glob("*.toml"))]
FORMULAS = [block.latex for page in PAGES for block in read_blocks(page, "md")]
LEGEND = builtin_legend("hello")

MACROS = defined(r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}} \def\R{\mathbb{R}}", {})

LEAVES = NOTATION.split()
PIECES = BROKEN.split() + LEAVES


@dataclass
class Report:
    """What came of the inputs: how many were read and refused, what broke, and the slowest."""

    read: int = 0
    refused: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)
    worst_seconds: float = 0.0
    worst_input: str = ""


def formula(rng: random.Random, depth: int = 4) -> str:
    """A formula that follows the grammar, mostly."""
    if depth == 0 or rng.random() < 0.25:
        return rng.choice(LEAVES)
    inner = [formula(rng, depth - 1) for _ in range(3)]
    shapes = [
        "{0} {1}", "{0} + {1}", "{0} - {1} {2}", r"{0} \odot {1}", r"\frac{{{0}}}{{{1}}}", "({0})", "[{0}]^2",
        r"\tanh({0})", r"\frac{{\partial {0}}}{{\partial {1}}}", r"\sum_t {0}", r"\prod_{{k=1}}^t ({0})", r"({0})^\top",
        "{0} = {1}", r"\left. {0} \right|_{{t=1}}", r"\boxed{{{0}}}", "{0}_{{{1}}}^{{{2}}}",
        r"{0} \Rightarrow {1} = {2}",
        r"\begin{{bmatrix}} {0} & {1} \\ {1} & {2} \end{{bmatrix}}", r"{0} \quad \text{{if }} i = j",
        r"\begin{{aligned}} {0} &= {1} \\ &= {2} \end{{aligned}}", r"\underbrace{{{0}}}_{{{1}}} {2}",
        r"{0}, \quad {1} = {2}", r"\text{{since }} {0} = {1}", r"\frac{{\partial}}{{\partial W}} {0} {1}",
        r"\underbrace{{{0}}}_{{= {1}}} {2}", r"{0} = {1} \text{{ if }} i = j, \text{{ else }} {2}", r"\sum_t -{0}",
        r"\frac{{{0} \partial h}}{{T \partial W}}", r"||{0}||", r"f({0}, {1}; {2})",
        r"{0} = {1} \quad (\text{{need }} {2})",
    ]  # fmt: skip
    return rng.choice(shapes).format(*inner)


def soup(rng: random.Random) -> str:
    """Pieces of notation in any order."""
    glue = rng.choice(["", " ", " "])
    return glue.join(rng.choice(PIECES) for _ in range(rng.randint(1, 40)))


def mutated(rng: random.Random, text: str) -> str:
    """`text` with a few pieces taken out, doubled, swapped or put in."""
    for _ in range(rng.randint(1, 5)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.randint(0, 12))
        piece = text[start:end]
        new = rng.choice(
            ["", piece * 2, piece[::-1], rng.choice(PIECES), chr(rng.choice([0, 10, 36, 92, 123, 125, 0x1D400]))]
        )
        text = text[:start] + new + text[end:]
    return text


def any_formula(rng: random.Random) -> str:
    return rng.choice([formula, soup, lambda r: mutated(r, r.choice(FORMULAS)), lambda r: mutated(r, formula(r))])(rng)


def _parse(rng: random.Random) -> tuple[str, Callable[[], object]]:
    text = any_formula(rng)
    return text, lambda: parse(text, LEGEND.words, MACROS)


def _statements(rng: random.Random) -> tuple[str, Callable[[], object]]:
    latex = [any_formula(rng) for _ in range(rng.randint(1, 4))]
    blocks = [Block(number, number, text, 0, len(text), macros=MACROS) for number, text in enumerate(latex, 17)]
    return " || ".join(latex), lambda: [str(e) for r in read_statements(blocks, LEGEND) for e in r.errors]


def _page(rng: random.Random) -> tuple[str, Callable[[], object]]:
    kind = rng.choice(["md", "tex", "ipynb"])
    text = mutated(rng, rng.choice(PAGES)[: rng.randint(0, 6000)])
    for _ in range(rng.randint(0, 3)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(FENCES) + text[at:]
    if kind == "ipynb":
        cells = [{"cell_type": rng.choice(["markdown", "code"]), "source": text.splitlines(keepends=True)}]
        text = json.dumps({"cells": cells}, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 1]))
        text = mutated(rng, text) if rng.random() < 0.5 else text
    return text, lambda: _whole_page(text, kind)


def _whole_page(text: str, kind: str) -> object:
    document = Document.read("page", text, kind)
    for block in document.blocks:
        if kind != "ipynb":
            assert text[block.start : block.end].replace(">", " ") == block.latex.replace(">", " ")
        assert 1 <= block.line <= text.count("\n") + 1
    document.with_replacements([(block, (0, len(block.latex)), "x = y") for block in document.blocks])
    for reading in [*read_statements(document.blocks), *read_statements(document.inline)]:
        for statement in reading.statements:
            start, end = statement.span
            assert document.place(reading.block, start) <= document.place(reading.block, end)
    return document


def _legend(rng: random.Random) -> tuple[str, Callable[[], object]]:
    text = mutated(rng, rng.choice(LEGENDS))
    return text, lambda: parse_legend(text, "legend")


def run(count: int, seed: int = 0) -> Report:
    """Feeds `count` inputs to the reader."""
    report = Report()
    rng = random.Random(seed)
    for _ in range(count):
        kinds = [_parse, _statements, _page, _legend]
        text, answer = rng.choices(kinds, weights=[45, 45, 5, 5])[0](rng)
        begun = time.perf_counter()
        try:
            answer()
            report.read += 1
        except ReadError as error:
            report.refused += 1
            if not str(error).isprintable():
                report.broken.append((text, f"the message is not one clean line: {error!r}"))
        except Exception as error:
            report.broken.append((text, f"{type(error).__name__}: {error}"))
        seconds = time.perf_counter() - begun
        if seconds > report.worst_seconds:
            report.worst_seconds, report.worst_input = seconds, text
    return report


if __name__ == "__main__":
    result = run(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(f"{result.read} read, {result.refused} refused, {len(result.broken)} broken")
    print(f"slowest {result.worst_seconds * 1000:.1f} ms, an input of {len(result.worst_input)} characters")
    for text, problem in result.broken[:20]:
        print(f"{problem}\n    {text[:400]!r}")
    sys.exit(bool(result.broken) or result.worst_seconds > 1)
