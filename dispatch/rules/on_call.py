"""On call: a time beyond the shift, or a shift, in which a technician waits at home and goes out for emergencies alone."""

from datetime import datetime, timedelta

import msgspec

from db.records import Job, TechnicianDay
from db.states import STARTED_VISIT
from dispatch.rules.standing import Facts

URGENT = 1
LEAST_SHOWN = timedelta(hours=1)
"""Of a night that ended with the day, and still has a visit after it."""


def is_on_call(day: TechnicianDay, now: datetime) -> bool:
    """May be called now: beyond the shift, or in one that is nothing else."""
    start, end = day.on_call_start_at, day.on_call_end_at
    beyond = start is not None and end is not None and start <= now < end
    return not day.absent and (beyond or (day.on_call and day.shift_start_at <= now < day.shift_end_at))


def called_in(facts: Facts, now: datetime) -> Facts:
    """The technician-day as long as a call beyond the shift may come: it begins at home, with what is given to it then."""
    day = facts.day
    start, end = day.on_call_start_at, day.on_call_end_at
    if start is None or end is None or day.absent or not start <= now < end:
        return facts
    return msgspec.structs.replace(
        facts,
        day=msgspec.structs.replace(
            day,
            shift_start_at=start,
            shift_end_at=end,
            break_earliest_at=None,
            break_latest_at=None,
            break_duration=None,
        ),
        visits=[
            visit for visit in facts.visits if visit.planned_start_at >= start or visit.state in STARTED_VISIT
        ],
    )


def goes_in_call(
    call_end: datetime, shift_end: datetime | None, start_at: datetime | None, job: Job, now: datetime
) -> bool:
    """Whether who may be called goes in the call: where no shift of the day goes on or is still to come; else where the time that was
    named is one of it, or, if none was, where the job cannot wait."""
    if shift_end is None or shift_end <= now:
        return True
    return job.priority == URGENT if start_at is None else start_at < call_end


def call_end(day: TechnicianDay, now: datetime) -> datetime:
    """Of the call that goes on now, in the shift or beyond it."""
    start, end = day.on_call_start_at, day.on_call_end_at
    return end if start is not None and end is not None and start <= now < end else day.shift_end_at


def lasts_until(day: TechnicianDay) -> datetime:
    """When neither shift nor call go on."""
    return max(day.shift_end_at, day.on_call_end_at or day.shift_end_at)


def night_of(day: TechnicianDay, midnight: datetime) -> TechnicianDay:
    """What of a technician-day lies beyond this midnight, as a shift of waiting for calls."""
    return msgspec.structs.replace(
        day,
        shift_start_at=max(midnight, day.on_call_start_at or midnight),
        shift_end_at=max(lasts_until(day), midnight + LEAST_SHOWN),
        shift_due_at=None,
        break_earliest_at=None,
        break_latest_at=None,
        break_duration=None,
    )


def is_beyond(day: TechnicianDay, start: datetime, end: datetime) -> bool:
    """Whether this time is no part of the shift."""
    return start < end and (start >= day.shift_end_at or end <= day.shift_start_at)
