"""Tickets of our own lines: the queue, the clock of a line, what was said and done; self-checks, and who works at which line."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import ContactEntry, SelfCheckVersion, SimulatedTerminal, SupportProfile, Ticket, TicketPause
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_column, fetch_one
from db.states import TicketState, VerifiedBy

INSERT_TICKETS = """
WITH made AS (
    INSERT INTO ticket SELECT * FROM jsonb_populate_recordset(NULL::ticket, $1)
    RETURNING caller_phone, area_id, subscriber_id
)
INSERT INTO phone_directory (phone, area_id, subscriber_id)
SELECT DISTINCT caller_phone, area_id, subscriber_id
FROM made
WHERE caller_phone <> ''
ON CONFLICT DO NOTHING
"""


async def insert_tickets(conn: Conn, tickets: Sequence[Ticket]) -> None:
    """With the entries of those who call in the directory of phones."""
    await execute_rows(conn, INSERT_TICKETS, tickets)


SAVE_TICKETS = """
WITH saved AS (
    UPDATE ticket
    SET state = new.state, line = new.line, language = new.language, symptom = new.symptom, description = new.description,
        caller_name = new.caller_name, caller_relation = new.caller_relation, caller_phone = new.caller_phone,
        verified_by = new.verified_by, at_equipment = new.at_equipment, contact_id = new.contact_id,
        network_element_id = new.network_element_id, priority = new.priority, skills = new.skills,
        staff_id = new.staff_id, waiting_since = new.waiting_since, line_began_at = new.line_began_at,
        localised = new.localised, outage_id = new.outage_id, resolution = new.resolution,
        resolved_at = new.resolved_at, closed_at = new.closed_at, version = ticket.version + 1
    FROM jsonb_populate_recordset(NULL::ticket, $1) AS new
    WHERE ticket.area_id = new.area_id AND ticket.ticket_id = new.ticket_id
    RETURNING ticket.caller_phone, ticket.area_id, ticket.subscriber_id
)
INSERT INTO phone_directory (phone, area_id, subscriber_id)
SELECT DISTINCT caller_phone, area_id, subscriber_id
FROM saved
WHERE caller_phone <> ''
ON CONFLICT DO NOTHING
"""


async def save_tickets(conn: Conn, tickets: Sequence[Ticket]) -> None:
    """The directory of phones learns of whoever calls now."""
    await execute_rows(conn, SAVE_TICKETS, tickets)


LIST_OPEN_TICKETS = """
SELECT *
FROM ticket
WHERE area_id = $1 AND subscriber_id = $2 AND state NOT IN ('resolved', 'closed')
ORDER BY reported_at DESC, ticket_id DESC
"""


async def list_open_tickets(conn: Conn, area_id: UUID, subscriber_id: UUID) -> list[Ticket]:
    """Of a subscriber, newest first: neither resolved nor closed."""
    return await fetch_all(conn, Ticket, LIST_OPEN_TICKETS, area_id, subscriber_id)


FIND_TICKET_NUMBERED = "SELECT * FROM ticket WHERE area_id = $1 AND source = $2 AND ticket_number = $3"


async def find_ticket_numbered(conn: Conn, area_id: UUID, source: str, ticket_number: str) -> Ticket | None:
    return await fetch_one(conn, Ticket, FIND_TICKET_NUMBERED, area_id, source, ticket_number)


FIND_TICKET_SEEN = "SELECT * FROM ticket WHERE area_id = ANY ($1::uuid[]) AND ticket_id = $2"


async def find_ticket_seen(conn: Conn, area_ids: Sequence[UUID], ticket_id: UUID) -> Ticket | None:
    return await fetch_one(conn, Ticket, FIND_TICKET_SEEN, area_ids, ticket_id)


LOCK_TICKET = "SELECT * FROM ticket WHERE area_id = ANY ($1::uuid[]) AND ticket_id = $2 FOR UPDATE"


async def lock_ticket(conn: Conn, area_ids: Sequence[UUID], ticket_id: UUID) -> Ticket | None:
    return await fetch_one(conn, Ticket, LOCK_TICKET, area_ids, ticket_id)


CLAIM_NEXT = """
SELECT ticket.*
FROM ticket
JOIN unnest($1::uuid[], $2::integer[], $3::interval[]) AS mine (area_id, line, patience)
    ON ticket.area_id = mine.area_id AND ticket.line = mine.line
LEFT JOIN support_profile AS profile ON profile.area_id = ticket.area_id AND profile.staff_id = $4
WHERE ticket.state = 'waiting' AND (profile.staff_id IS NULL OR ticket.skills <@ profile.skills)
ORDER BY ticket.priority,
    ticket.waiting_since + mine.patience < $5 DESC,
    profile.languages IS NOT NULL AND ticket.language = ANY (profile.languages) DESC,
    cardinality(ticket.skills) DESC,
    ticket.waiting_since, ticket.ticket_id
LIMIT 1
FOR UPDATE OF ticket SKIP LOCKED
"""


async def claim_next(
    conn: Conn,
    area_ids: Sequence[UUID],
    lines: Sequence[int],
    patience: Sequence[object],
    staff_id: UUID,
    now: datetime,
) -> Ticket | None:
    """The best of what waits at these lines (an area, a line and how long one may wait there, side by side) for somebody of these
    skills: most urgent; then whoever has waited too long; then in one of the person's languages; then what fewest can do."""
    return await fetch_one(conn, Ticket, CLAIM_NEXT, area_ids, lines, patience, staff_id, now)


class TicketLine(Record):
    """A ticket as it stands in a list, with whose it is."""

    area_id: UUID
    ticket_id: UUID
    ticket_number: str
    state: TicketState
    line: int
    symptom: str
    description: str
    language: str
    skills: list[str]
    priority: int
    reported_at: datetime
    resolved_at: datetime | None
    waiting_since: datetime | None
    line_began_at: datetime | None
    caller_name: str
    verified_by: VerifiedBy | None
    contract: str
    holder_name: str


LIST_WAITING = """
SELECT ticket.area_id, ticket_id, ticket_number, state, line, symptom, description, ticket.language, ticket.skills, priority,
    reported_at, resolved_at, waiting_since, line_began_at, caller_name, verified_by, contract, holder_name
FROM ticket
JOIN unnest($1::uuid[], $2::integer[], $3::interval[]) AS mine (area_id, line, patience) USING (area_id, line)
JOIN subscriber USING (area_id, subscriber_id)
LEFT JOIN support_profile AS profile
    ON profile.area_id = ticket.area_id AND profile.staff_id = $4 AND ticket.area_id <> ALL ($6::uuid[])
WHERE state = 'waiting' AND (profile.staff_id IS NULL OR ticket.skills <@ profile.skills)
ORDER BY priority,
    waiting_since + mine.patience < $5 DESC,
    profile.languages IS NOT NULL AND ticket.language = ANY (profile.languages) DESC,
    cardinality(ticket.skills) DESC,
    waiting_since, ticket_id
LIMIT $7
"""


async def list_waiting(
    conn: Conn,
    area_ids: Sequence[UUID],
    lines: Sequence[int],
    patience: Sequence[object],
    staff_id: UUID,
    now: datetime,
    overseen: Sequence[UUID],
    limit: int,
) -> list[TicketLine]:
    """In the order in which `claim_next` takes them; of `overseen` areas whatever skills they ask for."""
    return await fetch_all(
        conn, TicketLine, LIST_WAITING, area_ids, lines, patience, staff_id, now, overseen, limit
    )


LIST_IN_HAND = """
SELECT ticket.area_id, ticket_id, ticket_number, state, line, symptom, description, ticket.language, skills, priority,
    reported_at, resolved_at, waiting_since, line_began_at, caller_name, verified_by, contract, holder_name
FROM ticket
JOIN subscriber USING (area_id, subscriber_id)
WHERE ticket.area_id = ANY ($1::uuid[]) AND staff_id = $2
ORDER BY line_began_at, ticket_id
"""


async def list_in_hand(conn: Conn, area_ids: Sequence[UUID], staff_id: UUID) -> list[TicketLine]:
    return await fetch_all(conn, TicketLine, LIST_IN_HAND, area_ids, staff_id)


LOCK_OVERDUE = """
SELECT ticket.*
FROM ticket
WHERE area_id = $1 AND state = 'in_progress' AND line = $2 AND line_began_at <= $3
  AND NOT EXISTS (
      SELECT
      FROM contact_entry
      WHERE contact_entry.area_id = ticket.area_id AND contact_entry.ticket_id = ticket.ticket_id
        AND contact_entry.kind = 'overran' AND contact_entry.at >= ticket.line_began_at
  )
ORDER BY ticket_id
FOR UPDATE
"""


async def lock_overdue(conn: Conn, area_id: UUID, line: int, begun_before: datetime) -> list[Ticket]:
    """In hand at this line since then or longer, pauses included, and not yet said to have overrun."""
    return await fetch_all(conn, Ticket, LOCK_OVERDUE, area_id, line, begun_before)


LOCK_MENDED = """
SELECT ticket.*
FROM ticket
WHERE area_id = $1 AND state = 'escalated' AND line > 0
  AND NOT EXISTS (
      SELECT
      FROM escalation
      JOIN job USING (area_id, job_id)
      WHERE escalation.area_id = ticket.area_id AND escalation.ticket_id = ticket.ticket_id
        AND job.state NOT IN ('closed', 'cancelled')
  )
ORDER BY ticket_id
FOR UPDATE
"""


async def lock_mended(conn: Conn, area_id: UUID) -> list[Ticket]:
    """With the field, which owes nothing of it any more."""
    return await fetch_all(conn, Ticket, LOCK_MENDED, area_id)


LIST_OF_CLOSED_JOBS = """
SELECT DISTINCT ticket_id
FROM escalation
JOIN job USING (area_id, job_id)
WHERE area_id = $1 AND ticket_id = ANY ($2::uuid[]) AND job.state = 'closed'
"""


async def list_of_closed_jobs(conn: Conn, area_id: UUID, ticket_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these tickets for which a job was done."""
    return set(await fetch_column(conn, LIST_OF_CLOSED_JOBS, area_id, ticket_ids))


class LineWaits(Record):
    """What waits at a line of an area. `longest_since` None: nobody waits."""

    area_id: UUID
    line: int
    waiting: int
    longest_since: datetime | None
    in_hand: int


LIST_WAITS = """
SELECT area_id, line,
    count(*) FILTER (WHERE state = 'waiting') AS waiting,
    min(waiting_since) AS longest_since,
    count(*) FILTER (WHERE state = 'in_progress') AS in_hand
FROM ticket
WHERE area_id = ANY ($1::uuid[]) AND state IN ('waiting', 'in_progress')
GROUP BY area_id, line
ORDER BY area_id, line
"""


async def list_waits(conn: Conn, area_ids: Sequence[UUID]) -> list[LineWaits]:
    return await fetch_all(conn, LineWaits, LIST_WAITS, area_ids)


LIST_TICKETS_OF_SUBSCRIBER = """
SELECT *
FROM ticket
WHERE area_id = $1 AND subscriber_id = $2
ORDER BY reported_at DESC, ticket_id DESC
LIMIT $3
"""


async def list_tickets_of_subscriber(
    conn: Conn, area_id: UUID, subscriber_id: UUID, limit: int
) -> list[Ticket]:
    """Newest first."""
    return await fetch_all(conn, Ticket, LIST_TICKETS_OF_SUBSCRIBER, area_id, subscriber_id, limit)


INSERT_PAUSES = "INSERT INTO ticket_pause SELECT * FROM jsonb_populate_recordset(NULL::ticket_pause, $1)"


async def insert_pauses(conn: Conn, pauses: Sequence[TicketPause]) -> None:
    await execute_rows(conn, INSERT_PAUSES, pauses)


END_PAUSES = (
    "UPDATE ticket_pause SET ended_at = $3 WHERE area_id = $1 AND ticket_id = $2 AND ended_at IS NULL"
)


async def end_pauses(conn: Conn, area_id: UUID, ticket_id: UUID, at: datetime) -> int:
    return await execute(conn, END_PAUSES, area_id, ticket_id, at)


LIST_PAUSES = """
SELECT *
FROM ticket_pause
WHERE area_id = $1 AND ticket_id = ANY ($2::uuid[])
ORDER BY ticket_id, began_at, pause_id
"""


async def list_pauses(conn: Conn, area_id: UUID, ticket_ids: Sequence[UUID]) -> list[TicketPause]:
    return await fetch_all(conn, TicketPause, LIST_PAUSES, area_id, ticket_ids)


INSERT_ENTRIES = "INSERT INTO contact_entry SELECT * FROM jsonb_populate_recordset(NULL::contact_entry, $1)"


async def insert_entries(conn: Conn, entries: Sequence[ContactEntry]) -> None:
    await execute_rows(conn, INSERT_ENTRIES, entries)


LIST_ENTRIES = """
SELECT *
FROM contact_entry
WHERE area_id = $1 AND subscriber_id = $2
ORDER BY at DESC, contact_entry_id DESC
LIMIT $3
"""


async def list_entries(conn: Conn, area_id: UUID, subscriber_id: UUID, limit: int) -> list[ContactEntry]:
    """Of all tickets of a subscriber, newest first."""
    return await fetch_all(conn, ContactEntry, LIST_ENTRIES, area_id, subscriber_id, limit)


LIST_WRONG_NAMES = """
SELECT at
FROM contact_entry
WHERE area_id = $1 AND subscriber_id = $2 AND (ticket_id = $3 OR staff_id = $4) AND kind = 'not_verified' AND at > $5
"""


async def list_wrong_names(
    conn: Conn, area_id: UUID, subscriber_id: UUID, ticket_id: UUID, staff_id: UUID, since: datetime
) -> list[datetime]:
    """When something else was said than the holder's name: on this ticket, or to this person on any of the subscriber's."""
    return await fetch_column(conn, LIST_WRONG_NAMES, area_id, subscriber_id, ticket_id, staff_id, since)


INSERT_SELF_CHECKS = (
    "INSERT INTO self_check_version SELECT * FROM jsonb_populate_recordset(NULL::self_check_version, $1)"
)


async def insert_self_checks(conn: Conn, checks: Sequence[SelfCheckVersion]) -> None:
    await execute_rows(conn, INSERT_SELF_CHECKS, checks)


LIST_CHECK_VERSIONS = (
    "SELECT * FROM self_check_version WHERE area_id = $1 ORDER BY symptom, self_check_version"
)


async def list_check_versions(conn: Conn, area_id: UUID) -> list[SelfCheckVersion]:
    """All of them."""
    return await fetch_all(conn, SelfCheckVersion, LIST_CHECK_VERSIONS, area_id)


LIST_SELF_CHECKS = """
SELECT DISTINCT ON (symptom) *
FROM self_check_version
WHERE area_id = $1 AND valid_from <= $2
ORDER BY symptom, valid_from DESC, self_check_version DESC
"""


async def list_self_checks(conn: Conn, area_id: UUID, now: datetime) -> list[SelfCheckVersion]:
    """Those in force, by symptom."""
    return await fetch_all(conn, SelfCheckVersion, LIST_SELF_CHECKS, area_id, now)


SAVE_PROFILES = """
INSERT INTO support_profile SELECT * FROM jsonb_populate_recordset(NULL::support_profile, $1)
ON CONFLICT (area_id, staff_id) DO UPDATE
SET lines = excluded.lines, skills = excluded.skills, languages = excluded.languages, version = excluded.version
WHERE support_profile.version = excluded.version - 1
"""


async def save_profiles(conn: Conn, profiles: Sequence[SupportProfile]) -> int:
    return await execute_rows(conn, SAVE_PROFILES, profiles)


LIST_PROFILES_OF_AREA = "SELECT * FROM support_profile WHERE area_id = $1 ORDER BY staff_id"


async def list_profiles_of_area(conn: Conn, area_id: UUID) -> list[SupportProfile]:
    return await fetch_all(conn, SupportProfile, LIST_PROFILES_OF_AREA, area_id)


LIST_PROFILES = (
    "SELECT * FROM support_profile WHERE area_id = ANY ($1::uuid[]) AND staff_id = $2 ORDER BY area_id"
)


async def list_profiles(conn: Conn, area_ids: Sequence[UUID], staff_id: UUID) -> list[SupportProfile]:
    return await fetch_all(conn, SupportProfile, LIST_PROFILES, area_ids, staff_id)


FIND_TERMINAL = "SELECT * FROM simulated_terminal WHERE area_id = $1 AND subscriber_id = $2"


async def find_terminal(conn: Conn, area_id: UUID, subscriber_id: UUID) -> SimulatedTerminal | None:
    return await fetch_one(conn, SimulatedTerminal, FIND_TERMINAL, area_id, subscriber_id)


SAVE_TERMINALS = """
INSERT INTO simulated_terminal SELECT * FROM jsonb_populate_recordset(NULL::simulated_terminal, $1)
ON CONFLICT (area_id, subscriber_id) DO UPDATE SET fault = excluded.fault, restarted_at = excluded.restarted_at
"""


async def save_terminals(conn: Conn, terminals: Sequence[SimulatedTerminal]) -> None:
    await execute_rows(conn, SAVE_TERMINALS, terminals)
