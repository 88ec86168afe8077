"""VROOM's answer as it is written, ours and other solvers', with our own members in `line3` objects.

VROOM has no word for three things, which `line3` adds: the way by a depot (`Passed`, in the route), a break inside a job
(`inside`, in the step of the break, which then follows the job), and where drives begin and end when a break lies beside one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from optimizer.formats.wire import LATEST, Id
from optimizer.result import StoppedBy

_BOUNDS = Meta(ge=-LATEST, le=LATEST)
Number = Annotated[int, _BOUNDS] | Annotated[float, _BOUNDS]
Text = str | UnsetType
Point = Sequence[float] | UnsetType
Row = int | UnsetType


class StepExtra(Struct, kw_only=True, omit_defaults=True):
    """`arrival`: at the place, where a break lies between that and the start. `inside`: the job that the break interrupts."""

    arrival: Number | None = None
    inside: Id | None = None


class Step(Struct, kw_only=True):
    """`duration` and `distance` are those of the route so far."""

    type: str
    id: Id | UnsetType = UNSET
    job: Id | UnsetType = UNSET
    description: Text = UNSET
    location: Point = UNSET
    location_index: Row = UNSET
    arrival: Number
    setup: Number = 0
    service: Number = 0
    waiting_time: Number = 0
    duration: Number | UnsetType = UNSET
    distance: Number | UnsetType = UNSET
    violations: list[msgspec.Raw] = []
    line3: StepExtra | UnsetType = UNSET


class Passed(Struct, kw_only=True):
    """The way by a depot, before the job step of this number (the number of jobs: before the way back)."""

    depot: int
    before: int
    arrival: Number
    end: Number
    duration: Number
    distance: Number


class RouteExtra(Struct, kw_only=True, omit_defaults=True):
    """When the technician leaves and is back, wherever the break lies."""

    leave: Number
    back: Number
    depot: Passed | None = None


class Route(Struct, kw_only=True):
    vehicle: Id
    description: Text = UNSET
    cost: Number = 0
    setup: Number = 0
    service: Number = 0
    duration: Number = 0
    waiting_time: Number = 0
    priority: int = 0
    distance: Number | UnsetType = UNSET
    steps: list[Step]
    violations: list[msgspec.Raw] = []
    line3: RouteExtra | UnsetType = UNSET


class Hint(Struct, kw_only=True, omit_defaults=True):
    """The smallest change found that alone would make the job fit."""

    kind: str
    vehicle: Id | None = None
    seconds: Number | None = None
    missing: str | None = None


class Reasons(Struct, kw_only=True, omit_defaults=True):
    """How many vehicles were blocked by what, and what would help."""

    blocks: dict[str, int] = {}
    hint: Hint | None = None


class Left(Struct, kw_only=True):
    """A job without a place."""

    id: Id
    type: str = "job"
    description: Text = UNSET
    location: Point = UNSET
    location_index: Row = UNSET
    line3: Reasons | UnsetType = UNSET


class ComputingTimes(Struct, kw_only=True, frozen=True):
    """Milliseconds."""

    loading: int = 0
    solving: int = 0
    routing: int = 0


class Summary(Struct, kw_only=True, frozen=True):
    """Sums over all routes; `cost` has no part of what is left out or waits."""

    cost: Number = 0
    routes: int = 0
    unassigned: int = 0
    setup: Number = 0
    service: Number = 0
    duration: Number = 0
    waiting_time: Number = 0
    priority: int = 0
    distance: Number | UnsetType = UNSET
    violations: list[msgspec.Raw] = []
    computing_times: ComputingTimes = ComputingTimes()


class AnswerExtra(Struct, kw_only=True):
    """`cost` by parts, and their `total`. `trace` holds each better plan as it was found: seconds, cost, jobs left out."""

    cost: dict[str, Number]
    objective: str = ""
    engine: str = ""
    seed: int = 0
    stopped_by: StoppedBy = StoppedBy.COMPLETE
    trace: list[tuple[float, Number, int]] = []
    violations: list[msgspec.Raw] = []


class Answer(Struct, kw_only=True):
    """The whole file."""

    code: int = 0
    error: str | UnsetType = UNSET
    summary: Summary = Summary()
    unassigned: list[Left] = []
    routes: list[Route] | UnsetType = UNSET
    line3: AnswerExtra | UnsetType = UNSET
