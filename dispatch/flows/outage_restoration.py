"""It is light again: what an outage held ends or goes on, its tickets are resolved, and those who were told of it hear so."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.ids import new_id
from db.queries import areas, jobs, outages, tickets
from db.queries import journal as outgoing
from db.records import Outage, Ticket
from db.records.base import Record
from db.rows import Conn
from db.states import HistoryKind, HoldReason, JobState, TicketState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import Stale, UnknownOutage
from dispatch.outages import told
from dispatch.planning import replan_running_days
from dispatch.rules import holding
from dispatch.rules import outage_steps as steps
from dispatch.rules import tickets as ticket_rules
from dispatch.rules.holding import AfterwardsOf
from dispatch.rules.journal import entry
from dispatch.rules.lifecycle import TicketStep


class Explained(Record):
    """What an outage explains, locked."""

    outage: Outage
    tickets: list[Ticket]
    sent: list[outages.Sent]
    """Which tickets its jobs came from."""


async def expect(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    outage_id: UUID,
    version: int,
    expected_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Outage:
    """When it should work again is told anew to all who were told of it; that nobody knows, only to who asks. Raises
    `UnknownOutage`, `Stale`, `TransitionRefused`, `OutOfRange`."""
    async with conn.transaction():
        found = await _lock(conn, areas_seen, outage_id, version)
        outage = steps.expected(found, expected_at, now)
        await outages.save_outages(conn, [outage])
        if expected_at not in (None, found.expected_at):
            linked = await outages.lock_tickets_of_outage(conn, outage.area_id, outage_id)
            held = [
                job.subscriber_id
                for job in await outages.list_jobs_of_outage(conn, outage.area_id, outage_id)
                if job.hold_reason is HoldReason.OUTAGE
            ]
            await _tell(conn, outage, [one for one in linked if one.state in WAITING_FOR_IT], held, now)
        facts = {"expectedAt": expected_at}
        said = entry(actor, now, "outage.expected", area_id=outage.area_id, subject_id=outage_id, facts=facts)
        await announce(conn, outage.area_id, [said])
        return outage


async def refuse(
    conn: Conn, *, areas_seen: Sequence[UUID], outage_id: UUID, version: int, actor: Actor, now: datetime
) -> Outage:
    """It is none. Its signs speak for no other. Raises `UnknownOutage`, `Stale`, `TransitionRefused`."""
    async with conn.transaction():
        outage = steps.refused(await _lock(conn, areas_seen, outage_id, version), now)
        await outages.save_outages(conn, [outage])
        said = entry(actor, now, "outage.refused", area_id=outage.area_id, subject_id=outage_id)
        await announce(conn, outage.area_id, [said])
        return outage


async def restore(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    outage_id: UUID,
    version: int,
    said: steps.RestorationIn,
    actor: Actor,
    now: datetime,
) -> Outage:
    """Raises `UnknownOutage`, `Stale`, `TransitionRefused`, `InstantImpossible`."""
    async with conn.transaction():
        found = await outages.find_outage_seen(conn, areas_seen, outage_id)
        if found is None:
            raise UnknownOutage()
        return await _restore(conn, found, version, said, actor, now)


async def restore_mended(
    conn: Conn, *, area_id: UUID, job_id: UUID, actor: Actor, now: datetime
) -> Outage | None:
    """The job that was to mend it is closed, and its technician recorded when service was there again. None where the job mends
    none that goes on, or where nothing was recorded: then a person says it."""
    async with conn.transaction():
        found = await outages.find_outage_mended_by(conn, area_id, job_id)
        job = await jobs.find_job(conn, area_id, job_id)
        if found is None or job is None or job.state is not JobState.CLOSED or job.restored_at is None:
            return None
        said = steps.RestorationIn(restored_at=min(max(job.restored_at, found.since), now))
        return await _restore(conn, found, found.version, said, actor, now)


async def _restore(
    conn: Conn, found: Outage, version: int, said: steps.RestorationIn, actor: Actor, now: datetime
) -> Outage:
    # who opens a ticket there is linked before this, or told that it is over
    branch = await outages.list_beneath(conn, found.area_id, found.network_element_id)
    await outages.lock_elements(conn, found.area_id, branch)
    outage = steps.restored(
        await _lock(conn, [found.area_id], found.outage_id, version), said.restored_at, now
    )
    area_id, outage_id = outage.area_id, outage.outage_id
    await outages.save_outages(conn, [outage])
    of_it = [job.job_id for job in await outages.list_jobs_of_outage(conn, area_id, outage_id)]
    locked = await jobs.lock_jobs(conn, area_id, of_it)
    explained = Explained(
        outage=outage,
        tickets=await outages.lock_tickets_of_outage(conn, area_id, outage_id),
        sent=await outages.list_sent(conn, area_id, of_it),
    )
    after = holding.afterwards(outage, locked, _linked_of(explained), said.not_mended, now)
    await jobs.save_jobs(conn, [*after.released, *after.cancelled])
    resolved = await _resolve(conn, explained, after, actor, now)
    waited = [job.subscriber_id for job in [*after.released, *after.cancelled]]
    await _tell(conn, outage, resolved, waited, now)
    if after.released:
        await replan_running_days(conn, await areas.get_area(conn, area_id), now)
    entries = [
        entry(actor, now, f"job.{became}", area_id=area_id, job_id=job.job_id, subject_id=outage_id)
        for became, some in (("released", after.released), ("cancelled", after.cancelled))
        for job in some
    ]
    entries += [
        entry(actor, now, "ticket.resolved", area_id=area_id, subject_id=one.ticket_id) for one in resolved
    ]
    facts = {"restoredAt": outage.restored_at, "released": len(after.released), "resolved": len(resolved)}
    over = entry(actor, now, "outage.restored", area_id=area_id, subject_id=outage_id, facts=facts)
    await announce(conn, area_id, [over, *entries])
    return outage


WAITING_FOR_IT = frozenset({TicketState.LINKED, TicketState.ESCALATED})


async def _lock(conn: Conn, areas_seen: Sequence[UUID], outage_id: UUID, version: int) -> Outage:
    found = await outages.find_outage_seen(conn, areas_seen, outage_id)
    if found is None:
        raise UnknownOutage()
    open_now = await outages.lock_open_outages(conn, found.area_id)
    # under the lock once more; what is over does not change any more
    outage = next((one for one in open_now if one.outage_id == outage_id), found)
    if outage.version != version:
        raise Stale(version=outage.version)
    return outage


def _linked_of(explained: Explained) -> dict[UUID, bool]:
    """By job that came from a ticket: whether one of them still is of the outage."""
    still = {ticket.ticket_id for ticket in explained.tickets}
    linked = dict[UUID, bool]()
    for row in explained.sent:
        linked[row.job_id] = linked.get(row.job_id, False) or row.ticket_id in still
    return linked


async def _resolve(
    conn: Conn, explained: Explained, after: AfterwardsOf, actor: Actor, now: datetime
) -> list[Ticket]:
    """Those that were linked; of those that had gone to the field, those whose job is no more. Other systems resolve their own."""
    cancelled = {job.job_id for job in after.cancelled}
    sent = {row.ticket_id for row in explained.sent if row.job_id in cancelled}
    resolved = [
        ticket_rules.stepped(
            ticket, TicketStep.RESOLVE, resolution=holding.RESTORED, resolved_at=explained.outage.restored_at
        )
        for ticket in explained.tickets
        if ticket.state is TicketState.LINKED
        or (ticket.state is TicketState.ESCALATED and ticket.line > 0 and ticket.ticket_id in sent)
    ]
    await tickets.save_tickets(conn, resolved)
    facts = {"resolution": holding.RESTORED, "outageId": explained.outage.outage_id}
    await tickets.insert_entries(
        conn,
        [
            ticket_rules.history(one, HistoryKind.RESOLVED, new_id(), actor.actor_id, now, facts)
            for one in resolved
        ],
    )
    return resolved


async def _tell(
    conn: Conn, outage: Outage, linked: Sequence[Ticket], held: Sequence[UUID], now: datetime
) -> None:
    """Each subscriber once."""
    who: dict[UUID, UUID | None] = {ticket.subscriber_id: ticket.ticket_id for ticket in linked}
    for subscriber_id in held:
        who.setdefault(subscriber_id, None)
    await outgoing.insert_outbox(
        conn, [told(outage, subscriber_id, now, ticket_id, None) for subscriber_id, ticket_id in who.items()]
    )
