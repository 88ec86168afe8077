"""Second technicians of visits."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from db.records import Visit, VisitCrew
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all


class JoinedJob(Record):
    """Whom a job concerns as well: a second technician of one of its visits."""

    job_id: UUID
    technician_area_id: UUID
    technician_id: UUID


LIST_JOINED_JOBS = """
SELECT DISTINCT visit.job_id, visit_crew.technician_area_id, visit_crew.technician_id
FROM visit
JOIN visit_crew USING (area_id, visit_id)
WHERE visit.area_id = $1 AND visit.job_id = ANY ($2::uuid[])
ORDER BY visit.job_id, visit_crew.technician_id
"""


async def list_joined_jobs(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[JoinedJob]:
    return await fetch_all(conn, JoinedJob, LIST_JOINED_JOBS, area_id, job_ids)


INSERT_CREW = """
INSERT INTO visit_crew SELECT * FROM jsonb_populate_recordset(NULL::visit_crew, $1)
ON CONFLICT DO NOTHING
"""


async def insert_crew(conn: Conn, crew: Sequence[VisitCrew]) -> int:
    """How many were new."""
    return await execute_rows(conn, INSERT_CREW, crew)


LIST_JOINED = """
SELECT visit_crew.*
FROM unnest($2::uuid[], $3::uuid[], $4::date[]) AS wanted (technician_area_id, technician_id, on_day)
JOIN visit_crew USING (technician_area_id, technician_id)
JOIN visit ON visit.area_id = visit_crew.area_id AND visit.visit_id = visit_crew.visit_id
  AND visit.on_day = wanted.on_day
WHERE visit_crew.area_id = $1 AND visit.state NOT IN ('draft', 'cancelled')
ORDER BY visit_crew.technician_id, visit.planned_start_at, visit_crew.visit_id
"""


async def list_joined(conn: Conn, area_id: UUID, days: Sequence[tuple[UUID, UUID, date]]) -> list[VisitCrew]:
    """At which visits of others the technicians of these days help."""
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    return await fetch_all(conn, VisitCrew, LIST_JOINED, area_id, areas, technicians, on_days)


LIST_CREW_BETWEEN = """
SELECT visit_crew.*
FROM visit_crew
JOIN visit USING (area_id, visit_id)
WHERE visit_crew.area_id = $1 AND visit.on_day BETWEEN $2 AND $3 AND visit.state NOT IN ('draft', 'cancelled')
ORDER BY visit_crew.visit_id, visit_crew.technician_id
"""


async def list_crew_between(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> list[VisitCrew]:
    return await fetch_all(conn, VisitCrew, LIST_CREW_BETWEEN, area_id, first_on, last_on)


LIST_VISITS_BY_ID = "SELECT * FROM visit WHERE area_id = $1 AND visit_id = ANY ($2::uuid[]) ORDER BY visit_id"


async def list_visits_by_id(conn: Conn, area_id: UUID, visit_ids: Sequence[UUID]) -> list[Visit]:
    return await fetch_all(conn, Visit, LIST_VISITS_BY_ID, area_id, visit_ids)


KEEP_CREW = """
INSERT INTO visit_crew (area_id, visit_id, technician_area_id, technician_id, joined_at)
SELECT visit_crew.area_id, made.visit_id, visit_crew.technician_area_id, visit_crew.technician_id,
       visit_crew.joined_at
FROM jsonb_populate_recordset(NULL::visit, $1) AS made
JOIN visit_crew ON visit_crew.area_id = made.area_id AND visit_crew.visit_id = made.replaces_visit_id
WHERE visit_crew.technician_id <> made.technician_id
ON CONFLICT DO NOTHING
"""


async def keep_crew(conn: Conn, made: Sequence[Visit]) -> int:
    """Who helped at the visit that one of these replaces helps there as well."""
    return await execute_rows(conn, KEEP_CREW, made)


DELETE_CREW = (
    "DELETE FROM visit_crew WHERE area_id = $1 AND visit_id = ANY ($2::uuid[]) AND technician_id = $3"
)


async def delete_crew(conn: Conn, area_id: UUID, visit_ids: Sequence[UUID], technician_id: UUID) -> int:
    """The technician does not come to help there."""
    return await execute(conn, DELETE_CREW, area_id, visit_ids, technician_id)
