"""The cheapest feasible insertion of one job into given routes: exact, every position tried unless a bound rules it out.

A technician who is short of a tool or a part may pass by a depot first: by any one of them, anywhere before the job in the same
shift; where the shift passes by one already, but later, that way is moved. Two who go together are the business of `meeting`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from optimizer.draft import Draft
from optimizer.ground import ANY_TIME, Ground, Ways, Windows, earliest_in
from optimizer.problem import Problem, Record, Window
from optimizer.result import Route
from optimizer.schedule import Timing


class Insertion(Record, frozen=True):
    """Where one job goes best. `cost` is what the routes then cost more (the prize of leaving it out not counted);
    `row` is the order of `shift` then (a number behind those of the jobs is a depot), `position` the job's index in it,
    `start` its start of service there."""

    job: int
    shift: int
    position: int
    start: int
    cost: float
    row: tuple[int, ...] = ()


class Way(NamedTuple):
    """One place for a job in a row, with a lower bound of its cost; `depot` is passed by before stop `at`, -1 for none."""

    bound: float
    position: int
    depot: int
    at: int

    def row(self, draft: Draft, job: int, shift: int) -> list[int]:
        """The order then."""
        row = draft.rows[shift]
        if self.depot < 0:
            return [*row[: self.position], job, *row[self.position :]]
        bare = [other for other in row if other < draft.ground.jobs]
        return [
            *bare[: self.at],
            self.depot,
            *bare[self.at : self.position - 1],
            job,
            *bare[self.position - 1 :],
        ]


def cheapest(
    problem: Problem, routes: Sequence[Route], job: int, windows: Sequence[Window] | None = None
) -> Insertion | None:
    """The cheapest feasible insertion of `job` into `routes`, or None. `windows` replaces the job's own (slot quotes).

    For many questions about the same routes keep a `Draft.of(Ground(problem), routes)` and ask `cheapest_in`.
    A job that is already in `routes` is priced as if it were taken out first; one with a partner as if it came alone.
    """
    draft = Draft.of(Ground(problem), routes)
    if draft.shift_of[job] >= 0 and not draft.remove(job):
        return None
    return cheapest_in(draft, job, windows=pairs(windows))


def pairs(windows: Sequence[Window] | None) -> Windows | None:
    """Windows as the inner loops want them; empty means any time."""
    if windows is None:
        return None
    return tuple((window.earliest, window.latest) for window in windows) or ANY_TIME


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
    best: Insertion | None = None
    override = None if windows is None else {job: windows}
    for way in ways(draft, job, shift, windows):
        if way.bound >= below:
            break
        row = way.row(draft, job, shift)
        times = draft.timing(shift, row, override)
        if times is None:
            continue
        cost = extra(draft, shift, times)
        if cost < below:
            below, start = cost, times.starts[way.position]
            best = Insertion(
                job=job, shift=shift, position=way.position, start=start, cost=cost, row=tuple(row)
            )
    return best


def least_at(draft: Draft, job: int, shift: int) -> float:
    """A lower bound of what the job costs in one shift that qualifies; infinite if it certainly does not fit."""
    return min((way.bound for way in ways(draft, job, shift, None)), default=math.inf)


def extra(draft: Draft, shift: int, times: Timing) -> float:
    """What the plan costs more if the row of `shift` is replaced by one with these times."""
    ground, old = draft.ground, draft.times[shift]
    technician = ground.technician[shift]
    load = draft.load[technician]
    fair = ground.unfairness(technician, load - old.load + times.load) - ground.unfairness(technician, load)
    return times.price - old.price + fair


def ways(draft: Draft, job: int, shift: int, windows: Windows | None) -> list[Way]:
    """Places not ruled out, the least bound first."""
    first = draft.supplied_from(job, shift)
    found = list(_ways(draft, job, shift, windows, first))
    if first and draft.ground.depots:
        found += _by_depot(draft, job, shift, windows)
    return sorted(found)


def orders(draft: Draft, job: int, shift: int, stocked: bool) -> Iterator[tuple[int, list[int]]]:
    """Position and order of every insertion, times aside; `stocked`: as if the technician had all that it takes."""
    ground, row = draft.ground, draft.rows[shift]
    head, first = len(ground.chains[shift]), 0 if stocked else draft.supplied_from(job, shift)
    for position in range(max(head, first), len(row) + 1):
        yield position, [*row[:position], job, *row[position:]]
    if first:
        for depot, at, position in _passing(draft, shift):
            way = Way(0.0, position + 1, depot, at)
            yield way.position, way.row(draft, job, shift)


def _passing(draft: Draft, shift: int) -> Iterator[tuple[int, int, int]]:
    """Depot, where to pass by it, and a place for a job behind it, both by the stops of a row without its own depot."""
    ground, there = draft.ground, draft.supply_at(shift)
    head, last = len(ground.chains[shift]), there if there >= 0 else len(draft.rows[shift])
    for depot in ground.depots:
        for at in range(head, last + 1):
            for position in range(at, last + 1):
                yield depot, at, position


def _ways(draft: Draft, job: int, shift: int, windows: Windows | None, first: int) -> Iterator[Way]:
    """Positions from `first` on. Inner loop: kept in one piece."""
    ground = draft.ground
    row, (free, latest) = draft.rows[shift], draft.slack(shift)
    travel, distance, there = ground.travel_in[shift], ground.distance, ground.place[job]
    allowed = draft.windows(job) if windows is None else windows
    work, floor = ground.least_in[shift][job], _floor(draft, job, shift)
    last = allowed[-1][1] if allowed else -1
    for position in range(max(first, len(ground.chains[shift])), len(row) + 1):
        if free[position] > last:
            return
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
        spared = ground.setup[row[position]] if position < len(row) else 0
        yield Way(bound + _timed(draft, job, shift, start, seconds - spared), position, -1, -1)


def _floor(draft: Draft, job: int, shift: int) -> float:
    """What inserting it costs at least, wherever in the row."""
    ground = draft.ground
    opening = 0 if draft.rows[shift] else ground.problem.weights.shift_used
    return ground.in_shift(job, shift) + opening - draft.relief(shift)


def _timed(draft: Draft, job: int, shift: int, start: int, seconds: int) -> float:
    """What it costs at least if it starts then or later, and adds these seconds to the load beside its work."""
    ground, price = draft.ground, 0.0
    if ground.by_clock[job]:
        end = start + ground.least_in[shift][job]
        price += ground.outage[job] * end + ground.late[job] * max(0, end - ground.due[job])
        price += ground.moved[job] * max(0, start - ground.published[job])
    weights, more = ground.problem.weights, seconds + ground.service_in[shift][job]
    if weights.unfairness:
        technician = ground.technician[shift]
        load = draft.load[technician]
        price += ground.unfairness(technician, load + more) - ground.unfairness(technician, load)
    return price + weights.duration * more


def _by_depot(draft: Draft, job: int, shift: int, windows: Windows | None) -> Iterator[Way]:
    """All places behind a depot that is not passed by yet, or later."""
    ground, row, at = draft.ground, draft.rows[shift], draft.supply_at(shift)
    travel, distance, there = ground.travel_in[shift], ground.distance, ground.place[job]
    bare = [other for other in row if other < ground.jobs]
    places = [ground.home[shift], *(ground.place[other] for other in bare), ground.goal[shift]]
    allowed = draft.windows(job) if windows is None else windows
    floor, work, service = _floor(draft, job, shift), ground.least_in[shift][job], ground.service_in[shift]
    whole = [ground.home[shift], *(ground.place[other] for other in row), ground.goal[shift]] if row else []
    driven, metres = _length(travel, whole), _length(distance, whole)
    free, latest = draft.slack(shift)
    for depot, passed, position in _passing(draft, shift):
        stops = [*places[: passed + 1], ground.place[depot], *places[passed + 1 : position + 1], there]
        soonest = free[passed] + travel[places[passed]][ground.place[depot]] + ground.least_in[shift][depot]
        after = places[position + 1]
        if passed == position:
            soonest += travel[ground.place[depot]][there]
        elif at < 0:
            if soonest + travel[ground.place[depot]][places[passed + 1]] > latest[passed]:
                continue
            soonest = max(soonest, free[position] + travel[places[position]][there])
        start = earliest_in(allowed, soonest)
        if start < 0 or (at < 0 and start + work + travel[there][after] > latest[position]):
            continue
        stops += places[position + 1 :]
        seconds = _length(travel, stops) - driven
        bound = floor + seconds * ground.per_second
        bound += (_length(distance, stops) - metres) * ground.per_metre
        more = seconds + (service[depot] if at < 0 else service[depot] - service[row[at]])
        # each stop behind one that comes or goes may be spared its setup
        more -= sum(ground.setup[other] for other in bare[passed : max(at, position) + 1])
        yield Way(bound + _timed(draft, job, shift, start, more), position + 1, depot, passed)


def _length(matrix: Ways, places: Sequence[int]) -> int:
    return sum(matrix[one][other] for one, other in pairwise(places))
