"""A year of 60 technicians in numbers: how long each split takes, through SQL and rules, behind row-level security.

`--explain` prints how PostgreSQL goes about the slowest statement of each.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from db import embedded
from db.migrate import analyze, migrate
from db.pool import Database, open_database
from db.queries.numbers import COUNT_VISITS
from db.rows import prepare_connection
from dispatch.flows import numbers
from dispatch.rules.numbers import By
from dispatch.rules.statistics import ATTENDED
from tests.builders import settled_in
from tests.conftest import see
from tests.past import Chronicler, built, keep
from tests.worlds import NOW, World

CREW, SUBSCRIBERS, DAYS, VISITS = 60, 20_000, 365, 8
FIRST = date(2025, 11, 1)
TIMES = 3


async def fill(database: Database, world: World, url: str) -> int:
    """How many visits it are. Over a connection of its own: a year takes longer than a transaction may."""
    await settled_in(database, world)
    past = Chronicler(world, world.technicians, 1).tell(FIRST, DAYS, VISITS)
    conn = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        await prepare_connection(conn)
        async with conn.transaction():
            await see(conn, world.area_id)
            await keep(conn, past)
    finally:
        await conn.close()
    return len(past.visits)


def spent(pid: int) -> float:
    """Seconds of a processor that this process has had: what a busy machine does not change."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def timed(database: Database, world: World, by: By, days: int) -> str:
    """Medians: milliseconds of the clock, and of the database's processor."""
    clock, processor = list[float](), list[float]()
    last = FIRST + timedelta(days=days - 1)
    for _ in range(TIMES):
        async with database.begin([world.area_id], snapshot=True) as conn:
            pid = conn.get_server_pid()
            began, before = time.perf_counter(), spent(pid)
            await numbers.count(
                conn, area_id=world.area_id, first_on=FIRST, last_on=last, by=by, language="en", now=NOW
            )
            clock.append(time.perf_counter() - began)
            processor.append(spent(pid) - before)
    return f"{statistics.median(clock) * 1000:,.0f} ({statistics.median(processor) * 1000:,.0f})"


async def explained(database: Database, world: World, by: By) -> str:
    last = FIRST + timedelta(days=DAYS - 1)
    async with database.begin([world.area_id], snapshot=True) as conn:
        rows = await conn.fetch(
            f"EXPLAIN (ANALYZE, BUFFERS) {COUNT_VISITS}",
            world.area_id,
            FIRST,
            last,
            by.value,
            sorted(ATTENDED),
        )
    return "\n".join(row[0] for row in rows)


async def measured(explain: bool) -> None:
    console = Console()
    with tempfile.TemporaryDirectory(prefix="line3-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        with embedded.start(Path(folder) / "data") as server:
            await migrate(server.owner_url)
            database = await open_database(server.app_url)
            world = built("year", CREW, SUBSCRIBERS)
            visits = await fill(database, world, server.app_url)
            await analyze(server.owner_url)
            table = Table(
                "split by",
                "a day",
                "28 days",
                "a year",
                title=f"{visits:,} visits, {CREW} technicians: ms (of them at work in the database)",
            )
            for by in By:
                table.add_row(by, *[await timed(database, world, by, days) for days in (1, 28, DAYS)])
            console.print(table)
            for by in (By.DAY, By.DISTRICT) if explain else ():
                print(await explained(database, world, by))
            await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--explain", action="store_true")
    asyncio.run(measured(parser.parse_args().explain))
