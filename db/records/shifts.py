"""When people work: patterns of weeks, who works by which, exceptions, holidays, loans. Technician-days are made of them."""

from datetime import date
from uuid import UUID

from db.records.base import Record
from db.states import AbsenceReason


class Hours(Record):
    """Of one shift, as `HH:MM` in the area's time; an end that is not after the start is on the next day."""

    start: str
    end: str
    break_earliest: str | None = None
    break_latest: str | None = None
    break_minutes: int = 0
    on_call: bool = False


class PatternShift(Record):
    """On a weekday (Monday is 1) of one of the pattern's weeks (from 1)."""

    week: int
    weekday: int
    hours: Hours


class ShiftPattern(Record):
    area_id: UUID
    shift_pattern_id: UUID
    name: str
    weeks: int
    first_on: date
    """A Monday in whose week the first of its weeks stands."""
    shifts: list[PatternShift]
    on_holidays: bool = False
    version: int = 1


class TechnicianPattern(Record):
    """By which pattern somebody works from a day on; by none, where it is None."""

    area_id: UUID
    technician_id: UUID
    from_on: date
    shift_pattern_id: UUID | None
    version: int = 1


class ShiftException(Record):
    """Other hours than the pattern's on one day; a day off, where they are None."""

    area_id: UUID
    technician_id: UUID
    on_day: date
    hours: Hours | None
    version: int = 1


class Absence(Record):
    """Not there on these days: all day long, or on each from a time to a time, as `HH:MM` in the area's time."""

    area_id: UUID
    absence_id: UUID
    technician_id: UUID
    first_on: date
    last_on: date
    reason: AbsenceReason
    from_clock: str | None = None
    until_clock: str | None = None
    version: int = 1


class Holiday(Record):
    area_id: UUID
    on_day: date
    name: str
    version: int = 1


class Loan(Record):
    """Works in another area on these days."""

    area_id: UUID
    loan_id: UUID
    technician_id: UUID
    area_id_worked: UUID
    first_on: date
    last_on: date
    cancelled: bool = False
    version: int = 1
