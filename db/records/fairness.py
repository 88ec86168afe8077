"""What days asked of technicians beyond the ordinary."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.records.base import Record


class FairnessDay(Record):
    """Of one technician on one day that was worked; zeros are an ordinary day."""

    area_id: UUID
    """The technician's home."""
    technician_id: UUID
    on_day: date
    overtime_minutes: int
    far_visits: int
    emergencies: int
    weekend_minutes: int
    late_minutes: int
    joined_visits: int
    burden_minutes: int
    """All of it in minutes, by the area's weights of that time."""
    settled_at: datetime


class Attendance(Record):
    """A technician was at a visit, the own one or another's. Read from visits; not a row of any table."""

    technician_id: UUID
    on_day: date
    joined: bool
    emergency: bool
    travel_duration: timedelta
    arrived_at: datetime
    ended_at: datetime | None
