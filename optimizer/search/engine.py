"""The search engine: a first plan, then annealing by several threads that share the map, with borders that move."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Final

from optimizer.construct import Halted
from optimizer.problem import Problem
from optimizer.result import Result, Route
from optimizer.search.answer import answer, plan_of
from optimizer.search.layout import Layout, layout_of
from optimizer.search.team import Member, Plan, joined, shares
from optimizer.search.times import COUNT, WAY
from optimizer.watch import OnProgress, Watch

HOT: Final = 5.0
"""Temperature at the start, in costs of the way to a stop,"""
COLD: Final = 0.05
"""and at the end."""
WARM: Final = 0.5
"""At the start from a plan that is worth keeping."""
AGAIN: Final = 1.0
"""At the start of another cycle, where there is time."""
CYCLE_TURNS: Final = 20_000
"""Most turns for each job and thread of one cycle."""
ROUNDS: Final = 60
"""Of a cycle."""
SHARED_FROM: Final = 60
"""Stops for each thread, from which on the map is shared."""


class Run:
    """One search, from the first plan to the best."""

    def __init__(self, layout: Layout, *, seed: int, threads: int) -> None:
        self.layout = layout
        self.random = Random(seed)
        self.members = [Member(layout, number, threads, seed) for number in range(threads)]
        self.best: Plan = self.members[0].now()
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def begin(self, warm: Plan | None) -> None:
        """The first plan: the dearest jobs first, others by the narrowness of their windows or at random; the best of these."""
        first = self.members[0]
        start = first.now() if warm is None else warm
        for key in (0,) if warm is not None else (0, 3, 6, -1):
            first.take(start)
            first.fill(key)
            first.fill(0, thorough=True)
            self.offer(first.now())
        self.now = self.best

    def offer(self, plan: Plan) -> bool:
        """Keep the plan if it is the best."""
        if plan.cost < self.best.cost - 1e-6:
            self.best = plan
            return True
        return False

    @property
    def scale(self) -> float:
        """Cost of the way to a stop, on average."""
        routes = self.members[0].routes
        self.members[0].take(self.best)
        stops = int(routes.state[:, COUNT].sum())
        ways = sum(
            float(routes.rate[shift, : count + 1, WAY].sum())
            for shift, count in enumerate(routes.state[:, COUNT])
            if count
        )
        return max(1.0, ways / max(1, stops))

    def round(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        """All threads for about so long; turns made."""
        if len(self.members) > 1 and self.now.counts.sum() >= SHARED_FROM * len(self.members):
            return self._shared(seconds, turns, hot, cold)
        return self._side_by_side(seconds, turns, hot, cold)

    def _anneal(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        if self.pool is None:
            return self.members[0].anneal(seconds, turns, hot, cold)
        made = [self.pool.submit(member.anneal, seconds, turns, hot, cold) for member in self.members]
        return sum(one.result() for one in made)

    def _shared(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        """Each has its part of the map."""
        parts = shares(self.layout, self.now, len(self.members), self.random)
        for member, (live, movable) in zip(self.members, parts, strict=True):
            member.take(self.now)
            member.share(live, movable)
        begun = [member.cost for member in self.members]
        made = self._anneal(seconds, turns, hot, cold)
        gained = sum(member.least - cost for member, cost in zip(self.members, begun, strict=True))
        moved = sum(member.cost - cost for member, cost in zip(self.members, begun, strict=True))
        masks = [live for live, _ in parts]
        self.offer(
            joined(
                [(member.best(), mask) for member, mask in zip(self.members, masks, strict=True)],
                self.layout,
                begun[0] + gained,
            )
        )
        self.now = joined(
            [(member.now(), mask) for member, mask in zip(self.members, masks, strict=True)],
            self.layout,
            begun[0] + moved,
        )
        return made

    def _side_by_side(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        """Each works on the whole; the worst takes over what the best has."""
        for member in self.members:
            member.take(self.now)
        made = self._anneal(seconds, turns, hot, cold)
        for member in self.members:
            self.offer(member.best())
        self.now = min((member.now() for member in self.members), key=lambda plan: plan.cost)
        return made

    def search(self, watch: Watch, told: Callable[[Plan], None], iterations: int | None, heat: float) -> None:
        """Anneal until the watch says stop; again, less hot, from the best plan, where there is time for that."""
        scale, jobs = self.scale, max(1, self.layout.jobs)
        made, cycle = 0, 0
        while not watch.halted():
            begun, turns_begun = watch.elapsed(), made
            left = watch.left()
            most = CYCLE_TURNS * jobs * len(self.members) if iterations is None else iterations
            share = 0.0
            while share < 1.0 and not watch.halted():
                after = min(1.0, share + 1 / ROUNDS)
                hot, cold = (scale * heat * (COLD / heat) ** part for part in (share, after))
                turns = None if iterations is None else max(1, most // ROUNDS)
                made += self.round(max(0.02, left / ROUNDS), turns, hot, cold)
                told(self.best)
                share = (made - turns_begun) / most
                if iterations is None:
                    share = max(share, (watch.elapsed() - begun) / max(left, 1e-3))
            if iterations is not None:
                return
            cycle += 1
            self.now, heat = self.best, min(heat, AGAIN)

    def end(self) -> None:
        """Whatever pays has a place, wherever that is."""
        first = self.members[0]
        first.take(self.best)
        first.fill(0, thorough=True)
        # a job may pay only once another at the same place is served
        while self.offer(first.now()):
            first.fill(0, thorough=True)


def served(layout: Layout, plan: Plan) -> int:
    """How many jobs have a place."""
    return sum(
        int((row[:count] < layout.jobs).sum()) for row, count in zip(plan.rows, plan.counts, strict=True)
    )


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    warm: Sequence[Route] = (),
    on_progress: OnProgress | None = None,
    should_stop: Halted | None = None,
    stall_share: float = 0.5,
    iterations: int | None = None,
    threads: int = 1,
) -> Result:
    """Solve within `seconds` of wall-clock time, all told; raises `BadProblem`.

    `warm`: routes to start from; they are repaired and filled up, and given up only for something cheaper.
    `on_progress` hears of each better plan. `should_stop` is asked all the time: true means "good enough".
    `stall_share`: give up after this share of `seconds` without a better plan.
    `iterations`: turns instead of the clock: the same answer every time, whatever the number of `threads` is.
    The result's `unassigned` carry no reasons yet (`explain.explained` adds them).
    """
    watch = Watch(seconds, stall_share, should_stop, iterations is not None)
    layout = layout_of(problem)
    run = Run(layout, seed=seed, threads=threads)
    known = [run.best.cost]

    def told(plan: Plan) -> None:
        if plan.cost < known[0] - 0.01:
            known[0] = plan.cost
            watch.improved = time.monotonic()
            if on_progress is not None:
                on_progress(watch.progress(plan.cost, layout.jobs - served(layout, plan)))

    if layout.jobs and layout.shift.shape[0]:
        run.begin(plan_of(layout, warm) if warm else None)
        told(run.best)
        run.search(watch, told, iterations, WARM if warm else HOT)
        run.end()
    return answer(problem, run.members[0], run.best, watch.elapsed(), watch.stopped_by)
