r"""Plain text as LaTeX, escaped character by character."""

from __future__ import annotations

import re

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": "'",
    "`": r"\textasciigrave{}",
    "-": "-{}",
    "\u00a0": "~",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\ldots{}",
    "·": r"\ensuremath{\cdot}",
}
_LETTERS = "∂∇∑ΣΠ∏∞×±−≤≥≠≈≡→←⇒⇔∈⊙⊗∘⊤∴◆²³⁺Δαβγδεηθλμπρστφψω"
_COMMANDS = r"""\partial \nabla \sum \Sigma \Pi \prod \infty \times \pm - \le \ge \ne \approx \equiv \to \gets
\Rightarrow \Leftrightarrow \in \odot \otimes \circ \top \therefore \blacklozenge ^2 ^3 ^+ \Delta \alpha \beta \gamma
\delta \varepsilon \eta \theta \lambda \mu \pi \rho \sigma \tau \varphi \psi \omega"""
LONG_WORD = 16
MISSING = r"\texttt{U+"  # begins a character that the fonts lack
MATHEMATICS = dict(zip(_LETTERS, _COMMANDS.split(), strict=True))


def escaped(text: str) -> str:
    """Plain text as LaTeX. A character that the fonts lack is given by its code."""
    return " ".join(_word(word) for word in text.split(" "))


def _word(word: str) -> str:
    """A word, which may be broken anywhere where it is longer than any word."""
    return (r"\allowbreak{}" if len(word) > LONG_WORD else "").join(_character(character) for character in word)


def _character(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character in MATHEMATICS:
        return rf"\ensuremath{{{MATHEMATICS[character]}}}"
    if " " <= character <= "~" or ("À" <= character <= "ž" and character not in "ĦħĸĿŀŉŦŧ×÷"):
        return character
    if character.isspace():
        return " "
    return rf"{MISSING}{ord(character):04X}}}"


def ascii_text(text: str) -> str:
    """What of the text any TeX can write into the properties of a PDF."""
    return re.sub(r"[^A-Za-z0-9 .,:;()+-]", "", text)


def literal(source: str) -> str:
    """Source text in typewriter letters, breakable anywhere."""
    return r"\texttt{" + r"\allowbreak{}".join(escaped(character) for character in source) + "}"
