"""Technician-days with other stops than before: what becomes of the visits, the jobs and the frames of the rounds.

Booking, emergencies, absences and going back to an earlier version are all this: rows after, as against rows before.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.records import Area, Job, PlannedRoute, RouteStop, Visit
from db.states import VisitEnd, VisitState
from dispatch.rules.pins import Pin, with_pin
from dispatch.rules.rounds import Published, changes_of, moves_of, sent_out, shown_up_to, taken_back
from dispatch.rules.running import Day, day_of
from dispatch.rules.standing import FOREVER_S, Facts, Stood, at, stand, thawed, unix
from dispatch.rules.versions import SAME_S
from optimizer.rounds import Row, Times
from optimizer.standing import Standing


class After(msgspec.Struct, frozen=True):
    """A technician-day, and the row that it is to have."""

    stood: Stood
    row: Row
    times: Times

    @property
    def day(self) -> Day:
        return day_of(self.stood.facts.day)

    @property
    def jobs(self) -> list[UUID]:
        """In the order of the stops, whose keys they are; without visits of others at which the technician helps."""
        return [stop.key for stop in self.row.stops if stop.key not in self.stood.joined]


def steady(after: After, now: datetime) -> After:
    """The technician-day, where taking something out would make others late: the next at the same place then pays for the setup.
    Before the day begins they keep the times they were promised by, and the next plan looks for a better way."""
    stood, times = after.stood, after.times
    known = {**stood.visits, **stood.joined}
    if (
        times.feasible
        or now >= stood.facts.day.shift_start_at
        or any(stop.key not in known for stop in after.row.stops)
    ):
        return after
    return msgspec.structs.replace(after, times=as_planned(stood, after.row, times))


def as_planned(stood: Stood, row: Row, times: Times) -> Times:
    """When the stops of the row were to be served, on its ways. All have a visit."""
    if not row.stops:
        return times
    known = {**stood.visits, **stood.joined}
    visits = [known[stop.key] for stop in row.stops]
    frame = stood.facts.round
    rest_end = None if frame is None or frame.break_end_at is None else unix(frame.break_end_at)
    arrivals = tuple(unix(visit.planned_arrival_at) for visit in visits)
    ends = tuple(unix(visit.planned_end_at) for visit in visits)
    return times._replace(
        leave=arrivals[0] - times.travel_s[0],
        back=max(ends[-1], rest_end or 0) + times.travel_s[-1],
        arrivals=arrivals,
        starts=tuple(unix(visit.planned_start_at) for visit in visits),
        ends=ends,
    )


def is_later(after: After) -> bool:
    """Or earlier: some visit of the round would begin at another time than it was to."""
    return any(
        abs((stop.start_at - visit.planned_start_at).total_seconds()) >= SAME_S
        for stop in stops_of(after)
        if (visit := after.stood.visits.get(stop.job_id)) is not None
    )


def bent(row: Row, times: Times) -> Row:
    """The row in the bounds that its soft times need, so that they are exact ones."""
    if times.feasible:
        return row
    stops = tuple(
        stop
        if stop.window is None or start <= stop.window[1]
        else stop._replace(window=(stop.window[0], FOREVER_S))
        for stop, start in zip(row.stops, times.starts, strict=True)
    )
    return row._replace(stops=stops, limit=max(row.limit, times.back), waived=True)


def retimed(standing: Standing, area: Area, facts: Facts, now: datetime) -> After:
    """What is left of a round that runs late: in its order, each as soon as it can be, also where that breaks a promise, and also
    what was about to begin."""
    out = [visit for visit in facts.visits if visit.state is not VisitState.DRAFT]
    stood = stand(standing, thawed(area), msgspec.structs.replace(facts, visits=out), now)
    row = bent(stood.row, standing.times_of(stood.row, soft=True)) if stood.row.stops else stood.row
    return After(stood, row, standing.times_of(row))


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a rewriting depends on beside the rows."""

    area: Area
    jobs: Mapping[UUID, Job]
    """Locked, of all stops that come or go."""
    present: Mapping[UUID, Visit]
    """The live visit, or else the draft, of those that have one."""
    plans: Mapping[date, tuple[UUID | None, bool]]
    """By day: the plan a visit there belongs to, and whether it is published."""
    new_id: Callable[[], UUID]
    now: datetime
    pins: Mapping[UUID, Pin] = msgspec.field(default_factory=dict[UUID, Pin])
    """By job: what the hand does to its pin. A visit that goes elsewhere otherwise has none there."""
    moving: frozenset[UUID] = frozenset()
    """Jobs for whose sake rows are rewritten."""


def stops_of(after: After) -> list[RouteStop]:
    times = after.times
    return [
        RouteStop(
            job_id=job_id,
            arrival_at=at(times.arrivals[index]),
            start_at=at(times.starts[index]),
            end_at=at(times.ends[index]),
            travel_seconds=times.travel_s[index],
            distance_m=times.distance_m[index],
        )
        for index, job_id in enumerate(stop.key for stop in after.row.stops)
        if job_id not in after.stood.joined
    ]


def route_of(after: After) -> PlannedRoute:
    home, technician_id, on_day = after.day
    times = after.times
    return PlannedRoute(
        technician_area_id=home,
        technician_id=technician_id,
        on_day=on_day,
        leave_at=at(times.leave),
        back_at=at(times.back),
        break_start_at=None if times.rest_start is None else at(times.rest_start),
        break_end_at=None if times.rest_end is None else at(times.rest_end),
        travel_seconds=sum(times.travel_s),
        distance_m=sum(times.distance_m),
        stops=stops_of(after),
    )


def rewrite(rows: Sequence[After], leaving: Sequence[UUID], context: Context) -> Published:
    """`leaving`: jobs that lose their visit and get no other. Visits are retimed, moved, made and taken back."""
    cancelled: list[Visit] = []
    dropped: list[Visit] = []
    retimed: list[Visit] = []
    made: list[Visit] = []
    for after in rows:
        for index, stop in enumerate(stops_of(after)):
            sequence = after.stood.begun.start.sequence + index + 1
            present = context.present.get(stop.job_id) or after.stood.visits.get(stop.job_id)
            stays = present is not None and day_of(present) == after.day
            if present is not None and stays and not _goes_out(present, context):
                changed = _pinned(timed(present, stop, sequence), context)
                if changed != present:
                    retimed.append(changed)
                continue
            if present is not None:
                (dropped if present.state is VisitState.DRAFT else cancelled).append(present)
            made.append(_pinned(_made(after.day, stop, sequence, present, context), context))
    for job_id in leaving:
        if (present := context.present.get(job_id)) is not None:
            (dropped if present.state is VisitState.DRAFT else cancelled).append(present)
    moved = {visit.job_id for visit in made}
    return changes_of(
        cancelled=[
            taken_back(
                visit, VisitEnd.REASSIGNED if visit.job_id in moved else VisitEnd.WITHDRAWN, context.now
            )
            for visit in cancelled
        ],
        retimed=retimed,
        made=made,
        dropped=dropped,
        jobs=context.jobs,
    )


def _goes_out(visit: Visit, context: Context) -> bool:
    """A draft that a plan has put where somebody sends the job now."""
    _, published = context.plans[visit.on_day]
    return visit.state is VisitState.DRAFT and published and visit.job_id in context.moving


def _pinned(visit: Visit, context: Context) -> Visit:
    """Of the version that pins it, so that going back from that one lifts it."""
    pin = context.pins.get(visit.job_id)
    if pin is None:
        return visit
    return with_pin(msgspec.structs.replace(visit, plan_id=context.plans[visit.on_day][0]), pin)


def timed(visit: Visit, stop: RouteStop, sequence: int) -> Visit:
    return msgspec.structs.replace(
        visit,
        sequence=sequence,
        planned_arrival_at=stop.arrival_at,
        planned_start_at=stop.start_at,
        planned_end_at=stop.end_at,
        travel_duration=timedelta(seconds=stop.travel_seconds),
        distance_m=stop.distance_m,
        moves=moves_of(visit, stop.start_at),
    )


def _made(day: Day, stop: RouteStop, sequence: int, present: Visit | None, context: Context) -> Visit:
    home, technician_id, on_day = day
    plan_id, published = context.plans[on_day]
    draft = Visit(
        area_id=context.area.area_id,
        visit_id=context.new_id(),
        job_id=stop.job_id,
        technician_area_id=home,
        technician_id=technician_id,
        on_day=on_day,
        state=VisitState.DRAFT,
        end_reason=VisitEnd.NONE,
        sequence=sequence,
        planned_arrival_at=stop.arrival_at,
        planned_start_at=stop.start_at,
        planned_end_at=stop.end_at,
        travel_duration=timedelta(seconds=stop.travel_seconds),
        distance_m=stop.distance_m,
        replaces_visit_id=None,
        plan_id=plan_id,
        pinned=False,
        assigned_at=None,
        shown_at=None,
        hidden_at=None,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=None,
    )
    kept = present is not None and present.state is not VisitState.DRAFT
    if not published and not (kept and present is not None and present.on_day == on_day):
        return draft
    return msgspec.structs.replace(
        sent_out(draft, shown_up_to(context.area, context.now), context.now),
        replaces_visit_id=present.visit_id if kept and present is not None else None,
    )
