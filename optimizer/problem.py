"""What is to be solved: technicians' shifts over several days, jobs, travel, weights. Immutable; checks itself.

Units everywhere in `optimizer`: integer seconds from an origin the caller chose (usually local midnight of the first
day), metres, and *cost* in seconds of travel (one second at the wheel costs 1). Days are indices from 0. Places are
indices into the travel matrices. Names are opaque strings for messages; answers refer to everything by index.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.int32]
"""Square, (places x places): seconds or metres from row to column; asymmetric allowed; the diagonal is 0."""

MAX_SECONDS = 366 * 86_400
"""Bound of every instant and duration: a year, and sums of thousands of them stay far inside 64 bits."""
MAX_METRES = 50_000_000
MAX_COUNT = 1_000_000
"""Bound of subscribers affected, parts, and each weight but one."""
MAX_PRIZE = 100_000_000
"""Bound of a prize, and of `weights.shift_used`: where fewest shifts come first, one outweighs all driving."""
MANDATORY = 1_000_000_000
"""Added to the prize of a mandatory job: ten times the largest prize, so no trade-off reaches it, and 10,000 of them
stay exact in a 64-bit float."""


class BadProblem(ValueError):
    """The problem contradicts itself. `where` is a path such as `jobs[3].windows[0]`."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of everything that goes over the pipe to the solving process."""


class Window(Record, frozen=True):
    """Bounds of the *start of service* (where setup is due, of its start: the knock at the door), both inclusive,
    in seconds from the origin."""

    earliest: int
    latest: int


class Break(Record, frozen=True):
    """A rest of `duration_s` that starts in `window`: before leaving, between stops, while waiting, after coming back,
    or inside an interruptible job (which it then extends). Being at the wheel does not count as rest. Leave it out
    of a shift whose break has been taken. It is waived where the window passes before the shift starts or before the
    last frozen stop has ended."""

    window: Window
    duration_s: int


class Technician(Record, frozen=True):
    """Who goes. `parts` is the van stock at the start of the problem, used up over all of the technician's shifts."""

    name: str
    skills: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    parts: dict[str, int] = {}
    overtime_max_s: int = 0
    """How far one shift may run over its end, at `weights.overtime` a second."""
    level: str = ""
    """Key into `Job.service_by_level`."""
    speed_percent: int = 100
    """Of the speed behind the travel matrix: every way takes `ceil(seconds * 100 / speed_percent)`."""
    debt_s: int = 0
    """Work above the average carried from earlier days (fairness); negative: below it."""


class Shift(Record, frozen=True):
    """One technician on one day, leaving `start_place` not before `start`. A technician has at most one shift a day.
    During a running day, `start` is the end of what is under way and `start_place` where that is."""

    name: str
    technician: int
    day: int
    start: int
    end: int
    start_place: int
    end_place: int
    rest: Break | None = None


class Depot(Record, frozen=True):
    """Where tools and parts are: whoever has passed by has every tool and any number of parts from then on, in later
    shifts, too. Each shift passes by one depot at most."""

    place: int
    service_s: int = 0
    """Loading."""


class Job(Record, frozen=True):
    """Work at one place. All of `skills` and `tools` are needed, `parts` are used up.

    `affected` subscribers are dark until the end of service: each minute costs `affected * weights.outage_per_minute`.
    `due` is the instant by which service should have *ended*: each minute after it costs
    `lateness_weight * weights.lateness_per_minute`. `prize` is the cost of leaving the job out, and a job left out also
    stays dark and late to the end of the last shift (so nobody is left in the dark because it is cheaper).
    """

    name: str
    place: int
    service_s: int
    setup_s: int = 0
    """Once per place: not paid by a stop that follows another at the same place."""
    service_by_level: dict[str, int] = {}
    """Instead of `service_s`, for technicians of these levels."""
    windows: tuple[Window, ...] = ()
    """Start of service lies in one of them; ascending, apart from each other; empty: any time. Hard: promises."""
    skills: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    parts: dict[str, int] = {}
    prize: int = 0
    mandatory: bool = False
    """Never left out while an answer that holds it can be found (`MANDATORY` is added to its prize)."""
    affected: int = 0
    due: int | None = None
    lateness_weight: int = 1
    interruptible: bool = False
    excluded: frozenset[int] = frozenset()
    """Technician indices that must not go ("not this technician")."""
    partner: int | None = None
    """Another job, whose partner this is: both start at the same instant, with two technicians, or neither is done."""
    shifts: frozenset[int] | None = None
    """If given, only these shift indices (a locked day or technician)."""
    published_shift: int | None = None
    """Where the last published plan has it: any other shift, or none, costs `weights.churn_shift`."""
    published_start: int | None = None
    """Planned start there: each second earlier or later, in whatever shift, costs `weights.churn_second`."""
    frozen: bool = False
    """Not to be moved: stays in `published_shift`, starts exactly at `published_start`, before all that is not frozen
    there. Never left out. A fact, so its skills, parts, windows, exclusions and overtime are not questioned; it must be
    reachable from what precedes it, though: the caller moves `published_start` when the technician runs late."""


class Weights(Record, frozen=True):
    """Prices, in seconds of travel. Defaults are the product's; dispatch takes them from the area's settings."""

    travel: int = 1
    distance_per_km: int = 0
    outage_per_minute: float = 4.0
    """Per subscriber and minute of outage. At half a second a plan would rather leave a subscriber without service overnight than
    drive for eight minutes (`line3 simulate`)."""
    lateness_per_minute: int = 30
    overtime: int = 2
    duration: int = 0
    """For each second between leaving and being back, whatever is done in it. Whoever waits then leaves later instead, where
    nothing in the round costs by the clock."""
    churn_shift: int = 900
    churn_second: float = 0.05
    shift_used: int = 0
    """For opening a shift at all."""
    unfairness: float = 0.0
    """Times the square of a technician's load in hours: travel and work over all his shifts, plus his debt."""


class Problem(Record, frozen=True):
    """The whole of it. `travel` and `distance` are row-major int32 matrices as bytes (`pack`), places x places."""

    technicians: tuple[Technician, ...]
    shifts: tuple[Shift, ...]
    jobs: tuple[Job, ...]
    places: int
    travel: bytes
    distance: bytes
    weights: Weights = Weights()
    depots: tuple[Depot, ...] = ()

    def travel_s(self) -> Matrix:
        """Seconds at the wheel, (places x places), read-only view."""
        return unpack(self.travel, self.places)

    def distance_m(self) -> Matrix:
        """Metres, (places x places), read-only view."""
        return unpack(self.distance, self.places)

    def verify(self) -> None:
        """Raise `BadProblem` naming the first contradiction found."""
        for contradiction in contradictions(self):
            raise contradiction


def pack(matrix: npt.NDArray[np.integer]) -> bytes:
    """A square matrix of seconds or metres as the bytes a `Problem` carries. ValueError if it leaves int32."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"not a square matrix: shape {matrix.shape}")
    if matrix.size and (matrix.min() < 0 or matrix.max() > np.iinfo(np.int32).max):
        raise ValueError("entries below 0 or above int32")
    return np.ascontiguousarray(matrix, dtype="<i4").tobytes()


def unpack(raw: bytes, places: int) -> Matrix:
    """The read-only matrix behind `pack`ed bytes."""
    return np.frombuffer(raw, dtype="<i4").reshape(places, places)


def drive_s(technician: Technician, seconds: int) -> int:
    """What a way of so many seconds takes this technician."""
    return -(-seconds * 100 // technician.speed_percent)


def service_s(technician: Technician, job: Job) -> int:
    """How long this technician works at this job, setup aside."""
    return job.service_by_level.get(technician.level, job.service_s)


def frozen_jobs(problem: Problem) -> dict[int, list[int]]:
    """Frozen job indices by shift, in the order they are served."""
    chains: dict[int, list[tuple[int, int]]] = {}
    for index, job in enumerate(problem.jobs):
        if job.frozen and job.published_shift is not None and job.published_start is not None:
            chains.setdefault(job.published_shift, []).append((job.published_start, index))
    return {shift: [index for _, index in sorted(chain)] for shift, chain in chains.items()}


def contradictions(problem: Problem) -> Iterator[BadProblem]:
    """Everything that makes the problem meaningless, most basic first; empty for a problem that can be solved.

    Later checks index by what earlier ones have verified, so a caller that goes on after the first contradiction gets
    each level complete and the next level only if all before it were clean.
    """
    for level in (_matrices, _technicians, _shifts, _jobs, _weights, _depots, _frozen):
        found = list(level(problem))
        yield from found
        if found:
            return


def _outside(where: str, value: int, least: int, most: int) -> Iterator[BadProblem]:
    if not least <= value <= most:
        yield BadProblem(where, f"{value} is not in {least} .. {most}")


def _matrices(problem: Problem) -> Iterator[BadProblem]:
    yield from _outside("places", problem.places, 0, 100_000)
    for name, raw, most in (
        ("travel", problem.travel, MAX_SECONDS),
        ("distance", problem.distance, MAX_METRES),
    ):
        if len(raw) != 4 * problem.places**2:
            yield BadProblem(name, f"{len(raw)} bytes, not {4 * problem.places**2} ({problem.places} places)")
            continue
        matrix = unpack(raw, problem.places)
        if matrix.size and (matrix.min() < 0 or matrix.max() > most):
            row, column = np.argwhere((matrix < 0) | (matrix > most))[0]
            yield BadProblem(f"{name}[{row}][{column}]", f"{matrix[row, column]} is not in 0 .. {most}")
        elif matrix.size and matrix.diagonal().any():
            row = int(matrix.diagonal().nonzero()[0][0])
            yield BadProblem(f"{name}[{row}][{row}]", "the diagonal is not 0")


def _parts(where: str, parts: dict[str, int]) -> Iterator[BadProblem]:
    for part, count in parts.items():
        yield from _outside(f"{where}.parts[{part!r}]", count, 0, MAX_COUNT)


def _technicians(problem: Problem) -> Iterator[BadProblem]:
    for index, technician in enumerate(problem.technicians):
        where = f"technicians[{index}]"
        yield from _outside(f"{where}.overtime_max_s", technician.overtime_max_s, 0, MAX_SECONDS)
        yield from _outside(f"{where}.debt_s", technician.debt_s, -MAX_SECONDS, MAX_SECONDS)
        yield from _outside(f"{where}.speed_percent", technician.speed_percent, 1, 10_000)
        yield from _parts(where, technician.parts)


def _shifts(problem: Problem) -> Iterator[BadProblem]:
    for index, shift in enumerate(problem.shifts):
        where = f"shifts[{index}]"
        yield from _outside(f"{where}.technician", shift.technician, 0, len(problem.technicians) - 1)
        yield from _outside(f"{where}.day", shift.day, 0, 366)
        yield from _outside(f"{where}.start", shift.start, 0, MAX_SECONDS)
        yield from _outside(f"{where}.end", shift.end, shift.start, MAX_SECONDS)
        yield from _outside(f"{where}.start_place", shift.start_place, 0, problem.places - 1)
        yield from _outside(f"{where}.end_place", shift.end_place, 0, problem.places - 1)
        if shift.rest is not None:
            yield from _window(f"{where}.rest.window", shift.rest.window)
            yield from _outside(f"{where}.rest.duration_s", shift.rest.duration_s, 0, 86_400)
    yield from _shifts_together(problem)


def _shifts_together(problem: Problem) -> Iterator[BadProblem]:
    """Two shifts of one technician never share a day nor a moment, overtime included."""
    before: dict[int, int] = {}
    days: set[tuple[int, int]] = set()
    for index in sorted(range(len(problem.shifts)), key=lambda i: problem.shifts[i].start):
        shift = problem.shifts[index]
        if not 0 <= shift.technician < len(problem.technicians):
            continue
        if (shift.technician, shift.day) in days:
            yield BadProblem(f"shifts[{index}].day", "the technician has another shift on that day")
        days.add((shift.technician, shift.day))
        if shift.start < before.get(shift.technician, 0):
            yield BadProblem(f"shifts[{index}].start", "the shift before, with its overtime, ends later")
        before[shift.technician] = shift.end + problem.technicians[shift.technician].overtime_max_s


def _window(where: str, window: Window) -> Iterator[BadProblem]:
    yield from _outside(f"{where}.earliest", window.earliest, 0, MAX_SECONDS)
    yield from _outside(f"{where}.latest", window.latest, window.earliest, MAX_SECONDS)


def _jobs(problem: Problem) -> Iterator[BadProblem]:
    for index, job in enumerate(problem.jobs):
        where = f"jobs[{index}]"
        yield from _outside(f"{where}.place", job.place, 0, problem.places - 1)
        yield from _outside(f"{where}.service_s", job.service_s, 0, MAX_SECONDS)
        yield from _outside(f"{where}.setup_s", job.setup_s, 0, MAX_SECONDS)
        for level, seconds in job.service_by_level.items():
            yield from _outside(f"{where}.service_by_level[{level!r}]", seconds, 0, MAX_SECONDS)
        yield from _outside(f"{where}.prize", job.prize, 0, MAX_PRIZE)
        yield from _outside(f"{where}.affected", job.affected, 0, MAX_COUNT)
        yield from _outside(f"{where}.lateness_weight", job.lateness_weight, 0, 1_000)
        yield from _parts(where, job.parts)
        yield from _job_windows(where, job)
        yield from _job_references(problem, where, job)
        yield from _job_partner(problem, where, index, job)


def _job_windows(where: str, job: Job) -> Iterator[BadProblem]:
    for number, window in enumerate(job.windows):
        yield from _window(f"{where}.windows[{number}]", window)
        if number and window.earliest <= job.windows[number - 1].latest:
            yield BadProblem(f"{where}.windows[{number}]", "does not lie after the window before it")


def _job_references(problem: Problem, where: str, job: Job) -> Iterator[BadProblem]:
    for technician in job.excluded:
        yield from _outside(f"{where}.excluded", technician, 0, len(problem.technicians) - 1)
    for shift in job.shifts or ():
        yield from _outside(f"{where}.shifts", shift, 0, len(problem.shifts) - 1)
    if job.published_shift is not None:
        yield from _outside(f"{where}.published_shift", job.published_shift, 0, len(problem.shifts) - 1)
    if job.published_start is not None:
        yield from _outside(f"{where}.published_start", job.published_start, -MAX_SECONDS, MAX_SECONDS)
    if job.due is not None:
        yield from _outside(f"{where}.due", job.due, -MAX_SECONDS, MAX_SECONDS)
    if job.frozen and (job.published_shift is None or job.published_start is None):
        yield BadProblem(f"{where}.frozen", "needs published_shift and published_start")


def _job_partner(problem: Problem, where: str, index: int, job: Job) -> Iterator[BadProblem]:
    if job.partner is None:
        return
    if job.partner == index or not 0 <= job.partner < len(problem.jobs):
        yield BadProblem(f"{where}.partner", f"{job.partner} is no other job")
    elif problem.jobs[job.partner].partner != index:
        yield BadProblem(f"{where}.partner", f"jobs[{job.partner}] has another partner")
    elif problem.jobs[job.partner].frozen != job.frozen:
        yield BadProblem(f"{where}.partner", "one of the two is frozen")
    elif job.frozen and problem.jobs[job.partner].published_start != job.published_start:
        yield BadProblem(f"{where}.partner", "frozen at another instant")


def _depots(problem: Problem) -> Iterator[BadProblem]:
    for index, depot in enumerate(problem.depots):
        yield from _outside(f"depots[{index}].place", depot.place, 0, problem.places - 1)
        yield from _outside(f"depots[{index}].service_s", depot.service_s, 0, 86_400)


def _weights(problem: Problem) -> Iterator[BadProblem]:
    for name in problem.weights.__struct_fields__:
        value, most = getattr(problem.weights, name), MAX_PRIZE if name == "shift_used" else MAX_COUNT
        if not 0 <= value <= most:  # also refuses NaN
            yield BadProblem(f"weights.{name}", f"{value} is not in 0 .. {most}")


def _frozen(problem: Problem) -> Iterator[BadProblem]:
    """What is frozen can be served as said: each reachable from what precedes it, overlapping nothing."""
    travel = problem.travel_s()
    for index, chain in frozen_jobs(problem).items():
        now, place, last = problem.shifts[index].start, problem.shifts[index].start_place, -1
        technician = problem.technicians[problem.shifts[index].technician]
        for number in chain:
            job = problem.jobs[number]
            start = job.published_start or 0
            now += drive_s(technician, int(travel[place, job.place]))
            if now > start:
                yield BadProblem(f"jobs[{number}].published_start", f"{start}: frozen, but reached at {now}")
            same = last >= 0 and place == job.place
            work = service_s(technician, job) + (0 if same else job.setup_s)
            now, place, last = start + work, job.place, number
