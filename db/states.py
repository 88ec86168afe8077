"""The closed lists of the domain. Each equals the CHECK of its column (a test compares them)."""

from enum import StrEnum


class Role(StrEnum):
    TECHNICIAN = "technician"
    DISPATCHER = "dispatcher"
    SUPPORT = "support"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class AbsenceReason(StrEnum):
    ILLNESS = "illness"
    HOLIDAY = "holiday"
    TRAINING = "training"
    OTHER = "other"


class FoundBy(StrEnum):
    """How a place's coordinates were found."""

    GIVEN = "given"
    GEOCODER = "geocoder"
    PIN = "pin"


class Relation(StrEnum):
    """Of who calls, writes or is on site to the holder of the contract. `unknown`: nobody has said."""

    HOLDER = "holder"
    FAMILY = "family"
    NEIGHBOUR = "neighbour"
    TENANT = "tenant"
    STAFF = "staff"
    OTHER = "other"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    """How a ticket came. `system`: another ticket system handed its escalation over."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    ACCOUNT = "account"
    SYSTEM = "system"


class TicketState(StrEnum):
    """`waiting` in the queue of its line; `pending`: for the subscriber; `linked` to an outage."""

    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    ESCALATED = "escalated"
    LINKED = "linked"
    RESOLVED = "resolved"
    CLOSED = "closed"


class VerifiedBy(StrEnum):
    """How it was found out that the caller speaks for the contract: the holder's name said right, or a code told."""

    NAME = "name"
    CODE = "code"
    ACCOUNT = "account"


class Localisation(StrEnum):
    """Where line 2 finds the fault."""

    SUBSCRIBER = "subscriber"
    LINE = "line"
    EQUIPMENT = "equipment"
    NETWORK = "network"


class PauseReason(StrEnum):
    """Why the clock of a line may stand still, and nothing else."""

    SUBSCRIBER_AWAY = "subscriber_away"
    DEVICE_RESTARTS = "device_restarts"
    CALL_CUT = "call_cut"
    SYSTEM_DOWN = "system_down"


OVER_TICKET = frozenset({TicketState.RESOLVED, TicketState.CLOSED})
"""Nobody works on it."""


class HistoryKind(StrEnum):
    """What happened between a subscriber and support."""

    OPENED = "opened"
    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    CHECKED = "checked"
    NOTED = "noted"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    PAUSED = "paused"
    WENT_ON = "went_on"
    OVERRAN = "overran"
    AGREED = "agreed"
    TESTED = "tested"
    ACTED = "acted"
    LOCALISED = "localised"
    ASKED_BACK = "asked_back"
    ESCALATED = "escalated"
    LINKED = "linked"
    UNLINKED = "unlinked"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"


class OutageState(StrEnum):
    """`withdrawn`: the signs fell away, or it lies within a larger one."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


class AlarmSeverity(StrEnum):
    """As network management systems grade them."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    WARNING = "warning"


class TerminalFault(StrEnum):
    """What is wrong with a subscriber's end of the simulated access network."""

    NONE = "none"
    DARK = "dark"
    WEAK = "weak"
    DEAD = "dead"
    PORT_STUCK = "port_stuck"
    ROUTER = "router"
    WIFI_OFF = "wifi_off"


class StockKind(StrEnum):
    PART = "part"
    SERIAL = "serial"
    TOOL = "tool"


class JobState(StrEnum):
    RECEIVED = "received"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESTORED = "restored"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    NO_ACCESS = "no_access"
    PART_MISSING = "part_missing"
    SUBSCRIBER_WISH = "subscriber_wish"
    PAUSED = "paused"
    OUTAGE = "outage"
    """It is dark there for a reason that one job mends."""


class VisitState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ON_MY_WAY = "on_my_way"
    ARRIVED = "arrived"
    WORKING = "working"
    DONE = "done"
    NO_ACCESS = "no_access"
    DECLINED = "declined"
    PART_MISSING = "part_missing"
    PAUSED = "paused"
    CANCELLED = "cancelled"


LIVE_VISIT = frozenset({VisitState.PUBLISHED, VisitState.ON_MY_WAY, VisitState.ARRIVED, VisitState.WORKING})
"""A job has at most one visit in these states."""
STARTED_VISIT = frozenset({VisitState.ON_MY_WAY, VisitState.ARRIVED, VisitState.WORKING})
"""Under way: never moved by a plan."""


class VisitEnd(StrEnum):
    """Why a visit was cancelled; empty for one that was not."""

    NONE = ""
    REASSIGNED = "reassigned"
    WITHDRAWN = "withdrawn"
    JOB_CANCELLED = "job_cancelled"
    DONE_BY_ANOTHER = "done_by_another"


class AppointmentState(StrEnum):
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    KEPT = "kept"
    MISSED = "missed"
    MOVED = "moved"
    CANCELLED = "cancelled"


LIVE_APPOINTMENT = frozenset({AppointmentState.OFFERED, AppointmentState.CONFIRMED})
"""A job has at most one appointment in these states."""


class PlanRunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class PlanState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class PlanOrigin(StrEnum):
    """What made a version of the rounds: the optimizer, a part of what it made, or a change that could not wait for it."""

    RUN = "run"
    EMERGENCY = "emergency"
    ABSENCE = "absence"
    UNDO = "undo"
    HAND = "hand"
    PART = "part"
    """Some changes of a draft."""


class AlertKind(StrEnum):
    """What a dispatcher should look at; opened and closed by what is true."""

    PROMISE_LATE = "promise_late"
    PROMISE_TIGHT = "promise_tight"
    PROMISE_UNPLACED = "promise_unplaced"
    TECHNICIAN_LATE = "technician_late"
    TECHNICIAN_SILENT = "technician_silent"
    PART_MISSING = "part_missing"
    HELP_ASKED = "help_asked"


class InboxStatus(StrEnum):
    """Of a raw event from a phone. `received`: durable, not yet looked at."""

    RECEIVED = "received"
    APPLIED = "applied"
    REVIEW = "review"
    PENDING = "pending"


class ReportStatus(StrEnum):
    APPLIED = "applied"
    REVIEW = "review"
    PENDING = "pending"


class ReviewReason(StrEnum):
    """Why a person has to look at what a phone sent. Part of the mobile protocol."""

    CONSENT_MISSING = "consent-missing"
    GATE_FAILED = "gate-failed"
    CODE_MISMATCH = "code-mismatch"
    ALREADY_CLOSED = "already-closed"
    NOT_ASSIGNEE = "not-assignee"
    UNKNOWN_JOB = "unknown-job"
    UNKNOWN_KIND = "unknown-kind"
    INVALID_BODY = "invalid-body"
    ID_REUSED = "id-reused"
    NEEDS_MISSING = "needs-missing"
    WINDOW_PASSED = "window-passed"
    JOB_CANCELLED = "job-cancelled"
    PRICE_CHANGED = "price-changed"
    DEVICE_REVOKED = "device-revoked"


class ReviewState(StrEnum):
    """`healed`: what was missing came later, no person was needed."""

    OPEN = "open"
    HEALED = "healed"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class Location(StrEnum):
    """Closure code, first axis: where the fault was."""

    OLT_OR_CORE = "olt_or_core"
    FEEDER = "feeder"
    SPLITTER_OR_CABINET = "splitter_or_cabinet"
    DROP = "drop"
    RISER = "riser"
    INDOOR_WIRING = "indoor_wiring"
    ONT_OPERATOR = "ont_operator"
    CPE_OPERATOR = "cpe_operator"
    SUBSCRIBER_EQUIPMENT = "subscriber_equipment"
    SUBSCRIBER_SETTINGS = "subscriber_settings"
    SUBSCRIBER_POWER = "subscriber_power"
    NONE_FOUND = "none_found"


class Cause(StrEnum):
    """Closure code, second axis: why."""

    DIG = "dig"
    VEHICLE = "vehicle"
    RODENT = "rodent"
    WEATHER = "weather"
    WATER = "water"
    WEAR = "wear"
    WORKMANSHIP = "workmanship"
    VANDALISM = "vandalism"
    POWER = "power"
    CONFIG = "config"
    HARDWARE = "hardware"
    CONTAMINATION = "contamination"
    THIRD_PARTY = "third_party"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """Closure code, third axis: what was done."""

    RESPLICE = "resplice"
    RETERMINATE = "reterminate"
    CLEAN = "clean"
    REPLACE_DROP = "replace_drop"
    SWAP_ONT = "swap_ont"
    SWAP_CPE = "swap_cpe"
    RECONFIGURE = "reconfigure"
    RESTORE_POWER = "restore_power"
    EDUCATE = "educate"
    REFER_NETWORK = "refer_network"
    NO_ACCESS = "no_access"
    CANCELLED = "cancelled"


class Liability(StrEnum):
    """Who bears it; derived from the closure code."""

    OPERATOR = "operator"
    SUBSCRIBER = "subscriber"
    THIRD_PARTY = "third_party"
    FORCE_MAJEURE = "force_majeure"


class ClosureOutcome(StrEnum):
    DONE = "done"
    DECLINED = "declined"


class ConsentSubject(StrEnum):
    """What was agreed to: the terms at booking, or the price on site."""

    TERMS = "terms"
    QUOTE = "quote"


class ConsentAnswer(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ConsentMethod(StrEnum):
    """Weakest first, but for `spoken`, which serves at booking only."""

    SPOKEN = "spoken"
    TICK = "tick"
    SIGNATURE = "signature"
    VISIT_CODE = "visit_code"
    SMS_CODE = "sms_code"
    ACCOUNT = "account"


class ChargeKind(StrEnum):
    WORK = "work"
    CALL_OUT = "call_out"


class CallbackState(StrEnum):
    """`due`, also while its time is ahead; `taken`: somebody calls. `given_up`: nobody was reached so often."""

    DUE = "due"
    TAKEN = "taken"
    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    DECLINED = "declined"
    GIVEN_UP = "given_up"


class ComplaintState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class ConversationState(StrEnum):
    """What a conversation in writing waits for: its writer; a person, because nothing more can be asked by itself; nobody, because
    it is a ticket, or not for support."""

    ASKED = "asked"
    UNASSIGNED = "unassigned"
    TICKET = "ticket"
    SET_ASIDE = "set_aside"


class CreditWay(StrEnum):
    """How a credit leaves: to billing by itself, or in a file that a person takes along. One way, so that nobody pays it twice."""

    BILLING = "billing"
    FILE = "file"


class CreditLineKind(StrEnum):
    """What a line of a credit is for: a day or the part of a month without service, or an appointment that was not kept."""

    DAY = "day"
    MONTH = "month"
    APPOINTMENT = "appointment"


class WaiverReason(StrEnum):
    """Why a charge is not made though it would be owed. `line_out_of_limits`: line 2 had seen the operator's own fault."""

    LINE_OUT_OF_LIMITS = "line_out_of_limits"


class ActorKind(StrEnum):
    STAFF = "staff"
    TECHNICIAN = "technician"
    INTEGRATION = "integration"
    WORKER = "worker"
    SET_UP = "set_up"
    SUBSCRIBER = "subscriber"


class FeedOp(StrEnum):
    PUT = "put"
    REMOVE = "remove"
