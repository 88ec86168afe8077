"""Outside the areas, the area itself, and who may sign in."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.records.base import Record
from db.states import CreditWay, Role


class Installation(Record):
    only_row: bool
    epoch: UUID
    cursor_key: bytes
    demo: bool


class PlanWeights(Record):
    """An area's own prices in a plan, in seconds of travel; None: as `optimizer.problem.Weights` has it."""

    travel: int | None = None
    distance_per_km: int | None = None
    outage_per_minute: float | None = None
    lateness_per_minute: int | None = None
    overtime: int | None = None
    duration: int | None = None
    churn_shift: int | None = None
    churn_second: float | None = None
    shift_used: int | None = None
    unfairness: float | None = None


class SupportLine(Record):
    """One line of support. How many there are, and how long each may take, is the operator's."""

    number: int
    limit_minutes: int | None = None
    """After so long the fault goes to the field; None: the line takes the time it needs."""
    warn_minutes: int = 3
    """So long before that, it is said."""
    wait_seconds: int = 120
    """How long one may wait for it."""


class AreaSettings(Record):
    """What a planning unit decides for itself."""

    freeze_minutes: int = 30
    """A published visit that starts within this time is not moved."""
    shown_from_hour: int = 18
    """The hour of the evening before from which a technician sees the next day's round."""
    hidden_after_hours: int = 24
    detour: float = 1.3
    """Road length over straight line."""
    speed_kmh: float = 24.0
    """Along that road, all day long. Both hold for slot quotes, and wherever no roads are known."""
    pace_by_hour: list[float] = msgspec.field(default_factory=list[float])
    """How many times as long a drive takes in each of the 24 local hours as on an ordinary one; empty: as long. For plans."""
    slot_minutes: int = 120
    """How long an arrival window is that a desk offers; windows begin at multiples of it from local midnight."""
    quote_minutes: int = 15
    """How long an offer stands."""
    offers: int = 6
    tight_minutes: int = 15
    """A promise that would be kept with less than this to spare is at risk."""
    silent_minutes: int = 45
    """A technician who should have reported something for so long and did not is silent."""
    far_minutes: int = 30
    """A visit to which the drive takes longer is a far one."""
    late_from_hour: int = 19
    """The hour from which work is late work."""
    fairness: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    """Other weights than those of `dispatch/rules/fairness.py`."""
    change_budget: int = 40
    """How many published visits a re-plan of a running day may give to somebody else or move by over half an hour."""
    dispatcher_phone: str = ""
    """Whom a technician calls; E.164."""
    support_phone: str = ""
    """Whom a subscriber calls; E.164."""
    plan_days: int = 2
    plan_seconds: int = 12
    weights: PlanWeights = PlanWeights()
    support_lines: list[SupportLine] = msgspec.field(
        default_factory=lambda: [SupportLine(number=1), SupportLine(number=2, limit_minutes=15)]
    )
    callback_hours: int | None = 24
    """So long after a visit was closed the subscriber is asked whether it is mended; None: nobody asks."""
    callback_again_minutes: int = 180
    """So long after nobody was reached it is tried again."""
    callback_tries: int = 3
    complaint_days: int = 30
    """By the end of so many days a complaint is answered."""
    credits_leave_by: CreditWay = CreditWay.BILLING
    """Of credits from now on; each keeps the way with which it was made."""


class Area(Record):
    area_id: UUID
    code: str
    name: str
    time_zone: str
    currency: str
    language: str
    settings: AreaSettings
    version: int = 1


class Staff(Record):
    staff_id: UUID
    login: str
    display_name: str
    language: str
    password_hash: str | None
    active: bool = True
    version: int = 1


class StaffAreaRole(Record):
    staff_id: UUID
    area_id: UUID
    role: Role
    technician_id: UUID | None = None


class PasswordLink(Record):
    """`made_by`: a supervisor, or nobody (0) at the command line."""

    area_id: UUID
    code_hash: bytes
    password_link_id: UUID
    staff_id: UUID
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Session(Record):
    session_hash: bytes
    session_id: UUID
    staff_id: UUID
    created_at: datetime
    used_at: datetime
    ended_at: datetime | None
    agent: str
    device_id: UUID | None = None
    """The phone that it was opened on: it ends when that one is revoked."""


class Token(Record):
    token_hash: bytes
    token_id: UUID
    name: str
    scopes: list[str]
    area_ids: list[UUID]
    created_at: datetime
    revoked_at: datetime | None
