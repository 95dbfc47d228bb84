"""An author: one network in one style, with claims and slips in them, or traps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from .claims import Claim, Claims
from .evaluation import Layout
from .layouts import Form, Unwritable
from .networks import Equation, L, Shape, quantities
from .page import Label, Page, Slip, difference
from .prose import markdown
from .slips import EXCUSABLE, Slips
from .spelling import Name
from .styles import STYLES, Style, spelled
from .terms import At, Chain, ChainProd, D, Had, Kron, Q, Term, Total, children, mapped, mul, put, tr, walk
from .traps import Trap, traps
from .truth import fails, holds, long_worlds, network, wide_worlds, worlds

CLAIMS = 14  # at most, on a page
POOLS = {  # letters for the entries of each axis
    "H": "ijmpqr",
    "K": "mpqrij",
    "X": "jnmqp",
    "Y": "kqlmnj",
    "B": "nbm",
    "n0": "jkimpq",
    "n-1": "kimpqj",
}


class Author:
    """Writes one page about one network in one style."""

    def __init__(self, name: str, style: Style, seed: int) -> None:
        self.random = Random(f"{name} {style.name} {seed}")
        self.style = style
        self.source = name
        self.opened = style.open_functions
        self.swapped = False
        self.network = network(name, self.opened)
        self.spelling = spelled(self.network, style, self.random)
        self.layout = Layout(style.rows, style.denominator)
        self.own: dict[str, tuple[str, D]] = {}
        self.points = worlds(name, self.opened)
        self.claims = Claims(self.network).all()
        self._adopt_names()
        taken = {n.base for n in self.spelling.names.values()} | set(self.spelling.letters.values())
        pools = {axis: tuple(k for k in letters if k not in taken) for axis, letters in POOLS.items()}
        shapes: dict[str, Shape] = {q: self.network.shapes[d.v.name] for q, (_, d) in self.own.items()}
        entries = Form(self.network, shapes, letters=pools, summation=style.summation)
        self.entries = entries
        self.form = entries if style.components else Form(self.network, shapes, style.rows, style.denominator)

    # names for derivatives

    def _adopt_names(self) -> None:
        """δ for some of the adjoints, or for none."""
        claims = [c for c in self.claims if c.kind in ("adjoint", "output") and isinstance(c.head, D) and c.head.u == L]
        heads = dict.fromkeys(c.head.v.name for c in claims if isinstance(c.head, D) and c.head.v.at)
        if self.random.random() < 0.3 or not heads:
            return
        chosen = [q for q in heads if self.random.random() < (0.9 if q.startswith("a") else 0.5)]
        labels: dict[str, str] = {}
        for q in chosen:
            name = self.spelling.names[q]
            label = name.below or name.above or name.base
            labels[q] = (
                label
                if label not in labels.values()
                else f"{name.base}_{{{label}}}"
                if label != name.base
                else label * 2
            )
        names = dict(self.spelling.names)
        base, above = (r"\text{err}" if self.style.words else r"\delta"), self.random.random() < 0.5
        if base == r"\delta" and any(n.base == r"\delta" for n in names.values()):
            return
        for q in chosen:
            label = "" if len(chosen) == 1 else labels[q]
            names["δ" + q] = Name(base, "" if above else label, label if above else "")
            letter = self.network.family
            self.own["δ" + q] = (letter, D(L, Q(q, (At(letter),))))
        functions = dict(self.spelling.functions)
        if base == r"\delta":
            functions["kron"] = r"\mathbf{1}"  # another delta would be one name for two things
        self.spelling = replace(self.spelling, names=names, functions=functions)

    def named(self, term: Term) -> Term:
        """The formula with the page's names for derivatives."""

        if isinstance(term, Chain | ChainProd):
            return term
        if isinstance(term, D):
            own = term.u == L and term.v.at and "δ" + term.v.name in self.own
            return Q("δ" + term.v.name, term.v.at) if own else term
        for field, place, child in children(term):
            term = put(term, field, place, self.named(child))
        return term

    # writing

    def definition(self, equation: Equation) -> tuple[Claim, str]:
        """An equation of the network, as it stands on the page."""
        head, body = equation.head, equation.body
        if not self.style.components and (total := _total(body)) is not None:
            dot = (
                isinstance(total, Had)
                and len(total.factors) == 2
                and self.network.shapes[quantities(total)[0].name][1] == "1"
            )
            if dot and self.random.random() < 0.5:
                body = _replaced(body, total, mul(tr(total.factors[0]), total.factors[1]))  # type: ignore[attr-defined]
            else:
                self.entries.used = set()
                body = self.entries.entries(head, body)
                if self.style.rows:
                    body = mapped(body, lambda q: replace(q, entry=q.entry[::-1]) if isinstance(q, Q) else q)
                claim = Claim("definition", head, (body,))
                return claim, self.spelling.claim(claim)
        claim = self.form.claim(Claim("definition", head, (body,)))
        return claim, self.spelling.claim(claim)

    def written(self, claim: Claim) -> Claim:
        """The claim in the page's names and layout; where its head has a name, this may stand for it or before it."""
        head, sides = claim.head, tuple(self.named(side) for side in claim.sides)
        name = self.named(head)
        if name != head and claim.kind in ("adjoint", "last step", "output") and (draw := self.random.random()) < 0.7:
            head, sides = name, sides if draw < 0.5 else (claim.head, *sides)
        return self.form.claim(replace(claim, head=head, sides=sides))

    def text(self, claim: Claim, condition: str) -> str:
        spelling = self.spelling
        head, *sides = (spelling.latex(side) for side in (claim.head, *claim.sides))
        end = condition.format(spelling.condition(claim)) if claim.when and condition else ""
        if len(sides) == 1:
            return f"{head} = {sides[0]}{end}"
        lines = " \\\\\n".join(f"&= {side}" for side in sides)
        return f"\\begin{{aligned}}\n{head} {lines}{end}\n\\end{{aligned}}"

    def page(self, seed: int, against: bool = False) -> Page:
        blocks: list[str] = []
        labels: list[Label] = []
        for equation in self._grouped():
            blocks.append(equation)
            labels.append(Label(len(blocks), "definition", "holds", "definition"))
        definitions = len(blocks)
        for q, (letter, derivative) in self.own.items():
            head = Q(q, (At(letter),))
            claim = self.form.claim(Claim("name", head, (derivative,)))
            sign = self.random.choice((" = ", r" := ", r" \equiv "))
            left, right = self.spelling.latex(claim.head), self.spelling.latex(claim.sides[0])
            blocks.append(left + sign + right)
            labels.append(Label(len(blocks), "definition", "holds", "names a derivative"))
        named = len(blocks)
        condition = self.random.choice((r" \quad \text{{for }} {}", r", \quad {}", r" \qquad ({})"))
        for label, text in self._trapped(condition) if against else self._argued(condition):
            blocks.append(text)
            labels.append(replace(label, block=len(blocks)))
        name = f"{self.source}_{self.style.name}_{seed}" + ("_traps" if against else "")
        text = markdown(self, blocks, definitions, named, sizes=against)
        return Page(name, self.source, self.style.name, text, tuple(blocks), tuple(labels))

    def _argued(self, condition: str) -> Iterator[tuple[Label, str]]:
        """Claims, and slips in some of them."""
        chosen = self.chosen()
        spared = self.random.randrange(len(chosen))
        written: list[tuple[Label, str, Claim]] = []
        for i, claim in enumerate(chosen):
            say = condition
            if claim.when and claim.kind == "adjoint" and self.random.random() < 0.4:
                claim, say = replace(claim, when=()), ""
            written.append((*self._claim(claim, say, slips=i != spared), claim))
        telling = [claim for label, _, claim in written if label.truth == "holds" and self.tells_layout(claim)]
        for label, text, claim in written:
            if len(telling) == 1 and claim is telling[0]:  # nothing else on the page says which layout is meant
                label = replace(label, also=("conditional",))
            yield label, text

    def tells_layout(self, claim: Claim) -> bool:
        """Whether a claim about a Jacobian is true in the page's layout alone."""
        other = replace(self.layout, denominator=not self.layout.denominator)
        return claim.jacobian and not self.style.components and fails(claim, self.points, other, self.own)

    def _trapped(self, condition: str) -> Iterator[tuple[Label, str]]:
        """Claims built against a decider."""
        drawn = dealt(list(traps(self.network, self.random)), self.random)
        written = 0
        for trap in drawn:
            try:
                claim = self.written(trap.claim)
            except Unwritable:
                continue
            if written == CLAIMS or (self.network.family == "l" and _kronecker(claim)):
                continue
            if trap.factor is not None:
                claim = replace(claim, sides=(*claim.sides[:-1], mul(trap.factor, claim.sides[-1])))
            points = self.points
            if trap.long or trap.factor is not None:
                points = (long_worlds if trap.long else wide_worlds)(self.source, self.opened)
            if not (holds if trap.true else fails)(claim, points, self.layout, self.own):
                continue
            written += 1
            text = self.text(claim, condition) + (rf" \quad {trap.remark}" if trap.remark else "")
            also = self._also(claim) if trap.true and not trap.long else ()
            yield Label(0, "claim", "holds" if trap.true else "fails", trap.why, trap.kind, also), text

    def _grouped(self) -> list[str]:
        """The definitions, one to a block or several."""
        texts = [self.definition(equation)[1] for equation in self.network.equations]
        grouping = self.random.choice(("one", "one", "pairs", "aligned"))
        if grouping == "pairs":
            return [r" \qquad ".join(texts[i : i + 2]) for i in range(0, len(texts), 2)]
        if grouping == "aligned":
            lines = " \\\\\n".join(text.replace(" = ", " &= ", 1) for text in texts)
            return [f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"]
        return texts

    def definitions(self) -> list[Claim]:
        return [self.definition(equation)[0] for equation in self.network.equations]

    def chosen(self) -> list[Claim]:
        """Claims that this style can write, some of every kind, in the order of a derivation."""
        writable: list[Claim] = []
        for claim in self.claims:
            try:
                claim = self.written(claim)
            except Unwritable:
                continue
            if self.network.family == "l" and _kronecker(claim):
                continue
            if not any(claim.head == c.head and claim.sides == c.sides for c in writable):
                writable.append(claim)
        kinds: dict[str, list[Claim]] = {}
        for claim in writable:
            kinds.setdefault(claim.kind, []).append(claim)
        order = list(kinds)
        chosen: list[Claim] = []
        for of in kinds.values():
            self.random.shuffle(of)
        while len(chosen) < CLAIMS and any(kinds.values()):
            for kind in order:
                if kinds[kind] and len(chosen) < CLAIMS:
                    chosen.append(kinds[kind].pop())
        return sorted(chosen, key=writable.index)

    # claims and slips

    def _claim(self, claim: Claim, condition: str, slips: bool) -> tuple[Label, str]:
        if not holds(claim, self.points, self.layout, self.own):
            raise AssertionError(f"not true by construction: {self.text(claim, condition)}")
        text = self.text(claim, condition)
        if slips and self.random.random() < 0.4 and (slip := self.slip(claim)) is not None:
            kind, wrong = slip
            mutant = self.text(wrong, condition)
            start, end, original = difference(mutant, text)
            also = ("conditional",) if kind in EXCUSABLE or self._excused(wrong) else ()
            place = Slip(kind, start, end, original, mutant[start:end])
            why = f"{kind}: {mutant[start:end] or 'nothing'} stands for {original or 'nothing'}"
            return Label(0, "claim", "fails", why, claim.kind, also, place), mutant
        return Label(0, "claim", "holds", "true by construction", claim.kind, self._also(claim)), text

    def slip(self, claim: Claim) -> tuple[str, Claim] | None:
        """A slip that is false wherever it can be read, of a kind drawn first."""
        kinds: dict[str, list[Claim]] = {}
        text = self.text(claim, "")
        for kind, wrong in Slips(self.network, self.like, self.style.components, self.style.summation).of(claim):
            kinds.setdefault(kind, []).append(wrong)
        order = list(kinds)
        self.random.shuffle(order)
        for kind in order:
            self.random.shuffle(kinds[kind])
            for wrong in kinds[kind][:3]:
                if self.text(wrong, "") != text and self.wrong(kind, wrong):
                    return kind, wrong
        return None

    def wrong(self, kind: str, claim: Claim) -> bool:
        """Whether a slip is false, and is not what another layout of the whole page would write."""
        if not fails(claim, self.points, self.layout, self.own):
            return False
        if claim.jacobian and not self.style.components:
            return self.tells_layout(claim)
        if kind == "outer" and not self.style.components:  # once, where other gradients tell how they are laid out
            self.swapped, before = True, self.swapped
            return not before and len(self.network.parameters) > 4
        return True

    @property
    def like(self) -> Mapping[str, tuple[str, ...]]:
        """What might be taken for each quantity: of the same shape, where there is one."""
        found = {}
        own = {q: (self.network.shapes[d.v.name], True) for q, (_, d) in self.own.items()}
        used = {q.name for e in self.network.equations for q in (e.head, *quantities(e.body))} - {"l", "L"}
        kinds = {q: (self.network.shapes[q], q in self.network.indexed) for q in sorted(used)} | own
        for q, (shape, indexed) in kinds.items():
            others = [k for k, (_, i) in kinds.items() if k != q and i == indexed and (k in own) == (q in own)]
            others = [k for k in others if (k in self.network.parameters) == (q in self.network.parameters)]
            alike = [k for k in others if kinds[k][0] == shape]
            close = alike or [k for k in others if kinds[k][0].count("1") == shape.count("1")]
            found[q] = tuple(close[:4])
        return found

    def _also(self, claim: Claim) -> tuple[str, ...]:
        """Whether a true claim needs something that the page says in words or not at all: targets that add up to 1,
        steps at which everything exists."""
        free = worlds(self.source, self.opened, free_targets=True)[:1]
        if not holds(claim, free, self.layout, self.own):
            return ("conditional",)
        ahead = any(isinstance(q, Q) and any(a.shift > 0 for a in q.at) for side in claim.sides for q in walk(side))
        behind = any(
            isinstance(q, Q) and any(a.shift < -1 for a in q.at)
            for side in (claim.head, *claim.sides)
            for q in walk(side)
        )
        return ("conditional",) if (ahead or behind) and not claim.when else ()

    def _excused(self, wrong: Claim) -> bool:
        """Whether a slip is right for states that begin at zero."""
        return holds(wrong, worlds(self.source, self.opened, zero_start=True)[:2], self.layout, self.own)


def dealt(drawn: list[Trap], random: Random) -> list[Trap]:
    """The traps in an order in which every kind, true and false, comes before any comes again."""
    random.shuffle(drawn)
    piles: dict[tuple[str, bool], list[Trap]] = {}
    for trap in drawn:
        piles.setdefault((trap.kind, trap.true), []).append(trap)
    rounds = max(map(len, piles.values()))
    return [pile[i] for i in range(rounds) for pile in piles.values() if i < len(pile)]


def _kronecker(claim: Claim) -> bool:
    return any(isinstance(node, Kron) for side in claim.sides for node in walk(side))


def _total(body: Term) -> Term | None:
    return next((node.x for node in walk(body) if isinstance(node, Total)), None)


def _replaced(body: Term, total: Term, new: Term) -> Term:
    return mapped(body, lambda node: new if isinstance(node, Total) and node.x == total else node)


def generate(network: str, style: str, seed: int, against: bool = False) -> Page:
    """The page about a network (of NETWORKS) in a style (of STYLES): claims and slips or, `against` a decider, traps.

    The same arguments give the same page."""
    return Author(network, STYLES[style], seed).page(seed, against)
