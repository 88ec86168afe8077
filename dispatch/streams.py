"""The open streams of this process: phones that want to hear at once when their round changes.

One question to the database tells for all of them which feeds have grown, and now and then one more whose session still
stands. PostgreSQL's hint only makes the question come sooner: without it nothing is missed.
"""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress
from uuid import UUID

from db.hints import FEED_GREW
from db.pool import Database
from db.queries import areas, journal
from dispatch.clock import Clock
from dispatch.flows.accounts import IDLE

POLL_SECONDS = 1.0
LEAST_SECONDS = 0.1
"""However many hints come, no two polls are closer together."""
VERIFIED_SECONDS = 5.0
"""How often those are looked for whose session has ended, or who are technicians no more."""

log = logging.getLogger(__name__)


class Stream:
    """One phone that listens. `after`: the number in its feed up to which it has heard."""

    def __init__(self, session_id: UUID, feed: tuple[UUID, UUID], after: int | None) -> None:
        self.session_id = session_id
        self.feed = feed
        self.ended = False
        self._told = after
        self._newest = after
        self._woken = asyncio.Event()

    async def grown(self, seconds: float) -> int | None:
        """The feed's number as soon as it is another than what the phone has heard; None when nothing came for so long, or
        the stream has ended."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()
        if self.ended or self._newest == self._told:
            return None
        self._told = self._newest
        return self._told

    def hear(self, n: int) -> None:
        """A number below the known one as well: then the database was restored, which the phone has to hear."""
        if n != self._newest:
            self._newest = n
            self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()


class Streams:
    """Of one process."""

    def __init__(self) -> None:
        self.running = False
        self.ended = False
        self._open: set[Stream] = set()
        self._asked = asyncio.Event()
        self._verified_at = 0.0

    @contextmanager
    def open(self, session_id: UUID, feed: tuple[UUID, UUID], after: int | None) -> Generator[Stream]:
        """`feed`: home area and technician."""
        stream = Stream(session_id, feed, after)
        if self.ended:
            stream.end()
        self._open.add(stream)
        self._asked.set()
        try:
            yield stream
        finally:
            self._open.discard(stream)

    def end(self) -> None:
        """All of them, and no more are opened."""
        self.running, self.ended = False, True
        for stream in self._open:
            stream.end()

    async def run(self, database: Database, clock: Clock) -> None:
        """Until cancelled. What the database does not answer is asked again."""
        listening = asyncio.create_task(database.listen(FEED_GREW, self._asked.set))
        self.running = True
        try:
            while True:
                await self._turn()
                try:
                    await self._look(database)
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

    async def _look(self, database: Database) -> None:
        feeds = sorted({stream.feed for stream in self._open})
        if not feeds:
            return
        async with database.begin({area_id for area_id, _ in feeds}) as conn:
            numbers = {
                (row.area_id, row.technician_id): row.n for row in await journal.list_feed_ns(conn, feeds)
            }
        for stream in self._open:
            if stream.feed in numbers:
                stream.hear(numbers[stream.feed])

    async def _verify(self, database: Database, clock: Clock) -> None:
        """Ends those of whom it is not true any more that an open session is this technician's."""
        at = asyncio.get_running_loop().time()
        if not self._open or at < self._verified_at + VERIFIED_SECONDS:
            return
        asked = list(self._open)
        async with database.begin() as conn:
            rows = await areas.list_technician_sessions(
                conn, [stream.session_id for stream in asked], clock() - IDLE
            )
        good = {(row.session_id, (row.area_id, row.technician_id)) for row in rows}
        self._verified_at = at
        for stream in asked:
            if (stream.session_id, stream.feed) not in good:
                stream.end()
