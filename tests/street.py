"""A running day in the storm's town, with everybody there: what the races are run on."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from db.errors import Unavailable
from db.pool import Database
from db.queries import plans
from db.records import Plan
from db.rows import Conn
from db.states import PlanState
from tests.crowd import Clock, Crowd, Desk, Dispatcher, Told, Van
from tests.rounds_oracle import Broken, broken, story
from tests.worlds import NOW, World, storm_day

DESKS = 50
STEP = timedelta(minutes=2)


MOST_S = 120.0
"""Longer than anything here takes on a busy machine."""


async def until_over(
    over: Callable[[], bool], act: Callable[[], Awaitable[None]], pause: float = 0.0
) -> None:
    while not over():
        # whoever found no connection free comes back later
        with contextlib.suppress(Unavailable):
            await act()
        await asyncio.sleep(pause)


async def until_drafted(crowd: Crowd) -> None:
    async with asyncio.timeout(MOST_S):
        while not any(plan.state is PlanState.DRAFT for plan in await crowd.read(newest)):
            await asyncio.sleep(0.05)


async def newest(conn: Conn) -> list[Plan]:
    return await plans.list_plans(conn, storm_day.area_id, 5)


class Street:
    """The storm's town on a running day: rounds are out, and everybody is there, each side with its own connections."""

    def __init__(self, inside: Database, outside: Database, world: World) -> None:
        self.world = world
        self.clock = Clock(NOW + timedelta(minutes=50))
        self.told = Told()
        self.inside = inside
        desks = Crowd(inside, world, self.clock, "desks", self.told)
        self.others = Crowd(outside, world, self.clock, "others", self.told)
        self.desks = [Desk(desks, seed) for seed in range(DESKS)]
        self.dispatchers = [Dispatcher(self.others, seed) for seed in (1001, 1002)]
        self.vans = [Van(self.others, person, seed) for seed, person in enumerate(world.technicians)]
        self.seen: set[Broken] = set()
        self.stories: list[str] = []
        """What led to each of these."""

    async def open(self) -> None:
        """Sixty jobs are planned and sent out."""
        for van in self.vans:
            await van.enrol()
        for seed in range(60):
            await self.others.job(random.Random(seed))
        await self.dispatchers[0].plan()
        await until_drafted(self.others)
        await self.dispatchers[0].publish()

    async def pass_on(self) -> None:
        """Time goes by, and the vans report what they did meanwhile."""
        self.clock.now += STEP
        await asyncio.gather(*(van.act() for van in self.vans))

    async def look(self) -> None:
        async with self.inside.begin([self.world.area_id], snapshot=True) as conn:
            found = await broken(conn, self.clock())
            for one in set(found) - self.seen:
                self.stories += [f"{self.clock()} {one}", *await story(conn, one)]
        excused = {f"job {job_id}" for job_id in self.told.unplaced}
        self.seen |= {one for one in found if not any(job in one.says for job in excused)}

    async def race(self, seconds: float, enough: Callable[[], bool]) -> None:
        """For so long, and until enough has happened."""
        began = time.monotonic()

        def over() -> bool:
            passed = time.monotonic() - began
            return passed > MOST_S or (passed > seconds and enough())

        acts = [each.act for each in (*self.desks, *self.dispatchers)]
        await asyncio.gather(
            until_over(over, self.pass_on, 0.2),
            until_over(over, self.look, 0.5),
            *(until_over(over, act) for act in acts),
        )
        await self.look()
