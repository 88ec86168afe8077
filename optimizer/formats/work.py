"""VROOM's jobs as ours, and what a priority is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from optimizer.formats.amounts import Amounts
from optimizer.formats.clock import Clock
from optimizer.formats.ids import Ids, find
from optimizer.formats.places import Table
from optimizer.formats.refusal import Refused
from optimizer.formats.wire import File, Instants, JobExtra
from optimizer.formats.wire import Job as Sent
from optimizer.problem import MAX_PRIZE, Job, Technician, Weights, Window, drive_s

MOST_PRIORITY = 100
DEAR_TRIPS = 10
USUAL_PRIZE, LEAST_PRIZE, LARGEST_BASE = 100_000, 3_600, 10_000_000


class Prizes:
    """What leaving out a job costs, by its priority: `base + priority * step`.

    VROOM compares the sum of priorities first, then the number of jobs, then the cost. So `base` is many trips of its own to
    the farthest place, and `step` more than all bases together, as far as the largest prize allows.
    """

    def __init__(
        self, jobs: int, weights: Weights, people: Sequence[Technician], tables: tuple[Table, Table]
    ) -> None:
        slowest = min(people, key=lambda person: person.speed_percent, default=Technician(name=""))
        way = drive_s(slowest, int(tables[0].max(initial=0))) * weights.travel
        trip = (
            2 * (way + int(tables[1].max(initial=0)) * weights.distance_per_km // 1000) + weights.shift_used
        )
        base = max(LEAST_PRIZE, min(DEAR_TRIPS * trip, USUAL_PRIZE), 2 * trip)
        self.base = min(base, LARGEST_BASE)
        self.step = min(self.base * (jobs + 1), (MAX_PRIZE - self.base) // MOST_PRIORITY)

    def of(self, priority: int) -> int:
        """The prize."""
        return self.base + priority * self.step


class Jobs:
    """All jobs of a file. Raises `Refused`."""

    def __init__(
        self, file: File, clock: Clock, ids: Ids, amounts: Amounts, places: Sequence[int], prizes: Prizes
    ) -> None:
        self.file, self.clock, self.ids = file, clock, ids
        self.amounts, self.places, self.prizes = amounts, places, prizes
        self.crowd = Counter(places)

    def all(self) -> tuple[Job, ...]:
        """In the order of the file."""
        return tuple(self._job(number, job) for number, job in enumerate(self.file.jobs))

    def _job(self, number: int, job: Sent) -> Job:
        where, extra = f"jobs[{number}]", job.line3 or JobExtra()
        setup, service, by_level = self._durations(where, number, job)
        published = extra.published
        return Job(
            name=str(job.id) if job.description is None else job.description,
            place=self.places[number],
            service_s=service,
            setup_s=setup,
            service_by_level=by_level,
            windows=_windows(where, job.time_windows, self.clock),
            skills=frozenset(map(str, job.skills) if extra.skills is None else extra.skills),
            tools=frozenset(extra.tools),
            parts=self.amounts.job(number),
            prize=self.prizes.of(job.priority) if extra.prize is None else extra.prize,
            mandatory=extra.mandatory,
            affected=extra.affected,
            due=None if extra.due is None else self.clock.at(extra.due),
            lateness_weight=extra.lateness_weight,
            interruptible=extra.interruptible,
            excluded=self._technicians(f"{where}.line3.excluded", extra.excluded),
            partner=self._partner(f"{where}.line3.partner", extra.partner),
            shifts=None
            if extra.vehicles is None
            else self._shifts(f"{where}.line3.vehicles", extra.vehicles),
            published_shift=None
            if published is None or published.vehicle is None
            else find(self.ids.vehicles, published.vehicle, "vehicle", f"{where}.line3.published.vehicle"),
            published_start=None
            if published is None or published.start is None
            else self.clock.at(published.start),
            frozen=extra.frozen,
        )

    def _durations(self, where: str, number: int, job: Sent) -> tuple[int, int, dict[str, int]]:
        """Setup, service, service by level. A setup that differs by type is part of the service where nobody could share it."""
        if all(seconds == job.setup for seconds in job.setup_per_type.values()):
            return job.setup, job.service, job.service_per_type
        if self.crowd[self.places[number]] > 1:
            raise Refused(f"{where}.setup_per_type", "differs by type, and another job is at the same place")
        types = job.setup_per_type.keys() | job.service_per_type.keys()
        whole = {
            name: job.setup_per_type.get(name, job.setup) + job.service_per_type.get(name, job.service)
            for name in sorted(types)
        }
        return 0, job.setup + job.service, whole

    def _technicians(self, where: str, ids: Sequence[int]) -> frozenset[int]:
        return frozenset(
            find(self.ids.technicians, one, "technician", f"{where}[{n}]") for n, one in enumerate(ids)
        )

    def _shifts(self, where: str, ids: Sequence[int]) -> frozenset[int]:
        return frozenset(
            find(self.ids.vehicles, one, "vehicle", f"{where}[{n}]") for n, one in enumerate(ids)
        )

    def _partner(self, where: str, one: int | None) -> int | None:
        return None if one is None else find(self.ids.jobs, one, "job", where)


def _windows(where: str, sent: Sequence[Instants] | None, clock: Clock) -> tuple[Window, ...]:
    """In order; those that overlap are one."""
    if sent is None:
        return ()
    if not sent:
        raise Refused(f"{where}.time_windows", "is empty (leave it out for any time)")
    for number, (earliest, latest) in enumerate(sent):
        if latest < earliest:
            raise Refused(f"{where}.time_windows[{number}]", f"ends at {latest}, before {earliest}")
    made: list[Window] = []
    for window in sorted((clock.window(instants) for instants in sent), key=lambda window: window.earliest):
        if made and window.earliest <= made[-1].latest:
            latest = max(made[-1].latest, window.latest)
            made[-1] = Window(earliest=made[-1].earliest, latest=latest)
        else:
            made.append(window)
    return tuple(made)
