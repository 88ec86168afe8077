"""What somebody supposed of a day, and what its rounds would be then. Costs in seconds of travel."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.records.base import Record


class SupposedChange(Record):
    """`kind` says which of the others there are. A technician more has an id that nobody else has."""

    kind: str
    job_id: UUID | None = None
    technician_id: UUID | None = None
    minutes: int | None = None
    skills: list[str] = msgspec.field(default_factory=list[str])
    depot_id: UUID | None = None
    latitude: float | None = None
    longitude: float | None = None
    shift_start_at: datetime | None = None
    shift_end_at: datetime | None = None


class WhatIfProgress(Record):
    """Of both searches together."""

    seconds: float
    budget_seconds: float


class WhatIfSide(Record):
    """The rounds as they would be."""

    cost: dict[str, int]
    unassigned: list[UUID]
    kept: int
    late: int
    unplaced: int
    """Promises that are kept, are served at another time, have nobody who comes."""
    moved: int
    """Visits that are out and would go to somebody else, to another day, to nobody, or a quarter of an hour away."""
    driving_seconds: int
    driving_m: int


class WouldMove(Record):
    """A visit that is out; without a technician after, nobody would go."""

    job_id: UUID
    from_technician_id: UUID
    from_start_at: datetime
    to_technician_id: UUID | None
    to_start_at: datetime | None


class WhatIfAnswer(Record):
    """Both sides, searched for equally long; `moved` are those of the side after."""

    before: WhatIfSide
    after: WhatIfSide
    moved: list[WouldMove]


class WhatIf(Record):
    area_id: UUID
    what_if_id: UUID
    on_day: date
    changes: list[SupposedChange]
    budget: timedelta
    """Of each side."""
    seed: int
    asked_by: UUID
    asked_at: datetime
    progress: WhatIfProgress | None = None
    ended_at: datetime | None = None
    failure: str | None = None
    answer: WhatIfAnswer | None = None
