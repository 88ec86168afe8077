"""Changes through the day: they are worked out on the days in memory, then checked and written under the locks.

Nothing is solved here; a worker looks for something better afterwards.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import jobs, technicians
from db.records import Area, Plan, Proposal, Visit
from db.rows import Conn
from db.states import PlanOrigin, VisitState
from dispatch.actors import Actor
from dispatch.errors import NothingToUndo
from dispatch.flows import areas, changes, consequences, plans, slots, versions
from dispatch.horizon import Horizon, Horizons, read_facts, stop_for
from dispatch.placing import present_visits
from dispatch.planning import local_day
from dispatch.rules.consequences import Consequences, touched_by
from dispatch.rules.emergencies import Option, left_out, movable, option_of, stops_after
from dispatch.rules.on_call import called_in
from dispatch.rules.running import PLANNABLE, Day, promised_window
from dispatch.rules.slots import eligible
from dispatch.rules.standing import (
    Stood,
    as_promised_before,
    asked_stop,
    loosened,
    stand_drafted,
    unix,
    without,
)
from dispatch.rules.versions import left_by, stays, taken_back_to
from optimizer.displace import propose
from optimizer.rounds import Row, Stop

TRIES = 3
"""Somebody may book between looking and locking; then it is worked out anew."""


class Named(msgspec.Struct, frozen=True):
    """What people call the technicians and jobs of some days: names, numbers, and where the jobs are."""

    technicians: dict[UUID, str]
    jobs: dict[UUID, str]
    addresses: dict[UUID, str]


def named_in(rows: Mapping[Day, Stood]) -> Named:
    known = {
        visit.job_id: (stood.facts, stood.facts.jobs[visit.job_id])
        for stood in rows.values()
        for visit in stood.facts.visits
    }
    return Named(
        technicians={day[1]: stood.facts.technician.display_name for day, stood in rows.items()},
        jobs={job_id: job.number for job_id, (_, job) in known.items()},
        addresses={job_id: facts.places[job.place_id].address for job_id, (facts, job) in known.items()},
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
        called = await read_called(conn, horizon, wanted.area, now)
        options, asked = _options(horizon, wanted, called, most_moved, now)
        rows = {**horizon.rows, **called}
        with supposing(horizon, {day: stood.row for day, stood in called.items()}):
            touched = [touched_by(option.days, rows, horizon.standing, [asked]) for option in options]
        known = named_in({one.day: rows[one.day] for option in options for one in option.days})
        named = Named(
            known.technicians,
            {**known.jobs, wanted.job.job_id: wanted.job.number},
            {**known.addresses, wanted.job.job_id: wanted.place.address},
        )
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


async def read_called(conn: Conn, horizon: Horizon, area: Area, now: datetime) -> dict[Day, Stood]:
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
        lost = await lost_by(conn, horizon, area, [one.plan for one in found], now)
        return [Version(one, is_undoable(one.plan, horizon, area, lost, now)) for one in found]


async def lost_by(
    conn: Conn, horizon: Horizon, area: Area, found: Sequence[Plan], now: datetime
) -> dict[UUID, Stop]:
    """What lost its place by one of these versions and waits for another: nobody is sent to it, though a plan may think of it."""
    left = sorted({job_id for plan in found if plan.published_at is not None for job_id in left_by(plan)})
    present = await present_visits(conn, area.area_id, left)
    return {
        job.job_id: await stop_for(conn, area, horizon.standing, job, now)
        for job in await jobs.list_jobs_by_id(conn, area.area_id, left)
        if job.state in PLANNABLE
        and (job.job_id not in present or present[job.job_id].state is VisitState.DRAFT)
    }


def is_undoable(plan: Plan, horizon: Horizon, area: Area, lost: Mapping[UUID, Stop], now: datetime) -> bool:
    """Anything of it can be taken back still."""
    if plan.published_at is None:
        return False
    rows, pinned = _without_its_pins(horizon, area, plan, now)
    days = {day: stood for day, stood in rows.items() if plan.first_on <= day[2] <= plan.last_on}
    return bool(pinned) or any(taken_back_to(plan, days, horizon.standing, lost))


class Undone(msgspec.Struct, frozen=True):
    """The version that it made, if anything of it was out; and which visits could not go back."""

    plan: Plan | None
    stays: list[Visit]
    named: Named


async def undo(
    database: Database, horizons: Horizons, *, area_id: UUID, plan_id: UUID, actor: Actor, now: datetime
) -> Undone:
    """Go back to what was out before this version: what has begun, what was promised since and what somebody changed
    after it stay, and are named. Raises `UnknownPlan`, `NothingToUndo`, `ProposalOutdated`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        plan = (await plans.get_plan(conn, area_id=area_id, plan_id=plan_id)).plan
        if plan.published_at is None:
            raise NothingToUndo()
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        rows, pinned = _without_its_pins(horizon, area, plan, now)
        lost = await lost_by(conn, horizon, area, [plan], now)
        days, leaving = taken_back_to(plan, rows, horizon.standing, lost)
        # where it did nothing but pin, the order is as it was
        same = set(pinned.values()) - {one.day for one in days}
        days += [stops_after(rows[day], [stop.key for stop in rows[day].row.stops]) for day in sorted(same)]
    if not days and not leaving:
        raise NothingToUndo()
    made = await database.transact(
        actor.areas,
        lambda conn: changes.undo(
            conn,
            area_id=area_id,
            plan_id=plan_id,
            wanted=changes.Rearranged(days=days, leaving=leaving),
            loose=frozenset(pinned),
            sent=frozenset(lost),
            made_at=made_by_hand_at(plan),
            actor=actor,
            now=now,
        ),
    )
    async with database.begin(actor.areas, snapshot=True) as conn:
        await horizon.refresh(conn, area, now)
        return Undone(made, stays(plan, horizon.rows), named_in(horizon.rows))


def made_by_hand_at(plan: Plan) -> datetime | None:
    """When a person made it, who may have moved promises with it; None where none did."""
    return plan.published_at if plan.origin is PlanOrigin.HAND else None


def _without_its_pins(
    horizon: Horizon, area: Area, plan: Plan, now: datetime
) -> tuple[dict[Day, Stood], dict[UUID, Day]]:
    """The days as they would stand had this version pinned nothing and moved no promise, and where the jobs are that it did pin."""
    mine = {
        visit.job_id: day
        for day, stood in horizon.rows.items()
        for visit in stood.visits.values()
        if visit.pinned and visit.plan_id == plan.plan_id
    }
    made_at = made_by_hand_at(plan)
    rows = dict(horizon.rows)
    for day, stood in horizon.rows.items():
        facts = as_promised_before(stood.facts, made_at)
        if facts is not stood.facts or day in mine.values():
            rows[day] = stand_drafted(horizon.standing, area, loosened(facts, mine), now)
    return rows, mine
