"""Compiled: exact times and price of one route, and what is kept of it to judge insertions quickly.

`walk` and `timed` say what a schedule is; `tests/optimizer` hold them against the oracle and against brute force.
All instants are int64 seconds, prices float64. Uncompiled the same functions run as plain Python.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple, TypeAlias

from optimizer.compiled import bare, door
from optimizer.search.layout import (
    AWAY,
    CLOCKED,
    DUE,
    DURATION,
    END,
    FOREVER,
    FROZEN,
    GOAL,
    HOME,
    INTERRUPTIBLE,
    LATE,
    LEVEL,
    LIMIT,
    MOVED,
    OUTAGE,
    OVERTIME,
    PAUSE,
    PER_METRE,
    PER_SECOND,
    PLACE,
    PLAIN,
    PUBLISHED,
    REST_HIGH,
    REST_LOW,
    SETUP,
    SHIFT,
    SHIFT_USED,
    SPEED,
    START,
    TECHNICIAN,
    UNFAIRNESS,
    WAIVED,
    WINDOWS,
    Cube,
    Layout,
    PriceCube,
    PriceTable,
    Row,
    Table,
)

# Columns of `Routes.stop`; row 0 is home, row COUNT + 1 the goal. FREE: end of stop k if there were no rest, ARRIVES: arrival there;
# LATEST: the latest arrival from which all that follows can be served; WAITS: waiting at this stop and all that follow.
JOB, AT, FREE, ARRIVES, LATEST, WAITS = range(6)
STOP_COLUMNS: Final = 6
# Columns of `Routes.rate`: cost of the way to the next stop; outage per second of this stop and all that follow.
WAY, DARK = range(2)
RATES: Final = 2
# Columns of `Routes.state`. SUPPLY: position of the depot, 0 for none (no stop stands there: 0 is home); VERSION: no two
# contents of routes ever have the same; EXACT 0/1: its times are those without a rest, and its cost that of its ways;
# CLEAR 0/1: that stays so whatever is inserted.
COUNT, SUPPLY, VERSION, CLEAR, EXACT = range(5)
STATE_COLUMNS: Final = 5
# Columns of `Routes.sum`. RELIEF: by how much its price could fall at most, whatever is inserted. LOAD: travel and work.
PRICED, RELIEF, LOAD = range(3)
SUM_COLUMNS: Final = 3
# Columns of `Routes.window`.
LOW, HIGH, COUNTED = range(3)
# Where the rest lies, as `result.Rest`.
NOWHERE, BEFORE_LEG, AFTER_LEG, INSIDE = range(4)
# Columns of a schedule.
ARRIVED, STARTED, ENDED = range(3)

Walk: TypeAlias = tuple[float, int, int, int, int]
"""Price (infinite: there is no schedule), instant back, start of the rest or -1, load, by how much to leave later."""
Timed: TypeAlias = tuple[float, int, int, int, int, int, int]
"""The same, but for the rest: where it lies, its leg, its start."""


class Routes(NamedTuple):
    """All routes as they stand. C: a route has at most C - 2 stops."""

    stop: Cube
    """(S, C, STOP_COLUMNS)"""
    rate: PriceCube
    """(S, C, 2)"""
    state: Table
    sum: PriceTable
    fixed: Row
    """(J + depots,): the instant at which a job with a partner has to start, -1 for any."""
    window: Table
    """(J + depots, 3): the first window, or `fixed`, and how many there are."""
    load: Row
    """(T,) seconds of travel and work over all shifts."""
    used: Table
    """(T, Q) parts used up before a depot is first passed."""
    row: Row
    """(C,) scratch: the order of one route."""
    times: Cube
    """(2, C, 3) scratch"""


@bare
def way(layout: Layout, speed: int, origin: int, target: int) -> float:
    """Cost of driving."""
    cost = layout.travel[speed, origin, target] * layout.price[PER_SECOND]
    if layout.metres.shape[0]:
        cost += layout.metres[origin, target] * layout.price[PER_METRE]
    return cost


@bare
def at_clock(layout: Layout, job: int, start: int, end: int) -> float:
    """Cost of serving a job from `start` to `end`: outage, lateness, seconds moved."""
    price = layout.rate[job, OUTAGE] * end
    late = end - layout.job[job, DUE]
    if late > 0:
        price += layout.rate[job, LATE] * late
    return price + layout.rate[job, MOVED] * abs(start - layout.job[job, PUBLISHED])


@bare
def at_least(layout: Layout, job: int, start: int, end: int) -> float:
    """A lower bound of `at_clock` for this and every later `start` and `end`."""
    price = layout.rate[job, OUTAGE] * end
    late = end - layout.job[job, DUE]
    if late > 0:
        price += layout.rate[job, LATE] * late
    return price + layout.rate[job, MOVED] * max(0, start - layout.job[job, PUBLISHED])


@door
def opening(layout: Layout, window: Table, job: int, moment: int) -> tuple[int, int]:
    """The first instant from `moment` on that lies in a window of the job, and the end of that window; -1 if none does."""
    high = window[job, HIGH]
    if moment <= high:
        return max(moment, window[job, LOW]), high
    for number in range(1, window[job, COUNTED]):
        high = layout.windows[job, number, 1]
        if moment <= high:
            return max(moment, layout.windows[job, number, 0]), high
    return -1, -1


@bare
def closing(layout: Layout, window: Table, job: int, moment: int) -> int:
    """The last instant up to `moment` that lies in a window of the job; -FOREVER if none does."""
    for number in range(window[job, COUNTED] - 1, 0, -1):
        if layout.windows[job, number, 0] <= moment:
            return min(moment, layout.windows[job, number, 1])
    return min(moment, window[job, HIGH]) if window[job, LOW] <= moment else -FOREVER


@door
def fix(layout: Layout, routes: Routes, job: int, instant: int) -> None:
    """The job has to start at this instant; -1: in its windows."""
    routes.fixed[job] = instant
    if instant >= 0:
        routes.window[job, LOW] = routes.window[job, HIGH] = instant
        routes.window[job, COUNTED] = 1
    else:
        routes.window[job, LOW], routes.window[job, HIGH] = (
            layout.windows[job, 0, 0],
            layout.windows[job, 0, 1],
        )
        routes.window[job, COUNTED] = layout.job[job, WINDOWS]


@bare
def walk(
    layout: Layout,
    window: Table,
    shift: int,
    row: Row,
    count: int,
    where: int,
    at: int,
    limit: int,
    out: Table,
) -> Walk:
    """One pass along `row[:count]`, everything as early as possible, the rest at a given place (leg `at`, `count` being the
    way back). Times go into `out` (> count, 3). The inner loop of everything: kept in one piece."""
    facts = layout.shift[shift]
    speed, level = facts[SPEED], facts[LEVEL]
    low, high, pause = facts[REST_LOW], facts[REST_HIGH], facts[PAUSE]
    now, place, rest_start = int(facts[START]), int(facts[HOME]), -1
    driven, metres, worked, waited, slack = 0, 0, 0, 0, FOREVER
    price = layout.price[SHIFT_USED] if count else 0.0
    paid, clear = layout.metres.shape[0] > 0, at < 0
    for leg in range(count):
        job = row[leg]
        there = int(layout.job[job, PLACE])
        if leg == at and where == BEFORE_LEG:
            rest_start = max(now, low)
            now = rest_start + pause
        seconds = int(layout.travel[speed, place, there])
        driven += seconds
        if paid:
            metres += layout.metres[place, there]
        now += seconds
        out[leg, ARRIVED] = now
        if leg == at and where == AFTER_LEG:
            rest_start = max(now, low)
            now = rest_start + pause
        start, last = opening(layout, window, job, now)
        if start < 0:
            return math.inf, 0, -1, 0, 0
        waited += start - now
        slack = min(slack, waited + last - start)
        work = int(layout.service[job, level])
        if leg == 0 or place != there:
            work += int(layout.job[job, SETUP])
        worked += work
        now = start + work
        if leg == at and where == INSIDE:
            rest_start = max(start, low)
            if rest_start > now:
                return math.inf, 0, -1, 0, 0
            now += pause
        if rest_start > high:
            return math.inf, 0, -1, 0, 0
        out[leg, STARTED], out[leg, ENDED] = start, now
        if layout.job[job, CLOCKED]:
            clear = False
            price += at_clock(layout, job, start, now)
        if layout.job[job, SHIFT] != shift:
            price += layout.rate[job, AWAY]
        place = there
    if at == count:
        rest_start = max(now, low)
        if rest_start > high:
            return math.inf, 0, -1, 0, 0
        now = rest_start + pause
    if count:
        seconds = int(layout.travel[speed, place, facts[GOAL]])
        driven += seconds
        if paid:
            metres += layout.metres[place, facts[GOAL]]
        now += seconds
    if now > limit:
        return math.inf, 0, -1, 0, 0
    price += driven * layout.price[PER_SECOND] + metres * layout.price[PER_METRE]
    if now > facts[END] and count:
        price += (now - facts[END]) * layout.price[OVERTIME]
    later = 0
    if layout.price[DURATION] and count:
        later = out[0, STARTED]
        if at == 0 and where == AFTER_LEG:
            later = rest_start
        later -= layout.travel[speed, facts[HOME], layout.job[row[0], PLACE]] + facts[START]
        if clear:
            later = min(slack, waited)
        price += (now - facts[START] - later) * layout.price[DURATION]
    return price, now, rest_start, driven + worked, later


@door
def timed(layout: Layout, window: Table, shift: int, row: Row, count: int, limit: int, out: Cube) -> Timed:
    """The cheapest earliest schedule of `row[:count]` in this order, times in `out[0]`; `out` is (2, > count, 3).

    `limit` is the latest instant back; a row that ends with what is frozen has none.
    """
    facts = layout.shift[shift]
    if count and layout.job[row[count - 1], FROZEN]:
        limit = FOREVER
    price, back, _, load, later = walk(layout, window, shift, row, count, NOWHERE, -1, limit, out[0])
    if price == math.inf or facts[PAUSE] < 0 or count == 0:
        return price, back, NOWHERE, -1, -1, load, later
    low, high = facts[REST_LOW], facts[REST_HIGH]
    if back <= high:
        return price, back, AFTER_LEG, count, max(back, low), load, later
    plain, tried = out[0], out[1]
    least, sooner, best_where, best_leg, best_rest = math.inf, FOREVER, NOWHERE, -1, -1
    for leg in range(count + 1):
        if leg and plain[leg - 1, ENDED] > high:
            break
        if leg < count and plain[leg, ENDED] <= low:
            continue
        for place in range(BEFORE_LEG, INSIDE + 1):
            if place != BEFORE_LEG and leg == count:
                break
            if place == AFTER_LEG and plain[leg, ARRIVED] > high:
                continue
            if place == INSIDE and (not layout.job[row[leg], INTERRUPTIBLE] or plain[leg, STARTED] > high):
                continue
            cost, home, rest, _, _ = walk(layout, window, shift, row, count, place, leg, limit, tried)
            if cost < least or (cost == least and cost < math.inf and home < sooner):
                least, sooner, best_where, best_leg, best_rest = cost, home, place, leg, rest
    if least < math.inf:
        _, _, _, load, later = walk(layout, window, shift, row, count, best_where, best_leg, limit, plain)
        return least, sooner, best_where, best_leg, best_rest, load, later
    if facts[WAIVED]:
        return price, back, NOWHERE, -1, -1, load, later
    return math.inf, 0, NOWHERE, -1, -1, 0, 0


@door
def unfairness(layout: Layout, technician: int, load: int) -> float:
    """Cost of so many seconds of travel and work."""
    rate = layout.price[UNFAIRNESS]
    if not rate:
        return 0.0
    hours = max(0, load + layout.debt[technician]) / 3600
    return rate * hours * hours


@bare
def lay(layout: Layout, routes: Routes, shift: int, row: Row, count: int) -> bool:
    """What judging insertions takes: the times there would be without a rest, forwards and backwards. PRICED is the least that
    the route could cost, and what it costs if EXACT. False if it has no schedule."""
    facts, stop, rate = layout.shift[shift], routes.stop[shift], routes.rate[shift]
    speed, level = facts[SPEED], facts[LEVEL]
    stop[0, JOB], stop[0, AT], stop[0, FREE] = -1, facts[HOME], facts[START]
    least = layout.price[SHIFT_USED] if count else 0.0
    clear = facts[PLAIN] == 1 and not layout.price[DURATION]
    travel, window = layout.travel[speed], routes.window
    now, supply, load, place = int(facts[START]), 0, 0, int(facts[HOME])
    for k in range(1, count + 1):
        job = row[k - 1]
        there = int(layout.job[job, PLACE])
        if job >= layout.jobs:
            supply = k
        seconds = int(travel[place, there])
        now += seconds
        stop[k, JOB], stop[k, AT], stop[k, ARRIVES] = job, there, now
        start, _ = opening(layout, window, job, now)
        if start < 0:
            return False
        stop[k, WAITS] = start - now
        work = int(layout.service[job, level])
        if k == 1 or place != there:
            work += int(layout.job[job, SETUP])
        now = start + work
        load += seconds + work
        stop[k, FREE] = now
        rate[k - 1, WAY] = way(layout, speed, place, there)
        least += rate[k - 1, WAY]
        if layout.job[job, CLOCKED]:
            clear = False
            least += at_least(layout, job, start, now)
        if layout.job[job, SHIFT] != shift:
            least += layout.rate[job, AWAY]
        place = there
    goal = count + 1
    if count:
        seconds = int(travel[place, facts[GOAL]])
        now += seconds
        load += seconds
    stop[goal, JOB], stop[goal, AT], stop[goal, ARRIVES], stop[goal, WAITS] = -1, facts[GOAL], now, 0
    rate[count, WAY] = way(layout, speed, place, facts[GOAL]) if count else 0.0
    least += rate[count, WAY]
    rate[goal, DARK] = 0.0
    latest = int(facts[LIMIT]) if count == 0 or not layout.job[row[count - 1], FROZEN] else FOREVER
    stop[goal, LATEST] = latest
    for k in range(count, 0, -1):
        job = stop[k, JOB]
        work = int(layout.service[job, level])
        if not layout.crowded:
            work += int(layout.job[job, SETUP])
        latest -= int(travel[stop[k, AT], stop[k + 1, AT]]) + work
        latest = closing(layout, window, job, latest)
        stop[k, LATEST] = latest
        stop[k, WAITS] += stop[k + 1, WAITS]
        rate[k, DARK] = rate[k + 1, DARK] + layout.rate[job, OUTAGE]
    if count and now > facts[END]:
        least += (now - facts[END]) * layout.price[OVERTIME]
    sums, state = routes.sum[shift], routes.state[shift]
    sums[PRICED], sums[RELIEF], sums[LOAD] = least, 0.0, load
    state[COUNT], state[SUPPLY], state[EXACT] = count, supply, clear
    state[CLEAR] = clear and not layout.crowded
    return now <= stop[goal, LATEST] or not clear


@bare
def moved(stop: Table, rate: PriceTable, first: int, last: int, by: int) -> None:
    """Rows from `first` to `last`, so many further on or back."""
    for number in range(last + 1 - first if by else 0):
        k = last - number if by > 0 else first + number
        for column in range(STOP_COLUMNS):
            stop[k + by, column] = stop[k, column]
        for column in range(RATES):
            rate[k + by, column] = rate[k, column]


@bare
def bound(layout: Layout, routes: Routes, shift: int, before: int, known: int) -> None:
    """Latest arrivals at the stops before a position, back to where they are what they were; of the first `known` they are known."""
    facts, stop = layout.shift[shift], routes.stop[shift]
    travel, latest = layout.travel[facts[SPEED]], stop[before, LATEST]
    for at in range(before - 1, 0, -1):
        job = stop[at, JOB]
        latest -= int(travel[stop[at, AT], stop[at + 1, AT]])
        latest -= int(layout.service[job, facts[LEVEL]]) + int(layout.job[job, SETUP])
        latest = closing(layout, routes.window, job, latest)
        if at <= known and latest == stop[at, LATEST]:
            break
        stop[at, LATEST] = latest


@bare
def relay(layout: Layout, routes: Routes, shift: int, row: Row, count: int) -> bool:
    """`lay` for a route that was EXACT and may stay so: what stands before the change keeps its times, and so does what stands
    behind it from where nobody is later or sooner than before. False if it has to be laid from the start."""
    facts, stop, rate = layout.shift[shift], routes.stop[shift], routes.rate[shift]
    travel, window = layout.travel[facts[SPEED]], routes.window
    level, old = facts[LEVEL], routes.state[shift, COUNT]
    most, head, tail = min(count, old), 0, 0
    while head < most and stop[head + 1, JOB] == row[head]:
        head += 1
    while tail < most - head and stop[old - tail, JOB] == row[count - 1 - tail]:
        tail += 1
    for k in range(head, count - tail):
        if layout.job[row[k], CLOCKED]:
            return False
    waited, by, joint = stop[head + 1, WAITS], count - old, count - tail + 1
    moved(stop, rate, old + 1 - tail, old + 1, by)
    now, place, k = stop[head, FREE], stop[head, AT], head + 1
    while True:
        if k < joint:
            stop[k, JOB], stop[k, AT] = row[k - 1], layout.job[row[k - 1], PLACE]
            rate[k, DARK] = 0.0
        there = stop[k, AT]
        if k <= joint:
            rate[k - 1, WAY] = way(layout, facts[SPEED], place, there)
        now += int(travel[place, there])
        if k >= joint and now == stop[k, ARRIVES]:
            break
        stop[k, ARRIVES] = now
        if k > count:
            break
        job = stop[k, JOB]
        start, _ = opening(layout, window, job, now)
        if start < 0:
            return False
        stop[k, WAITS] = start - now
        now = start + int(layout.service[job, level]) + int(layout.job[job, SETUP])
        stop[k, FREE], place = now, there
        k += 1
    for at in range(k - 1, head, -1):
        stop[at, WAITS] += stop[at + 1, WAITS]
    waited = stop[head + 1, WAITS] - waited
    for at in range(head if waited else 0):
        stop[at + 1, WAITS] += waited
    if tail == 0:
        stop[joint, LATEST] = FOREVER if layout.job[row[count - 1], FROZEN] else facts[LIMIT]
    bound(layout, routes, shift, joint, head)
    least, supply = layout.price[SHIFT_USED], 0
    for at in range(count + 1):
        least += rate[at, WAY]
    for at in range(1, count + 1 if layout.depots else 1):
        if stop[at, JOB] >= layout.jobs:
            supply = at
    sums, state, back = routes.sum[shift], routes.state[shift], stop[count + 1, ARRIVES]
    sums[PRICED], sums[RELIEF], sums[LOAD] = least, 0.0, back - facts[START] - stop[1, WAITS]
    state[COUNT], state[SUPPLY] = count, supply
    return back <= stop[count + 1, LATEST]


@bare
def settle(layout: Layout, routes: Routes, shift: int, row: Row, count: int) -> float:
    """Make `row[:count]` the route of a shift and work out all that is derived from it; what the plan then costs more.

    Infinite if it has no schedule: then the route has to be put back as it was.
    """
    facts, sums = layout.shift[shift], routes.sum[shift]
    technician = facts[TECHNICIAN]
    before = sums[PRICED] + unfairness(layout, technician, int(routes.load[technician]))
    known = int(sums[LOAD])
    quick = layout.steady and count > 0 and routes.state[shift, EXACT] == 1
    if not (quick and relay(layout, routes, shift, row, count)) and not lay(
        layout, routes, shift, row, count
    ):
        return math.inf
    if not routes.state[shift, EXACT]:
        price, _, _, _, _, load, _ = timed(
            layout, routes.window, shift, row, count, facts[LIMIT], routes.times
        )
        if price == math.inf:
            return price
        sums[RELIEF] = price - sums[PRICED]
        sums[PRICED], sums[LOAD] = price, load
    routes.load[technician] += int(sums[LOAD]) - known
    return sums[PRICED] + unfairness(layout, technician, int(routes.load[technician])) - before
