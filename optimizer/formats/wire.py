"""VROOM's JSON as it is written, with our own members in `line3` objects. What VROOM does not know it ignores, as we do.

Times are seconds, distances metres. In a `line3` object an unknown member is refused: a misspelt one would change the
meaning unseen. A member of `line3` stands instead of VROOM's of the same meaning (`skills`, `parts` for amounts, `level` for
`type`, `prize` for `priority`, `weights` for `costs`), which is then there for VROOM's eyes alone.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from optimizer.problem import Weights

LATEST = 1 << 53
Id = Annotated[int, Meta(ge=0)]
Index = Annotated[int, Meta(ge=0, le=1 << 31)]
Seconds = Annotated[int, Meta(ge=0, le=LATEST)]
Count = Annotated[int, Meta(ge=0, le=LATEST)]
Instants = tuple[Seconds, Seconds]
Coordinates = Annotated[list[float], Meta(min_length=2)]
"""Longitude, latitude."""


class Extra(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of what stands in `line3`."""


class Published(Extra):
    """Where the last published plan has a job."""

    vehicle: Id | None = None
    start: int | None = None


class JobExtra(Extra):
    """`excluded` are ids of technicians: of `line3.technicians`, or without that, of vehicles. `vehicles` are the only ones allowed."""

    skills: list[str] | None = None
    tools: list[str] = []
    parts: dict[str, int] | None = None
    prize: int | None = None
    mandatory: bool = False
    affected: int = 0
    due: int | None = None
    lateness_weight: int = 1
    interruptible: bool = False
    excluded: list[Id] = []
    partner: Id | None = None
    vehicles: list[Id] | None = None
    published: Published | None = None
    frozen: bool = False


class Person(Extra):
    """What is said of a technician."""

    skills: list[str] | None = None
    tools: list[str] = []
    parts: dict[str, int] | None = None
    overtime: int = 0
    level: str | None = None
    debt: int = 0


class VehicleExtra(Person):
    """`technician` is an id of `line3.technicians`, where all the rest then stands but for the day."""

    technician: Id | None = None
    day: int | None = None


class TechnicianExtra(Person, kw_only=True):
    """One technician of several shifts. Skills, parts, level and speed that are not given are those of the vehicles."""

    id: Id
    name: str | None = None
    speed_factor: float | None = None


class BreakExtra(Extra):
    """`window` is taken as it is, even where it leaves the shift."""

    window: Instants | None = None


class DepotExtra(Extra):
    """Where tools and parts can be fetched."""

    location: Coordinates | None = None
    location_index: Index | None = None
    service: Seconds = 0


class FileExtra(Extra):
    """`detour` and `speed` (metres a second) make ways of coordinates. `origin`: the instant from which outages count, and from
    which a year can be planned; by default 0, or a midnight before the first of absolute times."""

    technicians: list[TechnicianExtra] | None = None
    weights: Weights | None = None
    depots: list[DepotExtra] = []
    detour: Annotated[float, Meta(ge=1, le=10)] = 1.3
    speed: Annotated[float, Meta(ge=0.1, le=100)] = 8.0
    origin: Seconds | None = None


class Sent(Struct, kw_only=True, omit_defaults=True):
    """Base of VROOM's own objects."""


class Job(Sent):
    id: Id
    description: str | None = None
    location: Coordinates | None = None
    location_index: Index | None = None
    setup: Seconds = 0
    service: Seconds = 0
    setup_per_type: dict[str, Seconds] = {}
    service_per_type: dict[str, Seconds] = {}
    amount: list[Count] | None = None
    delivery: list[Count] | None = None
    pickup: list[Count] | None = None
    skills: list[Count] = []
    priority: Annotated[int, Meta(ge=0, le=100)] = 0
    time_windows: list[Instants] | None = None
    line3: JobExtra | None = None


class Break(Sent):
    id: Id
    time_windows: list[Instants] | None = None
    service: Seconds = 0
    description: str | None = None
    max_load: object = None
    line3: BreakExtra | None = None


class Costs(Sent):
    fixed: Count = 0
    per_hour: Count = 3600
    per_task_hour: Count = 0
    per_km: Count = 0


class VehicleStep(Sent):
    type: str
    id: Id | None = None


class Vehicle(Sent):
    id: Id
    profile: str = "car"
    description: str | None = None
    start: Coordinates | None = None
    start_index: Index | None = None
    end: Coordinates | None = None
    end_index: Index | None = None
    capacity: list[Count] | None = None
    costs: Costs | None = None
    skills: list[Count] = []
    type: str = ""
    time_window: Instants | None = None
    breaks: list[Break] = []
    speed_factor: float = 1.0
    max_tasks: Count | None = None
    max_travel_time: object = None
    max_distance: object = None
    steps: list[VehicleStep] = []
    line3: VehicleExtra | None = None


Rows = list[msgspec.Raw]
"""Of a matrix, each decoded when its turn comes: a thousand places are a million numbers."""


class Matrices(Sent):
    durations: Rows | None = None
    distances: Rows | None = None
    costs: object = None


class File(Sent):
    vehicles: list[Vehicle]
    jobs: list[Job] = []
    shipments: Rows = []
    matrices: dict[str, Matrices] | None = None
    matrix: Rows | None = None
    line3: FileExtra | None = None
