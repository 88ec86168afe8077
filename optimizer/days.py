"""Made-up working days of an internet provider's technicians, as problems: for measuring and for trying things out.

A *calm* day asks for less than the technicians have, a *busy* one for a little more than fits, a *storm* for more than they
could ever do. Every kind of constraint and cost of a fresh day occurs in each: skills, tools, parts, depots,
promised windows, outages, due instants, levels, breaks, overtime, crews of two. The same arguments give the same problem.
"""

from __future__ import annotations

import random
from enum import StrEnum
from typing import NamedTuple

import msgspec
import numpy as np

from optimizer.cities import Shape, city
from optimizer.problem import (
    MAX_SECONDS,
    Break,
    Depot,
    Job,
    Problem,
    Shift,
    Technician,
    Weights,
    Window,
    pack,
)

MINUTE, HOUR = 60, 3_600
SETUP_S = 5 * MINUTE
SLOTS = tuple(Window(earliest=at * HOUR, latest=(at + 2) * HOUR) for at in (8, 10, 12, 14, 16))
HALF_DAYS = (
    Window(earliest=8 * HOUR, latest=12 * HOUR),
    Window(earliest=12 * HOUR, latest=17 * HOUR),
)
MARGINS = (
    Window(earliest=7 * HOUR, latest=9 * HOUR),
    Window(earliest=16 * HOUR, latest=19 * HOUR),
)
"""For people who are at work in between."""
LUNCH = Break(window=Window(earliest=int(11.5 * HOUR), latest=int(13.5 * HOUR)), duration_s=30 * MINUTE)
NEW, SENIOR = "new", "senior"
PACE = {NEW: 1.3, SENIOR: 0.85}
"""How long they take, beside the others."""


class Weather(StrEnum):
    """How much there is to do. Only in a storm there are other kinds of jobs than on other days."""

    CALM = "calm"
    BUSY = "busy"
    STORM = "storm"


ASKED = {Weather.CALM: 0.65, Weather.BUSY: 0.85, Weather.STORM: 1.03}
"""`asked_share` of a day."""


class Role(NamedTuple):
    """Who is what, and has which tools in the van (mostly)."""

    share: float
    skills: frozenset[str]
    tools: frozenset[str]


class Kind(NamedTuple):
    """One kind of job. `shares` of the jobs on a calm day and in a storm; `parts` with the share of jobs that need one;
    `dark` how many subscribers are without service, at least and at most."""

    name: str
    shares: tuple[float, float]
    minutes: tuple[int, int]
    skills: frozenset[str]
    tools: frozenset[str]
    parts: dict[str, float]
    prize: int
    promised: float
    dark: tuple[int, int] | None = None


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


ROLES = (
    Role(0.30, _set("copper", "coax"), _set("ladder")),
    Role(0.28, _set("copper", "fibre"), _set("ladder", "splicer")),
    Role(0.12, _set("coax", "fibre"), _set("splicer")),
    Role(0.18, _set("copper", "fibre", "network"), _set("ladder", "splicer", "meter")),
    Role(0.12, _set("copper", "height"), _set("ladder", "harness")),
)
KINDS = (
    Kind("router", (0.22, 0.14), (20, 40), _set(), _set(), {"router": 0.6}, 8_000, 0.5),
    Kind("copper line", (0.20, 0.20), (30, 70), _set("copper"), _set(), {"modem": 0.3}, 12_000, 0.35),
    Kind("overhead line", (0.05, 0.12), (40, 90), _set("copper"), _set("ladder"), {}, 16_000, 0.2),
    Kind("fibre", (0.16, 0.20), (45, 90), _set("fibre"), _set("splicer"), {"ont": 0.4}, 16_000, 0.35),
    Kind("television", (0.10, 0.06), (25, 50), _set("coax"), _set(), {"box": 0.5}, 6_000, 0.5),
    Kind("installation", (0.20, 0.10), (60, 100), _set("fibre"), _set(), {"ont": 0.9}, 14_000, 0.9),
    Kind("mast", (0.04, 0.06), (60, 120), _set("height"), _set("harness"), {}, 20_000, 0.1),
    Kind("cabinet", (0.03, 0.12), (50, 120), _set("network"), _set("meter"), {"card": 0.3}, 30_000, 0, (10, 500)),
)  # fmt: skip
STOCK = {"router": (2, 5), "modem": (1, 4), "ont": (2, 5), "box": (1, 3), "card": (0, 3)}
SHIFTS = ((0.50, 8, 17), (0.22, 7, 16), (0.20, 10, 19), (0.08, 8, 13))
"""Share, start and end in hours."""


def day(jobs: int, technicians: int, *, shape: Shape, weather: Weather, seed: int) -> Problem:
    """So many jobs for so many technicians in a city of this shape. Two jobs in a hundred are crews of two."""
    rng = random.Random(f"day {shape} {weather} {jobs} {technicians} {seed}")
    depots = 1 + technicians // 60
    # Homes, depots, then sites; some sites have two jobs.
    first_site = technicians + depots
    sites = max(1, round(0.93 * jobs)) if jobs else 0
    town = city(shape, first_site + sites, technicians=technicians, seed=seed)
    crew = [_technician(rng, index, technicians) for index in range(technicians)]
    shifts = tuple(_shift(rng, index, technicians) for index in range(technicians))
    chances = [kind.shares[weather is Weather.STORM] for kind in KINDS]
    wanted: list[Job] = []
    while len(wanted) < jobs:
        kind = rng.choices(KINDS, chances)[0]
        place = first_site + (len(wanted) if len(wanted) < sites else rng.randrange(sites))
        one = _job(rng, len(wanted), kind, place, technicians)
        pair = rng.random() < 0.01 and len(wanted) + 1 < jobs
        wanted += _crew_of_two(one, len(wanted)) if pair else [one]
    problem = Problem(
        technicians=tuple(crew),
        shifts=shifts,
        jobs=tuple(wanted),
        places=len(town.points),
        travel=pack(town.travel),
        distance=pack(town.distance),
        weights=Weights(distance_per_km=30, unfairness=20.0),
        depots=tuple(Depot(place=technicians + number, service_s=10 * MINUTE) for number in range(depots)),
    )
    return _stretched(problem, ASKED[weather])


def asked_share(problem: Problem) -> float:
    """What the jobs need at least (work at the ordinary pace, setup, the shortest way there) over what the technicians have at
    most (shifts with all overtime, without breaks). From about 0.8 on, something must be left out; above 1, a tenth."""
    travel = problem.travel_s().astype(np.int64)
    np.fill_diagonal(travel, MAX_SECONDS)
    nearest = travel.min(axis=0, initial=MAX_SECONDS)
    fastest = max((technician.speed_percent for technician in problem.technicians), default=100)
    work = sum(job.service_s for job in problem.jobs)
    first = {job.place: job for job in reversed(problem.jobs)}
    ways = sum(int(nearest[place]) * 100 // fastest + job.setup_s for place, job in first.items())
    time = 0
    for shift in problem.shifts:
        pause = 0 if shift.rest is None else shift.rest.duration_s
        time += shift.end - shift.start - pause + problem.technicians[shift.technician].overtime_max_s
    return (work + ways) / time if time else 0.0


def _technician(rng: random.Random, index: int, crew: int) -> Technician:
    """The first few have one role each, so that nobody is missing in a small crew."""
    role = ROLES[index] if index < min(len(ROLES), crew) else rng.choices(ROLES, [r.share for r in ROLES])[0]
    needed = {"splicer", "meter", "harness"}
    return Technician(
        name=f"T{index + 1}",
        skills=role.skills,
        tools=frozenset(tool for tool in sorted(role.tools) if tool in needed or rng.random() < 0.85),
        parts={part: rng.randint(*bounds) for part, bounds in STOCK.items()},
        overtime_max_s=rng.choice([0, 30, 60, 60, 90]) * MINUTE,
        level=rng.choices(["", NEW, SENIOR], [0.7, 0.15, 0.15])[0],
        speed_percent=rng.choices([100, 90, 110], [0.8, 0.1, 0.1])[0],
        debt_s=15 * MINUTE * round(rng.gauss(0, 4)),
    )


def _shift(rng: random.Random, index: int, crew: int) -> Shift:
    """From home; some go back to a depot."""
    share = rng.choices(SHIFTS, [share for share, _, _ in SHIFTS])[0]
    _, start, end = SHIFTS[0] if index == 0 else share
    return Shift(
        name=f"T{index + 1}",
        technician=index,
        day=0,
        start=start * HOUR,
        end=end * HOUR,
        start_place=index,
        end_place=crew if rng.random() < 0.1 else index,
        rest=LUNCH if end - start > 6 else None,
    )


def _job(rng: random.Random, index: int, kind: Kind, place: int, crew: int) -> Job:
    promised = rng.random() < kind.promised
    return Job(
        name=f"{kind.name} {index + 1}",
        place=place,
        service_s=5 * MINUTE * round(rng.uniform(*kind.minutes) / 5),
        setup_s=SETUP_S,
        windows=_windows(rng, kind, promised),
        skills=kind.skills,
        tools=kind.tools,
        parts={part: 1 for part, share in kind.parts.items() if rng.random() < share},
        prize=int(kind.prize * rng.choice([0.75, 1, 1, 1.5]) * (1.5 if promised else 1)),
        mandatory=promised and rng.random() < 0.03,
        affected=_affected(rng, kind),
        due=rng.randint(10, 18) * HOUR if not promised and rng.random() < 0.3 else None,
        lateness_weight=rng.choice([1, 1, 2, 3]),
        interruptible=kind.dark is None and rng.random() < 0.3,
        excluded=frozenset({rng.randrange(crew)}) if crew > 1 and rng.random() < 0.02 else frozenset(),
        shifts=frozenset(rng.sample(range(crew), crew // 2 + 1)) if rng.random() < 0.01 else None,
    )


def _windows(rng: random.Random, kind: Kind, promised: bool) -> tuple[Window, ...]:
    if promised:
        return (rng.choice(HALF_DAYS if kind.name == "installation" else SLOTS),)
    return MARGINS if rng.random() < 0.05 else ()


def _affected(rng: random.Random, kind: Kind) -> int:
    """Few cabinets have many: as many between 10 and 70 as between 70 and 500."""
    if kind.dark is None:
        return 1 if rng.random() < 0.2 else 0
    least, most = kind.dark
    return round(least * (most / least) ** rng.random())


def _crew_of_two(one: Job, index: int) -> list[Job]:
    """Both need the same and take the same; what is used up and who waits count once."""
    one = msgspec.structs.replace(one, partner=index + 1)
    other = msgspec.structs.replace(
        one, name=f"{one.name}, second", partner=index, parts={}, affected=0, due=None, shifts=None
    )
    return [one, other]


def _stretched(problem: Problem, share: float) -> Problem:
    """All work longer or shorter by one factor, to the minute, so that the day asks for this share."""
    idle, whole = asked_share(_scaled(problem, 0.0)), asked_share(_scaled(problem, 1.0))
    return _scaled(problem, max(0.1, (share - idle) / (whole - idle)) if whole > idle else 1.0)


def _scaled(problem: Problem, factor: float) -> Problem:
    jobs: list[Job] = []
    for job in problem.jobs:
        levels = {level: _minutes(factor * pace * job.service_s) for level, pace in PACE.items()}
        jobs.append(
            msgspec.structs.replace(
                job, service_s=_minutes(factor * job.service_s), service_by_level=levels if job.skills else {}
            )
        )
    return msgspec.structs.replace(problem, jobs=tuple(jobs))


def _minutes(seconds: float) -> int:
    return MINUTE * round(seconds / MINUTE)
