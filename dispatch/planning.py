"""Asking for a plan: shared by the flows that need one. The worker does the rest."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db import queue
from db.ids import new_id
from db.queries import plans
from db.records import Area, PlanRun
from db.rows import Conn
from db.states import PlanRunState
from dispatch.actors import Actor, worker

KIND = "plan"
PLACE = "place"
EXPLAIN = "explain"
WHY_NOT = "why_not"
WHAT_IF = "what_if"


class PlanWork(msgspec.Struct, frozen=True):
    """What the queue carries."""

    area_id: UUID
    plan_run_id: UUID


class PlaceWork(msgspec.Struct, frozen=True):
    """A job whose promise needs a place."""

    area_id: UUID
    job_id: UUID


class ExplainWork(msgspec.Struct, frozen=True):
    """A version of the rounds whose reasons are to be worked out anew."""

    area_id: UUID
    plan_id: UUID


class WhyNotWork(msgspec.Struct, frozen=True):
    """A question that somebody asked of the rounds."""

    area_id: UUID
    why_not_id: UUID


class WhatIfWork(msgspec.Struct, frozen=True):
    """Something that somebody supposed of a day."""

    area_id: UUID
    what_if_id: UUID


def local_day(area: Area, now: datetime) -> date:
    """Which day it is in the area."""
    return now.astimezone(ZoneInfo(area.time_zone)).date()


async def request_run(
    conn: Conn,
    area: Area,
    actor: Actor,
    now: datetime,
    *,
    first_on: date,
    last_on: date,
    budget: timedelta | None = None,
    seed: int = 1,
    publish: bool = False,
    change_budget: int | None = None,
) -> PlanRun:
    """A queued run over these days. One that is still queued and covers them serves: many escalations, one plan."""
    queued = await plans.lock_queued_run(conn, area.area_id)
    if (
        queued is not None
        and queued.first_on <= first_on
        and queued.last_on >= last_on
        and (queued.publish or not publish)
        and change_budget in (None, queued.change_budget)
    ):
        # again, because its work may have failed too often and be held
        await _enqueue(conn, queued)
        return queued
    run = PlanRun(
        area_id=area.area_id,
        plan_run_id=new_id(),
        state=PlanRunState.QUEUED,
        first_on=first_on,
        last_on=last_on,
        budget=budget or timedelta(seconds=area.settings.plan_seconds),
        seed=seed,
        publish=publish,
        change_budget=change_budget,
        attempt=0,
        stop_requested=False,
        requested_at=now,
        requested_by=actor.actor_id,
        finished_at=None,
        progress=None,
        failure=None,
    )
    await plans.insert_runs(conn, [run])
    await _enqueue(conn, run)
    return run


async def replan_running_days(conn: Conn, area: Area, now: datetime) -> PlanRun | None:
    """Once today's rounds are out, what happens is worked into them without being asked; None while they are not.

    By the worker: whoever happened to report something has asked for no plan.
    """
    today = local_day(area, now)
    if await plans.find_published_plan(conn, area.area_id, today) is None:
        return None
    last_on = today + timedelta(days=area.settings.plan_days - 1)
    return await request_run(conn, area, worker(area.area_id), now, first_on=today, last_on=last_on)


async def _enqueue(conn: Conn, run: PlanRun) -> None:
    work = PlanWork(area_id=run.area_id, plan_run_id=run.plan_run_id)
    await queue.enqueue(conn, KIND, msgspec.json.encode(work), dedupe_key=str(run.plan_run_id))


async def request_place(conn: Conn, area_id: UUID, job_id: UUID) -> None:
    """A promise was made by somebody who sees no rounds: a worker finds it a place."""
    work = PlaceWork(area_id=area_id, job_id=job_id)
    await queue.enqueue(conn, PLACE, msgspec.json.encode(work), dedupe_key=str(job_id))


async def request_reasons(conn: Conn, area_id: UUID, plan_id: UUID) -> None:
    """Visits of this version were moved without a search: a worker finds out what they cost now. Many moves, one answer."""
    work = ExplainWork(area_id=area_id, plan_id=plan_id)
    await queue.enqueue(conn, EXPLAIN, msgspec.json.encode(work), dedupe_key=f"{EXPLAIN}:{plan_id}")


async def request_reasons_of_day(conn: Conn, area_id: UUID, on_day: date) -> None:
    """Of the version that is out on this day, if one is."""
    plan_id = await plans.find_published_plan(conn, area_id, on_day)
    if plan_id is not None:
        await request_reasons(conn, area_id, plan_id)


async def request_answer(conn: Conn, area_id: UUID, why_not_id: UUID) -> None:
    work = WhyNotWork(area_id=area_id, why_not_id=why_not_id)
    await queue.enqueue(conn, WHY_NOT, msgspec.json.encode(work), dedupe_key=f"{WHY_NOT}:{why_not_id}")


async def request_trial(conn: Conn, area_id: UUID, what_if_id: UUID) -> None:
    work = WhatIfWork(area_id=area_id, what_if_id=what_if_id)
    await queue.enqueue(conn, WHAT_IF, msgspec.json.encode(work), dedupe_key=f"{WHAT_IF}:{what_if_id}")
