"""Findings for machines: one JSON object, annotations of GitHub, SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from derive import __version__
from derive.lint.baseline import fingerprints, relative
from derive.lint.codes import CODES
from derive.lint.diagnostics import Diagnostic
from derive.lint.pages import Checked

LEVELS = {"error": "error", "warning": "warning", "note": "note", "pass": "none"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def reported(page: Checked) -> Iterator[tuple[Diagnostic, str, str]]:
    """What is to be said of a page, with its fingerprint, and '' or what sets it aside: 'comment' or 'baseline'."""
    for group, aside in ((page.found, ""), (page.silenced, "comment"), (page.known, "baseline")):
        said = [one for one in group if one.severity != "pass"]
        yield from ((one, key, aside) for one, key in zip(said, fingerprints(said), strict=True))


def as_json(pages: Sequence[Checked], single: bool) -> dict[str, Any]:
    """One object: that of the page or, of several, a list of them with what could not be used."""
    objects = [_object(page) for page in pages if page.notes is not None]
    if single and objects:
        return objects[0]
    errors = [{"notes": page.path, "message": page.error} for page in pages if page.notes is None]
    return {"pages": objects, "errors": errors}


def _object(page: Checked) -> dict[str, Any]:
    assert page.notes is not None
    return {**page.notes.as_json(), "diagnostics": [_diagnostic(*found) for found in reported(page)]}


def _diagnostic(one: Diagnostic, fingerprint: str, aside: str) -> dict[str, Any]:
    place = {key: value for key, value in asdict(one.place).items() if key != "cell" or value is not None}
    return {
        "code": one.code,
        "severity": one.severity,
        "message": one.message,
        **place,
        "edit": one.mend and asdict(one.mend),
        "edit_assumptions": list(one.mend_assumptions),
        "notes": list(one.notes),
        "fingerprint": fingerprint,
        "set_aside": aside or None,
    }


# GitHub


def as_github(pages: Sequence[Checked], folder: Path) -> Iterator[str]:
    """Workflow commands, a line each, which GitHub shows beside the lines of a change."""
    for page in pages:
        path = relative(page.path, folder)
        if page.error:
            yield f"::error file={_property(path)}::{_data(page.error)}"
        for one, _, aside in reported(page):
            if aside or not one.needs_attention:
                continue
            place = one.place
            line = page.notes.document.file_line(place.cell, place.line) if page.notes else place.line
            at = {"file": path, "line": line, "endLine": line + place.end_line - place.line}
            if place.cell is None and place.end_line == place.line:
                at |= {"col": place.column, "endColumn": place.end_column}
            at["title"] = f"unrolled {one.code}"
            said = ",".join(f"{key}={_property(str(value))}" for key, value in at.items())
            yield f"::{one.severity} {said}::{_data(_sentence(one))}"


def _sentence(one: Diagnostic) -> str:
    return one.message + (f" ({one.numbers})" if one.numbers else "")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# SARIF


def as_sarif(pages: Sequence[Checked], folder: Path, status: int) -> dict[str, Any]:
    """A log of one run, with paths relative to a folder."""
    results = [_result(page, *found, folder) for page in pages for found in reported(page)]
    used = sorted({result["ruleId"] for result in results})
    rules = [_rule(code) for code in used]
    for result in results:
        result["ruleIndex"] = used.index(result["ruleId"])
    failed = [page for page in pages if page.notes is None]
    notices = [{"level": "error", "message": {"text": page.error}} for page in failed]
    driver = {"name": "unrolled", "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the folder in which unrolled was called"}}},
        "invocations": [
            {
                "executionSuccessful": not failed,
                "exitCode": status,
                **({"toolExecutionNotifications": notices} if notices else {}),
            }
        ],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    known = CODES[code]
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in code.split("-")),
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.text},
        "help": {"text": f"{known.text} See: unrolled explain {code}"},
    }


def _result(page: Checked, one: Diagnostic, fingerprint: str, aside: str, folder: Path) -> dict[str, Any]:
    assert page.notes is not None
    uri = quote(relative(one.path, folder), safe="/")
    where = {"uri": uri, **({} if Path(uri).is_absolute() else {"uriBaseId": "ROOT"})}
    result: dict[str, Any] = {
        "ruleId": one.code,
        "level": LEVELS[one.severity],
        "message": {"text": ". ".join((_sentence(one), *one.notes))},
        "locations": [{"physicalLocation": {"artifactLocation": where, "region": _region(page, one)}}],
        "partialFingerprints": {"unrolled/v1": fingerprint},
    }
    if aside:
        result["suppressions"] = [{"kind": "inSource" if aside == "comment" else "external"}]
    if one.mend is not None and one.place.cell is None:
        edit = one.mend
        region = _columns(edit.line, edit.column, edit.end_line, edit.end_column)
        replacement = {"deletedRegion": region, "insertedContent": {"text": edit.replacement}}
        under = f", which holds under {', '.join(one.mend_assumptions)}" if one.mend_assumptions else ""
        change = {"artifactLocation": where, "replacements": [replacement]}
        result["fixes"] = [{"description": {"text": one.message + under}, "artifactChanges": [change]}]
    return result


def _region(page: Checked, one: Diagnostic) -> dict[str, int]:
    """The place in the file; a place in a notebook's cell is a line of the file, whose columns are JSON's own."""
    place = one.place
    if place.cell is None:
        return _columns(place.line, place.column, place.end_line, place.end_column)
    assert page.notes is not None
    return {"startLine": page.notes.document.file_line(place.cell, place.line)}


def _columns(line: int, column: int, end_line: int, end_column: int) -> dict[str, int]:
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
