"""A server that can be struck down at any SQL statement: a pool of connections that break on a schedule's word, and the
application around which each request knows of which schedule it is.

The clock is a schedule's as well, so that many run side by side in one application.
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import asyncpg
from litestar.types import ASGIApp, Receive, Scope, Send

from db.pool import LOCK_TIMEOUT_MS, STATEMENTS, Database
from db.rows import prepare_connection
from tests.worlds import NOW

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


class Died(BaseException):
    """The process is gone; nothing catches this but the edge."""


class Life:
    """Of the server, as one schedule sees it: its clock, and how often it died."""

    def __init__(self) -> None:
        self.now = NOW
        self.deaths = 0
        self.complaints: list[str] = []
        """What it logged as an error."""


class Strike:
    """What hits one request: at its n-th statement, before or after it is carried out."""

    def __init__(self, said: str) -> None:
        what, n, after = said.split()
        self.kills = what == "process"
        self.left = int(n)
        self.after = after == "after"


class Request(NamedTuple):
    """A request under way: in which life of the server it began, and what is going to hit it."""

    life: Life
    died_before: int
    strike: Strike | None


CURRENT: ContextVar[Request | None] = ContextVar("request", default=None)
LIVES: dict[str, Life] = {}


def clock() -> datetime:
    """The schedule's whose request this is."""
    request = CURRENT.get()
    return NOW if request is None else request.life.now


class Frail(Connection):
    """A connection on which a strike falls."""

    __slots__ = ()

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        if args:
            return await super().execute(query, *args, timeout=timeout)
        return await self._struck(lambda: super(Frail, self).execute(query, timeout=timeout))

    async def _execute(self, *args: Any, **options: Any) -> Any:
        return await self._struck(lambda: super(Frail, self)._execute(*args, **options))  # type: ignore[misc]

    async def _struck(self, carried_out: Callable[[], Any]) -> Any:
        request = CURRENT.get()
        if request is None:
            return await carried_out()
        if request.life.deaths != request.died_before:
            self.terminate()
            raise Died()
        strike = request.strike
        if strike is None:
            return await carried_out()
        strike.left -= 1
        if strike.left != 0:
            return await carried_out()
        if strike.after:
            await carried_out()
        self.terminate()
        if strike.kills:
            request.life.deaths += 1
            raise Died()
        raise asyncpg.ConnectionDoesNotExistError("struck")


async def frail_database(url: str, size: int = 16) -> Database:
    """As `open_database` makes it, of frail connections."""

    async def dial() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(url)

    pool = await asyncpg.create_pool(
        url,
        connection_class=Frail,
        min_size=1,
        max_size=size,
        init=prepare_connection,
        statement_cache_size=STATEMENTS,
        reset=_as_it_is,
        server_settings={"timezone": "UTC", "lock_timeout": str(LOCK_TIMEOUT_MS)},
    )
    return Database(pool, dial)


async def _as_it_is(conn: object) -> None:
    """Nothing is set on a connection but inside transactions."""


def edged(app: ASGIApp) -> ASGIApp:
    """The application as a schedule reaches it: each request in its life, a dead process answering 599. Nothing is warmed."""

    async def edge(scope: Scope, receive: Receive, send: Send) -> None:
        facts: Any = scope
        if facts["type"] == "lifespan":
            await _live(receive, send)
            return
        headers = dict(facts["headers"])
        life = LIVES.get(headers.get(b"x-line3-run", b"").decode())
        strike = headers.get(b"x-line3-strike")
        request = (
            None
            if life is None
            else Request(life, life.deaths, None if strike is None else Strike(strike.decode()))
        )
        token = CURRENT.set(request)
        try:
            await app(scope, receive, send)
        except Died:
            await _gone(send)
        finally:
            CURRENT.reset(token)

    return edge


async def _live(receive: Receive, send: Send) -> None:
    started: Any = {"type": "lifespan.startup.complete"}
    ended: Any = {"type": "lifespan.shutdown.complete"}
    await receive()
    await send(started)
    await receive()
    await send(ended)


async def _gone(send: Send) -> None:
    start: Any = {"type": "http.response.start", "status": 599, "headers": []}
    body: Any = {"type": "http.response.body", "body": b""}
    await send(start)
    await send(body)


def life_of(area_id: UUID) -> Life:
    """A new one."""
    made = LIVES[str(area_id)] = Life()
    return made
