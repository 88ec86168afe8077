"""Which troubles have ended since somebody looked: what follows then is credited, and asked about."""

from uuid import UUID

from db.queries import credits, endings
from db.records import EndingCursor
from db.records.base import Record
from db.rows import Conn

CLOSED, CANCELLED, RESOLVED = (
    ("job.changed", "closed"),
    ("job.cancelled", "cancelled"),
    ("ticket.resolved", None),
)
"""Entries of the journal after which a trouble may be over, with the state that was reached."""
AT_ONCE = 500


class Ended(Record):
    """`ticket_ids`: of which the trouble may be over, where the area has terms of credit; `job_ids`: that were closed. `n`: up to
    where the journal was read; None: nothing has happened."""

    ticket_ids: list[UUID]
    job_ids: list[UUID]
    n: int | None


async def list_ended(conn: Conn, *, area_id: UUID) -> Ended:
    """Of the next entries of the journal after those that were read before."""
    after = await endings.get_cursor(conn, area_id)
    signs = await endings.list_signs(conn, area_id, after, AT_ONCE)
    if not signs:
        return Ended(ticket_ids=[], job_ids=[], n=None)
    said = [(one, (one.action, one.became)) for one in signs]
    closed = {one.job_id for one, what in said if what == CLOSED and one.job_id is not None}
    tickets = set[UUID]()
    if await credits.list_tables(conn, area_id):
        over = {one.job_id for one, what in said if what == CANCELLED and one.job_id is not None}
        tickets |= {one.subject_id for one, what in said if what == RESOLVED and one.subject_id is not None}
        tickets.update(await endings.list_tickets_of_jobs(conn, area_id, sorted(closed | over)))
    return Ended(ticket_ids=sorted(tickets), job_ids=sorted(closed), n=signs[-1].n)


async def move_on(conn: Conn, *, area_id: UUID, n: int) -> None:
    """What follows has been done for all up to there."""
    await endings.move_cursors(conn, [EndingCursor(area_id=area_id, n=n)])
