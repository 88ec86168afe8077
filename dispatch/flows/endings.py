"""Which troubles have ended since somebody looked: what follows then is credited, and asked about."""

from collections.abc import Sequence
from uuid import UUID

from db.queries import credits, endings
from db.records import EndingCursor
from db.records.base import Record
from db.rows import Conn
from db.states import JobState

CHANGED, CANCELLED, RESOLVED, RESTORED = "job.changed", "job.cancelled", "ticket.resolved", "outage.restored"
"""Entries of the journal after which a trouble may be over."""
AT_ONCE = 500


class Ended(Record):
    """`ticket_ids`: of which the trouble may be over, `outage_ids`: that were restored, both where the area has terms of credit;
    `job_ids`: that were closed. `n`: up to where the journal was read; None: nothing has happened."""

    ticket_ids: list[UUID]
    outage_ids: list[UUID]
    job_ids: list[UUID]
    n: int | None


async def list_ended(conn: Conn, *, area_id: UUID) -> Ended:
    """Of the next entries of the journal after those that were read before."""
    after = await endings.get_cursor(conn, area_id)
    signs = await endings.list_signs(conn, area_id, after, AT_ONCE)
    if not signs:
        return Ended(ticket_ids=[], outage_ids=[], job_ids=[], n=None)
    closed = _jobs(signs, CHANGED, JobState.CLOSED)
    tickets, restored = set[UUID](), set[UUID]()
    if await credits.list_tables(conn, area_id):
        over = _jobs(signs, CANCELLED)
        tickets, restored = _subjects(signs, RESOLVED), _subjects(signs, RESTORED)
        tickets.update(await endings.list_tickets_of_jobs(conn, area_id, sorted(closed | over)))
    return Ended(
        ticket_ids=sorted(tickets), outage_ids=sorted(restored), job_ids=sorted(closed), n=signs[-1].n
    )


def _subjects(signs: Sequence[endings.Sign], action: str) -> set[UUID]:
    return {one.subject_id for one in signs if one.action == action and one.subject_id is not None}


def _jobs(signs: Sequence[endings.Sign], action: str, became: JobState | None = None) -> set[UUID]:
    return {
        one.job_id
        for one in signs
        if one.action == action and became in (None, one.became) and one.job_id is not None
    }


async def move_on(conn: Conn, *, area_id: UUID, n: int) -> None:
    """What follows has been done for all up to there."""
    await endings.move_cursors(conn, [EndingCursor(area_id=area_id, n=n)])
