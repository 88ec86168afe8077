"""Runs of the optimizer, plans, published rounds, visits."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from db.records.base import Record
from db.states import PlanOrigin, PlanRunState, PlanState, VisitEnd, VisitState


class RunProgress(Record):
    """How far a run is; costs in seconds of travel."""

    seconds: float
    cost: int
    unassigned: int
    budget_seconds: float


class RunTravel(Record):
    """Where a run's travel times came from. `straight` is the straight line; `instead` says why a better source was not
    taken, if there is one."""

    source: str
    """What a person may know it by: a road network's name, a router's kind."""
    version: str
    instead: str | None
    places: int
    off_road: int
    """Places that the source knows no way to: straight lines, these."""
    pace: float
    """Mean of the area's pace over the hours planned."""


class PlanRun(Record):
    area_id: UUID
    plan_run_id: UUID
    state: PlanRunState
    first_on: date
    last_on: date
    budget: timedelta
    seed: int
    publish: bool
    attempt: int
    stop_requested: bool
    requested_at: datetime
    requested_by: UUID | None
    finished_at: datetime | None
    progress: RunProgress | None
    failure: str | None
    travel: RunTravel | None = None
    change_budget: int | None = None
    """How many visits that are out it may move at most; None: as the area allows on a running day."""
    moved: int | None = None
    """How many it moves, of those that count."""


class UnassignedJob(Record):
    """Why a job has no place: how many shifts each thing blocked, and the smallest change that would make it fit."""

    job_id: UUID
    blocks: dict[str, int]
    hint: dict[str, Any] | None = None


class RouteStop(Record):
    """A stop as a version of the plan had it: for comparing versions and for going back to one."""

    job_id: UUID
    arrival_at: datetime
    start_at: datetime
    end_at: datetime
    travel_seconds: int
    distance_m: int


class PlannedRoute(Record):
    """One technician's day as planned."""

    technician_area_id: UUID
    technician_id: UUID
    on_day: date
    leave_at: datetime
    back_at: datetime
    break_start_at: datetime | None
    break_end_at: datetime | None
    travel_seconds: int
    distance_m: int
    stops: list[RouteStop] = msgspec.field(default_factory=list[RouteStop])


class Plan(Record):
    area_id: UUID
    plan_id: UUID
    plan_version: int
    plan_run_id: UUID | None
    state: PlanState
    first_on: date
    last_on: date
    cost: dict[str, int]
    unassigned: list[UnassignedJob]
    routes: list[PlannedRoute]
    created_at: datetime
    published_at: datetime | None
    published_by: UUID | None
    origin: PlanOrigin = PlanOrigin.RUN
    undoes_plan_id: UUID | None = None
    replaced: list[PlannedRoute] = msgspec.field(default_factory=list[PlannedRoute])
    """What was out on the days it touches, just before it was published."""
    part_of_plan_id: UUID | None = None
    """The draft of which some changes went out as this version."""
    discarded_at: datetime | None = None
    discarded_by: UUID | None = None


class Round(Record):
    area_id: UUID
    round_id: UUID
    technician_area_id: UUID
    technician_id: UUID
    on_day: date
    plan_id: UUID
    round_version: int
    leave_at: datetime
    back_at: datetime
    break_start_at: datetime | None
    break_end_at: datetime | None
    travel_duration: timedelta
    distance_m: int
    published_at: datetime


class Visit(Record):
    area_id: UUID
    visit_id: UUID
    job_id: UUID
    technician_area_id: UUID
    technician_id: UUID
    on_day: date
    state: VisitState
    end_reason: VisitEnd
    sequence: int
    planned_arrival_at: datetime
    planned_start_at: datetime
    planned_end_at: datetime
    travel_duration: timedelta
    distance_m: int
    replaces_visit_id: UUID | None
    plan_id: UUID | None
    pinned: bool
    assigned_at: datetime | None
    shown_at: datetime | None
    hidden_at: datetime | None
    on_my_way_at: datetime | None
    arrived_at: datetime | None
    working_at: datetime | None
    ended_at: datetime | None
    pinned_start_at: datetime | None = None
    """When the hand wants it to begin; a pin without it holds the technician alone."""
    moves: int = 0
    """How often it was given another time, by more than half an hour, since it went out."""
    version: int = 1


class VisitCrew(Record):
    """A second technician of a visit."""

    area_id: UUID
    visit_id: UUID
    technician_area_id: UUID
    technician_id: UUID
    joined_at: datetime
