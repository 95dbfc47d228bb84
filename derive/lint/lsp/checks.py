"""When pages are checked: once nobody has typed for a moment, one at a time, and the newest version alone.

A page whose claims alone changed is checked fast first, and thoroughly once its author pauses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from derive.lint.lsp.checked import Checked, Sessions
from derive.lint.lsp.source import Source

QUIET = 0.2  # seconds without a keystroke after which a page is checked
PAUSE = 1.2  # after which it is checked thoroughly, where that was done fast


@dataclass
class Checks:
    """The checks of all open pages, in a thread of their own. `source` gives a page as it is now, None once it is
    closed; `done` takes what was found."""

    source: Callable[[str], Source | None]
    done: Callable[[Checked], None]
    _sessions: Sessions = field(default_factory=Sessions)
    _changed: dict[str, float] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _found: dict[str, Checked] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def changed(self, page: str, just_now: bool = True) -> None:
        """Check a page, one that was changed just now when it has been left alone for a moment."""
        now = asyncio.get_running_loop().time()
        self._changed[page] = now if just_now else now - PAUSE
        if page not in self._tasks or self._tasks[page].done():
            self._tasks[page] = asyncio.create_task(self._work(page))

    async def found(self, page: str, thorough: bool = False) -> Checked | None:
        """What was found on a page as it is now, once it is; None where it is not open."""

        def is_known() -> bool:
            known = self._found.get(page)
            source = self.source(page)
            return source is None or (
                known is not None and known.source is source and not (thorough and known.is_rough)
            )

        async with self._news:
            await self._news.wait_for(is_known)
        return self._found[page] if self.source(page) is not None else None

    async def _work(self, page: str) -> None:
        loop = asyncio.get_running_loop()
        while (source := self.source(page)) is not None:
            known = self._found.get(page)
            is_new = known is None or known.source is not source
            if known is not None and not is_new and not known.is_rough:
                return
            rest = self._changed[page] + (QUIET if is_new else PAUSE) - loop.time()
            if rest > 0:
                await asyncio.sleep(rest)
                continue
            found = await loop.run_in_executor(self._worker, self._sessions.quick, source) if is_new else None
            if found is None:
                found = await loop.run_in_executor(self._worker, self._sessions.whole, source)
            if self.source(page) is source:
                self._found[page] = found
                self.done(found)
                await self._tell()
        self._found.pop(page, None)
        self._sessions.forget(page)
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
