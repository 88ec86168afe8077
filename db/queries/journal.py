"""What leaves: the journal, the feeds of the phones, messages to other systems; and remembered answers.

The counters are taken by the *last* statements of a transaction (feeds in technician order, then the area's journal):
their row locks make numbers appear in the order of commits, so that a reader who asks "after n" misses nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import FeedChange, JournalEntry, OutboxMessage
from db.records.base import Record
from db.rows import Conn, as_json_rows, execute, execute_rows, fetch_all, fetch_column, fetch_one, fetch_value


class FeedN(Record):
    """How many changes a technician's feed holds."""

    area_id: UUID
    technician_id: UUID
    n: int


APPEND_JOURNAL = """
WITH counter AS (
    UPDATE journal_counter SET n = n + jsonb_array_length($2) WHERE area_id = $1 RETURNING n
)
INSERT INTO journal (area_id, n, at, actor_kind, actor_id, action, job_id, subject_id, facts)
SELECT $1, counter.n - jsonb_array_length($2) + entry.position, (entry.value ->> 'at')::timestamptz,
       entry.value ->> 'actor_kind', (entry.value ->> 'actor_id')::uuid, entry.value ->> 'action',
       (entry.value ->> 'job_id')::uuid, (entry.value ->> 'subject_id')::uuid, entry.value -> 'facts'
FROM counter, jsonb_array_elements($2) WITH ORDINALITY AS entry (value, position)
"""


async def append_journal(conn: Conn, area_id: UUID, entries: Sequence[JournalEntry]) -> None:
    """Last of all in its transaction; `n` of the entries is given here."""
    if entries:
        await execute(conn, APPEND_JOURNAL, area_id, as_json_rows(entries))


LIST_JOURNAL = "SELECT * FROM journal WHERE area_id = $1 AND n > $2 ORDER BY n LIMIT $3"


async def list_journal(conn: Conn, area_id: UUID, after: int, limit: int) -> list[JournalEntry]:
    return await fetch_all(conn, JournalEntry, LIST_JOURNAL, area_id, after, limit)


FIND_CANCELLED_BECAUSE = """
SELECT facts ->> 'chosen'
FROM journal
WHERE area_id = $1 AND job_id = $2 AND action = 'appointment.cancelled'
ORDER BY n DESC
LIMIT 1
"""


async def find_cancelled_because(conn: Conn, area_id: UUID, job_id: UUID) -> str:
    """What its subscriber chose when the last window was cancelled; empty where nobody did."""
    return str(await fetch_value(conn, FIND_CANCELLED_BECAUSE, area_id, job_id) or "")


LIST_JOURNAL_OF_JOB = "SELECT * FROM journal WHERE area_id = $1 AND job_id = $2 ORDER BY n"


async def list_journal_of_job(conn: Conn, area_id: UUID, job_id: UUID) -> list[JournalEntry]:
    return await fetch_all(conn, JournalEntry, LIST_JOURNAL_OF_JOB, area_id, job_id)


LOCK_FEEDS = """
SELECT feed.technician_id
FROM feed
JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (area_id, technician_id) USING (area_id, technician_id)
ORDER BY feed.area_id, feed.technician_id
FOR NO KEY UPDATE OF feed
"""


async def lock_feeds(conn: Conn, feeds: Sequence[tuple[UUID, UUID]]) -> list[UUID]:
    """Each as (home area, technician), in that order: after jobs, before the area's counter."""
    return await fetch_column(conn, LOCK_FEEDS, [feed[0] for feed in feeds], [feed[1] for feed in feeds])


APPEND_FEEDS = """
WITH said AS (
    SELECT area_id, technician_id, job_area_id, job_id, op,
           row_number() OVER (PARTITION BY area_id, technician_id ORDER BY job_area_id, job_id, op) AS position
    FROM jsonb_populate_recordset(NULL::feed_change, $1)
),
counter AS (
    UPDATE feed
    SET n = feed.n + more.many
    FROM (SELECT area_id, technician_id, count(*) AS many FROM said GROUP BY area_id, technician_id) AS more
    WHERE feed.area_id = more.area_id AND feed.technician_id = more.technician_id
    RETURNING feed.area_id, feed.technician_id, feed.n - more.many AS before
),
written AS (
    INSERT INTO feed_change (area_id, technician_id, n, job_area_id, job_id, op)
    SELECT area_id, technician_id, counter.before + said.position, said.job_area_id, said.job_id, said.op
    FROM said
    JOIN counter USING (area_id, technician_id)
    RETURNING n
)
SELECT pg_notify('line3_feed', '') WHERE EXISTS (SELECT FROM written)
"""


async def append_feeds(conn: Conn, changes: Sequence[FeedChange]) -> None:
    """Of one technician, or of several whose feeds are locked; just before the journal. Whoever listens (`db/hints.py`) may
    hear of it when the transaction has committed."""
    await execute_rows(conn, APPEND_FEEDS, changes)


LIST_FEED = """
SELECT *
FROM feed_change
WHERE area_id = $1 AND technician_id = $2 AND n > $3
ORDER BY n
LIMIT $4
"""


async def list_feed(
    conn: Conn, area_id: UUID, technician_id: UUID, after: int, limit: int
) -> list[FeedChange]:
    return await fetch_all(conn, FeedChange, LIST_FEED, area_id, technician_id, after, limit)


GET_FEED_N = "SELECT n FROM feed WHERE area_id = $1 AND technician_id = $2"


async def get_feed_n(conn: Conn, area_id: UUID, technician_id: UUID) -> int:
    return int(await fetch_value(conn, GET_FEED_N, area_id, technician_id) or 0)


LIST_FEED_NS = """
SELECT area_id, technician_id, n
FROM feed
JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (area_id, technician_id) USING (area_id, technician_id)
ORDER BY area_id, technician_id
"""


async def list_feed_ns(conn: Conn, feeds: Sequence[tuple[UUID, UUID]]) -> list[FeedN]:
    """Each feed as (home area, technician)."""
    return await fetch_all(
        conn, FeedN, LIST_FEED_NS, [feed[0] for feed in feeds], [feed[1] for feed in feeds]
    )


INSERT_OUTBOX = (
    "INSERT INTO outbox SELECT * FROM jsonb_populate_recordset(NULL::outbox, $1) ON CONFLICT DO NOTHING"
)


async def insert_outbox(conn: Conn, messages: Sequence[OutboxMessage]) -> int:
    """One per kind and subject, however often it is said."""
    return await execute_rows(conn, INSERT_OUTBOX, messages)


CLAIM_KEY = """
INSERT INTO idempotency_key (area_id, principal_id, key, request_hash, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


async def claim_key(
    conn: Conn, area_id: UUID, principal_id: UUID, key: str, request_hash: bytes, now: datetime
) -> bool:
    """Whether the key is new. Waits for a transaction that holds the same key."""
    return await execute(conn, CLAIM_KEY, area_id, principal_id, key, request_hash, now) == 1


class Remembered(Record):
    request_hash: bytes
    status: int | None
    response: bytes | None


FIND_KEY = """
SELECT request_hash, status, response
FROM idempotency_key
WHERE area_id = $1 AND principal_id = $2 AND key = $3
"""


async def find_key(conn: Conn, area_id: UUID, principal_id: UUID, key: str) -> Remembered | None:
    return await fetch_one(conn, Remembered, FIND_KEY, area_id, principal_id, key)


REMEMBER_ANSWER = """
UPDATE idempotency_key
SET status = $4, response = $5
WHERE area_id = $1 AND principal_id = $2 AND key = $3
"""


async def remember_answer(
    conn: Conn, area_id: UUID, principal_id: UUID, key: str, status: int, response: bytes
) -> None:
    await execute(conn, REMEMBER_ANSWER, area_id, principal_id, key, status, response)


FORGET_KEYS = "DELETE FROM idempotency_key WHERE area_id = $1 AND created_at < $2"


async def forget_keys(conn: Conn, area_id: UUID, before: datetime) -> int:
    return await execute(conn, FORGET_KEYS, area_id, before)
