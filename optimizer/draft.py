"""Routes while they are being made: orders of jobs per shift, with times, prices and stock kept up to date."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.cost import cost_of
from optimizer.ground import Ground, latest_in
from optimizer.result import Cost, Result, Route, StoppedBy, Unassigned
from optimizer.schedule import Timing, route, timing


class Draft:
    """Feasible routes over one `Ground`. Frozen jobs stand at the head of their shift from the beginning.

    `rows[s]` are the jobs of shift `s` in order and `times[s]` their exact schedule; `shift_of[j]` is -1 for a job
    without a place. Every change keeps what is derived from them true.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows: list[list[int]] = [[] for _ in ground.start]
        self.shift_of = [-1] * len(ground.place)
        self.used: list[dict[str, int]] = [{} for _ in ground.problem.technicians]
        self.load = [0] * len(ground.problem.technicians)
        self.times: list[Timing] = [self._empty(shift) for shift in range(len(ground.start))]
        self._slack: list[tuple[list[int], list[float]] | None] = [None] * len(ground.start)
        self._relief: list[float | None] = [None] * len(ground.start)
        for shift, chain in enumerate(ground.chains):
            if chain:
                self.put(shift, list(chain))

    def _empty(self, shift: int) -> Timing:
        times = timing(self.ground, shift, ())
        assert times is not None, "an empty route is always feasible"
        return times

    @classmethod
    def of(cls, ground: Ground, routes: Iterable[Route]) -> Draft:
        """Take over routes of an earlier answer; stops that no longer fit in their order are left out."""
        draft = cls(ground)
        for given in routes:
            for stop in given.stops:
                draft.append(given.shift, stop.job)
        return draft

    def copy(self) -> Draft:
        """An independent draft over the same ground."""
        twin = object.__new__(Draft)
        twin.ground = self.ground
        twin.rows = [list(row) for row in self.rows]
        twin.shift_of = list(self.shift_of)
        twin.used = [dict(used) for used in self.used]
        twin.load = list(self.load)
        twin.times = list(self.times)
        twin._slack = list(self._slack)
        twin._relief = list(self._relief)
        return twin

    def append(self, shift: int, job: int) -> bool:
        """Put the job at the end of the shift's row if everything allows it."""
        ground = self.ground
        known = 0 <= shift < len(self.rows) and 0 <= job < len(self.shift_of)
        if not known or self.shift_of[job] >= 0 or ground.frozen[job]:
            return False
        if not ground.qualified(job, shift) or not self.stocked(job, shift):
            return False
        row = [*self.rows[shift], job]
        times = timing(ground, shift, row)
        if times is None:
            return False
        self.put(shift, row, times)
        return True

    def stocked(self, job: int, shift: int) -> bool:
        """The technician's van still holds the parts."""
        return not self.short_of(job, shift)

    def short_of(self, job: int, shift: int) -> list[str]:
        """Parts of which the technician has too few left, in the order of their names."""
        wanted = self.ground.scarce(job)
        if not wanted:
            return []
        technician = self.ground.technician[shift]
        stock, used = self.ground.problem.technicians[technician].parts, self.used[technician]
        return sorted(part for part, n in wanted.items() if used.get(part, 0) + n > stock.get(part, 0))

    def put(self, shift: int, row: list[int], times: Timing | None = None) -> None:
        """Replace the row of a shift; `times` must be those of `row` if given. ValueError if it has none."""
        times = timing(self.ground, shift, row) if times is None else times
        if times is None:
            raise ValueError(f"no schedule for {row} in shift {shift}")
        technician = self.ground.technician[shift]
        for job in self.rows[shift]:
            self.shift_of[job] = -1
            self._use(technician, job, -1)
        for job in row:
            self.shift_of[job] = shift
            self._use(technician, job, 1)
        self.load[technician] += times.load - self.times[shift].load
        self.rows[shift], self.times[shift] = row, times
        self._slack[shift] = self._relief[shift] = None

    def _use(self, technician: int, job: int, sign: int) -> None:
        for part, count in self.ground.scarce(job).items():
            self.used[technician][part] = self.used[technician].get(part, 0) + sign * count

    def without(self, job: int) -> list[int]:
        """The job's row, but for the job."""
        return [other for other in self.rows[self.shift_of[job]] if other != job]

    def remove(self, job: int) -> bool:
        """Take the job out. False if what is left has no schedule (a detour can be shorter than the direct way)."""
        shift, row = self.shift_of[job], self.without(job)
        times = timing(self.ground, shift, row)
        if times is None:
            return False
        self.put(shift, row, times)
        return True

    def left_out(self) -> list[int]:
        """Jobs without a place, ascending."""
        return [job for job, shift in enumerate(self.shift_of) if shift < 0]

    def price(self) -> float:
        """The whole cost, unrounded."""
        routes = sum(times.price for times in self.times)
        fair = sum(self.ground.unfairness(index, load) for index, load in enumerate(self.load))
        return routes + fair + sum(self.ground.left_out[job] for job in self.left_out())

    def routes(self) -> tuple[Route, ...]:
        """The timed routes of all shifts in use."""
        return tuple(
            route(self.ground, shift, row, self.times[shift]) for shift, row in enumerate(self.rows) if row
        )

    def cost(self) -> Cost:
        """The cost as it goes into a result."""
        return cost_of(self.ground.problem, self.routes(), self.left_out())

    def result(self, engine: str, seconds: float, stopped_by: StoppedBy = StoppedBy.COMPLETE) -> Result:
        """The draft as an answer; `unassigned` carry no reasons yet (`explain` gives them)."""
        return Result(
            routes=self.routes(),
            unassigned=tuple(Unassigned(job=job, blocks={}) for job in self.left_out()),
            cost=self.cost(),
            seconds=seconds,
            engine=engine,
            stopped_by=stopped_by,
        )

    def slack(self, shift: int) -> tuple[list[int], list[float]]:
        """For each leg k = 0..n of a row: when its start is free at the earliest, and the latest arrival at its end
        from which the rest can be served. Both without the break, so bounds: true times are later and tighter."""
        known = self._slack[shift]
        if known is None:
            known = self._slack[shift] = (self._free(shift), self._latest(shift))
        return known

    def _free(self, shift: int) -> list[int]:
        ground, now, place = self.ground, self.ground.start[shift], self.ground.home[shift]
        free = [now]
        for job in self.rows[shift]:
            now += ground.travel[place][ground.place[job]]
            now = max(now, next(low for low, high in ground.windows[job] if now <= high))
            now += ground.least_work[job]
            place = ground.place[job]
            free.append(now)
        return free

    def _latest(self, shift: int) -> list[float]:
        ground, place, moment = self.ground, self.ground.goal[shift], float(self.ground.limit[shift])
        latest = [moment]
        for job in reversed(self.rows[shift]):
            moment -= ground.travel[ground.place[job]][place] + ground.least_work[job]
            moment = latest_in(ground.windows[job], moment)
            place = ground.place[job]
            latest.append(moment)
        return latest[::-1]

    def relief(self, shift: int) -> float:
        """By how much what the row costs by the clock could fall at the very most, whatever is inserted."""
        known = self._relief[shift]
        if known is None:
            known = self._relief[shift] = self._at_most(shift)
        return known

    def _at_most(self, shift: int) -> float:
        ground, times = self.ground, self.times[shift]
        most = max(0, times.back - ground.end[shift]) * ground.problem.weights.overtime + 0.0
        for index, job in enumerate(self.rows[shift]):
            if ground.by_clock[job]:
                start, end = times.starts[index], times.ends[index]
                soonest = max(ground.start[shift], ground.windows[job][0][0]) + ground.service[job]
                least = ground.outage[job] * soonest + ground.late[job] * max(0, soonest - ground.due[job])
                most += ground.at_clock(job, start, end) - least
        return most
