"""What stands around the formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .terms import At, Q

if TYPE_CHECKING:
    from .author import Author

TITLES = {
    "elman": "A recurrent network",
    "gru": "Gated recurrent units",
    "lstm": "An LSTM with peepholes",
    "stacked": "Two recurrent layers",
    "bidirectional": "Both directions",
    "many_to_one": "A sequence and one label",
    "perceptron": "A deep network",
    "softmax_regression": "Softmax regression",
    "batch": "A recurrent network on batches",
    "multilabel": "Many labels at once",
    "logistic": "Logistic regression",
}


def markdown(author: Author, blocks: list[str], definitions: int, named: int, sizes: bool) -> str:
    """The page in Markdown: a title, what stands before the formulas, and the blocks."""
    opening, closing = author.random.choice((("$$", "$$"), ("$$", "$$"), (r"\[", r"\]"), ("```math", "```")))
    parts = [f"# {TITLES[author.source]}", introduction(author, sizes)]
    for i, block in enumerate(blocks):
        if i == definitions and named > definitions:
            parts.append("We name some of the derivatives.")
        if i == named:
            parts.append("## Gradients")
        parts.append(f"{opening}\n{block}\n{closing}")
    return "\n\n".join(parts) + "\n"


def introduction(author: Author, sizes: bool) -> str:
    """What stands before the formulas; the sizes always where claims speak of them."""
    says = []
    if sizes or author.random.random() < 0.5:
        for q, role in author.network.given.items():
            rows, columns = author.network.shapes[q]
            if author.network.family == "l" or (rows, columns) == ("1", "1") or role in ("one-hot", "binary", "real"):
                continue
            index = (At(author.network.family),) if q in author.network.indexed else ()
            spelled = author.spelling.script(Q(q, index))
            axes = [author.spelling.sizes[axis] for axis in (rows, columns) if axis != "1"]
            if len(axes) == 1 and author.style.rows:
                axes = ["1", *axes]
            elif author.style.rows:
                axes = axes[::-1]
            power = r" \times ".join(axes)
            says.append(rf"${spelled} \in \mathbb{{R}}^{{{power}}}$")
    lines = [", ".join(says) + "."] if says else []
    target = {"one-hot": "The targets are one-hot.", "binary": "The targets are zeros and ones."}
    lines += [target[role] for role in author.network.given.values() if role in target]
    if author.style.rows:
        lines.append("Vectors are rows." if author.source != "batch" else "The rows are the samples of the batch.")
    if author.style.denominator:
        lines.append("Jacobians are in denominator layout.")
    if author.style.summation:
        lines.append("Repeated indices are summed.")
    return " ".join(lines) or "A derivation."
