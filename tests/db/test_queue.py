"""Durable work on a real server: transactions, kills of workers and of the database, and a thousand pieces of work."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from db import embedded, queue
from db.held import list_held, retry_held
from db.queue import Work
from db.rows import Conn, prepare_connection
from tests.db.hands import Gate, Listed, working
from tests.db.hole import FAREWELL, Hole
from tests.db.waits import until

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the embedded server runs on Linux")

# A worker that writes down each delivery before it does the work, which takes the seconds it is told.
WORKER = """
import asyncio, os, sys
import asyncpg
from db import queue
async def main(url, seconds):
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    async def work(one):
        await pool.execute("INSERT INTO seen VALUES ($1, $2, $3)", one.payload, one.attempt, os.getpid())
        await asyncio.sleep(seconds)
    await queue.run(url, {"count": work}, stop=asyncio.Event(), heartbeat_seconds=2.0, poll_seconds=0.5)
asyncio.run(main(sys.argv[1], float(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def server() -> Generator[embedded.Server]:
    with tempfile.TemporaryDirectory(prefix="line3-test-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with embedded.start(folder / "data") as running:
            yield running
        # The folder goes when the server has gone.
        asyncio.run(until(lambda: answer(not (folder / "data/postgres/data/postmaster.pid").exists())))


@pytest.fixture
async def owner(server: embedded.Server) -> AsyncGenerator[Conn]:
    conn = await asyncpg.connect(server.owner_url)
    with contextlib.suppress(asyncpg.DuplicateObjectError):
        await conn.execute("CREATE ROLE line3_app LOGIN")
    await queue.install(conn)
    await conn.execute("TRUNCATE line3_queue.pgqueuer, line3_queue.pgqueuer_log")
    await conn.execute("DROP TABLE IF EXISTS seen")
    await conn.execute("CREATE TABLE seen (payload bytea, attempt integer, pid integer)")
    await conn.execute("GRANT SELECT, INSERT ON seen TO line3_app")
    yield conn
    await conn.close()


@pytest.fixture
async def conn(owner: Conn, server: embedded.Server) -> AsyncGenerator[Conn]:
    """As the application connects, its JSON codec included."""
    app = await asyncpg.connect(server.app_url)
    await prepare_connection(app)
    yield app
    await app.close()


async def answer(value: bool) -> bool:
    return value


async def empty(conn: Conn) -> bool:
    return not await conn.fetchval("SELECT count(*) FROM line3_queue.pgqueuer WHERE status <> 'failed'")


async def test_installing_twice_and_at_once_is_harmless(owner: Conn, server: embedded.Server) -> None:
    await owner.execute("DROP SCHEMA line3_queue CASCADE")
    others = [await asyncpg.connect(server.owner_url) for _ in range(3)]
    await asyncio.gather(*[queue.install(other) for other in others])
    for other in others:
        await other.close()
    await queue.enqueue(owner, "count", b"kept")
    await queue.install(owner)
    assert await owner.fetchval("SELECT count(*) FROM line3_queue.pgqueuer") == 1


async def test_the_application_may_work_but_not_empty_or_change_the_tables(conn: Conn) -> None:
    for statement in (
        "TRUNCATE line3_queue.pgqueuer",
        "ALTER TABLE line3_queue.pgqueuer ADD x int",
        "CREATE TABLE line3_queue.mine ()",
        "UPDATE line3_queue.pgqueuer_log SET priority = 1",
        "DELETE FROM line3_queue.pgqueuer_statistics",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)


async def test_work_vanishes_with_its_transaction(conn: Conn, server: embedded.Server) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with conn.transaction():
            await queue.enqueue(conn, "count", b"rolled back")
            raise ZeroDivisionError
    async with conn.transaction():
        await queue.enqueue(conn, "count", b"committed")
    done = Listed()
    async with working(server.app_url, done):
        await until(lambda: empty(conn))
    assert done.payloads == [b"committed"]
    assert done.works[0].attempt == 1


async def test_work_with_a_key_that_waits_is_not_added_again(conn: Conn, server: embedded.Server) -> None:
    async with conn.transaction():
        await queue.enqueue(conn, "count", b"first", dedupe_key="a")
        await queue.enqueue(conn, "count", b"dropped", dedupe_key="a")
        await queue.enqueue(conn, "count", b"other", dedupe_key="b")
        await queue.enqueue(conn, "count", b"none")
        await queue.enqueue(conn, "count", b"none")
        assert await conn.fetchval("SELECT 1") == 1
    await queue.enqueue(conn, "count", b"dropped", dedupe_key="a")
    done = Listed()
    async with working(server.app_url, done):
        await until(lambda: empty(conn))
    assert Counter(done.payloads) == {b"first": 1, b"other": 1, b"none": 2}


async def test_a_key_is_free_as_soon_as_its_work_has_begun(conn: Conn, server: embedded.Server) -> None:
    gate = Gate()
    await queue.enqueue(conn, "count", b"first", dedupe_key="a")
    async with working(server.app_url, gate):
        await gate.begun.wait()
        await queue.enqueue(conn, "count", b"second", dedupe_key="a")
        gate.open.set()
        await until(lambda: empty(conn))
    assert gate.works == [(b"first", 1), (b"second", 1)]


async def test_work_that_met_its_key_sees_what_the_dropping_transaction_wrote(
    owner: Conn, conn: Conn, server: embedded.Server
) -> None:
    """Otherwise the last change before a re-planning would be planned by nobody."""
    other = await asyncpg.connect(server.app_url)
    seen: list[tuple[bytes, int]] = []

    async def handler(work: Work) -> None:
        seen.append((work.payload, await other.fetchval("SELECT count(*) FROM seen")))

    await queue.enqueue(conn, "count", b"met", dedupe_key="a")
    async with working(server.app_url, handler):
        transaction = conn.transaction()
        await transaction.start()
        await conn.execute("INSERT INTO seen VALUES ('', 1, 1)")
        await queue.enqueue(conn, "count", b"dropped", dedupe_key="a")
        await queue.enqueue(owner, "count", b"younger")
        await until(lambda: answer((b"younger", 0) in seen))
        await transaction.commit()
        await until(lambda: empty(conn))
    await other.close()
    # Before the transaction met it, the work may have been done once; then it was added again.
    assert seen[-1] in [(b"met", 1), (b"dropped", 1)]


async def test_work_for_later_waits(conn: Conn, server: embedded.Server) -> None:
    done = Listed()
    await queue.enqueue(conn, "count", b"tomorrow", run_after=timedelta(days=1))
    await queue.enqueue(conn, "count", b"soon", run_after=timedelta(seconds=0.4))
    await queue.enqueue(conn, "count", b"now")
    async with working(server.app_url, done):
        await until(lambda: done.has(2))
    assert done.payloads == [b"now", b"soon"]


async def test_failed_work_is_tried_again_and_knows_the_attempt(conn: Conn, server: embedded.Server) -> None:
    done = Listed(failures=2)
    await queue.enqueue(conn, "count", b"x")
    async with working(server.app_url, done):
        await until(lambda: empty(conn))
    assert [work.attempt for work in done.works] == [1, 2, 3]
    assert await list_held(conn) == []


async def test_work_that_fails_five_times_is_held_and_its_reason_holds_no_personal_data(
    conn: Conn, server: embedded.Server, caplog: pytest.LogCaptureFixture
) -> None:
    done = Listed(failures=100)
    await queue.enqueue(conn, "count", b"x")
    async with working(server.app_url, done):
        await until(lambda: answer_held(conn))
    assert [work.attempt for work in done.works] == [1, 2, 3, 4, 5]
    held, *more = await list_held(conn)
    assert not more
    assert (held.kind, held.payload, held.failures) == ("count", b"x", 5)
    assert held.reason and held.reason.startswith("ValueError at ")
    logged = str(await conn.fetch("SELECT * FROM line3_queue.pgqueuer_log")) + caplog.text
    assert "ValueError" in logged
    assert "Secretperson" not in logged
    # what has arguments is not written by the allow-list of the logs
    assert not any(record.args for record in caplog.records if record.name == "line3.queue")


async def test_what_was_held_is_done_when_somebody_asks_for_it(conn: Conn, server: embedded.Server) -> None:
    done = Listed(failures=5)
    await queue.enqueue(conn, "count", b"x")
    async with working(server.app_url, done):
        await until(lambda: answer_held(conn))
        assert await retry_held(conn) == 1
        await until(lambda: empty(conn))
    assert [work.attempt for work in done.works] == [1, 2, 3, 4, 5, 1]
    assert await retry_held(conn) == 0


async def answer_held(conn: Conn) -> bool:
    return bool(await list_held(conn))


async def test_a_lost_notification_delays_work_by_a_poll_only(
    conn: Conn, owner: Conn, server: embedded.Server
) -> None:
    done = Listed()
    await owner.execute("ALTER TABLE line3_queue.pgqueuer DISABLE TRIGGER USER")
    try:
        async with working(server.app_url, done, poll=1.0):
            await until(lambda: listening(owner))
            await queue.enqueue(conn, "count", b"silent")
            await until(lambda: done.has(1), 4)
    finally:
        await owner.execute("ALTER TABLE line3_queue.pgqueuer ENABLE TRIGGER USER")


async def listening(conn: Conn) -> bool:
    return bool(
        await conn.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'line3 queue'")
    )


async def test_old_lines_of_the_log_are_tidied_but_for_work_that_is_there(
    conn: Conn, server: embedded.Server
) -> None:
    await queue.enqueue(conn, "other", b"")
    await conn.execute(
        "INSERT INTO line3_queue.pgqueuer_log (created, job_id, status, priority, entrypoint) "
        "SELECT now() - days * interval '1 day', id, 'picked', 0, 'other' "
        "FROM (SELECT 0 AS id UNION SELECT id FROM line3_queue.pgqueuer) AS work, unnest(ARRAY[6, 8]) AS days"
    )
    async with working(server.app_url, Listed()):
        await until(lambda: tidied(conn))


async def tidied(conn: Conn) -> bool:
    jobs = await conn.fetch("SELECT job_id > 0 AS there FROM line3_queue.pgqueuer_log ORDER BY job_id")
    return [row["there"] for row in jobs] == [False, True, True]


async def test_a_notification_brings_work_at_once(conn: Conn, server: embedded.Server) -> None:
    done = Listed()
    async with working(server.app_url, done, poll=60.0):
        await queue.enqueue(conn, "count", b"first")
        await until(lambda: done.has(1))
        await queue.enqueue(conn, "count", b"second")
        await until(lambda: done.has(2), 2)


async def test_stopping_ends_what_has_begun_and_takes_nothing_more(
    conn: Conn, server: embedded.Server
) -> None:
    gate = Gate()
    await queue.enqueue(conn, "count", b"begun")
    async with working(server.app_url, gate) as stop:
        await gate.begun.wait()
        stop.set()
        await queue.enqueue(conn, "count", b"left")
        gate.open.set()
    assert gate.works == [(b"begun", 1)]
    assert await conn.fetchval("SELECT array_agg(payload) FROM line3_queue.pgqueuer") == [b"left"]


async def test_of_a_kind_done_alone_what_waits_its_turn_is_left_to_others_when_the_worker_stops(
    conn: Conn, server: embedded.Server
) -> None:
    gate, done = Gate(), Listed()
    for payload in (b"first", b"second", b"third"):
        await queue.enqueue(conn, "count", payload)
    async with working(server.app_url, gate, heartbeat=1.0, alone=frozenset({"count"})) as stop:
        await gate.begun.wait()
        stop.set()
        gate.open.set()
    assert len(gate.works) == 1
    async with working(server.app_url, done, heartbeat=1.0):
        await until(lambda: empty(conn))
    assert len(done.works) == 2
    assert {work.attempt for work in done.works} == {1}


async def test_a_cancelled_worker_loses_no_work(conn: Conn, server: embedded.Server) -> None:
    gate, done = Gate(), Listed()
    await queue.enqueue(conn, "count", b"x")
    running = queue.run(server.app_url, {"count": gate}, stop=asyncio.Event(), heartbeat_seconds=1.0)
    dropped = asyncio.create_task(running)
    await gate.begun.wait()
    dropped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dropped
    async with working(server.app_url, done, heartbeat=1.0):
        await until(lambda: empty(conn))
    assert [work.attempt for work in done.works] == [2]


async def test_no_more_than_the_given_number_run_at_once(conn: Conn, server: embedded.Server) -> None:
    running, most = 0, 0

    async def handler(_: Work) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await (await asyncpg.connect(server.app_url)).close()  # takes longer than claiming the next one
        running -= 1

    for _ in range(8):
        await queue.enqueue(conn, "count", b"")
    async with working(server.app_url, handler, concurrency=1):
        await until(lambda: empty(conn))
    assert most == 1


@contextlib.contextmanager
def worker_processes(url: str, count: int, seconds: float) -> Generator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-c", WORKER, url, str(seconds)]
    workers = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


async def test_the_work_of_a_killed_worker_is_done_by_another(conn: Conn, server: embedded.Server) -> None:
    await queue.enqueue(conn, "count", b"x", dedupe_key="a")
    with worker_processes(server.app_url, 1, 60) as (victim,):
        await until(lambda: seen(conn, 1))
        os.kill(victim.pid, signal.SIGKILL)
    done = Listed()
    async with working(server.app_url, done, heartbeat=2.0):
        await until(lambda: empty(conn))
    assert [(work.payload, work.attempt) for work in done.works] == [(b"x", 2)]


async def seen(conn: Conn, count: int) -> bool:
    return await conn.fetchval("SELECT count(DISTINCT payload) FROM seen") >= count


async def test_work_that_kills_its_workers_is_held_in_the_end(conn: Conn, server: embedded.Server) -> None:
    await queue.enqueue(conn, "count", b"poison")
    await conn.execute("UPDATE line3_queue.pgqueuer SET headers = '{\"deliveries\": 10}'")
    done = Listed()
    async with working(server.app_url, done):
        await until(lambda: answer_held(conn))
    assert not done.works


async def test_long_work_keeps_its_worker_by_heartbeats(
    owner: Conn, conn: Conn, server: embedded.Server
) -> None:
    works: list[Work] = []

    async def handler(work: Work) -> None:
        works.append(work)
        await until(lambda: has_beaten_for_two_seconds(owner))

    await queue.enqueue(conn, "count", b"long")
    async with (
        working(server.app_url, handler, heartbeat=1.0),
        working(server.app_url, handler, heartbeat=1.0),
    ):
        await until(lambda: empty(conn))
    assert len(works) == 1


async def has_beaten_for_two_seconds(conn: Conn) -> bool:
    return await conn.fetchval("SELECT max(heartbeat - updated) > interval '2 s' FROM line3_queue.pgqueuer")


async def test_a_killed_database_interrupts_neither_worker_nor_handler(
    conn: Conn, server: embedded.Server
) -> None:
    gate = Gate()
    await queue.enqueue(conn, "count", b"long")
    async with working(server.app_url, gate, heartbeat=2.0, poll=2.0):
        await gate.begun.wait()
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.to_thread(server.ensure)
        again = await asyncpg.connect(server.app_url)
        await until(lambda: listening(again))

        async def woken() -> bool:
            # connected is not yet listening: a first notification may come too early, a later one does not
            await queue.enqueue(again, "count", b"after")
            return len(gate.works) > 1

        await until(woken)
        gate.open.set()
        await until(lambda: empty(again))
        await again.close()
    assert gate.works[0] == (b"long", 1)
    assert set(gate.works[1:]) == {(b"after", 1)}


@pytest.mark.parametrize("last_words", [b"", FAREWELL], ids=["silent", "farewell"])
async def test_a_database_that_answers_no_more_is_left(
    owner: Conn, conn: Conn, server: embedded.Server, tmp_path: Path, last_words: bytes
) -> None:
    """A black hole: the connection is open, and nobody speaks."""
    done, hole = Listed(), Hole()
    real = parse_qs(urlsplit(server.app_url).query)["host"][0] + "/.s.PGSQL.5432"
    standing = await asyncio.start_unix_server(
        lambda reader, writer: hole.pass_on(reader, writer, real), tmp_path / ".s.PGSQL.5432"
    )
    async with standing, working(f"postgresql://line3_app@/line3?host={tmp_path}", done, call=1.0):
        await until(lambda: listening(owner))
        hole.swallow(last_words)
        await queue.enqueue(conn, "count", b"x")
        await until(lambda: done.has(1))
        assert len(hole.open) > 2


async def test_a_worker_waits_for_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    knocks = 0

    async def knocked(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal knocks
        knocks += 1
        writer.close()

    async with (
        await asyncio.start_unix_server(knocked, tmp_path / ".s.PGSQL.5432"),
        working(f"postgresql://line3_app@/line3?host={tmp_path}", Listed()),
    ):
        await until(lambda: answer(knocks > 4))


async def test_a_thousand_pieces_of_work_and_three_workers(conn: Conn, server: embedded.Server) -> None:
    async with conn.transaction():
        for n in range(1000):
            await queue.enqueue(conn, "count", str(n).encode())
    with worker_processes(server.app_url, 3, 0) as workers:
        await until(lambda: seen(conn, 300), 30)
        os.kill(workers[0].pid, signal.SIGKILL)
        await until(lambda: empty(conn), 30)
    payloads = {row["payload"] for row in await conn.fetch("SELECT DISTINCT payload FROM seen")}
    assert payloads == {str(n).encode() for n in range(1000)}
    assert await conn.fetchval("SELECT count(DISTINCT pid) FROM seen") >= 2
