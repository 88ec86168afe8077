"""Compiled: the cheapest places for a job in a route where nothing but ways costs."""

from __future__ import annotations

import math

from optimizer.compiled import bare
from optimizer.search.layout import LEVEL, PER_METRE, PER_SECOND, PLACE, SETUP, SPEED, Layout
from optimizer.search.times import AT, COUNT, COUNTED, FREE, HIGH, LATEST, LOW, WAY, Routes, opening


@bare
def by_ways(
    layout: Layout, routes: Routes, shift: int, job: int, first: int, floor: float
) -> tuple[float, int, float, int]:
    """The two cheapest positions from `first` on, and what they cost, where ways alone cost: most routes of most days, so this loop
    is kept apart, free of all else."""
    facts, stop, rate, window = (
        layout.shift[shift],
        routes.stop[shift],
        routes.rate[shift],
        routes.window,
    )
    count, place = routes.state[shift, COUNT], layout.job[job, PLACE]
    go, come = layout.travel[facts[SPEED], place], layout.travel_to[facts[SPEED], place]
    per_second, per_metre = layout.price[PER_SECOND], layout.price[PER_METRE]
    paid, several = layout.metres.shape[0] > 0, window[job, COUNTED] > 1
    low, last = window[job, LOW], window[job, HIGH]
    if several:
        last = layout.windows[job, window[job, COUNTED] - 1, 1]
    work = layout.service[job, facts[LEVEL]] + layout.job[job, SETUP]
    least, second, at, at_second = math.inf, math.inf, 0, 0
    for k in range(first, count + 1):
        free, latest = stop[k, FREE], stop[k + 1, LATEST]
        if free > last:
            break
        if low + work > latest:
            continue
        before, after = stop[k, AT], stop[k + 1, AT]
        there, on = come[before], go[after]
        cost = floor + (there + on) * per_second - rate[k, WAY]
        if paid:
            cost += (layout.metres_to[place, before] + layout.metres[place, after]) * per_metre
        if cost >= second:
            continue
        start = max(low, free + there)
        if several:
            start, _ = opening(layout, window, job, free + there)
        if start < 0 or start > last or start + work + on > latest:
            continue
        if cost < least:
            least, second, at, at_second = cost, least, k, at
        else:
            second, at_second = cost, k
    return least, at, second, at_second
