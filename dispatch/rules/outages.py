"""Where it is dark: the ground on which the subscribers of a broken network element live."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from db.records.base import Record

Point = tuple[float, float]
"""Latitude and longitude."""


class Outage(Record):
    """A job whose trouble darkens several. `around`: the corners of the ground; empty where only the job's own place is known."""

    job_id: UUID
    number: str
    affected: int
    at: Point
    around: Sequence[Point]


def hull(points: Iterable[Point]) -> list[Point]:
    """The corners of the smallest ground without dents that holds all of them, in their order around it."""
    every = sorted(set(points))
    if len(every) < 3:
        return every
    return [*_chain(every), *_chain(every[::-1])]


def _chain(points: Sequence[Point]) -> list[Point]:
    """One side, without its last corner, which is the first of the other."""
    found: list[Point] = []
    for point in points:
        while len(found) > 1 and not _turns(found[-2], found[-1], point):
            found.pop()
        found.append(point)
    return found[:-1]


def _turns(a: Point, b: Point, c: Point) -> bool:
    """Always to the same side, and really."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0
