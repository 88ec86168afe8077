"""Durable work: what a transaction leaves to be done later, by any worker, at least once.

pgqueuer on the same PostgreSQL, in its own schema. Work commits or vanishes with the transaction that enqueues it.
A worker that dies leaves its work to another as soon as its heartbeat is overdue; so the same work may run twice, even
at the same time, and `Work.attempt`, which grows with every delivery, is there to fence results: the highest counts.
A handler must not block the event loop, or its heartbeats stop.
"""

import asyncio
import contextlib
import dataclasses
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Self, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, Relay
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import JOB_STATUS, Channel, JobId
from pgqueuer.ports.driver import Driver, NotifyCallback

from db.errors import translated
from db.rows import Conn

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

T = TypeVar("T")
logger = logging.getLogger("line3.queue")

MAX_FAILURES = 5
# Work that kills its worker leaves no failure behind; so many deliveries without an end are one.
MAX_DELIVERIES = 2 * MAX_FAILURES
_RETRY_GROWTH = 5  # with 5 s at first: 5 s, 25 s, 2 min, 10 min, then held
_CONNECT_SECONDS = 5.0
_PAUSE_SECONDS = 0.25
_TIDY_SECONDS = 600.0

# What a call may end with. InternalClientError is none of the others: a server's farewell reaches asyncpg before the
# end of the connection does, and what is called in between fails with that.
_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Every name is given here: pgqueuer would take what is left out from the environment (QUEUE_TABLE, DURABILITY, ...).
_SETTINGS = DBSettings(
    prefix="",
    db_schema="line3_queue",
    channel=Channel("line3_queue"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
    widen_id=True,
)


class Work(msgspec.Struct, frozen=True):
    """One delivery. `attempt` is 1 at first and grows with every delivery, also after a worker's death."""

    work_id: int
    kind: str
    payload: bytes
    attempt: int


Handler = Callable[[Work], Awaitable[None]]


# Statistics are read only to see that they are there: we leave them empty, which spares an advisory lock.
_GRANTS = """
GRANT USAGE ON SCHEMA line3_queue TO line3_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON line3_queue.pgqueuer TO line3_app;
GRANT USAGE ON SEQUENCE line3_queue.pgqueuer_id_seq TO line3_app;
GRANT SELECT, INSERT, DELETE ON line3_queue.pgqueuer_log TO line3_app;
GRANT SELECT ON line3_queue.pgqueuer_statistics TO line3_app;
"""


async def install(conn: Conn) -> None:
    """Bring pgqueuer's tables to its version, as the owner and outside a transaction; any number of times."""
    queries = _queries(AsyncpgDriver(conn))  # pyright: ignore[reportArgumentType] - a pool's connection serves as well
    with translated():
        async with queries.schema_lock():
            await queries.upgrade()
            await conn.execute(_GRANTS)


# A statement of our own, because pgqueuer's would meet the JSON codec of our connections. On a conflict it locks the
# row: no worker takes it before this transaction has committed, so that the work sees what this transaction wrote.
_ENQUEUE = """
INSERT INTO line3_queue.pgqueuer AS queued (priority, entrypoint, payload, execute_after, dedupe_key, status)
VALUES (0, $1, $2, now() + $3, $4, 'queued')
ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
DO UPDATE SET priority = queued.priority
"""


async def enqueue(
    conn: Conn,
    kind: str,
    payload: bytes,
    *,
    dedupe_key: str | None = None,
    run_after: timedelta = timedelta(0),
) -> None:
    """Leave work in the caller's transaction: both are committed, or neither.

    Nothing is added while work with that `dedupe_key` waits. Once it has begun, the next one is added: what it
    has read may be old by now. Work that waits to be tried again does not count as waiting.
    """
    with translated():
        await conn.execute(_ENQUEUE, kind, payload, run_after, dedupe_key)


async def run(
    url: str,
    handlers: Mapping[str, Handler],
    *,
    stop: asyncio.Event,
    concurrency: int = 8,
    alone: frozenset[str] = frozenset(),
    heartbeat_seconds: float = 10.0,
    retry_seconds: float = 5.0,
    poll_seconds: float = 2.0,
    call_seconds: float = 10.0,
) -> None:
    """Do the work of these kinds until `stop` is set; then end what has begun, take nothing more, return.

    Of the kinds in `alone` this worker does one at a time.

    Opens two connections as whoever `url` says and outlives them: while the database is away, handlers go on and
    calls wait. `heartbeat_seconds` without a sign of life, and another worker takes the work; give every worker the
    same. `retry_seconds` is the first delay after a failure; a connection that does not answer for `call_seconds` is
    given up. Cancelled, it drops what it does: others do it again.
    """
    # Claims wait for locks; heartbeats must not wait behind them.
    links = _Link(url, stop, call_seconds), _Link(url, stop, call_seconds)
    worker = _Worker(
        links, handlers, stop, concurrency, alone, timedelta(seconds=heartbeat_seconds), retry_seconds
    )
    tidying = asyncio.create_task(worker.tidy())
    try:
        while not stop.is_set():
            try:
                await worker.manage(timedelta(seconds=poll_seconds))
            except (*_ERRORS, RuntimeError) as error:
                # RuntimeError: the tables are not there yet. Else a statement failed on a living connection.
                logger.error("queue.started_over", extra={"reason": _place_of(error)})
                await _pause(stop, 1.0)
    finally:
        tidying.cancel()
        worker.abandon()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _place_of(error: BaseException) -> str:
    """The kind of an error and where it happened: its text may hold personal data, and this is stored and logged."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}"
        if frames
        else type(error).__name__
    )


class _Link(Driver):
    """A pgqueuer driver that outlives its connection.

    pgqueuer's manager ends with its connection, and would first wait for every handler. With this one it does not
    notice: each of its statements may run again, so a call waits for a new connection and is made there.
    """

    def __init__(self, url: str, stop: asyncio.Event, seconds: float) -> None:
        self._url = url
        self._stop = stop
        self._seconds = seconds
        self._conn: Connection | None = None
        self._closed = False
        self._lock = asyncio.Lock()
        self._listeners: list[tuple[str, NotifyCallback]] = []
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return [dict(row.items()) for row in await self._call(lambda conn: conn.fetch(query, *args))]

    async def execute(self, query: str, *args: object) -> str:
        return await self._call(lambda conn: conn.execute(query, *args))

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._listeners = [(channel, callback)]  # one manager at a time listens, on one channel
        await self._call(lambda conn: conn.add_listener(channel, Relay(callback)))

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """pgqueuer enters and leaves it once per manager; it belongs to the worker."""

    def close(self) -> None:
        """Cut the line, for good: nothing that is said from now on reaches the database."""
        self._closed = True
        if self._conn is not None:
            self._conn.terminate()

    async def _call(self, use: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._lock:
            while True:
                conn = await self._connected()
                try:
                    return await self._answered(conn, use)
                except _ERRORS as error:
                    if not (conn.is_closed() or _lost(error)):
                        raise
                    logger.warning("queue.connection_lost", extra={"reason": type(error).__name__})
                    conn.terminate()

    async def _answered(self, conn: Connection, use: Callable[[Connection], Awaitable[T]]) -> T:
        """Not asyncpg's timeout: it waits for a peer that may be gone. Also cut when the caller is cancelled."""
        call = asyncio.ensure_future(use(conn))
        try:
            await asyncio.wait({call}, timeout=self._seconds)
            if call.done():
                return call.result()
            raise ConnectionError("no answer")
        finally:
            if not call.done():
                conn.terminate()
                call.add_done_callback(_forget)
                call.cancel()

    async def _connected(self) -> Connection:
        """Waits for the database as long as it takes; when the worker stops, it is asked once more."""
        while not self._closed:
            if self._conn is not None and not self._conn.is_closed():
                return self._conn
            try:
                self._conn = await asyncio.wait_for(self._connect(), 2 * _CONNECT_SECONDS)
            except _ERRORS as error:
                if self._stop.is_set() or _refused(error):
                    raise
                await _pause(self._stop, _PAUSE_SECONDS)
        raise ConnectionError("closed")

    async def _connect(self) -> Connection:
        settings = {"application_name": "line3 queue", "timezone": "UTC"}
        conn = await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, server_settings=settings)
        for channel, callback in self._listeners:
            await conn.add_listener(channel, Relay(callback))
        return conn


def _forget(call: asyncio.Future[T]) -> None:
    """Its outcome matters to nobody, also not to asyncio's log."""
    if not call.cancelled():
        call.exception()


def _lost(error: Exception) -> bool:
    """The connection is worth nothing any more, whatever it says: lost, shut down, or a standby since a failover."""
    if isinstance(error, OSError | asyncpg.InternalClientError):
        return True
    return _state(error).startswith(("08", "57P", "25006"))


def _refused(error: Exception) -> bool:
    """Waiting does not help: a wrong password, role or database."""
    return _state(error).startswith(("28", "3D"))


def _state(error: Exception) -> str:
    return (error.sqlstate or "") if isinstance(error, asyncpg.PostgresError) else ""


@dataclasses.dataclass
class _Repository(Queries):
    """pgqueuer's statements, but for work that somebody else has by now: its row is not ours to end."""

    not_ours: set[JobId] = dataclasses.field(default_factory=set[JobId], init=False)

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        ours = [ended for ended in job_status if ended[0].id not in self.not_ours]
        if ours:
            await super().log_jobs(ours)
        self.not_ours -= {job.id for job, _, _ in job_status}


def _queries(driver: Driver) -> _Repository:
    return _Repository(
        driver,
        qbe=QueryBuilderEnvironment(_SETTINGS),
        qbq=QueryQueueBuilder(_SETTINGS),
        qbs=QuerySchedulerBuilder(_SETTINGS),
    )


# Ends the key's effect, counts the delivery, and waits for whoever has just met that key (see _ENQUEUE).
# No row: the heartbeat was overdue, and another worker has the work.
_CLAIM = """
UPDATE line3_queue.pgqueuer
SET dedupe_key = NULL,
    headers = jsonb_build_object('deliveries', coalesce((headers ->> 'deliveries')::integer, 0) + 1)
WHERE id = $1 AND queue_manager_id = $2 AND status = 'picked'
RETURNING (headers ->> 'deliveries')::integer AS attempt
"""

# pgqueuer keeps two lines for each piece of work, for ever. A week of them is enough to look into.
_TIDY = """
DELETE FROM line3_queue.pgqueuer_log
WHERE id IN (
    SELECT log.id
    FROM line3_queue.pgqueuer_log AS log
    WHERE log.created < now() - interval '7 days'
      AND NOT EXISTS (SELECT FROM line3_queue.pgqueuer AS work WHERE work.id = log.job_id)
    ORDER BY log.created
    LIMIT 10000
)
"""


class _Failed(Exception):
    """Ends work as held. Its text is stored."""


class _Worker:
    """One process's share of the work."""

    def __init__(
        self,
        links: tuple[_Link, _Link],
        handlers: Mapping[str, Handler],
        stop: asyncio.Event,
        concurrency: int,
        alone: frozenset[str],
        heartbeat: timedelta,
        retry_seconds: float,
    ) -> None:
        self._handlers = handlers
        self._stop = stop
        self._link, self._claims = links
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._turns = {kind: asyncio.Semaphore(1 if kind in alone else concurrency) for kind in handlers}
        self._heartbeat = heartbeat
        self._retry_seconds = retry_seconds
        self._running: set[asyncio.Future[None]] = set()
        self._abandoned = False

    async def manage(self, poll: timedelta) -> None:
        """Run a manager to its end. A cancel must not reach it before the line is cut.

        pgqueuer takes a cancelled handler for cancelled work and deletes that.
        """
        repository = _queries(self._link)
        manager = QueueManager(repository, channel=_SETTINGS.channel)
        manager.shutdown = self._stop
        for kind in self._handlers:
            manager.entrypoint(kind, on_failure="hold")(self._deliver_with(manager, repository))
        most = max(2, self._concurrency)  # pgqueuer wants two batches at least
        managing = asyncio.create_task(
            manager.run(
                dequeue_timeout=poll,
                batch_size=most // 2,
                max_concurrent_tasks=most,
                heartbeat_timeout=self._heartbeat,
                log_aggregation_interval=timedelta(0),
            )
        )
        try:
            await asyncio.wait({managing})
        finally:
            if not managing.done():
                self.abandon()
                managing.cancel()
                await asyncio.wait({managing})
        managing.result()

    def abandon(self) -> None:
        """Say nothing more, and let go of what runs: it is delivered again when its heartbeat is overdue."""
        self._abandoned = True
        self._link.close()
        self._claims.close()
        for handling in self._running:
            handling.cancel()

    async def tidy(self) -> None:
        while not self._stop.is_set():
            try:
                await self._claims.execute(_TIDY)
            except _ERRORS as error:
                logger.warning("queue.not_tidied", extra={"reason": type(error).__name__})
            await _pause(self._stop, _TIDY_SECONDS)

    def _deliver_with(
        self, manager: QueueManager, repository: _Repository
    ) -> Callable[[Job], Awaitable[None]]:
        async def deliver(job: Job) -> None:
            async with self._turns[job.entrypoint], self._slots:
                # picked, but not begun: with no heartbeat from here, another worker takes it
                attempt = None
                if not self._stop.is_set():
                    attempt = await self._claim(job, manager.queue_manager_id)
                if attempt is None:
                    repository.not_ours.add(job.id)
                    return
                reason = await self._handle(Work(job.id, job.entrypoint, job.payload or b"", attempt))
            if reason is not None:
                self._fail(job, attempt, reason)

        return deliver

    async def _claim(self, job: Job, manager_id: UUID) -> int | None:
        rows = await self._claims.fetch(_CLAIM, job.id, manager_id)
        return msgspec.convert(rows[0]["attempt"], int) if rows else None

    async def _handle(self, work: Work) -> str | None:
        """Why it failed, or None. In a task of its own, so that pgqueuer never sees a handler cancelled."""
        if work.attempt > MAX_DELIVERIES:
            return f"delivered {work.attempt - 1} times without an end"
        handling = asyncio.ensure_future(self._handlers[work.kind](work))
        self._running.add(handling)
        try:
            await asyncio.wait({handling})
        finally:
            self._running.discard(handling)
        if handling.cancelled():
            return None if self._abandoned else "CancelledError"
        error = handling.exception()
        return None if error is None else _place_of(error)

    def _fail(self, job: Job, attempt: int, reason: str) -> None:
        """Raised here, far from the handler's own exception, which pgqueuer would store with its text."""
        facts = {"work": job.id, "kind": job.entrypoint, "attempt": attempt, "reason": reason}
        logger.warning("work.failed", extra=facts)
        if job.attempts + 1 >= MAX_FAILURES or attempt > MAX_DELIVERIES:
            raise _Failed(reason)
        raise RetryRequested(timedelta(seconds=self._retry_seconds * _RETRY_GROWTH**job.attempts), reason)
