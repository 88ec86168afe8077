"""What a version of the rounds costs, part by part, as the optimizer prices it; and what becomes of promises.

Versions compare only over the same jobs: one that gives a job no place pays for leaving it out, as a plan does.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import Appointment, Area, Job, PlannedRoute, RouteStop, TechnicianDay
from dispatch.rules.prices import LATENESS, PRIZE_HOURS, weights_of
from dispatch.rules.running import PROMISED, Day, day_of


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """Of the promises that were neither moved nor cancelled: how many a version keeps, serves at another time,
    mostly too late, or has no place for."""

    kept: int = 0
    late: int = 0
    unplaced: int = 0


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds of travel, each part rounded once."""

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
    """What moving costs that was out before: nothing on the side of what was."""
    total: int
    placed: int
    unplaced: int
    promises: Promises
    driving_seconds: int
    driving_m: int
    outage_minutes: int
    """Subscribers times minutes from the first report on, as the board counts it; `outage` weighs what is still to come."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides of a comparison stand on."""

    area: Area
    now: datetime
    """Outage is counted from here."""
    jobs: Mapping[UUID, Job]
    appointments: Mapping[UUID, Sequence[Appointment]]
    days: Mapping[Day, TechnicianDay]
    overtime: Mapping[UUID, timedelta]
    """How long each technician may stay beyond the shift."""
    debts: Mapping[UUID, int]
    asked: Collection[UUID]
    """The jobs that both sides answer for."""

    @property
    def horizon(self) -> datetime:
        """Until when what has no place stays dark and late: the end of the last shift."""
        ends = [
            day.shift_end_at + self.overtime.get(day.technician_id, timedelta()) for day in self.days.values()
        ]
        return max(ends, default=self.now)


def split_of(
    routes: Sequence[PlannedRoute], ground: Ground, before: Sequence[PlannedRoute] | None = None
) -> Split:
    """`before`: what these rounds go out over, if moving it is to be priced."""
    weights = weights_of(ground.area)
    used = [route for route in routes if route.stops]
    driven_s, driven_m = _driven(used, ground.area.settings.speed_kmh)
    stops = {
        stop.job_id: (day_of(route), stop)
        for route in used
        for stop in route.stops
        if stop.job_id in ground.jobs
    }
    left_out = [ground.jobs[job_id] for job_id in sorted({*ground.asked} - stops.keys())]
    ends = [(ground.jobs[job_id], stop.end_at) for job_id, (_, stop) in stops.items()]
    ends += [(job, ground.horizon) for job in left_out]
    parts: dict[str, float] = {
        "unassigned": sum(PRIZE_HOURS[job.priority] * 3600 for job in left_out),
        "outage": sum(job.affected * _minutes(end - ground.now) for job, end in ends)
        * weights.outage_per_minute,
        "lateness": sum(LATENESS[job.priority] * _minutes(end - job.due_at) for job, end in ends)
        * weights.lateness_per_minute,
        "travel": driven_s * weights.travel,
        "distance": driven_m * weights.distance_per_km / 1000,
        "overtime": sum(_overtime_s(route, ground.days) for route in used) * weights.overtime,
        "duration": sum((route.back_at - route.leave_at).total_seconds() for route in used)
        * weights.duration,
        "shifts": len(used) * weights.shift_used,
        "unfairness": _unfairness(used, ground) * weights.unfairness,
        "churn": 0
        if before is None
        else _churn(before, stops, weights.churn_shift, weights.churn_second, ground),
    }
    rounded = {name: round(part) for name, part in parts.items()}
    return Split(
        **rounded,
        total=sum(rounded.values()),
        placed=len(stops),
        unplaced=len(left_out),
        promises=_promises(stops, ground),
        driving_seconds=round(driven_s),
        driving_m=round(driven_m),
        outage_minutes=round(sum(job.affected * _minutes(end - job.reported_at) for job, end in ends)),
    )


def _minutes(length: timedelta) -> float:
    return max(0.0, length.total_seconds()) / 60


def _driven(routes: Sequence[PlannedRoute], speed_kmh: float) -> tuple[float, float]:
    """Seconds and metres. Counted by stops, because a route of a day under way has only what is left of it."""
    seconds = metres = 0.0
    for route in routes:
        home_s = way_home(route).total_seconds()
        seconds += sum(stop.travel_seconds for stop in route.stops) + home_s
        metres += sum(stop.distance_m for stop in route.stops) + home_s * speed_kmh / 3.6
    return seconds, metres


def way_home(route: PlannedRoute) -> timedelta:
    """After the last stop."""
    if not route.stops:
        return timedelta()
    last = route.stops[-1].end_at
    rest = timedelta()
    start, end = route.break_start_at, route.break_end_at
    # a break may also come after the way home
    if start is not None and end is not None and last <= start and end <= route.back_at:
        rest = end - start
    return max(route.back_at - last - rest, timedelta())


def _overtime_s(route: PlannedRoute, days: Mapping[Day, TechnicianDay]) -> float:
    day = days.get(day_of(route))
    return 0.0 if day is None else max(0.0, (route.back_at - day.shift_end_at).total_seconds())


def _unfairness(routes: Sequence[PlannedRoute], ground: Ground) -> float:
    """The squares of all loads in hours: travel and work, and what was carried from the days before."""
    loads = {day.technician_id: float(ground.debts.get(day.technician_id, 0)) for day in ground.days.values()}
    for route in routes:
        work = sum((stop.end_at - stop.start_at).total_seconds() for stop in route.stops)
        way = sum(stop.travel_seconds for stop in route.stops) + way_home(route).total_seconds()
        loads[route.technician_id] = loads.get(route.technician_id, 0.0) + work + way
    return sum((max(0.0, load) / 3600) ** 2 for load in loads.values())


def _churn(
    before: Sequence[PlannedRoute],
    stops: Mapping[UUID, tuple[Day, RouteStop]],
    per_shift: float,
    per_second: float,
    ground: Ground,
) -> float:
    cost = 0.0
    for route in before:
        for stop in route.stops:
            if stop.job_id not in ground.asked:
                continue
            day, now = stops.get(stop.job_id, (None, stop))
            cost += per_shift * (day != day_of(route))
            cost += per_second * abs((now.start_at - stop.start_at).total_seconds())
    return cost


def _promises(stops: Mapping[UUID, tuple[Day, RouteStop]], ground: Ground) -> Promises:
    counted = {"kept": 0, "late": 0, "unplaced": 0}
    for job_id in ground.asked:
        window = next((row for row in ground.appointments.get(job_id, ()) if row.state in PROMISED), None)
        if window is None:
            continue
        if job_id not in stops:
            counted["unplaced"] += 1
        else:
            start_at = stops[job_id][1].start_at
            counted["kept" if window.earliest_at <= start_at <= window.latest_at else "late"] += 1
    return Promises(**counted)
