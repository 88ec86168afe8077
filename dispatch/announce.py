"""The last statements of a transaction: what changed, to the feeds of the phones and to the journal, in lock order."""

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from db.queries import journal
from db.records import FeedChange, JournalEntry
from db.rows import Conn
from dispatch.rules.journal import Shown


async def announce(
    conn: Conn, area_id: UUID, entries: Iterable[JournalEntry], shown: Iterable[Shown] = ()
) -> None:
    """Feeds in (area, technician) order, then the area's journal. Nothing may follow in the transaction."""
    for (home, technician), changes in groupby(
        sorted(set(shown)), key=lambda change: (change.technician_area_id, change.technician_id)
    ):
        rows = [
            FeedChange(
                area_id=home,
                technician_id=technician,
                n=0,
                job_area_id=change.job_area_id,
                job_id=change.job_id,
                op=change.op,
            )
            for change in changes
        ]
        await journal.append_feed(conn, home, technician, rows)
    await journal.append_journal(conn, area_id, list(entries))
