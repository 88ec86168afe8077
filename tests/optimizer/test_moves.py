"""Move by move: after each turn of the search the plan is true to the oracle, and costs what the search has added up."""

from __future__ import annotations

import pytest

from optimizer.check import check, price
from optimizer.problem import Problem
from optimizer.result import Cost, Result, Unassigned
from optimizer.search.answer import timed_route
from optimizer.search.layout import layout_of
from optimizer.search.team import Member
from tests.optimizer.worlds import pocket_day, rich, tiny

ROUNDING = 6
"""Ten parts, each rounded by half at most."""
TURNS = 60
HOT = 1e6
"""So that nearly everything is accepted."""


def as_it_stands(problem: Problem, member: Member) -> Result:
    """What the search has in its arrays just now, with its cost from scratch."""
    plan = member.now()
    routes = tuple(
        timed_route(problem, member, shift, plan.rows[shift, :count].tolist())
        for shift, count in enumerate(plan.counts.tolist())
        if count
    )
    served = {stop.job for route in routes for stop in route.stops}
    left = tuple(Unassigned(job=job, blocks={}) for job in range(len(problem.jobs)) if job not in served)
    result = Result(routes=routes, unassigned=left, cost=Cost())
    return Result(routes=routes, unassigned=left, cost=price(problem, result))


def walked(problem: Problem, seed: int) -> int:
    """How many of the turns changed the plan."""
    member = Member(layout_of(problem), 0, 1, seed)
    member.fill()
    moves, before = 0, member.cost
    for turn in range(TURNS):
        member.anneal(0.0, 1, HOT, HOT)
        result = as_it_stands(problem, member)
        assert check(problem, result) == [], (seed, turn)
        assert result.cost.total == pytest.approx(member.cost, abs=ROUNDING), (seed, turn)
        moves, before = moves + (member.cost != before), member.cost
    return moves


def test_every_move_costs_what_the_oracle_says() -> None:
    moves = sum(walked(rich(seed) if seed % 3 else tiny(seed), seed) for seed in range(240))
    assert moves > 1_000


@pytest.mark.parametrize("seed", [45, 170, 281])
def test_no_move_gives_up_a_depot_that_a_later_shift_needs(seed: int) -> None:
    assert walked(rich(seed, 7), seed)


def test_every_move_of_a_day_costs_what_the_oracle_says() -> None:
    assert sum(walked(pocket_day(seed), seed) for seed in range(12)) > 100
