"""A call centre's questions to 200,000 subscribers with 300,000 tickets: who calls, each way beside that by contract, which is
a unique key, through SQL behind row-level security and over HTTP; and a month of support in numbers, beside one bare pass over
the same entries.

`--explain` prints how PostgreSQL goes about that month.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

import httpx
from rich.console import Console
from rich.table import Table

from db.queries import callers
from db.queries.support_numbers import COUNT_HANDLED
from db.rows import Conn
from dispatch.flows import support_numbers
from dispatch.flows.callers import CALLED_WITHIN, MOST
from dispatch.rules.callers import address_search, phone_searches
from dispatch.rules.running import midnight_of
from dispatch.rules.support_numbers import SupportBy
from tests.benchmarks.callcentre import CallCentre, call_centre
from tests.serving import cookie_of, serving
from tests.worlds import NOW

TIMES = 15
FIRST, LAST = date(2026, 10, 20), date(2026, 11, 18)
ASKED: Mapping[str, dict[str, str]] = {
    "contract": {"contract": "made-150000"},
    "number of a ticket": {"contract": "t150000"},
    "number of a job": {"contract": "j15000"},
    "whole phone": {"phone": "+79001150000"},
    "end of a phone": {"phone": "8 900 115-00-00"},
    "seven digits of a phone": {"phone": "115 00 00"},
    "phone of an earlier call": {"phone": "8 911 115-00-00"},
    "phone of nobody": {"phone": "8 955 115-00-00"},
    "address": {"address": "street375 1, flat 1"},
    "address of a house": {"address": "street375 1"},
}


async def through_sql(conn: Conn, area: UUID, by: Mapping[str, str]) -> list[callers.Found]:
    """As the flow searches, without what is read of those found."""
    areas = [area]
    if contract := by.get("contract"):
        return await callers.list_by_contract(conn, areas, contract) or await callers.list_by_number(
            conn, areas, contract, MOST
        )
    if phone := by.get("phone"):
        for pattern in phone_searches(phone):
            if found := await callers.list_by_phone(conn, areas, pattern, NOW - CALLED_WITHIN, MOST):
                return found
        return []
    return await callers.list_by_address(conn, areas, address_search(by["address"]), MOST)


async def timed(work: Callable[[], Awaitable[int]], times: int = TIMES) -> tuple[float, int]:
    """Median seconds after the first, which plans, and how many were found."""
    found = await work()
    spent = list[float]()
    for _ in range(times):
        began = time.perf_counter()
        await work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent), found


async def measured(made: CallCentre) -> list[tuple[str, int, float, float]]:
    """Way, how many it finds, seconds through SQL and over HTTP."""
    rows: list[tuple[str, int, float, float]] = []
    async with serving(made.folder, NOW) as served:
        header = await cookie_of(served, f"{made.world.name}.support")
        async with httpx.AsyncClient(base_url=served.url, headers=header, timeout=60) as client:
            for way, by in ASKED.items():

                async def searched(by: Mapping[str, str] = by) -> int:
                    async with made.database.begin([made.world.area_id]) as conn:
                        return len(await through_sql(conn, made.world.area_id, by))

                async def asked(by: Mapping[str, str] = by) -> int:
                    answer = await client.post("/v1/callers", json=by)
                    return len(answer.raise_for_status().json()["items"])

                (sql, found), (http, _) = await timed(searched), await timed(asked)
                rows.append((way, found, sql, http))
    return rows


BARE = """
SELECT kind, count(*), sum((facts ->> 'spentSeconds')::integer)
FROM contact_entry
WHERE area_id = $1 AND at >= $2 AND at < $3
GROUP BY kind
"""


async def month(made: CallCentre, by: SupportBy) -> tuple[str, float, float]:
    """Split so: seconds of the flow, and of a bare pass."""
    area_id = made.world.area_id
    first, last = [midnight_of(made.world.area, day) for day in (FIRST, LAST + timedelta(days=1))]

    async def counted() -> int:
        async with made.database.begin([area_id], snapshot=True) as conn:
            found = await support_numbers.count(
                conn, area_id=area_id, first_on=FIRST, last_on=LAST, by=by, own=None, now=NOW
            )
        return found.total.done

    async def bare() -> int:
        async with made.database.begin([area_id], snapshot=True) as conn:
            return len(await conn.fetch(BARE, area_id, first, last))

    (ours, done), (theirs, _) = await timed(counted, 3), await timed(bare, 5)
    return f"{by} ({done:,} done)", ours, theirs


async def explained(made: CallCentre) -> str:
    first, last = [midnight_of(made.world.area, day) for day in (FIRST, LAST + timedelta(days=1))]
    said = [made.world.area_id, first, last, "staff", "UTC", [1, 2], [None, 900], [120, 120]]
    async with made.database.begin([made.world.area_id], snapshot=True) as conn:
        rows = await conn.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {COUNT_HANDLED}", *said)
    return "\n".join(row[0] for row in rows)


async def tables(explain: bool = False) -> list[Table]:
    finding = Table(
        "by", "found", "SQL", "beside by contract", "HTTP", "beside by contract", title="Finding who calls"
    )
    counting = Table("split by", "a month", "a bare pass", "times that", title="Support in numbers")
    async with call_centre() as made:
        rows = await measured(made)
        _, _, of_sql, of_http = rows[0]
        for way, found, sql, http in rows:
            times = (
                f"{sql * 1000:.3g} ms",
                f"{sql / of_sql:.3g}",
                f"{http * 1000:.3g} ms",
                f"{http / of_http:.3g}",
            )
            finding.add_row(way, str(found), *times)
        for by in SupportBy:
            what, ours, theirs = await month(made, by)
            counting.add_row(
                what, f"{ours * 1000:,.0f} ms", f"{theirs * 1000:,.0f} ms", f"{ours / theirs:.3g}"
            )
        if explain:
            print(await explained(made))
    return [finding, counting]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--explain", action="store_true")
    for table in asyncio.run(tables(parser.parse_args().explain)):
        Console(width=120).print(table)
