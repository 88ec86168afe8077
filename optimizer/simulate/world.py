"""The clock: what happens, in its order, to one policy in one stream; and the log of it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import msgspec

from optimizer.problem import Window
from optimizer.simulate.policy import Busy, Go, Policy, Rest, Sight, Wait
from optimizer.simulate.stream import DAY_S, Fault, Stream, windows_after

AHEAD_DAYS = 5
"""So far ahead appointments are made."""
ABSENT_S = 10 * 60
"""So long a technician waits at a closed door."""
ATTEMPTS = 2
"""After so many closed doors a fault is given up."""


class Impossible(ValueError):
    """A policy asked for what nobody can do: a fault of ours."""


class Visit(NamedTuple):
    """One technician at one fault."""

    fault: int
    attempt: int
    technician: int
    left_at: int
    arrived_at: int
    began_at: int
    ended_at: int
    served: bool
    """False: nobody was at home."""


class Promise(NamedTuple):
    """A window that a subscriber was told, at this attempt."""

    fault: int
    attempt: int
    made_at: int
    window: Window


class Return(NamedTuple):
    """The way home, at the end of a day."""

    technician: int
    left_at: int
    back_at: int


class Pause(NamedTuple):
    """A break."""

    technician: int
    began_at: int
    ended_at: int


class Log(msgspec.Struct):
    """All that happened. What a simulation measures is computed of this and the stream alone."""

    visits: list[Visit] = msgspec.field(default_factory=list[Visit])
    promises: list[Promise] = msgspec.field(default_factory=list[Promise])
    returns: list[Return] = msgspec.field(default_factory=list[Return])
    pauses: list[Pause] = msgspec.field(default_factory=list[Pause])
    given_up: dict[int, int] = msgspec.field(default_factory=dict[int, int])
    """Fault to when."""
    moves: int = 0
    """What the policy says of itself: visits that changed hands or moved after they were out."""


class Event(IntEnum):
    """Kinds of events, in the order of those at one instant."""

    FREE = 0
    ARRIVED = 1
    BEGINS = 2
    REPORTED = 3
    WAKE = 4
    LOOK = 5


class World:
    """One run."""

    def __init__(
        self, stream: Stream, made: Callable[[Sight], Policy], told: Callable[[int], None] | None = None
    ) -> None:
        self.stream, self.told = stream, told
        self.log = Log()
        self.sight = Sight(stream)
        self.policy = made(self.sight)
        self.events: list[tuple[int, Event, int]] = []
        self.known: set[tuple[int, Event, int]] = set()
        """Those in `events`."""
        self.under_way: dict[int, Visit] = {}
        """By technician: how it will end, which nobody knows yet."""
        self.attempts: dict[int, int] = {}

    def run(self) -> Log:
        """From the first midnight to the last."""
        for fault in self.stream.faults:
            self._at(fault.at, Event.REPORTED, fault.number)
        for day in range(self.stream.asked.days):
            for number, worker in enumerate(self.stream.crew):
                self._at(day * DAY_S + worker.start, Event.BEGINS, number)
        self._ask_to_wake()
        while self.events and self.events[0][0] < self.stream.end:
            event = at, what, number = heapq.heappop(self.events)
            self.known.discard(event)
            self.sight.now = at
            self._happens(what, number)
            if not self.events or self.events[0][0] > at:
                wakes_at = self.policy.wakes_at()
                if wakes_at is not None and wakes_at <= at:
                    self.policy.wake()  # first a plan by what has just become known, then people leave
                self._ask_all()
                self._ask_to_wake()
                if self.told is not None:
                    self.told(at)
        self.log.moves = self.policy.moves
        return self.log

    def _at(self, at: int, what: Event, number: int) -> None:
        """Once, however often it is asked for."""
        event = at, what, number
        if event not in self.known:
            self.known.add(event)
            heapq.heappush(self.events, event)

    def _ask_to_wake(self) -> None:
        at = self.policy.wakes_at()
        if at is not None:
            self._at(max(at, self.sight.now), Event.WAKE, 0)

    def _happens(self, what: Event, number: int) -> None:
        sight = self.sight
        match what:
            case Event.FREE:
                self._free(number)
            case Event.ARRIVED:
                sight.busy[number] = sight.busy[number]._replace(arrived_at=sight.now)
            case Event.REPORTED:
                self._reported(self.stream.faults[number])
            case Event.WAKE:
                self.policy.wake()
            case Event.BEGINS | Event.LOOK:
                pass  # a shift begins, or somebody waited until now: whoever is idle is asked after each instant

    def _reported(self, fault: Fault) -> None:
        """For the first time, or once more after nobody was at home."""
        sight = self.sight
        if fault.wishes:
            windows = [
                window for window in windows_after(sight.now, AHEAD_DAYS) if self.stream.suits(fault, window)
            ]
            if offered := self.policy.offers(fault, windows):
                window = sight.promises[fault.number] = min(offered, key=lambda one: one.earliest)
                attempt = self.attempts.get(fault.number, 0)
                self.log.promises.append(Promise(fault.number, attempt, sight.now, window))
        sight.open[fault.number] = fault
        self.policy.reported(fault)

    def _ask_all(self) -> None:
        """Everybody who has nothing to do."""
        for technician in self.sight.idle():
            match self.policy.step(technician):
                case Go(fault):
                    self.send(technician, fault)
                case Rest():
                    self._rest(technician)
                case Wait(until) if until > self.sight.now:
                    self._at(until, Event.LOOK, technician)
                case _:
                    self._nothing(technician)

    def send(self, technician: int, number: int) -> None:
        """Somebody drives to an open fault. `Impossible` if that cannot be."""
        sight, stream = self.sight, self.stream
        fault = sight.open.pop(number, None)
        if fault is None or not sight.crew[technician].may(fault):
            raise Impossible(f"technician {technician} cannot go to fault {number}")
        window = sight.window(fault)
        sight.promises.pop(number, None)
        attempt, place = self.attempts.get(number, 0), sight.places[technician]
        arrives = sight.now + stream.drives_s(place, fault.place, sight.now)
        begins = arrives if window is None else max(arrives, window.earliest)
        served = stream.opens(fault, attempt)
        ends = begins + (stream.works_s(fault) if served else ABSENT_S)
        visit = Visit(number, attempt, technician, sight.now, arrives, begins, ends, served)
        self.log.visits.append(visit)
        self.under_way[technician] = visit
        earliest = 0 if window is None else window.earliest
        sight.busy[technician] = Busy(fault, sight.now, sight.drive_s(place, fault.place), earliest)
        sight.places[technician] = fault.place
        self._at(arrives, Event.ARRIVED, technician)
        self._at(ends, Event.FREE, technician)

    def _free(self, technician: int) -> None:
        busy = self.sight.busy.pop(technician)
        if busy.fault is None or self.under_way.pop(technician).served:
            return
        number = busy.fault.number
        self.attempts[number] = self.attempts.get(number, 0) + 1
        if self.attempts[number] >= ATTEMPTS:
            self.log.given_up[number] = self.sight.now
        else:
            again = self.sight.now + self.stream.calls_again_s(busy.fault)
            self._at(again, Event.REPORTED, number)

    def _rest(self, technician: int) -> None:
        rest = self.sight.crew[technician].rest
        if rest is None or self.sight.has_rested(technician):
            raise Impossible(f"technician {technician} has no break to take")
        now = self.sight.now
        self.sight.rested.add((technician, self.sight.today))
        self.log.pauses.append(Pause(technician, now, now + rest.duration_s))
        self.sight.busy[technician] = Busy(None, now, 0, now + rest.duration_s)
        self._at(now + rest.duration_s, Event.FREE, technician)

    def _nothing(self, technician: int) -> None:
        """Stay until it is time to go home, then go."""
        sight = self.sight
        worker, place = sight.crew[technician], sight.places[technician]
        leaves = sight.midnight + worker.end - sight.drive_s(place, worker.home)
        if sight.now < leaves:
            self._at(leaves, Event.LOOK, technician)
            return
        if place != worker.home:
            back = sight.now + self.stream.drives_s(place, worker.home, sight.now)
            self.log.returns.append(Return(technician, sight.now, back))
        sight.places[technician] = worker.home
        sight.gone.add((technician, sight.today))
