"""What the tests of the linter share: a page with one slip, and the command as users run it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TRUE = r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\hat{y}_t - y_t) h_t^\top"
FORMULAS = (
    r"h_t = \tanh(W h_{t-1} + U x_t + b)",
    r"\hat{y}_t = \mathrm{softmax}(V h_t + c)",
    r"L = -\sum_{t=1}^{T} y_t^\top \log \hat{y}_t",
    r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} (y_t - \hat{y}_t)",
    r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (\hat{y}_t - y_t) h_{t-1}^\top",
)


def displays(*formulas: str) -> str:
    return "\n\n".join(f"$${formula}$$" for formula in formulas) + "\n"


class Unrolled:
    """Runs `unrolled …` in a folder of its own, in which pages can be written."""

    def __init__(self, command) -> None:
        self.command, self.folder = command, command.folder

    def write(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or displays(*FORMULAS), encoding="utf-8")
        return path

    def environment(self, **more: str) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | more

    def __call__(self, *arguments: str, text: str | None = None, **environment: str):
        return self.command("derive", *arguments, text=text, more=environment)


@pytest.fixture
def unrolled(command) -> Unrolled:
    return Unrolled(command)


@pytest.fixture
def formulas() -> tuple[str, ...]:
    """The formulas of the page that `unrolled.write` writes: the fourth has a wrong sign, the fifth a wrong step."""
    return FORMULAS


@pytest.fixture
def page_of():
    """A function: the page that shows some formulas."""
    return displays
