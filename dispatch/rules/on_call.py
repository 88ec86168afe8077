"""On call: a time beyond the shift, or a shift, in which a technician waits at home and goes out for emergencies alone."""

from datetime import datetime

import msgspec

from db.records import TechnicianDay
from db.states import STARTED_VISIT
from dispatch.rules.standing import Facts


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


def is_beyond(day: TechnicianDay, start: datetime, end: datetime) -> bool:
    """Whether this time is no part of the shift."""
    return start < end and (start >= day.shift_end_at or end <= day.shift_start_at)
