"""Answers that are remembered, so that a write that creates can be sent again (Idempotency-Key)."""

from datetime import datetime, timedelta
from uuid import UUID

from db.queries import journal
from db.records.base import Record
from db.rows import Conn
from dispatch.errors import KeyReused

REMEMBERED_FOR = timedelta(days=30)


class Answer(Record):
    """What was answered the first time."""

    status: int
    body: bytes


async def find(
    conn: Conn, *, area_id: UUID, principal_id: UUID, key: str, request_hash: bytes, now: datetime
) -> Answer | None:
    """None for a new key, which from here on is taken; waits for a transaction that holds the same key.

    Raises `KeyReused` where the key came with another request.
    """
    if await journal.claim_key(conn, area_id, principal_id, key, request_hash, now):
        return None
    earlier = await journal.find_key(conn, area_id, principal_id, key)
    if earlier is None or earlier.request_hash != request_hash or earlier.status is None:
        raise KeyReused()
    return Answer(status=earlier.status, body=earlier.response or b"")


async def remember(conn: Conn, *, area_id: UUID, principal_id: UUID, key: str, answer: Answer) -> None:
    """In the transaction of the work itself: both are there, or neither."""
    await journal.remember_answer(conn, area_id, principal_id, key, answer.status, answer.body)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> int:
    """Answers older than 30 days; how many it was."""
    async with conn.transaction():
        return await journal.forget_keys(conn, area_id, now - REMEMBERED_FOR)
