"""Dispatching as line3 does it: promises priced among the rounds, emergencies into the running day at once, plans by the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from optimizer.displace import propose
from optimizer.problem import Weights, Window
from optimizer.simulate.policy import Go, Rest, Sight, Step, Wait
from optimizer.simulate.rounds import PLAN_DAYS, PRIZE_S, SLACK_S, Day, Rounds
from optimizer.simulate.stream import DAY_S, HOUR, MINUTE, Fault, fitted_speed
from optimizer.simulate.world import AHEAD_DAYS
from optimizer.solve import solve

OUT_AT: Final = 6 * HOUR
"""When the rounds of the day go out."""
EVERY_S: Final = HOUR
"""So often a running day is planned anew,"""
SOONEST_S: Final = 10 * MINUTE
"""and at once, but no oftener than this, when a promise is at risk or somebody has nothing to do; after an emergency always."""
WEIGHTS: Final = Weights(unfairness=50.0)
"""An area's own price for an even load: who has the rare skills should not be busier than others when an emergency comes."""
MOVED_S: Final = 30 * MINUTE
OFFERS: Final = 6
A_DAY: Final = 2
"""Windows offered: the cheapest, and of one day at most so many."""
EARLY_S: Final = 5 * MINUTE
"""So long before a window technicians are at the door, as drives differ."""
MOST_MOVED: Final = 3


class Effort(NamedTuple):
    """What one plan may take."""

    seconds: float = 2.0
    iterations: int | None = None
    threads: int = 1
    seed: int = 0


class Ours:
    """line3. `replans`: whether running days are planned anew."""

    def __init__(self, sight: Sight, effort: Effort, replans: bool, weights: Weights = WEIGHTS) -> None:
        self.sight, self.effort, self.replans = sight, effort, replans
        self.rounds = Rounds(sight, weights, fitted_speed(sight.points, sight.expected))
        self.moves = self.plans = 0
        self.planned_at = -DAY_S
        self.emergency = False
        """Something came in for which a better plan is looked for at once."""
        self.pressing = False
        """The day should be planned anew as soon as may be."""
        self.idle: set[int] = set()
        self.risks: set[tuple[int, int]] = set()
        """Who had nothing to do, and which promises were at risk, even by the last plan: another would not help."""

    # Somebody reports a fault.

    def offers(self, fault: Fault, windows: Sequence[Window]) -> Sequence[Window]:
        """The soonest, and the cheapest, spread over days."""
        self.rounds.lost.discard(fault.number)
        days = self._stand(self.sight.today + AHEAD_DAYS - 1)
        asked = self.rounds.stop(fault)._replace(window=None)
        bounds = [(window.earliest, window.latest - SLACK_S) for window in windows]
        found = self.rounds.standing.price(asked, bounds, self.rounds.able(fault, days), most=1)
        priced = sorted(
            (offers[0].cost, window.earliest, window)
            for offers, window in zip(found, windows, strict=True)
            if offers
        )
        taken = [min(priced, key=lambda one: one[1])[2]] if priced else []
        for _, _, window in priced:
            of_day = sum(one.earliest // DAY_S == window.earliest // DAY_S for one in taken)
            if window not in taken and of_day < A_DAY:
                taken.append(window)
        return taken[:OFFERS]

    def reported(self, fault: Fault) -> None:
        """Everything has a place at once, where there is one."""
        before = self._expected()
        if fault.urgent:
            self._make_room(fault)
            self.emergency = True
        else:
            self._insert(fault)
        self._told(before)

    def _insert(self, fault: Fault) -> None:
        """Where it is cheapest. What nobody was promised goes into the days that are planned, or waits for a plan."""
        sight, window = self.sight, self.rounds.window(fault)
        last = sight.today + (PLAN_DAYS if window is None else AHEAD_DAYS) - 1
        days = self._stand(last)
        bounds = [(sight.now, (last + 1) * DAY_S)]
        if window is not None:
            bounds = [(window.earliest, window.latest - SLACK_S), (window.earliest, window.latest)]
        stop = self.rounds.stop(fault)
        for found in self.rounds.standing.price(stop, bounds, self.rounds.able(fault, days), most=1):
            if found:
                order = list(self.rounds.orders.get(found[0].key, ()))
                self.rounds.put(
                    found[0].key, [*order[: found[0].position], fault.number, *order[found[0].position :]]
                )
                return

    def _make_room(self, fault: Fault) -> None:
        """An emergency: what nobody was promised gives way to it."""
        rounds, sight = self.rounds, self.sight
        days = self._stand(sight.today + PLAN_DAYS - 1)
        able: dict[int, list[Day]] = {}
        loose: dict[Day, list[int]] = {}
        unplaced: dict[int, float] = {}
        for day in days:
            for number in rounds.orders.get(day, ()):
                other = sight.open[number]
                able[number] = rounds.able(other, days)
                if rounds.window(other) is None:
                    loose.setdefault(day, []).append(number)
                    stop = rounds.stop(other)
                    unplaced[number] = PRIZE_S[other.priority] + (stop.outage + stop.late) * DAY_S
        found = propose(
            rounds.standing,
            rounds.stop(fault),
            rounds.able(fault, days),
            sight.now,
            loose,
            lambda number: able[number],
            unplaced,
            most_moved=MOST_MOVED,
            most=1,
        )
        for proposal in found:
            for day, row in proposal.rows.items():
                rounds.put(day, [stop.key for stop in row.stops])
            for moved in proposal.moved:
                if moved.to is None:
                    self._insert(sight.open[moved.stop])

    # The days go on.

    def step(self, technician: int) -> Step:
        sight, rounds = self.sight, self.rounds
        day = technician, sight.today
        order = rounds.orders.get(day)
        rest = sight.crew[technician].rest
        due = not sight.has_rested(technician)
        if due and rest is not None and sight.now >= sight.midnight + rest.window.latest:
            return Rest()
        if order:
            self.idle.discard(technician)
        else:
            if due and rest is not None and sight.now >= sight.midnight + rest.window.earliest:
                return Rest()
            self.pressing = self.pressing or self._could_help(technician)
            self.idle.add(technician)
            return None
        rounds.standing.put(day, rounds.row(day))
        times = rounds.standing.times(day)
        fault = sight.open[order[0]]
        if times.rest_start is not None and times.rest_start < times.starts[0]:
            if times.rest_start <= sight.now:
                return Rest()
            if times.rest_start < times.leave:
                return Wait(times.rest_start)
        way = sight.drive_s(sight.places[technician], fault.place)
        window = rounds.window(fault)
        leaves = sight.now if window is None else window.earliest - way - EARLY_S
        if leaves > sight.now:
            return Wait(leaves)
        rounds.drop(fault.number)
        return Go(fault.number)

    def _could_help(self, technician: int) -> bool:
        """There is work that somebody else would do later."""
        worker = self.sight.crew[technician]
        left = self.sight.midnight + worker.end - self.sight.now
        return (
            left > HOUR
            and technician not in self.idle
            and any(
                worker.may(fault) and self.rounds.window(fault) is None for fault in self.sight.open.values()
            )
        )

    def wakes_at(self) -> int | None:
        sight = self.sight
        out_at = sight.midnight + OUT_AT
        if sight.now < out_at:
            return out_at
        if self.planned_at < out_at:
            return sight.now
        ends = max((sight.midnight + worker.end for worker in sight.crew), default=0)
        tomorrow = out_at + DAY_S
        if not self.replans or sight.now >= ends:
            return tomorrow
        pressing = self.pressing or not self._at_risk() <= self.risks
        gap_s = 0 if self.emergency else SOONEST_S if pressing else EVERY_S
        at = max(sight.now, self.planned_at + gap_s)
        return at if at < ends else tomorrow

    def _at_risk(self) -> set[tuple[int, int]]:
        """Promises of today that will be kept with too little to spare, as things stand, and in how many minutes, roughly."""
        found: set[tuple[int, int]] = set()
        for day in self.rounds.days(self.sight.today):
            row = self.rounds.row(day)
            starts = self.rounds.standing.times_of(row).starts
            for stop, start in zip(row.stops, starts, strict=True):
                if stop.window is not None and start > stop.window[1] - SLACK_S:
                    found.add((stop.key, (stop.window[1] - start) // SOONEST_S))
        return found

    def wake(self) -> None:
        due = self.wakes_at()
        if due is not None and due <= self.sight.now:
            before = self._expected()
            self._plan()
            self._told(before)
            self.risks = self._at_risk()

    def _plan(self) -> None:
        """The search, from the rounds as they are."""
        sight, rounds = self.sight, self.rounds
        self.planned_at, self.emergency, self.pressing = sight.now, False, False
        last = sight.today + PLAN_DAYS - 1
        days = rounds.days(last)
        faults = [fault for fault in sight.open.values() if self._belongs(fault, last)]
        if not days or not faults:
            return
        self.plans += 1
        result = solve(
            rounds.problem(days, faults),
            seconds=self.effort.seconds,
            seed=self.effort.seed + self.plans,
            warm=rounds.warm(days, faults),
            iterations=self.effort.iterations,
            threads=self.effort.threads,
        )
        orders = {
            days[route.shift]: [faults[stop.job].number for stop in route.stops] for route in result.routes
        }
        for day in days:
            rounds.put(day, orders.get(day, ()))
        for left in result.unassigned:
            fault = faults[left.job]
            if rounds.window(fault) is not None:
                rounds.lost.add(fault.number)
                self._insert(fault)

    def _belongs(self, fault: Fault, last: int) -> bool:
        """Not promised for a later day."""
        window = self.rounds.window(fault)
        return window is None or window.earliest < (last + 1) * DAY_S

    # What people were told.

    def _stand(self, last: int) -> list[Day]:
        """The rows up to a day, as they are at this instant."""
        days = self.rounds.days(last)
        self.rounds.stand(days)
        return days

    def _expected(self) -> Mapping[int, tuple[Day, int]]:
        """Where each visit of the day is, and when it begins, if the day is out."""
        found: dict[int, tuple[Day, int]] = {}
        if self.planned_at < self.sight.midnight + OUT_AT:
            return found
        days = self.rounds.days(self.sight.today)
        for day in days:
            row = self.rounds.row(day)
            times = self.rounds.standing.times_of(row)
            found.update(
                {stop.key: (day, start) for stop, start in zip(row.stops, times.starts, strict=True)}
            )
        return found

    def _told(self, before: Mapping[int, tuple[Day, int]]) -> None:
        """Count what was moved, and tell people."""
        after = self._expected()
        for number, (day, start) in before.items():
            now = after.get(number)
            self.moves += now is None or now[0] != day or abs(now[1] - start) > MOVED_S
        self.rounds.out = dict(after)
