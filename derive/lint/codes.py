"""The codes of findings: what each says, and a page that has it. They are stable: others' tools may rely on them."""

from __future__ import annotations

from dataclasses import dataclass

NETWORK = (
    r"a_t = W h_{t-1} + U x_t + b",
    r"h_t = \tanh(a_t)",
    r"\hat{y}_t = \mathrm{softmax}(V h_t + c)",
    r"L = -\sum_{t=1}^{T} y_t^\top \log \hat{y}_t",
)
DELTA = r"\delta_t = \frac{\partial L}{\partial a_t}"
RECURSION = r"\frac{\partial L}{\partial h_t} = V^\top (\hat{y}_t - y_t) + W^\top \delta_{t+1}"
GRADIENT = r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \delta_t x_t^\top"


@dataclass(frozen=True)
class Code:
    """What a code means, in a line and then in full; `page` is an example, the formula that has it the last one."""

    title: str
    text: str
    page: tuple[str, ...]

    @property
    def source(self) -> str:
        """The example as Markdown."""
        return "\n\n".join(
            part if part.startswith(("\\input", "The ", "<!--")) else f"$${part}$$" for part in self.page
        )


def _slip(title: str, text: str, *formulas: str) -> Code:
    return Code(title, text, (*NETWORK, *formulas))


CODES: dict[str, Code] = {
    "transpose": _slip(
        "a transpose is lost, or is one too many",
        "Where a matrix carries an error back it is transposed. With one hidden unit, or a symmetric matrix, "
        "no number would "
        "show the difference.",
        DELTA,
        RECURSION.replace(r"W^\top", "W"),
    ),
    "slice": Code(
        "a slice is taken of the wrong axis",
        "The columns of W that h_{t-1} meets in W [h_{t-1}, x_t] are W[:, :m]; its first m rows are another matrix.",
        (
            r"h_t = \tanh(W [h_{t-1}, x_t])",
            r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W[:m, :]",
        ),
    ),
    "sign": _slip(
        "a sign is the wrong one",
        "The error of softmax with cross-entropy is ŷ - y. With y - ŷ the descent climbs.",
        DELTA,
        RECURSION.replace(r"\hat{y}_t - y_t", r"y_t - \hat{y}_t"),
    ),
    "time-index": _slip(
        "a quantity is taken at the wrong step",
        "The gradient of a recurrent weight pairs the error of step t with the state of step t-1, and errors "
        "come back from "
        "step t+1.",
        DELTA,
        GRADIENT.replace("x_t", "x_{t-1}"),
    ),
    "index": _slip(
        "an index of an entry or of a layer is the wrong one",
        "The index that is summed and the index that stays must be where the quantities have them.",
        DELTA,
        r"\frac{\partial L}{\partial U_{ij}} = \sum_{t=1}^{T} \delta_{t,i} x_{t,i}",
    ),
    "bound": _slip(
        "a bound of Σ or Π is the wrong one",
        "A sum that begins a step late, or ends a step early, leaves out a share of the gradient.",
        DELTA,
        GRADIENT.replace("t=1", "t=2"),
    ),
    "lost-factor": _slip(
        "a factor is lost",
        "Often it is the slope of the activation, 1 - h², which the error passes on its way.",
        DELTA,
        r"\delta_t = \frac{\partial L}{\partial h_t}",
    ),
    "extra-factor": _slip(
        "a factor is one too many",
        "A slope that was multiplied in twice, or a factor that belongs elsewhere.",
        DELTA,
        GRADIENT.replace(r"\delta_t x", r"T \delta_t x"),
    ),
    "lost-term": _slip(
        "a term is lost",
        "The state of step t acts on the loss of its own step and on all later ones: two terms. Where the "
        "second is missing, "
        "nothing is learnt through time.",
        DELTA,
        RECURSION.replace(r" + W^\top \delta_{t+1}", "").replace(r"\partial", "d"),
    ),
    "extra-term": _slip(
        "a term is one too many",
        "What is added here is no part of the sum.",
        DELTA,
        RECURSION + r" + V^\top y_t",
    ),
    "lost-sum": _slip(
        "a Σ is lost",
        "A parameter is used at every step; its gradient is the sum over all of them.",
        DELTA,
        GRADIENT.replace(r"\sum_{t=1}^{T} ", "").replace(r"\partial", "d"),
    ),
    "order": _slip(
        "two factors stand in the wrong order",
        "Matrices do not commute. An outer product the wrong way round is the transpose of the gradient.",
        DELTA,
        GRADIENT.replace(r"\delta_t x_t^\top", r"x_t \delta_t^\top"),
    ),
    "product": _slip(
        "one product for another",
        "⊙ multiplies entry by entry, a juxtaposition is the matrix product.",
        DELTA,
        RECURSION.replace(r"W^\top \delta", r"W^\top \odot \delta"),
    ),
    "power": _slip(
        "a power is the wrong one",
        "The slope of tanh is 1 - h², which is neither 1 - h nor (1 - h)².",
        r"\frac{\partial h_t}{\partial a_t} = \mathrm{diag}((1 - h_t)^2)",
    ),
    "prime": Code(
        "a function for its derivative, or the other way round",
        "g' and g are easily taken for each other where both stand on the page.",
        (
            r"a_t = W h_{t-1} + U x_t + b",
            r"h_t = g(a_t)",
            r"L = \sum_{t=1}^{T} \ell(h_t)",
            r"\frac{\partial L}{\partial a_t} = g(a_t) \odot \frac{\partial L}{\partial h_t}",
        ),
    ),
    "quantity": _slip(
        "one quantity stands for another",
        "The letter is another one's: U for V, x for h.",
        DELTA,
        RECURSION.replace(r"V^\top", r"W^\top"),
    ),
    "function": _slip(
        "a function is applied once too often",
        "The state is tanh of the activation already: the slope is 1 - h², not 1 - tanh(h)².",
        r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} (\mathrm{softmax}(\hat{y}_t) - y_t)",
    ),
    "direct-for-total": _slip(
        "a total derivative where the direct one is meant, or the other way round",
        "A sum over the uses of a parameter needs the direct derivative ∂⁺ of each step: the total one counts"
        " the earlier "
        "steps again.",
        r"\frac{d L}{d W} = \sum_{t=1}^{T} \frac{d L}{d h_t} \frac{d h_t}{d W}",
    ),
    "brackets": _slip(
        "brackets are lost under a Σ",
        "A Σ reaches to the next plus: what is meant to be summed as well needs brackets.",
        r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} \hat{y}_t - y_t",
    ),
    "differs": _slip(
        "the two sides differ, and no single edit mends it",
        "Numbers are given at which both sides are apart, rigorously. More than one thing is wrong, or "
        "something that no "
        "edit of one place can mend.",
        r"\frac{\partial L}{\partial b} = \sum_{t=1}^{T} W h_t",
    ),
    "shape": _slip(
        "the shapes do not fit",
        "No reading of the products has shapes that fit together. Alone this refutes nothing: the page may write in a "
        "convention that was not understood.",
        r"\frac{\partial L}{\partial h_t} = V W U",
    ),
    "layout": _slip(
        "it holds for the transposed Jacobian",
        "The page writes this Jacobian with its rows for columns. Where it does so throughout, that is a "
        "convention; say it "
        "in the legend: jacobians = \"denominator\".",
        r"\frac{\partial \hat{y}_t}{\partial h_t} = V^\top (\mathrm{diag}(\hat{y}_t) - \hat{y}_t \hat{y}_t^\top)",
    ),
    "unreadable": _slip(
        "the formula, or a part of it, was not understood",
        "The reason and the place are given. A symbol that nothing on the page explains can be explained in a legend.",
        r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} (\hat{y}_t - ",
    ),
    "unknown": _slip(
        "read, but neither proved nor refuted",
        "What is claimed is no equality, or both sides are zero, or the search came to its bound. Nothing is "
        "said against it.",
        r"L \le 0",
    ),
    "conditional": _slip(
        "it holds, but only under an assumption",
        "The assumptions are named; `unrolled explain NAME` says what each costs. It is an error where one of"
        " them is not "
        "accepted (`--accept`, or `accept` in the settings).",
        r"\frac{\partial h_t}{\partial a_t} = 1 - h_t^2",
    ),
    "not-read": Code(
        "something stands in another file, which was not read",
        "What the page takes from another file by \\input or \\include was not looked at. Check that file too.",
        (*NETWORK, r"\input{appendix}"),
    ),
    "unused-suppression": Code(
        "a comment silences a finding that is not there",
        "The finding was mended, or the comment stands at the wrong place, or its code is misspelled. Take it away.",
        ("<!-- unrolled: ignore[sign] -->\n\nThe page has no slip.", *NETWORK),
    ),
}  # fmt: skip
VERDICTS = {
    "holds": "true for all parameters, inputs and targets, in the range that is proved or tried",
    "definition": "says what a symbol stands for: an equation of the network, data, a name",
    "fragment": "no equality in it, so nothing to decide",
    "fails": "refuted, whatever is assumed; the code says what kind of slip it is",
}
CONVENTIONS = {
    "vectors": "whether vectors are columns or rows: told by the side on which parameters stand",
    "repeated-indices": "whether an index that stands twice is summed without a Σ: told by letters that stand on "
    "one side alone",
    "jacobians": "which index of a Jacobian comes first: that of u in ∂u/∂v, or of v (denominator layout)",
}
