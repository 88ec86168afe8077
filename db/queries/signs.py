"""Signs that something has failed: alarms and tickets, and the tree of elements and subscribers that they are laid upon."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Alarm
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one

SAVE_ALARMS = """
INSERT INTO alarm SELECT * FROM jsonb_populate_recordset(NULL::alarm, $1)
ON CONFLICT (area_id, source, source_alarm_id) DO UPDATE
SET cleared_at = coalesce(alarm.cleared_at, excluded.cleared_at)
"""


async def save_alarms(conn: Conn, alarms: Sequence[Alarm]) -> None:
    """What was said of one first stays; that it is over is added."""
    await execute_rows(conn, SAVE_ALARMS, alarms)


LIST_ALARMS_RAISED = """
SELECT *
FROM alarm
WHERE area_id = $1 AND raised_at > $2 AND cleared_at IS NULL
ORDER BY raised_at, alarm_id
"""


async def list_alarms_raised(conn: Conn, area_id: UUID, after: datetime) -> list[Alarm]:
    """That are not over."""
    return await fetch_all(conn, Alarm, LIST_ALARMS_RAISED, area_id, after)


LIST_ALARMS_BY_ID = """
SELECT *
FROM alarm
WHERE area_id = ANY ($1::uuid[]) AND alarm_id = ANY ($2::uuid[])
ORDER BY raised_at, alarm_id
"""


async def list_alarms_by_id(conn: Conn, area_ids: Sequence[UUID], alarm_ids: Sequence[UUID]) -> list[Alarm]:
    return await fetch_all(conn, Alarm, LIST_ALARMS_BY_ID, area_ids, alarm_ids)


class TicketSign(Record):
    """A ticket, as far as it says where something is wrong."""

    ticket_id: UUID
    ticket_number: str
    reported_at: datetime
    network_element_id: UUID | None
    subscriber_id: UUID


LIST_TICKETS_REPORTED = """
SELECT ticket_id, ticket_number, reported_at, network_element_id, subscriber_id
FROM ticket
WHERE area_id = $1 AND reported_at > $2 AND state NOT IN ('resolved', 'closed')
  AND localised IS DISTINCT FROM 'subscriber'
ORDER BY reported_at, ticket_id
"""


async def list_tickets_reported(conn: Conn, area_id: UUID, after: datetime) -> list[TicketSign]:
    """That are open, and whose fault was not found at the subscriber."""
    return await fetch_all(conn, TicketSign, LIST_TICKETS_REPORTED, area_id, after)


LIST_TICKETS_BY_ID = """
SELECT ticket_id, ticket_number, reported_at, network_element_id, subscriber_id
FROM ticket
WHERE area_id = ANY ($1::uuid[]) AND ticket_id = ANY ($2::uuid[])
ORDER BY reported_at, ticket_id
"""


async def list_tickets_by_id(
    conn: Conn, area_ids: Sequence[UUID], ticket_ids: Sequence[UUID]
) -> list[TicketSign]:
    return await fetch_all(conn, TicketSign, LIST_TICKETS_BY_ID, area_ids, ticket_ids)


class SignMark(Record):
    """Another one says that there are other signs, or other decisions."""

    tickets: int
    last_ticket_at: datetime | None
    alarms: int
    last_alarm_at: datetime | None
    decided: int


FIND_SIGN_MARK = """
SELECT
    (SELECT count(*) FROM ticket WHERE area_id = $1 AND reported_at > $2 AND state NOT IN ('resolved', 'closed')) AS tickets,
    (SELECT max(reported_at) FROM ticket WHERE area_id = $1 AND reported_at > $2) AS last_ticket_at,
    (SELECT count(*) FROM alarm WHERE area_id = $1 AND raised_at > $2 AND cleared_at IS NULL) AS alarms,
    (SELECT max(received_at) FROM alarm WHERE area_id = $1 AND raised_at > $2) AS last_alarm_at,
    (
        SELECT coalesce(sum(version), 0)::bigint
        FROM outage
        WHERE area_id = $1 AND (ended_at IS NULL OR ended_at > $2)
    ) AS decided
"""


async def find_sign_mark(conn: Conn, area_id: UUID, after: datetime) -> SignMark:
    mark = await fetch_one(conn, SignMark, FIND_SIGN_MARK, area_id, after)
    assert mark is not None, "counts are always there"
    return mark


class NetworkMark(Record):
    """Another one says that elements or subscribers have changed."""

    elements: int
    element_versions: int
    subscribers: int
    subscriber_versions: int


FIND_NETWORK_MARK = """
SELECT elements.n AS elements, elements.versions AS element_versions, subscribers.n AS subscribers,
    subscribers.versions AS subscriber_versions
FROM
    (SELECT count(*) AS n, coalesce(sum(version), 0)::bigint AS versions FROM network_element WHERE area_id = $1) AS elements,
    (SELECT count(*) AS n, coalesce(sum(version), 0)::bigint AS versions FROM subscriber WHERE area_id = $1) AS subscribers
"""


async def find_network_mark(conn: Conn, area_id: UUID) -> NetworkMark:
    mark = await fetch_one(conn, NetworkMark, FIND_NETWORK_MARK, area_id)
    assert mark is not None, "counts are always there"
    return mark


class Hanging(Record):
    """A subscriber, and the element of theirs."""

    subscriber_id: UUID
    network_element_id: UUID


LIST_HANGING = """
SELECT subscriber_id, network_element_id
FROM subscriber
WHERE area_id = $1 AND network_element_id IS NOT NULL
ORDER BY subscriber_id
"""


async def list_hanging(conn: Conn, area_id: UUID) -> list[Hanging]:
    return await fetch_all(conn, Hanging, LIST_HANGING, area_id)


class Contracted(Record):
    """A subscriber by contract."""

    contract: str
    subscriber_id: UUID


LIST_CONTRACTED = """
SELECT contract, subscriber_id
FROM subscriber
WHERE area_id = $1 AND contract = ANY ($2::text[])
ORDER BY contract
"""


async def list_contracted(conn: Conn, area_id: UUID, contracts: Sequence[str]) -> list[Contracted]:
    return await fetch_all(conn, Contracted, LIST_CONTRACTED, area_id, contracts)


class HourOfSigns(Record):
    """How many signs came in an hour, whatever became of them."""

    tickets: int
    alarms: int
    element_alarms: int


COUNT_SIGNS_BY_HOUR = """
SELECT
    (
        SELECT count(*) FROM ticket
        WHERE area_id = $1 AND reported_at >= hour AND reported_at < hour + interval '1 hour'
          AND localised IS DISTINCT FROM 'subscriber'
    ) AS tickets,
    count(alarm.subscriber_id) AS alarms,
    count(alarm.alarm_id) FILTER (WHERE alarm.subscriber_id IS NULL) AS element_alarms
FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 hour', interval '1 hour') AS hour
LEFT JOIN alarm ON alarm.area_id = $1 AND alarm.raised_at >= hour AND alarm.raised_at < hour + interval '1 hour'
GROUP BY hour
ORDER BY hour
"""


async def count_signs_by_hour(conn: Conn, area_id: UUID, begin: datetime, end: datetime) -> list[HourOfSigns]:
    """Whole hours, also those of which nothing was heard."""
    return await fetch_all(conn, HourOfSigns, COUNT_SIGNS_BY_HOUR, area_id, begin, end)


FORGET_ALARMS = "DELETE FROM alarm WHERE area_id = $1 AND greatest(raised_at, cleared_at) < $2"


async def forget_alarms(conn: Conn, area_id: UUID, before: datetime) -> None:
    """Also those that nobody ever cleared."""
    await execute(conn, FORGET_ALARMS, area_id, before)
