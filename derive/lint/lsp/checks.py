"""When pages are checked: once nobody has typed for a moment, one at a time, and the newest version alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from derive.lint.lsp.checked import Checked
from derive.lint.lsp.source import Source

QUIET = 0.3  # seconds without a keystroke after which a page is checked


@dataclass
class Checks:
    """The checks of all open pages. `source` gives a page as it is now, None once it is closed; `check` decides it, in
    a thread of its own; `done` takes what was found."""

    source: Callable[[str], Source | None]
    check: Callable[[Source], Checked]
    done: Callable[[Checked], None]
    _due: dict[str, float] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _found: dict[str, Checked] = field(default_factory=dict)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def changed(self, page: str, quiet: float = QUIET) -> None:
        """Check a page once it has been left alone for so many seconds."""
        self._due[page] = asyncio.get_running_loop().time() + quiet
        if page not in self._tasks or self._tasks[page].done():
            self._tasks[page] = asyncio.create_task(self._work(page))

    async def found(self, page: str) -> Checked | None:
        """What was found on a page as it is now, after the check that is due; None where it is not open."""
        while (source := self.source(page)) is not None:
            known = self._found.get(page)
            if known is not None and known.source is source:
                return known
            if page not in self._tasks or self._tasks[page].done():
                self.changed(page, 0)
            await asyncio.shield(self._tasks[page])
        return None

    async def _work(self, page: str) -> None:
        loop = asyncio.get_running_loop()
        while (source := self.source(page)) is not None:
            rest = self._due[page] - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)
                continue
            found = await loop.run_in_executor(self._worker, self.check, source)
            if self.source(page) is source:
                self._found[page] = found
                self.done(found)
                return
        self._found.pop(page, None)
