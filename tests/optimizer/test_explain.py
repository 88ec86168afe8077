"""The reasons given are true: forcing the change that is named makes the job fit."""

from __future__ import annotations

import msgspec
import pytest

from optimizer.draft import Draft
from optimizer.explain import block, explained, why_not
from optimizer.ground import FOREVER, Ground
from optimizer.problem import Depot, Problem, Technician, Window
from optimizer.result import Block, Change, Hint, Result
from optimizer.schedule import timing
from optimizer.solve import solve
from tests.optimizer.worlds import HOUR, quiet_street, tiny

replace = msgspec.structs.replace


def answered(seed: int) -> tuple[Problem, Result]:
    problem = tiny(seed)
    return problem, solve(problem, iterations=1_000)


def feasible(
    problem: Problem, result: Result, job: int, shift: int, any_time: bool = False, alone: bool = False
) -> bool:
    """By every position, skills and stock aside; `alone`: beside nothing but what is frozen."""
    ground = Ground(problem)
    draft = Draft.of(ground, result.routes)
    row, override = draft.rows[shift], {job: ((0, FOREVER),)} if any_time else None
    if alone:
        row = ground.chains[shift]
    return any(
        timing(ground, shift, [*row[:n], job, *row[n:]], override) is not None
        for n in range(len(ground.chains[shift]), len(row) + 1)
    )


def test_blocks_are_true_and_the_first_of_their_order() -> None:
    seen: set[Block] = set()
    for seed in range(120):
        problem, result = answered(seed)
        draft = Draft.of(Ground(problem), result.routes)
        for left in result.unassigned:
            assert sum(left.blocks.values()) == len(problem.shifts), "nothing profitable was left out"
            for shift in range(len(problem.shifts)):
                found = block(draft, left.job, shift)
                assert found == true_block(problem, result, left.job, shift), (seed, left.job, shift)
                assert found is not None
                seen.add(found)
    assert seen == set(Block) - {Block.PARTNER}


def true_block(problem: Problem, result: Result, job: int, shift: int) -> Block:
    """In the plainest way."""
    wanted, index = problem.jobs[job], problem.shifts[shift].technician
    technician = problem.technicians[index]
    used = [
        problem.jobs[stop.job].parts.get("p", 0)
        for route in result.routes
        for stop in route.stops
        if problem.shifts[route.shift].technician == index
    ]
    if wanted.skills - technician.skills:
        return Block.SKILL
    if wanted.tools - technician.tools:
        return Block.TOOL
    if wanted.parts.get("p", 0) and sum(used) + 1 > technician.parts.get("p", 0):
        return Block.PART
    if index in wanted.excluded:
        return Block.EXCLUDED
    if wanted.shifts is not None and shift not in wanted.shifts:
        return Block.LOCKED
    if feasible(problem, result, job, shift):
        return Block.PRICE
    limit = problem.shifts[shift].end + technician.overtime_max_s - wanted.service_s
    meets = not wanted.windows or any(
        w.earliest <= limit and w.latest >= problem.shifts[shift].start for w in wanted.windows
    )
    if not meets or feasible(problem, result, job, shift, any_time=True):
        return Block.WINDOW
    if feasible(problem, result, job, shift, alone=True):
        return Block.PRIORITY
    return Block.WINDOW if feasible(problem, result, job, shift, any_time=True, alone=True) else Block.SHIFT


def relieved(problem: Problem, job: int, hint: Hint) -> Problem:
    """The problem with the change that the hint names."""
    wanted = problem.jobs[job]
    assert hint.shift is not None
    shift = problem.shifts[hint.shift]
    technician = problem.technicians[shift.technician]
    if hint.kind == Change.OVERTIME:
        technician = replace(technician, overtime_max_s=technician.overtime_max_s + (hint.seconds or 0))
    elif hint.kind == Change.WINDOW:
        wider = [
            (max(0, w.earliest - (hint.seconds or 0)), w.latest + (hint.seconds or 0)) for w in wanted.windows
        ]
        low, high = min(low for low, _ in wider), max(high for _, high in wider)
        gaps = (Window(earliest=low, latest=high),) if len(wider) > 1 and wider[0][1] >= wider[1][0] else None
        wanted = replace(wanted, windows=gaps or tuple(Window(earliest=a, latest=b) for a, b in wider))
    elif hint.kind == Change.PRICE:
        wanted = replace(wanted, prize=wanted.prize + (hint.seconds or 0))
    else:
        technician = _equipped(technician, hint)
    jobs, crew = list(problem.jobs), list(problem.technicians)
    jobs[job], crew[shift.technician] = wanted, technician
    return replace(problem, jobs=tuple(jobs), technicians=tuple(crew))


def _equipped(technician: Technician, hint: Hint) -> Technician:
    missing = hint.missing or ""
    if hint.kind == Change.SKILL:
        return replace(technician, skills=technician.skills | {missing})
    if hint.kind == Change.TOOL:
        return replace(technician, tools=technician.tools | {missing})
    return replace(technician, parts={**technician.parts, missing: 99})


def test_the_change_that_a_hint_names_makes_the_job_fit() -> None:
    kinds: set[Change] = set()
    for seed in range(120):
        problem, result = answered(seed)
        for left in result.unassigned:
            assert left.hint is not None
            kinds.add(left.hint.kind)
            if left.hint.kind == Change.NONE or left.hint.shift is None:
                continue
            after = relieved(problem, left.job, left.hint)
            later = why_not(after, result.routes, left.job, left.hint.shift)
            expected = {None} if left.hint.kind == Change.PRICE else {None, Block.PRICE}
            assert later in expected, (seed, left)
    assert kinds >= {Change.OVERTIME, Change.WINDOW, Change.PART, Change.SKILL}


def test_a_minute_too_long_is_a_minute_of_overtime() -> None:
    problem = quiet_street()
    jobs = (problem.jobs[0], replace(problem.jobs[1], service_s=8 * HOUR - 1800 + 60))
    result = solve(replace(problem, jobs=jobs), iterations=1_000)
    (left,) = result.unassigned
    assert left.blocks == {Block.PRIORITY: 1}
    assert left.hint == Hint(kind=Change.OVERTIME, shift=0, seconds=60)


def test_a_job_that_is_longer_than_the_day_is_not_left_out_for_others() -> None:
    problem = quiet_street()
    jobs = (problem.jobs[0], replace(problem.jobs[1], service_s=9 * HOUR))
    (left,) = solve(replace(problem, jobs=jobs), iterations=1_000).unassigned
    assert left.blocks == {Block.SHIFT: 1}
    assert left.hint == Hint(kind=Change.OVERTIME, shift=0, seconds=HOUR + 1800)


def test_where_there_is_a_depot_only_time_keeps_a_part_away() -> None:
    problem = quiet_street()
    long = replace(problem.jobs[1], service_s=9 * HOUR, parts={"ont": 1})
    asked = replace(problem, jobs=(problem.jobs[0], long))
    assert why_not(asked, (), 1, 0) == Block.PART
    assert why_not(replace(asked, depots=(Depot(place=2),)), (), 1, 0) == Block.SHIFT


@pytest.mark.parametrize("seed", range(5))
def test_explaining_twice_says_the_same(seed: int) -> None:
    problem, result = answered(seed)
    assert explained(problem, result) == result
