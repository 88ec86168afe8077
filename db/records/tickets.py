"""A subscriber's trouble at lines 1 and 2, and all that was said and done about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.records.base import Record
from db.states import (
    Channel,
    ConversationState,
    HistoryKind,
    Localisation,
    PauseReason,
    Relation,
    TerminalFault,
    TicketState,
    VerifiedBy,
)


class Ticket(Record):
    """`line` 0: another system has it, and only what it escalates is known here."""

    area_id: UUID
    ticket_id: UUID
    source: str
    ticket_number: str
    subscriber_id: UUID
    reported_at: datetime
    state: TicketState = TicketState.ESCALATED
    channel: Channel = Channel.SYSTEM
    line: int = 0
    language: str = ""
    symptom: str = ""
    """Code of the self-check; empty: none is known."""
    description: str = ""
    caller_name: str = ""
    caller_relation: Relation = Relation.HOLDER
    caller_phone: str = ""
    verified_by: VerifiedBy | None = None
    at_equipment: bool | None = None
    """Whether somebody is at the equipment now; None: nobody asked."""
    contact_id: UUID | None = None
    """Who is on site, where that is not the caller."""
    network_element_id: UUID | None = None
    priority: int = 3
    skills: list[str] = msgspec.field(default_factory=list[str])
    staff_id: UUID | None = None
    """Who has it in hand."""
    waiting_since: datetime | None = None
    line_began_at: datetime | None = None
    """Since when the line has worked on it: its clock, less the pauses."""
    localised: Localisation | None = None
    outage_id: UUID | None = None
    resolution: str = ""
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1


class TicketPause(Record):
    """The clock of the line stood still."""

    area_id: UUID
    ticket_id: UUID
    pause_id: UUID
    reason: PauseReason
    staff_id: UUID
    began_at: datetime
    ended_at: datetime | None


class ContactEntry(Record):
    """One thing that happened between a subscriber and support. `staff_id` None: no person did it."""

    area_id: UUID
    contact_entry_id: UUID
    ticket_id: UUID
    subscriber_id: UUID
    at: datetime
    line: int
    staff_id: UUID | None
    kind: HistoryKind
    facts: dict[str, Any]


class CheckAnswer(Record):
    """`outcome`: `next`; `resolved`; `hand-over`, to the next line."""

    code: str
    text: dict[str, str]
    outcome: str
    symptom: str = ""
    """What it turns out to be; empty: what it was."""


class CheckStep(Record):
    """What to ask or to have done, by language, and the answers, each a key."""

    code: str
    text: dict[str, str]
    answers: list[CheckAnswer]


class WrittenConversation(Record):
    """Messages that belong together, by `conversation`. `subscriber_id`: whose it is, as a person said. `sender` and `subject` are of its
    first message; `last_at`: when something was written last, to us or by us."""

    area_id: UUID
    written_conversation_id: UUID
    channel: Channel
    conversation: str
    sender: str
    subject: str
    state: ConversationState
    subscriber_id: UUID | None
    ticket_id: UUID | None
    reason: str
    """Why it is set aside."""
    opened_at: datetime
    last_at: datetime


class LetterHead(Record):
    """What an e-mail says beside its words. `answer_to`: whom an answer goes to; empty: nobody. `automatic`: why no person wrote it."""

    message_id: str
    references: list[str]
    answer_to: str
    subject: str
    attachments: list[str]
    automatic: str
    cut: bool
    """It was longer than what is read of one."""


class WrittenAnswer(Record):
    """In a person's own words, to be handed over once: by e-mail, or to whoever runs the chat. `refused_at`: nobody takes it."""

    area_id: UUID
    written_answer_id: UUID
    written_conversation_id: UUID
    text: str
    staff_id: UUID
    made_at: datetime
    delivered_at: datetime | None = None
    refused_at: datetime | None = None


class WrittenMessage(Record):
    """One message of a written request: what it said (`rules/written.Said`), what was still missing after it, what was answered by
    itself; empty: nothing."""

    area_id: UUID
    written_message_id: UUID
    channel: Channel
    conversation: str
    message_key: str
    sender: str
    said: dict[str, Any]
    missing: list[str]
    reply: str
    ticket_id: UUID | None
    received_at: datetime
    letter: LetterHead | None = None
    reply_refused_at: datetime | None = None
    """Nobody takes it."""


class SelfCheckVersion(Record):
    """What is asked and tried for a symptom before anybody measures. Versioned, never edited."""

    area_id: UUID
    symptom: str
    self_check_version: int
    title: dict[str, str]
    skills: list[str]
    """Of whoever takes it further."""
    steps: list[CheckStep]
    valid_from: datetime


class SimulatedTerminal(Record):
    """A subscriber's end of the simulated access network; one without a row has no fault."""

    area_id: UUID
    subscriber_id: UUID
    fault: TerminalFault
    restarted_at: datetime | None


class SupportProfile(Record):
    """The lines at which somebody of support works in an area, and for what."""

    area_id: UUID
    staff_id: UUID
    lines: list[int]
    skills: list[str]
    languages: list[str]
    version: int = 1
