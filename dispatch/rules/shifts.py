"""Which technician-days there should be: a pattern of weeks, holidays, exceptions and loans laid over one another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import (
    Absence,
    Area,
    Holiday,
    Hours,
    Loan,
    ShiftException,
    ShiftPattern,
    Technician,
    TechnicianDay,
    TechnicianPattern,
    Visit,
)
from db.states import LIVE_VISIT, VisitState
from dispatch.errors import HoursImpossible

DAYS_AHEAD = 21
"""So many days, today among them, always stand: more than anything is offered or planned for."""
DAY_MINUTES = 24 * 60
IN_THE_WAY = LIVE_VISIT | {VisitState.DRAFT}
"""A draft may hold a promise."""


class Shifts(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of the working times of one technician."""

    patterns: Mapping[UUID, ShiftPattern]
    chosen: Sequence[TechnicianPattern]
    """By day."""
    exceptions: Mapping[date, ShiftException]
    holidays: frozenset[date]
    loans: Sequence[Loan]
    absences: Sequence[Absence]


def shifts_of(
    technician_id: UUID,
    patterns: Iterable[ShiftPattern],
    chosen: Iterable[TechnicianPattern],
    exceptions: Iterable[ShiftException],
    holidays: Iterable[Holiday],
    loans: Iterable[Loan],
    absences: Iterable[Absence] = (),
) -> Shifts:
    """Of the rows of a whole area."""
    return Shifts(
        patterns={pattern.shift_pattern_id: pattern for pattern in patterns},
        chosen=sorted(
            (row for row in chosen if row.technician_id == technician_id), key=lambda row: row.from_on
        ),
        exceptions={row.on_day: row for row in exceptions if row.technician_id == technician_id},
        holidays=frozenset(row.on_day for row in holidays),
        loans=[row for row in loans if row.technician_id == technician_id],
        absences=[row for row in absences if row.technician_id == technician_id],
    )


def pattern_on(shifts: Shifts, on: date) -> TechnicianPattern | None:
    """The choice that counts on the day."""
    return next((row for row in reversed(shifts.chosen) if row.from_on <= on), None)


def hours_on(shifts: Shifts, on: date) -> Hours | None:
    """None for a day off. An exception counts more than a holiday, a holiday more than the pattern."""
    if on in shifts.exceptions:
        return shifts.exceptions[on].hours
    choice = pattern_on(shifts, on)
    if choice is None or choice.shift_pattern_id is None:
        return None
    pattern = shifts.patterns[choice.shift_pattern_id]
    if on in shifts.holidays and not pattern.on_holidays:
        return None
    week = (on - pattern.first_on).days // 7 % pattern.weeks + 1
    found = (shift for shift in pattern.shifts if (shift.week, shift.weekday) == (week, on.isoweekday()))
    return next((shift.hours for shift in found), None)


def wanted_day(
    area: Area, technician: Technician, on: date, shifts: Shifts, present: TechnicianDay | None
) -> TechnicianDay | None:
    """The day as it should be; None where there should be none. Where nothing is said of the hours or of the area, they
    stay as they are."""
    if not technician.active:
        return None
    said = on in shifts.exceptions or pattern_on(shifts, on) is not None
    hours = hours_on(shifts, on)
    if said and hours is None:
        return None
    day = present if hours is None else day_from(area, technician, on, hours, present)
    if day is None:
        return None
    if shifts.loans:
        day = msgspec.structs.replace(day, area_id_worked=_area_on(technician, shifts, on))
    away = next((row for row in shifts.absences if row.first_on <= on <= row.last_on), None)
    return without(area, _as_if_there(day), away)


def _as_if_there(day: TechnicianDay) -> TechnicianDay:
    """Who was recorded absent on the day itself stays so."""
    if day.absence_id is None:
        return day
    return msgspec.structs.replace(day, absent=False, absence_reason=None, absence_id=None)


def without(area: Area, day: TechnicianDay, absence: Absence | None) -> TechnicianDay:
    """The day without the hours of the absence: begun later, ended earlier, or with them and the break as one pause."""
    if absence is None:
        return day
    said = msgspec.structs.replace(day, absence_reason=absence.reason, absence_id=absence.absence_id)
    away = _hours_away(area, day, absence)
    if away is None or (away[0] <= day.shift_start_at and day.shift_end_at <= away[1]):
        return msgspec.structs.replace(said, absent=True)
    begins, ends = away
    if ends <= day.shift_start_at or day.shift_end_at <= begins:
        return day
    if begins <= day.shift_start_at:
        return _within(msgspec.structs.replace(said, shift_start_at=ends))
    rest = day.break_duration or timedelta()
    if (day.break_earliest_at, day.break_latest_at) == (begins, begins) and rest >= ends - begins:
        return said
    pause = ends - begins + rest
    if day.shift_end_at <= begins + pause:
        return _within(msgspec.structs.replace(said, shift_end_at=begins))
    return msgspec.structs.replace(
        said, break_earliest_at=begins, break_latest_at=begins, break_duration=pause
    )


def _hours_away(area: Area, day: TechnicianDay, absence: Absence) -> tuple[datetime, datetime] | None:
    """None: all of the day. Of a shift that ends on the next day, the early hours are of that one."""
    if absence.from_clock is None or absence.until_clock is None:
        return None
    begins, ends = (_at(area, day.on_day, clock) for clock in (absence.from_clock, absence.until_clock))
    if ends > day.shift_start_at:
        return begins, ends
    return begins + timedelta(days=1), ends + timedelta(days=1)


def _within(day: TechnicianDay) -> TechnicianDay:
    """With its break as far as the shorter shift has room for it."""
    if day.break_duration is None or day.break_earliest_at is None or day.break_latest_at is None:
        return day
    earliest = max(day.break_earliest_at, day.shift_start_at)
    latest = min(day.break_latest_at, day.shift_end_at - day.break_duration)
    if latest < earliest:
        return msgspec.structs.replace(day, break_earliest_at=None, break_latest_at=None, break_duration=None)
    return msgspec.structs.replace(day, break_earliest_at=earliest, break_latest_at=latest)


def _area_on(technician: Technician, shifts: Shifts, on: date) -> UUID:
    lent = (row for row in shifts.loans if not row.cancelled and row.first_on <= on <= row.last_on)
    return next((row.area_id_worked for row in lent), technician.area_id)


def day_from(
    area: Area, technician: Technician, on: date, hours: Hours, present: TechnicianDay | None
) -> TechnicianDay:
    """With these hours. Who was recorded absent stays so, and so does who comes later."""
    begins = _at(area, on, hours.start)

    def within(clock: str | None) -> datetime | None:
        if clock is None:
            return None
        on_same = clock >= hours.start
        return _at(area, on if on_same else on + timedelta(days=1), clock)

    ends = _at(area, on if hours.end > hours.start else on + timedelta(days=1), hours.end)
    comes = begins
    if present is not None and present.shift_due_at is not None and begins < present.shift_start_at < ends:
        comes = present.shift_start_at
    return TechnicianDay(
        area_id=technician.area_id,
        technician_id=technician.technician_id,
        on_day=on,
        area_id_worked=technician.area_id if present is None else present.area_id_worked,
        shift_start_at=comes,
        shift_end_at=ends,
        shift_due_at=begins if comes != begins else None,
        break_earliest_at=within(hours.break_earliest),
        break_latest_at=within(hours.break_latest),
        break_duration=timedelta(minutes=hours.break_minutes) if hours.break_minutes else None,
        on_call=hours.on_call,
        on_call_start_at=None if present is None else present.on_call_start_at,
        on_call_end_at=None if present is None else present.on_call_end_at,
        absent=present is not None and present.absent,
        absence_reason=None if present is None else present.absence_reason,
        absence_id=None if present is None else present.absence_id,
        draft_version=technician.removed_version + 1 if present is None else present.draft_version,
        version=technician.removed_version + 1 if present is None else present.version,
    )


def _at(area: Area, on: date, clock: str) -> datetime:
    return datetime.combine(on, time.fromisoformat(clock), tzinfo=ZoneInfo(area.time_zone))


def falls_out(
    visit: Visit, present: TechnicianDay, wanted: TechnicianDay | None, overtime: timedelta
) -> bool:
    """Whether somebody is sent there in a time that would be no shift any more. What stands outside already, because the
    round runs late, is no reason to keep the hours."""
    if visit.state not in IN_THE_WAY:
        return False
    return not _holds(visit, wanted, overtime) and (wanted is None or _holds(visit, present, overtime))


def _holds(visit: Visit, day: TechnicianDay | None, overtime: timedelta) -> bool:
    return (
        day is not None
        and not (day.absent and day.absence_id is not None)
        and visit.area_id == day.area_id_worked
        and visit.planned_start_at >= day.shift_start_at
        and visit.planned_end_at <= day.shift_end_at + overtime
        and not _interrupted(visit, day)
    )


def _interrupted(visit: Visit, day: TechnicianDay) -> bool:
    """By the pause that an absence makes; a break moves."""
    begins = day.break_earliest_at
    if (
        day.absence_id is None
        or begins is None
        or day.break_duration is None
        or begins != day.break_latest_at
    ):
        return False
    return visit.planned_start_at < begins + day.break_duration and begins < visit.planned_end_at


def check_hours(hours: Hours, pointer: str) -> None:
    """Raises `HoursImpossible`."""
    length = _minutes_after(hours.start, hours.end) or DAY_MINUTES
    given = (hours.break_earliest, hours.break_latest)
    if hours.break_minutes == 0 and given == (None, None):
        return
    if hours.break_minutes == 0 or hours.break_earliest is None or hours.break_latest is None:
        raise HoursImpossible(pointer=f"{pointer}/breakMinutes")
    earliest, latest = (
        _minutes_after(hours.start, clock) for clock in (hours.break_earliest, hours.break_latest)
    )
    if not earliest <= latest <= length - hours.break_minutes:
        raise HoursImpossible(pointer=f"{pointer}/breakLatest")


def _minutes_after(start: str, clock: str) -> int:
    one, other = time.fromisoformat(start), time.fromisoformat(clock)
    return (60 * (other.hour - one.hour) + other.minute - one.minute) % DAY_MINUTES


def check_pattern(pattern: ShiftPattern) -> None:
    """Raises `HoursImpossible`: two shifts on a day, a week that the pattern does not have, impossible hours."""
    seen: set[tuple[int, int]] = set()
    for number, shift in enumerate(pattern.shifts):
        key = shift.week, shift.weekday
        if key in seen or shift.week > pattern.weeks:
            raise HoursImpossible(pointer=f"/shifts/{number}/week")
        seen.add(key)
        check_hours(shift.hours, f"/shifts/{number}/hours")
