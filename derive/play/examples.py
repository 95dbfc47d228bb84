"""The pages in the menu of the playground: each with its name, its text and its legend."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

NAMES = {  # the page -> what the menu calls it; the first is shown to whoever comes without a page
    "play/examples/small.md": "Five formulas, one slip",
    "notes/hello.md": "HELLO, by hand",
    "notes/elman_vector.md": "The same in vectors",
    "play/examples/lstm.md": "An LSTM",
    "play/examples/perceptron.md": "A perceptron",
}


@dataclass(frozen=True)
class Example:
    """A page of the menu; `legend` is '' where it is read from itself."""

    name: str
    title: str
    text: str
    legend: str


def examples() -> tuple[Example, ...]:
    """All of them, in the order of the menu."""
    return tuple(_example(path, title) for path, title in NAMES.items())


def _example(path: str, title: str) -> Example:
    page = files("derive").joinpath(path)
    legend = files("derive").joinpath(path.removesuffix(".md") + ".toml")
    name = path.rpartition("/")[2].removesuffix(".md")
    text = page.read_text("utf-8")
    return Example(name, title, text, legend.read_text("utf-8") if legend.is_file() else "")
