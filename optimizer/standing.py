"""Rounds as they stand, kept ready for one question: where does one more stop go, and what does that cost?

For a subscriber on the phone, for emergencies and for expected times during the day. Nothing is solved: orders stay as they
are, every answer is the exact schedule (`schedule.timing`, integer for integer) of a row with one stop more or less.

Not priced: the prize of the stop asked for, and unfairness (loads over several days are not known here). Not looked at:
skills, tools, parts, exclusions and locks; the caller says which rows are eligible.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from optimizer import kernel, pricing, squeeze
from optimizer.compiled import build
from optimizer.kernel import FOREVER, State
from optimizer.problem import Weights
from optimizer.rounds import Found, Key, Row, Squeeze, Stop, Times, shorter

Mask: TypeAlias = npt.NDArray[np.bool_]
Eligible: TypeAlias = Iterable[Key] | Mask | None
"""Keys of rows (those without a row are passed over), or a mask over `keys()`, or None: all rows."""

ASKED_ROW: Final = 0
"""Its slots hold the stops asked for; it is never a row itself."""
TRIED_ROW: Final = 1
"""For "what if" questions about one row."""
FIRST_SPARE: Final = 2
"""This row and those after it belong to `displace`: one for each row that a proposal touches."""
SPARE_ROWS: Final = 8
MOVED_MAX: Final = 5
SPARE_STOPS: Final = MOVED_MAX + 2
"""Room left in every row, so that what-ifs never outgrow it."""
ANY_TIME: Final = ((-FOREVER, FOREVER),)


class Standing:
    """The rounds of many technician-days, each under an opaque key, with all that pricing needs kept up to date.

    Travel between places is the straight line of `distances.travel(detour=, metres_per_second=)`. All instants are integer
    seconds from whatever the caller counts from; outage is counted from `origin`, so that costs stay small numbers where
    that is long ago. A `put` takes about 20 microseconds. Places are never forgotten: build anew now and then (each day).
    Not for two threads at once.
    """

    def __init__(self, weights: Weights, detour: float, metres_per_second: float, origin: int = 0) -> None:
        if not (detour >= 1 and metres_per_second > 0):
            raise ValueError(f"detour {detour}, {metres_per_second} m/s")
        self.weights = weights
        self.origin = origin
        self._places: dict[Key, int] = {}
        self._where: list[tuple[float, float]] = []
        self._index: dict[Key, int] = {}
        self._rows: list[Row | None] = [None] * SPARE_ROWS
        self._keys: list[Key] = [None] * SPARE_ROWS
        self._free: list[int] = []
        self._all: kernel.Ints | None = None
        self._state = _room(SPARE_ROWS, 12, 64)._replace(
            prices=np.array(
                [
                    weights.travel,
                    weights.distance_per_km / 1000,
                    weights.overtime,
                    weights.shift_used,
                    weights.churn_shift,
                    detour,
                    metres_per_second,
                    origin,
                ],
                np.float64,
            )
        )
        _number(self._state)

    def place(self, key: Key, latitude: float, longitude: float) -> int:
        """The index of a place, registered once. Two flats at the same coordinates are two places: setup is due again.

        A key that comes with other coordinates gets a new index; rows keep the old one until they are put again. Raises
        ValueError for what is no coordinate.
        """
        known = self._places.get(key)
        if known is not None and self._where[known] == (latitude, longitude):
            return known
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also refuses NaN
            raise ValueError(f"{latitude}, {longitude} is no place")
        index = len(self._where)
        if index == len(self._state.points):
            self._state = self._state._replace(points=_taller(self._state.points, 2 * index))
        radians = np.radians(np.array([latitude, longitude]))
        self._state.points[index] = (*radians, np.cos(radians[:1])[0], np.sin(radians[:1])[0])
        self._where.append((latitude, longitude))
        self._places[key] = index
        return index

    def travel(self, origin: int, target: int) -> tuple[int, int]:
        """Seconds and metres between two places."""
        if not (min(origin, target) >= 0 and max(origin, target) < len(self._where)):
            raise ValueError(f"there is no place {origin} or {target}")
        seconds, metres = kernel.between_places(self._state.points, self._state.prices, origin, target)
        return int(seconds), int(metres)

    def put(self, key: Key, row: Row) -> None:
        """Keep a row, in place of any other under this key. One that has no schedule is kept, too: see `feasible`.

        Raises ValueError for places that are none.
        """
        index = self._index.get(key)
        if index is None:
            self._check(row)
            index = self._new(key)
        self.lay(index, key, row)

    def drop(self, key: Key) -> None:
        """Forget a row. KeyError if there is none."""
        index = self._index.pop(key)
        self._rows[index] = self._keys[index] = None
        self._free.append(index)
        self._all = None

    def row(self, key: Key) -> Row:
        """The row as it was put. KeyError if there is none."""
        row = self._rows[self._index[key]]
        assert row is not None, "an index in use has a row"
        return row

    def keys(self) -> list[Key]:
        """Of all rows, in the order in which they were first put."""
        return list(self._index)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._index)

    def __contains__(self, key: Key) -> bool:
        return key in self._index

    def __len__(self) -> int:
        return len(self._index)

    def feasible(self, key: Key) -> bool:
        """The row can be served as it stands: windows, break and end of shift. If not, nothing is inserted into it."""
        return bool(self._state.rows[self._index[key], kernel.FEASIBLE])

    def times(self, key: Key) -> Times:
        """The schedule of a row; soft times if it is not feasible. KeyError if there is none."""
        return self._read(self._index[key], self.row(key))

    def times_of(self, row: Row, soft: bool = False, key: Key | None = None) -> Times:
        """The schedule of a row that is not kept; soft times if asked for, or if it is not feasible.

        `key` is whose row it would be, for the price of stops published elsewhere. Raises ValueError as `put`.
        """
        self._check(row)
        self._write(TRIED_ROW, row, key)
        kernel.settle(self._state, TRIED_ROW, soft)
        return self._read(TRIED_ROW, row)

    def inserted(self, key: Key, position: int, stop: Stop) -> Times | None:
        """The schedule of a row with one more stop at a position, its own window counting; None if there is none."""
        row = self.row(key)
        stops = (*row.stops[:position], stop, *row.stops[position:])
        return self._feasible(row._replace(stops=stops), key)

    def removed(self, key: Key, stop: Key) -> Times | None:
        """The schedule of a row without one stop; None if there is none (a detour can be shorter). KeyError: no such stop."""
        return self._feasible(shorter(self.row(key), stop), key)

    def price(
        self,
        asked: Stop,
        windows: Sequence[tuple[int, int]],
        eligible: Eligible = None,
        most: int = 3,
        without: tuple[Key, Key] | None = None,
    ) -> list[list[Found]]:
        """For each window (bounds of the start) up to `most` cheapest rows, cheapest first, each at its best position.

        Exact: each cost is the difference of two exact schedules, and no row would be cheaper. `asked.window` does not count.
        `without`: a row and a stop of it, to be priced as if that stop were out already (a reschedule); costs count from
        there, and so do positions. Rows that are not feasible are offered nothing. KeyError for an unknown `without`.
        """
        self._check_places([asked.place])
        swapped: dict[Key, int] = {}
        if without is not None:
            key, stop = without
            self.lay(TRIED_ROW, key, shorter(self.row(key), stop))
            swapped[key] = TRIED_ROW
        return self.offers(asked, windows, eligible, most, swapped)

    def offers(
        self,
        asked: Stop,
        windows: Sequence[tuple[int, int]],
        eligible: Eligible,
        most: int,
        swapped: Mapping[Key, int],
    ) -> list[list[Found]]:
        """`price`, with spare rows (`lay`) in the places of some that stand: row key -> spare row."""
        rows = self._chosen(eligible)
        if not windows or not len(rows) or most < 1:
            return [[] for _ in windows]
        for key, spare in swapped.items():
            rows = np.where(rows == self._index[key], spare, rows)
        self._write_stop(ASKED_ROW, asked)
        costs = np.full((len(windows), most), math.inf)
        found = np.empty((len(windows), most, pricing.OFFER_COLUMNS), np.int64)
        survey = self._survey(len(rows), len(windows))
        pricing.surveyed(self._state, ASKED_ROW, rows, survey)
        pricing.offers(
            self._state,
            ASKED_ROW,
            rows,
            np.argsort(survey.bounds, kind="stable"),
            self._own(asked, swapped),
            np.array(windows, np.int64),
            survey,
            costs,
            found,
            np.empty(pricing.OFFER_COLUMNS, np.int64),
        )
        return [
            [self._found(at, cost) for at, cost in zip(ats, each, strict=True) if cost < math.inf]
            for ats, each in zip(found.tolist(), costs.tolist(), strict=True)
        ]

    def _survey(self, rows: int, windows: int) -> pricing.Survey:
        room = self._state.legs.shape[1]
        return pricing.Survey(
            reach=np.empty((rows, room, 2), np.int64),
            bounds=np.empty(rows),
            floors=np.empty((windows, room)),
            lowest=np.empty(windows),
            within=np.empty(windows, np.int64),
        )

    def squeezes(
        self,
        asked: Stop,
        eligible: Eligible,
        leave: Mapping[Key, Mapping[Key, float]],
        most_moved: int,
        most: int,
        budget: int,
    ) -> list[Squeeze]:
        """The most promising ways to insert a stop, within its window, after taking out some that may be moved.

        `leave`: row key -> stop key -> what leaving that stop without a place costs (infinite: not to be left), for all that
        may be moved. Promising: `squeeze.squeezes` says how it estimates. ValueError for more than MOVED_MAX moves.
        """
        rows = self._chosen(eligible)
        if not 0 <= most_moved <= MOVED_MAX:
            raise ValueError(f"{most_moved} moves: at most {MOVED_MAX}")
        if not len(rows) or most < 1 or most_moved < 1:
            return []
        self._write_stop(ASKED_ROW, asked)
        costs = np.full(most, math.inf)
        found = np.empty((most, squeeze.AT_TAKEN + most_moved), np.int64)
        own, nearest = self._own(asked, {}), np.empty(len(rows))
        squeeze.nearness(self._state, rows, ASKED_ROW, own, nearest)
        squeeze.squeezes(
            self._state,
            ASKED_ROW,
            rows,
            np.argsort(nearest, kind="stable"),
            nearest,
            own,
            self._leaving(leave),
            most_moved,
            budget,
            squeeze.scratch(self._state.legs.shape[1], most_moved, max(squeeze.ROW_SHARE, most // len(rows))),
            costs,
            found,
        )
        return [self._squeeze(at) for at, cost in zip(found.tolist(), costs, strict=True) if cost < math.inf]

    def _leaving(self, leave: Mapping[Key, Mapping[Key, float]]) -> kernel.Floats:
        """What leaving each slot out costs; -1 where it may not be moved."""
        prices = np.full(len(self._state.stops), -1.0)
        for key, loose in leave.items():
            if loose and key in self._index:
                first = int(self._state.rows[self._index[key], kernel.FIRST])
                for position, stop in enumerate(self.row(key).stops):
                    prices[first + position] = loose.get(stop.key, -1.0)
        return prices

    def _squeeze(self, at: list[int]) -> Squeeze:
        index, position, *slots = at
        first = int(self._state.rows[index, kernel.FIRST])
        return Squeeze(self._keys[index], position, tuple(slot - first for slot in slots if slot >= 0))

    def _own(self, asked: Stop, swapped: Mapping[Key, int]) -> int:
        """The row in which a stop was published, as `kernel.offers` wants it."""
        if asked.published_row is None:
            return -2
        return swapped.get(asked.published_row, self._index.get(asked.published_row, -1))

    def lay(self, spare: int, key: Key, row: Row) -> bool:
        """Lay a row into a spare one, as if it stood there under this key; False if it has no schedule."""
        self._check(row)
        self._write(spare, row, key)
        kernel.settle(self._state, spare, False)
        return bool(self._state.rows[spare, kernel.FEASIBLE])

    def laid(self, spare: int) -> tuple[Row, Times]:
        """What lies in a spare row, and its schedule."""
        row = self._rows[spare]
        assert row is not None, "asked of a spare row that was laid"
        return row, self._read(spare, row)

    def _found(self, at: list[int], cost: float) -> Found:
        index, position, arrival, start, end, before_s, after_s = at
        row = self._rows[index]
        assert row is not None, "offers come from rows"
        return Found(
            self._keys[index],
            position,
            arrival,
            start,
            end,
            cost,
            before_s,
            after_s,
            row.stops[position - 1].key if position else None,
            row.stops[position].key if position < len(row.stops) else None,
        )

    def chosen(self, eligible: Eligible) -> list[Key]:
        """The keys of eligible rows."""
        return [self._keys[index] for index in self._chosen(eligible).tolist()]

    def _chosen(self, eligible: Eligible) -> kernel.Ints:
        """Indices of eligible rows."""
        if eligible is None or isinstance(eligible, np.ndarray):
            if self._all is None:
                self._all = np.fromiter(self._index.values(), np.int64, len(self._index))
            return self._all if eligible is None else self._all[eligible]
        known = self._index
        return np.array([known[key] for key in eligible if key in known], np.int64)

    def _feasible(self, row: Row, key: Key) -> Times | None:
        times = self.times_of(row, key=key)
        return times if times.feasible else None

    def _check(self, row: Row) -> None:
        self._check_places([row.home, row.goal, *[stop.place for stop in row.stops]])
        if len(row.stops) + SPARE_STOPS > self._state.times.shape[1]:
            self._state = _wider(self._state, 2 * (len(row.stops) + SPARE_STOPS))

    def _check_places(self, places: Sequence[int]) -> None:
        """Compiled code does not look whether an index exists."""
        if not 0 <= min(places) <= max(places) < len(self._where):
            raise ValueError(f"places {places} are not all known")

    def _new(self, key: Key) -> int:
        """An index for a new row."""
        if self._free:
            index = self._free.pop()
        else:
            index = len(self._rows)
            self._rows.append(None)
            self._keys.append(None)
            if index == len(self._state.rows):
                self._state = _longer(self._state)
        self._index[key] = index
        self._all = None
        return index

    def _write(self, index: int, row: Row, key: Key) -> None:
        """Lay the row out in the arrays; `settle` has to follow."""
        self._rows[index], self._keys[index] = row, key
        low, high, pause = row.rest or (0, 0, -1)
        head = (row.start, row.end, row.limit, row.home, row.goal, low, high, pause)
        state = self._state
        state.rows[index, : kernel.FIRST] = (*head, row.waived, len(row.stops), row.frozen)
        if row.stops:
            first = int(state.rows[index, kernel.FIRST])
            last = first + len(row.stops)
            state.stops[first:last] = [_whole(stop) for stop in row.stops]
            state.rates[first:last] = [_rates(stop, key, self.weights) for stop in row.stops]

    def _write_stop(self, slot: int, stop: Stop) -> None:
        self._state.stops[slot] = _whole(stop)
        self._state.rates[slot] = _rates(stop, None, self.weights)

    def _read(self, index: int, row: Row) -> Times:
        state, count = self._state, len(row.stops)
        feasible, back, where, leg, rest = state.rows[index, kernel.FEASIBLE : kernel.REST_START + 1].tolist()
        arrivals, starts, ends = state.times[index, :count].T.tolist()
        travel, metres = state.legs[index, : count + 1 if count else 0].T.tolist()
        if count:  # the first drive starts as late as it may
            arrivals[0] = rest if where == kernel.AFTER_LEG and leg == 0 else starts[0]
        resting = row.rest is not None and where != kernel.NOWHERE
        return Times(
            feasible=bool(feasible),
            leave=arrivals[0] - travel[0] if count else row.start,
            back=back,
            arrivals=tuple(arrivals),
            starts=tuple(starts),
            ends=tuple(ends),
            rest_start=rest if resting else None,
            rest_end=rest + row.rest[2] if resting and row.rest is not None else None,
            inside=row.stops[leg].key if where == kernel.INSIDE else None,
            travel_s=tuple(travel),
            distance_m=tuple(metres),
            price=float(state.sums[index, kernel.PRICE]),
        )


def _whole(stop: Stop) -> tuple[int, ...]:
    """The columns of `State.stops`."""
    low, high = stop.window or (-FOREVER, FOREVER)
    return (
        stop.place,
        stop.service_s,
        stop.setup_s,
        low,
        high,
        stop.due,
        stop.published,
        stop.interruptible,
    )


def _rates(stop: Stop, key: Key, weights: Weights) -> tuple[float, ...]:
    """The columns of `State.rates`, for a stop in the row of this key (None: wherever it was published)."""
    away = key is not None and stop.published_row is not None and stop.published_row != key
    return (
        stop.outage,
        stop.late,
        weights.churn_second if stop.published >= 0 else 0.0,
        weights.churn_shift if away else 0.0,
    )


def _room(rows: int, stops: int, places: int) -> State:
    """Empty arrays for so many rows of so many stops."""
    return State(
        stops=np.zeros((rows * stops, kernel.STOP_COLUMNS), np.int64),
        rates=np.zeros((rows * stops, kernel.RATE_COLUMNS)),
        rows=np.zeros((rows, kernel.ROW_COLUMNS), np.int64),
        sums=np.zeros((rows, kernel.SUM_COLUMNS)),
        legs=np.zeros((rows, stops + 1, 2), np.int64),
        times=np.zeros((rows, stops, 3), np.int64),
        known=np.zeros((rows, stops + 1, 3), np.int64),
        least=np.zeros((rows, stops + 1, 2)),
        points=np.zeros((places, kernel.POINT_COLUMNS)),
        prices=np.zeros(8),
        order=np.zeros(stops + 1, np.int64),
        ways=np.zeros((stops + 1, 2), np.int64),
        out=np.zeros((2, stops + 1, 3), np.int64),
    )


def _number(state: State) -> None:
    """Each row owns as many slots as it has room for."""
    state.rows[:, kernel.FIRST] = np.arange(len(state.rows)) * state.times.shape[1]


def _longer(state: State) -> State:
    """Twice the rows."""
    rows, stops = state.times.shape[:2]
    return _moved(state, _room(2 * rows, stops, 1))


def _wider(state: State, stops: int) -> State:
    """Rows of more stops."""
    return _moved(state, _room(len(state.rows), stops, 1))


def _moved(state: State, larger: State) -> State:
    """All rows in larger arrays."""
    rows, stops = state.times.shape[:2]
    room = larger.times.shape[1]
    for old, new in ((state.stops, larger.stops), (state.rates, larger.rates)):
        columns = old.shape[1]
        new.reshape(-1, room, columns)[:rows, :stops] = old.reshape(rows, stops, columns)
    larger.rows[:rows], larger.sums[:rows] = state.rows, state.sums
    larger.times[:rows, :stops] = state.times
    for old, new in ((state.legs, larger.legs), (state.known, larger.known), (state.least, larger.least)):
        new[:rows, : stops + 1] = old
    _number(larger)
    return larger._replace(points=state.points, prices=state.prices)


def _taller(points: kernel.Floats, count: int) -> kernel.Floats:
    larger = np.zeros((count, points.shape[1]))
    larger[: len(points)] = points
    return larger


def warm(told: Callable[[int, int], None] | None = None) -> None:
    """Compile what prices a stop, or load it, before anybody waits (`compiled.build`)."""
    build(told)
