"""Writing what becomes of rounds: shared by all flows that move visits. The caller holds the locks, and announces last."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from db.ids import new_id
from db.queries import crews, jobs, plans, technicians
from db.records import Area, PlannedRoute, Visit
from db.rows import Conn
from db.states import LIVE_VISIT, VisitState
from dispatch.rules import rounds
from dispatch.rules.journal import Shown
from dispatch.rules.pins import Pin
from dispatch.rules.rewriting import After, Context, rewrite, route_of, steady
from dispatch.rules.rounds import Published
from dispatch.rules.running import Day, day_of


async def write_visits(conn: Conn, area_id: UUID, changes: Published) -> None:
    """In this order, so that a job never has two live visits."""
    await plans.save_visits(conn, changes.cancelled)
    gone = [visit.visit_id for visit in [*changes.merged, *changes.dropped]]
    await plans.delete_drafts(conn, area_id, gone, [])
    await plans.save_visits(conn, changes.retimed)
    await plans.save_visits(conn, changes.sent_out)
    await plans.insert_visits(conn, changes.made)
    await crews.keep_crew(conn, [visit for visit in changes.made if visit.replaces_visit_id is not None])
    await jobs.save_jobs(conn, changes.jobs)


async def write_rounds(
    conn: Conn, area_id: UUID, routes: Sequence[PlannedRoute], plan_of: Mapping[date, UUID], now: datetime
) -> None:
    """The frames of these days. `plan_of`: of which plan they are from now on."""
    keys = [day_of(route) for route in routes]
    present = {day_of(row): row for row in await plans.list_rounds_of_days(conn, area_id, keys)}
    rows = [
        rounds.round_after(
            route,
            present.get(key),
            area_id=area_id,
            round_id=new_id(),
            plan_id=plan_of[route.on_day],
            now=now,
        )
        for key, route in zip(keys, routes, strict=True)
    ]
    await plans.save_rounds(conn, rows)


async def plans_of_days(
    conn: Conn, area_id: UUID, days: Sequence[date]
) -> dict[date, tuple[UUID | None, bool]]:
    """By day: the plan that a visit there joins, and whether it is published. A day that nobody planned has none."""
    found: dict[date, tuple[UUID | None, bool]] = {}
    for on_day in days:
        published = await plans.find_published_plan(conn, area_id, on_day)
        if published is not None:
            found[on_day] = published, True
        else:
            found[on_day] = await plans.find_draft_plan(conn, area_id, on_day), False
    return found


async def live_visits(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, Visit]:
    """Of each job that somebody is sent to."""
    found = await plans.list_visits_of_jobs(conn, area_id, job_ids)
    return {visit.job_id: visit for visit in found if visit.state in LIVE_VISIT}


async def present_visits(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, Visit]:
    """The live visit of each job, or else its own draft; one that would change a visit is only a thought."""
    found: dict[UUID, Visit] = {}
    for visit in await plans.list_visits_of_jobs(conn, area_id, job_ids):
        first = visit.state is VisitState.DRAFT and visit.replaces_visit_id is None
        if visit.state in LIVE_VISIT or (first and visit.job_id not in found):
            found[visit.job_id] = visit
    return found


async def rewrite_days(
    conn: Conn,
    area: Area,
    rows: Sequence[After],
    *,
    moving: Sequence[UUID],
    leaving: Sequence[UUID] = (),
    plan_id: UUID | None = None,
    pins: Mapping[UUID, Pin] | None = None,
    now: datetime,
) -> list[Shown]:
    """Give these technician-days their new rows. `moving`: jobs that come from elsewhere, are new there, or are sent where a draft has them; `plan_id`: the
    version this is part of, where it is one; `pins`: by job, of those that the hand pins or lets go. What to show to whom.

    Locked by the caller: the technician-days before and after, and the jobs of all their stops.
    """
    rows = [steady(after, now) for after in rows]
    concerned = sorted({*moving, *leaving, *(job_id for after in rows for job_id in after.jobs)})
    locked = {job.job_id: job for job in await jobs.lock_jobs(conn, area.area_id, concerned)}
    found = await plans_of_days(conn, area.area_id, sorted({after.day[2] for after in rows}))
    context = Context(
        area=area,
        jobs=locked,
        present=await present_visits(conn, area.area_id, concerned),
        plans=found
        if plan_id is None
        else {day: (plan_id, published) for day, (_, published) in found.items()},
        new_id=new_id,
        now=now,
        pins=pins or {},
        moving=frozenset(moving),
    )
    changes = rewrite(rows, leaving, context)
    # drafts of these jobs that thought of other places; first, because a job has one draft
    await plans.delete_replacing_drafts(conn, area.area_id, [*moving, *leaving])
    await write_visits(conn, area.area_id, changes)
    out = [after for after in rows if found[after.day[2]][1]]
    plan_of = {
        day: known for day, (known, published) in context.plans.items() if published and known is not None
    }
    await write_rounds(conn, area.area_id, [route_of(after) for after in out], plan_of, now)
    await touch(conn, rows, changes, {day for day, (_, published) in found.items() if published})
    visits = await plans.list_visits_of_jobs(conn, area.area_id, [job.job_id for job in changes.jobs])
    return [*changes.shown, *rounds.shown_again(visits)]


async def touch(conn: Conn, rows: Sequence[After], changes: Published, published_on: set[date]) -> None:
    """Whoever read these days before has an old version. Drafts of a day that is not out were rewritten with it; those of
    a published day have to be fitted anew."""
    days: set[Day] = {after.day for after in rows}
    days |= set(rounds.days_touched([*changes.cancelled, *changes.dropped]))
    fitting = [day for day in days if day[2] not in published_on]
    await technicians.touch_technician_days(conn, sorted(days - set(fitting)))
    await technicians.touch_technician_days(conn, sorted(fitting), drafts_fit=True)
