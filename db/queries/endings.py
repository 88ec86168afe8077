"""Which troubles have ended since somebody looked, and the callbacks that follow."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Callback, EndingCursor
from db.records.base import Record
from db.rows import Conn, execute_rows, fetch_all, fetch_column, fetch_one, fetch_value

GET_CURSOR = "SELECT n FROM ending_cursor WHERE area_id = $1"


async def get_cursor(conn: Conn, area_id: UUID) -> int:
    return int(await fetch_value(conn, GET_CURSOR, area_id) or 0)


MOVE_CURSORS = """
INSERT INTO ending_cursor SELECT * FROM jsonb_populate_recordset(NULL::ending_cursor, $1)
ON CONFLICT (area_id) DO UPDATE SET n = greatest(ending_cursor.n, excluded.n)
"""


async def move_cursors(conn: Conn, cursors: Sequence[EndingCursor]) -> None:
    """Never back: another worker may have come further."""
    await execute_rows(conn, MOVE_CURSORS, cursors)


class Sign(Record):
    """An entry of the journal, as far as it may say that a trouble has ended. `became`: the state that was reached."""

    n: int
    action: str
    job_id: UUID | None
    subject_id: UUID | None
    became: str | None


LIST_SIGNS = """
SELECT n, action, job_id, subject_id, facts ->> 'to' AS became
FROM journal
WHERE area_id = $1 AND n > $2
ORDER BY n
LIMIT $3
"""


async def list_signs(conn: Conn, area_id: UUID, after: int, limit: int) -> list[Sign]:
    return await fetch_all(conn, Sign, LIST_SIGNS, area_id, after, limit)


LIST_TICKETS_OF_JOBS = """
SELECT DISTINCT ticket_id
FROM escalation
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY ticket_id
"""


async def list_tickets_of_jobs(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[UUID]:
    return await fetch_column(conn, LIST_TICKETS_OF_JOBS, area_id, job_ids)


INSERT_CALLBACKS = """
INSERT INTO callback SELECT * FROM jsonb_populate_recordset(NULL::callback, $1)
ON CONFLICT (area_id, job_id, closing) DO NOTHING
"""


async def insert_callbacks(conn: Conn, callbacks: Sequence[Callback]) -> int:
    """One for each closing of a job, however often it is asked for; how many were new."""
    return await execute_rows(conn, INSERT_CALLBACKS, callbacks)


SAVE_CALLBACKS = """
UPDATE callback
SET state = new.state, due_at = new.due_at, tries = new.tries, staff_id = new.staff_id, taken_at = new.taken_at,
    ended_at = new.ended_at, version = callback.version + 1
FROM jsonb_populate_recordset(NULL::callback, $1) AS new
WHERE callback.area_id = new.area_id AND callback.callback_id = new.callback_id
"""


async def save_callbacks(conn: Conn, callbacks: Sequence[Callback]) -> None:
    await execute_rows(conn, SAVE_CALLBACKS, callbacks)


LOCK_CALLBACK = "SELECT * FROM callback WHERE area_id = ANY ($1::uuid[]) AND callback_id = $2 FOR UPDATE"


async def lock_callback(conn: Conn, area_ids: Sequence[UUID], callback_id: UUID) -> Callback | None:
    return await fetch_one(conn, Callback, LOCK_CALLBACK, area_ids, callback_id)


FIND_CALLBACK_OF = """
SELECT *
FROM callback
WHERE area_id = ANY ($1::uuid[]) AND state = 'taken' AND staff_id = $2
ORDER BY taken_at DESC
LIMIT 1
"""


async def find_callback_of(conn: Conn, area_ids: Sequence[UUID], staff_id: UUID) -> Callback | None:
    """What this person has in hand."""
    return await fetch_one(conn, Callback, FIND_CALLBACK_OF, area_ids, staff_id)


LIST_CALLBACKS_DUE = """
SELECT callback.*
FROM callback
JOIN job ON job.area_id = callback.area_id AND job.job_id = callback.job_id
    AND job.state = 'closed' AND job.reopened = callback.closing
WHERE callback.area_id = ANY ($1::uuid[]) AND callback.state IN ('due', 'taken')
  AND (callback.state = 'taken' OR callback.due_at <= $2)
ORDER BY callback.due_at, callback.callback_id
LIMIT $3
"""


async def list_callbacks_due(
    conn: Conn, area_ids: Sequence[UUID], now: datetime, limit: int
) -> list[Callback]:
    """Oldest first, those that somebody has in hand among them."""
    return await fetch_all(conn, Callback, LIST_CALLBACKS_DUE, area_ids, now, limit)


CLAIM_CALLBACK = """
SELECT callback.*
FROM callback
JOIN job ON job.area_id = callback.area_id AND job.job_id = callback.job_id
    AND job.state = 'closed' AND job.reopened = callback.closing
WHERE callback.area_id = ANY ($1::uuid[])
  AND (callback.state = 'due' AND callback.due_at <= $2 OR callback.state = 'taken' AND callback.taken_at <= $3)
ORDER BY callback.due_at, callback.callback_id
LIMIT 1
FOR UPDATE OF callback SKIP LOCKED
"""


async def claim_callback(
    conn: Conn, area_ids: Sequence[UUID], now: datetime, taken_before: datetime
) -> Callback | None:
    """The oldest that is due, or that somebody took so long ago and did nothing about."""
    return await fetch_one(conn, Callback, CLAIM_CALLBACK, area_ids, now, taken_before)
