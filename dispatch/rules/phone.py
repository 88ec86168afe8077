"""What a technician's phone is told of a job, and the messages of one exchange with it (the mobile protocol)."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from db.records import Reading
from db.states import (
    Action,
    AppointmentState,
    ClosureOutcome,
    FeedOp,
    JobState,
    ReportStatus,
    ReviewReason,
    VisitEnd,
    VisitState,
)
from dispatch.bounded import Code, Counter, Language, Wire

MAX_EVENTS = 100
PROTOCOL = 2
"""2: a consent names the words that the server gave. The server takes this and the one before."""
MAX_EVENT_BYTES = 64 * 1024
DEPOSITS_FOR = timedelta(hours=72)
"""So long what a revoked phone still says is taken, for a person to look at."""


class Envelope(Wire):
    """One round trip, phone to server. Each event stays raw: a bad one must not spoil the others."""

    device_id: UUID
    batch_id: UUID
    events: list[msgspec.Raw] = msgspec.field(default_factory=list[msgspec.Raw])
    sent_at: Any = None
    """The phone's clock; anything that is not an instant is ignored."""
    epoch: UUID | None = None
    cursor: str | None = None
    storage_lost: bool = False
    """The phone counts from fewer than the server has seen: it forgot what it had not sent. It goes on after `lastSeq`."""
    protocol: int = 1
    language: Language | None = None
    """In which the phone is read; else the person's own."""
    van: str | None = None
    """The `version` of the van as the phone was told it last, empty where it never was; None from an app that shows none."""


class EventResult(Wire):
    """`duplicate` carries the current outcome in `outcome`. Results stand in the order of the events."""

    event_id: UUID
    status: Literal["applied", "duplicate", "review", "pending"]
    outcome: ReportStatus
    reason: ReviewReason | None = None
    job_version: int | None = None


class VisibleVisit(Wire):
    visit_id: UUID
    on_day: date
    sequence: int
    state: VisitState
    end_reason: VisitEnd
    planned_arrival_at: datetime
    planned_start_at: datetime
    planned_end_at: datetime
    travel_seconds: int
    distance_m: int
    joined: bool
    """It is somebody else's visit, and this technician comes to help."""
    together_with: list[str]
    """Who else comes, by name: first whose visit it is."""
    meet_at: datetime | None
    """When they are to be there, where several come."""


class VisiblePlace(Wire):
    address: str
    latitude: float
    longitude: float
    access_note: str


class VisibleContact(Wire):
    name: str
    phone: str
    language: str


class VisibleWindow(Wire):
    earliest: datetime
    latest: datetime
    state: AppointmentState


class VisibleItem(Wire):
    code: str
    text: str
    required: bool


class VisibleLineTest(Wire):
    quantity: str
    unit: str
    minimum: float
    maximum: float
    warn_below: float | None
    warn_above: float | None


class VisibleKind(Wire):
    """What this kind of job asks for, in the technician's language."""

    code: str
    version: int
    title: str
    checklist: list[VisibleItem]
    photos: list[str]
    parts: dict[str, int]
    tools: list[str]
    line_test: VisibleLineTest | None
    chargeable: bool


class VisiblePrice(Wire):
    code: str
    text: str
    amount_minor: int
    tax_basis_points: int


class VisibleTariff(Wire):
    """The price lines a quote may be made of, in the subscriber's language."""

    tariff_id: UUID
    version: int
    currency: str
    lines: list[VisiblePrice]


class VisibleAgreement(Wire):
    """The words to show above the price lines, in the subscriber's language; a consent names them by `textSha256`."""

    version: int
    language: str
    text: str
    text_sha256: str


class VisibleOutcome(Wire):
    """What became of a report of this technician, as of now."""

    event_id: UUID
    status: ReportStatus
    reason: ReviewReason | None


class VisibleEarlier(Wire):
    """An earlier closure of this job: the history a technician wants to know."""

    closed_at: datetime
    action: Action
    outcome: ClosureOutcome


class VisibleJob(Wire):
    """Everything the phone shows of a job. A change carries all of it, so skipping or repeating one is harmless."""

    job_id: UUID
    number: str
    version: int
    state: JobState
    kind: VisibleKind
    priority: int
    affected: int
    due_at: datetime
    holder_name: str
    place: VisiblePlace
    contact: VisibleContact | None
    diagnosis: list[str]
    readings: list[Reading]
    window: VisibleWindow | None
    terms_answer: str | None
    tariff: VisibleTariff | None
    agreement: VisibleAgreement | None
    visits: list[VisibleVisit]
    outcomes: list[VisibleOutcome]
    history: list[VisibleEarlier]


class Change(Wire):
    job_id: UUID
    version: int
    op: FeedOp
    job: VisibleJob | None = None


class Pull(Wire):
    """`reset`: the cursor was not ours or too old; drop the rows, keep the outbox, take these as the whole."""

    changes: list[Change]
    cursor: str
    more: bool
    digest: str | None
    reset: bool = False


class VisiblePart(Wire):
    """What the books have of one part: below zero where more was taken than was there. `serials`: its pieces with a number of
    their own."""

    code: str
    quantity: int
    serials: list[str]


class VisibleVan(Wire):
    """The technician's own van, whole. `version` is another one when its parts or names are; `names`: what the operator calls parts
    and tools, also those that are not in it."""

    version: str
    parts: list[VisiblePart]
    names: dict[str, str]


class VisibleArea(Wire):
    """Where the technician belongs: by which zone times are told, and whom to call (empty: nobody)."""

    name: str
    time_zone: str
    dispatcher_phone: str


class Exchanged(Wire):
    """One round trip, server to phone."""

    server_time: datetime
    epoch: UUID
    results: list[EventResult]
    pull: Pull | None
    """None for a phone that could only deposit."""
    last_seq: int
    session: Literal["open", "expired", "revoked"] = "open"
    """`revoked`: the phone is locked, what it deposits a person decides, and it forgets what it was shown."""
    area: VisibleArea | None = None
    """With the pull."""
    van: VisibleVan | None = None
    """With the pull, where it is another than the one the phone named."""


class SentHead(Wire):
    """What can be read of an event whatever else is wrong with it."""

    event_id: UUID
    seq: Counter | None = None
    job_id: UUID | None = None
    kind: Code | None = None


def head_of(raw: bytes) -> SentHead:
    """Never fails: an event without a readable id gets one from its content, so that sending it again finds it."""
    for shape in (SentHead, _OnlyId):
        try:
            read = msgspec.json.decode(raw, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return read if isinstance(read, SentHead) else SentHead(event_id=read.event_id)
    return SentHead(event_id=UUID(bytes=hashlib.sha256(raw).digest()[:16]))


class _OnlyId(Wire):
    event_id: UUID


def sign_cursor(key: bytes, area_id: UUID, technician_id: UUID, epoch: UUID, n: int) -> str:
    """Up to where a phone has heard; only good for this technician and epoch."""
    return f"{n}.{_seal(key, area_id, technician_id, epoch, n)}"


def read_cursor(key: bytes, area_id: UUID, technician_id: UUID, epoch: UUID, cursor: str) -> int | None:
    """The place in the feed, or None for one that is forged, foreign or of another epoch."""
    number, _, seal = cursor.partition(".")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    good = hmac.compare_digest(seal.encode(), _seal(key, area_id, technician_id, epoch, int(number)).encode())
    return int(number) if good else None


def number_of(cursor: str) -> int:
    """The place in the feed of a cursor of our own making."""
    return int(cursor.partition(".")[0])


def _seal(key: bytes, area_id: UUID, technician_id: UUID, epoch: UUID, n: int) -> str:
    text = f"{area_id}|{technician_id}|{epoch}|{n}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:32]


def digest_of(versions: Iterable[tuple[UUID, int]]) -> str:
    """SHA-256 over the sorted lines `jobId version`: what the phone compares after each complete pull."""
    lines = "\n".join(f"{job_id} {version}" for job_id, version in sorted(versions))
    return hashlib.sha256(lines.encode()).hexdigest()


def in_language(texts: dict[str, str], *languages: str) -> str:
    """The text in the first language there is, else in English, else in any."""
    for language in (*languages, "en"):
        for wanted in (language, language.partition("-")[0]):
            if wanted in texts:
                return texts[wanted]
    return next(iter(texts.values()), "")
