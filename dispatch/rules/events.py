"""What a phone can report: one typed body per kind. Decoded one by one, so that a bad one spoils no other.

An unknown member is a newer app and is passed over; an unknown kind or version is kept for later.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from db.states import Action, Cause, ConsentAnswer, ConsentMethod, Location
from dispatch.bounded import (
    Code,
    Count,
    Counter,
    Currency,
    Instant,
    Language,
    MaybeName,
    Minutes,
    Money,
    Name,
    Sha256,
    Strokes,
    Text,
    Value,
    Wire,
)

NEWEST_VERSION = 1


class Point(Wire):
    """Where the phone was. Out of range or 0,0: the report counts, the point does not."""

    latitude: float
    longitude: float


class Body(Wire):
    """What every report says: which attendance it belongs to."""

    visit_id: UUID


class OnMyWay(Body):
    """The technician left for the visit."""


class Arrived(Body):
    """At the door."""

    point: Point | None = None


class Working(Body):
    """Work has begun, or goes on after a pause."""


class Paused(Body):
    """The technician leaves before the end. With `resumeOn` the job goes on by itself on that day at the earliest, for
    `remainingMinutes` where they are said; without, it waits for a person."""

    reason: Text = ""
    resume_on: date | None = None
    remaining_minutes: Minutes | None = None


class NoAccess(Body):
    """Nobody let the technician in. Needs proof: time on site, a call attempt, a photo of the door."""

    waited_minutes: Minutes
    called: bool
    point: Point | None = None
    note: Text = ""


class PartMissing(Body):
    code: Code
    note: Text = ""


class Finding(Body):
    location: Location
    cause: Cause
    note: Text = ""


class Measurement(Body):
    """`moment` is `before` or `after` the work."""

    quantity: Code
    value: Value
    unit: MaybeName
    moment: Code


class Checked(Body):
    code: Code
    done: bool
    note: Text = ""


class PhotoTaken(Body):
    """The bytes follow by themselves and never hold a closure."""

    photo_id: UUID
    purpose: Code
    sha256: Sha256
    bytes: Counter
    original_sha256: Sha256 | None = None
    """Of the picture as the camera made it, where the phone sends a smaller one."""


class PartUsed(Body):
    code: Code
    quantity: Count
    serial: MaybeName = ""
    removed_serial: MaybeName = ""


class QuoteLineShown(Wire):
    code: Code
    text: Name
    quantity: Count
    amount_minor: Money
    tax_basis_points: Count


class QuoteShown(Body):
    """The price lines as they stood on the screen."""

    quote_id: UUID
    tariff_id: UUID
    currency: Currency
    language: Language
    lines: list[QuoteLineShown]
    amount_minor: Money


class ConsentGiven(Body):
    """The subscriber's answer to a quote: `accepted` or `declined`, with how it was given."""

    consent_id: UUID
    quote_id: UUID
    answer: ConsentAnswer
    amount_minor: Money
    currency: Currency
    language: Language
    text_sha256: Sha256
    method: ConsentMethod
    person: Name
    capacity: Name
    agreed_at: Instant
    shown_at: Instant | None = None
    signature: Strokes = ""
    code: MaybeName = ""


class Restored(Body):
    """Service is back; the work may go on."""


class HelpAsked(Body):
    """A second technician is needed, with these skills where they are said. Changes nothing by itself."""

    note: Text = ""
    skills: Annotated[list[Code], Meta(max_length=20)] = msgspec.field(default_factory=list[Code])


class Note(Body):
    text: Text


class Closing(Body):
    """What was found, what was done; `consentId` where it is to be paid."""

    location: Location
    cause: Cause
    action: Action
    consent_id: UUID | None = None
    confirmed_by: MaybeName = ""
    not_confirmed_because: Text = ""
    note: Text = ""


KINDS: dict[str, type[Body]] = {
    "on-my-way": OnMyWay,
    "arrived": Arrived,
    "working": Working,
    "paused": Paused,
    "no-access": NoAccess,
    "part-missing": PartMissing,
    "finding": Finding,
    "measurement": Measurement,
    "checklist": Checked,
    "photo-taken": PhotoTaken,
    "part-used": PartUsed,
    "quote": QuoteShown,
    "consent": ConsentGiven,
    "restored": Restored,
    "help-asked": HelpAsked,
    "note": Note,
    "closure": Closing,
}


class Event(Wire):
    """The envelope of one report."""

    event_id: UUID
    seq: Counter
    job_id: UUID
    kind: Code
    v: Count
    body: Any
    recorded_at: datetime | None = None
    mono_ms: Counter | None = None
    base_version: Counter | None = None
    needs: list[UUID] = msgspec.field(default_factory=list[UUID])


def read_event(raw: bytes) -> Event | None:
    """Nothing is refused for its time: an event whose only fault is an absurd instant is read without it. None for what is
    no event."""
    try:
        return msgspec.json.decode(raw, type=Event, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        members = msgspec.json.decode(raw)
        if isinstance(members, dict) and "recordedAt" in members:
            return msgspec.convert({**members, "recordedAt": None}, Event, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None


def decode_body(event_kind: str, body: object) -> Body:
    """Raises `msgspec.ValidationError`, `KeyError` for an unknown kind."""
    return msgspec.convert(body, KINDS[event_kind], strict=True)
