"""Complaints on the wire."""

from datetime import datetime
from uuid import UUID

from db.states import ComplaintState, HistoryKind
from dispatch.bounded import StrictWire, Wire
from dispatch.rules.complaints import Words


class ComplaintOut(Wire):
    """`openedBy`, `aboutStaff`, `answeredBy`: names of staff, empty where it is nobody. `language` is the subscriber's: the one to
    answer in."""

    area_id: UUID
    complaint_id: UUID
    number: str
    state: ComplaintState
    overdue: bool
    subscriber_id: UUID
    contract: str
    language: str
    ticket_id: UUID | None
    ticket_number: str
    about: str
    about_staff: str
    text: str
    complained_at: datetime
    opened_at: datetime
    opened_by: str
    due_at: datetime
    answer: str
    answered_at: datetime | None
    answered_by: str


class ComplaintEntryOut(Wire):
    """What was done, when, at which line and by whom: a name, empty where it came to be so by itself. Not what was said."""

    at: datetime
    line: int
    staff: str
    kind: HistoryKind


class ComplaintDetailOut(ComplaintOut):
    """`history`: of its ticket, or of the subscriber where it is of none, newest first. `reachable`: a phone is known
    to which the answer goes, the subscriber's or of who called for its ticket; `answerSentAt`: when it left, null while it waits."""

    history: list[ComplaintEntryOut]
    reachable: bool
    answer_sent_at: datetime | None


class Complaints(Wire):
    """Open ones by their deadline, so the overdue ones first; then what was answered, the newest answer first."""

    items: list[ComplaintOut]


class AnswerIn(StrictWire):
    text: Words
