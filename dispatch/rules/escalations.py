"""From what line 2 found to the work owed: which kind of job, how urgent, due when."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import JobKindVersion
from db.states import ConsentAnswer, Relation
from dispatch.bounded import (
    Code,
    Count,
    Instant,
    Language,
    MaybeName,
    Name,
    Phone,
    StrictWire,
    Text,
    Value,
    is_absurd,
)
from dispatch.bounded import Sequence as SequenceNumber
from dispatch.errors import InstantImpossible, UnknownFaultClass, WindowImpossible

MANY_AFFECTED = 20
"""From so many dark subscribers on, a job is as urgent as it gets."""
URGENT_DUE = timedelta(hours=4)


class ReadingIn(StrictWire):
    quantity: Code
    value: Value
    unit: MaybeName


class DiagnosisIn(StrictWire):
    summary: Text
    readings: list[ReadingIn] = msgspec.field(default_factory=list[ReadingIn])


class ContactIn(StrictWire):
    """Who is on site. The caller may be neither the holder nor at home."""

    name: Name
    relation: Relation
    phone: Phone
    language: Language


class TermsIn(StrictWire):
    """The paid-visit terms as they were asked and answered at booking."""

    terms_version: SequenceNumber
    language: Language
    answer: ConsentAnswer
    person: Name
    capacity: Name
    asked_by: Name
    channel: Code
    answered_at: Instant


class WindowIn(StrictWire):
    """An arrival window already promised to the subscriber."""

    earliest: Instant
    latest: Instant


class EscalationIn(StrictWire):
    """Line 2 hands a localised fault to the field. (source, ticketNumber, sequence) is its identity."""

    source: Code
    ticket_number: Code
    sequence: SequenceNumber
    contract: Code
    fault_class: Code
    reported_at: Instant
    diagnosis: DiagnosisIn
    affected: Count = 1
    contact: ContactIn | None = None
    terms: TermsIn | None = None
    promised_window: WindowIn | None = None
    network_element_id: UUID | None = None


def content_hash(escalation: EscalationIn) -> bytes:
    """The same escalation again has the same hash."""
    return hashlib.sha256(msgspec.json.encode(escalation, order="deterministic")).digest()


def kind_for(fault_class: str, kinds: Sequence[JobKindVersion]) -> JobKindVersion:
    """The kind of job that mends this fault. Raises `UnknownFaultClass`, naming those that exist."""
    for kind in kinds:
        if fault_class in kind.fault_classes:
            return kind
    raise UnknownFaultClass(known=sorted(fault for kind in kinds for fault in kind.fault_classes))


def priority_for(kind: JobKindVersion, affected: int) -> int:
    """1 is the most urgent, 5 the least."""
    return 1 if affected >= MANY_AFFECTED else kind.priority


def due_for(kind: JobKindVersion, affected: int, reported_at: datetime) -> datetime:
    """When service is owed again."""
    many = affected >= MANY_AFFECTED
    return reported_at + (min(URGENT_DUE, kind.due_duration) if many else kind.due_duration)


def verify_window(window: WindowIn, now: datetime) -> None:
    """Raises `WindowImpossible` for one that ends before it starts, lasts over 24 hours, is over or absurdly far."""
    length = window.latest - window.earliest
    if not timedelta(0) < length <= timedelta(hours=24) or not now < window.latest < now + timedelta(days=60):
        raise WindowImpossible(pointer="/promisedWindow")


def verify_instants(escalation: EscalationIn, now: datetime) -> None:
    """Raises `InstantImpossible`, naming the first instant that no clock says."""
    told = {"/reportedAt": escalation.reported_at}
    if escalation.terms is not None:
        told["/terms/answeredAt"] = escalation.terms.answered_at
    for pointer, instant in told.items():
        if is_absurd(instant, now):
            raise InstantImpossible(pointer=pointer)


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def number_for(job_id: UUID) -> str:
    """What people call a job on the phone: seven letters and digits of its id, none of them ambiguous."""
    tail = job_id.int & (1 << 35) - 1
    return "".join(_ALPHABET[tail >> shift & 31] for shift in range(30, -1, -5))
