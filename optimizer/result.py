"""What comes back: routes with times, what was left out and why, and the cost split."""

from __future__ import annotations

from enum import StrEnum

from optimizer.problem import Record


class Stop(Record, frozen=True):
    """One job in a route. The drive of `travel_s` seconds ends at `arrival`; `start` (of setup, then service) is not
    before it; `end` includes setup, where it is due, and a break inside."""

    job: int
    arrival: int
    start: int
    end: int
    travel_s: int
    distance_m: int


class Rest(Record, frozen=True):
    """The break as taken; `inside` is the job it interrupts (and extends), else it lies between stops, before leaving
    or after coming back."""

    start: int
    end: int
    inside: int | None = None


class Supply(Record, frozen=True):
    """The way by a depot, before stop `before` (the number of stops: before the way back)."""

    before: int
    depot: int
    arrival: int
    end: int
    travel_s: int
    distance_m: int


class Route(Record, frozen=True):
    """The ordered stops of one shift (unused shifts have no route). `leave` and `back` are at its two ends;
    `travel_s` and `distance_m` are totals, the way back included."""

    shift: int
    leave: int
    back: int
    stops: tuple[Stop, ...]
    rest: Rest | None = None
    supply: Supply | None = None
    travel_s: int = 0
    distance_m: int = 0


class Cost(Record, frozen=True):
    """One number, each part visible; all in seconds of travel, rounded once per part. `total` is their sum.
    The table of what each part counts is in `optimizer/README.md`."""

    unassigned: int = 0
    outage: int = 0
    lateness: int = 0
    travel: int = 0
    distance: int = 0
    overtime: int = 0
    duration: int = 0
    shifts: int = 0
    unfairness: int = 0
    churn: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field) for field in self.__struct_fields__)


class Block(StrEnum):
    """Why one shift cannot take one job: the closed list, in the order in which they are looked at."""

    SKILL = "skill"
    TOOL = "tool"
    """Not carried, and not to be fetched at a depot in time."""
    PART = "part"
    """As a tool."""
    EXCLUDED = "excluded"
    LOCKED = "locked"
    WINDOW = "window"
    """The job's windows miss the shift, or it would fit into the route at another time."""
    PRIORITY = "priority"
    """No time left beside the jobs that are there, whatever its windows: they were worth more together."""
    SHIFT = "shift"
    """The shift is too short for it, even with nothing else but what is frozen, allowed overtime included."""
    PARTNER = "partner"
    """It would fit, but not together with the job that it goes with."""
    PRICE = "price"
    """It would fit, but would cost at least as much as leaving it out."""


class Change(StrEnum):
    """Kinds of `Hint`, in the order in which one is preferred over another."""

    OVERTIME = "overtime"
    """`seconds` more at the end of `shift`."""
    WINDOW = "window"
    """A start up to `seconds` before or after one of its windows, in `shift`."""
    PRICE = "price"
    """`seconds` is how much more the prize would have to be, in cost."""
    PART = "part"
    """`missing` is the part that `shift`'s technician is short of."""
    TOOL = "tool"
    SKILL = "skill"
    PARTNER = "partner"
    """It has a place, the job that it goes with has none at the same instant: see there."""
    NONE = "none"
    """No single change makes it fit."""


class Hint(Record, frozen=True):
    """The smallest change found that alone would make the job fit, as facts for a sentence."""

    kind: Change
    shift: int | None = None
    seconds: int | None = None
    missing: str | None = None


class Unassigned(Record, frozen=True):
    """A job without a place. `blocks` counts shifts by what blocked each; `hint` says what would make it fit."""

    job: int
    blocks: dict[Block, int]
    hint: Hint | None = None


class StoppedBy(StrEnum):
    TIME = "time"
    STALL = "stall"
    REQUEST = "request"
    COMPLETE = "complete"
    """Nothing left to try, or the given number of iterations made."""


class Result(Record, frozen=True):
    """The answer: every job of the problem is in exactly one route or in `unassigned`."""

    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    cost: Cost
    seconds: float = 0.0
    engine: str = ""
    stopped_by: StoppedBy = StoppedBy.COMPLETE


class Progress(Record, frozen=True):
    """One line while solving."""

    seconds: float
    cost: int
    unassigned: int
    budget_seconds: float
