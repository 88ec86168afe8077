"""Among many: who calls is found by indexes, whatever is said of him, and what support did is not asked entry by entry."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec

from db import migrate
from db.ids import new_id
from db.pool import Database
from db.queries import callers, setup, tickets
from db.queries.support_numbers import COUNT_HANDLED
from db.rows import Conn
from tests.benchmarks.callcentre import fill
from tests.builders import place, received, settled_in
from tests.conftest import Server
from tests.db.test_migrate import TWO_AREAS_AND_A_PHONE, empty
from tests.db.test_schema import old
from tests.worlds import BEFORE, NOW, small_town

__all__ = ["empty"]
PHONE = "%9001112233"
GROWING = {
    "place",
    "subscriber",
    "contact",
    "ticket",
    "contact_entry",
    "job",
    "phone_directory",
    "address_directory",
}
WAYS: dict[str, tuple[str, list[object], set[str]]] = {
    "contract": (callers.LIST_BY_CONTRACT, ["made-77"], {"subscriber_contract_is_unique"}),
    "number": (callers.LIST_BY_NUMBER, ["t77", 20], {"ticket_by_number", "job_number_is_unique"}),
    "phone": (callers.LIST_BY_PHONE, ["%001000077", BEFORE, 20], {"phone_directory_by_end"}),
    "address": (
        callers.LIST_BY_ADDRESS,
        ["street3:* & 7", 20],
        {"address_directory_by_words", "subscriber_by_place"},
    ),
}


def read(plan: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The indexes that a plan looks something up in, and the tables that it reads from end to end."""
    indexes = {plan["Index Name"]} if "Index Cond" in plan else set[str]()
    whole = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set[str]()
    for below in plan.get("Plans", []):
        of_below, read_whole = read(below)
        indexes |= of_below
        whole |= read_whole
    return indexes, whole


def most_loops(plan: dict[str, Any]) -> int:
    """How often the table is entered that is entered most often."""
    own = plan["Actual Loops"] if plan.get("Relation Name") in GROWING else 0
    return max([own, *(most_loops(below) for below in plan.get("Plans", []))])


async def test_no_way_of_finding_a_caller_reads_a_whole_table(
    server: Server, fresh: str, database: Database
) -> None:
    """As the application, behind the wall, which not every comparison may pass."""
    await settled_in(database)
    async with database.begin([small_town.area_id]) as conn:
        await received(conn)
    owner = await asyncpg.connect(server.owner_url(fresh), server_settings={"timezone": "UTC"})
    await fill(owner, small_town, 2_000, 4_000)
    await owner.close()
    await server.run(fresh, "ANALYZE")
    async with database.begin([small_town.area_id]) as conn:
        for way, (sql, said, wanted) in WAYS.items():
            assert await conn.fetch(sql, [small_town.area_id], *said), way
            told: str = await conn.fetchval(f"EXPLAIN (FORMAT json) {sql}", [small_town.area_id], *said)
            plan = json.loads(told)[0]["Plan"]
            indexes, whole = read(plan)
            assert (whole & GROWING, wanted - indexes) == (set(), set()), (way, plan)
        month = [small_town.area_id, NOW - timedelta(days=40), NOW - timedelta(days=10), "staff", "UTC"]
        lines: list[object] = [[1, 2], [None, 900], [120, 120]]
        told = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT json) {COUNT_HANDLED}", *month, *lines)
        assert most_loops(json.loads(told)[0]["Plan"]) == 1, "a month of support is not asked entry by entry"
        ticket = await tickets.find_ticket_numbered(conn, small_town.area_id, "desk", "T77")
        assert ticket is not None
        await tickets.save_tickets(conn, [msgspec.structs.replace(ticket, caller_phone="+36201234567")])
        assert await callers.list_by_phone(conn, [small_town.area_id], "%201234567", BEFORE, 20), (
            "who calls now"
        )


async def found(conn: Conn, words: str) -> list[str]:
    return [one.contract for one in await callers.list_by_address(conn, [small_town.area_id], words, 20)]


async def test_a_place_that_moved_is_found_by_where_it_is_now(conn: Conn) -> None:
    await place(conn)
    there = small_town.made.places[3]
    moved = msgspec.structs.replace(there, address="Mill Lane 14-2", version=there.version + 1)
    assert await setup.save_places(conn, [moved]) == 1
    assert await found(conn, "mill:* & 14 & 2") == [small_town.subscribers[2].contract]
    assert small_town.subscribers[2].contract not in await found(conn, "long:* & 3")
    assert await setup.save_places(conn, [moved]) == 0, "an older version changes neither"


async def test_what_there_was_before_the_directories_is_found_too(empty: str) -> None:
    conn = await asyncpg.connect(empty)
    await old(conn)
    people = [new_id(), new_id()]
    for statement in TWO_AREAS_AND_A_PHONE.split(";")[:-1]:
        await conn.execute(statement, people, *([new_id()] if "$2" in statement else []))
    await conn.execute(
        "INSERT INTO subscriber (area_id, subscriber_id, contract, holder_name, language, place_id) "
        "SELECT id, id, 'one', 'H', 'en', id FROM unnest($1::uuid[]) AS id",
        people,
    )
    await conn.execute(
        "INSERT INTO contact SELECT id, id, id, 'H', 'holder', '+79001112233', 'en' FROM unnest($1::uuid[]) AS id",
        people,
    )
    await migrate.migrate(empty)
    assert len(await callers.list_by_phone(conn, people, PHONE, NOW, 20)) == 2
    assert len(await callers.list_by_address(conn, people, "p:*", 20)) == 2
    await conn.close()
