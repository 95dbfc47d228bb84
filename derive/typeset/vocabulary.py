r"""The commands that a formula may hold: signs, letters, accents, fonts and tables. No macro, link, style or file."""

from __future__ import annotations

_GREEK = """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho
varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
_SIGNS = """partial nabla infty ell hbar top bot dagger ast star circ bullet cdot times div pm mp odot oplus otimes
ominus cap cup wedge vee in notin ni subset subseteq supset supseteq forall exists neg emptyset prime
le leq ge geq ne neq ll gg equiv approx simeq sim cong propto mid parallel perp
to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow Longleftarrow Longrightarrow
Longleftrightarrow mapsto implies iff uparrow downarrow therefore because
ldots cdots dots vdots ddots quad qquad"""
_OPERATORS = "sum prod int max min sup inf lim arg det dim ker log ln exp sin cos tan sinh cosh tanh"
DELIMITERS = "langle rangle lvert rvert lVert rVert vert Vert lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack"
SYMBOLS = frozenset(f"{_GREEK} {_SIGNS} {_OPERATORS} {DELIMITERS}".split())
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
BOXES = frozenset(["boxed", "fbox"])
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
