"""Two jobs that start at the same instant with two technicians: when they could, and where that costs least.

The instants tried are those at which one of the two could come, wherever he is put and wherever his break lies, moved to the next
at which both may start; and those published. With up to `INSTANTS` of them every way to meet is found, and of two given
places the earliest start; of more, as many are tried, evenly spread.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import cached_property
from typing import Final, NamedTuple

from optimizer.draft import Draft
from optimizer.ground import ANY_TIME, Windows, earliest_in
from optimizer.insertion import Insertion, cheapest_at, cheapest_in, orders
from optimizer.schedule import starts_at

INSTANTS: Final = 150


class Meeting(NamedTuple):
    """Where both go. `cost` is what the routes then cost more."""

    cost: float
    one: Insertion
    other: Insertion


class Meetings:
    """All ways in which a job without a place and the one it goes with could be inserted, the job itself into `shifts` (default:
    any). The draft stays as it is meanwhile."""

    def __init__(self, draft: Draft, job: int, shifts: Collection[int] | None = None) -> None:
        ground, partner = draft.ground, draft.ground.partner[job]
        assert partner is not None, "asked of jobs that go with another"
        self.draft, self.job, self.partner = draft, job, partner
        self._shifts = {
            job: [shift for shift in ground.candidates[job] if shifts is None or shift in shifts],
            partner: ground.candidates[partner],
        }

    @cached_property
    def _soonest(self) -> dict[int, list[int]]:
        """When each of the two could start at the earliest, windows, stock and the end of the shift aside."""
        found: dict[int, list[int]] = {}
        for who in (self.job, self.partner):
            moments: set[int] = set()
            windows = {**self.draft.fixed, who: ANY_TIME}
            for shift in self._shifts[who]:
                for position, row in orders(self.draft, who, shift, stocked=False):
                    moments |= {*starts_at(self.draft.ground, shift, row, position, windows)}
            found[who] = sorted(moments)
        return found

    def _both_open(self, moment: int, windows: tuple[Windows, Windows]) -> int:
        """The first instant from then on at which both may start; -1 if there is none."""
        before = -1
        while moment != before and moment >= 0:
            before = moment
            for allowed in windows:
                moment = earliest_in(allowed, moment) if moment >= 0 else -1
        return moment

    def _instants(self, windows: tuple[Windows, Windows]) -> list[int]:
        ground = self.draft.ground
        moments = {moment for each in self._soonest.values() for moment in each}
        moments |= {ground.published[who] for who in (self.job, self.partner) if ground.moved[who]}
        found = sorted({self._both_open(moment, windows) for moment in moments} - {-1})
        step = max(1.0, (len(found) - 1) / max(1, INSTANTS - 1))
        return [found[round(k * step)] for k in range(len(found)) if round(k * step) < len(found)]

    @cached_property
    def _own(self) -> tuple[Windows, Windows]:
        return self.draft.ground.windows[self.job], self.draft.ground.windows[self.partner]

    @cached_property
    def _places(self) -> list[tuple[list[Insertion], list[Insertion]]]:
        """For each instant at which both can come the places of either, the cheapest first."""
        found: list[tuple[list[Insertion], list[Insertion]]] = []
        for at in self._instants(self._own):
            ones = self._at(self.job, at)
            others = self._at(self.partner, at) if ones else []
            if others:
                found.append((ones, others))
        return found

    def _at(self, who: int, instant: int) -> list[Insertion]:
        exactly = ((instant, instant),)
        found = [cheapest_at(self.draft, who, shift, exactly) for shift in self._shifts[who]]
        return sorted((one for one in found if one is not None), key=lambda one: one.cost)

    def best(self, shifts: Collection[int] | None = None, below: float = math.inf) -> Meeting | None:
        """The cheapest, if it costs less than `below`; `shifts`: those in which the job itself may be."""
        best: Meeting | None = None
        technician = self.draft.ground.technician
        for ones, others in self._places:
            for one in ones:
                if shifts is not None and one.shift not in shifts:
                    continue
                for other in others:
                    if one.cost + other.cost >= below:
                        break
                    if technician[one.shift] != technician[other.shift]:
                        below = one.cost + other.cost
                        best = Meeting(below, one, other)
                        break
        return best

    @cached_property
    def _technicians(self) -> dict[int, set[int]]:
        """With whom the partner could be at each instant that suits him, whatever the job's own windows."""
        ground = self.draft.ground
        found: dict[int, set[int]] = {}
        for at in self._instants((ANY_TIME, self._own[1])):
            found[at] = {ground.technician[place.shift] for place in self._at(self.partner, at)}
        return found

    def open_to(self, technician: int) -> Windows:
        """Instants at which the partner could come, and not with this technician."""
        return tuple((at, at) for at, whom in self._technicians.items() if whom - {technician})


def pair_cost(draft: Draft, job: int) -> float:
    """What leaving the job out costs, and with it the one it goes with."""
    partner = draft.ground.partner[job]
    return draft.ground.left_out[job] + (0.0 if partner is None else draft.ground.left_out[partner])


def place(draft: Draft, insertion: Insertion) -> None:
    """Make the insertion."""
    draft.put(insertion.shift, list(insertion.row))


def place_both(draft: Draft, meeting: Meeting) -> None:
    """Make both insertions: from now on the two start together."""
    draft.meet(meeting.one.job, meeting.other.job, meeting.one.start)
    place(draft, meeting.one)
    place(draft, meeting.other)


def placed(draft: Draft, job: int, below: float | None = None) -> bool:
    """Put the job, and whom it goes with, where that is cheapest, if that costs less than `below` (leaving out what has no place)."""
    below = pair_cost(draft, job) if below is None else below
    if draft.ground.partner[job] is None or job in draft.fixed:
        found = cheapest_in(draft, job, below=below)
        if found is not None:
            place(draft, found)
        return found is not None
    meeting = Meetings(draft, job).best(below=below)
    if meeting is not None:
        place_both(draft, meeting)
    return meeting is not None
