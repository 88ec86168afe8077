"""Why a job was left out: for each shift the first thing that blocks it, counted, and the smallest change that would help.

Everything is asked of the final routes and answered exactly, by trying every position with the exact schedule, and every way by
a depot. Two who go together are left out together: of each it is said what blocks it, and what would help while the other goes
where he can.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from optimizer.draft import Draft
from optimizer.ground import ANY_TIME, FOREVER, Ground, Windows
from optimizer.insertion import cheapest_at, orders
from optimizer.meeting import Meetings, pair_cost
from optimizer.problem import Problem
from optimizer.result import Block, Change, Hint, Result, Route, Unassigned

GAP_MAX_S = 12 * 3_600
"""Another time of the day may be proposed, not another day."""
ORDER = {change: rank for rank, change in enumerate(Change)}


def explained(problem: Problem, result: Result) -> Result:
    """The same result with the reasons of every unassigned job filled in."""
    draft = Draft.of(Ground(problem), result.routes)
    return msgspec.structs.replace(
        result, unassigned=explain_each(draft, [left.job for left in result.unassigned])
    )


def explain_each(draft: Draft, jobs: Iterable[int]) -> tuple[Unassigned, ...]:
    """`explain` of each of these."""
    return tuple(explain(draft, job) for job in jobs)


def why_not(problem: Problem, routes: Sequence[Route], job: int, shift: int) -> Block | None:
    """The first thing that keeps `job` out of `shift`, given the other routes; None if it fits and pays."""
    return block(Draft.of(Ground(problem), routes), job, shift)


def explain(draft: Draft, job: int) -> Unassigned:
    """What blocks the job in each shift, counted, and the smallest single change found that would make it fit."""
    asked = Asking(draft, job)
    counts: dict[Block, int] = {}
    hint = Hint(kind=Change.NONE)
    for shift in range(len(draft.rows)):
        blocked = asked.block(shift)
        if blocked is None:
            continue
        counts[blocked] = counts.get(blocked, 0) + 1
        offered = asked.hint(shift, blocked, hint)
        if offered is not None and _rank(offered) < _rank(hint):
            hint = offered
    return Unassigned(job=job, blocks=counts, hint=hint)


def _rank(hint: Hint) -> tuple[int, int]:
    return ORDER[hint.kind], hint.seconds or 0


def block(draft: Draft, job: int, shift: int, may_fit: bool = True) -> Block | None:
    """The first block in the order of `Block`; None if the job fits for less than leaving it out.

    `may_fit` false: insertion has found already that it does not fit.
    """
    return Asking(draft, job).block(shift, may_fit)


class Asking:
    """A job without a place, and all shifts that could take it. Who has lost his place only while it is asked where else he could
    go still meets the other (`Draft.fixed`), and is asked about as anybody else."""

    def __init__(self, draft: Draft, job: int) -> None:
        self.draft, self.job = draft, job
        self.wanted = draft.ground.problem.jobs[job]
        paired = self.wanted.partner is not None and job not in draft.fixed
        self.meetings = Meetings(draft, job) if paired else None

    def block(self, shift: int, may_fit: bool = True) -> Block | None:
        """What keeps it out of a shift."""
        ground, wanted = self.draft.ground, self.wanted
        index = ground.technician[shift]
        if not wanted.skills <= ground.problem.technicians[index].skills:
            return Block.SKILL
        lacking = self._lacking(shift)
        if lacking is not None and not ground.depots:
            return lacking
        if index in wanted.excluded:
            return Block.EXCLUDED
        if wanted.shifts is not None and shift not in wanted.shifts:
            return Block.LOCKED
        return self._timed(shift, lacking, may_fit)

    def _lacking(self, shift: int) -> Block | None:
        """What the technician has not with him all day; at a depot it may be had."""
        if not self.draft.supplied_from(self.job, shift):
            return None
        return Block.PART if self.draft.ground.equipped(self.job, shift) else Block.TOOL

    def _timed(self, shift: int, lacking: Block | None, may_fit: bool) -> Block | None:
        draft, job = self.draft, self.job
        if not draft.ground.reaches(job, shift, draft.windows(job)):
            return Block.WINDOW
        found = cheapest_at(draft, job, shift) if may_fit else None
        if found is not None:
            return self._priced(shift, found.cost)
        if lacking is not None and self._fits(shift, None, stocked=True):
            return lacking
        if cheapest_at(draft, job, shift, ANY_TIME) is not None:
            return Block.WINDOW
        if self._alone(shift, None):
            return Block.PRIORITY
        if self._alone(shift, ANY_TIME):
            return Block.WINDOW
        return lacking if lacking is not None and self._alone(shift, None, stocked=True) else Block.SHIFT

    def _priced(self, shift: int, cost: float) -> Block | None:
        if self.meetings is None:
            return None if cost < self.draft.ground.left_out[self.job] else Block.PRICE
        meeting = self.meetings.best((shift,))
        if meeting is None:
            return Block.PARTNER
        return None if meeting.cost < pair_cost(self.draft, self.job) else Block.PRICE

    def _alone(self, shift: int, windows: Windows | None, stocked: bool = False) -> bool:
        """It would fit if nothing else were in the shift but what is frozen."""
        ground, chain = self.draft.ground, self.draft.ground.chains[shift]
        override = None if windows is None else {self.job: windows}
        rows = [[*chain, self.job]]
        if not stocked and self.draft.supplied_from(self.job, shift):
            rows = [[*chain, depot, self.job] for depot in ground.depots]
        return any(self.draft.timing(shift, row, override) is not None for row in rows)

    def _backs(
        self, shift: int, windows: Windows | None, limit: int | None = None, stocked: bool = False
    ) -> list[int]:
        """When the technician would be back, for every feasible insertion; `stocked`: as if he had all that it takes."""
        override = None if windows is None else {self.job: windows}
        found: list[int] = []
        for _, row in orders(self.draft, self.job, shift, stocked):
            times = self.draft.timing(shift, row, override, limit)
            if times is not None:
                found.append(times.back)
        return found

    def _fits(self, shift: int, windows: Windows | None, stocked: bool = False) -> bool:
        return bool(self._backs(shift, windows, stocked=stocked))

    def hint(self, shift: int, blocked: Block, best: Hint) -> Hint | None:
        """What alone would open this shift for the job; None also if that cannot be better than `best`."""
        if blocked == Block.PARTNER:
            return Hint(kind=Change.PARTNER)
        if blocked in (Block.PRIORITY, Block.SHIFT):
            return self._longer(shift)
        if blocked == Block.WINDOW and ORDER[best.kind] >= ORDER[Change.WINDOW]:
            most = best.seconds - 1 if best.kind == Change.WINDOW and best.seconds else GAP_MAX_S
            return self._other_time(shift, most)
        if blocked == Block.PRICE:
            return self._dearer(shift)
        if ORDER[best.kind] >= ORDER[Change.PART]:
            return self._missing(shift)
        return None

    def _dearer(self, shift: int) -> Hint:
        """By how much the prize would have to be higher."""
        found = (
            cheapest_at(self.draft, self.job, shift)
            if self.meetings is None
            else self.meetings.best((shift,))
        )
        short = math.inf if found is None else found.cost - pair_cost(self.draft, self.job)
        if self.meetings is None and found is not None:
            short = found.cost - self.draft.ground.left_out[self.job]
        return Hint(kind=Change.PRICE, shift=shift, seconds=math.floor(short) + 1)

    def _missing(self, shift: int) -> Hint | None:
        """The one skill, tool or part lacking, if it is one and the job would fit with it."""
        draft, wanted = self.draft, self.wanted
        index = draft.ground.technician[shift]
        technician = draft.ground.problem.technicians[index]
        lacking = [(Change.SKILL, name) for name in wanted.skills - technician.skills]
        lacking += [(Change.TOOL, name) for name in wanted.tools - technician.tools]
        lacking += [(Change.PART, name) for name in draft.short_of(self.job, shift)]
        locked = index in wanted.excluded or (wanted.shifts is not None and shift not in wanted.shifts)
        if len(lacking) != 1 or locked or not self._fits(shift, self._open(shift), stocked=True):
            return None
        return Hint(kind=lacking[0][0], shift=shift, missing=lacking[0][1])

    def _open(self, shift: int, wider: int = 0) -> Windows | None:
        """When it may start, with so many seconds more before and after each window; only when the partner could come. None:
        whenever it may in any case."""
        windows = self.draft.windows(self.job)
        if wider:
            windows = tuple((max(0, low - wider), high + wider) for low, high in windows)
        if self.meetings is None:
            return windows if wider else None
        instants = self.meetings.open_to(self.draft.ground.technician[shift])
        return tuple((at, at) for at, _ in instants if any(low <= at <= high for low, high in windows))

    def _longer(self, shift: int) -> Hint | None:
        """The least overtime beyond what is allowed."""
        backs = self._backs(shift, self._open(shift), FOREVER)
        if not backs:
            return None
        more = max(1, min(backs) - self.draft.ground.limit[shift])
        return Hint(kind=Change.OVERTIME, shift=shift, seconds=more)

    def _other_time(self, shift: int, most: int) -> Hint | None:
        """The least number of seconds, up to `most`, by which a start outside its windows would do (by bisection)."""
        if most < 1 or not self._fits(shift, self._open(shift, most)):
            return None
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            if self._fits(shift, self._open(shift, middle)):
                high = middle
            else:
                low = middle
        return Hint(kind=Change.WINDOW, shift=shift, seconds=high)
