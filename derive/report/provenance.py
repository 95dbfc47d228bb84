"""Where a report comes from: the version that made it, when, from what and how."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from derive import __version__
from derive.report.parameters import SEEDS
from derive.report.subject import Subject


def provenance(subject: Subject, command: Sequence[str], trained: bool) -> tuple[tuple[str, str], ...]:
    """Label and value of everything that made the report; `trained` says that networks were, from random starts."""
    made = [("made", f"{_today():%Y-%m-%d}, Unrolled {__version__}"), ("command", shlex.join(command))]
    if subject.path is not None:
        legend = f", read with the legend {Path(subject.legend.name).name}" if subject.legend is not None else ""
        made.append(("page", f"{subject.path.name}{legend}"))
    if trained:
        made.append(("seeds", f"0 to {SEEDS - 1} for the starts of training, H = {subject.hidden}"))
    return tuple(made)


def _today() -> date:
    """The day, or the one that a reproducible build names."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch.isdigit() else date.today()
