"""Who goes, when, with what."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.records.base import Record
from db.states import AbsenceReason, StockKind


class Skill(Record):
    area_id: UUID
    code: str
    name: str
    version: int = 1


class Technician(Record):
    area_id: UUID
    technician_id: UUID
    staff_id: UUID
    display_name: str
    skills: list[str]
    start_place_id: UUID
    overtime_max: timedelta
    active: bool = True
    version: int = 1
    removed_version: int = 0
    """The highest that a removed day of his had: one that is made anew goes on from there."""
    phone: str = ""
    """Where a dispatcher calls; empty: not said."""


class Device(Record):
    area_id: UUID
    device_id: UUID
    technician_id: UUID
    name: str
    enrolled_at: datetime
    revoked_at: datetime | None
    key_hash: bytes | None
    last_seq: int
    last_seen_at: datetime | None
    revoked_reason: str = ""
    storage_lost_at: datetime | None = None
    """When the phone last said that it had forgotten what it had not sent."""


class DeviceGap(Record):
    """Numbers of a phone's count that have not arrived, though later ones have."""

    area_id: UUID
    device_id: UUID
    first_seq: int
    last_seq: int
    opened_at: datetime


class Enrolment(Record):
    """A link by which a technician's phone may enrol, once."""

    area_id: UUID
    code_hash: bytes
    enrolment_id: UUID
    technician_id: UUID
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    device_id: UUID | None


class TechnicianDay(Record):
    area_id: UUID
    technician_id: UUID
    on_day: date
    area_id_worked: UUID
    shift_start_at: datetime
    shift_end_at: datetime
    break_earliest_at: datetime | None
    break_latest_at: datetime | None
    break_duration: timedelta | None
    on_call: bool
    """The shift is one of waiting for a call."""
    absent: bool
    absence_reason: AbsenceReason | None = None
    absence_id: UUID | None = None
    """The planned absence by which the day is absent, or shorter."""
    on_call_start_at: datetime | None = None
    """From when to when one may come beyond another shift."""
    on_call_end_at: datetime | None = None
    shift_due_at: datetime | None = None
    """When the shift was to begin, of who comes later."""
    draft_version: int = 1
    """The version of which the day's drafts speak."""
    version: int = 1


class Stock(Record):
    area_id: UUID
    stock_id: UUID
    technician_id: UUID | None
    depot_id: UUID | None
    kind: StockKind
    code: str
    serial: str
    quantity: int
    version: int = 1


class Part(Record):
    """What a code of stock is called. One that nobody has named yet has version 0, and its code for a name."""

    area_id: UUID
    code: str
    kind: StockKind
    name: str
    version: int = 1


class StockMove(Record):
    area_id: UUID
    stock_move_id: UUID
    technician_id: UUID
    code: str
    serial: str
    quantity: int
    job_id: UUID | None
    moved_at: datetime
