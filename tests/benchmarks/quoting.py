"""What a subscriber on the line waits for: one job into 200 rounds of 8 visits and 30 windows, from the bare insertion to
the answer over HTTP at 50 requests a second and to 50 desks at once; and an emergency, proposed and accepted."""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from db import embedded
from db.migrate import migrate
from db.pool import Database, open_database
from db.records import Job
from db.states import Role
from dispatch import booking, repairs
from dispatch.flows import slots
from dispatch.horizon import Horizons
from dispatch.rules.slots import hours_of, windows_of
from optimizer.standing import warm
from tests.benchmarks import city, insertion
from tests.builders import dispatcher, person, received
from tests.serving import Served, cookie_of, serving
from tests.worlds import NOW, TODAY, World

A_SECOND = 50
SECONDS = 8
BOOKED, DESKS, CALLERS = 40, 50, 6
ASKED = booking.Asked(first_on=TODAY, last_on=TODAY)


class Measured(NamedTuple):
    """Milliseconds: half, nearly all and most (95 %) were faster."""

    what: str
    half: float
    nearly_all: float
    says: str = ""
    most: float = 0.0


def measured(what: str, seconds: list[float], says: str = "") -> Measured:
    ordered = sorted(seconds)
    nearly_all, most = (ordered[min(len(ordered) - 1, int(part * len(ordered)))] for part in (0.99, 0.95))
    return Measured(what, 1000 * statistics.median(ordered), 1000 * nearly_all, says, 1000 * most)


def several(work: Callable[[], object], times: int = 200) -> list[float]:
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


async def awaited(work: Callable[[int], Awaitable[object]], times: int) -> list[float]:
    found: list[float] = []
    for number in range(times):
        began = time.perf_counter()
        await work(number)
        found.append(time.perf_counter() - began)
    return found


class Bench:
    """The city in a database of its own."""

    def __init__(self, folder: Path, database: Database, world: World, waiting: list[Job]) -> None:
        self.folder = folder
        self.database = database
        self.world = world
        self.waiting = waiting
        self.horizons = Horizons()
        self.support = person(world, Role.SUPPORT)

    async def in_process(self) -> Measured:
        """Question and prices on the days in memory; nothing is read and nothing kept."""
        async with self.database.begin([self.world.area_id], snapshot=True) as conn:
            wanted = await slots.wanted(conn, areas_seen=[self.world.area_id], job_id=self.waiting[0].job_id)
            horizon = self.horizons.of(self.world.area_id)
            await horizon.refresh(conn, wanted.area, NOW)

        def ask() -> int:
            asking = booking.question(horizon, wanted, frozenset(), NOW)
            windows = windows_of(wanted.area, hours_of(horizon.rows.values()), TODAY, TODAY, NOW)
            return sum(1 for ones in asking.price(windows) if ones)

        return measured("a quote in process", several(ask), f"{ask()} windows have room")

    async def with_database(self) -> Measured:
        async def one(number: int) -> object:
            return await booking.quote(
                self.database,
                self.horizons,
                job_id=self.waiting[number % len(self.waiting)].job_id,
                asked=ASKED,
                actor=self.support,
                now=NOW,
            )

        await awaited(one, 20)
        return measured("a quote with the database", await awaited(one, 200), "one after the other")

    async def over_http(self, a_second: int = A_SECOND, seconds: int = SECONDS) -> Measured:
        async with serving(self.folder, NOW) as served:
            header = await cookie_of(served, f"{self.world.name}.support")
            async with httpx.AsyncClient(base_url=served.url, headers=header, timeout=30) as client:
                await self._load(client, a_second, 2)
                gc.collect()
                gc.freeze()  # what was measured before lies about here: looking through it is no pause of the server's
                found, wrong = await self._load(client, a_second, seconds)
            await self.while_served(served)
        return measured(
            f"a quote over HTTP, {a_second} a second", found, f"{len(found)} asked, {wrong} failed"
        )

    async def while_served(self, served: Served) -> None:
        """For whoever wants to look at the server under load."""

    async def _load(self, client: httpx.AsyncClient, a_second: int, seconds: int) -> tuple[list[float], int]:
        """Sent when due, whether or not earlier ones were answered: waiting counts."""
        began, found, wrong = time.perf_counter(), list[float](), 0

        async def one(number: int, due: float) -> None:
            nonlocal wrong
            job = self.waiting[number % len(self.waiting)]
            body = {"jobId": str(job.job_id), "firstOn": TODAY.isoformat(), "lastOn": TODAY.isoformat()}
            answer = await client.post("/v1/slot-quotes", json=body)
            found.append(time.perf_counter() - due)
            wrong += answer.status_code != 201

        async with asyncio.TaskGroup() as group:
            for number in range(a_second * seconds):
                due = began + number / a_second
                await until(due)
                group.create_task(one(number, due))
        return found, wrong

    async def bookings(self) -> Measured:
        quoted = [
            await booking.quote(
                self.database, self.horizons, job_id=job.job_id, asked=ASKED, actor=self.support, now=NOW
            )
            for job in self.waiting[:BOOKED]
        ]

        async def one(number: int) -> object:
            return await booking.book(
                self.database,
                self.horizons,
                slot_quote_id=quoted[number].quote.slot_quote_id,
                number=1,
                actor=self.support,
                now=NOW,
            )

        return measured("a booking with the database", await awaited(one, BOOKED), "one after the other")

    async def desks(self, n: int = DESKS) -> list[Measured]:
        """At all of them a caller after the other: windows are asked for, and the best is taken at once. Nobody talks meanwhile."""
        callers = self.waiting[BOOKED:]
        quoting, booking_, refused = list[float](), list[float](), 0

        async def desk(client: httpx.AsyncClient, jobs: list[Job]) -> None:
            nonlocal refused
            for job in jobs:
                body = {"jobId": str(job.job_id), "firstOn": TODAY.isoformat(), "lastOn": TODAY.isoformat()}
                began = time.perf_counter()
                quote = (await client.post("/v1/slot-quotes", json=body)).raise_for_status().json()
                quoted = time.perf_counter()
                quoting.append(quoted - began)
                path = f"/v1/slot-quotes/{quote['slotQuoteId']}/booking"
                answer = await client.put(path, json={"offer": 1})
                booking_.append(time.perf_counter() - quoted)
                refused += answer.status_code != 200

        async with serving(self.folder, NOW) as served:
            header = await cookie_of(served, f"{self.world.name}.support")
            async with httpx.AsyncClient(base_url=served.url, headers=header, timeout=60) as client:
                began = time.perf_counter()
                async with asyncio.TaskGroup() as group:
                    for number in range(n):
                        group.create_task(desk(client, callers[number::n]))
                took = time.perf_counter() - began
        a_second = f"{len(quoting) / took:.0f} callers a second"
        return [
            measured(f"a quote, {n} desks at once", quoting, f"{len(quoting)} callers, {a_second}"),
            measured("and the booking of it", booking_, f"{refused} of these taken by another"),
        ]

    async def emergencies(self) -> list[Measured]:
        actor, proposing, accepting, said = dispatcher(self.world), list[float](), list[float](), list[int]()
        for number in range(12):
            async with self.database.begin([self.world.area_id]) as conn:
                kind: dict[str, Any] = {
                    "ticketNumber": f"e{number}",
                    "faultClass": "cable_break",
                    "affected": 300,
                }
                job = await received(conn, self.world, 1 + 131 * number % self.world.jobs, **kind)
            began = time.perf_counter()
            proposed = await repairs.propose_emergency(
                self.database, self.horizons, job_id=job.job_id, most_moved=3, actor=actor, now=NOW
            )
            proposing.append(time.perf_counter() - began)
            said.append(len(proposed.options))
            began = time.perf_counter()
            await repairs.accept(
                self.database, proposal_id=proposed.proposal.proposal_id, option=1, actor=actor, now=NOW
            )
            accepting.append(time.perf_counter() - began)
        return [
            measured("an emergency proposed", proposing, f"{statistics.mean(said):.1f} ways each"),
            measured("an emergency accepted", accepting),
        ]


async def until(due: float) -> None:
    while (left := due - time.perf_counter()) > 0:
        await asyncio.sleep(left)


@asynccontextmanager
async def bench(world: World | None = None, waiting: int = 60) -> AsyncGenerator[Bench]:
    with tempfile.TemporaryDirectory(prefix="line3-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with await asyncio.to_thread(embedded.start, folder / "data") as server:
            await migrate(server.owner_url, demo=True)
            database = await open_database(server.app_url)
            world = world or city.city()
            yield Bench(folder, database, world, await city.fill(database, world, waiting))
            await database.close()


def raw() -> list[Measured]:
    """The compiled insertion alone: into one day, and into all that may be booked."""
    draft, standing, job = insertion.rounds()
    asked, every = insertion.stop_of(draft.ground.problem, job), insertion.fortnight(standing)
    return [
        measured(
            "the bare insertion",
            several(lambda: standing.price(asked, insertion.WINDOWS, most=1)),
            f"{len(standing)} rounds x {insertion.VISITS} visits x {len(insertion.WINDOWS)} windows",
        ),
        measured(
            "the same over 14 days",
            several(lambda: every.price(asked, insertion.FORTNIGHT, most=1)),
            f"{len(every):,} rounds x {insertion.VISITS} x {len(insertion.FORTNIGHT)}",
        ),
    ]


async def figures() -> list[Measured]:
    warm()
    async with bench(waiting=BOOKED + DESKS * CALLERS) as made:
        return [
            *raw(),
            await made.in_process(),
            await made.with_database(),
            await made.over_http(),
            await made.bookings(),
            *await made.desks(),
            *await made.emergencies(),
        ]


def table() -> Table:
    shown = Table("what", "half", "99 %", "times the insertion", "", title="Windows for a subscriber")
    rows = asyncio.run(figures())
    for row in rows:
        cells = (f"{row.half:.3g} ms", f"{row.nearly_all:.3g} ms", f"{row.half / rows[0].half:.3g}")
        shown.add_row(row.what, *cells, row.says)
    return shown


if __name__ == "__main__":
    Console(width=120).print(table())
