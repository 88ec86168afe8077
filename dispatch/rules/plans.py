"""From an area's days, jobs and promises to a `Problem`, and from its `Result` back to visits.

What is under way, pinned or about to start is folded into the start of its shift: the rest of the day begins where and
when it ends, so that no plan can move it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    Place,
    PlannedRoute,
    Round,
    Stock,
    Technician,
    TechnicianDay,
    Visit,
)
from db.states import LIVE_VISIT, STARTED_VISIT, AppointmentState, JobState, StockKind, VisitState
from optimizer import distances, problem
from optimizer.problem import Matrix, Problem, Weights
from optimizer.result import Result, Route, Stop

Day = tuple[UUID, UUID, date]
"""A technician-day: (home area, technician, day)."""

PLANNABLE = frozenset({JobState.RECEIVED, JobState.PLANNED, JobState.RESTORED})
PROMISED = frozenset({AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED})
"""Promises that were neither moved nor cancelled."""
PRIZE_HOURS = {1: 40, 2: 24, 3: 16, 4: 10, 5: 6}
"""What leaving a job of this priority out costs, in hours of travel."""
LATENESS = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
LEAST_REMAINING_S = 5 * 60
"""Work under way that has already taken its planned time is expected to take this much longer."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan of some days depends on, as read."""

    area: Area
    now: datetime
    first_on: date
    last_on: date
    days: Sequence[TechnicianDay]
    technicians: Mapping[UUID, Technician]
    stock: Sequence[Stock]
    places: Mapping[UUID, Place]
    jobs: Sequence[Job]
    kinds: Mapping[tuple[str, int], JobKindVersion]
    visits: Sequence[Visit]
    appointments: Mapping[UUID, Sequence[Appointment]]
    rounds: Mapping[Day, Round]


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """The problem, with what its indices mean, and the versions it was read at."""

    problem: Problem
    warm: tuple[Route, ...]
    origin: datetime
    days: Sequence[TechnicianDay]
    """By shift index."""
    jobs: Sequence[Job]
    """By job index."""
    next_sequence: Mapping[Day, int]


class Start(msgspec.Struct, frozen=True):
    """Where and when the rest of a shift begins (seconds, place index), and after which sequence number."""

    at_s: int
    place: int
    sequence: int


def day_of(row: TechnicianDay | Visit | Round) -> Day:
    home = row.area_id if isinstance(row, TechnicianDay) else row.technician_area_id
    return home, row.technician_id, row.on_day


def origin_of(area: Area, first_on: date) -> datetime:
    """Local midnight of the first day: second 0."""
    return datetime(first_on.year, first_on.month, first_on.day, tzinfo=ZoneInfo(area.time_zone))


def is_fixed(visit: Visit, now: datetime, freeze: timedelta) -> bool:
    """Frozen: under way, or starting within the freeze time."""
    if visit.state in STARTED_VISIT:
        return True
    return visit.state is VisitState.PUBLISHED and visit.planned_start_at < now + freeze


def prepare(state: State) -> Prepared:
    """The problem of these days. Jobs promised for later days are left to later plans."""
    origin = origin_of(state.area, state.first_on)
    freeze = timedelta(minutes=state.area.settings.freeze_minutes)
    fixed = {visit.job_id for visit in state.visits if is_fixed(visit, state.now, freeze)}
    jobs = [job for job in state.jobs if job.job_id not in fixed and _belongs(state, job)]
    places = _Places(state, jobs)
    days = [day for day in state.days if not day.absent]
    starts = [_start_of(state, day, places, origin, freeze) for day in days]
    usable = [
        index for index, day in enumerate(days) if starts[index].at_s < _seconds(day.shift_end_at, origin)
    ]
    days, starts = [days[index] for index in usable], [starts[index] for index in usable]
    technician_ids = list(dict.fromkeys(day.technician_id for day in days))
    shifts = tuple(
        _shift(state, day, start, technician_ids.index(day.technician_id), places, origin)
        for day, start in zip(days, starts, strict=True)
    )
    by_day = {day_of(day): index for index, day in enumerate(days)}
    made = Problem(
        technicians=tuple(_technician(state, technician_id) for technician_id in technician_ids),
        shifts=shifts,
        jobs=tuple(_job(state, job, places, by_day, origin) for job in jobs),
        places=len(places.ids),
        travel=problem.pack(places.travel_s),
        distance=problem.pack(places.distance_m),
        weights=msgspec.convert(state.area.settings.weights, Weights, strict=False),
    )
    return Prepared(
        problem=made,
        warm=_warm(state, jobs, by_day),
        origin=origin,
        days=days,
        jobs=jobs,
        next_sequence={day_of(day): start.sequence for day, start in zip(days, starts, strict=True)},
    )


def _seconds(instant: datetime, origin: datetime) -> int:
    return max(0, int((instant - origin).total_seconds()))


def _belongs(state: State, job: Job) -> bool:
    """Open, not promised for another time, and not under way elsewhere."""
    if job.state not in PLANNABLE:
        return False
    live = [visit for visit in state.visits if visit.job_id == job.job_id and visit.state in LIVE_VISIT]
    if job.state is not JobState.RECEIVED and not live:
        # planned on a day outside this plan
        return job.state is JobState.RESTORED
    window = promised_window(state.appointments.get(job.job_id, ()), state.now)
    end = origin_of(state.area, state.last_on + timedelta(days=1))
    return window is None or window.earliest_at < end


def promised_window(appointments: Sequence[Appointment], now: datetime) -> Appointment | None:
    """The promise that still can be kept, if there is one."""
    for appointment in appointments:
        if appointment.state is AppointmentState.CONFIRMED and appointment.latest_at > now:
            return appointment
    return None


class _Places:
    """Places as indices into the travel matrices."""

    def __init__(self, state: State, jobs: Sequence[Job]) -> None:
        starts = [state.technicians[day.technician_id].start_place_id for day in state.days]
        visited = [job.place_id for job in state.jobs]
        self.ids = list(dict.fromkeys([*starts, *visited, *(job.place_id for job in jobs)]))
        self._index = {place_id: index for index, place_id in enumerate(self.ids)}
        latitudes = np.array([state.places[place_id].latitude for place_id in self.ids], dtype=np.float64)
        longitudes = np.array([state.places[place_id].longitude for place_id in self.ids], dtype=np.float64)
        self.travel_s, self.distance_m = _matrices(state.area, latitudes, longitudes)

    def of(self, place_id: UUID) -> int:
        return self._index[place_id]


def _matrices(
    area: Area,
    latitudes: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    longitudes: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> tuple[Matrix, Matrix]:
    return distances.travel(
        latitudes, longitudes, detour=area.settings.detour, metres_per_second=area.settings.speed_kmh / 3.6
    )


def _start_of(
    state: State, day: TechnicianDay, places: _Places, origin: datetime, freeze: timedelta
) -> Start:
    """Fold what is done, under way or about to start into the beginning of the rest of the shift."""
    jobs = {job.job_id: job for job in state.jobs}
    home = places.of(state.technicians[day.technician_id].start_place_id)
    at_s, place, sequence = _seconds(max(day.shift_start_at, state.now), origin), home, 0
    mine = [visit for visit in state.visits if day_of(visit) == day_of(day)]
    for visit in sorted(mine, key=lambda visit: (visit.working_at or visit.planned_start_at, visit.sequence)):
        gone_to = visit.arrived_at is not None
        if not is_fixed(visit, state.now, freeze) and not (gone_to and visit.job_id in jobs):
            continue
        sequence = max(sequence, visit.sequence)
        job = jobs.get(visit.job_id)
        there = place if job is None else places.of(job.place_id)
        at_s = max(at_s, _end_of(visit, state.now, origin, at_s + int(places.travel_s[place, there])))
        place = there
    return Start(at_s, place, sequence)


def _end_of(visit: Visit, now: datetime, origin: datetime, reachable_s: int) -> int:
    """When the technician is free again: known, or expected from what is known."""
    length = int((visit.planned_end_at - visit.planned_start_at).total_seconds())
    now_s = _seconds(now, origin)
    if visit.ended_at is not None:
        return _seconds(visit.ended_at, origin)
    if visit.working_at is not None:
        return max(_seconds(visit.working_at, origin) + length, now_s + LEAST_REMAINING_S)
    if visit.arrived_at is not None:
        return max(now_s, _seconds(visit.planned_start_at, origin)) + length
    if visit.on_my_way_at is not None:
        arrival = visit.on_my_way_at + visit.travel_duration
        return max(_seconds(arrival, origin), now_s, _seconds(visit.planned_start_at, origin)) + length
    return max(reachable_s, _seconds(visit.planned_start_at, origin)) + length


def _shift(
    state: State, day: TechnicianDay, start: Start, technician: int, places: _Places, origin: datetime
) -> problem.Shift:
    return problem.Shift(
        name=f"{day.technician_id}@{day.on_day}",
        technician=technician,
        day=(day.on_day - state.first_on).days,
        start=start.at_s,
        end=_seconds(day.shift_end_at, origin),
        start_place=start.place,
        end_place=places.of(state.technicians[day.technician_id].start_place_id),
        rest=_rest(state.rounds.get(day_of(day)), day, start, origin),
    )


def _rest(
    published: Round | None, day: TechnicianDay, start: Start, origin: datetime
) -> problem.Break | None:
    """The break that is still to be taken."""
    if day.break_earliest_at is None or day.break_latest_at is None or day.break_duration is None:
        return None
    under_way = start.at_s > _seconds(day.shift_start_at, origin)
    taken = published is not None and published.break_start_at is not None
    if under_way and taken and _seconds(published.break_start_at, origin) < start.at_s:  # type: ignore[union-attr,arg-type]
        return None
    earliest = max(_seconds(day.break_earliest_at, origin), start.at_s)
    latest = _seconds(day.break_latest_at, origin)
    if earliest > latest:
        return None
    return problem.Break(
        window=problem.Window(earliest=earliest, latest=latest),
        duration_s=int(day.break_duration.total_seconds()),
    )


def _technician(state: State, technician_id: UUID) -> problem.Technician:
    row = state.technicians[technician_id]
    carried = [stock for stock in state.stock if stock.technician_id == technician_id and stock.quantity > 0]
    parts: dict[str, int] = {}
    for stock in carried:
        if stock.kind is not StockKind.TOOL:
            parts[stock.code] = parts.get(stock.code, 0) + stock.quantity
    return problem.Technician(
        name=str(technician_id),
        skills=frozenset(row.skills),
        tools=frozenset(stock.code for stock in carried if stock.kind is StockKind.TOOL),
        parts=parts,
        overtime_max_s=int(row.overtime_max.total_seconds()),
    )


def _job(state: State, job: Job, places: _Places, by_day: Mapping[Day, int], origin: datetime) -> problem.Job:
    kind = state.kinds[job.kind, job.kind_version]
    window = promised_window(state.appointments.get(job.job_id, ()), state.now)
    live = next(
        (
            visit
            for visit in state.visits
            if visit.job_id == job.job_id and visit.state is VisitState.PUBLISHED
        ),
        None,
    )
    shift = None if live is None else by_day.get(day_of(live))
    pinned = live is not None and live.pinned and shift is not None
    start = None if live is None else _seconds(live.planned_start_at, origin)
    windows = () if window is None else (_window(window, origin),)
    return problem.Job(
        name=str(job.job_id),
        place=places.of(job.place_id),
        service_s=int(job.service_duration.total_seconds()),
        setup_s=int(kind.setup_duration.total_seconds()),
        windows=windows,
        skills=frozenset(kind.skills),
        tools=frozenset(kind.tools),
        parts=kind.parts,
        prize=PRIZE_HOURS[job.priority] * 3600,
        mandatory=window is not None or pinned,
        affected=job.affected,
        due=int((job.due_at - origin).total_seconds()),
        lateness_weight=LATENESS[job.priority],
        interruptible=kind.interruptible,
        shifts=frozenset({shift}) if pinned and shift is not None else None,
        published_shift=shift,
        published_start=start if shift is not None else None,
    )


def _window(window: Appointment, origin: datetime) -> problem.Window:
    return problem.Window(
        earliest=_seconds(window.earliest_at, origin), latest=_seconds(window.latest_at, origin)
    )


def _warm(state: State, jobs: Sequence[Job], by_day: Mapping[Day, int]) -> tuple[Route, ...]:
    """The present rounds as routes: their order is what counts."""
    numbers = {job.job_id: index for index, job in enumerate(jobs)}
    ordered: dict[int, list[Visit]] = {}
    for visit in state.visits:
        shift = by_day.get(day_of(visit))
        if visit.state is VisitState.PUBLISHED and visit.job_id in numbers and shift is not None:
            ordered.setdefault(shift, []).append(visit)
    return tuple(
        Route(
            shift=shift,
            leave=0,
            back=0,
            stops=tuple(
                Stop(job=numbers[visit.job_id], arrival=0, start=0, end=0, travel_s=0, distance_m=0)
                for visit in sorted(visits, key=lambda visit: visit.planned_start_at)
            ),
        )
        for shift, visits in sorted(ordered.items())
    )


class PlannedStop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop of the answer, in the words of the domain."""

    day: Day
    job: Job
    sequence: int
    arrival_at: datetime
    start_at: datetime
    end_at: datetime
    travel_duration: timedelta
    distance_m: int


def stops_of(prepared: Prepared, result: Result) -> list[PlannedStop]:
    """The stops of all routes with instants and sequence numbers after what is fixed."""
    stops: list[PlannedStop] = []
    for route in result.routes:
        day = day_of(prepared.days[route.shift])
        for position, stop in enumerate(route.stops, start=prepared.next_sequence[day] + 1):
            stops.append(
                PlannedStop(
                    day=day,
                    job=prepared.jobs[stop.job],
                    sequence=position,
                    arrival_at=_instant(prepared, stop.arrival),
                    start_at=_instant(prepared, stop.start),
                    end_at=_instant(prepared, stop.end),
                    travel_duration=timedelta(seconds=stop.travel_s),
                    distance_m=stop.distance_m,
                )
            )
    return stops


def routes_of(prepared: Prepared, result: Result) -> list[PlannedRoute]:
    found: list[PlannedRoute] = []
    for route in result.routes:
        home, technician_id, on_day = day_of(prepared.days[route.shift])
        found.append(
            PlannedRoute(
                technician_area_id=home,
                technician_id=technician_id,
                on_day=on_day,
                leave_at=_instant(prepared, route.leave),
                back_at=_instant(prepared, route.back),
                break_start_at=None if route.rest is None else _instant(prepared, route.rest.start),
                break_end_at=None if route.rest is None else _instant(prepared, route.rest.end),
                travel_seconds=route.travel_s,
                distance_m=route.distance_m,
            )
        )
    return found


def _instant(prepared: Prepared, second: int) -> datetime:
    return prepared.origin.astimezone(UTC) + timedelta(seconds=second)


def unchanged(prepared: Prepared, jobs_now: Sequence[Job]) -> set[UUID]:
    """The jobs that are still as they were read."""
    versions = {job.job_id: job.version for job in jobs_now}
    return {job.job_id for job in prepared.jobs if versions.get(job.job_id) == job.version}


def unchanged_days(prepared: Prepared, days_now: Sequence[TechnicianDay]) -> list[Day]:
    """The technician-days that are still as they were read."""
    versions = {day_of(day): day.version for day in days_now}
    return [day_of(day) for day in prepared.days if versions.get(day_of(day)) == day.version]


def savable(
    prepared: Prepared,
    stops: Sequence[PlannedStop],
    days_now: Sequence[TechnicianDay],
    jobs_now: Sequence[Job],
) -> tuple[list[PlannedStop], list[UUID]]:
    """What can be saved as solved: where neither the technician-day nor the job changed meanwhile. The other jobs
    keep what they have and are planned again."""
    same_days = unchanged_days(prepared, days_now)
    same_jobs = unchanged(prepared, jobs_now)
    good = [stop for stop in stops if stop.day in same_days and stop.job.job_id in same_jobs]
    kept = {stop.job.job_id for stop in good}
    return good, [stop.job.job_id for stop in stops if stop.job.job_id not in kept]
