"""What several tests of the check use: a textbook's legend, and a second opinion on verdicts with values in NumPy."""

import importlib.util
import sys
from pathlib import Path

import pytest

from derive.judge.notes import check_document
from derive.reading import Document
from derive.reading.legend_file import parse_legend

FOLDER = Path(__file__).with_name("second_opinion")


TEXTBOOK = r"""
notation = "vector"
network = "elman"
[symbols]
'x' = { means = "x", role = "input", shape = ["V"], time = true }
'y' = { means = "target", role = "target", shape = ["V"], time = true }
'a' = { means = "net_a", role = "value", shape = ["H"], time = true }
'h' = { means = "a", role = "value", shape = ["H"], time = true }
'o' = { means = "net_y", role = "value", shape = ["V"], time = true }
'\hat{y}' = { means = "y", role = "value", shape = ["V"], time = true }
'L' = { means = "loss", role = "total_loss", shape = [], at_time = "L" }
'W' = { means = "W_aa", role = "parameter", shape = ["H", "H"] }
'U' = { means = "W_ax", role = "parameter", shape = ["H", "V"] }
'V' = { means = "W_ya", role = "parameter", shape = ["V", "H"] }
'b' = { means = "b_a", role = "parameter", shape = ["H"] }
'c' = { means = "b_y", role = "parameter", shape = ["V"] }
'f' = { means = "tanh", role = "function" }
'T' = { role = "size" }
't' = { role = "index" }
'i' = { role = "index" }
'j' = { role = "index" }
'k' = { role = "index" }
"""


@pytest.fixture(scope="session")
def textbook():
    """Checks formulas in the letters of textbooks: a the pre-activation, h = tanh(a), o the logits, W, U, V the weights
    and b, c the biases. Gives the blocks of a page with one formula in each; `more` symbols may be given in TOML."""

    def checked(*formulas, more="", layout="column"):
        page = "\n\n".join(f"$${formula}$$" for formula in formulas)
        legend = parse_legend(f'layout = "{layout}"{TEXTBOOK}{more}', "legend")
        return check_document(Document.read("page.md", page, "md"), legend).blocks

    return checked


@pytest.fixture(scope="session")
def opinion():
    """The package `second_opinion` beside this file, which --import-mode=importlib would not find."""
    name = "second_opinion"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def pages(opinion, tmp_path_factory):
    """Pages of statements that hold: vector, scalar, gru."""
    return opinion.pages(tmp_path_factory.mktemp("legends"))
