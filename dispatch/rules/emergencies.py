"""Ways to serve an emergency, with what each does to others; kept until one is accepted."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.states import AppointmentState
from dispatch.rules.prices import PRIZE_HOURS
from dispatch.rules.running import Day
from dispatch.rules.standing import Stood, at
from optimizer import displace

DAY_S = 86_400


class DayStops(msgspec.Struct, frozen=True, kw_only=True):
    """A technician-day: which jobs it had that may be moved, and in which order it is to have which."""

    technician_area_id: UUID
    technician_id: UUID
    on_day: date
    before: list[UUID]
    after: list[UUID]

    @property
    def day(self) -> Day:
        return self.technician_area_id, self.technician_id, self.on_day


class MovedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that makes room; no new technician where a later plan has to find one."""

    job_id: UUID
    from_technician_id: UUID
    to_technician_id: UUID | None
    to_day: date | None
    start_at: datetime | None


class LaterVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that stays with its technician, so many seconds later (negative: earlier)."""

    job_id: UUID
    technician_id: UUID
    seconds: int
    promised: bool


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One way. `cost`: what the plan costs more, in seconds of travel, the outage counted from now."""

    option: int
    technician_id: UUID
    on_day: date
    arrival_at: datetime
    start_at: datetime
    end_at: datetime
    cost: int
    moved: list[MovedVisit]
    later: list[LaterVisit]
    days: list[DayStops]


def option_of(number: int, found: displace.Proposal, rows: Mapping[Day, Stood]) -> Option:
    """In the words of the domain. Changes of less than a minute are nobody's business."""
    key: Day = found.key
    return Option(
        option=number,
        technician_id=key[1],
        on_day=key[2],
        arrival_at=at(found.arrival),
        start_at=at(found.start),
        end_at=at(found.end),
        cost=round(found.cost),
        moved=[
            MovedVisit(
                job_id=moved.stop,
                from_technician_id=moved.row[1],
                to_technician_id=None if moved.to is None else moved.to[1],
                to_day=None if moved.to is None else moved.to[2],
                start_at=None if moved.start is None else at(moved.start),
            )
            for moved in found.moved
        ],
        later=[
            LaterVisit(
                job_id=later.stop,
                technician_id=later.row[1],
                seconds=later.seconds,
                promised=_promised(rows[later.row], later.stop),
            )
            for later in found.later
            if abs(later.seconds) >= 60
        ],
        days=[stops_after(rows[day], [stop.key for stop in row.stops]) for day, row in found.rows.items()],
    )


def stops_after(stood: Stood, after: Sequence[UUID]) -> DayStops:
    day = stood.facts.day
    return DayStops(
        technician_area_id=day.area_id,
        technician_id=day.technician_id,
        on_day=day.on_day,
        before=[*stood.visits, *stood.joined],
        after=list(after),
    )


def _promised(stood: Stood, job_id: UUID) -> bool:
    """A pin bounds a stop as well, but nobody was told."""
    appointments = stood.facts.appointments.get(job_id, ())
    return any(row.state is AppointmentState.CONFIRMED for row in appointments)


def movable(rows: Mapping[Day, Stood]) -> dict[Day, list[UUID]]:
    """What may give way: nobody was promised anything, nobody has pinned it."""
    return {
        day: [
            stop.key for stop in stood.row.stops if stop.window is None and not stood.visits[stop.key].pinned
        ]
        for day, stood in rows.items()
    }


def left_out(rows: Mapping[Day, Stood]) -> dict[UUID, float]:
    """What leaving each of these jobs without a place until a later plan costs: its prize, and a day of its outage."""
    return {
        stop.key: PRIZE_HOURS[stood.facts.jobs[stop.key].priority] * 3600 + (stop.outage + stop.late) * DAY_S
        for stood in rows.values()
        for stop in stood.row.stops
        if stop.key in stood.visits
    }
