"""Somebody does not come: until when, who takes over, what that does before it is recorded; and coming after all.

Worked out in memory, then checked and written under the locks, each day a version of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import areas, jobs, plans, subscribers, technicians
from db.records import Area, Plan, PlannedRoute
from db.rows import Conn
from db.states import LIVE_VISIT, AbsenceReason, JobState, PlanOrigin, VisitState
from dispatch.actors import Actor
from dispatch.errors import AbsenceImpossible, ProposalOutdated, UnknownDay
from dispatch.flows import changes, consequences
from dispatch.horizon import Horizon, Horizons
from dispatch.planning import local_day
from dispatch.repairs import TRIES, Named, able_for, is_undoable, lost_by, named_in, supposing
from dispatch.rules.consequences import Became, Consequences, Touched, as_told, became_of, touched_by
from dispatch.rules.emergencies import left_out, stops_after
from dispatch.rules.expected import promise_of
from dispatch.rules.pins import LIFTED, with_pin
from dispatch.rules.rewriting import After
from dispatch.rules.running import Day, clock_of, day_of
from dispatch.rules.standing import (
    EPOCH,
    FOREVER_S,
    Stood,
    bereft,
    coming_at,
    inserted,
    stand_drafted,
    stop_of,
    unix,
)
from optimizer.rounds import Row, Stop

VERSIONS_LOOKED_AT = 50
OVER = frozenset({JobState.CLOSED, JobState.CANCELLED})


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """Who does not come from this day until the end of the last one; or on this day not before `back_at`."""

    technician_id: UUID
    on_day: date
    last_on: date
    back_at: datetime | None = None
    reason: AbsenceReason | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """`moved`: by job, to which day; None where nobody has room."""

    wanted: changes.Rearranged
    moved: Mapping[UUID, Day | None]
    touched: Sequence[Touched]
    became: Sequence[Became]


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    consequences: Consequences
    became: Sequence[Became]
    named: Named


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the visits of somebody who does not come. `plan`: the version of the first day on which anything was out."""

    plan: Plan | None
    became: list[Became]
    named: Named


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes after all, on which days. `plans`: the versions that gave the visits away and can be taken back, newest first; `became`:
    where these visits are now."""

    days: list[date]
    plans: list[UUID]
    became: list[Became]
    named: Named


async def foresee(
    database: Database, horizons: Horizons, *, area_id: UUID, away: Away, actor: Actor, now: datetime
) -> Foreseen:
    """If this technician did not come. Nothing changes. Raises `UnknownDay`, `AbsenceImpossible`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id)
        days = await _days(conn, area, away, now)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        given = given_away(horizon, area, _planned(horizon, days), now, back_at=away.back_at)
        named = named_in(horizon.rows)
        said = await consequences.foresee(
            conn, area=area, touched=given.touched, leaving=given.wanted.leaving, now=now
        )
    return Foreseen(consequences=said, became=given.became, named=named)


async def record(
    database: Database, horizons: Horizons, *, area_id: UUID, away: Away, actor: Actor, now: datetime
) -> Absence:
    """Somebody is ill, today or later: what had not begun goes to others, promises first, each into its window.

    Raises `UnknownDay`, `AbsenceImpossible`.
    """
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id)
        days = await _days(conn, area, away, now)
    made: list[Plan] = []
    became: list[Became] = []
    named = Named({}, {}, {})
    for day in days:
        plan, given, known = await _record(database, horizons, area, day, days, away, actor, now)
        made += [] if plan is None else [plan]
        became += given.became
        named = Named(
            named.technicians | known.technicians,
            named.jobs | known.jobs,
            named.addresses | known.addresses,
        )
    return Absence(plan=made[0] if made else None, became=became, named=named)


async def _record(
    database: Database,
    horizons: Horizons,
    area: Area,
    day: Day,
    days: Sequence[Day],
    away: Away,
    actor: Actor,
    now: datetime,
) -> tuple[Plan | None, Given, Named]:
    """One day of it, as it is by then."""
    horizon = horizons.of(area.area_id)
    for attempt in range(TRIES):
        async with database.begin(actor.areas, snapshot=True) as conn:
            await horizon.refresh(conn, area, now)
            mine = _planned(horizon, [day])
            given = given_away(horizon, area, mine, now, closed=days, back_at=away.back_at)
            named = named_in(horizon.rows)
        try:
            plan = await database.transact(
                actor.areas,
                lambda conn, given=given: changes.absent(
                    conn,
                    area_id=area.area_id,
                    technician_id=away.technician_id,
                    on_day=day[2],
                    wanted=given.wanted,
                    actor=actor,
                    now=now,
                    back_at=away.back_at,
                    reason=away.reason,
                ),
            )
        except ProposalOutdated:
            if attempt == TRIES - 1:
                raise
            continue
        return plan, given, named
    raise ProposalOutdated


async def _days(conn: Conn, area: Area, away: Away, now: datetime) -> list[Day]:
    """On which somebody was to come, in their order."""
    last = local_day(area, now) + changes.LONGEST_ABSENCE
    if not away.on_day <= away.last_on <= max(last, away.on_day):
        raise AbsenceImpossible(pointer="/lastOn")
    if away.on_day < local_day(area, now):
        raise UnknownDay(onDay=away.on_day)
    coming = await technicians.list_technician_days(conn, area.area_id, away.on_day, away.last_on)
    mine = [day for day in coming if day.technician_id == away.technician_id and not day.absent]
    if not mine or (away.back_at is not None and mine[0].on_day != away.on_day):
        raise UnknownDay(onDay=away.on_day)
    if away.back_at is not None and (
        away.last_on != away.on_day
        or not max(now, mine[0].shift_start_at) < away.back_at < mine[0].shift_end_at
    ):
        raise AbsenceImpossible(pointer="/backAt")
    return [day_of(day) for day in mine]


def _planned(horizon: Horizon, days: Sequence[Day]) -> list[Day]:
    """Those of which anything is known: later ones have no visits, and who only waits for calls has none to give away."""
    return [day for day in days if day in horizon.rows]


def given_away(
    horizon: Horizon,
    area: Area,
    ill: Sequence[Day],
    now: datetime,
    *,
    closed: Collection[Day] = (),
    back_at: datetime | None = None,
) -> Given:
    """Who would take what on these days of one technician has not begun; from `back_at` on the technician may. `closed`: days on
    which the technician does not come either."""
    today = local_day(area, now)
    last_on = max([today + timedelta(days=area.settings.plan_days - 1), *(day[2] for day in ill)])
    near = {day: stood for day, stood in horizon.rows.items() if day[2] <= last_on}
    others = {day: stood for day, stood in near.items() if day not in {*ill, *closed}}
    waiting = [stop for day in ill for stop in _unbegun(horizon, area, near[day], now)]
    rows: dict[Day, Row] = {}
    if back_at is not None:
        for day in ill:
            others[day], gone = _from(horizon, area, near[day], back_at, now)
            rows[day] = others[day].row
            waiting = [stop for stop in waiting if stop.key in gone]
    able, prices = able_for(near, others, area, today), left_out(near)
    moved: dict[UUID, Day | None] = {}
    for stop in waiting:
        with supposing(horizon, rows):
            found = horizon.standing.price(
                stop, [stop.window or (unix(now), FOREVER_S)], able(stop.key), most=1
            )[0]
        worth = (
            stop.window is not None or not found or found[0].cost < prices.get(stop.key, found[0].cost + 1)
        )
        moved[stop.key] = None
        if found and worth:
            day: Day = found[0].key
            rows[day] = inserted(rows.get(day) or horizon.standing.row(day), found[0].position, stop)
            moved[stop.key] = day
    days = [stops_after(others[day], [stop.key for stop in row.stops]) for day, row in rows.items()]
    leaving = [job_id for job_id, day in moved.items() if day is None]
    touched = touched_by(
        [one for one in days if one.day not in ill],
        near,
        horizon.standing,
        waiting,
        emptied=[] if back_at is not None else ill,
    )
    touched += [_own(horizon, near[day], rows[day]) for day in ill if day in rows]
    return Given(
        wanted=changes.Rearranged(days=days, leaving=leaving, given_away=list(moved)),
        moved=moved,
        touched=touched,
        became=became_of(moved, [near[day].facts for day in ill], touched),
    )


def _own(horizon: Horizon, stood: Stood, row: Row) -> Touched:
    """Of who comes later: what is left of the day."""
    return Touched(After(stood, row, horizon.standing.times_of(row)), as_told(stood, horizon.standing))


def _from(
    horizon: Horizon, area: Area, stood: Stood, back_at: datetime, now: datetime
) -> tuple[Stood, set[UUID]]:
    """The day as it can be kept from then on, and what cannot."""
    gone = {
        visit.job_id
        for visit in stood.facts.visits
        if visit.state in changes.UNBEGUN and visit.planned_start_at < back_at
    }
    while True:
        facts = coming_at(bereft(stood.facts, gone), back_at)
        left = stand_drafted(horizon.standing, area, facts, now)
        times = horizon.standing.times_of(left.row)
        own = [
            (stop, start)
            for stop, start in zip(left.row.stops, times.starts, strict=True)
            if stop.key in left.visits
        ]
        if times.feasible or not own:
            return left, gone
        late = [stop for stop, start in own if stop.window is not None and start > stop.window[1]]
        gone.add(late[0].key if late else own[-1][0].key)


def _unbegun(horizon: Horizon, area: Area, ill: Stood, now: datetime) -> list[Stop]:
    """What nobody has set out for, promises first, then what is most urgent."""
    clock, facts = clock_of(area, now, EPOCH), ill.facts
    waiting = [visit for visit in facts.visits if visit.state in (VisitState.PUBLISHED, VisitState.DRAFT)]
    stops = [
        stop_of(horizon.standing, area, facts.jobs[visit.job_id], facts, with_pin(visit, LIFTED), clock)
        for visit in waiting
    ]
    return sorted(
        stops,
        key=lambda stop: (stop.window is None, facts.jobs[stop.key].priority, facts.jobs[stop.key].due_at),
    )


async def take_back(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    actor: Actor,
    now: datetime,
) -> Return:
    """The technician comes after all. Visits stay where they are: giving them back is another step. Raises `UnknownDay`."""
    days = await database.transact(
        actor.areas,
        lambda conn: changes.come_after_all(
            conn, area_id=area_id, technician_id=technician_id, on_day=on_day, actor=actor, now=now
        ),
    )
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        given: dict[UUID, tuple[UUID, datetime]] = {}
        undoable: list[UUID] = []
        looked_at = await plans.list_plans(conn, area_id, VERSIONS_LOOKED_AT)
        waiting = await lost_by(conn, horizon, area, looked_at, now)
        for plan in looked_at:
            lost = _lost(plan, days)
            given = {**lost, **given}
            if lost and is_undoable(plan, horizon, area, waiting, now):
                undoable.append(plan.plan_id)
        return Return(
            days=[day[2] for day in days],
            plans=undoable,
            became=await _now(conn, horizon, area_id, given),
            named=named_in(horizon.rows),
        )


def _lost(plan: Plan, days: Collection[Day]) -> dict[UUID, tuple[UUID, datetime]]:
    """What these days lost by the version, if it was made for somebody who did not come: by job, whose it was and when."""
    if plan.origin is not PlanOrigin.ABSENCE:
        return {}
    kept = {(day_of(route), stop.job_id) for route in plan.routes for stop in route.stops}
    replaced: list[PlannedRoute] = [route for route in plan.replaced if day_of(route) in days]
    return {
        stop.job_id: (route.technician_id, stop.start_at)
        for route in replaced
        for stop in route.stops
        if (day_of(route), stop.job_id) not in kept
    }


async def _now(
    conn: Conn, horizon: Horizon, area_id: UUID, given: Mapping[UUID, tuple[UUID, datetime]]
) -> list[Became]:
    """Where the jobs are that are still to be done; what is with the technician again is left out."""
    at = {
        visit.job_id: (day, visit)
        for day, stood in horizon.rows.items()
        for visit in stood.facts.visits
        if visit.state in LIVE_VISIT or visit.job_id in stood.visits
    }
    found = [job for job in await jobs.list_jobs_by_id(conn, area_id, list(given)) if job.state not in OVER]
    places = {
        place.place_id: place
        for place in await subscribers.list_places(conn, [area_id], [job.place_id for job in found])
    }
    promised = await jobs.list_appointments(conn, area_id, [job.job_id for job in found])
    became: list[Became] = []
    for job in found:
        technician_id, was_at = given[job.job_id]
        day, visit = at.get(job.job_id, (None, None))
        if day is not None and day[1] == technician_id:
            continue
        window = promise_of([row for row in promised if row.job_id == job.job_id])
        became.append(
            Became(
                job_id=job.job_id,
                number=job.number,
                address=places[job.place_id].address,
                window=None if window is None else (window.earliest_at, window.latest_at),
                technician_id=technician_id,
                was_at=was_at,
                to=day,
                start_at=None if visit is None else visit.planned_start_at,
            )
        )
    return sorted(became, key=lambda one: one.was_at)
