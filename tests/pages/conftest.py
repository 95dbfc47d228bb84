"""The generator of pages beside this file, which --import-mode=importlib would not find."""

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def pages():
    """The package `generator`."""
    name = "generator"
    if name not in sys.modules:
        path = FOLDER / name
        spec = importlib.util.spec_from_file_location(
            name, path / "__init__.py", submodule_search_locations=[str(path)]
        )
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]
