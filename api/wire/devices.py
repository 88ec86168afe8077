"""Phones as a dispatcher sees them, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from dispatch.bounded import LINE, StrictWire, Wire


class EnrolmentOut(Wire):
    """Shown this once. Whoever opens the link first has enrolled a phone for the technician."""

    url: str
    code: str
    expires_at: datetime


class DeviceSeenOut(Wire):
    """`missing`: how many of its records have not arrived, though later ones have for half an hour."""

    device_id: UUID
    technician_id: UUID
    technician_name: str
    name: str
    enrolled_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str
    storage_lost_at: datetime | None
    missing: int


class DevicesSeen(Wire):
    items: list[DeviceSeenOut]


class Revoking(StrictWire):
    """Why, in the dispatcher's words."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=LINE)]


class MissingRange(Wire):
    """Numbers in the phone's own count, both ends included."""

    first: int
    last: int
    since: datetime


class GapsOut(Wire):
    """What one phone has recorded and the server has not. `storageLostAt`: it said that it will not send it any more. `lastSeenAt`: when
    it was last in touch."""

    device_id: UUID
    device_name: str
    technician_id: UUID
    technician_name: str
    count: int
    since: datetime | None
    storage_lost_at: datetime | None
    last_seen_at: datetime | None
    missing: list[MissingRange]


class Gaps(Wire):
    """`unheard`: names of who works here and was never heard by a phone; what they record is unknown."""

    items: list[GapsOut]
    unheard: list[str]
