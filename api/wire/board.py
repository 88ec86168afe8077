"""The dispatcher's board on the wire."""

from datetime import date, datetime
from uuid import UUID

from api.wire.plans import PlanRunOut, RoundStopOut, RoundWindow
from db.states import AbsenceReason, HoldReason, JobState, PlanOrigin
from dispatch.bounded import Wire
from dispatch.rules.told_board import Burning, Level


class Position(Wire):
    latitude: float
    longitude: float


class PlanBrief(Wire):
    """A version of the rounds, without them."""

    plan_id: UUID
    plan_version: int
    origin: PlanOrigin
    first_on: date
    last_on: date
    created_at: datetime
    published_at: datetime | None


class DraftBrief(PlanBrief):
    """`changes`: to how many jobs it would give another place, a first one, or none."""

    changes: int


class DepotAtOut(Wire):
    depot_id: UUID
    name: str
    latitude: float
    longitude: float


class BoardStop(RoundStopOut, kw_only=True):
    """A visit. `onDay`: of the round that it belongs to; the day before, where that reaches beyond midnight. `frozen`: no plan moves it, because it is about to begin, has begun, is over or is somebody else's. `review`:
    a record of its job waits for a decision. `lateSeconds`: by how much its promise is expected to be broken. `street` and
    `house`: the address as briefly as people who know the town say it; `house` is empty where the address is one text."""

    on_day: date
    pinned: bool
    pinned_start_at: datetime | None
    frozen: bool
    subscriber: str
    district: str
    street: str
    house: str
    dark_since: datetime | None
    travel_seconds: int
    late_seconds: int
    review: bool


class BoardTechnician(Wire):
    """One technician's day. `version` is another whenever the round is; give it with a change by hand. `shiftDueAt`: when the shift was to begin, of who
    comes later. `absenceId`: the planned absence by which the day is absent, or shorter. `onCall`: waits for a
    call in the shift or beyond it, there from when to when. `lent`: of another area. `backAt`: by all that is known now. `travelSeconds` and `distanceM` are of the whole day."""

    technician_id: UUID
    display_name: str
    phone: str
    version: int
    skills: list[str]
    absent: bool
    absence_reason: AbsenceReason | None
    absence_id: UUID | None
    shift_start_at: datetime
    shift_end_at: datetime
    shift_due_at: datetime | None
    on_call: bool
    on_call_start_at: datetime | None
    on_call_end_at: datetime | None
    lent: bool
    start: Position | None
    leave_at: datetime | None
    back_at: datetime | None
    break_start_at: datetime | None
    break_end_at: datetime | None
    travel_seconds: int
    distance_m: int
    overtime_seconds: int
    last_seen_at: datetime | None
    silent: bool
    stops: list[BoardStop]


class BoardWaiting(Wire):
    """A job without a place. `technicians`: how many it takes. `reason`: why it has none, as far as that was found out; `suspendedReason`:
    it is on hold, and no plan takes it up."""

    job_id: UUID
    job_number: str
    version: int
    kind: str
    title: str
    priority: int
    affected: int
    dark_since: datetime | None
    due_at: datetime | None
    state: JobState
    address: str
    latitude: float
    longitude: float
    window: RoundWindow | None
    skills: list[str]
    duration_seconds: int
    technicians: int
    subscriber: str
    district: str
    reason: str
    suspended_reason: HoldReason | None


class BoardOutage(Wire):
    """A job whose trouble darkens several. `around`: corners of the ground where the subscribers of its network element live, fewer
    than three where that is no ground."""

    job_id: UUID
    job_number: str
    affected: int
    latitude: float
    longitude: float
    around: list[Position]


class BoardAttention(Wire):
    """One thing to look at, in the reader's language."""

    kind: Burning
    level: Level
    sentence: str
    technician_id: UUID | None
    visit_id: UUID | None
    job_id: UUID | None
    review_id: UUID | None
    since: datetime


class BoardNumbersOut(Wire):
    """What the day comes to. `brokenPromises`: served too late, or nobody goes. `outageMinutes`: subscribers times minutes, from the first report to the end of each visit.
    `unfairness`: by how many seconds a technician's day differs from the others', on average."""

    visits: int
    done: int
    at_risk: int
    broken_promises: int
    promises: int
    unassigned: int
    outage_minutes: int
    driving_seconds: int
    distance_m: int
    overtime_seconds: int
    unfairness: int


class BoardDay(Wire):
    """A day as one consistent reading. `cursor`: up to where the stream's changes are in it. `opensAt` and `closesAt`: the span of
    all shifts and rounds. `numbers` is what is to be expected now, `published` what the rounds that are out say.
    `codes`: what skills, parts and tools are called."""

    area_id: UUID
    area_name: str
    on: date
    now: datetime
    time_zone: str
    currency: str
    cursor: int
    opens_at: datetime | None
    closes_at: datetime | None
    plan: PlanBrief | None
    drafts: list[DraftBrief]
    runs: list[PlanRunOut]
    depots: list[DepotAtOut]
    technicians: list[BoardTechnician]
    waiting: list[BoardWaiting]
    outages: list[BoardOutage]
    attention: list[BoardAttention]
    numbers: BoardNumbersOut
    published: BoardNumbersOut | None
    holiday: str | None
    codes: dict[str, str]


class BoardChanged(Wire):
    """What the stream says of entries of the journal up to `n`: which visits, jobs, technicians and days they touched."""

    n: int
    kinds: list[str]
    visit_ids: list[UUID]
    job_ids: list[UUID]
    technician_ids: list[UUID]
    days: list[date]
