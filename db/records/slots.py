"""What was offered to a subscriber, and what was proposed to a dispatcher."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from db.records.base import Record


class SlotOffer(Record):
    """One window, and by whom it could be served as things stood. A promise is the window, never the technician."""

    number: int
    """From 1, cheapest first."""
    earliest_at: datetime
    latest_at: datetime
    technician_area_id: UUID
    technician_id: UUID
    on_day: date
    arrival_at: datetime
    travel_seconds: int
    """To the place, from where the technician is before."""
    cost: int
    """What the plan costs more, in seconds of travel."""
    reason: str
    """A code; the words are made in the reader's language."""


class WouldFit(Record):
    """What would make a visit possible: `code` says which bound to give up, `value` what of it."""

    code: str
    value: str
    earliest_at: datetime | None = None


class Nothing(Record):
    """Why nothing can be offered: how many technician-days each bound ruled out, and what would help."""

    blocks: dict[str, int]
    would: list[WouldFit] = msgspec.field(default_factory=list[WouldFit])


class SlotQuote(Record):
    area_id: UUID
    slot_quote_id: UUID
    job_id: UUID
    offers: list[SlotOffer]
    nothing: Nothing | None
    excluded: list[UUID]
    """Technicians who must not come."""
    asked_by: UUID
    created_at: datetime
    expires_at: datetime


class Proposal(Record):
    """Ways to serve an emergency; `options` are the rules' words (`dispatch/rules/emergencies.py`)."""

    area_id: UUID
    proposal_id: UUID
    job_id: UUID
    options: list[dict[str, Any]]
    asked_by: UUID
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    accepted_option: int | None
    plan_id: UUID | None = None
    """The version that came of it, where one did."""
