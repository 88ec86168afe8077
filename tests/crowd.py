"""Many at once on the same rounds: desks, dispatchers, phones. Each acts at random, is told something, and keeps it.

Whoever is refused has been told so; anything else that comes out of an act has surfaced, and is a fault.
"""

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from db.errors import Unavailable
from db.pool import Database
from db.queries import jobs, plans
from db.records import Job, Technician, Visit
from db.rows import Conn
from db.states import PlanOrigin, PlanState, Role, VisitState
from dispatch import absences, booking, repairs
from dispatch.absences import Away
from dispatch.errors import Refused
from dispatch.flows import jobs as job_flows
from dispatch.flows import plans as plan_flows
from dispatch.flows import publishing, rounds, slots
from dispatch.horizon import Horizons
from dispatch.planning import local_day
from dispatch.rules.lifecycle import JobStep
from tests.builders import Phone, dispatcher, person, received
from tests.rounds_oracle import Acknowledged
from tests.worlds import NOW, World

T = TypeVar("T")
MOST_ABSENT = 3


class Clock:
    """Stands until it is stepped."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Told:
    """All that they were told, and how long it took."""

    def __init__(self) -> None:
        self.booked: list[Acknowledged] = []
        self.given_back: set[UUID] = set()
        """Jobs that somebody cancelled, or asked to: themselves, or their appointment."""
        self.unplaced: set[UUID] = set()
        """Jobs of somebody ill for whom nobody had room."""
        self.refused: Counter[str] = Counter()
        self.later: Counter[str] = Counter()
        self.surfaced: list[str] = []
        self.seconds: dict[str, list[float]] = {}
        self.jobs: list[UUID] = []
        """Booked by somebody here: others may take them on."""


class Crowd:
    """Where they act."""

    def __init__(
        self,
        database: Database,
        world: World,
        clock: Callable[[], datetime],
        name: str,
        told: Told | None = None,
    ) -> None:
        self.database = database
        self.world = world
        self.clock = clock
        self.name = name
        self.told = told or Told()
        self.tickets = 0

    async def tried(self, name: str, work: Callable[[], Awaitable[T]]) -> T | None:
        """What came of it; None when it was refused, or failed as nothing may fail."""
        began = time.perf_counter()
        try:
            return await work()
        except Refused as refusal:
            self.told.refused[f"{name}: {refusal.slug()}"] += 1
        except Unavailable:
            # that a connection or a lock was not free in time is an answer, too: come back later
            self.told.later[name] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the test says so
            self.told.surfaced.append(f"{name}: {type(error).__name__}: {error}")
        finally:
            self.told.seconds.setdefault(name, []).append(time.perf_counter() - began)
        return None

    async def do(self, name: str, work: Callable[[Conn], Awaitable[T]]) -> T | None:
        """In one transaction that sees the area."""
        return await self.tried(name, lambda: self.database.transact([self.world.area_id], work))

    async def read(self, work: Callable[[Conn], Awaitable[T]]) -> T:
        async with self.database.begin([self.world.area_id]) as conn:
            return await work(conn)

    async def job(self, rng: random.Random, **changes: object) -> Job | None:
        """From a new ticket."""
        self.tickets += 1
        said = {"ticketNumber": f"{self.name}-{self.tickets}", "faultClass": "wifi_setup", **changes}
        subscriber = rng.randint(1, len(self.world.subscribers))
        return await self.do(
            "escalate", lambda conn: received(conn, self.world, subscriber, self.clock(), **said)
        )

    async def visits_of(self, person: Technician, days: Sequence[date]) -> list[Visit]:
        keys = [(person.area_id, person.technician_id, day) for day in days]
        return await self.read(lambda conn: plans.list_visits_of_days(conn, self.world.area_id, keys))

    async def find(self, job_id: UUID) -> Job:
        found = await self.read(lambda conn: jobs.find_job(conn, self.world.area_id, job_id))
        assert found is not None, "jobs are never removed"
        return found

    async def give_up(self, rng: random.Random) -> Job:
        """A job whose promise is going to be given back: said before it is done, as another desk may read it in between."""
        job = await self.find(rng.choice(self.told.jobs))
        self.told.given_back.add(job.job_id)
        return job


class Desk:
    """One support desk, with its own days in memory, as every API process has them."""

    def __init__(self, crowd: Crowd, seed: int, horizons: Horizons | None = None) -> None:
        self.crowd = crowd
        self.rng = random.Random(seed)
        self.horizons = horizons or Horizons()
        self.actor = person(crowd.world, Role.SUPPORT)

    async def act(self) -> None:
        acts = [self.take_on, self.move, self.give_back, self.ask_again]
        (act,) = self.rng.choices(acts, [6, 3, 1, 1])
        if act == self.take_on or not self.crowd.told.jobs:
            return await self.take_on()
        return await act()

    async def take_on(self) -> None:
        kind = self.rng.choice(["wifi_setup", "wifi_setup", "equipment_failure", "cable_break"])
        job = await self.crowd.job(self.rng, faultClass=kind)
        if job is not None:
            await self.offer_and_book(job.job_id, "book")

    async def move(self) -> None:
        await self.offer_and_book(self.rng.choice(self.crowd.told.jobs), "move")

    async def offer_and_book(self, job_id: UUID, name: str) -> None:
        quoted = await self.quote(job_id)
        if quoted is not None and quoted.quote.offers:
            offer = self.rng.choice(quoted.quote.offers)
            await self.book(quoted.quote.slot_quote_id, offer.number, name)

    async def quote(self, job_id: UUID) -> slots.Quoted | None:
        soon = self.rng.random() < 0.7
        last_on = local_day(self.crowd.world.area, self.crowd.clock()) + timedelta(days=1)
        asked = booking.Asked(last_on=last_on if soon else None)
        return await self.crowd.tried(
            "quote",
            lambda: booking.quote(
                self.crowd.database,
                self.horizons,
                job_id=job_id,
                asked=asked,
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )

    async def book(self, slot_quote_id: UUID, number: int, name: str) -> None:
        answer = await self.crowd.tried(
            name,
            lambda: booking.book(
                self.crowd.database,
                self.horizons,
                slot_quote_id=slot_quote_id,
                number=number,
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )
        if isinstance(answer, slots.Booked):
            made = answer.appointment
            self.crowd.told.booked.append(
                Acknowledged(made.job_id, made.appointment_id, made.earliest_at, made.latest_at)
            )
            if not answer.again:
                self.crowd.told.jobs.append(made.job_id)
                self._check(answer)
        elif answer is not None:
            self.crowd.told.refused[f"{name}: somebody was faster"] += 1

    def _check(self, booked: slots.Booked) -> None:
        window, visit = booked.appointment, booked.visit
        if visit is None or not window.earliest_at <= visit.planned_start_at <= window.latest_at:
            self.crowd.told.surfaced.append(f"booked {window}, but the visit is {visit}")

    async def ask_again(self) -> None:
        """The answer got lost on the way: the same offer twice at once."""
        quoted = await self.quote(self.rng.choice(self.crowd.told.jobs))
        if quoted is not None and quoted.quote.offers:
            for _ in range(2):
                await self.book(quoted.quote.slot_quote_id, quoted.quote.offers[0].number, "book again")

    async def give_back(self) -> None:
        job = await self.crowd.give_up(self.rng)
        await self.crowd.do(
            "cancel appointment",
            lambda conn: slots.cancel_appointment(
                conn,
                areas_seen=self.actor.areas,
                job_id=job.job_id,
                version=job.version,
                reason="",
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )


class Dispatcher:
    """Plans, publishes, gives visits to others, takes in emergencies, and goes back on it."""

    def __init__(self, crowd: Crowd, seed: int) -> None:
        self.crowd = crowd
        self.rng = random.Random(seed)
        self.horizons = Horizons()
        self.actor = dispatcher(crowd.world)
        self.absent = 0

    async def act(self) -> None:
        acts = [
            self.publish,
            self.plan,
            self.reassign,
            self.emergency,
            self.undo,
            self.call_off,
            self.send_home,
        ]
        (act,) = self.rng.choices(acts, [4, 3, 3, 4, 2, 1, 1])
        await act()

    async def plan(self, days: int = 2) -> None:
        now, area = self.crowd.clock(), self.crowd.world.area
        today = local_day(area, now)
        await self.crowd.do(
            "plan",
            lambda conn: plan_flows.request(
                conn,
                area_id=area.area_id,
                first_on=today,
                last_on=today + timedelta(days=days - 1),
                budget=timedelta(seconds=1),
                seed=1,
                publish=False,
                actor=self.actor,
                now=now,
            ),
        )

    async def publish(self) -> None:
        area_id = self.crowd.world.area_id
        known = await self.crowd.read(lambda conn: plans.list_plans(conn, area_id, 5))
        newest = next((plan for plan in known if plan.state is PlanState.DRAFT), None)
        if newest is None:
            return await self.plan()
        await self.crowd.do(
            "publish",
            lambda conn: publishing.publish(
                conn, area_id=area_id, plan_id=newest.plan_id, actor=self.actor, now=self.crowd.clock()
            ),
        )
        return None

    async def reassign(self) -> None:
        today = local_day(self.crowd.world.area, self.crowd.clock())
        giver, to = self.rng.choices(self.crowd.world.technicians, k=2)
        theirs = await self.crowd.visits_of(giver, [today, today + timedelta(days=1)])
        out = [visit for visit in theirs if visit.state is VisitState.PUBLISHED]
        if not out:
            return
        visit = self.rng.choice(out)
        await self.crowd.do(
            "reassign",
            lambda conn: rounds.reassign(
                conn,
                area_id=visit.area_id,
                visit_id=visit.visit_id,
                technician_id=to.technician_id,
                version=None,
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )

    async def emergency(self) -> None:
        job = await self.crowd.job(self.rng, faultClass="cable_break", affected=self.rng.randint(50, 500))
        if job is None:
            return
        proposed = await self.crowd.tried(
            "propose",
            lambda: repairs.propose_emergency(
                self.crowd.database,
                self.horizons,
                job_id=job.job_id,
                most_moved=3,
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )
        if proposed is None or not proposed.options:
            return
        option = self.rng.choice(proposed.options).option
        await self.crowd.tried(
            "accept",
            lambda: repairs.accept(
                self.crowd.database,
                proposal_id=proposed.proposal.proposal_id,
                option=option,
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )

    async def undo(self) -> None:
        area_id = self.crowd.world.area_id
        known = await self.crowd.read(lambda conn: plans.list_plans(conn, area_id, 10))
        made = [plan for plan in known if plan.origin in (PlanOrigin.EMERGENCY, PlanOrigin.ABSENCE)]
        if made:
            await self.crowd.tried(
                "undo",
                lambda: repairs.undo(
                    self.crowd.database,
                    self.horizons,
                    area_id=area_id,
                    plan_id=made[0].plan_id,
                    actor=self.actor,
                    now=self.crowd.clock(),
                ),
            )

    async def call_off(self) -> None:
        if not self.crowd.told.jobs:
            return
        job = await self.crowd.give_up(self.rng)
        await self.crowd.do(
            "cancel job",
            lambda conn: job_flows.change(
                conn,
                areas_seen=self.actor.areas,
                job_id=job.job_id,
                step=JobStep.CANCEL,
                version=job.version,
                reason="",
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )

    async def send_home(self) -> None:
        """Somebody is ill."""
        if self.absent == MOST_ABSENT:
            return
        self.absent += 1
        ill = self.rng.choice(self.crowd.world.technicians)
        on_day = local_day(self.crowd.world.area, self.crowd.clock()) + timedelta(days=self.rng.randint(0, 1))
        answer = await self.crowd.tried(
            "absent",
            lambda: absences.record(
                self.crowd.database,
                self.horizons,
                area_id=self.crowd.world.area_id,
                away=Away(technician_id=ill.technician_id, on_day=on_day, last_on=on_day),
                actor=self.actor,
                now=self.crowd.clock(),
            ),
        )
        if answer is not None:
            self.crowd.told.unplaced |= {one.job_id for one in answer.became if one.to is None}


class Van:
    """A technician with a phone, who goes where the round says and reports it."""

    def __init__(self, crowd: Crowd, technician: Technician, seed: int) -> None:
        self.crowd = crowd
        self.rng = random.Random(seed)
        self.phone = Phone(crowd.world, technician)
        self.events = 0

    async def enrol(self) -> None:
        await self.phone.enrol(self.crowd.database)

    async def act(self) -> None:
        """What is next on the round; or a note, where nothing is due."""
        now = self.crowd.clock()
        today = local_day(self.crowd.world.area, now)
        mine = await self.crowd.visits_of(self.phone.technician, [today])
        if (said := self._due(mine, now)) is not None:
            self.events += len(said)
            await self.crowd.tried("report", lambda: self.phone.send(self.crowd.database, said, now=now))

    def _due(self, mine: list[Visit], now: datetime) -> list[bytes] | None:
        working = next((visit for visit in mine if visit.state is VisitState.WORKING), None)
        if working is not None:
            if working.planned_end_at <= now:
                return [self.phone.say(working, "closure", now)]
            return [self.phone.say(working, "note", now)]
        due = [
            visit for visit in mine if visit.state is VisitState.PUBLISHED and visit.planned_start_at <= now
        ]
        if not due:
            return None
        visit = min(due, key=lambda visit: visit.planned_start_at)
        if self.rng.random() < 0.1:
            return [self.phone.say(visit, "part-missing", now)]
        return [self.phone.say(visit, "arrived", now), self.phone.say(visit, "working", now)]
