"""Escalations, jobs, appointments."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Appointment, Escalation, Job
from db.rows import Conn, execute_rows, fetch_all, fetch_column, fetch_one, fetch_value
from db.states import JobState

INSERT_ESCALATIONS = "INSERT INTO escalation SELECT * FROM jsonb_populate_recordset(NULL::escalation, $1)"


async def insert_escalations(conn: Conn, escalations: Sequence[Escalation]) -> None:
    await execute_rows(conn, INSERT_ESCALATIONS, escalations)


LIST_ESCALATIONS_OF_TICKET = """
SELECT *
FROM escalation
WHERE area_id = $1 AND source = $2 AND ticket_number = $3
ORDER BY sequence
"""


async def list_escalations_of_ticket(
    conn: Conn, area_id: UUID, source: str, ticket_number: str
) -> list[Escalation]:
    return await fetch_all(conn, Escalation, LIST_ESCALATIONS_OF_TICKET, area_id, source, ticket_number)


LIST_ESCALATIONS_OF_JOB = (
    "SELECT * FROM escalation WHERE area_id = $1 AND job_id = $2 ORDER BY received_at, sequence"
)


async def list_escalations_of_job(conn: Conn, area_id: UUID, job_id: UUID) -> list[Escalation]:
    return await fetch_all(conn, Escalation, LIST_ESCALATIONS_OF_JOB, area_id, job_id)


INSERT_JOBS = "INSERT INTO job SELECT * FROM jsonb_populate_recordset(NULL::job, $1)"


async def insert_jobs(conn: Conn, jobs: Sequence[Job]) -> None:
    await execute_rows(conn, INSERT_JOBS, jobs)


FIND_JOB = "SELECT * FROM job WHERE area_id = $1 AND job_id = $2"


async def find_job(conn: Conn, area_id: UUID, job_id: UUID) -> Job | None:
    return await fetch_one(conn, Job, FIND_JOB, area_id, job_id)


LIST_JOBS_NAMED = """
SELECT *
FROM job
WHERE area_id = ANY ($1::uuid[]) AND (job_id = $2 OR number = $3)
ORDER BY job_id
"""


async def list_jobs_named(conn: Conn, area_ids: Sequence[UUID], job_id: UUID, number: str) -> list[Job]:
    """By either; a number may stand for a job in each area."""
    return await fetch_all(conn, Job, LIST_JOBS_NAMED, area_ids, job_id, number)


FIND_AREA_OF_JOB = "SELECT area_id FROM job WHERE area_id = ANY ($1::uuid[]) AND job_id = $2"


async def find_area_of_job(conn: Conn, area_ids: Sequence[UUID], job_id: UUID) -> UUID | None:
    """In which of these areas the job lies."""
    return await fetch_value(conn, FIND_AREA_OF_JOB, area_ids, job_id)


FIND_JOB_SEEN = "SELECT * FROM job WHERE area_id = ANY ($1::uuid[]) AND job_id = $2"


async def find_job_seen(conn: Conn, area_ids: Sequence[UUID], job_id: UUID) -> Job | None:
    """In whichever of these areas it lies."""
    return await fetch_one(conn, Job, FIND_JOB_SEEN, area_ids, job_id)


LOCK_JOB = "SELECT * FROM job WHERE area_id = $1 AND job_id = $2 FOR NO KEY UPDATE"


async def lock_job(conn: Conn, area_id: UUID, job_id: UUID) -> Job | None:
    return await fetch_one(conn, Job, LOCK_JOB, area_id, job_id)


LOCK_JOBS = """
SELECT *
FROM job
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY job_id
FOR NO KEY UPDATE
"""


async def lock_jobs(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Job]:
    return await fetch_all(conn, Job, LOCK_JOBS, area_id, job_ids)


LIST_JOBS = """
SELECT *
FROM job
WHERE area_id = $1 AND state = ANY ($2::text[]) AND job_id > $3 AND ($5::text IS NULL OR number = $5)
ORDER BY job_id
LIMIT $4
"""


async def list_jobs(
    conn: Conn, area_id: UUID, states: Sequence[JobState], after: UUID, limit: int, number: str | None = None
) -> list[Job]:
    """One page; or the one of this number, if one is named."""
    return await fetch_all(conn, Job, LIST_JOBS, area_id, states, after, limit, number)


LIST_JOBS_OF_TICKET = """
SELECT job.*
FROM job
WHERE (area_id, job_id) IN (SELECT area_id, job_id FROM escalation WHERE area_id = $1 AND ticket_id = $2)
ORDER BY received_at DESC, job_id
"""


async def list_jobs_of_ticket(conn: Conn, area_id: UUID, ticket_id: UUID) -> list[Job]:
    """Newest first."""
    return await fetch_all(conn, Job, LIST_JOBS_OF_TICKET, area_id, ticket_id)


LIST_OPEN_JOBS_OF_SUBSCRIBER = """
SELECT *
FROM job
WHERE area_id = $1 AND subscriber_id = $2 AND state NOT IN ('closed', 'cancelled')
ORDER BY received_at DESC, job_id
"""


async def list_open_jobs_of_subscriber(conn: Conn, area_id: UUID, subscriber_id: UUID) -> list[Job]:
    """Newest first."""
    return await fetch_all(conn, Job, LIST_OPEN_JOBS_OF_SUBSCRIBER, area_id, subscriber_id)


LIST_OPEN_JOBS = """
SELECT *
FROM job
WHERE area_id = $1 AND state IN ('received', 'planned', 'in_progress', 'restored')
ORDER BY job_id
"""


async def list_open_jobs(conn: Conn, area_id: UUID) -> list[Job]:
    return await fetch_all(conn, Job, LIST_OPEN_JOBS, area_id)


SAVE_JOBS = """
UPDATE job
SET state = new.state, hold_reason = new.hold_reason, priority = new.priority, affected = new.affected,
    due_at = new.due_at, restored_at = new.restored_at, closed_at = new.closed_at, reopened = new.reopened,
    resumed_at = new.resumed_at, earliest_on = new.earliest_on, outage_id = new.outage_id,
    service_duration = new.service_duration, access_note = new.access_note,
    version = job.version + 1
FROM jsonb_populate_recordset(NULL::job, $1) AS new
WHERE job.area_id = new.area_id AND job.job_id = new.job_id
"""


async def save_jobs(conn: Conn, jobs: Sequence[Job]) -> None:
    """Each one's version grows by one: phones compare it."""
    await execute_rows(conn, SAVE_JOBS, jobs)


INSERT_APPOINTMENTS = "INSERT INTO appointment SELECT * FROM jsonb_populate_recordset(NULL::appointment, $1)"


async def insert_appointments(conn: Conn, appointments: Sequence[Appointment]) -> None:
    await execute_rows(conn, INSERT_APPOINTMENTS, appointments)


LIST_APPOINTMENTS = """
SELECT *
FROM appointment
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY job_id, promised_at, appointment_id
"""


async def list_appointments(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Appointment]:
    return await fetch_all(conn, Appointment, LIST_APPOINTMENTS, area_id, job_ids)


LIST_APPOINTMENTS_BY_ID = """
SELECT *
FROM appointment
WHERE area_id = $1 AND appointment_id = ANY ($2::uuid[])
ORDER BY appointment_id
"""


async def list_appointments_by_id(
    conn: Conn, area_id: UUID, appointment_ids: Sequence[UUID]
) -> list[Appointment]:
    return await fetch_all(conn, Appointment, LIST_APPOINTMENTS_BY_ID, area_id, appointment_ids)


SAVE_APPOINTMENTS = """
UPDATE appointment
SET state = new.state, arrived_at = new.arrived_at, version = appointment.version + 1
FROM jsonb_populate_recordset(NULL::appointment, $1) AS new
WHERE appointment.area_id = new.area_id AND appointment.appointment_id = new.appointment_id
"""


async def save_appointments(conn: Conn, appointments: Sequence[Appointment]) -> None:
    await execute_rows(conn, SAVE_APPOINTMENTS, appointments)


LIST_OVERDUE_APPOINTMENT_JOBS = """
SELECT appointment.job_id
FROM appointment
JOIN job USING (area_id, job_id)
WHERE appointment.area_id = $1 AND appointment.state = 'confirmed' AND appointment.latest_at < $2
ORDER BY appointment.latest_at
LIMIT 200
"""


async def list_overdue_appointment_jobs(conn: Conn, area_id: UUID, now: datetime) -> list[UUID]:
    return await fetch_column(conn, LIST_OVERDUE_APPOINTMENT_JOBS, area_id, now)


LIST_JOBS_BY_ID = "SELECT * FROM job WHERE area_id = $1 AND job_id = ANY ($2::uuid[]) ORDER BY job_id"


async def list_jobs_by_id(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Job]:
    return await fetch_all(conn, Job, LIST_JOBS_BY_ID, area_id, job_ids)


LIST_UNPLACED_PROMISES = """
SELECT appointment.*
FROM appointment
JOIN job USING (area_id, job_id)
WHERE appointment.area_id = $1 AND appointment.state = 'confirmed'
  AND appointment.latest_at > $2 AND appointment.earliest_at < $3
  AND job.state IN ('received', 'planned', 'restored')
  AND NOT EXISTS (
      SELECT
      FROM visit
      WHERE visit.area_id = appointment.area_id AND visit.job_id = appointment.job_id
        AND visit.state IN ('draft', 'published', 'on_my_way', 'arrived', 'working')
        AND NOT (
            visit.state = 'draft'
            AND EXISTS (
                SELECT
                FROM plan
                WHERE plan.area_id = visit.area_id AND plan.state = 'published'
                  AND visit.on_day BETWEEN plan.first_on AND plan.last_on
            )
        )
  )
ORDER BY appointment.earliest_at, appointment.appointment_id
"""


async def list_unplaced_promises(
    conn: Conn, area_id: UUID, ending_after: datetime, beginning_before: datetime
) -> list[Appointment]:
    """Of open jobs for which nobody goes, not even in a draft of a day of which nothing is out: beside what is out drafts are thoughts."""
    return await fetch_all(conn, Appointment, LIST_UNPLACED_PROMISES, area_id, ending_after, beginning_before)


LIST_JOBS_WITHOUT_PART = """
SELECT *
FROM job
WHERE area_id = $1 AND state = 'on_hold' AND hold_reason = 'part_missing'
ORDER BY job_id
"""


async def list_jobs_without_part(conn: Conn, area_id: UUID) -> list[Job]:
    """On hold until some van carries what was missing."""
    return await fetch_all(conn, Job, LIST_JOBS_WITHOUT_PART, area_id)
