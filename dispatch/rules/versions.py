"""Versions of the rounds: what lies between two of them, and how to go back to one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from db.records import Job, Plan, PlannedRoute, RouteStop, Visit
from db.states import LIVE_VISIT, JobState, PlanOrigin
from dispatch.rules.emergencies import DayStops, stops_after
from dispatch.rules.running import PROMISED, Day, day_of
from dispatch.rules.splits import Ground, Split, split_of
from dispatch.rules.standing import Stood
from optimizer.rounds import Stop
from optimizer.standing import Standing

SAME_S = 60
"""A start that moves by less than this has not moved."""


class Held(NamedTuple):
    """Where a version has a job."""

    day: Day
    stop: RouteStop


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One job that has another place. `before` or `after` None: it had, or has, none."""

    job_id: UUID
    before: Held | None
    after: Held | None
    promised: bool
    """It has an appointment, which both places keep."""

    @property
    def seconds_later(self) -> int:
        if self.before is None or self.after is None:
            return 0
        return int((self.after.stop.start_at - self.before.stop.start_at).total_seconds())


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between two versions, over the days of either."""

    moved: list[Change]
    """To somebody else, to another day, or to another time."""
    new: list[Change]
    dropped: list[Change]
    promises_touched: list[Change]
    before: Split
    after: Split


def places_of(routes: Sequence[PlannedRoute]) -> dict[UUID, Held]:
    return {stop.job_id: Held(day_of(route), stop) for route in routes for stop in route.stops}


def nobody_goes(jobs: Mapping[UUID, Job]) -> set[UUID]:
    """Those of the jobs to which nobody is to go any more."""
    return {job.job_id for job in jobs.values() if job.state in (JobState.CANCELLED, JobState.ON_HOLD)}


def given_up(plan: Plan, jobs: Mapping[UUID, Job]) -> set[UUID]:
    """Jobs that have no place by this version: it found none, or nobody is to go any more."""
    return nobody_goes(jobs) | {item.job_id for item in plan.unassigned}


def laid_over(
    below: Sequence[PlannedRoute], above: Sequence[PlannedRoute], gone: Collection[UUID]
) -> list[PlannedRoute]:
    """The rounds once a version has gone out over others. What it neither places nor gives up stays where it was: begun or
    frozen when it was made, or on a technician-day that it does not name."""
    placed = places_of(above)
    staying = {
        day_of(route): [stop for stop in route.stops if stop.job_id not in placed and stop.job_id not in gone]
        for route in below
    }
    named = {day_of(route): route for route in above}
    frames = {day_of(route): route for route in below} | named
    return [
        msgspec.structs.replace(
            frame, stops=_by_start([*staying.get(day, []), *(named[day].stops if day in named else [])])
        )
        for day, frame in frames.items()
    ]


def _by_start(stops: Sequence[RouteStop]) -> list[RouteStop]:
    return sorted(stops, key=lambda stop: stop.start_at)


def unknown_to(
    plan: Plan, known: Sequence[PlannedRoute], under: Sequence[PlannedRoute]
) -> list[PlannedRoute]:
    """Of other rounds, those on technician-days of which this version says nothing: neither by itself nor, `known`, by what
    it went out over. A planning run speaks of all technicians of its days."""
    named, placed = {day_of(route) for route in known}, places_of(known)
    return [
        msgspec.structs.replace(route, stops=[stop for stop in route.stops if stop.job_id not in placed])
        for route in under
        if day_of(route) not in named
        and not (plan.origin is PlanOrigin.RUN and plan.first_on <= route.on_day <= plan.last_on)
    ]


def compare(before: Sequence[PlannedRoute], after: Sequence[PlannedRoute], ground: Ground) -> Compared:
    old, new = places_of(before), places_of(after)
    found = [
        Change(
            job_id=job_id,
            before=old.get(job_id),
            after=new.get(job_id),
            promised=any(row.state in PROMISED for row in ground.appointments.get(job_id, ())),
        )
        for job_id in dict.fromkeys([*old, *new])
    ]
    moved = [change for change in found if change.before and change.after and _moves(change)]
    return Compared(
        moved=moved,
        new=[change for change in found if change.before is None],
        dropped=[change for change in found if change.after is None],
        promises_touched=[
            change for change in found if change.promised and (change in moved or change.after is None)
        ],
        before=split_of(before, ground),
        after=split_of(after, ground, before),
    )


def _moves(change: Change) -> bool:
    assert change.before is not None, "asked of those that have both"
    assert change.after is not None, "asked of those that have both"
    return change.before.day != change.after.day or abs(change.seconds_later) >= SAME_S


def left_by(plan: Plan) -> set[UUID]:
    """Jobs that lost their place by it."""
    return {item.job_id for item in plan.unassigned} & places_of(plan.replaced).keys()


def taken_back_to(
    plan: Plan, rows: Mapping[Day, Stood], standing: Standing, lost: Mapping[UUID, Stop]
) -> tuple[list[DayStops], list[UUID]]:
    """The orders that undo a published version, and the jobs that lose the place it gave them. `lost`: jobs that wait, as stops.

    Only what still is where the version put it goes back, and only where that fits; promises stay where they are served.
    """
    old, new = places_of(plan.replaced), places_of(plan.routes)
    here = {job_id: (day, stood) for day, stood in rows.items() for job_id in stood.visits}
    stops = {day: list(stood.row.stops) for day, stood in rows.items()}
    begins = {job_id: stood.visits[job_id].planned_start_at for job_id, (_, stood) in here.items()}
    leaving: list[UUID] = []
    for job_id, (day, stood) in here.items():
        if job_id not in new or new[job_id].day != day:
            continue
        stop = next(stop for stop in stood.row.stops if stop.key == job_id)
        target = old.get(job_id)
        if target is None and stop.window is None:
            stops[day].remove(stop)
            leaving.append(job_id)
        elif target is not None and target.day != day and target.day in rows:
            back = _among(stops[target.day], stop, target.stop.start_at, begins)
            if _fits(standing, rows[target.day], back):
                stops[day].remove(stop)
                stops[target.day] = back
                begins[job_id] = target.stop.start_at
    sent: set[Day] = set()
    for job_id in sorted(left_by(plan) & lost.keys()):
        target = old[job_id]
        if target.day not in rows:
            continue
        others = {day: [stop for stop in row if stop.key != job_id] for day, row in stops.items()}
        back = _among(others[target.day], lost[job_id], target.stop.start_at, begins)
        if _fits(standing, rows[target.day], back):
            # a plan may have thought of a place for it meanwhile, even of this one
            stops = {**others, target.day: back}
            sent.add(target.day)
            begins[job_id] = target.stop.start_at
    for day, stood in rows.items():
        back = _in_old_order(stops[day], day, old, new)
        if back != stops[day] and _fits(standing, stood, back):
            stops[day] = back
    touched = sorted(day for day, stood in rows.items() if day in sent or stops[day] != [*stood.row.stops])
    return [stops_after(rows[day], [stop.key for stop in stops[day]]) for day in touched], leaving


def stays(plan: Plan, rows: Mapping[Day, Stood]) -> list[Visit]:
    """Visits that the version moved or made, and that are not where they were before it; by their start."""
    old, new = places_of(plan.replaced), places_of(plan.routes)
    moved = {
        job_id
        for job_id, held in new.items()
        if job_id not in old or _moves(Change(job_id=job_id, before=old[job_id], after=held, promised=False))
    }
    present = [(day, visit) for day, stood in rows.items() for visit in stood.facts.visits]
    return sorted(
        (
            visit
            for day, visit in present
            if visit.job_id in moved
            and visit.state in LIVE_VISIT
            and not _is_back(day, visit, old.get(visit.job_id))
        ),
        key=lambda visit: visit.planned_start_at,
    )


def _is_back(day: Day, visit: Visit, held: Held | None) -> bool:
    if held is None or held.day != day:
        return False
    return abs((visit.planned_start_at - held.stop.start_at).total_seconds()) < SAME_S


def _fits(standing: Standing, stood: Stood, stops: Sequence[Stop]) -> bool:
    return standing.times_of(stood.row._replace(stops=tuple(stops))).feasible


def _in_old_order(
    stops: Sequence[Stop], day: Day, old: Mapping[UUID, Held], new: Mapping[UUID, Held]
) -> list[Stop]:
    """Those that stayed on the day change places among one another; unless somebody has put them in yet another order."""

    def stayed(stop: Stop) -> bool:
        return all(stop.key in held and held[stop.key].day == day for held in (old, new))

    own = [stop for stop in stops if stayed(stop)]
    if own != sorted(own, key=lambda stop: new[stop.key].stop.start_at):
        return list(stops)
    before = iter(sorted(own, key=lambda stop: old[stop.key].stop.start_at))
    return [next(before) if stayed(stop) else stop for stop in stops]


def _among(
    stops: Sequence[Stop], stop: Stop, start_at: datetime, begins: Mapping[UUID, datetime]
) -> list[Stop]:
    """The stop in the order of the starts; those that were put back before it have their old ones."""
    earlier = [other for other in stops if other.key in begins and begins[other.key] < start_at]
    return [*stops[: len(earlier)], stop, *stops[len(earlier) :]]
