r"""The vocabulary: what each LaTeX command and each character outside ASCII stands for.

A command that stands in no table here is not understood, and reading it is an error.
"""

from __future__ import annotations

GREEK = frozenset(
    """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
    sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega""".split()
)
FUNCTIONS = frozenset(
    "tanh sinh cosh sin cos tan exp log ln max min arg argmax argmin det dim tr softmax sigmoid".split()
)
NAMES = {name: name for name in GREEK | FUNCTIONS} | {
    "ell": "ell",
    "top": "top",
    "intercal": "top",
    "dagger": "dagger",
    "ast": "ast",
    "infty": "infty",
}

RELATIONS = {
    "=": "=",
    ":=": ":=",
    "coloneqq": ":=",
    "triangleq": ":=",
    "doteq": ":=",
    "equiv": "equiv",
    "approx": "approx",
    "simeq": "approx",
    "sim": "sim",
    "propto": "propto",
    "ne": "ne",
    "neq": "ne",
    "<": "lt",
    "lt": "lt",
    ">": "gt",
    "gt": "gt",
    "le": "le",
    "leq": "le",
    "leqslant": "le",
    "ge": "ge",
    "geq": "ge",
    "geqslant": "ge",
    "ll": "ll",
    "gg": "gg",
    "in": "in",
    "gets": "gets",
    "leftarrow": "gets",
    "to": "to",
    "rightarrow": "to",
}

ARROWS = frozenset("Rightarrow implies Longrightarrow iff Leftrightarrow Longleftrightarrow therefore because".split())

OPERATORS = {
    "cdot": "cdot",
    "times": "times",
    "odot": "odot",
    "circ": "odot",
    "otimes": "otimes",
    "*": "*",
    "/": "/",
}

ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "tilde": "tilde",
    "widetilde": "tilde",
    "bar": "bar",
    "overline": "bar",
    "dot": "dot",
    "vec": "vec",
}

# Fonts are dropped. Roman ones spell a word when they hold several letters; the others are a mere change of face.
WORD_FONTS = frozenset(
    "mathrm operatorname operatorname* text textrm textit textbf textsf texttt textnormal mbox mathit mathsf mathtt".split()
)
FACES = frozenset("mathbf boldsymbol bm pmb mathcal mathscr mathbb mathfrak mathnormal symbf".split())

SPACES = frozenset(
    """, : ; ! > displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag allowbreak
    thinspace medspace thickspace
    negthinspace enspace hfill noindent centering rm bf it cal mathstrut strut relax""".split()
) | {" ", "\n", "\t", "/"}
SIZES = frozenset("big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm biggm Biggm".split())
BREAKS = frozenset(["quad", "qquad"])
DROPPED_ARGUMENT = frozenset("tag tag* label hspace hspace* vspace vspace* color phantom hphantom vphantom".split())
TRANSPARENT = frozenset(["boxed", "fbox", "underbrace", "overbrace", "underline", "framebox"])
LABELLED = frozenset(["underbrace", "overbrace"])
DOTS = frozenset(["ldots", "cdots", "dots", "dotsb", "dotsc", "dotsm", "vdots", "ddots", "hdots"])

OPENING = {
    "(": "(",
    "[": "[",
    "{": "{",
    "lbrace": "{",
    "lbrack": "[",
    "langle": "langle",
    "lvert": "|",
    "|": "||",
    "lVert": "||",
}
CLOSING = {
    ")": "(",
    "]": "[",
    "}": "{",
    "rbrace": "{",
    "rbrack": "[",
    "rangle": "langle",
    "rvert": "|",
    "|": "||",
    "rVert": "||",
}
BARS = {"|": "|", "vert": "|", "mid": "|", r"\|": "||", "Vert": "||"}

MATRICES = frozenset("matrix bmatrix pmatrix Bmatrix vmatrix smallmatrix array".split())
ALIGNMENTS = frozenset(
    """aligned alignedat split gathered align align* gather gather* multline multline* equation equation* flalign flalign*
    eqnarray eqnarray* displaymath math""".split()
)

CONDITION_WORDS = frozenset(["if", "when", "for", "whenever", "provided", "provided that"])
OTHERWISE_WORDS = frozenset(["otherwise", "else"])
CONCLUSION_WORDS = frozenset("so hence thus therefore then gives".split()) | {
    "so that",
    "which gives",
    "i.e.",
    "that is",
}
REASON_WORDS = frozenset("since because as note recall".split()) | {"note that", "recall that", "where", "with"}

# Characters outside ASCII that say exactly one thing.
CHARACTERS = {
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\sum",
    "∏": r"\prod",
    "·": r"\cdot",
    "⋅": r"\cdot",
    "∙": r"\cdot",
    "×": r"\times",
    "⊙": r"\odot",
    "∘": r"\circ",
    "⊗": r"\otimes",
    "∗": "*",
    "−": "-",
    "–": "-",
    "⁄": "/",
    "∕": "/",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "≡": r"\equiv",
    "≔": ":=",
    "≜": r"\triangleq",
    "∝": r"\propto",
    "∼": r"\sim",
    "∈": r"\in",
    "←": r"\gets",
    "→": r"\to",
    "⇒": r"\Rightarrow",
    "⟹": r"\Rightarrow",
    "⇔": r"\iff",
    "⟺": r"\iff",
    "∴": r"\therefore",
    "∵": r"\because",
    "…": r"\ldots",
    "⋯": r"\cdots",
    "′": "'",
    "″": "''",
    "ℓ": r"\ell",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "⊤": r"\top",
    "∞": r"\infty",
    "ᵀ": r"^\top",
    "𝟙": r"\mathbb{1}",
    "∀": r"\forall",
}
_GREEK_LETTERS = "αβγδεζηθικλμνξπρστυφχψω"
_GREEK_NAMES = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi
omega""".split()
CHARACTERS |= {letter: "\\" + name for letter, name in zip(_GREEK_LETTERS, _GREEK_NAMES, strict=True)}
CHARACTERS |= {
    letter: "\\" + name
    for letter, name in zip("ΓΔΘΛΞΠΣΦΨΩ", "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(), strict=True)
}
CHARACTERS |= {
    "ϵ": r"\epsilon",
    "ϕ": r"\phi",
    "ϑ": r"\vartheta",
    "ς": r"\varsigma",
    "∆": r"\Delta",
    "µ": r"\mu",
    "Ω": r"\Omega",
}

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵗ", "0123456789+-()nit", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aehijklmnoprstuvx", strict=True))
COMBINING = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u20d7": "vec"}
