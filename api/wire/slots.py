"""Slot quotes and appointments on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from api.wire.jobs import AppointmentOut, JobOut, VisitOut
from dispatch.bounded import Language, StrictWire, Text, Wire


class SlotQuoteIn(StrictWire):
    """For which job, on which days (local, inclusive; the whole horizon of 14 days unless told), without whom. The
    sentences are said in `language`, or in the reader's own."""

    job_id: UUID
    first_on: date | None = None
    last_on: date | None = None
    excluded_technicians: Annotated[list[UUID], Meta(max_length=100)] = msgspec.field(
        default_factory=list[UUID]
    )
    language: Language | None = None


class OfferOut(Wire):
    """One arrival window. `cost` is what the plan costs more, in seconds of travel; the cheapest comes first."""

    offer: int
    earliest: datetime
    latest: datetime
    expected_arrival_at: datetime
    travel_minutes: int
    cost: int
    reason: str
    sentence: str


class BlockOut(Wire):
    code: str
    count: int
    sentence: str


class WouldOut(Wire):
    code: str
    value: str
    earliest: datetime | None
    sentence: str


class NothingOut(Wire):
    """Why no window is offered, and what would make one possible."""

    blocks: list[BlockOut]
    would: list[WouldOut]


class SlotQuoteOut(Wire):
    slot_quote_id: UUID
    job_id: UUID
    created_at: datetime
    expires_at: datetime
    offers: list[OfferOut]
    nothing: NothingOut | None


class BookingIn(StrictWire):
    """The number of the offer taken."""

    offer: Annotated[int, Meta(ge=1, le=100)]


class BookedOut(Wire):
    """The promise. The visit may change its technician; the window stays."""

    appointment: AppointmentOut
    visit: VisitOut | None
    job: JobOut


class AppointmentCancelIn(StrictWire):
    reason: Text = ""
