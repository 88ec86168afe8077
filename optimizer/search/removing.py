"""Compiled: which stops are taken out: pieces of routes that lie near one another (Christiaens and Vanden Berghe 2020)."""

from __future__ import annotations

import math
from typing import Final

from optimizer.compiled import bare
from optimizer.search.layout import (
    FROZEN,
    HEAD,
    LEFT_OUT,
    LIMIT,
    PARTNER,
    Layout,
)
from optimizer.search.places import (
    ABSENT,
    LIVE,
    OUT,
    STAMP,
    TURN,
    Search,
    draw,
    enlist,
    note,
    pick,
    put,
    touch,
    within,
)
from optimizer.search.times import (
    COUNT,
    JOB,
    Routes,
    fix,
    timed,
)

STRING: Final = 10.0
"""Longest piece taken out of one route."""
SPLIT: Final = 0.5
"""How often a piece keeps some of its middle,"""
GROW: Final = 0.99
"""and how often that stops growing."""
ABSENT_SEEDS: Final = 0.25
"""How often a job without a place is where stops are taken out."""


@bare
def unneeded(layout: Layout, routes: Routes, search: Search, shift: int, count: int, depot: int) -> bool:
    """Nobody has to pass by the depot that stands at this position of `routes.row[:count]`."""
    for k in range(count - 1):
        search.spare[k] = routes.row[k if k < depot else k + 1]
    return within(layout, routes, search, shift, search.spare, count - 1)


@bare
def move_depot(layout: Layout, routes: Routes, search: Search, shift: int, count: int, depot: int) -> None:
    """Pass by the depot, which stands at this position of `routes.row[:count]`, where that is cheapest."""
    row, tried, limit = routes.row, search.spare, layout.shift[shift, LIMIT]
    least, best, code = math.inf, depot, row[depot]
    for k in range(depot, count - 1):
        row[k] = row[k + 1]
    for at in range(layout.shift[shift, HEAD], count):
        for k in range(count):
            tried[k] = code if k == at else row[k if k < at else k - 1]
        if not within(layout, routes, search, shift, tried, count):
            break
        price, _, _, _, _, _, _ = timed(layout, routes.window, shift, tried, count, limit, routes.times)
        if price < least:
            least, best = price, at
    for k in range(count - 1, best, -1):
        row[k] = row[k - 1]
    row[best] = code


@bare
def unrouted(layout: Layout, routes: Routes, search: Search, shift: int) -> float:
    """Take out of a route what is marked in this turn; what the plan then costs more, infinite if that cannot be: it has no
    schedule, or only a depot would be left, which later shifts of the technician need."""
    row, count = routes.row, 0
    depot = -1
    for k in range(1, routes.state[shift, COUNT] + 1):
        job = routes.stop[shift, k, JOB]
        if job >= layout.jobs:
            depot = count
        elif search.marked[job] == search.tally[TURN] and search.where[job] == shift:
            continue
        row[count] = job
        count += 1
    if depot >= 0 and unneeded(layout, routes, search, shift, count, depot):
        for k in range(depot, count - 1):
            row[k] = row[k + 1]
        count -= 1
    elif depot >= 0 and count == 1:
        return math.inf
    elif depot >= 0:
        move_depot(layout, routes, search, shift, count, depot)
    return put(layout, routes, search, shift, row, count)


@bare
def remove(layout: Layout, routes: Routes, search: Search, shift: int) -> float:
    """`unrouted`, the marked jobs now being without a place."""
    touch(layout, routes, search, shift)
    more = unrouted(layout, routes, search, shift)
    if more == math.inf:
        return more
    for index in range(search.tally[OUT]):
        job = search.out[index, 0]
        if search.where[job] == shift:
            search.where[job] = -1
            if layout.pairs:
                fix(layout, routes, job, -1)
            enlist(search, job)
            more += layout.rate[job, LEFT_OUT]
    return more


@bare
def note_pair(layout: Layout, routes: Routes, search: Search, job: int) -> None:
    """Mark a job, and its partner with it; neither where the partner's route is not ours to change."""
    partner = layout.job[job, PARTNER]
    if partner >= 0:
        there = search.where[partner]
        if there >= 0 and not search.live[there]:
            return
        note(routes, search, partner)
    note(routes, search, job)


@bare
def string(layout: Layout, routes: Routes, search: Search, shift: int, job: int, most: float) -> None:
    """Mark a piece of a route that holds the job, as SISR's (split) string."""
    head, count = layout.shift[shift, HEAD], routes.state[shift, COUNT]
    free = count - head
    at = head
    while routes.stop[shift, at + 1, JOB] != job:
        at += 1
    length = min(free, 1 + pick(search, int(min(float(free), most))))
    kept = 0
    if length > 1 and length < free and draw(search) < SPLIT:
        kept = 1
        while length + kept < free and draw(search) > GROW:
            kept += 1
    whole = length + kept
    low, high = max(head, at - whole + 1), min(at, count - whole)
    first = low + pick(search, high - low + 1)
    gap = first + pick(search, whole - kept + 1) if kept else -1
    for k in range(first, first + whole):
        if gap <= k < gap + kept:
            continue
        found = routes.stop[shift, k + 1, JOB]
        if found < layout.jobs:
            note_pair(layout, routes, search, found)


@bare
def torn(layout: Layout, routes: Routes, search: Search) -> float:
    """All that take part in this turn lose their places; what the plan then costs more, infinite if that cannot be."""
    more = 0.0
    for index in range(search.tally[OUT]):
        shift = int(search.where[search.out[index, 0]])
        if shift >= 0:
            more += remove(layout, routes, search, shift)
            if more == math.inf:
                return more
    return more


@bare
def ruin(layout: Layout, routes: Routes, search: Search, size: float, stops: float) -> float:
    """Take out pieces of routes around one job; what the plan then costs more. `stops`: how many a route has on average."""
    tally = search.tally
    if tally[ABSENT] and draw(search) < ABSENT_SEEDS:
        seed = search.absent[pick(search, tally[ABSENT])]
    else:
        seed = search.jobs[pick(search, tally[LIVE])]
    most = min(STRING, stops)
    pieces = int(1 + draw(search) * (4 * size / (1 + most) - 1))
    tally[STAMP] += 1
    for index in range(-1, layout.near.shape[1]):
        job = seed if index < 0 else int(layout.near[seed, index])
        shift = int(search.where[job])
        if shift < 0 or not search.live[shift] or layout.job[job, FROZEN]:
            continue
        if search.stamp[shift] == tally[STAMP]:
            continue
        search.stamp[shift] = tally[STAMP]
        string(layout, routes, search, shift, job, most)
        pieces -= 1
        if pieces == 0:
            break
    if search.where[seed] < 0:
        note_pair(layout, routes, search, seed)
    return torn(layout, routes, search)
