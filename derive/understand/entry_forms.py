"""Whether two formulas say the same of one entry: `Σ_k w_{jk} a_k + b_j` is entry j of `w a + b`."""

from __future__ import annotations

import re
from itertools import count

from derive.kernel.index import Index, letter
from derive.kernel.rewriting import put
from derive.kernel.terms import Add, Apply, Build, Einsum, Entry, Malformed, Power, Term

BOUND = "·"  # before the letters that a sum binds: no letter of a page has it


def entry_form(term: Term, at: tuple[Index, ...]) -> str:
    """What the entry of a term at these places is, but for the order of its summands and factors and for the letters
    that its sums bind. Raises Malformed for other numbers of places than axes."""
    if len(at) != len(term.axes):
        raise Malformed("an entry at other places than an array has")
    seen: dict[str, str] = {}
    return _BOUND.sub(lambda found: seen.setdefault(found[0], f"{BOUND}{len(seen)}"), _form(term, at, count()))


_BOUND = re.compile(rf"{BOUND}\d+")


def _form(term: Term, at: tuple[Index, ...], fresh: count[int]) -> str:
    match term:
        case Build(name, _, body):
            return _form(put(body, {name: at[0]}), at[1:], fresh)
        case Entry(of, picks):
            rest = iter(at)
            return _form(of, tuple(next(rest) if pick is None else pick for pick in picks), fresh)
        case Add(terms):
            return f"({' + '.join(_sorted([_form(part, at, fresh) for part in terms]))})"
        case Apply(function, of, order, here):
            return f"{function}{order}{here}[{_form(of, at, fresh)}]"
        case Power(of, exponent):
            return f"[{_form(of, at, fresh)}]^{exponent}"
        case Einsum():
            factors = _factors(term, at, fresh)
            return f"<{' '.join(_sorted(factors))}>"
    return f"{term!r}{[*map(str, at)]}"


def _factors(product: Einsum, at: tuple[Index, ...], fresh: count[int]) -> list[str]:
    """The factors of a product, those of products inside it among them."""
    letters = dict(zip(product.out, at, strict=True))
    for label in product.extents.keys() - letters.keys():
        letters[label] = letter(f"{BOUND}{next(fresh)}")
    found: list[str] = []
    for operand, labels in zip(product.operands, product.labels, strict=True):
        places = tuple(letters[label] for label in labels)
        found += _factors(operand, places, fresh) if isinstance(operand, Einsum) else [_form(operand, places, fresh)]
    return found


def _sorted(forms: list[str]) -> list[str]:
    return sorted(forms, key=lambda form: _BOUND.sub(BOUND, form))
