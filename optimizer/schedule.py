"""Exact times of one route: order of stops given, everything as early as possible, the break where it costs least.

The earliest schedule is feasible whenever any is (waiting is always allowed), and outage, lateness and overtime only grow
with time, so it is also the cheapest but for `churn_second`, which the choice of the break alone takes into account. The
first drive starts as late as it may without moving a start.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from optimizer.ground import FOREVER, Ground, Windows, earliest_in
from optimizer.problem import Break
from optimizer.result import Rest, Route, Stop


class Where(IntEnum):
    """Where the break lies, relative to a leg and the stop at its end (leg n is the way back)."""

    NOWHERE = 0
    BEFORE_LEG = 1
    AFTER_LEG = 2
    INSIDE = 3


class Timing(NamedTuple):
    """Times of one order of stops. `price` is the route's whole cost but for unfairness; `load` travel and work."""

    price: float
    back: int
    load: int
    arrivals: list[int]
    starts: list[int]
    ends: list[int]
    where: Where
    leg: int
    rest_start: int


def timing(
    ground: Ground,
    shift: int,
    jobs: Sequence[int],
    windows: dict[int, Windows] | None = None,
    limit: int | None = None,
) -> Timing | None:
    """The cheapest earliest schedule of `jobs` in this order in `shift`; None if there is none.

    `windows` overrides those of single jobs and `limit` the latest instant back: "what if" for explanations and slots.
    Skills, parts, locks and exclusions are not looked at. O(n) per position of the break tried, of which few remain:
    a break before a stop that ends before the break's window opens is never better than the same break after it.
    """
    last = ground.limit[shift] if limit is None else limit
    if jobs and ground.frozen[jobs[-1]]:
        last = FOREVER
    plain = _walk(ground, shift, jobs, Where.NOWHERE, -1, windows, last)
    rest = ground.rest[shift]
    if plain is None or rest is None or not jobs:
        return plain
    if plain.back <= rest.window.latest:
        return plain._replace(
            where=Where.AFTER_LEG, leg=len(jobs), rest_start=max(plain.back, rest.window.earliest)
        )
    best: Timing | None = None
    for leg, where in _places(ground, jobs, plain, rest):
        tried = _walk(ground, shift, jobs, where, leg, windows, last)
        if tried is not None and (best is None or (tried.price, tried.back) < (best.price, best.back)):
            best = tried
    return plain if best is None and ground.waived[shift] else best


def _places(ground: Ground, jobs: Sequence[int], plain: Timing, rest: Break) -> list[tuple[int, Where]]:
    """Places for the break worth trying, given the times without one (which only get later with one)."""
    found: list[tuple[int, Where]] = []
    low, high = rest.window.earliest, rest.window.latest
    for leg, job in enumerate(jobs):
        if leg and plain.ends[leg - 1] > high:
            break
        if plain.ends[leg] <= low:
            continue
        found.append((leg, Where.BEFORE_LEG))
        if plain.arrivals[leg] <= high:
            found.append((leg, Where.AFTER_LEG))
        if ground.interruptible[job] and plain.starts[leg] <= high:
            found.append((leg, Where.INSIDE))
    else:
        if plain.ends[-1] <= high:
            found.append((len(jobs), Where.BEFORE_LEG))
    return found


def _walk(
    ground: Ground,
    shift: int,
    jobs: Sequence[int],
    where: Where,
    at: int,
    windows: dict[int, Windows] | None,
    last: int,
) -> Timing | None:
    """One pass along the route with the break at a given place. The inner loop of everything: kept in one piece."""
    rest = ground.rest[shift]
    low, high, pause = (rest.window.earliest, rest.window.latest, rest.duration_s) if rest else (0, 0, 0)
    now, place, rest_start = ground.start[shift], ground.home[shift], -1
    driven = metres = worked = 0
    price = float(ground.problem.weights.shift_used) if jobs else 0.0
    arrivals: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for leg, job in enumerate(jobs):
        there = ground.place[job]
        if leg == at and where == Where.BEFORE_LEG:
            rest_start = max(now, low)
            now = rest_start + pause
        seconds = ground.travel[place][there]
        driven += seconds
        metres += ground.distance[place][there]
        now += seconds
        arrivals.append(now)
        if leg == at and where == Where.AFTER_LEG:
            rest_start = max(now, low)
            now = rest_start + pause
        allowed = ground.windows[job] if windows is None else windows.get(job, ground.windows[job])
        now = earliest_in(allowed, now)
        if now < 0:
            return None
        starts.append(now)
        work = ground.service[job]
        if leg == 0 or place != there:
            work += ground.setup[job]
        worked += work
        if leg == at and where == Where.INSIDE:
            rest_start = max(now, low)
            if rest_start > now + work:
                return None
            now += pause
        now += work
        if rest_start > high and at >= 0:
            return None
        ends.append(now)
        if ground.by_clock[job]:
            price += ground.at_clock(job, starts[-1], now)
        price += ground.in_shift(job, shift)
        place = there
    if at == len(jobs):
        rest_start = max(now, low)
        if rest_start > high:
            return None
        now = rest_start + pause
    goal = ground.goal[shift]
    if jobs:
        driven += ground.travel[place][goal]
        metres += ground.distance[place][goal]
        now += ground.travel[place][goal]
    if now > last:
        return None
    price += driven * ground.per_second + metres * ground.per_metre
    if now > ground.end[shift] and jobs:
        price += (now - ground.end[shift]) * ground.problem.weights.overtime
    return Timing(price, now, driven + worked, arrivals, starts, ends, where, at, rest_start)


def route(ground: Ground, shift: int, jobs: Sequence[int], times: Timing) -> Route:
    """The timed route as it goes into a result. `jobs` is not empty."""
    stops: list[Stop] = []
    place = ground.home[shift]
    first = _first_arrival(ground, times)
    for index, job in enumerate(jobs):
        there = ground.place[job]
        stops.append(
            Stop(
                job=job,
                arrival=times.arrivals[index] if index else first,
                start=times.starts[index],
                end=times.ends[index],
                travel_s=ground.travel[place][there],
                distance_m=ground.distance[place][there],
            )
        )
        place = there
    goal = ground.goal[shift]
    return Route(
        shift=shift,
        leave=first - stops[0].travel_s,
        back=times.back,
        stops=tuple(stops),
        rest=_rest(ground, shift, jobs, times),
        travel_s=sum(stop.travel_s for stop in stops) + ground.travel[place][goal],
        distance_m=sum(stop.distance_m for stop in stops) + ground.distance[place][goal],
    )


def _first_arrival(ground: Ground, times: Timing) -> int:
    """As late as useful: at the start of service, or of the break taken at the first stop's door."""
    if times.where == Where.AFTER_LEG and times.leg == 0:
        return times.rest_start
    return times.starts[0]


def _rest(ground: Ground, shift: int, jobs: Sequence[int], times: Timing) -> Rest | None:
    rest = ground.rest[shift]
    if rest is None or times.where == Where.NOWHERE:
        return None
    inside = jobs[times.leg] if times.where == Where.INSIDE else None
    return Rest(start=times.rest_start, end=times.rest_start + rest.duration_s, inside=inside)
