"""Why a version of the rounds has each job where it has it: from the optimizer's words to ours, and what of it still holds."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from db.records import Elsewhere, MovedAside, Obstacle, Plan, PlanReason, Tried, Visit, WhyNot, WouldHelp
from db.states import PlanState, VisitState
from dispatch.rules.plans import Prepared, untimed
from dispatch.rules.running import Day, day_of
from dispatch.rules.versions import SAME_S
from optimizer.explain import Bar, Forced, Instead, Reason, explained, force, reasons
from optimizer.problem import MANDATORY, Window
from optimizer.result import Cost, Hint, Result, Route, Unassigned

OFF = "off"
"""The technician has no shift in these days."""
NOT_OPEN = "not-open"
"""Nothing is to be planned: it is over, on hold, promised for a later day, under way or about to begin."""


class Stands(StrEnum):
    """What has become of a reason since it was worked out."""

    HOLDS = "holds"
    """The visit is where it was, and so are its round and that of the next best place."""
    CHANGED = "changed"
    """The visit is where it was, but others came or went: the costs are those of then."""
    MOVED = "moved"
    """The job is elsewhere, or nowhere, by now: the reason speaks of a place that it no longer has."""


def parts_of(cost: Cost) -> dict[str, int]:
    """The parts that are something, and the total. What no trade-off may reach is no price: a promise that finds a place is
    not worth a billion seconds of driving."""
    priced = cost.unassigned - MANDATORY * round(cost.unassigned / MANDATORY)
    cost = msgspec.structs.replace(cost, unassigned=priced)
    parts = {name: getattr(cost, name) for name in cost.__struct_fields__}
    return {name: part for name, part in parts.items() if part} | {"total": cost.total}


def hint_of(prepared: Prepared, hint: Hint | None) -> WouldHelp | None:
    """With the technician and day instead of the optimizer's shift index."""
    if hint is None:
        return None
    day = None if hint.shift is None else prepared.days[hint.shift]
    return WouldHelp(
        kind=hint.kind,
        technician_id=None if day is None else day.technician_id,
        on_day=None if day is None else day.on_day,
        seconds=hint.seconds,
        missing=hint.missing,
    )


def rows_of(
    plan: Plan,
    prepared: Prepared,
    said: Sequence[Reason],
    left: Sequence[Unassigned],
    jobs: Collection[UUID],
    now: datetime,
) -> list[PlanReason]:
    """Of these jobs; the time of second technicians is nobody's job."""
    count = len(prepared.jobs)
    rows = [_placed(plan, prepared, reason, now) for reason in said if reason.job < count]
    rows += [_left_out(plan, prepared, one, now) for one in left if one.job < count]
    return [row for row in rows if row.job_id in jobs]


def as_they_stand(rows: Sequence[PlanReason], plan: Plan, visits: Sequence[Visit]) -> list[PlanReason]:
    """With the starts that the visits have: what was moved since the search was timed by straight lines, so it may start at
    another minute than the optimizer says of the same place on roads."""
    starts = {job_id: visit.planned_start_at for job_id, visit in _present(plan, visits).items()}
    return [
        row if row.start_at is None else msgspec.structs.replace(row, start_at=starts[row.job_id])
        for row in rows
    ]


def _placed(plan: Plan, prepared: Prepared, reason: Reason, now: datetime) -> PlanReason:
    home, technician_id, on_day = day_of(prepared.days[reason.shift])
    return PlanReason(
        area_id=plan.area_id,
        plan_id=plan.plan_id,
        job_id=prepared.jobs[reason.job].job_id,
        technician_area_id=home,
        technician_id=technician_id,
        on_day=on_day,
        start_at=prepared.clock.instant(reason.start),
        cost=parts_of(reason.cost),
        own=parts_of(reason.own),
        left_out=reason.left_out,
        instead=None if reason.instead is None else _elsewhere(prepared, reason.instead),
        blocks={str(block): count for block, count in reason.blocks.items()},
        hint=None,
        explained_at=now,
    )


def _elsewhere(prepared: Prepared, instead: Instead) -> Elsewhere:
    home, technician_id, on_day = day_of(prepared.days[instead.shift])
    return Elsewhere(
        technician_area_id=home,
        technician_id=technician_id,
        on_day=on_day,
        start_at=prepared.clock.instant(instead.start),
        cost=instead.cost,
    )


def _left_out(plan: Plan, prepared: Prepared, left: Unassigned, now: datetime) -> PlanReason:
    return PlanReason(
        area_id=plan.area_id,
        plan_id=plan.plan_id,
        job_id=prepared.jobs[left.job].job_id,
        technician_area_id=None,
        technician_id=None,
        on_day=None,
        start_at=None,
        cost={},
        own={},
        left_out=None,
        instead=None,
        blocks={str(block): count for block, count in left.blocks.items()},
        hint=hint_of(prepared, left.hint),
        explained_at=now,
    )


def what_holds(
    plan: Plan,
    rows: Sequence[PlanReason],
    visits: Sequence[Visit],
    absent: Collection[Day],
    freeze: timedelta,
) -> dict[UUID, Stands]:
    """By job. `rows`: all of the version; `visits`: all of its days; `absent`: days on which somebody does not come."""
    present = _present(plan, visits)
    by_job = {row.job_id: row for row in rows}
    moved = {job_id for job_id, reason in by_job.items() if not _is_there(reason, present.get(job_id))}
    changed = {day for job_id in moved if (day := _day(by_job[job_id])) is not None}
    changed |= {day_of(present[job_id]) for job_id in moved & present.keys()}
    at = max((row.explained_at for row in rows), default=plan.created_at)
    # what was frozen then was a fact to the plan, and has no reason of its own
    changed |= {
        day_of(visit)
        for job_id, visit in present.items()
        if job_id not in by_job
        and visit.state in (VisitState.PUBLISHED, VisitState.DRAFT)
        and visit.planned_start_at >= at + freeze
    }
    return {
        job_id: Stands.MOVED if job_id in moved else _stands(reason, changed, absent)
        for job_id, reason in by_job.items()
    }


def _present(plan: Plan, visits: Sequence[Visit]) -> dict[UUID, Visit]:
    """Where each job is: by the draft, of a draft."""
    out = {
        visit.job_id: visit for visit in visits if visit.state not in (VisitState.DRAFT, VisitState.CANCELLED)
    }
    if plan.state is not PlanState.DRAFT:
        return out
    return out | {visit.job_id: visit for visit in visits if visit.state is VisitState.DRAFT}


def _day(reason: PlanReason) -> Day | None:
    if reason.technician_area_id is None or reason.technician_id is None or reason.on_day is None:
        return None
    return reason.technician_area_id, reason.technician_id, reason.on_day


def _is_there(reason: PlanReason, visit: Visit | None) -> bool:
    if visit is None or reason.start_at is None:
        return visit is None and reason.start_at is None
    apart = abs((visit.planned_start_at - reason.start_at).total_seconds())
    return day_of(visit) == _day(reason) and apart < SAME_S


def _stands(reason: PlanReason, changed: Collection[Day], absent: Collection[Day]) -> Stands:
    own, instead = _day(reason), reason.instead
    if own is None:
        # every round had a part in it
        return Stands.CHANGED if changed else Stands.HOLDS
    other = own if instead is None else (instead.technician_area_id, instead.technician_id, instead.on_day)
    return Stands.CHANGED if {own, other} & {*changed, *absent} else Stands.HOLDS


def tried_of(prepared: Prepared, forced: Forced) -> Tried:
    """In our words. Meetings of second technicians that would move are nobody's job."""
    if forced.result is None:
        return barred(*(_obstacle(prepared, bar) for bar in forced.bars))
    assert forced.shift is not None, "a job that was forced has a place"
    assert forced.start is not None, "a job that was forced has a place"
    return Tried(
        obstacles=[],
        cost=parts_of(forced.cost),
        on_day=prepared.days[forced.shift].on_day,
        start_at=prepared.clock.instant(forced.start),
        moved=[
            MovedAside(
                job_id=prepared.jobs[moved.job].job_id,
                from_technician_id=None
                if moved.before is None
                else prepared.days[moved.before].technician_id,
                from_day=None if moved.before is None else prepared.days[moved.before].on_day,
                to_technician_id=None if moved.after is None else prepared.days[moved.after].technician_id,
                to_day=None if moved.after is None else prepared.days[moved.after].on_day,
                seconds_later=moved.seconds,
            )
            for moved in forced.moved
            if moved.job < len(prepared.jobs)
            and (moved.before != moved.after or abs(moved.seconds) >= SAME_S)
        ],
    )


def _obstacle(prepared: Prepared, bar: Bar) -> Obstacle:
    known = bar.job is not None and bar.job < len(prepared.jobs)
    return Obstacle(
        code=str(bar.cause),
        on_day=None if bar.shift is None else prepared.days[bar.shift].on_day,
        job_id=prepared.jobs[bar.job].job_id if known and bar.job is not None else None,
        lacks=list(bar.lacks),
        seconds=bar.seconds,
    )


def barred(*obstacles: Obstacle) -> Tried:
    return Tried(obstacles=list(obstacles), cost={}, on_day=None, start_at=None, moved=[])


def routes_as(prepared: Prepared, plan: Plan, visits: Sequence[Visit]) -> tuple[Route, ...]:
    """The orders that a version has now: those of its drafts, if it is one, else what is out. Times are left to the
    optimizer."""
    present = _present(plan, visits)
    shift_of = {day_of(day): shift for shift, day in enumerate(prepared.days)}
    rows: dict[int, list[tuple[int, int]]] = {}
    for number, job in enumerate(prepared.jobs):
        visit = present.get(job.job_id)
        shift = None if visit is None else shift_of.get(day_of(visit))
        if visit is not None and shift is not None:
            rows.setdefault(shift, []).append((prepared.clock.seconds(visit.planned_start_at), number))
    for route in prepared.warm:
        meetings = [stop.job for stop in route.stops if stop.job >= len(prepared.jobs)]
        for number in meetings:
            at_s = prepared.problem.jobs[number].windows[0].earliest
            rows.setdefault(route.shift, []).append((at_s, number))
    return tuple(untimed(shift, [number for _, number in sorted(row)]) for shift, row in sorted(rows.items()))


def explain_all(prepared: Prepared, routes: Sequence[Route]) -> tuple[tuple[Reason, ...], list[Unassigned]]:
    """The reasons of every stop of these orders, and of every job that has no place and finds none. As long as
    `optimizer.explain.reasons` takes."""
    placed = {stop.job for route in routes for stop in route.stops}
    waiting = [number for number in range(len(prepared.jobs)) if number not in placed]
    left = explained(prepared.problem, standing_result(routes, waiting)).unassigned
    shifts = len(prepared.problem.shifts)
    # what would fit has only not been planned yet
    return reasons(prepared.problem, routes), [one for one in left if sum(one.blocks.values()) == shifts]


def standing_result(routes: Sequence[Route], waiting: Sequence[int] = ()) -> Result:
    """Orders as an answer that nobody has priced."""
    unassigned = tuple(Unassigned(job=number, blocks={}) for number in waiting)
    return Result(routes=tuple(routes), unassigned=unassigned, cost=Cost())


def try_out(prepared: Prepared, routes: Sequence[Route], asked: WhyNot) -> Tried:
    """The job in the hands that are asked about, on paper. As long as `optimizer.explain.force` takes."""
    job = next((n for n, job in enumerate(prepared.jobs) if job.job_id == asked.job_id), None)
    names = [person.name for person in prepared.problem.technicians]
    who = str(asked.technician_id)
    if who not in names or job is None:
        return barred(Obstacle(code=OFF if job is not None else NOT_OPEN))
    window = None
    if asked.earliest_at is not None and asked.latest_at is not None:
        window = Window(
            earliest=prepared.clock.seconds(asked.earliest_at), latest=prepared.clock.seconds(asked.latest_at)
        )
    problem = prepared.problem
    return tried_of(prepared, force(problem, standing_result(routes), job, names.index(who), window))
