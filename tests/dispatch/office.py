"""A town with a worker in it: what tests of planning say in one line."""

from datetime import timedelta

import msgspec

from db.pool import Database
from db.queries import journal, plans
from db.queue import Work
from db.records import Plan, PlanRun, Visit
from db.states import PlanRunState, VisitState
from dispatch.flows import plans as flows
from dispatch.flows import publishing
from dispatch.planning import PlanWork
from dispatch.rules.plans import Prepared, places_of, prepare
from dispatch.rules.ways import points_of
from dispatch.solver import Solver
from dispatch.travelling import TravelSources, straight_lines
from dispatch.worker import Worker
from tests.builders import Town, dispatcher
from tests.worlds import NOW, TODAY

SECONDS = timedelta(seconds=0.5)


def prepared(begun: flows.Begun | flows.AsItStands) -> Prepared:
    """The problem of these days, on straight lines."""
    places = places_of(begun.state)
    points = points_of(places)
    return prepare(begun.state, straight_lines(begun.state.area).between(points, points))


class Office:
    """A town with a worker in it, and a clock that is set by hand."""

    def __init__(
        self, database: Database, town: Town, solver: Solver, sources: TravelSources | None = None
    ) -> None:
        self.town = town
        self.now = NOW
        self.solver = solver
        self.worker = Worker(database, lambda: self.now, solver, sources)

    async def request(
        self, *, publish: bool = False, first: int = 0, days: int = 2, change_budget: int | None = None
    ) -> PlanRun:
        return await self.town.do(
            lambda conn: flows.request(
                conn,
                area_id=self.town.world.area_id,
                first_on=TODAY + timedelta(days=first),
                last_on=TODAY + timedelta(days=first + days - 1),
                budget=SECONDS,
                seed=1,
                publish=publish,
                change_budget=change_budget,
                actor=dispatcher(self.town.world),
                now=self.now,
            )
        )

    async def solve(self, run: PlanRun, attempt: int = 1) -> Plan:
        """What the queue would have a worker do; the newest plan."""
        work = PlanWork(area_id=run.area_id, plan_run_id=run.plan_run_id)
        await self.worker.plan(Work(1, "plan", msgspec.json.encode(work), attempt))
        done = await self.town.do(lambda conn: plans.find_run(conn, run.area_id, run.plan_run_id))
        assert done is not None
        assert (done.state, done.failure) == (PlanRunState.DONE, None)
        return (await self.plans())[0]

    async def plan(self, *, publish: bool = False) -> Plan:
        return await self.solve(await self.request(publish=publish))

    async def plans(self) -> list[Plan]:
        return await self.town.do(lambda conn: plans.list_plans(conn, self.town.world.area_id, 50))

    async def publish(self, plan: Plan) -> Plan:
        return await self.town.do(
            lambda conn: publishing.publish(
                conn,
                area_id=plan.area_id,
                plan_id=plan.plan_id,
                actor=dispatcher(self.town.world),
                now=self.now,
            )
        )

    async def visits(self, *states: VisitState) -> list[Visit]:
        found = await self.town.do(
            lambda conn: plans.list_visits_between(
                conn, self.town.world.area_id, TODAY, TODAY + timedelta(days=2)
            )
        )
        return [visit for visit in found if visit.state in states]

    async def feed(self, technician: int) -> list[tuple[str, str]]:
        person = self.town.world.technicians[technician - 1]
        found = await self.town.do(
            lambda conn: journal.list_feed(conn, person.area_id, person.technician_id, 0, 1000)
        )
        return [(change.op, str(change.job_id)) for change in found]

    def number_of(self, visit: Visit) -> int:
        """Of the visit's technician, from 1."""
        ids = [person.technician_id for person in self.town.world.technicians]
        return ids.index(visit.technician_id) + 1

    def another(self, visit: Visit) -> int:
        return 1 + self.number_of(visit) % len(self.town.world.technicians)
