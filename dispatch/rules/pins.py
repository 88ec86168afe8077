"""Pins: where the hand has put a visit, it stays. With its technician; and at its time, where one was named.

A pin that cannot be kept bends rather than spoils the round it is in: its time first, which then is as early as can be; the shift
lasts as long as what was put into it. What that comes to is shown to whoever pinned it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import Visit
from db.states import VisitState
from dispatch.rules.running import Clock
from optimizer.problem import Shift

ABOUT = timedelta(minutes=15)
"""A visit pinned to a time begins then or so much later: a round has to breathe."""
NEVER_S = 1 << 40


class Pin(msgspec.Struct, frozen=True):
    """What becomes of a visit's pin. `start_at` None: any time with that technician."""

    pinned: bool
    start_at: datetime | None = None


LIFTED = Pin(pinned=False)


def with_pin(visit: Visit, pin: Pin) -> Visit:
    return msgspec.structs.replace(visit, pinned=pin.pinned, pinned_start_at=pin.start_at)


def held(visit: Visit | None) -> bool:
    """Still to begin, and where a person put it."""
    return visit is not None and visit.pinned and visit.state in (VisitState.PUBLISHED, VisitState.DRAFT)


def window_of(
    visit: Visit | None, promise: tuple[int, int] | None, clock: Clock, *, bent: bool
) -> tuple[int, int] | None:
    """Bounds of the start: of the pin and the promise where both can be kept, of the pin where not. `bent`: of the pin only that it
    does not begin sooner, and that as far as the promise allows."""
    if visit is None or not held(visit) or visit.pinned_start_at is None:
        return promise
    start_s = clock.seconds(visit.pinned_start_at)
    low, high = (0, NEVER_S) if promise is None else promise
    if bent:
        return (max(start_s, low), high) if start_s <= high else promise
    last_s = start_s + int(ABOUT.total_seconds())
    both = max(start_s, low), min(last_s, high)
    return both if both[0] <= both[1] else (start_s, last_s)


class ByHand(msgspec.Struct, frozen=True):
    """What persons pinned on some days: by job, whose time can be kept, and by how much a technician (by index) is to stay longer."""

    pins: Mapping[UUID, Visit]
    kept: frozenset[UUID]
    over_s: Mapping[int, int]


def by_hand(
    pinned: Sequence[tuple[Visit, int, int]],
    shifts: Sequence[Shift],
    travel_s: Callable[[int, int], int],
    clock: Clock,
) -> ByHand:
    """`pinned`: visits with the index of their shift and their place. A time can be kept when it could, were there nothing
    else to do."""
    over_s: dict[int, int] = {}
    stands = {index: (shifts[index].start, shifts[index].start_place) for _, index, _ in pinned}
    kept: set[UUID] = set()
    for visit, index, place in sorted(
        pinned, key=lambda one: one[0].pinned_start_at or one[0].planned_start_at
    ):
        shift = shifts[index]
        end_s = clock.seconds(visit.planned_end_at)
        if visit.pinned_start_at is not None:
            wanted_s, (free_s, here) = clock.seconds(visit.pinned_start_at), stands[index]
            start_s = max(free_s + travel_s(here, place), wanted_s)
            if start_s <= wanted_s + ABOUT.total_seconds():
                kept.add(visit.job_id)
            end_s = start_s + int((visit.planned_end_at - visit.planned_start_at).total_seconds())
            stands[index] = end_s, place
        over = end_s + travel_s(place, shift.end_place) - shift.end
        over_s[shift.technician] = max(over_s.get(shift.technician, 0), over)
    return ByHand({visit.job_id: visit for visit, _, _ in pinned}, frozenset(kept), over_s)


def pinned_of(visits: Sequence[Visit], drafts: Sequence[Visit]) -> Mapping[UUID, Visit]:
    """By job: what is pinned and still to begin. A draft's pin counts where nothing of its job is out."""
    return {visit.job_id: visit for visit in [*drafts, *visits] if held(visit)}
