"""Why a version of the rounds has a job where it has it, or nowhere; and what somebody asked of it. Costs in seconds of travel."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from db.records.base import Record


class Elsewhere(Record):
    """The next best place of a job, and what the plan would cost more with it there."""

    technician_area_id: UUID
    technician_id: UUID
    on_day: date
    start_at: datetime
    cost: int


class WouldHelp(Record):
    """The smallest change that would give a job a place; `kind` is the optimizer's word, the rest what goes with it."""

    kind: str
    technician_id: UUID | None = None
    on_day: date | None = None
    seconds: int | None = None
    missing: str | None = None


class PlanReason(Record):
    """Of one job. The four members of its place are None where the version left it out."""

    area_id: UUID
    plan_id: UUID
    job_id: UUID
    technician_area_id: UUID | None
    technician_id: UUID | None
    on_day: date | None
    start_at: datetime | None
    cost: dict[str, int]
    """What the plan costs more with it there, part by part; parts that are nothing are missing."""
    own: dict[str, int]
    """What of it the visit has to itself."""
    left_out: int | None
    """What doing without it would cost; None where that is no question."""
    instead: Elsewhere | None
    blocks: dict[str, int]
    """How many shifts each thing blocked, where there is no other place, or none at all."""
    hint: WouldHelp | None
    """For a job that has no place."""
    explained_at: datetime


class MovedAside(Record):
    """A job that makes room for another. Its places are None where it has none."""

    job_id: UUID
    from_technician_id: UUID | None
    from_day: date | None
    to_technician_id: UUID | None
    to_day: date | None
    seconds_later: int
    """Where it stays in its round."""


class Obstacle(Record):
    """What prevents a place: a code, and the facts that go with it."""

    code: str
    on_day: date | None = None
    job_id: UUID | None = None
    lacks: list[str] = msgspec.field(default_factory=list[str])
    seconds: int | None = None


class Tried(Record):
    """What became of the plan with the job where it was asked for; or what prevents it."""

    obstacles: list[Obstacle]
    cost: dict[str, int]
    """More than without, part by part, `total` among them; negative: less."""
    on_day: date | None
    start_at: datetime | None
    moved: list[MovedAside]


class WhyNot(Record):
    """Why is this technician not to have that job, within this window if one is given?"""

    area_id: UUID
    why_not_id: UUID
    plan_id: UUID
    job_id: UUID
    technician_id: UUID
    earliest_at: datetime | None
    latest_at: datetime | None
    asked_by: UUID
    asked_at: datetime
    answered_at: datetime | None
    answer: Tried | None
