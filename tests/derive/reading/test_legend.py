"""Legends: what the pages we ship say, what a file may hold, and what is refused, with file, key and remedy."""

import os

import pytest

from derive.reading import Network, ReadError, builtin_legend, load_legend, parse
from derive.reading.legend import Entry
from derive.reading.legend_file import parse_legend

SYMBOLS = """
[symbols]
'h' = { means = "a", role = "value", shape = ["H"], time = true }
'W_{hh}' = { means = "W_aa", role = "parameter", shape = ["H", "H"] }
'L' = { means = "loss", role = "total_loss", shape = [], at_time = "L" }
't' = { role = "index" }
"""


def test_a_small_legend():
    legend = parse_legend('title = "A page"\nT = 3\nsizes = [{H = 2, V = 6, T = 4}]\n' + SYMBOLS, "page.toml")
    assert (legend.name, legend.title, legend.T, legend.sizes) == (
        "page.toml",
        "A page",
        3,
        ({"H": 2, "V": 6, "T": 4},),
    )
    assert (legend.notation, legend.layout, legend.network, legend.word) == ("scalar", "column", "elman", None)
    assert legend.entries[0] == Entry("h", "a", "value", ("H",), time=True)
    assert legend.find(parse("W_{hh}")) == Entry("W_{hh}", "W_aa", "parameter", ("H", "H"))
    assert legend.find(parse("L")) == Entry("L", "loss", "total_loss", (), time=True, at_time="L")
    assert legend.find(parse("q")) is None
    assert legend.entries[3].means == "t" and legend.indices == {"t"}


def test_a_network_of_the_pages_own():
    legend = parse_legend(
        "[network]\nequations = ['h_t = \\tanh(W_{hh} h_{t-1})', 'L_t = h_t^2']\nloss = 'L_t'\n" + SYMBOLS, "p"
    )
    assert legend.network == Network((r"h_t = \tanh(W_{hh} h_{t-1})", "L_t = h_t^2"), "L_t")


def test_aliases_mean_the_same():
    legend = builtin_legend("hello")
    for spelling in ("w_{aa}", "W_{aa}", r"\omega_{aa}"):
        assert legend.find(parse(spelling)).means == "W_aa"


@pytest.mark.parametrize("spelling", ["net_y", "net y", r"\text{net}y", r"\mathrm{net}_y", r"\text{net}_{y}"])
def test_spellings_of_a_name_of_several_letters(spelling):
    legend = parse_legend(f'[symbols]\n\'{spelling}\' = {{ means = "net_y", role = "value" }}\n', "page.toml")
    assert legend.words == {("net", "y")}
    for written in ("net_y", "net y", r"\text{net}y"):
        assert legend.find(parse(written, legend.words)).means == "net_y"


def test_the_hello_legend_knows_every_symbol_of_the_network():
    legend = builtin_legend()
    meant = {entry.means for entry in legend.entries} | {entry.at_time for entry in legend.entries if entry.at_time}
    elman = {"x", "target", "a", "net_y", "y", "L", "loss", "W_aa", "W_ax", "b_a", "W_ya", "b_y", "eta", "T"}
    assert elman <= meant
    assert (legend.word, legend.T, legend.notation) == ("HELLO", 4, "scalar")
    assert all(repair.reason and repair.blocks for repair in legend.repairs)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "symbols is empty"),
        ("a = ", "not a TOML file"),
        ("a = " + "[" * 5000, "not a TOML file"),
        ('colour = "red"', "colour is not a key that is known: use title, notation"),
        ('notation = "matrix"' + SYMBOLS, "notation is `matrix`: use scalar, vector, component"),
        ("layout = 1" + SYMBOLS, "layout is `1`: use column, row"),
        ('T = "4"' + SYMBOLS, "T must be a whole number"),
        ("T = 0" + SYMBOLS, "T must be a whole number"),
        ("T = true" + SYMBOLS, "T must be a whole number"),
        ("sizes = 3" + SYMBOLS, "sizes must be a list"),
        ("sizes = [3]" + SYMBOLS, "sizes[0] must be a table"),
        ("sizes = [{H = -1}]" + SYMBOLS, "sizes[0].H must be a whole number"),
        ("title = 1" + SYMBOLS, "title must be a text"),
        ('network = "gru"' + SYMBOLS, "network: `gru` is not built in"),
        ("[network]\nequations = []" + SYMBOLS, "network.equations must be a list"),
        ("[network]\nequations = ['h_t']" + SYMBOLS, "equation 1, `h_t`: `h_t` is not one equation"),
        ("[network]\nequations = ['h_t = \\foo']" + SYMBOLS, "equation 1, `h_t = \\foo`: the command"),
        ("[network]\nequation = ['h = h']" + SYMBOLS, "network.equation is not a key that is known"),
        ("[symbols]\nh = 1", "symbols.`h` must be a table"),
        ('[symbols]\nh = { means = "a" }', "symbols.`h`.role is missing: use parameter, input"),
        ('[symbols]\nh = { means = "a", role = "weight" }', "symbols.`h`.role is `weight`: use parameter"),
        ('[symbols]\nb = { means = "x", role = "input" }\nh = { role = "value" }', "symbols.`h`: means is missing"),
        ('[symbols]\nh = { means = "", role = "value" }', "symbols.`h`: `` is no name"),
        ('[symbols]\nh = { means = "a b", role = "value" }', "symbols.`h`: `a b` is no name"),
        ('[symbols]\nh = { means = "a", role = "value", shapes = [] }', "symbols.`h`.shapes is not a key"),
        ('[symbols]\nh = { means = "a", role = "value", shape = "H" }', "symbols.`h`.shape must be a list"),
        ('[symbols]\nh = { means = "a", role = "value", shape = [0] }', "symbols.`h`.shape: `0` is no size"),
        ('[symbols]\nh = { means = "a", role = "value", shape = ["a b"] }', "is no size"),
        ('[symbols]\nh = { means = "a", role = "value", shape = ["H", "H", "H"] }', "has 3 axes"),
        ('[symbols]\nh = { means = "a", role = "value", time = 1 }', "symbols.`h`.time must be true or false"),
        ("[symbols]\n'\\foo' = { means = \"a\", role = \"value\" }", "symbols.`\\foo`: the command"),
        ("[symbols]\n'h_{' = { means = \"a\", role = \"value\" }", "symbols.`h_{`: what `{` opens is never closed"),
        (SYMBOLS + "'W_{h h}' = { means = \"b\", role = \"value\" }", "is the same symbol as `W_{hh}`: keep one"),
        (SYMBOLS + "[aliases]\ng = 1", "aliases.`g` must be the spelling of a symbol"),
        (SYMBOLS + "[aliases]\ng = 'q'", "aliases.`g` points to `q`, which is not among the symbols"),
        (SYMBOLS + "[aliases]\nh = 'L'", "aliases.`h` is the same symbol as `h`"),
        (SYMBOLS + "[repairs]\nfind = 'a'", "repairs must be a list"),
        (SYMBOLS + "[[repairs]]\nfind = 'a'", "repairs[0].replace is missing"),
        (SYMBOLS + "[[repairs]]\nfind = 'a'\nreplace = 'b'\nblocks = [1]", "repairs[0].reason is missing"),
        (SYMBOLS + "[[repairs]]\nfind = 'a'\nreplace = 'b'\nreason = 'r'", "repairs[0].blocks must list"),
        (SYMBOLS + "[[repairs]]\nfind = 'a'\nreplace = 'b'\nreason = 'r'\nblocks = [0]", "repairs[0].blocks must list"),
        (SYMBOLS + "[[repairs]]\nfind = 'a'\nreplace = 'b'\nreason = 'r'\nblocks = [1]\nwhy = 1", "repairs[0].why is"),
        (SYMBOLS + "[[planted]]\nblock = 'a'", "planted[0].block must be a whole number"),
        ("sizes = [{H = 2}, {H = 'a'}]" + SYMBOLS, "sizes[1].H must be a whole number"),
        ('[symbols]\nh = { means = "q", role = "value" }', "line 2: symbols.`h`: `q` is no quantity of the built-in"),
        ('[symbols]\nh = { means = "sin", role = "function" }', "symbols.`h`: `sin` is no known function: use tanh"),
        ('[symbols]\nh = { means = "a", role = "value", kind = "one-hot" }', "only a target has a kind"),
        (SYMBOLS + "[definitions]\n'p_t' = 'x +'", "line 8: definitions.`p_t`: `x +`: "),
        (SYMBOLS + "[definitions]\n'p_t' = 1", "definitions.`p_t` must be an expression"),
        (SYMBOLS + "[functions]\ng = 'sin'", "functions.g is `sin`: use tanh, sigmoid"),
        (SYMBOLS + "[families]\nn = 'step'", "families.n is `step`: use steps, layers"),
        (SYMBOLS + "[conventions]\nvectors = 'row'", "conventions.vectors is `row`: use columns, rows"),
        (SYMBOLS + "[conventions]\nvector = 'rows'", "conventions.vector is not a key that is known: use vectors"),
    ],
)  # fmt: skip
def test_what_is_refused(text, reason):
    with pytest.raises(ReadError) as caught:
        parse_legend(text, "page.toml")
    assert str(caught.value).startswith("page.toml: ")
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


def test_all_that_is_wrong_is_told_at_once_with_lines():
    text = """title = 1
[network]
equations = [
  'h_t = \\foo',
  'L_t = h_t^2',
  'L = ',
]
[symbols]
'h' = { role = "states" }
"""
    with pytest.raises(ReadError) as caught:
        parse_legend(text, "page.toml")
    message = str(caught.value)
    for line, words in (
        (1, "title must be"),
        (4, r"equation 1, `h_t = \foo`: "),
        (6, "equation 3, `L =`: "),
        (9, "`states`"),
    ):
        assert f"line {line}: " in message and words in message
    assert message.isprintable()


def test_the_language_of_a_short_legend():
    legend = parse_legend(
        "[definitions]\n'p_t' = 'U x_t'\n[functions]\ng = 'tanh'\n[families]\nn = 'steps'\n"
        "[conventions]\nvectors = 'rows'\n[network]\nequations = ['h_n = g(p_n)']\n"
        "[symbols]\ny = { role = 'target', shape = ['1', 'm'] }",
        "page.toml",
    )
    assert legend.definitions == (("p_t", "U x_t"),) and legend.functions == (("g", "tanh"),)
    assert legend.families == (("n", "steps"),) and legend.indices == {"n"}
    assert legend.conventions == (("vectors", "rows"),)
    assert legend.entries == (Entry("y", "y", "target", (1, "m")),)


def test_what_is_no_file_is_refused_unread(tmp_path):
    fifo = tmp_path / "fifo.toml"
    os.mkfifo(fifo)
    for path in (fifo, "/dev/zero", tmp_path):
        with pytest.raises(ReadError, match="no file that can be read as a whole"):
            load_legend(path)


def test_files_that_are_refused(tmp_path):
    path = tmp_path / "page.toml"
    with pytest.raises(ReadError, match="the legend cannot be read"):
        load_legend(path)
    path.write_bytes(b"title = '\xe9'")
    with pytest.raises(ReadError, match="not UTF-8 at byte 9"):
        load_legend(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(ReadError, match="a legend of 300000 bytes"):
        load_legend(path)
    path.write_text(SYMBOLS, encoding="utf-8")
    assert load_legend(path).name == str(path)


@pytest.mark.parametrize("name", ["nothing", "../notes/hello", "", "a/b"])
def test_a_legend_that_is_not_built_in(name):
    with pytest.raises(ReadError, match="choose one of elman_vector, hello"):
        builtin_legend(name)


def test_legends_compare_and_hash():
    assert builtin_legend("hello") == builtin_legend("hello")
    assert len({builtin_legend("hello"), builtin_legend("hello"), builtin_legend("elman_vector")}) == 2
