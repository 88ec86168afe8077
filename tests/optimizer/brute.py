"""The best plan of a tiny problem, by trying all of them: for up to five jobs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import permutations, product
from typing import NamedTuple

from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.schedule import Timing, timing


def rows_with(draft: Draft, job: int, shift: int) -> Iterator[list[int]]:
    """Every order with one more job that leaves nobody short of a tool or a part; times aside. By a depot that is not passed by
    yet, or that early, only where the technician is short."""
    ground, row = draft.ground, draft.rows[shift]
    if not ground.qualified(job, shift):
        return
    head, bare = len(ground.chains[shift]), [other for other in row if other < ground.jobs]
    plain = [[*row[:n], job, *row[n:]] for n in range(head, len(row) + 1)]
    yield from (tried for tried in plain if draft.supplied(shift, tried))
    if all(draft.supplied(shift, tried) for tried in plain):
        return
    latest = len(bare) if len(bare) == len(row) else row.index(max(row))
    for n in range(head, len(bare) + 1):
        one_more = [*bare[:n], job, *bare[n:]]
        for at in range(head, min(n, latest) + 1):
            for depot in ground.depots:
                tried = [*one_more[:at], depot, *one_more[at:]]
                if n <= latest and draft.supplied(shift, tried):
                    yield tried


class Best(NamedTuple):
    """A cost and the rows that have it, by shift; no plan at all where the cost is infinite."""

    cost: float
    rows: dict[int, list[int]]


def best_plan(ground: Ground, held: tuple[int, int] | None = None, owed: Collection[int] = ()) -> Best:
    """The cheapest plan, in which the technician of `held` (job, technician) serves that job, and all of `owed` have a place."""
    loose = [job for job in range(len(ground.place)) if not ground.frozen[job]]
    hands = [_hands(ground, technician, loose, held) for technician in range(len(ground.shifts_of))]
    least = Best(math.inf, {})
    for choice in product(*(hand.items() for hand in hands)):
        taken = [job for jobs, _ in choice for job in jobs]
        if len(taken) != len(set(taken)) or not set(owed) <= set(taken):
            continue
        if held is not None and held[0] not in taken:
            continue
        left = sum(ground.left_out[job] for job in loose if job not in taken)
        cost = left + sum(best.cost for _, best in choice)
        if cost < least.cost:
            least = Best(cost, {shift: row for _, best in choice for shift, row in best.rows.items()})
    return least


def _hands(
    ground: Ground, technician: int, loose: list[int], held: tuple[int, int] | None
) -> dict[frozenset[int], Best]:
    """What each set of jobs costs with this technician at least, unfairness included, where it can be served."""
    found: dict[frozenset[int], Best] = {}
    shifts = ground.shifts_of[technician]
    if held is not None and held[1] != technician:
        loose = [job for job in loose if job != held[0]]
    for split in product(range(len(shifts) + 1), repeat=len(loose)):
        parts = [[job for job, at in zip(loose, split, strict=True) if at == n] for n in range(len(shifts))]
        jobs = frozenset(job for part in parts for job in part)
        if not _carried(ground, technician, jobs):
            continue
        for rows in product(*(_rows(ground, s, part) for s, part in zip(shifts, parts, strict=True))):
            price = sum(times.price for _, times in rows)
            cost = price + ground.unfairness(technician, sum(times.load for _, times in rows))
            if jobs not in found or cost < found[jobs].cost:
                found[jobs] = Best(cost, {s: row for s, (row, _) in zip(shifts, rows, strict=True)})
    return found


def _carried(ground: Ground, technician: int, jobs: frozenset[int]) -> bool:
    stock = ground.problem.technicians[technician].parts
    facts = [job for shift in ground.shifts_of[technician] for job in ground.chains[shift]]
    return all(
        sum(ground.problem.jobs[other].parts.get(part, 0) for other in (*jobs, *facts)) <= stock.get(part, 0)
        for job in jobs
        for part, count in ground.problem.jobs[job].parts.items()
        if count
    )


def _rows(ground: Ground, shift: int, jobs: list[int]) -> Iterator[tuple[list[int], Timing]]:
    if not all(ground.qualified(job, shift) for job in jobs):
        return
    for order in permutations(jobs):
        row = [*ground.chains[shift], *order]
        times = timing(ground, shift, row)
        if times is not None:
            yield row, times


def drawn(ground: Ground, best: Best) -> Draft:
    """The plan as a draft."""
    draft = Draft(ground)
    for shift, row in best.rows.items():
        draft.put(shift, row)
    return draft
