r"""The legend of a page as it was understood, complete and as TOML: with it every verdict is the same.

Each line says where it comes from: `stated` by a definition or a membership of the page, `used`, or a `custom` of the
field. What nothing decides is a question, as a comment with the line to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.judge.checker import Checker
from derive.judge.page import Page, understood
from derive.judge.questions import INLINE
from derive.kernel.functions import KNOWN
from derive.kernel.rewriting import walk
from derive.kernel.terms import Apply, Derivative, Opaque, Quantity, Ref
from derive.reading import Document, ReadError, parse
from derive.reading.vocabulary import GREEK
from derive.understand.adjoints import is_adjoint
from derive.understand.mentions import Item
from derive.understand.names import Name
from derive.understand.reader import Known
from derive.understand.statement import EQUALITIES, Statement

_HEADER = """\
# What the page says, as it was understood: loading this legend gives the same verdicts. After each # stands where it
# comes from: stated (by a formula of the page), used, or custom (of the field). Keep the lines that you change, or
# that say more than the page does; the others may go.

"""
NAMES = "HNKDMPQRSUVW"  # for sizes that nothing names


@dataclass
class _Draft:
    """The draft for one network of a page."""

    document: Document
    page: Page
    checker: Checker

    def __post_init__(self) -> None:
        self.names: dict[str, Name] = {}
        self.lines: dict[str, tuple[int, int]] = {}  # the first line of each name, and how often it stands
        builder = self.checker.page.elaborator
        for statement in self.checker.page.statements:
            for side in statement.sides:
                for name in builder.names.inside(side, statement.number):
                    key = builder.split(statement.number, name)[0].removesuffix("[step]")
                    self.names.setdefault(key, name)
                    first, times = self.lines.get(key, (self.line(statement), 0))
                    self.lines[key] = (first, times + 1)
        self.sizes: dict[str, str] = {}

    def line(self, statement: Statement) -> int:
        """The line of a statement in the file; 0 for what does not stand in it."""
        if statement.number >= len(self.page.chains):
            return 0
        blocks = self.document.inline if statement.block == INLINE else self.document.blocks
        side = self.page.chains[statement.number][1].sides[0]
        for block in blocks:
            here = statement.block == INLINE or block.number == statement.block
            if here and block.latex[side.span[0] : side.span[1]].strip() == side.latex.strip():
                return self.document.place(block, side.span[0])[0]
        return 0

    def text(self) -> str:
        parts = (self.conventions(), self.network(), self.functions(), self.symbols())
        return "\n\n".join(part for part in parts if part)

    def conventions(self) -> str:
        lines = ["[conventions]"]
        known = {"vectors": "vectors", "repeated indices": "repeated-indices", "Jacobians": "jacobians"}
        values = {"Jacobians": "denominator"}
        for convention in self.checker.page.conventions:
            if convention.name in known:
                value = values.get(convention.name, convention.value)
                lines.append(f'{known[convention.name]} = "{value}"  # {convention.source}')
            else:
                lines.append(f"# {convention.name}: {convention.value} ({convention.source})")
        return "\n".join(lines)

    def network(self) -> str:
        """The equations of the network, in the order of the page."""
        lines = []
        for statement in self.checker.page.statements:
            for n in range(1, len(statement.sides)):
                if not self.is_equation(statement, n):
                    continue
                _, chain = self.page.chains[statement.number]
                head, side = (" ".join(chain.sides[k].latex.split()) for k in (0, n))
                if _parses(head, side):
                    lines.append(f"  {_quoted(f'{head} = {side}')},  # stated, line {self.line(statement)}")
        return "\n".join(["[network]", "equations = [", *dict.fromkeys(lines), "]"]) if lines else ""

    def is_equation(self, statement: Statement, n: int) -> bool:
        page = self.checker.page
        return (
            statement.number < len(self.page.chains)
            and (statement.number, n) in page.choice.network
            and statement.number not in self.page.plain.several
            and statement.number not in page.failures
            and statement.relations[n - 1] in EQUALITIES
        )

    def functions(self) -> str:
        found = {}
        for quantity in self.checker.page.system.values():
            for _, term in quantity.cases:
                for part in walk(term):
                    name = part.function if isinstance(part, Apply | Opaque) else ""
                    if name and name not in KNOWN | {"sqrt"} and " " not in name:
                        known = 'any function: write "tanh" or another here'
                        found[name] = f'{_quoted(_command(name))} = "open"  # used; {known}'
        return "\n".join(["[functions]", *found.values()]) if found else ""

    def symbols(self) -> str:
        lines = []
        for key, known in self.checker.page.elaborator.known.items():
            bare = key.removesuffix("[step]")
            quantity = self.checker.page.system.get(key)
            if bare not in self.names or is_adjoint(bare) or bare != key or _is_derivative(quantity):
                continue
            spelled = _spelled(self.names[bare])
            first, _ = self.lines[bare]
            role, source = self.role(key, known, quantity)
            if known.rows is None or known.cols is None or quantity is None:
                asked = f"question: what is it? line {first}"
                lines.append(f'# {_quoted(spelled)} = {{ role = "{role}", shape = [] }}  # {asked}')
                continue
            shape = self.shape(known)
            time = ", time = true" if "step" in known.chains else ""
            if role == "total_loss" and f"{bare}[step]" in self.checker.page.elaborator.known:
                time = f', at_time = "{_identifier(bare)}"'
            kind = f', kind = "{_KINDS[quantity.kind]}"' if role == "target" and quantity.kind in _KINDS else ""
            lines.append(f'{_quoted(spelled)} = {{ role = "{role}"{shape}{time}{kind} }}  # {source}, line {first}')
        return "\n".join(["[symbols]", *dict.fromkeys(lines)])

    def role(self, key: str, known: Known, quantity: Quantity | None) -> tuple[str, str]:
        if known.role == "loss":
            return ("loss" if "step" in known.chains else "total_loss"), "used"
        if quantity is not None and quantity.cases:
            return "value", "stated"
        if known.role in ("input", "target"):
            return known.role, "used"
        if "step" not in known.chains:
            return "parameter", "used"
        outside = [k for k, q in self.checker.page.system.items() if k != key and _reads(q, key)]
        all_known = self.checker.page.elaborator.known
        losses = [k for k in outside if k in all_known and all_known[k].role == "loss"]
        return ("target" if outside and losses == outside else "input"), "used"

    def shape(self, known: Known) -> str:
        """The sizes; none where each layer has its own."""
        axes = (*(known.rows or ()), *(known.cols or ()))
        if any(not isinstance(part, str) for axis in axes for part, _ in axis.letters):
            return ""
        if len(known.cols or ()) == 1 and not known.rows and not self.rows:
            sizes = ["1", *(self.size(str(axis)) for axis in axes)]
        elif len(known.rows or ()) == 1 and not known.cols and self.rows:
            sizes = [*(self.size(str(axis)) for axis in axes), "1"]
        else:
            sizes = [self.size(str(axis)) for axis in axes]
        if not all(re.fullmatch(r"[A-Za-z]\w*|\d+", size, re.A) for size in sizes):
            return ""
        return ", shape = [" + ", ".join(size if size.isdigit() else f'"{size}"' for size in sizes) + "]"

    @property
    def rows(self) -> bool:
        return any(c.name == "vectors" and c.value == "rows" for c in self.checker.page.conventions)

    def size(self, extent: str) -> str:
        """The name of a size: the page's, else the first letter that is free."""
        if not extent.startswith("?"):
            return extent
        if extent not in self.sizes:
            taken = {*self.sizes.values(), *self.names}
            self.sizes[extent] = next((n for n in NAMES if n not in taken), f"N{len(self.sizes)}")
        return self.sizes[extent]


_KINDS = {"simplex": "distribution", "one-hot": "one-hot"}


def draft(document: Document) -> str:
    """The legend of a page as it was understood."""
    page = understood(document)
    drafts = [_Draft(document, page, checker).text() for checker in page.networks]
    text = _HEADER + drafts[0] + "\n"
    for other in drafts[1:]:
        text += "\n# Another network of the page, which its own formulas say:\n"
        text += "".join(f"# {line}\n" for line in other.splitlines() if line)
    return text


def _is_derivative(quantity: Quantity | None) -> bool:
    """Whether a quantity is a name of the page's own for a derivative."""
    cases = () if quantity is None else quantity.cases
    return any(isinstance(part, Derivative) for _, term in cases for part in walk(term))


def _identifier(key: str) -> str:
    return "_".join(re.findall(r"[A-Za-z0-9]+", key, re.A)) or "loss"


def _reads(quantity: Quantity, key: str) -> bool:
    return any(isinstance(part, Ref) and part.name == key for _, term in quantity.cases for part in walk(term))


def _quoted(text: str) -> str:
    """A TOML string, as it stands where it has no quotation mark of its own."""
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parses(*spellings: str) -> bool:
    try:
        for latex in spellings:
            parse(latex)
    except ReadError:
        return False
    return True


def _command(word: str) -> str:
    r"""A letter or word in LaTeX: \delta, \hat{y}, \text{net}."""
    if not word:
        return ":"  # Z_{:, i}
    *accents, base = word.split()
    latex = f"\\{base}" if base in GREEK or base == "ell" else base if len(base) == 1 else f"\\text{{{base}}}"
    for accent in reversed(accents):
        latex = f"\\{accent}{{{latex}}}"
    return latex


def _spelled(name: Name) -> str:
    """A name in LaTeX without its indices."""
    text = _command(name.mention.base)
    scripts: dict[str, list[str]] = {}
    kept = {(slot.place, slot.position) for slot in name.slots}
    counts: dict[str, int] = {}
    for item in name.mention.items:
        position = counts.get(item.place, 0)
        counts[item.place] = position + 1
        if (item.place, position) not in kept and item.place in ("sub", "sup") and not _is_operation(item):
            part = _command(item.text)
            scripts.setdefault(item.place, []).append(f"({part})" if item.bracketed else part)
    for place, mark in (("sub", "_"), ("sup", "^")):
        parts = scripts.get(place, [])
        if parts:
            text += mark + "{" + ("" if all(len(part) == 1 for part in parts) else " ").join(parts) + "}"
    return text


def _is_operation(item: Item) -> bool:
    """Whether an item above a name is done with it, and no part of the name."""
    done = item.text in ("T", "top", "intercal") or item.text.isdigit()
    return item.place == "sup" and done and not item.bracketed
