"""The reasons given are true: forcing the change that is named makes the job fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
import pytest

from optimizer.draft import Draft
from optimizer.explain import block, explained, why_not
from optimizer.ground import FOREVER, Ground
from optimizer.insertion import extra
from optimizer.meeting import Meetings
from optimizer.problem import Depot, Problem, Technician, Window, service_s
from optimizer.result import Block, Change, Hint, Result
from optimizer.solve import solve
from tests.optimizer.brute import rows_with
from tests.optimizer.worlds import HOUR, quiet_street, rich, tiny

replace = msgspec.structs.replace


WORLDS = pytest.mark.parametrize("world", [tiny, rich])
World = Callable[[int], Problem]


def answered(seed: int, world: World = tiny) -> tuple[Problem, Result]:
    problem = world(seed)
    return problem, solve(problem, iterations=1_000)


@WORLDS
def test_blocks_are_true_and_the_first_of_their_order(world: World) -> None:
    seen: set[Block] = set()
    fitting = 0
    for seed in range(150):
        problem, result = answered(seed, world)
        draft = Draft.of(Ground(problem), result.routes)
        for left in result.unassigned:
            found = [block(draft, left.job, shift) for shift in range(len(problem.shifts))]
            assert found == [true_block(draft, left.job, shift) for shift in range(len(found))], (seed, left)
            assert left.blocks == Counter(one for one in found if one is not None)
            fitting += None in found
            seen |= {one for one in found if one is not None}
    assert seen == set(Block) - ({Block.PARTNER} if world is tiny else set())
    assert fitting <= (0 if world is tiny else 6), (
        "nothing profitable was left out, but for two who did not find each other"
    )


def true_block(draft: Draft, job: int, shift: int) -> Block | None:
    """In the plainest way."""
    ground, problem = draft.ground, draft.ground.problem
    wanted, index = problem.jobs[job], ground.technician[shift]
    technician, row, chain = problem.technicians[index], draft.rows[shift], ground.chains[shift]
    if wanted.skills - technician.skills:
        return Block.SKILL
    lacking = true_lack(draft, job, shift)
    if lacking is not None and not problem.depots:
        return lacking
    if index in wanted.excluded:
        return Block.EXCLUDED
    if wanted.shifts is not None and shift not in wanted.shifts:
        return Block.LOCKED
    limit = problem.shifts[shift].end + technician.overtime_max_s - service_s(technician, wanted)
    if wanted.windows and not any(
        w.earliest <= limit and w.latest >= problem.shifts[shift].start for w in wanted.windows
    ):
        return Block.WINDOW

    def fits(rows: Iterable[list[int]], any_time: bool = False) -> bool:
        always: dict[int, tuple[tuple[int, int], ...]] = {job: ((0, FOREVER),)}
        override = always if any_time else None
        return any(draft.timing(shift, row, override) is not None for row in rows)

    if fits(rows_with(draft, job, shift)):
        return true_price(draft, job, shift)
    if lacking is not None and fits([*row[:n], job, *row[n:]] for n in range(len(chain), len(row) + 1)):
        return lacking
    if fits(rows_with(draft, job, shift), any_time=True):
        return Block.WINDOW
    alone = [[*chain, job]] if lacking is None else [[*chain, depot, job] for depot in ground.depots]
    if fits(alone):
        return Block.PRIORITY
    if fits(alone, any_time=True):
        return Block.WINDOW
    return lacking if lacking is not None and fits([[*chain, job]]) else Block.SHIFT


def true_lack(draft: Draft, job: int, shift: int) -> Block | None:
    """What the technician has not, and has not fetched in an earlier shift, or on the way to the first stop."""
    ground = draft.ground
    wanted, index = ground.problem.jobs[job], ground.technician[shift]
    technician, used = ground.problem.technicians[index], Counter[str](wanted.parts)
    for other in sorted(ground.shifts_of[index], key=lambda one: ground.start[one]):
        for stop in draft.rows[other]:
            if stop >= ground.jobs:
                if ground.start[other] < ground.start[shift]:
                    return None
                break
            used.update(ground.problem.jobs[stop].parts)
        else:
            continue
        break
    if wanted.tools - technician.tools:
        return Block.TOOL
    short = any(n and used[part] > technician.parts.get(part, 0) for part, n in wanted.parts.items())
    return Block.PART if short else None


def true_price(draft: Draft, job: int, shift: int) -> Block | None:
    """It fits: with whom it goes, too, and for less than leaving it out?"""
    left_out, partner = draft.ground.left_out, draft.ground.partner[job]
    if partner is None:
        costs = [
            extra(draft, shift, times)
            for row in rows_with(draft, job, shift)
            if (times := draft.timing(shift, row)) is not None
        ]
        return None if min(costs) < left_out[job] else Block.PRICE
    meeting = Meetings(draft, job).best((shift,))
    if meeting is None:
        return Block.PARTNER
    return None if meeting.cost < left_out[job] + left_out[partner] else Block.PRICE


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


@WORLDS
def test_the_change_that_a_hint_names_makes_the_job_fit(world: World) -> None:
    kinds: set[Change] = set()
    for seed in range(120):
        problem, result = answered(seed, world)
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
    assert (Change.PARTNER in kinds) == (world is rich)


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
