"""What goes into a `Standing` and what it answers: stops, rows, their times, offers. Seconds from whatever the caller counts from."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from optimizer.problem import Weights

Key: TypeAlias = Any
"""Opaque and hashable. Not `Hashable`: the keys of mappings are invariant, and callers' mappings have types of their own."""


class Stop(NamedTuple):
    """One stop. `outage` and `late` are cost per second of being dark until its end and of ending after `due`."""

    key: Key
    place: int
    """As `Standing.place` returned it."""
    service_s: int
    setup_s: int = 0
    window: tuple[int, int] | None = None
    """Bounds of the start; None: any time."""
    outage: float = 0.0
    late: float = 0.0
    due: int = 0
    published: int = -1
    """Start in the last published plan; negative: none. Each second earlier or later costs `weights.churn_second`."""
    interruptible: bool = False
    published_row: Key | None = None
    """The row that has it in the last published plan; any other costs `weights.churn_shift`."""

    @classmethod
    def of(
        cls,
        weights: Weights,
        key: Key,
        place: int,
        service_s: int,
        *,
        setup_s: int = 0,
        window: tuple[int, int] | None = None,
        affected: int = 0,
        due: int | None = None,
        lateness_weight: int = 1,
        published: int = -1,
        interruptible: bool = False,
        published_row: Key | None = None,
    ) -> Stop:
        """In the words of `problem.Job`: rates from subscribers affected and the weights, exactly as `Ground` has them."""
        return cls(
            key=key,
            place=place,
            service_s=service_s,
            setup_s=setup_s,
            window=window,
            outage=affected * weights.outage_per_minute / 60,
            late=0.0 if due is None else lateness_weight * weights.lateness_per_minute / 60,
            due=0 if due is None else due,
            published=published,
            interruptible=interruptible,
            published_row=published_row,
        )


class Row(NamedTuple):
    """One technician on one day: leaves `home` not before `start`; time after `end` is overtime, none after `limit`."""

    start: int
    end: int
    limit: int
    home: int
    goal: int
    rest: tuple[int, int, int] | None = None
    """Earliest and latest start of the break, and its seconds."""
    waived: bool = False
    """The break may be missing where it finds no place."""
    stops: tuple[Stop, ...] = ()
    frozen: int = 0
    """So many stops at the head stay there: nothing is inserted before or between them."""


class Times(NamedTuple):
    """The schedule of one row. The first drive starts as late as it may; the break lies where it costs least."""

    feasible: bool
    """False: soft times, as if windows and shift had no end (who comes early still waits for the window to open)."""
    leave: int
    back: int
    arrivals: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    rest_start: int | None
    rest_end: int | None
    inside: Key | None
    """Key of the stop that the break interrupts."""
    travel_s: tuple[int, ...]
    """To each stop, then the way back; empty for an empty row."""
    distance_m: tuple[int, ...]
    price: float
    """The whole cost of the row but for unfairness, as `schedule.Timing.price`."""


def parts_of(
    row: Row, times: Times, weights: Weights, key: Key | None = None, origin: int = 0
) -> dict[str, float]:
    """`times.price` part by part, under the names of `result.Cost`. `key` is whose row it is; `origin`: from when outage counts."""
    if not row.stops:
        return {}
    served = list(zip(row.stops, times.starts, times.ends, strict=True))
    away = [stop for stop in row.stops if key is not None and stop.published_row not in (None, key)]
    return {
        "travel": sum(times.travel_s) * weights.travel,
        "distance": sum(times.distance_m) * weights.distance_per_km / 1000,
        "overtime": max(0, times.back - row.end) * weights.overtime,
        "shifts": weights.shift_used,
        "outage": sum(stop.outage * (end - origin) for stop, _, end in served),
        "lateness": sum(stop.late * max(0, end - stop.due) for stop, _, end in served),
        "churn": weights.churn_shift * len(away)
        + weights.churn_second
        * sum(abs(start - stop.published) for stop, start, _ in served if stop.published >= 0),
    }


class Found(NamedTuple):
    """Where the stop would go in one row. `cost` is what the plan costs more then, delays of others included."""

    key: Key
    """Of the row."""
    position: int
    arrival: int
    start: int
    end: int
    cost: float
    travel_before_s: int
    travel_after_s: int
    after: Key | None
    """Key of the stop before it; None: it is the first."""
    before: Key | None


class Squeeze(NamedTuple):
    """A stop in a row after others were taken out: `position` is its own without them, `taken` are theirs with them."""

    key: Key
    position: int
    taken: tuple[int, ...]


def shorter(row: Row, key: Key) -> Row:
    """The row without one stop. KeyError if it has none of that key."""
    for position, stop in enumerate(row.stops):
        if stop.key == key:
            frozen = row.frozen - (position < row.frozen)
            return row._replace(stops=(*row.stops[:position], *row.stops[position + 1 :]), frozen=frozen)
    raise KeyError(key)
