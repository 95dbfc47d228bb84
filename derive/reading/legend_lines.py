"""Where the keys of a TOML file stand: its parser tells no lines, and a wrong key deserves one."""

from __future__ import annotations

import re

_PART = r"""(?:[A-Za-z0-9_-]+|'[^'\n]*'|"(?:\\.|[^"\\\n])*")"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_PARTS = re.compile(_PART)
Path = tuple[str | int, ...]


class Lines:
    """The lines of a TOML text by the path of the key that stands there: ('symbols', 'h') or ('repairs', 0, 'find')."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._found: dict[Path, int] = {}
        counts: dict[Path, int] = {}
        table: Path = ()
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                table = _path(header[2])
                if header[1] == "[[":
                    counts[table] = counts.get(table, -1) + 1
                    table = (*table, counts[table])
                self._found.setdefault(table, number)
            elif key := _KEY.match(line):
                self._found.setdefault((*table, *_path(key[1])), number)

    def of(self, path: Path) -> int | None:
        """The line of the key, or of the innermost table around it that has one."""
        while path:
            if path in self._found:
                return self._found[path]
            path = path[:-1]
        return None

    def of_text(self, path: Path, text: str) -> int | None:
        """The first line from a key on in which a text stands, as in a list that goes over several lines."""
        first = self.of(path) or 1
        for number in range(first, len(self._lines) + 1):
            line = self._lines[number - 1]
            if text in line or text.replace("\\", "\\\\") in line:
                return number
        return self.of(path)


def _path(dotted: str) -> Path:
    return tuple(_plain(part) for part in _PARTS.findall(dotted))


def _plain(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] == '"':
        return re.sub(r"\\(.)", r"\1", part[1:-1])
    return part
