"""A dispatcher before the board in a real Chromium, and a house at work behind it: API, database, a worker that plans."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, Locator, Page, expect

from api.app import build
from db.pool import Database
from db.queries import jobs as job_queries
from db.queries import plans as plan_queries
from db.records import PlanRun
from db.rows import Conn
from db.states import PlanRunState, VisitState
from dispatch.flows import plans
from dispatch.solver import Solver
from dispatch.worker import Worker
from tests import worlds
from tests.builders import Phone, received, settled_in
from tests.builders import dispatcher as acting
from tests.dispatch.said import MENDED
from tests.e2e.chromium import DESKTOP, Heard, listen, serve
from tests.worlds import NOW, PASSWORD, World

FAULTS = ("equipment_failure", "wifi_setup", "cable_break")
PLANNED_SECONDS = 90
SPARE = 5
"""Subscribers whose trouble comes later."""
LANGUAGES = {"English": "en", "Русский": "ru", "Magyar": "hu"}


class Clock:
    """The house's: stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class House:
    """A served area with a worker of its own."""

    def __init__(self, url: str, database: Database, world: World, clock: Clock) -> None:
        # `localhost`, because browsers keep the session cookie there without TLS
        self.url = url.replace("127.0.0.1", "localhost")
        self.database = database
        self.world = world
        self.clock = clock
        self.jobs: dict[UUID, str] = {}
        self.promised = 0

    async def escalate(self, numbers: range, promised: float = 1 / 3, **changes: Any) -> None:
        """Jobs of these subscribers, of every kind, this share of them with a promised window."""
        drawn = random.Random(1)
        async with self.database.begin([self.world.area_id]) as conn:
            for number in numbers:
                fault = FAULTS[number % len(FAULTS)]
                said: dict[str, Any] = {"faultClass": fault, "ticketNumber": f"S-{number}", **changes}
                if drawn.random() < promised:
                    self.promised += 1
                    begin = self.clock.now + timedelta(hours=drawn.randint(2, 6))
                    said["promisedWindow"] = {"earliest": begin, "latest": begin + timedelta(hours=2)}
                job = await received(conn, self.world, subscriber=number, **said)
                self.jobs[job.job_id] = job.number

    @property
    def staff_id(self) -> UUID:
        """The dispatcher's."""
        return self.world.staff_id("dispatcher")

    async def closed_twice(self) -> None:
        """A technician is at a box that is broken, swaps it, and says twice who has seen that."""
        area_id, numbers = self.world.area_id, [*self.jobs]
        async with self.database.begin([area_id]) as conn:
            found = await plan_queries.list_visits_of_jobs(conn, area_id, numbers)
            promised = {one.job_id for one in await job_queries.list_appointments(conn, area_id, numbers)}
            boxes = {
                job.job_id
                for job in await job_queries.list_jobs_by_id(conn, area_id, numbers)
                if job.kind == "equipment_failure" and job.job_id not in promised
            }
        visit = next(one for one in found if one.state is VisitState.PUBLISHED and one.job_id in boxes)
        (technician,) = [one for one in self.world.technicians if one.technician_id == visit.technician_id]
        phone = Phone(self.world, technician)
        await phone.enrol(self.database, self.clock.now)
        said = [phone.say(visit, kind, self.clock.now) for kind in MENDED]
        said.append(phone.say(visit, "closure", self.clock.now, confirmedBy="Neighbour"))
        await phone.send(self.database, said, now=self.clock.now)

    async def publish(self) -> None:
        """What the worker finds in a second goes out at once."""

        async def ask(conn: Conn) -> PlanRun:
            return await plans.request(
                conn,
                area_id=self.world.area_id,
                first_on=worlds.TODAY,
                last_on=worlds.TODAY,
                budget=timedelta(seconds=1),
                seed=1,
                publish=True,
                actor=acting(self.world),
                now=self.clock.now,
            )

        await self._until_done(await self.database.transact([self.world.area_id], ask))

    async def _until_done(self, run: PlanRun) -> None:
        async with asyncio.timeout(PLANNED_SECONDS):
            while run.state is not PlanRunState.DONE:
                await asyncio.sleep(0.1)
                async with self.database.begin([self.world.area_id]) as conn:
                    found = await plans.get_run(conn, area_id=run.area_id, plan_run_id=run.plan_run_id)
                run = found.run
                assert run.state is not PlanRunState.FAILED, run.failure


@asynccontextmanager
async def house(database: Database, url: str, technicians: int, jobs: int) -> AsyncGenerator[House]:
    """So many technicians and subscribers, and a worker at this database's `url`: it does what it is asked."""
    world = await settled_in(database, worlds.build("storm", technicians, jobs + SPARE))
    clock, solver, stop = Clock(), Solver(), asyncio.Event()
    worker = Worker(database, clock, solver)
    async with serve(build(database, clock)) as served:
        working = asyncio.create_task(worker.run(url, stop))
        try:
            yield House(served, database, world, clock)
        finally:
            stop.set()
            await working
            await solver.close()


class Dispatcher:
    """Someone at the board."""

    def __init__(self, page: Page, house: House, heard: Heard) -> None:
        self.page = page
        self.house = house
        self.heard = heard

    async def sign_in(self, login: str = "dispatcher", language: str = "English") -> None:
        await self.page.goto(f"{self.house.url}/board/")
        await self.page.locator("input[autocomplete=username]").fill(f"{self.house.world.name}.{login}")
        await self.page.locator("input[type=password]").fill(PASSWORD)
        await self.page.locator("button[type=submit]").click()
        await self.page.locator("select").first.select_option(LANGUAGES[language])
        await expect(self.page.locator(".row").first).to_be_visible()

    def block(self, job_id: str) -> Locator:
        """A visit on the timeline."""
        return self.page.locator(f'.block[data-job="{job_id}"]')

    async def day(self) -> Mapping[str, Any]:
        """What the server says of the day, as this dispatcher is told it."""
        on = worlds.TODAY.isoformat()
        answer = await self.page.request.get(f"{self.house.url}/v1/board/days/{on}")
        return await answer.json()


@asynccontextmanager
async def dispatcher(browser: Browser, house: House, **looks: Any) -> AsyncGenerator[Dispatcher]:
    context = await browser.new_context(viewport=DESKTOP, **looks)
    page = await context.new_page()
    heard = listen(page)
    try:
        yield Dispatcher(page, house, heard)
    finally:
        await context.close()
