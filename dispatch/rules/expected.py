"""What is to be expected of a running day: actual times in the place of planned ones, and what they do to promises.

Drafts are left out: nobody has been sent to them. Instants are true as of `now` and no longer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from db.records import Appointment, Area, Visit
from db.states import STARTED_VISIT, AppointmentState, VisitState
from dispatch.rules.running import Expected, day_of
from dispatch.rules.standing import Facts, Stood, at, stand
from optimizer.standing import Standing

LATE_AFTER = timedelta(minutes=30)
"""A technician is late when the visit that is under way or next is expected to start so much after its planned start."""


class Risk(StrEnum):
    """Of a promise that can still be kept or broken."""

    NONE = "none"
    TIGHT = "tight"
    LATE = "late"


class Trouble(StrEnum):
    """What is wrong with a technician under way. Late: what threatens goes to others. Silent: all that nobody has set out for."""

    LATE = "late"
    SILENT = "silent"


class ExpectedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A live visit with the times it will have, or has. `risk` None: nothing is promised, or it is decided already."""

    visit: Visit
    arrival_at: datetime
    start_at: datetime
    end_at: datetime
    promise: Appointment | None
    risk: Risk | None


class ExpectedDay(msgspec.Struct, frozen=True, kw_only=True):
    """One technician-day. `late` and `silent`: the visit that says so."""

    stood: Stood
    visits: Sequence[ExpectedVisit]
    """Live ones, in the order in which they will be served."""
    joined: Sequence[ExpectedVisit]
    """Those of others at which this technician helps: nothing is promised in that one's name."""
    late: ExpectedVisit | None
    silent: ExpectedVisit | None

    @property
    def technician_id(self) -> UUID:
        return self.stood.facts.day.technician_id


def expect(
    standing: Standing, area: Area, facts: Facts, heard_at: datetime | None, now: datetime
) -> ExpectedDay:
    """`heard_at`: when any phone of the technician was last in touch. Places are made known to `standing`."""
    out = [visit for visit in facts.visits if visit.state is not VisitState.DRAFT]
    stood = stand(standing, area, msgspec.structs.replace(facts, visits=out), now)
    mine = day_of(facts.day)
    every = [
        *(_begun(item, area, facts, now) for item in stood.begun.expected),
        *_to_come(standing, stood, area),
    ]
    visits = [item for item in every if day_of(item.visit) == mine]
    return ExpectedDay(
        stood=stood,
        visits=visits,
        joined=[item for item in every if day_of(item.visit) != mine],
        late=_late(visits),
        silent=_silent(visits, area, heard_at, now),
    )


def _begun(item: Expected, area: Area, facts: Facts, now: datetime) -> ExpectedVisit:
    """Of what is folded into the beginning of the rest: begun, or about to be."""
    visit = item.visit
    if visit.working_at is not None:
        start_at = visit.working_at
    elif visit.arrived_at is not None:
        start_at = max(now, visit.planned_start_at)
    else:
        start_at = max(item.arrival_at, visit.planned_start_at)
    return _expected(visit, item.arrival_at, start_at, item.end_at, area, facts)


def _to_come(standing: Standing, stood: Stood, area: Area) -> list[ExpectedVisit]:
    """Of the rest: as soon as it can be in the order it has, also where that breaks a promise."""
    if not stood.row.stops:
        return []
    times = standing.times_of(stood.row, soft=True)
    return [
        _expected(
            stood.visits.get(stop.key) or stood.joined[stop.key],
            at(times.arrivals[index]),
            at(times.starts[index]),
            at(times.ends[index]),
            area,
            stood.facts,
        )
        for index, stop in enumerate(stood.row.stops)
    ]


def _expected(
    visit: Visit, arrival_at: datetime, start_at: datetime, end_at: datetime, area: Area, facts: Facts
) -> ExpectedVisit:
    promised = facts.appointments.get(visit.job_id, ()) if day_of(visit) == day_of(facts.day) else ()
    promise = promise_of(promised)
    return ExpectedVisit(
        visit=visit,
        arrival_at=arrival_at,
        start_at=start_at,
        end_at=end_at,
        promise=promise,
        risk=None if promise is None else risk_of(promise, arrival_at, area),
    )


def promise_of(appointments: Sequence[Appointment]) -> Appointment | None:
    """The promise that is neither kept nor missed yet."""
    return next((row for row in appointments if row.state is AppointmentState.CONFIRMED), None)


def risk_of(promise: Appointment, arrival_at: datetime, area: Area) -> Risk:
    """A promise is kept by arriving within its window."""
    spare = promise.latest_at - arrival_at
    if spare < timedelta(0):
        return Risk.LATE
    if spare < timedelta(minutes=area.settings.tight_minutes):
        return Risk.TIGHT
    return Risk.NONE


def _late(visits: Sequence[ExpectedVisit]) -> ExpectedVisit | None:
    """The visit under way, or else the next one, if it starts too late; work that has begun is not late any more."""
    current = next((item for item in visits if item.visit.working_at is None), None)
    if current is None or current.start_at - current.visit.planned_start_at <= LATE_AFTER:
        return None
    return current


def _silent(
    visits: Sequence[ExpectedVisit], area: Area, heard_at: datetime | None, now: datetime
) -> ExpectedVisit | None:
    """The visit of which the phone should have said something long ago, that it began or that it ended, while nothing at
    all was heard since."""
    silent_for = timedelta(minutes=area.settings.silent_minutes)
    for item in visits:
        visit = item.visit
        due_at = visit.planned_end_at if visit.state in STARTED_VISIT else visit.planned_start_at
        said = (visit.on_my_way_at, visit.arrived_at, visit.working_at, heard_at)
        if now - max([due_at, *(told for told in said if told is not None)]) > silent_for:
            return item
    return None
