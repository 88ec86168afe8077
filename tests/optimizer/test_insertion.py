"""The cheapest insertion is the cheapest of all; drafts keep their books."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import msgspec
import pytest

from optimizer.check import Cause, check
from optimizer.construct import fill
from optimizer.cost import cost_of
from optimizer.draft import Draft
from optimizer.ground import Ground, earliest_in
from optimizer.insertion import cheapest, cheapest_in, extra
from optimizer.meeting import Meetings, place, placed
from optimizer.problem import Depot, Problem, Window
from tests.optimizer.brute import rows_with
from tests.optimizer.worlds import HOUR, quiet_street, rich, small_town, tiny

replace = msgspec.structs.replace
ROUNDING = 6
SEEDS = range(300)
WORLDS = pytest.mark.parametrize("world", [tiny, rich])
World = Callable[[int], Problem]


def brute(draft: Draft, job: int) -> float | None:
    """The least extra cost over every shift and order, by the exact schedule alone."""
    costs = list[float]()
    for shift in range(len(draft.rows)):
        for row in rows_with(draft, job, shift):
            times = draft.timing(shift, row)
            if times is not None:
                costs.append(extra(draft, shift, times))
    return min(costs, default=None)


@WORLDS
def test_insertion_equals_brute_force(world: World) -> None:
    made = refused = 0
    for seed in SEEDS:
        draft = Draft(Ground(world(seed)))
        jobs = draft.left_out()
        random.Random(seed).shuffle(jobs)
        for job in jobs:
            found, least = cheapest_in(draft, job), brute(draft, job)
            assert (found.cost if found else None) == (None if least is None else pytest.approx(least)), seed
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


@WORLDS
def test_a_draft_costs_what_the_oracle_says_at_every_step(world: World) -> None:
    """Jobs come and go at random, two at a time where they go together."""
    made, seen = 0, set[str]()
    for seed in range(150):
        problem, rng = world(seed), random.Random(seed)
        draft = Draft(Ground(problem))
        for _ in range(12):
            job = rng.randrange(len(problem.jobs))
            if draft.shift_of[job] < 0:
                made += placed(draft, job, below=math.inf)
            elif not draft.ground.frozen[job]:
                shift = draft.shift_of[job]
                if draft.remove(job):
                    made += 1
                    assert needed(problem, draft, shift), seed
            result = draft.result("test", 0.0)
            assert check(problem, result) == [], seed
            assert result.cost.total == pytest.approx(draft.price(), abs=ROUNDING), seed
            seen |= {"depot" for route in result.routes if route.supply is not None}
            seen |= {"pair" for one in draft.fixed if draft.shift_of[one] >= 0}
    assert made > 300
    assert seen == ({"depot", "pair"} if world is rich else set())


def needed(problem: Problem, draft: Draft, shift: int) -> bool:
    """Whoever passes by a depot has to: without it the oracle misses a tool or a part."""
    if draft.supply_at(shift) < 0:
        return True
    twin = draft.copy()
    twin.put(shift, [job for job in draft.rows[shift] if job < draft.ground.jobs])
    causes = {violation.cause for violation in check(problem, twin.result("test", 0.0))}
    return bool(causes & {Cause.TOOL, Cause.PART})


def test_the_way_by_a_depot_is_moved_for_whoever_needs_it_sooner() -> None:
    street = quiet_street()
    early = (Window(earliest=8 * HOUR, latest=9 * HOUR),)
    noon = (Window(earliest=12 * HOUR, latest=12 * HOUR),)
    one, other = street.jobs
    jobs = (
        replace(one, windows=noon),
        replace(other, parts={"ont": 1}),
        replace(other, parts={"ont": 1}, windows=early, service_s=600),
    )
    draft = Draft(Ground(replace(street, jobs=jobs, depots=(Depot(place=0, service_s=300),))))
    (depot,) = draft.ground.depots
    draft.put(0, [0, depot, 1])
    found = cheapest_in(draft, 2)
    assert found is not None
    assert found.row[:2] == (depot, 2)
    place(draft, found)
    assert check(draft.ground.problem, draft.result("test", 0.0)) == []


def patient(seed: int) -> Problem:
    """Two who go together, where it never pays to come later than one has to."""
    problem = rich(seed)
    weights = replace(problem.weights, duration=0, churn_second=0.0)
    return replace(problem, weights=weights)


def test_two_meet_where_and_when_that_is_cheapest() -> None:
    """Against all instants of the day in steps of a few minutes: never dearer, and never none where there is one."""
    found = none = 0
    for seed in range(450):
        draft = Draft(Ground(patient(seed)))
        ground = draft.ground
        pair = next((job for job in draft.left_out() if ground.partner[job] is not None), None)
        if pair is None:
            continue
        others = [job for job in draft.left_out() if ground.partner[job] is None]
        for job in others[:2]:
            placed(draft, job)
        best = Meetings(draft, pair).best()
        least = min((meeting_at(draft, pair, at) for at in range(7 * HOUR, 44 * HOUR, 420)), default=math.inf)
        if best is None:
            none += 1
            assert least == math.inf, seed
        else:
            found += 1
            assert best.cost <= least + 1e-6, seed
    assert found > 30
    assert none > 40


def meeting_at(draft: Draft, job: int, instant: int) -> float:
    """The least that the two cost more if they start then; infinite where they cannot."""
    ground, partner = draft.ground, draft.ground.partner[job]
    assert partner is not None
    if any(earliest_in(ground.windows[who], instant) != instant for who in (job, partner)):
        return math.inf
    costs: list[dict[int, float]] = []
    for who in (job, partner):
        by_technician: dict[int, float] = {}
        for shift in range(len(draft.rows)):
            for row in rows_with(draft, who, shift):
                times = draft.timing(shift, row, {who: ((instant, instant),)})
                if times is not None:
                    technician = ground.technician[shift]
                    known = by_technician.get(technician, math.inf)
                    by_technician[technician] = min(known, extra(draft, shift, times))
        costs.append(by_technician)
    ones, others = costs
    return min((a + b for s, a in ones.items() for t, b in others.items() if s != t), default=math.inf)


@WORLDS
def test_the_search_and_the_result_cost_the_same(world: World) -> None:
    for seed in SEEDS:
        problem = world(seed)
        draft = Draft(Ground(problem))
        fill(draft)
        assert abs(cost_of(problem, draft.routes(), draft.left_out()).total - draft.price()) < 5


@WORLDS
def test_a_draft_taken_over_from_routes_is_the_same_draft(world: World) -> None:
    for seed in SEEDS:
        ground = Ground(world(seed))
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
