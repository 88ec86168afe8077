"""Compiled: stops are put back, each at its cheapest place, unless it is cheaper left out; partners together."""

from __future__ import annotations

import math
from typing import Final

from optimizer.compiled import bare
from optimizer.search.layout import (
    HEAD,
    LEFT_OUT,
    PARTNER,
    PLACE,
    SHIFT_USED,
    SPEED,
    TECHNICIAN,
    Layout,
    PriceTable,
    Row,
    Table,
)
from optimizer.search.places import (
    CLOSED,
    COST,
    GENEROUS,
    HOLDS,
    LOOKS,
    OUT,
    PLACED,
    SECOND_COST,
    SECOND_PLACED,
    STAMP,
    THOROUGH,
    TURN,
    WIDE,
    Search,
    copied_prices,
    copied_row,
    draw,
    evaluate,
    pick,
    put,
    spliced,
    touch,
    unlist,
)
from optimizer.search.times import (
    AT,
    COUNT,
    FREE,
    LATEST,
    VERSION,
    Routes,
    fix,
    opening,
)

LOOKED_AT: Final = 40
"""Routes of so many nearest jobs are tried for an insertion,"""
HOMES: Final = 5
"""and those that start at so many nearest homes."""
MEETINGS: Final = 12
"""Instants tried for a pair of jobs that start together."""


@bare
def insert(layout: Layout, routes: Routes, search: Search, shift: int, job: int, place: int) -> float:
    """Put a job where `evaluate` said; what the plan then costs more, infinite if that cannot be."""
    touch(layout, routes, search, shift)
    position, code, width = place % WIDE, place // WIDE, routes.state[shift, COUNT] + 2
    depot, depot_at = layout.jobs + code // width, code % width
    count = spliced(routes, shift, job, position, depot, depot_at)
    more = put(layout, routes, search, shift, routes.row, count)
    if more == math.inf:
        return more
    search.where[job] = shift
    unlist(search, job)
    return more - layout.rate[job, LEFT_OUT]


@bare
def arrange(layout: Layout, search: Search, key: int) -> None:
    """Put the jobs of this turn in the order in which they are inserted: by one of their keys, or at random."""
    count = search.tally[OUT]
    # dear 4, far 2, near 1, narrow 2, early 2, late 2, few may go 2, else at random
    chosen = -1
    for column, share in enumerate((4, 2, 1, 2, 2, 2, 2)):
        key -= share
        if key < 0 and chosen < 0:
            chosen = column
    for index in range(count):
        job = search.out[index, 0]
        # among equals those come first that had a place before, as they were marked first
        search.order[index] = draw(search) if chosen < 0 else layout.keys[job, chosen]
    for index in range(1, count):
        value = search.order[index]
        job, where, fixed = search.out[index, 0], search.out[index, 1], search.out[index, 2]
        k = index - 1
        while k >= 0 and search.order[k] > value:
            search.order[k + 1] = search.order[k]
            copied_row(search.out[k + 1], search.out[k])
            k -= 1
        search.order[k + 1] = value
        search.out[k + 1, 0], search.out[k + 1, 1], search.out[k + 1, 2] = job, where, fixed


@bare
def empty_of(layout: Layout, routes: Routes, search: Search, kind: int) -> int:
    """The first shift of a kind in which nobody works, -1 if there is none. It is looked for from where it was found last: once stops
    are put back, no more shifts become empty in a turn."""
    known = search.empty[kind]
    if known[1] != search.tally[TURN]:
        known[0], known[1] = 0, search.tally[TURN]
    while True:
        shift = layout.of_kind[kind, known[0]]
        if shift < 0 or (search.live[shift] and not routes.state[shift, COUNT]):
            return shift
        known[0] += 1


@bare
def all_candidates(layout: Layout, routes: Routes, search: Search, job: int, found: Row, count: int) -> int:
    """All other shifts behind the first `count` in `found`, of those that are empty one of each kind; how many there are then."""
    stamp = search.tally[STAMP]
    for kind in layout.near_kinds[job]:
        if kind < 0:
            break
        for shift in layout.of_kind[kind]:
            if shift < 0:
                break
            if not search.live[shift] or search.stamp[shift] == stamp:
                continue
            empty = not routes.state[shift, COUNT]
            if layout.allowed[job, shift] and not (empty and search.tally[CLOSED]):
                found[count] = shift
                count += 1
            if empty:
                break
    return count


@bare
def candidates(layout: Layout, routes: Routes, search: Search, job: int, found: Row) -> int:
    """Shifts worth trying for a job, into `found`: those of its nearest jobs, and one of each kind near it that is empty or alone
    of its kind; how many."""
    search.tally[STAMP] += 1
    stamp, count = search.tally[STAMP], 0
    for index in range(min(LOOKED_AT, layout.near.shape[1])):
        shift = search.where[layout.near[job, index]]
        if shift >= 0 and search.stamp[shift] != stamp:
            search.stamp[shift] = stamp
            if search.live[shift] and layout.allowed[job, shift]:
                found[count] = shift
                count += 1
    if search.tally[THOROUGH]:
        return all_candidates(layout, routes, search, job, found, count)
    homes = 0
    for kind in layout.near_kinds[job]:
        if kind < 0 or homes >= HOMES:
            break
        shift = layout.of_kind[kind, 0]
        if layout.of_kind[kind, 1] >= 0:
            shift = empty_of(layout, routes, search, kind)
        if shift < 0 or not search.live[shift] or search.stamp[shift] == stamp:
            continue
        if search.tally[CLOSED] and not routes.state[shift, COUNT]:
            continue
        homes += 1
        search.stamp[shift] = stamp
        if layout.allowed[job, shift]:
            found[count] = shift
            count += 1
    return count


@bare
def two_best(layout: Layout, routes: Routes, search: Search, job: int, found: Row, best: PriceTable) -> None:
    """The two cheapest insertions with two technicians, as rows of cost and shift; infinite where there is none."""
    best[0, 0] = best[1, 0] = math.inf
    for number in range(candidates(layout, routes, search, job, found)):
        shift = found[number]
        evaluate(layout, routes, search, shift, job)
        cost, technician = search.known[job, shift, COST], layout.shift[shift, TECHNICIAN]
        same = best[0, 0] < math.inf and layout.shift[int(best[0, 1]), TECHNICIAN] == technician
        if cost < best[0, 0]:
            if not same:
                copied_prices(best[1], best[0])
            best[0, 0], best[0, 1] = cost, shift
        elif cost < best[1, 0] and not same:
            best[1, 0], best[1, 1] = cost, shift


@bare
def both_open(layout: Layout, window: Table, job: int, partner: int, moment: int) -> int:
    """The first instant from `moment` on that lies in a window of each; -1 if none does."""
    while True:
        start, _ = opening(layout, window, job, moment)
        if start < 0:
            return -1
        moment, _ = opening(layout, window, partner, start)
        if moment <= start:
            return moment


@bare
def meetings(
    layout: Layout, routes: Routes, search: Search, job: int, partner: int, found: Row, instants: Row
) -> int:
    """Instants at which two technicians could start, a few at random: when one of the two would if he came alone."""
    seen = 0
    for who in (job, partner):
        fix(layout, routes, job, -1)
        fix(layout, routes, partner, -1)
        for number in range(candidates(layout, routes, search, who, found)):
            shift = found[number]
            speed, stop = layout.shift[shift, SPEED], routes.stop[shift]
            for k in range(layout.shift[shift, HEAD], routes.state[shift, COUNT] + 1):
                reached = stop[k, FREE] + layout.travel[speed, stop[k, AT], layout.job[who, PLACE]]
                start = both_open(layout, routes.window, job, partner, reached)
                if start < 0 or start > stop[k + 1, LATEST]:
                    continue
                at = seen if seen < MEETINGS else pick(search, seen + 1)
                if at < MEETINGS:
                    instants[at] = start
                seen += 1
    return min(seen, MEETINGS)


@bare
def meet(layout: Layout, routes: Routes, search: Search, job: int, partner: int, found: Row) -> float:
    """Insert two jobs that start at the same instant with two technicians; what the plan then costs more."""
    instants = search.instants
    count = meetings(layout, routes, search, job, partner, found, instants)
    left_out = layout.rate[job, LEFT_OUT] + layout.rate[partner, LEFT_OUT]
    least, when, shift, other = left_out, -1, -1, -1
    table = search.table
    for number in range(count):
        fix(layout, routes, job, instants[number])
        fix(layout, routes, partner, instants[number])
        for one, who in enumerate((job, partner)):
            two_best(layout, routes, search, who, found, table[one])
        for a in range(2):
            for b in range(2):
                cost, first, second = (
                    table[0, a, 0] + table[1, b, 0],
                    int(table[0, a, 1]),
                    int(table[1, b, 1]),
                )
                if cost < least and layout.shift[first, TECHNICIAN] != layout.shift[second, TECHNICIAN]:
                    least, when, shift, other = cost, instants[number], first, second
    fix(layout, routes, job, when)
    fix(layout, routes, partner, when)
    if when < 0:
        return 0.0
    more = 0.0
    for who, target in ((job, shift), (partner, other)):
        evaluate(layout, routes, search, target, who)
        more += insert(layout, routes, search, target, who, int(search.place[who, target, PLACED]))
    return more


@bare
def overlooked(search: Search, blink: float) -> bool:
    """The cheapest place of this route is: so often, by counting down to the next time instead of drawing each time."""
    search.tally[LOOKS] -= 1
    if blink == 0.0 or search.tally[LOOKS] >= 0:
        return False
    search.tally[LOOKS] = int(math.log(max(draw(search), 1e-12)) / math.log(1.0 - blink))
    return True


@bare
def cheapest(
    layout: Layout, routes: Routes, search: Search, job: int, blink: float, found: Row
) -> tuple[int, int]:
    """The shift and the place in it where the job costs least; -1 if it is cheaper left out."""
    least, best, place, column = layout.rate[job, LEFT_OUT], -1, 0, PLACED
    for number in range(candidates(layout, routes, search, job, found)):
        shift = found[number]
        known = search.known[job, shift]
        if known[HOLDS] != routes.state[shift, VERSION]:
            evaluate(layout, routes, search, shift, job)
        cost, which = known[COST], PLACED
        if overlooked(search, blink):
            cost, which = search.place[job, shift, SECOND_COST], SECOND_PLACED
        if search.tally[GENEROUS] and not routes.state[shift, COUNT]:
            cost -= layout.price[SHIFT_USED]
        if cost < least:
            least, best, column = cost, shift, which
    if best >= 0:
        place = int(search.place[job, best, column])
    return best, place


@bare
def recreate(
    layout: Layout, routes: Routes, search: Search, blink: float, before: float, most: float
) -> float:
    """Insert the jobs of this turn, each at its cheapest place unless it is cheaper left out; what the plan then costs more, on top
    of `before`. Infinite as soon as that is `most` or more, even if all that is left to insert cost nothing."""
    more, hope = before, 0.0
    for index in range(search.tally[OUT]):
        if search.where[search.out[index, 0]] < 0:
            hope += layout.rate[search.out[index, 0], LEFT_OUT]
    for index in range(search.tally[OUT]):
        job = search.out[index, 0]
        left_out = layout.rate[job, LEFT_OUT]
        if search.where[job] >= 0:
            continue
        if layout.job[job, PARTNER] >= 0:
            more += meet(layout, routes, search, job, layout.job[job, PARTNER], search.found)
            if search.where[job] >= 0:
                hope -= left_out + layout.rate[layout.job[job, PARTNER], LEFT_OUT]
            continue
        best, place = cheapest(layout, routes, search, job, blink, search.found)
        if best >= 0:
            more += insert(layout, routes, search, best, job, place)
        hope -= left_out
        if more - hope >= most:
            return math.inf
    return more
