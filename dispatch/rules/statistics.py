"""A day in numbers, from what happened on it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.records import Appointment, Charge, Closure, Job, Visit
from db.states import AppointmentState, ClosureOutcome, JobState, VisitEnd, VisitState

ATTENDED = frozenset(
    {VisitState.DONE, VisitState.NO_ACCESS, VisitState.DECLINED, VisitState.PART_MISSING, VisitState.PAUSED}
)


class DayNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one area's day; shares in 0..1, None where there is nothing to divide by."""

    on_day: date
    planned: int
    """Visits that were out and not taken back."""
    done: int
    declined: int
    no_access: int
    interrupted: int
    open: int
    first_time_fix: float | None
    """Of the jobs mended on the day, those mended at the first attendance and not reopened."""
    promises: int
    promises_kept: int
    promises_missed: int
    outage_minutes: int
    """Affected subscribers times minutes, from the first report to restoration (or now), of jobs waiting on the day."""
    charges: int
    charged_minor: int
    currency: str
    unassigned: int


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What the numbers are made from; `visits` and `charges` of the day, `attendances` of all days by job."""

    on_day: date
    day_start: datetime
    day_end: datetime
    now: datetime
    currency: str
    visits: Sequence[Visit]
    attendances: dict[UUID, int]
    jobs: Sequence[Job]
    appointments: Sequence[Appointment]
    closures: Sequence[Closure]
    charges: Sequence[Charge]
    reversed_charges: Collection[UUID]


def numbers_of(happened: Happened) -> DayNumbers:
    """The day's numbers; pure arithmetic."""
    out = [visit for visit in happened.visits if visit.state is not VisitState.DRAFT and _counts(visit)]
    states = [visit.state for visit in out]
    promised = [
        appointment
        for appointment in happened.appointments
        if happened.day_start <= appointment.latest_at < happened.day_end
    ]
    charges = [charge for charge in happened.charges if charge.charge_id not in happened.reversed_charges]
    return DayNumbers(
        on_day=happened.on_day,
        planned=len(out),
        done=states.count(VisitState.DONE),
        declined=states.count(VisitState.DECLINED),
        no_access=states.count(VisitState.NO_ACCESS),
        interrupted=states.count(VisitState.PART_MISSING) + states.count(VisitState.PAUSED),
        open=sum(state not in ATTENDED for state in states),
        first_time_fix=_first_time_fix(happened),
        promises=sum(appointment.state in _PROMISES for appointment in promised),
        promises_kept=sum(appointment.state is AppointmentState.KEPT for appointment in promised),
        promises_missed=sum(appointment.state is AppointmentState.MISSED for appointment in promised),
        outage_minutes=sum(
            _outage_minutes(job, happened.now) for job in happened.jobs if _was_waiting(job, happened)
        ),
        charges=len(charges),
        charged_minor=sum(charge.amount_minor for charge in charges),
        currency=happened.currency,
        unassigned=sum(job.state is JobState.RECEIVED for job in happened.jobs),
    )


_PROMISES = (AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED)


def _counts(visit: Visit) -> bool:
    """Taken back or overtaken visits that nobody attended were not part of the day."""
    return visit.state is not VisitState.CANCELLED or visit.end_reason is VisitEnd.NONE


def _first_time_fix(happened: Happened) -> float | None:
    mended = {
        closure.job_id
        for closure in happened.closures
        if closure.in_force and closure.outcome is ClosureOutcome.DONE
    }
    jobs = [job for job in happened.jobs if job.job_id in mended and job.state is JobState.CLOSED]
    if not jobs:
        return None
    first_time = [job for job in jobs if job.reopened == 0 and happened.attendances.get(job.job_id, 0) <= 1]
    return len(first_time) / len(jobs)


def _was_waiting(job: Job, happened: Happened) -> bool:
    ended = job.restored_at or job.closed_at
    return (
        job.state is not JobState.CANCELLED
        and job.reported_at < happened.day_end
        and (ended is None or ended >= happened.day_start)
    )


def _outage_minutes(job: Job, now: datetime) -> int:
    until = job.restored_at or job.closed_at or now
    return max(0, int((until - job.reported_at).total_seconds() // 60)) * job.affected
