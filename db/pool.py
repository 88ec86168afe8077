"""Connections and transactions. Everything runs as `line3_app`, inside a transaction that says which areas it may see."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from db import hints
from db.errors import Conflicted, Unavailable, translated
from db.rows import Conn, prepare_connection
from db.turns import Turns

T = TypeVar("T")

LOCK_TIMEOUT_MS = 4_000
STATEMENT_TIMEOUT_MS = 15_000
TRANSACTION_SECONDS = 30.0
"""No transaction is open longer: a dead peer must not hold its locks, nor us."""
TRIES = 6
STATEMENTS = 500
"""Prepared on each connection: more than there are, so that none is parsed twice."""


class NotForSuperusers(Exception):
    """The application must connect as a role that can neither own tables nor pass row-level security."""


class Database:
    """The pool, and the two ways in: `transact` (run again when two transactions met) and `begin` (once)."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        dial: "Callable[[], Awaitable[asyncpg.Connection[asyncpg.Record]]]",
    ) -> None:
        """`dial` opens a connection beside the pool."""
        self._pool = pool
        self._dial = dial

    @asynccontextmanager
    async def begin(self, areas: Iterable[UUID] = (), *, snapshot: bool = False) -> AsyncGenerator[Conn]:
        """A connection in a transaction that sees `areas` (row-level security); committed when the block ends.

        `snapshot`: all its statements see one state of the database.
        """
        with translated():
            conn = await self._pool.acquire(timeout=10)
        try:
            with translated():
                isolation = "repeatable_read" if snapshot else "read_committed"
                async with asyncio.timeout(TRANSACTION_SECONDS), conn.transaction(isolation=isolation):
                    if seen := tuple(areas):
                        await _see(conn, seen)
                    yield conn
        except Unavailable:
            with suppress(
                asyncpg.InterfaceError, asyncpg.InternalClientError
            ):  # a lost connection may have left the pool by itself
                conn.terminate()
            raise
        finally:
            # a dead connection is not taken back, and the pool opens another
            with suppress(
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                OSError,
                asyncio.TimeoutError,
            ):
                await self._pool.release(conn, timeout=5)

    async def transact(self, areas: Iterable[UUID], work: Callable[[Conn], Awaitable[T]]) -> T:
        """`await work(conn)` in one transaction; again with jitter when it met another (40001, 40P01)."""
        seen = tuple(areas)
        for attempt in range(TRIES):
            try:
                async with self.begin(seen) as conn:
                    return await work(conn)
            except Conflicted:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Hints on a connection beside the pool (`db/hints.py`), until cancelled."""
        await hints.listen(self._dial, channel, heard)

    def turns(self, name: str, pause_seconds: float) -> Turns:
        """What all processes do one after the other (`db/turns.py`)."""
        return Turns(self._dial, name, pause_seconds)

    async def close(self) -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._pool.close(), 5)
        self._pool.terminate()


async def _as_it_is(conn: Conn) -> None:
    """Instead of the pool's RESET, a round trip each time: what we set ends with its transaction, by itself."""


async def _see(conn: Conn, areas: Iterable[UUID]) -> None:
    await conn.execute("SELECT set_config('line3.area_ids', $1, true)", ",".join(str(area) for area in areas))


async def _refuse_superuser(conn: Conn) -> None:
    row = await conn.fetchrow(
        "SELECT rolsuper OR rolbypassrls AS passes, rolname FROM pg_roles WHERE rolname IN (current_user, session_user) "
        "ORDER BY 1 DESC LIMIT 1"
    )
    if row is None or row["passes"]:
        raise NotForSuperusers("line3 must not run as a role that passes row-level security; use line3_app")


async def open_database(url: str, *, revive: Callable[[], None] | None = None, size: int = 10) -> Database:
    """Connect as the application. `revive` (blocking) brings an embedded server back before a connection is retried.

    Raises `Unavailable`, `NotForSuperusers`.
    """

    async def connect(*args: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":  # noqa: ANN401
        try:
            return await asyncpg.connect(*args, **options)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            if revive is None:
                raise
        await asyncio.to_thread(revive)
        return await asyncpg.connect(*args, **options)

    with translated():
        pool = await asyncpg.create_pool(
            url,
            connect=connect,
            min_size=1,
            max_size=size,
            timeout=10,
            command_timeout=STATEMENT_TIMEOUT_MS / 1000 + 5,
            init=prepare_connection,
            statement_cache_size=STATEMENTS,
            reset=_as_it_is,
            server_settings={
                "application_name": "line3",
                "timezone": "UTC",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": str(int(TRANSACTION_SECONDS * 1000)),
            },
        )
        async with pool.acquire() as conn:
            await _refuse_superuser(conn)
    return Database(pool, partial(connect, url, timeout=10, server_settings={"application_name": "line3"}))
