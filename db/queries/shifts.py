"""Patterns of weeks, who works by which, exceptions, holidays, loans; and the technician-days that are made of them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from db.records import Absence, Holiday, Loan, ShiftException, ShiftPattern, TechnicianDay, TechnicianPattern
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one

SAVE_PATTERNS = """
INSERT INTO shift_pattern SELECT * FROM jsonb_populate_recordset(NULL::shift_pattern, $1)
ON CONFLICT (area_id, shift_pattern_id) DO UPDATE
SET name = excluded.name, weeks = excluded.weeks, first_on = excluded.first_on, shifts = excluded.shifts,
    on_holidays = excluded.on_holidays, version = excluded.version
WHERE shift_pattern.version = excluded.version - 1
"""


async def save_patterns(conn: Conn, patterns: Sequence[ShiftPattern]) -> int:
    return await execute_rows(conn, SAVE_PATTERNS, patterns)


LIST_PATTERNS = "SELECT * FROM shift_pattern WHERE area_id = $1 ORDER BY name, shift_pattern_id"


async def list_patterns(conn: Conn, area_id: UUID) -> list[ShiftPattern]:
    return await fetch_all(conn, ShiftPattern, LIST_PATTERNS, area_id)


SAVE_TECHNICIAN_PATTERNS = """
INSERT INTO technician_pattern SELECT * FROM jsonb_populate_recordset(NULL::technician_pattern, $1)
ON CONFLICT (area_id, technician_id, from_on) DO UPDATE
SET shift_pattern_id = excluded.shift_pattern_id, version = excluded.version
WHERE technician_pattern.version = excluded.version - 1
"""


async def save_technician_patterns(conn: Conn, chosen: Sequence[TechnicianPattern]) -> int:
    return await execute_rows(conn, SAVE_TECHNICIAN_PATTERNS, chosen)


LIST_TECHNICIAN_PATTERNS = """
SELECT *
FROM technician_pattern
WHERE area_id = $1
ORDER BY technician_id, from_on
"""


async def list_technician_patterns(conn: Conn, area_id: UUID) -> list[TechnicianPattern]:
    return await fetch_all(conn, TechnicianPattern, LIST_TECHNICIAN_PATTERNS, area_id)


SAVE_EXCEPTIONS = """
INSERT INTO shift_exception SELECT * FROM jsonb_populate_recordset(NULL::shift_exception, $1)
ON CONFLICT (area_id, technician_id, on_day) DO UPDATE
SET hours = excluded.hours, version = excluded.version
WHERE shift_exception.version = excluded.version - 1
"""


async def save_exceptions(conn: Conn, exceptions: Sequence[ShiftException]) -> int:
    return await execute_rows(conn, SAVE_EXCEPTIONS, exceptions)


REMOVE_EXCEPTION = (
    "DELETE FROM shift_exception WHERE area_id = $1 AND technician_id = $2 AND on_day = $3 AND version = $4"
)


async def remove_exception(conn: Conn, area_id: UUID, technician_id: UUID, on_day: date, version: int) -> int:
    return await execute(conn, REMOVE_EXCEPTION, area_id, technician_id, on_day, version)


LIST_EXCEPTIONS = """
SELECT *
FROM shift_exception
WHERE area_id = $1 AND on_day BETWEEN $2 AND $3
ORDER BY technician_id, on_day
"""


async def list_exceptions(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> list[ShiftException]:
    return await fetch_all(conn, ShiftException, LIST_EXCEPTIONS, area_id, first_on, last_on)


SAVE_ABSENCES = """
INSERT INTO absence SELECT * FROM jsonb_populate_recordset(NULL::absence, $1)
ON CONFLICT (area_id, absence_id) DO UPDATE
SET first_on = excluded.first_on, last_on = excluded.last_on, reason = excluded.reason,
    from_clock = excluded.from_clock, until_clock = excluded.until_clock, version = excluded.version
WHERE absence.version = excluded.version - 1
"""


async def save_absences(conn: Conn, absences: Sequence[Absence]) -> int:
    return await execute_rows(conn, SAVE_ABSENCES, absences)


REMOVE_ABSENCE = "DELETE FROM absence WHERE area_id = $1 AND absence_id = $2 AND version = $3"


async def remove_absence(conn: Conn, area_id: UUID, absence_id: UUID, version: int) -> int:
    return await execute(conn, REMOVE_ABSENCE, area_id, absence_id, version)


LIST_ABSENCES = "SELECT * FROM absence WHERE area_id = $1 AND last_on >= $2 ORDER BY first_on, absence_id"


async def list_absences(conn: Conn, area_id: UUID, today: date) -> list[Absence]:
    """Those that are not over."""
    return await fetch_all(conn, Absence, LIST_ABSENCES, area_id, today)


SAVE_HOLIDAYS = """
INSERT INTO holiday SELECT * FROM jsonb_populate_recordset(NULL::holiday, $1)
ON CONFLICT (area_id, on_day) DO UPDATE
SET name = excluded.name, version = excluded.version
WHERE holiday.version = excluded.version - 1
"""


async def save_holidays(conn: Conn, holidays: Sequence[Holiday]) -> int:
    return await execute_rows(conn, SAVE_HOLIDAYS, holidays)


REMOVE_HOLIDAY = "DELETE FROM holiday WHERE area_id = $1 AND on_day = $2 AND version = $3"


async def remove_holiday(conn: Conn, area_id: UUID, on_day: date, version: int) -> int:
    return await execute(conn, REMOVE_HOLIDAY, area_id, on_day, version)


FIND_HOLIDAY = "SELECT * FROM holiday WHERE area_id = $1 AND on_day = $2"


async def find_holiday(conn: Conn, area_id: UUID, on_day: date) -> Holiday | None:
    return await fetch_one(conn, Holiday, FIND_HOLIDAY, area_id, on_day)


LIST_HOLIDAYS = "SELECT * FROM holiday WHERE area_id = $1 AND on_day >= $2 ORDER BY on_day"


async def list_holidays(conn: Conn, area_id: UUID, first_on: date) -> list[Holiday]:
    return await fetch_all(conn, Holiday, LIST_HOLIDAYS, area_id, first_on)


SAVE_LOANS = """
INSERT INTO loan SELECT * FROM jsonb_populate_recordset(NULL::loan, $1)
ON CONFLICT (area_id, loan_id) DO UPDATE
SET first_on = excluded.first_on, last_on = excluded.last_on, cancelled = excluded.cancelled, version = excluded.version
WHERE loan.version = excluded.version - 1
"""


async def save_loans(conn: Conn, loans: Sequence[Loan]) -> int:
    return await execute_rows(conn, SAVE_LOANS, loans)


LIST_LOANS_OF = "SELECT * FROM loan WHERE area_id = $1 ORDER BY first_on DESC, loan_id"


async def list_loans_of(conn: Conn, area_id: UUID) -> list[Loan]:
    """Of the area's own technicians to others, cancelled ones too; newest first."""
    return await fetch_all(conn, Loan, LIST_LOANS_OF, area_id)


LOCK_DAYS_OF_TECHNICIANS = """
SELECT *
FROM technician_day
WHERE area_id = $1 AND technician_id = ANY ($2::uuid[]) AND on_day BETWEEN $3 AND $4
ORDER BY area_id, technician_id, on_day
FOR UPDATE
"""


async def lock_days_of_technicians(
    conn: Conn, area_id: UUID, technician_ids: Sequence[UUID], first_on: date, last_on: date
) -> list[TechnicianDay]:
    """At home in the area, wherever they work."""
    return await fetch_all(
        conn, TechnicianDay, LOCK_DAYS_OF_TECHNICIANS, area_id, technician_ids, first_on, last_on
    )


LIST_DAYS_OF_TECHNICIANS = """
SELECT *
FROM technician_day
WHERE area_id = $1 AND technician_id = ANY ($2::uuid[]) AND on_day BETWEEN $3 AND $4
ORDER BY technician_id, on_day
"""


async def list_days_of_technicians(
    conn: Conn, area_id: UUID, technician_ids: Sequence[UUID], first_on: date, last_on: date
) -> list[TechnicianDay]:
    return await fetch_all(
        conn, TechnicianDay, LIST_DAYS_OF_TECHNICIANS, area_id, technician_ids, first_on, last_on
    )


CHANGE_DAYS = """
UPDATE technician_day
SET area_id_worked = new.area_id_worked, shift_start_at = new.shift_start_at, shift_end_at = new.shift_end_at,
    break_earliest_at = new.break_earliest_at, break_latest_at = new.break_latest_at,
    break_duration = new.break_duration, on_call = new.on_call, shift_due_at = new.shift_due_at, absent = new.absent,
    absence_reason = new.absence_reason, absence_id = new.absence_id, version = technician_day.version + 1
FROM jsonb_populate_recordset(NULL::technician_day, $1) AS new
WHERE technician_day.area_id = new.area_id AND technician_day.technician_id = new.technician_id
  AND technician_day.on_day = new.on_day
"""


async def change_days(conn: Conn, days: Sequence[TechnicianDay]) -> int:
    """Other hours, another area, or whether somebody is there at all."""
    return await execute_rows(conn, CHANGE_DAYS, days)


REMOVE_DAYS = """
WITH gone AS (
    DELETE FROM technician_day
    USING jsonb_populate_recordset(NULL::technician_day, $1) AS old
    WHERE technician_day.area_id = old.area_id AND technician_day.technician_id = old.technician_id
      AND technician_day.on_day = old.on_day
    RETURNING technician_day.area_id, technician_day.technician_id, technician_day.version
)
UPDATE technician
SET removed_version = greatest(technician.removed_version, highest.version)
FROM (SELECT area_id, technician_id, max(version) AS version FROM gone GROUP BY area_id, technician_id) AS highest
WHERE technician.area_id = highest.area_id AND technician.technician_id = highest.technician_id
"""


async def remove_days(conn: Conn, days: Sequence[TechnicianDay]) -> None:
    """Nobody works there that day. Whoever has the day in memory would not notice another one of the same version."""
    await execute_rows(conn, REMOVE_DAYS, days)
