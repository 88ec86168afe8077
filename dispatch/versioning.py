"""A change that could not wait for the optimizer becomes a version of the plan: shared by all flows that make one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import plans
from db.records import Area, JournalEntry, Plan, TechnicianDay, UnassignedJob
from db.rows import Conn
from db.states import PlanOrigin, PlanState
from dispatch.actors import Actor, worker
from dispatch.placing import plans_of_days, rewrite_days
from dispatch.planning import local_day, request_reasons, request_run
from dispatch.rules import rounds
from dispatch.rules.journal import Shown, entry
from dispatch.rules.pins import Pin
from dispatch.rules.rewriting import After, route_of
from dispatch.rules.running import day_of


async def write_version(
    conn: Conn,
    area: Area,
    rows: Sequence[After],
    days: Sequence[TechnicianDay],
    leaving: Sequence[UUID],
    *,
    origin: PlanOrigin,
    actor: Actor,
    now: datetime,
    undoes: UUID | None = None,
    pins: Mapping[UUID, Pin] | None = None,
    sent: Collection[UUID] = (),
) -> tuple[Plan | None, list[Shown], list[JournalEntry]]:
    """The version, its visits and rounds, and the request for a better one. Days that are not out have no version. `pins`: of those
    jobs that the hand pins or lets go; `sent`: the jobs for whose sake it is made, which go out though they be drafts there."""
    on_days = sorted({day_of(day)[2] for day in days})
    out = await plans_of_days(conn, area.area_id, on_days)
    plan = None
    if all(published for _, published in out.values()):
        plan = await _version(conn, area, rows, days, leaving, origin, undoes, actor, now)
    moving = sorted(
        {
            job_id
            for after in rows
            for job_id in after.jobs
            if job_id in sent or job_id not in after.stood.visits
        }
    )
    shown = await rewrite_days(
        conn,
        area,
        rows,
        moving=moving,
        leaving=leaving,
        plan_id=None if plan is None else plan.plan_id,
        pins=pins,
        now=now,
    )
    if plan is not None:
        await request_reasons(conn, area.area_id, plan.plan_id)
    today = local_day(area, now)
    last_on = max(on_days[-1], today + timedelta(days=area.settings.plan_days - 1))
    await request_run(conn, area, worker(area.area_id), now, first_on=today, last_on=last_on)
    entries = [
        entry(
            actor,
            now,
            "rounds.changed",
            area_id=area.area_id,
            subject_id=None if plan is None else plan.plan_id,
            facts={"origin": origin, "moved": len(moving), "left": len(leaving)},
        )
    ]
    return plan, shown, entries


async def _version(
    conn: Conn,
    area: Area,
    rows: Sequence[After],
    days: Sequence[TechnicianDay],
    leaving: Sequence[UUID],
    origin: PlanOrigin,
    undoes: UUID | None,
    actor: Actor,
    now: datetime,
) -> Plan:
    """With what was out, also on the days that only lose something."""
    keys = sorted(day_of(day) for day in days)
    frames = await plans.list_rounds_of_days(conn, area.area_id, keys)
    visits = await plans.list_visits_of_days(conn, area.area_id, keys)
    plan = Plan(
        area_id=area.area_id,
        plan_id=new_id(),
        plan_version=await plans.next_plan_version(conn, area.area_id),
        plan_run_id=None,
        origin=origin,
        undoes_plan_id=undoes,
        state=PlanState.PUBLISHED,
        first_on=min(on_day for _, _, on_day in keys),
        last_on=max(on_day for _, _, on_day in keys),
        cost={},
        unassigned=[UnassignedJob(job_id=job_id, blocks={}) for job_id in leaving],
        routes=[route_of(after) for after in rows],
        replaced=[rounds.route_out(frame, visits) for frame in frames],
        created_at=now,
        published_at=now,
        published_by=actor.actor_id,
    )
    await plans.insert_plans(conn, [plan])
    return plan
