"""What was written becomes a ticket, or is added to one: shared by what does so by itself and by a person at the desk."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import setup, staff, subscribers, tickets, written
from db.records import LetterHead, Subscriber, Ticket, WrittenConversation, WrittenMessage
from db.records.base import Record
from db.rows import Conn
from db.states import OVER_TICKET, ConversationState, HistoryKind, VerifiedBy
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import TicketOpen, TransitionRefused, UnknownConversation, UnknownReference
from dispatch.flows.tickets import open_ticket
from dispatch.rules import tickets as rules
from dispatch.rules.journal import entry
from dispatch.rules.written import Said, WrittenIn, said_by_writer, since_ticket

MOST = 4000
"""Letters of a description."""


class Coming(Record):
    """A message that is being taken. `letter`: of an e-mail."""

    area_id: UUID
    message: WrittenIn
    actor: Actor
    now: datetime
    letter: LetterHead | None = None
    late: bool = False
    """It lay in its mailbox for so long that nothing is answered by itself."""


async def make_ticket(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    written_conversation_id: UUID,
    symptom: str | None,
    writer: rules.CallerIn,
    another: bool,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """By hand, whatever is still missing. `writer`: who wrote, as a person at the desk says; without a phone, the one in the words.
    `another`: also where the subscriber has an open ticket. Raises `UnknownConversation`, `TransitionRefused` (it is one, or is
    nobody's), `TicketOpen`, `UnknownReference` (the symptom)."""
    async with conn.transaction():
        held = await _hold(conn, areas_seen, written_conversation_id)
        conversation, subscriber, said = held.conversation, held.subscriber, said_by_writer(held.before)
        doubled = await tickets.list_open_tickets(conn, subscriber.area_id, subscriber.subscriber_id)
        if doubled and not another:
            raise TicketOpen(ticketNumbers=[one.ticket_number for one in doubled])
        message = WrittenIn(
            channel=conversation.channel,
            conversation=conversation.conversation,
            message_key="",
            symptom=symptom,
        )
        coming = Coming(area_id=conversation.area_id, message=message, actor=actor, now=now)
        ticket = await open_for(conn, coming, said, subscriber, first_written_at(held.before), writer)
        await _goes_on(conn, conversation, ticket)
        return ticket


async def join_ticket(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    written_conversation_id: UUID,
    ticket_id: UUID,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """By hand, to an open ticket of the same subscriber: what was written stands in its history. Raises `UnknownConversation`,
    `TransitionRefused` (it is a ticket, or is nobody's), `UnknownReference` (the ticket)."""
    async with conn.transaction():
        held = await _hold(conn, areas_seen, written_conversation_id)
        ticket = await tickets.lock_ticket(conn, [held.subscriber.area_id], ticket_id)
        if ticket is None or is_over(ticket) or ticket.subscriber_id != held.subscriber.subscriber_id:
            raise UnknownReference(pointer="/ticketId")
        note = {"note": _text_of(said_by_writer(held.before)), "sender": held.conversation.sender}
        await write_down(conn, ticket, note, actor, now)
        await _goes_on(conn, held.conversation, ticket)
        return ticket


class _Held(Record):
    """A conversation that is no ticket yet, locked; whose it is, and what was written."""

    conversation: WrittenConversation
    subscriber: Subscriber
    before: list[WrittenMessage]


async def _hold(conn: Conn, areas_seen: Sequence[UUID], written_conversation_id: UUID) -> _Held:
    found = await written.find_conversation(conn, areas_seen, written_conversation_id)
    if found is None:
        raise UnknownConversation()
    # one after the other, as what comes
    await staff.lock_area(conn, found.area_id)
    conversation = await written.lock_conversation_by_id(conn, areas_seen, written_conversation_id)
    assert conversation is not None, "conversations are never removed"
    before = await messages_of(conn, conversation)
    last = await last_ticket_of(conn, conversation)
    subscriber = await subscriber_of(conn, conversation, said_by_writer(before), last)
    goes_on = conversation.state is ConversationState.TICKET and last is not None and not is_over(last)
    if subscriber is None or goes_on:
        raise TransitionRefused(thing="conversation", step="ticket", state=conversation.state)
    return _Held(conversation=conversation, subscriber=subscriber, before=before)


async def _goes_on(conn: Conn, conversation: WrittenConversation, ticket: Ticket) -> None:
    """In this ticket: once that is over, what is written then is read without what was written before."""
    after = msgspec.structs.replace(
        conversation,
        state=ConversationState.TICKET,
        subscriber_id=ticket.subscriber_id,
        ticket_id=ticket.ticket_id,
        reason="",
    )
    await written.save_conversation(conn, after)
    await written.mark_ticket(
        conn, ticket.area_id, conversation.channel, conversation.conversation, ticket.ticket_id
    )


async def messages_of(conn: Conn, conversation: WrittenConversation) -> list[WrittenMessage]:
    return await written.list_conversation(
        conn, conversation.area_id, conversation.channel, conversation.conversation
    )


async def last_ticket_of(conn: Conn, conversation: WrittenConversation) -> Ticket | None:
    """The ticket that the conversation has or had last; what is written after its end begins anew."""
    if conversation.ticket_id is None:
        return None
    return await tickets.lock_ticket(conn, [conversation.area_id], conversation.ticket_id)


def is_over(ticket: Ticket) -> bool:
    return ticket.state in OVER_TICKET


async def subscriber_of(
    conn: Conn, conversation: WrittenConversation, said: Sequence[Said], last: Ticket | None
) -> Subscriber | None:
    """As a person said, else by a contract that is one (where the words hold several, none is chosen), else as its last ticket has it."""
    area_id, known = conversation.area_id, conversation.subscriber_id
    if known is None:
        words = list(dict.fromkeys(word for one in said for word in one.contracts))
        found = await setup.list_subscribers_of_contracts(conn, area_id, words)
        if len(found) == 1:
            return found[0]
        known = None if found or last is None else last.subscriber_id
    return None if known is None else await subscribers.find_subscriber(conn, area_id, known)


def first_written_at(before: Sequence[WrittenMessage]) -> datetime | None:
    """When the trouble was first written of, by our own clock: a letter says any date, and credits count from there."""
    return next((one.received_at for one in since_ticket(before)), None)


async def open_for(
    conn: Conn,
    coming: Coming,
    said: Sequence[Said],
    subscriber: Subscriber,
    begun_at: datetime | None,
    writer: rules.CallerIn,
) -> Ticket:
    message, now = coming.message, coming.now
    phone = writer.phone or next((one.phone for one in reversed(said) if one.phone), "")
    made = rules.TicketIn(
        subscriber_id=subscriber.subscriber_id,
        channel=message.channel,
        language=message.language,
        symptom=message.symptom,
        description=_text_of(said),
        caller=msgspec.structs.replace(writer, phone=phone),
        reported_at=message.written_at
        if message.written_at is not None and message.written_at < now
        else begun_at,
    )
    ticket = await open_ticket(
        conn, area_id=coming.area_id, made=made, take=False, actor=coming.actor, now=now
    )
    if is_account_of(message, subscriber):
        ticket = msgspec.structs.replace(ticket, verified_by=VerifiedBy.ACCOUNT)
        await tickets.save_tickets(conn, [ticket])
        ticket = msgspec.structs.replace(ticket, version=ticket.version + 1)
    for turn in message.transcript:
        await write_down(conn, ticket, {"note": turn.text, "sender": turn.who}, coming.actor, now)
    return ticket


def is_account_of(message: WrittenIn, subscriber: Subscriber) -> bool:
    """Signed in to that account: a contract that stands somewhere in the words is none."""
    return message.verified and message.contract == subscriber.contract


def _text_of(said: Sequence[Said]) -> str:
    return "\n\n".join(text for one in said for text in (one.text, one.address) if text)[:MOST]


async def write_down(conn: Conn, ticket: Ticket, facts: dict[str, str], actor: Actor, now: datetime) -> None:
    row = rules.history(ticket, HistoryKind.NOTED, new_id(), actor.actor_id, now, facts)
    await tickets.insert_entries(conn, [row])
    told = entry(
        actor, now, "ticket.written_to", area_id=ticket.area_id, subject_id=ticket.ticket_id, facts={}
    )
    await announce(conn, ticket.area_id, [told])
