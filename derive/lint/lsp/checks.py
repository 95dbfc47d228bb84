"""When pages are checked: once nobody has typed for a moment, one at a time, and the newest version alone.

A page whose claims alone changed is checked fast first, thoroughly once its author pauses, and as a whole when it is
saved: until then the verdicts are those within what the page said before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from derive.lint.lsp.checked import Checked, Depth, Sessions
from derive.lint.lsp.source import Source

QUIET = 0.2  # seconds without a keystroke after which a page is checked
PAUSE = 1.0  # after which it is checked thoroughly, where that was done fast


@dataclass
class Checks:
    """The checks of all open pages, in a thread of their own. `source` gives a page as it is now, None once it is
    closed; `done` takes what was found."""

    source: Callable[[str], Source | None]
    done: Callable[[Checked], None]
    _sessions: Sessions = field(default_factory=Sessions)
    _settled: set[str] = field(default_factory=set)
    _changed: dict[str, float] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _found: dict[str, Checked] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def changed(self, page: str) -> None:
        """Check a page once it is left alone for a moment: who types on waits for no check of the whole."""
        self._settled.discard(page)
        self._start(page, asyncio.get_running_loop().time())

    def settled(self, page: str) -> None:
        """Check the whole of a page now, since it was opened or saved."""
        self._settled.add(page)
        self._start(page, 0)

    def _start(self, page: str, changed: float) -> None:
        self._changed[page] = changed
        if page not in self._tasks or self._tasks[page].done():
            self._tasks[page] = asyncio.create_task(self._work(page))

    async def found(self, page: str, thorough: bool = False) -> Checked | None:
        """What was found on a page as it is now, once it is; None where it is not open."""

        def is_known() -> bool:
            source, known = self.source(page), self._found.get(page)
            if source is None or known is None:
                return source is None
            return known.source is source and not (thorough and known.depth == "fast")

        async with self._news:
            await self._news.wait_for(is_known)
        return self._found[page] if self.source(page) is not None else None

    async def _work(self, page: str) -> None:
        loop = asyncio.get_running_loop()
        while (source := self.source(page)) is not None:
            depth, due = self._next(page, source)
            if depth is None:
                return
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
                continue
            found = await loop.run_in_executor(self._worker, self._sessions.check, source, depth, self._unchanged(page))
            if found is not None and self.source(page) is source:
                self._found[page] = found
                self.done(found)
                await self._tell()
        self._found.pop(page, None)
        self._settled.discard(page)
        self._sessions.forget(page)
        await self._tell()

    def _unchanged(self, page: str) -> Callable[[], bool]:
        """Whether a page is as it is now, to be asked later."""
        known = self._changed[page]
        return lambda: self._changed[page] == known

    def _next(self, page: str, source: Source) -> tuple[Depth | None, float]:
        """How a page is to be checked next, None where it is for now, and when."""
        known = self._found.get(page)
        done = known.depth if known is not None and known.source is source else None
        if done == "whole":
            self._settled.discard(page)
        if page in self._settled:
            return "whole", self._changed[page] + QUIET
        if done is None:
            return "fast", self._changed[page] + QUIET
        return ("thorough" if done == "fast" else None), self._changed[page] + PAUSE

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
