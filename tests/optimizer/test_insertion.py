"""The cheapest insertion is the cheapest of all; drafts keep their books."""

from __future__ import annotations

import random

import pytest

from optimizer.construct import fill
from optimizer.cost import cost_of
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.insertion import cheapest, cheapest_in, extra
from optimizer.meeting import place
from optimizer.problem import Window
from optimizer.schedule import timing
from tests.optimizer.worlds import HOUR, quiet_street, small_town, tiny

SEEDS = range(300)


def brute(draft: Draft, job: int) -> float | None:
    """The least extra cost over every shift and position, by the exact schedule alone."""
    ground, costs = draft.ground, list[float]()
    for shift, row in enumerate(draft.rows):
        if not ground.qualified(job, shift) or draft.supplied_from(job, shift):
            continue
        for position in range(len(ground.chains[shift]), len(row) + 1):
            times = timing(ground, shift, [*row[:position], job, *row[position:]])
            if times is not None:
                costs.append(extra(draft, shift, times))
    return min(costs, default=None)


def test_insertion_equals_brute_force() -> None:
    made = refused = 0
    for seed in SEEDS:
        draft = Draft(Ground(tiny(seed)))
        jobs = draft.left_out()
        random.Random(seed).shuffle(jobs)
        for job in jobs:
            found, least = cheapest_in(draft, job), brute(draft, job)
            assert (found.cost if found else None) == (None if least is None else pytest.approx(least))
            if found is None:
                refused += 1
                continue
            before = draft.price()
            place(draft, found)
            made += 1
            assert draft.price() == pytest.approx(before + found.cost - draft.ground.left_out[job])
            assert draft.times[found.shift].starts[found.position] == found.start
    assert made > 200
    assert refused > 200


def test_the_search_and_the_result_cost_the_same() -> None:
    for seed in SEEDS:
        problem = tiny(seed)
        draft = Draft(Ground(problem))
        fill(draft)
        assert abs(cost_of(problem, draft.routes(), draft.left_out()).total - draft.price()) < 5


def test_a_draft_taken_over_from_routes_is_the_same_draft() -> None:
    for seed in SEEDS:
        ground = Ground(tiny(seed))
        draft = Draft(ground)
        fill(draft)
        again = Draft.of(ground, draft.routes())
        assert (again.rows, again.load, again.shift_of) == (draft.rows, draft.load, draft.shift_of)


def test_a_copy_goes_its_own_way() -> None:
    draft = Draft(Ground(small_town()))
    fill(draft)
    twin, price = draft.copy(), draft.price()
    assert twin.remove(1)
    assert draft.price() == price
    assert twin.price() > price


def test_a_job_that_already_has_a_place_is_priced_as_if_taken_out() -> None:
    problem = quiet_street()
    draft = Draft(Ground(problem))
    fill(draft)
    found = cheapest(problem, draft.routes(), 0)
    assert found is not None
    assert found.cost == 600


def test_a_slot_is_priced_by_its_own_window() -> None:
    problem = quiet_street()
    draft = Draft(Ground(problem))
    fill(draft)
    afternoon = Window(earliest=14 * HOUR, latest=15 * HOUR)
    found = cheapest(problem, draft.routes(), 0, windows=[afternoon])
    assert found is not None
    assert found.start == 14 * HOUR
    assert (
        cheapest(problem, draft.routes(), 0, windows=[Window(earliest=17 * HOUR, latest=18 * HOUR)]) is None
    )
