"""A request in writing becomes a ticket as soon as it says all that is needed; until then its writer is asked back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, journal, staff, subscribers, tickets, written
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
from db.states import Channel, ConversationState, Relation, TicketState
from dispatch.actors import Actor
from dispatch.rules import tickets as rules
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
from dispatch.written_tickets import (
    Coming,
    first_written_at,
    is_account_of,
    is_over,
    last_ticket_of,
    messages_of,
    open_for,
    subscriber_of,
    write_down,
)

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
    before = await messages_of(conn, conversation)
    last = await last_ticket_of(conn, conversation)
    ticket = None if last is None or is_over(last) else last
    # it works again, or it does not: nobody has the ticket in hand who would read it there
    mended = last is not None and last.state is TicketState.RESOLVED
    missing: list[Missing] = []
    went_on, doubled = ticket is not None, False
    area = await areas.get_area(conn, coming.area_id)
    seen = language_seen("\n".join([*(one.text for one in said_by_writer(before)), said.text]))
    language = coming.message.language or seen or area.language
    if ticket is not None:
        # it goes on: whoever has it reads what came
        note = {"note": said.text, "sender": coming.message.sender}
        await write_down(conn, ticket, note, coming.actor, coming.now)
        language = coming.message.language or ticket.language
    else:
        all_said = [*said_by_writer(before), said]
        subscriber = await subscriber_of(conn, conversation, all_said, last)
        address = "" if subscriber is None else await _address(conn, subscriber)
        if subscriber is not None:
            language = coming.message.language or seen or subscriber.language
        contract = None if subscriber is None else subscriber.contract
        missing = [] if mended else missing_of(all_said, contract, address, coming.message.symptom)
        if subscriber is not None and not missing and not mended:
            # whether it is the same trouble again, a person tells: who wrote may not be told of the other ticket
            doubled = bool(await tickets.list_open_tickets(conn, coming.area_id, subscriber.subscriber_id))
            if not doubled:
                writer = _writer_of(coming.message, subscriber)
                ticket = await open_for(conn, coming, all_said, subscriber, first_written_at(before), writer)
    mute = coming.letter is not None and not await _may_answer(conn, coming)
    answers = await written.list_answers(conn, coming.area_id, conversation.written_conversation_id)
    state = state_after(
        None if new else conversation.state,
        ticket=ticket is not None,
        asked=sum(bool(one.missing and one.reply) for one in since_ticket(before)),
        by_hand=bool(answers) or mute or doubled or mended,
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


async def _address(conn: Conn, subscriber: Subscriber) -> str:
    place = await subscribers.find_place(conn, subscriber.area_id, subscriber.place_id)
    assert place is not None, "places are never removed"
    return place.address


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


def _writer_of(message: WrittenIn, subscriber: Subscriber) -> rules.CallerIn:
    """The account is the holder's. Who else writes may be anybody: a contract's number is no proof."""
    relation = Relation.HOLDER if is_account_of(message, subscriber) else Relation.UNKNOWN
    return rules.CallerIn(relation=relation)
