r"""The independent second reader of our LaTeX, latex2sympy2, in a process of its own: `python second_reader.py`.

It keeps state in module globals, where one stray token breaks every later call, so it never runs inside the tests. A
line of standard input is a formula as a JSON string; a line of standard output is the expression read, as a tree
[class name, arguments…], or {"error": …}.
"""

import json
import sys
import typing
from types import ModuleType
from typing import Any

import sympy


def _reader() -> typing.Callable[[str], Any]:
    shim = ModuleType("typing.io")  # its ANTLR runtime imports it; gone since Python 3.13
    shim.TextIO = typing.TextIO  # type: ignore[attr-defined]
    sys.modules["typing.io"] = shim
    from latex2sympy2 import latex2sympy

    return latex2sympy


def tree(expression: Any) -> Any:
    """The expression as JSON."""
    if isinstance(expression, sympy.Symbol):
        return ["Symbol", expression.name]
    if isinstance(expression, sympy.Integer):
        return ["Integer", int(expression)]
    if isinstance(expression, sympy.Rational):
        return ["Rational", int(expression.p), int(expression.q)]
    if isinstance(expression, sympy.core.function.AppliedUndef):
        return ["Function", expression.func.__name__, *map(tree, expression.args)]
    return [type(expression).__name__, *map(tree, expression.args)]


def main() -> None:
    """Answer until standard input ends."""
    read = _reader()
    for line in sys.stdin:
        latex = json.loads(line).replace(r"\log", r"\ln")  # it reads \log to base 10
        try:
            answer = tree(read(latex))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
