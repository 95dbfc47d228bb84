"""Pages checked again whenever they are saved, until Ctrl-C: at first what changed, fast, then the page as a whole."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from derive.check.results import Notes
from derive.errors import InputError
from derive.judge.incremental import Session
from derive.lint.pages import Checked, Checking

PAUSE = 0.02  # seconds between two looks at the files
Show = Callable[[Checked], None]


@dataclass
class Watched:
    """One page, with the session of its checks and what its files were like when they were read."""

    path: str
    legend: str | Path
    session: Session | None = None
    seen: tuple[object, ...] = ()
    shown: object = None

    def stamp(self) -> tuple[object, ...]:
        """What changes when the page or its legend is saved."""
        found = []
        for path in (self.path, self.legend):
            try:
                status = os.stat(path)
                found.append((status.st_mtime_ns, status.st_size, status.st_ino))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)


@dataclass
class Watch:
    """Watches pages; `show` is given each new state of one."""

    checking: Checking
    paths: Sequence[str]
    show: Show
    pages: list[Watched] = field(default_factory=list)

    def run(self) -> int:
        """Check everything, and then what is saved; ends by an interruption alone."""
        self.pages = [Watched(path, self.checking.legend_file(path)) for path in self.paths]
        while True:
            for page in self.pages:
                stamp = page.stamp()
                if stamp != page.seen:
                    if page.seen[1:] != stamp[1:]:
                        page.session = None
                    page.seen = stamp
                    self.again(page)
            time.sleep(PAUSE)

    def again(self, page: Watched) -> None:
        """Check a page that was saved: first what changed, then all of it, unless it is saved meanwhile."""
        began = time.perf_counter()
        try:
            document = self.checking.load(page.path)
            if page.stamp() != page.seen:
                return  # read while it was written
            if page.session is None:
                page.session = Session(self.checking.legend_of(page.path))
            fast = page.session.recheck(document)
            if fast is not None:
                self.tell(page, fast, began)
            for found in page.session.stages(document):
                if page.stamp() != page.seen:
                    return
                notes = found
            self.tell(page, notes, began, fast is not None)
        except InputError as error:
            page.session = None
            page.shown = str(error)
            self.show(Checked(page.path, error=str(error)))

    def tell(self, page: Watched, notes: Notes, began: float, again: bool = False) -> None:
        """Show what is new, and how long it took; what was shown `again` as it is stays."""
        checked = self.checking.checked(notes)
        state = [(one.severity, one.code, one.message, one.place, one.mend) for one in checked.found]
        if again and state == page.shown:
            return
        took = time.perf_counter() - began
        page.shown = state
        self.show(checked)
        print(f"{page.path}: {'proved and mended' if again else 'checked'} in {1000 * took:.0f} ms", file=sys.stderr)
