"""What happens outside, whoever plans: which faults come when and where, how long drives and work take, who is not at home.

Every chance is drawn from the seed and the name of what it decides (this fault, this street at this hour), never from a
generator that is passed along. So each policy meets the same world, whatever it did before: differences are its own.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from optimizer import days
from optimizer.cities import DETOUR, Points, Shape, city
from optimizer.days import HOUR, KINDS, LUNCH, MINUTE, SETUP_S, SLOTS, Kind, Weather
from optimizer.problem import Break, Matrix, Window

DAY_S: Final = 24 * HOUR
RESTS: Final = LUNCH
HOURLY: Final = (1, 1, 1, 1, 1, 1, 2, 5, 8, 9, 8, 7, 6, 6, 6, 6, 7, 8, 8, 7, 5, 4, 2, 1)
"""How many report a fault in each hour of the day, against each other."""
PACE: Final = (
    *(0.8,) * 6,
    *(1.0, 1.25, 1.3, 1.15, 1.0, 1.0, 1.05, 1.0, 1.0, 1.1, 1.25, 1.3, 1.15, 1.0),
    *(0.9,) * 4,
)
"""How many times as long a drive takes, by the hour in which it begins."""
WORKING_PACE: Final = sum(PACE[8:18]) / 10
"""The mean over the hours of work: what a plan reckons with."""
DRIVE_SPREAD, WORK_SPREAD = 0.15, 0.35
"""Of the logarithm of how long a drive and a visit take against what is expected."""
LEAST, MOST = 0.4, 2.5
"""No visit takes less or more of its expected time."""
ABSENT: Final = 0.05
"""Share of the appointments at which nobody is at home."""
PRIORITY: Final = {"cabinet": 1, "mast": 2, "television": 5, "installation": 5, "router": 4}
SLA_H: Final = {1: 4, 2: 8, 3: 24, 4: 48, 5: 72}
"""Hours from the report to the due instant, by priority."""
LOAD: Final = {Weather.CALM: 5.0, Weather.BUSY: 6.0, Weather.STORM: 7.0}
"""Faults a day for each technician, unless asked otherwise."""
BACKLOG: Final = 0.5
"""Share of a day's faults that are waiting when the simulation begins."""
SITES: Final = 1_500
"""Most addresses of a city; where there are more faults, some have several."""
SUITS: Final = 0.6
"""Chance that a window suits a subscriber."""


class Fault(NamedTuple):
    """What is known of a fault once it was reported."""

    number: int
    kind: str
    place: int
    at: int
    """When it was reported."""
    service_s: int
    """What a visit is expected to take, setup included."""
    skills: frozenset[str]
    tools: frozenset[str]
    affected: int
    """Subscribers in the dark until it is mended."""
    priority: int
    due: int
    wishes: bool
    """Somebody has to be at home, and wants an appointment."""

    @property
    def urgent(self) -> bool:
        """An emergency: somebody goes as soon as may be."""
        return self.priority == 1


class Worker(NamedTuple):
    """A technician, and the same shift each day."""

    name: str
    home: int
    skills: frozenset[str]
    tools: frozenset[str]
    start: int
    """Seconds after midnight."""
    end: int
    overtime_s: int
    rest: Break | None

    def may(self, fault: Fault) -> bool:
        """Has the skills and the tools."""
        return fault.skills <= self.skills and fault.tools <= self.tools


class Asked(NamedTuple):
    """What is simulated."""

    days: int
    technicians: int
    faults_per_day: float
    shape: Shape
    weather: Weather
    seed: int


class Stream:
    """One world: crew, city, faults, and all that chance decides. The same arguments give the same one."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.end = asked.days * DAY_S
        self.crew = _crew(asked)
        times = _times(asked)
        sites = max(1, min(SITES, len(times)))
        town = city(asked.shape, asked.technicians + sites, technicians=asked.technicians, seed=asked.seed)
        self.points: Points = town.points
        self.base: Matrix = town.travel
        self.expected: Matrix = np.ceil(town.travel * WORKING_PACE).astype(np.int32)
        """What a plan reckons with, from place to place."""
        self.distance: Matrix = town.distance
        self.faults = [_fault(asked, number, at, sites) for number, at in enumerate(times)]

    def drives_s(self, origin: int, target: int, at: int) -> int:
        """How long this drive takes that begins now: by the hour, and by what is in the way on that street then."""
        hour = at // HOUR
        chance = self._chance("drive", origin, target, hour)
        spread = math.exp(chance.gauss(-(DRIVE_SPREAD**2) / 2, DRIVE_SPREAD))
        return math.ceil(int(self.base[origin, target]) * PACE[hour % 24] * spread)

    def works_s(self, fault: Fault) -> int:
        """How long its visit takes."""
        chance = self._chance("work", fault.number)
        factor = math.exp(chance.gauss(-(WORK_SPREAD**2) / 2, WORK_SPREAD))
        return math.ceil(fault.service_s * min(MOST, max(LEAST, factor)))

    def opens(self, fault: Fault, attempt: int) -> bool:
        """Somebody is at home at this attempt."""
        return not fault.wishes or self._chance("absent", fault.number, attempt).random() >= ABSENT

    def suits(self, fault: Fault, window: Window) -> bool:
        """The subscriber could be at home then."""
        return self._chance("suits", fault.number, window.earliest).random() < SUITS

    def calls_again_s(self, fault: Fault) -> int:
        """How long after nobody was at home the subscriber rings up."""
        return round(self._chance("again", fault.number).uniform(1, 12) * HOUR)

    def _chance(self, *what: object) -> random.Random:
        return random.Random(f"{self.asked.seed} {what}")


def windows_after(now: int, days_ahead: int) -> list[Window]:
    """The windows that can be promised: of today, where there is time to come, and of the coming days."""
    today = now // DAY_S * DAY_S
    every = [
        Window(earliest=today + day * DAY_S + slot.earliest, latest=today + day * DAY_S + slot.latest)
        for day in range(days_ahead)
        for slot in SLOTS
    ]
    return [window for window in every if window.latest >= now + HOUR]


def _crew(asked: Asked) -> Sequence[Worker]:
    made = days.day(0, asked.technicians, shape=asked.shape, weather=asked.weather, seed=asked.seed)
    return [
        Worker(
            name=made.technicians[shift.technician].name,
            home=shift.technician,
            skills=made.technicians[shift.technician].skills,
            tools=made.technicians[shift.technician].tools,
            start=shift.start,
            end=shift.end,
            overtime_s=made.technicians[shift.technician].overtime_max_s,
            rest=shift.rest,
        )
        for shift in made.shifts
    ]


def _times(asked: Asked) -> list[int]:
    """When faults are reported: those that are waiting at the beginning, then as they come, hour by hour."""
    chance = random.Random(f"{asked.seed} times {asked.weather} {asked.faults_per_day}")
    times = [0] * round(BACKLOG * asked.faults_per_day)
    for hour in range(24 * asked.days):
        mean = asked.faults_per_day * HOURLY[hour % 24] / sum(HOURLY)
        at = chance.expovariate(mean) if mean else math.inf
        while at < 1:
            times.append(round((hour + at) * HOUR))
            at += chance.expovariate(mean)
    return sorted(times)


def _fault(asked: Asked, number: int, at: int, sites: int) -> Fault:
    chance = random.Random(f"{asked.seed} fault {number} {asked.weather}")
    kind = chance.choices(KINDS, [kind.shares[asked.weather is Weather.STORM] for kind in KINDS])[0]
    priority = PRIORITY.get(kind.name, 3)
    return Fault(
        number=number,
        kind=kind.name,
        place=asked.technicians + (number if number < sites else chance.randrange(sites)),
        at=at,
        service_s=5 * MINUTE * round(chance.uniform(*kind.minutes) / 5) + SETUP_S,
        skills=kind.skills,
        tools=kind.tools,
        affected=_affected(chance, kind),
        priority=priority,
        due=at + SLA_H[priority] * HOUR,
        wishes=chance.random() < kind.promised,
    )


def _affected(chance: random.Random, kind: Kind) -> int:
    """Few cabinets have many: as many between 10 and 70 as between 70 and 500."""
    if kind.dark is not None:
        least, most = kind.dark
        return round(least * (most / least) ** chance.random())
    return int(kind.name != "installation")


def fitted_speed(points: Points, expected: Matrix, near: int = 10) -> float:
    """Metres a second at which straight lines times the detour take as long as the plan's drives, in the mean of short ones."""
    offsets = points[:, None] - points[None]
    metres = DETOUR * np.hypot(offsets[..., 0], offsets[..., 1])
    np.fill_diagonal(metres, np.inf)
    nearest = np.argsort(metres, axis=1)[:, :near]
    rows = np.arange(len(metres))[:, None]
    straight, seconds = metres[rows, nearest], expected[rows, nearest]
    known = np.isfinite(straight) & (straight > 0)
    return float(straight[known].sum() / max(1, seconds[known].sum())) if known.any() else 8.0
