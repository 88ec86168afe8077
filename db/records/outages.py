"""Where it is dark: what network elements say, and what is made of it together with tickets."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.records.base import Record
from db.states import AlarmSeverity, OutageState


class Alarm(Record):
    """Of an element, or of a subscriber's terminal. `source_alarm_id`: how the system that sent it calls it."""

    area_id: UUID
    alarm_id: UUID
    source: str
    source_alarm_id: str
    network_element_id: UUID | None
    subscriber_id: UUID | None
    severity: AlarmSeverity
    raised_at: datetime
    received_at: datetime
    cleared_at: datetime | None


class OutageEvidence(Record):
    """What a proposal rests on; nothing for an outage that somebody raised by hand."""

    signs: list[UUID] = msgspec.field(default_factory=list[UUID])
    """Tickets and alarms, the earliest first."""
    spoke: int = 0
    """Subscribers among them."""
    odds: float = 0.0
    """That something has failed there, as a logarithm."""
    sure: float = 0.0
    """0..1: that it is this element, of its branch."""
    instead: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    """The next likely elements, as `sure`."""


class Outage(Record):
    """`since`: the earliest sign. `affected`: subscribers beneath the element. `job_id`: what mends it. `version` grows with
    what people decide and with another element, not with each sign."""

    area_id: UUID
    outage_id: UUID
    network_element_id: UUID
    state: OutageState
    since: datetime
    proposed_at: datetime
    affected: int
    evidence: OutageEvidence
    accepted_at: datetime | None = None
    accepted_by: UUID | None = None
    expected_at: datetime | None = None
    restored_at: datetime | None = None
    ended_at: datetime | None = None
    job_id: UUID | None = None
    version: int = 1
