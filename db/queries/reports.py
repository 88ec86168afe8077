"""The inbox, reports, reviews."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import InboxEvent, Report, Review
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_column, fetch_one
from db.states import InboxStatus, ReviewReason

INSERT_INBOX = """
INSERT INTO inbox SELECT * FROM jsonb_populate_recordset(NULL::inbox, $1)
ON CONFLICT DO NOTHING
"""


async def insert_inbox(conn: Conn, events: Sequence[InboxEvent]) -> int:
    return await execute_rows(conn, INSERT_INBOX, events)


class Arrived(Record):
    """What the inbox knows of an event id: each content that came under it, first come first."""

    event_id: UUID
    content_hash: bytes
    status: InboxStatus
    reason: ReviewReason | None


LIST_ARRIVED = """
SELECT event_id, content_hash, status, reason
FROM inbox
WHERE area_id = $1 AND event_id = ANY ($2::uuid[])
ORDER BY event_id, received_at, content_hash
"""


async def list_arrived(conn: Conn, area_id: UUID, event_ids: Sequence[UUID]) -> list[Arrived]:
    return await fetch_all(conn, Arrived, LIST_ARRIVED, area_id, event_ids)


COUNT_ATTEMPT = """
UPDATE inbox
SET attempts = attempts + $4
WHERE (area_id, event_id, content_hash) IN (
    SELECT area_id, event_id, content_hash
    FROM inbox
    WHERE area_id = $1 AND event_id = $2 AND content_hash = $3 AND status = 'received'
    FOR UPDATE SKIP LOCKED
)
"""


async def count_attempt(conn: Conn, area_id: UUID, event_id: UUID, content_hash: bytes, by: int) -> None:
    """Passed over when it is settled, or somebody is at it right now."""
    await execute(conn, COUNT_ATTEMPT, area_id, event_id, content_hash, by)


CLAIM_EVENT = """
SELECT *
FROM inbox
WHERE area_id = $1 AND event_id = $2 AND content_hash = $3
FOR UPDATE
"""


async def claim_event(conn: Conn, area_id: UUID, event_id: UUID, content_hash: bytes) -> InboxEvent | None:
    return await fetch_one(conn, InboxEvent, CLAIM_EVENT, area_id, event_id, content_hash)


SETTLE_EVENT = """
UPDATE inbox
SET status = $4, reason = $5, attempts = CASE WHEN $4 = 'received' THEN 1 ELSE attempts END
WHERE area_id = $1 AND event_id = $2 AND content_hash = $3
"""


async def settle_event(
    conn: Conn,
    area_id: UUID,
    event_id: UUID,
    content_hash: bytes,
    status: InboxStatus,
    reason: ReviewReason | None,
) -> None:
    await execute(conn, SETTLE_EVENT, area_id, event_id, content_hash, status, reason)


LIST_UNSETTLED = """
SELECT *
FROM inbox
WHERE area_id = $1 AND status = 'received' AND received_at < $2::timestamptz - (attempts - 1) * interval '1 minute'
ORDER BY received_at, seq
LIMIT 200
"""


async def list_unsettled(conn: Conn, area_id: UUID, received_before: datetime) -> list[InboxEvent]:
    """Stored, but its turn never came: whoever received it died. After each attempt a minute longer is waited."""
    return await fetch_all(conn, InboxEvent, LIST_UNSETTLED, area_id, received_before)


LIST_KNOWN_EVENTS = "SELECT DISTINCT event_id FROM inbox WHERE area_id = $1 AND event_id = ANY ($2::uuid[])"


async def list_known_events(conn: Conn, area_id: UUID, event_ids: Sequence[UUID]) -> list[UUID]:
    return await fetch_column(conn, LIST_KNOWN_EVENTS, area_id, event_ids)


INSERT_REPORTS = """
INSERT INTO report SELECT * FROM jsonb_populate_recordset(NULL::report, $1)
ON CONFLICT DO NOTHING
"""


async def insert_reports(conn: Conn, reports: Sequence[Report]) -> int:
    return await execute_rows(conn, INSERT_REPORTS, reports)


LIST_REPORTS = """
SELECT *
FROM report
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY job_id, corrected_at, device_id, seq, report_id
"""


async def list_reports(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Report]:
    return await fetch_all(conn, Report, LIST_REPORTS, area_id, job_ids)


LIST_REPORTS_OF_KIND = """
SELECT *
FROM report
WHERE area_id = $1 AND kind = $2 AND job_id = ANY ($3::uuid[]) AND status = 'applied'
ORDER BY job_id, corrected_at, device_id, seq, report_id
"""


async def list_reports_of_kind(conn: Conn, area_id: UUID, kind: str, job_ids: Sequence[UUID]) -> list[Report]:
    """Those that count."""
    return await fetch_all(conn, Report, LIST_REPORTS_OF_KIND, area_id, kind, job_ids)


SAVE_OUTCOMES = """
UPDATE report
SET status = new.status, reason = new.reason
FROM jsonb_populate_recordset(NULL::report, $1) AS new
WHERE report.area_id = new.area_id AND report.report_id = new.report_id
"""


async def save_outcomes(conn: Conn, reports: Sequence[Report]) -> None:
    await execute_rows(conn, SAVE_OUTCOMES, reports)


SAVE_INBOX_OUTCOMES = """
UPDATE inbox
SET status = new.status, reason = new.reason
FROM jsonb_populate_recordset(NULL::report, $1) AS new
WHERE inbox.area_id = new.technician_area_id AND inbox.event_id = new.report_id
  AND inbox.status <> 'received' AND inbox.reason IS DISTINCT FROM 'id-reused'
"""


async def save_inbox_outcomes(conn: Conn, reports: Sequence[Report]) -> None:
    """What is said of a report is said of the event that brought it, so that a repeat answers the current outcome.

    Not of another content that came under its id: that one is `id-reused`, or has not been looked at.
    """
    await execute_rows(conn, SAVE_INBOX_OUTCOMES, reports)


LIST_OVERDUE_PENDING_JOBS = """
SELECT DISTINCT job_id
FROM report
WHERE area_id = $1 AND status = 'pending' AND received_at < $2
ORDER BY job_id
LIMIT 200
"""


async def list_overdue_pending_jobs(conn: Conn, area_id: UUID, received_before: datetime) -> list[UUID]:
    return await fetch_column(conn, LIST_OVERDUE_PENDING_JOBS, area_id, received_before)


LIST_JOBS_WAITING_FOR = """
SELECT DISTINCT job_id
FROM report
WHERE area_id = $1 AND status = 'pending' AND $2 = ANY (needs)
ORDER BY job_id
"""


async def list_jobs_waiting_for(conn: Conn, area_id: UUID, event_id: UUID) -> list[UUID]:
    return await fetch_column(conn, LIST_JOBS_WAITING_FOR, area_id, event_id)


LIST_REVIEWS_OF_JOB = "SELECT * FROM review WHERE area_id = $1 AND job_id = $2 ORDER BY opened_at, review_id"


async def list_reviews_of_job(conn: Conn, area_id: UUID, job_id: UUID) -> list[Review]:
    return await fetch_all(conn, Review, LIST_REVIEWS_OF_JOB, area_id, job_id)


LIST_ACCEPTED_REVIEWS = """
SELECT *
FROM review
WHERE area_id = $1 AND event_id = $2 AND state = 'accepted'
ORDER BY decided_at, review_id
"""


async def list_accepted_reviews(conn: Conn, area_id: UUID, event_id: UUID) -> list[Review]:
    return await fetch_all(conn, Review, LIST_ACCEPTED_REVIEWS, area_id, event_id)


LIST_REVIEWS_FOR = (
    "SELECT * FROM review WHERE area_id = $1 AND reason = $2 AND state = 'open' ORDER BY review_id"
)


async def list_reviews_for(conn: Conn, area_id: UUID, reason: ReviewReason) -> list[Review]:
    """Those that are open for this reason."""
    return await fetch_all(conn, Review, LIST_REVIEWS_FOR, area_id, reason)


FIND_REPORT = "SELECT * FROM report WHERE area_id = $1 AND report_id = $2"


async def find_report(conn: Conn, area_id: UUID, report_id: UUID) -> Report | None:
    return await fetch_one(conn, Report, FIND_REPORT, area_id, report_id)


LIST_OPEN_REVIEWS = """
SELECT *
FROM review
WHERE area_id = $1 AND state = 'open' AND review_id > $2
ORDER BY review_id
LIMIT $3
"""


async def list_open_reviews(conn: Conn, area_id: UUID, after: UUID, limit: int) -> list[Review]:
    return await fetch_all(conn, Review, LIST_OPEN_REVIEWS, area_id, after, limit)


LIST_EVENTS = "SELECT * FROM inbox WHERE area_id = $1 AND event_id = ANY ($2::uuid[]) ORDER BY received_at"


async def list_events(conn: Conn, area_id: UUID, event_ids: Sequence[UUID]) -> list[InboxEvent]:
    """As they came; one id may have come with another content."""
    return await fetch_all(conn, InboxEvent, LIST_EVENTS, area_id, event_ids)


FIND_REVIEW = "SELECT * FROM review WHERE area_id = $1 AND review_id = $2"


async def find_review(conn: Conn, area_id: UUID, review_id: UUID) -> Review | None:
    return await fetch_one(conn, Review, FIND_REVIEW, area_id, review_id)


LOCK_REVIEW = "SELECT * FROM review WHERE area_id = $1 AND review_id = $2 FOR UPDATE"


async def lock_review(conn: Conn, area_id: UUID, review_id: UUID) -> Review | None:
    return await fetch_one(conn, Review, LOCK_REVIEW, area_id, review_id)


SAVE_REVIEWS = """
INSERT INTO review SELECT * FROM jsonb_populate_recordset(NULL::review, $1)
ON CONFLICT ON CONSTRAINT review_is_one_per_event_and_reason DO UPDATE
SET job_id = excluded.job_id, facts = excluded.facts, state = excluded.state, decided_at = excluded.decided_at,
    decided_by = excluded.decided_by, decision_note = excluded.decision_note, version = review.version + 1
"""


async def save_reviews(conn: Conn, reviews: Sequence[Review]) -> None:
    await execute_rows(conn, SAVE_REVIEWS, reviews)
