"""Compiled: two technicians exchange all that follows a stop (2-opt*). In long rounds no piece that a ruin takes out is as long.

Times and prices of both routes say quickly what cannot pay; what may is worked out exactly."""

from __future__ import annotations

import math
from typing import Final

from optimizer.compiled import bare
from optimizer.search.layout import (
    GOAL,
    HEAD,
    PARTNER,
    SHIFT_USED,
    SPEED,
    TECHNICIAN,
    Layout,
    Row,
)
from optimizer.search.places import LIVE, Search, note, pick, put, touch, within
from optimizer.search.times import (
    AT,
    COUNT,
    FREE,
    JOB,
    LATEST,
    RELIEF,
    SUPPLY,
    WAY,
    Routes,
    way,
)

TAILS: Final = 10
"""Nearest jobs that may follow."""


@bare
def found_at(routes: Routes, shift: int, job: int) -> int:
    """Where in its route a job stands."""
    at = 1
    while routes.stop[shift, at, JOB] != job:
        at += 1
    return at


@bare
def worth(layout: Layout, routes: Routes, one: int, at: int, two: int, other_at: int) -> float:
    """What the ways cost more, infinite if somebody comes too late; of two equal shifts where nothing else costs that is exact."""
    stop, other, rate, other_rate = routes.stop[one], routes.stop[two], routes.rate[one], routes.rate[two]
    speed, other_speed = layout.shift[one, SPEED], layout.shift[two, SPEED]
    goal, other_goal = layout.shift[one, GOAL], layout.shift[two, GOAL]
    count, other_count = routes.state[one, COUNT], routes.state[two, COUNT]
    here, there, before = stop[at, AT], other[other_at, AT], other[other_at - 1, AT]
    if stop[at, FREE] + layout.travel[speed, here, there] > other[other_at, LATEST]:
        return math.inf
    more = way(layout, speed, here, there) + way(layout, speed, other[other_count, AT], goal)
    more -= rate[at, WAY] + other_rate[other_at - 1, WAY] + other_rate[other_count, WAY]
    if at < count:
        after = stop[at + 1, AT]
        if other[other_at - 1, FREE] + layout.travel[other_speed, before, after] > stop[at + 1, LATEST]:
            return math.inf
        more += way(layout, other_speed, before, after) + way(
            layout, other_speed, stop[count, AT], other_goal
        )
        more -= rate[count, WAY]
    elif other_at > 1:
        more += way(layout, other_speed, before, other_goal)
    else:
        more -= layout.price[SHIFT_USED]
    return more - routes.sum[one, RELIEF] - routes.sum[two, RELIEF]


@bare
def followed(routes: Routes, shift: int, at: int, other: int, first: int, row: Row) -> int:
    """The first `at` stops of a route, then those of another from `first` on, into `row`; how many."""
    for k in range(at):
        row[k] = routes.stop[shift, k + 1, JOB]
    count = at
    for k in range(first, routes.state[other, COUNT] + 1):
        row[count] = routes.stop[other, k, JOB]
        count += 1
    return count


@bare
def free_to_go(layout: Layout, routes: Routes, shift: int, first: int, other: int) -> bool:
    """All stops from `first` on may be served in another shift: by skill, tool and lock; partners stay where they are."""
    for k in range(first, routes.state[shift, COUNT] + 1):
        job = routes.stop[shift, k, JOB]
        if not layout.allowed[job, other] or layout.job[job, PARTNER] >= 0:
            return False
    return True


@bare
def trade(
    layout: Layout, routes: Routes, search: Search, one: int, at: int, two: int, other_at: int
) -> float:
    """What follows stop `at` of one route and what begins with stop `other_at` of another change places; what the plan then costs
    more, infinite if that cannot be."""
    room, row, spare = search.row.shape[0] - 3, search.row, search.spare
    moved, came = routes.state[one, COUNT] - at, routes.state[two, COUNT] - other_at + 1
    if at + came > room or other_at - 1 + moved > room:
        return math.inf
    if not free_to_go(layout, routes, one, at + 1, two) or not free_to_go(layout, routes, two, other_at, one):
        return math.inf
    count = followed(routes, one, at, two, other_at, row)
    other_count = followed(routes, two, other_at - 1, one, at + 1, spare)
    if not within(layout, routes, search, one, row, count):
        return math.inf
    if not within(layout, routes, search, two, spare, other_count):
        return math.inf
    touch(layout, routes, search, one)
    touch(layout, routes, search, two)
    for k in range(at, count):
        note(routes, search, row[k])
    for k in range(other_at - 1, other_count):
        note(routes, search, spare[k])
    more = put(layout, routes, search, one, row, count)
    if more < math.inf:
        more += put(layout, routes, search, two, spare, other_count)
    for k in range(at, count):
        search.where[row[k]] = one
    for k in range(other_at - 1, other_count):
        search.where[spare[k]] = two
    return more


@bare
def trade_tails(layout: Layout, routes: Routes, search: Search, most: float) -> float:
    """Make some job be followed by one near it that another technician serves, with all that follows that one; what the plan then costs
    more. Infinite if nothing was found that promised less than `most`."""
    job = search.jobs[pick(search, search.tally[LIVE])]
    one = int(search.where[job])
    if one < 0 or routes.state[one, SUPPLY]:
        return math.inf
    at = found_at(routes, one, job)
    for index in range(min(TAILS, layout.near.shape[1])):
        other = layout.near[job, index]
        two = int(search.where[other])
        if two < 0 or two == one or not search.live[two] or routes.state[two, SUPPLY]:
            continue
        if layout.shift[one, TECHNICIAN] == layout.shift[two, TECHNICIAN]:
            continue
        other_at = found_at(routes, two, other)
        if other_at <= layout.shift[two, HEAD]:
            continue
        if worth(layout, routes, one, at, two, other_at) < most:
            return trade(layout, routes, search, one, at, two, other_at)
    return math.inf
