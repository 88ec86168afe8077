"""Complaints: what is said when one is opened, by when it has to be answered, and the answer, which is written once."""

from datetime import datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from db.records import Area, Complaint
from db.states import ComplaintState
from dispatch.bounded import LINES, Instant, MaybeName, StrictWire, is_absurd
from dispatch.errors import InstantImpossible, TransitionRefused
from dispatch.rules.escalations import number_for

Words = Annotated[str, Meta(min_length=1, max_length=4000, pattern=LINES)]


class ComplaintIn(StrictWire):
    """`about`: whom or what, as it is said; `aboutStaffId`: where that is known to be somebody of ours. `complainedAt`: when it was
    said or written; null: now."""

    subscriber_id: UUID
    text: Words
    ticket_id: UUID | None = None
    about: MaybeName = ""
    about_staff_id: UUID | None = None
    complained_at: Instant | None = None


def opened(made: ComplaintIn, area: Area, complaint_id: UUID, staff_id: UUID, now: datetime) -> Complaint:
    """Raises `InstantImpossible`."""
    at = made.complained_at or now
    if is_absurd(at, now) or at > now:
        raise InstantImpossible(pointer="/complainedAt")
    return Complaint(
        area_id=area.area_id,
        complaint_id=complaint_id,
        number=f"CP-{number_for(complaint_id)}",
        subscriber_id=made.subscriber_id,
        ticket_id=made.ticket_id,
        about=made.about,
        about_staff_id=made.about_staff_id,
        text=made.text,
        complained_at=at,
        opened_at=now,
        opened_by=staff_id,
        due_at=due_for(at, area),
        state=ComplaintState.OPEN,
    )


def due_for(at: datetime, area: Area) -> datetime:
    """The end of the last day, in the area's time."""
    zone = ZoneInfo(area.time_zone)
    after = at.astimezone(zone).date() + timedelta(days=area.settings.complaint_days + 1)
    return datetime.combine(after, time(), zone)


def is_overdue(complaint: Complaint, now: datetime) -> bool:
    return complaint.state is ComplaintState.OPEN and now >= complaint.due_at


def answered(complaint: Complaint, answer: str, staff_id: UUID, now: datetime) -> Complaint:
    """Raises `TransitionRefused`: what was answered is answered."""
    if complaint.state is not ComplaintState.OPEN:
        raise TransitionRefused(state=complaint.state)
    return msgspec.structs.replace(
        complaint, state=ComplaintState.ANSWERED, answer=answer, answered_at=now, answered_by=staff_id
    )
