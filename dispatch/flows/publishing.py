"""A draft goes out, whole or in part, or is thrown away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, drafts, jobs, plans, technicians
from db.records import Area, Job, Plan, PlannedRoute, UnassignedJob, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import PlanOrigin, PlanState, VisitState
from dispatch.actors import Actor, worker
from dispatch.announce import announce
from dispatch.errors import (
    NotInPlan,
    PartNeedsMore,
    PartOutdated,
    PlanSuperseded,
    TransitionRefused,
    UnknownPlan,
)
from dispatch.horizon import read_facts
from dispatch.placing import live_visits, write_rounds, write_visits
from dispatch.planning import local_day, request_reasons, request_run
from dispatch.rules import parts, rounds
from dispatch.rules.fitting import Fitted, fit, withdrawn
from dispatch.rules.journal import entry
from dispatch.rules.running import LEAST_REMAINING_S, Day, day_of, promised_window, works

REMAINING = timedelta(seconds=LEAST_REMAINING_S)


class GoingOut(Record):
    """What publishing a plan concerns."""

    drafts: list[Visit]
    out: dict[UUID, Visit]
    jobs: list[UUID]
    days: list[Day]
    beside: list[Visit]
    """All of those days."""


async def publish(conn: Conn, *, area_id: UUID, plan_id: UUID, actor: Actor, now: datetime) -> Plan:
    """Send the draft's rounds to the phones, and what was booked into its days since. A technician-day that cannot be
    served as drafted any more stays as it is and is planned again. Raises `UnknownPlan`, `PlanSuperseded`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        plan, going, locked = await _locked(conn, area_id, plan_id)
        if not await plans.mark_published(conn, area_id, plan_id, now, actor.actor_id):
            raise PlanSuperseded()
        replaced = await _out_before(conn, area_id, going.days, going.beside)
        leaving = await _leaving(conn, area, plan, going, now)
        fitted = await _fitted(conn, area, plan, going, leaving, locked, now)
        changes = rounds.publish(fitted.drafts, going.out, leaving, locked, area, now)
        changes = rounds.with_retimed(changes, fitted.retimed, fitted.dropped, locked)
        anew = {day_of(route) for route in fitted.routes}
        routes = [
            *fitted.routes,
            *(route for route in plan.routes if day_of(route) not in anew | fitted.refused),
        ]
        await write_visits(conn, area_id, changes)
        await write_rounds(conn, area_id, routes, {route.on_day: plan_id for route in routes}, now)
        await technicians.touch_technician_days(conn, going.days, drafts_fit=True)
        await plans.keep_published(conn, area_id, plan_id, routes, replaced)
        await plans.supersede_plans(conn, area_id, plan_id, PlanState.PUBLISHED, plan.first_on, plan.last_on)
        # from now on moving costs more: people have been told
        await request_reasons(conn, area_id, plan_id)
        if fitted.refused:
            await request_run(
                conn, area, worker(area.area_id), now, first_on=plan.first_on, last_on=plan.last_on
            )
        facts = {**_counted(changes), "refusedDays": len(fitted.refused)}
        await _say(conn, "plan.published", plan, changes, facts, actor, now)
        return msgspec.structs.replace(
            plan, state=PlanState.PUBLISHED, published_at=now, routes=routes, replaced=replaced
        )


async def publish_part(
    conn: Conn,
    *,
    area_id: UUID,
    plan_id: UUID,
    only: Sequence[UUID] | None,
    but: Sequence[UUID],
    actor: Actor,
    now: datetime,
) -> Plan:
    """Send only these changes of the draft out (None: all), or all but those, as a version of its own; what is left stays a
    draft. All others keep their places, and the minutes of the rounds that are touched are worked out anew.

    Raises `UnknownPlan`, `PlanSuperseded`, `NotInPlan`, `PartOutdated`, and `PartNeedsMore` with what must come along.
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        _, going, locked = await _locked(conn, area_id, plan_id)
        if (draft := await drafts.lock_draft(conn, area_id, plan_id)) is None:
            raise PlanSuperseded()
        whole = await _whole(conn, area, draft, going, locked, now)
        chosen = _chosen(whole, only, but)
        more = parts.needs(whole, chosen)
        if more:
            raise PartNeedsMore(needs=sorted(more))
        fitted = parts.fitted_part(whole, chosen)
        leaving = [visit for visit in whole.leaving if visit.job_id in chosen]
        if more is None or not (fitted.drafts or leaving):
            raise PartOutdated()
        days = sorted(parts.days_of(whole, chosen))
        part = _version(
            draft, days, leaving, fitted.routes, await plans.next_plan_version(conn, area_id), now
        )
        part = msgspec.structs.replace(
            part,
            published_by=actor.actor_id,
            replaced=await _out_before(conn, area_id, days, going.beside),
        )
        await plans.insert_plans(conn, [part])
        own = [msgspec.structs.replace(visit, plan_id=part.plan_id) for visit in fitted.drafts]
        changes = rounds.publish(own, going.out, leaving, locked, area, now)
        changes = rounds.with_retimed(changes, fitted.retimed, fitted.dropped, locked)
        await write_visits(conn, area_id, changes)
        await write_rounds(conn, area_id, part.routes, {day[2]: part.plan_id for day in days}, now)
        # what is left of the draft is fitted anew when it goes out
        await technicians.touch_technician_days(conn, days)
        state = PlanState.DRAFT if parts.is_left(whole, chosen) else PlanState.SUPERSEDED
        await drafts.keep_rest(conn, msgspec.structs.replace(parts.rest_of(draft, chosen), state=state))
        await request_reasons(conn, area_id, part.plan_id)
        facts = {**_counted(changes), "partOf": plan_id}
        await _say(conn, "plan.published_in_part", part, changes, facts, actor, now)
        return part


async def _whole(
    conn: Conn, area: Area, draft: Plan, going: GoingOut, locked: dict[UUID, Job], now: datetime
) -> parts.Whole:
    rows = await technicians.list_technician_days_of(conn, going.days)
    working = [row for row in rows if works(row, area.area_id)]
    return parts.Whole(
        area=area,
        facts=await read_facts(conn, area, working, going.beside),
        drafts=going.drafts,
        out=going.out,
        leaving=await _leaving(conn, area, draft, going, now),
        jobs=locked,
        now=now,
    )


def _chosen(whole: parts.Whole, only: Sequence[UUID] | None, but: Sequence[UUID]) -> set[UUID]:
    """Raises `NotInPlan`."""
    for name, named in (("only", only or ()), ("except", but)):
        for number, job_id in enumerate(named):
            if job_id not in whole.changes:
                raise NotInPlan(pointer=f"/{name}/{number}")
    return (whole.changes if only is None else set(only)) - set(but)


def _version(
    draft: Plan,
    days: Sequence[Day],
    leaving: Sequence[Visit],
    routes: Sequence[PlannedRoute],
    number: int,
    now: datetime,
) -> Plan:
    """The part that goes out."""
    return Plan(
        area_id=draft.area_id,
        plan_id=new_id(),
        plan_version=number,
        plan_run_id=None,
        origin=PlanOrigin.PART,
        part_of_plan_id=draft.plan_id,
        state=PlanState.PUBLISHED,
        first_on=min(on_day for _, _, on_day in days),
        last_on=max(on_day for _, _, on_day in days),
        cost={},
        unassigned=[UnassignedJob(job_id=visit.job_id, blocks={}) for visit in leaving],
        routes=list(routes),
        created_at=now,
        published_at=now,
        published_by=None,
    )


async def discard(conn: Conn, *, area_id: UUID, plan_id: UUID, actor: Actor, now: datetime) -> Plan:
    """Throw a draft away. A place that it found for something promised stays, until a plan finds a better one. Again is the same.

    Raises `UnknownPlan`, `TransitionRefused`.
    """
    async with conn.transaction():
        plan, going, _ = await _locked(conn, area_id, plan_id)
        if not await drafts.mark_discarded(conn, area_id, plan_id, now, actor.actor_id):
            present = await plans.find_plan(conn, area_id, plan_id)
            if present is None or present.published_at is not None:
                raise TransitionRefused(state=PlanState.PUBLISHED)
            return present
        own = [draft for draft in going.drafts if draft.plan_id == plan_id]
        windows = await jobs.list_appointments(conn, area_id, [draft.job_id for draft in own])
        promised = {row.job_id for row in windows if promised_window([row], now) is not None}
        gone = [draft for draft in own if draft.replaces_visit_id is not None or draft.job_id not in promised]
        await plans.delete_drafts(conn, area_id, [draft.visit_id for draft in gone], [])
        await technicians.touch_technician_days(conn, rounds.days_touched(gone), drafts_fit=True)
        facts = {"drafts": len(gone)}
        entries = [
            entry(actor, now, "plan.discarded", area_id=area_id, subject_id=plan_id, facts=facts),
        ]
        await announce(conn, area_id, entries)
        return msgspec.structs.replace(
            plan, state=PlanState.SUPERSEDED, discarded_at=now, discarded_by=actor.actor_id
        )


async def _locked(conn: Conn, area_id: UUID, plan_id: UUID) -> tuple[Plan, GoingOut, dict[UUID, Job]]:
    """The draft, with all that publishing it concerns, its days and jobs locked. Raises `UnknownPlan`."""
    plan = await plans.find_plan(conn, area_id, plan_id)
    if plan is None:
        raise UnknownPlan()
    # also the days that stay empty: a desk must not book into one as into a draft while it goes out
    every = await technicians.list_technician_days(conn, area_id, plan.first_on, plan.last_on)
    going = await _going_out_locked(conn, plan, set(map(day_of, every)))
    locked = {job.job_id: job for job in await jobs.lock_jobs(conn, area_id, going.jobs)}
    return plan, going, locked


async def _out_before(
    conn: Conn, area_id: UUID, days: Sequence[Day], beside: Sequence[Visit]
) -> list[PlannedRoute]:
    frames = await plans.list_rounds_of_days(conn, area_id, days)
    return [rounds.route_out(frame, beside) for frame in frames]


async def _leaving(conn: Conn, area: Area, plan: Plan, going: GoingOut, now: datetime) -> list[Visit]:
    """Visits that are taken back: of jobs for which the plan found no place, and which nobody has promised since, or before."""
    left_out = [item.job_id for item in plan.unassigned]
    windows = await jobs.list_appointments(conn, plan.area_id, left_out)
    promised = {row.job_id for row in windows if promised_window([row], now) is not None}
    return [visit for visit in withdrawn(plan, going.out, area, now) if visit.job_id not in promised]


def _counted(changes: rounds.Published) -> dict[str, object]:
    return {
        "sentOut": len(changes.sent_out),
        "retimed": len(changes.retimed),
        "takenBack": len(changes.cancelled),
        "dropped": len(changes.dropped),
    }


async def _say(
    conn: Conn,
    action: str,
    plan: Plan,
    changes: rounds.Published,
    facts: dict[str, object],
    actor: Actor,
    now: datetime,
) -> None:
    """To the journal and the phones."""
    entries = [entry(actor, now, action, area_id=plan.area_id, subject_id=plan.plan_id, facts=facts)]
    of_jobs = await plans.list_visits_of_jobs(conn, plan.area_id, [job.job_id for job in changes.jobs])
    await announce(conn, plan.area_id, entries, [*changes.shown, *rounds.shown_again(of_jobs)])


async def _going_out_locked(conn: Conn, plan: Plan, days: set[Day]) -> GoingOut:
    """With all of its days locked, and these: until a day is held, somebody may send a visit of it to yet another."""
    held: set[Day] = set()
    while True:
        await technicians.lock_technician_days(conn, sorted(days - held))
        held |= days
        going = await _going_out(conn, plan)
        days = set(going.days)
        if days <= held:
            return going


async def _going_out(conn: Conn, plan: Plan) -> GoingOut:
    drafts = await plans.list_drafts_of_plan(conn, plan.area_id, plan.plan_id, plan.first_on, plan.last_on)
    concerned = {*(draft.job_id for draft in drafts), *(item.job_id for item in plan.unassigned)}
    out = await live_visits(conn, plan.area_id, sorted(concerned))
    days = {*rounds.days_touched([*drafts, *out.values()]), *(day_of(route) for route in plan.routes)}
    beside = await plans.list_visits_of_days(conn, plan.area_id, sorted(days))
    # visits that the plan did not know: their times may have to give way
    concerned |= {visit.job_id for visit in beside if visit.state is VisitState.PUBLISHED}
    return GoingOut(drafts=drafts, out=out, jobs=sorted(concerned), days=sorted(days), beside=beside)


async def _fitted(
    conn: Conn,
    area: Area,
    plan: Plan,
    going: GoingOut,
    leaving: Sequence[Visit],
    locked: dict[UUID, Job],
    now: datetime,
) -> Fitted:
    """Fit what changed since the draft was made, and what is under way."""
    today = local_day(area, now)
    known = {day_of(route): route for route in plan.routes}
    gone = frozenset(visit.job_id for visit in leaving)
    drafted = {draft.job_id for draft in going.drafts} | gone
    strangers = {
        day_of(visit)
        for visit in going.beside
        if visit.state is VisitState.PUBLISHED and visit.job_id not in drafted
    }
    rows = {day_of(row): row for row in await technicians.list_technician_days_of(conn, going.days)}
    anew = {
        day
        for day, row in rows.items()
        if row.draft_version != row.version
        or day in strangers
        or day not in known
        # what was to have begun by now begins later; until then the plan's own times, which may be those of roads, stand
        or (row.on_day <= today and known[day].leave_at < now + REMAINING)
    }
    while True:
        days = [rows[day] for day in sorted(anew) if works(rows[day], area.area_id)]
        fitting = {day_of(row) for row in days}
        visits = [visit for visit in going.beside if day_of(visit) in fitting]
        facts = await read_facts(conn, area, days, visits)
        fitted = fit(area, facts, going.drafts, going.out, gone, locked, now)
        # what does not go where it was to go stays where it is, where others may have been given its room
        staying = {day_of(going.out[draft.job_id]) for draft in fitted.dropped if draft.job_id in going.out}
        if not staying & set(rows) - anew:
            return fitted
        anew |= staying & set(rows)
