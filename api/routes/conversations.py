"""Written requests at the desk: what waits for a person, and what people do with it."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import CallerDep, IdempotencyKey, Limit, once, shown
from api.wire.conversations import (
    AnswersWaiting,
    AnswerWaiting,
    AssignIn,
    ConversationBrief,
    ConversationOut,
    Conversations,
    JoinIn,
    OpenTicketOut,
    OwnWordsIn,
    SetAsideIn,
    TicketOfIn,
    WrittenAnswerOut,
    WrittenMessageOut,
)
from db.records import WrittenMessage
from db.rows import Conn
from db.states import Channel, ConversationState, Role
from dispatch import written_tickets
from dispatch.flows import conversations
from dispatch.rules.tickets import CallerIn
from dispatch.rules.written import Missing

DESK = allow(Role.SUPPORT, Role.SUPERVISOR)
BOT = allow(Role.SUPPORT, scope="tickets:write")
DONE = 200
BEGINNING = 240
"""Letters of a message in a list."""
States = Annotated[
    list[ConversationState] | None, QueryParameter(name="state", description="Only these states")
]
OfChannel = Annotated[Channel, QueryParameter(name="channel", description="By which these were written")]


def _brief(found: conversations.Brief) -> ConversationBrief:
    one, newest = found.conversation, found.newest
    letter = None if newest is None else newest.letter
    return ConversationBrief(
        area_id=one.area_id,
        conversation_id=one.written_conversation_id,
        channel=one.channel,
        state=one.state,
        sender=one.sender,
        subject=one.subject if letter is None else letter.subject,
        words="" if newest is None else _words(newest)[:BEGINNING],
        automatic="" if letter is None else letter.automatic,
        missing=[] if newest is None else [Missing(what) for what in newest.missing],
        reason=one.reason,
        ticket_id=one.ticket_id,
        ticket_number="" if found.ticket is None else found.ticket.ticket_number,
        opened_at=one.opened_at,
        last_at=one.last_at,
    )


def _words(one: WrittenMessage) -> str:
    """The subject of a letter is read with its words, and stands above them."""
    text = str(one.said["text"])
    return text if one.letter is None else text.removeprefix(one.letter.subject).lstrip() or text


def _message(one: WrittenMessage) -> WrittenMessageOut:
    letter = one.letter
    return WrittenMessageOut(
        message_id=one.written_message_id,
        sender=one.sender,
        text=_words(one),
        phone=str(one.said["phone"]),
        address=str(one.said["address"]),
        attachments=[] if letter is None else letter.attachments,
        automatic="" if letter is None else letter.automatic,
        cut=letter is not None and letter.cut,
        missing=[Missing(what) for what in one.missing],
        reply=one.reply,
        reply_refused_at=one.reply_refused_at,
        received_at=one.received_at,
    )


def _conversation(found: conversations.WholeConversation) -> ConversationOut:
    one, subscriber = found.conversation, found.subscriber
    subjects = [message.letter.subject for message in found.messages if message.letter is not None]
    letters = [
        one for one in (message.letter for message in found.messages) if one is not None and not one.automatic
    ]
    phones = [str(message.said["phone"]) for message in found.messages if message.said["phone"]]
    return ConversationOut(
        area_id=one.area_id,
        conversation_id=one.written_conversation_id,
        channel=one.channel,
        state=one.state,
        sender=one.sender,
        subject=subjects[0] if subjects else "",
        reason=one.reason,
        language=found.language,
        subscriber_id=None if subscriber is None else subscriber.subscriber_id,
        contract="" if subscriber is None else subscriber.contract,
        address="" if found.place is None else found.place.address,
        by_hand=one.subscriber_id is not None,
        phone=phones[-1] if phones else "",
        missing=list(found.missing),
        ticket_id=one.ticket_id,
        ticket_number="" if found.ticket is None else found.ticket.ticket_number,
        answer_to=letters[-1].answer_to if letters else "",
        open_tickets=[shown(ticket, OpenTicketOut) for ticket in found.open_tickets],
        opened_at=one.opened_at,
        last_at=one.last_at,
        messages=[_message(message) for message in found.messages],
        answers=[
            WrittenAnswerOut(
                answer_id=answer.written_answer_id,
                text=answer.text,
                by=found.names.get(answer.staff_id, ""),
                made_at=answer.made_at,
                delivered_at=answer.delivered_at,
                refused_at=answer.refused_at,
            )
            for answer in found.answers
        ],
    )


@get("/v1/written-conversations", opt=DESK, tags=["tickets"], summary="List written requests")
async def list_conversations(caller: CallerDep, states: States = None, limit: Limit = 100) -> Conversations:
    """Of all areas of the reader: who waits for a person first, longest first; then the newest first."""
    found = await caller.read(
        lambda conn: conversations.list_some(
            conn, areas_seen=caller.actor.areas, states=states or list(ConversationState), limit=limit
        )
    )
    return Conversations(items=[_brief(one) for one in found])


@get(
    "/v1/written-conversations/{conversation_id:uuid}",
    opt=DESK,
    tags=["tickets"],
    summary="Read a written request",
)
async def get_conversation(conversation_id: FromPath[UUID], caller: CallerDep) -> ConversationOut:
    """All that was written, what was read from it, what was asked and answered."""
    found = await caller.read(
        lambda conn: conversations.get(
            conn, areas_seen=caller.actor.areas, written_conversation_id=conversation_id
        )
    )
    return _conversation(found)


@put(
    "/v1/written-conversations/{conversation_id:uuid}/subscriber",
    opt=DESK,
    tags=["tickets"],
    summary="Say whose it is",
)
async def assign_conversation(
    conversation_id: FromPath[UUID], data: JSONBody[AssignIn], caller: CallerDep
) -> ConversationOut:
    """Where the words do not tell. From then on it is as if the contract had been written."""
    found = await caller.write(
        lambda conn: conversations.assign(
            conn,
            areas_seen=caller.actor.areas,
            written_conversation_id=conversation_id,
            subscriber_id=data.subscriber_id,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return _conversation(found)


@post(
    "/v1/written-conversations/{conversation_id:uuid}/answers",
    opt=DESK,
    tags=["tickets"],
    summary="Answer in one's own words",
    status_code=DONE,
)
async def answer_conversation(
    conversation_id: FromPath[UUID],
    data: JSONBody[OwnWordsIn],
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Goes out by the way it came: a letter, or kept until whoever runs the chat fetches it. From then on nothing more is asked by
    itself."""
    before = await caller.read(
        lambda conn: conversations.get(
            conn, areas_seen=caller.actor.areas, written_conversation_id=conversation_id
        )
    )

    async def work(conn: Conn) -> tuple[int, msgspec.Struct]:
        found = await conversations.answer(
            conn,
            areas_seen=caller.actor.areas,
            written_conversation_id=conversation_id,
            text=data.text,
            actor=caller.actor,
            now=caller.now,
        )
        return DONE, _conversation(found)

    return await once(caller, before.conversation.area_id, idempotency_key, data, work)


@post(
    "/v1/written-conversations/{conversation_id:uuid}/ticket",
    opt=DESK,
    tags=["tickets"],
    summary="Make it a ticket",
    status_code=DONE,
)
async def make_ticket_of_conversation(
    conversation_id: FromPath[UUID], data: JSONBody[TicketOfIn], caller: CallerDep
) -> ConversationOut:
    """Whatever is still missing, once it is known whose it is. It waits at the first line. Where the subscriber has an open ticket, it
    is added to that (`PUT`), or said to be of another trouble."""

    async def work(conn: Conn) -> conversations.WholeConversation:
        await written_tickets.make_ticket(
            conn,
            areas_seen=caller.actor.areas,
            written_conversation_id=conversation_id,
            symptom=data.symptom,
            writer=CallerIn(name=data.name, relation=data.relation),
            another=data.another,
            actor=caller.actor,
            now=caller.now,
        )
        return await conversations.get(
            conn, areas_seen=caller.actor.areas, written_conversation_id=conversation_id
        )

    return _conversation(await caller.write(work))


@put(
    "/v1/written-conversations/{conversation_id:uuid}/ticket",
    opt=DESK,
    tags=["tickets"],
    summary="Add it to an open ticket",
)
async def join_ticket_of_conversation(
    conversation_id: FromPath[UUID], data: JSONBody[JoinIn], caller: CallerDep
) -> ConversationOut:
    """Of the same subscriber and the same trouble: what was written stands in its history, and what is written later as well."""

    async def work(conn: Conn) -> conversations.WholeConversation:
        await written_tickets.join_ticket(
            conn,
            areas_seen=caller.actor.areas,
            written_conversation_id=conversation_id,
            ticket_id=data.ticket_id,
            actor=caller.actor,
            now=caller.now,
        )
        return await conversations.get(
            conn, areas_seen=caller.actor.areas, written_conversation_id=conversation_id
        )

    return _conversation(await caller.write(work))


@post(
    "/v1/written-conversations/{conversation_id:uuid}/setting-aside",
    opt=DESK,
    tags=["tickets"],
    summary="Set a written request aside",
    status_code=DONE,
)
async def set_conversation_aside(
    conversation_id: FromPath[UUID], data: JSONBody[SetAsideIn], caller: CallerDep
) -> ConversationOut:
    """It is not for support, with the reason. What its writer sends later is looked at again."""
    found = await caller.write(
        lambda conn: conversations.set_aside(
            conn,
            areas_seen=caller.actor.areas,
            written_conversation_id=conversation_id,
            reason=data.reason,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return _conversation(found)


@get("/v1/written-answers", opt=BOT, tags=["tickets"], summary="Answers to be fetched")
async def list_written_answers(
    caller: CallerDep, channel: OfChannel = Channel.CHAT, limit: Limit = 100
) -> AnswersWaiting:
    """What people at the desk answered in a chat or an account and whoever runs it has not said to have shown, oldest first."""
    found = await caller.read(
        lambda conn: conversations.list_waiting(
            conn, areas_seen=caller.actor.areas, channel=channel, limit=limit
        )
    )
    return AnswersWaiting(
        items=[
            AnswerWaiting(
                area_id=one.answer.area_id,
                answer_id=one.answer.written_answer_id,
                channel=one.conversation.channel,
                conversation=one.conversation.conversation,
                text=one.answer.text,
                made_at=one.answer.made_at,
            )
            for one in found
        ]
    )


@post(
    "/v1/written-answers/{answer_id:uuid}/delivery",
    opt=BOT,
    tags=["tickets"],
    summary="An answer was shown",
    status_code=204,
)
async def mark_written_answer(answer_id: FromPath[UUID], caller: CallerDep) -> None:
    """Said again, it changes nothing."""
    await caller.write(
        lambda conn: conversations.mark_fetched(
            conn,
            areas_seen=caller.actor.areas,
            written_answer_id=answer_id,
            actor=caller.actor,
            now=caller.now,
        )
    )
