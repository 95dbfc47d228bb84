"""Generated claims against the check, for as long as one likes: python tests/pages/fuzz.py N [SEED]

At least N claims on pages whose claims are built against a decider: true ones, with slips, with factors that vanish at
the steps and sizes that are likely to be tried, with foreign words, with conditions, at steps up to 100 and lags up to
10. All in one process. Prints each false verdict, and how many there were; the status is 1 where there was one."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from generate import pages
from generator import Page
from score import judged

from derive.judge.notes import check_document
from derive.reading import Document


def verdicts(page: Page) -> Iterator[tuple[str, str, str]]:
    """Of each block of a page what its verdict is worth, why its claim is true or not, and its formula."""
    notes = check_document(Document.read(f"{page.name}.md", page.text, "md"), None)
    blocks = {block.number: block for block in notes.blocks}
    for label in page.labels:
        verdict = blocks[label.block].verdict if label.block in blocks else "missing"
        yield judged(label, verdict), f"{label.why}; called {verdict}", " ".join(page.blocks[label.block - 1].split())


def fuzz(number: int, seed: int) -> Counter[str]:
    """What the verdicts on at least this many blocks are worth."""
    found: Counter[str] = Counter()
    both = zip(pages(seed, against=True), pages(seed), strict=False)  # the second are true claims and slips
    for page in chain.from_iterable(both):
        for result, why, formula in verdicts(page):
            found[result] += 1
            if result.startswith("FALSE"):
                print(f"{page.name}: {result}: {why}\n    {formula}", flush=True)
        if found.total() >= number:
            break
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2) or not all(argument.isdecimal() for argument in arguments):
        sys.exit("usage: python tests/pages/fuzz.py N [SEED]")
    found = fuzz(int(arguments[0]), int(arguments[1]) if len(arguments) == 2 else 0)
    print(f"{found.total()} claims and definitions:", ", ".join(f"{n} {name}" for name, n in sorted(found.items())))
    return int(any(result.startswith("FALSE") for result in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
