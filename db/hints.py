"""What PostgreSQL calls out to whoever listens, so that a poll need not wait for its turn. A hint and no more: it may be lost
with the connection, so nobody may rely on hearing one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg

from db.errors import DatabaseError, translated

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

FEED_GREW = "line3_feed"
"""The feed of some technician has grown (`journal.append_feeds`)."""

_AGAIN_SECONDS = 1.0
_PROBED_SECONDS = 30.0
_PROBE_SECONDS = 5.0


async def listen(dial: Callable[[], Awaitable[Connection]], channel: str, heard: Callable[[], None]) -> None:
    """Calls `heard` whenever something is said on the channel, and each time it has begun to listen: what was said before is
    not known. On one connection of its own, which is opened again when it is lost. Until cancelled."""
    while True:
        with suppress(DatabaseError, asyncpg.PostgresError), translated():
            conn = await dial()
            try:
                await _listen_on(conn, channel, heard)
            finally:
                conn.terminate()
        await asyncio.sleep(_AGAIN_SECONDS)


async def _listen_on(conn: Connection, channel: str, heard: Callable[[], None]) -> None:
    """Until the connection is lost. It is tried now and then: of a machine that has gone, nobody says goodbye."""
    lost = asyncio.Event()

    def at_end(*_: object) -> None:
        lost.set()

    def at_notice(*_: object) -> None:
        heard()

    conn.add_termination_listener(at_end)
    await conn.add_listener(channel, at_notice)
    heard()
    while not lost.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), _PROBED_SECONDS)
        if not lost.is_set():
            await conn.execute("SELECT 1", timeout=_PROBE_SECONDS)
