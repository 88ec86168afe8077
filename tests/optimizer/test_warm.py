"""What an earlier answer served is not lost by starting from it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest

from optimizer.check import check
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.problem import Problem, pack
from optimizer.refit import refit
from optimizer.result import Result, Route
from optimizer.schedule import timing
from optimizer.search import engine
from tests.optimizer.worlds import HOUR, quiet_street, tiny

replace = msgspec.structs.replace
SEEDS = range(300)
Solve = Callable[[Problem, Sequence[Route]], Result]


def rugged(seed: int) -> Problem:
    """A random problem with many promises, on ways of which some are shorter round a corner than straight ahead."""
    problem, rng = tiny(seed), random.Random(seed)
    noise = np.random.default_rng(seed).uniform(0.3, 2.5, (problem.places, problem.places))
    return replace(
        problem,
        travel=pack((problem.travel_s() * noise).astype(np.int64)),
        # what was frozen could be reached in time on the ways as they were
        jobs=tuple(replace(job, frozen=False, mandatory=rng.random() < 0.5) for job in problem.jobs),
    )


def some_plan(problem: Problem, seed: int) -> tuple[Route, ...]:
    """A feasible one: of each shift the longest of some orders drawn at random."""
    rng = random.Random(seed)
    draft = Draft(Ground(problem))
    for shift in range(len(problem.shifts)):
        chain = draft.rows[shift]
        free = [job for job in draft.left_out() if draft.ground.qualified(job, shift)]
        for _ in range(60):
            row = [*chain, *rng.sample(free, rng.randint(0, len(free)))]
            times = timing(draft.ground, shift, row)
            if times is None or len(row) <= len(draft.rows[shift]):
                continue
            before = draft.rows[shift], draft.times[shift]
            draft.put(shift, row, times)
            if check(problem, draft.result("drawn", 0.0)):
                draft.put(shift, *before)
    return draft.routes()


def promised(problem: Problem, routes: Sequence[Route]) -> set[int]:
    return {stop.job for route in routes for stop in route.stops if problem.jobs[stop.job].mandatory}


def searched(problem: Problem, warm: Sequence[Route], threads: int = 1) -> Result:
    return engine.solve(problem, warm=warm, iterations=120, threads=threads)


@pytest.mark.parametrize("solve", [refit, searched])
def test_whoever_was_promised_a_place_that_can_be_kept_keeps_one(solve: Solve) -> None:
    served = 0
    for seed in SEEDS:
        problem = rugged(seed)
        warm = some_plan(problem, seed)
        result = solve(problem, warm)
        assert check(problem, result) == [], seed
        assert promised(problem, warm) <= promised(problem, result.routes), seed
        served += len(promised(problem, warm))
    assert served > 200


def alone(problem: Problem, routes: Sequence[Route]) -> set[int]:
    """The promises of routes if nothing else were in them, where all of these fit in their order; else none."""
    draft = Draft(Ground(problem))
    for route in routes:
        row = [stop.job for stop in route.stops if problem.jobs[stop.job].mandatory]
        if not draft.take(route.shift, row):
            return set()
    return promised(problem, draft.routes())


@pytest.mark.parametrize("solve", [refit, searched])
def test_where_work_takes_longer_by_now_promises_do_not_give_way_to_wishes(solve: Solve) -> None:
    pressed = 0
    for seed in SEEDS:
        rng, known = random.Random(seed), rugged(seed)
        warm = some_plan(known, seed)
        longer = [replace(job, service_s=job.service_s + rng.choice([0, 1800, 5400])) for job in known.jobs]
        problem = replace(known, jobs=tuple(longer))
        result = solve(problem, warm)
        assert check(problem, result) == [], seed
        assert alone(problem, warm) <= promised(problem, result.routes), seed
        stands = {stop.job for route in Draft.of(Ground(problem), warm).routes() for stop in route.stops}
        lost = {stop.job for route in warm for stop in route.stops} - stands
        pressed += bool(alone(problem, warm) and lost)
    assert pressed > 10


@pytest.mark.parametrize("solve", [refit, searched])
def test_two_promises_that_are_reached_only_one_by_way_of_the_other_stay(solve: Solve) -> None:
    """There is no way straight home from the first, nor straight from home to the second."""
    far = 24 * HOUR
    ways = np.array([[0, 600, far], [far, 0, 600], [600, far, 0]])
    problem = quiet_street()
    jobs = tuple(replace(job, mandatory=True) for job in problem.jobs)
    problem = replace(problem, jobs=jobs, travel=pack(ways))
    draft = Draft(Ground(problem))
    assert draft.take(0, [0, 1])
    assert not Draft(Ground(problem)).take(0, [0])
    assert not Draft(Ground(problem)).take(0, [1])
    result = solve(problem, draft.routes())
    assert [[stop.job for stop in route.stops] for route in result.routes] == [[0, 1]]
    assert check(problem, result) == []


def test_a_promise_that_has_a_place_is_not_exchanged_for_a_dearer_one_that_has_none() -> None:
    problem = quiet_street()
    kept, dearer = (replace(job, service_s=8 * HOUR, mandatory=True) for job in problem.jobs)
    problem = replace(problem, jobs=(kept, replace(dearer, prize=90_000)))
    draft = Draft(Ground(problem))
    assert draft.take(0, [0])
    assert promised(problem, searched(problem, draft.routes()).routes) == {0}
    assert promised(problem, searched(problem, ()).routes) == {1}
    assert promised(problem, searched(problem, draft.routes(), threads=2).routes) == {0}
