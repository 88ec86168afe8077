"""Systemic problems on the wire."""

from datetime import datetime
from uuid import UUID

from dispatch.bounded import Wire
from dispatch.rules.systemic import Of


class FaultOut(Wire):
    job_id: UUID
    number: str
    reported_at: datetime


class ProblemOut(Wire):
    """`of` an element, a house, a kind of equipment (`name` is where it stands, as a code) or a technician after whom it comes back.
    `expected`: faults that its size would give; `surprise`: how unlikely more are, as powers of ten; `weeks`: how many in each,
    the oldest first; `faults`: the evidence."""

    of: Of
    network_element_id: UUID | None
    technician_id: UUID | None
    name: str
    subscribers: int
    expected: float
    surprise: float
    weeks: list[int]
    faults: list[FaultOut]


class SystemicProblems(Wire):
    """The most surprising first."""

    items: list[ProblemOut]
