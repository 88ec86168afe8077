"""`make bench`: each figure beside something it can be compared with, run in the same minute on the same machine.

Nothing here is asserted: machines are shared and noisy. Ratios are what to look at.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from geopy.distance import geodesic
from rich.console import Console
from rich.table import Table

from db import embedded
from db.migrate import migrate
from db.pool import Database, open_database
from optimizer.check import check
from optimizer.distances import straight
from optimizer.solve import solve
from tests.benchmarks import board, frames, insertion, quoting, support
from tests.builders import Phone, hand_out, received, settled_in
from tests.optimizer.worlds import town
from tests.worlds import World, small_town


class Row:
    """One line: what, how fast, beside what, how many times that."""

    def __init__(self, what: str, seconds: float, beside: str, theirs: float) -> None:
        self.cells = (what, shown(seconds), beside, shown(theirs), f"{theirs / seconds:.3g}")


def shown(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def timed(work: Callable[[], object], times: int = 5) -> float:
    """Median seconds."""
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


async def awaited(work: Callable[[], Awaitable[object]], times: int) -> float:
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def distances() -> Row:
    random = np.random.default_rng(1)
    lat, lon = 55.7 + random.random(300) / 10, 37.5 + random.random(300) / 5
    ours = timed(lambda: straight(lat, lon))
    pairs = [((lat[i], lon[i]), (lat[i + 1], lon[i + 1])) for i in range(200)]
    theirs = timed(lambda: [geodesic(*pair) for pair in pairs], 3) / 200 * 300 * 300
    return Row("straight-line matrix, 300 x 300", ours, "geopy's geodesic, pair by pair", theirs)


def plans() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for jobs, technicians, days, seconds in ((90, 12, 2, 5), (200, 30, 1, 10)):
        problem = town(jobs, technicians, days=days)
        first: list[int] = []

        def note(progress: object, first: list[int] = first) -> None:
            first.append(int(getattr(progress, "cost", 0)))

        result = solve(problem, seconds=seconds, on_progress=note)
        clean = "oracle agrees" if not check(problem, result) else "VIOLATED"
        rows.append(
            (
                f"{jobs} jobs x {technicians} technicians x {days} days, {seconds} s",
                f"{result.cost.total:,}",
                "first plan (insertion by regret)",
                f"{first[0]:,}",
                f"{first[0] / result.cost.total:.3f} ({len(result.unassigned)} left out, {clean})",
            )
        )
    return rows


async def exchanges(database: Database, world: World) -> Row:
    """One event from a phone through inbox, settlement, feeds and journal, beside one bare committed insert."""
    async with database.begin([world.area_id]) as conn:
        job = await received(conn, world)
        visit = await hand_out(conn, job, world.technicians[0])
    phone = Phone(world, world.technicians[0])
    await phone.enrol(database)

    async def one() -> None:
        await phone.send(database, [phone.say(visit, "note")])

    async def bare() -> None:
        async with database.begin([world.area_id]) as conn:
            await conn.execute(
                "INSERT INTO skill VALUES ($1, $2, 'bench')", world.area_id, str(time.perf_counter_ns())
            )

    await one()
    return Row(
        "one event through an exchange",
        await awaited(one, 40),
        "one committed insert",
        await awaited(bare, 40),
    )


async def walls(database: Database, world: World) -> Row:
    """A read behind row-level security, beside the same read of a table without."""

    async def behind() -> None:
        async with database.begin([world.area_id]) as conn:
            await conn.fetch("SELECT * FROM place WHERE area_id = $1", world.area_id)

    async def open_read() -> None:
        async with database.begin([world.area_id]) as conn:
            await conn.fetch("SELECT * FROM staff WHERE active")

    return Row(
        "read behind row-level security",
        await awaited(behind, 200),
        "read without",
        await awaited(open_read, 200),
    )


async def on_a_database() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="line3-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        began = time.perf_counter()
        with embedded.start(Path(folder) / "data") as server:
            cold = time.perf_counter() - began
            began = time.perf_counter()
            with embedded.start(Path(folder) / "data"):
                joined = time.perf_counter() - began
            await migrate(server.owner_url)
            database = await open_database(server.app_url)
            world = await settled_in(database, small_town)
            rows = [
                Row("joining the embedded server", joined, "its cold start", cold),
                await exchanges(database, world),
                await walls(database, world),
            ]
            await database.close()
        return rows


def main() -> None:
    console = Console()
    speeds = Table("what", "ours", "beside", "theirs", "theirs / ours", title="Speed")
    inserted = [Row(*figures) for figures in insertion.compared(timed)]
    for row in [distances(), *inserted, *asyncio.run(on_a_database())]:
        speeds.add_row(*row.cells)
    console.print(speeds)
    console.print(quoting.table())
    console.print(board.table())
    console.print(frames.table())
    for table in asyncio.run(support.tables()):
        console.print(table)
    costs = Table("what", "cost", "beside", "its cost", "ratio", title="Plans (cost in seconds of travel)")
    for cells in plans():
        costs.add_row(*cells)
    console.print(costs)


if __name__ == "__main__":
    main()
