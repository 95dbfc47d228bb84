r"""The TOML file of a legend, read strictly: what it does not know is an error.

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

    [aliases]                            another spelling of the same symbol
    '\omega_{ya}' = 'w_{ya}'

    [[repairs]]                          a glyph that the transcription lost, mended before parsing
    find = '^N'
    replace = '^2'
    blocks = [55, 56]
    reason = "an exponent 2, read as N"

    [[planted]]                          slips that the page is known to hold, for tests
    block = 7
    what = "the transpose is lost"
    mend = 'W^\top \delta'               the right side as it should be

`means` names the quantity in the network. The built-in Elman network has x, target, net_a, a, net_y, y, L (the loss of
one step), loss (their sum), W_aa, W_ax, b_a, W_ya, b_y, eta, and the sizes T, H, V; a network of the legend's own may
take any identifiers. Roles: parameter, input, target, value, loss, total_loss, rate, size, index and function. A rate,
size or index may leave `means` out: then it means itself. A name of several letters is spelled `net_y`, `net y` or
`\text{net}y`; each of them stands for all. A repair that declares a lost separator writes \quad.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from derive.reading.errors import ReadError, quote
from derive.reading.legend import Entry, Legend, Network, Planted
from derive.reading.parser import parse, parse_equation
from derive.reading.repairs import Repair
from derive.reading.tokens import tokenize
from derive.reading.tree import Node

ROLES = ("parameter", "input", "target", "value", "loss", "total_loss", "rate", "size", "index", "function")
NOTATIONS = ("scalar", "vector", "component")
LAYOUTS = ("column", "row")
MAX_BYTES = 200_000

_KEYS = ["title", "notation", "layout", "network", "word", "T", "sizes", "symbols", "aliases", "repairs", "planted"]

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.A)


def builtin_legend(name: str = "hello") -> Legend:
    """The legend of a page that is shipped, 'hello' or 'elman_vector'. Raises ReadError for another name."""
    shipped = {path.stem: path for path in sorted((Path(__file__).parent.parent / "notes").glob("*.toml"))}
    if name not in shipped:
        raise ReadError(f"there is no built-in legend {quote(name)}: choose one of {', '.join(shipped)}")
    return parse_legend(shipped[name].read_text(encoding="utf-8"), name)


def load_legend(path: str | Path) -> Legend:
    """The legend in a TOML file. Raises ReadError that names the file, the key and what to do."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReadError(
            f"{path}: the legend cannot be read ({(error.strerror or 'error').lower()}): give another file"
        ) from None
    if len(data) > MAX_BYTES:
        raise ReadError(f"{path}: a legend of {len(data)} bytes: at most {MAX_BYTES} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: not UTF-8 at byte {error.start}: save the legend as UTF-8") from None
    return parse_legend(text, str(path))


def parse_legend(text: str, name: str) -> Legend:
    """The legend in a TOML text; `name` says in messages where it comes from. Raises ReadError."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ReadError(f"{name}: not a TOML file: {' '.join(str(error).split()) or 'nested too deeply'}") from None
    try:
        return _legend(table, name)
    except ReadError as error:
        raise ReadError(f"{name}: {error}") from None


def _legend(table: dict[str, Any], name: str) -> Legend:
    _known(table, "", _KEYS)
    legend = Legend(
        name=name,
        title=_get(table, "", "title", str, ""),
        notation=_one_of(table, "", "notation", NOTATIONS, "scalar"),
        layout=_one_of(table, "", "layout", LAYOUTS, "column"),
        network=_network(table.get("network", "elman")),
        word=_get(table, "", "word", str, None),
        T=_count(table, "", "T"),
        sizes=tuple(_size(size, f"sizes[{i}]") for i, size in enumerate(_get(table, "", "sizes", list, []))),
        entries=tuple(_entry(*pair) for pair in _get(table, "", "symbols", dict, {}).items()),
        aliases=tuple(_alias(*pair) for pair in _get(table, "", "aliases", dict, {}).items()),
        repairs=tuple(_repair(r, f"repairs[{i}]") for i, r in enumerate(_get(table, "", "repairs", list, []))),
        planted=tuple(_planted(p, f"planted[{i}]") for i, p in enumerate(_get(table, "", "planted", list, []))),
    )
    return _consistent(legend)


def _consistent(legend: Legend) -> Legend:
    """`legend`, every spelling of which parses and stands for one symbol only."""
    if not legend.entries:
        raise ReadError("symbols is empty: say what each symbol means (--draft-legend prints a start)")
    seen: dict[Node, str] = {}
    for key, spelling in [("symbols", e.spelling) for e in legend.entries] + [
        ("aliases", a) for a, _ in legend.aliases
    ]:
        try:
            node = parse(spelling, legend.words)
        except ReadError as error:
            raise ReadError(f"{key}.{quote(spelling)}: {error}") from None
        if node in seen:
            raise ReadError(f"{key}.{quote(spelling)} is the same symbol as {quote(seen[node])}: keep one of them")
        seen[node] = spelling
    spelled = {entry.spelling for entry in legend.entries}
    for alias, of in legend.aliases:
        if of not in spelled:
            raise ReadError(f"aliases.{quote(alias)} points to {quote(of)}, which is not among the symbols")
    for number, repair in enumerate(legend.repairs):
        for latex in (repair.find, repair.replace):
            try:
                tokenize(latex, legend.words, whole=False)
            except ReadError as error:
                raise ReadError(f"repairs[{number}]: {error}") from None
    if isinstance(legend.network, Network):
        for number, equation in enumerate(legend.network.equations):
            try:
                parse_equation(equation, legend.words)
            except ReadError as error:
                raise ReadError(f"network.equations[{number}]: {error}") from None
    return legend


def _entry(spelling: str, table: Any) -> Entry:
    key = f"symbols.{quote(spelling)}"
    table = _table(table, key)
    _known(table, key, ["means", "role", "shape", "time", "at_time"])
    role = _one_of(table, key, "role", ROLES, None)
    means = _get(table, key, "means", str, None)
    if means is None:
        if role not in ("rate", "size", "index"):
            raise ReadError(f"{key}: means is missing: name the quantity of the network")
        means = spelling.lstrip("\\")
    at_time = _get(table, key, "at_time", str, None)
    for value in (means, at_time):
        if value is not None and not _IDENTIFIER.fullmatch(value):
            raise ReadError(f"{key}: {quote(value)} is no name: use letters, digits and _")
    shape = _get(table, key, "shape", list, None)
    for size in shape or []:
        named = isinstance(size, str) and _IDENTIFIER.fullmatch(size)
        counted = isinstance(size, int) and not isinstance(size, bool) and 0 < size < 1000
        if not (named or counted):
            raise ReadError(f'{key}.shape: {quote(repr(size))} is no size: name one, as in ["V", "H"]')
    if shape is not None and len(shape) > 2:
        raise ReadError(f"{key}.shape has {len(shape)} axes: a scalar has none, a vector one, a matrix two")
    time = _get(table, key, "time", bool, False)
    return Entry(spelling, means, role, None if shape is None else tuple(shape), time or at_time is not None, at_time)


def _alias(spelling: str, of: Any) -> tuple[str, str]:
    if not isinstance(of, str):
        raise ReadError(f"aliases.{quote(spelling)} must be the spelling of a symbol, in quotes")
    return spelling, of


def _network(value: Any) -> str | Network:
    if value == "elman":
        return "elman"
    if isinstance(value, str):
        raise ReadError(f'network: {quote(value)} is not built in: "elman", or a table with its equations')
    table = _table(value, "network")
    _known(table, "network", ["equations", "loss"])
    equations = _get(table, "network", "equations", list, [])
    if not equations or not all(isinstance(equation, str) for equation in equations):
        raise ReadError("network.equations must be a list of equations in LaTeX, in quotes")
    return Network(tuple(equations), _get(table, "network", "loss", str, None))


def _repair(value: Any, key: str) -> Repair:
    table = _table(value, key)
    _known(table, key, ["find", "replace", "blocks", "reason"])
    texts = [_get(table, key, name, str, "") for name in ("find", "replace", "reason")]
    for name, text in zip(("find", "replace", "reason"), texts, strict=True):
        if not text.strip():
            raise ReadError(f"{key}.{name} is missing: a repair says what it finds, what it puts there, and why")
    blocks = _get(table, key, "blocks", list, [])
    if not blocks or not all(isinstance(b, int) and not isinstance(b, bool) and b > 0 for b in blocks):
        raise ReadError(f"{key}.blocks must list the numbers of the blocks it applies to, as in [12, 13]")
    return Repair(texts[0], texts[1], tuple(blocks), texts[2])


def _planted(value: Any, key: str) -> Planted:
    table = _table(value, key)
    _known(table, key, ["block", "what", "mend"])
    return Planted(
        _count(table, key, "block") or 0, _get(table, key, "what", str, ""), _get(table, key, "mend", str, "")
    )


def _size(value: Any, key: str) -> dict[str, int]:
    table = _table(value, key)
    return {name: _count(table, key, name) or 0 for name in table}


# Typed access to a table; `key` is where it stands, for messages.


def _at(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _table(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ReadError(f"{key} must be a table, {{ … }}")
    return value


def _known(table: dict[str, Any], key: str, names: list[str]) -> None:
    for name in table:
        if name not in names:
            raise ReadError(f"{_at(key, name)} is not a key that is known: use {', '.join(names)}")


_KINDS = {str: "a text in quotes", bool: "true or false", list: "a list, [ … ]", dict: "a table"}


def _get(table: dict[str, Any], key: str, name: str, kind: type, default: Any) -> Any:
    value = table.get(name, default)
    if value is not default and not isinstance(value, kind):
        raise ReadError(f"{_at(key, name)} must be {_KINDS[kind]}")
    return value


def _one_of(table: dict[str, Any], key: str, name: str, allowed: tuple[str, ...], default: str | None) -> str:
    value = table.get(name, default)
    if value not in allowed:
        said = "is missing" if value is None else f"is {quote(str(value))}"
        raise ReadError(f"{_at(key, name)} {said}: use {', '.join(allowed)}")
    return str(value)


def _count(table: dict[str, Any], key: str, name: str) -> int | None:
    value = table.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
        raise ReadError(f"{_at(key, name)} must be a whole number from 1 to 10000")
    return value
