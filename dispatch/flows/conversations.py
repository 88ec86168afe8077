"""Written requests at the desk: what waits for a person, whose it is, an answer in one's own words, setting aside."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, journal, setup, subscribers, tickets, written
from db.records import (
    OutboxMessage,
    Place,
    Subscriber,
    Ticket,
    WrittenAnswer,
    WrittenConversation,
    WrittenMessage,
)
from db.records.base import Record
from db.rows import Conn
from db.states import OVER_TICKET, Channel, ConversationState, HistoryKind
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import TransitionRefused, UnknownConversation, UnknownReference
from dispatch.rules import tickets as ticket_rules
from dispatch.rules.journal import entry
from dispatch.rules.told_written import WRITTEN_ANSWER
from dispatch.rules.written import Missing, language_seen, missing_of, said_by_writer

KEPT = (Channel.CHAT, Channel.ACCOUNT)
"""Whoever runs these fetches what was answered."""


class Brief(Record):
    """`newest`: what was written to us last."""

    conversation: WrittenConversation
    newest: WrittenMessage | None
    ticket: Ticket | None


class WholeConversation(Record):
    """`place`: where the subscriber's equipment is. `open_tickets`: of the subscriber, where it is no ticket yet.
    `missing`: of what was written since the last ticket. `names`: of who answered."""

    conversation: WrittenConversation
    messages: Sequence[WrittenMessage]
    answers: Sequence[WrittenAnswer]
    subscriber: Subscriber | None
    place: Place | None
    ticket: Ticket | None
    open_tickets: Sequence[Ticket]
    missing: Sequence[Missing]
    language: str
    names: dict[UUID, str]


class Waiting(Record):
    """An answer that nobody has fetched."""

    answer: WrittenAnswer
    conversation: WrittenConversation


async def list_some(
    conn: Conn, *, areas_seen: Sequence[UUID], states: Sequence[ConversationState], limit: int
) -> list[Brief]:
    """Who waits for a person first, longest first; then the newest first."""
    found = await written.list_conversations(conn, areas_seen, states, limit)
    newest = await written.list_newest_messages(
        conn, areas_seen, [one.written_conversation_id for one in found]
    )
    by_key = {(one.area_id, one.channel, one.conversation): one for one in newest}
    return [
        Brief(
            conversation=one,
            newest=by_key.get((one.area_id, one.channel, one.conversation)),
            ticket=await _ticket(conn, one),
        )
        for one in found
    ]


async def get(conn: Conn, *, areas_seen: Sequence[UUID], written_conversation_id: UUID) -> WholeConversation:
    """Raises `UnknownConversation`."""
    found = await written.find_conversation(conn, areas_seen, written_conversation_id)
    if found is None:
        raise UnknownConversation()
    return await _whole(conn, found)


async def assign(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    written_conversation_id: UUID,
    subscriber_id: UUID,
    actor: Actor,
    now: datetime,
) -> WholeConversation:
    """A person says whose it is. Raises `UnknownConversation`, `UnknownReference`, `TransitionRefused` (it is a ticket)."""
    async with conn.transaction():
        conversation = await _open(conn, areas_seen, written_conversation_id, "assign")
        if await subscribers.find_subscriber(conn, conversation.area_id, subscriber_id) is None:
            raise UnknownReference(pointer="/subscriberId")
        state = conversation.state
        after = msgspec.structs.replace(
            conversation,
            subscriber_id=subscriber_id,
            state=ConversationState.UNASSIGNED if state is not ConversationState.ASKED else state,
            reason="",
        )
        await written.save_conversation(conn, after)
        whole = await _whole(conn, after)
        await _say(conn, after, "assigned", actor, now, {"subscriberId": subscriber_id})
        return whole


async def set_aside(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    written_conversation_id: UUID,
    reason: str,
    actor: Actor,
    now: datetime,
) -> WholeConversation:
    """It is not for support. What its writer sends later is looked at again. Raises `UnknownConversation`, `TransitionRefused` (it is
    a ticket)."""
    async with conn.transaction():
        conversation = await _open(conn, areas_seen, written_conversation_id, "set-aside")
        after = msgspec.structs.replace(conversation, state=ConversationState.SET_ASIDE, reason=reason)
        await written.save_conversation(conn, after)
        whole = await _whole(conn, after)
        await _say(conn, after, "set_aside", actor, now, {})
        return whole


async def answer(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    written_conversation_id: UUID,
    text: str,
    actor: Actor,
    now: datetime,
) -> WholeConversation:
    """In a person's own words, by the way it came: as a letter, or kept until whoever runs the chat fetches it. From then on nothing
    more is asked by itself. Raises `UnknownConversation`, `TransitionRefused` (nobody could get it)."""
    async with conn.transaction():
        conversation = await written.lock_conversation_by_id(conn, areas_seen, written_conversation_id)
        if conversation is None:
            raise UnknownConversation()
        letters = await _letters(conn, conversation)
        if conversation.channel not in KEPT and not (letters and letters[-1].sender):
            raise TransitionRefused(thing="conversation", step="answer", state=conversation.state)
        made = WrittenAnswer(
            area_id=conversation.area_id,
            written_answer_id=new_id(),
            written_conversation_id=written_conversation_id,
            text=text,
            staff_id=actor.actor_id,
            made_at=now,
        )
        await written.insert_answer(conn, made)
        if conversation.channel not in KEPT:
            await journal.insert_outbox(conn, [_letter_of(made)])
        is_ticket = conversation.state is ConversationState.TICKET
        after = msgspec.structs.replace(
            conversation,
            state=conversation.state if is_ticket else ConversationState.ASKED,
            reason="",
            last_at=now,
        )
        await written.save_conversation(conn, after)
        ticket = await _ticket(conn, after)
        if is_ticket and ticket is not None:
            facts = {"note": text, "sender": actor.display_name}
            row = ticket_rules.history(ticket, HistoryKind.NOTED, new_id(), actor.actor_id, now, facts)
            await tickets.insert_entries(conn, [row])
        whole = await _whole(conn, after)
        await _say(conn, after, "answered", actor, now, {"answerId": made.written_answer_id})
        return whole


async def list_waiting(
    conn: Conn, *, areas_seen: Sequence[UUID], channel: Channel, limit: int
) -> list[Waiting]:
    """Answers that whoever runs the channel has not fetched, oldest first."""
    found = await written.list_answers_waiting(conn, areas_seen, channel, limit)
    waiting: list[Waiting] = []
    for one in found:
        conversation = await written.find_conversation(conn, [one.area_id], one.written_conversation_id)
        assert conversation is not None, "conversations are never removed"
        waiting.append(Waiting(answer=one, conversation=conversation))
    return waiting


async def mark_fetched(
    conn: Conn, *, areas_seen: Sequence[UUID], written_answer_id: UUID, actor: Actor, now: datetime
) -> None:
    """It has been shown to whoever wrote; said again, it changes nothing. Raises `UnknownConversation`."""
    async with conn.transaction():
        found = await written.find_answer(conn, areas_seen, written_answer_id)
        conversation = (
            None
            if found is None
            else await written.find_conversation(conn, areas_seen, found.written_conversation_id)
        )
        if found is None or conversation is None or conversation.channel not in KEPT:
            raise UnknownConversation()
        if found.delivered_at is None:
            await written.mark_answer(conn, found.area_id, written_answer_id, now, True)
            await _say(conn, conversation, "answer_fetched", actor, now, {"answerId": written_answer_id})


async def _open(
    conn: Conn, areas_seen: Sequence[UUID], written_conversation_id: UUID, step: str
) -> WrittenConversation:
    """Locked, and no ticket that goes on."""
    conversation = await written.lock_conversation_by_id(conn, areas_seen, written_conversation_id)
    if conversation is None:
        raise UnknownConversation()
    ticket = await _ticket(conn, conversation)
    goes_on = conversation.state is ConversationState.TICKET
    if goes_on and ticket is not None and ticket.state not in OVER_TICKET:
        raise TransitionRefused(thing="conversation", step=step, state=conversation.state)
    return conversation


async def _ticket(conn: Conn, conversation: WrittenConversation) -> Ticket | None:
    if conversation.ticket_id is None:
        return None
    return await tickets.find_ticket_seen(conn, [conversation.area_id], conversation.ticket_id)


async def _letters(conn: Conn, conversation: WrittenConversation) -> list[WrittenMessage]:
    """That people wrote."""
    found = await written.list_conversation(
        conn, conversation.area_id, conversation.channel, conversation.conversation
    )
    return [one for one in found if one.letter is not None and not one.letter.automatic]


def _letter_of(made: WrittenAnswer) -> OutboxMessage:
    return OutboxMessage(
        area_id=made.area_id,
        outbox_id=new_id(),
        kind=WRITTEN_ANSWER,
        subject_id=made.written_answer_id,
        payload={},
        created_at=made.made_at,
        delivered_at=None,
        due_at=made.made_at,
    )


async def _say(
    conn: Conn,
    conversation: WrittenConversation,
    past: str,
    actor: Actor,
    now: datetime,
    facts: dict[str, object],
) -> None:
    told = entry(
        actor,
        now,
        f"conversation.{past}",
        area_id=conversation.area_id,
        subject_id=conversation.written_conversation_id,
        facts=facts,
    )
    await announce(conn, conversation.area_id, [told])


async def _whole(conn: Conn, conversation: WrittenConversation) -> WholeConversation:
    area_id = conversation.area_id
    messages = await written.list_conversation(conn, area_id, conversation.channel, conversation.conversation)
    answers = await written.list_answers(conn, area_id, conversation.written_conversation_id)
    ticket = await _ticket(conn, conversation)
    said = said_by_writer(messages)
    subscriber = await _subscriber(
        conn, conversation, ticket, [word for one in said for word in one.contracts]
    )
    place = None if subscriber is None else await subscribers.find_place(conn, area_id, subscriber.place_id)
    contract = None if subscriber is None else subscriber.contract
    people = await areas.list_staff_by_id(conn, sorted({one.staff_id for one in answers}))
    text = "\n".join(str(one.said.get("text", "")) for one in messages)
    area = await areas.get_area(conn, area_id)
    spoken = language_seen(text) or (area.language if subscriber is None else subscriber.language)
    is_ticket = conversation.state is ConversationState.TICKET
    doubled = (
        []
        if is_ticket or subscriber is None
        else await tickets.list_open_tickets(conn, area_id, subscriber.subscriber_id)
    )
    return WholeConversation(
        conversation=conversation,
        messages=messages,
        answers=answers,
        subscriber=subscriber,
        place=place,
        ticket=ticket,
        open_tickets=doubled,
        missing=[] if is_ticket else missing_of(said, contract, "" if place is None else place.address, None),
        language=spoken,
        names={person.staff_id: person.display_name for person in people},
    )


async def _subscriber(
    conn: Conn, conversation: WrittenConversation, ticket: Ticket | None, words: Sequence[str]
) -> Subscriber | None:
    """As the ticket says, or a person; else by the one contract that is named, else as the last ticket has it."""
    known = conversation.subscriber_id
    if conversation.state is ConversationState.TICKET and ticket is not None:
        known = ticket.subscriber_id
    if known is None:
        among = list(dict.fromkeys(words))
        found = await setup.list_subscribers_of_contracts(conn, conversation.area_id, among)
        if len(found) == 1:
            return found[0]
        known = None if found or ticket is None else ticket.subscriber_id
    return None if known is None else await subscribers.find_subscriber(conn, conversation.area_id, known)
