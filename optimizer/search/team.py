"""Arrays for each thread, and how a plan is shared out among them and gathered again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

import numpy as np

from optimizer.search.inserting import MEETINGS
from optimizer.search.layout import (
    FROZEN,
    HEAD,
    HOME,
    KIND,
    LIMIT,
    PARTNER,
    PLACE,
    SHIFT,
    START,
    TECHNICIAN,
    WINDOWS,
    Flags,
    Layout,
    Row,
    Table,
)
from optimizer.search.moves import anneal, fewer, fill, keep, load_rows, tidy
from optimizer.search.places import KNOWN_COLUMNS, PLACE_COLUMNS, RANDOM, STRIDE, TALLIES, VERSIONS, Search
from optimizer.search.times import COUNT, JOB, STATE_COLUMNS, STOP_COLUMNS, SUM_COLUMNS, Routes, fix

REMOVED: Final = 10.0
"""Stops taken out at a time, on average."""
PIECE: Final = 0.2
"""Of a thread's time, after which it looks at the clock."""
RATE_MAX: Final = 1e7
"""Turns a second; where nothing may change, turns take no time at all."""


class Plan(NamedTuple):
    """A whole plan, without times."""

    rows: Table
    """(S, C) jobs of each shift in order; pseudo jobs are depots."""
    counts: Row
    fixed: Row
    cost: float


class Member:
    """One thread's arrays."""

    def __init__(self, layout: Layout, number: int, of: int, seed: int) -> None:
        self.layout = layout
        room = room_of(layout)
        self.routes, self.search = routes_of(layout, room), search_of(layout, room)
        tally = self.search.tally
        tally[VERSIONS], tally[STRIDE] = number + 1, of
        tally[RANDOM] = (seed * 7919 + number * 104_729 + 1) % 2_147_483_646 + 1
        self.rate = 2000.0
        """Turns a second."""
        self.take(empty(layout))

    def take(self, plan: Plan) -> None:
        """Make this the plan; all of it may be changed."""
        self.routes.fixed[:] = plan.fixed
        if self.layout.pairs:
            for job in np.flatnonzero(self.layout.job[:, PARTNER] >= 0):
                fix(self.layout, self.routes, int(job), int(plan.fixed[job]))
        everything = np.ones(len(plan.counts), np.int8)
        load_rows(self.layout, self.routes, self.search, plan.rows, plan.counts, everything)
        self.share(everything, np.ones(self.layout.jobs, np.int8))

    def share(self, live: Flags, movable: Flags) -> None:
        """Change these shifts and insert these jobs only, until a plan is taken."""
        self.search.live[:], self.search.movable[:] = live, movable
        tidy(self.layout, self.routes, self.search)
        keep(self.layout, self.routes, self.search)

    def fill(self, key: int = -1, *, thorough: bool = False, generous: bool = False) -> None:
        """Insert what pays: by a key of the layout, or at random."""
        fill(self.layout, self.routes, self.search, key, thorough, generous)

    def fewer(self, seconds: float, turns: int | None, heat: float) -> int:
        """Give up rounds, for about so long or so many turns; how many turns."""
        layout, routes, search = self.layout, self.routes, self.search
        return self.timed(
            seconds, turns, lambda turns, _, __: fewer(layout, routes, search, turns, heat, REMOVED)
        )

    def anneal(self, seconds: float, turns: int | None, hot: float, cold: float) -> int:
        """For about so long, or so many turns; how many turns."""
        layout, routes, search = self.layout, self.routes, self.search

        def work(turns: int, begun: float, ended: float) -> int:
            first, last = (hot * (cold / hot) ** share for share in (begun, ended))
            return anneal(layout, routes, search, turns, first, last, REMOVED)

        return self.timed(seconds, turns, work)

    def timed(self, seconds: float, turns: int | None, work: Callable[[int, float, float], object]) -> int:
        """Work is told its turns, and from which share of the whole to which. By the clock it is done in pieces, so that all threads
        end at about the same time."""
        if turns is not None:
            work(turns, 0.0, 1.0)
            return turns
        began, made, gone = time.monotonic(), 0, 0.0
        while gone < 1.0 - PIECE / 10:
            piece = PIECE if gone < 1.0 - 1.5 * PIECE else 1.0 - gone
            turns = max(10, int(self.rate * seconds * piece))
            work(turns, gone, gone + piece)
            made += turns
            now = (time.monotonic() - began) / seconds
            self.rate = min(RATE_MAX, turns / max(1e-6, (now - gone) * seconds))
            gone = now
        return made

    @property
    def cost(self) -> float:
        return float(self.search.cost[0])

    @property
    def least(self) -> float:
        """The best since this thread was last given something."""
        return float(self.search.cost[1])

    def now(self) -> Plan:
        """The plan as it stands."""
        stop, counts = self.routes.stop, self.routes.state[:, COUNT]
        return Plan(stop[:, 1:-1, JOB].astype(np.int64), counts.copy(), self.routes.fixed.copy(), self.cost)

    def best(self) -> Plan:
        """The best since this thread was last given something; of the shifts that it may change."""
        search = self.search
        fixed = search.best_fixed if self.layout.pairs else self.routes.fixed
        return Plan(search.best_row.copy(), search.best_count.copy(), fixed.copy(), self.least)


def empty(layout: Layout) -> Plan:
    """Nothing but what is frozen."""
    shifts = layout.shift.shape[0]
    rows = np.zeros((shifts, room_of(layout) - 2), np.int64)
    counts = np.zeros(shifts, np.int64)
    frozen = np.flatnonzero(layout.job[:, FROZEN])
    for job in sorted(frozen, key=lambda job: layout.windows[job, 0, 0]):
        shift = layout.job[job, SHIFT]
        rows[shift, counts[shift]] = job
        counts[shift] += 1
    return Plan(rows, counts, np.full(layout.job.shape[0], -1, np.int64), math.inf)


def joined(parts: list[tuple[Plan, Flags]], layout: Layout, cost: float) -> Plan:
    """One plan of several, each of the shifts in its mask."""
    rows, counts, fixed = (array.copy() for array in parts[0][0][:3])
    for plan, mask in parts[1:]:
        rows[mask > 0], counts[mask > 0] = plan.rows[mask > 0], plan.counts[mask > 0]
        for shift in np.flatnonzero(mask) if layout.pairs else ():
            jobs = plan.rows[shift, : plan.counts[shift]]
            fixed[jobs] = plan.fixed[jobs]
    return Plan(rows, counts, fixed, cost)


def shares(layout: Layout, plan: Plan, of: int, random: Random) -> list[tuple[Flags, Flags]]:
    """Shifts and jobs for each of so many threads: halves of the map on either side of a border that lies elsewhere each time.

    All shifts of a technician go together, and so do partners."""
    travel = layout.travel[0].astype(np.int64)
    place = layout.job[: layout.jobs, PLACE]
    one = int(place[random.randrange(layout.jobs)])
    other = int(place[np.argmax(travel[one, place])])
    side = (travel[one] - travel[other]).astype(np.float64)
    technicians = layout.shift[:, TECHNICIAN]
    sums, weights = np.zeros(layout.debt.shape[0]), np.zeros(layout.debt.shape[0])
    for shift, technician in enumerate(technicians):
        jobs = plan.rows[shift, : plan.counts[shift]]
        sums[technician] += side[layout.job[jobs, PLACE]].sum()
        weights[technician] += len(jobs)
    homes = np.zeros_like(sums)
    homes[technicians] = side[layout.shift[:, HOME]]
    middle = np.where(weights > 0, sums / np.maximum(weights, 1), homes)
    busy = np.flatnonzero(weights > 0)
    order = busy[np.argsort(middle[busy], kind="stable")]
    gone = np.cumsum(weights[order])
    part = np.zeros(len(sums), np.int64)
    part[order] = np.minimum(of - 1, (gone - weights[order] / 2) * of // gone[-1])
    borders = [middle[order[part[order] == number]].max() for number in range(of - 1)]
    idle = np.flatnonzero(weights == 0)
    alike = len(np.unique(layout.shift[:, KIND])) < len(technicians)
    part[idle] = np.arange(len(idle)) % of if alike else np.searchsorted(borders, middle[idle])
    whose = np.zeros(layout.jobs, np.int64)
    for border in borders:
        whose += side[place] > border
    partners = layout.job[: layout.jobs, PARTNER]
    pairs = np.flatnonzero(partners >= 0)
    whose[pairs] = whose[np.minimum(pairs, partners[pairs])]
    return [
        ((part[technicians] == number).astype(np.int8), (whose == number).astype(np.int8))
        for number in range(of)
    ]


def room_of(layout: Layout) -> int:
    """More than any route can hold, home and goal included."""
    if not layout.shift.shape[0]:
        return 4
    longest = int((layout.shift[:, LIMIT] - layout.shift[:, START]).max())
    work = np.cumsum(np.sort(layout.service[: layout.jobs].min(axis=1, initial=1 << 40)))
    most = int(np.searchsorted(work, longest, side="right"))
    return most + int(layout.shift[:, HEAD].max()) + layout.depots + 5


def routes_of(layout: Layout, room: int) -> Routes:
    shifts, jobs = layout.shift.shape[0], layout.job.shape[0]
    return Routes(
        stop=np.zeros((shifts, room, STOP_COLUMNS), np.int64),
        rate=np.zeros((shifts, room, 2)),
        state=np.zeros((shifts, STATE_COLUMNS), np.int64),
        sum=np.zeros((shifts, SUM_COLUMNS)),
        fixed=np.full(jobs, -1, np.int64),
        window=np.ascontiguousarray(
            np.concatenate([layout.windows[:, 0], layout.job[:, WINDOWS, None]], axis=1)
        ),
        load=np.zeros(layout.debt.shape[0], np.int64),
        used=np.zeros(layout.stock.shape, np.int64),
        row=np.zeros(room, np.int64),
        times=np.zeros((2, room, 3), np.int64),
    )


def search_of(layout: Layout, room: int) -> Search:
    shifts, jobs, all_jobs = layout.shift.shape[0], layout.jobs, layout.job.shape[0]
    return Search(
        where=np.full(jobs, -1, np.int64),
        absent=np.zeros(jobs, np.int64),
        absent_at=np.zeros(jobs, np.int64),
        live=np.ones(shifts, np.int8),
        movable=np.ones(jobs, np.int8),
        jobs=np.zeros(jobs, np.int64),
        known=np.zeros((jobs, shifts, KNOWN_COLUMNS)),
        place=np.zeros((jobs, shifts, PLACE_COLUMNS)),
        empty=np.zeros((layout.of_kind.shape[0], 2), np.int64),
        stamp=np.zeros(shifts, np.int64),
        marked=np.zeros(all_jobs, np.int64),
        out=np.zeros((jobs, 3), np.int64),
        order=np.zeros(jobs),
        toll=np.ones(jobs),
        touched=np.zeros(shifts, np.int64),
        touch=np.zeros(shifts, np.int64),
        stop=np.zeros((shifts, room, STOP_COLUMNS), np.int64),
        rate=np.zeros((shifts, room, 2)),
        state=np.zeros((shifts, STATE_COLUMNS), np.int64),
        sum=np.zeros((shifts, SUM_COLUMNS)),
        load=np.zeros(shifts, np.int64),
        used=np.zeros((shifts, layout.stock.shape[1]), np.int64),
        best_row=np.zeros((shifts, room - 2), np.int64),
        best_count=np.zeros(shifts, np.int64),
        best_fixed=np.full(all_jobs, -1, np.int64),
        found=np.zeros(shifts + 1, np.int64),
        row=np.zeros(room, np.int64),
        spare=np.zeros(room, np.int64),
        counted=np.zeros(layout.need.shape[1], np.int64),
        instants=np.zeros(MEETINGS, np.int64),
        table=np.zeros((2, 2, 2)),
        cost=np.zeros(2),
        tally=np.zeros(TALLIES, np.int64),
    )
