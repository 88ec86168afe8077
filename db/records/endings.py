"""What follows the end of a trouble: credits come by themselves; subscribers are called back and asked whether it is mended."""

from datetime import datetime
from uuid import UUID

from db.records.base import Record
from db.states import CallbackState


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
