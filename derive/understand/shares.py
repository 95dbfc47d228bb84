r"""Shares of a derivative: what goes through the uses of one step, or along a path that the page has a word for.

`(\frac{\partial C}{\partial b})^{(t)}`, `\nabla_{W_t} E` and `\left.\frac{\partial J}{\partial W}\right|_{(t)}` count
the copy of a parameter that step t uses. `\left.\frac{\partial L}{\partial h_t}\right|_{\text{future}}` is what goes
through the quantities of one step alone: of step t itself, or of the next one. Which of them a word means is for the
check to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeGuard

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import put, replaced, walk
from derive.kernel.terms import Derivative, Ref, Term
from derive.reading.errors import ReadError
from derive.reading.steps import TRANSPOSES
from derive.reading.tree import (
    NOWHERE,
    At,
    Group,
    Nabla,
    Node,
    Number,
    Partial,
    Product,
    Relation,
    Script,
    Symbol,
    Words,
)
from derive.understand.mentions import linear
from derive.understand.names import Names
from derive.understand.reader import Reader, Scope, Split
from derive.understand.typed import Typed

OPERATIONS = frozenset(Symbol(NOWHERE, name) for name in (*TRANSPOSES, "ast", "star", "dagger", "prime"))
WORD = "@"  # begins a letter that stands for a path's step until it is known
OFFSETS = (0, 1)  # a path goes through the step itself, or through the next one


def at_bar(at: Reader, node: At, scope: Scope) -> list[Typed]:
    """What stands before an evaluation bar, at an index, or a share of it."""
    where = node.where
    if isinstance(where, Relation) and where.op == "=":
        index, value = linear(where.left), linear(where.right)
        if index is not None and value is not None and len(index.letters) == 1 and not index.constant:
            return [_placed(reading, {str(index): value}) for reading in at.read(node.body, scope)]
    step = _step(at, where)
    if step is not None and _is_derivative(node.body):
        _is_of_steps(at, step)
        return used_at(at.read(node.body, scope), step, node)
    raise ReadError("what this bar says is not understood", where.span)


def scripted(at: Reader, node: Script, scope: Scope) -> list[Typed] | None:
    """A share written as a script of a bracket, or the copy of a parameter that one step uses; None for others."""
    script = node.sub if node.sup is None else node.sup if node.sub is None else None
    if script is None or not isinstance(node.base, Group) or script in OPERATIONS:
        return None
    bracketed = isinstance(script, Group)
    step = _step(at, script)
    if step is None or not (bracketed or str(step).startswith(WORD)):
        return None
    readings = at.read(node.base, scope)
    if _is_derivative(node.base.body):
        _is_of_steps(at, step)
        return used_at(readings, step, node)
    if not str(step).startswith(WORD) and isinstance(node.base.body, Symbol | Script):
        return readings if not any(_moves(at, reading.term) for reading in readings) else None
    return None


def is_share(node: Node) -> bool:
    """Whether a tree is a derivative with a bar or a bracket that says what step, or what path, is meant."""
    if isinstance(node, At):
        return _is_derivative(node.body)
    if not isinstance(node, Script) or not isinstance(node.base, Group) or not _is_derivative(node.base):
        return False
    return node.sub is not None or isinstance(node.sup, Group)  # no transpose


def used_at(readings: list[Typed], step: Index, node: Node) -> list[Typed]:
    """Derivatives that count only where a quantity of one step reads what they are taken by."""
    found = []
    for reading in readings:
        inner = [part for part in walk(reading.term) if isinstance(part, Derivative)]
        if len(inner) != 1:
            raise ReadError("a share of what is not one derivative", node.span)
        term = replaced(reading.term, {inner[0]: replace(inner[0], uses=step)})
        found.append(replace(reading, term=term, chain=None))
    return found


def free_steps(names: Names, split: Split, formula: int, side: Node) -> set[str]:
    """The letters of steps that stand in a side and that no Σ or Π of its formula binds."""
    found = (split(formula, name)[1].get("step") for name in names.inside(side, formula))
    letters = {letter for index in found if index is not None for letter in index.names}
    return letters - names.evidence[formula].bound - names.last - {"T"}


def words(term: Term) -> set[str]:
    """The paths that a term speaks of by a word."""
    return {name for part in term.atoms if isinstance(part, Derivative) for name in _words(part)}


def along(term: Term, offsets: dict[str, int]) -> Term:
    """The term with each path through the step of what is differentiated by, or as many steps later."""
    for part in list(walk(term)):
        if isinstance(part, Derivative):
            for word in _words(part):
                step = _own_step(part)
                if step is not None:
                    term = replaced(term, {part: replace(part, uses=step.plus(offsets[word]))})
    return term


def _words(derivative: Derivative) -> Iterator[str]:
    if derivative.uses is not None:
        yield from (name for name in derivative.uses.names if name.startswith(WORD))


def _own_step(derivative: Derivative) -> Index | None:
    return derivative.wrt.at[-1] if derivative.wrt.at else None


def _step(at: Reader, node: Node) -> Index | None:
    """The step that a script or a bar names, or the letter that stands for a word."""
    if isinstance(node, Words):
        return letter(WORD + node.text)
    inner = node.body if isinstance(node, Group) else node
    if _is_word(inner):
        return letter(WORD + inner.name)
    match inner:
        case Product(_, (Symbol(_, word) as path, Script(_, Symbol(_, name))), ("",)) if _is_word(path):
            return letter(f"{WORD}{word} {name}")  # via h_t
    index = linear(inner)
    if index is None or isinstance(inner, Number) or not index.names & (at.names.letters | {"t", "T"}):
        return None
    return index


def _is_word(node: Node) -> TypeGuard[Symbol]:
    return isinstance(node, Symbol) and len(node.name) > 1 and linear(node) is None


def _is_of_steps(at: Reader, step: Index) -> None:
    """Note that the letters of a share are steps."""
    for name in step.names - {"T"}:
        if not name.startswith(WORD):
            at.chained.setdefault(name, "step")


def _is_derivative(node: Node) -> bool:
    while isinstance(node, Group):
        node = node.body
    return isinstance(node, Partial | Nabla)


def _moves(at: Reader, term: Term) -> bool:
    """Whether a quantity carries a step of its own, so that another one around it says something else."""
    return any(isinstance(part, Ref) and "step" in at.known[part.name].chains for part in term.atoms)


def _placed(reading: Typed, letters: dict[str, Index]) -> Typed:
    rows = tuple(axis.put(letters) for axis in reading.rows)
    cols = tuple(axis.put(letters) for axis in reading.cols)
    return replace(reading, term=put(reading.term, letters), rows=rows, cols=cols, chain=None)
