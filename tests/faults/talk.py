"""What a technician records at a visit: mostly what the work asks for, in its order; sometimes less, sometimes nonsense."""

import random
from typing import Any
from uuid import UUID

from tests.builders import BODIES, PAID_CLOSURE, REFUSED_CLOSURE
from tests.worlds import WORK

Draft = dict[str, Any]

BEFORE = ("on-my-way", "arrived", "working")
PLANS: dict[str, tuple[str, ...]] = {
    "wifi_setup": (*BEFORE, "checklist", "quote", "consent", "closure"),
    "equipment_failure": (*BEFORE, "part-used", "measurement", "closure"),
    "cable_break": (*BEFORE, "photo-taken", "measurement", "restored", "closure"),
}
REST: dict[str, Any] = {"location": "drop", "cause": "wear", "action": "resplice", "confirmedBy": "Holder"}
LEFT_OUT = 0.06
NONSENSE = 0.04


def known_id(chance: random.Random) -> UUID:
    """In the form of a UUIDv7, by this chance alone."""
    number = chance.getrandbits(128)
    return UUID(int=number & ~(0xF << 76) & ~(0b11 << 62) | 0x7 << 76 | 0b10 << 62)


class Talk:
    """What is going to be said of one visit by one technician, in order."""

    def __init__(self, chance: random.Random, kind: str, job_id: str, visit_id: str, tariff_id: UUID) -> None:
        self.chance = chance
        self.job_id = job_id
        self.visit_id = visit_id
        self.tariff_id = tariff_id
        self.quote_id, self.consent_id = known_id(chance), known_id(chance)
        self.answer = chance.choices(["accepted", "declined", ""], [6, 2, 1])[0]
        self.kind = kind
        self.ahead = [
            said for said in PLANS[kind] if chance.random() >= LEFT_OUT and (said != "consent" or self.answer)
        ]
        if chance.random() < 0.1:
            self.ahead.append("closure")

    def next(self) -> Draft:
        """One record; notes when all has been said."""
        if self.chance.random() < NONSENSE:
            return self._nonsense()
        kind = "note" if not self.ahead or self.chance.random() < 0.1 else self.ahead.pop(0)
        return self._draft(kind, self._body(kind))

    def _draft(self, kind: str, body: dict[str, Any], **changes: Any) -> Draft:
        return {"jobId": self.job_id, "kind": kind, "body": body, "baseVersion": 1, **changes}

    def _body(self, kind: str) -> dict[str, Any]:
        said = {"visitId": self.visit_id, **BODIES.get(kind, {})}
        match kind:
            case "quote":
                line = {
                    "code": "wifi",
                    "text": "Wi-Fi",
                    "quantity": 1,
                    "amountMinor": WORK,
                    "taxBasisPoints": 2000,
                }
                said |= {
                    "quoteId": self.quote_id,
                    "tariffId": self.tariff_id,
                    "currency": "RUB",
                    "language": "ru",
                }
                said |= {"lines": [line], "amountMinor": WORK}
            case "consent":
                said |= {"quoteId": self.quote_id, "consentId": self.consent_id, "answer": self.answer}
            case "photo-taken":
                said |= {"photoId": known_id(self.chance)}
            case "closure" if self.kind == "wifi_setup":
                stubborn = (
                    self.chance.random() < 0.3
                )  # does the work, and names a consent, though it was declined
                said |= REFUSED_CLOSURE if self.answer == "declined" and not stubborn else PAID_CLOSURE
                if self.answer == "accepted" and self.chance.random() < 0.7 or stubborn:
                    said |= {"consentId": self.consent_id}
            case "closure" if self.kind == "cable_break":
                said |= REST
            case "note":
                said |= {"text": f"note {self.chance.randint(0, 999)}"}
            case _:
                pass
        return said

    def _nonsense(self) -> Draft:
        """Of a newer app, of no job of ours, of no visit, of a body that is none, or waiting for what never comes."""
        note = self._body("note")
        return self.chance.choice(
            [
                self._draft("teleported", note),
                self._draft("note", note, jobId=str(known_id(self.chance))),
                self._draft("note", {**note, "visitId": str(known_id(self.chance))}),
                self._draft("measurement", {"visitId": self.visit_id, "value": "much"}),
                self._draft("note", note, needs=[str(known_id(self.chance))]),
            ]
        )
