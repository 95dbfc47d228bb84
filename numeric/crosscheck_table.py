"""The cross-check as a table: how far each method is from the reference."""

from __future__ import annotations

from typing import Any

from rich.table import Column, Table
from rich.text import Text

from numeric.agreement import within


def by_method(result: dict[str, Any], title: str) -> Table:
    """A row for each method."""
    rows = result["gradients"].values()
    methods = Column(no_wrap=True, min_width=max(map(len, result["methods"])))
    table = Table(methods, *(f"∂L/∂{name}" for name in result["gradients"]), title=Text(title))
    largest = ("exactly 0" if row["zero"] else f"{row['largest']:.4g}" for row in rows)
    table.add_row("largest", *largest, end_section=True)
    for method in result["methods"]:
        cells = []
        for error in (row["errors"][method] for row in rows):
            cells.append(_error(error))
        table.add_row(method, *cells)
    return table


def by_parameter(result: dict[str, Any], title: str) -> Table:
    """A row for each parameter, with the method that is furthest off."""
    table = Table("gradient", "largest entry", "largest error", "of", title=Text(title))
    for name, row in result["gradients"].items():
        worst = max(row["errors"], key=lambda method: row["errors"][method]["absolute"])
        largest = "exactly 0" if row["zero"] else f"{row['largest']:.4g}"
        table.add_row(f"∂L/∂{name}", largest, _error(row["errors"][worst]), worst)
    table.caption = Text(f"compared: {', '.join(result['methods'])}")
    return table


def _error(error: dict[str, Any]) -> Text:
    relative = "" if error["relative"] is None else f" ({error['relative']:.0e})"
    return Text(f"{error['absolute']:.1e}{relative}", style="" if within(error) else "bold red")
