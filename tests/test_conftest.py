"""Optional tools: skipped where a user lacks them, a failure in CI."""

import pytest


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_missing_tool(require, require_program, monkeypatch, ci):
    monkeypatch.setenv("CI", ci)
    outcome = pytest.fail.Exception if ci else pytest.skip.Exception
    with pytest.raises(outcome, match="needs the Python package no_such_package"):
        require("no_such_package")
    with pytest.raises(outcome, match="needs the program no-such-program or no-such-other"):
        require_program("no-such-program", "no-such-other")


def test_a_tool_that_is_there(require, require_program):
    assert require("json").dumps([]) == "[]"
    assert require_program("no-such-program", "sh").endswith("sh")
