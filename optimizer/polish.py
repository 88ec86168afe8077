"""Small exact improvements at the end: nothing profitable left out, nobody better served elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest
from random import Random

from optimizer.construct import Halted, fill, never
from optimizer.draft import Draft
from optimizer.insertion import cheapest_in, extra
from optimizer.meeting import pair_cost, place, placed

ENOUGH = 0.5
"""Gains below half a second of travel are not worth a step: they could go round in circles on rounding."""


def polish(draft: Draft, halted: Halted = never) -> None:
    """Rescue mandatory jobs, move each job to its best place, insert whatever pays; repeat until nothing helps.

    The last step is always a complete `insert_profitable`, whatever `halted` says: a job that is left out afterwards has
    no insertion cheaper than leaving it out. Few are left out by then, so it does not take long.
    """
    while True:
        insert_profitable(draft)
        rescued = rescue(draft, halted)
        moved = move_each(draft, halted)
        if halted() or not (rescued or moved):
            break
    insert_profitable(draft)


def insert_profitable(draft: Draft) -> None:
    """Insert until no job without a place has an insertion that costs less than leaving it out."""
    again = True
    while again:
        again = False
        for job in sorted(draft.left_out(), key=lambda job: -pair_cost(draft, job)):
            again |= draft.shift_of[job] < 0 and placed(draft, job)


def move_each(draft: Draft, halted: Halted) -> bool:
    """Take each job out once and put it where it is cheapest, or leave it out if that is cheaper; who meets stays together."""
    moved = False
    for job, shift in enumerate(list(draft.shift_of)):
        if halted():
            break
        if shift >= 0 and movable(draft, job):
            moved |= _move(draft, job)
    return moved


def movable(draft: Draft, job: int) -> bool:
    """It may go by itself: neither frozen, nor does another go with it."""
    return not draft.ground.frozen[job] and draft.ground.partner[job] is None


def _move(draft: Draft, job: int) -> bool:
    shift = draft.shift_of[job]
    row, times = draft.rows[shift], draft.times[shift]
    shorter = draft.without(job)
    without = draft.timing(shift, shorter) if shorter is not None else None
    if shorter is None or without is None:
        return False
    gain = -extra(draft, shift, without) - ENOUGH
    draft.put(shift, shorter, without)
    left_out = draft.ground.left_out[job]
    found = cheapest_in(draft, job, below=min(gain, left_out))
    if found is not None:
        place(draft, found)
        return True
    if left_out < gain:
        return True
    draft.put(shift, row, times)
    return False


def shake(draft: Draft, random: Random, halted: Halted) -> Draft:
    """Take out the jobs around a random one and fill up again by regret, as long as allowed; the best draft met.

    A small brother of the ruin-and-recreate search to come, out of parts that are here anyway.
    """
    best, price = draft, draft.price()
    while not halted():
        tried = best.copy()
        ruin(tried, random, random.randint(2, 12))
        fill(tried, halted)
        cost = tried.price()
        if cost < price - ENOUGH:
            best, price = tried, cost
    return best


def ruin(draft: Draft, random: Random, count: int) -> None:
    """Take out up to `count` jobs nearest to a random one."""
    ground = draft.ground
    loose = [job for job, shift in enumerate(draft.shift_of) if shift >= 0 and movable(draft, job)]
    if not loose:
        return
    near = ground.travel[ground.place[random.choice(loose)]]
    for job in nsmallest(count, loose, key=lambda job: near[ground.place[job]]):
        draft.remove(job)


def rescue(draft: Draft, halted: Halted) -> bool:
    """Make room for mandatory jobs without a place, if nobody goes with them, by taking out up to two jobs that are not."""
    rescued = False
    for job in draft.left_out():
        mandatory = draft.ground.problem.jobs[job].mandatory and movable(draft, job)
        if mandatory and not halted():
            rescued |= _rescue(draft, job)
    return rescued


def _rescue(draft: Draft, job: int) -> bool:
    for shift in draft.ground.candidates[job]:
        for victims in _victims(draft, shift):
            if _swap(draft, job, shift, victims):
                return True
    return False


def _victims(draft: Draft, shift: int) -> Iterable[tuple[int, ...]]:
    ground = draft.ground
    stops = [j for j in draft.rows[shift] if j < ground.jobs and movable(draft, j)]
    loose = [j for j in stops if not ground.problem.jobs[j].mandatory]
    loose.sort(key=lambda j: ground.left_out[j])
    yield from ((first,) for first in loose)
    yield from ((first, second) for n, first in enumerate(loose) for second in loose[n + 1 :])
    if len(loose) > 2:
        yield tuple(loose)


def _swap(draft: Draft, job: int, shift: int, victims: tuple[int, ...]) -> bool:
    """Put `job` in place of the victims if that is possible and pays, and the victims wherever they still fit."""
    row, times = draft.rows[shift], draft.times[shift]
    rest = draft.spared(shift, victims)
    without = draft.timing(shift, rest) if rest is not None else None
    if rest is None or without is None:
        return False
    draft.put(shift, rest, without)
    left_out = draft.ground.left_out
    found = cheapest_in(draft, job, shifts=(shift,), below=left_out[job] - sum(left_out[v] for v in victims))
    if found is None:
        draft.put(shift, row, times)
        return False
    place(draft, found)
    for victim in victims:
        again = cheapest_in(draft, victim, below=left_out[victim])
        if again is not None:
            place(draft, again)
    return True
