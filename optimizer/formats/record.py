"""What a file was read into: the problem, and what it takes to answer in the file's own terms."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from optimizer.problem import Problem
from optimizer.result import Route

Number = int | float


class Format(StrEnum):
    VROOM = "vroom"
    SOLOMON = "solomon"
    TRSP = "trsp"


class Objective(StrEnum):
    """What a Solomon file is solved for; other files say it themselves."""

    DISTANCE = "distance"
    VEHICLES = "vehicles"


class Spot(Struct, frozen=True):
    """A place as the file gives it, repeated in the answer."""

    location: Sequence[float] | None = None
    location_index: int | None = None


class JobNote(Struct, frozen=True):
    """What the answer repeats of a job."""

    id: int
    description: str | None = None
    spot: Spot = Spot()
    priority: int = 0


class VehicleNote(Struct, frozen=True):
    """What the answer repeats of a vehicle, which is one shift. Without `start` (or `end`) its route begins (ends) with a job."""

    id: int
    description: str | None = None
    start: Spot | None = Spot()
    end: Spot | None = Spot()
    rest_id: int = 0
    rest_description: str | None = None


class Read(Struct, frozen=True, kw_only=True):
    """`jobs[i]` and `vehicles[i]` belong to `problem.jobs[i]` and `problem.shifts[i]`.

    Every second, metre and cost of the problem is `scale` times that of the file; an instant of the file is `origin` later.
    `warm` are the routes that the file begins with. Without `has_distances` all metres are 0 because the file gives none.
    """

    format: Format
    problem: Problem
    jobs: tuple[JobNote, ...]
    vehicles: tuple[VehicleNote, ...]
    objective: Objective = Objective.DISTANCE
    scale: int = 1
    origin: int = 0
    warm: tuple[Route, ...] = ()
    has_distances: bool = True

    def shown(self, value: int) -> Number:
        """A duration, distance or cost in the file's unit: whole, or with the decimals of the scale."""
        return value if value % self.scale == 0 and self.scale == 1 else _short(value / self.scale)

    def told(self, instant: int) -> Number:
        """An instant in the file's unit and from the file's origin."""
        return self.shown(instant + self.origin * self.scale)

    def kept(self, value: Number) -> int:
        """The inverse of `shown`."""
        return round(value * self.scale)

    def heard(self, instant: Number) -> int:
        """The inverse of `told`."""
        return round(instant * self.scale) - self.origin * self.scale


def _short(value: float) -> Number:
    return int(value) if value == int(value) else value
