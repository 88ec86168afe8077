"""One after the other over all processes of a database, with a pause between: what somebody else's server asks of us all together.

A turn is an advisory lock of PostgreSQL, held by a connection of its own and outside of any transaction. It ends with that
connection, so a process that dies leaves nothing behind, and no row has to remember when the last turn was.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from db.errors import translated

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

PATIENCE_SECONDS = 20.0


class Turns:
    """Of one process; all that have the same name take them together."""

    def __init__(self, dial: Callable[[], Awaitable[Connection]], name: str, pause_seconds: float) -> None:
        self._dial = dial
        self._name = name
        self._pause = pause_seconds
        self._mine = asyncio.Lock()
        """However many ask in this process, one connection waits for them."""
        self._leaving = set[asyncio.Task[None]]()

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        """The next one's begins a pause after the block has ended, which nobody waits for here. Raises `db.errors.Unavailable`
        where it is another's turn for too long."""
        with translated():
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._mine.acquire()
                try:
                    conn = await self._lock()
                except BaseException:
                    self._mine.release()
                    raise
        try:
            yield
        finally:
            leaving = asyncio.create_task(self._leave(conn))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _lock(self) -> Connection:
        conn = await self._dial()
        try:
            await conn.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", self._name)
        except BaseException:
            conn.terminate()
            raise
        return conn

    async def _leave(self, conn: Connection) -> None:
        try:
            await asyncio.sleep(self._pause)
        finally:
            conn.terminate()
            self._mine.release()
