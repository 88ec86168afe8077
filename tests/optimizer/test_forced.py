"""Forcing a "why not" never beats the best plan there is, and says truly what it costs or what prevents it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from optimizer.check import Cause, check
from optimizer.construct import fill
from optimizer.draft import Draft
from optimizer.explain import Bar, Forced, force, reasons
from optimizer.ground import Ground
from optimizer.polish import polish
from optimizer.problem import Problem, Window
from optimizer.result import Result
from tests.optimizer.brute import best_plan, drawn
from tests.optimizer.worlds import HOUR, quiet_street, rich, small_town, tiny, town

replace = msgspec.structs.replace
ROUNDING = 10
"""Ten parts, each rounded by half at most, in two plans."""
WORLDS = pytest.mark.parametrize("world", [tiny, rich])
World = Callable[[int], Problem]
OF_A_SHIFT = {Cause.SKILL, Cause.TOOL, Cause.PART, Cause.EXCLUDED, Cause.LOCKED, Cause.WINDOW, Cause.OVERTIME}


def polished(problem: Problem) -> Result:
    draft = Draft(Ground(problem))
    fill(draft)
    polish(draft)
    return draft.result("test", 0.0)


def owed(problem: Problem, draft: Draft) -> set[int]:
    """Mandatory jobs that have a place."""
    return {
        job
        for job, shift in enumerate(draft.shift_of)
        if shift >= 0 and problem.jobs[job].mandatory and not problem.jobs[job].frozen
    }


def test_against_the_best_plan_there_is_nothing_forced_is_better() -> None:
    forced = barred = 0
    above = list[float]()
    causes: Counter[Cause] = Counter()
    for seed in range(60):
        problem = tiny(seed, jobs=4)
        ground = Ground(problem)
        best = best_plan(ground)
        if best.cost == math.inf:
            continue
        draft = drawn(ground, best)
        result = draft.result("brute", 0.0)
        for job in range(len(problem.jobs)):
            for technician in range(len(problem.technicians)):
                found = force(problem, result, job, technician)
                if problem.jobs[job].frozen:
                    assert [bar.cause for bar in found.bars] == [Cause.FROZEN]
                    continue
                truly = best_plan(ground, (job, technician), owed(problem, draft) | {job})
                if found.result is None:
                    barred += 1
                    causes.update(bar.cause for bar in found.bars)
                    if {bar.cause for bar in found.bars} & OF_A_SHIFT:
                        assert truly.cost == math.inf, (seed, job, technician, found)
                    continue
                forced += 1
                more = true_forced(problem, result, found)
                assert more >= -ROUNDING, (seed, job, technician)
                assert more >= truly.cost - best.cost - ROUNDING
                above.append(more - (truly.cost - best.cost))
    assert forced > 150
    assert barred > 100
    assert set(causes) >= OF_A_SHIFT
    assert sum(gap > ROUNDING for gap in above) < len(above) / 10, "repaired well, nine times in ten at best"


def true_forced(problem: Problem, result: Result, found: Forced) -> int:
    """Everything that is said of it is so; what it costs more."""
    assert found.result is not None
    assert check(problem, found.result) == []
    (place,) = [
        (route.shift, stop.start)
        for route in found.result.routes
        for stop in route.stops
        if stop.job == found.job
    ]
    assert place == (found.shift, found.start)
    assert problem.shifts[place[0]].technician == found.technician
    assert found.cost.total == found.result.cost.total - result.cost.total
    before = {stop.job: (route.shift, stop.start) for route in result.routes for stop in route.stops}
    after = {stop.job: (route.shift, stop.start) for route in found.result.routes for stop in route.stops}
    changed = {job for job in {*before, *after} if before.get(job) != after.get(job)} - {found.job}
    assert {moved.job for moved in found.moved} == changed
    for moved in found.moved:
        assert moved.before == (before[moved.job][0] if moved.job in before else None)
        assert moved.after == (after[moved.job][0] if moved.job in after else None)
    return found.cost.total


@WORLDS
def test_no_promise_gives_way(world: World) -> None:
    for seed in range(80):
        problem = world(seed)
        result = polished(problem)
        kept = owed(problem, Draft.of(Ground(problem), result.routes))
        for job in range(len(problem.jobs)):
            for technician in range(len(problem.technicians)):
                found = force(problem, result, job, technician)
                if found.result is not None:
                    true_forced(problem, result, found)
                    assert kept.isdisjoint(left.job for left in found.result.unassigned)


@WORLDS
def test_the_next_best_technician_costs_at_most_what_was_stated(world: World) -> None:
    asked = 0
    for seed in range(100):
        problem = world(seed)
        result = polished(problem)
        for reason in reasons(problem, result.routes):
            if reason.instead is None:
                continue
            asked += 1
            technician = problem.shifts[reason.instead.shift].technician
            found = force(problem, result, reason.job, technician)
            assert found.result is not None
            assert found.cost.total <= reason.instead.cost + ROUNDING
    assert asked > 50


def test_an_answer_that_could_be_better_is_found_out_by_forcing_it() -> None:
    problem = town(30, 5, seed=3)
    draft = Draft(Ground(problem))
    for job in range(30):
        draft.append(job % 5, job)
    result = draft.result("test", 0.0)
    gains = [force(problem, result, job, who).cost.total for job in range(0, 30, 5) for who in range(5)]
    assert min(gains) < 0


def test_a_window_is_kept_and_so_is_the_promise() -> None:
    problem = small_town()
    result = polished(problem)
    noon = Window(earliest=10 * HOUR, latest=11 * HOUR)
    for technician in range(3):
        found = force(problem, result, 1, technician, noon)
        assert found.result is not None
        assert check(problem, found.result) == []
        assert found.start is not None
        assert noon.earliest <= found.start <= noon.latest
    later = Window(earliest=12 * HOUR, latest=13 * HOUR)
    assert force(problem, result, 1, 0, later).bars == (Bar(cause=Cause.WINDOW),)


def test_where_it_stands_forcing_changes_nothing() -> None:
    problem = quiet_street()
    result = polished(problem)
    found = force(problem, result, 0, 0)
    assert found.cost.total == 0
    assert found.moved == ()


def test_the_bars_say_what_is_lacking() -> None:
    problem = small_town()
    result = polished(problem)
    assert force(problem, result, 0, 1).bars == (Bar(cause=Cause.SKILL, lacks=("fibre",)),)
    assert force(problem, result, 3, 0).bars == (Bar(cause=Cause.PART, lacks=("modem",)),)
    assert force(problem, result, 5, 0).bars == (Bar(cause=Cause.TOOL, lacks=("ladder",)),)
    long = replace(problem.jobs[3], service_s=9 * HOUR)
    longer = replace(problem, jobs=(*problem.jobs[:3], long, *problem.jobs[4:]))
    (bar,) = force(longer, polished(longer), 3, 1).bars
    assert (bar.cause, bar.shift) == (Cause.OVERTIME, 1)
    assert bar.seconds is not None
    assert bar.seconds > 0


def test_a_promise_that_would_be_broken_is_named() -> None:
    problem = quiet_street()
    all_day = replace(problem.jobs[0], service_s=8 * HOUR, mandatory=True)
    problem = replace(problem, jobs=(all_day, problem.jobs[1]))
    result = polished(problem)
    assert force(problem, result, 1, 0).bars == (Bar(cause=Cause.MISSING, shift=0, job=0),)


def test_a_part_used_elsewhere_is_given_back() -> None:
    street = quiet_street()
    crew = (replace(street.technicians[0], parts={"ont": 1}),)
    second = replace(street.shifts[0], name="tomorrow", day=1, start=32 * HOUR, end=41 * HOUR)
    jobs = tuple(replace(job, parts={"ont": 1}) for job in street.jobs)
    jobs = (replace(jobs[0], shifts=frozenset({0})), replace(jobs[1], shifts=frozenset({1})))
    problem = replace(street, technicians=crew, shifts=(*street.shifts, second), jobs=jobs)
    result = polished(problem)
    (left,) = result.unassigned
    found = force(problem, result, left.job, 0)
    assert found.result is not None
    assert check(problem, found.result) == []
    assert [moved.job for moved in found.moved] == [1 - left.job]


@pytest.mark.parametrize(("job", "technician"), [(6, 0), (-1, 0), (0, 3), (0, -1)])
def test_what_the_problem_does_not_have_is_an_error(job: int, technician: int) -> None:
    problem = small_town()
    with pytest.raises(ValueError, match="no job"):
        force(problem, polished(problem), job, technician)
