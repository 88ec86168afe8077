"""Dispatching without a plan, as it is done by hand: whoever is free goes to the nearest, or to whoever rang first.

Nothing is made weak here on purpose. Emergencies go before everything, and the nearest who is free takes them; a promise whose
window is open goes before what nobody was promised; a desk promises one visit for each technician and window, and only where
those who could go are enough for all that it has promised then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from optimizer.problem import Window
from optimizer.simulate.policy import Go, Rest, Sight, Step
from optimizer.simulate.stream import DAY_S, Fault

EARLY_S = 10 * 60
"""So long before a window somebody may be at the door."""


class ByHand:
    """Both of them: they differ in whom they choose of those that are equally pressing."""

    moves = 0
    """Nobody is told who comes, so nothing that was told is changed."""

    def __init__(self, sight: Sight, rank: Callable[[Sight, int, Fault], tuple[int, int]]) -> None:
        self.sight, self.rank = sight, rank
        self.sheet: dict[int, Window] = {}
        """The desk's slots: fault to what it was promised."""
        self.faults: dict[int, Fault] = {}

    def offers(self, fault: Fault, windows: Sequence[Window]) -> Sequence[Window]:
        self.sheet.pop(fault.number, None)
        self.faults[fault.number] = fault
        return [window for window in windows if self._has_room(fault, window)]

    def reported(self, fault: Fault) -> None:
        if fault.number in self.sight.promises:
            self.sheet[fault.number] = self.sight.promises[fault.number]

    def wakes_at(self) -> int | None:
        return None

    def wake(self) -> None:
        """There is no plan."""

    def _has_room(self, fault: Fault, window: Window) -> bool:
        """Everybody promised then finds a technician of their own, who may go and works then."""
        midnight = window.earliest // DAY_S * DAY_S
        working = [
            (number, worker)
            for number, worker in enumerate(self.sight.crew)
            if midnight + worker.start <= window.earliest and window.latest <= midnight + worker.end
        ]
        seats: dict[int, Fault] = {}

        def seated(one: Fault, tried: set[int]) -> bool:
            able = [number for number, worker in working if number not in tried and worker.may(one)]
            for number in able:
                if number not in seats:
                    seats[number] = one
                    return True
            for number in able:
                if number not in tried:
                    tried.add(number)
                    if seated(seats[number], tried):
                        seats[number] = one
                        return True
            return False

        wanted = [self.faults[number] for number, one in self.sheet.items() if one == window]
        return all(seated(one, set()) for one in [*wanted, fault])

    def step(self, technician: int) -> Step:
        worker = self.sight.crew[technician]
        able = [fault for fault in self.sight.open.values() if worker.may(fault)]
        urgent = [
            fault
            for fault in able
            if fault.urgent and self._in_time(technician, fault) and self._is_nearest(technician, fault)
        ]
        rest = worker.rest
        may_rest = not self.sight.has_rested(technician)
        if may_rest and rest is not None and self.sight.now >= self.sight.midnight + rest.window.latest:
            return Rest()
        if urgent:
            return self._first(technician, urgent)
        if (
            may_rest
            and rest is not None
            and self.sight.now >= self.sight.midnight + rest.window.earliest + 1800
        ):
            return Rest()
        promised = [fault for fault in able if self._is_due(technician, fault)]
        if promised:
            return self._first(technician, promised)
        others = [
            fault
            for fault in able
            if self.sight.window(fault) is None and not fault.urgent and self._in_time(technician, fault)
        ]
        return self._first(technician, others) if others else None

    def _first(self, technician: int, faults: Sequence[Fault]) -> Go:
        return Go(min(faults, key=lambda fault: self.rank(self.sight, technician, fault)).number)

    def _is_due(self, technician: int, fault: Fault) -> bool:
        """Its window is open by the time this technician is there."""
        window = self.sight.window(fault)
        if window is None:
            return False
        arrives = self.sight.now + _way(self.sight, technician, fault)
        return arrives >= window.earliest - EARLY_S and self._in_time(technician, fault)

    def _in_time(self, technician: int, fault: Fault) -> bool:
        """Home again by the end of the shift; with overtime, for what cannot wait."""
        worker = self.sight.crew[technician]
        pressing = fault.urgent or fault.number in self.sight.promises
        limit = self.sight.midnight + worker.end + (worker.overtime_s if pressing else 0)
        back = self.sight.now + _way(self.sight, technician, fault) + fault.service_s
        return back + self.sight.drive_s(fault.place, worker.home) <= limit

    def _is_nearest(self, technician: int, fault: Fault) -> bool:
        """Of those who are free and may go."""
        mine = _way(self.sight, technician, fault), technician
        return all(
            mine <= (_way(self.sight, other, fault), other)
            for other in self.sight.idle()
            if self.sight.crew[other].may(fault) and self._in_time(other, fault)
        )


def nearest_first(sight: Sight) -> ByHand:
    """Whoever is free goes to the nearest."""
    return ByHand(sight, lambda sight, technician, fault: (_way(sight, technician, fault), fault.number))


def first_come_first_served(sight: Sight) -> ByHand:
    """Whoever is free goes to whoever rang first."""
    return ByHand(sight, lambda sight, technician, fault: (fault.at, fault.number))


def _way(sight: Sight, technician: int, fault: Fault) -> int:
    return sight.drive_s(sight.places[technician], fault.place)
