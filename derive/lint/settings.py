"""The settings of a project: `unrolled.toml`, or `[tool.unrolled]` in `pyproject.toml`, in the nearest folder above."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from derive.check.assumptions import ASSUMPTIONS
from derive.errors import InputError
from derive.files import read_file

FORMATS = ("text", "json", "github", "sarif")
KEYS = ("accept", "legends", "output-format", "baseline")


@dataclass(frozen=True)
class Settings:
    """What a project says of its pages: the assumptions that it accepts, its legends by patterns of paths relative to
    `folder`, how findings are printed, and the file of the findings that are known. None where it does not say."""

    folder: Path = field(default_factory=Path)
    accept: frozenset[str] | None = None
    legends: Mapping[str, str] = field(default_factory=dict)
    output_format: str | None = None
    baseline: Path | None = None

    def legend_of(self, page: str) -> str | Path | None:
        """The legend for a page by its path: that of the first pattern that fits; 'hello' is the built-in one."""
        try:
            path = Path(page).absolute().relative_to(self.folder.absolute()).as_posix()
        except ValueError:
            return None
        for pattern, legend in self.legends.items():
            if fnmatchcase(path, pattern):
                return legend if legend == "hello" else self.folder / legend
        return None


def settings_for(folder: Path) -> Settings:
    """The settings that hold in a folder. Raises InputError where they cannot be used."""
    for above in (folder.absolute(), *folder.absolute().parents):
        own, project = above / "unrolled.toml", above / "pyproject.toml"
        if own.is_file():
            return _settings(own, _toml(own), "")
        if project.is_file():
            table = _toml(project).get("tool", {}).get("unrolled")
            if table is not None:
                return _settings(project, table, "tool.unrolled.")
    return Settings(folder)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_file(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: not a TOML file: {error}") from None


def _settings(path: Path, table: Any, prefix: str) -> Settings:
    def wrong(key: str, wanted: str) -> InputError:
        return InputError(f"{path}: {prefix}{key} must be {wanted}")

    if not isinstance(table, dict):
        raise wrong("", "a table")
    for key in table:
        if key not in KEYS:
            raise InputError(f"{path}: {prefix}{key} is not a setting: choose from {', '.join(KEYS)}")
    accept, legends = table.get("accept"), table.get("legends", {})
    if accept is not None and not (isinstance(accept, list) and all(name in ASSUMPTIONS for name in accept)):
        raise wrong("accept", f"a list of assumptions, among {', '.join(ASSUMPTIONS)}")
    if not isinstance(legends, dict) or not all(isinstance(legend, str) for legend in legends.values()):
        raise wrong("legends", "a table of patterns and files")
    if table.get("output-format") not in (None, *FORMATS):
        raise wrong("output-format", f"one of {', '.join(FORMATS)}")
    if not isinstance(table.get("baseline", ""), str):
        raise wrong("baseline", "the name of a file")
    return Settings(
        path.parent,
        None if accept is None else frozenset(accept),
        legends,
        table.get("output-format"),
        path.parent / table["baseline"] if "baseline" in table else None,
    )
