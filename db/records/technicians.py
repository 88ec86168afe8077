"""Who goes, when, with what."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.records.base import Record
from db.states import StockKind


class Skill(Record):
    area_id: UUID
    code: str
    name: str


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
    absent: bool
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


class StockMove(Record):
    area_id: UUID
    stock_move_id: UUID
    technician_id: UUID
    code: str
    serial: str
    quantity: int
    job_id: UUID | None
    moved_at: datetime
