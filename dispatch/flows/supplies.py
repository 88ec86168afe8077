"""Jobs that wait for a part go on by themselves as soon as somebody carries it."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.queries import areas, jobs, kinds, plans, reports, technicians
from db.records import Area
from db.rows import Conn
from db.states import HoldReason, JobState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.planning import local_day, replan_running_days
from dispatch.rules import rounds
from dispatch.rules.journal import entry
from dispatch.rules.lifecycle import JOB, JobStep
from dispatch.rules.supplies import somebody_carries


async def release_supplied(conn: Conn, *, area_id: UUID, now: datetime, actor: Actor) -> list[UUID]:
    """Take up the jobs on hold for a part that a van carries by now, and have them planned. Which ones."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        waiting = await _supplied(conn, area, now)
        if not waiting:
            return []
        visits = await plans.list_visits_of_jobs(conn, area_id, waiting)
        await technicians.lock_technician_days(conn, rounds.days_touched(visits))
        # under the locks once more
        released = [
            msgspec.structs.replace(
                job, state=JOB[job.state, JobStep.RELEASE], hold_reason=None, resumed_at=now
            )
            for job in await jobs.lock_jobs(conn, area_id, waiting)
            if job.state is JobState.ON_HOLD and job.hold_reason is HoldReason.PART_MISSING
        ]
        await jobs.save_jobs(conn, released)
        await replan_running_days(conn, area, now)
        facts = {"from": JobState.ON_HOLD, "to": JobState.RECEIVED, "holdReason": HoldReason.PART_MISSING}
        entries = [
            entry(actor, now, "job.released", area_id=area_id, job_id=job.job_id, facts=facts)
            for job in released
        ]
        again = await plans.list_visits_of_jobs(conn, area_id, [job.job_id for job in released])
        await announce(conn, area_id, entries, rounds.shown_again(again))
        return [job.job_id for job in released]


async def _supplied(conn: Conn, area: Area, now: datetime) -> list[UUID]:
    area_id = area.area_id
    held = await jobs.list_jobs_without_part(conn, area_id)
    if not held:
        return []
    job_ids = [job.job_id for job in held]
    said = await reports.list_reports_of_kind(conn, area_id, "part-missing", job_ids)
    versions = {(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area_id)}
    today = local_day(area, now)
    last_on = today + timedelta(days=area.settings.plan_days - 1)
    people = await technicians.list_technicians_of(conn, area.area_id, today, last_on)
    homes = sorted({person.area_id for person in people})
    stock = await technicians.list_van_stock(conn, homes, [person.technician_id for person in people])
    found: list[UUID] = []
    for job in held:
        missed = [
            report.body["code"]
            for report in said
            if report.job_id == job.job_id and (job.resumed_at is None or report.received_at > job.resumed_at)
        ]
        if somebody_carries(versions[job.kind, job.kind_version], missed, people, stock):
            found.append(job.job_id)
    return found
