"""How long reasons take: of every stop, of what was left out, and of forcing single jobs. Processor seconds of one core."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from optimizer.check import check
from optimizer.construct import hurry
from optimizer.draft import Draft
from optimizer.explain import explained, force, reasons
from optimizer.ground import Ground
from tests.optimizer.worlds import town

T = TypeVar("T")
SIZES = ((200, 30), (500, 60), (1000, 120))
FORCED = 25


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def told(jobs: int, crew: int) -> str:
    """Of a greedy plan of the tests' town; every forced plan is held against the oracle."""
    problem = town(jobs, crew, seed=1)
    draft = Draft(Ground(problem))
    hurry(draft)
    result = draft.result("greedy", 0.0)
    said, of_stops = _timed(lambda: reasons(problem, result.routes))
    left, of_left = _timed(lambda: explained(problem, result).unassigned)
    chance, seconds = random.Random(0), list[float]()
    for _ in range(FORCED):
        job, technician = chance.randrange(jobs), chance.randrange(crew)
        found, spent = _timed(lambda job=job, who=technician: force(problem, result, job, who))
        assert found.result is None or check(problem, found.result) == []
        seconds.append(spent)
    return (
        f"{jobs} jobs, {crew} technicians: {len(said)} stops {of_stops:.2g} s, {len(left)} left out {of_left:.2g} s, "
        f"forcing one {sum(seconds) / FORCED:.2g} s (at most {max(seconds):.2g} s)"
    )


if __name__ == "__main__":
    for jobs, crew in SIZES:
        print(told(jobs, crew))
