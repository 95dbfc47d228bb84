"""Conventions that a page states in words: the layout of its Jacobians, vectors as rows or columns, or all as numbers,
and the activation that it speaks of.

Only a plain sentence counts, and only where the page nowhere says the contrary.
"""

from __future__ import annotations

import re

_NEGATED = re.compile(r"\b(?:not|n't|unlike|instead|rather|never|neither|than|versus|vs|other|contrast)\b", re.I)
_LAYOUT = re.compile(r"\b(numerator|denominator)[- ]layout\b", re.I)
_VECTORS = re.compile(
    r"\b(?:all|every|our)\s+(?:\w+\s+)?vectors?\s+(?:is|are)\s+(?:\w+\s+){0,2}?(row|column)s?\b"
    r"|\b(row|column)[- ]vector\s+(?:convention|notation)\b",
    re.I,
)
_NUMBERS = re.compile(
    r"\b(?:everything|all\s+(?:the\s+|our\s+)?(?:variables|quantities|values|symbols|letters))\s+(?:here\s+)?(?:is|are)\s+"
    r"(?:\w+\s+)?(scalar)s?\b",
    re.I,
)
_ACTIVATION = re.compile(r"((?<!\\)tanh)(?!\s*\()|(sigmoid)|(logistic)", re.I)  # no function in a formula
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$|\\\[.*?\\\]|\\\(.*?\\\)|```.*?```", re.S)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n")


def said(text: str) -> dict[str, str]:
    """What is said in words of the `jacobians`, 'numerator' or 'denominator', of the `vectors`, 'rows', 'columns' or
    'numbers', and of the `activation`, the only function that is named outside of formulas."""
    found = {"jacobians": _only(_LAYOUT, text)}
    vectors = _only(_VECTORS, text)
    found["vectors"] = f"{vectors}s" if vectors else "numbers" if _only(_NUMBERS, text) else ""
    found["activation"] = _only(_ACTIVATION, _FORMULA.sub("", text))
    return {name: value for name, value in found.items() if value}


def _only(pattern: re.Pattern[str], text: str) -> str:
    """The one word that a page says in such sentences, none of which negates it or compares."""
    words = set()
    for sentence in _SENTENCE.split(text):
        for match in pattern.finditer(sentence):
            if _NEGATED.search(sentence):
                return ""
            words.add(next(filter(None, match.groups())).lower())
    return words.pop() if len(words) == 1 else ""
