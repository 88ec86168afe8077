"""What an answer is worth: its orders timed anew, judged by `optimizer.check`, and its own figure beside the oracle's."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from optimizer.check import (
    _true_cost,  # pyright: ignore[reportPrivateUsage]
    check,
)
from optimizer.problem import Problem, Record, drive_s, service_s
from optimizer.result import Cost, Result, Route, Stop, Supply, Unassigned
from tests.benchmarks.versus.terms import Found, Row
from tests.benchmarks.versus.told import horizon

ROUNDING = 1.0
"""For each job, in the units of cost: by how much a solver's own figure may differ from the oracle's."""


class Verdict(Record, frozen=True):
    """`cost` as the oracle has it, part by part, on the problem itself; `told_cost` on what the solver was told of it, and
    `own_cost` what the solver says that is. Minutes of outage are subscriber-minutes, left out ones to the end."""

    cost: dict[str, int]
    total: int
    told_cost: float
    own_cost: float
    agrees: bool
    left_out: int
    rounds: int
    travel_s: int
    outage_minutes: int
    violations: tuple[str, ...]
    rows: tuple[Row, ...]


def judged(problem: Problem, told: Problem, found: Found) -> Verdict:
    """`told` is the problem as the solver heard it: the same jobs, shifts and ways."""
    result = found.result
    if result is None:
        result = rebuilt(problem, found.rows)
    told_cost = float(sum(_true_cost(told, result).values()))
    served = {stop.job: stop.end for route in result.routes for stop in route.stops}
    last = horizon(problem)
    dark = sum(job.affected * served.get(index, last) for index, job in enumerate(problem.jobs)) // 60
    violations = check(problem, result)
    return Verdict(
        cost={name: getattr(result.cost, name) for name in Cost.__struct_fields__},
        total=result.cost.total,
        told_cost=told_cost,
        own_cost=found.cost,
        agrees=abs(found.cost - told_cost) <= ROUNDING * (1 + len(problem.jobs)),
        left_out=len(result.unassigned),
        rounds=len(result.routes),
        travel_s=sum(route.travel_s for route in result.routes),
        outage_minutes=dark,
        violations=tuple(f"{v.cause} shift={v.shift} job={v.job}: {v.says}" for v in violations),
        rows=found.rows,
    )


def rebuilt(problem: Problem, rows: Sequence[Row]) -> Result:
    """The rows as an answer with times and true cost; whoever is in no row is left out."""
    routes = tuple(routed(problem, row) for row in rows if row.jobs)
    served = {stop.job for route in routes for stop in route.stops}
    out = tuple(Unassigned(job=job, blocks={}) for job in range(len(problem.jobs)) if job not in served)
    bare = Result(routes=routes, unassigned=out, cost=Cost(), engine="rebuilt")
    cost = Cost(**{name: round(value) for name, value in _true_cost(problem, bare).items()})
    return msgspec.structs.replace(bare, cost=cost)


class _Halt(Record, frozen=True):
    """Where somebody goes on the way: `job` is None at a depot. `windows` bound the start of what is done there."""

    place: int
    work: int
    travel_s: int
    distance_m: int
    windows: tuple[tuple[int, int], ...]
    job: int | None


def routed(problem: Problem, row: Row) -> Route:
    """As early as possible. Who misses a window starts on arrival, so that the oracle says so. Where being away has a price,
    all that can be put off without coming back later is put off."""
    shift = problem.shifts[row.shift]
    halts = _halts(problem, row)
    starts: list[int] = []
    now = shift.start
    for halt in halts:
        now += halt.travel_s
        now = min((max(now, low) for low, high in halt.windows if high >= now), default=now)
        starts.append(now)
        now += halt.work
    home = _way(problem, row.shift, halts[-1].place, shift.end_place)
    back = now + home[0]
    if problem.weights.duration:
        starts = _put_off(halts, starts, back - home[0])
    leave = starts[0] - halts[0].travel_s
    stops: list[Stop] = []
    supply: Supply | None = None
    now = leave
    for halt, start in zip(halts, starts, strict=True):
        arrival, end = now + halt.travel_s, start + halt.work
        way = {"arrival": arrival, "end": end, "travel_s": halt.travel_s, "distance_m": halt.distance_m}
        if halt.job is None:
            supply = Supply(before=len(stops), depot=row.depot or 0, **way)
        else:
            stops.append(Stop(job=halt.job, start=start, **way))
        now = end
    return Route(
        shift=row.shift,
        leave=leave,
        back=back,
        stops=tuple(stops),
        supply=supply,
        travel_s=sum(halt.travel_s for halt in halts) + home[0],
        distance_m=sum(halt.distance_m for halt in halts) + home[1],
    )


def _halts(problem: Problem, row: Row) -> list[_Halt]:
    technician = problem.technicians[problem.shifts[row.shift].technician]
    order: list[int | None] = [*row.jobs]
    if row.depot is not None:
        order.insert(row.before, None)
    halts: list[_Halt] = []
    place = problem.shifts[row.shift].start_place
    for job in order:
        windows: tuple[tuple[int, int], ...] = ()
        if job is None:
            there = problem.depots[row.depot or 0].place
            work = problem.depots[row.depot or 0].service_s
        else:
            wanted = problem.jobs[job]
            there, work = wanted.place, service_s(technician, wanted)
            windows = tuple((window.earliest, window.latest) for window in wanted.windows)
            if not halts or place != there:
                work += wanted.setup_s
        seconds, metres = _way(problem, row.shift, place, there)
        halts.append(
            _Halt(place=there, work=work, travel_s=seconds, distance_m=metres, windows=windows, job=job)
        )
        place = there
    return halts


def _way(problem: Problem, shift: int, a: int, b: int) -> tuple[int, int]:
    technician = problem.technicians[problem.shifts[shift].technician]
    return drive_s(technician, int(problem.travel_s()[a, b])), int(problem.distance_m()[a, b])


def _put_off(halts: list[_Halt], starts: list[int], end: int) -> list[int]:
    """Latest starts that are over at `end`, each in the window it was in."""
    later: list[int] = []
    for halt, start in zip(reversed(halts), reversed(starts), strict=True):
        latest = end - halt.work
        for low, high in halt.windows:
            if low <= start <= high:
                latest = min(latest, high)
        later.append(max(start, latest))
        end = later[-1] - halt.travel_s
    return later[::-1]
