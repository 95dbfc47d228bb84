"""The second opinion on verdicts: formulas and networks of the tests' own, with their values in NumPy."""

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("second_opinion")


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
