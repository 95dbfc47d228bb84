"""Write pages with known truth: python tests/pages/generate.py OUT N [SEED] [--traps]

N pages, over networks and styles in turn, and labels.json: for each page and block its kind, its truth and why, and of
a planted slip its place and what stood there before. With --traps the claims are built against a decider."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from generator import NETWORKS, STYLES, Page, generate, sensible

USAGE = "usage: python tests/pages/generate.py OUT N [SEED] [--traps]"


def pages(seed: int, against: bool = False) -> Iterator[Page]:
    """Pages without end: all networks in turn, each in another style, and every one in every style before any comes
    again."""
    styles = [*STYLES]
    for turn in count():
        for n, network in enumerate(NETWORKS, turn):
            if sensible(network, style := styles[n % len(styles)]):
                yield generate(network, style, seed + turn // len(styles), against)


def write(folder: Path, number: int, seed: int, against: bool = False) -> list[Page]:
    """The pages, written to `folder` with their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    written = list(islice(pages(seed, against), number))
    for page in written:
        (folder / f"{page.name}.md").write_text(page.text, encoding="utf-8")
    labels = {page.name: {str(label.block): label.json() for label in page.labels} for page in written}
    (folder / "labels.json").write_text(json.dumps(labels, ensure_ascii=False, indent=1), encoding="utf-8")
    return written


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--traps"]
    if len(arguments) not in (2, 3) or not all(text.isdecimal() for text in arguments[1:]):
        sys.exit(USAGE)
    seed = int(arguments[2]) if len(arguments) == 3 else 0
    write(Path(arguments[0]), int(arguments[1]), seed, "--traps" in sys.argv)
