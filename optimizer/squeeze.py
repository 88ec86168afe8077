"""The inner loop of displacing: one more stop in a row after taking others out, over every choice of up to a few of them."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from optimizer.compiled import bare, door
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
    Cube,
    Floats,
    Ints,
    State,
    Table,
    at_least,
    between,
    timed,
    walk,
)
from optimizer.pricing import ranked

MOVE: Final = 60.0
"""What moving a stop has to gain to be looked at before not moving it, in seconds of travel."""

AT_ROW, AT_POSITION, AT_TAKEN = range(3)
"""Columns of what `squeezes` finds; from AT_TAKEN on the slots taken out, -1 for fewer."""
ROW_SHARE: Final = 8
"""So many choices of one row are kept (more if there are few rows), so that one row does not crowd out the others."""


class Scratch(NamedTuple):
    """Of `squeezes`: C is the room of a row as in `State`, M how many stops are taken out at the most, S how many choices of
    one row are kept."""

    between: Cube
    """(C + 3, C + 3, 2): ways between all places of a row and the stop asked for."""
    loose: Ints
    taken: Ints
    """(M,)"""
    chosen: Ints
    """(M,)"""
    stay: Ints
    free: Ints
    gains: Floats
    at: Ints
    """(AT_TAKEN + M,)"""
    costs: Floats
    """(S,)"""
    found: Table
    """(S, AT_TAKEN + M)"""


def scratch(room: int, most_moved: int, share: int) -> Scratch:
    """For rows of so much room."""
    return Scratch(
        between=np.empty((room + 3, room + 3, 2), np.int64),
        loose=np.empty(room, np.int64),
        taken=np.empty(most_moved, np.int64),
        chosen=np.empty(most_moved, np.int64),
        stay=np.empty(room + 3, np.int64),
        free=np.empty(room + 1, np.int64),
        gains=np.empty(room),
        at=np.empty(AT_TAKEN + most_moved, np.int64),
        costs=np.empty(share),
        found=np.empty((share, AT_TAKEN + most_moved), np.int64),
    )


@bare
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


@bare
def movable(state: State, row: int, leave: Floats, loose: Ints) -> int:
    """The slots of a row that may be moved, into `loose`; returns how many."""
    count = 0
    for k in range(state.rows[row, FROZEN], state.rows[row, COUNT]):
        if leave[state.rows[row, FIRST] + k] >= 0:
            loose[count] = state.rows[row, FIRST] + k
            count += 1
    return count


@bare
def measured(state: State, row: int, asked: int, scratch: Scratch) -> None:
    """Ways between home (0), the stops of a row (1 .. n), goal (n + 1) and a stop asked for (n + 2)."""
    rows, stops, count, places = state.rows, state.stops, state.rows[row, COUNT], scratch.stay
    places[0], places[count + 1], places[count + 2] = rows[row, HOME], rows[row, GOAL], stops[asked, PLACE]
    for k in range(count):
        places[k + 1] = stops[rows[row, FIRST] + k, PLACE]
    ways = scratch.between
    for a in range(count + 3):
        for b in range(a + 1):
            seconds, metres = between(state.points, state.prices, places[a], places[b])
            ways[a, b, 0] = ways[b, a, 0] = seconds
            ways[a, b, 1] = ways[b, a, 1] = metres


@bare
def plainly(state: State, row: int, order: Ints, count: int) -> float:
    """The price of an order without its rest, times into `state.out[0]`: no rest, and nothing later, makes it cheaper, but that
    stops which come too early for their published start may become punctual."""
    price = walk(state, row, order, count, state.ways, NOWHERE, -1, False, state.out[0])[0]
    if price == math.inf:
        return price
    for k in range(count):
        early = max(0, state.stops[order[k], PUBLISHED] - state.out[0, k, STARTED])
        price -= state.rates[order[k], MOVED] * early
    return price


@bare
def staying(state: State, row: int, scratch: Scratch, size: int) -> int:
    """The slots of a row without `taken[:size]` into `stay`, their legs into `state.ways`; how many."""
    first, count, legs, ways = state.rows[row, FIRST], state.rows[row, COUNT], state.ways, scratch.between
    left, before = 0, 0
    for k in range(count):
        stays = True
        for t in range(size):
            stays = stays and scratch.taken[t] != first + k
        if stays:
            scratch.stay[left] = first + k
            legs[left, 0], legs[left, 1] = ways[before, k + 1, 0], ways[before, k + 1, 1]
            left, before = left + 1, k + 1
    legs[left, 0], legs[left, 1] = ways[before, count + 1, 0], ways[before, count + 1, 1]
    return left


@bare
def joining(state: State, row: int, asked: int, scratch: Scratch, left: int, position: int) -> None:
    """`stay[:left]` with a stop more into `state.order`, and the legs."""
    first, count, legs, ways = state.rows[row, FIRST], state.rows[row, COUNT], state.ways, scratch.between
    before, order = 0, state.order
    for k in range(left + 1):
        order[k] = asked if k == position else scratch.stay[k - 1 if k > position else k]
        at = count + 2 if k == position else order[k] - first + 1
        legs[k, 0], legs[k, 1] = ways[before, at, 0], ways[before, at, 1]
        before = at
    legs[left + 1, 0], legs[left + 1, 1] = ways[before, count + 1, 0], ways[before, count + 1, 1]


@bare
def placed(
    state: State, row: int, asked: int, scratch: Scratch, size: int, below: float
) -> tuple[float, int]:
    """The least price of a row without `taken[:size]` with a stop asked for at its best position, and that position; infinite if
    that is not less than `below`.

    The rest only makes a row dearer: so the walk without it is looked at first. One more stop does, too (but for seconds of
    rounding), and by the clock at least what being there soonest costs.
    """
    first, count, stops, free = state.rows[row, FIRST], state.rows[row, COUNT], state.stops, scratch.free
    left = staying(state, row, scratch, size)
    base = plainly(state, row, scratch.stay, left)
    free[0] = state.rows[row, START]
    for k in range(left):
        free[k + 1] = state.out[0, k, ENDED]
    least, best = below, -1
    for position in range(state.rows[row, FROZEN], left + 1):
        here = scratch.stay[position - 1] - first + 1 if position else 0
        start = max(free[position] + scratch.between[here, count + 2, 0], stops[asked, LOW])
        floor = base + at_least(stops, state.rates, state.prices, asked, start, start + stops[asked, SERVICE])
        # nobody is there sooner at a later position
        if start > stops[asked, HIGH] or floor >= least:
            break
        joining(state, row, asked, scratch, left, position)
        if plainly(state, row, state.order, left + 1) < least:
            price = timed(state, row, state.order, left + 1, state.ways, False, state.out)[0]
            if price < least:
                least, best = price, position
    return (math.inf if best < 0 else least), best


@bare
def advanced(chosen: Ints, size: int, count: int) -> bool:
    """The next choice `chosen[:size]` out of `count`, ascending, in place; False after the last."""
    for k in range(size - 1, -1, -1):
        if chosen[k] < count - size + k:
            chosen[k] += 1
            for after in range(k + 1, size):
                chosen[after] = chosen[after - 1] + 1
            return True
    return False


@door
def nearness(state: State, rows: Ints, asked: int, own: int, nearest: Floats) -> None:
    """Of each row what being there first costs by the clock, into `nearest`: the order in which `squeezes` wants the rows."""
    for n in range(len(rows)):
        nearest[n] = soonest(state, rows[n], asked)
        nearest[n] += 0.0 if own == -2 or own == rows[n] else state.prices[CHURN_SHIFT]


@door
def squeezes(
    state: State,
    asked: int,
    rows: Ints,
    turn: Ints,
    nearest: Floats,
    own: int,
    leave: Floats,
    most_moved: int,
    budget: int,
    scratch: Scratch,
    costs: Floats,
    found: Table,
) -> None:
    """The most promising ways to insert a stop into feasible rows after taking out one to `most_moved` movable stops.

    `leave` (slots): what leaving a stop without a place costs, negative for one that may not be moved. `own` as in
    `pricing.offers`. `costs` (n,), filled with infinity, gets estimates, cheapest first: the exact price of the row with the
    stop, and for each one taken out what taking it out alone would save, or leaving it out cost, if that is less (in a good
    plan no other place is cheaper than the present one). `found` (n, AT_TAKEN + most_moved). Rows come in the order of `turn`,
    the `nearest` first; after `budget` choices no further row is begun.
    """
    loose, taken, gains, chosen = scratch.loose, scratch.taken, scratch.gains, scratch.chosen
    at, row_costs, row_found = scratch.at, scratch.costs, scratch.found
    for i in range(len(turn)):
        n = int(turn[i])
        row = rows[n]
        if budget <= 0 or nearest[n] >= costs[-1]:
            break
        for k in range(len(row_costs)):
            row_costs[k] = math.inf
        count = movable(state, row, leave, loose)
        measured(state, row, asked, scratch)
        churn, before = 0.0 if own == -2 or own == row else state.prices[CHURN_SHIFT], state.sums[row, PRICE]
        for k in range(count):
            taken[0] = loose[k]
            left = staying(state, row, scratch, 1)
            price = timed(state, row, scratch.stay, left, state.ways, False, state.out)[0]
            gains[k] = min(max(0.0, before - price), leave[loose[k]])
        for size in range(1, min(most_moved, count) + 1):
            for k in range(size):
                chosen[k] = k
            more = True
            while more:
                budget -= 1
                back = churn
                for k in range(size):
                    taken[k] = loose[chosen[k]]
                    back += gains[chosen[k]] + MOVE
                price, position = placed(state, row, asked, scratch, size, row_costs[-1] - back + before)
                cost = price - before + back
                if cost < row_costs[-1]:
                    for k in range(len(at)):
                        at[k] = taken[k - AT_TAKEN] if AT_TAKEN <= k < AT_TAKEN + size else -1
                    at[AT_ROW], at[AT_POSITION] = row, position
                    ranked(cost, at, row_costs, row_found)
                more = advanced(chosen, size, count)
        for k in range(len(row_costs)):
            if row_costs[k] < costs[-1]:
                ranked(row_costs[k], row_found[k], costs, found)
