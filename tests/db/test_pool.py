"""Connections and transactions, with real deadlocks, real time-outs and a server that really goes away."""

import asyncio
import contextlib
import os
import signal

import pytest

from db import embedded, errors, migrate, pool
from db.pool import Database, open_database
from db.queries import areas
from db.rows import Conn, execute, fetch_value
from tests.builders import settled_in
from tests.conftest import Server
from tests.db.test_embedded import open_folder
from tests.worlds import small_town

AREA = small_town.area_id
PRIORITY = "UPDATE subscriber SET version = version + 1 WHERE contract = $1"


async def test_two_transactions_that_deadlock_both_succeed(database: Database) -> None:
    await settled_in(database)
    tries: list[int] = [0, 0]
    met = [asyncio.Event(), asyncio.Event()]

    async def cross(conn: Conn, me: int) -> None:
        tries[me] += 1
        mine, others = small_town.subscribers[me].contract, small_town.subscribers[1 - me].contract
        await execute(conn, PRIORITY, mine)
        met[me].set()
        await met[1 - me].wait()
        await execute(conn, PRIORITY, others)

    await asyncio.gather(*(database.transact([AREA], lambda conn, me=me: cross(conn, me)) for me in (0, 1)))
    assert sum(tries) == 3
    async with database.begin([AREA]) as conn:
        sql = "SELECT count(*) FROM subscriber WHERE version = 3"
        assert await fetch_value(conn, sql) == 2


async def test_what_a_transaction_raises_is_rolled_back_and_passes_unchanged(database: Database) -> None:
    await settled_in(database)
    with pytest.raises(LookupError):
        async with database.begin([AREA]) as conn:
            await execute(conn, "DELETE FROM technician_day")
            raise LookupError
    async with database.begin([AREA]) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM technician_day") == 9


async def test_a_transaction_sees_its_own_areas_and_the_next_one_nothing(database: Database) -> None:
    await settled_in(database)
    count = "SELECT count(*) FROM subscriber"
    async with database.begin([AREA]) as conn:
        assert await fetch_value(conn, count) == 6
    for _ in range(5):
        async with database.begin() as conn:
            assert await fetch_value(conn, count) == 0
            assert len(await areas.list_areas(conn)) == 1


async def test_a_snapshot_sees_one_state_of_the_database(database: Database) -> None:
    await settled_in(database)
    sql = "SELECT version FROM subscriber WHERE contract = $1"
    contract = small_town.subscribers[0].contract
    async with database.begin([AREA], snapshot=True) as reader, database.begin([AREA]) as plain:
        assert await fetch_value(reader, sql, contract) == 1
        assert await fetch_value(plain, sql, contract) == 1
        await database.transact([AREA], lambda conn: execute(conn, PRIORITY, contract))
        assert await fetch_value(reader, sql, contract) == 1
        assert await fetch_value(plain, sql, contract) == 2


async def test_a_lock_that_does_not_come_is_unavailable_not_for_ever(database: Database) -> None:
    await settled_in(database)
    contract = small_town.subscribers[0].contract
    async with database.begin([AREA]) as holder:
        await execute(holder, PRIORITY, contract)
        with pytest.raises(errors.Unavailable):
            async with database.begin([AREA]) as conn:
                await conn.execute("SET LOCAL lock_timeout = '50ms'")
                await execute(conn, PRIORITY, contract)


async def test_a_statement_that_takes_too_long_is_unavailable(database: Database) -> None:
    with pytest.raises(errors.Unavailable):
        async with database.begin() as conn:
            await conn.execute("SET LOCAL statement_timeout = '50ms'")
            await conn.execute("SELECT pg_sleep(10)")
    async with database.begin() as conn:
        assert await conn.fetchval("SELECT 1") == 1


async def test_time_limits_are_set_on_every_connection(database: Database) -> None:
    async with database.begin() as conn:
        for name, wanted in (
            ("lock_timeout", "4s"),
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("TimeZone", "UTC"),
        ):
            assert await conn.fetchval("SELECT current_setting($1)", name) == wanted


async def test_a_server_that_goes_away_is_unavailable_and_comes_back_by_itself() -> None:
    with open_folder() as folder, embedded.start(folder) as server:
        await migrate.migrate(server.owner_url)
        database = await open_database(server.app_url, revive=server.ensure)
        with pytest.raises(errors.Unavailable):
            async with database.begin() as conn:
                assert server.pid is not None
                os.kill(server.pid, signal.SIGKILL)
                await until_it_fails(conn)
        async with asyncio.timeout(30):
            assert await until_it_answers(database) == 1
        await database.close()


async def until_it_fails(conn: Conn) -> None:
    while True:
        await conn.fetchval("SELECT 1")
        await asyncio.sleep(0.02)


async def until_it_answers(database: Database) -> int:
    while True:
        with contextlib.suppress(errors.Unavailable):
            async with database.begin() as conn:
                return await conn.fetchval("SELECT 1")
        await asyncio.sleep(0.05)


async def test_a_wrong_address_is_unavailable() -> None:
    with pytest.raises(errors.Unavailable):
        await open_database("postgresql://nobody@127.0.0.1:1/nothing")


async def test_the_owner_is_refused(server: Server, fresh: str) -> None:
    with pytest.raises(pool.NotForSuperusers):
        await open_database(server.owner_url(fresh))
