"""What each stop costs where it stands, and where it would go next best: exact, by taking it out and pricing both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from optimizer.cost import cost_of
from optimizer.draft import Draft
from optimizer.explain.answers import Instead, Reason
from optimizer.explain.blocks import block
from optimizer.ground import Ground
from optimizer.insertion import Insertion, cheapest_in
from optimizer.problem import Problem
from optimizer.result import Block, Cost, Route, Stop
from optimizer.schedule import route

FIELDS: Final = Cost.__struct_fields__


def reasons(problem: Problem, routes: Sequence[Route]) -> tuple[Reason, ...]:
    """The reasons of every stop of these routes, in their order; one second for 500 stops of 60 technicians.

    Stops that no longer fit in their order have none. Raises `BadProblem`.
    """
    asked = Asked(Draft.of(Ground(problem), routes))
    return tuple(asked.reason(stop) for stops in asked.stops for stop in stops)


class Asked:
    """A draft that is asked about its stops, and is afterwards as it was."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.price = draft.price()
        self.stops = [_timed(draft, shift) for shift in range(len(draft.rows))]
        self.costs = [self._cost(technician) for technician in range(len(draft.load))]
        self._near = Near(draft)

    def _cost(self, technician: int) -> Cost:
        """Of all shifts of one technician; the unfairness of all others is in it, too, as it is."""
        draft = self.draft
        mine = [shift for shift in draft.ground.shifts_of[technician] if draft.rows[shift]]
        return cost_of(
            draft.ground.problem,
            [route(draft.ground, shift, draft.rows[shift], draft.times[shift]) for shift in mine],
            (),
        )

    def reason(self, stop: Stop) -> Reason:
        """Of one stop, as `_timed` has it."""
        draft, job = self.draft, stop.job
        shift, partner = draft.shift_of[job], draft.ground.partner[job]
        row, times = draft.rows[shift], draft.times[shift]
        shorter = draft.without(job)
        without = draft.timing(shift, shorter) if shorter is not None else None
        if shorter is None or without is None:
            # a detour can be shorter than the direct way, nobody sets out for a depot: no plan without it to compare with
            return self._reason(stop, shift, self._own(stop, shift), None, {})
        draft.put(shift, shorter, without)
        try:
            cost = self._spared(shift)
            gain = self.price - (draft.price() - draft.ground.left_out[job])
            found = self._elsewhere(job, shift)
            instead = (
                None
                if found is None
                else Instead(shift=found.shift, start=found.start, cost=round(found.cost - gain))
            )
            blocks = self._blocks(job, shift) if found is None else {}
        finally:
            draft.put(shift, row, times)
        if partner is not None:
            cost = plus(cost, self._of_partner(partner))
        return self._reason(stop, shift, cost, instead, blocks)

    def _spared(self, shift: int) -> Cost:
        """What the technician of the shift costs less now than in the plan."""
        technician = self.draft.ground.technician[shift]
        return minus(self.costs[technician], self._cost(technician))

    def _of_partner(self, job: int) -> Cost:
        """What the other of two costs: nobody comes alone, so neither would do without the other."""
        draft, shift = self.draft, self.draft.shift_of[job]
        row, times = draft.rows[shift], draft.times[shift]
        shorter = draft.without(job)
        without = draft.timing(shift, shorter) if shorter is not None else None
        if shorter is None or without is None:
            (stop,) = [stop for stop in self.stops[shift] if stop.job == job]
            return self._own(stop, shift)
        draft.put(shift, shorter, without)
        cost = self._spared(shift)
        draft.put(shift, row, times)
        return cost

    def _reason(
        self, stop: Stop, shift: int, cost: Cost, instead: Instead | None, blocks: dict[Block, int]
    ) -> Reason:
        ground, job = self.draft.ground, stop.job
        both = [one for one in (job, ground.partner[job]) if one is not None]
        never = any(ground.problem.jobs[one].mandatory or ground.frozen[one] for one in both)
        return Reason(
            job=job,
            shift=shift,
            start=stop.start,
            cost=cost,
            own=self._own(stop, shift),
            left_out=None if never else round(sum(ground.left_out[one] for one in both)),
            instead=instead,
            blocks=blocks,
        )

    def _own(self, stop: Stop, shift: int) -> Cost:
        ground, job = self.draft.ground, stop.job
        churn = ground.in_shift(job, shift) + ground.moved[job] * abs(stop.start - ground.published[job])
        return Cost(
            outage=round(ground.outage[job] * stop.end),
            lateness=round(ground.late[job] * max(0, stop.end - ground.due[job])),
            travel=round(stop.travel_s * ground.per_second),
            distance=round(stop.distance_m * ground.per_metre),
            churn=round(churn),
        )

    def _elsewhere(self, job: int, shift: int) -> Insertion | None:
        """The cheapest place in any other shift. Whoever comes with a partner has to come when that one does."""
        ground = self.draft.ground
        if ground.frozen[job]:
            return None
        able = set(ground.candidates[job]) - {shift} - self._beside_partner(job)
        return cheapest_in(self.draft, job, [near for near in self._near.to(job) if near in able])

    def _beside_partner(self, job: int) -> set[int]:
        """The shifts of whoever has its partner."""
        ground, partner = self.draft.ground, self.draft.ground.problem.jobs[job].partner
        if partner is None or self.draft.shift_of[partner] < 0:
            return set()
        return set(ground.shifts_of[ground.technician[self.draft.shift_of[partner]]])

    def _blocks(self, job: int, shift: int) -> dict[Block, int]:
        """What blocks it in each other shift, while it stands nowhere."""
        if self.draft.ground.frozen[job]:
            return {}
        counts: dict[Block, int] = {}
        beside = self._beside_partner(job)
        for other in range(len(self.draft.rows)):
            found = None if other == shift else block(self.draft, job, other, may_fit=False)
            if found is not None:
                found = Block.PARTNER if other in beside else found
                counts[found] = counts.get(found, 0) + 1
        return counts


class Near:
    """Shifts in the order of how close they pass by a job: with the best found early, most others need no look."""

    def __init__(self, draft: Draft) -> None:
        ground = draft.ground
        self._place = ground.place
        rows = [
            [ground.home[shift], *(ground.place[job] for job in row)] for shift, row in enumerate(draft.rows)
        ]
        self._places = np.array([place for row in rows for place in row], np.int64)
        self._firsts = np.cumsum([0, *(len(row) for row in rows[:-1])]) if rows else np.zeros(0, np.int64)
        travel = ground.problem.travel_s()
        self._ways = travel.astype(np.int64) + travel.T

    def to(self, job: int) -> list[int]:
        """All shifts, the closest first; for stops moved since it was made only roughly."""
        least = np.minimum.reduceat(self._ways[self._place[job]][self._places], self._firsts)
        return np.argsort(least, kind="stable").tolist()


def _timed(draft: Draft, shift: int) -> tuple[Stop, ...]:
    row = draft.rows[shift]
    return route(draft.ground, shift, row, draft.times[shift]).stops if row else ()


def plus(one: Cost, other: Cost) -> Cost:
    """Part by part."""
    return Cost(**{field: getattr(one, field) + getattr(other, field) for field in FIELDS})


def minus(one: Cost, other: Cost) -> Cost:
    """Part by part. Each was rounded once: a part may be off by one."""
    return Cost(**{field: getattr(one, field) - getattr(other, field) for field in FIELDS})
