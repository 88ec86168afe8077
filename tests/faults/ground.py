"""Where schedules run: a database, the application on it behind real HTTP, and areas that are copied row by row.

A copy costs a few milliseconds where a database of its own would cost a hundred: every id of the original is another one in
the copy, and so are the names that must be unique. Rows are taken and put as the owner, past all triggers, which is also how
an area is set back to an older state.
"""

import logging
import random
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import asyncpg
from litestar import Litestar

from api.app import build
from db.ids import new_id
from db.pool import Database
from tests import worlds
from tests.builders import Town, settled_in, terms
from tests.e2e.chromium import serve
from tests.faults.frail import CURRENT, clock, edged, frail_database
from tests.worlds import NOW

KINDS = ("wifi_setup", "wifi_setup", "equipment_failure", "cable_break")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_VARIED = ~(0xF << 76) & ~(0b11 << 62) & (2**128 - 1)
"""All bits of an id but those that say of which form it is."""

TABLES = """
SELECT column_of.table_name
FROM information_schema.columns AS column_of
JOIN information_schema.tables USING (table_schema, table_name)
WHERE column_of.column_name = 'area_id' AND table_schema = 'public' AND table_type = 'BASE TABLE'
ORDER BY 1
"""
STAFF = "SELECT coalesce(jsonb_agg(staff), '[]')::text FROM staff JOIN staff_area_role USING (staff_id) WHERE area_id = $1"


class Original(NamedTuple):
    """An area whose rows are copied, as text."""

    name: str
    rows: dict[str, str]
    area_id: UUID
    technicians: list[UUID]
    staff: list[UUID]
    """Who these technicians are."""
    dispatcher: UUID
    contracts: list[str]
    tickets: list[str]
    kinds: list[str]
    """Of contracts, tickets and jobs, each the same place in its list."""
    tariff: UUID


class Copied(NamedTuple):
    """A copy: the same, with ids of its own."""

    area_id: UUID
    technicians: list[UUID]
    staff: list[UUID]
    dispatcher: UUID
    contracts: list[str]
    tickets: list[str]
    kinds: list[str]
    tariff: UUID


class Ground:
    """One database, its application, and the originals in it."""

    def __init__(self, database: Database, owner: "asyncpg.Pool[asyncpg.Record]", url: str) -> None:
        self.database = database
        self.owner = owner
        self.url = url
        self.tables: list[str] = []
        self.originals: list[Original] = []

    async def begin(self, originals: int) -> None:
        """Make what is copied: small worlds, their rounds out."""
        async with self.owner.acquire() as conn:
            self.tables = [row[0] for row in await conn.fetch(TABLES)]
        for number in range(originals):
            self.originals.append(await self._original(number))

    async def _original(self, number: int) -> Original:
        chance = random.Random(number)
        technicians, jobs = 3 - (number % 3 > 0), chance.randint(4, 8)
        world = worlds.build(f"originals{number:03}", technicians, jobs)
        await settled_in(self.database, world)
        town = Town(self.database, world)
        kinds = [chance.choice(KINDS) for _ in range(jobs)]
        for job, kind in enumerate(kinds):
            agreed = {"terms": terms()} if job % 2 else {}
            made = await town.job(
                kind,
                ticketNumber=f"{world.name}-{job}",
                contract=world.subscribers[job].contract,
                affected=chance.randint(1, 40),
                **agreed,
            )
            await town.out(
                made, 1 + job % technicians, at=NOW + timedelta(hours=2, minutes=45 * (job // technicians))
            )
        people = [person.technician_id for person in world.technicians]
        return Original(
            name=world.name,
            rows=await self.rows_of(world.area_id),
            area_id=world.area_id,
            technicians=people,
            staff=[world.staff_id(f"technician{one}") for one in range(1, technicians + 1)],
            dispatcher=world.staff_id("dispatcher"),
            contracts=[subscriber.contract for subscriber in world.subscribers],
            tickets=[f"{world.name}-{job}" for job in range(jobs)],
            kinds=kinds,
            tariff=world.tariff.tariff_id,
        )

    async def rows_of(self, area_id: UUID) -> dict[str, str]:
        """All rows of an area, by table, as JSON; and of its people."""
        found: dict[str, str] = {}
        async with self.owner.acquire() as conn, conn.transaction(isolation="repeatable_read"):
            for table in self.tables:
                sql = f"SELECT coalesce(jsonb_agg(t), '[]')::text FROM {table} AS t WHERE area_id = $1"
                found[table] = await conn.fetchval(sql, area_id)
            found["staff"] = await conn.fetchval(STAFF, area_id)
        return {table: rows for table, rows in found.items() if rows != "[]"}

    async def copy(self, original: Original, seed: int) -> Copied:
        """The same area once more."""
        name = f"area{new_id().hex[-12:]}"
        mask = random.Random(seed ^ new_id().int).getrandbits(128) & _VARIED
        changed = _changed(mask)
        rows = {
            table: _ID.sub(lambda found: str(changed(UUID(found[0]))), text)
            .replace(original.name.title(), name)
            .replace(original.name, name)
            for table, text in original.rows.items()
        }
        await self._put(rows)
        return Copied(
            area_id=changed(original.area_id),
            technicians=[changed(one) for one in original.technicians],
            staff=[changed(one) for one in original.staff],
            dispatcher=changed(original.dispatcher),
            contracts=[contract.replace(original.name, name) for contract in original.contracts],
            tickets=[ticket.replace(original.name, name) for ticket in original.tickets],
            kinds=original.kinds,
            tariff=changed(original.tariff),
        )

    async def _put(self, rows: dict[str, str]) -> None:
        parts = [
            f"{table}_put AS (INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb -> '{table}'))"
            for table in sorted(rows)
        ]
        said = "{" + ",".join(f'"{table}":{text}' for table, text in rows.items()) + "}"
        async with self.owner.acquire() as conn, conn.transaction():
            await conn.execute("SET LOCAL session_replication_role = replica")
            await conn.execute(f"WITH {', '.join(parts)} SELECT 1", said)

    async def set_back(self, area_id: UUID, rows: dict[str, str]) -> None:
        """The area as it was, and another epoch for the whole installation."""
        async with self.owner.acquire() as conn, conn.transaction():
            await conn.execute("SET LOCAL session_replication_role = replica")
            for table in self.tables:
                await conn.execute(f"DELETE FROM {table} WHERE area_id = $1", area_id)
            await conn.execute("UPDATE installation SET epoch = gen_random_uuid()")
        await self._put({table: text for table, text in rows.items() if table != "staff"})


def _changed(mask: int) -> Callable[[UUID], UUID]:
    return lambda known: UUID(int=known.int ^ mask)


class Complaints(logging.Handler):
    """What is logged as an error is told to the schedule whose request it was."""

    def emit(self, record: logging.LogRecord) -> None:
        request = CURRENT.get()
        if request is not None and record.levelno >= logging.ERROR:
            request.life.complaints.append(
                f"the server logged {record.getMessage()} {record.exc_info and record.exc_info[1]!r}"
            )


@asynccontextmanager
async def ground(app_url: str, owner_url: str, originals: int = 6) -> AsyncGenerator[Ground]:
    """On a migrated database, which is left as it then is."""
    async with AsyncExitStack() as stack:
        database = await frail_database(app_url)
        stack.push_async_callback(database.close)
        owner = await asyncpg.create_pool(owner_url, min_size=1, max_size=4)
        stack.push_async_callback(owner.close)
        app = edged(cast("Any", build(database, clock)))
        url = await stack.enter_async_context(serve(cast("Litestar", app)))
        listening = Complaints()
        logging.getLogger().addHandler(listening)
        stack.callback(logging.getLogger().removeHandler, listening)
        made = Ground(database, owner, url)
        await made.begin(originals)
        yield made
