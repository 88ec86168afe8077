"""A `Result` in VROOM's JSON, in the units and by the ids of the file that was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from optimizer.formats import solution
from optimizer.formats.record import Format, JobNote, Number, Read, Spot
from optimizer.formats.solution import ComputingTimes, Point, Step, StepExtra
from optimizer.formats.solution import Row as RowIndex
from optimizer.result import Cost, Progress, Rest, Result, Route, Stop, Unassigned


class Run(NamedTuple):
    """How the answer came about."""

    seed: int = 0
    loading_ms: int = 0
    solving_ms: int = 0
    trace: Sequence[Progress] = ()


def answered(read: Read, result: Result, run: Run) -> bytes:
    """The file. `result` has no index that the problem does not have."""
    told = [_Telling(read, route) for route in result.routes]
    summary = solution.Summary(
        cost=read.shown(sum(route.cost for route in told)),
        routes=len(told),
        unassigned=len(result.unassigned),
        setup=read.shown(sum(route.setup for route in told)),
        service=read.shown(sum(route.service for route in told)),
        duration=read.shown(sum(route.route.travel_s for route in told)),
        waiting_time=read.shown(sum(route.waiting for route in told)),
        priority=sum(route.priority for route in told),
        distance=read.shown(sum(r.route.distance_m for r in told)) if read.has_distances else UNSET,
        computing_times=ComputingTimes(loading=run.loading_ms, solving=run.solving_ms),
    )
    answer = solution.Answer(
        summary=summary,
        unassigned=[_left(read, left) for left in result.unassigned],
        routes=[route.told() for route in told],
        line3=solution.AnswerExtra(
            cost=costs(read, result.cost),
            objective=read.objective if read.format == Format.SOLOMON else "",
            engine=result.engine,
            seed=run.seed,
            stopped_by=result.stopped_by,
            trace=[(round(step.seconds, 3), read.shown(step.cost), step.unassigned) for step in run.trace],
        ),
    )
    return msgspec.json.format(msgspec.json.encode(answer), indent=1) + b"\n"


def costs(read: Read, cost: Cost) -> dict[str, Number]:
    """Each part, and their total, in the file's unit."""
    parts = {name: read.shown(getattr(cost, name)) for name in cost.__struct_fields__}
    return parts | {"total": read.shown(cost.total)}


def _left(read: Read, left: Unassigned) -> solution.Left:
    note = read.jobs[left.job]
    hint = (
        None
        if left.hint is None
        else solution.Hint(
            kind=left.hint.kind,
            vehicle=None if left.hint.shift is None else read.vehicles[left.hint.shift].id,
            seconds=None if left.hint.seconds is None else read.shown(left.hint.seconds),
            missing=left.hint.missing,
        )
    )
    return solution.Left(
        id=note.id,
        description=UNSET if note.description is None else note.description,
        location=_location(note.spot),
        location_index=_index(note.spot),
        line3=solution.Reasons(blocks={str(block): count for block, count in left.blocks.items()}, hint=hint),
    )


def _location(spot: Spot) -> Point:
    return UNSET if spot.location is None else spot.location


def _index(spot: Spot) -> RowIndex:
    return UNSET if spot.location_index is None else spot.location_index


class _Telling:
    """One route as steps, with its sums in the problem's units."""

    def __init__(self, read: Read, route: Route) -> None:
        self.read, self.route = read, route
        self.shift = read.problem.shifts[route.shift]
        self.note = read.vehicles[route.shift]
        self.driven: int = 0
        self.metres: int = 0
        self.setup = self.service = self.waiting = 0
        self.priority = sum(read.jobs[stop.job].priority for stop in route.stops)
        self.steps: list[Step] = []
        self._tell()

    @property
    def cost(self) -> int:
        """What this route costs by itself, whatever waits for it and whoever else works."""
        weights, route = self.read.problem.weights, self.route
        return round(
            route.travel_s * weights.travel
            + route.distance_m * weights.distance_per_km / 1000
            + max(0, route.back - self.shift.end) * weights.overtime
            + (route.back - route.leave) * weights.duration
            + weights.shift_used
        )

    def told(self) -> solution.Route:
        """As it is written."""
        read, route, supply = self.read, self.route, self.route.supply
        return solution.Route(
            vehicle=self.note.id,
            description=UNSET if self.note.description is None else self.note.description,
            cost=read.shown(self.cost),
            setup=read.shown(self.setup),
            service=read.shown(self.service),
            duration=read.shown(route.travel_s),
            waiting_time=read.shown(self.waiting),
            priority=self.priority,
            distance=read.shown(route.distance_m) if read.has_distances else UNSET,
            steps=self.steps,
            line3=solution.RouteExtra(
                leave=read.told(route.leave),
                back=read.told(route.back),
                depot=None
                if supply is None
                else solution.Passed(
                    depot=supply.depot,
                    before=supply.before,
                    arrival=read.told(supply.arrival),
                    end=read.told(supply.end),
                    duration=read.shown(supply.travel_s),
                    distance=read.shown(supply.distance_m),
                ),
            ),
        )

    def _tell(self) -> None:
        route, rest = self.route, self.route.rest
        outside = rest if rest is not None and rest.inside is None else None
        before = sum(1 for stop in route.stops if outside is not None and stop.start < outside.end)
        free = route.leave if outside is None or before else min(route.leave, outside.start)
        stops = [self.read.jobs[stop.job] for stop in route.stops]
        self._step("start", self._end_spot(self.note.start, stops[:1]), free)
        place = -1
        for number, stop in enumerate(route.stops):
            pause = outside if number == before else None
            passed = self._drive(number, free, pause, stop)
            at = stop.arrival if pause is None or pause.start < stop.arrival else pause.end
            self._job(stop, at, place if passed is None else passed)
            if rest is not None and rest.inside == stop.job:
                self._break(rest, rest.start, inside=stop)
            free, place = stop.end, self.read.problem.jobs[stop.job].place
        pause = outside if before == len(route.stops) else None
        self._drive(len(route.stops), free, pause, None)
        late = pause is not None and pause.start >= route.back
        self._step(
            "end", self._end_spot(self.note.end, stops[-1:]), pause.end if late and pause else route.back
        )

    def _drive(self, number: int, free: int, pause: Rest | None, stop: Stop | None) -> int | None:
        """On to the stop, or back without one: by the depot, if that is now, whose place is returned. The break is told where it
        lies: at the last of these places that is reached before it."""
        supply = self.route.supply if self.route.supply and self.route.supply.before == number else None
        legs = [(free, self.driven, self.metres)]
        if supply is not None:
            driven, metres = self.driven + supply.travel_s, self.metres + supply.distance_m
            legs += [(supply.arrival, driven, metres), (supply.end, driven, metres)]
        if stop is not None:
            legs.append((stop.arrival, legs[-1][1] + stop.travel_s, legs[-1][2] + stop.distance_m))
        else:
            legs.append((self.route.back, self.route.travel_s, self.route.distance_m))
        if pause is not None:
            reached = [leg for leg in legs if leg[0] <= pause.start]
            at, self.driven, self.metres = reached[-1] if reached else legs[0]
            self._break(pause, at)
        _, self.driven, self.metres = legs[-1]
        return None if supply is None else self.read.problem.depots[supply.depot].place

    def _job(self, stop: Stop, at: int, place: int) -> None:
        """`at` is later than the arrival where a break lies between arrival and start."""
        job, note, rest = self.read.problem.jobs[stop.job], self.read.jobs[stop.job], self.route.rest
        work = stop.end - stop.start - (rest.end - rest.start if rest and rest.inside == stop.job else 0)
        setup = 0 if place == job.place else min(job.setup_s, max(0, work))
        self.setup, self.service = self.setup + setup, self.service + work - setup
        self._step("job", note.spot, at, setup, work - setup, stop.start - at, note)
        if at != stop.arrival:
            self.steps[-1].line3 = StepExtra(arrival=self.read.told(stop.arrival))

    def _break(self, rest: Rest, at: int, inside: Stop | None = None) -> None:
        note = JobNote(self.note.rest_id, self.note.rest_description)
        self._step("break", None, at, 0, rest.end - rest.start, rest.start - at, note)
        if inside is not None:
            self.steps[-1].line3 = StepExtra(inside=self.read.jobs[inside.job].id)

    def _end_spot(self, spot: Spot | None, stops: Sequence[JobNote]) -> Spot | None:
        """Of a start or an end; where the vehicle has none, its first or last job."""
        return spot if spot is not None or not stops else stops[0].spot

    def _step(
        self,
        kind: str,
        spot: Spot | None,
        at: int,
        setup: int = 0,
        service: int = 0,
        waiting: int = 0,
        note: JobNote | None = None,
    ) -> None:
        read, spot = self.read, spot or Spot()
        self.waiting += waiting
        self.steps.append(
            Step(
                type=kind,
                id=UNSET if note is None else note.id,
                job=note.id if note is not None and kind == "job" else UNSET,
                description=UNSET if note is None or note.description is None else note.description,
                location=_location(spot),
                location_index=_index(spot),
                arrival=read.told(at),
                setup=read.shown(setup),
                service=read.shown(service),
                waiting_time=read.shown(waiting),
                duration=read.shown(self.driven),
                distance=read.shown(self.metres) if read.has_distances else UNSET,
            )
        )
