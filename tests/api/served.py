"""The application in a thread of its own, for clients that wait for their answers."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.api.house import House, house

T = TypeVar("T")


class Served:
    """A house at a time, on loopback; :meth:`fresh` goes on to one that is as it was founded."""

    def __init__(self, folder: Path, founded: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._folder, self._founded, self._loop = folder, founded, loop
        self._stack = AsyncExitStack()
        self._numbers = itertools.count()
        #: Whether something was changed, so that the next request wants another house.
        self.stale = True
        self.house: House

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done in the application's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(90)

    def fresh(self) -> None:
        """The next house, if this one is not as it was."""
        if self.stale:
            self.wait(self._move())
        self.stale = False

    async def _move(self) -> None:
        await self._stack.aclose()
        folder = self._folder / str(next(self._numbers))
        self.house = await self._stack.enter_async_context(house(folder, self._founded))

    def close(self) -> None:
        """End the last one."""
        self.wait(self._stack.aclose())


@contextmanager
def served(folder: Path, founded: Path) -> Iterator[Served]:
    """Serve until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="application")
    thread.start()
    made = Served(folder, founded, loop)
    try:
        yield made
    finally:
        made.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
