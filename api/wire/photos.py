"""Photos of a job, on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from dispatch.bounded import Wire


class PhotoOut(Wire):
    """`missing`: a report names it, its bytes have not arrived yet. `refused`: they are no image."""

    photo_id: UUID
    job_id: UUID
    technician_id: UUID
    purpose: str
    sha256: str
    bytes: int
    taken_at: datetime
    state: Literal["missing", "stored", "refused"]
    stored_at: datetime | None
    media_type: str


class Photos(Wire):
    items: list[PhotoOut]
