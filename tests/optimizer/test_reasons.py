"""What is said of each stop is true: its cost by the oracle, its next best place by brute force."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import pytest

from optimizer.check import check
from optimizer.construct import fill
from optimizer.draft import Draft
from optimizer.explain import Reason, explained, force, reasons
from optimizer.ground import Ground
from optimizer.problem import MANDATORY, Job, Problem, Window
from optimizer.result import Block, Change, Cost, Result
from tests.optimizer.brute import rows_with
from tests.optimizer.worlds import HOUR, NINE_TO_FIVE, quiet_street, rich, small_town, tiny

replace = msgspec.structs.replace
SEEDS = range(150)
WORLDS = pytest.mark.parametrize("world", [tiny, rich])
World = Callable[[int], Problem]
FIELDS = Cost.__struct_fields__


def filled(problem: Problem) -> Draft:
    draft = Draft(Ground(problem))
    fill(draft)
    return draft


def answered(problem: Problem) -> Result:
    return filled(problem).result("test", 0.0)


def without(problem: Problem, result: Result, job: int) -> Result:
    """The same routes, the job left out."""
    draft = Draft.of(Ground(problem), result.routes)
    assert draft.remove(job)
    return draft.result("test", 0.0)


def removable(problem: Problem, result: Result, job: int) -> bool:
    """There is a plan without it: nobody sets out for a depot alone."""
    return Draft.of(Ground(problem), result.routes).remove(job)


def true_parts(problem: Problem, result: Result) -> dict[str, float]:
    """The cost, part by part, in which the oracle finds nothing wrong."""
    assert check(problem, result) == []
    return {part: getattr(result.cost, part) for part in FIELDS}


def left_out(problem: Problem, job: int) -> dict[str, float]:
    """What a job without a place costs, part by part, and the one that it goes with."""
    one, partner = left_alone(problem, job), problem.jobs[job].partner
    other = dict.fromkeys(FIELDS, 0.0) if partner is None else left_alone(problem, partner)
    return {part: one[part] + other[part] for part in FIELDS}


def left_alone(problem: Problem, job: int) -> dict[str, float]:
    wanted, weights = problem.jobs[job], problem.weights
    ends = [shift.end + problem.technicians[shift.technician].overtime_max_s for shift in problem.shifts]
    late = 0 if wanted.due is None else max(0, max(ends) - wanted.due) * wanted.lateness_weight
    return dict.fromkeys(FIELDS, 0.0) | {
        "unassigned": wanted.prize + MANDATORY * wanted.mandatory,
        "outage": wanted.affected * weights.outage_per_minute * max(ends) / 60,
        "lateness": late * weights.lateness_per_minute / 60,
        "churn": weights.churn_shift if wanted.published_shift is not None else 0,
    }


@WORLDS
def test_a_stop_costs_what_the_oracle_says_the_plan_costs_less_without_it(world: World) -> None:
    """Without both, where two go together, and without the way by a depot that only it needs."""
    seen = set[str]()
    for seed in SEEDS:
        problem = world(seed)
        result = answered(problem)
        whole = true_parts(problem, result)
        for reason in reasons(problem, result.routes):
            if problem.jobs[reason.job].frozen:
                continue
            if not removable(problem, result, reason.job):
                assert reason.cost == reason.own or problem.jobs[reason.job].partner is not None
                continue
            less = true_parts(problem, without(problem, result, reason.job))
            left = left_out(problem, reason.job)
            for part in FIELDS:
                said = getattr(reason.cost, part)
                assert said == pytest.approx(whole[part] - less[part] + left[part], abs=4), (
                    seed,
                    reason,
                    part,
                )
                if said:
                    seen.add(part)
    assert ("duration" in seen) == (world is rich)
    assert seen >= {"outage", "lateness", "travel", "distance", "overtime", "shifts", "unfairness", "churn"}


@WORLDS
def test_what_stops_have_to_themselves_adds_up_to_the_plan(world: World) -> None:
    for seed in SEEDS:
        problem = world(seed)
        result = answered(problem)
        said = reasons(problem, result.routes)
        served = true_parts(problem, result)
        for left in result.unassigned:
            served = {part: served[part] - cost for part, cost in left_alone(problem, left.job).items()}
        home = sum(route.travel_s - sum(stop.travel_s for stop in route.stops) for route in result.routes)
        assert sum(reason.own.outage for reason in said) == pytest.approx(served["outage"], abs=len(said) + 1)
        assert sum(reason.own.lateness for reason in said) == pytest.approx(
            served["lateness"], abs=len(said) + 1
        )
        assert sum(reason.own.churn for reason in said) == pytest.approx(served["churn"], abs=len(said) + 1)
        assert sum(reason.own.travel for reason in said) + home == served["travel"]


def brute(problem: Problem, result: Result, reason: Reason) -> float:
    """What the plan costs more with the job in its cheapest place of any other shift, whom it goes with staying where he is."""
    draft = Draft.of(Ground(problem), result.routes)
    price, ground, job = draft.price(), draft.ground, reason.job
    row = draft.without(job)
    assert row is not None
    draft.put(reason.shift, row)
    partner = ground.partner[job]
    beside = -1 if partner is None else ground.technician[draft.shift_of[partner]]
    least = math.inf
    for shift in range(len(draft.rows)):
        if shift == reason.shift or ground.technician[shift] == beside:
            continue
        for tried in rows_with(draft, job, shift):
            if draft.timing(shift, tried) is not None:
                twin = draft.copy()
                twin.put(shift, tried)
                least = min(least, twin.price() - price)
    return least


@WORLDS
def test_the_next_best_place_is_that_of_brute_force(world: World) -> None:
    found = alone = 0
    for seed in SEEDS:
        problem = world(seed)
        result = answered(problem)
        for reason in reasons(problem, result.routes):
            if problem.jobs[reason.job].frozen:
                assert reason.instead is None
                continue
            if Draft.of(Ground(problem), result.routes).without(reason.job) is None:
                continue
            least = brute(problem, result, reason)
            if reason.instead is None:
                alone += 1
                assert least == math.inf
                assert sum(reason.blocks.values()) == len(problem.shifts) - 1
                assert Block.PRICE not in reason.blocks
            else:
                found += 1
                assert reason.instead.cost == pytest.approx(least, abs=1), (seed, reason)
                assert reason.instead.shift != reason.shift
    assert found > 80
    assert alone > 50


@WORLDS
def test_each_stop_has_one_reason_and_asking_changes_nothing(world: World) -> None:
    for seed in range(40):
        problem = world(seed)
        result = answered(problem)
        said = reasons(problem, result.routes)
        assert [(reason.shift, reason.job, reason.start) for reason in said] == [
            (route.shift, stop.job, stop.start) for route in result.routes for stop in route.stops
        ]
        assert reasons(problem, result.routes) == said


def test_what_is_never_left_out_says_so() -> None:
    problem = small_town()
    said = {reason.job: reason for reason in reasons(problem, answered(problem).routes)}
    assert said[1].left_out is None
    outage = 40 * problem.weights.outage_per_minute / 60
    assert said[0].left_out == 30_000 + round(outage * 18 * HOUR)


def test_who_alone_has_the_skill_has_nobody_instead() -> None:
    problem = small_town()
    (splice,) = [reason for reason in reasons(problem, answered(problem).routes) if reason.job == 2]
    assert splice.instead is None
    assert splice.blocks == {Block.SKILL: 2}


def two_together(*, third: bool = True) -> Problem:
    """A job for two, who meet at ten, and one more job that could stand before it."""
    street = quiet_street()
    crew = tuple(replace(street.technicians[0], name=name) for name in ("Ada", "Ben", "Cem")[: 2 + third])
    meeting = (Window(earliest=9 * HOUR, latest=14 * HOUR),)
    mast = Job(name="mast", place=1, service_s=HOUR, prize=20_000, windows=meeting, partner=1)
    hands = replace(mast, name="hands", partner=0)
    return replace(
        street,
        technicians=crew,
        shifts=tuple(replace(street.shifts[0], name=f"{one}/0", technician=one) for one in range(len(crew))),
        jobs=(mast, hands, Job(name="router", place=2, service_s=HOUR, prize=20_000)),
    )


def together(problem: Problem) -> Result:
    """The two meet at ten; the router is with the first of them, afterwards."""
    bound = [
        replace(job, windows=(Window(earliest=10 * HOUR, latest=10 * HOUR),)) for job in problem.jobs[:2]
    ]
    draft = Draft(Ground(replace(problem, jobs=(*bound, problem.jobs[2]))))
    draft.put(0, [0, 2])
    draft.put(1, [1])
    result = draft.result("test", 0.0)
    assert check(problem, result) == []
    return result


def test_whoever_takes_over_from_one_of_two_comes_when_the_other_does() -> None:
    problem = two_together()
    said = {reason.job: reason for reason in reasons(problem, together(problem).routes)}
    for job in (0, 1):
        instead = said[job].instead
        assert instead is not None
        assert (instead.shift, instead.start) == (2, 10 * HOUR)
    alone = two_together(third=False)
    said = {reason.job: reason for reason in reasons(alone, together(alone).routes)}
    assert said[0].instead is None
    assert said[0].blocks == {Block.PARTNER: 1}


def test_nothing_is_put_where_it_would_delay_a_meeting() -> None:
    problem = two_together()
    long = replace(problem.jobs[2], service_s=5 * HOUR, windows=(Window(earliest=8 * HOUR, latest=9 * HOUR),))
    problem = replace(problem, jobs=(*problem.jobs[:2], long))
    bound = [
        replace(job, windows=(Window(earliest=10 * HOUR, latest=10 * HOUR),)) for job in problem.jobs[:2]
    ]
    draft = Draft(Ground(replace(problem, jobs=(*bound, long))))
    draft.put(0, [0])
    draft.put(1, [1])
    result = draft.result("test", 0.0)
    (left,) = explained(problem, result).unassigned
    assert left.blocks == {Block.WINDOW: 2}, "only the third is free before ten"
    for technician in (0, 1):
        forced = force(problem, result, 2, technician)
        assert forced.result is None or check(problem, forced.result) == []


def test_a_pair_that_is_left_out_says_that_it_is_one() -> None:
    problem = two_together(third=False)
    elsewhere = replace(problem.jobs[1], skills=frozenset({"mast"}))
    problem = replace(problem, jobs=(problem.jobs[0], elsewhere, problem.jobs[2]))
    draft = Draft(Ground(problem))
    draft.put(0, [2])
    said = {left.job: left for left in explained(problem, draft.result("test", 0.0)).unassigned}
    assert said[0].blocks == {Block.PARTNER: 2}
    assert said[0].hint is not None
    assert said[0].hint.kind == Change.PARTNER
    assert said[1].blocks == {Block.SKILL: 2}


def test_the_day_is_worth_its_stops() -> None:
    problem = quiet_street()
    said = reasons(problem, answered(problem).routes)
    assert [(reason.cost.travel, reason.instead) for reason in said] == [(600, None), (600, None)]
    assert NINE_TO_FIVE[0] <= said[0].start < said[1].start
