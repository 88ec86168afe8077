"""A request in writing becomes a ticket as soon as it says all that is needed; until then its writer is asked back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, journal, setup, staff, subscribers, tickets, written
from db.records import (
    LetterHead,
    OutboxMessage,
    Subscriber,
    Ticket,
    WrittenConversation,
    WrittenMessage,
)
from db.records.base import Record
from db.rows import Conn
from db.states import Channel, ConversationState, HistoryKind, TicketState, VerifiedBy
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import TransitionRefused, UnknownConversation
from dispatch.flows.tickets import open_ticket
from dispatch.rules import tickets as rules
from dispatch.rules.journal import entry
from dispatch.rules.letters import Automatic, Letter, bare_subject, key_of
from dispatch.rules.posting import ours_among
from dispatch.rules.told_written import ANSWERS_AN_HOUR, WRITTEN_REPLY, reply
from dispatch.rules.written import (
    Missing,
    Said,
    WrittenIn,
    language_seen,
    missing_of,
    read,
    said_by_writer,
    since_ticket,
    state_after,
)

MOST = 4000
"""Letters of a description."""
SAME_THREAD = timedelta(days=14)
"""So long the same subject from the same writer is the same conversation, where the letter does not say which one it answers."""


ANSWERED_WITHIN = timedelta(days=3)
"""Of its arrival: in a mailbox that is read for the first time lie the letters of years."""


class Received(Record):
    """`reply` goes back to whoever wrote. `again`: the very same message had come before."""

    ticket_id: UUID | None
    ticket_number: str
    missing: Sequence[Missing]
    reply: str
    again: bool


class Coming(Record):
    """A message that is being taken. `letter`: of an e-mail."""

    area_id: UUID
    message: WrittenIn
    actor: Actor
    now: datetime
    letter: LetterHead | None = None
    late: bool = False
    """It lay in its mailbox for so long that nothing is answered by itself."""


async def receive(conn: Conn, *, area_id: UUID, message: WrittenIn, actor: Actor, now: datetime) -> Received:
    """Taken once, however often it comes. Raises `UnknownReference` (the symptom)."""
    return await _receive(conn, Coming(area_id=area_id, message=message, actor=actor, now=now))


async def receive_letter(
    conn: Conn,
    *,
    area_id: UUID,
    letter: Letter,
    actor: Actor,
    now: datetime,
    arrived_at: datetime | None = None,
) -> Received:
    """An e-mail: what it answers is looked for, and the reply waits in the outbox. `arrived_at`: in its mailbox."""
    said = "\n\n".join(part for part in ("" if letter.references else letter.subject, letter.text) if part)
    message = WrittenIn(
        channel=Channel.EMAIL,
        conversation=letter.key,
        message_key=letter.key,
        sender=letter.sender,
        text=said,
    )
    head = LetterHead(
        message_id=letter.message_id,
        references=list(letter.references),
        answer_to=letter.sender,
        subject=letter.subject,
        attachments=list(letter.attachments),
        automatic=letter.automatic,
        cut=letter.cut,
    )
    late = arrived_at is not None and arrived_at < now - ANSWERED_WITHIN
    coming = Coming(area_id=area_id, message=message, actor=actor, now=now, letter=head, late=late)
    return await _receive(conn, coming)


async def make_ticket(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    written_conversation_id: UUID,
    symptom: str | None,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """By hand, whatever is still missing. Raises `UnknownConversation`, `TransitionRefused` (it is one, or is nobody's),
    `UnknownReference` (the symptom)."""
    async with conn.transaction():
        found = await written.find_conversation(conn, areas_seen, written_conversation_id)
        if found is None:
            raise UnknownConversation()
        await staff.lock_area(conn, found.area_id)
        conversation = await written.lock_conversation_by_id(conn, areas_seen, written_conversation_id)
        assert conversation is not None, "conversations are never removed"
        before = await _of(conn, conversation)
        if await _open_ticket_of(conn, conversation) is not None:
            raise TransitionRefused(thing="conversation", step="ticket", state=conversation.state)
        subscriber = await _subscriber(conn, conversation, said_by_writer(before))
        if subscriber is None:
            raise TransitionRefused(thing="conversation", step="ticket", state=conversation.state)
        message = WrittenIn(
            channel=conversation.channel,
            conversation=conversation.conversation,
            message_key="",
            symptom=symptom,
        )
        coming = Coming(area_id=conversation.area_id, message=message, actor=actor, now=now)
        ticket = await _open(conn, coming, said_by_writer(before), subscriber, _begun_at(before))
        after = msgspec.structs.replace(
            conversation,
            state=ConversationState.TICKET,
            subscriber_id=subscriber.subscriber_id,
            ticket_id=ticket.ticket_id,
            reason="",
        )
        await written.save_conversation(conn, after)
        return ticket


async def _receive(conn: Conn, coming: Coming) -> Received:
    async with conn.transaction():
        area_id, message = coming.area_id, coming.message
        # one after the other: two halves of a request are one ticket
        await staff.lock_area(conn, area_id)
        known = await written.find_message(conn, area_id, message.channel, message.message_key)
        if known is not None:
            return await _told(conn, known, again=True)
        found = await _conversation(conn, coming)
        conversation = found or _begun(coming)
        coming = msgspec.structs.replace(
            coming, message=msgspec.structs.replace(message, conversation=conversation.conversation)
        )
        if coming.letter is not None and coming.letter.automatic:
            kept, after = _put_by(coming, conversation, new=found is None)
        else:
            kept, after = await _take(conn, coming, conversation, new=found is None)
        await written.save_conversation(conn, after)
        await written.insert_message(conn, kept)
        if coming.letter is not None and kept.reply:
            await journal.insert_outbox(conn, [_reply_of(kept)])
        return await _told(conn, kept, again=False)


async def _conversation(conn: Conn, coming: Coming) -> WrittenConversation | None:
    """Locked: at the desk somebody may be at it."""
    area_id, message, letter = coming.area_id, coming.message, coming.letter
    if letter is None:
        return await written.lock_conversation(conn, area_id, message.channel, message.conversation)
    if letter.references:
        keys = [key_of(one) for one in letter.references]
        ours = ours_among(letter.references)
        found = await written.find_conversation_of_letters(conn, area_id, keys, ours)
        if found is not None:
            return await written.lock_conversation_by_id(conn, [area_id], found.written_conversation_id)
    if not letter.answer_to or letter.automatic:
        return None
    about, since = bare_subject(letter.subject).casefold(), coming.now - SAME_THREAD
    found = await written.find_conversation_about(conn, area_id, letter.answer_to, about, since)
    if found is None:
        return None
    return await written.lock_conversation_by_id(conn, [area_id], found.written_conversation_id)


def _begun(coming: Coming) -> WrittenConversation:
    return WrittenConversation(
        area_id=coming.area_id,
        written_conversation_id=new_id(),
        channel=coming.message.channel,
        conversation=coming.message.conversation,
        sender=coming.message.sender,
        subject="" if coming.letter is None else bare_subject(coming.letter.subject).casefold(),
        state=ConversationState.ASKED,
        subscriber_id=None,
        ticket_id=None,
        reason="",
        opened_at=coming.now,
        last_at=coming.now,
    )


def _put_by(
    coming: Coming, conversation: WrittenConversation, *, new: bool
) -> tuple[WrittenMessage, WrittenConversation]:
    """Nobody wrote it: it is kept, shown where it belongs, and changes nothing."""
    assert coming.letter is not None
    said = Said(contracts=[], phone="", address="", text=read(coming.message).text)
    kept = _message(coming, said, [], "", None)
    if coming.letter.automatic == Automatic.UNREADABLE:
        return kept, msgspec.structs.replace(conversation, state=ConversationState.UNASSIGNED)
    if not new:
        return kept, conversation
    return kept, msgspec.structs.replace(
        conversation, state=ConversationState.SET_ASIDE, reason=coming.letter.automatic
    )


async def _take(
    conn: Conn, coming: Coming, conversation: WrittenConversation, *, new: bool
) -> tuple[WrittenMessage, WrittenConversation]:
    said = read(coming.message)
    before = await _of(conn, conversation)
    ticket = await _open_ticket_of(conn, conversation)
    missing: list[Missing] = []
    went_on = ticket is not None
    area = await areas.get_area(conn, coming.area_id)
    seen = language_seen("\n".join([*(one.text for one in said_by_writer(before)), said.text]))
    language = coming.message.language or seen or area.language
    if ticket is not None:
        # it goes on: whoever has it reads what came
        note = {"note": said.text, "sender": coming.message.sender}
        await _write(conn, ticket, note, coming.actor, coming.now)
        language = coming.message.language or ticket.language
    else:
        all_said = [*said_by_writer(before), said]
        subscriber = await _subscriber(conn, conversation, all_said)
        address = "" if subscriber is None else await _address(conn, subscriber)
        if subscriber is not None:
            language = coming.message.language or seen or subscriber.language
        contract = None if subscriber is None else subscriber.contract
        missing = missing_of(all_said, contract, address, coming.message.symptom)
        if subscriber is not None and not missing:
            ticket = await _open(conn, coming, all_said, subscriber, _begun_at(before))
    mute = coming.letter is not None and not await _may_answer(conn, coming)
    answers = await written.list_answers(conn, coming.area_id, conversation.written_conversation_id)
    state = state_after(
        None if new else conversation.state,
        ticket=ticket is not None,
        asked=sum(bool(one.missing and one.reply) for one in since_ticket(before)),
        by_hand=bool(answers) or mute,
    )
    told = reply(
        missing,
        "" if ticket is None else ticket.ticket_number,
        language,
        handed=state is ConversationState.UNASSIGNED,
    )
    known = went_on or (state is ConversationState.UNASSIGNED and conversation.state is state)
    if coming.letter is not None and (known or mute):
        told = ""
    after = msgspec.structs.replace(
        conversation,
        state=state,
        ticket_id=conversation.ticket_id if ticket is None else ticket.ticket_id,
        reason="",
        last_at=coming.now,
    )
    return _message(coming, said, missing, told, ticket), after


async def _may_answer(conn: Conn, coming: Coming) -> bool:
    """Whether this letter is answered by itself: there is somebody, and they are not a machine that answers us."""
    assert coming.letter is not None
    to, since = coming.letter.answer_to, coming.now - timedelta(hours=1)
    if not to or coming.late:
        return False
    return await written.count_replies(conn, coming.area_id, to, since) < ANSWERS_AN_HOUR


def _message(
    coming: Coming, said: Said, missing: Sequence[Missing], told: str, ticket: Ticket | None
) -> WrittenMessage:
    return WrittenMessage(
        area_id=coming.area_id,
        written_message_id=new_id(),
        channel=coming.message.channel,
        conversation=coming.message.conversation,
        message_key=coming.message.message_key,
        sender=coming.message.sender,
        said=msgspec.to_builtins(said),
        missing=[*missing],
        reply=told,
        ticket_id=None if ticket is None else ticket.ticket_id,
        received_at=coming.now,
        letter=coming.letter,
    )


def _reply_of(message: WrittenMessage) -> OutboxMessage:
    """One to a letter: the outbox takes no second of its kind and subject."""
    return OutboxMessage(
        area_id=message.area_id,
        outbox_id=new_id(),
        kind=WRITTEN_REPLY,
        subject_id=message.written_message_id,
        payload={},
        created_at=message.received_at,
        delivered_at=None,
        due_at=message.received_at,
    )


async def _of(conn: Conn, conversation: WrittenConversation) -> list[WrittenMessage]:
    return await written.list_conversation(
        conn, conversation.area_id, conversation.channel, conversation.conversation
    )


async def _open_ticket_of(conn: Conn, conversation: WrittenConversation) -> Ticket | None:
    """The ticket that the conversation has already; what is written after its end begins anew."""
    if conversation.ticket_id is None:
        return None
    ticket = await tickets.lock_ticket(conn, [conversation.area_id], conversation.ticket_id)
    return None if ticket is None or ticket.state is TicketState.CLOSED else ticket


async def _subscriber(
    conn: Conn, conversation: WrittenConversation, said: Sequence[Said]
) -> Subscriber | None:
    """As a person said, else by a contract that is one; where the words hold several, none is chosen."""
    area_id = conversation.area_id
    if conversation.subscriber_id is not None:
        return await subscribers.find_subscriber(conn, area_id, conversation.subscriber_id)
    words = list(dict.fromkeys(word for one in said for word in one.contracts))
    found = await setup.list_subscribers_of_contracts(conn, area_id, words)
    return found[0] if len(found) == 1 else None


async def _address(conn: Conn, subscriber: Subscriber) -> str:
    place = await subscribers.find_place(conn, subscriber.area_id, subscriber.place_id)
    assert place is not None, "places are never removed"
    return place.address


def _begun_at(before: Sequence[WrittenMessage]) -> datetime | None:
    """When the trouble was first written of, by our own clock: a letter says any date, and credits count from there."""
    return next((one.received_at for one in since_ticket(before)), None)


async def _open(
    conn: Conn,
    coming: Coming,
    said: Sequence[Said],
    subscriber: Subscriber,
    begun_at: datetime | None,
) -> Ticket:
    message, now = coming.message, coming.now
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
        else begun_at,
    )
    ticket = await open_ticket(
        conn, area_id=coming.area_id, made=made, take=False, actor=coming.actor, now=now
    )
    # of that account, not of a contract that stands somewhere in the words
    if message.verified and message.contract == subscriber.contract:
        ticket = msgspec.structs.replace(ticket, verified_by=VerifiedBy.ACCOUNT)
        await tickets.save_tickets(conn, [ticket])
        ticket = msgspec.structs.replace(ticket, version=ticket.version + 1)
    for turn in message.transcript:
        await _write(conn, ticket, {"note": turn.text, "sender": turn.who}, coming.actor, now)
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
