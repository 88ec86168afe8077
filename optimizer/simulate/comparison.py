"""Several policies in the same worlds: their means, and how they differ from ours, world by world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from math import sqrt
from statistics import fmean, stdev
from typing import Final, NamedTuple

import msgspec

from optimizer.simulate.byhand import first_come_first_served, nearest_first
from optimizer.simulate.measures import Measures, dark_at, measured
from optimizer.simulate.ours import Effort, Ours
from optimizer.simulate.policy import Policy, Sight
from optimizer.simulate.stream import Asked, Stream
from optimizer.simulate.world import World

STUDENT: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)
"""Student's t for 95 in 100, by degrees of freedom from 1; from 10 on 2.23 and less: 2.2 is used."""
EVERY_S: Final = 1_800
"""Between two points of the course of the dark."""


class Name(StrEnum):
    """What can be asked for."""

    OURS = "ours"
    MORNING = "ours-without-replanning"
    NEAREST = "nearest-first"
    FIRST = "first-come-first-served"


class Figure(NamedTuple):
    """How a measure is shown."""

    field: str
    title: str
    unit: str
    scale: float
    digits: int
    more_is_better: bool


FIGURES: Final = (
    Figure("dark_minutes", "subscriber-minutes of outage", "thousand", 1e-3, 0, False),
    Figure("kept", "promises kept", "%", 100, 1, True),
    Figure("waited_s", "wait for the window promised", "h", 1 / 3600, 1, False),
    Figure("done", "jobs done", "", 1, 0, True),
    Figure("driving_s", "driving for each visit", "min", 1 / 60, 1, False),
    Figure("driving_share", "driving, of all shifts", "%", 100, 1, False),
    Figure("overtime_s", "overtime a technician and day", "min", 1 / 60, 1, False),
    Figure("unfairness_s", "spread of load a day", "min", 1 / 60, 0, False),
    Figure("moves", "visits moved, of a hundred", "", 1, 0, False),
)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One policy in one world."""

    seed: int
    policy: Name
    measures: Measures
    dark: tuple[int, ...]
    """Subscribers in the dark, every half an hour."""


class Spread(NamedTuple):
    """A mean, and half of the width in which it lies 95 times of 100; None for one value."""

    mean: float
    half: float | None


def makers(effort: Effort) -> Mapping[Name, Callable[[Sight], Policy]]:
    """How each policy is made."""
    return {
        Name.OURS: partial(Ours, effort=effort, replans=True),
        Name.MORNING: partial(Ours, effort=effort, replans=False),
        Name.NEAREST: nearest_first,
        Name.FIRST: first_come_first_served,
    }


def compared(
    worlds: Iterable[Asked],
    names: Sequence[Name],
    effort: Effort,
    told: Callable[[Asked, Name, int], None],
) -> Iterable[Run]:
    """Each policy in each world, as they are done. `told` hears of each instant."""
    made = makers(effort)
    for asked in worlds:
        stream = Stream(asked)
        for name in names:
            log = World(stream, made[name], partial(told, asked, name)).run()
            yield Run(
                seed=asked.seed,
                policy=name,
                measures=measured(stream, log),
                dark=tuple(dark_at(stream, log, range(0, stream.end, EVERY_S))),
            )


def values(runs: Iterable[Run], name: Name, figure: Figure) -> dict[int, float]:
    """By seed, in the figure's unit."""
    return {
        run.seed: figure.scale * getattr(run.measures, figure.field) for run in runs if run.policy is name
    }


def spread(found: Sequence[float]) -> Spread:
    """Mean and confidence."""
    if len(found) < 2:
        return Spread(fmean(found), None)
    freedom = len(found) - 1
    student = STUDENT[freedom - 1] if freedom <= len(STUDENT) else 2.2
    return Spread(fmean(found), student * stdev(found) / sqrt(len(found)))


def difference(runs: Sequence[Run], name: Name, figure: Figure) -> Spread | None:
    """How much more ours has than this policy, in the worlds that both were in; None if there is none."""
    ours, theirs = values(runs, Name.OURS, figure), values(runs, name, figure)
    both = [ours[seed] - theirs[seed] for seed in ours if seed in theirs]
    return spread(both) if both and name is not Name.OURS else None
