"""Compiled: the cheapest places for a job in a route, remembered for as long as the route stays the same; changes to routes
that can be taken back.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from optimizer.compiled import bare
from optimizer.search.layout import (
    AWAY,
    CLOCKED,
    FOREVER,
    FROZEN,
    HEAD,
    LEVEL,
    LIMIT,
    PER_METRE,
    PER_SECOND,
    PLACE,
    SETUP,
    SHIFT,
    SHIFT_USED,
    SPEED,
    TECHNICIAN,
    UNFAIRNESS,
    Cube,
    Flags,
    Layout,
    PriceCube,
    Prices,
    PriceTable,
    Row,
    Table,
)
from optimizer.search.times import (
    ARRIVES,
    AT,
    CLEAR,
    COUNT,
    COUNTED,
    DARK,
    FREE,
    HIGH,
    JOB,
    LATEST,
    LOAD,
    PRICED,
    RATES,
    RELIEF,
    STOP_COLUMNS,
    SUPPLY,
    VERSION,
    WAITS,
    WAY,
    Routes,
    at_least,
    fix,
    opening,
    settle,
    timed,
    unfairness,
)
from optimizer.search.ways import by_ways

MODULUS, FACTOR = 2147483647, 48271

# Entries of `Search.tally`.
# THOROUGH 0/1: every shift is tried; CLOSED 0/1: no empty shift is; GENEROUS 0/1: as if an empty one cost nothing by itself;
# LOOKS: so many routes are looked at before the cheapest place of one is overlooked.
(
    ABSENT,
    TOUCHED,
    TURN,
    VERSIONS,
    STRIDE,
    OUT,
    LIVE,
    RANDOM,
    STAMP,
    THOROUGH,
    CLOSED,
    GENEROUS,
    LOOKS,
) = range(13)
TALLIES: Final = 13
# Columns of `Search.known`: the version of the route for which the rest holds, and what the cheapest place costs.
HOLDS, COST = range(2)
KNOWN_COLUMNS: Final = 2
# Columns of `Search.place`: the cheapest place, the next, and what that costs. A place is a position, and WIDE times that of a
# depot that has to be passed before (0: none).
PLACED, SECOND_PLACED, SECOND_COST = range(3)
PLACE_COLUMNS: Final = 3
WIDE: Final = 4096


class Search(NamedTuple):
    """What one thread works with."""

    where: Row
    """(J,) shift of a job, -1 for none."""
    absent: Row
    """(J,) jobs without a place, the first ABSENT; `absent_at` says where a job stands in it."""
    absent_at: Row
    live: Flags
    """(S,) which shifts this thread may change."""
    movable: Flags
    """(J,) jobs without a place that this thread may insert."""
    jobs: Row
    """(J,) jobs this thread may move, the first LIVE."""
    known: PriceCube
    """(J, S, KNOWN_COLUMNS): one array, so that it is one look into the memory, and a narrow one, so that it is a near look"""
    place: PriceCube
    """(J, S, PLACE_COLUMNS)"""
    empty: Table
    """(K, 2): where in `of_kind` the first empty shift stands, and in which turn that was found out"""
    stamp: Row
    """(S,) scratch"""
    marked: Row
    """(J + depots,) the turn in which a job was taken out."""
    out: Table
    """(J, 3) jobs without a place in this turn, where they were, and when they had to start."""
    order: Prices
    """(J,) scratch"""
    toll: Prices
    """(J,) how often a job was without a place while rounds were given up"""
    touched: Row
    """(S,) shifts changed in this turn, the first TOUCHED."""
    touch: Row
    """(S,) the turn in which a shift was last changed."""
    stop: Cube
    """Copies of the rows of `Routes` before this turn."""
    rate: PriceCube
    state: Table
    sum: PriceTable
    load: Row
    used: Table
    best_row: Table
    """(S, C) the best plan this thread has seen since it was last told"""
    best_count: Row
    best_fixed: Row
    found: Row
    """(S + 1,) scratch; `row` and `spare` (C,), `counted` (Q,), `instants` (MEETINGS,) and `table` (2, 2, 2) likewise"""
    row: Row
    spare: Row
    counted: Row
    instants: Row
    table: PriceCube
    cost: Prices
    """Of the plan now, and of the best."""
    tally: Row


@bare
def draw(search: Search) -> float:
    """In [0, 1): Lehmer's generator, the same in compiled and uncompiled code."""
    search.tally[RANDOM] = search.tally[RANDOM] * FACTOR % MODULUS
    return search.tally[RANDOM] * (1.0 / MODULUS)


@bare
def pick(search: Search, count: int) -> int:
    return int(draw(search) * count)


@bare
def stocked(layout: Layout, routes: Routes, technician: int, job: int) -> bool:
    """The van still has the parts."""
    for part in range(layout.need.shape[1]):
        need = layout.need[job, part]
        if need and routes.used[technician, part] + need > layout.stock[technician, part]:
            return False
    return True


@bare
def passed(layout: Layout, routes: Routes, shift: int) -> bool:
    """An earlier shift of the technician passes by a depot."""
    technician = layout.shift[shift, TECHNICIAN]
    for other in layout.shifts_of[technician]:
        if other == shift or other < 0:
            return False
        if routes.state[other, SUPPLY]:
            return True
    return False


@bare
def within(layout: Layout, routes: Routes, search: Search, shift: int, row: Row, count: int) -> bool:
    """With this row, the technician's own tools and stock serve all his shifts until a depot is passed."""
    technician = layout.shift[shift, TECHNICIAN]
    used = search.counted
    used[:] = 0
    for other in layout.shifts_of[technician]:
        if other < 0:
            break
        length = count if other == shift else routes.state[other, COUNT]
        for k in range(length):
            job = row[k] if other == shift else routes.stop[other, k + 1, JOB]
            if job >= layout.jobs:
                return True
            if layout.allowed[job, other] != 1 and not layout.job[job, FROZEN]:
                return False
            for part in range(used.shape[0]):
                used[part] += layout.need[job, part]
                if used[part] > layout.stock[technician, part]:
                    return False
    return True


@bare
def recount(layout: Layout, routes: Routes, technician: int) -> None:
    """Parts used up before a depot is first passed."""
    routes.used[technician] = 0
    for shift in layout.shifts_of[technician]:
        if shift < 0:
            return
        for k in range(1, routes.state[shift, COUNT] + 1):
            job = routes.stop[shift, k, JOB]
            if job >= layout.jobs:
                return
            for part in range(layout.need.shape[1]):
                routes.used[technician, part] += layout.need[job, part]


@bare
def put(layout: Layout, routes: Routes, search: Search, shift: int, row: Row, count: int) -> float:
    """Make `row[:count]` the route of a shift; what the plan then costs more, infinite if it has no schedule."""
    more = settle(layout, routes, shift, row, count)
    if more == math.inf:
        return more
    technician = layout.shift[shift, TECHNICIAN]
    if layout.need.shape[1]:
        recount(layout, routes, technician)
    search.tally[VERSIONS] += search.tally[STRIDE]
    routes.state[shift, VERSION] = search.tally[VERSIONS]
    if layout.together:
        for other in layout.shifts_of[technician]:
            if other < 0:
                break
            search.tally[VERSIONS] += search.tally[STRIDE]
            routes.state[other, VERSION] = search.tally[VERSIONS]
    return more


@bare
def spliced(routes: Routes, shift: int, job: int, position: int, depot: int, depot_at: int) -> int:
    """The order of a route with a job at `position` (as stop `position + 1`), and before it a depot if `depot_at`, into
    `routes.row`; how many stops that is. `depot_at - 1` stops stand before the depot."""
    row, count = routes.row, routes.state[shift, COUNT]
    length = 0
    for k in range(count + 1):
        if depot_at == k + 1:
            row[length] = depot
            length += 1
        if k == position:
            row[length] = job
            length += 1
        if k < count:
            row[length] = routes.stop[shift, k + 1, JOB]
            length += 1
    return length


@bare
def trial(
    layout: Layout, routes: Routes, shift: int, job: int, position: int, depot: int, depot_at: int
) -> float:
    """What the plan costs more with the job there, worked out exactly."""
    count = spliced(routes, shift, job, position, depot, depot_at)
    facts = layout.shift[shift]
    price, _, _, _, _, load, _ = timed(
        layout, routes.window, shift, routes.row, count, facts[LIMIT], routes.times
    )
    if price == math.inf:
        return price
    technician = facts[TECHNICIAN]
    known = int(routes.load[technician])
    fair = unfairness(layout, technician, known - int(routes.sum[shift, LOAD]) + load)
    return price - routes.sum[shift, PRICED] + fair - unfairness(layout, technician, known)


@bare
def evaluate(layout: Layout, routes: Routes, search: Search, shift: int, job: int) -> None:
    """Work out the two cheapest places for a job in a route, and remember them."""
    facts, stop, rate = layout.shift[shift], routes.stop[shift], routes.rate[shift]
    technician, speed = facts[TECHNICIAN], facts[SPEED]
    count, place = routes.state[shift, COUNT], layout.job[job, PLACE]
    least, second = math.inf, math.inf
    at, depot, at_second, depot_second = 0, 0, 0, 0
    free_from = 0
    if layout.allowed[job, shift] == 2 or not stocked(layout, routes, technician, job):
        if not layout.depots:
            free_from = FOREVER
        elif not passed(layout, routes, shift):
            free_from = routes.state[shift, SUPPLY] if routes.state[shift, SUPPLY] else FOREVER
    alone = routes.state[shift, CLEAR] == 1 and not layout.job[job, CLOCKED] and not layout.price[UNFAIRNESS]
    away = layout.rate[job, AWAY] if layout.job[job, SHIFT] != shift else 0.0
    work = layout.service[job, facts[LEVEL]]
    if not layout.crowded:
        work += layout.job[job, SETUP]
    floor = away - routes.sum[shift, RELIEF] + (layout.price[SHIFT_USED] if count == 0 else 0.0)
    go, come, window = layout.travel[speed, place], layout.travel_to[speed, place], routes.window
    per_second, per_metre, paid = (
        layout.price[PER_SECOND],
        layout.price[PER_METRE],
        layout.metres.shape[0] > 0,
    )
    last = layout.windows[job, window[job, COUNTED] - 1, 1] if window[job, COUNTED] > 1 else window[job, HIGH]
    if alone:
        least, at, second, at_second = by_ways(layout, routes, shift, job, max(facts[HEAD], free_from), floor)
    for k in range(max(facts[HEAD], free_from), 0 if alone else count + 1):
        free = stop[k, FREE]
        if free > last:
            break
        before, after = stop[k, AT], stop[k + 1, AT]
        start, _ = opening(layout, window, job, free + come[before])
        end = start + work
        then = end + go[after]
        if start < 0 or then > stop[k + 1, LATEST]:
            continue
        cost = floor + (come[before] + go[after]) * per_second - rate[k, WAY]
        if paid:
            cost += (layout.metres_to[place, before] + layout.metres[place, after]) * per_metre
        if cost >= second:
            continue
        if layout.job[job, CLOCKED]:
            cost += at_least(layout, job, start, end)
        delay = then - stop[k + 1, ARRIVES] - stop[k + 1, WAITS] if k < count else 0
        if delay > 0:
            cost += rate[k + 1, DARK] * delay
        if cost >= second:
            continue
        cost = trial(layout, routes, shift, job, k, 0, 0)
        if cost < least:
            second, at_second, depot_second = least, at, depot
            least, at, depot = cost, k, 0
        elif cost < second:
            second, at_second, depot_second = cost, k, 0
    if free_from == FOREVER and layout.depots and not routes.state[shift, SUPPLY]:
        for number in range(layout.depots):
            for k in range(facts[HEAD], count + 1):
                for depot_at in range(facts[HEAD] + 1, k + 2):
                    cost = trial(layout, routes, shift, job, k, layout.jobs + number, depot_at)
                    code = depot_at + number * (count + 2)
                    if cost < least:
                        second, at_second, depot_second = least, at, depot
                        least, at, depot = cost, k, code
                    elif cost < second:
                        second, at_second, depot_second = cost, k, code
    known, places = search.known[job, shift], search.place[job, shift]
    known[HOLDS], known[COST] = routes.state[shift, VERSION], least
    places[PLACED], places[SECOND_PLACED] = at + WIDE * depot, at_second + WIDE * depot_second
    places[SECOND_COST] = second


@bare
def copied(target: Table, source: Table, length: int) -> None:
    """The first rows of a table of stops, element by element: a slice would need memory of its own. The compiler knows how many
    columns there are."""
    for k in range(length):
        for column in range(STOP_COLUMNS):
            target[k, column] = source[k, column]


@bare
def copied_rates(target: PriceTable, source: PriceTable, length: int) -> None:
    for k in range(length):
        for column in range(RATES):
            target[k, column] = source[k, column]


@bare
def copied_row(target: Row, source: Row) -> None:
    for column in range(target.shape[0]):
        target[column] = source[column]


@bare
def copied_prices(target: Prices, source: Prices) -> None:
    for column in range(target.shape[0]):
        target[column] = source[column]


@bare
def touch(layout: Layout, routes: Routes, search: Search, shift: int) -> None:
    """Keep what a route was, for the case that this turn is not kept."""
    technician = layout.shift[shift, TECHNICIAN]
    for other in layout.shifts_of[technician]:
        if other < 0:
            break
        if other != shift and not layout.together:
            continue
        if search.touch[other] == search.tally[TURN]:
            continue
        search.touch[other] = search.tally[TURN]
        search.touched[search.tally[TOUCHED]] = other
        search.tally[TOUCHED] += 1
        length = routes.state[other, COUNT] + 2
        copied(search.stop[other], routes.stop[other], length)
        copied_rates(search.rate[other], routes.rate[other], length)
        copied_row(search.state[other], routes.state[other])
        copied_prices(search.sum[other], routes.sum[other])
        search.load[other] = routes.load[technician]
        copied_row(search.used[other], routes.used[technician])


@bare
def enlist(search: Search, job: int) -> None:
    """Among those without a place."""
    search.absent_at[job] = search.tally[ABSENT]
    search.absent[search.tally[ABSENT]] = job
    search.tally[ABSENT] += 1


@bare
def unlist(search: Search, job: int) -> None:
    search.tally[ABSENT] -= 1
    last, at = search.absent[search.tally[ABSENT]], search.absent_at[job]
    search.absent[at], search.absent_at[last] = last, at


@bare
def undo(layout: Layout, routes: Routes, search: Search) -> None:
    """As if this turn had not been."""
    for index in range(search.tally[TOUCHED] - 1, -1, -1):
        shift = search.touched[index]
        technician = layout.shift[shift, TECHNICIAN]
        length = search.state[shift, COUNT] + 2
        copied(routes.stop[shift], search.stop[shift], length)
        copied_rates(routes.rate[shift], search.rate[shift], length)
        copied_row(routes.state[shift], search.state[shift])
        copied_prices(routes.sum[shift], search.sum[shift])
        routes.load[technician] = search.load[shift]
        copied_row(routes.used[technician], search.used[shift])
    for index in range(search.tally[OUT]):
        job, shift = search.out[index, 0], search.out[index, 1]
        if layout.pairs:
            fix(layout, routes, job, search.out[index, 2])
        if shift >= 0 and search.where[job] < 0:
            unlist(search, job)
        elif shift < 0 and search.where[job] >= 0:
            enlist(search, job)
        search.where[job] = shift


@bare
def note(routes: Routes, search: Search, job: int) -> None:
    """The job takes part in this turn."""
    if search.marked[job] == search.tally[TURN]:
        return
    search.marked[job] = search.tally[TURN]
    search.out[search.tally[OUT], 0] = job
    search.out[search.tally[OUT], 1] = search.where[job]
    search.out[search.tally[OUT], 2] = routes.fixed[job]
    search.tally[OUT] += 1
