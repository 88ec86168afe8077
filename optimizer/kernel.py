"""The inner loops of the insertion state, over flat arrays: exact schedules of one row (`pricing`: of one more stop).

`walk` and `timed` are `schedule._walk` and `schedule.timing` once more, integer for integer; a test holds them together.
All instants are int64 seconds, rates and prices float64. Columns have names (`PLACE`, ...), not structures: compiled code
reads them at the same speed, and uncompiled code (`compiled.why_not`) reads the very same arrays.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from optimizer.compiled import bare, door
from optimizer.distances import EQUATOR_M, SQUARED_ECCENTRICITY

Ints: TypeAlias = Annotated[npt.NDArray[np.int64], 1]
Table: TypeAlias = Annotated[npt.NDArray[np.int64], 2]
Cube: TypeAlias = Annotated[npt.NDArray[np.int64], 3]
Floats: TypeAlias = Annotated[npt.NDArray[np.float64], 1]
Prices: TypeAlias = Annotated[npt.NDArray[np.float64], 2]
PriceCube: TypeAlias = Annotated[npt.NDArray[np.float64], 3]

FOREVER: Final = 1 << 60

# Columns of `State.stops`.
PLACE, SERVICE, SETUP, LOW, HIGH, DUE, PUBLISHED, INTERRUPTIBLE = range(8)
STOP_COLUMNS: Final = 8
# Columns of `State.rates`, cost per second: dark, late, moved from the published start; and cost of standing in another row.
OUTAGE, LATE, MOVED, AWAY = range(4)
RATE_COLUMNS: Final = 4
# Columns of `State.rows`. FIRST: the row's first stop; PAUSE: seconds of rest, -1 for none; FROZEN: stops at the head before
# which nothing may come; FEASIBLE 0/1; the last four are those of its schedule (leg and rest_start -1 without a rest).
START, END, LIMIT, HOME, GOAL, REST_LOW, REST_HIGH, PAUSE, WAIVED, COUNT, FROZEN, FIRST = range(12)
FEASIBLE, BACK, WHERE, LEG, REST_START = range(12, 17)
ROW_COLUMNS: Final = 17
# Columns of `State.sums`: the row's price, and what of it goes by the clock.
PRICE, CLOCKED = range(2)
SUM_COLUMNS: Final = 2
# Columns of `State.times`, and of every schedule.
ARRIVED, STARTED, ENDED = range(3)
# Columns of `State.known`: with no rest, the end of stop k; the latest end from which the others can be served; work and way
# from that end until back.
PLAIN_END, LATEST_END, TAIL = range(3)
# Columns of `State.least`: what goes by the clock, with no rest, of the stops before k and of those from k on.
BEFORE, FROM = range(2)
# Columns of `State.points`: latitude and longitude in radians, cosine and sine of the latitude.
PHI, LAM, COS, SIN = range(4)
POINT_COLUMNS: Final = 4
# Entries of `State.prices`.
PER_SECOND, PER_METRE, OVERTIME, SHIFT_USED, CHURN_SHIFT, DETOUR, SPEED, ORIGIN = range(8)
# Where the rest lies, as `schedule.Where`.
NOWHERE, BEFORE_LEG, AFTER_LEG, INSIDE = range(4)
# What `walk` and `timed` answer.
Walk: TypeAlias = tuple[float, int, int]
"""Price (infinite if there is no schedule), instant back, start of the rest or -1."""
Timed: TypeAlias = tuple[float, int, int, int, int]
"""Price (infinite if there is no schedule), instant back, where the rest lies, its leg, its start."""


class State(NamedTuple):
    """All arrays of an insertion state. C is the room of a row: at most C - 1 stops stand in it."""

    stops: Table
    """(slots, STOP_COLUMNS): what stands where; row r owns slots `rows[r, FIRST]` and following."""
    rates: Prices
    rows: Table
    sums: Prices
    legs: Cube
    """(rows, C + 1, 2): seconds and metres to stop k, then of the way back."""
    times: Cube
    """(rows, C, 3)"""
    known: Cube
    """(rows, C + 1, 3); PLAIN_END of the last leg is the instant back."""
    least: PriceCube
    """(rows, C + 1, 2)"""
    points: Prices
    prices: Floats
    order: Ints
    """(C + 1,) scratch: the slots of one row in order,"""
    ways: Table
    """(C + 1, 2) scratch: its legs,"""
    out: Cube
    """(2, C + 1, 3) scratch: and its times."""


@bare
def between(points: Prices, prices: Floats, origin: int, target: int) -> tuple[int, int]:
    """Seconds and metres from one place to another, the same integers as `distances.travel`."""
    doubled = points[origin, COS] * points[target, COS] - points[origin, SIN] * points[target, SIN]
    squared = 1.0 - SQUARED_ECCENTRICITY * (1.0 - doubled) / 2
    prime_vertical = EQUATOR_M / math.sqrt(squared)
    meridian = prime_vertical * (1.0 - SQUARED_ECCENTRICITY) / squared
    across = abs(points[origin, LAM] - points[target, LAM])
    across = min(across, 2 * math.pi - across)
    north, east = meridian * (points[origin, PHI] - points[target, PHI]), prime_vertical * across
    straight = math.sqrt(north * north + east * east * (max(0.0, 1.0 + doubled) / 2))
    metres = math.ceil(straight * prices[DETOUR])
    return math.ceil(metres / prices[SPEED]), metres


@bare
def at_clock(stops: Table, rates: Prices, prices: Floats, slot: int, start: int, end: int) -> float:
    """Cost of serving a stop from `start` to `end`: outage, lateness, seconds moved (as `Ground.at_clock`)."""
    price = rates[slot, OUTAGE] * (end - prices[ORIGIN])
    if end > stops[slot, DUE]:
        price += rates[slot, LATE] * (end - stops[slot, DUE])
    return price + rates[slot, MOVED] * abs(start - stops[slot, PUBLISHED])


@bare
def at_least(stops: Table, rates: Prices, prices: Floats, slot: int, start: int, end: int) -> float:
    """A lower bound of `at_clock` for every later `start` and `end`: an early one may yet become punctual."""
    price = rates[slot, OUTAGE] * (end - prices[ORIGIN])
    price += rates[slot, LATE] * max(0, end - stops[slot, DUE])
    return price + rates[slot, MOVED] * max(0, start - stops[slot, PUBLISHED])


@bare
def walk(
    state: State,
    row: int,
    order: Ints,
    count: int,
    legs: Table,
    where: int,
    at: int,
    soft: bool,
    out: Table,
) -> Walk:
    """One pass along `order[:count]` (slots) in a row's shift, the rest at a given place; times go into `out` (>= count, 3).

    `soft` ignores upper bounds of windows and the end of the shift. `legs` (> count, 2) as `State.legs`.
    """
    stops, rates, rows, prices = state.stops, state.rates, state.rows, state.prices
    low, high, pause = rows[row, REST_LOW], rows[row, REST_HIGH], rows[row, PAUSE]
    now, place, rest_start = rows[row, START], rows[row, HOME], -FOREVER
    driven, metres = 0, 0
    price = prices[SHIFT_USED] if count else 0.0
    for leg in range(count):
        slot = order[leg]
        there = stops[slot, PLACE]
        if leg == at and where == BEFORE_LEG:
            rest_start = max(now, low)
            now = rest_start + pause
        driven += legs[leg, 0]
        metres += legs[leg, 1]
        now += legs[leg, 0]
        out[leg, ARRIVED] = now
        if leg == at and where == AFTER_LEG:
            rest_start = max(now, low)
            now = rest_start + pause
        now = max(now, stops[slot, LOW])
        if now > stops[slot, HIGH] and not soft:
            return math.inf, 0, -1
        start = now
        work = stops[slot, SERVICE]
        if leg == 0 or place != there:
            work += stops[slot, SETUP]
        if leg == at and where == INSIDE:
            rest_start = max(now, low)
            if rest_start > now + work:
                return math.inf, 0, -1
            now += pause
        now += work
        if at >= 0 and rest_start > high:
            return math.inf, 0, -1
        out[leg, STARTED], out[leg, ENDED] = start, now
        price += at_clock(stops, rates, prices, slot, start, now)
        price += rates[slot, AWAY]
        place = there
    if at == count:
        rest_start = max(now, low)
        if rest_start > high:
            return math.inf, 0, -1
        now = rest_start + pause
    if count:
        driven += legs[count, 0]
        metres += legs[count, 1]
        now += legs[count, 0]
    frozen = count > 0 and rows[row, FROZEN] >= count
    if now > rows[row, LIMIT] and not soft and not frozen:
        return math.inf, 0, -1
    price += driven * prices[PER_SECOND] + metres * prices[PER_METRE]
    if now > rows[row, END] and count:
        price += (now - rows[row, END]) * prices[OVERTIME]
    return price, now, rest_start


@bare
def timed(state: State, row: int, order: Ints, count: int, legs: Table, soft: bool, out: Cube) -> Timed:
    """The cheapest earliest schedule of `order[:count]` in this order, times in `out[0]`; `out` is (2, > count, 3).

    A rest that finds no place is waived where the row says so; under `soft` always.
    """
    stops, rows = state.stops, state.rows
    price, back, _ = walk(state, row, order, count, legs, NOWHERE, -1, soft, out[0])
    if price == math.inf or rows[row, PAUSE] < 0 or count == 0:
        return price, back, NOWHERE, -1, -1
    low, high = rows[row, REST_LOW], rows[row, REST_HIGH]
    if back <= high:
        return price, back, AFTER_LEG, count, max(back, low)
    plain, tried = out[0], out[1]
    least, sooner, best_where, best_leg, best_rest = math.inf, FOREVER, NOWHERE, -1, -1
    for leg in range(count + 1):
        if leg and plain[leg - 1, ENDED] > high:
            break
        if leg < count and plain[leg, ENDED] <= low:
            continue
        for where in range(BEFORE_LEG, INSIDE + 1):
            if where != BEFORE_LEG and leg == count:
                break
            if where == AFTER_LEG and plain[leg, ARRIVED] > high:
                continue
            if where == INSIDE and (not stops[order[leg], INTERRUPTIBLE] or plain[leg, STARTED] > high):
                continue
            cost, home, rest = walk(state, row, order, count, legs, where, leg, soft, tried)
            if cost < least or (cost == least and cost < math.inf and home < sooner):
                least, sooner, best_where, best_leg, best_rest = cost, home, where, leg, rest
    if least < math.inf:
        walk(state, row, order, count, legs, best_where, best_leg, soft, plain)
        return least, sooner, best_where, best_leg, best_rest
    if soft or rows[row, WAIVED]:
        return price, back, NOWHERE, -1, -1
    return math.inf, 0, NOWHERE, -1, -1


@bare
def standing_order(state: State, row: int, order: Ints) -> int:
    """The slots of a row as it stands, into `order`; returns how many."""
    count = state.rows[row, COUNT]
    for k in range(count):
        order[k] = state.rows[row, FIRST] + k
    return count


@bare
def place_after(state: State, row: int, order: Ints, k: int) -> int:
    """The place before leg k of an order in a row's shift."""
    return state.rows[row, HOME] if k == 0 else state.stops[order[k - 1], PLACE]


@bare
def work_at(state: State, row: int, order: Ints, k: int) -> int:
    """Seconds of service, and of setup where it is due: once per place, always at the first stop."""
    stops, slot = state.stops, order[k]
    if k and stops[order[k - 1], PLACE] == stops[slot, PLACE]:
        return stops[slot, SERVICE]
    return stops[slot, SERVICE] + stops[slot, SETUP]


@bare
def bound(state: State, row: int, order: Ints, count: int) -> None:
    """`known` and `least` of a row: its times if there were no rest, forwards and backwards."""
    stops, rates, rows, prices = state.stops, state.rates, state.rows, state.prices
    legs, known, least = state.legs[row], state.known[row], state.least[row]
    now = rows[row, START]
    least[0, BEFORE] = 0.0
    for k in range(count):
        slot = order[k]
        start = max(now + legs[k, 0], stops[slot, LOW])
        now = start + work_at(state, row, order, k)
        known[k, PLAIN_END] = now
        least[k, FROM] = at_least(stops, rates, prices, slot, start, now)
        least[k + 1, BEFORE] = least[k, BEFORE] + least[k, FROM]
    known[count, PLAIN_END] = now + legs[count, 0]
    least[count, FROM] = 0.0
    latest, tail = rows[row, LIMIT] - legs[count, 0], legs[count, 0]
    for k in range(count - 1, -1, -1):
        least[k, FROM] += least[k + 1, FROM]
        known[k, LATEST_END], known[k, TAIL] = latest, tail
        work = work_at(state, row, order, k)
        latest = min(latest - work, stops[order[k], HIGH]) - legs[k, 0]
        tail += work + legs[k, 0]


@door
def settle(state: State, row: int, soft: bool) -> None:
    """Work out everything that is derived from the stops of a row; soft times if asked for, or if there are no others."""
    stops, rates, rows, sums, prices = state.stops, state.rates, state.rows, state.sums, state.prices
    order, out = state.order, state.out
    count = standing_order(state, row, order)
    legs = state.legs[row]
    for k in range(count + 1):
        target = rows[row, GOAL] if k == count else stops[order[k], PLACE]
        legs[k, 0], legs[k, 1] = between(state.points, prices, place_after(state, row, order, k), target)
    price, back, where, leg, rest = math.inf, 0, 0, 0, 0
    if not soft:
        price, back, where, leg, rest = timed(state, row, order, count, legs, False, out)
    rows[row, FEASIBLE] = 1 if price < math.inf else 0
    if price == math.inf:
        price, back, where, leg, rest = timed(state, row, order, count, legs, True, out)
    for k in range(count):
        for column in range(3):
            state.times[row, k, column] = out[0, k, column]
    rows[row, BACK], rows[row, WHERE], rows[row, LEG], rows[row, REST_START] = back, where, leg, rest
    sums[row, PRICE] = price
    clocked = max(0, back - rows[row, END]) * prices[OVERTIME] if count else 0.0
    for k in range(count):
        clocked += at_clock(stops, rates, prices, order[k], out[0, k, STARTED], out[0, k, ENDED])
    sums[row, CLOCKED] = clocked
    bound(state, row, order, count)


@door
def between_places(points: Prices, prices: Floats, origin: int, target: int) -> tuple[int, int]:
    """`between`, for Python."""
    return between(points, prices, origin, target)
