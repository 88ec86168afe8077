"""A plan taken over by a problem that changed meanwhile."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest

from optimizer.check import check
from optimizer.construct import fill
from optimizer.draft import Draft
from optimizer.explain import explain
from optimizer.ground import Ground
from optimizer.problem import Problem
from optimizer.refit import refit
from optimizer.result import Result, Route
from optimizer.search.engine import solve as search
from tests.optimizer.worlds import HOUR, pocket_day, quiet_street, rich, tiny, town

replace = msgspec.structs.replace


def planned(problem: Problem) -> tuple[Route, ...]:
    draft = Draft(Ground(problem))
    fill(draft)
    return draft.routes()


def orders(routes: tuple[Route, ...]) -> dict[int, list[int]]:
    return {route.shift: [stop.job for stop in route.stops] for route in routes}


@pytest.mark.parametrize("world", [tiny, rich])
def test_what_is_refitted_is_true_and_its_reasons_are_those_of_explain(
    world: Callable[[int], Problem],
) -> None:
    left_out = 0
    for seed in range(150):
        problem = world(seed)
        rng = random.Random(seed)
        routes = planned(problem)
        changed = replace(
            problem,
            jobs=tuple(
                replace(job, service_s=job.service_s + rng.choice([0, 0, 1800])) for job in problem.jobs
            ),
        )
        result = refit(changed, routes)
        assert check(changed, result) == []
        draft = Draft.of(Ground(changed), result.routes)
        for left in result.unassigned:
            left_out += 1
            assert left == explain(draft, left.job)
            assert left.blocks
    assert left_out > 100


def untouched(problem: Problem, answer: Result) -> bool:
    """Refit gives the answer back; or inserts what the search left out, which only makes it cheaper."""
    again = refit(problem, answer.routes)
    assert check(problem, again) == []
    if again.routes == answer.routes:
        assert again.cost == answer.cost
        return True
    assert len(again.unassigned) < len(answer.unassigned)
    assert again.cost.total < answer.cost.total
    return False


def test_an_answer_of_the_search_is_given_back_as_it_was() -> None:
    rich_ones = [untouched(problem, search(problem, iterations=300)) for problem in map(rich, range(200))]
    assert rich_ones.count(False) < 5
    for seed in range(10):
        problem = pocket_day(seed)
        assert untouched(problem, search(problem, iterations=2_000))


def test_orders_stay_and_what_came_meanwhile_is_inserted() -> None:
    problem = town(60, 8, seed=3)
    known = replace(problem, jobs=problem.jobs[:-5])
    routes = planned(known)
    result = refit(problem, routes)
    assert check(problem, result) == []
    after = orders(result.routes)
    for shift, jobs in orders(routes).items():
        assert [job for job in after[shift] if job < 55] == jobs
    assert {job for jobs in after.values() for job in jobs} & set(range(55, 60))


def test_a_mandatory_job_takes_the_place_before_a_dear_one() -> None:
    problem = quiet_street()
    router, line = (replace(job, service_s=8 * HOUR) for job in problem.jobs)
    crowded = replace(problem, jobs=(replace(router, prize=90_000), replace(line, mandatory=True)))
    assert orders(refit(crowded, ()).routes) == {0: [1]}
    free = replace(crowded, jobs=(crowded.jobs[0], replace(crowded.jobs[1], mandatory=False)))
    assert orders(refit(free, ()).routes) == {0: [0]}


def test_what_answers_while_somebody_waits_loads_no_solver() -> None:
    modules = "refit, standing, rounds, displace, compiled"
    code = f"import sys; from optimizer import {modules}; assert 'ortools' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
