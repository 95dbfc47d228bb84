"""What is built and installed works away from the checkout, and lacks nothing.

Nothing is downloaded: the dependencies are those of the tests.
"""

import email
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import derive

ROOT = Path(__file__).parents[1]


def run(folder, *command, path=None):
    """Run Python in `folder` with what lies in the folder `path`; return its standard output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONUTF8": "1"} | ({"PYTHONPATH": str(path)} if path else {})
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(folder):
    """The files in a folder of the checkout, but for what Python and npm leave there."""
    found = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
    return {path for path in found if path.suffix != ".pyc" and not {"node_modules", "dist"} & {*path.parts}}


@pytest.fixture(scope="module")
def archive(tmp_path_factory, require):
    """The source distribution."""
    for module in ("hatchling", "hatch_fancy_pypi_readme", "pip"):
        require(module)
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder)
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def installed(archive, tmp_path_factory):
    """The folder into which pip has installed the source distribution."""
    folder = tmp_path_factory.mktemp("installed")
    alone = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    run(folder.parent, "-m", "pip", "install", "-q", *alone, "--target", folder, archive)
    return folder


@pytest.fixture
def elsewhere(tmp_path, installed):
    """A function that runs Python in an empty folder, where only what is installed can be imported."""
    return lambda *command: run(tmp_path, *command, path=installed)


def test_the_source_distribution_is_complete(archive):
    with tarfile.open(archive) as opened:
        files = {name.partition("/")[2] for name in opened.getnames()}
    ours = {path.as_posix() for folder in ("derive", "numeric", "docs", "tests") for path in written(folder)}
    assert "tests/test_install.py" in ours
    assert {"README.md", "LICENSE", "pyproject.toml", *ours} <= files


def test_what_is_installed_is_what_is_there(installed):
    shipped = {*written("derive"), *written("numeric")}
    assert shipped and all((installed / path).read_bytes() == (ROOT / path).read_bytes() for path in shipped)
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {"bin", "derive", "numeric"}
    assert {path.name for path in (installed / "bin").iterdir()} == {"unrolled"}


def test_the_metadata(installed):
    (folder,) = installed.glob("*.dist-info")
    said = email.message_from_bytes((folder / "METADATA").read_bytes())
    assert said["Version"] == derive.__version__ and said["License-Expression"] == "MIT" and said["Author"]
    text = said.get_payload(decode=True).decode()
    assert "python -m derive.check PAGE" in text
    links = re.findall(r"\]\(([^)]*)\)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    assert all(re.match(r"https://|#", link) for link in links)  # a file beside it there is not


def test_the_version_is_that_of_both_packages(elsewhere):
    printed = elsewhere("-c", "import derive, numeric; print(derive.__file__, derive.__version__, numeric.__version__)")
    assert "installed" in printed and printed.split()[1:] == [derive.__version__] * 2


def test_the_commands_run_elsewhere(elsewhere, tmp_path):
    examples = ROOT / "docs" / "examples"
    (tmp_path / "page.md").write_text(
        (examples / "gradients.md").read_text().replace(r"+ W \mathrm", r"+ W^\top \mathrm")
    )
    assert "holds: proved for every T and every size" in elsewhere("-m", "derive.check", "page.md", "-v")
    assert "loss_and_gradients" in elsewhere("-m", "derive.export", "--to", "c", "--notes", "page.md")
    elsewhere("-m", "derive.report", "--format", "html")  # with the notes that are shipped
    assert "Every display formula of the page" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "after 5 steps" in elsewhere("-m", "numeric.train", "--steps", "5")
    for name in ("numeric.crosscheck", "numeric.bench"):
        assert f"usage: python -m {name}" in elsewhere("-m", name, "--help")
