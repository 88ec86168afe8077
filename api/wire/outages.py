"""Outages and alarms on the wire."""

from datetime import datetime
from uuid import UUID

from db.states import AlarmSeverity, JobState, OutageState, VisitState
from dispatch.bounded import Wire


class AlarmsTaken(Wire):
    """`unknown`: alarms of nothing that is known in the area, by the sender's ids; they are not kept."""

    kept: int
    unknown: list[str]


class ElementOut(Wire):
    """`sure`: 0 to 1."""

    network_element_id: UUID
    kind: str
    name: str
    sure: float


class TicketSignOut(Wire):
    """`networkElementId`: as it was named."""

    ticket_id: UUID
    ticket_number: str
    reported_at: datetime
    network_element_id: UUID | None


class AlarmSignOut(Wire):
    """Of an element, or of a subscriber's terminal."""

    alarm_id: UUID
    source: str
    id: str
    severity: AlarmSeverity
    raised_at: datetime
    cleared_at: datetime | None
    network_element_id: UUID | None
    subscriber_id: UUID | None


class EvidenceOut(Wire):
    """Why it is proposed. `spoke`: subscribers who gave a sign; `odds`: that something has failed, as a logarithm (0 is even);
    `instead`: the next likely elements. Empty where somebody raised it by hand."""

    spoke: int
    odds: float
    sure: float
    instead: list[ElementOut]
    tickets: list[TicketSignOut]
    alarms: list[AlarmSignOut]


class OutageJobOut(Wire):
    """An open job on the branch. `mayMend`: it may be chosen for that; `mends`: its visit mends the element; `follows`: it waits for the end and ends with it. A visit that is
    to come or under way has its state, when it is planned and whose it is."""

    job_id: UUID
    number: str
    kind: str
    state: JobState
    affected: int
    may_mend: bool
    mends: bool
    follows: bool
    visit_state: VisitState | None
    planned_at: datetime | None
    technician: str | None


class OutageOut(Wire):
    """`affected`: subscribers beneath the element; `linked`: tickets, `held`: jobs that wait for its end; `jobId`: what mends it;
    `jobs`: all on the branch while it goes on.
    `announcement`: what the machine that answers calls says once it is accepted, by language."""

    area_id: UUID
    outage_id: UUID
    state: OutageState
    version: int
    network_element_id: UUID
    element_kind: str
    element_name: str
    streets: list[str]
    affected: int
    since: datetime
    proposed_at: datetime
    accepted_at: datetime | None
    expected_at: datetime | None
    restored_at: datetime | None
    job_id: UUID | None
    linked: int
    held: int
    jobs: list[OutageJobOut]
    evidence: EvidenceOut
    announcement: dict[str, str]


class Outages(Wire):
    items: list[OutageOut]


class OutageTold(Wire):
    """What a caller is told before anything else. `text`: to be read out, in the subscriber's language."""

    outage_id: UUID
    element_name: str
    since: datetime
    expected_at: datetime | None
    restored_at: datetime | None
    text: str
