"""The problem laid out in plain lists, as the inner loops want it. Built once per problem, never changed."""

from __future__ import annotations

import math

from optimizer.problem import MANDATORY, Break, Job, Problem, frozen_jobs

FOREVER = 1 << 60
Windows = tuple[tuple[int, int], ...]


def known_to_ground(problem: Problem) -> bool:
    """A ground says everything but depots, partners, levels, speeds and a price on being away: of these it knows nothing."""
    return not (
        problem.depots
        or problem.weights.duration
        or any(job.partner is not None or job.service_by_level for job in problem.jobs)
        or any(technician.speed_percent != 100 for technician in problem.technicians)
    )


class Ground:
    """Read-only columns over jobs (j), shifts (s) and places. Rates are cost per second, exact to a float.

    Raises `BadProblem` if the problem contradicts itself.
    """

    def __init__(self, problem: Problem) -> None:
        problem.verify()
        self.problem = problem
        self.travel: list[list[int]] = problem.travel_s().tolist()
        self.distance: list[list[int]] = problem.distance_m().tolist()
        self._lay_shifts(problem)
        self._lay_jobs(problem)
        self._lay_prices(problem)
        self.candidates = [self._candidates(job) for job in range(len(problem.jobs))]

    def _lay_shifts(self, problem: Problem) -> None:
        self.technician = [shift.technician for shift in problem.shifts]
        self.start = [shift.start for shift in problem.shifts]
        self.end = [shift.end for shift in problem.shifts]
        self.limit = [s.end + problem.technicians[s.technician].overtime_max_s for s in problem.shifts]
        self.home = [shift.start_place for shift in problem.shifts]
        self.goal = [shift.end_place for shift in problem.shifts]
        self.rest: list[Break | None] = [shift.rest for shift in problem.shifts]
        self.shifts_of: list[list[int]] = [[] for _ in problem.technicians]
        for index, technician in enumerate(self.technician):
            self.shifts_of[technician].append(index)
        self.horizon = max(self.limit, default=0)

    def _lay_jobs(self, problem: Problem) -> None:
        self.place = [job.place for job in problem.jobs]
        self.service = [job.service_s for job in problem.jobs]
        self.setup = [job.setup_s for job in problem.jobs]
        self.frozen = [job.frozen for job in problem.jobs]
        self.interruptible = [job.interruptible for job in problem.jobs]
        self.windows = [_windows(job) for job in problem.jobs]
        chains = frozen_jobs(problem)
        self.chains = [chains.get(shift, []) for shift in range(len(problem.shifts))]
        self.waived = [self._waived(shift) for shift in range(len(problem.shifts))]
        crowd: dict[int, int] = {}
        for place in self.place:
            crowd[place] = crowd.get(place, 0) + 1
        self.least_work = [
            service + (setup if crowd[place] == 1 else 0)
            for place, service, setup in zip(self.place, self.service, self.setup, strict=True)
        ]

    def _waived(self, shift: int) -> bool:
        """The break may be missing: its window passes before the shift starts or before what is frozen has ended."""
        rest, chain = self.rest[shift], self.chains[shift]
        if rest is None:
            return True
        free = self.start[shift]
        if chain:
            last = chain[-1]
            follows = len(chain) > 1 and self.place[chain[-2]] == self.place[last]
            free = self.windows[last][0][0] + self.service[last] + (0 if follows else self.setup[last])
        return free > rest.window.latest

    def _lay_prices(self, problem: Problem) -> None:
        weights, jobs = problem.weights, problem.jobs
        self.per_second = weights.travel
        self.per_metre = weights.distance_per_km / 1000
        self.outage = [job.affected * weights.outage_per_minute / 60 for job in jobs]
        self.late = [
            0.0 if job.due is None else job.lateness_weight * weights.lateness_per_minute / 60 for job in jobs
        ]
        self.due = [0 if job.due is None else job.due for job in jobs]
        self.moved = [0.0 if job.published_start is None else weights.churn_second for job in jobs]
        self.published = [0 if job.published_start is None else job.published_start for job in jobs]
        self.published_shift = [-1 if job.published_shift is None else job.published_shift for job in jobs]
        self.churn_shift = [0 if job.published_shift is None else weights.churn_shift for job in jobs]
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
        """Skills, tools, exclusions and locks allow it."""
        wanted, index = self.problem.jobs[job], self.technician[shift]
        technician = self.problem.technicians[index]
        return (
            wanted.skills <= technician.skills
            and wanted.tools <= technician.tools
            and index not in wanted.excluded
            and (wanted.shifts is None or shift in wanted.shifts)
        )

    def reaches(self, job: int, shift: int, windows: Windows) -> bool:
        """Some window meets the time in which work of this length could start in the shift, travel aside."""
        latest = self.limit[shift] - self.service[job]
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

    def scarce(self, job: int) -> dict[str, int]:
        """Parts the job uses up."""
        return {part: count for part, count in self.problem.jobs[job].parts.items() if count}


def _windows(job: Job) -> Windows:
    if job.frozen:
        return ((job.published_start or 0, job.published_start or 0),)
    return tuple((window.earliest, window.latest) for window in job.windows) or ((0, FOREVER),)


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
