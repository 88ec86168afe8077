"""Requests in writing, by conversation."""

from uuid import UUID

from db.records import WrittenMessage
from db.rows import Conn, execute_rows, fetch_all, fetch_one

LIST_CONVERSATION = """
SELECT *
FROM written_message
WHERE area_id = $1 AND channel = $2 AND conversation = $3
ORDER BY received_at, written_message_id
LIMIT 200
"""


async def list_conversation(
    conn: Conn, area_id: UUID, channel: str, conversation: str
) -> list[WrittenMessage]:
    """Oldest first."""
    return await fetch_all(conn, WrittenMessage, LIST_CONVERSATION, area_id, channel, conversation)


FIND_MESSAGE = "SELECT * FROM written_message WHERE area_id = $1 AND channel = $2 AND message_key = $3"


async def find_message(conn: Conn, area_id: UUID, channel: str, message_key: str) -> WrittenMessage | None:
    return await fetch_one(conn, WrittenMessage, FIND_MESSAGE, area_id, channel, message_key)


INSERT_MESSAGES = (
    "INSERT INTO written_message SELECT * FROM jsonb_populate_recordset(NULL::written_message, $1)"
)


async def insert_message(conn: Conn, message: WrittenMessage) -> None:
    await execute_rows(conn, INSERT_MESSAGES, [message])
