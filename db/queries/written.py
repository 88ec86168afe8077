"""Requests in writing, by conversation, and what is answered to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import WrittenAnswer, WrittenConversation, WrittenMessage
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one, fetch_value
from db.states import ConversationState

LIST_CONVERSATION = """
SELECT *
FROM (
    SELECT *
    FROM written_message
    WHERE area_id = $1 AND channel = $2 AND conversation = $3
    ORDER BY received_at DESC, written_message_id DESC
    LIMIT 200
) AS newest
ORDER BY received_at, written_message_id
"""


async def list_conversation(
    conn: Conn, area_id: UUID, channel: str, conversation: str
) -> list[WrittenMessage]:
    """Oldest first, of the newest 200."""
    return await fetch_all(conn, WrittenMessage, LIST_CONVERSATION, area_id, channel, conversation)


FIND_MESSAGE = "SELECT * FROM written_message WHERE area_id = $1 AND channel = $2 AND message_key = $3"


async def find_message(conn: Conn, area_id: UUID, channel: str, message_key: str) -> WrittenMessage | None:
    return await fetch_one(conn, WrittenMessage, FIND_MESSAGE, area_id, channel, message_key)


FIND_MESSAGE_BY_ID = "SELECT * FROM written_message WHERE area_id = $1 AND written_message_id = $2"


async def find_message_by_id(conn: Conn, area_id: UUID, written_message_id: UUID) -> WrittenMessage | None:
    return await fetch_one(conn, WrittenMessage, FIND_MESSAGE_BY_ID, area_id, written_message_id)


INSERT_MESSAGES = (
    "INSERT INTO written_message SELECT * FROM jsonb_populate_recordset(NULL::written_message, $1)"
)


async def insert_message(conn: Conn, message: WrittenMessage) -> None:
    await execute_rows(conn, INSERT_MESSAGES, [message])


MARK_TICKET = """
UPDATE written_message
SET ticket_id = $4
WHERE area_id = $1 AND channel = $2 AND conversation = $3 AND ticket_id IS NULL
"""


async def mark_ticket(conn: Conn, area_id: UUID, channel: str, conversation: str, ticket_id: UUID) -> None:
    """What was written so far belongs to it."""
    await execute(conn, MARK_TICKET, area_id, channel, conversation, ticket_id)


MARK_REPLY_REFUSED = """
UPDATE written_message
SET reply_refused_at = coalesce(reply_refused_at, $3)
WHERE area_id = $1 AND written_message_id = $2
"""


async def mark_reply_refused(conn: Conn, area_id: UUID, written_message_id: UUID, now: datetime) -> None:
    await execute(conn, MARK_REPLY_REFUSED, area_id, written_message_id, now)


COUNT_REPLIES = """
SELECT count(*)
FROM written_message
WHERE area_id = $1 AND channel = 'email' AND sender = $2 AND received_at > $3 AND reply <> ''
"""


async def count_replies(conn: Conn, area_id: UUID, sender: str, since: datetime) -> int:
    """Letters of a sender that were answered by themselves."""
    return int(await fetch_value(conn, COUNT_REPLIES, area_id, sender, since))


LOCK_CONVERSATION = """
SELECT *
FROM written_conversation
WHERE area_id = $1 AND channel = $2 AND conversation = $3
FOR UPDATE
"""


async def lock_conversation(
    conn: Conn, area_id: UUID, channel: str, conversation: str
) -> WrittenConversation | None:
    return await fetch_one(conn, WrittenConversation, LOCK_CONVERSATION, area_id, channel, conversation)


LOCK_CONVERSATION_BY_ID = """
SELECT *
FROM written_conversation
WHERE area_id = ANY ($1::uuid[]) AND written_conversation_id = $2
FOR UPDATE
"""


async def lock_conversation_by_id(
    conn: Conn, area_ids: Sequence[UUID], written_conversation_id: UUID
) -> WrittenConversation | None:
    return await fetch_one(
        conn, WrittenConversation, LOCK_CONVERSATION_BY_ID, area_ids, written_conversation_id
    )


FIND_CONVERSATION = """
SELECT *
FROM written_conversation
WHERE area_id = ANY ($1::uuid[]) AND written_conversation_id = $2
"""


async def find_conversation(
    conn: Conn, area_ids: Sequence[UUID], written_conversation_id: UUID
) -> WrittenConversation | None:
    return await fetch_one(conn, WrittenConversation, FIND_CONVERSATION, area_ids, written_conversation_id)


FIND_CONVERSATION_OF_LETTERS = """
SELECT c.*
FROM written_conversation AS c
WHERE c.area_id = $1 AND c.channel = 'email' AND (
    c.conversation IN (
        SELECT conversation
        FROM written_message
        WHERE area_id = $1 AND channel = 'email'
          AND (message_key = ANY ($2::text[]) OR written_message_id = ANY ($3::uuid[]))
    )
    OR c.written_conversation_id IN (
        SELECT written_conversation_id
        FROM written_answer
        WHERE area_id = $1 AND written_answer_id = ANY ($3::uuid[])
    )
)
ORDER BY c.last_at DESC, c.written_conversation_id
LIMIT 1
"""


async def find_conversation_of_letters(
    conn: Conn, area_id: UUID, keys: Sequence[str], ours: Sequence[UUID]
) -> WrittenConversation | None:
    """In which one of these letters was written, to us or (by its id) by us."""
    return await fetch_one(conn, WrittenConversation, FIND_CONVERSATION_OF_LETTERS, area_id, keys, ours)


FIND_CONVERSATION_ABOUT = """
SELECT *
FROM written_conversation
WHERE area_id = $1 AND channel = 'email' AND sender = $2 AND subject = $3 AND last_at > $4
ORDER BY last_at DESC, written_conversation_id
LIMIT 1
"""


async def find_conversation_about(
    conn: Conn, area_id: UUID, sender: str, subject: str, since: datetime
) -> WrittenConversation | None:
    return await fetch_one(
        conn, WrittenConversation, FIND_CONVERSATION_ABOUT, area_id, sender, subject, since
    )


SAVE_CONVERSATIONS = """
INSERT INTO written_conversation
SELECT * FROM jsonb_populate_recordset(NULL::written_conversation, $1)
ON CONFLICT (area_id, written_conversation_id) DO UPDATE
SET state = excluded.state, subscriber_id = excluded.subscriber_id, ticket_id = excluded.ticket_id,
    reason = excluded.reason, last_at = excluded.last_at
"""


async def save_conversation(conn: Conn, conversation: WrittenConversation) -> None:
    await execute_rows(conn, SAVE_CONVERSATIONS, [conversation])


LIST_CONVERSATIONS = """
SELECT *
FROM written_conversation
WHERE area_id = ANY ($1::uuid[]) AND state = ANY ($2::text[])
ORDER BY CASE WHEN state = 'unassigned' THEN last_at END, last_at DESC, written_conversation_id
LIMIT $3
"""


async def list_conversations(
    conn: Conn, area_ids: Sequence[UUID], states: Sequence[ConversationState], limit: int
) -> list[WrittenConversation]:
    """Who waits for a person first, longest first; then the newest first."""
    return await fetch_all(conn, WrittenConversation, LIST_CONVERSATIONS, area_ids, states, limit)


LIST_NEWEST_MESSAGES = """
SELECT DISTINCT ON (m.area_id, m.channel, m.conversation) m.*
FROM written_conversation AS c
JOIN written_message AS m USING (area_id, channel, conversation)
WHERE c.area_id = ANY ($1::uuid[]) AND c.written_conversation_id = ANY ($2::uuid[])
ORDER BY m.area_id, m.channel, m.conversation, m.received_at DESC, m.written_message_id DESC
"""


async def list_newest_messages(
    conn: Conn, area_ids: Sequence[UUID], written_conversation_ids: Sequence[UUID]
) -> list[WrittenMessage]:
    """The newest of each of these conversations."""
    return await fetch_all(conn, WrittenMessage, LIST_NEWEST_MESSAGES, area_ids, written_conversation_ids)


INSERT_ANSWERS = "INSERT INTO written_answer SELECT * FROM jsonb_populate_recordset(NULL::written_answer, $1)"


async def insert_answer(conn: Conn, answer: WrittenAnswer) -> None:
    await execute_rows(conn, INSERT_ANSWERS, [answer])


LIST_ANSWERS = """
SELECT *
FROM written_answer
WHERE area_id = $1 AND written_conversation_id = $2
ORDER BY made_at, written_answer_id
"""


async def list_answers(conn: Conn, area_id: UUID, written_conversation_id: UUID) -> list[WrittenAnswer]:
    return await fetch_all(conn, WrittenAnswer, LIST_ANSWERS, area_id, written_conversation_id)


FIND_ANSWER = "SELECT * FROM written_answer WHERE area_id = ANY ($1::uuid[]) AND written_answer_id = $2"


async def find_answer(conn: Conn, area_ids: Sequence[UUID], written_answer_id: UUID) -> WrittenAnswer | None:
    return await fetch_one(conn, WrittenAnswer, FIND_ANSWER, area_ids, written_answer_id)


LIST_ANSWERS_WAITING = """
SELECT a.*
FROM written_answer AS a
JOIN written_conversation AS c USING (area_id, written_conversation_id)
WHERE a.area_id = ANY ($1::uuid[]) AND c.channel = $2 AND a.delivered_at IS NULL AND a.refused_at IS NULL
ORDER BY a.made_at, a.written_answer_id
LIMIT $3
"""


async def list_answers_waiting(
    conn: Conn, area_ids: Sequence[UUID], channel: str, limit: int
) -> list[WrittenAnswer]:
    """Oldest first."""
    return await fetch_all(conn, WrittenAnswer, LIST_ANSWERS_WAITING, area_ids, channel, limit)


MARK_ANSWER = """
UPDATE written_answer
SET delivered_at = CASE WHEN $4 THEN coalesce(delivered_at, $3) ELSE delivered_at END,
    refused_at = CASE WHEN $4 THEN NULL ELSE coalesce(refused_at, $3) END
WHERE area_id = $1 AND written_answer_id = $2
"""


async def mark_answer(
    conn: Conn, area_id: UUID, written_answer_id: UUID, now: datetime, delivered: bool
) -> None:
    """`delivered` false: nobody takes it."""
    await execute(conn, MARK_ANSWER, area_id, written_answer_id, now, delivered)
