"""Reading the journal."""

from uuid import UUID

from db.queries import journal
from db.records import JournalEntry
from db.rows import Conn


async def list_after(conn: Conn, *, area_id: UUID, after: int, limit: int) -> list[JournalEntry]:
    """In the order of `n`, which has no gaps."""
    return await journal.list_journal(conn, area_id, after, limit)
