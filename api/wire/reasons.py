"""Why the rounds are as they are, on the wire. Costs in seconds of travel, part by part, `total` among them."""

from datetime import date, datetime
from uuid import UUID

from db.states import PlanState, VisitState
from dispatch.bounded import Instant, StrictWire, Wire
from dispatch.rules.reasons import Stands


class ElsewhereOut(Wire):
    """The next best place; `cost` is what the plan would cost more with the job there and all else as it is. Negative: it
    would be better, and the search ran out of time before it saw that."""

    technician_id: UUID
    display_name: str
    on_day: date
    start_at: datetime
    cost: int


class HintOut(Wire):
    """The smallest single change that would give it a place: `overtime` (`seconds` more), `window` (`seconds` outside of it),
    `price` (worth `seconds` more), `part`, `tool` or `skill` (`missing`), `partner` (see there), `none`."""

    kind: str
    technician_id: UUID | None
    display_name: str | None
    on_day: date | None
    seconds: int | None
    missing: str | None


class ReasonOut(Wire):
    """Of one job. Without a place, `technicianId`, `displayName`, `onDay` and `startAt` are null, and `blocks` counts all shifts
    by what blocks each; with one but no other, the other shifts. `cost` is what the plan costs with it there less what it would
    cost without it, `own` the part it has to itself. All of it as of `explainedAt`; `stands` says what has become of it."""

    job_id: UUID
    job_number: str
    technician_id: UUID | None
    display_name: str | None
    on_day: date | None
    start_at: datetime | None
    cost: dict[str, int]
    own: dict[str, int]
    left_out: int | None
    instead: ElsewhereOut | None
    blocks: dict[str, int]
    hint: HintOut | None
    explained_at: datetime
    stands: Stands
    sentences: list[str]


class ReasonsOut(Wire):
    """Of a version of the rounds. `next`: give it as `after` for the following page; absent on the last one."""

    plan_id: UUID
    plan_version: int
    state: PlanState
    items: list[ReasonOut]
    next: UUID | None = None


class WhyNotIn(StrictWire):
    """Why is this technician not to have that job, starting within this window if one is given? Promises stay."""

    job_id: UUID
    technician_id: UUID
    earliest: Instant | None = None
    latest: Instant | None = None


class MovedAsideOut(Wire):
    """A visit that would move; without a place before or after, those are null. `secondsLater` where it stays in its round."""

    job_id: UUID
    job_number: str
    from_display_name: str | None
    from_day: date | None
    to_display_name: str | None
    to_day: date | None
    seconds_later: int


class ObstacleOut(Wire):
    """What prevents it, with the facts that go with the code."""

    code: str
    on_day: date | None
    job_id: UUID | None
    job_number: str | None
    lacks: list[str]
    seconds: int | None


class TriedOut(Wire):
    """Obstacles, or what the rounds would be then: `cost` more than now (negative: less), these visits `moved`. The rounds found
    are good ones, not the best of all: a planning run could still make them cheaper, never dearer."""

    obstacles: list[ObstacleOut]
    cost: dict[str, int]
    on_day: date | None
    start_at: datetime | None
    moved: list[MovedAsideOut]
    sentences: list[str]


class WhyNotOut(Wire):
    """The question, and the answer once a worker has found it."""

    why_not_id: UUID
    plan_id: UUID
    job_id: UUID
    technician_id: UUID
    earliest: datetime | None
    latest: datetime | None
    asked_at: datetime
    answered_at: datetime | None
    answer: TriedOut | None


class OwnVisitOut(Wire):
    """A visit of the own round. `stands` is null where nothing is known of how it came there."""

    visit_id: UUID
    job_id: UUID
    job_number: str
    state: VisitState
    explained_at: datetime | None
    stands: Stands | None
    sentence: str


class OwnRoundOut(Wire):
    """Why this round, and why these visits are mine. `sentence` is null on a day without a round."""

    on: date
    sentence: str | None
    visits: list[OwnVisitOut]
