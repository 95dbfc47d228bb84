"""Findings that are known: a file of their fingerprints, so that only new ones count.

A fingerprint is of what a finding says and of the formula, not of its line: it stays while text is written around it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from derive.errors import InputError
from derive.files import read_file, write_atomically
from derive.lint.diagnostics import Diagnostic

VERSION = 1
Known = dict[str, Counter[str]]  # of each path, how often a fingerprint is known


def fingerprints(found: Sequence[Diagnostic]) -> list[str]:
    """The fingerprint of each finding of one page; of equal ones the second and the third have others."""
    seen: Counter[str] = Counter()
    result = []
    for one in found:
        formula = (
            (one.claim.left, one.claim.relation, one.claim.right) if one.claim and one.claim.left else (one.source,)
        )
        said = "\0".join((one.code, *(" ".join(part.split()) for part in formula)))
        key = blake2b(said.encode("utf-8", "replace"), digest_size=12).hexdigest()
        seen[key] += 1
        result.append(f"{key}:{seen[key]}")
    return result


def relative(path: str, folder: Path) -> str:
    """A path as it stands in files that travel: relative to a folder where it lies below, with slashes."""
    whole, base = Path(path).absolute(), folder.absolute()
    return whole.relative_to(base).as_posix() if whole.is_relative_to(base) else Path(path).as_posix()


def load_baseline(path: Path) -> Known:
    """What a baseline knows. Raises InputError where it is none."""
    try:
        data = json.loads(read_file(path))
        if data["version"] != VERSION:
            raise InputError(f"{path}: a baseline of version {data['version']}: write it again with --update-baseline")
        return {page: Counter({str(key): 1 for key in found}) for page, found in data["findings"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not a baseline: write one with --update-baseline") from None


def write_baseline(path: Path, pages: Iterable[tuple[str, Sequence[Diagnostic]]]) -> int:
    """Write what was found as known and return how many findings that are. Raises InputError where it cannot."""
    findings: dict[str, Any] = {}
    for page, found in sorted(pages, key=lambda pair: pair[0]):
        attention = [one for one in found if one.needs_attention]
        if attention:
            findings[relative(page, path.parent)] = fingerprints(attention)
    content = json.dumps({"version": VERSION, "findings": findings}, indent=1)
    write_atomically(path, (content + "\n").encode())
    return sum(map(len, findings.values()))


def without_known(
    path: str, found: Sequence[Diagnostic], known: Known, folder: Path
) -> tuple[list[Diagnostic], list[Diagnostic], int]:
    """The findings of a page that are new, those that are known, and how many known ones are not there any more."""
    of_page = known.get(relative(path, folder), Counter())
    attention = [one for one in found if one.needs_attention]
    keys = dict(zip(map(id, attention), fingerprints(attention), strict=True))
    old = [one for one in attention if keys[id(one)] in of_page]
    gone = len(of_page) - len(old)
    return [one for one in found if one not in old], old, gone
