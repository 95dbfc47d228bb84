"""Legends: what the pages we ship say, what a file may hold, and what is refused, with file, key and remedy."""

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
        ("[network]\nequations = ['h_t']" + SYMBOLS, "network.equations[0]: `h_t` is not one equation"),
        ("[network]\nequations = ['h_t = \\foo']" + SYMBOLS, "network.equations[0]: the command"),
        ("[network]\nequation = ['h = h']" + SYMBOLS, "network.equation is not a key that is known"),
        ("[symbols]\nh = 1", "symbols.`h` must be a table"),
        ('[symbols]\nh = { means = "a" }', "symbols.`h`.role is missing: use parameter, input"),
        ('[symbols]\nh = { means = "a", role = "weight" }', "symbols.`h`.role is `weight`: use parameter"),
        ('[symbols]\nh = { role = "value" }', "symbols.`h`: means is missing"),
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
    ],
)  # fmt: skip
def test_what_is_refused(text, reason):
    with pytest.raises(ReadError) as caught:
        parse_legend(text, "page.toml")
    assert str(caught.value).startswith("page.toml: ")
    assert reason in str(caught.value)
    assert str(caught.value).isprintable()


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
