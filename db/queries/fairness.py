"""The fairness ledger: what it is made of, and its rows."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from db.records import FairnessDay, TechnicianDay
from db.records.fairness import Attendance
from db.rows import Conn, execute, execute_rows, fetch_all

LIST_DAYS_AT_HOME = """
SELECT *
FROM technician_day
WHERE area_id = $1 AND on_day BETWEEN $2 AND $3 AND NOT absent
ORDER BY on_day, technician_id
"""


async def list_days_at_home(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> list[TechnicianDay]:
    """Worked by those who are at home in the area, wherever."""
    return await fetch_all(conn, TechnicianDay, LIST_DAYS_AT_HOME, area_id, first_on, last_on)


LIST_ATTENDANCES = """
SELECT who.technician_id, visit.on_day, who.joined, visit.travel_duration, visit.arrived_at, visit.ended_at,
       EXISTS (
           SELECT
           FROM proposal
           WHERE proposal.area_id = visit.area_id AND proposal.job_id = visit.job_id
             AND proposal.accepted_at BETWEEN visit.arrived_at - interval '1 day' AND visit.arrived_at
       ) AS emergency
FROM visit
JOIN LATERAL (
    SELECT visit.technician_id, false AS joined
    WHERE visit.technician_area_id = $2
    UNION ALL
    SELECT visit_crew.technician_id, true
    FROM visit_crew
    WHERE visit_crew.area_id = visit.area_id AND visit_crew.visit_id = visit.visit_id
      AND visit_crew.technician_area_id = $2
) AS who ON true
WHERE visit.area_id = ANY ($1::uuid[]) AND visit.on_day BETWEEN $3 AND $4 AND visit.arrived_at IS NOT NULL
ORDER BY visit.on_day, who.technician_id, visit.arrived_at
"""


async def list_attendances(
    conn: Conn, area_ids: Sequence[UUID], home: UUID, first_on: date, last_on: date
) -> list[Attendance]:
    """In whichever of these areas, by those who are at home in `home`. An emergency is a job that was sent out as one within a
    day before."""
    return await fetch_all(conn, Attendance, LIST_ATTENDANCES, area_ids, home, first_on, last_on)


DELETE_FAIRNESS_DAYS = "DELETE FROM fairness_day WHERE area_id = $1 AND on_day BETWEEN $2 AND $3"


async def delete_fairness_days(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> int:
    return await execute(conn, DELETE_FAIRNESS_DAYS, area_id, first_on, last_on)


SAVE_FAIRNESS_DAYS = """
INSERT INTO fairness_day SELECT * FROM jsonb_populate_recordset(NULL::fairness_day, $1)
ON CONFLICT (area_id, technician_id, on_day) DO UPDATE
SET overtime_minutes = excluded.overtime_minutes, far_visits = excluded.far_visits, emergencies = excluded.emergencies,
    weekend_minutes = excluded.weekend_minutes, late_minutes = excluded.late_minutes,
    joined_visits = excluded.joined_visits, burden_minutes = excluded.burden_minutes, settled_at = excluded.settled_at
"""


async def save_fairness_days(conn: Conn, days: Sequence[FairnessDay]) -> None:
    await execute_rows(conn, SAVE_FAIRNESS_DAYS, days)


LIST_FAIRNESS_DAYS = """
SELECT *
FROM fairness_day
WHERE area_id = ANY ($1::uuid[]) AND on_day BETWEEN $2 AND $3
ORDER BY on_day, technician_id
"""


async def list_fairness_days(
    conn: Conn, area_ids: Sequence[UUID], first_on: date, last_on: date
) -> list[FairnessDay]:
    return await fetch_all(conn, FairnessDay, LIST_FAIRNESS_DAYS, area_ids, first_on, last_on)
