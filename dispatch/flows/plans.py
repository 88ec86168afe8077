"""Asking for a plan, running it, keeping it as a draft."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, crews, jobs, kinds, plans, reasons, subscribers, technicians, travel
from db.records import Plan, PlanRun, RunTravel, UnassignedJob, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import PlanRunState, PlanState, VisitEnd, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import DaysImpossible, UnknownPlan, UnknownPlanRun
from dispatch.fair_shares import debts_of
from dispatch.horizon import grouped
from dispatch.placing import live_visits
from dispatch.planning import local_day, request_run
from dispatch.rules import plans as rules
from dispatch.rules import reasons as reasoning
from dispatch.rules.journal import entry
from dispatch.rules.pins import pinned_of
from dispatch.rules.running import day_of
from dispatch.rules.saving import savable, unchanged
from optimizer.explain import Reason
from optimizer.result import Hint, Result

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
    change_budget: int | None = None,
    actor: Actor,
    now: datetime,
) -> PlanRun:
    """A queued run. `change_budget`: how many visits that are out it may move. Raises `DaysImpossible`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
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
            change_budget=change_budget,
        )
        entries = [entry(actor, now, "plan_run.requested", area_id=area_id, subject_id=run.plan_run_id)]
        await announce(conn, area_id, entries)
        return run


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
    """A run under this attempt, with all it needs to know."""

    run: PlanRun
    state: rules.State


async def begin(conn: Conn, *, area_id: UUID, plan_run_id: UUID, now: datetime) -> Begun | None:
    """Claim the run for a new attempt and read all it needs; None when it is finished already."""
    async with conn.transaction():
        run = await plans.claim_run(conn, area_id, plan_run_id)
        if run is None:
            return None
        state = await _read(conn, area_id, run.first_on, run.last_on, now)
        return Begun(run=run, state=state)


async def look_again(conn: Conn, *, run: PlanRun, now: datetime) -> rules.State:
    """The same days as they are now: bookings, reports."""
    async with conn.transaction():
        return await _read(conn, run.area_id, run.first_on, run.last_on, now)


async def note_travel(conn: Conn, *, run: PlanRun, said: RunTravel) -> None:
    """Where its travel times came from."""
    async with conn.transaction():
        await travel.note_travel(conn, run.area_id, run.plan_run_id, run.attempt, said)


async def forget_travel(conn: Conn, *, area_id: UUID, before: datetime) -> None:
    """Travel times that were worked out before then."""
    async with conn.transaction():
        await travel.delete_travel_rows(conn, area_id, before)


class AsItStands(Record):
    """A version, its days as they are now, where its jobs are on them, and whose travel times it was made with."""

    plan: Plan
    state: rules.State
    visits: list[Visit]
    travel: RunTravel | None


async def look_at(conn: Conn, *, area_id: UUID, plan_id: UUID, now: datetime) -> AsItStands:
    """What reasons are worked out on. Raises `UnknownPlan`."""
    async with conn.transaction():
        plan = await plans.find_plan(conn, area_id, plan_id)
        if plan is None:
            raise UnknownPlan()
        state = await _read(conn, area_id, plan.first_on, plan.last_on, now)
        run = await travel.find_run_behind(conn, plan)
        return AsItStands(
            plan=plan,
            state=state,
            visits=[*state.visits, *await _drafts(conn, plan)],
            travel=None if run is None else run.travel,
        )


async def read_days(
    conn: Conn, *, area_id: UUID, first_on: date, last_on: date, now: datetime
) -> rules.State:
    """The days as they are, for somebody who only wants to think about them."""
    async with conn.transaction():
        return await _read(conn, area_id, first_on, last_on, now)


async def _drafts(conn: Conn, plan: Plan) -> list[Visit]:
    if plan.state is not PlanState.DRAFT:
        return []
    return await plans.list_drafts_of_plan(conn, plan.area_id, plan.plan_id, plan.first_on, plan.last_on)


async def _read(conn: Conn, area_id: UUID, first_on: date, last_on: date, now: datetime) -> rules.State:
    area = await areas.get_area(conn, area_id)
    days = await technicians.list_technician_days(conn, area_id, first_on, last_on)
    homes = sorted({day.area_id for day in days})
    who = sorted({day.technician_id for day in days})
    people = await technicians.list_technicians_by_id(conn, homes, who)
    visits = await plans.list_visits_between(conn, area.area_id, first_on, last_on)
    published = await plans.list_rounds_between(conn, area.area_id, first_on, last_on)
    open_jobs = await jobs.list_open_jobs(conn, area.area_id)
    visited = await jobs.list_jobs_by_id(conn, area.area_id, sorted({visit.job_id for visit in visits}))
    known = {job.job_id: job for job in [*visited, *open_jobs]}
    places = [job.place_id for job in known.values()] + [person.start_place_id for person in people]
    windows = await jobs.list_appointments(conn, area.area_id, list(known))
    return rules.State(
        area=area,
        now=now,
        first_on=first_on,
        last_on=last_on,
        days=days,
        technicians={person.technician_id: person for person in people},
        stock=await technicians.list_van_stock(conn, homes, who),
        places={
            place.place_id: place
            for place in await subscribers.list_places(conn, [area.area_id, *homes], places)
        },
        jobs=[known[job_id] for job_id in sorted(known)],
        kinds={(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area.area_id)},
        visits=[visit for visit in visits if visit.state is not VisitState.DRAFT],
        drafts=[
            visit for visit in visits if visit.state is VisitState.DRAFT and visit.replaces_visit_id is None
        ],
        appointments=grouped(windows, lambda row: row.job_id),
        rounds={day_of(row): row for row in published},
        crew=await crews.list_crew_between(conn, area.area_id, first_on, last_on),
        debts=await debts_of(conn, homes, first_on),
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
    conn: Conn,
    *,
    run: PlanRun,
    prepared: rules.Prepared,
    result: Result,
    said: Sequence[Reason] = (),
    moved: int | None = None,
    actor: Actor,
    now: datetime,
) -> Plan | None:
    """Keep the result as the draft plan, with its reasons, where nothing changed meanwhile; None when another attempt has
    taken over. `moved`: how many visits that are out it moves.

    What did change keeps what it has, and a new run is queued for it.
    """
    async with conn.transaction():
        days_now = await technicians.lock_technician_days(conn, [day_of(day) for day in prepared.days])
        jobs_now = await jobs.lock_jobs(conn, run.area_id, [job.job_id for job in prepared.jobs])
        await plans.note_moved(conn, run.area_id, run.plan_run_id, run.attempt, moved)
        if not await plans.finish_run(
            conn, run.area_id, run.plan_run_id, run.attempt, PlanRunState.DONE, None, now
        ):
            return None
        stops = rules.stops_of(prepared, result)
        present = await plans.list_visits_of_days(conn, run.area_id, [day_of(day) for day in prepared.days])
        drafts_now = [
            row for row in present if row.state is VisitState.DRAFT and row.replaces_visit_id is None
        ]
        good, conflicting, same = savable(prepared, stops, days_now, jobs_now, drafts_now)
        plan = _plan(run, prepared, result, await plans.next_plan_version(conn, run.area_id), now)
        # what changed meanwhile keeps its visit and its round: publishing touches only what is named here
        same_jobs = unchanged(prepared, jobs_now)
        plan = msgspec.structs.replace(
            plan,
            unassigned=[item for item in plan.unassigned if item.job_id in same_jobs],
            routes=[route for route in plan.routes if day_of(route) in same],
        )
        await plans.supersede_drafts(conn, run.area_id, plan.plan_id, plan.first_on, plan.last_on)
        await plans.insert_plans(conn, [plan])
        await plans.delete_drafts_of_days(conn, run.area_id, same)
        await plans.delete_drafts(conn, run.area_id, [], [stop.job.job_id for stop in good])
        out = await live_visits(conn, run.area_id, [stop.job.job_id for stop in good])
        pins = pinned_of([], drafts_now)
        drafts = [_draft(plan, stop, out.get(stop.job.job_id), pins.get(stop.job.job_id)) for stop in good]
        await plans.insert_visits(conn, drafts)
        speaks_of = {stop.job.job_id for stop in good} | {item.job_id for item in plan.unassigned}
        rows = reasoning.rows_of(plan, prepared, said, result.unassigned, speaks_of, now)
        await reasons.save_reasons(conn, rows)
        await technicians.touch_technician_days(conn, same, drafts_fit=True)
        if conflicting:
            area = await areas.get_area(conn, run.area_id)
            await request_run(conn, area, actor, now, first_on=run.first_on, last_on=run.last_on)
        facts = {"stops": len(good), "conflicts": len(conflicting), "unassigned": len(plan.unassigned)}
        entries = [
            entry(actor, now, "plan.drafted", area_id=run.area_id, subject_id=plan.plan_id, facts=facts)
        ]
        await announce(conn, run.area_id, entries)
        return plan


def _plan(run: PlanRun, prepared: rules.Prepared, result: Result, version: int, now: datetime) -> Plan:
    unassigned = [
        UnassignedJob(
            job_id=prepared.jobs[item.job].job_id,
            blocks={str(block): count for block, count in item.blocks.items()},
            hint=_hint(prepared, item.hint),
        )
        for item in result.unassigned
        if item.job < len(prepared.jobs)
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


def _hint(prepared: rules.Prepared, hint: Hint | None) -> dict[str, object] | None:
    """Without the members that it has not."""
    told: dict[str, object] | None = msgspec.to_builtins(reasoning.hint_of(prepared, hint))
    return None if told is None else {name: value for name, value in told.items() if value is not None}


def _draft(plan: Plan, stop: rules.PlannedStop, replaces: Visit | None, pinned: Visit | None) -> Visit:
    """It keeps the pin of the visit that it replaces, or of the draft that it follows (`pinned`)."""
    before = replaces or pinned
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
        pinned=before is not None and before.pinned,
        pinned_start_at=None if before is None else before.pinned_start_at,
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
    drafts = await plans.list_drafts_of_plan(conn, area_id, plan_id, plan.first_on, plan.last_on)
    out = await live_visits(conn, area_id, [draft.job_id for draft in drafts])
    return Drafted(plan=plan, drafts=drafts, replaced=out)
