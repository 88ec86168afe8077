"""What phones say of whole visits."""

from typing import Any

from db.ids import new_id
from db.records import Job, Visit
from tests.builders import (
    PAID_CLOSURE,
    REFUSED_CLOSURE,
    Phone,
    Town,
    quote,
)

THERE = ("on-my-way", "arrived", "working")
MENDED = (*THERE, "part-used", "measurement", "closure")


async def out(town: Town, kind: str = "equipment_failure", **changes: Any) -> tuple[Phone, Job, Visit]:
    """A phone, a job and its visit of technician 1."""
    phone = await town.phone()
    job = await town.job(kind, **changes)
    return phone, job, await town.out(job)


def walk(phone: Phone, visit: Visit, *kinds: str) -> list[bytes]:
    return [phone.say(visit, kind) for kind in kinds]


class Paid:
    """What a phone says of a visit that is paid for: quote, answer, closure, in the order of its counter."""

    def __init__(self, town: Town, phone: Phone, visit: Visit, *, answer: str = "accepted") -> None:
        self.quote_id, self.consent_id = new_id(), new_id()
        closure = PAID_CLOSURE if answer == "accepted" else REFUSED_CLOSURE
        self.there = walk(phone, visit, *THERE)
        self.quote = phone.say(visit, "quote", **quote(town.world, self.quote_id))
        self.consent = phone.say(
            visit, "consent", consentId=self.consent_id, quoteId=self.quote_id, answer=answer
        )
        self.checked = phone.say(visit, "checklist")
        named = self.consent_id if answer == "accepted" else None
        self.closure = phone.say(visit, "closure", **closure, consentId=named)

    @property
    def all(self) -> list[bytes]:
        return [*self.there, self.quote, self.consent, self.checked, self.closure]
