"""Technicians, their days and stock."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.records import Part, Skill, Stock, StockMove, Technician, TechnicianDay
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_column, fetch_one
from db.states import AbsenceReason


class DayPrint(Record):
    """How many technician-days a day has, and a fingerprint of whose they are at which versions."""

    on_day: date
    days: int
    versions: int


class DayVersion(Record):
    """Of one technician-day."""

    area_id: UUID
    technician_id: UUID
    on_day: date
    version: int


class LastSeen(Record):
    """When any phone of the technician was last in touch."""

    area_id: UUID
    technician_id: UUID
    last_seen_at: datetime


INSERT_SKILLS = "INSERT INTO skill SELECT * FROM jsonb_populate_recordset(NULL::skill, $1)"


async def insert_skills(conn: Conn, skills: Sequence[Skill]) -> None:
    await execute_rows(conn, INSERT_SKILLS, skills)


INSERT_TECHNICIANS = "INSERT INTO technician SELECT * FROM jsonb_populate_recordset(NULL::technician, $1)"


async def insert_technicians(conn: Conn, technicians: Sequence[Technician]) -> None:
    await execute_rows(conn, INSERT_TECHNICIANS, technicians)


LIST_TECHNICIANS = (
    "SELECT * FROM technician WHERE area_id = ANY ($1::uuid[]) ORDER BY display_name, technician_id"
)


async def list_technicians(conn: Conn, area_ids: Sequence[UUID]) -> list[Technician]:
    return await fetch_all(conn, Technician, LIST_TECHNICIANS, area_ids)


LIST_TECHNICIANS_OF = """
SELECT *
FROM technician
WHERE area_id = $1
   OR (area_id, technician_id) IN (
      SELECT area_id, technician_id FROM technician_day WHERE area_id_worked = $1 AND on_day BETWEEN $2 AND $3
   )
ORDER BY display_name, technician_id
"""


async def list_technicians_of(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> list[Technician]:
    """Who is at home in the area, and who is lent to it on these days."""
    return await fetch_all(conn, Technician, LIST_TECHNICIANS_OF, area_id, first_on, last_on)


LIST_TECHNICIANS_BY_ID = """
SELECT *
FROM technician
WHERE area_id = ANY ($1::uuid[]) AND technician_id = ANY ($2::uuid[])
ORDER BY area_id, technician_id
"""


async def list_technicians_by_id(
    conn: Conn, area_ids: Sequence[UUID], technician_ids: Sequence[UUID]
) -> list[Technician]:
    return await fetch_all(conn, Technician, LIST_TECHNICIANS_BY_ID, area_ids, technician_ids)


FIND_TECHNICIAN = "SELECT * FROM technician WHERE area_id = $1 AND technician_id = $2"


async def find_technician(conn: Conn, area_id: UUID, technician_id: UUID) -> Technician | None:
    return await fetch_one(conn, Technician, FIND_TECHNICIAN, area_id, technician_id)


LOCK_TECHNICIANS = """
SELECT *
FROM technician
WHERE area_id = ANY ($1::uuid[]) AND technician_id = ANY ($2::uuid[])
ORDER BY area_id, technician_id
FOR UPDATE
"""


async def lock_technicians(
    conn: Conn, area_ids: Sequence[UUID], technician_ids: Sequence[UUID]
) -> list[Technician]:
    return await fetch_all(conn, Technician, LOCK_TECHNICIANS, area_ids, technician_ids)


INSERT_TECHNICIAN_DAYS = """
INSERT INTO technician_day SELECT * FROM jsonb_populate_recordset(NULL::technician_day, $1)
ON CONFLICT DO NOTHING
"""


async def insert_technician_days(conn: Conn, days: Sequence[TechnicianDay]) -> None:
    await execute_rows(conn, INSERT_TECHNICIAN_DAYS, days)


LIST_TECHNICIAN_DAYS = """
SELECT *
FROM technician_day
WHERE area_id_worked = $1 AND on_day BETWEEN $2 AND $3
ORDER BY on_day, technician_id
"""


async def list_technician_days(
    conn: Conn, area_id: UUID, first_on: date, last_on: date
) -> list[TechnicianDay]:
    """Of all who work in the area on these days, also those on loan."""
    return await fetch_all(conn, TechnicianDay, LIST_TECHNICIAN_DAYS, area_id, first_on, last_on)


LOCK_TECHNICIAN_DAYS = """
SELECT technician_day.*
FROM technician_day
JOIN unnest($1::uuid[], $2::uuid[], $3::date[]) AS wanted (area_id, technician_id, on_day)
  USING (area_id, technician_id, on_day)
ORDER BY technician_day.area_id, technician_day.technician_id, technician_day.on_day
FOR UPDATE OF technician_day
"""


async def lock_technician_days(conn: Conn, days: Sequence[tuple[UUID, UUID, date]]) -> list[TechnicianDay]:
    """Each as (home area, technician, day). Whoever changes a round locks its technician-day first."""
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    return await fetch_all(conn, TechnicianDay, LOCK_TECHNICIAN_DAYS, areas, technicians, on_days)


TOUCH_TECHNICIAN_DAYS = """
UPDATE technician_day
SET version = technician_day.version + 1,
    draft_version = CASE WHEN $4 THEN technician_day.version + 1 ELSE technician_day.draft_version END
FROM unnest($1::uuid[], $2::uuid[], $3::date[]) AS wanted (area_id, technician_id, on_day)
WHERE technician_day.area_id = wanted.area_id
  AND technician_day.technician_id = wanted.technician_id
  AND technician_day.on_day = wanted.on_day
"""


async def touch_technician_days(
    conn: Conn, days: Sequence[tuple[UUID, UUID, date]], *, drafts_fit: bool = False
) -> None:
    """The round changed: whoever read it before has an old version. `drafts_fit`: its drafts were changed with it."""
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    await execute(conn, TOUCH_TECHNICIAN_DAYS, areas, technicians, on_days, drafts_fit)


INSERT_STOCK = "INSERT INTO stock SELECT * FROM jsonb_populate_recordset(NULL::stock, $1)"


async def insert_stock(conn: Conn, stock: Sequence[Stock]) -> None:
    await execute_rows(conn, INSERT_STOCK, stock)


LIST_VAN_STOCK = """
SELECT *
FROM stock
WHERE area_id = ANY ($1::uuid[]) AND technician_id = ANY ($2::uuid[])
ORDER BY technician_id, kind, code, serial
"""


async def list_van_stock(conn: Conn, area_ids: Sequence[UUID], technician_ids: Sequence[UUID]) -> list[Stock]:
    return await fetch_all(conn, Stock, LIST_VAN_STOCK, area_ids, technician_ids)


LIST_NAMED_PARTS = "SELECT * FROM part WHERE area_id = $1 ORDER BY code"


async def list_named_parts(conn: Conn, area_id: UUID) -> list[Part]:
    """And tools: those that somebody gave a name."""
    return await fetch_all(conn, Part, LIST_NAMED_PARTS, area_id)


INSERT_STOCK_MOVES = """
INSERT INTO stock_move SELECT * FROM jsonb_populate_recordset(NULL::stock_move, $1)
ON CONFLICT DO NOTHING
"""


async def insert_stock_moves(conn: Conn, moves: Sequence[StockMove]) -> int:
    """How many were new: the same move counts once."""
    return await execute_rows(conn, INSERT_STOCK_MOVES, moves)


TAKE_FROM_VAN = """
WITH piece AS (
    UPDATE stock
    SET quantity = greatest(quantity - $4, -10000), version = version + 1
    WHERE area_id = $1 AND technician_id = $2 AND kind = 'serial' AND code = $3 AND serial = $5
    RETURNING stock_id
)
INSERT INTO stock (area_id, technician_id, kind, code, quantity, stock_id)
SELECT $1, $2, 'part', $3, greatest(-$4::integer, -10000), $6
WHERE NOT EXISTS (SELECT FROM piece)
ON CONFLICT (area_id, technician_id, kind, code, serial) WHERE technician_id IS NOT NULL
DO UPDATE SET quantity = greatest(stock.quantity - $4, -10000), version = stock.version + 1
"""


async def take_from_van(
    conn: Conn, area_id: UUID, technician_id: UUID, code: str, quantity: int, serial: str, stock_id: UUID
) -> None:
    """The piece with this serial number where the van has it, else parts of this code; below zero where the books had fewer,
    then perhaps in a new row, which gets `stock_id`."""
    await execute(conn, TAKE_FROM_VAN, area_id, technician_id, code, quantity, serial, stock_id)


EMPTY_STOCK = """
UPDATE stock
SET quantity = 0, version = version + 1
WHERE area_id = $1 AND technician_id = $2 AND code = $3 AND kind <> 'tool'
"""


async def empty_stock(conn: Conn, area_id: UUID, technician_id: UUID, code: str) -> int:
    """The van has none of these parts and pieces."""
    return await execute(conn, EMPTY_STOCK, area_id, technician_id, code)


LIST_LAST_SEEN = """
SELECT area_id, technician_id, max(last_seen_at) AS last_seen_at
FROM device
WHERE area_id = ANY ($1::uuid[]) AND technician_id = ANY ($2::uuid[]) AND last_seen_at IS NOT NULL
GROUP BY area_id, technician_id
ORDER BY area_id, technician_id
"""


async def list_last_seen(
    conn: Conn, area_ids: Sequence[UUID], technician_ids: Sequence[UUID]
) -> list[LastSeen]:
    """Of those who were ever in touch."""
    return await fetch_all(conn, LastSeen, LIST_LAST_SEEN, area_ids, technician_ids)


INSERT_FEEDS = """
INSERT INTO feed (area_id, technician_id)
SELECT area_id, technician_id
FROM jsonb_populate_recordset(NULL::technician, $1)
"""


async def insert_feeds(conn: Conn, technicians: Sequence[Technician]) -> None:
    await execute_rows(conn, INSERT_FEEDS, technicians)


LIST_LOANS = """
SELECT DISTINCT area_id_worked
FROM technician_day
WHERE area_id = $1 AND technician_id = $2 AND area_id_worked <> area_id
ORDER BY area_id_worked
"""


async def list_loans(conn: Conn, area_id: UUID, technician_id: UUID) -> list[UUID]:
    """The areas that the technician is, was or will be lent to."""
    return await fetch_column(conn, LIST_LOANS, area_id, technician_id)


FIND_DAY_WORKED = """
SELECT *
FROM technician_day
WHERE area_id_worked = $1 AND technician_id = $2 AND on_day = $3
"""


async def find_day_worked(
    conn: Conn, area_id: UUID, technician_id: UUID, on_day: date
) -> TechnicianDay | None:
    """The technician's day, if it is worked in this area."""
    return await fetch_one(conn, TechnicianDay, FIND_DAY_WORKED, area_id, technician_id, on_day)


LIST_DAY_PRINTS = """
SELECT on_day, count(*)::integer AS days, bit_xor(hashtextextended(technician_id::text, version)) AS versions
FROM technician_day
WHERE area_id_worked = $1 AND on_day BETWEEN $2 AND $3
GROUP BY on_day
ORDER BY on_day
"""


async def list_day_prints(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> dict[date, DayPrint]:
    """By day. Versions only grow, also of days that are lent and come back: the same numbers mean that nothing has changed."""
    rows = await fetch_all(conn, DayPrint, LIST_DAY_PRINTS, area_id, first_on, last_on)
    return {row.on_day: row for row in rows}


LIST_DAY_VERSIONS = """
SELECT area_id, technician_id, on_day, version
FROM technician_day
WHERE area_id_worked = $1 AND on_day = $2
ORDER BY area_id, technician_id
"""


async def list_day_versions(conn: Conn, area_id: UUID, on_day: date) -> list[DayVersion]:
    return await fetch_all(conn, DayVersion, LIST_DAY_VERSIONS, area_id, on_day)


LIST_TECHNICIAN_DAYS_OF = """
SELECT technician_day.*
FROM technician_day
JOIN unnest($1::uuid[], $2::uuid[], $3::date[]) AS wanted (area_id, technician_id, on_day)
  USING (area_id, technician_id, on_day)
ORDER BY technician_day.area_id, technician_day.technician_id, technician_day.on_day
"""


async def list_technician_days_of(conn: Conn, days: Sequence[tuple[UUID, UUID, date]]) -> list[TechnicianDay]:
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    return await fetch_all(conn, TechnicianDay, LIST_TECHNICIAN_DAYS_OF, areas, technicians, on_days)


LIST_ON_CALL = """
SELECT *
FROM technician_day
WHERE area_id_worked = $1 AND on_day BETWEEN $2 AND $3 AND NOT absent
  AND (on_call_start_at <= $4 AND on_call_end_at > $4 OR on_call AND shift_start_at <= $4 AND shift_end_at > $4)
ORDER BY on_day, technician_id
"""


async def list_on_call(
    conn: Conn, area_id: UUID, first_on: date, last_on: date, now: datetime
) -> list[TechnicianDay]:
    """Whom one may call now; a call that began yesterday may go on."""
    return await fetch_all(conn, TechnicianDay, LIST_ON_CALL, area_id, first_on, last_on, now)


SET_ON_CALL = """
UPDATE technician_day
SET on_call_start_at = $4, on_call_end_at = $5
WHERE area_id = $1 AND technician_id = $2 AND on_day = $3
"""


async def set_on_call(
    conn: Conn, day: tuple[UUID, UUID, date], start_at: datetime | None, end_at: datetime | None
) -> None:
    await execute(conn, SET_ON_CALL, *day, start_at, end_at)


MARK_ABSENT = """
UPDATE technician_day
SET absent = true, absence_reason = $4
WHERE area_id = $1 AND technician_id = $2 AND on_day = $3
"""


async def mark_absent(conn: Conn, day: tuple[UUID, UUID, date], reason: AbsenceReason | None = None) -> None:
    await execute(conn, MARK_ABSENT, *day, reason)


BEGIN_LATER = """
UPDATE technician_day
SET shift_due_at = coalesce(shift_due_at, shift_start_at), shift_start_at = $4, absence_reason = $5
WHERE area_id = $1 AND technician_id = $2 AND on_day = $3
"""


async def begin_later(
    conn: Conn, day: tuple[UUID, UUID, date], at: datetime, reason: AbsenceReason | None = None
) -> None:
    await execute(conn, BEGIN_LATER, *day, at, reason)


COME_AFTER_ALL = """
UPDATE technician_day
SET absent = false, absence_reason = NULL, shift_start_at = coalesce(shift_due_at, shift_start_at), shift_due_at = NULL
WHERE area_id = $1 AND technician_id = $2 AND on_day = $3
"""


async def come_after_all(conn: Conn, day: tuple[UUID, UUID, date]) -> None:
    await execute(conn, COME_AFTER_ALL, *day)
