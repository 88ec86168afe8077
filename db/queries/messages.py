"""What waits to be delivered to other systems, and the texts that are kept where no messenger is configured."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Message, OutboxMessage
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one

CLAIM_OUTBOX = """
UPDATE outbox
SET attempts = attempts + 1,
    due_at = $2::timestamptz + least(interval '1 hour', interval '30 seconds' * power(2, least(attempts, 10)))
WHERE (area_id, outbox_id) IN (
    SELECT area_id, outbox_id
    FROM outbox
    WHERE area_id = $1 AND delivered_at IS NULL AND due_at <= $2
      AND NOT (kind = 'charge-reversal' AND EXISTS (
          SELECT
          FROM outbox AS charge
          WHERE charge.area_id = outbox.area_id AND charge.kind = 'charge' AND charge.delivered_at IS NULL
            AND charge.subject_id = (outbox.payload ->> 'charge_id')::uuid
      ))
    ORDER BY created_at, outbox_id
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
RETURNING *
"""


async def claim_outbox(conn: Conn, area_id: UUID, now: datetime, limit: int) -> list[OutboxMessage]:
    """In no order, a reversal once its charge has arrived. What is not marked delivered falls due again: in half a minute,
    then twice as late each time."""
    return await fetch_all(conn, OutboxMessage, CLAIM_OUTBOX, area_id, now, limit)


MARK_DELIVERED = "UPDATE outbox SET delivered_at = $3 WHERE area_id = $1 AND outbox_id = $2"


async def mark_delivered(conn: Conn, area_id: UUID, outbox_id: UUID, now: datetime) -> None:
    await execute(conn, MARK_DELIVERED, area_id, outbox_id, now)


INSERT_MESSAGES = (
    "INSERT INTO message SELECT * FROM jsonb_populate_recordset(NULL::message, $1) ON CONFLICT DO NOTHING"
)


async def insert_messages(conn: Conn, messages: Sequence[Message]) -> None:
    """The same again is the same."""
    await execute_rows(conn, INSERT_MESSAGES, messages)


LIST_MESSAGES = "SELECT * FROM message WHERE area_id = $1 AND phone = $2 ORDER BY sent_at, message_id"


async def list_messages(conn: Conn, area_id: UUID, phone: str) -> list[Message]:
    return await fetch_all(conn, Message, LIST_MESSAGES, area_id, phone)


FIND_NEWEST_MESSAGE = """
SELECT *
FROM message
WHERE area_id = $1 AND strpos(text, $2) > 0
ORDER BY sent_at DESC, message_id DESC
LIMIT 1
"""


async def find_newest_message(conn: Conn, area_id: UUID, holding: str) -> Message | None:
    return await fetch_one(conn, Message, FIND_NEWEST_MESSAGE, area_id, holding)


FORGET_MESSAGES = "DELETE FROM message WHERE area_id = $1 AND sent_at < $2"


async def forget_messages(conn: Conn, area_id: UUID, before: datetime) -> int:
    return await execute(conn, FORGET_MESSAGES, area_id, before)
