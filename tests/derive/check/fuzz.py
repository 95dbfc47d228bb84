"""Random and mutated formulas for the check: it must give every one of them a verdict, whatever they say.

As a job of its own: `python tests/derive/check/fuzz.py 1000 [SEED]` checks 1000 pages and reports every exception and
the slowest page; its exit status is 1 if there was an exception.
"""

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import derive
from derive.judge.notes import check_document
from derive.reading import Document, builtin_legend, load

VECTORS = r"""
    h_t h_{t-1} h_{t+1} h_k h_0 h_T h_{T+1} z_t z_{t+1} o_t x_t y_t \hat{y}_t h_{t,i} z_{t,k} (h_t)_i (\hat{y}_t)_k L
    L_t L_T W_{hh} W_{hy} W_{xh} b_h b_y (W_{hh})_{ik} (W_{hh})_{i} (b_h)_i (b_h)_{ik} 0 1 2 \frac{1}{2} t T \delta_t
    K_t \eta
"""
SCALARS = r"""
    a(t) a(t-1) a(2) a(T) net_a(t) net_y(t) x(t) y(t) y(T) \hat{y}(t) L(t) L(2) W_{aa} w_{aa} w_{ya} w_{ax} b_a b_y
    W_{ya} W_{ax} \eta t T 1 2 \partial^{+}
"""
LEAVES = {"elman_vector": VECTORS.split(), "hello": SCALARS.split()}
VARIABLES = [leaf for leaf in LEAVES["elman_vector"] if leaf not in ("0", "1", "2", r"\frac{1}{2}", "t", "T")]
SHAPES = [
    "{0} {1}", "{0} + {1}", "{0} - {1}", r"{0} \odot {1}", r"{0} \cdot {1}", r"{0} \otimes {1}", "({0})^\\top",
    "({0})^2", "({0} + {1}) {2}", r"\frac{{{0}}}{{{1}}}", r"\mathrm{{diag}}({0})", r"\mathrm{{diag}}(1 - h_t^2) {0}",
    r"\tanh({0})", r"\tanh'({0})", r"\mathrm{{softmax}}({0})", r"\log {0}", r"\|{0}\|^2", r"\sum_t {0}", r"\sum_i {0}",
    r"\sum_{{k=1}}^{{t}} {0}", r"\sum_{{t=1}}^{{T}} {0}", r"\sum_{{k=t}}^{{T}} ({0}) {1}", r"\prod_{{k=1}}^{{t}} ({0})",
    r"\left( \prod_{{i=k+1}}^{{t}} \frac{{\partial h_i}}{{\partial h_{{i-1}}}} \right) {0}",
    r"\sum_{{t=T}}^{{1}} {0}", r"\prod_{{i=t}}^{{k+1}} ({0})", r"\sum_{{k=t+1}}^{{t}} {0}", r"1_{{i=k}} {0}",
    r"\left. {0} \right|_{{t=1}}",
    r"\begin{{cases}} {0} & t = 1 \\ {1} & \text{{otherwise}} \end{{cases}}",
    r"\begin{{bmatrix}} {0} & {1} \\ {1} & {2} \end{{bmatrix}}",
]  # fmt: skip
SIGNS = [r"\partial", r"\partial", r"\partial^{+}", "d "]
LEGENDS = {name: builtin_legend(name) for name in ("elman_vector", "hello")}
NOTES = Path(derive.__file__).parent / "notes"
SHIPPED = {name: [block.latex for block in load(NOTES / f"{name}.md").blocks] for name in LEGENDS}


@dataclass
class Report:
    """What came of the formulas: their verdicts, what broke, and the slowest."""

    verdicts: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, str]] = field(default_factory=list)
    worst_seconds: float = 0.0
    worst: str = ""


def derivative(rng: random.Random) -> str:
    sign = rng.choice(SIGNS)
    return rf"\frac{{{sign} {rng.choice(VARIABLES)}}}{{{sign} {rng.choice(VARIABLES)}}}"


def formula(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return derivative(rng) if rng.random() < 0.4 else rng.choice(LEAVES["elman_vector"])
    return rng.choice(SHAPES).format(*(formula(rng, depth - 1) for _ in range(3)))


def statement(rng: random.Random) -> str:
    head = derivative(rng) if rng.random() < 0.7 else rng.choice(LEAVES["elman_vector"])
    sides = [formula(rng, rng.randint(1, 3)) for _ in range(rng.choice([1, 1, 1, 2]))]
    condition = rng.choice(["", "", "", r" \quad \text{for } t < T", r" \quad \text{if } i = k"])
    return " = ".join([head, *sides]) + condition


def exchanged(rng: random.Random, latex: str, leaves: list[str]) -> str:
    """A formula with a few of its symbols exchanged for others."""
    for _ in range(rng.randint(1, 3)):
        present = [leaf for leaf in leaves if leaf in latex]
        if present:
            old = rng.choice(present)
            pieces = latex.split(old)
            cut = rng.randrange(1, len(pieces))
            latex = old.join(pieces[:cut]) + rng.choice(leaves) + old.join(pieces[cut:])
    return latex


def page(rng: random.Random, name: str) -> str:
    """A few formulas, so that what one introduces the next can use."""
    random_ones = 0.6 if name == "elman_vector" else 0.0
    drawn = [
        statement(rng) if rng.random() < random_ones else exchanged(rng, rng.choice(SHIPPED[name]), LEAVES[name])
        for _ in range(4)
    ]
    return "\n\n".join(f"$${latex}$$" for latex in drawn)


def run(count: int, seed: int = 0) -> Report:
    """Checks `count` pages."""
    report = Report()
    rng = random.Random(seed)
    for _ in range(count):
        name = rng.choices(list(LEGENDS), weights=[4, 1])[0]
        text = page(rng, name)
        begun = time.perf_counter()
        try:
            for block in check_document(Document.read("page.md", text, "md"), LEGENDS[name]).blocks:
                report.verdicts[block.verdict] += 1
        except Exception as error:
            report.broken.append((text, f"{type(error).__name__}: {error}"))
        seconds = time.perf_counter() - begun
        if seconds > report.worst_seconds:
            report.worst_seconds, report.worst = seconds, text
    return report


if __name__ == "__main__":
    result = run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(dict(result.verdicts), f"{len(result.broken)} broken, slowest {result.worst_seconds:.1f} s:", result.worst)
    for text, problem in result.broken[:20]:
        print(f"{problem}\n    {text!r}")
    sys.exit(bool(result.broken))
