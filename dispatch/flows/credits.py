"""Credits: what was credited of a subscriber, a claim, what is due when a trouble has ended, and for billing to read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.queries import credits, outages, tickets
from db.records import Area, Subscriber
from db.records.base import Record
from db.rows import Conn
from dispatch import crediting
from dispatch.actors import Actor
from dispatch.crediting import Kept
from dispatch.errors import CreditedBefore, NothingOwed, TroubleGoesOn, UnknownSubscriber, UnknownTicket
from dispatch.horizon import grouped
from dispatch.rules.credits import RefusalReason, Refused
from dispatch.rules.troubles import dark_in, is_over


class Credited(Record):
    """What a subscriber was credited, newest first. `refused`: what is not credited of the ticket that was asked about, and why;
    `due_minor`: what a claim would add."""

    area: Area
    subscriber: Subscriber
    credits: list[Kept]
    is_over: bool = True
    due_minor: int = 0
    refused: Sequence[Refused] = ()


async def list_of_subscriber(conn: Conn, *, areas_seen: Sequence[UUID], subscriber_id: UUID) -> Credited:
    """Raises `UnknownSubscriber`."""
    area_id = await credits.find_area_of_subscriber(conn, areas_seen, subscriber_id)
    if area_id is None:
        raise UnknownSubscriber()
    area, subscriber = await crediting.read(conn, area_id, subscriber_id)
    return Credited(area=area, subscriber=subscriber, credits=await _kept(conn, area_id, subscriber_id))


async def list_of_ticket(conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID) -> Credited:
    """Raises `UnknownTicket`."""
    ticket = await tickets.find_ticket_seen(conn, areas_seen, ticket_id)
    if ticket is None:
        raise UnknownTicket()
    area, subscriber = await crediting.read(conn, ticket.area_id, ticket.subscriber_id)
    kept = await _kept(conn, ticket.area_id, ticket.subscriber_id)
    trouble = await crediting.read_trouble(conn, ticket)
    over = is_over(trouble)
    found = await crediting.owed(conn, area, subscriber, trouble) if over else None
    return Credited(
        area=area,
        subscriber=subscriber,
        credits=[one for one in kept if one.credit.ticket_id == ticket_id],
        is_over=over,
        due_minor=0 if found is None else found.amount_minor,
        refused=() if found is None else found.refused,
    )


async def area_of(conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID) -> UUID:
    """Raises `UnknownTicket`."""
    ticket = await tickets.find_ticket_seen(conn, areas_seen, ticket_id)
    if ticket is None:
        raise UnknownTicket()
    return ticket.area_id


async def _kept(conn: Conn, area_id: UUID, subscriber_id: UUID) -> list[Kept]:
    lines = grouped(
        await credits.list_lines_of_subscriber(conn, area_id, subscriber_id), lambda line: line.credit_id
    )
    return [
        Kept(credit=credit, lines=lines.get(credit.credit_id, []))
        for credit in await credits.list_credits_of_subscriber(conn, area_id, subscriber_id)
    ]


async def claim(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, actor: Actor, now: datetime
) -> Credited:
    """The subscriber asks: it is worked out anew, and what was not credited yet is. The credit that was made is the only one of the
    answer. Raises `UnknownTicket`, `TroubleGoesOn`, `CreditedBefore`, `NothingOwed`."""
    async with conn.transaction():
        ticket = await tickets.find_ticket_seen(conn, areas_seen, ticket_id)
        if ticket is None:
            raise UnknownTicket()
        area, subscriber = await crediting.locked(conn, ticket.area_id, ticket.subscriber_id)
        trouble = await crediting.read_trouble(conn, ticket)
        if not is_over(trouble):
            raise TroubleGoesOn(state=ticket.state)
        found = await crediting.owed(conn, area, subscriber, trouble)
        made = await crediting.keep(
            conn,
            area,
            subscriber,
            found,
            actor,
            now,
            ticket_id=ticket_id,
            claimed_by=actor.actor_id,
        )
        if made is None:
            reasons = [one.reason for one in found.refused]
            refusal = CreditedBefore if RefusalReason.CREDITED_BEFORE in reasons else NothingOwed
            raise refusal(reasons=sorted(set(reasons)))
        return Credited(area=area, subscriber=subscriber, credits=[made], refused=found.refused)


async def work_out(conn: Conn, *, area_id: UUID, ticket_id: UUID, actor: Actor, now: datetime) -> Kept | None:
    """What is owed for a trouble that is over is credited, without that anybody has to ask. None where nothing is, or is any
    more; so it may be done as often as one likes."""
    async with conn.transaction():
        ticket = await tickets.find_ticket_seen(conn, [area_id], ticket_id)
        assert ticket is not None, "tickets are never removed"
        area, subscriber = await crediting.locked(conn, area_id, ticket.subscriber_id)
        trouble = await crediting.read_trouble(conn, ticket)
        if not is_over(trouble):
            return None
        found = await crediting.owed(conn, area, subscriber, trouble)
        return await crediting.keep(conn, area, subscriber, found, actor, now, ticket_id=ticket_id)


async def list_dark(conn: Conn, *, area_id: UUID, outage_id: UUID) -> list[UUID]:
    """Subscribers who were dark in an outage that is over, and were not credited for it."""
    outage = await outages.find_outage_seen(conn, [area_id], outage_id)
    assert outage is not None, "outages are never removed"
    branch = await outages.list_beneath(conn, area_id, outage.network_element_id)
    return await credits.list_dark_uncredited(conn, area_id, branch, outage_id)


async def work_out_outage(
    conn: Conn, *, area_id: UUID, outage_id: UUID, subscriber_id: UUID, actor: Actor, now: datetime
) -> Kept | None:
    """As `work_out`, for somebody who was dark in it and may never have called."""
    async with conn.transaction():
        outage = await outages.find_outage_seen(conn, [area_id], outage_id)
        assert outage is not None, "outages are never removed"
        area, subscriber = await crediting.locked(conn, area_id, subscriber_id)
        found = await crediting.owed(conn, area, subscriber, dark_in(outage))
        return await crediting.keep(conn, area, subscriber, found, actor, now, outage_id=outage_id)


async def list_some(conn: Conn, *, area_id: UUID, after: UUID, limit: int) -> list[Kept]:
    """In the order of their making, for billing to read up to where it was."""
    found = await credits.list_credits(conn, area_id, after, limit)
    lines = grouped(
        await credits.list_lines(conn, area_id, [one.credit_id for one in found]), lambda line: line.credit_id
    )
    return [Kept(credit=one, lines=lines.get(one.credit_id, [])) for one in found]
