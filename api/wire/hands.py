"""Changes by hand on the wire: trying one, doing it, pins."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from api.wire.jobs import VisitOut
from api.wire.plans import PlanOut
from dispatch.bounded import Instant, StrictWire, Wire
from dispatch.rules.hands import BreakCode

Version = Annotated[int, Meta(ge=0, le=2**53)]


class TrialIn(StrictWire):
    """A job that is dragged: over a day, and where it is held over somebody, over whom and when."""

    on: date
    job_id: UUID
    technician_id: UUID | None = None
    start_at: Instant | None = None


class BreakOut(Wire):
    """What it breaks: give its code in `accept` to do it all the same (`absent` cannot be accepted). `jobNumber`: of another job,
    whose promise or pin it is."""

    code: BreakCode
    seconds: int | None
    job_number: str | None
    sentence: str


class TrialRow(Wire):
    """The job in one technician's day. `cost`: how much more than where it stands now, in seconds of travel, with all it breaks; less
    than nothing is better. `parts`: of what it is the sum, as in the costs of plans, without unfairness, which is of many days; those
    that are nothing are left out. `after`: the visit before it, null where it is the first."""

    technician_id: UUID
    start_at: datetime
    cost: int
    parts: dict[str, int]
    extra_travel_seconds: int
    breaks: list[BreakOut]
    after: UUID | None


class PresentOut(Wire):
    """Where it stands now, and what it costs there."""

    technician_id: UUID
    start_at: datetime
    cost: int


class TrialOut(Wire):
    """The best place in each technician's day, cheapest first. `asked`: exactly what was named. `absent`: who was named does not come.
    `version`: of the visit, or of the job where it has none."""

    job_id: UUID
    visit_id: UUID | None
    version: int
    now: PresentOut | None
    rows: list[TrialRow]
    asked: TrialRow | None
    absent: BreakOut | None


class MoveMessage(Wire):
    """What somebody would be told, in the own language."""

    to: str
    language: str
    text: str


class MoveMessages(Wire):
    """Technicians, first who gets it; then the subscriber, where a promise breaks and a text can be sent."""

    items: list[MoveMessage]


class ExpectedIn(StrictWire):
    """What you saw: the version of the visit, or of the job that waits; of the rounds that it leaves and enters, as the board gives
    them; and the stream's last number. What is left out is not compared."""

    visit_version: Version | None = None
    job_version: Version | None = None
    technician_days: dict[UUID, Version] = msgspec.field(default_factory=dict[UUID, Version])
    cursor: Version | None = None


class MoveIn(StrictWire):
    """To this technician, at this time (or as soon after it as can be) or where it fits best. `accept`: what may break."""

    on: date
    job_id: UUID
    technician_id: UUID
    start_at: Instant | None = None
    expected: ExpectedIn = msgspec.field(default_factory=ExpectedIn)
    accept: list[BreakCode] = msgspec.field(default_factory=list[BreakCode])


class UnassignIn(StrictWire):
    """The job is to wait again."""

    job_id: UUID
    expected: ExpectedIn = msgspec.field(default_factory=ExpectedIn)
    accept: list[BreakCode] = msgspec.field(default_factory=list[BreakCode])


class MovedByHand(Wire):
    """`plan` and `planId`: the version that it made, which can be taken back; null where nothing of it was out."""

    plan_id: UUID | None
    plan: PlanOut | None
    visit: VisitOut | None
    accepted: list[BreakCode]


class PinIn(StrictWire):
    """`startAt`: the time as well; else only the technician."""

    start_at: Instant | None = None
