"""The problem laid out in plain lists, as the inner loops want it. Built once per problem, never changed."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import numpy as np

from optimizer.problem import MANDATORY, Break, Job, Matrix, Problem, frozen_jobs, service_s

FOREVER = 1 << 60
Windows = tuple[tuple[int, int], ...]
Ways = Sequence[Sequence[int]]
ANY_TIME: Windows = ((0, FOREVER),)


class Ground:
    """Read-only columns over jobs (j), shifts (s) and places. Rates are cost per second, exact to a float.

    Behind the jobs each depot has a number, too, as if it were one more job: rows are orders of both. What takes longer or
    shorter with some technicians is known by shift (`travel_in`, `service_in`, `least_in`). Raises `BadProblem` if the
    problem contradicts itself.
    """

    def __init__(self, problem: Problem) -> None:
        problem.verify()
        self.problem = problem
        self.jobs = len(problem.jobs)
        self.depots = range(self.jobs, self.jobs + len(problem.depots))
        travel = problem.travel_s()
        self.travel = _rows(travel)
        self.distance = _rows(problem.distance_m())
        self._lay_shifts(problem, travel)
        self._lay_jobs(problem)
        self._lay_work(problem)
        self.waived = [self._waived(shift) for shift in range(len(problem.shifts))]
        self._lay_prices(problem)
        self.candidates = [self._candidates(job) for job in range(self.jobs)]

    def _lay_shifts(self, problem: Problem, travel: Matrix) -> None:
        self.technician = [shift.technician for shift in problem.shifts]
        self.start = [shift.start for shift in problem.shifts]
        self.end = [shift.end for shift in problem.shifts]
        self.limit = [s.end + problem.technicians[s.technician].overtime_max_s for s in problem.shifts]
        self.home = [shift.start_place for shift in problem.shifts]
        self.goal = [shift.end_place for shift in problem.shifts]
        self.rest: list[Break | None] = [shift.rest for shift in problem.shifts]
        self.shifts_of: list[list[int]] = [[] for _ in problem.technicians]
        for index in sorted(range(len(self.start)), key=lambda index: self.start[index]):
            self.shifts_of[self.technician[index]].append(index)
        self.horizon = max(self.limit, default=0)
        by_speed = {100: self.travel}
        for technician in problem.technicians:
            if technician.speed_percent not in by_speed:
                seconds = -(-travel.astype(np.int64) * 100 // technician.speed_percent)
                by_speed[technician.speed_percent] = _rows(seconds)
        self.travel_in = [by_speed[problem.technicians[index].speed_percent] for index in self.technician]

    def _lay_jobs(self, problem: Problem) -> None:
        jobs, depots = problem.jobs, problem.depots
        none = [0] * len(depots)
        self.place = [job.place for job in jobs] + [depot.place for depot in depots]
        self.setup = [job.setup_s for job in jobs] + none
        self.frozen = [job.frozen for job in jobs] + [False] * len(depots)
        self.interruptible = [job.interruptible for job in jobs] + [False] * len(depots)
        self.windows = [_windows(job) for job in jobs] + [ANY_TIME] * len(depots)
        self.parts = [{part: n for part, n in job.parts.items() if n} for job in jobs]
        self.parts += [{} for _ in depots]
        self.partner = [job.partner for job in jobs]
        chains = frozen_jobs(problem)
        self.chains = [chains.get(shift, []) for shift in range(len(problem.shifts))]

    def _lay_work(self, problem: Problem) -> None:
        """Seconds of work; the least is without a setup that another stop at the place may spare."""
        loading = [depot.service_s for depot in problem.depots]
        crowd: dict[int, int] = {}
        for place in self.place:
            crowd[place] = crowd.get(place, 0) + 1
        alone = [
            setup if crowd[place] == 1 else 0 for place, setup in zip(self.place, self.setup, strict=True)
        ]
        self.service = [job.service_s for job in problem.jobs] + loading
        self.least_work = [work + more for work, more in zip(self.service, alone, strict=True)]
        by_level: dict[str, tuple[list[int], list[int]]] = {}
        for technician in problem.technicians:
            if technician.level not in by_level:
                service = [service_s(technician, job) for job in problem.jobs] + loading
                least = [work + more for work, more in zip(service, alone, strict=True)]
                by_level[technician.level] = service, least
        levels = [problem.technicians[index].level for index in self.technician]
        self.service_in = [by_level[level][0] for level in levels]
        self.least_in = [by_level[level][1] for level in levels]

    def _waived(self, shift: int) -> bool:
        """The break may be missing: its window passes before the shift starts or before what is frozen has ended."""
        rest, chain = self.rest[shift], self.chains[shift]
        if rest is None:
            return True
        free = self.start[shift]
        if chain:
            last = chain[-1]
            follows = len(chain) > 1 and self.place[chain[-2]] == self.place[last]
            work = self.service_in[shift][last] + (0 if follows else self.setup[last])
            free = self.windows[last][0][0] + work
        return free > rest.window.latest

    def _lay_prices(self, problem: Problem) -> None:
        weights, jobs = problem.weights, problem.jobs
        free = [0.0] * len(problem.depots)
        nowhere = [0] * len(problem.depots)
        self.per_second = weights.travel
        self.per_metre = weights.distance_per_km / 1000
        self.outage = [job.affected * weights.outage_per_minute / 60 for job in jobs] + free
        self.late = [
            0.0 if job.due is None else job.lateness_weight * weights.lateness_per_minute / 60 for job in jobs
        ] + free
        self.due = [0 if job.due is None else job.due for job in jobs] + nowhere
        self.moved = [0.0 if job.published_start is None else weights.churn_second for job in jobs] + free
        self.published = [0 if job.published_start is None else job.published_start for job in jobs] + nowhere
        self.published_shift = [-1 if job.published_shift is None else job.published_shift for job in jobs]
        self.published_shift += [-1] * len(problem.depots)
        self.churn_shift = [0 if job.published_shift is None else weights.churn_shift for job in jobs]
        self.churn_shift += nowhere
        self.by_clock = [
            bool(outage or late or moved)
            for outage, late, moved in zip(self.outage, self.late, self.moved, strict=True)
        ]
        self.left_out = [self._left_out(job) for job in range(len(jobs))]

    def _left_out(self, job: int) -> float:
        prize = self.problem.jobs[job].prize + (MANDATORY if self.problem.jobs[job].mandatory else 0)
        late = self.late[job] * max(0, self.horizon - self.due[job])
        return prize + self.outage[job] * self.horizon + late + self.churn_shift[job]

    def _candidates(self, job: int) -> list[int]:
        """Shifts that skill, tool, exclusion, lock and the reach of the windows leave open, other stops aside."""
        wanted = self.problem.jobs[job]
        if wanted.frozen:
            return []
        return [
            shift
            for shift in range(len(self.start))
            if self.qualified(job, shift) and self.reaches(job, shift, self.windows[job])
        ]

    def qualified(self, job: int, shift: int) -> bool:
        """Skills, exclusions and locks allow it, and tools, where they cannot be fetched at a depot."""
        wanted, index = self.problem.jobs[job], self.technician[shift]
        technician = self.problem.technicians[index]
        return (
            wanted.skills <= technician.skills
            and (bool(self.depots) or self.equipped(job, shift))
            and index not in wanted.excluded
            and (wanted.shifts is None or shift in wanted.shifts)
        )

    def equipped(self, job: int, shift: int) -> bool:
        """The technician has the tools with him."""
        return self.problem.jobs[job].tools <= self.problem.technicians[self.technician[shift]].tools

    def reaches(self, job: int, shift: int, windows: Windows) -> bool:
        """Some window meets the time in which work of this length could start in the shift, travel aside."""
        latest = self.limit[shift] - self.service_in[shift][job]
        return any(low <= latest and high >= self.start[shift] for low, high in windows)

    def at_clock(self, job: int, start: int, end: int) -> float:
        """Cost of serving the job from `start` to `end`: outage, lateness, seconds moved."""
        price = self.outage[job] * end
        if end > self.due[job]:
            price += self.late[job] * (end - self.due[job])
        return price + self.moved[job] * abs(start - self.published[job])

    def in_shift(self, job: int, shift: int) -> int:
        """Cost of serving the job in this shift, whenever: churn."""
        return 0 if self.published_shift[job] == shift else self.churn_shift[job]

    def unfairness(self, technician: int, load: int) -> float:
        """Cost of `load` seconds of travel and work over all of the technician's shifts."""
        rate = self.problem.weights.unfairness
        if not rate:
            return 0.0
        hours = max(0, load + self.problem.technicians[technician].debt_s) / 3600
        return rate * hours * hours


def _rows(matrix: np.ndarray) -> Ways:
    """Rows that are read as quickly as lists, and take a quarter of their room."""
    whole = matrix.astype(np.int64)
    return [array("q", row.tobytes()) for row in whole]


def _windows(job: Job) -> Windows:
    if job.frozen:
        return ((job.published_start or 0, job.published_start or 0),)
    return tuple((window.earliest, window.latest) for window in job.windows) or ANY_TIME


def earliest_in(windows: Windows, moment: int) -> int:
    """The first instant from `moment` on that lies in a window; -1 if none does."""
    for low, high in windows:
        if moment <= high:
            return max(low, moment)
    return -1


def latest_in(windows: Windows, moment: float) -> float:
    """The last instant up to `moment` that lies in a window; minus infinity if none does."""
    for low, high in reversed(windows):
        if low <= moment:
            return min(high, moment)
    return -math.inf
