r"""The TOML file of a legend, read strictly: what it does not know is an error, and all errors are told at once.

    title = "…"                          shown in reports
    notation = "scalar"                  "scalar", "vector" or "component": how products are read
    layout = "column"                    "column" or "row": how vectors stand
    network = "elman"                    the built-in network, or a table with its equations in the page's own LaTeX:
                                         [network] equations = ['h_t = \tanh(…)', …]  and, if it has one, loss = 'L_t'
    word = "HELLO"                       the word at hand, for the page that speaks of one
    T = 4                                only where the page writes all its steps out
    sizes = [{H = 2, V = 6, T = 4}]      the sizes to test at, where the default ones do not serve

    [symbols]                            from the page's spelling (LaTeX) to its meaning
    'w_{ya}' = { means = "W_ya", role = "parameter", shape = ["V", "H"] }
    'a' = { means = "a", role = "value", shape = ["H"], time = true }
    'L' = { means = "loss", role = "total_loss", at_time = "L" }     L is the total, L(t) the loss of one step
    '\phi' = { means = "tanh", role = "function" }                   a letter for a function
    'y' = { means = "target", role = "target", kind = "one-hot" }    or "distribution", "binary", "real"

    [definitions]                        what the page says in words only: a name = an expression
    "\\Sigma'(z^l)" = "\\mathrm{diag}(\\sigma'(z^l))"

    [functions]                          the functions that the page leaves open: "tanh", …, or "open" for any
    'g' = "tanh"

    [families]                           what a letter of an index runs over: "steps", "layers", "samples", "entries"
    'n' = "steps"

    [conventions]                        vectors = "rows", jacobians = "denominator", repeated-indices = "summed"

    [aliases]                            another spelling of the same symbol
    '\omega_{ya}' = 'w_{ya}'

    [[repairs]]                          a glyph that the transcription lost, mended before parsing
    find = '^N'
    replace = '^2'
    blocks = [55, 56]                    and, or else, inline = [3]: formulas in running text
    reason = "an exponent 2, read as N"

    [[planted]]                          slips that the page is known to hold, for tests
    block = 7
    what = "the transpose is lost"
    mend = 'W^\top \delta'               the right side as it should be

`means` names the quantity in the network. The built-in Elman network has x, target, net_a, a, net_y, y, L (the loss of
one step), loss (their sum), W_aa, W_ax, b_a, W_ya, b_y, eta, and the sizes T, H, V; a network of the legend's own may
take any identifiers. Roles: parameter, input, target, value, loss, total_loss, rate, size, index and function. A rate,
size or index may leave `means` out: then it means itself; with a network of the legend's own every symbol may. A name
of several letters is spelled `net_y`, `net y` or `\text{net}y`; each of them stands for all. A repair that declares a
lost separator writes \quad.
"""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path

from derive.reading.errors import ReadError, quote
from derive.reading.legend import Entry, Legend, Network, Planted
from derive.reading.legend_table import MISSING, Table
from derive.reading.parser import parse, parse_equation
from derive.reading.repairs import Repair
from derive.reading.tokens import tokenize
from derive.reading.tree import Node

ROLES = ("parameter", "input", "target", "value", "loss", "total_loss", "rate", "size", "index", "function")
NOTATIONS = ("scalar", "vector", "component")
LAYOUTS = ("column", "row")
KINDS = ("one-hot", "distribution", "binary", "real")
FUNCTIONS = ("tanh", "sigmoid", "sigma", "relu", "exp", "log", "softplus", "softmax", "open")
FAMILIES = ("steps", "layers", "samples", "entries")
CONVENTIONS: dict[str, tuple[str, ...]] = {
    "vectors": ("columns", "rows", "numbers"),
    "jacobians": ("numerator", "denominator"),
    "repeated-indices": ("summed", "free"),
}
MAX_BYTES = 200_000

_KEYS = [
    "title", "notation", "layout", "network", "word", "T", "sizes", "symbols", "definitions", "functions", "families",
    "conventions", "aliases", "repairs", "planted",
]  # fmt: skip
_ELMAN = frozenset(
    ["x", "target", "net_a", "a", "net_y", "y", "L", "loss", "W_aa", "W_ax", "b_a", "W_ya", "b_y", "eta"]
)
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.A)


def builtin_legend(name: str = "hello") -> Legend:
    """The legend of a page that is shipped, 'hello' or 'elman_vector'. Raises ReadError for another name."""
    shipped = {path.stem: path for path in sorted((Path(__file__).parent.parent / "notes").glob("*.toml"))}
    if name not in shipped:
        raise ReadError(f"there is no built-in legend {quote(name)}: choose one of {', '.join(shipped)}")
    return parse_legend(shipped[name].read_text(encoding="utf-8"), name)


def load_legend(path: str | Path) -> Legend:
    """The legend in a TOML file. Raises ReadError that names the file, the keys with their lines, and what to do."""
    path = Path(path)
    data: bytes | None = None
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReadError(
            f"{path}: the legend cannot be read ({(error.strerror or 'error').lower()}): give another file"
        ) from None
    except ValueError:  # a NUL in the path
        raise ReadError(f"{path}: the legend cannot be read (no such file): give another file") from None
    if data is None:
        raise ReadError(f"{path}: the legend is no file that can be read as a whole: give a .toml file")
    if len(data) > MAX_BYTES:
        raise ReadError(f"{path}: a legend of {status.st_size} bytes: at most {MAX_BYTES} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: not UTF-8 at byte {error.start}: save the legend as UTF-8") from None
    return parse_legend(text, str(path))


def parse_legend(text: str, name: str) -> Legend:
    """The legend in a TOML text; `name` says in messages where it is from. Raises ReadError with all that is wrong."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ReadError(f"{name}: not a TOML file: {' '.join(str(error).split()) or 'nested too deeply'}") from None
    top = Table.of_file(table, text)
    legend = _legend(top, name)
    _Spellings(top, legend).check()
    if top.errors:
        raise ReadError(f"{name}: {'; '.join(dict.fromkeys(top.errors))}")
    return legend


def _legend(top: Table, name: str) -> Legend:
    top.only(_KEYS)
    network = _network(top)
    own = isinstance(network, Network)
    return Legend(
        name=name,
        title=top.get("title", str, ""),
        notation=top.one_of("notation", NOTATIONS, "vector" if own else "scalar"),
        layout=top.one_of("layout", LAYOUTS, "column"),
        network=network,
        word=top.get("word", str, None),
        T=top.count("T"),
        sizes=tuple(_size(size) for size in top.tables("sizes")),
        entries=tuple(_entry(inner, spelling, own) for spelling, inner in top.named_tables("symbols")),
        aliases=tuple(top.texts("aliases", "the spelling of a symbol, in quotes")),
        repairs=tuple(_repair(inner) for inner in top.tables("repairs")),
        planted=tuple(_planted(inner) for inner in top.tables("planted")),
        definitions=tuple(top.texts("definitions", "an expression in LaTeX, in quotes")),
        functions=tuple(_choices(top, "functions", dict.fromkeys(top.keys_of("functions"), FUNCTIONS))),
        families=tuple(_choices(top, "families", dict.fromkeys(top.keys_of("families"), FAMILIES))),
        conventions=tuple(_choices(top, "conventions", CONVENTIONS)),
    )


def _network(top: Table) -> str | Network:
    value = top.raw("network", "elman")
    if "network" not in top.values and _adds(top):
        return Network(())
    if value == "elman":
        return "elman"
    if isinstance(value, str):
        top.refuse("network", f'network: {quote(value)} is not built in: "elman", or a table with its equations')
        return "elman"
    table = top.table("network")
    table.only(["equations", "loss"])
    equations = table.get("equations", list, [])
    if not equations or not all(isinstance(equation, str) for equation in equations):
        table.refuse("equations", "network.equations must be a list of equations in LaTeX, in quotes")
        equations = []
    return Network(tuple(equations), table.get("loss", str, None))


def _adds(top: Table) -> bool:
    """Whether a legend without a network only adds to what its page says: no symbol means one of the built-in."""
    if any(top.keys_of(key) for key in ("definitions", "functions", "families", "conventions")):
        return True
    symbols = [value for value in top.table("symbols").values.values() if isinstance(value, dict)]
    return any(
        "means" not in value and value.get("role") not in ("rate", "size", "index") for value in symbols
    ) and not any(
        "means" in value and value.get("role") not in ("rate", "size", "index", "function") for value in symbols
    )


def _size(table: Table) -> dict[str, int]:
    return {name: table.count(name) or 0 for name in table.values}


def _entry(table: Table, spelling: str, own: bool) -> Entry:
    table.only(["means", "role", "shape", "time", "at_time", "kind"])
    role = table.one_of("role", ROLES, None)
    means = table.get("means", str, None)
    if means is None:
        if role not in ("rate", "size", "index", "") and not (own and role != "function"):
            table.refuse("means", f"{table.name}: means is missing: name the quantity of the network")
        means = _identifier(spelling)
    at_time = table.get("at_time", str, None)
    for key, value in (("means", means), ("at_time", at_time)):
        if value is None:
            continue
        if not _IDENTIFIER.fullmatch(value):
            table.refuse(key, f"{table.name}: {quote(value)} is no name: use letters, digits and _")
        elif role == "function" and value not in FUNCTIONS:
            table.refuse(key, f"{table.name}: {quote(value)} is no known function: use {', '.join(FUNCTIONS)}")
        elif not own and role not in ("function", "rate", "size", "index") and value not in _ELMAN:
            known = ", ".join(sorted(_ELMAN))
            table.refuse(key, f"{table.name}: {quote(value)} is no quantity of the built-in network: use {known}")
    kind = None
    if table.raw("kind", MISSING) is not MISSING:
        kind = table.one_of("kind", KINDS, None) or None
        if role != "target":
            table.refuse("kind", f"{table.name}: only a target has a kind")
    shape = _shape(table)
    time = table.get("time", bool, False)
    return Entry(spelling, means, role, shape, time or at_time is not None, at_time, kind)


def _shape(table: Table) -> tuple[str | int, ...] | None:
    shape = table.get("shape", list, None)
    if shape is None:
        return None
    sizes: list[str | int] = []
    for size in shape:
        if isinstance(size, str) and size.isascii() and size.isdigit() and 0 < int(size) < 1000:
            size = int(size)
        named = isinstance(size, str) and _IDENTIFIER.fullmatch(size)
        counted = isinstance(size, int) and not isinstance(size, bool) and 0 < size < 1000
        if not (named or counted):
            table.refuse(
                "shape", f'{table.name}.shape: {quote(repr(size))} is no size: name one, or a number, as in ["V", 1]'
            )
        sizes.append(size)
    if len(shape) > 2:
        table.refuse(
            "shape",
            f"{table.name}.shape has {len(shape)} axes: a scalar has none, a vector one, a matrix two",
        )
    return tuple(sizes)


def _identifier(spelling: str) -> str:
    return "_".join(re.findall(r"[A-Za-z0-9]+", spelling, re.A)) or "_"


def _choices(top: Table, key: str, allowed: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """The pairs of a table whose values come from lists."""
    table = top.table(key)
    table.only(list(allowed))
    return [(name, table.one_of(name, allowed[name], None)) for name in table.values if name in allowed]


def _repair(table: Table) -> Repair:
    table.only(["find", "replace", "blocks", "inline", "reason"])
    texts = [table.get(name, str, "") for name in ("find", "replace", "reason")]
    for name, text in zip(("find", "replace", "reason"), texts, strict=True):
        if not text.strip():
            table.refuse(
                name, f"{table.name}.{name} is missing: a repair says what it finds, what it puts there, and why"
            )
    places = [tuple(table.get(name, list, [])) for name in ("blocks", "inline")]
    for name, numbers in zip(("blocks", "inline"), places, strict=True):
        if not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in numbers) or not any(places):
            table.refuse(name, f"{table.name}.{name} must list the numbers of what it applies to, as in [12, 13]")
    return Repair(texts[0], texts[1], places[0], texts[2], places[1])


def _planted(table: Table) -> Planted:
    table.only(["block", "what", "mend"])
    return Planted(table.count("block") or 0, table.get("what", str, ""), table.get("mend", str, ""))


class _Spellings:
    """Whether every spelling of a legend parses, and stands for one symbol only."""

    def __init__(self, top: Table, legend: Legend) -> None:
        self.top, self.legend = top, legend

    def check(self) -> None:
        legend = self.legend
        if not legend.entries and isinstance(legend.network, str):
            self.top.refuse("symbols", "symbols is empty: say what each symbol means (--draft-legend prints a start)")
        self.symbols()
        for number, repair in enumerate(legend.repairs):
            for latex in (repair.find, repair.replace):
                try:
                    tokenize(latex, legend.words, whole=False)
                except ReadError as error:
                    self.top.refuse(("repairs", number), f"repairs[{number}]: {error}")
        if isinstance(legend.network, Network):
            for number, equation in enumerate(legend.network.equations, 1):
                try:
                    parse_equation(equation, legend.words)
                except ReadError as error:
                    self.top.refuse_text(
                        ("network", "equations"), equation, f"equation {number}, {quote(equation)}: {error}"
                    )
            if legend.network.loss is not None:
                self.parsed(("network", "loss"), legend.network.loss, "network.loss")
        for key, pairs in (("definitions", legend.definitions), ("functions", legend.functions)):
            for spelling, expression in pairs:
                self.parsed((key, spelling), spelling, f"{key}.{quote(spelling)}")
                if key == "definitions":
                    self.parsed((key, spelling), expression, f"{key}.{quote(spelling)}: {quote(expression)}")

    def symbols(self) -> None:
        """Every symbol and alias once, and aliases of symbols."""
        legend = self.legend
        seen: dict[Node, str] = {}
        spellings = [("symbols", entry.spelling) for entry in legend.entries]
        spellings += [("aliases", alias) for alias, _ in legend.aliases]
        for key, spelling in spellings:
            node = self.parsed((key, spelling), spelling, f"{key}.{quote(spelling)}")
            if node is None:
                continue
            if node in seen:
                self.top.refuse(
                    (key, spelling),
                    f"{key}.{quote(spelling)} is the same symbol as {quote(seen[node])}: keep one of them",
                )
            seen[node] = spelling
        spelled = {entry.spelling for entry in legend.entries}
        for alias, of in legend.aliases:
            if of not in spelled:
                self.top.refuse(
                    ("aliases", alias), f"aliases.{quote(alias)} points to {quote(of)}, which is not among the symbols"
                )

    def parsed(self, path: tuple[str, ...], latex: str, what: str) -> Node | None:
        try:
            return parse(latex, self.legend.words)
        except ReadError as error:
            self.top.refuse(path, f"{what}: {error}")
            return None
