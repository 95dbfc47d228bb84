"""The report as PDF: report.tex compiled by latexmk without shell escape, in its own folder, for a limited time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

SECONDS = 180
COMMAND = ("latexmk", "-norc", "-pdf", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")


class PdfError(RuntimeError):
    """The source did not compile; the message is TeX's first complaint."""


def available() -> bool:
    """Whether latexmk and pdflatex are installed."""
    return all(shutil.which(program) for program in ("latexmk", "pdflatex"))


def compile(tex: str, pictures: Mapping[str, bytes]) -> tuple[bytes, str]:
    """The PDF and TeX's log; `pictures` holds each figure of the source as PDF. Raises PdfError."""
    with TemporaryDirectory(prefix="unrolled-") as name:
        folder = Path(name)
        (folder / "report.tex").write_text(tex, "utf-8")
        (folder / "figures").mkdir()
        for picture, content in pictures.items():
            (folder / "figures" / f"{picture}.pdf").write_bytes(content)
        try:
            done = subprocess.run(
                [*COMMAND, "report.tex"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise PdfError(f"latexmk took more than {SECONDS} seconds") from error
        log = folder / "report.log"
        text = log.read_text("utf-8", "replace") if log.exists() else done.stdout.decode("utf-8", "replace")
        if done.returncode:
            complaint = next((line for line in text.splitlines() if line.startswith("!")), "no message from TeX")
            raise PdfError(f"latexmk failed: {complaint}")
        return (folder / "report.pdf").read_bytes(), text
