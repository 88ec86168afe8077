"""The engine answers truly, stops when told, and finds the best of what is tiny."""

from __future__ import annotations

import itertools
import time

import msgspec
import pytest

from optimizer.check import check
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.insertion import cheapest_in
from optimizer.ortools_engine import solve
from optimizer.problem import Problem, Window
from optimizer.result import Progress, Result, StoppedBy
from optimizer.schedule import timing
from tests.optimizer.worlds import HOUR, quiet_street, small_town, tiny, town

replace = msgspec.structs.replace
ITERATIONS = 3_000


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_the_oracle_finds_nothing_wrong_with_any_answer(first: int) -> None:
    for seed in range(first, first + 20):
        problem = tiny(seed)
        result = solve(problem, iterations=ITERATIONS)
        assert check(problem, result) == [], seed
        _nothing_profitable_is_left_out(problem, result)


def _nothing_profitable_is_left_out(problem: Problem, result: Result) -> None:
    draft = Draft.of(Ground(problem), result.routes)
    for left in result.unassigned:
        found = cheapest_in(draft, left.job)
        assert found is None or found.cost >= draft.ground.left_out[left.job]


def optimum(problem: Problem) -> float:
    """The least cost over every way to divide and order the jobs."""
    ground = Ground(problem)
    draft = Draft(ground)
    return _least(draft, draft.left_out())


def _least(draft: Draft, jobs: list[int]) -> float:
    if not jobs:
        return draft.price()
    job, rest = jobs[0], jobs[1:]
    least = _least(draft, rest)
    for shift in draft.ground.candidates[job]:
        row, times = draft.rows[shift], draft.times[shift]
        if draft.supplied_from(job, shift):
            continue
        for position in range(len(draft.ground.chains[shift]), len(row) + 1):
            tried = [*row[:position], job, *row[position:]]
            new = timing(draft.ground, shift, tried)
            if new is not None:
                draft.put(shift, tried, new)
                least = min(least, _least(draft, rest))
                draft.put(shift, row, times)
    return least


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_tiny_problems_are_solved_to_the_optimum(first: int) -> None:
    for seed in range(first, first + 10):
        problem = tiny(seed, jobs=4)
        result = solve(problem, iterations=ITERATIONS)
        assert result.cost.total == pytest.approx(optimum(problem), abs=5), seed


def test_the_same_seed_and_iterations_give_the_same_answer() -> None:
    problem = town(30, 4, seed=3)
    first, second = (replace(solve(problem, seed=5, iterations=20_000), seconds=0.0) for _ in range(2))
    assert first == second


def test_frozen_visits_never_move() -> None:
    problem = small_town()
    held = replace(problem.jobs[3], frozen=True, published_shift=1, published_start=10 * HOUR)
    problem = replace(problem, jobs=(*problem.jobs[:3], held, *problem.jobs[4:]))
    result = solve(problem, iterations=ITERATIONS)
    assert check(problem, result) == []
    (route,) = [route for route in result.routes if route.shift == 1]
    assert (route.stops[0].job, route.stops[0].start) == (3, 10 * HOUR)


def test_a_promise_is_rather_left_open_than_broken() -> None:
    problem = quiet_street()
    never = (Window(earliest=20 * HOUR, latest=21 * HOUR),)
    problem = replace(
        problem, jobs=(replace(problem.jobs[0], windows=never, mandatory=True), problem.jobs[1])
    )
    result = solve(problem, iterations=ITERATIONS)
    assert [left.job for left in result.unassigned] == [0]


def test_a_mandatory_job_takes_the_place_of_a_dearer_one_that_is_not() -> None:
    problem = quiet_street()
    long, urgent = (
        replace(job, service_s=5 * HOUR, prize=prize)
        for job, prize in zip(problem.jobs, (99_000, 1), strict=True)
    )
    problem = replace(problem, jobs=(long, replace(urgent, mandatory=True)))
    result = solve(problem, iterations=ITERATIONS)
    assert [left.job for left in result.unassigned] == [0]


def test_an_outage_is_served_before_what_is_nearer() -> None:
    problem = quiet_street()
    problem = replace(problem, jobs=(problem.jobs[0], replace(problem.jobs[1], affected=100)))
    (route,) = solve(problem, iterations=ITERATIONS).routes
    assert [stop.job for stop in route.stops] == [1, 0]


def test_warm_routes_are_kept_where_moving_does_not_pay() -> None:
    problem = small_town()
    before = solve(problem, iterations=ITERATIONS)
    starts = {stop.job: (route.shift, stop.start) for route in before.routes for stop in route.stops}
    jobs = tuple(
        replace(job, published_shift=starts[index][0], published_start=starts[index][1])
        for index, job in enumerate(problem.jobs)
    )
    again = solve(replace(problem, jobs=jobs), warm=before.routes, iterations=ITERATIONS)
    assert again.cost.churn == 0
    assert again.routes == before.routes


def test_the_parts_in_a_van_last_for_all_its_shifts() -> None:
    problem = town(20, 2, days=3, seed=4)
    crew = tuple(replace(technician, parts={"modem": 1, "ont": 1}) for technician in problem.technicians)
    problem = replace(problem, technicians=crew)
    assert check(problem, solve(problem, iterations=ITERATIONS)) == []


def test_progress_only_ever_gets_better_and_ends_at_the_answer() -> None:
    heard: list[Progress] = []
    result = solve(town(40, 5, seed=2), seconds=2, on_progress=heard.append)
    assert [p.cost for p in heard] == sorted((p.cost for p in heard), reverse=True)
    assert abs(heard[-1].cost - result.cost.total) < 5
    assert heard[-1].unassigned == len(result.unassigned)


@pytest.mark.parametrize("seconds", [0.2, 1.0])
def test_the_time_given_is_kept(seconds: float) -> None:
    problem = town(100, 12, days=2)
    began = time.monotonic()
    result = solve(problem, seconds=seconds, stall_share=1.0)
    assert time.monotonic() - began < seconds + 1.0
    assert result.stopped_by == StoppedBy.TIME
    assert check(problem, result) == []


def test_a_request_to_stop_is_heard() -> None:
    asked = itertools.count()
    began = time.monotonic()
    result = solve(town(60, 8), seconds=30, should_stop=lambda: next(asked) > 2_000)
    assert time.monotonic() - began < 10
    assert result.stopped_by == StoppedBy.REQUEST


def test_a_stalled_search_gives_up() -> None:
    began = time.monotonic()
    assert solve(quiet_street(), seconds=20, stall_share=0.05).stopped_by == StoppedBy.STALL
    assert time.monotonic() - began < 5


def test_no_jobs_no_shifts_no_technicians_are_no_trouble() -> None:
    problem = quiet_street()
    assert solve(replace(problem, jobs=())).routes == ()
    assert len(solve(replace(problem, shifts=())).unassigned) == 2
    assert len(solve(replace(problem, shifts=(), technicians=())).unassigned) == 2
