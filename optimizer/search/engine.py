"""The search engine: a first plan, then annealing by several threads that share the map, with borders that move."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from random import Random
from typing import Final

import numpy as np

from optimizer.construct import Halted
from optimizer.problem import MANDATORY, Problem
from optimizer.result import Result, Route
from optimizer.search.answer import answer, plan_of
from optimizer.search.layout import (
    DURATION,
    GOAL,
    HOME,
    LEFT_OUT,
    PLACE,
    SHIFT_USED,
    SPEED,
    Layout,
    Row,
    layout_of,
)
from optimizer.search.pool import Pool
from optimizer.search.team import Member, Plan, joined, shares
from optimizer.search.times import COUNT, JOB, WAY
from optimizer.watch import OnProgress, Watch

HOT: Final = 3.0
"""Temperature at the start, in what a job costs on average,"""
COLD: Final = 0.05
"""and at the end."""
SCARCE: Final = 4.0
"""So many times as much as the way there can it cost on average, for jobs being left out."""
WARM: Final = 0.5
"""At the start from a plan that is worth keeping."""
AGAIN: Final = 1.0
"""At the start of another cycle, where there is time."""
CYCLE_TURNS: Final = 20_000
"""Most turns for each job and thread of one cycle."""
ROUNDS: Final = 60
"""Of a cycle."""
REMEMBERED_FROM: Final = 0.3
"""Routes are remembered from this share of a cycle on: earlier ones are of no use,"""
MIXED_EVERY: Final = 10
"""and recombined every so many rounds; after each time that nothing came of it, in twice as many."""
DEAR: Final = 50.0
"""A round is dear that costs so many ways to a stop: then there are to be few of them first,"""
FEWER: Final = 0.3
"""for so much of the time."""
SHARED_FROM: Final = 60
"""Stops for each thread, from which on the map is shared,"""
SHARED_ROUTES: Final = 7
"""and routes: of few long ones, each thread needs all."""
USED: Final = 0.98
"""Share of the time given in which is searched."""


class Run:
    """One search, from the first plan to the best."""

    def __init__(self, layout: Layout, *, seed: int, threads: int) -> None:
        self.layout = layout
        self.random = Random(seed)
        self.members = [Member(layout, number, threads, seed) for number in range(threads)]
        self.best: Plan = self.members[0].now()
        self.mixed, self.patience = 0, MIXED_EVERY
        self.pool = Pool(layout)
        self.threads = ThreadPoolExecutor(threads) if threads > 1 else None

    def begin(self, warm: Plan | None) -> None:
        """The first plan: the dearest jobs first, others by the narrowness of their windows or at random; the best of these."""
        first = self.members[0]
        start = first.now() if warm is None else warm
        if warm is not None:
            self._hold(warm)
        # one job alone may not pay for a round that several together would
        bold = (False, True) if self.layout.price[SHIFT_USED] else (False,)
        for key, generous in product((0,) if warm is not None else (0, 3, 6, -1), bold):
            first.take(start)
            first.fill(key, generous=generous)
            first.fill(0, thorough=True)
            self.offer(first.now())
        self.now = self.best

    def _hold(self, warm: Plan) -> None:
        """Of mandatory jobs, those that have a place come before all that have none: a promise that can be kept is not given up
        for another one."""
        first, jobs = self.members[0], self.layout.jobs
        nothing = first.now()
        first.take(warm)
        rate = self.layout.rate[:jobs, LEFT_OUT]
        mandatory, placed = rate >= MANDATORY, first.search.where[:jobs] >= 0
        rate[mandatory & placed] += MANDATORY * np.count_nonzero(mandatory & ~placed)
        first.take(nothing)
        self.best = first.now()

    def offer(self, plan: Plan) -> bool:
        """Keep the plan if it is the best."""
        if plan.cost < self.best.cost - 1e-6:
            self.best = plan
            return True
        return False

    def scale(self) -> float:
        """What a job costs on average: the way to it, or to leave it out if it may be."""
        first, layout = self.members[0], self.layout
        first.take(self.best)
        counts = first.routes.state[:, COUNT]
        ways = (
            sum(
                float(first.routes.rate[shift, : count + 1, WAY].sum())
                # where it is paid for being out, that is the price of the way, too
                + driven_s(layout, shift, first.routes.stop[shift, 1 : count + 1, JOB])
                * layout.price[DURATION]
                for shift, count in enumerate(counts)
                if count
            )
            / max(1, int(counts.sum()))
        )
        prices = layout.rate[: layout.jobs, LEFT_OUT]
        dear = (first.search.where < 0) & (prices < MANDATORY) & layout.allowed[: layout.jobs].any(axis=1)
        left_out = float(prices[dear].sum()) / layout.jobs
        return max(1.0, ways + min(left_out, (SCARCE - 1) * ways))

    def sharing(self) -> bool:
        """Each thread has its part of the map; else each works on the whole."""
        threads, counts = len(self.members), self.now.counts
        enough = counts.sum() >= SHARED_FROM * threads and np.count_nonzero(counts) >= SHARED_ROUTES * threads
        return threads > 1 and bool(enough)

    def round(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        """All threads for about so long; turns made."""
        return (self._shared if self.sharing() else self._side_by_side)(seconds, turns, hot, cold)

    def _each(self, work: Callable[[Member], int]) -> int:
        """In all threads at once; the turns made."""
        return sum(map(work, self.members) if self.threads is None else self.threads.map(work, self.members))

    def _anneal(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        return self._each(lambda member: member.anneal(seconds, turns, hot, cold))

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

    def recombine(self, seconds: float, steady: bool) -> None:
        """A cheaper plan of routes that were met."""
        self.mixed, self.patience = 0, 2 * self.patience
        found = self.pool.best(self.best, seconds, len(self.members), steady)
        if found is None:
            return
        first = self.members[0]
        first.take(found)
        first.fill(0)
        if self.offer(first.now()):
            self.now, self.patience = self.best, MIXED_EVERY

    def remember(self) -> None:
        """The routes of the plan now and of the best."""
        first = self.members[0]
        for plan in (self.now, self.best):
            first.take(plan)
            self.pool.add(first)

    def search(self, watch: Watch, told: Callable[[Plan], None], iterations: int | None, heat: float) -> None:
        """Anneal until the watch says stop; again, less hot, from the best plan, where there is time for that."""
        jobs, made = max(1, self.layout.jobs), 0
        while not watch.halted():
            begun, turns_begun = watch.elapsed(), made
            left = watch.left()
            most = CYCLE_TURNS * jobs * len(self.members) if iterations is None else iterations
            share = 0.0
            while share < 1.0 and not watch.halted():
                after = min(1.0, share + 1 / ROUNDS)
                scale = self.scale()
                hot, cold = (scale * heat * (COLD / heat) ** part for part in (share, after))
                turns = None if iterations is None else max(1, most // ROUNDS)
                made += self.round(max(0.02, min(left / ROUNDS, watch.left())), turns, hot, cold)
                if after > REMEMBERED_FROM:
                    self.remember()
                self.mixed += 1
                if self.mixed >= self.patience and self.pool.fresh:
                    self.recombine(left / ROUNDS if iterations is None else 1.0, iterations is not None)
                told(self.best)
                share = (made - turns_begun) / most
                if iterations is None:
                    share = max(share, (watch.elapsed() - begun) / max(left, 1e-3))
            if iterations is not None:
                return
            self.now, heat = self.best, min(heat, AGAIN)

    def shrink(self, watch: Watch, told: Callable[[Plan], None], iterations: int | None) -> None:
        """Fewer rounds first, where one costs more than any detour that would save it, for a share of the time; each thread by
        itself."""
        price, heat = float(self.layout.price[SHIFT_USED]), self.scale() * COLD
        if price < DEAR * self.scale() or served(self.layout, self.best) < self.layout.jobs:
            return
        seconds = watch.left() * FEWER / ROUNDS
        turns = None if iterations is None else max(1, int(iterations * FEWER) // ROUNDS)
        bound = rounds_needed(self.layout)
        for _ in range(ROUNDS):
            if watch.halted() or np.count_nonzero(self.best.counts) <= bound:
                break
            self._each(lambda member: member.fewer(seconds, turns, heat))
            for member in self.members:
                self.offer(member.best())
            for member in self.members:
                if member.least > self.best.cost + price / 2:
                    member.take(self.best)
            told(self.best)
        self.now = self.best

    def end(self) -> None:
        """Whatever pays has a place, wherever that is."""
        first = self.members[0]
        first.take(self.best)
        first.fill(0, thorough=True)
        # a job may pay only once another at the same place is served
        while self.offer(first.now()):
            first.fill(0, thorough=True)


def driven_s(layout: Layout, shift: int, jobs: Row) -> int:
    """From home by these jobs to where the shift ends."""
    home, goal, speed = layout.shift[shift, [HOME, GOAL, SPEED]]
    places = np.concatenate(([home], layout.job[jobs, PLACE], [goal]))
    return int(layout.travel[speed, places[:-1], places[1:]].sum())


def rounds_needed(layout: Layout) -> int:
    """Fewer cannot carry the parts that all jobs need."""
    needed, most = layout.need[: layout.jobs].sum(axis=0), layout.stock.max(axis=0, initial=1)
    return int(np.ceil(needed / np.maximum(most, 1)).max(initial=1)) if not layout.depots else 1


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

    `warm`: routes to start from; they are repaired and filled up, and given up only for something cheaper. A mandatory job that
    has a place in them, once they are repaired, has one in the answer.
    `on_progress` hears of each better plan. `should_stop` is asked all the time: true means "good enough".
    `stall_share`: give up after this share of `seconds` without a better plan.
    `iterations`: turns instead of the clock: the same answer every time, whatever the number of `threads` is.
    The result's `unassigned` carry no reasons yet (`explain.explained` adds them).
    """
    watch = Watch(seconds, stall_share, should_stop, iterations is not None, used=USED)
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
        run.shrink(watch, told, iterations)
        run.search(watch, told, iterations, WARM if warm else HOT)
        run.end()
    return answer(problem, run.members[0], run.best, watch.elapsed(), watch.stopped_by)
