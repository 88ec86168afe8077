"""The work of one visit, as the reports a technician makes of it, each at its instant."""

import hashlib
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from api.demo.faults import Fate
from db.ids import new_id
from dispatch.rules.phone import VisibleJob, VisibleVisit

Body = dict[str, Any]

CODES = {
    "cable_break": (
        ("feeder", "dig", "resplice"),
        ("feeder", "vehicle", "resplice"),
        ("splitter_or_cabinet", "water", "resplice"),
        ("riser", "rodent", "resplice"),
    ),
    "equipment_failure": (
        ("ont_operator", "hardware", "swap_ont"),
        ("ont_operator", "power", "swap_ont"),
        ("cpe_operator", "hardware", "swap_cpe"),
        ("ont_operator", "contamination", "clean"),
    ),
    "drop_replacement": (
        ("drop", "weather", "replace_drop"),
        ("drop", "vehicle", "replace_drop"),
        ("drop", "wear", "replace_drop"),
    ),
    "wifi_setup": (
        ("subscriber_settings", "config", "reconfigure"),
        ("subscriber_equipment", "config", "reconfigure"),
    ),
    "installation": (("indoor_wiring", "unknown", "reterminate"),),
    "line_inspection": (
        ("splitter_or_cabinet", "contamination", "clean"),
        ("riser", "wear", "reterminate"),
    ),
}
"""Closure codes that go together: location, cause, action."""
OPERATORS = ("cpe_operator", "hardware", "swap_cpe")
_SWAPPED = {"swap_ont": "ont", "swap_cpe": "router"}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `needs`: ids of reports and photos it rests on."""

    at: datetime
    kind: str
    body: Body
    event_id: UUID
    needs: list[UUID]


class Attendance(msgspec.Struct, frozen=True, kw_only=True):
    """One technician at one door."""

    job: VisibleJob
    visit: VisibleVisit
    fate: Fate
    leave_at: datetime
    arrive_at: datetime
    length: timedelta
    """Of the work itself, as it will turn out."""


def steps_of(attendance: Attendance, random: Random) -> list[Step]:
    """All reports of the attendance, in the order of their instants."""
    script = _Script(attendance, random)
    script.travel()
    if attendance.fate is Fate.NO_ACCESS:
        script.nobody_opens()
    else:
        script.begin()
        {
            Fate.DECLINED: script.declined,
            Fate.PART_MISSING: script.part_missing,
        }.get(attendance.fate, script.mend)()
    return sorted(script.steps, key=lambda step: step.at)


class _Script:
    """Writes the reports one after the other."""

    def __init__(self, attendance: Attendance, random: Random) -> None:
        self.attendance = attendance
        self.job = attendance.job
        self.random = random
        self.steps: list[Step] = []
        window = self.job.window
        promised = attendance.arrive_at if window is None else max(attendance.arrive_at, window.earliest)
        self.begins = promised + timedelta(minutes=2)
        ours = attendance.fate is Fate.OPERATORS_FAULT
        self.codes = OPERATORS if ours else random.choice(CODES[self.job.kind.code])
        self.photos: list[UUID] = []
        self.consent_id: UUID | None = None
        self.consent_event: UUID | None = None

    def say(
        self,
        kind: str,
        at: datetime,
        needs: list[UUID] | None = None,
        **members: Any,  # noqa: ANN401
    ) -> UUID:
        body = {"visitId": str(self.attendance.visit.visit_id), **members}
        step = Step(at=at, kind=kind, body=body, event_id=new_id(), needs=needs or [])
        self.steps.append(step)
        return step.event_id

    def during(self, share: float) -> datetime:
        """The instant at which so much of the work is done."""
        return self.begins + share * self.attendance.length

    def point(self) -> dict[str, float]:
        off = self.random.uniform(-0.0001, 0.0001)
        return {"latitude": self.job.place.latitude + off, "longitude": self.job.place.longitude - off}

    def travel(self) -> None:
        self.say("on-my-way", self.attendance.leave_at)
        self.say("arrived", self.attendance.arrive_at, point=self.point())

    def nobody_opens(self) -> None:
        waited = self.random.randint(10, 16)
        gone = self.begins + timedelta(minutes=waited)
        self.photo("door", gone - timedelta(minutes=2))
        self.say(
            "no-access",
            gone,
            needs=self.photos,
            waitedMinutes=waited,
            called=True,
            point=self.point(),
            note="",
        )

    def begin(self) -> None:
        self.say("working", self.begins)
        if (test := self.job.kind.line_test) is not None:
            faulty = self.job.kind.code in ("drop_replacement", "line_inspection", "equipment_failure")
            value = self.random.uniform(-33, -26) if faulty else -40.0
            self.measure(test.quantity, test.unit, value, "before", self.during(0.05))
        location, cause, _ = self.codes
        self.say("finding", self.during(0.12), location=location, cause=cause, note="")

    def measure(self, quantity: str, unit: str, value: float, moment: str, at: datetime) -> None:
        self.say("measurement", at, quantity=quantity, unit=unit, moment=moment, value=round(value, 2))

    def photo(self, purpose: str, at: datetime) -> None:
        photo_id = new_id()
        content = hashlib.sha256(photo_id.bytes).hexdigest()
        size = self.random.randint(90_000, 900_000)
        self.say("photo-taken", at, photoId=str(photo_id), purpose=purpose, sha256=content, bytes=size)
        self.photos.append(photo_id)

    def mend(self) -> None:
        fate, kind = self.attendance.fate, self.job.kind
        if kind.chargeable and fate in (Fate.PAID, Fate.UNSIGNED):
            self.quote(None if fate is Fate.UNSIGNED else "accepted")
        self.evidence(leave_out=1 if fate is Fate.FORGETFUL else 0)
        self.parts()
        self.say("restored", self.during(0.8))
        if kind.line_test is not None:
            value = self.random.uniform(-24.5, -14.0)
            self.measure(kind.line_test.quantity, kind.line_test.unit, value, "after", self.during(0.86))
        self.close(self.codes[2], self.during(1.0))

    def evidence(self, leave_out: int) -> None:
        """Checklist and photos; the forgetful leave the last photo out."""
        items, wanted = self.job.kind.checklist, self.job.kind.photos
        for number, item in enumerate(items, 1):
            share = 0.2 + 0.6 * number / (len(items) + 1)
            self.say("checklist", self.during(share), code=item.code, done=True, note="")
        for number, purpose in enumerate(wanted[: len(wanted) - leave_out], 1):
            self.photo(purpose, self.during(0.15 + 0.75 * number / (len(wanted) + 1)))

    def parts(self) -> None:
        swapped = _SWAPPED.get(self.codes[2])
        for code, quantity in self.job.kind.parts.items():
            if code not in ("ont", "router"):
                self.part(code, quantity)
        if swapped is not None:
            self.part(swapped, 1, serial=self.serial(), removedSerial=self.serial())

    def part(self, code: str, quantity: int, **serials: str) -> None:
        members: Body = {"code": code, "quantity": quantity, **serials}
        self.say("part-used", self.during(0.75), **members)

    def serial(self) -> str:
        return f"L3DM{self.random.randrange(16**8):08X}"

    def quote(self, answer: str | None) -> None:
        """The price on the screen, and what the subscriber says to it (None: nobody asked)."""
        tariff, agreement = self.job.tariff, self.job.agreement
        contact = self.job.contact
        assert tariff is not None and agreement is not None, "chargeable kinds come with a tariff"
        prices = {line.code: line for line in tariff.lines}
        wanted = {"settings_work": 1, "own_device": self.random.randint(1, 4)}
        lines = [
            {
                "code": code,
                "text": prices[code].text,
                "quantity": quantity,
                "amountMinor": prices[code].amount_minor,
                "taxBasisPoints": prices[code].tax_basis_points,
            }
            for code, quantity in wanted.items()
        ]
        total = sum(prices[code].amount_minor * quantity for code, quantity in wanted.items())
        language = agreement.language
        priced: Body = {"currency": tariff.currency, "language": language, "amountMinor": total}
        quote_id = str(new_id())
        shown = self.say(
            "quote",
            self.during(0.16),
            quoteId=quote_id,
            tariffId=str(tariff.tariff_id),
            lines=lines,
            **priced,
        )
        if answer is None:
            return
        self.consent_id, at = new_id(), self.during(0.18)
        self.consent_event = self.say(
            "consent",
            at,
            needs=[shown],
            consentId=str(self.consent_id),
            quoteId=quote_id,
            answer=answer,
            textSha256=agreement.text_sha256,
            shownAt=self.during(0.16).isoformat(),
            method="signature",
            person=self.job.holder_name if contact is None else contact.name,
            capacity="on site",
            agreedAt=at.isoformat(),
            signature="M4 40 C 12 4, 20 60, 30 22 S 52 8, 64 34",
            **priced,
        )

    def declined(self) -> None:
        """No work is done: only the call-out fee that was agreed to at booking may be charged."""
        self.quote("declined")
        self.consent_id = None
        self.close("cancelled", self.during(0.3))

    def part_missing(self) -> None:
        code = next(iter(self.job.kind.parts), "connector")
        self.say("part-missing", self.during(0.3), code=code, note="")

    def close(self, action: str, at: datetime) -> None:
        location, cause, _ = self.codes
        needs = [*self.photos, *([self.consent_event] if self.consent_event else [])]
        contact = self.job.contact
        members: Body = {"confirmedBy": contact.name if contact else "", "note": ""}
        if self.consent_id is not None:
            members["consentId"] = str(self.consent_id)
        self.say("closure", at, needs=needs, location=location, cause=cause, action=action, **members)
