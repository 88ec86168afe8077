"""The subscriber's own link to a job."""

from datetime import datetime
from uuid import UUID

from db.records.base import Record


class SubscriberLink(Record):
    """`reopened`: how often the job had been by then; once it is again, this link is over. `appointment_id`: the promise that
    the subscriber has said to be there for."""

    area_id: UUID
    subscriber_link_id: UUID
    job_id: UUID
    reopened: int
    token_hash: bytes
    made_at: datetime
    made_by: UUID
    revoked_at: datetime | None = None
    wrong_digits: int = 0
    confirmed_at: datetime | None = None
    appointment_id: UUID | None = None
