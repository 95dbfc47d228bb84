"""Trees in a notation of one line, so that a golden table can be read."""

from collections.abc import Callable

import pytest

from derive.reading import tree

BRACKETS = {"(": "paren", "[": "bracket", "{": "set", "|": "bar", "||": "norm", "langle": "angle"}


def _show(node: tree.Node | None) -> str:
    match node:
        case None:
            return "-"
        case tree.Number():
            return str(node.value)
        case tree.Symbol():
            return f"{node.accent}:{node.name}" if node.accent else node.name
        case tree.Script():
            scripts = [("_", node.sub), ("^", node.sup)]
            parts = [_show(node.base), *(f"{mark} {_show(script)}" for mark, script in scripts if script is not None)]
            left = [f"{_show(node.left)} _"] if node.left is not None else []
            return f"({' '.join(left + parts + ['prime'] * node.primes)})"
        case tree.Group():
            return f"({BRACKETS[node.bracket]} {_show(node.body)})"
        case tree.Sequence():
            return f"(list {' '.join(map(_show, node.items))})"
        case tree.Product():
            rest = zip(node.ops, node.factors[1:], strict=True)
            return f"(* {_show(node.factors[0])}{''.join(f' {op}'.rstrip() + f' {_show(f)}' for op, f in rest)})"
        case tree.Sum():
            terms = zip(node.signs, node.terms, strict=True)
            return f"(+ {' '.join(('-' if sign < 0 else '') + _show(term) for sign, term in terms)})"
        case tree.Frac():
            return f"(frac {_show(node.numerator)} {_show(node.denominator)})"
        case tree.Partial():
            kind = {True: "direct", False: "total", None: "partial"}[node.direct]
            forgotten = f" forgotten {node.forgotten}" if node.forgotten else ""
            return f"({kind} {_show(node.of)} {_show(node.wrt)}{forgotten})"
        case tree.Nabla():
            return f"(nabla {_show(node.wrt)} {_show(node.of)})"
        case tree.Big():
            return f"({node.op} {_show(node.lower)} {_show(node.upper)})"
        case tree.Relation():
            return f"({node.op} {_show(node.left)} {_show(node.right)})"
        case tree.Range():
            return f"(range {_show(node.first)} {_show(node.last)})"
        case tree.At():
            return f"(at {_show(node.body)} {_show(node.where)})"
        case tree.Dots():
            return "..."
        case tree.Words():
            return f'"{node.text}"'
        case tree.Slice():
            return f"(slice {_show(node.start)} {_show(node.stop)})"
        case tree.Matrix():
            return f"(matrix {' / '.join(' '.join(map(_show, row)) for row in node.rows)})"
        case tree.Cases():
            return f"(cases {' '.join(f'({_show(value)} if {_show(when)})' for value, when in node.branches)})"
    raise AssertionError(f"a mark was left in the tree: {node!r}")


@pytest.fixture(scope="session")
def show() -> Callable[[tree.Node | None], str]:
    return _show
