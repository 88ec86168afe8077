"""A request in writing becomes a ticket as soon as it says all that is needed; until then its writer is asked back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, setup, staff, subscribers, tickets, written
from db.records import Subscriber, Ticket, WrittenMessage
from db.records.base import Record
from db.rows import Conn
from db.states import HistoryKind, TicketState, VerifiedBy
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.flows.tickets import open_ticket
from dispatch.rules import tickets as rules
from dispatch.rules.journal import entry
from dispatch.rules.told_written import reply
from dispatch.rules.written import Missing, Said, WrittenIn, missing_of, read

MOST = 4000
"""Letters of a description."""


class Received(Record):
    """`reply` goes back to whoever wrote. `again`: the very same message had come before."""

    ticket_id: UUID | None
    ticket_number: str
    missing: Sequence[Missing]
    reply: str
    again: bool


async def receive(conn: Conn, *, area_id: UUID, message: WrittenIn, actor: Actor, now: datetime) -> Received:
    """Taken once, however often it comes. Raises `UnknownReference` (the symptom)."""
    async with conn.transaction():
        # one after the other: two halves of a request are one ticket
        await staff.lock_area(conn, area_id)
        known = await written.find_message(conn, area_id, message.channel, message.message_key)
        if known is not None:
            return await _told(conn, known, again=True)
        before = await written.list_conversation(conn, area_id, message.channel, message.conversation)
        kept = await _take(conn, area_id, message, before, actor, now)
        await written.insert_message(conn, kept)
        return await _told(conn, kept, again=False)


async def _take(
    conn: Conn,
    area_id: UUID,
    message: WrittenIn,
    before: Sequence[WrittenMessage],
    actor: Actor,
    now: datetime,
) -> WrittenMessage:
    said = read(message)
    ticket = await _open_ticket_of(conn, area_id, before)
    missing: list[Missing] = []
    language = message.language or (await areas.get_area(conn, area_id)).language
    if ticket is not None:
        # it goes on: whoever has it reads what came
        note = {"note": said.text, "sender": message.sender}
        await _write(conn, ticket, note, actor, now)
        language = message.language or ticket.language
    else:
        all_said = [*(msgspec.convert(one.said, Said) for one in before if one.ticket_id is None), said]
        subscriber = await _subscriber(conn, area_id, all_said)
        address = "" if subscriber is None else await _address(conn, subscriber)
        language = message.language or (language if subscriber is None else subscriber.language)
        contract = None if subscriber is None else subscriber.contract
        missing = missing_of(all_said, contract, address, message.symptom)
        if subscriber is not None and not missing:
            ticket = await _open(conn, area_id, message, all_said, subscriber, actor, now)
    number = "" if ticket is None else ticket.ticket_number
    return WrittenMessage(
        area_id=area_id,
        written_message_id=new_id(),
        channel=message.channel,
        conversation=message.conversation,
        message_key=message.message_key,
        sender=message.sender,
        said=msgspec.to_builtins(said),
        missing=[*missing],
        reply=reply(missing, number, language),
        ticket_id=None if ticket is None else ticket.ticket_id,
        received_at=now,
    )


async def _open_ticket_of(conn: Conn, area_id: UUID, before: Sequence[WrittenMessage]) -> Ticket | None:
    """The ticket that the conversation has already; what is written after its end begins anew."""
    last = next((one.ticket_id for one in reversed(before) if one.ticket_id is not None), None)
    ticket = None if last is None else await tickets.lock_ticket(conn, [area_id], last)
    return None if ticket is None or ticket.state is TicketState.CLOSED else ticket


async def _subscriber(conn: Conn, area_id: UUID, said: Sequence[Said]) -> Subscriber | None:
    """By a contract that is one; where the words hold several, none is chosen."""
    words = list(dict.fromkeys(word for one in said for word in one.contracts))
    found = await setup.list_subscribers_of_contracts(conn, area_id, words)
    return found[0] if len(found) == 1 else None


async def _address(conn: Conn, subscriber: Subscriber) -> str:
    place = await subscribers.find_place(conn, subscriber.area_id, subscriber.place_id)
    assert place is not None, "places are never removed"
    return place.address


async def _open(
    conn: Conn,
    area_id: UUID,
    message: WrittenIn,
    said: Sequence[Said],
    subscriber: Subscriber,
    actor: Actor,
    now: datetime,
) -> Ticket:
    phone = next((one.phone for one in reversed(said) if one.phone), "")
    made = rules.TicketIn(
        subscriber_id=subscriber.subscriber_id,
        channel=message.channel,
        language=message.language,
        symptom=message.symptom,
        description="\n\n".join(text for one in said for text in (one.text, one.address) if text)[:MOST],
        caller=rules.CallerIn(phone=phone),
        reported_at=message.written_at
        if message.written_at is not None and message.written_at < now
        else None,
    )
    ticket = await open_ticket(conn, area_id=area_id, made=made, take=False, actor=actor, now=now)
    # of that account, not of a contract that stands somewhere in the words
    if message.verified and message.contract == subscriber.contract:
        ticket = msgspec.structs.replace(ticket, verified_by=VerifiedBy.ACCOUNT)
        await tickets.save_tickets(conn, [ticket])
        ticket = msgspec.structs.replace(ticket, version=ticket.version + 1)
    for turn in message.transcript:
        await _write(conn, ticket, {"note": turn.text, "sender": turn.who}, actor, now)
    return ticket


async def _write(conn: Conn, ticket: Ticket, facts: dict[str, str], actor: Actor, now: datetime) -> None:
    row = rules.history(ticket, HistoryKind.NOTED, new_id(), actor.actor_id, now, facts)
    await tickets.insert_entries(conn, [row])
    told = entry(
        actor, now, "ticket.written_to", area_id=ticket.area_id, subject_id=ticket.ticket_id, facts={}
    )
    await announce(conn, ticket.area_id, [told])


async def _told(conn: Conn, message: WrittenMessage, *, again: bool) -> Received:
    ticket = (
        None
        if message.ticket_id is None
        else await tickets.find_ticket_seen(conn, [message.area_id], message.ticket_id)
    )
    return Received(
        ticket_id=message.ticket_id,
        ticket_number="" if ticket is None else ticket.ticket_number,
        missing=[Missing(what) for what in message.missing],
        reply=message.reply,
        again=again,
    )
