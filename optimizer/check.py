"""The oracle: recomputes an answer from scratch, in the plainest Python, and names whatever is wrong with it.

It shares nothing with the engines but the problem and the result: no schedule, no cost code, no layout. It does not ask
whether the answer is good, only whether it is true: every promise kept, every number right.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from optimizer.problem import MANDATORY, Job, Matrix, Problem, Record, Shift
from optimizer.result import Cost, Rest, Result, Route, Stop


class Cause(StrEnum):
    """What can be wrong: the closed list."""

    UNKNOWN = "unknown"
    """An index that the problem does not have."""
    DOUBLE = "double"
    MISSING = "missing"
    SKILL = "skill"
    TOOL = "tool"
    PART = "part"
    EXCLUDED = "excluded"
    LOCKED = "locked"
    FROZEN = "frozen"
    SHIFT = "shift"
    """Left before it starts, used twice, or a route without stops."""
    OVERTIME = "overtime"
    TRAVEL = "travel"
    WINDOW = "window"
    SERVICE = "service"
    """Starts before arrival, or lasts as long as it should not."""
    BREAK = "break"
    DEPOT = "depot"
    """The way by a depot is not what it should be."""
    PARTNER = "partner"
    """Two jobs that go together do not start together, or with one technician."""
    COST = "cost"


class Violation(Record, frozen=True):
    """One thing wrong, with where and a sentence's worth of facts."""

    cause: Cause
    says: str
    shift: int | None = None
    job: int | None = None


def check(problem: Problem, result: Result) -> list[Violation]:
    """Everything wrong with `result`; empty if it is a true answer. Raises `BadProblem` for a problem that is none.

    With unknown indices or jobs lost or doubled, the rest is not looked at: it would mean nothing.
    """
    problem.verify()
    found = [*_unknown(problem, result)] or [*_places(problem, result)]
    if found:
        return found
    travel, distance = problem.travel_s(), problem.distance_m()
    for route in result.routes:
        found += _allowed(problem, route)
        found += _frozen_first(problem, route)
        found += _passed(problem, route)
        if any(violation.cause == Cause.DEPOT for violation in found):
            return found
        found += _driven(problem, route, travel, distance)
        found += _served(problem, route)
        found += _shift(problem, route)
        found += _rest(problem, route)
    found += _stocked(problem, result)
    found += _together(problem, result)
    found += _frozen_kept(problem, result)
    found += _cost(problem, result)
    return found


def price(problem: Problem, result: Result) -> Cost:
    """What `result` costs, from scratch, whatever it says itself. It has no index that the problem does not have."""
    return Cost(**{name: round(value) for name, value in _true_cost(problem, result).items()})


def _unknown(problem: Problem, result: Result) -> Iterator[Violation]:
    for route in result.routes:
        if not 0 <= route.shift < len(problem.shifts):
            yield Violation(cause=Cause.UNKNOWN, says=f"there is no shift {route.shift}")
        for stop in route.stops:
            if not 0 <= stop.job < len(problem.jobs):
                yield Violation(cause=Cause.UNKNOWN, says=f"there is no job {stop.job}")
    for left in result.unassigned:
        if not 0 <= left.job < len(problem.jobs):
            yield Violation(cause=Cause.UNKNOWN, says=f"there is no job {left.job}")


def _places(problem: Problem, result: Result) -> Iterator[Violation]:
    """Each job stands in exactly one place, each shift has at most one route."""
    count = [0] * len(problem.jobs)
    for route in result.routes:
        for stop in route.stops:
            count[stop.job] += 1
    for left in result.unassigned:
        count[left.job] += 1
    for job, times in enumerate(count):
        if times == 0:
            yield Violation(cause=Cause.MISSING, says="neither in a route nor left out", job=job)
        elif times > 1:
            yield Violation(cause=Cause.DOUBLE, says=f"stands in {times} places", job=job)
    seen: set[int] = set()
    for route in result.routes:
        if route.shift in seen:
            yield Violation(cause=Cause.SHIFT, says="has two routes", shift=route.shift)
        if not route.stops:
            yield Violation(cause=Cause.SHIFT, says="has a route without stops", shift=route.shift)
        seen.add(route.shift)


def _allowed(problem: Problem, route: Route) -> Iterator[Violation]:
    index = problem.shifts[route.shift].technician
    technician = problem.technicians[index]
    for stop in route.stops:
        job, at = problem.jobs[stop.job], {"shift": route.shift, "job": stop.job}
        if job.frozen:
            continue
        if lacking := sorted(job.skills - technician.skills):
            yield Violation(cause=Cause.SKILL, says=f"lacks {', '.join(lacking)}", **at)
        if index in job.excluded:
            yield Violation(cause=Cause.EXCLUDED, says=f"{technician.name} must not go", **at)
        if job.shifts is not None and route.shift not in job.shifts:
            yield Violation(cause=Cause.LOCKED, says=f"locked to shifts {sorted(job.shifts)}", **at)
        if job.windows and not any(w.earliest <= stop.start <= w.latest for w in job.windows):
            yield Violation(cause=Cause.WINDOW, says=f"starts at {stop.start}, outside its windows", **at)


def _frozen_first(problem: Problem, route: Route) -> Iterator[Violation]:
    free = False
    for stop in route.stops:
        if not problem.jobs[stop.job].frozen:
            free = True
        elif free:
            yield Violation(
                cause=Cause.FROZEN, says="stands after what is not frozen", shift=route.shift, job=stop.job
            )


def _frozen_kept(problem: Problem, result: Result) -> Iterator[Violation]:
    kept = {stop.job: (route.shift, stop.start) for route in result.routes for stop in route.stops}
    for index, job in enumerate(problem.jobs):
        if job.frozen and kept.get(index) != (job.published_shift, job.published_start):
            yield Violation(
                cause=Cause.FROZEN,
                says=f"is {kept.get(index)}, not {(job.published_shift, job.published_start)}",
                job=index,
            )


def _passed(problem: Problem, route: Route) -> Iterator[Violation]:
    supply = route.supply
    if supply is None:
        return
    first = sum(1 for stop in route.stops if problem.jobs[stop.job].frozen)
    if not 0 <= supply.depot < len(problem.depots):
        yield Violation(cause=Cause.DEPOT, says=f"there is no depot {supply.depot}", shift=route.shift)
    elif not first <= supply.before <= len(route.stops):
        yield Violation(
            cause=Cause.DEPOT, says=f"passes it before stop {supply.before}, after {first}", shift=route.shift
        )
    elif supply.end - supply.arrival < problem.depots[supply.depot].service_s:
        says = f"loads for {supply.end - supply.arrival} s, not {problem.depots[supply.depot].service_s} s"
        yield Violation(cause=Cause.DEPOT, says=says, shift=route.shift)


class Halt(NamedTuple):
    """A stop, a depot, or the end of the way back: where a drive ends, with what the answer says of it."""

    place: int
    arrival: int
    end: int
    travel_s: int
    distance_m: int
    job: int | None = None


def _halts(problem: Problem, route: Route) -> list[Halt]:
    """All of a route in order, the way back last. Its ways add up to the totals of the route."""
    halts = [
        Halt(problem.jobs[stop.job].place, stop.arrival, stop.end, stop.travel_s, stop.distance_m, stop.job)
        for stop in route.stops
    ]
    if (supply := route.supply) is not None:
        depot = problem.depots[supply.depot].place
        halts.insert(
            supply.before, Halt(depot, supply.arrival, supply.end, supply.travel_s, supply.distance_m)
        )
    driven, metres = sum(halt.travel_s for halt in halts), sum(halt.distance_m for halt in halts)
    goal = problem.shifts[route.shift].end_place
    return [
        *halts,
        Halt(goal, route.back, route.back, route.travel_s - driven, route.distance_m - metres),
    ]


def _driven(problem: Problem, route: Route, travel: Matrix, distance: Matrix) -> Iterator[Violation]:
    shift = problem.shifts[route.shift]
    technician = problem.technicians[shift.technician]
    free, place = route.leave, shift.start_place
    for halt in _halts(problem, route):
        # whole numbers up: 100 / speed of what the matrix says
        seconds = math.ceil(Fraction(int(travel[place, halt.place]) * 100, technician.speed_percent))
        metres = int(distance[place, halt.place])
        if halt.travel_s != seconds or halt.distance_m != metres:
            says = f"drives {halt.travel_s} s and {halt.distance_m} m, not {seconds} s and {metres} m"
            yield Violation(cause=Cause.TRAVEL, says=says, shift=route.shift, job=halt.job)
        if halt.arrival - seconds < free:
            says = f"arrives at {halt.arrival}, {seconds} s from where it is free at {free}"
            yield Violation(cause=Cause.TRAVEL, says=says, shift=route.shift, job=halt.job)
        free, place = halt.end, halt.place


def _work(problem: Problem, route: Route) -> list[int]:
    """Seconds of setup and service of each stop; setup is paid once per place."""
    level = problem.technicians[problem.shifts[route.shift].technician].level
    seconds: list[int] = []
    place = -1
    for halt in _halts(problem, route):
        if halt.job is not None:
            job = problem.jobs[halt.job]
            service = job.service_by_level.get(level, job.service_s)
            seconds.append(service + (0 if job.place == place else job.setup_s))
        place = halt.place
    return seconds


def _served(problem: Problem, route: Route) -> Iterator[Violation]:
    for stop, work in zip(route.stops, _work(problem, route), strict=True):
        if stop.start < stop.arrival:
            says = f"starts at {stop.start}, before arrival at {stop.arrival}"
            yield Violation(cause=Cause.SERVICE, says=says, shift=route.shift, job=stop.job)
        due = work + _pause(route.rest, stop)
        if stop.end - stop.start != due:
            says = f"lasts {stop.end - stop.start} s, not {due} s"
            yield Violation(cause=Cause.SERVICE, says=says, shift=route.shift, job=stop.job)


def _pause(rest: Rest | None, stop: Stop) -> int:
    return rest.end - rest.start if rest is not None and rest.inside == stop.job else 0


def _shift(problem: Problem, route: Route) -> Iterator[Violation]:
    shift = problem.shifts[route.shift]
    if route.leave < shift.start:
        says = f"leaves at {route.leave}, before {shift.start}"
        yield Violation(cause=Cause.SHIFT, says=says, shift=route.shift)
    most = shift.end + problem.technicians[shift.technician].overtime_max_s
    only_facts = all(problem.jobs[stop.job].frozen for stop in route.stops)
    if route.back > most and not only_facts:
        says = f"is back at {route.back}, after {most}"
        yield Violation(cause=Cause.OVERTIME, says=says, shift=route.shift)


def _rest(problem: Problem, route: Route) -> Iterator[Violation]:
    shift = problem.shifts[route.shift]
    wanted, rest = shift.rest, route.rest
    if wanted is None or rest is None:
        if rest is not None or (wanted is not None and not _waived(problem, route, shift)):
            yield Violation(cause=Cause.BREAK, says=f"has {rest}, not {wanted}", shift=route.shift)
        return
    if rest.end - rest.start != wanted.duration_s:
        says = f"lasts {rest.end - rest.start} s, not {wanted.duration_s} s"
        yield Violation(cause=Cause.BREAK, says=says, shift=route.shift)
    if not wanted.window.earliest <= rest.start <= wanted.window.latest:
        says = f"starts at {rest.start}, outside its window"
        yield Violation(cause=Cause.BREAK, says=says, shift=route.shift)
    if rest.start < shift.start:
        yield Violation(cause=Cause.BREAK, says="starts before the shift", shift=route.shift)
    for cause in _disturbed(problem, route, rest):
        yield Violation(cause=Cause.BREAK, says=cause, shift=route.shift)


def _waived(problem: Problem, route: Route, shift: Shift) -> bool:
    """The window has passed before the shift starts or before the last frozen stop has ended."""
    ends = [stop.end for stop in route.stops if problem.jobs[stop.job].frozen]
    return shift.rest is not None and shift.rest.window.latest < max([shift.start, *ends])


def _disturbed(problem: Problem, route: Route, rest: Rest) -> Iterator[str]:
    """Nobody rests at the wheel or at work, but inside the one job that says so."""
    halts = _halts(problem, route)
    home, before = halts[-1].travel_s, halts[-2]
    drives = [(halt.arrival - halt.travel_s, halt.arrival) for halt in halts[:-1]]
    # The way back may start as late as it must: the only instant of a route that is not written down.
    early, late = (before.end, before.end + home), (route.back - home, route.back)
    drives.append(late if rest.start < early[1] and rest.end > early[0] else early)
    for start, end in drives:
        if max(start, rest.start) < min(end, rest.end):
            yield f"lies in the drive from {start} to {end}"
    if (supply := route.supply) is not None:
        free = supply.end - supply.arrival - problem.depots[supply.depot].service_s
        if max(0, min(supply.end, rest.end) - max(supply.arrival, rest.start)) > free:
            yield "lies in the loading at the depot"
    inside = [stop for stop in route.stops if stop.job == rest.inside]
    for stop in route.stops:
        if stop.job != rest.inside and max(stop.start, rest.start) < min(stop.end, rest.end):
            yield f"lies in job {stop.job}, from {stop.start} to {stop.end}"
    for stop in inside:
        if not problem.jobs[stop.job].interruptible:
            yield f"interrupts job {stop.job}, which is not interruptible"
        if not stop.start <= rest.start <= rest.end <= stop.end:
            yield f"does not lie in job {stop.job}, from {stop.start} to {stop.end}"
    if rest.inside is not None and not inside:
        yield f"interrupts job {rest.inside}, which is not in the route"


def _stocked(problem: Problem, result: Result) -> Iterator[Violation]:
    """Own tools and van stock serve all shifts of a technician until a depot has been passed; what is frozen is a fact and
    may have overdrawn it."""
    for index, technician in enumerate(problem.technicians):
        used, facts = Counter[str](), Counter[str]()
        for number, shift in _before_depot(problem, result, index):
            job = problem.jobs[number]
            used.update(job.parts)
            if job.frozen:
                facts.update(job.parts)
            elif lacking := sorted(job.tools - technician.tools):
                says = f"lacks {', '.join(lacking)}"
                yield Violation(cause=Cause.TOOL, says=says, shift=shift, job=number)
        for part, count in used.items():
            if count > max(technician.parts.get(part, 0), facts[part]):
                says = f"{technician.name} uses {count} of {part}, but has {technician.parts.get(part, 0)}"
                yield Violation(cause=Cause.PART, says=says)


def _before_depot(problem: Problem, result: Result, technician: int) -> Iterator[tuple[int, int]]:
    """Jobs, with their shifts, that a technician serves before first passing by a depot."""
    mine = [route for route in result.routes if problem.shifts[route.shift].technician == technician]
    for route in sorted(mine, key=lambda route: problem.shifts[route.shift].start):
        last = len(route.stops) if route.supply is None else route.supply.before
        for stop in route.stops[:last]:
            yield stop.job, route.shift
        if route.supply is not None:
            return


def _together(problem: Problem, result: Result) -> Iterator[Violation]:
    """Partners start at the same instant with two technicians, or neither is done."""
    at = {
        stop.job: (stop.start, problem.shifts[route.shift].technician)
        for route in result.routes
        for stop in route.stops
    }
    for index, job in enumerate(problem.jobs):
        if job.partner is None or job.partner < index:
            continue
        one, other = at.get(index), at.get(job.partner)
        if one is None and other is None:
            continue
        if one is None or other is None or one[0] != other[0] or one[1] == other[1]:
            says = f"{problem.jobs[job.partner].name} goes with it: {one} and {other}"
            yield Violation(cause=Cause.PARTNER, says=says, job=index)


def _cost(problem: Problem, result: Result) -> Iterator[Violation]:
    """Each part within 1 of what it is from scratch (sums of fractions may round either way)."""
    true = _true_cost(problem, result)
    for name in Cost.__struct_fields__:
        said = getattr(result.cost, name)
        if abs(said - true[name]) > 1:
            yield Violation(cause=Cause.COST, says=f"{name} is {true[name]:.1f}, not {said}")


def _true_cost(problem: Problem, result: Result) -> dict[str, float]:
    weights = problem.weights
    cost = dict.fromkeys(Cost.__struct_fields__, 0.0)
    load = [0] * len(problem.technicians)
    for route in result.routes:
        shift = problem.shifts[route.shift]
        cost["travel"] += route.travel_s * weights.travel
        cost["distance"] += route.distance_m * weights.distance_per_km / 1000
        cost["overtime"] += max(0, route.back - shift.end) * weights.overtime
        cost["duration"] += (route.back - route.leave) * weights.duration
        cost["shifts"] += weights.shift_used
        load[shift.technician] += route.travel_s + sum(_work(problem, route))
        if route.supply is not None:
            load[shift.technician] += problem.depots[route.supply.depot].service_s
        for stop in route.stops:
            job = problem.jobs[stop.job]
            _add_waiting(problem, job, stop.end, cost)
            if job.published_shift is not None and job.published_shift != route.shift:
                cost["churn"] += weights.churn_shift
            if job.published_start is not None:
                cost["churn"] += weights.churn_second * abs(stop.start - job.published_start)
    ends = [shift.end + problem.technicians[shift.technician].overtime_max_s for shift in problem.shifts]
    for left in result.unassigned:
        job = problem.jobs[left.job]
        cost["unassigned"] += job.prize + (MANDATORY if job.mandatory else 0)
        cost["churn"] += weights.churn_shift if job.published_shift is not None else 0
        _add_waiting(problem, job, max(ends, default=0), cost)
    for technician, seconds in zip(problem.technicians, load, strict=True):
        cost["unfairness"] += weights.unfairness * (max(0, seconds + technician.debt_s) / 3600) ** 2
    return cost


def _add_waiting(problem: Problem, job: Job, end: int, cost: dict[str, float]) -> None:
    """Outage and lateness of a job whose service ends at `end`."""
    cost["outage"] += job.affected * problem.weights.outage_per_minute * end / 60
    if job.due is not None and end > job.due:
        minutes = (end - job.due) / 60
        cost["lateness"] += job.lateness_weight * problem.weights.lateness_per_minute * minutes
