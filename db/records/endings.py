"""What follows the end of a trouble: the subscriber is asked whether it is mended, and a complaint is answered."""

from datetime import datetime
from uuid import UUID

from db.records.base import Record
from db.states import CallbackState, ComplaintState


class EndingCursor(Record):
    """Up to where an area's journal was read for troubles that have ended."""

    area_id: UUID
    n: int


class Callback(Record):
    """The subscriber of a closed job is to be asked whether it is mended. `closing`: how often the job had been reopened by then;
    once it is reopened again, nobody has to ask."""

    area_id: UUID
    callback_id: UUID
    job_id: UUID
    ticket_id: UUID
    subscriber_id: UUID
    closing: int
    state: CallbackState
    due_at: datetime
    made_at: datetime
    tries: int = 0
    """Calls that reached nobody."""
    staff_id: UUID | None = None
    """Who has it, or had it last."""
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1


class Complaint(Record):
    """`about`: whom or what, as it was said; `about_staff_id`: where that is known to be somebody of ours. What was said never
    changes, and the answer is written once."""

    area_id: UUID
    complaint_id: UUID
    number: str
    subscriber_id: UUID
    ticket_id: UUID | None
    about: str
    about_staff_id: UUID | None
    text: str
    complained_at: datetime
    opened_at: datetime
    opened_by: UUID
    due_at: datetime
    state: ComplaintState
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: UUID | None = None
    version: int = 1
