"""The cheapest feasible insertion of one job into given routes: exact, every position tried unless a bound rules it out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from optimizer.draft import Draft
from optimizer.ground import FOREVER, Ground, Windows, earliest_in
from optimizer.problem import Problem, Record, Window
from optimizer.result import Route
from optimizer.schedule import Timing, timing


class Insertion(Record, frozen=True):
    """Where one job goes best. `cost` is what the routes then cost more (the prize of leaving it out not counted);
    `position` is its index in the row of `shift`, `start` its start of service there."""

    job: int
    shift: int
    position: int
    start: int
    cost: float


def cheapest(
    problem: Problem, routes: Sequence[Route], job: int, windows: Sequence[Window] | None = None
) -> Insertion | None:
    """The cheapest feasible insertion of `job` into `routes`, or None. `windows` replaces the job's own (slot quotes).

    For many questions about the same routes keep a `Draft.of(Ground(problem), routes)` and ask `cheapest_in`.
    A job that is already in `routes` is priced as if it were taken out first.
    """
    draft = Draft.of(Ground(problem), routes)
    if draft.shift_of[job] >= 0 and not draft.remove(job):
        return None
    return cheapest_in(draft, job, windows=pairs(windows))


def pairs(windows: Sequence[Window] | None) -> Windows | None:
    """Windows as the inner loops want them; empty means any time."""
    if windows is None:
        return None
    return tuple((window.earliest, window.latest) for window in windows) or ((0, FOREVER),)


def cheapest_in(
    draft: Draft,
    job: int,
    shifts: Iterable[int] | None = None,
    windows: Windows | None = None,
    below: float = math.inf,
) -> Insertion | None:
    """The cheapest insertion that costs less than `below`, over `shifts` (default: all that qualify)."""
    ground = draft.ground
    if shifts is None:
        shifts = ground.candidates[job] if windows is None else _all(ground, job)
    best: Insertion | None = None
    for shift in shifts:
        found = cheapest_at(draft, job, shift, windows, below)
        if found is not None:
            best, below = found, found.cost
    return best


def _all(ground: Ground, job: int) -> list[int]:
    return [shift for shift in range(len(ground.start)) if ground.qualified(job, shift)]


def cheapest_at(
    draft: Draft, job: int, shift: int, windows: Windows | None = None, below: float = math.inf
) -> Insertion | None:
    """The cheapest position in one shift that qualifies, if it costs less than `below`."""
    if not draft.stocked(job, shift):
        return None
    best: Insertion | None = None
    for position, bound in _positions(draft, job, shift, windows):
        if bound >= below:
            continue
        times = _with(draft, job, shift, position, windows)
        if times is None:
            continue
        cost = extra(draft, shift, times)
        if cost < below:
            below = cost
            best = Insertion(job=job, shift=shift, position=position, start=times.starts[position], cost=cost)
    return best


def least_at(draft: Draft, job: int, shift: int) -> float:
    """A lower bound of what the job costs in one shift that qualifies; infinite if it certainly does not fit."""
    if not draft.stocked(job, shift):
        return math.inf
    return min((bound for _, bound in _positions(draft, job, shift, None)), default=math.inf)


def _with(draft: Draft, job: int, shift: int, position: int, windows: Windows | None) -> Timing | None:
    row = draft.rows[shift]
    override = None if windows is None else {job: windows}
    return timing(draft.ground, shift, [*row[:position], job, *row[position:]], override)


def extra(draft: Draft, shift: int, times: Timing) -> float:
    """What the plan costs more if the row of `shift` is replaced by one with these times."""
    ground, old = draft.ground, draft.times[shift]
    technician = ground.technician[shift]
    load = draft.load[technician]
    fair = ground.unfairness(technician, load - old.load + times.load) - ground.unfairness(technician, load)
    return times.price - old.price + fair


def _positions(draft: Draft, job: int, shift: int, windows: Windows | None) -> Iterable[tuple[int, float]]:
    """Positions not ruled out, each with a lower bound of its cost. Inner loop: kept in one piece."""
    ground = draft.ground
    row, (free, latest) = draft.rows[shift], draft.slack(shift)
    travel, distance, there = ground.travel, ground.distance, ground.place[job]
    allowed = ground.windows[job] if windows is None else windows
    work, churn = ground.least_work[job], ground.in_shift(job, shift)
    opening = 0 if row else ground.problem.weights.shift_used
    floor = churn + opening - draft.relief(shift)
    fair = bool(ground.problem.weights.unfairness)
    technician = ground.technician[shift]
    load = draft.load[technician]
    found: list[tuple[int, float]] = []
    for position in range(len(ground.chains[shift]), len(row) + 1):
        before = ground.place[row[position - 1]] if position else ground.home[shift]
        after = ground.place[row[position]] if position < len(row) else ground.goal[shift]
        start = earliest_in(allowed, free[position] + travel[before][there])
        if start < 0 or start + work + travel[there][after] > latest[position]:
            continue
        seconds = travel[before][there] + travel[there][after]
        metres = distance[before][there] + distance[there][after]
        if row:
            seconds -= travel[before][after]
            metres -= distance[before][after]
        bound = floor + seconds * ground.per_second + metres * ground.per_metre
        if ground.by_clock[job]:
            end = start + work
            bound += ground.outage[job] * end + ground.late[job] * max(0, end - ground.due[job])
            bound += ground.moved[job] * max(0, start - ground.published[job])
        if fair:
            spared = ground.setup[row[position]] if position < len(row) else 0
            more = load + seconds + ground.service[job] - spared
            bound += ground.unfairness(technician, more) - ground.unfairness(technician, load)
        found.append((position, bound))
    return sorted(found, key=lambda pair: pair[1])
