"""The inner loops of the insertion state, over flat arrays: exact schedules of one row, and the price of one more stop.

`walk` and `timed` are `schedule._walk` and `schedule.timing` once more, integer for integer; a test holds them together.
All instants are int64 seconds, rates and prices float64. Columns have names (`PLACE`, ...), not structures: compiled code
reads them at the same speed, and uncompiled code (`compiled.why_not`) reads the very same arrays.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from optimizer.compiled import njit
from optimizer.distances import EQUATOR_M, SQUARED_ECCENTRICITY

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

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
# Columns of the integer table of `offers`.
AT_ROW, AT_POSITION, AT_ARRIVAL, AT_START, AT_END, AT_BEFORE_S, AT_AFTER_S = range(7)
OFFER_COLUMNS: Final = 7
# What `walk` and `timed` answer.
Walk: TypeAlias = tuple[float, int, int]
"""Price (infinite if there is no schedule), instant back, start of the rest or -1."""
Timed: TypeAlias = tuple[float, int, int, int, int]
"""Price (infinite if there is no schedule), instant back, where the rest lies, its leg, its start."""


class State(NamedTuple):
    """All arrays of an insertion state. C is the room of a row: at most C - 1 stops stand in it."""

    stops: Ints
    """(slots, STOP_COLUMNS): what stands where; row r owns slots `rows[r, FIRST]` and following."""
    rates: Floats
    rows: Ints
    sums: Floats
    legs: Ints
    """(rows, C + 1, 2): seconds and metres to stop k, then of the way back."""
    times: Ints
    """(rows, C, 3)"""
    known: Ints
    """(rows, C + 1, 3); PLAIN_END of the last leg is the instant back."""
    least: Floats
    """(rows, C + 1, 2)"""
    points: Floats
    prices: Floats


@njit
def between(points: Floats, prices: Floats, origin: int, target: int) -> tuple[int, int]:
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


@njit
def at_clock(stops: Ints, rates: Floats, prices: Floats, slot: int, start: int, end: int) -> float:
    """Cost of serving a stop from `start` to `end`: outage, lateness, seconds moved (as `Ground.at_clock`)."""
    price = rates[slot, OUTAGE] * (end - prices[ORIGIN])
    if end > stops[slot, DUE]:
        price += rates[slot, LATE] * (end - stops[slot, DUE])
    return price + rates[slot, MOVED] * abs(start - stops[slot, PUBLISHED])


@njit
def at_least(stops: Ints, rates: Floats, prices: Floats, slot: int, start: int, end: int) -> float:
    """A lower bound of `at_clock` for every later `start` and `end`: an early one may yet become punctual."""
    price = rates[slot, OUTAGE] * (end - prices[ORIGIN])
    price += rates[slot, LATE] * max(0, end - stops[slot, DUE])
    return price + rates[slot, MOVED] * max(0, start - stops[slot, PUBLISHED])


@njit
def walk(
    state: State,
    row: int,
    order: Ints,
    count: int,
    legs: Ints,
    where: int,
    at: int,
    soft: bool,
    out: Ints,
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


@njit
def timed(state: State, row: int, order: Ints, count: int, legs: Ints, soft: bool, out: Ints) -> Timed:
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


@njit
def standing_order(state: State, row: int, order: Ints) -> int:
    """The slots of a row as it stands, into `order`; returns how many."""
    count = state.rows[row, COUNT]
    for k in range(count):
        order[k] = state.rows[row, FIRST] + k
    return count


@njit
def place_after(state: State, row: int, order: Ints, k: int) -> int:
    """The place before leg k of an order in a row's shift."""
    return state.rows[row, HOME] if k == 0 else state.stops[order[k - 1], PLACE]


@njit
def settle(state: State, row: int, soft: bool) -> None:
    """Work out everything that is derived from the stops of a row; soft times if asked for, or if there are no others."""
    stops, rates, rows, sums, prices = state.stops, state.rates, state.rows, state.sums, state.prices
    room = state.legs.shape[1]
    order, out = np.empty(room, np.int64), np.empty((2, room, 3), np.int64)
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
    state.times[row, :count] = out[0, :count]
    rows[row, BACK], rows[row, WHERE], rows[row, LEG], rows[row, REST_START] = back, where, leg, rest
    sums[row, PRICE] = price
    clocked = max(0, back - rows[row, END]) * prices[OVERTIME] if count else 0.0
    for k in range(count):
        clocked += at_clock(stops, rates, prices, order[k], out[0, k, STARTED], out[0, k, ENDED])
    sums[row, CLOCKED] = clocked
    bound(state, row, order, count)


@njit
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


@njit
def work_at(state: State, row: int, order: Ints, k: int) -> int:
    """Seconds of service, and of setup where it is due: once per place, always at the first stop."""
    stops, slot = state.stops, order[k]
    if k and stops[order[k - 1], PLACE] == stops[slot, PLACE]:
        return stops[slot, SERVICE]
    return stops[slot, SERVICE] + stops[slot, SETUP]


@njit
def spliced(state: State, row: int, asked: int, position: int, reach: Ints, order: Ints, legs: Ints) -> int:
    """The order and legs of a standing row with one more stop, into `order` and `legs`; returns how many stops."""
    count, first = state.rows[row, COUNT], state.rows[row, FIRST]
    for k in range(count):
        order[k if k < position else k + 1] = first + k
    order[position] = asked
    for k in range(count + 1):
        target = k if k < position else k + 1
        legs[target, 0], legs[target, 1] = state.legs[row, k, 0], state.legs[row, k, 1]
    for k in range(2):
        legs[position, k] = reach[position, k]
        legs[position + 1, k] = reach[position + 1, k]
    return count + 1


@njit
def detour(state: State, row: int, reach: Ints, position: int) -> float:
    """What driving costs more with one more stop there, and opening the shift if it is the first."""
    prices, legs, count = state.prices, state.legs[row], state.rows[row, COUNT]
    seconds = reach[position, 0] + reach[position + 1, 0]
    metres = reach[position, 1] + reach[position + 1, 1]
    if count == 0:
        return seconds * prices[PER_SECOND] + metres * prices[PER_METRE] + prices[SHIFT_USED]
    seconds -= legs[position, 0]
    metres -= legs[position, 1]
    return seconds * prices[PER_SECOND] + metres * prices[PER_METRE]


@njit
def survey(state: State, row: int, asked: int, reach: Ints) -> float:
    """Ways between a stop and all places of a row (home, stops, goal) into `reach` (> COUNT + 1, 2); the least detour."""
    stops, rows, there = state.stops, state.rows, state.stops[asked, PLACE]
    count, first = rows[row, COUNT], rows[row, FIRST]
    for k in range(count + 2):
        if k == 0:
            place = rows[row, HOME]
        elif k > count:
            place = rows[row, GOAL]
        else:
            place = stops[first + k - 1, PLACE]
        reach[k, 0], reach[k, 1] = between(state.points, state.prices, place, there)
    least = math.inf
    for position in range(rows[row, FROZEN], count + 1):
        least = min(least, detour(state, row, reach, position))
    return least


@njit
def floors_in(
    state: State,
    row: int,
    asked: int,
    windows: Ints,
    within: Ints,
    reach: Ints,
    floors: Floats,
    lowest: Floats,
) -> None:
    """Lower bounds of what one more stop costs at each position, for each window that is `within`, churn of its row
    aside: into `floors` (w, > COUNT), infinite where it cannot fit, the least of each window into `lowest` (w,).

    The row's times without its rest can only be later with it, and those behind the stop are never earlier than before, save
    where it spares the next one its setup: then nothing is known (minus infinity). Windows are the inner loop, without calls.
    """
    stops, rates, rows, prices = state.stops, state.rates, state.rows, state.prices
    known, least, count, first = state.known, state.least, rows[row, COUNT], rows[row, FIRST]
    finish, limit, there = rows[row, END], rows[row, LIMIT], stops[asked, PLACE]
    for w in within:
        lowest[w] = math.inf
    for position in range(rows[row, FROZEN], count + 1):
        free = known[row, position - 1, PLAIN_END] if position else rows[row, START]
        arrival, onward = free + reach[position, 0], reach[position + 1, 0]
        work = stops[asked, SERVICE]
        if position == 0 or stops[first + position - 1, PLACE] != there:
            work += stops[asked, SETUP]
        slot, following, tail, latest = first + position, 0, onward, limit - onward
        plain_end, plain_back = 0, 0
        base = detour(state, row, reach, position) + least[row, position, BEFORE] - state.sums[row, CLOCKED]
        if position < count:
            following = stops[slot, SERVICE]
            if stops[slot, PLACE] != there:
                following += stops[slot, SETUP]
            tail, latest = known[row, position, TAIL], known[row, position, LATEST_END]
            plain_end, plain_back = known[row, position, PLAIN_END], known[row, count, PLAIN_END]
            base += least[row, position + 1, FROM]
        for w in within:
            start = max(arrival, windows[w, 0])
            end = start + work
            floor = base + at_least(stops, rates, prices, asked, start, end)
            fits = start <= windows[w, 1]
            if position < count:
                start = max(end + onward, stops[slot, LOW])
                end = start + following
                floor += at_least(stops, rates, prices, slot, start, end)
                fits = fits and start <= stops[slot, HIGH]
            back = max(end + tail, plain_back)
            floor += max(0, back - finish) * prices[OVERTIME]
            if not fits or end > latest:
                floor = math.inf
            elif position < count and end < plain_end:
                floor = -math.inf
            floors[w, position] = floor
            lowest[w] = min(lowest[w], floor)


@njit
def best_in(
    state: State,
    row: int,
    asked: int,
    reach: Ints,
    floors: Floats,
    below: float,
    order: Ints,
    legs: Ints,
    out: Ints,
    found: Ints,
) -> float:
    """The cheapest position of a stop in a row, exact, if it costs less than `below` (else infinite); into `found`.

    `floors` (COUNT + 1) are lower bounds, and are used up: the exact schedule is worked out from the least on.
    """
    count, best = state.rows[row, COUNT], math.inf
    while True:
        position = -1
        for k in range(state.rows[row, FROZEN], count + 1):
            if floors[k] < below and (position < 0 or floors[k] < floors[position]):
                position = k
        if position < 0:
            return best
        floors[position] = math.inf
        more = spliced(state, row, asked, position, reach, order, legs)
        price, _, where, leg, rest = timed(state, row, order, more, legs, False, out)
        cost = price - state.sums[row, PRICE]
        if cost < below:
            best = below = cost
            arrival = out[0, position, ARRIVED]
            if position == 0:  # the first drive starts as late as it may
                arrival = rest if where == AFTER_LEG and leg == 0 else out[0, 0, STARTED]
            found[AT_ROW], found[AT_POSITION], found[AT_ARRIVAL] = row, position, arrival
            found[AT_START], found[AT_END] = out[0, position, STARTED], out[0, position, ENDED]
            found[AT_BEFORE_S], found[AT_AFTER_S] = reach[position, 0], reach[position + 1, 0]


@njit
def offers(state: State, asked: int, rows: Ints, own: int, windows: Ints, costs: Floats, found: Ints) -> None:
    """For each window the cheapest rows to insert a stop into, cheapest first, each at its best position.

    `rows`: row indices to look at. `own`: the row in which the stop was published (-1: none), elsewhere it costs CHURN_SHIFT;
    -2: it was never published. `windows`: (w, 2) bounds of the start. `costs` (w, most) comes filled with infinity and
    `found` is (w, most, OFFER_COLUMNS). Rows with the smallest detour come first, so that bounds cut off most others.
    """
    room, most = state.legs.shape[1], costs.shape[1]
    reach, detours = np.empty((len(rows), room + 1, 2), np.int64), np.empty(len(rows))
    for n in range(len(rows)):
        detours[n] = survey(state, rows[n], asked, reach[n]) if state.rows[rows[n], FEASIBLE] else math.inf
    order, legs = np.empty(room, np.int64), np.empty((room, 2), np.int64)
    out = np.empty((2, room, 3), np.int64)
    floors, at = np.empty((len(windows), room)), np.empty(OFFER_COLUMNS, np.int64)
    lowest, within = np.empty(len(windows)), np.empty(len(windows), np.int64)
    turn = np.argsort(detours, kind="mergesort")
    for k in range(len(turn)):
        n = int(turn[k])
        row = rows[n]
        if detours[n] == math.inf:
            continue
        churn = 0.0 if own == -2 or own == row else state.prices[CHURN_SHIFT]
        count = 0
        for w in range(len(windows)):
            if windows[w, 0] <= state.rows[row, LIMIT] and windows[w, 1] >= state.rows[row, START]:
                within[count] = w
                count += 1
        if count:
            floors_in(state, row, asked, windows, within[:count], reach[n], floors, lowest)
        for m in range(count):
            w = int(within[m])
            below = costs[w, most - 1] - churn
            if lowest[w] >= below:
                continue
            state.stops[asked, LOW], state.stops[asked, HIGH] = windows[w, 0], windows[w, 1]
            cost = best_in(state, row, asked, reach[n], floors[w], below, order, legs, out, at) + churn
            if cost < costs[w, most - 1]:
                ranked(cost, at, costs[w], found[w])


@njit
def ranked(cost: float, at: Ints, costs: Floats, found: Ints) -> None:
    """Put one offer where it belongs among the cheapest; the dearest of them drops out."""
    k = len(costs) - 1
    while k and cost < costs[k - 1]:
        costs[k] = costs[k - 1]
        found[k] = found[k - 1]
        k -= 1
    costs[k] = cost
    found[k] = at
