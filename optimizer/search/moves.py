"""Compiled: the search itself. Some stops near one another are taken out, put back in the cheapest places, and the result is
kept or not by simulated annealing: Slack Induction by String Removals (Christiaens and Vanden Berghe 2020), for rounds in
which the clock costs.
"""

from __future__ import annotations

import math
from typing import Final

from optimizer.compiled import bare, door
from optimizer.problem import MANDATORY
from optimizer.search.inserting import arrange, recreate
from optimizer.search.layout import (
    FROZEN,
    HEAD,
    LEFT_OUT,
    LIMIT,
    PARTNER,
    SHIFT_USED,
    TECHNICIAN,
    Flags,
    Layout,
    Row,
    Table,
)
from optimizer.search.places import (
    ABSENT,
    CLOSED,
    GENEROUS,
    LIVE,
    OUT,
    THOROUGH,
    TOUCHED,
    TURN,
    Search,
    copied_row,
    draw,
    enlist,
    note,
    passed,
    pick,
    put,
    undo,
    within,
)
from optimizer.search.removing import note_pair, ruin, torn, unrouted
from optimizer.search.tails import trade_tails
from optimizer.search.times import (
    COUNT,
    JOB,
    PRICED,
    Routes,
    fix,
    timed,
    unfairness,
)

BLINK: Final = 0.01
"""How often a place is overlooked."""
ABSENT_TRIED: Final = 4
"""So many jobs without a place are tried in each turn,"""
INVITED: Final = 0.5
"""of those near by every second."""


GENEROUS_SHARE: Final = 0.1
"""How often jobs are put into an empty shift that would not pay for one of them alone."""


@bare
def begin(search: Search) -> None:
    """A new turn."""
    search.tally[TURN] += 1
    search.tally[OUT] = search.tally[TOUCHED] = 0


@door
def keep(layout: Layout, routes: Routes, search: Search) -> None:
    """This is the best plan so far."""
    search.cost[1] = search.cost[0]
    for shift in range(layout.shift.shape[0]):
        if not search.live[shift]:
            continue
        count = routes.state[shift, COUNT]
        search.best_count[shift] = count
        for k in range(count):
            search.best_row[shift, k] = routes.stop[shift, k + 1, JOB]
    if layout.pairs:
        copied_row(search.best_fixed, routes.fixed)


@door
def fill(layout: Layout, routes: Routes, search: Search, key: int, thorough: bool, generous: bool) -> None:
    """Insert what has no place: by a key, or -1 at random. `thorough`: every shift is tried, not only those nearby; `generous`: as
    if an empty shift cost nothing by itself."""
    begin(search)
    search.tally[THOROUGH], search.tally[GENEROUS] = thorough, generous
    for index in range(search.tally[ABSENT]):
        job = search.absent[index]
        if search.movable[job]:
            note_pair(layout, routes, search, job)
    arrange(layout, search, key)
    search.cost[0] += recreate(layout, routes, search, 0.0, 0.0, math.inf)
    search.tally[THOROUGH] = search.tally[GENEROUS] = 0
    keep(layout, routes, search)


@bare
def average(routes: Routes, search: Search) -> float:
    """Stops of a route in use."""
    stops, used = 0, 0
    for shift in range(search.live.shape[0]):
        if search.live[shift] and routes.state[shift, COUNT]:
            stops += routes.state[shift, COUNT]
            used += 1
    return stops / max(1, used)


@bare
def invite(layout: Layout, routes: Routes, search: Search) -> None:
    """Some jobs without a place take part in this turn, most of them near what was taken out: elsewhere nothing has changed."""
    count = search.tally[ABSENT]
    if count - search.tally[OUT] <= ABSENT_TRIED:
        for index in range(count):
            note_pair(layout, routes, search, search.absent[index])
        return
    left, middle = ABSENT_TRIED, search.out[0, 0]
    for index in range(layout.near.shape[1]):
        job = int(layout.near[middle, index])
        if search.where[job] >= 0 or not search.movable[job] or search.marked[job] == search.tally[TURN]:
            continue
        if draw(search) < INVITED:
            note_pair(layout, routes, search, job)
            left -= 1
            if left == 0:
                return
    note_pair(layout, routes, search, search.absent[pick(search, count)])


@bare
def judged(layout: Layout, routes: Routes, search: Search, more: float, most: float) -> bool:
    """Keep what this turn has done if it costs less than `most`; take it back if not."""
    if more >= most:
        undo(layout, routes, search)
        return False
    search.cost[0] += more
    if search.cost[0] < search.cost[1] - 1e-6:
        keep(layout, routes, search)
    return True


@door
def anneal(
    layout: Layout, routes: Routes, search: Search, turns: int, hot: float, cold: float, size: float
) -> int:
    """So many turns, the temperature falling from `hot` to `cold` (in cost); how many were kept. `size`: stops taken out at a
    time, on average."""
    tally, kept, heat, stops = search.tally, 0, hot, 1.0
    if tally[LIVE] == 0:
        return 0
    cooling = (cold / hot) ** (1.0 / turns)
    for turn in range(turns):
        if turn % 1000 == 0:
            stops = average(routes, search)
        begin(search)
        tally[GENEROUS] = layout.price[SHIFT_USED] > 0.0 and draw(search) < GENEROUS_SHARE
        most = -heat * math.log(max(draw(search), 1e-12))
        more = ruin(layout, routes, search, size, stops)
        if more < math.inf:
            invite(layout, routes, search)
            arrange(layout, search, pick(search, 19))
            more = recreate(layout, routes, search, BLINK, more, most)
        kept += judged(layout, routes, search, more, most)
        begin(search)
        most = -heat * math.log(max(draw(search), 1e-12))
        more = trade_tails(layout, routes, search, most)
        kept += judged(layout, routes, search, more, most)
        heat *= cooling
    tally[GENEROUS] = 0
    return kept


@bare
def owed(search: Search) -> float:
    """What the jobs without a place count for."""
    total = 0.0
    for index in range(search.tally[ABSENT]):
        total += float(search.toll[search.absent[index]])
    return total


@bare
def easiest(layout: Layout, routes: Routes, search: Search) -> int:
    """The round whose jobs count for least; -1 if none can be given up."""
    least, best = math.inf, -1
    for shift in range(layout.shift.shape[0]):
        count = routes.state[shift, COUNT]
        if not search.live[shift] or not count or layout.shift[shift, HEAD]:
            continue
        total = 0.0
        for k in range(1, count + 1):
            job = routes.stop[shift, k, JOB]
            if job < layout.jobs:
                total += float(search.toll[job])
        if total < least:
            least, best = total, shift
    return best


@bare
def give_up(layout: Layout, routes: Routes, search: Search) -> bool:
    """The jobs of a round lose their places; False if that cannot be."""
    begin(search)
    shift = easiest(layout, routes, search)
    if shift < 0:
        return False
    for k in range(1, routes.state[shift, COUNT] + 1):
        job = routes.stop[shift, k, JOB]
        if job < layout.jobs:
            note_pair(layout, routes, search, job)
    more = torn(layout, routes, search)
    if more == math.inf:
        undo(layout, routes, search)
        return False
    search.cost[0] += more
    return True


@door
def fewer(layout: Layout, routes: Routes, search: Search, turns: int, heat: float, size: float) -> int:
    """So many turns in which no empty shift is used. Whenever all jobs have a place, that is kept, and a round is given up: its jobs
    are squeezed into the others, those first that have been without a place more often (Christiaens and Vanden Berghe's
    absence counters). How many rounds were given up."""
    tally, given_up, stops = search.tally, 0, 1.0
    tally[CLOSED] = 1
    for turn in range(turns):
        if turn % 1000 == 0:
            stops = average(routes, search)
        if tally[ABSENT] == 0:
            keep(layout, routes, search)
            if not give_up(layout, routes, search):
                break
            given_up += 1
        begin(search)
        count, before = tally[ABSENT], owed(search)
        more = ruin(layout, routes, search, size, stops)
        if more < math.inf:
            for index in range(tally[ABSENT]):
                note_pair(layout, routes, search, search.absent[index])
            arrange(layout, search, pick(search, 19))
            more = recreate(layout, routes, search, BLINK, more, math.inf)
        better = owed(search) < before
        if not better and tally[ABSENT] <= count:
            better = more < -heat * math.log(max(draw(search), 1e-12))
        if more < math.inf and better:
            search.cost[0] += more
        else:
            undo(layout, routes, search)
        for index in range(tally[ABSENT]):
            search.toll[search.absent[index]] += 1.0
    tally[CLOSED] = 0
    return given_up


@bare
def same(routes: Routes, shift: int, rows: Table, counts: Row) -> bool:
    """The route is this row already."""
    # home stands at the head of every route that has been laid
    if routes.state[shift, COUNT] != counts[shift] or routes.stop[shift, 0, JOB] >= 0:
        return False
    different = 0
    for k in range(counts[shift]):
        different += routes.stop[shift, k + 1, JOB] != rows[shift, k]
    return different == 0


@bare
def strip(layout: Layout, routes: Routes, search: Search, technician: int) -> None:
    """Of all shifts of a technician only what is frozen stays."""
    for shift in layout.shifts_of[technician]:
        if shift < 0:
            return
        count = 0
        for k in range(1, routes.state[shift, COUNT] + 1):
            job = routes.stop[shift, k, JOB]
            if job < layout.jobs and layout.job[job, FROZEN]:
                routes.row[count] = job
                count += 1
            elif job < layout.jobs:
                search.where[job] = -1
        put(layout, routes, search, shift, routes.row, count)


@bare
def part(layout: Layout, routes: Routes, search: Search) -> None:
    """Whoever has lost the partner goes, too."""
    lonely = 1
    while lonely:
        begin(search)
        for job in range(layout.jobs):
            partner = layout.job[job, PARTNER]
            if (
                partner >= 0
                and search.where[job] >= 0
                and search.where[partner] < 0
                and not layout.job[job, FROZEN]
            ):
                note(routes, search, job)
        lonely = int(search.tally[OUT])
        for index in range(lonely):
            job = search.out[index, 0]
            shift = int(search.where[job])
            if shift >= 0 and unrouted(layout, routes, search, shift) == math.inf:
                strip(layout, routes, search, layout.shift[shift, TECHNICIAN])
            search.where[job] = -1


@bare
def clear(layout: Layout, routes: Routes, search: Search, shift: int) -> None:
    """Nothing of the route has a place."""
    for k in range(1, routes.state[shift, COUNT] + 1):
        job = routes.stop[shift, k, JOB]
        if job < layout.jobs:
            search.where[job] = -1
    put(layout, routes, search, shift, search.row, 0)


@bare
def may_stand(layout: Layout, search: Search, shift: int, row: Row, at: int) -> bool:
    """The job there may be served in this shift, and has no other place."""
    job = row[at]
    if job >= layout.jobs or layout.job[job, FROZEN]:
        return True
    again = 0
    for k in range(at):
        again += row[k] == job
    held = int(search.where[job])
    if again or not layout.allowed[job, shift]:
        return False
    return held < 0 or held == shift


@bare
def fitting(layout: Layout, routes: Routes, search: Search, shift: int, row: Row, count: int) -> bool:
    """All of the row may be served there: nothing of it has another place, there is time, tools and parts are there."""
    depots = 0
    for k in range(count):
        if not may_stand(layout, search, shift, row, k):
            return False
        depots += row[k] >= layout.jobs
    limit = layout.shift[shift, LIMIT]
    price, _, _, _, _, _, _ = timed(layout, routes.window, shift, row, count, limit, routes.times)
    if price == math.inf:
        return False
    return depots > 0 or passed(layout, routes, shift) or within(layout, routes, search, shift, row, count)


@bare
def worth(layout: Layout, job: int) -> float:
    """What it costs to leave it out; frozen jobs and depots stand wherever they are."""
    return math.inf if job >= layout.jobs or layout.job[job, FROZEN] else layout.rate[job, LEFT_OUT]


@bare
def marked_row(search: Search, rows: Table, counts: Row, shift: int) -> int:
    """Of a row those whose state is 1, in their order, into `search.row`; how many."""
    count = 0
    for k in range(counts[shift]):
        if search.spare[k] == 1:
            search.row[count] = rows[shift, k]
            count += 1
    return count


@bare
def load(
    layout: Layout, routes: Routes, search: Search, rows: Table, counts: Row, shift: int, least: float
) -> bool:
    """Of a row those that are worth so much become the route: as a whole, which is true then, since a job may be reached in time
    only by way of the next; else one after the other, the dearest to leave out first, each in its place in the order."""
    state, whole, last = search.spare, True, -1
    for k in range(counts[shift]):
        state[k] = worth(layout, rows[shift, k]) >= least
    while True:
        count = marked_row(search, rows, counts, shift)
        fits = fitting(layout, routes, search, shift, search.row, count)
        if fits and whole:
            break
        if whole:
            whole = False
            for k in range(counts[shift]):
                price = worth(layout, rows[shift, k])
                state[k] = 1 if price == math.inf else 0 if price >= least else 2
        elif not fits:
            state[last] = 2
        last = -1
        for k in range(counts[shift]):
            price = worth(layout, rows[shift, k])
            if state[k] == 0 and (last < 0 or price > worth(layout, rows[shift, last])):
                last = k
        if last < 0:
            count = marked_row(search, rows, counts, shift)
            break
        state[last] = 1
    for k in range(1, routes.state[shift, COUNT] + 1):
        if routes.stop[shift, k, JOB] < layout.jobs:
            search.where[routes.stop[shift, k, JOB]] = -1
    put(layout, routes, search, shift, search.row, count)
    for k in range(count):
        if search.row[k] < layout.jobs:
            search.where[search.row[k]] = shift
    return whole


@door
def tidy(layout: Layout, routes: Routes, search: Search) -> None:
    """The list of jobs without a place, the jobs that may move, and the cost, from the routes as they are."""
    search.tally[ABSENT] = search.tally[LIVE] = 0
    cost = 0.0
    for job in range(layout.jobs):
        if search.where[job] < 0:
            cost += layout.rate[job, LEFT_OUT]
            fix(layout, routes, job, -1)
            if search.movable[job]:
                enlist(search, job)
        movable = search.movable[job] if search.where[job] < 0 else search.live[search.where[job]]
        if movable and not layout.job[job, FROZEN]:
            search.jobs[search.tally[LIVE]] = job
            search.tally[LIVE] += 1
    for shift in range(layout.shift.shape[0]):
        cost += routes.sum[shift, PRICED]
    for technician in range(routes.load.shape[0]):
        cost += unfairness(layout, technician, routes.load[technician])
    search.cost[0] = cost


@door
def load_rows(layout: Layout, routes: Routes, search: Search, rows: Table, counts: Row, mask: Flags) -> None:
    """Make `rows` the routes of the shifts in `mask`. Where not all stops fit in their order, those that are dearest to leave out
    keep their places, mandatory ones of all routes before any other."""
    shifts, broken = rows.shape[0], False
    for shift in range(shifts):
        # partners may have another instant now
        search.stamp[shift] = mask[shift] and (layout.pairs or not same(routes, shift, rows, counts))
    for least in (-math.inf, float(MANDATORY), -math.inf):
        if least > 0.0 and not broken:
            break
        for shift in range(shifts):
            if search.stamp[shift] and (least > 0.0 or not broken):
                clear(layout, routes, search, shift)
        for shift in range(shifts):
            if search.stamp[shift]:
                whole = load(layout, routes, search, rows, counts, shift, least)
                broken = broken or not whole
    for shift in range(shifts):
        search.stamp[shift] = 0
    if layout.pairs:
        part(layout, routes, search)
    tidy(layout, routes, search)
