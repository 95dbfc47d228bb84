"""Blocks and the statements in them: chains, continuations, notes, conditions, separators; and the real notes."""

from pathlib import Path

import pytest

import derive
from derive.reading import Block, Legend, ReadError, builtin_legend, load, parse, read_statements
from derive.reading.legend import Entry
from derive.reading.tree import Words

NOTES = Path(derive.__file__).parent / "notes"
LEGEND = Legend("test", entries=(Entry("W", "W", "parameter"), Entry("p", "p", "value"), Entry(r"\eta", "eta", "rate")))


def read(*latex, legend=LEGEND):
    blocks = [Block(number, number, text, 0, len(text)) for number, text in enumerate(latex, 1)]
    return read_statements(blocks, legend)


@pytest.fixture(scope="module")
def told(show):
    """The statements of a reading as lines: what marks them, their sources, their conditions, and then the errors."""

    def line(statement):
        marks = "note: " if statement.is_note else ""
        marks += f"from {statement.sides[0].block}: " if statement.continues else ""
        chain = [statement.sides[0].latex]
        for relation, side in zip(statement.relations, statement.sides[1:], strict=True):
            chain += [relation, side.latex]
        return marks + " ".join(chain) + (f" | {show(statement.condition)}" if statement.condition else "")

    return lambda reading: [line(s) for s in reading.statements] + [f"! {error.message}" for error in reading.errors]


# One block each, and its statements.
CASES = {
    "separators": [
        ("a = b, c = d; e = f", ["a = b", "c = d", "e = f"]),
        ("a = - b.c", ["a = - b.c"]),
        ("a = (b) . c.", ["a = (b) . c"]),
        ("a = b. c", ["! a full stop inside a formula: leave it out"]),
        ("a = b.c = d", ["a = d", "! a full stop inside a formula: leave it out"]),
        (r"a = V . \nabla_h L . {c}", [r"a = V . \nabla_h L . {c}"]),
        (r"a = b \quad c = d \qquad e = f", ["a = b", "c = d", "e = f"]),
        (r"a &= b, \text{ set } h = w \\ &= c \\ &= d", ["a = b = c = d", "h = w"]),
        (r"a &= b, \text{ so } h = w \\ &= c", ["a = b", "h = w = c"]),
        (r"a = b \;\; c = d \; \; \; e = f", ["a = b", "c = d", "e = f"]),
        (r"a = b \; c", [r"a = b \; c"]),
        (r"a = b \\ c = d", ["a = b", "c = d"]),
        (r"a = b , \quad c = d \\[2pt] e = f", ["a = b", "c = d", "e = f"]),
        (r"a = b \text{ and } c = d", ["a = b", "c = d"]),
        (r"a = b \rightarrow c^{\prime} = d", ["a = b", r"c^{\prime} = d"]),
        (r"a \rightarrow b = c", ["a to b", "b = c"]),
        (r"a = b \approx c = d", ["a = b approx c", "c = d"]),
        (r"a = b \\ \rightarrow \quad c = d", ["a = b", "c = d"]),
        (r"a = b \quad \text{(because } c = d + e\text{)}", ["a = b", "note: c = d + e"]),
        (r"a = f(x, y), c_{i,j} = d", ["a = f(x, y)", "c_{i,j} = d"]),
        (r"a = b \\ c = (d + e \\ f = g", ["a = b", "f = g", "! what `(d + e \\\\ f` opens is never closed: close it"]),
        (r"a = b \\ c = d) \\ f = g", ["a = b", "f = g", "! `)` closes nothing: pair the brackets"]),
    ],
    "lines": [
        (r"\begin{aligned} a &= b \\ &= c \\ d &= e \end{aligned}", ["a = b = c", "d = e"]),
        (r"a = b \\ + c", [r"a = b \\ + c"]),
        (r"a = b + \\ c", [r"a = b + \\ c"]),
        (r"a = \\ b", ["a = b"]),
        (r"a &= b \\ &\quad - c \\ &= d", [r"a = b \\ &\quad - c = d"]),
        (r"a = b \\ \cdot c", [r"a = b \\ \cdot c"]),
        (r"a = \left( b \right. \\ & \left. + c \right)", [r"a = \left( b \right. \\ & \left. + c \right)"]),
        (r"a \quad = \quad b \quad + \quad c", [r"a = b \quad + \quad c"]),
    ],
    "columns and systems": [
        (r"a &= b & c &= d \\ e &= f & g &= h", ["a = b", "c = d", "e = f", "g = h"]),
        (r"a & = & b \\ & = & c", ["a = b = c"]),
        (r"& a = b && \text{if } i = j", ["a = b | (= i j)"]),
        (r"\begin{cases} a = b \\ c = d \end{cases}", ["a = b", "c = d"]),
        (r"\boxed{\begin{cases} a = b \\ c = d \end{cases}}", ["a = b", "c = d"]),
        (r"\begin{array}{rcl} a &=& b \\ &=& c \end{array}", ["a = b = c"]),
        (r"\left\{ \begin{array}{l} a = b \\ c = d \end{array} \right.", ["a = b", "c = d"]),
        (r"\left\{ \begin{aligned} a &= b \quad e = f \\ c &= d \end{aligned} \right.", ["a = b", "e = f", "c = d"]),
    ],
    "arrows": [
        (r"a = b \Rightarrow c", ["a = b = c"]),
        (r"a = b \Rightarrow c = d \implies e", ["a = b", "c = d = e"]),
        (r"\left. L \right|_{t=1} \Rightarrow a = b", ["a = b"]),
        (r"\therefore a = b", ["a = b"]),
        (r"a = b \text{ so } c = d", ["a = b", "c = d"]),
        ("a = b ⇒ c ∴ d = e", ["a = b = c", "d = e"]),
    ],
    "notes": [
        (r"a = b \quad [c = d]", ["a = b", "note: c = d"]),
        (r"a = \left[ b \right] \quad \left[ c = d = e \right]", [r"a = \left[ b \right]", "note: c = d = e"]),
        (r"a = b [c = d]", ["a = b", "note: c = d"]),
        (r"a = b \quad (\because c = d)", ["a = b", "note: c = d"]),
        (r"a = b \text{ since } c = d \\ = e", ["a = b = e", "note: c = d"]),
        (r"a = b \text{ where } z = W x", ["a = b", "note: z = W x"]),
        ("a = 1[i = j] b", ["a = 1[i = j] b"]),
        (r"a = \mathbb{1}(i = j)", [r"a = \mathbb{1}(i = j)"]),
    ],
    "conditions": [
        (r"a = b \quad \text{if } i = j", ["a = b | (= i j)"]),
        (r"a = b \quad (t = 1, \ldots, T)", ["a = b | (in t (range 1 T))"]),
        (r"a = b, \quad t = 1, 2, \dots, T", ["a = b | (in t (range 1 T))"]),
        (r"a = b, t = T, T-1, \ldots, 1", ["a = b | (in t (range T 1))"]),
        (r"a = b \text{ for } t = 1, 2, 3, \quad c = d", ["a = b | (in t (list 1 2 3))", "c = d"]),
        (r"a = b, \quad i \ne j", ["a = b | (ne i j)"]),
        (r"a = b \quad 1 \le k \le t", ["a = b | (list (le 1 k) (le k t))"]),
        (r"a = b \text{ if } i = j \text{ and } k < t", ["a = b | (list (= i j) (lt k t))"]),
        (r"a = b \text{ if $i = j$}", ["a = b | (= i j)"]),
        (r"a = b \quad \text{(note $x_t$, as before)}", ["a = b", '"(note $x_t$, as before)"']),
        (r"a = b \text{, the $t$-th one}", ["a = b", '", the $t$-th one"']),
        (r"a = b \quad \text{(if $t < T$)}", ["a = b | (lt t T)"]),
        (r"a = b \quad \text{(note $x_t = h_t$)}", ["a = b", "note: x_t = h_t"]),
        (r"a = b \text{ for all } t", ["a = b"]),
        (r"a = b \quad \forall t", ["a = b"]),
        (r"a = b \quad \forall t < T", ["a = b | (lt t T)"]),
        (r"\text{for } t < T: \quad a = b", ["a = b | (lt t T)"]),
        (r"\text{If } i = j, \text{ then } a = b", ["a = b | (= i j)"]),
        (r"\Delta W = -\eta x, \quad p = 2", [r"\Delta W = -\eta x", "p = 2"]),
        (r"a = b, \quad t = 1 \ldots T", ["a = b | (in t (range 1 T))"]),
        ("a = b, t = 1, ..., T", ["a = b | (in t (range 1 T))"]),
        (r"a = b \quad \forall t \in \{1, \ldots, T\}", ["a = b | (in t (range 1 T))"]),
        (r"a = b \quad t \in [1, T]", ["a = b | (in t (range 1 T))"]),
        (r"a = b \quad t \in \{1, 2\}", ["a = b | (in t (list 1 2))"]),
        ("t = 1", ["t = 1"]),
    ],
    "labels and remarks": [
        (r"a = b \quad \text{--- (1)}", ["a = b"]),
        (r"a = b \quad (1)", ["a = b"]),
        (r"a = b \qquad (3a)", ["a = b"]),
        (r"a = b \quad --- (1)", ["a = b"]),
        (r"a = b \hfill (*)", ["a = b"]),
        (r"a = b \quad \ldots (1)", ["a = b"]),
        (r"a = b \tag{1} \label{eq:one} \nonumber", ["a = b"]),
        (r"a = b \text{ (by the chain rule)} \\ = c", ["a = b = c", '"(by the chain rule)"']),
        (r"\text{The loss: } a = b.", ["a = b", '"The loss:"']),
        (r"a = b \quad \text{forward}", ["a = b", '"forward"']),
        (r"a = b \quad (\text{need } y_t; t = 1, \ldots, T)", ["a = b | (in t (range 1 T))", r'"\text{need } y_t"']),
        (r"a = \text{some words alone}", [r"a = \text{some words alone}"]),
        (r'a = \text{"the effect of } W \text{ on } h\text{, by every path"}',
         [r'a = \text{"the effect of } W \text{ on } h\text{, by every path"}']),
        (r"a = b，（1）", ["a = b"]),
        (r"a = b \ (3)", ["a = b"]),
        (r"a = b \eqno(3)", ["a = b"]),
        (r"a = b \hspace{1cm} c = d", ["a = b", "c = d"]),
        ("a = b % = c", ["a = b"]),
    ],
    "boxes": [
        (r"\boxed{a = b}", ["a = b"]),
        (r"\boxed{\begin{aligned} a &= b \\ c &= d \end{aligned}}", ["a = b", "c = d"]),
        (r"a = \boxed{b + c}", [r"a = \boxed{b + c}"]),
        (r"\underbrace{a = b}_{\text{why}}", ["a = b"]),
        (r"a = b \underbrace{c}_{\text{why}}", [r"a = b \underbrace{c}_{\text{why}}"]),
        (r"a = \big( b \big) \mathbf{c}", [r"a = \big( b \big) \mathbf{c}"]),
    ],
    "as found": [
        (r"y = a \text{ if } i=t_i, \text{ else } 0", [r"y = a \text{ if } i=t_i, \text{ else } 0"]),
        (r"a = \underbrace{W h}_{= z} + b", [r"a = \underbrace{W h}_{= z} + b", "note: W h = z"]),
        (r"a = \underbrace{W h}_{c = d} + b", [r"a = \underbrace{W h}_{c = d} + b", "note: c = d"]),
        (r"\displaylines{a = b \cr c = d}", ["a = b", "c = d"]),
        (r"\begin{dmath} a = b \end{dmath}", ["a = b"]),
        ("a = b\n\nc = d", ["a = b", "c = d"]),
        (r"\begin{gathered} a = b \\ \\ c = d \end{gathered}", ["a = b", "c = d"]),
        ("a &= b \\\\\\\n&= c", ["a = b = c"]),
        (r"a = b \text{ for } t \text{ from } 1 \text{ to } T", ["a = b | (in t (range 1 T))"]),
        (r"a = b \text{ for all time steps } t", ["a = b"]),
        (r"\text{Let } z = W x", ["z = W x"]),
        (r"y = \underset{i}{\max}\; z_i", [r"y = \underset{i}{\max}\; z_i"]),
        (r"\theta = \{\phi, \psi\}", [r"\theta = \{\phi, \psi\}"]),
        (r"x = (x_1, \ldots, x_T) \quad x_t \in \mathbb{R}^n", [r"x = (x_1, \ldots, x_T)", r"x_t in \mathbb{R}^n"]),
        ("T = 4", ["T = 4"]),
    ],
    "relations": [
        (r"a := b \equiv c \approx d", ["a := b equiv c approx d"]),
        (r"a \coloneqq b", ["a := b"]),
        (r"a \overset{\text{def}}{=} b", ["a := b"]),
        (r"a \stackrel{(1)}{=} b", ["a = b"]),
        (r"W \leftarrow W - \eta x", [r"W gets W - \eta x"]),
        (r"a \propto b", ["a propto b"]),
        (r"a \not= b", ["a ne b"]),
        (r"a \cong b", ["a cong b"]),
        (r"a \coloneq b", ["a := b"]),
        (r"a ≜ b ＝ c", ["a := b = c"]),
        (r"a \xlongequal{(1)} b", ["a = b"]),
        (r"a += b", ["a += b"]),
        (r"a \mathrel{-}= b", ["a -= b"]),
        (r"h = f \in (0, 1)^{1 \times H}", [r"h = f in (0, 1)^{1 \times H}"]),
        (r"a = b \quad \in S", ["a = b in S"]),
        (r"W, U \in S", ["W in S", "U in S"]),
    ],
    "one unreadable statement does not lose the others": [
        (r"a = \foo, c = d", ["c = d", "! the command `\\foo` is not read: write it otherwise or leave it out"]),
        (r"a = b = \foo = c", ["a = b = c", "! the command `\\foo` is not read: write it otherwise or leave it out"]),
        ("a = b, c", ["a = b", "! an expression without a relation: write = where a chain goes on"]),
        ("a = b = ", ["a = b", "! a side is missing beside a relation: write it"]),
        (r"a = b \\ c = \int d", ["a = b", "! the command `\\int` is not read: write it otherwise or leave it out"]),
    ],
    "refused": [
        (r"a \Rightarrow b", ["! no chain stands before this for it to go on with: write its left side"]),
        ("p (y = 1) = a", ["! a relation in brackets after a name: separate a note with \\quad"]),
        ("a = b [c = d] e", ["! a note inside a formula: put it at the end"]),
        (r"\boxed{a = b} c", ["! a box or an environment ends inside this side: let it hold whole sides"]),
        (
            r"\begin{cases} a & i = j \\ b & i \ne j \end{cases}",
            ["! an expression without a relation: write = where a chain goes on"],
        ),
        (r"a = b, \quad t = 1, \ldots", ["a = b", "! a range is read as 1, \\ldots, T or 1, 2, \\ldots, T"]),
        (r"a = b, t = 1, 3, \ldots, T", ["a = b", "! a range is read as 1, \\ldots, T or 1, 2, \\ldots, T"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("latex", "expected"), [pytest.param(*row, id=f"{name}: {row[0]}") for name, rows in CASES.items() for row in rows]
)
def test_statements(latex, expected, told):
    (reading,) = read(latex)
    assert told(reading) + [f'"{remark.text}"' for remark in reading.remarks] == expected
    assert not reading.fragment


# Words that are dropped change what a formula says: each of these is an error, and no statement.
@pytest.mark.parametrize(
    "latex",
    [
        r"a = \text{half of } \sum_t (b_t - c_t)",
        r"a = \text{-} b",
        r"a = \mbox{-2} b",
        r"a = \text{1/2} b",
        r"a = \text{(something else)} + b",
        r"a = b \text{ for all but } t = T",
        r"a = b \text{ not for } t = T",
        r"a = b \text{ everywhere but at } t = T",
        r"a = b \quad \text{except} \quad t = T",
        r"a = b \quad \text{(only at $t = T$)}",
        r"a = b \\ \text{except at } t = T",
        r"a \text{ is not } = b",
        r"a = b \text{ is wrong}",
        r"\text{It is wrong that} \quad a = b",
        r"\text{It is wrong that} \\ a = b",
        r"a = b \text{ roughly } = c",
        r"a = b \text{ außer für } t = T",
        r"a = b (\text{some words}) c",
        r"a = \text{minus} b",
        r"a = b \text{ by the chain rule} = c",
    ],
)
def test_words_are_never_dropped_from_a_formula(latex):
    (reading,) = read(latex)
    assert reading.errors and not reading.statements and not reading.fragment


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"a = \text{some words alone}", "some words alone"),
        (r'a = \text{"the effect of } W \text{"}', r'\text{"the effect of } W \text{"}'),
        ('a = "the whole effect"', '"the whole effect"'),
    ],
)
def test_a_side_of_words_is_words(latex, text):
    (reading,) = read(latex)
    assert reading.statements[0].sides[1].node == Words((0, 0), text)


def test_words_of_exception_spoil_their_line_alone(told):
    (reading,) = read(r"a = b \\ c = d \text{ only here} \\ e = f")
    assert told(reading)[:2] == ["a = b", "e = f"] and len(reading.errors) == 1
    (reading,) = read(r"a &= b \\ &= c \text{ (not at the end)} \\ &= d")
    assert not reading.statements and len(reading.errors) == 2


def test_a_fragment_keeps_its_tree(show):
    (reading,) = read(r"D \times M")
    assert reading.fragment and reading.alone is not None and show(reading.alone.node) == "(* D times M)"


def test_a_range_alone_says_nothing(show):
    for latex, tree in ((r"t = 1, \ldots, T", "(in t (range 1 T))"), ("t = 1, 2, 3", "(in t (list 1 2 3))")):
        (reading,) = read(latex)
        assert reading.fragment and not reading.errors and show(reading.alone.node) == tree
    assert read(r"t = 1, 2, \ldots")[0].fragment


def test_a_statement_knows_its_place():
    first, second = read(r"a = b \\ c = d", "= e")
    assert [(s.block, s.span) for s in first.statements] == [(1, (0, 5)), (1, (9, 14))]
    assert [(s.block, s.span) for s in second.statements] == [(2, (2, 3))]


def test_no_legend_is_needed(told):
    blocks = [Block(1, 1, r"a = b, t = 1, 2, 3", 0, 18)]
    assert told(read_statements(blocks)[0]) == ["a = b | (in t (list 1 2 3))"]


def test_what_a_letter_stands_for_is_the_pages_to_say(told):
    assert told(read(r"a_s = b, \quad s = 1")[0]) == ["a_s = b | (= s 1)"]
    assert told(read(r"a = b s_t, \quad s = 1")[0]) == ["a = b s_t", "s = 1"]


@pytest.mark.parametrize("latex", [r"\frac{\partial L}{\partial a}", r"\sum_{t=1}^T x", r"\Rightarrow", ""])
def test_a_block_without_a_relation_is_a_fragment(latex):
    (reading,) = read(latex)
    assert reading.fragment and not reading.statements and not reading.errors


@pytest.mark.parametrize("latex", [r"\foo", r"a \unknownrelation b", r"\input{more}"])
def test_what_may_be_a_relation_is_no_fragment(latex):
    (reading,) = read(latex)
    assert reading.errors and not reading.fragment and not reading.statements


def test_a_chain_goes_on_over_blocks(told):
    readings = read("a = b", "= c", r"\Rightarrow d", r"\Rightarrow x = y", r"\therefore z")
    assert [told(reading) for reading in readings] == [
        ["a = b"],
        ["from 1: a = c"],
        ["from 1: a = d"],
        ["x = y"],
        ["from 4: x = z"],
    ]
    head = readings[1].statements[0].sides[0]
    assert (head.latex, head.span, head.block) == ("a", (0, 1), 1)


def test_a_condition_goes_on_with_its_chain(told):
    assert told(read(r"a = b \quad (t < T)", "= c")[1]) == ["from 1: a = c | (lt t T)"]


def test_a_chain_goes_on_with_a_chain_only(told):
    first, after_fragment, broken, after_broken = read("= a", "= c", r"\foo = a", "= b")
    assert told(first)[0].startswith("! no chain stands before this")
    assert told(after_fragment)[0].startswith("! this goes on with a chain whose head could not be read")
    assert told(broken)[0].startswith("! the command")
    assert told(after_broken)[0].startswith("! this goes on with a chain whose head could not be read")
    assert told(read("a b", "= c")[1])[0].startswith("! no chain stands before this")


def test_an_unreadable_side_leaves_the_head_to_go_on_with(told):
    assert told(read(r"a = \foo", "= b")[1]) == ["from 1: a = b"]


def test_a_note_is_no_chain_to_go_on_with(told):
    assert told(read(r"a = b \quad [c = d]", "= e")[1]) == ["from 1: a = e"]


def test_an_announcement_is_remembered():
    (reading,) = read(r"\left. L \right|_{t=1} \Rightarrow a = b")
    assert reading.announcements == (r"\left. L \right|_{t=1}",)


def test_errors_have_their_place():
    (reading,) = read(r"a = b, c = \foo d")
    assert isinstance(reading.error, ReadError)
    assert reading.error.span == (11, 15)


def test_an_unbalanced_block_is_unreadable_and_the_next_is_not(told):
    broken, good = read("a = (b", "c = d")
    assert told(broken) == ["! what `(b` opens is never closed: close it"]
    assert told(good) == ["c = d"]


# The real notes


@pytest.fixture(scope="module")
def hello():
    legend = builtin_legend("hello")
    document = load(NOTES / "hello.md")
    return read_statements(document.blocks, legend)


def test_the_notes_read_without_an_error(hello):
    assert len(hello) == 67
    assert [reading.block.number for reading in hello if reading.errors] == []
    assert [reading.block.number for reading in hello if reading.fragment] == list(range(31, 47))


def test_the_chains_of_the_notes(hello, told):
    by_number = {reading.block.number: reading for reading in hello}
    assert told(by_number[4]) == ["from 3: L = L(1) + L(2) + L(3) + L(4)"]
    assert [s.sides[0].latex for s in by_number[3].statements] == ["L(t)", "L"]
    assert told(by_number[9]) == [
        r"from 8: \frac{\partial L(t)}{\partial w_{ya}} = -\frac{\hat{y}(t)}{y(t)} y(t)(1-y(t)) a(t)"
    ]
    assert len(by_number[10].statements) == 1 and len(by_number[10].statements[0].sides) == 3
    assert [s.is_note for s in by_number[23].statements] == [False, True]
    assert by_number[23].announcements == (r"\left. \frac{\partial L(t)}{\partial W_{aa}} \right|_{t=1}",)
    assert [len(s.sides) for s in by_number[48].statements] == [2, 2, 2]
    continued = {reading.block.number for reading in hello for s in reading.statements if s.continues}
    assert continued == {4, 9, 16, 27, 55, 56, 62, 63, 65}


def test_the_repairs_of_the_notes(hello, show):
    by_number = {reading.block.number: reading for reading in hello}
    repaired = {number: len(r.repairs) for number, r in by_number.items() if r.repairs}
    assert repaired == {19: 1, 20: 1, 47: 1, 49: 2, 50: 2} | dict.fromkeys([55, 56, 57, 58, 62, 63, 65, 66], 1)
    first, second = by_number[49].statements  # the separator that was lost
    assert first.sides[0].latex == r"\frac{\partial a(m)}{\partial a(m-1)}"
    assert first.sides[1].latex == r"w_{aa} [1 - [a(m)]^{\sim}]"  # the source is as written, the tree is as mended
    assert show(first.sides[1].node).endswith("((bracket (* a (paren m))) ^ 2))))")
    assert second.sides[0].latex == r"\frac{\partial a(k)}{\partial w_{aa}}"
    assert show(by_number[19].statements[0].sides[1].node).startswith("(* eta (sum t -)")
    assert "(prod (= m (+ k 1)) i)" in show(by_number[47].statements[0].sides[1].node)


def test_no_slip_of_the_author_is_mended(hello, show):
    by_number = {reading.block.number: reading for reading in hello}
    right = {number: show(r.statements[0].sides[-1].node) for number, r in by_number.items() if r.statements}
    assert "(* (w _ (* a x)) a (paren t))" in right[5]  # a(t) for x(t)
    assert "tanh (paren (* a (paren t)))" in right[55]  # tanh(a(t)) for a(t)
    assert right[64].startswith("(+ -(* (sum t -)")  # the sign that is too many
    assert "(partial L a)" in right[8]  # the factor that does not belong
    assert "(frac (* hat:y (paren t))" in show(by_number[48].statements[0].sides[1].node)  # t for i
    assert right[29].count("(partial (* a (paren 2)) (W _ (* a a)))") == 2  # the factor that is doubled


def test_every_side_is_where_it_says(hello):
    blocks = {reading.block.number: reading.block.latex for reading in hello}
    for reading in hello:
        for statement in reading.statements:
            for side in statement.sides:
                assert blocks[side.block][slice(*side.span)] == side.latex
    names = builtin_legend("hello").words
    assert parse(hello[0].statements[0].sides[0].latex, names) == hello[0].statements[0].sides[0].node


@pytest.mark.parametrize("latex", [r"h = 0 \lor W = 0", r"h = 0 \text{ or } W = 0", r"\exists W: h = 0"])
def test_what_logic_joins_is_no_claim(latex):
    (reading,) = read(latex)
    assert not reading.statements and len(reading.errors) == 1


def test_the_word_or_between_two_formulas_sets_them_apart():
    (reading,) = read(r"a = b \quad \text{or} \quad c = d")
    assert len(reading.statements) == 2 and not reading.errors
