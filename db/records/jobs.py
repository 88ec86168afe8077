"""From the ticket to the appointment."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.records.base import Record
from db.states import AppointmentState, HoldReason, JobState


class Job(Record):
    area_id: UUID
    job_id: UUID
    number: str
    kind: str
    kind_version: int
    state: JobState
    hold_reason: HoldReason | None
    subscriber_id: UUID
    place_id: UUID
    contact_id: UUID | None
    network_element_id: UUID | None
    priority: int
    fault_class: str
    affected: int
    service_duration: timedelta
    reported_at: datetime
    received_at: datetime
    due_at: datetime
    restored_at: datetime | None
    closed_at: datetime | None
    reopened: int = 0
    resumed_at: datetime | None = None
    """Last taken up again by a person: what was reported before no longer decides the job's state."""
    earliest_on: date | None = None
    """Not planned for a day before."""
    outage_id: UUID | None = None
    """That holds it, or that it mends; of one that was released all the same, the one that it is not of."""
    access_note: str = ""
    """How to get in, in the subscriber's own words."""
    version: int = 1


class Reading(Record):
    """One value line 2 measured: quantity, value, unit."""

    quantity: str
    value: float
    unit: str


class Diagnosis(Record):
    summary: str
    readings: list[Reading]


class Escalation(Record):
    area_id: UUID
    escalation_id: UUID
    source: str
    ticket_number: str
    sequence: int
    ticket_id: UUID
    job_id: UUID
    fault_class: str
    diagnosis: Diagnosis
    content_hash: bytes
    received_at: datetime
    received_from: UUID


class Appointment(Record):
    area_id: UUID
    appointment_id: UUID
    job_id: UUID
    state: AppointmentState
    earliest_at: datetime
    latest_at: datetime
    slot_quote_id: UUID | None
    promised_at: datetime
    promised_by: UUID
    arrived_at: datetime | None
    version: int = 1
