"""What if, on the wire."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from api.wire.plans import PromisesOut
from dispatch.bounded import Instant, StrictWire, Wire
from dispatch.rules.supposing import Kind


class PointIn(StrictWire):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class ShiftIn(StrictWire):
    start: Instant
    end: Instant


class SupposedIn(StrictWire):
    """`technician-more` takes `skills` and, if they matter, `depotId` or `startAt` (else where the others begin) and `shift` (else that
    of who begins first); such a van has all tools and enough parts. `longer-shift` takes `technicianId` and `minutes`,
    `technician-away` takes `technicianId`, `promise-dropped` and `job-dropped` take `jobId`."""

    kind: Kind
    technician_id: UUID | None = None
    job_id: UUID | None = None
    minutes: Annotated[int, Meta(ge=1, le=240)] | None = None
    skills: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=50)] = msgspec.field(
        default_factory=list[str]
    )
    depot_id: UUID | None = None
    start_at: PointIn | None = None
    shift: ShiftIn | None = None


class WhatIfIn(StrictWire):
    """Of the day `on`, all of these at once. Both sides are searched for `seconds`; without it, as long as a plan of the area."""

    on: date
    changes: Annotated[list[SupposedIn], Meta(min_length=1, max_length=20)]
    area_id: UUID | None = None
    seconds: Annotated[int, Meta(ge=1, le=60)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 1


class TrialState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class TrialProgress(Wire):
    """Of both searches together."""

    seconds: float
    budget_seconds: float


class JobNamed(Wire):
    job_id: UUID
    job_number: str


class SideOut(Wire):
    """The rounds as they would be: `cost` part by part in seconds of travel, `total` among them, without the parts that are nothing.
    `moved` counts visits that are out and would go elsewhere or a quarter of an hour away."""

    cost: dict[str, int]
    unassigned: list[JobNamed]
    promises: PromisesOut
    moved: int
    driving_seconds: int
    driving_m: int


class WouldMoveOut(Wire):
    """A visit that is out. `toTechnicianId` is null for somebody who is only supposed, and `toDisplayName` as well where nobody would
    go."""

    job_id: UUID
    job_number: str
    from_technician_id: UUID
    from_display_name: str
    from_start_at: datetime
    to_technician_id: UUID | None
    to_display_name: str | None
    to_start_at: datetime | None


class WhatIfResult(Wire):
    """Without what is supposed, and with it; `moved` is of the side after."""

    before: SideOut
    after: SideOut
    moved: list[WouldMoveOut]
    sentence: str


class WhatIfOut(Wire):
    """`result` is null until a worker has tried it; `failure` says why it could not be."""

    what_if_id: UUID
    on: date
    state: TrialState
    asked_at: datetime
    ended_at: datetime | None
    progress: TrialProgress | None
    failure: str | None
    result: WhatIfResult | None
