"""JSON, GitHub's annotations and SARIF: what platforms need of them."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def results(unrolled, *arguments: str):
    done = unrolled("check", *arguments, "--output-format", "sarif")
    log = json.loads(done.stdout)
    (run,) = log["runs"]
    return done.returncode, log, run


def test_json_of_one_page_has_its_findings(unrolled, formulas):
    unrolled.write("page.md")
    done = unrolled("check", "page.md", "--output-format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["notes"] == "page.md" and len(found["blocks"]) == 5
    assert done.stdout == unrolled("check", "page.md", "--json").stdout
    sign, step = found["diagnostics"]
    assert (step["code"], step["severity"], step["line"]) == ("time-index", "error", 9)
    assert step["edit"]["replacement"] == "t" and step["edit_assumptions"] == [] and step["set_aside"] is None
    line = f"$${formulas[4]}$$"
    assert line[step["column"] - 1 : step["end_column"] - 1] == "{t-1}"
    assert sign["fingerprint"] != step["fingerprint"]


def test_json_of_several_pages_is_one_object_too(unrolled, formulas, page_of):
    unrolled.write("a/one.md")
    unrolled.write("a/two.md", page_of(*formulas[:3]))
    done = unrolled("check", "a", "gone.md", "--json")
    found = json.loads(done.stdout)
    assert [page["notes"] for page in found["pages"]] == ["a/one.md", "a/two.md"]
    assert [error["notes"] for error in found["errors"]] == ["gone.md"]
    assert "gone.md: cannot be read" in found["errors"][0]["message"] and done.returncode == 1


def test_github_annotations(unrolled):
    unrolled.write("no, tes/page.md")
    done = unrolled("check", "no, tes", "--output-format", "github")
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and len(lines) == 2
    for line in lines:
        properties, message = re.fullmatch(r"::error ([^:]+)::(.+)", line).groups()
        values = dict(part.split("=") for part in properties.split(","))
        assert values["file"] == "no%2C tes/page.md" and values["line"] in ("7", "9") and int(values["col"]) > 1
        assert "left" in message


def test_sarif_as_platforms_need_it(unrolled, formulas):
    unrolled.write("deep er/page.md")
    status, log, run = results(unrolled, "deep er")
    assert status == 1 and log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    assert run["columnKind"] == "unicodeCodePoints" and run["tool"]["driver"]["name"] == "unrolled"
    assert run["invocations"][0]["executionSuccessful"] is True and run["invocations"][0]["exitCode"] == 1
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["sign", "time-index"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == "error" and result["message"]["text"]
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"] == {"uri": "deep%20er/page.md", "uriBaseId": "ROOT"}
        assert set(physical["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert re.fullmatch(r"[0-9a-f]{24}:\d+", result["partialFingerprints"]["unrolled/v1"])
        (change,) = result["fixes"][0]["artifactChanges"]
        assert change["replacements"][0]["insertedContent"]["text"]


def test_columns_are_code_points(unrolled, formulas):
    unrolled.write("page.md", "\n\n".join(f"𝛼 ein Maß: ${formula}$" for formula in formulas))
    _, _, run = results(unrolled, "page.md")
    region = run["results"][-1]["locations"][0]["physicalLocation"]["region"]
    line = f"𝛼 ein Maß: ${formulas[4]}$"
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "{t-1}"


def test_a_fingerprint_stays_while_text_is_written_around_it(unrolled):
    page = unrolled.write("page.md")
    before = [result["partialFingerprints"] for result in results(unrolled, "page.md")[2]["results"]]
    page.write_text("# A new heading\n\nAnd text.\n\n" + page.read_text(encoding="utf-8"), encoding="utf-8")
    after = results(unrolled, "page.md")[2]["results"]
    assert [result["partialFingerprints"] for result in after] == before
    assert len({json.dumps(one) for one in before}) == 2


def test_what_cannot_be_used_is_a_notification(unrolled):
    unrolled.write("page.md")
    (unrolled.folder / "bad.md").write_bytes(b"\xff")
    status, _, run = results(unrolled, "page.md", "bad.md")
    assert status == 1 and run["invocations"][0]["executionSuccessful"] is False
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "bad.md: not UTF-8" in notice["message"]["text"]


def test_suppressed_findings_are_marked(unrolled, formulas, page_of):
    text = page_of(*formulas[:4]) + "\n<!-- unrolled: ignore[time-index] -->\n" + page_of(formulas[4])
    unrolled.write("page.md", text)
    _, _, run = results(unrolled, "page.md")
    assert [result.get("suppressions") for result in run["results"]] == [None, [{"kind": "inSource"}]]


@pytest.mark.parametrize("name", ["hello", "elman_vector"])
def test_statuses_and_findings_agree_on_the_shipped_pages(unrolled, name):
    page = ROOT / "derive" / "notes" / f"{name}.md"
    found = json.loads(unrolled("check", str(page), "--json").stdout)
    errors = [one for one in found["diagnostics"] if one["severity"] == "error"]
    failing = [claim for block in found["blocks"] for claim in block["claims"] if claim["verdict"] == "fails"]
    refused = [c for b in found["blocks"] for c in b["claims"] if set(c["assumptions"]) & {"truncated", "this-word"}]
    assert len(errors) == len(failing) + len(refused) and failing
    assert all(claim["edit"] for claim in failing if claim["suggestion"])
