"""What a change through the day would do, worked out in memory before anybody makes it. Nothing is written."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.pool import Database
from dispatch.actors import Actor
from dispatch.errors import NoRoom, NotEligible, TransitionRefused, UnknownDay, UnknownVisit
from dispatch.flows import areas, consequences
from dispatch.horizon import Horizon, Horizons
from dispatch.repairs import Named, given_away, named_in
from dispatch.rules.consequences import Consequences, Touched, touched_by
from dispatch.rules.emergencies import stops_after
from dispatch.rules.running import Day
from dispatch.rules.standing import FOREVER_S, Stood, inserted, unix, without


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """`moved`: by job, to which day; None where nobody has room."""

    consequences: Consequences
    moved: Mapping[UUID, Day | None]
    named: Named


async def absence(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    actor: Actor,
    now: datetime,
) -> Foreseen:
    """If this technician did not come. Raises `UnknownDay`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        wanted, moved = given_away(horizon, area, technician_id, on_day, now)
        ill = next(day for day in horizon.rows if day[1:] == (technician_id, on_day))
        touched = touched_by(wanted.days, horizon.rows, horizon.standing, emptied=[ill])
        named = named_in(horizon.rows)
        said = await consequences.foresee(conn, area=area, touched=touched, leaving=wanted.leaving, now=now)
    return Foreseen(consequences=said, moved=moved, named=named)


async def reassignment(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    visit_id: UUID,
    technician_id: UUID,
    actor: Actor,
    now: datetime,
) -> Foreseen:
    """If this visit were given to that technician. Raises `UnknownVisit`, `TransitionRefused`, `UnknownDay`, `NotEligible`,
    `NoRoom`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        job_id, home = _standing(horizon, visit_id)
        if home[1] == technician_id:
            raise TransitionRefused(state=horizon.rows[home].visits[job_id].state)
        target = next((day for day in horizon.rows if day[1:] == (technician_id, home[2])), None)
        if target is None:
            raise UnknownDay(onDay=home[2])
        touched = _handed_over(horizon, job_id, home, target, now)
        named = named_in({day: horizon.rows[day] for day in (home, target)})
        said = await consequences.foresee(conn, area=area, touched=touched, leaving=(), now=now)
    return Foreseen(consequences=said, moved={job_id: target}, named=named)


def _standing(horizon: Horizon, visit_id: UUID) -> tuple[UUID, Day]:
    """The job and the day of a visit that may still move. Raises `UnknownVisit`."""
    for day, stood in horizon.rows.items():
        for job_id, visit in stood.visits.items():
            if visit.visit_id == visit_id:
                return job_id, day
    raise UnknownVisit()


def _handed_over(horizon: Horizon, job_id: UUID, home: Day, target: Day, now: datetime) -> list[Touched]:
    """As giving it away would do it: where it costs the new round least."""
    giver, taker = horizon.rows[home], horizon.rows[target]
    job = giver.facts.jobs[job_id]
    kind = giver.facts.kinds[job.kind, job.kind_version]
    if missing := sorted(set(kind.skills) - taker.skills):
        raise NotEligible(skills=missing)
    stop = next(stop for stop in giver.row.stops if stop.key == job_id)
    windows = [stop.window or (unix(now), FOREVER_S)]
    found = horizon.standing.price(stop, windows, [target], most=1)[0]
    if not found and horizon.standing.feasible(target):
        raise NoRoom()
    position = found[0].position if found else _in_turn(taker, giver.visits[job_id].planned_start_at)
    rows = {home: without(giver.row, job_id), target: inserted(taker.row, position, stop)}
    days = [stops_after(horizon.rows[day], [one.key for one in row.stops]) for day, row in rows.items()]
    return touched_by(days, horizon.rows, horizon.standing)


def _in_turn(stood: Stood, start_at: datetime) -> int:
    """In a round that is late already, by the time at which it was to be."""
    return sum(one.planned_start_at <= start_at for one in stood.visits.values())
