"""Emergencies, and technicians who do not come, on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from api.wire.plans import PlanOut
from db.states import AbsenceReason
from dispatch.bounded import Instant, StrictWire, Wire
from dispatch.rules.expected import Trouble


class EmergencyIn(StrictWire):
    """Which job has to be served today, and how many visits of others may give way to it at most."""

    job_id: UUID
    most_moved: Annotated[int, Meta(ge=0, le=3)] = 3


class MovedOut(Wire):
    """A visit that makes room: to whom it goes and when it begins there; null where a later plan has to find a place."""

    job_id: UUID
    job_number: str
    address: str
    from_technician_id: UUID
    from_display_name: str
    to_technician_id: UUID | None
    to_display_name: str | None
    to_day: date | None
    start_at: datetime | None


class LaterOut(Wire):
    """A visit that stays with its technician and begins so many seconds later (negative: earlier). A promised one still
    begins within its window."""

    job_id: UUID
    job_number: str
    address: str
    technician_id: UUID
    display_name: str
    seconds: int
    promised: bool


class ShiftedOut(Wire):
    """A visit that stays in its round and begins at `startAt`, so many seconds later (negative: earlier)."""

    job_id: UUID
    job_number: str
    address: str
    technician_id: UUID
    display_name: str
    start_at: datetime
    seconds: int
    promised: bool


class AtRiskOut(Wire):
    """A promise that would be kept with only `spareSeconds` left (negative: broken by so much), which is less than now."""

    job_id: UUID
    job_number: str
    address: str
    technician_id: UUID
    display_name: str
    start_at: datetime
    latest_at: datetime
    spare_seconds: int


class MessageOut(Wire):
    """What somebody is to hear, in their language: the technician of `technicianId`, or the subscriber of the job. `sent`: by the
    change itself; else it has to be said."""

    technician_id: UUID | None
    display_name: str | None
    job_id: UUID | None
    job_number: str | None
    address: str | None
    language: str
    text: str
    sent: bool


class ConsequencesOut(Wire):
    """What a change does to the rounds: driving and overtime more than now (negative: less), visits that shift, promises that get
    tight, who hears what."""

    driving_seconds: int
    driving_m: int
    overtime_seconds: int
    shifted: list[ShiftedOut]
    promises_at_risk: list[AtRiskOut]
    messages: list[MessageOut]


class OptionOut(Wire):
    """One way, and what it does to others. `cost` is what the plan costs more, in seconds of travel."""

    option: int
    technician_id: UUID
    display_name: str
    on_day: date
    expected_arrival_at: datetime
    expected_start_at: datetime
    expected_end_at: datetime
    cost: int
    moved: list[MovedOut]
    later: list[LaterOut]
    consequences: ConsequencesOut


class ProposalOut(Wire):
    """The best first; none where nobody who can has room."""

    proposal_id: UUID
    job_id: UUID
    created_at: datetime
    expires_at: datetime
    options: list[OptionOut]


class AcceptIn(StrictWire):
    """The number of the option taken."""

    option: Annotated[int, Meta(ge=1, le=100)]


class AbsenceIn(StrictWire):
    """From `onDay` until the end of `lastOn` (that day alone, if it is left out), or on that day until `backAt`."""

    on_day: date
    last_on: date | None = None
    back_at: Instant | None = None
    reason: AbsenceReason | None = None


class GivenOut(Wire):
    """A visit that somebody cannot keep, and was to begin at `wasAt`. `earliest` and `latest`: what is promised."""

    job_id: UUID
    job_number: str
    address: str
    earliest: datetime | None
    latest: datetime | None
    from_technician_id: UUID
    from_display_name: str
    was_at: datetime


class TakenOut(GivenOut, kw_only=True):
    """Another technician has it now, or the same one at another time, and begins at `startAt`."""

    technician_id: UUID
    display_name: str
    on_day: date
    start_at: datetime


class UnplacedOut(GivenOut):
    """Nobody had room for it: it waits for the next plan, and what is promised has no place."""


class AbsenceOut(Wire):
    """What became of the visits of somebody who does not come; `plan` is the version of the rounds that says so, null where
    there was nothing to give away or nothing was out."""

    plan: PlanOut | None
    taken: list[TakenOut]
    unplaced: list[UnplacedOut]


class ReturnOut(Wire):
    """Who comes after all, on which days. What was given away stays where it is: `taken` and `unplaced` say where that is now, and
    `planIds` which versions gave it away and can be taken back, newest first."""

    days: list[date]
    plan_ids: list[UUID]
    taken: list[TakenOut]
    unplaced: list[UnplacedOut]


class AbsenceForeseen(Wire):
    """What would become of the visits of somebody who did not come, as the rounds are now."""

    taken: list[TakenOut]
    unplaced: list[UnplacedOut]
    consequences: ConsequencesOut


class PromiseOut(Wire):
    """What becomes of a promise in question: who comes and when; null where nobody does."""

    job_id: UUID
    job_number: str
    address: str
    technician_id: UUID | None
    display_name: str | None
    start_at: datetime | None
    latest_at: datetime
    kept: bool


class ReliefSeen(StrictWire):
    """A visit and who is to take it; null: nobody else can."""

    job_id: UUID
    technician_id: UUID | None


class ReliefOut(Wire):
    """The answer for a technician who is late or silent. `unplaced`: nobody else has room; of who is late they stay. Give `seen`
    back to have it done."""

    taken: list[TakenOut]
    unplaced: list[UnplacedOut]
    promises: list[PromiseOut]
    consequences: ConsequencesOut
    seen: list[ReliefSeen]


class ReliefIn(StrictWire):
    """The answer as it was read."""

    on_day: date
    trouble: Trouble
    seen: Annotated[list[ReliefSeen], Meta(max_length=200)]
