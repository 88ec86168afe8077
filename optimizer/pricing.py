"""The inner loops of the insertion state: what one more stop costs in each row, for many windows at once."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from optimizer.compiled import bare, door
from optimizer.kernel import (
    AFTER_LEG,
    ARRIVED,
    BEFORE,
    CHURN_SHIFT,
    CLOCKED,
    COUNT,
    END,
    ENDED,
    FEASIBLE,
    FIRST,
    FROM,
    FROZEN,
    GOAL,
    HIGH,
    HOME,
    LATEST_END,
    LIMIT,
    LOW,
    OVERTIME,
    PER_METRE,
    PER_SECOND,
    PLACE,
    PLAIN_END,
    PRICE,
    SERVICE,
    SETUP,
    SHIFT_USED,
    START,
    STARTED,
    TAIL,
    Cube,
    Floats,
    Ints,
    Prices,
    State,
    Table,
    at_least,
    between,
    timed,
)

# Columns of the integer table of `offers`.
AT_ROW, AT_POSITION, AT_ARRIVAL, AT_START, AT_END, AT_BEFORE_S, AT_AFTER_S = range(7)
OFFER_COLUMNS: Final = 7
ROUNDED: Final = 1e-6
"""Sums of floats in another order may be off by less."""


class Survey(NamedTuple):
    """Scratch of `surveyed` and `offers`: R rows, W windows, C as in `State`."""

    reach: Cube
    """(R, C + 1, 2): ways between the stop asked for and all places of a row: home, stops, goal."""
    bounds: Floats
    """(R,): what the stop costs in a row at least, by the clock aside; infinite for a row that is not feasible."""
    floors: Prices
    """(W, C + 1)"""
    lowest: Floats
    within: Ints


@bare
def spliced(state: State, row: int, asked: int, position: int, reach: Table) -> int:
    """The order and legs of a standing row with one more stop, into `state.order` and `state.ways`; returns how many
    stops."""
    count, first, order, legs = state.rows[row, COUNT], state.rows[row, FIRST], state.order, state.ways
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


@bare
def detour(state: State, row: int, reach: Table, position: int) -> float:
    """What driving costs more with one more stop there, and opening the shift if it is the first."""
    prices, legs, count = state.prices, state.legs[row], state.rows[row, COUNT]
    seconds = reach[position, 0] + reach[position + 1, 0]
    metres = reach[position, 1] + reach[position + 1, 1]
    if count == 0:
        return seconds * prices[PER_SECOND] + metres * prices[PER_METRE] + prices[SHIFT_USED]
    seconds -= legs[position, 0]
    metres -= legs[position, 1]
    return seconds * prices[PER_SECOND] + metres * prices[PER_METRE]


@bare
def surveying(state: State, row: int, asked: int, reach: Table) -> float:
    """Ways between a stop and all places of a row (home, stops, goal) into `reach` (> COUNT + 1, 2); a lower bound of what one more
    stop costs in the row, its own cost by the clock aside.

    That is the least detour; but where a rest makes others late, or early ones may become punctual, less. Where it may spare
    another its setup nothing is known (minus infinity).
    """
    stops, rows, there = state.stops, state.rows, state.stops[asked, PLACE]
    count, first, least = rows[row, COUNT], rows[row, FIRST], math.inf
    for k in range(count + 2):
        if k == 0:
            place = rows[row, HOME]
        elif k > count:
            place = rows[row, GOAL]
        else:
            place = stops[first + k - 1, PLACE]
            if place == there:
                least = -math.inf
        reach[k, 0], reach[k, 1] = between(state.points, state.prices, place, there)
    for position in range(rows[row, FROZEN], count + 1):
        least = min(least, detour(state, row, reach, position))
    over = (
        max(0, state.known[row, count, PLAIN_END] - rows[row, END]) * state.prices[OVERTIME] if count else 0.0
    )
    return least - max(0.0, state.sums[row, CLOCKED] - state.least[row, 0, FROM] - over)


@bare
def floors_in(
    state: State,
    row: int,
    asked: int,
    windows: Table,
    within: Ints,
    count_within: int,
    reach: Table,
    floors: Prices,
    lowest: Floats,
) -> None:
    """Lower bounds of what one more stop costs at each position, for each window that is `within[:so many]`, churn of its row
    aside: into `floors` (w, > COUNT), infinite where it cannot fit, the least of each window into `lowest` (w,).

    The row's times without its rest can only be later with it, and those behind the stop are never earlier than before, save
    where it spares the next one its setup: then nothing is known (minus infinity). Windows are the inner loop, without calls.
    """
    stops, rates, rows, prices = state.stops, state.rates, state.rows, state.prices
    known, least, count, first = state.known, state.least, rows[row, COUNT], rows[row, FIRST]
    finish, limit, there = rows[row, END], rows[row, LIMIT], stops[asked, PLACE]
    for m in range(count_within):
        lowest[within[m]] = math.inf
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
        # most windows end before anybody is there, or begin when the others would be late already
        last = latest - work - (following + onward if position < count else 0)
        for m in range(count_within):
            w = int(within[m])
            start = max(arrival, windows[w, 0])
            if start > min(windows[w, 1], last):
                floors[w, position] = math.inf
                continue
            end = start + work
            floor = base + at_least(stops, rates, prices, asked, start, end)
            if position < count:
                start = max(end + onward, stops[slot, LOW])
                end = start + following
                floor += at_least(stops, rates, prices, slot, start, end)
            back = max(end + tail, plain_back)
            floor += max(0, back - finish) * prices[OVERTIME]
            if end > latest or (position < count and start > stops[slot, HIGH]):
                floor = math.inf
            elif position < count and end < plain_end:
                floor = -math.inf
            floors[w, position] = floor
            lowest[w] = min(lowest[w], floor)


@bare
def best_in(
    state: State,
    row: int,
    asked: int,
    reach: Table,
    floors: Floats,
    below: float,
    found: Ints,
) -> float:
    """The cheapest position of a stop in a row, exact, if it costs less than `below` (else infinite); into `found`.

    `floors` (COUNT + 1) are lower bounds, and are used up: the exact schedule is worked out from the least on.
    """
    count, best, out = state.rows[row, COUNT], math.inf, state.out
    while True:
        position = -1
        for k in range(state.rows[row, FROZEN], count + 1):
            if floors[k] < below and (position < 0 or floors[k] < floors[position]):
                position = k
        if position < 0:
            return best
        floors[position] = math.inf
        more = spliced(state, row, asked, position, reach)
        price, _, where, leg, rest = timed(state, row, state.order, more, state.ways, False, out)
        cost = price - state.sums[row, PRICE]
        if cost < below:
            best = below = cost
            arrival = out[0, position, ARRIVED]
            if position == 0:  # the first drive starts as late as it may
                arrival = rest if where == AFTER_LEG and leg == 0 else out[0, 0, STARTED]
            found[AT_ROW], found[AT_POSITION], found[AT_ARRIVAL] = row, position, arrival
            found[AT_START], found[AT_END] = out[0, position, STARTED], out[0, position, ENDED]
            found[AT_BEFORE_S], found[AT_AFTER_S] = reach[position, 0], reach[position + 1, 0]


@bare
def ranked(cost: float, at: Ints, costs: Floats, found: Table) -> None:
    """Put one offer where it belongs among the cheapest; the dearest of them drops out."""
    k = len(costs) - 1
    while k and cost < costs[k - 1]:
        costs[k] = costs[k - 1]
        for column in range(len(at)):
            found[k, column] = found[k - 1, column]
        k -= 1
    costs[k] = cost
    for column in range(len(at)):
        found[k, column] = at[column]


@door
def surveyed(state: State, asked: int, rows: Ints, survey: Survey) -> None:
    """Of all these rows the ways to a stop, and what it costs there at least: `offers` wants to begin with the least."""
    for n in range(len(rows)):
        survey.bounds[n] = math.inf
        if state.rows[rows[n], FEASIBLE]:
            survey.bounds[n] = surveying(state, rows[n], asked, survey.reach[n])


@door
def offers(
    state: State,
    asked: int,
    rows: Ints,
    turn: Ints,
    own: int,
    windows: Table,
    survey: Survey,
    costs: Prices,
    found: Cube,
    at: Ints,
) -> None:
    """For each window the cheapest rows to insert a stop into, cheapest first, each at its best position.

    `rows`: row indices to look at, `surveyed`, in the order of `turn`: with the least bound first, most others are cut off. `own`: the row in which the stop was published (-1: none), elsewhere it costs CHURN_SHIFT; -2: it was never
    published. `windows`: (w, 2) bounds of the start. `costs` (w, most) comes filled with infinity and `found` is (w, most,
    OFFER_COLUMNS); `at` (OFFER_COLUMNS,) is scratch.
    """
    most, within, floors, lowest = costs.shape[1], survey.within, survey.floors, survey.lowest
    stops, rates, prices = state.stops, state.rates, state.prices
    for k in range(len(turn)):
        n = int(turn[k])
        row, bound = rows[n], survey.bounds[n] - ROUNDED
        if bound == math.inf:
            break
        churn = 0.0 if own == -2 or own == row else prices[CHURN_SHIFT]
        count, some = 0, False
        for w in range(len(windows)):
            low = windows[w, 0]
            floor = bound + at_least(stops, rates, prices, asked, low, low + stops[asked, SERVICE])
            if floor < costs[w, most - 1]:
                some = True
                if low <= state.rows[row, LIMIT] and windows[w, 1] >= state.rows[row, START]:
                    within[count] = w
                    count += 1
        if not some:
            break
        if count:
            floors_in(state, row, asked, windows, within, count, survey.reach[n], floors, lowest)
        for m in range(count):
            w = int(within[m])
            below = costs[w, most - 1] - churn
            if lowest[w] >= below:
                continue
            stops[asked, LOW], stops[asked, HIGH] = windows[w, 0], windows[w, 1]
            cost = best_in(state, row, asked, survey.reach[n], floors[w], below, at) + churn
            if cost < costs[w, most - 1]:
                ranked(cost, at, costs[w], found[w])
