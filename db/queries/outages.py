"""Outages: the network elements above and beneath, what hangs there, and what is known to be dark."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Job, NetworkElement, Outage, Ticket
from db.records.base import Record
from db.rows import Conn, execute_rows, fetch_all, fetch_column, fetch_one, fetch_value
from db.states import HoldReason, JobState, VisitState

INSERT_OUTAGES = "INSERT INTO outage SELECT * FROM jsonb_populate_recordset(NULL::outage, $1)"


async def insert_outages(conn: Conn, outages: Sequence[Outage]) -> None:
    await execute_rows(conn, INSERT_OUTAGES, outages)


SAVE_OUTAGES = """
UPDATE outage
SET network_element_id = new.network_element_id, state = new.state, since = new.since, affected = new.affected,
    evidence = new.evidence, accepted_at = new.accepted_at, accepted_by = new.accepted_by,
    expected_at = new.expected_at, restored_at = new.restored_at, ended_at = new.ended_at, job_id = new.job_id,
    version = new.version
FROM jsonb_populate_recordset(NULL::outage, $1) AS new
WHERE outage.area_id = new.area_id AND outage.outage_id = new.outage_id
"""


async def save_outages(conn: Conn, outages: Sequence[Outage]) -> None:
    await execute_rows(conn, SAVE_OUTAGES, outages)


FIND_OUTAGE_SEEN = "SELECT * FROM outage WHERE area_id = ANY ($1::uuid[]) AND outage_id = $2"


async def find_outage_seen(conn: Conn, area_ids: Sequence[UUID], outage_id: UUID) -> Outage | None:
    return await fetch_one(conn, Outage, FIND_OUTAGE_SEEN, area_ids, outage_id)


LOCK_OPEN_OUTAGES = """
SELECT *
FROM outage
WHERE area_id = $1 AND ended_at IS NULL
ORDER BY outage_id
FOR UPDATE
"""


async def lock_open_outages(conn: Conn, area_id: UUID) -> list[Outage]:
    """Proposed and accepted ones."""
    return await fetch_all(conn, Outage, LOCK_OPEN_OUTAGES, area_id)


LIST_ACCEPTED_OUTAGES = """
SELECT *
FROM outage
WHERE area_id = ANY ($1::uuid[]) AND state = 'accepted' AND ended_at IS NULL
ORDER BY area_id, outage_id
"""


async def list_accepted_outages(conn: Conn, area_ids: Sequence[UUID]) -> list[Outage]:
    return await fetch_all(conn, Outage, LIST_ACCEPTED_OUTAGES, area_ids)


LIST_OUTAGES_SHOWN = """
SELECT *
FROM outage
WHERE area_id = ANY ($1::uuid[]) AND (ended_at IS NULL OR (state = 'restored' AND ended_at > $2))
ORDER BY array_position(ARRAY['proposed', 'accepted', 'restored'], state), affected DESC, outage_id
"""


async def list_outages_shown(conn: Conn, area_ids: Sequence[UUID], ended_after: datetime) -> list[Outage]:
    """Proposed first, then accepted, then what was restored since; the largest first."""
    return await fetch_all(conn, Outage, LIST_OUTAGES_SHOWN, area_ids, ended_after)


LIST_OUTAGES_ENDED = "SELECT * FROM outage WHERE area_id = $1 AND ended_at > $2 ORDER BY ended_at, outage_id"


async def list_outages_ended(conn: Conn, area_id: UUID, ended_after: datetime) -> list[Outage]:
    return await fetch_all(conn, Outage, LIST_OUTAGES_ENDED, area_id, ended_after)


class Above(Record):
    """An element that lies above another, or is it."""

    network_element_id: UUID
    above_id: UUID


LIST_ABOVE = """
WITH RECURSIVE above AS (
    SELECT network_element_id, network_element_id AS above_id
    FROM network_element
    WHERE area_id = $1 AND network_element_id = ANY ($2::uuid[])
    UNION
    SELECT above.network_element_id, element.parent_id
    FROM above
    JOIN network_element AS element ON element.area_id = $1 AND element.network_element_id = above.above_id
    WHERE element.parent_id IS NOT NULL
)
SELECT network_element_id, above_id
FROM above
"""


async def list_above(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> list[Above]:
    """Each of these, with itself and all above it."""
    return await fetch_all(conn, Above, LIST_ABOVE, area_id, element_ids)


LIST_RESTORED_ABOVE = """
WITH RECURSIVE above AS (
    SELECT network_element_id, parent_id
    FROM network_element
    WHERE area_id = $1 AND network_element_id = $2
    UNION
    SELECT element.network_element_id, element.parent_id
    FROM above
    JOIN network_element AS element ON element.area_id = $1 AND element.network_element_id = above.parent_id
)
SELECT outage.*
FROM outage
JOIN above USING (network_element_id)
WHERE outage.area_id = $1 AND outage.state = 'restored'
ORDER BY outage.since DESC, outage.outage_id
LIMIT $3
"""


async def list_restored_above(conn: Conn, area_id: UUID, element_id: UUID | None, limit: int) -> list[Outage]:
    """In which whoever hangs there was dark, newest first. None: nobody knows where that is."""
    return await fetch_all(conn, Outage, LIST_RESTORED_ABOVE, area_id, element_id, limit)


LIST_BENEATH = """
WITH RECURSIVE beneath AS (
    SELECT network_element_id
    FROM network_element
    WHERE area_id = $1 AND network_element_id = $2
    UNION
    SELECT element.network_element_id
    FROM beneath
    JOIN network_element AS element ON element.area_id = $1 AND element.parent_id = beneath.network_element_id
)
SELECT network_element_id
FROM beneath
ORDER BY network_element_id
"""


async def list_beneath(conn: Conn, area_id: UUID, element_id: UUID) -> list[UUID]:
    """Itself and all beneath it; nothing where there is no such element."""
    return await fetch_column(conn, LIST_BENEATH, area_id, element_id)


LOCK_ELEMENTS = """
SELECT network_element_id
FROM network_element
WHERE area_id = $1 AND network_element_id = ANY ($2::uuid[])
ORDER BY network_element_id
FOR UPDATE
"""


async def lock_elements(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> None:
    """Until the transaction ends no ticket and no job comes in that names one of these (`share_elements`)."""
    await fetch_column(conn, LOCK_ELEMENTS, area_id, element_ids)


SHARE_ELEMENTS = """
SELECT network_element_id
FROM network_element
WHERE area_id = $1 AND network_element_id = ANY ($2::uuid[])
ORDER BY network_element_id
FOR KEY SHARE
"""


async def share_elements(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> None:
    """Until the transaction ends nobody decides anything of these. Any number may hold it at once."""
    await fetch_column(conn, SHARE_ELEMENTS, area_id, element_ids)


LIST_ELEMENTS_BY_ID = """
SELECT *
FROM network_element
WHERE area_id = ANY ($1::uuid[]) AND network_element_id = ANY ($2::uuid[])
ORDER BY network_element_id
"""


async def list_elements_by_id(
    conn: Conn, area_ids: Sequence[UUID], element_ids: Sequence[UUID]
) -> list[NetworkElement]:
    return await fetch_all(conn, NetworkElement, LIST_ELEMENTS_BY_ID, area_ids, element_ids)


COUNT_SUBSCRIBERS = """
SELECT count(*) FROM subscriber WHERE area_id = $1 AND network_element_id = ANY ($2::uuid[])
"""


async def count_subscribers(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> int:
    return int(await fetch_value(conn, COUNT_SUBSCRIBERS, area_id, element_ids))


FIND_FIRST_SUBSCRIBER = """
SELECT subscriber_id
FROM subscriber
WHERE area_id = $1 AND network_element_id = ANY ($2::uuid[])
ORDER BY contract
LIMIT 1
"""


async def find_first_subscriber(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> UUID | None:
    return await fetch_value(conn, FIND_FIRST_SUBSCRIBER, area_id, element_ids)


LIST_STREETS = """
SELECT street
FROM subscriber
JOIN place USING (area_id, place_id)
WHERE subscriber.area_id = $1 AND subscriber.network_element_id = ANY ($2::uuid[]) AND street <> ''
GROUP BY street
ORDER BY count(*) DESC, street
"""


async def list_streets(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> list[str]:
    """Where most of those who hang there live comes first."""
    return await fetch_column(conn, LIST_STREETS, area_id, element_ids)


LIST_JOBS_BENEATH = """
SELECT job.*
FROM job
JOIN subscriber USING (area_id, subscriber_id)
WHERE job.area_id = $1 AND job.state NOT IN ('closed', 'cancelled')
  AND coalesce(subscriber.network_element_id, job.network_element_id) = ANY ($2::uuid[])
ORDER BY job_id
"""


async def list_jobs_beneath(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> list[Job]:
    """Open ones of who hangs there. An element that a ticket named counts only of somebody of whom none is known."""
    return await fetch_all(conn, Job, LIST_JOBS_BENEATH, area_id, element_ids)


class Work(Record):
    """A job on a branch, with its visit that is to come or under way; `planned_at` None: there is none."""

    job_id: UUID
    number: str
    kind: str
    kind_version: int
    state: JobState
    hold_reason: HoldReason | None
    affected: int
    visit_state: VisitState | None
    planned_at: datetime | None
    technician: str | None


LIST_WORK_ON = """
SELECT job.job_id, job.number, job.kind, job.kind_version, job.state, job.hold_reason, job.affected,
       visit.state AS visit_state, visit.planned_start_at AS planned_at, visit.display_name AS technician
FROM job
JOIN subscriber USING (area_id, subscriber_id)
LEFT JOIN LATERAL (
    SELECT attended.state, attended.planned_start_at, technician.display_name
    FROM visit AS attended
    JOIN technician
        ON technician.area_id = attended.technician_area_id AND technician.technician_id = attended.technician_id
    WHERE attended.area_id = job.area_id AND attended.job_id = job.job_id AND attended.state = ANY ($4::text[])
    ORDER BY attended.visit_id DESC
    LIMIT 1
) AS visit ON true
WHERE job.area_id = $1
  AND (job.outage_id = $3
       OR job.state NOT IN ('closed', 'cancelled')
       AND coalesce(subscriber.network_element_id, job.network_element_id) = ANY ($2::uuid[]))
ORDER BY job.reported_at, job.job_id
"""


async def list_work_on(
    conn: Conn, area_id: UUID, element_ids: Sequence[UUID], outage_id: UUID, live: Sequence[str]
) -> list[Work]:
    """Open on these elements, or of the outage. `live`: the states of visits that are to come or under way."""
    return await fetch_all(conn, Work, LIST_WORK_ON, area_id, element_ids, outage_id, live)


LIST_JOBS_OF_OUTAGE = "SELECT * FROM job WHERE area_id = $1 AND outage_id = $2 ORDER BY job_id"


async def list_jobs_of_outage(conn: Conn, area_id: UUID, outage_id: UUID) -> list[Job]:
    """Those that it holds, held once, or that mend it."""
    return await fetch_all(conn, Job, LIST_JOBS_OF_OUTAGE, area_id, outage_id)


LOCK_TICKETS_BENEATH = """
SELECT ticket.*
FROM ticket
JOIN subscriber USING (area_id, subscriber_id)
WHERE ticket.area_id = $1 AND ticket.state NOT IN ('resolved', 'closed')
  AND coalesce(subscriber.network_element_id, ticket.network_element_id) = ANY ($2::uuid[])
ORDER BY ticket_id
FOR UPDATE OF ticket
"""


async def lock_tickets_beneath(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> list[Ticket]:
    """Open ones of who hangs there."""
    return await fetch_all(conn, Ticket, LOCK_TICKETS_BENEATH, area_id, element_ids)


LOCK_TICKETS_OF_OUTAGE = """
SELECT *
FROM ticket
WHERE area_id = $1 AND outage_id = $2
ORDER BY ticket_id
FOR UPDATE
"""


async def lock_tickets_of_outage(conn: Conn, area_id: UUID, outage_id: UUID) -> list[Ticket]:
    return await fetch_all(conn, Ticket, LOCK_TICKETS_OF_OUTAGE, area_id, outage_id)


FIND_FIRST_REPORT = """
SELECT min(reported_at)
FROM ticket
JOIN subscriber USING (area_id, subscriber_id)
WHERE ticket.area_id = $1 AND ticket.reported_at > $3 AND ticket.state NOT IN ('resolved', 'closed')
  AND coalesce(subscriber.network_element_id, ticket.network_element_id) = ANY ($2::uuid[])
"""


async def find_first_report(
    conn: Conn, area_id: UUID, element_ids: Sequence[UUID], after: datetime
) -> datetime | None:
    """Of the open tickets of who hangs there."""
    return await fetch_value(conn, FIND_FIRST_REPORT, area_id, element_ids, after)


class Explained(Record):
    """How much an outage explains."""

    outage_id: UUID
    tickets: int
    held: int


LIST_EXPLAINED = """
SELECT outage_id,
    (SELECT count(*) FROM ticket WHERE ticket.area_id = outage.area_id AND ticket.outage_id = outage.outage_id) AS tickets,
    (
        SELECT count(*)
        FROM job
        WHERE job.area_id = outage.area_id AND job.outage_id = outage.outage_id AND job.hold_reason = 'outage'
    ) AS held
FROM outage
WHERE area_id = ANY ($1::uuid[]) AND outage_id = ANY ($2::uuid[])
ORDER BY outage_id
"""


async def list_explained(conn: Conn, area_ids: Sequence[UUID], outage_ids: Sequence[UUID]) -> list[Explained]:
    return await fetch_all(conn, Explained, LIST_EXPLAINED, area_ids, outage_ids)


class Sent(Record):
    """A ticket that went to the field as this job."""

    job_id: UUID
    ticket_id: UUID


LIST_SENT = """
SELECT DISTINCT job_id, ticket_id
FROM escalation
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY job_id, ticket_id
"""


async def list_sent(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Sent]:
    return await fetch_all(conn, Sent, LIST_SENT, area_id, job_ids)


FIND_OUTAGE_MENDED_BY = """
SELECT *
FROM outage
WHERE area_id = $1 AND job_id = $2 AND state = 'accepted' AND ended_at IS NULL
"""


async def find_outage_mended_by(conn: Conn, area_id: UUID, job_id: UUID) -> Outage | None:
    """That goes on, and that this job is to end."""
    return await fetch_one(conn, Outage, FIND_OUTAGE_MENDED_BY, area_id, job_id)
