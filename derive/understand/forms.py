"""What the form of a formula's sides says, whatever its names mean."""

from __future__ import annotations

from dataclasses import replace

from derive.kernel.index import Index, letter
from derive.reading.tree import (
    Big,
    Dots,
    Group,
    Matrix,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Script,
    Sequence,
    Sum,
    Symbol,
)
from derive.reading.tree import walk as nodes
from derive.understand.calls import arguments
from derive.understand.customs import LOSSES
from derive.understand.mentions import size_of, spelled


def is_only_named(sides: tuple[Node, ...]) -> bool:
    """Whether the first of these sides is a loss with its arguments, or the word, and the next one says what it is."""
    is_word = isinstance(sides[0], Symbol) and sides[0].name.lower() in ("loss", "cost")
    call = (sides[0],) if is_word else arguments(sides[0])
    if call is None or len(sides) < 2 or arguments(sides[1]) is not None or has_derivative(sides[1]):
        return False
    head = call[0]
    while isinstance(head, Script):
        head = head.base
    return isinstance(head, Symbol) and head.name in LOSSES | {"l"}


def is_written_out(side: Node) -> bool:
    """Whether a side only lists the entries of an array, each by a name of its own, as in a matrix of w_{11}, …."""
    if isinstance(side, Script) and side.sub is None and isinstance(side.sup, Symbol) and side.sup.name in ("T", "top"):
        side = side.base
    if not isinstance(side, Matrix):
        return False
    cells = [cell for row in side.rows for cell in row]
    names = [str(cell) for cell in cells if isinstance(cell, Script)]
    return len(names) == len(set(names)) > 1 and all(isinstance(cell, Script | Dots) for cell in cells)


def is_data(side: Node) -> bool:
    """Whether a side is an array of numbers: [0.5, -1], or a matrix of them, a transpose of it too."""
    if isinstance(side, Script) and side.sub is None and isinstance(side.sup, Symbol) and side.sup.name in ("T", "top"):
        side = side.base
    return bool(cells := cells_of(side)) and all(map(_is_number, cells))


def cells_of(side: Node) -> list[Node]:
    """What a list in brackets, or a matrix, holds; nothing for other sides."""
    if isinstance(side, Group) and side.bracket in "([" and isinstance(side.body, Sequence):
        return list(side.body.items)
    return [cell for row in side.rows for cell in row] if isinstance(side, Matrix) else []


def _is_number(cell: Node) -> bool:
    return isinstance(cell, Number) or (
        isinstance(cell, Sum) and len(cell.terms) == 1 and isinstance(cell.terms[0], Number)
    )


def applied_function(side: Node) -> str:
    """The function that a side applies to a bracket; '' for other sides."""
    match side:
        case Product(_, (Symbol(_, name, ""), Group(_, body, "(")), ("",)) if not isinstance(body, Sequence):
            return name
    return ""


def same_sums(left: Node, right: Node) -> tuple[Node, Node] | None:
    """The summands of two sums over the same range: E_t and ℓ(y_t, o_t) of Σ_t E_t = Σ_t ℓ(y_t, o_t)."""
    if not isinstance(left, Product) or not isinstance(right, Product) or left.factors[0] != right.factors[0]:
        return None
    if not isinstance(left.factors[0], Big) or left.factors[0].op != "sum" or len(left.factors) != 2:
        return None
    if len(right.factors) < 2 or "/" in right.ops:
        return None
    rest = right.factors[1] if len(right.factors) == 2 else replace(right, factors=right.factors[1:], ops=right.ops[1:])
    return left.factors[1], rest


def same_calls(left: Node, right: Node) -> tuple[Node, Node] | None:
    """The arguments of one function applied to two: z and W x + b of σ(z) = σ(W x + b)."""
    function = applied_function(left)
    if not function or function != applied_function(right):
        return None
    assert isinstance(left, Product) and isinstance(right, Product)
    (_, name), (_, value) = left.factors, right.factors
    assert isinstance(name, Group) and isinstance(value, Group)
    return name.body, value.body


def dimensions(space: Node) -> tuple[Index, ...]:
    """The sizes in ℝ^{m×n}, (0, 1)^{1×H} or m×n alone; () for what is none."""
    if isinstance(space, Product) and set(space.ops) == {"times"}:
        space = Script(space.span, space, None, space)
    if not isinstance(space, Script) or space.sup is None or space.sub is not None:
        return ()
    factors = space.sup.factors if isinstance(space.sup, Product) else (space.sup,)
    found = []
    for factor in factors:
        size = size_of(factor) if isinstance(factor, Number | Symbol | Script) else None
        if size is None and not isinstance(factor, Symbol | Script):
            return ()
        found.append(size if size is not None else letter(spelled(factor)))
    return tuple(found)


def is_line(space: Node) -> bool:
    """Whether a space is ℝ, in which numbers lie."""
    return isinstance(space, Symbol) and space.name == "R"


def has_derivative(node: Node) -> bool:
    """Whether a ∂ stands in a tree."""
    return any(isinstance(part, Partial | Nabla) for part in nodes(node))
