"""An emergency in a running day: where it can be served soon, and which visits would have to make room.

No promise is broken: every row that a proposal touches has an exact schedule with all its windows. All rows are searched
roughly by compiled code, the most promising choices worked out exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from optimizer.rounds import Found, Key, Row, Squeeze, Stop, Times
from optimizer.standing import ANY_TIME, FIRST_SPARE, MOVED_MAX, Eligible, Mask, Standing

EFFORT: Final = 24
"""Choices worked out exactly, about a quarter of a millisecond each."""
ROUGH: Final = 4_000
"""Choices looked at roughly, about 2 microseconds each."""
AS_GOOD: Final = 0.01
"""Costs this close are equal: the proposal that moves less comes first."""


class Moved(NamedTuple):
    """One visit that made room. `to` and `start` are None if no other place for it pays."""

    stop: Key
    row: Key
    to: Key | None
    start: int | None


class Later(NamedTuple):
    """One visit that stays where it is but starts so many seconds later (negative: earlier)."""

    stop: Key
    row: Key
    seconds: int


class Proposal(NamedTuple):
    """One way to serve the stop asked for. `cost` is what the plan costs more, its outage counted from `now`."""

    key: Key
    """The row that takes it."""
    position: int
    arrival: int
    start: int
    end: int
    cost: float
    moved: tuple[Moved, ...]
    later: tuple[Later, ...]
    rows: dict[Key, Row]
    """Every row that is touched, as it would then be."""
    times: dict[Key, Times]


def propose(
    standing: Standing,
    asked: Stop,
    eligible: Eligible,
    now: int,
    movable: Mapping[Key, Collection[Key]],
    eligible_of: Callable[[Key], Eligible],
    unplaced: Mapping[Key, float],
    *,
    most_moved: int = 3,
    most: int = 3,
    effort: int = EFFORT,
) -> list[Proposal]:
    """The cheapest ways to serve `asked` from `now` on, within its window if it has one; empty if there is none.

    `movable`: row key -> keys of stops that may give way (not promised, not frozen; stops at the frozen head of a row never
    do). `eligible_of(stop key)`: rows that may take such a stop instead. `unplaced`: stop key -> cost of leaving it without a
    place; stops that are missing there are never left without. Up to `most_moved` stops of the one row give way, the dearest
    to leave out first, each to its then cheapest place, which may be in the same row.

    Cheapest first, but among proposals within one per cent of each other the one that moves less. Of proposals for the same
    row only those are kept that are cheaper or move less than every other. Rows start when their technicians are free: the
    caller puts what is under way into `Row.start` and `Row.home`. `effort` bounds what is worked out exactly. The stop asked
    for is priced as `Standing.price` does (no prize, no unfairness).
    """
    low, high = asked.window or ANY_TIME[0]
    asked = asked._replace(window=(max(low, now), high))
    desk = Desk(standing, asked, now, eligible_of, unplaced)
    leave = {key: {stop: unplaced.get(stop, math.inf) for stop in stops} for key, stops in movable.items()}
    plain = standing.price(asked, [(max(low, now), high)], eligible, most=most)[0]
    squeezes = standing.squeezes(asked, eligible, leave, most_moved, effort, ROUGH) if most_moved else []
    choices = [*[Squeeze(found.key, found.position, ()) for found in plain], *squeezes]
    costs = [(cost, choice) for choice in choices if (cost := desk.cost(choice)) < math.inf]
    return [desk.proposal(choice) for choice in ranked(costs, most)]


def ranked(costs: Sequence[tuple[float, Squeeze]], most: int) -> list[Squeeze]:
    """The best choices, in the order of `propose`."""
    left = sorted(costs, key=lambda each: (each[0], len(each[1].taken)))
    left = [each for n, each in enumerate(left) if not any(_spares(other[1], each[1]) for other in left[:n])]
    best: list[Squeeze] = []
    while left and len(best) < most:
        enough = left[0][0] + AS_GOOD * abs(left[0][0])
        chosen = min((each for each in left if each[0] <= enough), key=lambda each: len(each[1].taken))
        best.append(chosen[1])
        left.remove(chosen)
    return best


def _spares(other: Squeeze, choice: Squeeze) -> bool:
    """The other, which is no dearer, moves no more for the same row."""
    return other.key == choice.key and len(other.taken) <= len(choice.taken)


class Desk:
    """Works out single proposals on the spare rows of a standing, which itself stays as it is."""

    def __init__(
        self,
        standing: Standing,
        asked: Stop,
        now: int,
        eligible_of: Callable[[Key], Eligible],
        unplaced: Mapping[Key, float],
    ) -> None:
        self.standing, self.asked = standing, asked
        self.eligible_of, self.unplaced = eligible_of, unplaced
        self.sunk = asked.outage * (now - standing.origin)
        """Outage before now: it is the same for all proposals, and would drown their differences."""
        self.spares: dict[Key, int] = {}
        self.known: dict[Key, tuple[list[Found], Collection[Key]]] = {}
        self.able: dict[int, tuple[Eligible, Collection[Key], Mask]] = {}

    def cost(self, choice: Squeeze) -> float:
        """What it costs, outage before `now` aside; infinite if a stop finds no place and must not be left without."""
        return self._work_out(choice)[0]

    def proposal(self, choice: Squeeze) -> Proposal:
        """The choice in full. It has a finite cost."""
        cost, moved = self._work_out(choice)
        laid = {key: self.standing.laid(spare) for key, spare in self.spares.items()}
        row, times = laid[choice.key]
        position = next(n for n, stop in enumerate(row.stops) if stop is self.asked)
        return Proposal(
            key=choice.key,
            position=position,
            arrival=times.arrivals[position],
            start=times.starts[position],
            end=times.ends[position],
            cost=cost,
            moved=tuple(_timed(move, laid) for move in moved),
            later=tuple(self._later(laid, {move.stop for move in moved})),
            rows={key: each for key, (each, _) in laid.items()},
            times={key: timed for key, (_, timed) in laid.items()},
        )

    def _work_out(self, choice: Squeeze) -> tuple[float, list[Moved]]:
        """Lay all that it touches into spare rows."""
        self.spares = {}
        row = self.standing.row(choice.key)
        stay = tuple(stop for n, stop in enumerate(row.stops) if n not in choice.taken)
        if not self._lay(choice.key, _with(row._replace(stops=stay), choice.position, self.asked)):
            return math.inf, []
        price = self.standing.laid(self.spares[choice.key])[1].price
        cost = price - self.standing.times(choice.key).price - self.sunk
        moved: list[Moved] = []
        given = [row.stops[n] for n in choice.taken]
        for stop in sorted(given, key=lambda stop: -self.unplaced.get(stop.key, math.inf)):
            extra, move = self._elsewhere(stop, choice.key)
            if extra == math.inf:
                return math.inf, []
            cost += extra
            moved.append(move)
        return cost, moved

    def _elsewhere(self, stop: Stop, out_of: Key) -> tuple[float, Moved]:
        """Put a displaced stop where it is cheapest now, or leave it out; what that costs."""
        far, able = self._far(stop)
        found = next((offer for offer in far if offer.key not in self.spares), None)
        touched = [key for key in self.spares if key in able]
        for near in self.standing.offers(stop, [stop.window or ANY_TIME[0]], touched, 1, self.spares)[0]:
            if found is None or near.cost < found.cost:
                found = near
        least = self.unplaced.get(stop.key, math.inf)
        if found is None or found.cost >= least:
            return least, Moved(stop.key, out_of, None, None)
        self._lay(found.key, _with(self._row(found.key), found.position, stop))
        return found.cost, Moved(stop.key, out_of, found.key, None)

    def _far(self, stop: Stop) -> tuple[list[Found], Collection[Key]]:
        """The cheapest rows for a displaced stop as they stand, and all that may take it: asked once for each stop.

        One more than a proposal can have touched by then, so that the cheapest of the others is always among them.
        """
        known = self.known.get(stop.key)
        if known is None:
            able, mask = self._able(self.eligible_of(stop.key))
            windows = [stop.window or ANY_TIME[0]]
            offers = self.standing.price(stop, windows, mask, most=MOVED_MAX + 1)[0]
            known = self.known[stop.key] = offers, able
        return known

    def _able(self, eligible: Eligible) -> tuple[Collection[Key], Mask]:
        """As keys and as a mask. Callers answer with one list for all stops of a kind: it is looked up once."""
        known = self.able.get(id(eligible))
        if known is None:
            able = frozenset(self.standing.chosen(eligible))
            mask = np.array([key in able for key in self.standing], np.bool_)
            known = self.able[id(eligible)] = eligible, able, mask
        return known[1:]

    def _lay(self, key: Key, row: Row) -> bool:
        """Use a spare row in the place of a standing one."""
        spare = self.spares.setdefault(key, FIRST_SPARE + len(self.spares))
        return self.standing.lay(spare, key, row)

    def _row(self, key: Key) -> Row:
        spare = self.spares.get(key)
        return self.standing.row(key) if spare is None else self.standing.laid(spare)[0]

    def _later(self, laid: Mapping[Key, tuple[Row, Times]], moved: Collection[Key]) -> list[Later]:
        """Stops that stay in their rows but start at another time."""
        changed: list[Later] = []
        for key, (row, times) in laid.items():
            before = dict(
                zip(
                    [stop.key for stop in self.standing.row(key).stops],
                    self.standing.times(key).starts,
                    strict=True,
                )
            )
            for stop, start in zip(row.stops, times.starts, strict=True):
                if stop.key in before and stop.key not in moved and start != before[stop.key]:
                    changed.append(Later(stop.key, key, start - before[stop.key]))
        return changed


def _timed(move: Moved, laid: Mapping[Key, tuple[Row, Times]]) -> Moved:
    """The start of a moved stop once all others have found their places."""
    if move.to is None:
        return move
    row, times = laid[move.to]
    starts = [start for stop, start in zip(row.stops, times.starts, strict=True) if stop.key == move.stop]
    return move._replace(start=starts[0])


def _with(row: Row, position: int, stop: Stop) -> Row:
    return row._replace(stops=(*row.stops[:position], stop, *row.stops[position:]))
