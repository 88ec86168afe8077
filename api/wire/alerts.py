"""Alerts on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db.states import AlertKind
from dispatch.bounded import Wire


class AlertOut(Wire):
    """Open while it is true. `subjectId`: an appointment, a visit, a technician, a report: by kind."""

    alert_id: UUID
    kind: AlertKind
    subject_id: UUID
    job_id: UUID | None
    technician_id: UUID | None
    facts: dict[str, Any]
    opened_at: datetime


class Alerts(Wire):
    items: list[AlertOut]
