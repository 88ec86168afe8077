"""The rounds of the coming days as our policy keeps them: for pricing one more stop, for the search, and back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import numpy as np

from optimizer.cities import DETOUR
from optimizer.problem import MAX_METRES, Break, Job, Problem, Shift, Technician, Weights, Window, pack
from optimizer.result import Route
from optimizer.result import Stop as Planned
from optimizer.rounds import Row, Stop
from optimizer.simulate.policy import Sight
from optimizer.simulate.stream import DAY_S, Fault
from optimizer.standing import Standing

Day: TypeAlias = tuple[int, int]
"""A technician on a day."""
PRIZE_S: Final = {1: 40 * 3600, 2: 24 * 3600, 3: 16 * 3600, 4: 10 * 3600, 5: 6 * 3600}
LATENESS: Final = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
"""What leaving a fault of this priority out costs, and how its lateness weighs: the product's prices."""
SLACK_S: Final = 40 * 60
"""Drives and visits take longer than expected half of the time: who is planned later than so long before the end of a promise
costs as if late already, so that a plan leaves room where that is cheap and uses it where it must."""
PLAN_DAYS: Final = 2
DEGREE_M: Final = 111_195.0
"""Metres to a degree of latitude."""
LATITUDE: Final = 52.0


class Rounds:
    """Who goes where in which order, today and on the coming days. What is under way is no part of it: it is where, and when,
    the rest of a day begins."""

    def __init__(self, sight: Sight, weights: Weights, speed: float) -> None:
        self.sight, self.weights = sight, weights
        self.orders: dict[Day, list[int]] = {}
        self.where: dict[int, Day] = {}
        self.lost: set[int] = set()
        """Faults whose promise can no longer be kept: they are served as soon as may be."""
        self.out: dict[int, tuple[Day, int]] = {}
        """Faults of days that are out: where, and when, people were told."""
        self.standing = Standing(weights, DETOUR, speed)
        for number, (east, north) in enumerate(sight.points):
            longitude = 13.0 + east / (DEGREE_M * float(np.cos(np.radians(LATITUDE))))
            self.standing.place(number, LATITUDE + north / DEGREE_M, longitude)

    def window(self, fault: Fault) -> Window | None:
        """The promise that is to be kept."""
        return None if fault.number in self.lost else self.sight.window(fault)

    def put(self, day: Day, order: Iterable[int]) -> None:
        """This round, in this order; who is in it leaves every other."""
        for number in self.orders.pop(day, ()):
            del self.where[number]
        wanted = list(order)
        for number in wanted:
            self.drop(number)
            self.where[number] = day
        self.orders[day] = wanted

    def drop(self, number: int) -> None:
        """Out of its round."""
        day = self.where.pop(number, None)
        if day is not None:
            self.orders[day].remove(number)

    def days(self, last: int) -> list[Day]:
        """All that can still be planned, up to a day."""
        sight = self.sight
        return [
            (technician, day)
            for day in range(sight.today, last + 1)
            for technician in range(len(sight.crew))
            if self.begins(technician, day) < self._ends(technician, day)
        ]

    def able(self, fault: Fault, days: Iterable[Day]) -> list[Day]:
        """Those in which somebody may go there."""
        return [day for day in days if self.sight.crew[day[0]].may(fault)]

    def begins(self, technician: int, day: int) -> int:
        sight = self.sight
        if day != sight.today:
            return day * DAY_S + sight.crew[technician].start
        return DAY_S * (day + 1) if (technician, day) in sight.gone else sight.free_at(technician)

    def _ends(self, technician: int, day: int) -> int:
        return day * DAY_S + self.sight.crew[technician].end

    def _place(self, technician: int, day: int) -> int:
        sight = self.sight
        return sight.places[technician] if day == sight.today else sight.crew[technician].home

    def _rest(self, technician: int, day: int) -> Break | None:
        """The break that is still to be taken."""
        rest = self.sight.crew[technician].rest
        if rest is None or ((technician, day) in self.sight.rested):
            return None
        earliest = max(day * DAY_S + rest.window.earliest, self.begins(technician, day))
        latest = day * DAY_S + rest.window.latest
        return (
            Break(window=Window(earliest=earliest, latest=latest), duration_s=rest.duration_s)
            if earliest <= latest
            else None
        )

    # As rows, to price one more stop.

    def stand(self, days: Iterable[Day]) -> None:
        """Bring the rows to this instant; days that are over have none."""
        wanted = set(days)
        for day in wanted:
            self.standing.put(day, self.row(day))
        for day in [day for day in self.standing if day not in wanted]:
            self.standing.drop(day)

    def row(self, day: Day) -> Row:
        technician, on = day
        worker = self.sight.crew[technician]
        rest = self._rest(technician, on)
        return Row(
            start=self.begins(technician, on),
            end=self._ends(technician, on),
            limit=self._ends(technician, on) + worker.overtime_s,
            home=self._place(technician, on),
            goal=worker.home,
            rest=None if rest is None else (rest.window.earliest, rest.window.latest, rest.duration_s),
            waived=True,
            stops=tuple(self.stop(self.sight.open[number]) for number in self.orders.get(day, ())),
        )

    def stop(self, fault: Fault) -> Stop:
        window, out = self.window(fault), self.out.get(fault.number)
        return Stop.of(
            self.weights,
            key=fault.number,
            place=fault.place,
            service_s=fault.service_s,
            window=None if window is None else (window.earliest, window.latest),
            affected=fault.affected,
            due=due(fault, window),
            lateness_weight=LATENESS[fault.priority if window is None else 1],
            published=-1 if out is None else out[1],
            published_row=None if out is None else out[0],
        )

    # As a problem, to search.

    def problem(self, days: list[Day], faults: list[Fault]) -> Problem:
        """The rest of these days with these faults. Only places that matter are in it."""
        sight = self.sight
        technicians = list(dict.fromkeys(technician for technician, _ in days))
        places = list(
            dict.fromkeys(
                [
                    *(self._place(*day) for day in days),
                    *(sight.crew[technician].home for technician in technicians),
                    *(fault.place for fault in faults),
                ]
            )
        )
        index = {place: number for number, place in enumerate(places)}
        shift_of = {day: number for number, day in enumerate(days)}
        chosen = np.ix_(places, places)
        return Problem(
            technicians=tuple(
                Technician(
                    name=sight.crew[technician].name,
                    skills=sight.crew[technician].skills,
                    tools=sight.crew[technician].tools,
                    overtime_max_s=sight.crew[technician].overtime_s,
                )
                for technician in technicians
            ),
            shifts=tuple(
                Shift(
                    name=f"{technician}@{day}",
                    technician=technicians.index(technician),
                    day=day,
                    start=self.begins(technician, day),
                    end=self._ends(technician, day),
                    start_place=index[self._place(technician, day)],
                    end_place=index[sight.crew[technician].home],
                    rest=self._rest(technician, day),
                )
                for technician, day in days
            ),
            jobs=tuple(self._job(fault, index, shift_of) for fault in faults),
            places=len(places),
            travel=pack(sight.expected[chosen]),
            distance=pack(np.minimum(sight.distance[chosen], MAX_METRES)),
            weights=self.weights,
        )

    def _job(self, fault: Fault, index: Mapping[int, int], shift_of: Mapping[Day, int]) -> Job:
        window, out = self.window(fault), self.out.get(fault.number)
        shift = None if out is None else shift_of.get(out[0])
        return Job(
            name=str(fault.number),
            place=index[fault.place],
            service_s=fault.service_s,
            windows=() if window is None else (window,),
            skills=fault.skills,
            tools=fault.tools,
            prize=PRIZE_S[fault.priority],
            mandatory=window is not None,
            affected=fault.affected,
            due=due(fault, window),
            lateness_weight=LATENESS[fault.priority if window is None else 1],
            published_shift=shift,
            published_start=None if out is None or shift is None else out[1],
        )

    def warm(self, days: list[Day], faults: list[Fault]) -> list[Route]:
        """The rounds as they are: their order is what counts."""
        numbers = {fault.number: number for number, fault in enumerate(faults)}
        return [
            untimed(shift, [numbers[number] for number in self.orders[day]])
            for shift, day in enumerate(days)
            if self.orders.get(day)
        ]


def due(fault: Fault, window: Window | None) -> int:
    """By when its visit should have ended: of a promise, so that there is slack before the end of its window."""
    return fault.due if window is None else window.latest - SLACK_S + fault.service_s


def untimed(shift: int, jobs: Iterable[int]) -> Route:
    """An order of jobs as a route, whose times nobody has worked out."""
    stops = [Planned(job=number, arrival=0, start=0, end=0, travel_s=0, distance_m=0) for number in jobs]
    return Route(shift=shift, leave=0, back=0, stops=tuple(stops))
