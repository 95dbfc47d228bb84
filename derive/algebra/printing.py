"""LaTeX in the notation of the notes: of scalar SymPy expressions, and of array expressions in vector notation.

Everything is one line: the several sides of an equality are several strings, since MathML knows no `aligned`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import singledispatch

import sympy
from sympy import Expr
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter

from derive.algebra.array import (
    Array,
    Diag,
    Map,
    MatMul,
    Outer,
    Parameter,
    Softmax,
    Total,
    Transpose,
    Value,
    slot,
    transpose,
    walk,
)
from derive.algebra.entries import Entry
from derive.algebra.model import Equation
from derive.algebra.notation import at_a_step, index_letter, rank, vectors_are_rows, written
from derive.algebra.series import Jacobian, Over
from derive.algebra.written import Equality, Partial, Plus, Times

SUM, HADAMARD, PRODUCT, RAISED, ATOM = range(5)  # how tightly a formula binds, loosest first; RAISED has an exponent


def latex(thing: Expr | Array | Equation | Equality | sympy.MatrixBase) -> str:
    """The LaTeX of an expression, an array, an equation of a model or an equality, on one line."""
    if isinstance(thing, Equality | Equation):
        return " ".join(lines(thing))
    return _array(thing)[0] if isinstance(thing, Array) else str(PRINTER.doprint(thing))


def lines(equality: Equality | Equation) -> tuple[str, ...]:
    """An equality with one line a side: `head = side`, then `= side`, …, and its condition at the end."""
    if isinstance(equality, Equation):
        return (f"{latex(equality.value)} = {latex(equality.expression)}",)
    sign = r"\leftarrow" if equality.assigns else "="
    found = [f"{sign} {latex(side)}" for side in equality.sides]
    found[0] = f"{latex(equality.head)} {found[0]}"
    if equality.where is not None:
        found[-1] += rf" \quad \text{{if }} {latex(equality.where)}"
    return tuple(found)


def _step(step: Expr) -> str:
    return re.sub(r"[A-Za-z]+", lambda name: index_letter(name[0]), str(step)).replace(" ", "")


def _grouped(text: str) -> str:
    """Brackets that grow only around what is tall."""
    tall = any(command in text for command in (r"\frac", r"\sum", r"\prod"))
    return rf"\left({text}\right)" if tall else f"({text})"


class Printer(LatexPrinter):
    """Scalar expressions; inside the rule of a `Map`, whole arrays stand as `Placed` symbols."""

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return _array(expr.array)[0] if isinstance(expr, Placed) else written(index_letter(expr.name))

    def _print_Entry(self, expr: Entry) -> str:
        base = written(expr.of.name)
        base = f"({base})" if "_" in base else base
        place = f"_{{{','.join(map(str, expr.index))}}}" if expr.index else ""
        return base + place + (f"({_step(expr.of.step)})" if isinstance(expr.of, Value) else "")

    def _print_AppliedUndef(self, expr: AppliedUndef) -> str:
        step, *unit = expr.args
        value = f"{written(expr.func.__name__)}({_step(step)})"
        return f"({value})_{{{self._print(unit[0])}}}" if unit else value

    def _print_Partial(self, expr: Partial) -> str:
        sign = r"\partial^{+}" if expr.direct else r"\partial"
        return rf"\frac{{{sign} {self._print(expr.of)}}}{{\partial {self._print(expr.wrt)}}}"

    def _print_Times(self, expr: Times) -> str:
        sign, factors = "", expr.args
        if factors[0] == -1:
            sign, factors = "-", factors[1:]
        last = len(factors) - 1
        texts = [self._factor(factor, opens=n == 0 and not sign, closes=n == last) for n, factor in enumerate(factors)]
        return sign + r" \cdot ".join(texts) if any(f.is_Number for f in factors) else sign + " ".join(texts)

    def _factor(self, factor: Expr, opens: bool = False, closes: bool = False) -> str:
        """A factor in brackets where its neighbours would pull it apart."""
        text = self._print(factor)
        loose = isinstance(factor, Plus) or factor.is_Add
        signed = factor.could_extract_minus_sign() if not isinstance(factor, Times) else factor.args[0] == -1
        reaches = isinstance(factor, sympy.Sum | sympy.Product) or (
            isinstance(factor, Times) and isinstance(factor.args[-1], sympy.Sum | sympy.Product)
        )
        if isinstance(factor, Placed) and _array(factor.array)[1] < PRODUCT:
            loose = True
        return _grouped(text) if loose or (signed and not opens) or (reaches and not closes) else text

    def _print_Plus(self, expr: Plus) -> str:
        return self._join(expr.args)

    def _print_Add(self, expr: sympy.Add, order: str | None = None) -> str:
        if below := _common(expr):  # one fraction, not one for each term
            above = sympy.Add(*(sympy.Mul(term, *(1 / factor for factor in below)) for term in expr.args))
            return rf"\frac{{{self._print(above)}}}{{{self._product([1 / factor for factor in below])}}}"
        return self._join(sorted(expr.args, key=lambda term: (_negative(term), _key(term))))

    def _join(self, terms: Iterable[Expr]) -> str:
        first, *rest = map(self._print, terms)
        return first + "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest)

    def _print_Mul(self, expr: sympy.Mul) -> str:
        number, rest = expr.as_coeff_Mul()
        sign = "-" if number < 0 else ""
        factors = [*abs(number).as_numer_denom(), *sorted(sympy.Mul.make_args(rest), key=_key)]
        factors[1] = 1 / factors[1]
        below = [1 / factor for factor in factors if _inverse(factor)]
        above = [factor for factor in factors if not _inverse(factor) and factor != 1]
        if not below:
            return sign + self._product(above)
        beside = [factor for factor in above if len(above) == 1 and self._is_tall(factor)]  # no fraction of fractions
        fraction = rf"\frac{{{self._product([] if beside else above)}}}{{{self._product(below)}}}"
        return " ".join([sign + fraction, *map(self._print, beside)])

    def _is_tall(self, factor: Expr) -> bool:
        return str(self._print(factor)).startswith((r"\sum", r"\frac"))

    def _product(self, factors: list[Expr]) -> str:
        if not factors:
            return "1"
        if len(factors) == 1:
            return str(self._print(factors[0]))
        arrays = [factor for factor in factors if _is_vector(factor)]
        numbers = [factor for factor in factors if not _is_vector(factor)]
        parts = [self._factor(n, closes=i == len(factors) - 1) for i, n in enumerate(numbers)]
        if len(arrays) == 1:
            parts.append(self._factor(arrays[0]))
        elif arrays:
            parts.append(r" \odot ".join(self._hadamard(factor) for factor in arrays))
        return " ".join(parts)

    def _hadamard(self, factor: Expr) -> str:
        loose = factor.is_Add or (isinstance(factor, Placed) and _array(factor.array)[1] < RAISED)
        return _grouped(self._print(factor)) if loose else str(self._print(factor))

    def _print_Pow(self, expr: sympy.Pow) -> str:
        if _inverse(expr):
            return rf"\frac{{1}}{{{self._print(1 / expr)}}}"
        if expr.exp == sympy.Rational(1, 2):
            return rf"\sqrt{{{self._print(expr.base)}}}"
        base = self._print(expr.base)
        atom = expr.base.is_Symbol or isinstance(expr.base, AppliedUndef) or (expr.base.is_Integer and expr.base >= 0)
        if isinstance(expr.base, Placed):
            atom = _array(expr.base.array)[1] == ATOM
        return f"{base if atom else _grouped(base)}^{{{self._print(expr.exp)}}}"

    def _print_exp(self, expr: sympy.exp, exp: str | None = None) -> str:
        return f"e^{{{self._print(expr.args[0])}}}"

    def _print_log(self, expr: sympy.log, exp: str | None = None) -> str:
        return self._call(r"\log", expr)

    def _print_tanh(self, expr: sympy.tanh, exp: str | None = None) -> str:
        return self._call(r"\tanh", expr)

    def _print_Sigmoid(self, expr: Expr, exp: str | None = None) -> str:
        return self._call(r"\sigma", expr)

    def _call(self, name: str, expr: Expr) -> str:
        return name + _grouped(self._print(expr.args[0]))

    def _print_Sum(self, expr: sympy.Sum) -> str:
        return self._over(r"\sum", expr)

    def _print_Product(self, expr: sympy.Product) -> str:
        return self._over(r"\prod", expr)

    def _over(self, sign: str, expr: sympy.Sum | sympy.Product) -> str:
        signs = []
        for index, lower, upper in reversed(expr.limits):
            signs.append(rf"{sign}_{{{self._print(index)}={_step(lower)}}}^{{{self._print(upper)}}}")
        return f"{' '.join(signs)} {self._factor(expr.function, closes=True)}"


class Placed(sympy.Symbol):
    """A whole array inside a scalar rule."""

    __slots__ = ("array",)
    array: Array

    def __new__(cls, array: Array) -> Placed:
        placed: Placed = sympy.Symbol.__xnew__(cls, repr(array), real=True)  # SymPy tells symbols apart by their name
        placed.array = array
        return placed


PRINTER = Printer()


def _inverse(factor: Expr) -> bool:
    power = factor.is_Pow and factor.exp.is_Rational and factor.exp < 0
    return bool(power or (factor.is_Rational and factor.p == 1 and factor.q > 1))


def _common(expr: Expr) -> list[Expr]:
    """What every term of a sum is divided by."""
    terms = [sympy.Mul.make_args(term) for term in expr.args] if expr.is_Add else [()]
    return [factor for factor in terms[0] if _inverse(factor) and all(factor in term for term in terms)]


def _negative(term: Expr) -> bool:
    return bool(term.as_coeff_Mul()[0] < 0)


def _is_vector(factor: Expr) -> bool:
    return any(isinstance(symbol, Placed) and symbol.array.shape for symbol in factor.free_symbols)


def _key(factor: Expr) -> tuple[int, bool, int, str]:
    """Numbers first, then by the table's order; of one quantity the bare name before 1 - a², and by step."""
    ranks, steps = [], []
    for part in sympy.preorder_traversal(factor):
        if isinstance(part, Placed):
            leaves = [leaf for leaf in walk(part.array) if isinstance(leaf, Value | Parameter)]
            ranks += [rank(leaf.name) for leaf in leaves]
            steps += [int(leaf.step) for leaf in leaves if isinstance(leaf, Value) and leaf.step.is_Integer]
        elif isinstance(part, AppliedUndef):
            ranks.append(rank(part.func.__name__))
            steps += [int(part.args[0])] if part.args[0].is_Integer else []
        elif part.is_Symbol:
            ranks += [rank(part.name)] if rank(part.name) < rank("") else []
    return (
        min(ranks, default=-1 if factor.is_Number else rank("")),
        bool(factor.is_Add),
        min(steps, default=0),
        str(factor),
    )


@singledispatch
def _array(array: Array) -> tuple[str, int]:
    """The LaTeX of an array expression in vector notation, and how tightly it binds."""
    raise TypeError(f"no notation for {type(array).__name__}")


def _tight(array: Array, level: int) -> str:
    """The array, in brackets where it binds less than `level`."""
    text, binding = _array(array)
    return text if binding >= level else _grouped(text)


def _raised(text: str) -> tuple[str, int]:
    """A name, with its step, that binds so that no second exponent is put on it."""
    return text, RAISED if "^" in text else ATOM


@_array.register
def _(array: Value) -> tuple[str, int]:
    return _raised(at_a_step(array.name, _step(array.step)))


@_array.register
def _(array: Parameter) -> tuple[str, int]:
    return _raised(written(array.name, vector=True))


@_array.register
def _(array: Map) -> tuple[str, int]:
    rule = array.rule.xreplace({slot(i): Placed(operand) for i, operand in enumerate(array.operands)})
    if rule.is_Number:
        return (r"\mathbf{1}" if rule == 1 and array.shape else str(PRINTER.doprint(rule))), ATOM
    text = str(PRINTER.doprint(rule))
    if (rule.is_Add and not _common(rule)) or _negative(rule):
        return text, SUM
    if rule.is_Add:
        return text, PRODUCT
    if rule.is_Mul:
        return text, SUM if r"} \sum" in text else PRODUCT if text.startswith(r"\frac") else HADAMARD
    return text, ATOM if rule.is_Function else PRODUCT


def _unsigned(array: Array) -> tuple[str, Array]:
    """The sign of an array and the array without it."""
    if isinstance(array, Map) and _negative(array.rule):
        return "-", -array
    return "", array


def _side_by_side(left: Array, right: Array, end: str = "") -> tuple[str, int]:
    (one, left), (other, right) = _unsigned(left), _unsigned(right)
    sign = "-" if one != other else ""
    text = f"{sign}{_tight(left, PRODUCT)} {_tight(right, ATOM if end else PRODUCT)}{end}"
    return text, SUM if sign else PRODUCT


@_array.register
def _(array: MatMul) -> tuple[str, int]:
    if vectors_are_rows() and len(array.shape) == 1:
        return _side_by_side(array.right, transpose(array.left))
    return _side_by_side(array.left, array.right)


@_array.register
def _(array: Outer) -> tuple[str, int]:
    (one, left), (other, right) = _unsigned(array.left), _unsigned(array.right)
    if vectors_are_rows():
        text = f"{_tight(left, ATOM)}^{{\\top}} {_tight(right, PRODUCT)}"
        return (f"-{text}", SUM) if one != other else (text, PRODUCT)
    return _side_by_side(array.left, array.right, r"^{\top}")


@_array.register
def _(array: Transpose) -> tuple[str, int]:
    return f"{_tight(array.operand, ATOM)}^{{\\top}}", PRODUCT


@_array.register
def _(array: Diag) -> tuple[str, int]:
    if array.operand.args == () and isinstance(array.operand, Map) and array.operand.rule == 1:
        return "I", ATOM
    return rf"\operatorname{{diag}}({_array(array.operand)[0]})", PRODUCT


@_array.register
def _(array: Softmax) -> tuple[str, int]:
    return rf"\operatorname{{softmax}}({_array(array.operand)[0]})", PRODUCT


@_array.register
def _(array: Total) -> tuple[str, int]:
    """uᵀ v for the sum of a product of two vectors, ‖u‖² for that of squares, else 1ᵀ u."""
    inner = array.operand
    if isinstance(inner, Map) and inner.rule.is_Pow and inner.rule.exp == 2 and len(inner.shape) == 1:
        of = Map.of(inner.rule.base, inner.operands, inner.shape)
        return rf"\Vert {_array(of)[0]} \Vert^{{2}}", RAISED
    if isinstance(inner, Map) and inner.rule.is_Mul and len(inner.rule.args) == 2:
        left, right = (
            Map.of(factor, inner.operands, inner.shape)
            for factor in sorted(inner.rule.args, key=lambda f: f.is_Function)
        )
        if vectors_are_rows():
            return f"{_tight(left, PRODUCT)} {_tight(right, ATOM)}^{{\\top}}", PRODUCT
        return f"{_tight(left, ATOM)}^{{\\top}} {_tight(right, PRODUCT)}", PRODUCT
    if vectors_are_rows():
        return rf"{_tight(inner, PRODUCT)} \mathbf{{1}}^{{\top}}", PRODUCT
    return rf"\mathbf{{1}}^{{\top}} {_tight(inner, PRODUCT)}", PRODUCT


@_array.register
def _(array: Jacobian) -> tuple[str, int]:
    sign = r"\partial^{+}" if array.direct else r"\partial"
    return rf"\frac{{{sign} {_array(array.of)[0]}}}{{\partial {_array(array.wrt)[0]}}}", PRODUCT


@_array.register
def _(array: Over) -> tuple[str, int]:
    sign = rf"\{array.sign}_{{{PRINTER.doprint(array.index)}={_step(array.lower)}}}^{{{_step(array.upper)}}}"
    return f"{sign} {_tight(array.term, HADAMARD if array.sign == 'sum' else PRODUCT)}", HADAMARD
