"""How much of a running day a re-plan may turn over: counting what it moves, and keeping it from moving more.

`before` is always the rounds that are out, timed as they are now: a day that runs late by itself has moved nothing.
"""

import msgspec

from dispatch.rules.plans import Prepared
from dispatch.rules.rounds import MOVED
from optimizer.problem import Problem, Window
from optimizer.result import Result

MOVED_S = int(MOVED.total_seconds())
TRIES = 3
"""So often a re-plan that moves too much is made again, each time with moving twice as dear."""
HIGHEST = 1
"""Jobs of this priority may always be moved: what they need comes before everybody's habits."""


def counted(prepared: Prepared) -> list[int]:
    """The jobs whose moves count: their visit is out on the day that runs."""
    today = prepared.clock.now.astimezone(prepared.clock.origin.tzinfo).date()
    return [
        number
        for number, job in enumerate(prepared.jobs)
        if (shift := prepared.problem.jobs[number].published_shift) is not None
        and prepared.days[shift].on_day == today
        and job.priority != HIGHEST
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


def moves_of(prepared: Prepared, before: Result, after: Result) -> int:
    """How many visits that are out go to somebody else, to another day, to another time, or lose their place."""
    old, new = _places(before), _places(after)
    return sum(number in old and _moves(old[number], new.get(number)) for number in counted(prepared))


def _moves(before: tuple[int, int], after: tuple[int, int] | None) -> bool:
    return after is None or after[0] != before[0] or abs(after[1] - before[1]) > MOVED_S


def dearer(problem: Problem, times: int) -> Problem:
    """The problem in which moving what is out costs so many times as much."""
    weights = msgspec.structs.replace(
        problem.weights,
        churn_shift=problem.weights.churn_shift * times,
        churn_second=problem.weights.churn_second * times,
    )
    return msgspec.structs.replace(problem, weights=weights)


def held(prepared: Prepared, before: Result) -> Problem:
    """The problem in which what is counted stays with its technician, within half an hour of its time."""
    places = _places(before)
    jobs = list(prepared.problem.jobs)
    for number in counted(prepared):
        if number not in places:
            continue
        shift, start = places[number]
        job = jobs[number]
        windows = [
            _common(window, start) for window in job.windows if window.earliest <= start <= window.latest
        ]
        jobs[number] = msgspec.structs.replace(
            job,
            shifts=frozenset({shift}),
            windows=tuple(windows) or (Window(earliest=max(0, start - MOVED_S), latest=start + MOVED_S),),
        )
    return msgspec.structs.replace(prepared.problem, jobs=tuple(jobs))


def _common(window: Window, start: int) -> Window:
    return Window(earliest=max(window.earliest, start - MOVED_S), latest=min(window.latest, start + MOVED_S))
