"""Made-up cities: where people live, and how long it takes from one to the other.

Four shapes that differ in what makes rounds hard: a *centre* where everything is near and slow, *several centres* with
fast ways between them, a *river* with few bridges, one of them one way, and *country* with villages far apart. The same
seed gives the same city.
"""

from __future__ import annotations

import math
import random
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import Matrix

Points = npt.NDArray[np.float64]
"""(n, 2): metres east and north of the middle of the city."""

DETOUR = 1.3
"""Roads over the crow's way."""
PARKING_S = 60
INBOUND_S = 240
"""What the way into the thick of the city takes more than the way out."""
BANK_M = 150.0
"""Nobody lives nearer to the middle of the river."""


class Shape(StrEnum):
    """What the city looks like."""

    CENTRE = "centre"
    POLYCENTRIC = "polycentric"
    RIVER = "river"
    COUNTRY = "country"


class Look(NamedTuple):
    """A shape in figures. Speeds are metres a second, in the thick of a centre and outside of all."""

    radius_m: float
    """Of a city for 60 technicians; the area grows with their number."""
    centres: int
    spread: float
    """Of the people around a centre, as a share of the radius."""
    alone: float
    """Share of the people who live anywhere."""
    slow: float
    fast: float


LOOKS = {
    Shape.CENTRE: Look(radius_m=11_000, centres=1, spread=0.35, alone=0.15, slow=4.5, fast=10.0),
    Shape.POLYCENTRIC: Look(radius_m=18_000, centres=6, spread=0.10, alone=0.15, slow=5.0, fast=15.0),
    Shape.RIVER: Look(radius_m=12_000, centres=2, spread=0.30, alone=0.25, slow=5.0, fast=10.0),
    Shape.COUNTRY: Look(radius_m=35_000, centres=24, spread=0.03, alone=0.20, slow=8.0, fast=18.0),
}


class Bridge(NamedTuple):
    """Across the river at `east` metres; seconds from the south bank to the north and back (None: no way)."""

    east: float
    north_s: int
    south_s: int | None


class City(NamedTuple):
    """Homes and sites, in the order asked for, and the ways between them."""

    points: Points
    travel: Matrix
    """Seconds, (n, n), not symmetric."""
    distance: Matrix
    """Metres, (n, n)."""


def city(shape: Shape, places: int, *, technicians: int, seed: int) -> City:
    """A city with so many places, for so many technicians."""
    rng = random.Random(f"city {shape} {technicians} {seed}")
    look = LOOKS[shape]
    radius = look.radius_m * math.sqrt(technicians / 60)
    centres = _centres(rng, shape, look, radius)
    weights = [1 / (rank + 1) for rank in range(len(centres))]
    points = np.array([_home(rng, shape, look, radius, centres, weights) for _ in range(places)])
    points = points.reshape(-1, 2)
    if shape is not Shape.RIVER:
        return City(points, *_whole(*_ways(points, points, look, radius, centres)))
    return City(points, *_whole(*_across(points, _bridges(rng, radius), look, radius, centres)))


def _centres(rng: random.Random, shape: Shape, look: Look, radius: float) -> Points:
    if shape is Shape.CENTRE:
        return np.zeros((1, 2))
    if shape is Shape.RIVER:
        return np.array([[0.0, 0.25 * radius], [rng.uniform(-0.3, 0.3) * radius, -0.3 * radius]])
    return np.array([_anywhere(rng, 0.85 * radius) for _ in range(look.centres)])


def _anywhere(rng: random.Random, radius: float) -> tuple[float, float]:
    away, angle = radius * math.sqrt(rng.random()), rng.uniform(0, math.tau)
    return away * math.cos(angle), away * math.sin(angle)


def _home(
    rng: random.Random, shape: Shape, look: Look, radius: float, centres: Points, weights: list[float]
) -> tuple[float, float]:
    if rng.random() < look.alone:
        east, north = _anywhere(rng, radius)
    else:
        middle = centres[rng.choices(range(len(centres)), weights)[0]]
        east = rng.gauss(float(middle[0]), look.spread * radius)
        north = rng.gauss(float(middle[1]), look.spread * radius)
    if shape is Shape.RIVER and abs(north) < BANK_M:
        north = math.copysign(BANK_M, north)
    return east, north


def _thick(points: Points, radius: float, look: Look, centres: Points) -> npt.NDArray[np.float64]:
    """0 outside of all centres, 1 in the thick of one: (n,)."""
    away = np.full(len(points), np.inf)
    for east, north in centres:
        np.minimum(away, np.hypot(points[:, 0] - east, points[:, 1] - north), out=away)
    return np.exp(-((away / (1.2 * look.spread * radius)) ** 2))


def _ways(
    a: Points, b: Points, look: Look, radius: float, centres: Points
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Seconds and metres from each of `a` to each of `b`, all on one bank."""
    metres = DETOUR * np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    thick_a, thick_b = _thick(a, radius, look, centres), _thick(b, radius, look, centres)
    middle = ((a[:, None] + b[None]) / 2).reshape(-1, 2)
    between = _thick(middle, radius, look, centres).reshape(metres.shape)
    thick = (thick_a[:, None] + 2 * between + thick_b[None]) / 4
    inbound = INBOUND_S * np.maximum(0.0, thick_b[None] - thick_a[:, None])
    seconds = metres * (thick / look.slow + (1 - thick) / look.fast) + np.where(metres > 0, inbound, 0.0)
    return seconds, metres


def _bridges(rng: random.Random, radius: float) -> list[Bridge]:
    """Three that are full in the morning, southwards more, and one that leads north only."""
    easts = [-0.6 * radius, -0.1 * radius, 0.2 * radius, 0.7 * radius]
    one_way = rng.randrange(1, 3)
    return [
        Bridge(
            east + rng.uniform(-0.05, 0.05) * radius,
            rng.randint(30, 120),
            None if number == one_way else rng.randint(120, 420),
        )
        for number, east in enumerate(easts)
    ]


def _across(
    points: Points, bridges: list[Bridge], look: Look, radius: float, centres: Points
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """As `_ways`, but whoever changes banks goes by the bridge that takes least."""
    seconds, metres = _ways(points, points, look, radius, centres)
    north = points[:, 1] > 0
    changes = north[:, None] != north[None]
    best, along = np.full(seconds.shape, np.inf), metres.copy()
    for bridge in bridges:
        foot = np.array([[bridge.east, 0.0]])
        (to_s, to_m), (from_s, from_m) = (
            _ways(points, foot, look, radius, centres),
            _ways(foot, points, look, radius, centres),
        )
        cross = np.where(north, np.inf if bridge.south_s is None else bridge.south_s, bridge.north_s)
        by = to_s + cross[:, None] + from_s
        along = np.where(by < best, to_m + from_m, along)
        best = np.minimum(best, by)
    return np.where(changes, best, seconds), np.where(changes, along, metres)


def _whole(seconds: npt.NDArray[np.float64], metres: npt.NDArray[np.float64]) -> tuple[Matrix, Matrix]:
    """Rounded up, with the time to find a parking place, which nobody needs who is there already."""
    moved = metres > 0
    return (
        np.where(moved, np.ceil(seconds + PARKING_S), 0).astype(np.int32),
        np.ceil(metres).astype(np.int32),
    )
