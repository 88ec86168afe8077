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
    feeds = sorted({(change.technician_area_id, change.technician_id) for change in told})
    if len(feeds) > 1:
        await journal.lock_feeds(conn, feeds)
    if feeds:
        await journal.append_feeds(conn, [_row(change) for change in told])
    await journal.append_journal(conn, area_id, list(entries))


def _row(change: Shown) -> FeedChange:
    """Its number is given by the feed."""
    return FeedChange(
        area_id=change.technician_area_id,
        technician_id=change.technician_id,
        n=0,
        job_area_id=change.job_area_id,
        job_id=change.job_id,
        op=change.op,
    )


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
