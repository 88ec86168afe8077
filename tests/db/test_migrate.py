"""`line3 migrate` on real databases."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import msgspec
import pytest

from db import errors, migrate
from db.ids import new_id
from db.records import AreaSettings, PlanWeights
from tests.conftest import Server
from tests.db.test_schema import old

NEWEST = migrate.migrations()[-1][0]


@pytest.fixture
async def empty(server: Server) -> AsyncGenerator[str]:
    """The owner's URL of a database without a table."""
    name = f"{server.template}_{new_id().hex[-8:]}"
    await server.create(name)
    yield server.owner_url(name)
    await server.drop(name)


async def test_run_many_times_at_once_it_migrates_once(empty: str) -> None:
    assert await asyncio.gather(*(migrate.migrate(empty) for _ in range(4))) == [NEWEST] * 4
    conn = await asyncpg.connect(empty)
    assert await conn.fetchval("SELECT count(*) FROM installation") == 1
    assert [row["number"] for row in await conn.fetch("SELECT number FROM schema_migration ORDER BY 1")] == [
        *range(1, NEWEST + 1)
    ]
    await conn.close()


async def test_again_it_changes_nothing(empty: str) -> None:
    await migrate.migrate(empty)
    conn = await asyncpg.connect(empty)
    before = await conn.fetchrow("SELECT epoch, cursor_key FROM installation")
    at = await conn.fetchval("SELECT at FROM schema_migration")
    assert await migrate.migrate(empty) == NEWEST
    assert await conn.fetchrow("SELECT epoch, cursor_key FROM installation") == before
    assert await conn.fetchval("SELECT at FROM schema_migration") == at
    await conn.close()


async def test_a_failure_in_the_middle_leaves_nothing_behind(empty: str) -> None:
    conn = await asyncpg.connect(empty)
    await conn.execute("CREATE TABLE journal (mine integer)")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate.migrate(empty)
    assert await conn.fetchval("SELECT to_regclass('area')") is None
    assert await conn.fetchval("SELECT to_regclass('schema_migration')") is None
    await conn.close()


async def test_without_a_server_it_says_so(empty: str) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    with pytest.raises(errors.Unavailable):
        await migrate.migrate(nowhere)


def test_every_machine_that_knows_the_owners_url_knows_the_applications() -> None:
    owner = "postgresql://owner:s%40cret@db.example:5433/line3?sslmode=require"
    app = migrate.app_url(owner)
    assert app == migrate.app_url(owner)
    assert app.startswith("postgresql://line3_app:")
    assert app.endswith("@db.example:5433/line3?sslmode=require")
    assert migrate.app_password(owner) != migrate.app_password(owner.replace("cret", "CRET"))


async def test_a_process_that_starts_waits_for_nobody_who_works(empty: str) -> None:
    await migrate.migrate(empty)
    working = await asyncpg.connect(migrate.app_url(empty))
    async with working.transaction():
        await working.execute("SELECT FROM job")
        async with asyncio.timeout(10):
            assert await migrate.migrate(empty) == NEWEST
    await working.close()


async def test_other_rights_are_granted_though_no_migration_is_new(empty: str) -> None:
    await migrate.migrate(empty)
    conn = await asyncpg.connect(empty)
    await conn.execute("REVOKE SELECT ON job FROM line3_app")
    await conn.execute("COMMENT ON TABLE schema_migration IS 'the rights of an older line3'")
    await migrate.migrate(empty)
    assert await conn.fetchval("SELECT has_table_privilege('line3_app', 'job', 'SELECT')")
    await conn.close()


TWO_AREAS_AND_A_PHONE = """
INSERT INTO area (area_id, code, name, time_zone, currency, language)
SELECT id, id::text, 'A', 'UTC', 'RUB', 'en' FROM unnest($1::uuid[]) AS id;
INSERT INTO staff (staff_id, login, display_name, language)
SELECT id, id::text, 'S', 'en' FROM unnest($1::uuid[]) AS id;
INSERT INTO place (area_id, place_id, address, latitude, longitude, found_by)
SELECT id, id, 'P', 1, 1, 'given' FROM unnest($1::uuid[]) AS id;
INSERT INTO technician (area_id, technician_id, staff_id, display_name, skills, start_place_id, overtime_max)
SELECT id, id, id, 'T', '{}', id, interval '0' FROM unnest($1::uuid[]) AS id;
INSERT INTO device (area_id, device_id, technician_id, name, enrolled_at, last_seen_at)
SELECT id, $2, id, 'D', now(), now() - position * interval '1 hour'
FROM unnest($1::uuid[]) WITH ORDINALITY AS one (id, position);
"""


async def test_a_phone_that_two_areas_enrolled_is_whose_it_was_last(empty: str) -> None:
    conn = await asyncpg.connect(empty)
    await old(conn)
    people, device_id = [new_id() for _ in range(3)], new_id()
    for statement in TWO_AREAS_AND_A_PHONE.split(";")[:-1]:
        await conn.execute(statement, people, *([device_id] if "$2" in statement else []))
    await migrate.migrate(empty)
    found = await conn.fetch("SELECT device_id, staff_id FROM device_directory")
    assert [tuple(row) for row in found] == [(device_id, people[0])]
    await conn.close()


async def test_weights_that_an_area_has_keep_within_their_limits(empty: str) -> None:
    conn = await asyncpg.connect(empty)
    await old(conn)
    said = '{"weights": {"travel": 2.0, "overtime": 1e9, "outage_per_minute": 0.25, "mood": 3}, "offers": 4}'
    await conn.execute(
        "INSERT INTO area (area_id, code, name, time_zone, currency, language, settings)"
        " VALUES ($1, 'a', 'A', 'UTC', 'RUB', 'en', $2)",
        new_id(),
        said,
    )
    await migrate.migrate(empty)
    settings = msgspec.json.decode(await conn.fetchval("SELECT settings FROM area"), type=AreaSettings)
    assert settings == AreaSettings(
        offers=4, weights=PlanWeights(travel=2, overtime=100, outage_per_minute=0.25)
    )
    await conn.close()


async def test_what_came_in_bulk_is_known_to_the_planner(empty: str) -> None:
    await migrate.migrate(empty)
    conn = await asyncpg.connect(empty)
    await conn.execute(
        "INSERT INTO area (area_id, code, name, time_zone, currency, language, settings)"
        " SELECT gen_random_uuid(), 'a' || n, 'A', 'UTC', 'RUB', 'en', '{}' FROM generate_series(1, 500) AS n"
    )
    known = "SELECT reltuples FROM pg_class WHERE oid = 'area'::regclass"
    assert await conn.fetchval(known) == -1
    await migrate.analyze(empty)
    assert await conn.fetchval(known) == 500
    await conn.close()
