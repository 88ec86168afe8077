"""The first plan: regret insertion, the job that would lose most by waiting first."""

from __future__ import annotations

import math
from collections.abc import Callable

from optimizer.draft import Draft
from optimizer.insertion import Insertion, cheapest_at, least_at
from optimizer.meeting import pair_cost, place, placed

Halted = Callable[[], bool]
"""Asked between steps: time to stop?"""


def never() -> bool:
    """For a search without a limit."""
    return False


def fill(draft: Draft, halted: Halted = never) -> None:
    """Insert jobs without a place while that costs less than leaving them out, by regret; first those who go with another.

    The regret of a job is what its second best shift costs more than its best (or leaving it out, if that is less). When
    `halted`, the rest goes one by one to its cheapest place, and stops soon.
    """
    table = Regret(draft)
    left_out = draft.left_out()
    for job in sorted(left_out, key=lambda job: -pair_cost(draft, job)):
        if draft.ground.partner[job] is not None and draft.shift_of[job] < 0:
            placed(draft, job)
    for job in left_out:
        if draft.ground.partner[job] is None:
            table.add(job)
        if halted():
            return hurry(draft, halted)
    while table.waiting:
        if halted():
            return hurry(draft, halted)
        job, insertion = table.next()
        table.drop(job)
        if insertion is not None:
            place(draft, insertion)
            table.refresh(insertion.shift)
    return None


def hurry(draft: Draft, halted: Halted = never) -> None:
    """Insert the dearest first, each at its cheapest place: under a second for 500 jobs, and where outages outweigh
    travel often better than regret. Once `halted`, only mandatory jobs."""
    for job in sorted(draft.left_out(), key=lambda job: -pair_cost(draft, job)):
        if draft.shift_of[job] < 0 and (not halted() or draft.ground.problem.jobs[job].mandatory):
            placed(draft, job)


class Regret:
    """What each waiting job costs in each shift, and the two best of each job.

    Most entries stay lower bounds: an insertion is priced exactly only when it could be one of a job's two best.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.waiting: dict[int, dict[int, float]] = {}
        self.exact: dict[int, dict[int, Insertion]] = {}
        self.best: dict[int, tuple[float, int, float]] = {}
        """Of each job: least cost, its shift, and the second least cost or that of leaving it out."""

    def add(self, job: int) -> None:
        """Price the job in all its shifts."""
        self.waiting[job], self.exact[job] = {}, {}
        for shift in self.draft.ground.candidates[job]:
            self._bound(job, shift)
        self._rank(job)

    def drop(self, job: int) -> None:
        """The job waits no longer."""
        del self.waiting[job], self.exact[job], self.best[job]

    def next(self) -> tuple[int, Insertion | None]:
        """The job with the largest regret and its best insertion, None if leaving it out is cheaper."""
        job = max(self.best, key=self._regret)
        least, shift, _ = self.best[job]
        if least >= self.draft.ground.left_out[job]:
            return job, None
        return job, self.exact[job][shift]

    def _regret(self, job: int) -> float:
        least, _, second = self.best[job]
        return second - least if least < math.inf else -math.inf

    def refresh(self, changed: int) -> None:
        """Price all waiting jobs anew where the change of one shift may have touched them."""
        ground = self.draft.ground
        fair = bool(ground.problem.weights.unfairness)
        together = ground.shifts_of[ground.technician[changed]]
        for job, row in self.waiting.items():
            wanted = ground.problem.jobs[job]
            passes = bool(ground.depots and (wanted.parts or wanted.tools))
            touched = together if fair or wanted.parts or passes else (changed,)
            again = False
            for shift in touched:
                if shift in row or (passes and shift in ground.candidates[job]):
                    known = self.exact[job].pop(shift, None) is not None
                    self._bound(job, shift)
                    again |= known or row.get(shift, math.inf) < self.best[job][2]
            if again:
                self._rank(job)

    def _bound(self, job: int, shift: int) -> None:
        """A shift that cannot take the job now never will: rows only fill up (save for freak matrices), unless somebody comes to
        pass by a depot."""
        bound = least_at(self.draft, job, shift)
        if bound < math.inf:
            self.waiting[job][shift] = bound
        else:
            self.waiting[job].pop(shift, None)

    def _price(self, job: int, shift: int) -> None:
        found = cheapest_at(self.draft, job, shift)
        if found is None:
            del self.waiting[job][shift]
        else:
            self.waiting[job][shift], self.exact[job][shift] = found.cost, found

    def _rank(self, job: int) -> None:
        """Find the two best, pricing exactly what looks best until both are exact."""
        exact, row, left_out = self.exact[job], self.waiting[job], self.draft.ground.left_out[job]
        while True:
            least, second, where, runner_up = math.inf, math.inf, -1, -1
            for shift, cost in row.items():
                if cost < least:
                    second, runner_up = least, where
                    least, where = cost, shift
                elif cost < second:
                    second, runner_up = cost, shift
            if where >= 0 and where not in exact:
                self._price(job, where)
            elif runner_up >= 0 and runner_up not in exact and second < left_out:
                self._price(job, runner_up)
            else:
                break
        self.best[job] = (least, where, min(second, left_out))
