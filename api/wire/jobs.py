"""Escalations, jobs and all that belongs to one, on the wire."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from db.states import (
    Action,
    ActorKind,
    AppointmentState,
    Cause,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    HoldReason,
    JobState,
    Liability,
    Location,
    Relation,
    ReportStatus,
    ReviewReason,
    ReviewState,
    VisitEnd,
    VisitState,
    WaiverReason,
)
from dispatch.bounded import StrictWire, Text, Wire


class EscalationReceived(Wire):
    """The job of an escalation. `again`: the very same escalation had come before."""

    job_id: UUID
    number: str
    state: JobState
    priority: int
    due_at: datetime
    version: int
    again: bool


class JobOut(Wire):
    """`outageId`: the outage that holds it, or that it mends; of a job that goes on all the same, the one that it is not of."""

    job_id: UUID
    number: str
    kind: str
    kind_version: int
    state: JobState
    hold_reason: HoldReason | None
    priority: int
    fault_class: str
    affected: int
    reported_at: datetime
    received_at: datetime
    due_at: datetime
    restored_at: datetime | None
    closed_at: datetime | None
    reopened: int
    outage_id: UUID | None
    version: int


class Jobs(Wire):
    """`next`: give it as `after` for the following page; absent on the last one."""

    items: list[JobOut]
    next: UUID | None = None


class PlaceOut(Wire):
    address: str
    latitude: float
    longitude: float
    access_note: str


class SubscriberOut(Wire):
    contract: str
    holder_name: str
    language: str


class ContactOut(Wire):
    """Who is there when somebody comes."""

    name: str
    relation: Relation
    phone: str
    language: str


class ReadingOut(Wire):
    quantity: str
    value: float
    unit: str


class DiagnosisOut(Wire):
    summary: str
    readings: list[ReadingOut]


class EscalationOut(Wire):
    source: str
    ticket_number: str
    sequence: int
    fault_class: str
    diagnosis: DiagnosisOut
    received_at: datetime


class AppointmentOut(Wire):
    appointment_id: UUID
    state: AppointmentState
    earliest_at: datetime
    latest_at: datetime
    promised_at: datetime
    arrived_at: datetime | None


class VisitOut(Wire):
    visit_id: UUID
    job_id: UUID
    technician_id: UUID
    on_day: date
    state: VisitState
    end_reason: VisitEnd
    sequence: int
    planned_arrival_at: datetime
    planned_start_at: datetime
    planned_end_at: datetime
    on_my_way_at: datetime | None
    arrived_at: datetime | None
    working_at: datetime | None
    ended_at: datetime | None
    pinned: bool
    pinned_start_at: datetime | None
    version: int


class ReportOut(Wire):
    report_id: UUID
    visit_id: UUID
    technician_id: UUID
    device_id: UUID
    seq: int
    kind: str
    body: dict[str, Any]
    recorded_at: datetime | None
    received_at: datetime
    corrected_at: datetime
    clock_suspect: bool
    status: ReportStatus
    reason: ReviewReason | None


class QuoteLineOut(Wire):
    code: str
    text: str
    quantity: int
    amount_minor: int
    tax_basis_points: int


class QuoteOut(Wire):
    quote_id: UUID
    visit_id: UUID
    tariff_id: UUID
    lines: list[QuoteLineOut]
    amount_minor: int
    currency: str
    shown_at: datetime


class ConsentOut(Wire):
    """The evidence without the strokes of a signature."""

    consent_id: UUID
    job_id: UUID
    subject: ConsentSubject
    quote_id: UUID | None
    terms_version: int | None
    answer: ConsentAnswer
    amount_minor: int
    currency: str
    language: str
    method: ConsentMethod
    person: str
    capacity: str
    agreed_at: datetime
    recorded_at: datetime


class Consents(Wire):
    items: list[ConsentOut]


class ClosureOut(Wire):
    closure_id: UUID
    visit_id: UUID
    technician_id: UUID
    location: Location
    cause: Cause
    action: Action
    liability: Liability
    outcome: ClosureOutcome
    consent_id: UUID | None
    confirmed_by: str
    closed_at: datetime
    in_force: bool


class Closures(Wire):
    items: list[ClosureOut]


class ChargeOut(Wire):
    charge_id: UUID
    job_id: UUID
    kind: ChargeKind
    consent_id: UUID
    closure_id: UUID
    amount_minor: int
    currency: str
    charged_at: datetime


class Charges(Wire):
    items: list[ChargeOut]
    next: UUID | None = None


class WaiverOut(Wire):
    """A charge that is not made, and why: `proof` has the reading that line 2 took and the limits it should have kept."""

    kind: ChargeKind
    consent_id: UUID
    closure_id: UUID
    amount_minor: int
    currency: str
    reason: WaiverReason
    proof: dict[str, Any]
    waived_at: datetime


class ReviewOut(Wire):
    review_id: UUID
    event_id: UUID
    job_id: UUID | None
    technician_id: UUID
    reason: ReviewReason
    facts: dict[str, Any]
    state: ReviewState
    opened_at: datetime
    decided_at: datetime | None
    decision_note: str
    version: int


class ReviewRow(Wire):
    """One field of a record, with its name in the reader's language: what the phone says and what the server has; null where that
    side says nothing. Codes are codes."""

    field: str
    label: str
    phone: Any
    server: Any


class ReviewChoice(Wire):
    """`accept`, `attach` (accept, with the `jobId` that it belongs to) or `dismiss`, and what follows."""

    decision: str
    sentence: str


class ReviewBeside(ReviewOut):
    """`sentence` says why a person has to look at it."""

    job_number: str | None
    display_name: str
    kind: str | None
    sentence: str
    rows: list[ReviewRow]
    choices: list[ReviewChoice]


class Reviews(Wire):
    items: list[ReviewBeside]
    next: UUID | None = None


class Decision(StrictWire):
    """`accepted`: what the phone said comes into force. A reason is asked of whoever decides. `jobId`: the job that a report of
    an unknown job belongs to."""

    accepted: bool
    note: Text
    job_id: UUID | None = None


class Reason(StrictWire):
    reason: Text


class JournalEntryOut(Wire):
    n: int
    at: datetime
    actor_kind: ActorKind
    actor_id: UUID | None
    action: str
    job_id: UUID | None
    subject_id: UUID | None
    facts: dict[str, Any]


class Journal(Wire):
    """`next`: give it as `after`; nothing is ever missed or repeated, because `n` has no gaps."""

    items: list[JournalEntryOut]
    next: int


class ExpectedSpan(Wire):
    """When somebody is to be there; the sentences as in `ToldOut`. `late`: after the window that was promised."""

    earliest: datetime
    latest: datetime
    late: bool
    sentence: str
    readers_sentence: str


class ToldOut(Wire):
    """One sentence that may be read out to the subscriber, in the subscriber's language; `readersSentence`: the same in yours.
    `expected`: on the day, once more is known than the window says."""

    language: str
    sentence: str
    readers_sentence: str
    expected: ExpectedSpan | None


class WholeJob(Wire):
    """A job with everything that belongs to it. `contact`: whom line 2 named, and `names`: who the journal speaks of, for dispatchers
    and support alone, as all names are: to others the holder is called by the contract. `told` says when somebody
    comes, or why no time was found; null once nothing is owed any more."""

    job: JobOut
    place: PlaceOut
    subscriber: SubscriberOut
    contact: ContactOut | None
    escalations: list[EscalationOut]
    appointments: list[AppointmentOut]
    visits: list[VisitOut]
    reports: list[ReportOut]
    quotes: list[QuoteOut]
    consents: list[ConsentOut]
    closures: list[ClosureOut]
    charges: list[ChargeOut]
    waivers: list[WaiverOut]
    reviews: list[ReviewOut]
    journal: list[JournalEntryOut]
    names: dict[UUID, str]
    told: ToldOut | None


STROKES = ("signature", "code")


NAMES = ("person", "confirmedBy", "confirmed_by")
"""Of a report, whoever agreed and whoever was there."""


def without_strokes(whole: WholeJob) -> WholeJob:
    """How somebody signed is for the evidence alone."""
    reports = [_without(report, STROKES) if report.kind == "consent" else report for report in whole.reports]
    return msgspec.structs.replace(whole, reports=reports)


def without_names(whole: WholeJob) -> WholeJob:
    """As those read it who speak with no subscriber: a contract is called by its number, others are not named."""
    replace = msgspec.structs.replace
    return replace(
        whole,
        subscriber=replace(whole.subscriber, holder_name=whole.subscriber.contract),
        names={},
        contact=None,
        reports=[_without(report, NAMES) for report in whole.reports],
        consents=[replace(consent, person="") for consent in whole.consents],
        closures=[replace(closure, confirmed_by="") for closure in whole.closures],
    )


def _without(report: ReportOut, names: tuple[str, ...]) -> ReportOut:
    return msgspec.structs.replace(
        report, body={name: said for name, said in report.body.items() if name not in names}
    )
