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
FUNCTIONS = _set(
    """tanh sinh cosh coth sin cos tan cot sec csc arcsin arccos arctan exp log ln lg max min arg argmax argmin det dim
    tr softmax sigmoid"""
)
IN_ANY_CASE = {name.lower(): name for name in ("softmax", "sigmoid", "tanh", "ReLU")}  # Softmax, SoftMax and RELU
COMMON_NAMES = FUNCTIONS | _set(  # of several letters, also where they are written in plain ones
    """diag vec trace sign sgn relu ReLU ELU GELU swish softplus logistic concat prod norm mean var Var std logits logit
    crossentropy entropy BCE MSE loss Loss cost Cost error err Error net act pred true target targets label labels input
    inputs output outputs out hidden hid state states cell gate forget reset update layer layers time step next prev
    new old pre post future past direct indirect total batch rec recurrent train test enc dec init fwd bwd forward
    backward mask attn attention embed emb bias weight weights"""
)
NO_NAMES = _set("for and all but not the where when with then else otherwise since hence thus from")
NAMING = _set("let define set denote")  # what follows only says what a name is
NAMES = (
    {name: name for name in GREEK | FUNCTIONS}
    | _same("ell top dagger infty lim sup inf Pr Re Im emptyset hbar")
    | {"intercal": "top", "imath": "i", "jmath": "j", "varnothing": "emptyset"}
    | {"triangle": "Delta", "bigtriangleup": "Delta"}
)
RELATIONS = (
    {"=": "=", "<": "lt", ">": "gt", "+=": "+=", "-=": "-="}
    | _same("equiv approx sim propto ne lt gt le ge ll gg in gets to cong asymp notin subset subseteq supset supseteq")
    | _same("mapsto leftrightarrow perp parallel succ prec succeq preceq lesssim gtrsim ni")
    | _same("coloneqq coloneq colonequals triangleq doteq defeq eqdef", ":=")
    | _same("eqqcolon eqcolon", "=")
    | {"neq": "ne", "leq": "le", "leqslant": "le", "geq": "ge", "geqslant": "ge", "simeq": "approx"}
    | {
        "leqq": "le",
        "geqq": "ge",
        "approxeq": "approx",
        "thickapprox": "approx",
        "thicksim": "sim",
        "varpropto": "propto",
    }
    | {"leftarrow": "gets", "rightarrow": "to", "longrightarrow": "to", "longleftarrow": "gets", "longmapsto": "mapsto"}
)
LOGIC = _set("lor vee land wedge lnot neg exists nexists")  # what they join, or deny, is not claimed as it stands
EQUALITIES = frozenset(["=", ":=", "equiv"])  # the relations that say of two sides that they are equal
OPERATORS = _same("cdot times odot otimes") | {
    "circ": "odot",
    "bigodot": "odot",
    "bullet": "cdot",
    "centerdot": "cdot",
    "div": "/",
}
ACCENTS = (
    _same("hat tilde bar dot ddot vec check breve acute grave mathring")
    | {"widehat": "hat", "widetilde": "tilde", "overline": "bar", "widecheck": "check"}
    | {"overrightarrow": "right", "overleftarrow": "left", "overleftrightarrow": "both"}
)
OVER = {
    "rightarrow": "right",
    "to": "right",
    "leftarrow": "left",
    "leftrightarrow": "both",
    "sim": "tilde",
    "wedge": "hat",
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
    (_same("sqrt"), "SQRT"),
    ({"forall": "every"}, "IF"),
    ({"|": "||", "lVert": "||", "rVert": "||", "Vert": "||"} | _same("vert lvert rvert mid", "|"), "BAR"),
)

# Fonts, by what they make of a letter; roman ones spell a word when they hold several.
BOLD = _set("mathbf boldsymbol bm pmb symbf mathbfit bf bfseries")
FONTS = (
    dict.fromkeys(BOLD, "bold")
    | _same("mathcal mathscr cal", "cal")
    | _same("mathbb mathds", "bb")
    | _same("mathfrak frak", "frak")
    | _same("mathrm operatorname operatorname* rm mathsf mathtt mathit", "roman")
    | dict.fromkeys(("mathnormal", "it", "sf", "tt"), "")
)
UNREAD = {  # letters that mean one thing in a font
    ("bb", "E"): "expectations are not read",
    ("bb", "P"): "probabilities are not read",
    ("bb", "V"): "variances are not read",
    ("cal", "O"): "orders of growth are not read",
}
TEXT_FONTS = _set("text textrm textit textbf textsf texttt textnormal mbox hbox textup textsc emph")
WORD_FONTS = _set("mathrm operatorname operatorname* mathit mathsf mathtt rm")
SWITCHES = _set("rm bf bfseries it cal frak sf tt")  # hold to the end of the braces around them

SIZES = _set("big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm biggm Biggm middle")
SPACES = _set(
    r""", : ; ! > / displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag allowbreak
    thinspace medspace thickspace negthinspace enspace noindent centering mathstrut strut relax xspace space hline
    tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge nobreak break blacksquare qed qedhere
    qedsymbol"""
) | {" ", "\n", "\t", "~"}
WIDE = {" ", "\n", "\t", "~", "space", "enspace", ";", ">"}  # after which a number in brackets at the end is a label
BREAKS = _set("quad qquad hfill")
DROPPED_ARGUMENT = _set("tag tag* label require vspace vspace* color phantom hphantom vphantom")
TRANSPARENT = _set(
    """boxed fbox framebox underbrace overbrace underbracket overbracket underline ensuremath displaylines
    cancel bcancel xcancel"""
)
LABELLED = _set("underbrace overbrace underbracket overbracket")
CLASSES = _set("mathbin mathop mathord mathopen mathclose mathinner")

OPENING = _same("( [ {") | {"lbrace": "{", "lbrack": "[", "langle": "langle", "lvert": "|", "lVert": "||"}
CLOSING = {")": "(", "]": "[", "}": "{", "rbrace": "{", "rbrack": "[", "rangle": "langle", "rvert": "|", "rVert": "||"}

MATRICES = _set("matrix bmatrix pmatrix Bmatrix smallmatrix psmallmatrix bsmallmatrix array")
CASES = _set("cases dcases rcases")
DISPLAYS = _set(
    """equation align gather multline flalign alignat xalignat eqnarray dmath dgroup darray IEEEeqnarray"""
) | {"displaymath"}
WITH_COLUMNS = _set(
    "array alignat alignat* alignedat xalignat xalignat* IEEEeqnarray IEEEeqnarray*"
)  # an argument first
ALIGNMENTS = DISPLAYS | {f"{name}*" for name in DISPLAYS} | _set("aligned alignedat split gathered math subequations")

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
    "≅": r"\cong",
    "≃": r"\simeq",
    "∉": r"\notin",
    "⊂": r"\subset",
    "⊆": r"\subseteq",
    "↦": r"\mapsto",
    "↔": r"\leftrightarrow",
    "√": r"\sqrt",
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
