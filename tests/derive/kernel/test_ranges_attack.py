"""Claims at random, in sums, products, ⊙ and ∂ over steps: what is proved holds wherever the unrolled network is."""

import random
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.kernel.chains import Chain
from derive.kernel.compare import Claim, Free, compare
from derive.kernel.exact import primes
from derive.kernel.field import Undecidable
from derive.kernel.functions import applied
from derive.kernel.gradients import Evaluator
from derive.kernel.index import Comparison, Index, letter
from derive.kernel.networks import Network, Networks, Refused
from derive.kernel.paths import Paths
from derive.kernel.points import random_point, real_point
from derive.kernel.ranges import Proof, Prover, prove
from derive.kernel.real import apart
from derive.kernel.rewriting import minus, number, put
from derive.kernel.tensor import Tensor
from derive.kernel.terms import (
    STEP,
    Add,
    Apply,
    Build,
    Choice,
    Derivative,
    Einsum,
    Entry,
    Fold,
    Identity,
    Indicator,
    Number,
    Numeral,
    Ones,
    Power,
    Quantity,
    Ref,
    Term,
)

H, T, t, ONE = letter("H"), letter("T"), letter("t"), Index(1)
PRIME = primes(b"attack", 1)[0]
W, U = Ref("W", (), (H, H)), Ref("U", (), (H, H))


def at(name: str, index: Index, *axes: Index) -> Ref:
    return Ref(name, (index,), axes)


def dot(matrix: Term, vector: Term) -> Term:
    return Einsum((matrix, vector), ("ij", "j"), "i")


def system() -> dict[str, Quantity]:
    """Two coupled recurrences (one linear in itself), a softmax with its loss, and linear recursions: two from the end,
    one of which begins with what is given, and a running sum."""
    s, o = at("s", t, H), at("o", t, H)
    started = (Comparison(t, "ge", ONE),)
    e = Apply("exp", o)
    softmax = Einsum((e, Power(Einsum((e,), ("i",), ""), Fraction(-1))), ("i", ""), "i")
    gate = Apply("sigmoid", dot(U, at("h", letter("t", -1), H)))
    cell = Add((Einsum((gate, at("s", letter("t", -1), H)), ("i", "i"), "i"), at("x", t, H)))
    back = Add((at("x", t, H), Einsum((W, at("d", letter("t", 1), H)), ("ij", "i"), "j")))
    given = Add((at("h", t, H), Einsum((U, at("r", letter("t", 1), H)), ("ij", "j"), "i")))
    running = Add((at("n", letter("t", -1), H), Einsum((at("h", t, H), at("x", t, H)), ("i", "i"), "i")))
    quantities = [
        Quantity("W", (), (H, H)),
        Quantity("U", (), (H, H)),
        Quantity("x", ("t",), (H,), (), 0),
        Quantity("y", ("t",), (H,), (), 0, "one-hot"),
        Quantity("q", ("t",), (H,), (), 0, "simplex"),
        Quantity("s", ("t",), (H,), ((started, cell),), 0),
        Quantity("h", ("t",), (H,), ((started, Apply("tanh", Add((s, dot(W, at("h", letter("t", -1), H)))))),), 0),
        Quantity("o", ("t",), (H,), (((), dot(U, at("h", t, H))),), 0),
        Quantity("p", ("t",), (H,), (((), softmax),), 0),
        Quantity(
            "l", ("t",), (), (((), minus(Einsum((at("y", t, H), Apply("log", at("p", t, H))), ("i", "i"), ""))),), 0
        ),
        Quantity("L", (), (), (((), Fold("sum", "k", ONE, T, at("l", letter("k")))),)),
        Quantity("r", ("t",), (H,), (((Comparison(t, "lt", T),), given),), 0),
        Quantity("n", ("t",), (H,), (((Comparison(t, "gt", ONE),), running),), 0),
        Quantity("d", ("t",), (H,), (((Comparison(t, "le", T),), back),), 0, "zero"),
    ]
    return {quantity.name: quantity for quantity in quantities}


SYSTEM = system()


class Maker:
    """Random terms of given axes, with the letters that are bound where they stand."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def index(self, letters: tuple[str, ...]) -> Index:
        pick = self.random.random()
        offset = self.random.choice((-1, 0, 0, 0, 0, 1))
        if letters and pick < 0.7:
            return letter(self.random.choice(letters), offset)
        return T.plus(-abs(offset)) if pick < 0.85 else Index(self.random.choice((0, 1, 1, 2)))

    def bounds(self, letters: tuple[str, ...]) -> tuple[Index, Index]:
        choice = self.random.choice
        low = choice([ONE, ONE, Index(0), *(letter(x, choice((0, 0, 1))) for x in letters)])
        high = choice([T, T, T.plus(-1), *(letter(x, choice((0, 0, -1))) for x in letters)])
        return low, high

    def term(self, rank: int, depth: int, letters: tuple[str, ...], sums: int = 2) -> Term:
        """A term with `rank` axes of H."""
        choice = self.random.choice
        if depth == 0:
            return self.leaf(rank, letters)
        kind = choice(["add", "product", "product", "product", "sum", "sum", "prod", "leaf", "power", "entries"])
        if kind == "add":
            return Add((self.term(rank, depth - 1, letters, sums), self.term(rank, depth - 1, letters, sums)))
        if kind == "sum" and sums:
            self.count += 1
            name = f"k{self.count}"
            low, high = self.bounds(letters)
            return Fold("sum", name, low, high, self.term(rank, depth - 1, (*letters, name), sums - 1))
        if kind == "prod" and rank != 1:
            self.count += 1
            name = f"m{self.count}"
            low, high = self.bounds(letters)
            return Fold("prod", name, low, high, self.term(rank, min(depth - 1, 1), (name,), 0), choice((True, False)))
        if kind == "entries" and rank:
            return self.entries(rank, depth, letters, sums)
        if kind == "power" and rank == 2:
            self.count += 1
            back = self.random.choice([Index(0), *map(letter, letters)])
            return Fold("prod", f"m{self.count}", ONE, T.plus(back, -1), W, choice((True, False)))
        if kind == "power" and rank < 2:
            return Power(self.term(rank, depth - 1, letters, sums and sums - 1), Fraction(2))
        if kind == "product":
            return self.product(rank, depth, letters, sums)
        return self.leaf(rank, letters)

    def product(self, rank: int, depth: int, letters: tuple[str, ...], sums: int) -> Term:
        choice = self.random.choice
        left = sums and choice((0, sums - 1))
        right = sums - 1 if sums and not left else 0

        def pair(a: int, b: int, *labels: str, out: str) -> Term:
            return Einsum(
                (self.term(a, depth - 1, letters, left), self.term(b, depth - 1, letters, right)), labels, out
            )

        if rank == 0:
            return choice(
                [
                    lambda: pair(1, 1, "i", "i", out=""),
                    lambda: pair(0, 0, "", "", out=""),
                    lambda: pair(2, 1, "ij", "j", out=""),
                ]
            )()
        if rank == 1:
            return choice(
                [
                    lambda: pair(2, 1, "ij", "j", out="i"),
                    lambda: pair(2, 1, "ji", "j", out="i"),
                    lambda: pair(1, 1, "i", "i", out="i"),
                    lambda: pair(0, 1, "", "i", out="i"),
                ]
            )()
        return choice(
            [
                lambda: pair(2, 2, "ij", "jk", out="ik"),
                lambda: pair(1, 1, "i", "j", out="ij"),
                lambda: pair(1, 2, "i", "ij", out="ij"),
                lambda: pair(2, 2, "ij", "kj", out="ik"),
            ]
        )()

    def entries(self, rank: int, depth: int, letters: tuple[str, ...], sums: int) -> Term:
        """An array written entry by entry; of a matrix, other entries on the diagonal."""
        self.count += 1
        places = tuple(letter(f"{name}{self.count}") for name in "ij"[:rank])
        body: Term = Entry(self.term(rank, depth - 1, letters, sums), places)
        if rank == 1 and self.random.random() < 0.5:
            body = Apply(self.random.choice(("sigmoid", "tanh")), body) if not sums else Power(body, Fraction(2))
        if rank == 2 and self.random.random() < 0.7:
            other = Entry(self.leaf(2, letters), places[:: self.random.choice((1, -1))])
            compared = (Comparison(places[0], self.random.choice(("=", "ne")), places[1]),)
            body = Choice(((compared, body), ((), other)))
        for place in reversed(places):
            body = Build(str(place), H, body)
        return body

    def leaf(self, rank: int, letters: tuple[str, ...]) -> Term:
        choice = self.random.choice
        index = self.index(letters)
        if rank == 0:
            return choice(
                [
                    number(choice((-1, 2, 3))),
                    Numeral(self.index(letters)),
                    Numeral(H),
                    Indicator((Comparison(index, choice(("le", "=", "gt")), self.index(letters)),)),
                ]
            )
        if rank == 1:
            vector = at(choice("hhxsypqdrn"), index, H)
            return choice(
                [
                    vector,
                    vector,
                    Ones((H,)),
                    Derivative(Ref("L"), at(choice("hso"), index, H)),
                    Add((Ones((H,)), minus(Power(at("h", index, H), Fraction(2))))),
                    Power(at(choice("hxp"), index, H), Fraction(-1)),
                ]
            )
        return choice(
            [
                W,
                W,
                Identity(H),
                Derivative(at(choice("hsdrn"), index, H), at(choice("hs"), self.index(letters), H)),
                Derivative(at("h", index, H), at("h", index.plus(-1), H), through=STEP),
                Einsum((Power(at("h", index, H), Fraction(1)), W), ("i", "ij"), "ij"),
            ]
        )

    # Rewriting

    def rewritten(self, term: Term, sound: bool) -> Term:
        """The term in another form, equal to it if `sound`, else with a slip at some places."""
        choice, chance = self.random.choice, self.random.random

        def inner(part: Term) -> Term:
            return self.rewritten(part, sound)

        match term:
            case Add(terms):
                parts = [inner(part) for part in terms]
                self.random.shuffle(parts)
                return Add(tuple(parts) if sound or chance() > 0.1 else (*parts, parts[0]))
            case Einsum(operands, labels, out):
                pairs = [(inner(o), names) for o, names in zip(operands, labels, strict=True)]
                self.random.shuffle(pairs)
                if not sound and chance() < 0.15:
                    k = choice(range(len(pairs)))
                    if len(pairs[k][1]) == 2:
                        pairs[k] = pairs[k][0], pairs[k][1][::-1]
                return Einsum(tuple(o for o, _ in pairs), tuple(names for _, names in pairs), out)
            case Fold("sum", name, low, high, body):
                body = inner(body)
                if not sound and chance() < 0.2:
                    low = low.plus(choice((-1, 1)))
                if not sound and chance() < 0.2:
                    high = high.plus(choice((-1, 1)))
                split = choice(("shift", "none", "first" if sound and str(low) == "1" and str(high) == "T" else "none"))
                if split == "shift":
                    c = choice((-1, 1))
                    return Fold("sum", name, low.plus(c), high.plus(c), put(body, {name: letter(name, -c)}))
                if split == "first" and not {part.letter for part in walk_folds(body)} & low.names:
                    return Add((Fold("sum", name, low.plus(1), high, body), put(body, {name: low})))
                return Fold("sum", name, low, high, body)
            case Fold("prod", name, low, high, body, falling):
                if len(term.axes) == 2 and chance() < 0.3:
                    flipped = Einsum((body,), ("ij",), "ji")
                    return Einsum((Fold("prod", name, low, high, flipped, not falling),), ("ij",), "ji")
                if not sound and chance() < 0.2:
                    return Fold("prod", name, low, high, body, not falling)
                if not sound and chance() < 0.2:
                    return Fold("prod", name, low.plus(1), high, body, falling)
                return term
            case Build(name, extent, body):
                return Build(name, extent, inner(body))
            case Choice(branches) if not sound and chance() < 0.3:
                (compared, first), (rest, last) = branches
                return Choice(((compared, last), (rest, first)))
            case Choice(branches):
                return Choice(tuple((when, inner(part)) for when, part in branches))
            case Power(of, Fraction(numerator=2)) if chance() < 0.5:
                names = "ab"[: len(of.axes)]
                return Einsum((of, inner(of)), (names, names), names)
            case Number(value) if not sound and chance() < 0.2:
                return Number(value + 1)
            case Ref(_, _, (axis,)) if sound and chance() < 0.2:
                self.count += 1
                return Build(f"i{self.count}", axis, Entry(term, (letter(f"i{self.count}"),)))
            case Ref(name, (index,), axes) if not sound and chance() < 0.1:
                return Ref(name, (index.plus(choice((-1, 1))),), axes)
        return term


def walk_folds(term: Term) -> list[Fold]:
    return [part for part in [term, *(p for part in term.parts for p in walk_folds(part))] if isinstance(part, Fold)]


def claim_of(seed: int) -> tuple[Claim, bool]:
    maker = Maker(seed)
    side = maker.term(maker.random.choice((0, 1, 1, 2)), maker.random.choice((1, 2, 3)), ("t",))
    sound = maker.random.random() < 0.4
    other = maker.rewritten(side, sound)
    of_three = (Comparison(T, "=", Index(3)),)
    condition = maker.random.choice([(), (), (Comparison(t, "lt", T),), (Comparison(t, "ge", Index(2)),), of_three])
    return Claim(side, other, (Free("t", ONE, T),), condition), sound


def true(claim: Claim, steps: range = range(1, 7), sizes: tuple[int, ...] = (1, 2, 3)) -> bool | None:
    """Whether the sides agree on the unrolled network wherever it is tried; None where nothing could be evaluated."""
    found = None
    for count in steps:
        for size in sizes:
            point = random_point(SYSTEM, {"H": size, "T": count}, PRIME, count, pattern=count, shifted=False)
            try:
                equal = compare(claim, Evaluator(point)).equal
            except Undecidable:
                continue
            if not equal:
                return False
            found = True
    return found


class Unrolled:
    """The entries of networks on a chain without bridges, over the real numbers of an unrolled network."""

    def __init__(self, networks: Networks, evaluator: Evaluator) -> None:
        self.networks, self.evaluator, self.field = networks, evaluator, evaluator.field
        self.arrays: dict[int, dict[tuple[int, ...], object]] = {}

    @property
    def names(self) -> dict[int, object]:
        return {number: name for name, number in self.networks._atoms.items()}

    def entries(self, network: Network, rank: int) -> dict[tuple[int, ...], object]:
        places = list(product(range(2), repeat=rank))
        return {
            place: self.field.add([self.term(monomial, c, place) for monomial, c in network.items()])
            for place in places
        }

    def term(self, monomial: object, coefficient: object, place: tuple[int, ...]) -> object:
        summed, factors = monomial
        total = []
        for inner in product(range(2), repeat=len(summed)):
            at_labels = [
                self.field.power(
                    self.atom(atom)[tuple(inner[x] if x >= 0 else place[-1 - x] for x in labels)], Fraction(n)
                )
                for (atom, labels), n in factors
            ]
            total.append(self.field.mul([self.field.number(Fraction(coefficient)), *at_labels]))
        return self.field.add(total)

    def atom(self, number: int) -> dict[tuple[int, ...], object]:
        if number not in self.arrays:
            self.arrays[number] = self.computed(self.names[number])
        return self.arrays[number]

    def computed(self, name: object) -> dict[tuple[int, ...], object]:
        field = self.field
        match name:
            case "delta":
                return {(a, c): field.number(int(a == c)) for a in range(2) for c in range(2)}
            case ("given" | "at", str() as quantity, places):
                return arranged(self.evaluator.quantity((quantity, places)))
            case ("size", "H"):
                return {(): field.number(2)}
            case ("slope", atom):
                tanh = self.names[atom][0][1] == "tanh"
                values = self.atom(atom).items()
                return {
                    k: field.add([field.number(1) if tanh else v, field.mul([field.number(-1), v, v])])
                    for k, v in values
                }
            case ("sum", atom, place):
                sums: dict[tuple[int, ...], list[object]] = {}
                for k, v in self.atom(atom).items():
                    sums.setdefault(k[:place] + k[place + 1 :], []).append(v)
                return {k: field.add(v) for k, v in sums.items()}
            case ("reciprocal", rank, key):
                return {k: field.power(v, Fraction(-1)) for k, v in self.entries(dict(key), rank).items()}
            case (("apply", function, order), rank, key):
                inner = self.entries(dict(key), rank)
                values = applied(function, order, lambda _: list(inner.values()), field)
                return dict(zip(inner, values, strict=True))
        raise AssertionError(name)


def arranged(tensor: Tensor) -> dict[tuple[int, ...], object]:
    return dict(zip(product(*(range(n) for n in tensor.shape)), tensor.data, strict=True))


@pytest.mark.parametrize("steps", range(1, 7))
def test_sums_over_paths_are_the_unrolled_network(steps):
    """On a chain without bridges nothing is left to a theorem: the normal form of a term has the term's own value."""
    evaluator = Evaluator(real_point(SYSTEM, {"H": 2, "T": steps}, steps))
    windows = {"0": (-3, steps + 3), "T": (0, 0), "*": (0, 0)}
    compared = 0
    for seed in range(30):
        maker = Maker(seed + 1000 * steps)
        term = maker.term(maker.random.choice((0, 1, 2)), maker.random.choice((1, 2)), ("t",), 1)
        claim = Claim(term, term, (Free("t", ONE, T),))
        prover = Prover(claim, SYSTEM, seed % 2 == 0, False)
        chain = Chain((("0", 0), ("T", steps)), (), windows)
        paths = Paths(
            prover.graph, chain, "T", prover.networks, prover.expanded, prover.whole, lambda _: None, prover.shared
        )
        unrolled = Unrolled(prover.networks, evaluator)
        for now in {1, steps}:
            try:
                network = paths.value(term, {"t": now})
                expected = arranged(evaluator.value(term, evaluator.bound({"t": now})))
                if len(network) > 100 or any(len(summed) > 8 for summed, _ in network):
                    continue
                found = unrolled.entries(network, len(term.axes))
            except (Undecidable, Refused):
                continue
            compared += 1
            assert found.keys() == expected.keys()
            assert not any(apart(found[place], expected[place]) for place in found)
    assert compared > 15


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_what_is_proved_holds(seed):
    claim, _ = claim_of(seed)
    if isinstance(prove(claim, SYSTEM), Proof):
        assert true(claim) is not False


@pytest.mark.parametrize("seed", range(3))
def test_true_claims_are_proved(seed):
    """The attack above is no attack unless many claims are proved, and many false ones are near them."""
    claims = [claim_of(1000 * seed + n) for n in range(60)]
    sound = [isinstance(prove(claim, SYSTEM), Proof) for claim, sound in claims if sound]
    assert sum(sound) > len(sound) / 2
