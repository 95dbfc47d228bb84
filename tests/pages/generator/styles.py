"""Who writes: styles of notation, and the letters that authors choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from .networks import Network
from .spelling import Name, Spelling


@dataclass(frozen=True)
class Style:
    """A way of writing: where indices stand (several to choose from), rows, Jacobians in denominator layout, components
    with a sign or by convention, names with words, functions left open."""

    name: str
    steps: tuple[str, ...]
    rows: bool = False
    denominator: bool = False
    components: bool = False
    summation: bool = False
    words: bool = False
    open_functions: bool = False


STYLES = {
    style.name: style
    for style in (
        Style("subscript", ("sub",)),
        Style("superscript", ("sup", "plain")),
        Style("bracket", ("bracket",)),
        Style("angle", ("angle",)),
        Style("paren", ("paren",)),
        Style("rows", ("sub", "sub", "sup", "bracket"), rows=True),
        Style("denominator", ("sub", "sup", "paren"), denominator=True),
        Style("sums", ("sub", "sup", "bracket"), components=True),
        Style("summation", ("sub", "sup"), components=True, summation=True),
        Style("words", ("sub", "sub", "sup"), words=True),
        Style("open", ("sub", "sup", "angle"), open_functions=True),
    )
}
OPEN = ("elman", "stacked", "bidirectional", "many_to_one", "perceptron", "batch")


def sensible(network: str, style: str) -> bool:
    """Whether anyone would write the network so."""
    if style == "open":
        return network in OPEN
    if style == "angle":
        return network not in ("perceptron",)
    return not (style in ("paren", "denominator") and network in ("perceptron", "batch"))


WEIGHTS = (  # recurrent, input, output weights; biases of the state and of the output
    ("W", "U", "V", "b", "c"),
    ("U", "W", "V", "b", "c"),
    ("W_{hh}", "W_{xh}", "W_{hy}", "b_h", "b_y"),
    ("W_{hh}", "W_{hx}", "W_{yh}", "b_h", "b_y"),
    ("W_h", "W_x", "W_y", "b_h", "b_y"),
    (r"\Theta", r"\Phi", r"\Psi", r"\beta", r"\gamma"),
    (r"\Theta_h", r"\Theta_x", r"\Theta_y", "b_h", "b_y"),
    ("A", "B", "C", "b", "c"),
    ("R", "W", "Q", "b", "c"),
)
WORDY = (
    (r"W_{\text{rec}}", r"W_{\text{in}}", r"W_{\text{out}}", r"b_{\text{rec}}", r"b_{\text{out}}"),
    (r"W_{\mathrm{hid}}", r"W_{\mathrm{in}}", r"W_{\mathrm{out}}", r"b_{\mathrm{hid}}", r"b_{\mathrm{out}}"),
)
STATES = (  # state, its pre-activation, logits, output, target
    ("h", "a", "o", r"\hat{y}", "y"),
    ("h", "z", "o", r"\hat{y}", "y"),
    ("s", "z", "o", r"\hat{y}", "y"),
    ("s", "a", "q", r"\hat{y}", "y"),
    ("a", "z", "o", r"\hat{y}", "y"),
    ("h", "a", "z", "p", "y"),
    ("h", "u", "v", "y", "d"),
    ("z", "a", "q", "y", r"\tau"),
)
WORDY_STATES = (
    ("h", r"\text{net}_h", r"\text{net}_y", r"\hat{y}", "y"),
    ("h", r"\mathrm{net}_h", r"\mathrm{net}_o", r"\hat{y}", "y"),
    (r"\text{out}_h", r"\text{in}_h", r"\text{in}_y", r"\text{out}_y", "y"),
    ("h", r"a_{\text{hid}}", r"a_{\text{out}}", r"y_{\text{pred}}", r"y_{\text{true}}"),
)
LOSSES = (("L", "L"), ("J", "J"), ("E", "E"), ("L", r"\ell"), (r"\mathcal{L}", r"\mathcal{L}"), ("C", "C"), ("J", "L"))
WORDY_LOSSES = ((r"L_{\text{total}}", "L"), (r"\text{Loss}", r"\text{loss}"), ("J", "J"))


def name(text: str) -> Name:
    """The parts of `W_{hh}`."""
    base, _, below = text.partition("_")
    return Name(base, below[1:-1] if below.startswith("{") else below)


def spelled(network: Network, style: Style, random: Random) -> Spelling:
    """An author's spelling of a network."""
    names = _names(network, style, random)
    steps = random.choice(style.steps)
    if network.name == "perceptron" and steps == "sub" and random.random() < 0.3:
        steps = "plain" if not style.components else "sub"
    bases = {n.base for n in names.values()}
    letters = {"t": "t", "k": "k", "i": "i", "n": "n", "l": "l", "T": "T", "N": "N", "L": "L"}
    if style.components:
        letters |= {"k": "s", "i": "r"} if not bases & {"s", "r"} else {"k": r"\tau", "i": r"\rho"}
    elif random.random() < 0.3 and not bases & {"j", r"\tau"}:
        letters |= {"k": "j"}
    if letters["i"] in bases:
        letters["i"] = "m"
    if network.family == "n":
        letters["n"] = random.choice(("i", "n")) if not style.components else "n"
        if random.random() < 0.4:
            letters["N"] = "m" if "m" not in letters.values() else "N"
    functions = {
        "tanh": r"\tanh",
        "sigmoid": r"\sigma",
        "log": random.choice((r"\log", r"\log", r"\ln")),
        "softmax": random.choice((r"\mathrm{softmax}", r"\text{softmax}", r"\operatorname{softmax}")),
        "f": random.choice(("f", r"\phi", r"\varphi")),
        "g": "g",
        "kron": r"\delta" if r"\delta" not in bases else r"\mathbf{1}",
    }
    marks = random.choice(((r"\partial", r"\partial"), (r"\partial^{+}", r"\partial"), (r"\partial", r"\partial")))
    return Spelling(
        names,
        steps,
        letters,
        _sizes(bases),
        functions,
        hadamard=random.choice((r"\odot", r"\odot", r"\circ")),
        transpose=random.choice((r"\top", r"\top", r"\intercal" if steps == "plain" else "T", r"{\top}")),
        diag=random.choice((r"\mathrm{diag}", r"\operatorname{diag}", r"\text{diag}")),
        direct=marks[0],
        total=marks[1],
        sized=random.random() < 0.4,
        bare=random.random() < 0.2,
        reverse=style.denominator,
        split=style.components and steps == "sub" and random.random() < 0.3,
    )


def _sizes(bases: set[str]) -> Mapping[str, str]:
    if bases & {"n", "d"}:
        return {"H": "m_h", "X": "m_x", "Y": "m_y", "K": "m_g", "B": "B"}
    return {"H": "n_h", "X": "n_x", "Y": "n_y", "K": "n_g", "B": "B"}


def _names(network: Network, style: Style, random: Random) -> dict[str, Name]:
    states = random.choice(WORDY_STATES if style.words else STATES)
    total, step = random.choice(WORDY_LOSSES if style.words else LOSSES)
    weights = random.choice(WORDY if style.words else WEIGHTS)
    taken = {name(text).base for text in states}
    while any(name(text).base in taken | {total, step} for text in weights):
        weights = random.choice(WORDY if style.words else WEIGHTS)
    simple = dict(zip(("W", "U", "V", "b", "d"), map(name, weights), strict=True))
    found = dict(zip(("h", "a", "o", "p", "y"), map(name, states), strict=True))
    found |= {"x": Name("x"), "L": name(total), "l": name(step)}
    if network.name in ("elman", "many_to_one"):
        return found | simple
    if network.name == "batch":
        upper = {
            q: Name(n.base.upper() if n.base.isalpha() else n.base.replace("y", "Y"), n.below)
            for q, n in found.items()
            if q in "haopyx"
        }
        if len({(n.base, n.below) for n in upper.values()}) < len(upper) or {n.base for n in upper.values()} & (
            {n.base for n in simple.values()} | {total, step}
        ):
            upper = {q: Name(b) for q, b in zip("haopyx", ("H", "Z", "O", r"\hat{Y}", "Y", "X"), strict=True)}
            simple = {"W": Name("W"), "U": Name("U"), "V": Name("V")}
        return found | upper | simple
    if network.name == "perceptron":
        letter = random.choice(("a", "h"))
        words = (
            {"h": name(r"\text{out}"), "a": name(r"\text{net}")} if style.words else {"h": Name(letter), "a": Name("z")}
        )
        weight = Name(random.choice(("W", "w", r"\Theta")))
        return (
            found
            | words
            | {"W": weight, "b": Name("b"), "L": Name("C"), "y": Name("y"), "p": Name("p"), "l": Name("c")}
        )
    if network.name in ("softmax_regression", "multilabel", "logistic"):
        logit = Name(random.choice(("z", "o", "a"))) if not style.words else name(r"z_{\text{out}}")
        output = Name(random.choice((r"\hat{y}", "p"))) if not style.words else name(r"y_{\text{pred}}")
        weight = Name(random.choice(("W", r"\Theta", "A") if network.name != "logistic" else ("w", r"\theta")))
        target = name(r"y_{\text{true}}") if style.words else Name("y")
        return found | {"o": logit, "p": output, "y": target, "W": weight, "w": weight, "b": Name("b")}
    return found | _gated(network, style, random)


def _gated(network: Network, style: Style, random: Random) -> dict[str, Name]:
    """Names of networks with several of each: gates, layers, directions."""
    names: dict[str, Name] = {}
    output = random.choice((("V", "c"), ("W_y", "b_y"), ("W_{hy}", "b_y")))
    first, second = random.choice((("W", "U"), ("W", "R"), ("W", "U")))
    names |= {"h": Name("h"), "o": Name(random.choice(("z", "q"))), "p": Name(r"\hat{y}"), "y": Name("y")}
    if network.name == "lstm" or network.name == "gru":
        tags = {"f": "f", "i": "i", "o": "o", "g": random.choice(("c", "g")), "z": "z", "r": "r"}
        cell = "c"
        gates = {"f": "f", "i": "i", "o": "o", "z": "z", "r": "r"}
        gates["g"] = "g" if tags["g"] == "g" else rf"\tilde{{{cell if network.name == 'lstm' else 'h'}}}"
        if network.name == "gru":
            tags["g"] = "h"
            gates["g"] = random.choice((r"\tilde{h}", r"\hat{h}"))
            names["o"] = Name("o")
        if style.words:
            pre = {tag: Name(r"\text{net}", tags[tag]) for tag in tags}
        else:
            above = random.random() < 0.5
            pre = {tag: Name("a", "" if above else tags[tag], tags[tag] if above else "") for tag in tags}
        for gate in "fiogzr":
            names |= {f"W_{gate}": Name(first, tags[gate]), f"U_{gate}": Name(second, tags[gate])}
            names |= {f"b_{gate}": Name("b", tags[gate]), f"P_{gate}": Name("p", tags[gate])}
            names |= {f"a_{gate}": pre[gate], f"s_{gate}": name(gates[gate])}
        names["c"] = Name("c")
        if output[1] == "c":
            output = ("V", "d")
        return names | {"V": name(output[0]), "d": name(output[1])}
    if network.name == "stacked":
        one, two = ("1", "2") if not style.words else (r"\text{low}", r"\text{top}")
        if style.words or random.random() < 0.5:
            tagged = {tag: (tag_text, "") for tag, tag_text in (("1", one), ("2", two))}
            names |= {f"h_{i}": Name("h", *tagged[i]) for i in "12"} | {f"a_{i}": Name("a", *tagged[i]) for i in "12"}
            names |= {
                f"{kind}_{i}": Name(letter, tagged[i][0])
                for i in "12"
                for kind, letter in (("W", first), ("U", second), ("b", "b"))
            }
        else:
            names |= {"h_1": Name("g"), "h_2": Name("h"), "a_1": Name("u"), "a_2": Name("v")}
            names |= {
                "W_1": Name("W"),
                "U_1": Name("U"),
                "b_1": Name("b"),
                "W_2": Name("R"),
                "U_2": Name("B"),
                "b_2": Name("c"),
            }
            output = ("V", "d")
        return names | {"V": name(output[0]), "d": name(output[1])}
    ahead, back = random.choice(((r"\rightarrow", r"\leftarrow"), ("f", "b")))
    if style.words:
        ahead, back = r"\text{fwd}", r"\text{bwd}"
    if ahead == r"\rightarrow":
        names |= {"h_f": Name(r"\overrightarrow{h}"), "h_b": Name(r"\overleftarrow{h}")}
        names |= {"a_f": Name(r"\overrightarrow{a}"), "a_b": Name(r"\overleftarrow{a}")}
        ahead, back = "f", "b"
    else:
        names |= {"h_f": Name("h", ahead), "h_b": Name("h", back), "a_f": Name("a", ahead), "a_b": Name("a", back)}
    for tag, text in (("f", ahead), ("b", back)):
        names |= {
            f"W_{tag}": Name(first, text),
            f"U_{tag}": Name(second, text),
            f"b_{tag}": Name("b", text),
            f"V_{tag}": Name("V", text),
        }
    return names | {"d": name(random.choice(("c", "b_y")))}
