"""What must go wrong on a demo day: phones in basements, and visits given to somebody else while their phone cannot
hear of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec

from api.demo.catalogue import SKILLS_OF_KIND
from api.demo.client import Problem
from api.demo.technician import EARLY_TRAVEL, Person
from api.demo.world import World
from api.wire.plans import RoundOut, RoundStopOut, TechnicianOut
from db.states import LIVE_VISIT, VisitState
from dispatch.rules.phone import VisibleJob, VisibleVisit

STUBBORN_FROM, HANDED_FROM, NO_LONGER = time(8, 30), time(10, 0), time(15, 30)
LONGEST = timedelta(hours=4)
SLACK = timedelta(minutes=15)
AHEAD = timedelta(minutes=75)
SHORT_STRETCH = timedelta(minutes=30)
SOON_FREE = timedelta(minutes=35)

Fits = Callable[[Person, VisibleVisit], bool]
"""Whether an episode can be played with this visit of this person."""


class Stretch(msgspec.Struct, frozen=True):
    """A phone without a network."""

    person: Person
    start: datetime
    end: datetime


class Choice(msgspec.Struct, frozen=True):
    """A visit that could go from one technician to another; `free`: the other has nothing else at that time."""

    person: Person
    job: VisibleJob
    visit: VisibleVisit
    version: int
    other: TechnicianOut
    free: bool


class Episodes:
    """Plays what is due; each of the two reassignments once."""

    def __init__(self, world: World) -> None:
        random = Random(f"episodes {world.seed}")
        chosen = random.sample(world.people, min(len(world.people), max(2, len(world.people) // 3)))
        self._stretches = [_stretch(world, person, random) for person in chosen]
        self._stubborn: Person | None = None
        self._back = False
        self._handed = False
        self._technicians: list[TechnicianOut] = []

    async def play(self, world: World, now: datetime) -> bool:
        """Whether the desk changed something."""
        self._into_basements(world, now)
        if self._stubborn is not None and self._stubborn.insists_on is None and not self._back:
            self._back = True
            self._stubborn.phone.offline_until = None
        if now > world.at(NO_LONGER):
            return False
        if self._stubborn is None and now >= world.at(STUBBORN_FROM):
            return await self._while_offline_and_done_all_the_same(world, now)
        if not self._handed and now >= world.at(HANDED_FROM):
            return await self._while_offline_and_done_by_the_other(world, now)
        return False

    def _into_basements(self, world: World, now: datetime) -> None:
        for stretch in self._stretches:
            if stretch.start <= now < stretch.end and not stretch.person.phone.is_offline(now):
                stretch.person.phone.offline_until = stretch.end
                world.episodes.append(
                    f"{world.local(now)} offline until {world.local(stretch.end)}: {stretch.person.name}"
                )

    async def _while_offline_and_done_all_the_same(self, world: World, now: datetime) -> bool:
        """A, without a network, goes to a visit first thing that the desk has just given to B."""

        def fits(person: Person, visit: VisibleVisit) -> bool:
            length = visit.planned_end_at - visit.planned_start_at
            finished = max(now, person.busy_until) + EARLY_TRAVEL + length
            return person.busy_until <= now + SOON_FREE and finished + SLACK <= visit.planned_start_at

        choice = await self._give_away(world, now, fits)
        if choice is None:
            return False
        self._stubborn = choice.person
        choice.person.insists_on = choice.visit.visit_id
        choice.person.phone.offline_until = now + LONGEST
        self._tell(world, now, choice, "who does it all the same")
        return True

    async def _while_offline_and_done_by_the_other(self, world: World, now: datetime) -> bool:
        def fits(person: Person, visit: VisibleVisit) -> bool:
            sets_out = visit.planned_arrival_at - timedelta(seconds=visit.travel_seconds)
            return sets_out >= now + SHORT_STRETCH + SLACK and person is not self._stubborn

        choice = await self._give_away(world, now, fits)
        if choice is None:
            return False
        self._handed = True
        choice.person.phone.offline_until = now + SHORT_STRETCH
        self._tell(world, now, choice, f"who hears of it at {world.local(now + SHORT_STRETCH)}")
        return True

    def _tell(self, world: World, now: datetime, choice: Choice, what: str) -> None:
        world.episodes.append(
            f"{world.local(now)} {choice.job.number} given to {choice.other.display_name} while offline: "
            f"{choice.person.name}, {what}"
        )

    async def _give_away(self, world: World, now: datetime, fits: Fits) -> Choice | None:
        """The first choice that the server takes; with a new plan where the other one had something else to do."""
        self._technicians = self._technicians or await world.desk.technicians()
        rounds = await world.desk.rounds(world.first_on)
        for choice in _choices(world, now, rounds, self._technicians, fits)[:12]:
            try:
                await world.desk.reassign(choice.visit.visit_id, choice.version, choice.other.technician_id)
            except Problem as problem:
                if problem.status not in (409, 412):
                    raise
                continue
            if not choice.free:
                await world.desk.ask_for_plan(*world.days, seconds=world.plan_seconds, seed=world.seed)
            return choice
        return None


def _stretch(world: World, person: Person, random: Random) -> Stretch:
    start = world.at(time(9)) + timedelta(minutes=5 * random.randint(0, 66))
    return Stretch(person, start, start + timedelta(minutes=5 * random.randint(9, 22)))


def _choices(
    world: World,
    now: datetime,
    rounds: Sequence[RoundOut],
    technicians: Sequence[TechnicianOut],
    fits: Fits,
) -> list[Choice]:
    """Those where the other one is free come first."""
    stops = {stop.visit_id: stop for one in rounds for stop in one.stops}
    found: list[Choice] = []
    for person in world.people:
        if person.phone.is_offline(now) or len(person.phone.outbox):
            continue
        for job, visit in person.waiting_visits():
            stop = stops.get(visit.visit_id)
            if stop is None or stop.state is not VisitState.PUBLISHED or job.window is not None:
                continue
            if visit.planned_start_at < now + AHEAD or not fits(person, visit):
                continue
            for other in technicians:
                if other.technician_id != person.technician_id and _may(job, other):
                    free = _is_free(world, rounds, stop, other.technician_id)
                    found.append(Choice(person, job, visit, stop.version, other, free))
    return sorted(found, key=lambda choice: not choice.free)


def _may(job: VisibleJob, other: TechnicianOut) -> bool:
    return SKILLS_OF_KIND[job.kind.code] <= set(other.skills)


def _is_free(world: World, rounds: Sequence[RoundOut], stop: RoundStopOut, technician_id: UUID) -> bool:
    start, end = stop.planned_start_at - SLACK, stop.planned_end_at + SLACK
    shift = next(person.shift for person in world.people if person.technician_id == technician_id)
    taken = [
        other
        for one in rounds
        for other in one.stops
        if one.technician_id == technician_id and other.state in LIVE_VISIT
    ]
    return (
        shift[0] <= start
        and end <= shift[1]
        and all(other.planned_end_at <= start or other.planned_start_at >= end for other in taken)
    )
