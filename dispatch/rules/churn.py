"""How much of a running day a re-plan may turn over: counting what it moves, and keeping it from moving more.

`before` is always the rounds that are out, timed as they are now: a day that runs late by itself has moved nothing.
"""

import msgspec

from dispatch.rules.plans import Prepared
from dispatch.rules.rounds import MOVED
from optimizer.problem import Problem, Window
from optimizer.result import Result

MOVED_S = int(MOVED.total_seconds())
ASKED_MOVED_S = 15 * 60
"""The same for whoever says how much a run may move: people look more closely than areas do."""
TRIES = 3
"""So often a re-plan that moves too much is made again, each time with moving twice as dear."""
HIGHEST = 1
"""Jobs of this priority may always be moved by what an area allows: what they need comes before everybody's habits."""


class Limit(msgspec.Struct, frozen=True):
    """How many visits that are out may move."""

    most: int
    moved_s: int = MOVED_S
    every: bool = False
    """Those of the highest priority and of days that have not begun count as well."""


def limit_of(prepared: Prepared, asked: int | None) -> Limit:
    """What somebody asked for, else what the area allows on a running day."""
    return Limit(prepared.change_budget) if asked is None else Limit(asked, ASKED_MOVED_S, every=True)


def counted(prepared: Prepared, limit: Limit) -> list[int]:
    """The jobs whose moves count: their visit is out, on the day that runs."""
    today = prepared.clock.now.astimezone(prepared.clock.origin.tzinfo).date()
    return [
        number
        for number, job in enumerate(prepared.jobs)
        if (shift := prepared.problem.jobs[number].published_shift) is not None
        and (limit.every or (prepared.days[shift].on_day == today and job.priority != HIGHEST))
    ]


def as_it_stands(prepared: Prepared) -> Problem:
    """The problem in which nothing but the rounds that are out can have a place."""
    out = {stop.job for route in prepared.warm for stop in route.stops}
    return msgspec.structs.replace(
        prepared.problem,
        jobs=tuple(
            job if number in out else msgspec.structs.replace(job, shifts=frozenset[int]())
            for number, job in enumerate(prepared.problem.jobs)
        ),
    )


def _places(result: Result) -> dict[int, tuple[int, int]]:
    """Of each job that has a place: its shift and when it starts."""
    return {stop.job: (route.shift, stop.start) for route in result.routes for stop in route.stops}


def moves_of(prepared: Prepared, before: Result, after: Result, limit: Limit) -> int:
    """How many visits that are out go to somebody else, to another day, to another time, or lose their place."""
    return len(_moved(prepared, before, after, limit))


def _moved(prepared: Prepared, before: Result, after: Result, limit: Limit) -> list[int]:
    old, new = _places(before), _places(after)
    return [
        number
        for number in counted(prepared, limit)
        if number in old and _moves(old[number], new.get(number), limit.moved_s)
    ]


def _moves(before: tuple[int, int], after: tuple[int, int] | None, moved_s: int) -> bool:
    return after is None or after[0] != before[0] or abs(after[1] - before[1]) > moved_s


def worth_moving(prepared: Prepared, before: Result, after: Result, limit: Limit) -> frozenset[int]:
    """As many as may move, of those that `after` moves: the most urgent. It moved them though that was dear."""
    moved = _moved(prepared, before, after, limit)
    urgent = sorted(
        moved, key=lambda number: (prepared.jobs[number].priority, prepared.jobs[number].due_at, number)
    )
    return frozenset(urgent[: limit.most])


def dearer(problem: Problem, times: int) -> Problem:
    """The problem in which moving what is out costs so many times as much."""
    weights = msgspec.structs.replace(
        problem.weights,
        churn_shift=problem.weights.churn_shift * times,
        churn_second=problem.weights.churn_second * times,
    )
    return msgspec.structs.replace(problem, weights=weights)


def held(prepared: Prepared, before: Result, limit: Limit, free: frozenset[int] = frozenset()) -> Problem:
    """The problem in which what is counted, but for the free, stays with its technician, within the minutes that are no move."""
    places = _places(before)
    jobs = list(prepared.problem.jobs)
    for number in counted(prepared, limit):
        if number not in places or number in free:
            continue
        shift, start = places[number]
        job = jobs[number]
        near = Window(earliest=max(0, start - limit.moved_s), latest=start + limit.moved_s)
        windows = [
            _common(window, near) for window in job.windows if window.earliest <= start <= window.latest
        ]
        jobs[number] = msgspec.structs.replace(
            job, shifts=frozenset({shift}), windows=tuple(windows) or (near,)
        )
    return msgspec.structs.replace(prepared.problem, jobs=tuple(jobs))


def _common(window: Window, near: Window) -> Window:
    return Window(earliest=max(window.earliest, near.earliest), latest=min(window.latest, near.latest))
