"""The subscriber's own link: what it is made of, what it opens, until when; and what of a running day is fit to be said there.

A token is derived from the installation's key and the link's id whenever it is sent, and is stored nowhere but as a hash. So
what waits in the outbox to be sent holds no secret, and what was sent can be sent again.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from db.records import Appointment, Job, Place, Visit
from db.states import STARTED_VISIT, AppointmentState, HoldReason, JobState, VisitState
from dispatch.rules.expected import ExpectedVisit, promise_of

VISIT_LINK = "visit-link"
"""In the outbox: sent by itself, not with a confirmation."""
VISIT_PATH = "/visit/#"
LIVES_AFTER = timedelta(hours=72)
"""So long after the job is over."""
TOKEN_BYTES = 16
DIGITS = 4
TRIES = 5
"""So many wrong digits a link may have; then right ones are not believed either."""
QUOTES = 20
QUOTES_WINDOW = timedelta(hours=1)
"""So many times in it a link may ask for windows: each is worked out against all rounds."""
NOTE_LENGTH = 500
NOTES = 20
NOTES_WINDOW = timedelta(hours=1)
"""So many times in it what is said of getting in may change: each is news to a phone."""
SOON = timedelta(hours=3)
"""Before that a round changes too often for an hour to be worth saying."""
SPREAD = timedelta(minutes=30)
SPREAD_ON_THE_WAY = timedelta(minutes=10)
STEP = timedelta(minutes=5)
FAMILY_FIRST = frozenset({"hu", "ru"})
PATRONYMICS = ("вич", "вна", "чна")


class Stage(StrEnum):
    """How far a job is, as its subscriber sees it."""

    WAITING = "waiting"
    AGREED = "agreed"
    MISSED = "missed"
    """Nobody came in the window that was agreed, so far."""
    ON_THE_WAY = "on_the_way"
    AT_WORK = "at_work"
    HELD = "held"
    CANCELLED = "cancelled"
    """On the subscriber's wish; `works_again`: because there is nothing left to mend."""
    WORKS_AGAIN = "works_again"
    OUTAGE = "outage"
    DONE = "done"
    CALLED_OFF = "called_off"


MOVABLE = frozenset(
    {Stage.WAITING, Stage.AGREED, Stage.MISSED, Stage.HELD, Stage.CANCELLED, Stage.WORKS_AGAIN}
)


class CancelReason(StrEnum):
    """Why a subscriber cannot after all, as they chose it."""

    NOT_AT_HOME = "not_at_home"
    OTHER_TIME = "other_time"
    WORKS_AGAIN = "works_again"
    OTHER = "other"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """When the technician is likely to arrive. `late`: after what was promised."""

    earliest: datetime
    latest: datetime
    late: bool


def key_from(secret: bytes) -> bytes:
    """A key for links alone: what else the installation's secret signs gives nothing away of it."""
    return hmac.digest(secret, b"subscriber link", "sha256")


def token_for(key: bytes, area_id: UUID, subscriber_link_id: UUID) -> str:
    """128 bits that nobody without the key can tell, behind the area's id, which says where to look: letters, digits, - and _."""
    secret = hmac.digest(key, area_id.bytes + subscriber_link_id.bytes, hashlib.sha256)[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(area_id.bytes + secret).decode().rstrip("=")


def address_of(public_url: str, token: str) -> str:
    """The token behind `#`: no browser sends that part, so no log has it."""
    return f"{public_url.rstrip('/')}{VISIT_PATH}{token}"


def ends_with(phone: str, digits: str) -> bool:
    """Whether these are the last four of the number; of no number, none are."""
    return len(phone) > DIGITS and hmac.compare_digest(phone[-DIGITS:].encode(), digits.encode())


def stage_of(
    job: Job, visit: Visit | None, promises: Sequence[Appointment], now: datetime, chosen: str = ""
) -> Stage:
    """`visit`: the live one, or the draft; `promises`: all of the job, in their order; `chosen`: why the last one was cancelled, where
    its subscriber said so."""
    promise = promise_of(promises)
    if job.state is JobState.CANCELLED:
        return Stage.CALLED_OFF
    if job.state is JobState.CLOSED or (job.state is JobState.RESTORED and promise is None):
        return Stage.DONE
    if job.state is JobState.ON_HOLD:
        return _held(job, promises, chosen)
    if visit is not None and visit.state is VisitState.ON_MY_WAY:
        return Stage.ON_THE_WAY
    if job.state is JobState.IN_PROGRESS or (visit is not None and visit.state in STARTED_VISIT):
        return Stage.AT_WORK
    if is_missed(promises, now):
        return Stage.MISSED
    return Stage.WAITING if promise is None else Stage.AGREED


def _held(job: Job, promises: Sequence[Appointment], chosen: str) -> Stage:
    if job.hold_reason is HoldReason.OUTAGE:
        return Stage.OUTAGE
    last = promises[-1].state if promises else None
    if job.hold_reason is not HoldReason.SUBSCRIBER_WISH or last is not AppointmentState.CANCELLED:
        return Stage.HELD
    return Stage.WORKS_AGAIN if chosen == CancelReason.WORKS_AGAIN else Stage.CANCELLED


def is_missed(promises: Sequence[Appointment], now: datetime) -> bool:
    """The last one, also before anybody has said so."""
    last = promises[-1] if promises else None
    return last is not None and (
        last.state is AppointmentState.MISSED
        or (last.state is AppointmentState.CONFIRMED and last.latest_at <= now)
    )


def may_move(stage: Stage) -> bool:
    """Another window, or a first one: nobody is on the way, and nothing else explains the trouble."""
    return stage in MOVABLE


def may_cancel(stage: Stage, promise: Appointment | None) -> bool:
    return promise is not None and stage in (Stage.AGREED, Stage.MISSED)


def is_told(stage: Stage) -> bool:
    """Whether the technician's first name is of use by now."""
    return stage in (Stage.ON_THE_WAY, Stage.AT_WORK)


def span_of(expected: ExpectedVisit | None, now: datetime) -> Span | None:
    """In steps of five minutes. None where it would say no more than the promise does, or where there is none: without a promise no
    hour is named. Nobody comes before the time that was promised, and later than that only where it is known."""
    if expected is None or expected.promise is None:
        return None
    state, promise, arrival = expected.visit.state, expected.promise, expected.arrival_at
    if state not in (VisitState.PUBLISHED, VisitState.ON_MY_WAY) or arrival - now > SOON:
        return None
    spread = SPREAD_ON_THE_WAY if state is VisitState.ON_MY_WAY else SPREAD
    late = arrival > promise.latest_at
    earliest = max(_down(arrival - spread), _down(now), promise.earliest_at)
    latest = max(_up(arrival + spread), earliest + STEP)
    if not late:
        latest = min(latest, promise.latest_at)
    if (earliest, latest) == (promise.earliest_at, promise.latest_at):
        return None
    return Span(earliest=min(earliest, latest - STEP), latest=latest, late=late)


def _down(instant: datetime) -> datetime:
    seconds = int(STEP.total_seconds())
    return datetime.fromtimestamp(int(instant.timestamp()) // seconds * seconds, instant.tzinfo)


def _up(instant: datetime) -> datetime:
    return _down(instant + STEP - timedelta(seconds=1))


def first_name(name: str, language: str) -> str:
    """Of a person's whole name, as that language has the order; a patronymic tells more than the order does."""
    words = name.split()
    if len(words) < 2:
        return name
    if len(words) > 2 and words[-1].lower().endswith(PATRONYMICS):
        return words[-2]
    return words[1] if language.partition("-")[0] in FAMILY_FIRST else words[0]


def way_in(place: Place, job: Job) -> str:
    """What the office knows of the place, and below it what the subscriber says of this time."""
    return "\n".join(note for note in (place.access_note, job.access_note) if note)
