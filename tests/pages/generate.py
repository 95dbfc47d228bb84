"""Write pages with known truth: python tests/pages/generate.py OUT N [SEED]

N pages, over networks and styles in turn, and labels.json: for each page and block its kind, its truth and why, and of a
planted slip its place and what stood there before."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from generator import NETWORKS, STYLES, Page, generate, sensible


def pages(seed: int) -> Iterator[Page]:
    """Pages without end, every network in every style before any comes again."""
    for again in count(seed):
        for network in NETWORKS:
            for style in STYLES:
                if sensible(network, style):
                    yield generate(network, style, again)


def write(folder: Path, number: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    labels = {}
    for page in islice(pages(seed), number):
        (folder / f"{page.name}.md").write_text(page.text, encoding="utf-8")
        labels[page.name] = {str(label.block): label.json() for label in page.labels}
    (folder / "labels.json").write_text(json.dumps(labels, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or not all(text.isdecimal() for text in sys.argv[2:]):
        sys.exit("usage: python tests/pages/generate.py OUT N [SEED]")
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else 0)
