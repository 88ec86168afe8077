"""Complaints, and their answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Complaint
from db.records.base import Record
from db.rows import Conn, execute_rows, fetch_all, fetch_one, fetch_value
from db.states import ComplaintState

INSERT_COMPLAINTS = "INSERT INTO complaint SELECT * FROM jsonb_populate_recordset(NULL::complaint, $1)"


async def insert_complaints(conn: Conn, complaints: Sequence[Complaint]) -> None:
    await execute_rows(conn, INSERT_COMPLAINTS, complaints)


SAVE_ANSWERS = """
UPDATE complaint
SET state = new.state, answer = new.answer, answered_at = new.answered_at, answered_by = new.answered_by,
    version = complaint.version + 1
FROM jsonb_populate_recordset(NULL::complaint, $1) AS new
WHERE complaint.area_id = new.area_id AND complaint.complaint_id = new.complaint_id
"""


async def save_answers(conn: Conn, complaints: Sequence[Complaint]) -> None:
    """What was complained of stays as it was said."""
    await execute_rows(conn, SAVE_ANSWERS, complaints)


FIND_COMPLAINT = "SELECT * FROM complaint WHERE area_id = ANY ($1::uuid[]) AND complaint_id = $2"


async def find_complaint(conn: Conn, area_ids: Sequence[UUID], complaint_id: UUID) -> Complaint | None:
    return await fetch_one(conn, Complaint, FIND_COMPLAINT, area_ids, complaint_id)


LOCK_COMPLAINT = "SELECT * FROM complaint WHERE area_id = ANY ($1::uuid[]) AND complaint_id = $2 FOR UPDATE"


async def lock_complaint(conn: Conn, area_ids: Sequence[UUID], complaint_id: UUID) -> Complaint | None:
    return await fetch_one(conn, Complaint, LOCK_COMPLAINT, area_ids, complaint_id)


LIST_COMPLAINTS = """
SELECT *
FROM complaint
WHERE area_id = ANY ($1::uuid[]) AND state = ANY ($2::text[])
  AND ($3::uuid IS NULL OR subscriber_id = $3)
ORDER BY state DESC, CASE WHEN state = 'open' THEN due_at END, answered_at DESC, complaint_id
LIMIT $4
"""


async def list_complaints(
    conn: Conn,
    area_ids: Sequence[UUID],
    states: Sequence[ComplaintState],
    subscriber_id: UUID | None,
    limit: int,
) -> list[Complaint]:
    """Open ones by their deadline, so the overdue ones first; then what was answered, the newest answer first."""
    return await fetch_all(conn, Complaint, LIST_COMPLAINTS, area_ids, states, subscriber_id, limit)


class OfWhom(Record):
    """Whose complaint it is. `ticket_number` empty: it is of no ticket."""

    complaint_id: UUID
    contract: str
    language: str
    ticket_number: str


LIST_OF_WHOM = """
SELECT complaint.complaint_id, subscriber.contract, subscriber.language, coalesce(ticket.ticket_number, '') AS ticket_number
FROM complaint
JOIN subscriber USING (area_id, subscriber_id)
LEFT JOIN ticket USING (area_id, ticket_id)
WHERE complaint.area_id = ANY ($1::uuid[]) AND complaint.complaint_id = ANY ($2::uuid[])
"""


async def list_of_whom(conn: Conn, area_ids: Sequence[UUID], complaint_ids: Sequence[UUID]) -> list[OfWhom]:
    return await fetch_all(conn, OfWhom, LIST_OF_WHOM, area_ids, complaint_ids)


FIND_SENT_AT = "SELECT delivered_at FROM outbox WHERE area_id = $1 AND kind = $2 AND subject_id = $3"


async def find_sent_at(conn: Conn, area_id: UUID, kind: str, complaint_id: UUID) -> datetime | None:
    """When its answer left; None while it waits."""
    found: datetime | None = await fetch_value(conn, FIND_SENT_AT, area_id, kind, complaint_id)
    return found
