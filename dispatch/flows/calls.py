"""Who is on the line, found out anew in each call, and what they say; also while the field has the ticket."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import subscribers, tickets
from db.records import Ticket
from db.rows import Conn
from db.states import HistoryKind, VerifiedBy
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.contacts import keep_contact
from dispatch.rules import tickets as rules
from dispatch.rules.callers import COUNTED_FOR, names_holder, verify_may_say
from dispatch.rules.journal import entry
from dispatch.ticket_steps import locked, saved


async def verify_caller(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, name: str, actor: Actor, now: datetime
) -> Ticket:
    """The holder's name as the caller says it, for this call. What was said is kept, also where it is not the name. Raises
    `UnknownTicket`, `NotInHand` (it waits, or is somebody else's), `TooManyNames` (also of the right one)."""
    async with conn.transaction():
        ticket = await _in_call(conn, areas_seen, ticket_id, actor)
        wrong = await tickets.list_wrong_names(
            conn, ticket.area_id, ticket.subscriber_id, ticket_id, actor.actor_id, now - COUNTED_FOR
        )
        verify_may_say(wrong, now)
        subscriber = await subscribers.find_subscriber(conn, ticket.area_id, ticket.subscriber_id)
        assert subscriber is not None, "subscribers of tickets are never removed"
        right = names_holder(name, subscriber.holder_name)
        after = msgspec.structs.replace(ticket, verified_by=VerifiedBy.NAME if right else ticket.verified_by)
        kind = HistoryKind.VERIFIED if right else HistoryKind.NOT_VERIFIED
        return await saved(conn, after, kind, {"said": name}, actor, now)


async def say_who_calls(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    who: rules.WhoCalls,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Who speaks, whether somebody is at the equipment, whom to reach there. Another caller than before has to be verified anew.
    Raises `UnknownTicket`, `NotInHand` (it waits, or is somebody else's)."""
    async with conn.transaction():
        ticket = await _in_call(conn, areas_seen, ticket_id, actor)
        subscriber = await subscribers.find_subscriber(conn, ticket.area_id, ticket.subscriber_id)
        assert subscriber is not None, "subscribers of tickets are never removed"
        contact_id = await keep_contact(conn, subscriber, who.on_site)
        after = rules.called_by(ticket, who, contact_id)
        facts = {"note": "", **msgspec.to_builtins(who)}
        return await saved(conn, after, HistoryKind.NOTED, facts, actor, now)


async def note_down(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, note: str, actor: Actor, now: datetime
) -> Ticket:
    """What was said. Raises `UnknownTicket`, `NotInHand` (it waits, or is somebody else's)."""
    async with conn.transaction():
        ticket = await _in_call(conn, areas_seen, ticket_id, actor)
        return await saved(conn, ticket, HistoryKind.NOTED, {"note": note}, actor, now)


async def end_call(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, actor: Actor, now: datetime
) -> Ticket:
    """Whoever calls next is verified anew, also by an account. A call that somebody else has with this ticket goes on. Raises
    `UnknownTicket`."""
    async with conn.transaction():
        ticket = await locked(conn, areas_seen, ticket_id)
        if ticket.verified_by is None or ticket.staff_id not in (None, actor.actor_id):
            return ticket
        after = msgspec.structs.replace(ticket, verified_by=None)
        await tickets.save_tickets(conn, [after])
        ended = entry(actor, now, "ticket.call_ended", area_id=ticket.area_id, subject_id=ticket_id)
        await announce(conn, ticket.area_id, [ended])
        return msgspec.structs.replace(after, version=ticket.version + 1)


async def _in_call(conn: Conn, areas_seen: Sequence[UUID], ticket_id: UUID, actor: Actor) -> Ticket:
    ticket = await locked(conn, areas_seen, ticket_id)
    rules.verify_in_call(ticket, actor.actor_id)
    return ticket
