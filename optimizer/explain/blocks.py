"""Why a job was left out: for each shift the first thing that blocks it, counted, and the smallest change that would help.

Everything is asked of the final routes and answered exactly, by trying every position with the exact schedule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from optimizer.draft import Draft
from optimizer.ground import FOREVER, Ground, Windows
from optimizer.insertion import cheapest_at
from optimizer.problem import Problem, Window
from optimizer.result import Block, Change, Hint, Result, Route, Unassigned
from optimizer.schedule import Timing, timing

ANY_TIME: Windows = ((0, FOREVER),)
GAP_MAX_S = 12 * 3_600
"""Another time of the day may be proposed, not another day."""
ORDER = {change: rank for rank, change in enumerate(Change)}


def explained(problem: Problem, result: Result) -> Result:
    """The same result with the reasons of every unassigned job filled in."""
    draft = taken_over(problem, result.routes)
    reasons = tuple(explain(draft, left.job) for left in result.unassigned)
    return msgspec.structs.replace(result, unassigned=reasons)


def why_not(problem: Problem, routes: Sequence[Route], job: int, shift: int) -> Block | None:
    """The first thing that keeps `job` out of `shift`, given the other routes; None if it fits and pays."""
    return block(taken_over(problem, routes), job, shift)


def taken_over(problem: Problem, routes: Sequence[Route]) -> Draft:
    """These routes as a draft, in which jobs that have met their partners stay at that instant, whatever is tried around them."""
    at = {stop.job: stop.start for route in routes for stop in route.stops}
    jobs = [
        msgspec.structs.replace(job, windows=(Window(earliest=at[index], latest=at[index]),))
        if job.partner is not None and not job.frozen and index in at and at[index] == at.get(job.partner)
        else job
        for index, job in enumerate(problem.jobs)
    ]
    return Draft.of(Ground(msgspec.structs.replace(problem, jobs=tuple(jobs))), routes)


def explain(draft: Draft, job: int) -> Unassigned:
    """What blocks the job in each shift, counted, and the smallest single change found that would make it fit."""
    counts: dict[Block, int] = {}
    hint = Hint(kind=Change.NONE)
    alone = draft.ground.problem.jobs[job].partner is None
    for shift in range(len(draft.rows)):
        blocked = block(draft, job, shift)
        if blocked is None:
            continue
        counts[blocked] = counts.get(blocked, 0) + 1
        if not alone:
            # no change of its own would be enough
            hint = Hint(kind=Change.PARTNER) if Block.PARTNER in counts else hint
            continue
        offered = _hint(draft, job, shift, blocked, hint)
        if offered is not None and _rank(offered) < _rank(hint):
            hint = offered
    return Unassigned(job=job, blocks=counts, hint=hint)


def _rank(hint: Hint) -> tuple[int, int]:
    return ORDER[hint.kind], hint.seconds or 0


def block(draft: Draft, job: int, shift: int, may_fit: bool = True) -> Block | None:
    """The first block in the order of `Block`; None if the job fits for less than leaving it out.

    `may_fit` false: insertion has found already that it does not fit.
    """
    ground, wanted = draft.ground, draft.ground.problem.jobs[job]
    index = ground.technician[shift]
    technician = ground.problem.technicians[index]
    if not wanted.skills <= technician.skills:
        return Block.SKILL
    lacking = _lacking(draft, job, shift)
    if lacking is not None and not ground.problem.depots:
        return lacking
    if index in wanted.excluded:
        return Block.EXCLUDED
    if wanted.shifts is not None and shift not in wanted.shifts:
        return Block.LOCKED
    if lacking is not None and not ground.qualified(job, shift):
        return lacking
    return _timed_block(draft, job, shift, lacking, may_fit)


def _lacking(draft: Draft, job: int, shift: int) -> Block | None:
    """What the technician has not with him; at a depot it may be had."""
    wanted = draft.ground.problem.jobs[job]
    technician = draft.ground.problem.technicians[draft.ground.technician[shift]]
    if not wanted.tools <= technician.tools:
        return Block.TOOL
    return None if draft.stocked(job, shift) else Block.PART


def _timed_block(draft: Draft, job: int, shift: int, lacking: Block | None, may_fit: bool) -> Block | None:
    if not draft.ground.reaches(job, shift, draft.ground.windows[job]):
        return Block.WINDOW
    found = cheapest_at(draft, job, shift) if may_fit else None
    if found is not None:
        if draft.ground.problem.jobs[job].partner is not None:
            return Block.PARTNER
        return None if found.cost < draft.ground.left_out[job] else Block.PRICE
    if lacking is not None and _fits(draft, job, shift, None):
        return lacking
    if cheapest_at(draft, job, shift, ANY_TIME) is not None:
        return Block.WINDOW
    if _alone(draft, job, shift, None):
        return Block.PRIORITY
    return Block.WINDOW if _alone(draft, job, shift, ANY_TIME) else Block.SHIFT


def _alone(draft: Draft, job: int, shift: int, windows: Windows | None) -> bool:
    """It would fit if nothing else were in the shift but what is frozen."""
    override = None if windows is None else {job: windows}
    return timing(draft.ground, shift, [*draft.ground.chains[shift], job], override) is not None


def _tries(
    draft: Draft, job: int, shift: int, windows: Windows | None, limit: int | None = None
) -> list[tuple[int, Timing]]:
    """Position and times of every feasible insertion, stock and skills aside."""
    row, override = draft.rows[shift], None if windows is None else {job: windows}
    found: list[tuple[int, Timing]] = []
    for position in range(len(draft.ground.chains[shift]), len(row) + 1):
        times = timing(draft.ground, shift, [*row[:position], job, *row[position:]], override, limit)
        if times is not None:
            found.append((position, times))
    return found


def _fits(draft: Draft, job: int, shift: int, windows: Windows | None) -> bool:
    return bool(_tries(draft, job, shift, windows))


def _hint(draft: Draft, job: int, shift: int, blocked: Block, best: Hint) -> Hint | None:
    """What alone would open this shift for the job; None also if that cannot be better than `best`."""
    if blocked in (Block.PRIORITY, Block.SHIFT):
        return _longer(draft, job, shift)
    if blocked == Block.WINDOW and ORDER[best.kind] >= ORDER[Change.WINDOW]:
        most = best.seconds - 1 if best.kind == Change.WINDOW and best.seconds else GAP_MAX_S
        return _other_time(draft, job, shift, most)
    if blocked == Block.PRICE:
        found = cheapest_at(draft, job, shift)
        short = math.inf if found is None else found.cost - draft.ground.left_out[job]
        return Hint(kind=Change.PRICE, shift=shift, seconds=math.floor(short) + 1)
    if ORDER[best.kind] >= ORDER[Change.PART]:
        return _missing(draft, job, shift)
    return None


def _missing(draft: Draft, job: int, shift: int) -> Hint | None:
    """The one skill, tool or part lacking, if it is one and the job would fit with it."""
    wanted = draft.ground.problem.jobs[job]
    index = draft.ground.technician[shift]
    technician = draft.ground.problem.technicians[index]
    lacking = [(Change.SKILL, name) for name in wanted.skills - technician.skills]
    lacking += [(Change.TOOL, name) for name in wanted.tools - technician.tools]
    lacking += [(Change.PART, name) for name in draft.short_of(job, shift)]
    locked = index in wanted.excluded or (wanted.shifts is not None and shift not in wanted.shifts)
    if len(lacking) != 1 or locked or not _fits(draft, job, shift, None):
        return None
    return Hint(kind=lacking[0][0], shift=shift, missing=lacking[0][1])


def _longer(draft: Draft, job: int, shift: int) -> Hint | None:
    """The least overtime beyond what is allowed."""
    backs = [times.back for _, times in _tries(draft, job, shift, None, FOREVER)]
    if not backs:
        return None
    return Hint(kind=Change.OVERTIME, shift=shift, seconds=max(1, min(backs) - draft.ground.limit[shift]))


def _other_time(draft: Draft, job: int, shift: int, most: int) -> Hint | None:
    """The least number of seconds, up to `most`, by which a start outside its windows would do (by bisection)."""
    if not _fits(draft, job, shift, _wider(draft, job, most)):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if _fits(draft, job, shift, _wider(draft, job, middle)):
            high = middle
        else:
            low = middle
    return Hint(kind=Change.WINDOW, shift=shift, seconds=high)


def _wider(draft: Draft, job: int, seconds: int) -> Windows:
    return tuple((max(0, low - seconds), high + seconds) for low, high in draft.ground.windows[job])
