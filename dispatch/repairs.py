"""Changes through the day: they are worked out on the days in memory, then checked and written under the locks.

Nothing is solved here; a worker looks for something better afterwards.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import technicians
from db.records import Area, Plan, Proposal
from db.rows import Conn
from db.states import AbsenceReason, VisitState
from dispatch.actors import Actor
from dispatch.errors import NothingToUndo, ProposalOutdated, UnknownDay
from dispatch.flows import areas, changes, consequences, plans, slots, versions
from dispatch.horizon import Horizon, Horizons, read_facts
from dispatch.planning import local_day
from dispatch.rules.consequences import Consequences, touched_by
from dispatch.rules.emergencies import Option, left_out, movable, option_of, stops_after
from dispatch.rules.on_call import called_in
from dispatch.rules.pins import LIFTED, with_pin
from dispatch.rules.running import Day, clock_of, promised_window
from dispatch.rules.slots import eligible
from dispatch.rules.standing import (
    EPOCH,
    FOREVER_S,
    Stood,
    asked_stop,
    inserted,
    loosened,
    stand_drafted,
    stop_of,
    unix,
    without,
)
from dispatch.rules.versions import taken_back_to
from optimizer.displace import propose
from optimizer.rounds import Row, Stop

TRIES = 3
"""Somebody may book between looking and locking; then it is worked out anew."""


class Named(msgspec.Struct, frozen=True):
    """What people call the technicians and jobs of some days: names, numbers."""

    technicians: dict[UUID, str]
    jobs: dict[UUID, str]


def named_in(rows: Mapping[Day, Stood]) -> Named:
    return Named(
        technicians={day[1]: stood.facts.technician.display_name for day, stood in rows.items()},
        jobs={
            visit.job_id: stood.facts.jobs[visit.job_id].number
            for stood in rows.values()
            for visit in stood.facts.visits
        },
    )


class Proposed(msgspec.Struct, frozen=True):
    """Ways to serve an emergency, each with its consequences; none where nobody can."""

    proposal: Proposal
    options: list[Option]
    named: Named
    consequences: list[Consequences]


@contextmanager
def supposing(horizon: Horizon, rows: Mapping[Day, Row]) -> Generator[None]:
    """The days in memory with other rows, for as long as nothing is awaited."""
    standing = horizon.standing
    before = {day: standing.row(day) if day in standing else None for day in rows}
    for day, row in rows.items():
        standing.put(day, row)
    try:
        yield
    finally:
        for day, row in before.items():
            standing.drop(day) if row is None else standing.put(day, row)


async def propose_emergency(
    database: Database, horizons: Horizons, *, job_id: UUID, most_moved: int, actor: Actor, now: datetime
) -> Proposed:
    """The best ways to serve the job today, each with what it does to others. Raises `UnknownJob`, `NotBookable`,
    `VisitStarted`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        wanted = await slots.wanted(conn, areas_seen=actor.areas, job_id=job_id)
        horizon = horizons.of(wanted.area.area_id)
        await horizon.refresh(conn, wanted.area, now)
        called = await _on_call(conn, horizon, wanted.area, now)
        options, asked = _options(horizon, wanted, called, most_moved, now)
        rows = {**horizon.rows, **called}
        with supposing(horizon, {day: stood.row for day, stood in called.items()}):
            touched = [touched_by(option.days, rows, horizon.standing, [asked]) for option in options]
        known = named_in({one.day: rows[one.day] for option in options for one in option.days})
        named = Named(known.technicians, {**known.jobs, wanted.job.job_id: wanted.job.number})
        said = [
            await consequences.foresee(
                conn,
                area=wanted.area,
                touched=changed,
                leaving=[moved.job_id for moved in option.moved if moved.to_technician_id is None],
                more=[(wanted.job, wanted.appointments)],
                now=now,
            )
            for option, changed in zip(options, touched, strict=True)
        ]
    kept = await database.transact(
        actor.areas,
        lambda conn: changes.keep_proposal(
            conn, area_id=wanted.area.area_id, job_id=job_id, options=options, actor=actor, now=now
        ),
    )
    return Proposed(kept, options, named, said)


async def _on_call(conn: Conn, horizon: Horizon, area: Area, now: datetime) -> dict[Day, Stood]:
    """Who may be called now, as long as the call lasts; one that began yesterday may go on."""
    today = local_day(area, now)
    days = await technicians.list_on_call(conn, area.area_id, today - timedelta(days=1), today, now)
    facts = await read_facts(conn, area, days)
    return {
        day: stand_drafted(horizon.standing, area, called_in(known, now), now) for day, known in facts.items()
    }


def _options(
    horizon: Horizon, wanted: slots.Wanted, called: Mapping[Day, Stood], most_moved: int, now: datetime
) -> tuple[list[Option], Stop]:
    """Ways to serve it, and the job as a stop."""
    area, today = wanted.area, local_day(wanted.area, now)
    last_on = today + timedelta(days=area.settings.plan_days - 1)
    near = {day: stood for day, stood in horizon.rows.items() if day[2] <= last_on} | dict(called)
    todays = {day: stood for day, stood in near.items() if day[2] == today or day in called}
    able = eligible(todays, wanted.kind, area, today, frozenset()).days
    window = promised_window(wanted.appointments, now)
    asked = asked_stop(
        horizon.standing,
        area,
        wanted.job,
        wanted.kind,
        wanted.place,
        window=None if window is None else (unix(window.earliest_at), unix(window.latest_at)),
    )
    # its present place, if it has one, is free for others
    here = {
        day: without(stood.row, wanted.job.job_id)
        for day, stood in near.items()
        if wanted.job.job_id in stood.visits
    }
    with supposing(horizon, {day: stood.row for day, stood in called.items()} | here):
        found = propose(
            horizon.standing,
            asked,
            able,
            unix(now),
            movable({day: stood for day, stood in todays.items() if day not in here}),
            able_for(near, near, area, today),
            left_out(near),
            most_moved=most_moved,
        )
    return [option_of(number, one, near) for number, one in enumerate(found, start=1)], asked


def able_for(
    rows: Mapping[Day, Stood], candidates: Mapping[Day, Stood], area: Area, today: date
) -> Callable[[UUID], list[Day]]:
    """By job of these rows: which of the candidates could take it."""
    of_job = {visit.job_id: stood.facts for stood in rows.values() for visit in stood.facts.visits}
    known: dict[tuple[str, int], list[Day]] = {}

    def able(job_id: UUID) -> list[Day]:
        job = of_job[job_id].jobs[job_id]
        key = job.kind, job.kind_version
        if key not in known:
            known[key] = eligible(candidates, of_job[job_id].kinds[key], area, today, frozenset()).days
        return known[key]

    return able


async def accept(
    database: Database, *, proposal_id: UUID, option: int, actor: Actor, now: datetime
) -> Plan | None:
    """Raises `UnknownProposal`, `UnknownOffer`, `ProposalOutdated`, `NotBookable`."""
    return await database.transact(
        actor.areas,
        lambda conn: changes.accept(
            conn, areas_seen=actor.areas, proposal_id=proposal_id, number=option, actor=actor, now=now
        ),
    )


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the visits of somebody who does not come: by job, to whom; None where nobody had room."""

    plan: Plan | None
    moved: dict[UUID, Day | None]
    named: Named


async def absent(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    actor: Actor,
    now: datetime,
    reason: AbsenceReason | None = None,
) -> Absence:
    """Somebody is ill, today or later: what had not begun goes to others, promises first, each into its window.

    Raises `UnknownDay`.
    """
    for attempt in range(TRIES):
        async with database.begin(actor.areas, snapshot=True) as conn:
            area = await areas.get_area(conn, area_id=area_id)
            horizon = horizons.of(area_id)
            await horizon.refresh(conn, area, now)
            wanted, moved, _ = given_away(horizon, area, technician_id, on_day, now)
            named = named_in(horizon.rows)
        try:
            plan = await database.transact(
                actor.areas,
                lambda conn, wanted=wanted: changes.absent(
                    conn,
                    area_id=area_id,
                    technician_id=technician_id,
                    on_day=on_day,
                    wanted=wanted,
                    actor=actor,
                    now=now,
                    reason=reason,
                ),
            )
        except ProposalOutdated:
            if attempt == TRIES - 1:
                raise
            continue
        return Absence(plan=plan, moved=moved, named=named)
    raise ProposalOutdated


def given_away(
    horizon: Horizon, area: Area, technician_id: UUID, on_day: date, now: datetime
) -> tuple[changes.Rearranged, dict[UUID, Day | None], list[Stop]]:
    """Who would take what this technician has not begun, each as a stop. Raises `UnknownDay`."""
    ill = next((day for day in horizon.rows if day[1:] == (technician_id, on_day)), None)
    if ill is None:
        raise UnknownDay(onDay=on_day)
    today = local_day(area, now)
    last_on = max(on_day, today + timedelta(days=area.settings.plan_days - 1))
    near = {day: stood for day, stood in horizon.rows.items() if day[2] <= last_on}
    others = {day: stood for day, stood in near.items() if day != ill}
    able = able_for(near, others, area, today)
    prices = left_out(near)
    rows: dict[Day, Row] = {}
    moved: dict[UUID, Day | None] = {}
    waiting = _unbegun(horizon, area, near[ill], now)
    for stop in waiting:
        with supposing(horizon, rows):
            found = horizon.standing.price(
                stop, [stop.window or (unix(now), FOREVER_S)], able(stop.key), most=1
            )[0]
        worth = (
            stop.window is not None or not found or found[0].cost < prices.get(stop.key, found[0].cost + 1)
        )
        if not found or not worth:
            moved[stop.key] = None
            continue
        day: Day = found[0].key
        row = rows.get(day) or horizon.standing.row(day)
        rows[day] = inserted(row, found[0].position, stop)
        moved[stop.key] = day
    days = [stops_after(near[day], [stop.key for stop in row.stops]) for day, row in rows.items()]
    leaving = [job_id for job_id, day in moved.items() if day is None]
    return changes.Rearranged(days=days, leaving=leaving, given_away=list(moved)), moved, waiting


def _unbegun(horizon: Horizon, area: Area, ill: Stood, now: datetime) -> list[Stop]:
    """What nobody has set out for, promises first, then what is most urgent."""
    clock = clock_of(area, now, EPOCH)
    facts = ill.facts
    waiting = [visit for visit in facts.visits if visit.state in (VisitState.PUBLISHED, VisitState.DRAFT)]
    stops = [
        stop_of(horizon.standing, area, facts.jobs[visit.job_id], facts, with_pin(visit, LIFTED), clock)
        for visit in waiting
    ]
    return sorted(
        stops,
        key=lambda stop: (stop.window is None, facts.jobs[stop.key].priority, facts.jobs[stop.key].due_at),
    )


class Version(msgspec.Struct, frozen=True):
    """A version, and whether anything of it can be taken back by now."""

    listed: versions.Listed
    undoable: bool


async def list_versions(
    database: Database, horizons: Horizons, *, area_id: UUID, limit: int, actor: Actor, now: datetime
) -> list[Version]:
    """Newest first."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        found = await versions.list_versions(conn, area_id=area_id, limit=limit)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        return [Version(one, _undoable(one.plan, horizon, area, now)) for one in found]


def _undoable(plan: Plan, horizon: Horizon, area: Area, now: datetime) -> bool:
    if plan.published_at is None:
        return False
    rows, pinned = _without_its_pins(horizon, area, plan, now)
    days = {day: stood for day, stood in rows.items() if plan.first_on <= day[2] <= plan.last_on}
    return bool(pinned) or any(taken_back_to(plan, days, horizon.standing))


async def undo(
    database: Database, horizons: Horizons, *, area_id: UUID, plan_id: UUID, actor: Actor, now: datetime
) -> Plan | None:
    """Go back to what was out before this version: what has begun, what was promised since and what somebody changed
    after it stay. Raises `UnknownPlan`, `NothingToUndo`, `ProposalOutdated`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        plan = (await plans.get_plan(conn, area_id=area_id, plan_id=plan_id)).plan
        if plan.published_at is None:
            raise NothingToUndo()
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        rows, pinned = _without_its_pins(horizon, area, plan, now)
        days, leaving = taken_back_to(plan, rows, horizon.standing)
        # where it did nothing but pin, the order is as it was
        same = set(pinned.values()) - {one.day for one in days}
        days += [stops_after(rows[day], [stop.key for stop in rows[day].row.stops]) for day in sorted(same)]
    if not days and not leaving:
        raise NothingToUndo()
    return await database.transact(
        actor.areas,
        lambda conn: changes.undo(
            conn,
            area_id=area_id,
            plan_id=plan_id,
            wanted=changes.Rearranged(days=days, leaving=leaving),
            loose=frozenset(pinned),
            actor=actor,
            now=now,
        ),
    )


def _without_its_pins(
    horizon: Horizon, area: Area, plan: Plan, now: datetime
) -> tuple[dict[Day, Stood], dict[UUID, Day]]:
    """The days as they would stand had this version pinned nothing, and where the jobs are that it did pin."""
    mine = {
        visit.job_id: day
        for day, stood in horizon.rows.items()
        for visit in stood.visits.values()
        if visit.pinned and visit.plan_id == plan.plan_id
    }
    rows = dict(horizon.rows)
    for day in set(mine.values()):
        rows[day] = stand_drafted(horizon.standing, area, loosened(rows[day].facts, mine), now)
    return rows, mine
