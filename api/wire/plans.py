"""Planning runs, plans, rounds, technicians and the day's numbers on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from api.wire.jobs import VisitOut
from db.states import AppointmentState, PlanOrigin, PlanRunState, PlanState, VisitState
from dispatch.bounded import Instant, StrictWire, Wire
from dispatch.rules.expected import Risk


class PlanRunIn(StrictWire):
    """Plan these days (local, inclusive), searching for so many seconds."""

    first_on: date
    last_on: date
    area_id: UUID | None = None
    seconds: Annotated[int, Meta(ge=1, le=600)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 1
    publish: bool = False
    """Send the rounds out at once, without a dispatcher looking at them."""
    change_budget: Annotated[int, Meta(ge=0, le=5_000)] | None = None
    """At most so many visits that are out change their technician or day, lose their place or begin more than a quarter of an hour
    earlier or later than they would by now. Without it, what the area allows on a running day."""


class ProgressOut(Wire):
    """All costs in seconds of travel."""

    seconds: float
    cost: int
    unassigned: int
    budget_seconds: float


class TravelOut(Wire):
    """Where a run's travel times came from: `straight` lines, a road network by its name, a router by its kind. `instead`
    is a code that says why a better source was passed over; `offRoad` of the `places` were reached by straight lines."""

    source: str
    instead: str | None
    places: int
    off_road: int
    pace: float


class PlanRunOut(Wire):
    """`moved`: how many visits that are out the plan moves, of those that count for its `changeBudget` or, without one, for the
    area's. More than the budget only where the rounds cannot stay as they are: `budgetKept` is false then."""

    plan_run_id: UUID
    state: PlanRunState
    first_on: date
    last_on: date
    attempt: int
    requested_at: datetime
    finished_at: datetime | None
    progress: ProgressOut | None
    failure: str | None
    travel: TravelOut | None = None
    change_budget: int | None = None
    moved: int | None = None
    budget_kept: bool | None = None
    plan_id: UUID | None = None


class PlanRuns(Wire):
    items: list[PlanRunOut]


class UnassignedOut(Wire):
    """Why a job has no place: how many shifts each thing blocked, and the smallest change that would make it fit."""

    job_id: UUID
    blocks: dict[str, int]
    hint: dict[str, Any] | None


class PlanOut(Wire):
    """A version of the rounds. Those that a planning run made have `planRunId` and a cost; the others are changes that
    could not wait for one."""

    plan_id: UUID
    plan_version: int
    plan_run_id: UUID | None
    origin: PlanOrigin
    undoes_plan_id: UUID | None
    state: PlanState
    first_on: date
    last_on: date
    cost: dict[str, int]
    unassigned: list[UnassignedOut]
    created_at: datetime
    published_at: datetime | None


class PlanVersionOut(PlanOut):
    """`madeBy`: who asked for the run or changed the rounds by hand; null where no person did. `undoable`: something
    of it still is where it put it, and can go back. `partOfPlanId`: the draft of which some changes went out as this."""

    made_by: str | None
    published_by: str | None
    discarded_at: datetime | None
    discarded_by: str | None
    part_of_plan_id: UUID | None
    undone_by_plan_id: UUID | None
    undoable: bool


class Plans(Wire):
    items: list[PlanVersionOut]


class PublishIn(StrictWire):
    """Without members, the whole draft. `only` these changes, or all but `except`, by job; the rest stays a draft."""

    only: Annotated[list[UUID], Meta(min_length=1, max_length=5_000)] | None = None
    but: Annotated[list[UUID], Meta(max_length=5_000)] = msgspec.field(
        name="except", default_factory=list[UUID]
    )


class DraftOut(Wire):
    """A draft visit beside the one that is out (`present`) where it would change one."""

    visit: VisitOut
    present: VisitOut | None


class PlanWithDrafts(Wire):
    plan: PlanOut
    drafts: list[DraftOut]


class VersionOut(Wire):
    """The version that a change of the rounds made; none where nothing of it was out."""

    plan: PlanOut | None


class StaysOut(Wire):
    """A visit that could not go back."""

    job_id: UUID
    job_number: str
    address: str
    technician_id: UUID
    display_name: str
    start_at: datetime


class UndoneOut(VersionOut):
    """`stays`: what the version moved or made and is not where it was before it."""

    stays: list[StaysOut]


class HeldOut(Wire):
    """Where a version has a job. `displayName` is empty where the technician is of an area that the reader does not see. `risk`: of
    the promise, were it served so; absent where nothing is promised."""

    technician_id: UUID
    display_name: str
    on_day: date
    arrival_at: datetime
    start_at: datetime
    end_at: datetime
    risk: Risk | None = None


class RoundWindow(Wire):
    earliest: datetime
    latest: datetime
    state: AppointmentState


class ChangeOut(Wire):
    """`before` or `after` is null where the job had, or has, no place. `promised`: it has an appointment, whose `window` this is.
    `why`: one sentence of the reasons of the version, in the reader's language; null where there are none (yet)."""

    job_id: UUID
    job_number: str
    kind: str
    title: str
    address: str
    priority: int
    affected: int
    window: RoundWindow | None
    before: HeldOut | None
    after: HeldOut | None
    seconds_later: int
    promised: bool
    why: str | None


class PromisesOut(Wire):
    """How many promises are kept, are served at another time (`late`, though it may be too early), or have nobody who comes."""

    kept: int
    late: int
    unplaced: int


class SplitOut(Wire):
    """What the rounds cost part by part, in seconds of travel, `total` being their sum; how many jobs have a place, and how many
    of those that either side speaks of have none. Of what has no place, leaving it out (`unassigned`) and its outage and lateness to
    the end of the last shift count. `churn`: what moving costs that was out before. `outageMinutes`: subscribers times minutes from the first report on, unweighed."""

    unassigned: int
    outage: int
    lateness: int
    travel: int
    distance: int
    overtime: int
    duration: int
    shifts: int
    unfairness: int
    churn: int
    total: int
    placed: int
    unplaced: int
    promises: PromisesOut
    driving_seconds: int
    driving_m: int
    outage_minutes: int


class PlanChanges(Wire):
    """What lies between two versions; `promisesTouched` names those of `moved` and `dropped` that somebody was promised."""

    moved: list[ChangeOut]
    new: list[ChangeOut]
    dropped: list[ChangeOut]
    promises_touched: list[ChangeOut]
    before: SplitOut
    after: SplitOut


class RoundStopOut(Wire):
    visit_id: UUID
    version: int
    job_id: UUID
    job_number: str
    kind: str
    title: str
    state: VisitState
    sequence: int
    planned_arrival_at: datetime
    planned_start_at: datetime
    planned_end_at: datetime
    address: str
    access_note: str
    latitude: float
    longitude: float
    window: RoundWindow | None
    priority: int
    affected: int
    parts: dict[str, int]
    """What the kind of job usually takes, by code; tools beside it."""
    tools: list[str]
    joined: bool
    """It is somebody else's visit, in whose round it stands as well: this technician comes to help."""
    together_with: list[str]
    """Who else comes, by name: first whose visit it is."""
    expected_arrival_at: datetime | None = None
    """By all that is known now, to the minute; of live visits of a day that runs. Who is there early waits: the work begins at
    `expectedStartAt`."""
    expected_start_at: datetime | None = None
    expected_end_at: datetime | None = None
    risk: Risk | None = None
    """Of the promise; absent where nothing is promised any more."""


class RoundOut(Wire):
    """`absent`: the technician does not come, or has gone home; what had not begun was given to others."""

    technician_id: UUID
    display_name: str
    absent: bool
    leave_at: datetime | None
    back_at: datetime | None
    break_start_at: datetime | None
    break_end_at: datetime | None
    travel_seconds: int
    distance_m: int
    stops: list[RoundStopOut]


class Rounds(Wire):
    on: date
    rounds: list[RoundOut]


class Geometry(Wire):
    """GeoJSON: positions are longitude, latitude."""

    type: str
    coordinates: list[Any]


class Feature(Wire):
    geometry: Geometry
    properties: dict[str, Any]
    type: str = "Feature"


class FeatureCollection(Wire):
    features: list[Feature]
    type: str = "FeatureCollection"


class Reassignment(StrictWire):
    technician_id: UUID


class Joining(StrictWire):
    """Who comes to help."""

    technician_id: UUID


class OnCallIn(StrictWire):
    """Beyond the shift, 24 hours at most."""

    start_at: Instant
    end_at: Instant


class OnCallOut(Wire):
    """Null: not on call on this day."""

    technician_id: UUID
    on_day: date
    on_call_start_at: datetime | None
    on_call_end_at: datetime | None


class TechnicianOut(Wire):
    technician_id: UUID
    display_name: str
    skills: list[str]
    active: bool


class Technicians(Wire):
    items: list[TechnicianOut]


class DayNumbersOut(Wire):
    """Counts of one area's day; `firstTimeFix` is a share in 0..1, absent where there is nothing to divide by."""

    on_day: date
    planned: int
    done: int
    declined: int
    no_access: int
    interrupted: int
    open: int
    first_time_fix: float | None
    promises: int
    promises_kept: int
    promises_missed: int
    outage_minutes: int
    charges: int
    charged_minor: int
    currency: str
    unassigned: int
