"""How far the check gets on generated pages: python tests/pages/score.py N [SEED] [--traps] [-v]

N pages are written, checked without a legend, and compared with their labels, network by network and style by style:
what was read, what was right, what was called true and is false or called false and is true. Of planted slips, those
whose true form the check proves: how many are mended back to the original place and value. -v lists every wrong
verdict, and every slip that is not mended."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from generate import write
from generator import Label, Page

ROOT = Path(__file__).parents[2]
RIGHT = {
    ("definition", "holds"): {"definition", "holds", "conditional"},
    ("claim", "holds"): {"holds", "definition"},
    ("claim", "fails"): {"fails"},
}
UNREAD = {"unreadable", "unknown", "fragment", "missing"}


def verdicts(path: Path) -> dict[int, dict[str, Any]]:
    """The blocks of the check's answer by number; none where it gave no answer."""
    command = [sys.executable, "-m", "derive.check", str(path), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600, check=False)
    try:
        return {block["block"]: block for block in json.loads(run.stdout)["blocks"]}
    except (ValueError, KeyError):
        return {}


def checked(page: Page, folder: Path) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """The answer for a page, and for the page without its slips."""
    (folder / f"{page.name}_true.md").write_text(restored(page), encoding="utf-8")
    return verdicts(folder / f"{page.name}.md"), verdicts(folder / f"{page.name}_true.md")


def restored(page: Page) -> str:
    """The text of a page with what stood in the places of its slips."""
    text = page.text
    for label in page.labels:
        if label.slip is not None:
            wrong = page.blocks[label.block - 1]
            text = text.replace(wrong, original(page, label), 1)
    return text


def original(page: Page, label: Label) -> str:
    """A block without its slip."""
    wrong, slip = page.blocks[label.block - 1], label.slip
    return wrong if slip is None else wrong[: slip.start] + slip.original + wrong[slip.end :]


def judged(label: Label, verdict: str) -> str:
    """What a verdict is worth: right, unread, FALSE HOLDS, FALSE FAILS; conditioned and excused are a true and a false
    claim that are granted under assumptions."""
    if verdict in RIGHT[label.kind, label.truth] or verdict in label.also:
        return "right"
    if verdict in UNREAD:
        return "unread"
    if verdict == "conditional":
        return "conditioned" if label.truth == "holds" else "excused"
    return "FALSE FAILS" if verdict == "fails" else "FALSE HOLDS"


def mended(label: Label, page: Page, block: dict[str, Any]) -> bool:
    """Whether the check mends a slip as its author would: its edit gives the block as it was, or the side that it
    suggests is the side as it was."""
    if label.slip is None:
        return False
    right = original(page, label)
    last = right.split(" = ")[-1].removesuffix("\n\\end{aligned}")
    for claim in block.get("claims", []):
        if (edit := claim.get("edit")) and _plain(right) in _plain(_edited(page.text, edit)):
            return True
        if (side := claim.get("suggestion")) and _plain(side) in _plain(last):
            return True
    return False


def _edited(text: str, edit: dict[str, Any]) -> str:
    """The text with an edit done; lines and columns count code points from 1, the end is exclusive."""
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: edit["line"] - 1])) + edit["column"] - 1
    end = sum(map(len, lines[: edit["end_line"] - 1])) + edit["end_column"] - 1
    return text[:start] + edit["replacement"] + text[end:]


def _plain(latex: str) -> str:
    for mark in (r"\left", r"\right", " ", "\n", "{", "}", "$"):
        latex = latex.replace(mark, "")
    return latex


def main(arguments: list[str]) -> None:
    numbers = [int(argument) for argument in arguments if argument.isdecimal()]
    if not numbers:
        sys.exit("usage: python tests/pages/score.py N [SEED] [--traps] [-v]")
    table: dict[str, Counter[str]] = {}
    slips: dict[str, Counter[bool]] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        pages = write(Path(folder), numbers[0], numbers[1] if len(numbers) > 1 else 0, "--traps" in arguments)
        answers = list(pool.map(lambda page: checked(page, Path(folder)), pages))
    for page, (blocks, true) in zip(pages, answers, strict=True):
        for label in page.labels:
            block = blocks.get(label.block, {})
            result = judged(label, block.get("verdict", "missing"))
            of = "definitions" if label.kind == "definition" else "claims"
            for row in (page.network, page.style, "all"):
                table.setdefault(row, Counter()).update([of, f"{of}: {result}"])
            if label.slip and true.get(label.block, {}).get("verdict") == "holds":
                is_mended = mended(label, page, block)
                slips.setdefault(label.slip.kind, Counter()).update([is_mended])
                if "-v" in arguments and not is_mended:
                    found = [claim["suggestion"] for claim in block.get("claims", ())]
                    print(
                        f"{page.name} [{label.block}] not mended ({label.slip.kind}): {original(page, label)} {found}"
                    )
            if "-v" in arguments and result not in ("right", "unread"):
                formula = " ".join(page.blocks[label.block - 1].split())
                print(f"{page.name} [{label.block}] {result}: {label.why}\n    {formula}")
    report(table, slips)


def report(table: dict[str, Counter[str]], slips: dict[str, Counter[bool]]) -> None:
    print(" " * 20 + " claims   read  right  false holds  false fails  definitions right")
    for row, count in table.items():
        claims, definitions = max(count["claims"], 1), max(count["definitions"], 1)
        read = 100 * (claims - count["claims: unread"]) / claims
        right, defined = 100 * count["claims: right"] / claims, 100 * count["definitions: right"] / definitions
        false = [
            count[f"claims: FALSE {verdict}"] + count[f"definitions: FALSE {verdict}"] for verdict in ("HOLDS", "FAILS")
        ]
        print(f"{row:20} {count['claims']:6} {read:5.0f}% {right:5.0f}% {false[0]:12} {false[1]:12} {defined:17.0f}%")
    for kind, count in sorted(slips.items()):
        print(f"slips of kind {kind:12} {count[True]:4} of {count.total():4} mended")
    total = sum(slips.values(), Counter[bool]())
    if total:
        print(f"slips mended: {100 * total[True] / total.total():.0f} % of {total.total()} whose true form is proved")


if __name__ == "__main__":
    main(sys.argv[1:])
