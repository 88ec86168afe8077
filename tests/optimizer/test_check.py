"""The oracle accepts what is true and names each thing that is not."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from optimizer.check import Cause, check
from optimizer.construct import fill
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.problem import Depot, Problem
from optimizer.result import Cost, Result, Route, Stop, Supply, Unassigned
from tests.optimizer.worlds import HOUR, small_town, tiny

replace = msgspec.structs.replace
Corruption = Callable[[Problem, Result], tuple[Problem, Result]]


def answer(problem: Problem) -> Result:
    draft = Draft(Ground(problem))
    fill(draft)
    left_out = tuple(Unassigned(job=job, blocks={}) for job in draft.left_out())
    return Result(routes=draft.routes(), unassigned=left_out, cost=draft.cost())


def test_a_true_answer_has_no_violation() -> None:
    for seed in range(300):
        problem = tiny(seed)
        assert check(problem, answer(problem)) == []


def holder(result: Result, job: int) -> tuple[int, int]:
    """Index of the route and of the stop that serve the job."""
    for number, route in enumerate(result.routes):
        for index, stop in enumerate(route.stops):
            if stop.job == job:
                return number, index
    raise LookupError(job)


def with_route(result: Result, number: int, **changes: object) -> Result:
    routes = list(result.routes)
    routes[number] = replace(routes[number], **changes)
    return replace(result, routes=tuple(routes))


def with_stop(result: Result, job: int, change: Callable[[Stop], Stop]) -> Result:
    number, index = holder(result, job)
    stops = list(result.routes[number].stops)
    stops[index] = change(stops[index])
    return with_route(result, number, stops=tuple(stops))


def with_job(problem: Problem, index: int, **changes: object) -> Problem:
    jobs = list(problem.jobs)
    jobs[index] = replace(jobs[index], **changes)
    return replace(problem, jobs=tuple(jobs))


def with_crew(problem: Problem, index: int, **changes: object) -> Problem:
    crew = list(problem.technicians)
    crew[index] = replace(crew[index], **changes)
    return replace(problem, technicians=tuple(crew))


def route_of(result: Result, job: int) -> Route:
    return result.routes[holder(result, job)[0]]


def unknown(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, shift=99)


def unknown_job(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_stop(result, 0, lambda stop: replace(stop, job=99))


def double(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, replace(result, unassigned=(Unassigned(job=0, blocks={}),))


def missing(problem: Problem, result: Result) -> tuple[Problem, Result]:
    number, index = holder(result, 1)
    stops = result.routes[number].stops
    return problem, with_route(result, number, stops=stops[:index] + stops[index + 1 :])


def skill(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return with_job(problem, 1, skills=frozenset({"flight"})), result


def tool(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return with_job(problem, 1, tools=frozenset({"crane"})), result


def part(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return with_crew(problem, 1, parts={"modem": 0}), result


def excluded(problem: Problem, result: Result) -> tuple[Problem, Result]:
    technician = problem.shifts[route_of(result, 1).shift].technician
    return with_job(problem, 1, excluded=frozenset({technician})), result


def locked(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return with_job(problem, 1, shifts=frozenset({(route_of(result, 1).shift + 1) % 3})), result


def frozen(problem: Problem, result: Result) -> tuple[Problem, Result]:
    shift, start = route_of(result, 1).shift, route_of(result, 1).stops[holder(result, 1)[1]].start
    return with_job(problem, 1, frozen=True, published_shift=shift, published_start=start + 60), result


def frozen_last(problem: Problem, result: Result) -> tuple[Problem, Result]:
    number = next(n for n, route in enumerate(result.routes) if len(route.stops) > 1)
    stop = result.routes[number].stops[-1]
    shift = result.routes[number].shift
    return with_job(problem, stop.job, frozen=True, published_shift=shift, published_start=stop.start), result


def too_early(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, leave=0)


def twice(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, shift=result.routes[1].shift)


def hollow(problem: Problem, result: Result) -> tuple[Problem, Result]:
    unused = replace(problem.shifts[0], day=1, start=100 * HOUR, end=101 * HOUR, rest=None)
    route = Route(shift=3, leave=100 * HOUR, back=100 * HOUR, stops=())
    return replace(problem, shifts=(*problem.shifts, unused)), replace(result, routes=(*result.routes, route))


def overtime(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, back=18 * HOUR + 1)


def travel(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_stop(result, 1, lambda stop: replace(stop, travel_s=stop.travel_s - 1))


def distance(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, distance_m=result.routes[0].distance_m + 1)


def beamed(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_stop(result, 1, lambda stop: replace(stop, arrival=stop.arrival - 3600))


def never_back(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, back=result.routes[0].back - 1)


def window(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_stop(result, 1, lambda stop: replace(stop, start=11 * HOUR + 1))


def service(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_stop(result, 1, lambda stop: replace(stop, end=stop.end - 1))


def hasty(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_stop(result, 1, lambda stop: replace(stop, start=stop.arrival - 1))


def no_break(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return problem, with_route(result, 0, rest=None)


def short_break(problem: Problem, result: Result) -> tuple[Problem, Result]:
    rest = result.routes[0].rest
    assert rest is not None
    return problem, with_route(result, 0, rest=replace(rest, end=rest.end - 1))


def late_break(problem: Problem, result: Result) -> tuple[Problem, Result]:
    rest = result.routes[0].rest
    assert rest is not None
    return problem, with_route(result, 0, rest=replace(rest, start=14 * HOUR, end=14 * HOUR + 1800))


def working_break(problem: Problem, result: Result) -> tuple[Problem, Result]:
    rest = result.routes[0].rest
    stop = result.routes[0].stops[0]
    assert rest is not None
    return problem, with_route(result, 0, rest=replace(rest, start=stop.start, end=stop.start + 1800))


def driving_break(problem: Problem, result: Result) -> tuple[Problem, Result]:
    rest = result.routes[0].rest
    leave = result.routes[0].leave
    assert rest is not None
    return problem, with_route(result, 0, rest=replace(rest, start=leave, end=leave + 1800))


def no_depot(problem: Problem, result: Result) -> tuple[Problem, Result]:
    supply = Supply(before=1, depot=0, arrival=0, end=0, travel_s=0, distance_m=0)
    return problem, with_route(result, 0, supply=supply)


def not_loaded(problem: Problem, result: Result) -> tuple[Problem, Result]:
    supply = Supply(before=1, depot=0, arrival=0, end=59, travel_s=0, distance_m=0)
    with_depot = replace(problem, depots=(Depot(place=0, service_s=60),))
    return with_depot, with_route(result, 0, supply=supply)


def apart(problem: Problem, result: Result) -> tuple[Problem, Result]:
    return with_job(with_job(problem, 0, partner=1), 1, partner=0), result


def cost(part: str) -> Corruption:
    def corrupt(problem: Problem, result: Result) -> tuple[Problem, Result]:
        wrong = replace(result.cost, **{part: getattr(result.cost, part) + 2})
        return problem, replace(result, cost=wrong)

    return corrupt


CORRUPTIONS: list[tuple[Cause, Corruption]] = [
    (Cause.UNKNOWN, unknown),
    (Cause.UNKNOWN, unknown_job),
    (Cause.DOUBLE, double),
    (Cause.MISSING, missing),
    (Cause.SKILL, skill),
    (Cause.TOOL, tool),
    (Cause.PART, part),
    (Cause.EXCLUDED, excluded),
    (Cause.LOCKED, locked),
    (Cause.FROZEN, frozen),
    (Cause.FROZEN, frozen_last),
    (Cause.SHIFT, too_early),
    (Cause.SHIFT, twice),
    (Cause.SHIFT, hollow),
    (Cause.OVERTIME, overtime),
    (Cause.TRAVEL, travel),
    (Cause.TRAVEL, distance),
    (Cause.TRAVEL, beamed),
    (Cause.TRAVEL, never_back),
    (Cause.WINDOW, window),
    (Cause.SERVICE, service),
    (Cause.SERVICE, hasty),
    (Cause.BREAK, no_break),
    (Cause.BREAK, short_break),
    (Cause.BREAK, late_break),
    (Cause.BREAK, working_break),
    (Cause.BREAK, driving_break),
    (Cause.DEPOT, no_depot),
    (Cause.DEPOT, not_loaded),
    (Cause.PARTNER, apart),
    *((Cause.COST, cost(name)) for name in Cost.__struct_fields__),
]


def test_every_cause_has_its_corruption() -> None:
    assert {cause for cause, _ in CORRUPTIONS} == set(Cause)


@pytest.mark.parametrize(("cause", "corrupt"), CORRUPTIONS)
def test_each_corruption_of_a_true_answer_is_named(cause: Cause, corrupt: Corruption) -> None:
    problem = small_town()
    result = answer(problem)
    assert check(problem, result) == []
    assert cause in {violation.cause for violation in check(*corrupt(problem, result))}
