"""Written requests at the desk, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from db.states import Channel, ConversationState, Relation, TicketState
from dispatch.bounded import LINES, Code, MaybeName, Name, StrictWire, Wire
from dispatch.rules.written import Missing


class ConversationBrief(Wire):
    """`words`: how the newest message begins. `automatic`: why no person wrote it. `reason`: why it is set aside."""

    area_id: UUID
    conversation_id: UUID
    channel: Channel
    state: ConversationState
    sender: str
    subject: str
    words: str
    automatic: str
    missing: list[Missing]
    reason: str
    ticket_id: UUID | None
    ticket_number: str
    opened_at: datetime
    last_at: datetime


class Conversations(Wire):
    """Who waits for a person first, longest first; then the newest first."""

    items: list[ConversationBrief]


class WrittenMessageOut(Wire):
    """`text`: in the writer's own words, without what they quote. `missing`: what was still missing after it, and `reply`, what was
    answered by itself; empty: nothing; `replyRefusedAt`: nobody takes it. `cut`: it was longer than what is read."""

    message_id: UUID
    sender: str
    text: str
    phone: str
    address: str
    attachments: list[str]
    automatic: str
    cut: bool
    missing: list[Missing]
    reply: str
    reply_refused_at: datetime | None
    received_at: datetime


class WrittenAnswerOut(Wire):
    """By a person. `deliveredAt`: handed over; `refusedAt`: nobody takes it."""

    answer_id: UUID
    text: str
    by: str
    made_at: datetime
    delivered_at: datetime | None
    refused_at: datetime | None


class OpenTicketOut(Wire):
    """Of the same subscriber. `callerName` empty: nobody has said it."""

    ticket_id: UUID
    ticket_number: str
    state: TicketState
    line: int
    symptom: str
    description: str
    caller_name: str
    caller_relation: Relation
    reported_at: datetime


class ConversationOut(Wire):
    """`contract` and `address` are of the subscriber whose it is, as far as that is known; `byHand`: because a person said so. `phone`:
    as it was written. `missing`: what its writer would still be asked for. `language`: the one to answer in.
    `openTickets`: what is open of that subscriber already, while this is no ticket.
    `answerTo`: the address to which an answer goes by mail: of the last letter, which need not be of the first writer; else empty."""

    area_id: UUID
    conversation_id: UUID
    channel: Channel
    state: ConversationState
    sender: str
    subject: str
    reason: str
    language: str
    subscriber_id: UUID | None
    contract: str
    address: str
    by_hand: bool
    phone: str
    missing: list[Missing]
    ticket_id: UUID | None
    ticket_number: str
    open_tickets: list[OpenTicketOut]
    answer_to: str
    opened_at: datetime
    last_at: datetime
    messages: list[WrittenMessageOut]
    answers: list[WrittenAnswerOut]


class AssignIn(StrictWire):
    subscriber_id: UUID


class OwnWordsIn(StrictWire):
    text: Annotated[str, Meta(min_length=1, max_length=4000, pattern=LINES)]


class TicketOfIn(StrictWire):
    """`symptom`: as it is to be checked; null: it is asked for in the call. `relation` and `name`: who wrote, which no address tells.
    `another`: also where the subscriber has an open ticket."""

    relation: Relation
    name: MaybeName = ""
    symptom: Code | None = None
    another: bool = False


class JoinIn(StrictWire):
    ticket_id: UUID


class SetAsideIn(StrictWire):
    reason: Name


class AnswerWaiting(Wire):
    """`conversation`: as whoever runs the channel calls it."""

    area_id: UUID
    answer_id: UUID
    channel: Channel
    conversation: str
    text: str
    made_at: datetime


class AnswersWaiting(Wire):
    """Oldest first."""

    items: list[AnswerWaiting]
