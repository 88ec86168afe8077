"""Open streams of one process: who listens, when it is time to look, and whose session still stands.

What there is to hear is asked once for all who listen; PostgreSQL's hint only makes the question come sooner: without it
nothing is missed. While nobody listens nothing is asked.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from db.hints import FEED_GREW
from db.pool import Database
from db.rows import Conn
from dispatch.clock import Clock
from dispatch.flows.accounts import IDLE

POLL_SECONDS = 1.0
LEAST_SECONDS = 0.1
"""However many hints come, no two polls are closer together."""
VERIFIED_SECONDS = 5.0
"""How often those are looked for whose session has ended, or who may not hear it any more."""

log = logging.getLogger(__name__)


class Listener:
    """One who listens."""

    def __init__(self, session_id: UUID) -> None:
        self.session_id = session_id
        self.ended = False
        self._woken = asyncio.Event()

    async def _wait(self, seconds: float) -> None:
        """Until there is something, or for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()


L = TypeVar("L", bound=Listener)


class Listeners(ABC, Generic[L]):
    """Of one process."""

    def __init__(self) -> None:
        self.running = False
        self.ended = False
        self._open: set[L] = set()
        self._asked = asyncio.Event()
        self._verified_at = 0.0

    @contextmanager
    def _opened(self, listener: L) -> Generator[L]:
        if self.ended:
            listener.end()
        self._open.add(listener)
        self._asked.set()
        try:
            yield listener
        finally:
            self._open.discard(listener)

    def end(self) -> None:
        """All of them, and no more are opened."""
        self.running, self.ended = False, True
        for listener in self._open:
            listener.end()

    async def run(self, database: Database, clock: Clock) -> None:
        """Until cancelled. What the database does not answer is asked again."""
        listening = asyncio.create_task(database.listen(FEED_GREW, self._asked.set))
        self.running = True
        try:
            while True:
                await self._turn()
                try:
                    if self._open:
                        await self._look(database, sorted(self._open, key=id))
                    await self._verify(database, clock)
                except Exception as error:  # noqa: BLE001 - a database that is being restored answers anything
                    log.warning("streams.unheard", extra={"kind": type(error).__name__})
        finally:
            self.end()
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _turn(self) -> None:
        """At a hint or when it is time, and only while somebody listens."""
        await asyncio.sleep(LEAST_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), POLL_SECONDS if self._open else None)
        self._asked.clear()

    async def _verify(self, database: Database, clock: Clock) -> None:
        at = asyncio.get_running_loop().time()
        if not self._open or at < self._verified_at + VERIFIED_SECONDS:
            return
        asked = list(self._open)
        async with database.begin() as conn:
            good = await self._allowed(conn, asked, clock() - IDLE)
        self._verified_at = at
        for listener in asked:
            if listener not in good:
                listener.end()

    @abstractmethod
    async def _look(self, database: Database, open_now: Sequence[L]) -> None:
        """Find out what there is to hear, and tell them."""

    @abstractmethod
    async def _allowed(self, conn: Conn, asked: Sequence[L], used_after: datetime) -> set[L]:
        """Those whose session is still open, and may hear what they hear."""
