"""Work that failed too often (`db/queue.py`): it waits for a person."""

from datetime import datetime

import msgspec

from db.rows import Conn, fetch_all, fetch_column


class Held(msgspec.Struct, frozen=True):
    """Work given up after `failures`; `reason` names an exception and a line, never the exception's text."""

    work_id: int
    kind: str
    payload: bytes
    failures: int
    held_at: datetime
    reason: str | None


_LIST_HELD = """
SELECT held.id AS work_id, held.entrypoint AS kind, held.payload, held.attempts + 1 AS failures,
       held.updated AS held_at, (
           SELECT log.traceback ->> 'exception_message'
           FROM line3_queue.pgqueuer_log AS log
           WHERE log.job_id = held.id AND log.status = 'failed'
           ORDER BY log.created DESC, log.id DESC
           LIMIT 1
       ) AS reason
FROM line3_queue.pgqueuer AS held
WHERE held.status = 'failed'
ORDER BY held.updated, held.id
LIMIT $1
"""


async def list_held(conn: Conn, limit: int = 100) -> list[Held]:
    """The oldest first."""
    return await fetch_all(conn, Held, _LIST_HELD, limit)


# As work of its own, with an age of its own: its deliveries are counted from one.
_RETRY_HELD = """
WITH held AS (DELETE FROM line3_queue.pgqueuer WHERE status = 'failed' RETURNING id, entrypoint, payload)
INSERT INTO line3_queue.pgqueuer (priority, entrypoint, payload, execute_after, status)
SELECT 0, entrypoint, payload, now(), 'queued'
FROM held
ORDER BY id
RETURNING id
"""


async def retry_held(conn: Conn) -> int:
    """Have all work done that was held; how many pieces that were."""
    return len(await fetch_column(conn, _RETRY_HELD))
