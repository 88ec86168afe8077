"""Exact times of one route: order of stops given, everything as early as possible, the break where it costs least.

The earliest schedule is feasible whenever any is (waiting is always allowed), and outage, lateness and overtime only grow
with time, so it is also the cheapest but for `churn_second`, which the choice of the break alone takes into account. The
first drive starts as late as it may without moving a start; where being away costs and nothing goes by the clock, starts
move, too, so that nobody waits. A depot stands in an order by its number (`Ground.depots`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from optimizer.ground import FOREVER, Ground, Windows, earliest_in
from optimizer.problem import Break
from optimizer.result import Rest, Route, Stop, Supply


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
    if plain is None or not jobs:
        return plain
    if rest is None:
        return _later(ground, shift, jobs, plain, windows)
    if plain.back <= rest.window.latest:
        whole = _later(ground, shift, jobs, plain, windows)
        return whole._replace(
            where=Where.AFTER_LEG, leg=len(jobs), rest_start=max(plain.back, rest.window.earliest)
        )
    best: Timing | None = None
    for leg, where in _places(ground, jobs, plain, rest):
        tried = _walk(ground, shift, jobs, where, leg, windows, last)
        if tried is not None and (best is None or (tried.price, tried.back) < (best.price, best.back)):
            best = tried
    if best is None and ground.waived[shift]:
        return _later(ground, shift, jobs, plain, windows)
    return best


def starts_at(
    ground: Ground, shift: int, jobs: Sequence[int], position: int, windows: dict[int, Windows]
) -> Iterator[int]:
    """The earliest start of one stop for each place that the break may have, if that stop may start later than it has to; however
    late the technician would be back."""
    plain = _walk(ground, shift, jobs, Where.NOWHERE, -1, windows, FOREVER)
    rest = ground.rest[shift]
    if plain is None:
        return
    yield plain.starts[position]
    if rest is None:
        return
    places = {(leg, where) for leg, where in _places(ground, jobs, plain, rest) if leg < position}
    for leg, where in places | {(position, Where.BEFORE_LEG), (position, Where.AFTER_LEG)}:
        tried = _walk(ground, shift, jobs, where, leg, windows, FOREVER)
        if tried is not None:
            yield tried.starts[position]
    if ground.interruptible[jobs[position]]:
        yield max(plain.starts[position], rest.window.earliest - ground.service_in[shift][jobs[position]])


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
    travel, service = ground.travel_in[shift], ground.service_in[shift]
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
        seconds = travel[place][there]
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
        work = service[job]
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
        driven += travel[place][goal]
        metres += ground.distance[place][goal]
        now += travel[place][goal]
    if now > last:
        return None
    price += driven * ground.per_second + metres * ground.per_metre
    if now > ground.end[shift] and jobs:
        price += (now - ground.end[shift]) * ground.problem.weights.overtime
    times = Timing(price, now, driven + worked, arrivals, starts, ends, where, at, rest_start)
    rate = ground.problem.weights.duration
    if rate and jobs:
        away = now - left_at(ground, shift, jobs, times) - _spare(ground, jobs, times, windows)
        return times._replace(price=price + away * rate)
    return times


def left_at(ground: Ground, shift: int, jobs: Sequence[int], times: Timing) -> int:
    """When the technician leaves: as late as is of use."""
    return _first_arrival(times) - ground.travel_in[shift][ground.home[shift]][ground.place[jobs[0]]]


def _spare(ground: Ground, jobs: Sequence[int], times: Timing, windows: dict[int, Windows] | None) -> int:
    """By how much the technician may leave later still if starts may move: all waiting but the first, as far as windows go."""
    if times.leg >= 0 or any(ground.by_clock[job] for job in jobs):
        return 0
    waited, least = 0, FOREVER
    for job, arrival, start in zip(jobs, times.arrivals, times.starts, strict=True):
        waited += start - arrival
        allowed = ground.windows[job] if windows is None else windows.get(job, ground.windows[job])
        least = min(least, waited + next(high for low, high in allowed if low <= start <= high) - start)
    return min(least, waited) - (times.starts[0] - times.arrivals[0])


def _later(
    ground: Ground, shift: int, jobs: Sequence[int], times: Timing, windows: dict[int, Windows] | None
) -> Timing:
    """The same without the waiting that leaving later spares, where being away costs."""
    spare = _spare(ground, jobs, times, windows) if ground.problem.weights.duration else 0
    if not spare:
        return times
    arrivals, starts, ends = [times.starts[0] + spare], list[int](), list[int]()
    for k, (job, start, end) in enumerate(zip(jobs, times.starts, times.ends, strict=True)):
        allowed = ground.windows[job] if windows is None else windows.get(job, ground.windows[job])
        starts.append(earliest_in(allowed, arrivals[k]))
        ends.append(starts[k] + end - start)
        if k + 1 < len(jobs):
            arrivals.append(ends[k] + times.arrivals[k + 1] - end)
    return times._replace(arrivals=arrivals, starts=starts, ends=ends)


def route(ground: Ground, shift: int, jobs: Sequence[int], times: Timing) -> Route:
    """The timed route as it goes into a result. `jobs` is not empty."""
    stops: list[Stop] = []
    supply: Supply | None = None
    travel, place, driven, metres = ground.travel_in[shift], ground.home[shift], 0, 0
    first = _first_arrival(times)
    for index, job in enumerate(jobs):
        there = ground.place[job]
        arrival, end = times.arrivals[index] if index else first, times.ends[index]
        seconds, far = travel[place][there], ground.distance[place][there]
        driven, metres, place = driven + seconds, metres + far, there
        if job < ground.jobs:
            start = times.starts[index]
            stops.append(
                Stop(job=job, arrival=arrival, start=start, end=end, travel_s=seconds, distance_m=far)
            )
        else:
            supply = Supply(
                before=index,
                depot=job - ground.jobs,
                arrival=arrival,
                end=end,
                travel_s=seconds,
                distance_m=far,
            )
    goal = ground.goal[shift]
    return Route(
        shift=shift,
        leave=left_at(ground, shift, jobs, times),
        back=times.back,
        stops=tuple(stops),
        rest=_rest(ground, shift, jobs, times),
        supply=supply,
        travel_s=driven + travel[place][goal],
        distance_m=metres + ground.distance[place][goal],
    )


def _first_arrival(times: Timing) -> int:
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
