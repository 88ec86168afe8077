"""Routes while they are being made: orders of jobs per shift, with times, prices and stock kept up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from optimizer.cost import cost_of
from optimizer.ground import FOREVER, Ground, Windows, earliest_in, latest_in
from optimizer.problem import MANDATORY
from optimizer.result import Cost, Result, Route, StoppedBy, Unassigned
from optimizer.schedule import Timing, left_at, route, timing


class Draft:
    """Feasible routes over one `Ground`. Frozen jobs stand at the head of their shift from the beginning.

    `rows[s]` are the jobs of shift `s` in order, with at most one depot among them, and `times[s]` their exact schedule;
    `shift_of[j]` is -1 for a job without a place; `fixed` are the instants at which two technicians meet, until they are
    parted. Every change keeps what is derived from them true.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows: list[list[int]] = [[] for _ in ground.start]
        self.shift_of = [-1] * ground.jobs
        self.fixed: dict[int, Windows] = {}
        self.used: list[Counter[str]] = [Counter() for _ in ground.problem.technicians]
        """Parts, before a depot is first passed by."""
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
        """Take over routes of an earlier answer, as `take_all`; two that no longer meet when they did lose their places."""
        draft = cls(ground)
        known = [given for given in routes if 0 <= given.shift < len(draft.rows)]
        met = {stop.job: stop.start for given in known for stop in given.stops}
        for job, start in met.items():
            partner = ground.partner[job] if 0 <= job < ground.jobs and not ground.frozen[job] else None
            if partner is None or met.get(partner) != start:
                continue
            if all(earliest_in(ground.windows[one], start) == start for one in (job, partner)):
                draft.fixed[job] = ((start, start),)
        rows: dict[int, list[int]] = {}
        for given in sorted(known, key=lambda given: ground.start[given.shift]):
            row = [stop.job if stop.job < ground.jobs else -1 for stop in given.stops]
            if given.supply is not None and 0 <= given.supply.depot < len(ground.depots):
                row.insert(given.supply.before, ground.depots[given.supply.depot])
            rows.setdefault(given.shift, []).extend(job for job in row if job >= 0)
        draft.take_all(rows)
        draft.part()
        return draft

    def take_all(self, rows: Mapping[int, Iterable[int]]) -> None:
        """Make these the rows of some shifts. Where not all stops fit in their order, those that are dearest to leave out keep
        their places, mandatory ones of all rows before any other."""
        ground = self.ground
        loose = {shift: [job for job in row if not ground.frozen[job]] for shift, row in rows.items()}
        # as a whole: a job may be reached in time only by way of the next, or a break find its place only after it
        whole = [self.take(shift, row) for shift, row in loose.items()]
        if all(whole):
            return
        for shift in loose:
            self.put(shift, list(ground.chains[shift]))
        for least in (MANDATORY, 0):
            for shift, row in loose.items():
                self._salvage(
                    shift, [job for job in row if job in ground.depots or ground.left_out[job] >= least]
                )

    def _salvage(self, shift: int, row: list[int]) -> None:
        """All of them, else one after the other, the dearest first, each in its place in the order."""
        ground = self.ground
        if not self.take(shift, row):
            jobs = [job for job in row if job not in ground.depots]
            for job in sorted(jobs, key=lambda job: -ground.left_out[job]):
                here = [
                    other
                    for other in row
                    if other == job or other in ground.depots or self.shift_of[other] == shift
                ]
                if not self.take(shift, here):
                    self.take(shift, [other for other in here if other not in ground.depots])
        bare = [job for job in self.rows[shift] if job not in ground.depots]
        if (
            len(bare) < len(self.rows[shift])
            and self.supplied(shift, bare)
            and (times := self.timing(shift, bare))
        ):
            self.put(shift, bare, times)

    def copy(self) -> Draft:
        """An independent draft over the same ground."""
        twin = object.__new__(Draft)
        twin.ground = self.ground
        twin.rows = [list(row) for row in self.rows]
        twin.shift_of = list(self.shift_of)
        twin.fixed = dict(self.fixed)
        twin.used = [used.copy() for used in self.used]
        twin.load = list(self.load)
        twin.times = list(self.times)
        twin._slack = list(self._slack)
        twin._relief = list(self._relief)
        return twin

    def timing(
        self, shift: int, row: list[int], windows: dict[int, Windows] | None = None, limit: int | None = None
    ) -> Timing | None:
        """`schedule.timing`, with whoever meets meeting; `windows` overrides that, too."""
        if self.fixed:
            windows = {**self.fixed, **windows} if windows else self.fixed
        return timing(self.ground, shift, row, windows, limit)

    def windows(self, job: int) -> Windows:
        """When it may start: in its windows, or when the two meet."""
        return self.fixed.get(job, self.ground.windows[job])

    def append(self, shift: int, job: int) -> bool:
        """Put the job, or a depot, at the end of the shift's row if everything allows it."""
        if not (0 <= shift < len(self.rows) and 0 <= job < len(self.ground.place)):
            return False
        return self.take(shift, [*self.rows[shift][len(self.ground.chains[shift]) :], job])

    def take(self, shift: int, jobs: Sequence[int]) -> bool:
        """Make these jobs, with at most one depot among them, the row of the shift, after what is frozen, if everything allows
        it."""
        ground = self.ground
        depots = sum(job in ground.depots for job in jobs)
        if (
            len({*jobs}) < len(jobs)
            or depots > 1
            or (depots == 1 and len(jobs) == 1 and not ground.chains[shift])
        ):
            return False
        if not all(job in ground.depots or self._may_take(shift, job) for job in jobs):
            return False
        row = [*ground.chains[shift], *jobs]
        times = self.timing(shift, row) if self.supplied(shift, row) else None
        if times is None:
            return False
        self.put(shift, row, times)
        return True

    def _may_take(self, shift: int, job: int) -> bool:
        """It has no place elsewhere, nor is on its own where two go, and the technician knows how."""
        ground = self.ground
        if self.shift_of[job] not in (-1, shift) or ground.frozen[job]:
            return False
        return (ground.partner[job] is None or job in self.fixed) and ground.qualified(job, shift)

    def supply_at(self, shift: int) -> int:
        """Where the depot stands in a row; -1 if there is none."""
        depots = self.ground.depots
        if depots:
            for position, job in enumerate(self.rows[shift]):
                if job in depots:
                    return position
        return -1

    def supplied_from(self, job: int, shift: int) -> int:
        """The first position from which on the technician has the tools and parts for the job; FOREVER if there is none."""
        if self.ground.equipped(job, shift) and not self.short_of(job, shift):
            return 0
        if not self.ground.depots:
            return FOREVER
        for other in self.ground.shifts_of[self.ground.technician[shift]]:
            at = self.supply_at(other)
            if other == shift:
                return at + 1 if at >= 0 else FOREVER
            if at >= 0:
                return 0
        return FOREVER

    def short_of(self, job: int, shift: int) -> list[str]:
        """Parts of which the technician has too few left of his own, in the order of their names."""
        wanted = self.ground.parts[job]
        if not wanted:
            return []
        technician = self.ground.technician[shift]
        stock, used = self.ground.problem.technicians[technician].parts, self.used[technician]
        return sorted(part for part, n in wanted.items() if used[part] + n > stock.get(part, 0))

    def put(self, shift: int, row: list[int], times: Timing | None = None) -> None:
        """Replace the row of a shift; `times` must be those of `row` if given. ValueError if it has none."""
        times = self.timing(shift, row) if times is None else times
        if times is None:
            raise ValueError(f"no schedule for {row} in shift {shift}")
        ground, technician = self.ground, self.ground.technician[shift]
        for job in self.rows[shift]:
            if job < ground.jobs:
                self.shift_of[job] = -1
        for job in row:
            if job < ground.jobs:
                self.shift_of[job] = shift
        self.load[technician] += times.load - self.times[shift].load
        self.rows[shift], self.times[shift] = row, times
        self._slack[shift] = self._relief[shift] = None
        self.used[technician] = self._used(technician)

    def _used(self, technician: int) -> Counter[str]:
        used: Counter[str] = Counter()
        for shift in self.ground.shifts_of[technician]:
            for job in self.rows[shift]:
                if job in self.ground.depots:
                    return used
                used.update(self.ground.parts[job])
        return used

    def supplied(self, shift: int, row: list[int]) -> bool:
        """With this row, the technician has all tools and parts that his shifts take: his own, until he has passed by a depot."""
        ground, technician = self.ground, self.ground.technician[shift]
        used, facts = Counter[str](), Counter[str]()
        for other in ground.shifts_of[technician]:
            for job in row if other == shift else self.rows[other]:
                if job in ground.depots:
                    return _within(used, facts, ground.problem.technicians[technician].parts)
                used.update(ground.parts[job])
                if ground.frozen[job]:
                    facts.update(ground.parts[job])
                elif not ground.equipped(job, other):
                    return False
        return _within(used, facts, ground.problem.technicians[technician].parts)

    def spared(self, shift: int, gone: Collection[int]) -> list[int] | None:
        """A row without these, and without a depot that nobody has to pass by then. None if only the depot would be left, which
        later shifts need: nobody sets out for that alone."""
        row = [job for job in self.rows[shift] if job not in gone]
        bare = [job for job in row if job < self.ground.jobs]
        if len(bare) == len(row) or self.supplied(shift, bare):
            return bare
        return row if bare else None

    def without(self, job: int) -> list[int] | None:
        """The job's row, but for the job: see `spared`."""
        return self.spared(self.shift_of[job], (job,))

    def remove(self, job: int) -> bool:
        """Take the job out, and whom it goes with. False if what is left has no schedule (a detour can be shorter than the direct
        way), or is a depot only."""
        partner, before = self.ground.partner[job], list[tuple[int, list[int], Timing]]()
        for one in (job,) if partner is None or self.shift_of[partner] < 0 else (job, partner):
            shift, row = self.shift_of[one], self.without(one)
            times = self.timing(shift, row) if row is not None else None
            if row is None or times is None:
                for old in before:
                    self.put(*old)
                return False
            before.append((shift, self.rows[shift], self.times[shift]))
            self.put(shift, row, times)
        if partner is not None:
            self.fixed.pop(job, None)
            self.fixed.pop(partner, None)
        return True

    def meet(self, one: int, other: int, start: int) -> None:
        """From now on the two start at this instant."""
        self.fixed[one] = self.fixed[other] = ((start, start),)

    def part(self) -> None:
        """Whoever has lost the partner goes, too."""
        while lonely := self._lonely():
            for job in lonely:
                self.fixed.pop(job, None)
            self.release(lonely)

    def release(self, jobs: Collection[int]) -> None:
        """Take these out, whatever that takes: the others of their technicians stay as far as they still can."""
        placed = [self.shift_of[job] for job in jobs if self.shift_of[job] >= 0]
        for technician in sorted({self.ground.technician[shift] for shift in placed}):
            shifts = self.ground.shifts_of[technician]
            rows = {shift: [job for job in self.rows[shift] if job not in jobs] for shift in shifts}
            for shift in shifts:
                self.put(shift, list(self.ground.chains[shift]))
            self.take_all(rows)

    def _lonely(self) -> set[int]:
        """Jobs that have a place, but not together with the one they go with; and instants that nobody keeps."""
        found: set[int] = set()
        for job in self.fixed:
            partner = self.ground.partner[job]
            here, there = self.shift_of[job], -1 if partner is None else self.shift_of[partner]
            if min(here, there) < 0 or self.ground.technician[here] == self.ground.technician[there]:
                found.add(job)
        return found

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
        travel, least = ground.travel_in[shift], ground.least_in[shift]
        free = [now]
        for job in self.rows[shift]:
            now += travel[place][ground.place[job]]
            now = max(now, next(low for low, high in self.windows(job) if now <= high))
            now += least[job]
            place = ground.place[job]
            free.append(now)
        return free

    def _latest(self, shift: int) -> list[float]:
        ground, place, moment = self.ground, self.ground.goal[shift], float(self.ground.limit[shift])
        travel, least = ground.travel_in[shift], ground.least_in[shift]
        latest = [moment]
        for job in reversed(self.rows[shift]):
            moment -= travel[ground.place[job]][place] + least[job]
            moment = latest_in(self.windows(job), moment)
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
        ground, times, row = self.ground, self.times[shift], self.rows[shift]
        weights = ground.problem.weights
        most = max(0, times.back - ground.end[shift]) * weights.overtime + 0.0
        if weights.duration and row:
            # nobody is away for less than he drives and works
            most += weights.duration * (times.back - left_at(ground, shift, row, times) - times.load)
        for index, job in enumerate(row):
            if ground.by_clock[job]:
                start, end = times.starts[index], times.ends[index]
                soonest = max(ground.start[shift], self.windows(job)[0][0]) + ground.service_in[shift][job]
                least = ground.outage[job] * soonest + ground.late[job] * max(0, soonest - ground.due[job])
                most += ground.at_clock(job, start, end) - least
        return most


def _within(used: Counter[str], facts: Counter[str], stock: dict[str, int]) -> bool:
    """What is frozen is a fact, and may have overdrawn the van."""
    return all(count <= max(stock.get(part, 0), facts[part]) for part, count in used.items())
