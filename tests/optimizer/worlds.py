"""Small named problems, and seeded random ones with every kind of constraint."""

from __future__ import annotations

import random

import msgspec
import numpy as np
import numpy.typing as npt

from optimizer.cities import Shape
from optimizer.days import Weather, day
from optimizer.problem import Break, Depot, Job, Problem, Shift, Technician, Weights, Window, pack

HOUR = 3_600
DAY = 86_400
NINE_TO_FIVE = (8 * HOUR, 17 * HOUR)
LUNCH = Break(window=Window(earliest=12 * HOUR, latest=13 * HOUR), duration_s=30 * 60)


def city(places: int, seed: int, metres: int = 20_000) -> tuple[bytes, bytes]:
    """Travel (35 km/h) and distance between random points of a square city."""
    points = np.random.default_rng(seed).random((places, 2)) * metres
    distance: npt.NDArray[np.int64] = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)).astype(
        int
    )
    return pack(distance * 36 // 350), pack(distance)


def quiet_street() -> Problem:
    """One technician, two jobs, ten minutes apart from everything."""
    minutes = np.array([[0, 10, 10], [10, 0, 10], [10, 10, 0]])
    return Problem(
        technicians=(Technician(name="Ada"),),
        shifts=(day_shift(0, 0, 0),),
        jobs=(
            Job(name="router", place=1, service_s=HOUR, prize=20_000),
            Job(name="line", place=2, service_s=HOUR, prize=20_000),
        ),
        places=3,
        travel=pack(minutes * 60),
        distance=pack(minutes * 500),
    )


def small_town() -> Problem:
    """Three technicians with breaks and skills, six jobs with windows, one of them an outage."""
    travel, distance = city(9, seed=1)
    window = (Window(earliest=9 * HOUR, latest=11 * HOUR),)
    fibre = frozenset({"fibre"})
    jobs = (
        Job(name="outage", place=3, service_s=HOUR, prize=30_000, affected=40, skills=fibre),
        Job(name="promised", place=4, service_s=HOUR, prize=30_000, windows=window, mandatory=True),
        Job(name="splice", place=5, service_s=2 * HOUR, prize=20_000, skills=fibre, interruptible=True),
        Job(name="modem", place=6, service_s=HOUR // 2, prize=10_000, parts={"modem": 1}),
        Job(name="survey", place=7, service_s=HOUR, setup_s=600, prize=10_000, due=11 * HOUR),
        Job(name="ladder", place=8, service_s=HOUR, prize=10_000, tools=frozenset({"ladder"})),
    )
    technicians = (
        Technician(name="Ada", skills=fibre, overtime_max_s=HOUR),
        Technician(name="Ben", parts={"modem": 1}, overtime_max_s=HOUR),
        Technician(name="Cem", tools=frozenset({"ladder"})),
    )
    shifts = tuple(day_shift(index, 0, index, LUNCH) for index in range(3))
    return Problem(
        technicians=technicians, shifts=shifts, jobs=jobs, places=9, travel=travel, distance=distance
    )


def day_shift(technician: int, day: int, place: int, rest: Break | None = None) -> Shift:
    """Eight to five on a day."""
    shifted = rest
    if rest is not None and day:
        window = Window(
            earliest=rest.window.earliest + day * DAY,
            latest=rest.window.latest + day * DAY,
        )
        shifted = Break(window=window, duration_s=rest.duration_s)
    return Shift(
        name=f"{technician}/{day}",
        technician=technician,
        day=day,
        start=day * DAY + NINE_TO_FIVE[0],
        end=day * DAY + NINE_TO_FIVE[1],
        start_place=place,
        end_place=place,
        rest=shifted,
    )


def tiny(seed: int, jobs: int | None = None) -> Problem:
    """A random problem with every kind of constraint, tight enough that each one bites now and then."""
    rng = random.Random(seed)
    crew = rng.randint(1, 3)
    days = rng.randint(1, 2)
    count = rng.randint(1, 7) if jobs is None else jobs
    places = crew + max(1, count - 1)
    travel, distance = city(places, seed, metres=40_000)
    technicians = tuple(_technician(rng, index) for index in range(crew))
    shifts = tuple(_short_shift(rng, index, day) for day in range(days) for index in range(crew))
    wanted = [_job(rng, index, crew, places, shifts) for index in range(count)]
    return Problem(
        technicians=technicians,
        shifts=shifts,
        jobs=tuple(_freeze_first(rng, wanted, shifts, travel, places)),
        places=places,
        travel=travel,
        distance=distance,
        weights=Weights(
            distance_per_km=rng.choice([0, 60]),
            shift_used=rng.choice([0, 900]),
            unfairness=rng.choice([0.0, 40.0]),
            outage_per_minute=rng.choice([0.5, 0.02]),
        ),
    )


def rich(seed: int, jobs: int | None = None) -> Problem:
    """A tiny problem with what OR-Tools' model does not know: depots, partners, levels, speeds, a price on being away."""
    rng = random.Random(seed)
    problem = tiny(seed, jobs)
    technicians = [
        msgspec.structs.replace(
            technician,
            level=rng.choice(["", "new", "senior"]),
            speed_percent=rng.choice([100, 100, 80, 130]),
        )
        for technician in problem.technicians
    ]
    wanted = [
        msgspec.structs.replace(job, service_by_level={"new": job.service_s + 900})
        if rng.random() < 0.5
        else job
        for job in problem.jobs
    ]
    free = [index for index, job in enumerate(wanted) if not job.frozen]
    if len(free) > 1 and rng.random() < 0.6:
        one, other = rng.sample(free, 2)
        wanted[one], wanted[other] = (
            msgspec.structs.replace(wanted[one], partner=other),
            msgspec.structs.replace(wanted[other], partner=one),
        )
    if any(job.frozen for job in wanted):
        # what is frozen was promised by the clock of ordinary people
        technicians = [msgspec.structs.replace(technician, speed_percent=100) for technician in technicians]
    depots = (Depot(place=0, service_s=300),) if rng.random() < 0.6 else ()
    weights = msgspec.structs.replace(problem.weights, duration=rng.choice([0, 1]))
    return msgspec.structs.replace(
        problem, technicians=tuple(technicians), jobs=tuple(wanted), depots=depots, weights=weights
    )


def pocket_day(seed: int, jobs: int = 20, crew: int = 5) -> Problem:
    """A busy day as `optimizer.days` makes them, in the smallest size that has everything; two go together, whatever it rolled."""
    problem = day(jobs, crew, shape=tuple(Shape)[seed % len(Shape)], weather=Weather.BUSY, seed=seed)
    one, other = (msgspec.structs.replace(job, partner=None) for job in problem.jobs[:2])
    if any(problem.jobs[number].partner is not None for number in (0, 1)):
        return problem
    meeting = (
        msgspec.structs.replace(one, partner=1, skills=frozenset(), windows=()),
        msgspec.structs.replace(other, partner=0, skills=frozenset(), windows=()),
    )
    return msgspec.structs.replace(problem, jobs=(*meeting, *problem.jobs[2:]))


def _some(rng: random.Random, names: str, chance: float) -> frozenset[str]:
    return frozenset(name for name in names if rng.random() < chance)


def _technician(rng: random.Random, index: int) -> Technician:
    return Technician(
        name=f"t{index}",
        skills=_some(rng, "ab", 0.7),
        tools=_some(rng, "xy", 0.8),
        parts={"p": rng.randint(0, 3), "q": rng.randint(0, 2)},
        overtime_max_s=rng.choice([0, 1800, 3600]),
        debt_s=rng.choice([0, 3600, -1800]),
    )


def _short_shift(rng: random.Random, technician: int, day: int) -> Shift:
    start = day * DAY + 8 * HOUR + rng.randint(0, 7200)
    low = start + rng.randint(3600, 7200)
    rest = Break(window=Window(earliest=low, latest=low + rng.randint(0, 3600)), duration_s=1800)
    return Shift(
        name=f"s{technician}/{day}",
        technician=technician,
        day=day,
        start=start,
        end=start + rng.randint(3 * HOUR, 6 * HOUR),
        start_place=technician,
        end_place=rng.choice([technician, 0]),
        rest=rest if rng.random() < 0.7 else None,
    )


def _job(rng: random.Random, index: int, crew: int, places: int, shifts: tuple[Shift, ...]) -> Job:
    published = rng.randrange(len(shifts)) if rng.random() < 0.4 else None
    moment = shifts[published or 0].start + rng.randint(0, 3 * HOUR)
    return Job(
        name=f"j{index}",
        place=rng.randrange(crew, places),
        service_s=rng.randint(600, 5400),
        setup_s=rng.choice([0, 300, 900]),
        windows=_some_windows(rng),
        skills=_some(rng, "ab", 0.2),
        tools=_some(rng, "xy", 0.15),
        parts={"p": 1} if rng.random() < 0.4 else {},
        prize=rng.choice([500, 4_000, 20_000]),
        mandatory=rng.random() < 0.15,
        affected=rng.choice([0, 0, 0, 5, 60]),
        due=rng.randint(0, 2 * DAY) if rng.random() < 0.3 else None,
        interruptible=rng.random() < 0.5,
        excluded=frozenset({rng.randrange(crew)}) if rng.random() < 0.15 else frozenset(),
        shifts=frozenset({rng.randrange(len(shifts))}) if rng.random() < 0.15 else None,
        published_shift=published,
        published_start=None if published is None else moment,
    )


def _some_windows(rng: random.Random) -> tuple[Window, ...]:
    if rng.random() < 0.5:
        return ()
    day = rng.choice([0, 0, DAY])
    low = day + 8 * HOUR + rng.randint(0, 3 * HOUR)
    first = Window(earliest=low, latest=low + rng.randint(600, 5400))
    if rng.random() < 0.6:
        return (first,)
    return (first, Window(earliest=first.latest + 1800, latest=first.latest + 5400))


def _freeze_first(
    rng: random.Random, jobs: list[Job], shifts: tuple[Shift, ...], travel: bytes, places: int
) -> list[Job]:
    """Now and then the first job of a shift is frozen at an instant at which it can be reached."""
    if rng.random() < 0.6:
        return jobs
    shift = rng.randrange(len(shifts))
    seconds = np.frombuffer(travel, dtype="<i4").reshape(places, places)
    reached = shifts[shift].start + int(seconds[shifts[shift].start_place, jobs[0].place])
    moment = reached + rng.randint(0, 3600)
    held = msgspec.structs.replace(jobs[0], published_shift=shift, published_start=moment, frozen=True)
    return [held, *jobs[1:]]


def town(jobs: int, crew: int, days: int = 1, seed: int = 0, share: bool = False) -> Problem:
    """A city-like day or week with skills, parts, windows, breaks, outages: for measuring and for larger tests."""
    rng = random.Random(seed)
    places = crew + jobs
    travel, distance = city(places, seed, metres=25_000)
    skills = ["copper", "fibre", "coax", "mast"]
    technicians = tuple(
        Technician(
            name=f"t{index}",
            skills=frozenset(rng.sample(skills, rng.choice([1, 2, 2, 3]))),
            tools=_some(rng, "xy", 0.7),
            parts={"modem": rng.randint(2, 6), "ont": rng.randint(0, 5)},
            overtime_max_s=HOUR,
        )
        for index in range(crew)
    )
    shifts = tuple(day_shift(index, day, index, LUNCH) for day in range(days) for index in range(crew))
    work = tuple(
        _town_job(rng, index, crew + (index // 2 if share else index), days, skills) for index in range(jobs)
    )
    return Problem(
        technicians=technicians, shifts=shifts, jobs=work, places=places, travel=travel, distance=distance
    )


def _town_job(rng: random.Random, index: int, place: int, days: int, skills: list[str]) -> Job:
    day = rng.randrange(days) * DAY
    low = day + rng.choice([8, 10, 12, 14, 15]) * HOUR
    promised = rng.random() < 0.4
    return Job(
        name=f"j{index}",
        place=place,
        service_s=rng.choice([1800, 2700, 3600, 5400]),
        setup_s=300,
        windows=(Window(earliest=low, latest=low + 2 * HOUR),) if promised else (),
        skills=frozenset({rng.choice(skills)}) if rng.random() < 0.7 else frozenset(),
        tools=_some(rng, "xy", 0.1),
        parts={rng.choice(["modem", "ont"]): 1} if rng.random() < 0.3 else {},
        prize=rng.choice([6_000, 12_000, 24_000]),
        mandatory=promised and rng.random() < 0.3,
        affected=rng.choice([5, 20, 100]) if rng.random() < 0.1 else 0,
        due=day + 17 * HOUR if rng.random() < 0.2 else None,
        interruptible=rng.random() < 0.5,
    )
