"""Phones that want to hear at once when their round changes: one question tells for all of them which feeds have grown."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from uuid import UUID

from db.pool import Database
from db.queries import areas, journal
from db.rows import Conn
from dispatch.listening import Listener, Listeners


class Stream(Listener):
    """One phone that listens. `after`: the number in its feed up to which it has heard."""

    def __init__(self, session_id: UUID, feed: tuple[UUID, UUID], after: int | None) -> None:
        super().__init__(session_id)
        self.feed = feed
        self._told = after
        self._newest = after

    async def grown(self, seconds: float) -> int | None:
        """The feed's number as soon as it is another than what the phone has heard; None when nothing came for so long, or
        the stream has ended."""
        await self._wait(seconds)
        if self.ended or self._newest == self._told:
            return None
        self._told = self._newest
        return self._told

    def hear(self, n: int) -> None:
        """A number below the known one as well: then the database was restored, which the phone has to hear."""
        if n != self._newest:
            self._newest = n
            self.wake()


class Streams(Listeners[Stream]):
    """Of one process."""

    def open(
        self, session_id: UUID, feed: tuple[UUID, UUID], after: int | None
    ) -> AbstractContextManager[Stream]:
        """`feed`: home area and technician."""
        return self._opened(Stream(session_id, feed, after))

    async def _look(self, database: Database, open_now: Sequence[Stream]) -> None:
        feeds = sorted({stream.feed for stream in open_now})
        async with database.begin({area_id for area_id, _ in feeds}) as conn:
            numbers = {
                (row.area_id, row.technician_id): row.n for row in await journal.list_feed_ns(conn, feeds)
            }
        for stream in open_now:
            if stream.feed in numbers:
                stream.hear(numbers[stream.feed])

    async def _allowed(self, conn: Conn, asked: Sequence[Stream], used_after: datetime) -> set[Stream]:
        rows = await areas.list_technician_sessions(conn, [stream.session_id for stream in asked], used_after)
        good = {(row.session_id, (row.area_id, row.technician_id)) for row in rows}
        return {stream for stream in asked if (stream.session_id, stream.feed) in good}
