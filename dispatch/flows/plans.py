"""Asking for a plan, running it, keeping it as a draft, publishing it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, kinds, plans, subscribers, technicians
from db.records import Area, Plan, PlanRun, UnassignedJob, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import LIVE_VISIT, PlanRunState, PlanState, VisitEnd, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import DaysImpossible, PlanSuperseded, UnknownPlan, UnknownPlanRun
from dispatch.planning import local_day, request_run
from dispatch.rules import plans as rules
from dispatch.rules import rounds
from dispatch.rules.journal import entry
from optimizer.result import Result

HORIZON_DAYS = 14


async def request(
    conn: Conn,
    *,
    area_id: UUID,
    first_on: date,
    last_on: date,
    budget: timedelta | None,
    seed: int,
    publish: bool,
    actor: Actor,
    now: datetime,
) -> PlanRun:
    """A queued run. Raises `DaysImpossible`."""
    async with conn.transaction():
        area = await _area(conn, area_id)
        today = local_day(area, now)
        if not today <= first_on <= last_on < today + timedelta(days=HORIZON_DAYS):
            raise DaysImpossible(pointer="/firstOn", today=today)
        run = await request_run(
            conn,
            area,
            actor,
            now,
            first_on=first_on,
            last_on=last_on,
            budget=budget,
            seed=seed,
            publish=publish,
        )
        entries = [entry(actor, now, "plan_run.requested", area_id=area_id, subject_id=run.plan_run_id)]
        await announce(conn, area_id, entries)
        return run


async def _area(conn: Conn, area_id: UUID) -> Area:
    area = await areas.find_area(conn, area_id)
    assert area is not None, "areas are never removed"
    return area


class Watched(Record):
    """A run, and the plan that came of it."""

    run: PlanRun
    plan_id: UUID | None


async def get_run(conn: Conn, *, area_id: UUID, plan_run_id: UUID) -> Watched:
    """Raises `UnknownPlanRun`."""
    run = await plans.find_run(conn, area_id, plan_run_id)
    if run is None:
        raise UnknownPlanRun()
    return Watched(run=run, plan_id=await plans.find_plan_of_run(conn, area_id, plan_run_id))


async def list_runs(conn: Conn, *, area_id: UUID, limit: int) -> list[PlanRun]:
    return await plans.list_runs(conn, area_id, limit)


async def stop(conn: Conn, *, area_id: UUID, plan_run_id: UUID) -> None:
    """Good enough: finish with the best so far."""
    async with conn.transaction():
        if not await plans.request_stop(conn, area_id, plan_run_id):
            raise UnknownPlanRun()


class Begun(Record):
    """A run under this attempt, with its problem."""

    run: PlanRun
    prepared: rules.Prepared


async def begin(conn: Conn, *, area_id: UUID, plan_run_id: UUID, now: datetime) -> Begun | None:
    """Claim the run for a new attempt and read all it needs; None when it is finished already."""
    async with conn.transaction():
        run = await plans.claim_run(conn, area_id, plan_run_id)
        if run is None:
            return None
        return Begun(run=run, prepared=rules.prepare(await _read(conn, run, now)))


async def _read(conn: Conn, run: PlanRun, now: datetime) -> rules.State:
    area = await _area(conn, run.area_id)
    days = await technicians.list_technician_days(conn, area.area_id, run.first_on, run.last_on)
    homes = sorted({day.area_id for day in days})
    people = await technicians.list_technicians(conn, homes)
    visits = await plans.list_visits_between(conn, area.area_id, run.first_on, run.last_on)
    published = await plans.list_rounds_between(conn, area.area_id, run.first_on, run.last_on)
    open_jobs = await jobs.list_open_jobs(conn, area.area_id)
    visited = await jobs.list_jobs_by_id(conn, area.area_id, sorted({visit.job_id for visit in visits}))
    known = {job.job_id: job for job in [*visited, *open_jobs]}
    places = [job.place_id for job in known.values()] + [person.start_place_id for person in people]
    windows = await jobs.list_appointments(conn, area.area_id, list(known))
    return rules.State(
        area=area,
        now=now,
        first_on=run.first_on,
        last_on=run.last_on,
        days=days,
        technicians={person.technician_id: person for person in people},
        stock=await technicians.list_van_stock(conn, homes, [person.technician_id for person in people]),
        places={place.place_id: place for place in await subscribers.list_places(conn, area.area_id, places)},
        jobs=[known[job_id] for job_id in sorted(known)],
        kinds={(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area.area_id)},
        visits=[visit for visit in visits if visit.state is not VisitState.DRAFT],
        appointments={job_id: [row for row in windows if row.job_id == job_id] for job_id in known},
        rounds={rules.day_of(row): row for row in published},
    )


async def note_progress(conn: Conn, *, run: PlanRun, progress: dict[str, object]) -> bool | None:
    """Whether somebody asked it to stop; None when another attempt has taken over."""
    async with conn.transaction():
        return await plans.note_progress(conn, run.area_id, run.plan_run_id, run.attempt, progress)


async def fail(conn: Conn, *, run: PlanRun, why: str, actor: Actor, now: datetime) -> None:
    async with conn.transaction():
        if await plans.finish_run(
            conn, run.area_id, run.plan_run_id, run.attempt, PlanRunState.FAILED, why[:500], now
        ):
            entries = [entry(actor, now, "plan_run.failed", area_id=run.area_id, subject_id=run.plan_run_id)]
            await announce(conn, run.area_id, entries)


async def save(
    conn: Conn, *, run: PlanRun, prepared: rules.Prepared, result: Result, actor: Actor, now: datetime
) -> Plan | None:
    """Keep the result as the draft plan, where nothing changed meanwhile; None when another attempt has taken over.

    What did change keeps what it has, and a new run is queued for it.
    """
    async with conn.transaction():
        days_now = await technicians.lock_technician_days(conn, [rules.day_of(day) for day in prepared.days])
        jobs_now = await jobs.lock_jobs(conn, run.area_id, [job.job_id for job in prepared.jobs])
        if not await plans.finish_run(
            conn, run.area_id, run.plan_run_id, run.attempt, PlanRunState.DONE, None, now
        ):
            return None
        stops = rules.stops_of(prepared, result)
        good, conflicting = rules.savable(prepared, stops, days_now, jobs_now)
        plan = _plan(run, prepared, result, await plans.next_plan_version(conn, run.area_id), now)
        # what changed meanwhile keeps its visit and its round: publishing touches only what is named here
        same = rules.unchanged_days(prepared, days_now)
        same_jobs = rules.unchanged(prepared, jobs_now)
        plan = msgspec.structs.replace(
            plan,
            unassigned=[item for item in plan.unassigned if item.job_id in same_jobs],
            routes=[
                route
                for route in plan.routes
                if (route.technician_area_id, route.technician_id, route.on_day) in same
            ],
        )
        await plans.supersede_plans(conn, run.area_id, plan.plan_id, PlanState.DRAFT, date.min, date.max)
        await plans.insert_plans(conn, [plan])
        await plans.delete_drafts_of_days(conn, run.area_id, same)
        await plans.delete_drafts(conn, run.area_id, [], [stop.job.job_id for stop in good])
        out = await _live_visits(conn, run.area_id, [stop.job.job_id for stop in good])
        drafts = [_draft(plan, stop, out.get(stop.job.job_id)) for stop in good]
        await plans.insert_visits(conn, drafts)
        await technicians.touch_technician_days(conn, same)
        if conflicting:
            area = await _area(conn, run.area_id)
            await request_run(conn, area, actor, now, first_on=run.first_on, last_on=run.last_on)
        facts = {"stops": len(good), "conflicts": len(conflicting), "unassigned": len(plan.unassigned)}
        entries = [
            entry(actor, now, "plan.drafted", area_id=run.area_id, subject_id=plan.plan_id, facts=facts)
        ]
        await announce(conn, run.area_id, entries)
        return plan


async def _live_visits(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, Visit]:
    found = await plans.list_visits_of_jobs(conn, area_id, job_ids)
    return {visit.job_id: visit for visit in found if visit.state in LIVE_VISIT}


def _plan(run: PlanRun, prepared: rules.Prepared, result: Result, version: int, now: datetime) -> Plan:
    unassigned = [
        UnassignedJob(
            job_id=prepared.jobs[item.job].job_id,
            blocks={str(block): count for block, count in item.blocks.items()},
            hint=_hint(prepared, msgspec.to_builtins(item.hint)),
        )
        for item in result.unassigned
    ]
    cost: dict[str, int] = {name: getattr(result.cost, name) for name in result.cost.__struct_fields__}
    return Plan(
        area_id=run.area_id,
        plan_id=new_id(),
        plan_version=version,
        plan_run_id=run.plan_run_id,
        state=PlanState.DRAFT,
        first_on=run.first_on,
        last_on=run.last_on,
        cost={**cost, "total": result.cost.total},
        unassigned=unassigned,
        routes=rules.routes_of(prepared, result),
        created_at=now,
        published_at=None,
        published_by=None,
    )


def _hint(prepared: rules.Prepared, hint: dict[str, object] | None) -> dict[str, object] | None:
    """With the technician and day instead of the optimizer's shift index."""
    if hint is None or not isinstance(shift := hint.pop("shift", None), int):
        return hint
    _, technician_id, on_day = rules.day_of(prepared.days[shift])
    return {**hint, "technician_id": str(technician_id), "on_day": on_day.isoformat()}


def _draft(plan: Plan, stop: rules.PlannedStop, replaces: Visit | None) -> Visit:
    home, technician_id, on_day = stop.day
    return Visit(
        area_id=plan.area_id,
        visit_id=new_id(),
        job_id=stop.job.job_id,
        technician_area_id=home,
        technician_id=technician_id,
        on_day=on_day,
        state=VisitState.DRAFT,
        end_reason=VisitEnd.NONE,
        sequence=stop.sequence,
        planned_arrival_at=stop.arrival_at,
        planned_start_at=stop.start_at,
        planned_end_at=stop.end_at,
        travel_duration=stop.travel_duration,
        distance_m=stop.distance_m,
        replaces_visit_id=None if replaces is None else replaces.visit_id,
        plan_id=plan.plan_id,
        pinned=False if replaces is None else replaces.pinned,
        assigned_at=None,
        shown_at=None,
        hidden_at=None,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=None,
    )


class Drafted(Record):
    """A plan with its draft visits and, for each that is out already, the visit it would change."""

    plan: Plan
    drafts: list[Visit]
    replaced: dict[UUID, Visit]


async def get_plan(conn: Conn, *, area_id: UUID, plan_id: UUID) -> Drafted:
    plan = await plans.find_plan(conn, area_id, plan_id)
    if plan is None:
        raise UnknownPlan()
    drafts = await plans.list_drafts(conn, area_id, plan_id)
    out = await _live_visits(conn, area_id, [draft.job_id for draft in drafts])
    return Drafted(plan=plan, drafts=drafts, replaced=out)


async def list_plans(conn: Conn, *, area_id: UUID, limit: int) -> list[Plan]:
    return await plans.list_plans(conn, area_id, limit)


async def publish(conn: Conn, *, area_id: UUID, plan_id: UUID, actor: Actor, now: datetime) -> Plan:
    """Send the draft's rounds to the phones. Raises `UnknownPlan`, `PlanSuperseded`."""
    async with conn.transaction():
        area = await _area(conn, area_id)
        plan = await plans.find_plan(conn, area_id, plan_id)
        if plan is None:
            raise UnknownPlan()
        drafts = await plans.list_drafts(conn, area_id, plan_id)
        waiting = [item.job_id for item in plan.unassigned]
        concerned = sorted({*(draft.job_id for draft in drafts), *waiting})
        out = await _live_visits(conn, area_id, concerned)
        days = rounds.days_touched([*drafts, *out.values()])
        days += [(route.technician_area_id, route.technician_id, route.on_day) for route in plan.routes]
        await technicians.lock_technician_days(conn, sorted(set(days)))
        locked = {job.job_id: job for job in await jobs.lock_jobs(conn, area_id, concerned)}
        if not await plans.mark_published(conn, area_id, plan_id, now, actor.actor_id):
            raise PlanSuperseded()
        # under the locks once more: a phone may have reported between the first look and now
        out = await _live_visits(conn, area_id, concerned)
        changes = rounds.publish(drafts, out, waiting, locked, area, planned_at=plan.created_at, now=now)
        await _write(conn, area_id, changes)
        await _write_rounds(conn, plan, now)
        await technicians.touch_technician_days(conn, sorted(set(days)))
        await plans.supersede_plans(conn, area_id, plan_id, PlanState.PUBLISHED, plan.first_on, plan.last_on)
        facts = {
            "sentOut": len(changes.sent_out),
            "retimed": len(changes.retimed),
            "takenBack": len(changes.cancelled),
            "dropped": len(changes.dropped),
        }
        entries = [entry(actor, now, "plan.published", area_id=area_id, subject_id=plan_id, facts=facts)]
        of_jobs = await plans.list_visits_of_jobs(conn, area_id, [job.job_id for job in changes.jobs])
        await announce(conn, area_id, entries, [*changes.shown, *rounds.shown_again(of_jobs)])
        return msgspec.structs.replace(plan, state=PlanState.PUBLISHED, published_at=now)


async def _write(conn: Conn, area_id: UUID, changes: rounds.Published) -> None:
    """In this order, so that a job never has two live visits."""
    await plans.save_visits(conn, changes.cancelled)
    gone = [visit.visit_id for visit in [*changes.merged, *changes.dropped]]
    await plans.delete_drafts(conn, area_id, gone, [])
    await plans.save_visits(conn, changes.retimed)
    await plans.save_visits(conn, changes.sent_out)
    await jobs.save_jobs(conn, changes.jobs)


async def _write_rounds(conn: Conn, plan: Plan, now: datetime) -> None:
    present = {
        rules.day_of(row): row
        for row in await plans.list_rounds_between(conn, plan.area_id, plan.first_on, plan.last_on)
    }
    rows = [
        rounds.round_after(
            route,
            present.get((route.technician_area_id, route.technician_id, route.on_day)),
            area_id=plan.area_id,
            round_id=new_id(),
            plan_id=plan.plan_id,
            now=now,
        )
        for route in plan.routes
    ]
    await plans.save_rounds(conn, rows)
