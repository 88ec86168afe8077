"""Callers, tickets and the queue on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from api.wire.jobs import JobOut
from api.wire.outages import OutageTold
from db.states import (
    Channel,
    HistoryKind,
    Localisation,
    PauseReason,
    Relation,
    TicketState,
    VerifiedBy,
)
from dispatch.bounded import LINE, Code, MaybeName, Name, StrictWire, Text, Wire
from dispatch.rules.remote import RemoteAction
from dispatch.rules.tickets import Skills, TicketIn

Line = Annotated[int, Meta(ge=1, le=9)]
PhoneSaid = Annotated[str, Meta(min_length=1, max_length=40, pattern=LINE)]


class CallerLookup(StrictWire):
    """One of the three. `contract`: also the number of a ticket or job. `phone`: as it was said, with or without the country, 7
    to 15 digits. `address`: street and house number, in any order and as far as they were said."""

    contract: Code | None = None
    phone: PhoneSaid | None = None
    address: Name | None = None


class TicketBrief(Wire):
    ticket_id: UUID
    ticket_number: str
    state: TicketState
    line: int
    symptom: str
    reported_at: datetime
    resolved_at: datetime | None


class CallerOut(Wire):
    """`holderHint`: initials of the holder, whose name the caller is to say. `recent`: what was resolved in the last days. `outage`:
    what is to be told first."""

    area_id: UUID
    subscriber_id: UUID
    contract: str
    holder_hint: str
    language: str
    address: str
    tickets: list[TicketBrief]
    recent: list[TicketBrief]
    jobs: list[JobOut]
    outage: OutageTold | None


class Callers(Wire):
    items: list[CallerOut]


class TicketOpenIn(TicketIn):
    """`take`: it is at once in the hands of whoever opens it."""

    take: bool = True


class NameSaid(StrictWire):
    """The holder's name as the caller says it."""

    name: Name


class CheckAnswerIn(StrictWire):
    """`symptom`: of the self-check that the step is of, where the ticket has gone over to another one since. A step that was answered
    is answered anew: the newer answer counts."""

    step: Code
    answer: Code
    symptom: Code | None = None


class SymptomOut(Wire):
    """`title` in the reader's language; `spoken`: by language."""

    code: str
    title: str
    spoken: dict[str, str]


class FaultOut(Wire):
    """What can go to the field, by its kind of job."""

    fault_class: str
    kind: str
    title: str
    chargeable: bool


class TermsOfVisit(Wire):
    """As it is read out."""

    terms_version: int
    language: str
    text: str
    call_out_minor: int
    currency: str


class LineOut(Wire):
    number: int
    limit_seconds: int | None
    wait_seconds: int


class DeskOut(Wire):
    """What a desk asks, says and sends: all of it in force now."""

    symptoms: list[SymptomOut]
    faults: list[FaultOut]
    terms: list[TermsOfVisit]
    lines: list[LineOut]


class HandOverIn(StrictWire):
    """`skills`: of whoever is to take it; the own line: back into its queue. `asked`: what the subscriber was being asked for, and
    had not answered."""

    line: Line
    skills: Skills = msgspec.field(default_factory=list[str])
    note: Text = ""
    asked: RemoteAction | None = None


class NoteIn(StrictWire):
    note: Annotated[Text, Meta(min_length=1)]


class PauseIn(StrictWire):
    reason: PauseReason


class AgreedIn(StrictWire):
    """What the subscriber was asked for, and the answer; `person`: who answered."""

    actions: Annotated[list[RemoteAction], Meta(min_length=1, max_length=20)]
    accepted: bool
    person: Name


class ActionIn(StrictWire):
    """`value`: a name or a password of the Wi-Fi. It is handed on and kept nowhere."""

    action: RemoteAction
    value: MaybeName = ""


class LocalisationIn(StrictWire):
    localised: Localisation


class ResolutionIn(StrictWire):
    resolution: Code
    note: Text = ""


class MeasureOut(Wire):
    """`good`: within its limits."""

    quantity: str
    value: float
    unit: str
    minimum: float | None
    maximum: float | None
    good: bool


class MeasuredOut(Wire):
    """`localised` and `faultClass`: where the fault seems to lie, and as what it would go to the field."""

    online: bool
    measures: list[MeasureOut]
    changed_at: datetime | None
    localised: Localisation
    fault_class: str | None


class TermsSaid(Wire):
    """The last answer to the terms of a paid visit."""

    terms_version: int
    accepted: bool
    person: str
    at: datetime


class LineClockOut(Wire):
    """`dueAt` is null where the line has no limit, or its clock stands still."""

    spent_seconds: int
    limit_seconds: int | None
    paused: bool
    warning: bool
    overrun: bool
    due_at: datetime | None


class CheckAnswerOut(Wire):
    code: str
    text: str
    outcome: str


class CheckStepOut(Wire):
    """In the reader's language, and as it is read to the subscriber (`spoken`)."""

    code: str
    text: str
    spoken: str
    answers: list[CheckAnswerOut]


class CheckedOut(Wire):
    """A step of a self-check as it stands answered, in the reader's language. `answers`: all that it has."""

    symptom: str
    step: str
    text: str
    answer: str
    said: str
    at: datetime
    answers: list[CheckAnswerOut]


class QuestionOut(Wire):
    """What was asked and answered, in the reader's language. `instead`: the answer that it replaced; empty: it is the first."""

    text: str
    said: str
    instead: str


class AskedForOut(Wire):
    """Something remote, for this ticket. `accepted` is null where nobody has answered yet, or need not be asked. What was agreed to
    is done only with `doneAt`."""

    action: str
    accepted: bool | None
    person: str
    at: datetime
    done_at: datetime | None


class ContactEntryOut(Wire):
    """`staff`: who did it, by name. `question`: of an answered step of the self-check."""

    contact_entry_id: UUID
    ticket_id: UUID
    at: datetime
    line: int
    staff: str
    kind: HistoryKind
    facts: dict[str, Any]
    question: QuestionOut | None


class OnSiteOut(Wire):
    name: str
    relation: Relation
    phone: str
    language: str


class TicketOut(Wire):
    """A ticket with all that whoever has it needs. `holderName` is empty until the caller has said it. `history`: of all the
    subscriber's tickets, newest first. `outage`: what it is linked to, or what is dark there."""

    ticket_id: UUID
    area_id: UUID
    ticket_number: str
    state: TicketState
    version: int
    channel: Channel
    line: int
    language: str
    symptom: str
    description: str
    priority: int
    skills: list[str]
    reported_at: datetime
    waiting_since: datetime | None
    in_hand: bool
    caller_name: str
    caller_relation: Relation
    caller_phone: str
    verified_by: VerifiedBy | None
    at_equipment: bool | None
    on_site: OnSiteOut | None
    subscriber_id: UUID
    contract: str
    holder_hint: str
    holder_name: str
    address: str
    clock: LineClockOut | None
    step: CheckStepOut | None
    checked: list[CheckedOut]
    localised: Localisation | None
    measured: MeasuredOut | None
    agreed: list[str]
    asked_for: list[AskedForOut]
    terms: TermsSaid | None
    resolution: str
    jobs: list[JobOut]
    outage: OutageTold | None
    history: list[ContactEntryOut]


class TicketInHand(TicketBrief):
    """`who`: the caller's name as it was said, or the holder's: initials until it was said. `trouble`: in the reader's language, or in the caller's
    words. `since`: when the clock of its line began."""

    contract: str
    who: str
    trouble: str
    since: datetime | None


class TicketsMine(Wire):
    items: list[TicketInHand]


class TicketWaiting(Wire):
    """What one may know of a ticket before it is one's turn: it is no handle to take it by. `who`: the holder's initials; empty for
    whoever does not speak with subscribers. `over`: longer than one may wait there."""

    area_id: UUID
    line: int
    contract: str
    who: str
    trouble: str
    language: str
    skills: list[str]
    priority: int
    waiting_since: datetime
    over: bool


class LineWaitsOut(Wire):
    """`limitSeconds`: how long one may wait there; `over`: somebody has waited longer."""

    area_id: UUID
    line: int
    waiting: int
    longest_since: datetime | None
    in_hand: int
    limit_seconds: int
    over: bool


class Waits(Wire):
    """`tickets`: what waits for the reader, the next one first; for whoever supervises, all that waits."""

    items: list[LineWaitsOut]
    tickets: list[TicketWaiting]


class TicketEscalated(Wire):
    job_id: UUID
    number: str
    priority: int
    due_at: datetime
    ticket: TicketOut
