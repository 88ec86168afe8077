"""`make bench-full`: a hundred thousand operations at random on the same rounds, from several processes; what may never
happen is counted, by the oracle and by what surfaced, and must be nought.

One embedded PostgreSQL in /tmp, 200 technicians on three days, unix sockets only. Each process has its own desks, one
dispatcher and its share of the phones; one has the worker. The clock is in the parent's hand.
"""

import argparse
import asyncio
import logging
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from db import embedded
from db.errors import Conflicted, Unavailable
from db.migrate import migrate
from db.pool import Database, open_database
from dispatch import logs
from dispatch.clock import SteppedClock
from dispatch.horizon import Horizons
from dispatch.worker import Worker
from optimizer.standing import warm
from tests.benchmarks.city import CREW, city
from tests.builders import settled_in
from tests.crowd import Crowd, Desk, Dispatcher, Van
from tests.rounds_oracle import Acknowledged, Broken, broken, lost
from tests.worlds import NOW, World

PROCESSES = 3
DESKS = 8
"""In each process; they share its days in memory, as the requests of one API process do."""
EXPECTED = 50
"""Operations a second, on two cores: so that the day lasts as long as the run, a minute a second at most."""
FIRST, LAST = NOW + timedelta(minutes=50), NOW + timedelta(hours=8)
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class Share(msgspec.Struct):
    """What one process is to do."""

    number: int
    url: str
    clock: str
    operations: int
    seconds: float


class Report(msgspec.Struct):
    """What it did since it last said so; everything at the end."""

    number: int
    done: int
    over: bool = False
    booked: list[Acknowledged] = []
    given_back: list[str] = []
    unplaced: list[str] = []
    refused: dict[str, int] = {}
    later: dict[str, int] = {}
    surfaced: list[str] = []
    seconds: dict[str, list[float]] = {}


def act(share: Share, told: "Queue[bytes]") -> None:
    """A process of its own."""
    logs.configure(logging.WARNING)
    warm()
    asyncio.run(_act(share, told))


async def _act(share: Share, told: "Queue[bytes]") -> None:
    database = await open_database(share.url, size=8)
    world, clock = city(days=3), SteppedClock(Path(share.clock))
    crowd = Crowd(database, world, clock, f"p{share.number}")
    horizons = Horizons()
    acting: list[Callable[[], Awaitable[None]]] = [
        Desk(crowd, 100 * share.number + seed, horizons).act for seed in range(DESKS)
    ]
    acting += [Dispatcher(crowd, share.number).act]
    vans = [Van(crowd, person, seed) for seed, person in enumerate(world.technicians)]
    mine = vans[share.number :: PROCESSES]
    for van in mine:
        await van.enrol()
    acting.append(driving(mine))
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(database, clock).run(share.url, stop)) if share.number == 0 else None
    deadline = time.monotonic() + share.seconds

    parent = multiprocessing.parent_process()

    def over() -> bool:
        if parent is not None and not parent.is_alive():
            return True
        return done_by(crowd) >= share.operations or time.monotonic() > deadline

    await asyncio.gather(telling(crowd, share, told, over), *(until_over(crowd, one, over) for one in acting))
    stop.set()
    if working is not None:
        await working
    await database.close()
    found = crowd.told
    last = Report(
        number=share.number,
        done=done_by(crowd),
        over=True,
        booked=found.booked,
        given_back=[str(job_id) for job_id in found.given_back],
        unplaced=[str(job_id) for job_id in found.unplaced],
        refused=dict(found.refused),
        later=dict(found.later),
        surfaced=found.surfaced,
        seconds=found.seconds,
    )
    told.put(msgspec.json.encode(last))


def driving(vans: list[Van]) -> Callable[[], Awaitable[None]]:
    """All vans of this process in turn."""
    turn = 0

    async def drive() -> None:
        nonlocal turn
        turn += 1
        await vans[turn % len(vans)].act()

    return drive


def done_by(crowd: Crowd) -> int:
    return sum(len(times) for times in crowd.told.seconds.values())


async def until_over(crowd: Crowd, one: Callable[[], Awaitable[None]], over: Callable[[], bool]) -> None:
    while not over():
        try:
            await one()
        except Unavailable:
            # no connection was free in time: where somebody looks before acting, too
            crowd.told.later["looking"] += 1
        await asyncio.sleep(0)


async def telling(crowd: Crowd, share: Share, told: "Queue[bytes]", over: Callable[[], bool]) -> None:
    while not over():
        told.put(msgspec.json.encode(Report(number=share.number, done=done_by(crowd))))
        await until_soon()


async def until_soon() -> None:
    await asyncio.sleep(0.5)


class Run:
    """The parent: starts the processes, steps the clock, watches, and at last asks the oracle."""

    def __init__(
        self, database: Database, url: str, world: World, clock: SteppedClock, console: Console
    ) -> None:
        self.database = database
        self.url = url
        self.world = world
        self.clock = clock
        self.console = console
        self.done: dict[int, int] = {}
        self.reports: list[Report] = []
        self.seen: set[Broken] = set()
        self.pace = 1.0
        self.later = Counter[str]()

    async def go(self, operations: int, seconds: float, folder: Path) -> float:
        """How long it took."""
        context = multiprocessing.get_context("spawn")
        told: Queue[bytes] = context.Queue()
        each = -(-operations // PROCESSES)
        self.pace = min(60.0, (LAST - FIRST).total_seconds() / min(seconds, operations / EXPECTED))
        shares = [Share(n, self.url, str(folder / "clock"), each, seconds) for n in range(PROCESSES)]
        processes = [context.Process(target=act, args=(share, told), daemon=True) for share in shares]
        began = time.monotonic()
        for process in processes:
            process.start()
        try:
            await self._until_told(told, began, operations, processes)
        finally:
            for process in processes:
                process.terminate()
                process.join(10)
        return time.monotonic() - began

    async def _until_told(
        self, told: "Queue[bytes]", began: float, operations: int, processes: list[Any]
    ) -> None:
        shown = looked = began
        while len(self.reports) < PROCESSES:
            await asyncio.sleep(0.1)
            while not told.empty():
                report = msgspec.json.decode(told.get(), type=Report)
                self.done[report.number] = report.done
                self.reports += [report] if report.over else []
            if len(self.reports) < PROCESSES and not all(process.is_alive() for process in processes):
                gone = [process.exitcode for process in processes if not process.is_alive()]
                if len(gone) > len(self.reports) + sum(code == 0 for code in gone):
                    raise RuntimeError(f"a process died: {gone}")
            now = time.monotonic()
            self._step(now - began)
            if now - looked > 10:
                looked = now
                await self.look()
            if now - shown > 5:
                shown, count = now, sum(self.done.values())
                faults = len(self.seen)
                self.console.print(
                    f"{now - began:6.0f} s  {count:7,} of {operations:,}  {count / (now - began):6.1f} a second  "
                    f"{self.clock():%H:%M} UTC  {faults} faults"
                )

    def _step(self, passed: float) -> None:
        """To the afternoon, and there it stands."""
        self.clock.step_to(min(LAST, FIRST + timedelta(seconds=self.pace * passed)))

    async def look(self) -> None:
        async with self.database.begin([self.world.area_id], snapshot=True) as conn:
            self.seen |= set(await broken(conn, self.clock()))

    async def verdict(self) -> dict[str, list[str]]:
        """By what it is."""
        await self.look()
        unplaced = {job_id for report in self.reports for job_id in report.unplaced}
        # promises of somebody ill for whom nobody had room: an alert says so
        faults = [one for one in self.seen if not any(job_id in one.says for job_id in unplaced)]
        told = [one for report in self.reports for one in report.booked]
        given_back = {job_id for report in self.reports for job_id in report.given_back}
        async with self.database.begin([self.world.area_id], snapshot=True) as conn:
            faults += await lost(
                conn, told, [type(told[0].job_id)(one) for one in given_back] if told else []
            )
        surfaced = [says for report in self.reports for says in report.surfaced]
        self.later = sum((Counter(report.later) for report in self.reports), Counter[str]())
        deadlocks = [says for says in surfaced if Conflicted.__name__ in says]
        promises = ("broken promise", "unserved promise", "unsent promise", "lost booking", "half a booking")
        return {
            "double bookings": [says for rule, says in faults if rule in ("double booking", "two visits")],
            "broken promises": [says for rule, says in faults if rule in promises],
            "surfaced deadlocks": deadlocks,
            "other surfaced": [says for says in surfaced if says not in deadlocks],
            "other rules": [
                f"{rule}: {says}"
                for rule, says in faults
                if rule not in (*promises, "double booking", "two visits")
            ],
        }

    async def deadlocks_met(self) -> int:
        """Those that PostgreSQL broke up, and that were run again."""
        async with self.database.begin() as conn:
            return int(await conn.fetchval(DEADLOCKS))


def table(reports: list[Report], took: float) -> Table:
    every: dict[str, list[float]] = {}
    refused: Counter[str] = Counter()
    for report in reports:
        for name, times in report.seconds.items():
            every.setdefault(name, []).extend(times)
        refused.update(report.refused)
    total = sum(map(len, every.values()))
    shown = Table(
        "operation", "how many", "half", "95 %", "99 %", "most", "refused",
        title=f"{total:,} operations in {took:.0f} s: {total / took:.1f} a second",
    )  # fmt: skip
    for name in sorted(every):
        times = sorted(every[name])
        cells = [
            f"{1000 * times[min(len(times) - 1, int(part * len(times)))]:.0f} ms"
            for part in (0.5, 0.95, 0.99, 1)
        ]
        said = ", ".join(
            f"{count} {what.partition(': ')[2]}"
            for what, count in refused.most_common()
            if what.startswith(f"{name}: ")
        )
        shown.add_row(name, f"{len(times):,}", *cells, said)
    return shown


async def run(operations: int, seconds: float) -> int:
    console = Console(width=140)
    with tempfile.TemporaryDirectory(prefix="line3-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        clock = SteppedClock(folder / "clock")
        clock.step_to(FIRST)
        with await asyncio.to_thread(embedded.start, folder / "data") as server:
            await migrate(server.owner_url)
            database = await open_database(server.app_url, size=2)
            world = await settled_in(database, city(days=3))
            console.print(f"{CREW} technicians, {PROCESSES} processes with {DESKS} desks each")
            made = Run(database, server.app_url, world, clock, console)
            took = await made.go(operations, seconds, folder)
            faults = await made.verdict()
            console.print(table(made.reports, took))
            console.print(f"deadlocks that were run again: {await made.deadlocks_met()}")
            console.print(f"bookings acknowledged: {sum(len(report.booked) for report in made.reports):,}")
            console.print(f"told to come back later (503): {made.later.total()}")
            for what, found in faults.items():
                console.print(f"{what}: {len(found)}")
                for says in sorted(set(found))[:10]:
                    console.print(f"    {says[:600]}")
            await database.close()
    return 1 if any(faults.values()) else 0


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--operations", type=int, default=100_000)
    asked.add_argument("--seconds", type=float, default=float("inf"), help="end after so long, done or not")
    given = asked.parse_args()
    return asyncio.run(run(given.operations, given.seconds))


if __name__ == "__main__":
    sys.exit(main())
