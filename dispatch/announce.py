"""The last statements of a transaction: what changed, to the feeds of the phones and to the journal, in lock order."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from uuid import UUID

from db.queries import crews, journal
from db.records import FeedChange, JournalEntry
from db.rows import Conn
from db.states import FeedOp
from dispatch.rules.journal import Shown


async def announce(
    conn: Conn, area_id: UUID, entries: Iterable[JournalEntry], shown: Iterable[Shown] = ()
) -> None:
    """Feeds in (area, technician) order, then the area's journal. Nothing may follow in the transaction.

    Second technicians hear of what the first one hears.
    """
    told = set(shown)
    for job_area, changed in groupby(sorted(told, key=_job_area), key=_job_area):
        told |= await _to_crew(conn, job_area, sorted({change.job_id for change in changed}))
    for (home, technician), changes in groupby(
        sorted(told), key=lambda change: (change.technician_area_id, change.technician_id)
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


def _job_area(change: Shown) -> UUID:
    return change.job_area_id


async def _to_crew(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> set[Shown]:
    """A phone that does not see the job any more is told so when it asks."""
    return {
        Shown(
            technician_area_id=second.technician_area_id,
            technician_id=second.technician_id,
            job_area_id=area_id,
            job_id=second.job_id,
            op=FeedOp.PUT,
        )
        for second in await crews.list_joined_jobs(conn, area_id, job_ids)
    }
