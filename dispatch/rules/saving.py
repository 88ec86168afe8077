"""What of a plan can be saved: where nothing changed while it was searched for."""

from collections.abc import Sequence
from uuid import UUID

from db.records import Job, TechnicianDay, Visit
from dispatch.rules.plans import PlannedStop, Prepared
from dispatch.rules.running import Day, day_of


def unchanged(prepared: Prepared, jobs_now: Sequence[Job]) -> set[UUID]:
    """The jobs that are still as they were read."""
    versions = {job.job_id: job.version for job in jobs_now}
    return {job.job_id for job in prepared.jobs if versions.get(job.job_id) == job.version}


def unchanged_days(prepared: Prepared, days_now: Sequence[TechnicianDay]) -> list[Day]:
    """The technician-days that are still as they were read."""
    versions = {day_of(day): day.version for day in days_now}
    return [day_of(day) for day in prepared.days if versions.get(day_of(day)) == day.version]


def savable(
    prepared: Prepared,
    stops: Sequence[PlannedStop],
    days_now: Sequence[TechnicianDay],
    jobs_now: Sequence[Job],
    drafts_now: Sequence[Visit],
) -> tuple[list[PlannedStop], list[UUID], list[Day]]:
    """What can be saved as solved, the jobs that cannot, and the days that are rewritten by it.

    That is where neither the technician-day nor the job changed meanwhile, nor a job that has its draft there and was to
    go where things did change, nor one that was promised and found no place: it keeps that draft, and so the whole day
    stays as it is. What stays because something changed is planned again.
    `drafts_now`: the first drafts of jobs, in these days.
    """
    same_days = set(unchanged_days(prepared, days_now))
    same_jobs = unchanged(prepared, jobs_now)
    placed = {stop.job.job_id for stop in stops}
    known = {job.job_id for job in prepared.jobs}
    keeping = placed | (known - same_jobs)
    keeping |= {
        # meetings of two technicians follow the jobs in the problem, and have no draft
        job.job_id
        for job, asked in zip(prepared.jobs, prepared.problem.jobs, strict=False)
        if asked.mandatory
    }
    changed = len(same_days) < len(prepared.days) or len(same_jobs) < len(prepared.jobs)
    while True:
        good = [stop for stop in stops if stop.day in same_days and stop.job.job_id in same_jobs]
        kept = {stop.job.job_id for stop in good}
        staying = {day_of(draft) for draft in drafts_now if draft.job_id in (known & keeping) - kept}
        if not staying & same_days:
            break
        same_days -= staying
    conflicting = [stop.job.job_id for stop in stops if changed and stop.job.job_id not in kept]
    return good, conflicting, [day_of(day) for day in prepared.days if day_of(day) in same_days]
