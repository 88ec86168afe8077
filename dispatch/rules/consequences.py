"""What a change of the rounds would do before anybody makes it: who is later, which promises get tight, who drives more, and who is
to hear what.

Technicians are told that their round has changed, as their phones will say it. Subscribers whom somebody else
visits, or on another day, or nobody, are told what support would read out to them, if that is another sentence than today's; nobody
sends it by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import Appointment, Area, Job, Visit
from db.states import VisitEnd, VisitState
from dispatch.rules.emergencies import DayStops
from dispatch.rules.expected import promise_of
from dispatch.rules.rewriting import After, as_planned, stops_of
from dispatch.rules.rounds import shown_up_to
from dispatch.rules.running import PROMISED, Day, day_of
from dispatch.rules.standing import Facts, Stood, unix
from dispatch.rules.told_subscriber import Known, told
from dispatch.rules.told_technician import round_changed
from dispatch.rules.versions import SAME_S
from optimizer.rounds import Row, Stop, Times
from optimizer.standing import Standing


class Touched(msgspec.Struct, frozen=True):
    """A technician-day that would have another row, and how its row is timed now."""

    after: After
    before: Times


class Hearers(msgspec.Struct, frozen=True):
    """In which language: technicians, and subscribers by their jobs."""

    technicians: Mapping[UUID, str]
    subscribers: Mapping[UUID, str]


class Became(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that somebody cannot keep: to whom it goes, and when it begins there; None where nobody has room. `window`: what is
    promised; `was_at`: when it was to begin."""

    job_id: UUID
    number: str
    address: str
    window: tuple[datetime, datetime] | None
    technician_id: UUID
    was_at: datetime
    to: Day | None
    start_at: datetime | None


class Shifted(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that stays in its round and begins so many seconds later (negative: earlier)."""

    job_id: UUID
    technician_id: UUID
    start_at: datetime
    seconds: int
    promised: bool


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that would be kept with little to spare, or be broken (negative), and less than now."""

    job_id: UUID
    technician_id: UUID
    start_at: datetime
    latest_at: datetime
    spare_seconds: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """To a technician or, of a job, to its subscriber. `sent`: by itself; else somebody has to say it."""

    technician_id: UUID | None
    job_id: UUID | None
    language: str
    text: str
    sent: bool


class Consequences(msgspec.Struct, frozen=True, kw_only=True):
    driving_seconds: int
    """More than now; negative: less."""
    driving_m: int
    overtime_seconds: int
    shifted: list[Shifted]
    at_risk: list[AtRisk]
    messages: list[Message]


def touched_by(
    days: Sequence[DayStops],
    rows: Mapping[Day, Stood],
    standing: Standing,
    more: Sequence[Stop] = (),
    emptied: Collection[Day] = (),
) -> list[Touched]:
    """The technician-days with their new orders. `more`: stops that are in no row yet; `emptied`: days that lose all that has not
    begun."""
    stops = {stop.key: stop for stood in rows.values() for stop in stood.row.stops}
    stops |= {stop.key: stop for stop in more}
    orders = {one.day: tuple(stops[job_id] for job_id in one.after) for one in days}
    orders |= {day: () for day in emptied}
    return [
        _touched(rows[day], rows[day].row._replace(stops=order), standing) for day, order in orders.items()
    ]


def became_of(
    moved: Mapping[UUID, Day | None], losing: Sequence[Facts], touched: Sequence[Touched]
) -> list[Became]:
    """`losing`: the days of who cannot keep them."""
    starts = {(one.after.day, stop.job_id): stop.start_at for one in touched for stop in stops_of(one.after)}
    visits = {visit.job_id: (facts, visit) for facts in losing for visit in facts.visits}
    found: list[Became] = []
    for job_id, to in moved.items():
        facts, visit = visits[job_id]
        job, promise = facts.jobs[job_id], promise_of(facts.appointments.get(job_id, ()))
        found.append(
            Became(
                job_id=job_id,
                number=job.number,
                address=facts.places[job.place_id].address,
                window=None if promise is None else (promise.earliest_at, promise.latest_at),
                technician_id=visit.technician_id,
                was_at=visit.planned_start_at,
                to=to,
                start_at=None if to is None else starts[to, job_id],
            )
        )
    return sorted(found, key=lambda one: one.was_at)


def _touched(stood: Stood, row: Row, standing: Standing) -> Touched:
    return Touched(After(stood, row, standing.times_of(row)), as_told(stood, standing))


def as_told(stood: Stood, standing: Standing) -> Times:
    """How the row is timed now, with the starts that people were told."""
    times = standing.times_of(stood.row)
    return times._replace(starts=as_planned(stood, stood.row, times).starts)


def consequences_of(
    touched: Sequence[Touched],
    leaving: Sequence[UUID],
    jobs: Mapping[UUID, Job],
    appointments: Mapping[UUID, Sequence[Appointment]],
    hearers: Hearers,
    area: Area,
    now: datetime,
) -> Consequences:
    """`leaving`: jobs that lose their place and get no other; `jobs`, `appointments`: of all that is touched."""
    return Consequences(
        driving_seconds=sum(sum(one.after.times.travel_s) - sum(one.before.travel_s) for one in touched),
        driving_m=sum(sum(one.after.times.distance_m) - sum(one.before.distance_m) for one in touched),
        overtime_seconds=sum(
            _over(one.after.row, one.after.times) - _over(one.after.stood.row, one.before) for one in touched
        ),
        shifted=[shift for one in touched for shift in _shifted(one)],
        at_risk=[
            risk for one in touched for risk in _at_risk(one, timedelta(minutes=area.settings.tight_minutes))
        ],
        messages=[
            *_to_technicians(touched, hearers, area, now),
            *_to_subscribers(touched, leaving, jobs, appointments, hearers, area, now),
        ],
    )


def _over(row: Row, times: Times) -> int:
    return max(0, times.back - row.end) if row.stops else 0


def _starts(stood: Stood, times: Times) -> dict[UUID, int]:
    """When each visit of the row begins as it stands now."""
    return {stop.key: start for stop, start in zip(stood.row.stops, times.starts, strict=True)}


def _shifted(one: Touched) -> list[Shifted]:
    stood, old = one.after.stood, _starts(one.after.stood, one.before)
    windows = {stop.key: stop.window for stop in one.after.row.stops}
    return [
        Shifted(
            job_id=stop.job_id,
            technician_id=stood.facts.day.technician_id,
            start_at=stop.start_at,
            seconds=seconds,
            promised=windows[stop.job_id] is not None,
        )
        for stop in stops_of(one.after)
        if stop.job_id in old and abs(seconds := unix(stop.start_at) - old[stop.job_id]) >= SAME_S
    ]


def _at_risk(one: Touched, tight: timedelta) -> list[AtRisk]:
    stood, old = one.after.stood, _starts(one.after.stood, one.before)
    windows = {stop.key: stop.window for stop in one.after.row.stops}
    found: list[AtRisk] = []
    for stop in stops_of(one.after):
        window = windows[stop.job_id]
        # two who meet do so at one second, which is no promise
        if window is None or window[0] == window[1]:
            continue
        spare, start = window[1] - unix(stop.start_at), unix(stop.start_at)
        if spare < tight.total_seconds() and start > old.get(stop.job_id, start - 1):
            found.append(
                AtRisk(
                    job_id=stop.job_id,
                    technician_id=stood.facts.day.technician_id,
                    start_at=stop.start_at,
                    latest_at=stop.start_at + timedelta(seconds=spare),
                    spare_seconds=spare,
                )
            )
    return found


def _to_technicians(touched: Sequence[Touched], hearers: Hearers, area: Area, now: datetime) -> list[Message]:
    """Of the days that phones show by now."""
    shown, found = shown_up_to(area, now), dict[UUID, Message]()
    for one in touched:
        _, technician_id, on_day = one.after.day
        old = _starts(one.after.stood, one.before)
        new = {stop.job_id: unix(stop.start_at) for stop in stops_of(one.after)}
        same = old.keys() - one.after.stood.joined.keys() == new.keys()
        if same and all(abs(new[job_id] - old[job_id]) < SAME_S for job_id in new):
            continue
        language = hearers.technicians.get(technician_id, area.language)
        sent = on_day <= shown or (technician_id in found and found[technician_id].sent)
        found[technician_id] = Message(
            technician_id=technician_id,
            job_id=None,
            language=language,
            text=round_changed(language),
            sent=sent,
        )
    return list(found.values())


def _to_subscribers(
    touched: Sequence[Touched],
    leaving: Sequence[UUID],
    jobs: Mapping[UUID, Job],
    appointments: Mapping[UUID, Sequence[Appointment]],
    hearers: Hearers,
    area: Area,
    now: datetime,
) -> list[Message]:
    before = {job_id: visit for one in touched for job_id, visit in one.after.stood.visits.items()}
    after: dict[UUID, Visit | None] = {job_id: None for job_id in leaving}
    for one in touched:
        for visit in _visits_of(one.after, before):
            after[visit.job_id] = visit
    found: list[Message] = []
    for job_id, visit in after.items():
        present = before.get(job_id)
        if present is not None and visit is not None and day_of(present) == day_of(visit):
            continue
        language = hearers.subscribers.get(job_id, area.language)
        said = [
            told(
                Known(
                    area=area,
                    job=jobs[job_id],
                    visit=then,
                    appointments=[row for row in appointments.get(job_id, ()) if row.state in PROMISED],
                    reason=None,
                    planned_until=None,
                ),
                language,
                now,
            )
            for then in (present, visit)
        ]
        if said[1] is not None and said[0] != said[1]:
            found.append(
                Message(technician_id=None, job_id=job_id, language=language, text=said[1], sent=False)
            )
    return found


def _visits_of(after: After, before: Mapping[UUID, Visit]) -> list[Visit]:
    """The visits of the row, as they would be out."""
    home, technician_id, on_day = after.day
    return [
        Visit(
            area_id=after.stood.facts.day.area_id_worked,
            visit_id=before[stop.job_id].visit_id if stop.job_id in before else stop.job_id,
            job_id=stop.job_id,
            technician_area_id=home,
            technician_id=technician_id,
            on_day=on_day,
            state=VisitState.PUBLISHED,
            end_reason=VisitEnd.NONE,
            sequence=0,
            planned_arrival_at=stop.arrival_at,
            planned_start_at=stop.start_at,
            planned_end_at=stop.end_at,
            travel_duration=timedelta(seconds=stop.travel_seconds),
            distance_m=stop.distance_m,
            replaces_visit_id=None,
            plan_id=None,
            pinned=False,
            assigned_at=None,
            shown_at=None,
            hidden_at=None,
            on_my_way_at=None,
            arrived_at=None,
            working_at=None,
            ended_at=None,
        )
        for stop in stops_of(after)
    ]
