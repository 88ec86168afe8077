"""Six digits that the subscriber has and the technician has not: typed under the price, they are the subscriber's answer.

A code is derived from the installation's key and its appointment, whenever it is sent or verified, and stored nowhere: of six
digits any stored hash would give the code away to whoever has the key, and to nobody else, in a second.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import Appointment, Area
from dispatch.rules.plurals import clock, language_of, on_day

VISIT_CODE = "visit-code"
"""In the outbox."""
DIGITS = 6
TRIES = 5
"""So many wrong codes a visit may have; then a right one is not believed either."""

TEXTS: Mapping[str, str] = {
    "en": "Your technician comes {day} between {earliest} and {latest}. Visit code: {code}. Say it only to agree to a price that you were shown.",
    "ru": "Техник приедет {day} с {earliest} до {latest}. Код визита: {code}. Называйте его, только если согласны с показанной вам ценой.",
    "hu": "A technikus {day} {earliest} és {latest} között érkezik. Látogatási kód: {code}. Csak akkor mondja meg, ha elfogadja az Önnek megmutatott árat.",
}


class VisitCode(msgspec.Struct, frozen=True):
    """`proof` is kept with a consent: it shows that the code was the one of this appointment, without saying it."""

    appointment_id: UUID
    code: str
    proof: str


class Try(msgspec.Struct, frozen=True):
    """A code as it was typed at a visit."""

    report_id: UUID
    visit_id: UUID
    code: str


def key_from(secret: bytes) -> bytes:
    """A key for codes alone: what else the installation's secret signs gives nothing away of it."""
    return hmac.digest(secret, b"visit code", "sha256")


def code_for(key: bytes, appointment: Appointment) -> VisitCode:
    name = appointment.area_id.bytes + appointment.appointment_id.bytes
    number = int.from_bytes(hmac.digest(key, name, hashlib.sha256)) % 10**DIGITS
    code = f"{number:0{DIGITS}}"
    proof = hmac.digest(key, name + code.encode(), hashlib.sha256).hex()
    return VisitCode(appointment.appointment_id, code, proof)


def verified(tries: Sequence[Try], codes: Sequence[VisitCode]) -> dict[UUID, VisitCode]:
    """Of each report whose code was right, in the order in which they were typed: which one it was.

    A code serves one visit: whoever heard it there cannot type it at the next one.
    """
    wrong: dict[UUID, int] = {}
    spent: dict[UUID, UUID] = {}
    right: dict[UUID, VisitCode] = {}
    for one in tries:
        if wrong.get(one.visit_id, 0) >= TRIES:
            continue
        for code in codes:
            if code.code == one.code and spent.setdefault(code.appointment_id, one.visit_id) == one.visit_id:
                right[one.report_id] = code
                break
        else:
            wrong[one.visit_id] = wrong.get(one.visit_id, 0) + 1
    return right


def text_for(code: VisitCode, appointment: Appointment, area: Area, language: str) -> str:
    """What the subscriber's phone shows. With the date: who reads it tomorrow is not told "today"."""
    day = appointment.earliest_at.astimezone(ZoneInfo(area.time_zone)).date()
    return TEXTS[language_of(language)].format(
        day=on_day(day, day - timedelta(days=7), language),
        earliest=clock(appointment.earliest_at, area),
        latest=clock(appointment.latest_at, area),
        code=code.code,
    )
