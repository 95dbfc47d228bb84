"""A table of a TOML file, read by the kind that each key should have. What is wrong is noted with its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from derive.reading.errors import quote
from derive.reading.legend_lines import Lines, Path

MISSING: Any = object()
_KINDS = {str: "a text in quotes", bool: "true or false", list: "a list, [ … ]", dict: "a table"}
_Kind = TypeVar("_Kind")


class Table:
    """The values of one table; `path` is where it stands, `errors` is shared by all tables of a file."""

    def __init__(self, values: dict[str, Any], path: Path, lines: Lines, errors: list[str]) -> None:
        self.values, self.path, self.lines, self.errors = values, path, lines, errors

    @classmethod
    def of_file(cls, values: dict[str, Any], text: str) -> Table:
        return cls(values, (), Lines(text), [])

    @property
    def name(self) -> str:
        """How the table is called in messages: symbols.`h`, repairs[0]."""
        text = ""
        for n, part in enumerate(self.path):
            if isinstance(part, int):
                text += f"[{part}]"
            elif n and self.path[0] == "symbols":
                text += f".{quote(part)}"
            else:
                text += f".{part}" if text else part
        return text

    def at(self, key: str) -> str:
        return f"{self.name}.{key}" if self.path else key

    def refuse(self, key: str | Path, message: str) -> None:
        """Note what is wrong with a key."""
        path = (*self.path, key) if isinstance(key, str) else key
        self._note(self.lines.of(path), message)

    def refuse_text(self, path: Path, text: str, message: str) -> None:
        """Note what is wrong with a text inside a list."""
        self._note(self.lines.of_text(path, text), message)

    def _note(self, line: int | None, message: str) -> None:
        self.errors.append(message if line is None else f"line {line}: {message}")

    def only(self, names: list[str]) -> None:
        for name in self.values:
            if name not in names:
                self.refuse(name, f"{self.at(name)} is not a key that is known: use {', '.join(names)}")

    def raw(self, key: str, default: Any) -> Any:
        return self.values.get(key, default)

    def get(self, key: str, kind: type[_Kind], default: Any) -> Any:
        value = self.values.get(key, MISSING)
        if value is MISSING:
            return default
        if not isinstance(value, kind):
            self.refuse(key, f"{self.at(key)} must be {_KINDS[kind]}")
            return default
        return value

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None) -> str:
        value = self.values.get(key, default)
        if value not in allowed:
            said = "is missing" if value is None else f"is {quote(str(value))}"
            self.refuse(key, f"{self.at(key)} {said}: use {', '.join(allowed)}")
            return default or ""
        return str(value)

    def count(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
            self.refuse(key, f"{self.at(key)} must be a whole number from 1 to 10000")
            return None
        return value

    def table(self, key: str) -> Table:
        """The table under a key, an empty one where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, f"{self.at(key)} must be a table, {{ … }}")
            value = {}
        return Table(value, (*self.path, key), self.lines, self.errors)

    def tables(self, key: str) -> list[Table]:
        """The tables of a list."""
        found = []
        for number, value in enumerate(self.get(key, list, [])):
            if isinstance(value, dict):
                found.append(Table(value, (*self.path, key, number), self.lines, self.errors))
            else:
                self.refuse(key, f"{self.at(key)}[{number}] must be a table, {{ … }}")
        return found

    def named_tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables inside the table under a key, with their keys."""
        outer = Table(self.get(key, dict, {}), (*self.path, key), self.lines, self.errors)
        for name, value in outer.values.items():
            inner = Table(value, (*outer.path, name), self.lines, self.errors)
            if isinstance(value, dict):
                yield name, inner
            else:
                outer.refuse(name, f"{inner.name} must be a table, {{ … }}")

    def keys_of(self, key: str) -> list[str]:
        value = self.values.get(key, {})
        return list(value) if isinstance(value, dict) else []

    def texts(self, key: str, what: str) -> Iterator[tuple[str, str]]:
        """The pairs of a table of texts."""
        for name, value in self.table(key).values.items():
            if isinstance(value, str):
                yield name, value
            else:
                self.refuse((*self.path, key, name), f"{key}.{quote(name)} must be {what}")
