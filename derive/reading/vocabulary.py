r"""The vocabulary: what each LaTeX command, each word and each character outside ASCII stands for.

A command that stands in no table here is not understood, and reading it is an error.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _same(words: str, value: str = "") -> dict[str, str]:
    return {word: value or word for word in words.split()}


# How a token changes the number of open brackets.
DEPTH = dict.fromkeys(("OPEN", "LBRACE", "LNULL", "MATRIX", "CASES"), 1) | dict.fromkeys(
    ("CLOSE", "RBRACE", "REVAL", "ENDMATRIX", "ENDCASES"), -1
)

INDEX_LETTERS = _set("i j k l m n p q r s t tau")  # taken for indices where the legend does not say otherwise

GREEK = _set(
    """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
    sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
)
NAMES = (
    {name: name for name in GREEK}
    | _same("tanh sinh cosh sin cos tan exp log ln max min arg det dim tr softmax sigmoid")
    | _same("ell top dagger ast infty")
    | {"intercal": "top"}
)
RELATIONS = (
    {"=": "=", "<": "lt", ">": "gt"}
    | _same("equiv approx sim propto ne lt gt le ge ll gg in gets to")
    | _same("coloneqq triangleq doteq", ":=")
    | {"neq": "ne", "leq": "le", "leqslant": "le", "geq": "ge", "geqslant": "ge", "simeq": "approx"}
    | {"leftarrow": "gets", "rightarrow": "to"}
)
OPERATORS = _same("cdot times odot otimes") | {"circ": "odot"}
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
DOTS = _same("ldots cdots dots dotsb dotsc dotsm vdots ddots hdots")
BARS = {"|": "|", "vert": "|", "mid": "|", r"\|": "||", "Vert": "||"}

# Commands that are one token each: (command -> value, type of the token).
PLAIN: tuple[tuple[dict[str, str], str], ...] = (
    (NAMES, "NAME"),
    (RELATIONS, "REL"),
    (OPERATORS, "OP"),
    (ACCENTS, "ACCENT"),
    (DOTS, "DOTS"),
    (_same("frac dfrac tfrac cfrac"), "FRAC"),
    (_same("sum prod"), "BIG"),
    (_same("partial"), "PARTIAL"),
    (_same("nabla"), "NABLA"),
    (_same("Rightarrow implies Longrightarrow iff Leftrightarrow Longleftrightarrow therefore"), "ARROW"),
    (_same("because"), "REASON"),
    (_same("substack"), "SUBSTACK"),
    ({"forall": "every"}, "IF"),
    ({"|": "||", "lVert": "||", "rVert": "||", "Vert": "||"} | _same("vert lvert rvert mid", "|"), "BAR"),
)

# Functions that are also read where they are written in plain letters, softmax(z).
PLAIN_FUNCTIONS = _set("tanh softmax sigmoid exp log ln diag")

# Fonts are dropped. Roman ones spell a word when they hold several letters; the others are a mere change of face.
TEXT_FONTS = _set("text textrm textit textbf textsf texttt textnormal mbox")
WORD_FONTS = _set("mathrm operatorname operatorname* mathit mathsf mathtt")
FONTS = (
    TEXT_FONTS | WORD_FONTS | _set("mathbf boldsymbol bm pmb mathcal mathscr mathbb mathds mathfrak mathnormal symbf")
)

SIZES = _set("big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm biggm Biggm")
SPACES = _set(
    r""", : ; ! > / displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag allowbreak
    thinspace medspace thickspace negthinspace enspace noindent centering rm bf it cal mathstrut strut relax xspace"""
) | {" ", "\n", "\t"}
BREAKS = _set("quad qquad hfill")
DROPPED_ARGUMENT = _set(
    "intertext shortintertext tag tag* label hspace hspace* vspace vspace* color phantom hphantom vphantom"
)
TRANSPARENT = _set("boxed fbox underbrace overbrace underline ensuremath")
LABELLED = _set("underbrace overbrace")

OPENING = _same("( [ {") | {"lbrace": "{", "lbrack": "[", "langle": "langle", "lvert": "|", "lVert": "||"}
CLOSING = {")": "(", "]": "[", "}": "{", "rbrace": "{", "rbrack": "[", "rangle": "langle", "rvert": "|", "rVert": "||"}

MATRICES = _set("matrix bmatrix pmatrix Bmatrix smallmatrix array")
CASES = _set("cases dcases rcases")
ALIGNMENTS = _set(
    """aligned alignedat split gathered align align* gather gather* multline multline* equation equation* flalign
    flalign* eqnarray eqnarray* displaymath math"""
)

# Words inside a formula, by the token that they become.
WORDS = {
    "IF": _set("if when for whenever provided") | {"provided that"},
    "OTHERWISE": _set("otherwise else"),
    "AND": _set("and"),
    "ARROW": _set("so hence thus therefore then gives") | {"so that", "which gives", "i.e", "that is"},
    "REASON": _set("since because as note recall where with") | {"note that", "recall that"},
}

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
    "≔": r"\coloneqq",
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
    "∀": r"\forall",
    "…": r"\ldots",
    "⋯": r"\cdots",
    "′": "'",
    "″": "''",
    "ℓ": r"\ell",
    "‖": r"\|",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "⊤": r"\top",
    "ᵀ": r"^\top",
    "∞": r"\infty",
    "∆": r"\Delta",
    "µ": r"\mu",
    "ϵ": r"\epsilon",
    "ϕ": r"\phi",
    "ϑ": r"\vartheta",
    "ς": r"\varsigma",
}
_SPELLED = """α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi
ρ rho σ sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi
Ω Omega"""
_LETTERS = _SPELLED.split()
CHARACTERS |= {letter: "\\" + name for letter, name in zip(_LETTERS[::2], _LETTERS[1::2], strict=True)}

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱᵗ", "0123456789+-()nit", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-()aehijklmnoprstuvx", strict=True))
COMBINING = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u20d7": "vec"}
