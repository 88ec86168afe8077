"""Why the rounds are as they are: what a version said of its jobs, whether it still holds, and questions asked of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, plans, reasons, setup, technicians
from db.records import Area, Plan, PlanReason, Round, Tried, Visit, WhyNot
from db.records.base import Record
from db.rows import Conn
from db.states import PlanState, VisitState
from dispatch.actors import Actor
from dispatch.errors import (
    PlanSuperseded,
    UnknownJob,
    UnknownPlan,
    UnknownTechnician,
    UnknownWhyNot,
    WindowImpossible,
)
from dispatch.planning import request_answer
from dispatch.rules import reasons as rules
from dispatch.rules.plans import Prepared
from dispatch.rules.reasons import Stands
from dispatch.rules.running import day_of
from optimizer.explain import Reason
from optimizer.result import Unassigned

KEPT_DRAFTS = timedelta(days=1)
"""Reasons of drafts that never went out."""
KEPT_OUT = timedelta(days=30)
"""Reasons of what was out, after its last day."""
LONGEST_WINDOW = timedelta(hours=24)


class Said(Record):
    """A reason, and what has become of it."""

    reason: PlanReason
    stands: Stands


class OfPlan(Record):
    """What a version says of its jobs, and whom and what it speaks of."""

    area: Area
    plan: Plan
    said: list[Said]
    numbers: dict[UUID, str]
    names: dict[UUID, str]
    codes: dict[str, str]
    """Of technicians of the areas that the caller sees."""


async def list_of_plan(
    conn: Conn, *, area_id: UUID, plan_id: UUID, job_id: UUID | None, after: UUID, limit: int
) -> OfPlan:
    """In the order of the jobs' ids, one job or a page. Raises `UnknownPlan`."""
    area = await areas.get_area(conn, area_id)
    plan = await plans.find_plan(conn, area_id, plan_id)
    if plan is None:
        raise UnknownPlan()
    rows = await reasons.list_reasons(conn, area_id, plan_id)
    stands = await _stands(conn, area, plan, rows)
    chosen = [row for row in rows if job_id in (None, row.job_id) and row.job_id > after][:limit]
    return OfPlan(
        area=area,
        plan=plan,
        said=[Said(reason=row, stands=stands[row.job_id]) for row in chosen],
        numbers=await _numbers(conn, area_id, [row.job_id for row in chosen]),
        names=await _names(conn, area_id, plan.first_on, plan.last_on),
        codes=await setup.list_code_names(conn, area_id),
    )


async def _stands(conn: Conn, area: Area, plan: Plan, rows: Sequence[PlanReason]) -> dict[UUID, Stands]:
    visits = await plans.list_visits_between(conn, area.area_id, plan.first_on, plan.last_on)
    days = await technicians.list_technician_days(conn, area.area_id, plan.first_on, plan.last_on)
    absent = {day_of(day) for day in days if day.absent}
    return rules.what_holds(plan, rows, visits, absent, timedelta(minutes=area.settings.freeze_minutes))


async def _numbers(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, str]:
    return {job.job_id: job.number for job in await jobs.list_jobs_by_id(conn, area_id, job_ids)}


async def _names(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> dict[UUID, str]:
    people = await technicians.list_technicians_of(conn, area_id, first_on, last_on)
    return {person.technician_id: person.display_name for person in people}


async def save(
    conn: Conn,
    *,
    plan: Plan,
    prepared: Prepared,
    visits: Sequence[Visit],
    said: Sequence[Reason],
    left: Sequence[Unassigned],
    now: datetime,
) -> int:
    """What was worked out anew of a version, whose jobs were where `visits` are; how many jobs it speaks of."""
    async with conn.transaction():
        known = {job.job_id for job in prepared.jobs}
        rows = rules.rows_of(plan, prepared, said, left, known, now)
        rows = rules.as_they_stand(rows, plan, visits)
        await reasons.save_reasons(conn, rows)
        return len(rows)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    """Of drafts that never went out, of days long past; and questions of yesterday."""
    async with conn.transaction():
        await reasons.delete_stale_reasons(conn, area_id, now - KEPT_DRAFTS, (now - KEPT_OUT).date())
        await reasons.delete_old_why_nots(conn, area_id, now - KEPT_DRAFTS)


class OwnVisit(Record):
    """A visit of the own round, and what is known of why it is there."""

    visit: Visit
    number: str
    reason: PlanReason | None
    stands: Stands | None


class OwnRound(Record):
    """A technician's day, as far as the phone may show it."""

    area: Area
    frame: Round | None
    visits: list[OwnVisit]


async def own_round(conn: Conn, *, area_id: UUID, technician_id: UUID, on_day: date) -> OwnRound:
    """Of the visits that the technician may see, those alone."""
    area = await areas.get_area(conn, area_id)
    visits = [
        visit
        for visit in await plans.list_visits_between(conn, area_id, on_day, on_day)
        if visit.technician_id == technician_id
    ]
    shown = [visit for visit in visits if visit.shown_at is not None and visit.hidden_at is None]
    shown = [visit for visit in shown if visit.state is not VisitState.CANCELLED]
    rows = await reasons.list_reasons_out(conn, area_id, [visit.job_id for visit in shown])
    stands: dict[UUID, Stands] = {}
    for plan_id in sorted({row.plan_id for row in rows}):
        plan = await plans.find_plan(conn, area_id, plan_id)
        assert plan is not None, "plans are never removed"
        mine = [row for row in rows if row.plan_id == plan_id]
        freeze = timedelta(minutes=area.settings.freeze_minutes)
        stands |= rules.what_holds(plan, mine, visits, (), freeze)
    by_job = {row.job_id: row for row in rows}
    frames = await plans.list_rounds(conn, area_id, on_day)
    numbers = await _numbers(conn, area_id, [visit.job_id for visit in shown])
    return OwnRound(
        area=area,
        frame=next((frame for frame in frames if frame.technician_id == technician_id and shown), None),
        visits=[
            OwnVisit(
                visit=visit,
                number=numbers[visit.job_id],
                reason=by_job.get(visit.job_id),
                stands=stands.get(visit.job_id),
            )
            for visit in shown
        ],
    )


async def ask(
    conn: Conn,
    *,
    area_id: UUID,
    plan_id: UUID,
    job_id: UUID,
    technician_id: UUID,
    window: tuple[datetime, datetime] | None,
    actor: Actor,
    now: datetime,
) -> WhyNot:
    """Leave a question for a worker. Raises `UnknownPlan`, `PlanSuperseded`, `UnknownJob`, `UnknownTechnician`,
    `WindowImpossible`."""
    async with conn.transaction():
        plan = await plans.find_plan(conn, area_id, plan_id)
        if plan is None:
            raise UnknownPlan()
        if plan.state is PlanState.SUPERSEDED:
            raise PlanSuperseded()
        if await jobs.find_job(conn, area_id, job_id) is None:
            raise UnknownJob()
        if technician_id not in await _names(conn, area_id, plan.first_on, plan.last_on):
            raise UnknownTechnician(pointer="/technicianId")
        if window is not None and not _is_possible(window, now):
            raise WindowImpossible(pointer="/latest")
        asked = WhyNot(
            area_id=area_id,
            why_not_id=new_id(),
            plan_id=plan_id,
            job_id=job_id,
            technician_id=technician_id,
            earliest_at=None if window is None else window[0],
            latest_at=None if window is None else window[1],
            asked_by=actor.actor_id,
            asked_at=now,
            answered_at=None,
            answer=None,
        )
        await reasons.insert_why_nots(conn, [asked])
        await request_answer(conn, area_id, asked.why_not_id)
        return asked


def _is_possible(window: tuple[datetime, datetime], now: datetime) -> bool:
    earliest_at, latest_at = window
    return earliest_at < latest_at <= earliest_at + LONGEST_WINDOW and latest_at > now


async def find_open(conn: Conn, *, area_id: UUID, why_not_id: UUID) -> WhyNot | None:
    """A question that nobody has answered yet."""
    asked = await reasons.find_why_not(conn, area_id, why_not_id)
    return asked if asked is not None and asked.answer is None else None


async def answer(conn: Conn, *, asked: WhyNot, tried: Tried, now: datetime) -> None:
    async with conn.transaction():
        answered = msgspec.structs.replace(asked, answer=tried, answered_at=now)
        await reasons.save_answers(conn, [answered])


class Asked(Record):
    """A question with its answer, if there is one yet, and whom and what they speak of."""

    area: Area
    asked: WhyNot
    numbers: dict[UUID, str]
    names: dict[UUID, str]
    codes: dict[str, str]


async def get_answer(conn: Conn, *, area_id: UUID, plan_id: UUID, why_not_id: UUID) -> Asked:
    """Raises `UnknownWhyNot`."""
    asked = await reasons.find_why_not(conn, area_id, why_not_id)
    plan = await plans.find_plan(conn, area_id, plan_id)
    if asked is None or plan is None or asked.plan_id != plan_id:
        raise UnknownWhyNot()
    spoken_of = {asked.job_id}
    if asked.answer is not None:
        spoken_of |= {moved.job_id for moved in asked.answer.moved}
        spoken_of |= {bar.job_id for bar in asked.answer.obstacles if bar.job_id is not None}
    return Asked(
        area=await areas.get_area(conn, area_id),
        asked=asked,
        numbers=await _numbers(conn, area_id, sorted(spoken_of)),
        names=await _names(conn, area_id, plan.first_on, plan.last_on),
        codes=await setup.list_code_names(conn, area_id),
    )
