"""The inner loop of displacing: one more stop in a row after taking others out, over every choice of up to a few of them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from optimizer.compiled import njit
from optimizer.kernel import (
    CHURN_SHIFT,
    COUNT,
    ENDED,
    FEASIBLE,
    FIRST,
    FROZEN,
    GOAL,
    HIGH,
    HOME,
    LOW,
    MOVED,
    NOWHERE,
    PLACE,
    PRICE,
    PUBLISHED,
    SERVICE,
    START,
    STARTED,
    Floats,
    Ints,
    State,
    at_least,
    between,
    ranked,
    timed,
    walk,
)

MOVE: Final = 60.0
"""What moving a stop has to gain to be looked at before not moving it, in seconds of travel."""

AT_ROW, AT_POSITION, AT_TAKEN = range(3)
"""Columns of what `squeezes` finds; from AT_TAKEN on the slots taken out, -1 for fewer."""
ROW_SHARE: Final = 8
"""So many choices of one row are kept (more if there are few rows), so that one row does not crowd out the others."""


@njit
def squeezes(
    state: State,
    asked: int,
    rows: Ints,
    own: int,
    leave: Floats,
    most_moved: int,
    budget: int,
    costs: Floats,
    found: Ints,
) -> None:
    """The most promising ways to insert a stop into feasible rows after taking out one to `most_moved` movable stops.

    `leave` (slots): what leaving a stop without a place costs, negative for one that may not be moved. `own` as in
    `kernel.offers`. `costs` (n,), filled with infinity, gets estimates, cheapest first: the exact price of the row with the
    stop, and for each one taken out what taking it out alone would save, or leaving it out cost, if that is less (in a good
    plan no other place is cheaper than the present one). `found` (n, AT_TAKEN + most_moved). Rows come by the price of being
    there first; after `budget` choices no further row is begun.
    """
    room = state.legs.shape[1]
    ways = np.empty((room + 2, room + 2, 2), np.int64)
    loose, taken = np.empty(room, np.int64), np.empty(most_moved, np.int64)
    gains, at = np.empty(room), np.empty(AT_TAKEN + most_moved, np.int64)
    nearest, share = np.empty(len(rows)), min(len(costs), max(ROW_SHARE, len(costs) // len(rows)))
    stay, order = np.empty(room, np.int64), np.empty(room, np.int64)
    legs, out = np.empty((room + 1, 2), np.int64), np.empty((2, room, 3), np.int64)
    row_costs, row_found = np.empty(share), np.empty((share, len(at)), np.int64)
    for n in range(len(rows)):
        nearest[n] = soonest(state, rows[n], asked)
        nearest[n] += 0.0 if own == -2 or own == rows[n] else state.prices[CHURN_SHIFT]
    turn = np.argsort(nearest, kind="mergesort")
    for i in range(len(turn)):
        n = int(turn[i])
        row = rows[n]
        if budget <= 0 or nearest[n] >= costs[-1]:
            break
        row_costs[:] = math.inf
        count = movable(state, row, leave, loose)
        measured(state, row, asked, ways)
        for k in range(count):
            taken[0] = loose[k]
            price, _ = placed(state, row, -1, taken, 1, ways, math.inf, stay, order, legs, out)
            gains[k] = min(max(0.0, state.sums[row, PRICE] - price), leave[loose[k]])
        for size in range(1, min(most_moved, count) + 1):
            chosen = np.arange(size)
            while True:
                budget -= 1
                back = 0.0 if own == -2 or own == row else state.prices[CHURN_SHIFT]
                for k in range(size):
                    taken[k] = loose[chosen[k]]
                    back += gains[chosen[k]] + MOVE
                below = row_costs[-1] - back + state.sums[row, PRICE]
                price, position = placed(state, row, asked, taken, size, ways, below, stay, order, legs, out)
                cost = price - state.sums[row, PRICE] + back
                if cost < row_costs[-1]:
                    at[:] = -1
                    at[AT_ROW], at[AT_POSITION] = row, position
                    at[AT_TAKEN : AT_TAKEN + size] = taken[:size]
                    ranked(cost, at, row_costs, row_found)
                if not advanced(chosen, count):
                    break
        for k in range(share):
            if row_costs[k] < costs[-1]:
                ranked(row_costs[k], row_found[k], costs, found)


@njit
def soonest(state: State, row: int, asked: int) -> float:
    """What a stop costs by the clock at the earliest that a row could be there, frozen stops first; infinite for a row that
    is not feasible."""
    stops, rows, frozen = state.stops, state.rows, state.rows[row, FROZEN]
    if not rows[row, FEASIBLE]:
        return math.inf
    now, place = rows[row, START], rows[row, HOME]
    if frozen:
        now, place = state.times[row, frozen - 1, ENDED], stops[rows[row, FIRST] + frozen - 1, PLACE]
    start = max(now + between(state.points, state.prices, place, stops[asked, PLACE])[0], stops[asked, LOW])
    if start > stops[asked, HIGH]:
        return math.inf
    return at_least(stops, state.rates, state.prices, asked, start, start + stops[asked, SERVICE])


@njit
def movable(state: State, row: int, leave: Floats, loose: Ints) -> int:
    """The slots of a row that may be moved, into `loose`; returns how many."""
    count = 0
    for k in range(state.rows[row, FROZEN], state.rows[row, COUNT]):
        if leave[state.rows[row, FIRST] + k] >= 0:
            loose[count] = state.rows[row, FIRST] + k
            count += 1
    return count


@njit
def measured(state: State, row: int, asked: int, ways: Ints) -> None:
    """Seconds and metres between home (0), the stops of a row (1 .. n), goal (n + 1) and a stop asked for (n + 2)."""
    rows, stops, count = state.rows, state.stops, state.rows[row, COUNT]
    places = np.empty(count + 3, np.int64)
    places[0], places[count + 1], places[count + 2] = rows[row, HOME], rows[row, GOAL], stops[asked, PLACE]
    for k in range(count):
        places[k + 1] = stops[rows[row, FIRST] + k, PLACE]
    for a in range(count + 3):
        for b in range(a + 1):
            seconds, metres = between(state.points, state.prices, places[a], places[b])
            ways[a, b, 0] = ways[b, a, 0] = seconds
            ways[a, b, 1] = ways[b, a, 1] = metres


@njit
def placed(
    state: State,
    row: int,
    asked: int,
    taken: Ints,
    size: int,
    ways: Ints,
    below: float,
    stay: Ints,
    order: Ints,
    legs: Ints,
    out: Ints,
) -> tuple[float, int]:
    """The least price of a row without `taken[:size]`, a stop asked for (-1: none) at its best position, and that position;
    infinite if that is not less than `below`.

    The rest only makes a row dearer, but for stops that come too early for their published start: so the walk without it
    is looked at first.
    """
    first, count = state.rows[row, FIRST], state.rows[row, COUNT]
    left = 0
    for k in range(count):
        stays = True
        for t in range(size):
            stays = stays and taken[t] != first + k
        if stays:
            stay[left] = first + k
            left += 1
    total = left if asked < 0 else left + 1
    least, best = below, -1
    for position in range(state.rows[row, FROZEN], total):
        before = 0
        for k in range(total):
            order[k] = (
                asked if asked >= 0 and k == position else stay[k - 1 if asked >= 0 and k > position else k]
            )
            at = count + 2 if order[k] == asked else order[k] - first + 1
            legs[k, 0], legs[k, 1] = ways[before, at, 0], ways[before, at, 1]
            before = at
        legs[total, 0], legs[total, 1] = ways[before, count + 1, 0], ways[before, count + 1, 1]
        price = walk(state, row, order, total, legs, NOWHERE, -1, False, out[0])[0]
        if price < math.inf:
            for k in range(total):
                early = max(0, state.stops[order[k], PUBLISHED] - out[0, k, STARTED])
                price -= state.rates[order[k], MOVED] * early
        if price < least:
            price = timed(state, row, order, total, legs, False, out)[0]
        if price < least:
            least, best = price, position
        if asked < 0:
            break
    if total == 0:
        return 0.0, 0
    return (math.inf if best < 0 else least), best


@njit
def advanced(chosen: Ints, count: int) -> bool:
    """The next choice of so many out of `count`, ascending, in place; False after the last."""
    size = len(chosen)
    for k in range(size - 1, -1, -1):
        if chosen[k] < count - size + k:
            chosen[k] += 1
            for after in range(k + 1, size):
                chosen[after] = chosen[after - 1] + 1
            return True
    return False
