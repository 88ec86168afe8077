"""What is counted over weeks."""

from datetime import datetime
from uuid import UUID

from db.records.base import Record
from db.states import Location


class FaultRow(Record):
    """A job that was owed; of a mass outage only the one that mends it. `came_back`: within thirty days of its closing the same
    subscriber had another."""

    job_id: UUID
    number: str
    reported_at: datetime
    subscriber_id: UUID
    network_element_id: UUID | None
    city: str
    street: str
    house: str
    technician_id: UUID | None
    location: Location | None
    came_back: bool


class HouseRow(Record):
    """How many live in a house."""

    city: str
    street: str
    house: str
    subscribers: int
