"""A quarter of a year of a region's call centre, made by SQL: 200,000 subscribers, 300,000 tickets, a million entries of what
was done about them, and a job of every tenth."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg

from db import embedded
from db.migrate import analyze, migrate
from db.pool import Database, open_database
from db.rows import Conn
from tests.builders import received, settled_in
from tests.worlds import NOW, World, build

SUBSCRIBERS, TICKETS, DAYS = 200_000, 300_000, 90
PLACES = """
INSERT INTO place (area_id, place_id, address, latitude, longitude, found_by)
SELECT $1, md5('p' || n)::uuid, 'Street' || n / 400 || ' ' || n / 20 % 20 + 1 || ', flat ' || n % 20 + 1, 55, 37, 'given'
FROM generate_series(1, $2::integer) AS n
"""
SUBSCRIBED = """
INSERT INTO subscriber (area_id, subscriber_id, contract, holder_name, language, place_id)
SELECT $1, md5('s' || n)::uuid, 'made-' || n, 'Holder ' || n, 'ru', md5('p' || n)::uuid
FROM generate_series(1, $2::integer) AS n
"""
ADDRESSES = """
INSERT INTO address_directory (area_id, place_id, address)
SELECT area_id, place_id, address
FROM place
WHERE area_id = $1
ON CONFLICT DO NOTHING
"""
PHONES = """
INSERT INTO phone_directory (phone, area_id, subscriber_id)
SELECT phone, area_id, subscriber_id
FROM contact
WHERE area_id = $1
UNION
SELECT caller_phone, area_id, subscriber_id
FROM ticket
WHERE area_id = $1 AND caller_phone <> ''
"""
CONTACTS = """
INSERT INTO contact (area_id, contact_id, subscriber_id, name, relation, phone, language)
SELECT $1, md5('c' || n)::uuid, md5('s' || n)::uuid, 'Holder ' || n, 'holder', '+7900' || 1000000 + n, 'ru'
FROM generate_series(1, $2::integer) AS n
"""
OPENED = """
INSERT INTO ticket (
    area_id, ticket_id, source, ticket_number, subscriber_id, reported_at, state, channel, line, language, symptom,
    description, caller_name, caller_relation, caller_phone, priority, skills, resolution, resolved_at, closed_at
)
SELECT $1, md5('t' || n)::uuid, 'desk', 'T' || n, md5('s' || n * 7919::bigint % $3 + 1)::uuid,
       $4::timestamptz - make_interval(secs => n * $5), 'closed', CASE n % 10 WHEN 0 THEN 'chat' ELSE 'phone' END,
       1 + n % 2, 'ru', 'no_internet', '', '', 'holder', '+7911' || 1000000 + n, 3, '{}', 'restarted', $4, $4
FROM generate_series(1, $2::integer) AS n
"""
DONE = """
INSERT INTO contact_entry (area_id, contact_entry_id, ticket_id, subscriber_id, at, line, staff_id, kind, facts)
SELECT area_id, md5('e' || said.part || n)::uuid, ticket_id, subscriber_id, reported_at + said.after, said.line,
       md5('staff' || n % 60)::uuid, said.kind, said.facts
FROM ticket
CROSS JOIN LATERAL (SELECT substr(ticket_number, 2)::integer AS n) AS its
CROSS JOIN LATERAL (VALUES
    (1, 'opened', 1, interval '0', jsonb '{}'),
    (2, 'taken', 1, interval '40 s', jsonb_build_object('waitedSeconds', n % 180)),
    (3, 'handed_over', 1, interval '5 min', jsonb_build_object('from', 1, 'to', 2, 'spentSeconds', 60 + n % 900)),
    (4, 'resolved', 2, interval '12 min', jsonb_build_object('resolution', 'restarted', 'spentSeconds', 60 + n % 1200))
) AS said (part, kind, line, after, facts)
WHERE ticket.area_id = $1 AND (said.part <> 3 OR n % 3 = 0)
"""
PEOPLE = """
INSERT INTO staff (staff_id, login, display_name, language, active)
SELECT md5('staff' || n)::uuid, 'desk.' || n, 'Person ' || n, 'ru', true FROM generate_series(0, 59) AS n
"""
OWED = """
INSERT INTO job
SELECT (jsonb_populate_record(job, jsonb_build_object(
    'job_id', md5('j' || n)::uuid, 'number', 'J' || n, 'subscriber_id', md5('s' || n * 10)::uuid
))).*
FROM job, generate_series(1, $2::integer / 10) AS n
WHERE area_id = $1
"""


class CallCentre(NamedTuple):
    """Where it lies, and as which area."""

    folder: Path
    database: Database
    world: World


async def fill(conn: Conn, world: World, subscribers: int, tickets: int) -> None:
    """By the owner of the server, who passes the wall and need not have references looked up."""
    area_id = world.area_id
    await conn.execute("SET session_replication_role = replica")
    for made in (PLACES, SUBSCRIBED, CONTACTS):
        await conn.execute(made, area_id, subscribers)
    apart = timedelta(days=DAYS).total_seconds() / tickets
    await conn.execute(OPENED, area_id, tickets, subscribers, NOW, apart)
    await conn.execute(PEOPLE)
    for made in (ADDRESSES, PHONES, DONE):
        await conn.execute(made, area_id)
    await conn.execute(OWED, area_id, subscribers)


@asynccontextmanager
async def call_centre(subscribers: int = SUBSCRIBERS, tickets: int = TICKETS) -> AsyncGenerator[CallCentre]:
    """In a database of its own."""
    with tempfile.TemporaryDirectory(prefix="line3-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with embedded.start(folder / "data") as server:
            await migrate(server.owner_url, demo=True)
            database = await open_database(server.app_url)
            world = await settled_in(database, build("calls", 2, 2))
            async with database.begin([world.area_id]) as conn:
                await received(conn, world)
            conn = await asyncpg.connect(server.owner_url, server_settings={"timezone": "UTC"})
            try:
                await fill(conn, world, subscribers, tickets)
            finally:
                await conn.close()
            await analyze(server.owner_url)
            yield CallCentre(folder, database, world)
            await database.close()
