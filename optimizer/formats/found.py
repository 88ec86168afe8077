"""A solution file against its problem, ours or plain VROOM's, as a `Result` for the oracle.

Times are taken as the file says them, ways from its sums where it gives them, else from the matrices. A plain file does not say
whether a drive lies before or after a break: before, if it fits there. VROOM counts hundredths of a second where a vehicle has a
speed of its own, and cuts them off; such ways are ours, rounded up, and what follows them is so much later.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import UNSET

from optimizer.check import Cause, Violation, price
from optimizer.formats import solution
from optimizer.formats.record import Read
from optimizer.formats.refusal import Refused, decode
from optimizer.problem import drive_s
from optimizer.result import Cost, Rest, Result, Route, Stop, Supply, Unassigned

replace = msgspec.structs.replace


class Found(NamedTuple):
    """With `unknown`, something in the file that the problem does not have, the result is not worth a look."""

    result: Result
    unknown: list[Violation]


def objective_of(text: bytes) -> str:
    """What the file says it was solved for, or nothing. Raises `Refused`."""
    answer = _decoded(text)
    return "" if answer.line3 is UNSET else answer.line3.objective


def found(read: Read, text: bytes) -> Found:
    """The answer in a file's bytes. Raises `Refused` for what is no solution file."""
    answer = _decoded(text)
    reader = _Reader(read)
    routes: list[Route] = []
    for number, sent in enumerate(answer.routes or []):
        if (route := reader.route(f"routes[{number}]", sent)) is not None:
            routes.append(route)
    left = [reader.job(one.id) for one in answer.unassigned]
    result = Result(
        routes=tuple(routes),
        unassigned=tuple(Unassigned(job=job, blocks={}) for job in left if job is not None),
        cost=Cost(),
    )
    if reader.unknown:
        return Found(result, reader.unknown)
    if answer.line3 is UNSET:
        return Found(replace(result, cost=price(read.problem, result)), [])
    return Found(replace(result, cost=_cost(read, answer.line3)), [])


def _decoded(text: bytes) -> solution.Answer:
    if not text.strip():
        raise Refused("", "the file is empty")
    answer = decode(text, solution.Answer)
    if answer.code:
        raise Refused("code", f"{answer.code}, no solution: {answer.error or 'no reason given'}")
    if answer.routes is UNSET:
        raise Refused("routes", "is missing")
    return answer


def _cost(read: Read, extra: solution.AnswerExtra) -> Cost:
    parts = {name: read.kept(value) for name, value in extra.cost.items()}
    total = parts.pop("total", None)
    if unknown := sorted(parts.keys() - set(Cost.__struct_fields__)):
        raise Refused("line3.cost", f"{unknown[0]!r} is no part of the cost")
    cost = Cost(**parts)
    if total is not None and total != cost.total:
        raise Refused("line3.cost.total", f"{total}, but the parts are {cost.total} together")
    return cost


class _Reader:
    """Routes as indices; what the problem does not have is collected."""

    def __init__(self, read: Read) -> None:
        self.read, self.problem = read, read.problem
        self.jobs = {note.id: index for index, note in enumerate(read.jobs)}
        self.vehicles = {note.id: index for index, note in enumerate(read.vehicles)}
        self.travel, self.distance = self.problem.travel_s(), self.problem.distance_m()
        self.unknown: list[Violation] = []

    def job(self, one: int) -> int | None:
        """Its index, or None and a violation."""
        if one not in self.jobs:
            self._miss(f"there is no job {one}")
        return self.jobs.get(one)

    def _miss(self, says: str) -> None:
        self.unknown.append(Violation(cause=Cause.UNKNOWN, says=says))

    def route(self, where: str, sent: solution.Route) -> Route | None:
        """None for a route without jobs, or one that is unknown."""
        if sent.vehicle not in self.vehicles:
            self._miss(f"there is no vehicle {sent.vehicle}")
            return None
        extra = None if sent.line3 is UNSET else sent.line3
        supply = None if extra is None or extra.depot is None else self._supply(extra.depot)
        told = _Told(self, self.vehicles[sent.vehicle], supply, is_plain=extra is None)
        for number, step in enumerate(sent.steps):
            told.step(f"{where}.steps[{number}]", step)
        if not told.stops:
            return None
        route = told.route()
        if extra is None:
            return route
        return replace(route, leave=self.read.heard(extra.leave), back=self.read.heard(extra.back))

    def _supply(self, passed: solution.Passed) -> Supply | None:
        if not 0 <= passed.depot < len(self.problem.depots):
            self._miss(f"there is no depot {passed.depot}")
            return None
        return Supply(
            before=passed.before,
            depot=passed.depot,
            arrival=self.read.heard(passed.arrival),
            end=self.read.heard(passed.end),
            travel_s=self.read.kept(passed.duration),
            distance_m=self.read.kept(passed.distance),
        )


class _Told:
    """One route while its steps are read."""

    def __init__(self, reader: _Reader, shift: int, supply: Supply | None, *, is_plain: bool) -> None:
        self.reader, self.read, self.index, self.supply = reader, reader.read, shift, supply
        self.is_plain = is_plain
        self.shift = reader.problem.shifts[shift]
        self.technician = reader.problem.technicians[self.shift.technician]
        self.is_cut = is_plain and self.technician.speed_percent != 100
        self.place, self.driven, self.metres = self.shift.start_place, 0, 0
        self.told_s = self.told_m = 0
        self.leave: int | None = None
        self.free = self.back = self.shift.start
        self.stops: list[Stop] = []
        self.rest: Rest | None = None
        self.pause: Rest | None = None

    def step(self, where: str, step: solution.Step) -> None:
        """Take in the next one."""
        if step.type == "start":
            self.leave = self.free = self.read.heard(step.arrival)
        elif step.type == "job":
            self._job(where, step)
        elif step.type == "break":
            self._break(where, step)
        elif step.type == "end":
            seconds, _ = self._drive(step, self.shift.end_place)
            self.back = self._caught_up(self.read.heard(step.arrival), self._ready(seconds))
            self.place = self.shift.end_place
        else:
            raise Refused(f"{where}.type", f"{step.type!r} is not supported")

    def route(self) -> Route:
        """All of it."""
        return Route(
            shift=self.index,
            leave=self.stops[0].arrival - self.stops[0].travel_s if self.leave is None else self.leave,
            back=self.back,
            stops=tuple(self.stops),
            rest=self.rest,
            supply=self.supply,
            travel_s=self.driven,
            distance_m=self.metres,
        )

    def _job(self, where: str, step: solution.Step) -> None:
        one = step.id if step.id is not UNSET else step.job
        if one is UNSET:
            raise Refused(f"{where}.id", "is missing")
        job = self.reader.job(one)
        if job is None:
            return
        seconds, metres = self._drive(step, self.reader.problem.jobs[job].place)
        ready = self._ready(seconds)
        told = self._caught_up(self.read.heard(step.arrival), ready)
        start = self._caught_up(self.read.heard(step.arrival) + self.read.kept(step.waiting_time), ready)
        arrival = told
        if step.line3 is not UNSET and step.line3.arrival is not None:
            arrival = self.read.heard(step.line3.arrival)
        elif self.is_plain and self.pause is not None and self.pause.start >= self.free + seconds:
            arrival = self.free + seconds
        end = start + self.read.kept(step.setup) + self.read.kept(step.service)
        self.stops.append(
            Stop(job=job, arrival=arrival, start=start, end=end, travel_s=seconds, distance_m=metres)
        )
        self.free, self.back, self.pause = end, end, None
        self.place = self.reader.problem.jobs[job].place

    def _break(self, where: str, step: solution.Step) -> None:
        if self.rest is not None:
            raise Refused(where, "a second break in one route")
        start = self._caught_up(self.read.heard(step.arrival) + self.read.kept(step.waiting_time), self.free)
        rest = Rest(start=start, end=start + self.read.kept(step.service))
        if step.line3 is not UNSET and step.line3.inside is not None:
            job = self.reader.job(step.line3.inside)
            if job is None:
                return
            rest = replace(rest, inside=job)
            if not self.stops or self.stops[-1].job != job:
                raise Refused(f"{where}.line3.inside", "is not the job before it")
            self.free = self.stops[-1].end + rest.end - rest.start
            self.stops[-1] = replace(self.stops[-1], end=self.free)
        self.rest = self.pause = rest

    def _ready(self, seconds: int) -> int:
        """When a drive that takes so long can be over: it begins after the break, unless it fits before."""
        if self.pause is None or self.pause.start >= self.free + seconds:
            return self.free + seconds
        return self.pause.end + seconds

    def _caught_up(self, told: int, ready: int) -> int:
        """`told`, or so many seconds later as cut-off fractions can have made of it."""
        return ready if self.is_cut and told < ready <= told + len(self.stops) + 2 else told

    def _drive(self, step: solution.Step, place: int) -> tuple[int, int]:
        """The last way to this step: by the sums in the file where it has them, without the way to the depot."""
        depot = self.supply if self.supply is not None and self.supply.before == len(self.stops) else None
        before = self.place
        if depot is not None:
            self._add(depot.travel_s, depot.distance_m)
            self.told_s, self.told_m = self.told_s + depot.travel_s, self.told_m + depot.distance_m
            before = self.reader.problem.depots[depot.depot].place
        seconds = drive_s(self.technician, int(self.reader.travel[before, place]))
        metres = int(self.reader.distance[before, place])
        if step.duration is not UNSET:
            way = self.read.kept(step.duration) - self.told_s
            seconds = seconds if self.is_cut and abs(way - seconds) <= 1 else way
            self.told_s += way
        if step.distance is not UNSET:
            metres = self.read.kept(step.distance) - self.told_m
            self.told_m += metres
        self._add(seconds, metres)
        return seconds, metres

    def _add(self, seconds: int, metres: int) -> None:
        self.driven, self.metres = self.driven + seconds, self.metres + metres
