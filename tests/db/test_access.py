"""The second wall: what `line3_app` cannot do, whatever a query forgets."""

from datetime import UTC, datetime

import asyncpg
import pytest

from db import errors, pool, rows
from db.ids import new_id
from db.queries import jobs
from db.rows import Conn
from tests.builders import place, received
from tests.conftest import Server, see
from tests.db.test_schema import OUTSIDE, column, tables
from tests.worlds import quiet_street, small_town

AT = datetime(2026, 11, 24, tzinfo=UTC)


async def test_another_areas_rows_are_invisible(conn: Conn) -> None:
    await place(conn, quiet_street)
    await place(conn, small_town)
    job = await received(conn, quiet_street)
    await see(conn, small_town.area_id)
    assert await jobs.find_job(conn, job.area_id, job.job_id) is None
    assert await conn.fetchval("SELECT count(*) FROM subscriber") == small_town.jobs
    await see(conn, quiet_street.area_id, small_town.area_id)
    assert await jobs.find_job(conn, job.area_id, job.job_id) == job
    assert await conn.fetchval("SELECT count(*) FROM subscriber") == small_town.jobs + quiet_street.jobs


async def test_with_an_empty_context_nothing_of_any_area_is_visible(conn: Conn) -> None:
    await place(conn, small_town)
    await received(conn)
    for areas in ([], [new_id()]):
        await see(conn, *areas)
        for table in sorted(await tables(conn) - OUTSIDE):
            assert await conn.fetchval(f'SELECT count(*) FROM "{table}"') == 0, table


async def test_without_any_context_nothing_of_any_area_is_visible(scratch: str) -> None:
    found = await asyncpg.connect(scratch)
    assert await found.fetchval("SELECT count(*) FROM subscriber") == 0
    await found.close()


async def test_another_areas_rows_can_be_neither_written_nor_changed(conn: Conn) -> None:
    await place(conn, quiet_street)
    job = await received(conn, quiet_street)
    await see(conn, small_town.area_id)
    with pytest.raises(errors.AccessRefused):
        async with conn.transaction():
            await jobs.insert_jobs(conn, [job])
    assert await rows.execute(conn, "UPDATE job SET priority = 1 WHERE job_id = $1", job.job_id) == 0


async def test_a_row_cannot_be_moved_into_another_area(conn: Conn) -> None:
    await place(conn, quiet_street)
    job = await received(conn, quiet_street)
    await see(conn, quiet_street.area_id)
    with pytest.raises(errors.AccessRefused):
        await rows.execute(
            conn, "UPDATE job SET area_id = $2 WHERE job_id = $1", job.job_id, small_town.area_id
        )


APPEND_ONLY = [
    *("journal", "report", "consent", "quote", "charge", "charge_reversal", "escalation", "stock_move"),
    *("feed_change", "job_kind_version", "tariff", "tariff_line", "terms_text"),
]


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_was_recorded_can_be_neither_changed_nor_removed(conn: Conn, table: str) -> None:
    for sql in (f"UPDATE {table} SET area_id = area_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(errors.AccessRefused):
            async with conn.transaction():
                await rows.execute(conn, sql)


@pytest.mark.parametrize(
    "table", ["job", "closure", "review", "inbox", "appointment", "ticket", "photo", "outbox"]
)
async def test_what_happened_is_never_removed(conn: Conn, table: str) -> None:
    with pytest.raises(errors.AccessRefused):
        await rows.execute(conn, f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE inbox SET raw = ''",
        "UPDATE closure SET action = 'clean'",
        "UPDATE closure SET liability = 'subscriber'",
        "UPDATE photo SET content_hash = ''",
        "UPDATE outbox SET payload = '{}'",
    ],
)
async def test_what_was_said_stays_as_it_was_said(conn: Conn, sql: str) -> None:
    with pytest.raises(errors.AccessRefused):
        await rows.execute(conn, sql)


async def test_of_a_report_only_its_outcome_may_change(conn: Conn) -> None:
    assert await rows.execute(conn, "UPDATE report SET status = 'applied', reason = NULL") == 0
    with pytest.raises(errors.AccessRefused):
        await rows.execute(conn, "UPDATE report SET body = '{}'")


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE job DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE job ADD COLUMN more text",
        "DROP TABLE job",
        "DROP POLICY area_wall ON job",
        "CREATE TABLE mine (n integer)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE line3_owner",
        "ALTER ROLE line3_app BYPASSRLS",
        "GRANT ALL ON job TO PUBLIC",
        "UPDATE installation SET demo = true",
        "INSERT INTO schema_migration VALUES (2, now())",
        "DELETE FROM schema_migration",
    ],
)
async def test_the_application_can_change_nothing_of_the_schema(conn: Conn, sql: str) -> None:
    if sql.startswith("GRANT"):  # PostgreSQL only warns
        await conn.execute(sql)
        granted = "SELECT has_table_privilege('public', 'job', 'SELECT')"
        assert not await conn.fetchval(
            "SELECT bool_or(grantee = 0) FROM pg_class, aclexplode(relacl) WHERE relname = 'job'"
        ), granted
        return
    with pytest.raises(
        (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError)
    ):
        await conn.execute(sql)


async def test_the_application_owns_nothing_and_passes_nothing(conn: Conn) -> None:
    assert (
        await column(conn, "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'line3_app'") == []
    )
    row = await conn.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'line3_app'"
    )
    assert row is not None
    assert not any(row.values())
    sql = "SELECT count(*) FROM pg_auth_members WHERE member = 'line3_app'::regrole"
    assert await conn.fetchval(sql) == 0


async def test_row_level_security_is_forced_on_every_table_of_an_area(conn: Conn) -> None:
    sql = """
    SELECT relname
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)
    """
    assert set(await column(conn, sql)) == OUTSIDE
    policies = await column(conn, "SELECT tablename FROM pg_policies WHERE policyname = 'area_wall'")
    assert set(policies) == await tables(conn) - OUTSIDE


async def test_start_up_refuses_a_superuser(server: Server, fresh: str) -> None:
    with pytest.raises(pool.NotForSuperusers):
        await pool.open_database(server.owner_url(fresh))


async def test_who_is_lent_brings_his_own_rows_along_and_nothing_else(conn: Conn) -> None:
    await place(conn, quiet_street)
    await place(conn, small_town)
    await received(conn, small_town)
    lent = small_town.technicians[0]
    sql = "UPDATE technician_day SET area_id_worked = $1 WHERE technician_id = $2 AND on_day = $3"
    await conn.execute(sql, quiet_street.area_id, lent.technician_id, small_town.made.days[0].on_day)
    await see(conn, quiet_street.area_id)
    own = quiet_street.technicians[0].technician_id
    for table in ("technician", "technician_day", "feed", "stock"):
        seen = await column(conn, f'SELECT DISTINCT technician_id FROM "{table}"')
        assert set(seen) == {own, lent.technician_id}, table
    # of his days the one that is worked here
    sql = "SELECT count(*) FROM technician_day WHERE technician_id = $1"
    assert await conn.fetchval(sql, lent.technician_id) == 1
    places = {*(row.place_id for row in quiet_street.made.places), lent.start_place_id}
    assert set(await column(conn, "SELECT place_id FROM place")) == places
    for table in ("job", "subscriber", "job_kind_version"):
        sql = f'SELECT count(*) FROM "{table}" WHERE area_id = $1'
        assert await conn.fetchval(sql, small_town.area_id) == 0, table
    await see(conn, small_town.area_id)
    assert await conn.fetchval("SELECT count(*) FROM technician") == len(small_town.technicians)
