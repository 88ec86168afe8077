"""What a dispatcher should look at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db.records.base import Record
from db.states import AlertKind


class Alert(Record):
    """Open while it is true. `subject_id`: an appointment, a visit, a technician, a report: by kind."""

    area_id: UUID
    alert_id: UUID
    kind: AlertKind
    subject_id: UUID
    job_id: UUID | None
    technician_id: UUID | None
    facts: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
