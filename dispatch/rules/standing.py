"""A technician-day as the optimizer's insertion state sees it: what is fixed is its beginning, the rest are its stops.

Seconds are Unix time, so that a row stays true when a day ends and another begins.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    Place,
    Round,
    Stock,
    Technician,
    TechnicianDay,
    Visit,
)
from db.states import LIVE_VISIT, AppointmentState, VisitState
from dispatch.rules.pins import LIFTED, window_of, with_pin
from dispatch.rules.plurals import called
from dispatch.rules.prices import LATENESS, weights_of
from dispatch.rules.running import (
    Begun,
    Clock,
    begun_of,
    clock_of,
    day_of,
    is_fixed,
    promised_window,
    rest_of,
)
from dispatch.rules.supplies import parts_in, tools_in
from optimizer.rounds import Row, Stop
from optimizer.standing import Standing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER_S = 1 << 40
"""Later than any day that is planned."""
DAYS_LATE = 2 * 24 * 60
"""Minutes: no visit waits longer for somebody who is late."""
RUNNING_FOR = timedelta(seconds=60)
"""A row of a day under way speaks of now, and so not for longer than this."""


def unix(instant: datetime) -> int:
    """As the rows count."""
    return int((instant - EPOCH).total_seconds())


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that one technician-day's row depends on, as read."""

    day: TechnicianDay
    technician: Technician
    stock: Sequence[Stock]
    visits: Sequence[Visit]
    """Of the day, also those that ended, and drafts of jobs that have no live visit."""
    jobs: Mapping[UUID, Job]
    kinds: Mapping[tuple[str, int], JobKindVersion]
    places: Mapping[UUID, Place]
    appointments: Mapping[UUID, Sequence[Appointment]]
    round: Round | None
    joined: Sequence[Visit] = ()
    """Visits of others at which this technician is the second."""
    crewed: Mapping[UUID, datetime] = msgspec.field(default_factory=dict[UUID, datetime])
    """When the visits to which a second technician comes start, by job: both are to be there."""

    def called(self) -> dict[UUID, tuple[str, str]]:
        """Of its jobs the number, and what people call them."""
        return {
            job_id: (job.number, called(job.number, self.places[job.place_id]))
            for job_id, job in self.jobs.items()
        }


def thawed(area: Area) -> Area:
    """As if nothing were fixed for which nobody has set out."""
    settings = msgspec.structs.replace(area.settings, freeze_minutes=-DAYS_LATE)
    return msgspec.structs.replace(area, settings=settings)


def loosened(facts: Facts, job_ids: Collection[UUID]) -> Facts:
    """As if nobody had pinned the visits of these jobs."""
    return msgspec.structs.replace(
        facts,
        visits=[with_pin(visit, LIFTED) if visit.job_id in job_ids else visit for visit in facts.visits],
    )


def without_thoughts(facts: Facts, now: datetime) -> Facts:
    """As it is out: without what a plan has drafted beside it, which nobody was sent to and may be drafted anew any minute. What is
    promised to somebody is no thought."""
    if facts.round is None and all(visit.state is VisitState.DRAFT for visit in facts.visits):
        return facts
    stays = [
        visit
        for visit in facts.visits
        if visit.state is not VisitState.DRAFT
        or promised_window(facts.appointments.get(visit.job_id, ()), now) is not None
    ]
    return facts if len(stays) == len(facts.visits) else msgspec.structs.replace(facts, visits=stays)


def promised_before(
    appointments: Mapping[UUID, Sequence[Appointment]], made_at: datetime | None
) -> dict[UUID, Appointment]:
    """What was promised of jobs whose promise was moved at that instant, by a hand that took it upon itself; by job."""
    found: dict[UUID, Appointment] = {}
    for job_id, rows in appointments.items():
        # their ids grow with time
        live = next((row for row in rows if row.state is AppointmentState.CONFIRMED), None)
        earlier = [row for row in rows if row.state is AppointmentState.MOVED]
        if live is not None and live.promised_at == made_at and earlier:
            found[job_id] = max(earlier, key=lambda row: row.appointment_id)
    return found


def as_promised_before(facts: Facts, made_at: datetime | None) -> Facts:
    """As if nobody had moved a promise at that instant."""
    before = promised_before(facts.appointments, made_at)
    if not before:
        return facts
    return msgspec.structs.replace(
        facts,
        appointments={
            job_id: [
                msgspec.structs.replace(
                    row, earliest_at=before[job_id].earliest_at, latest_at=before[job_id].latest_at
                )
                if job_id in before and row.state is AppointmentState.CONFIRMED
                else row
                for row in rows
            ]
            for job_id, rows in facts.appointments.items()
        },
    )


def bereft(facts: Facts, job_ids: Collection[UUID]) -> Facts:
    """As if the visits of these jobs were somebody else's."""
    return msgspec.structs.replace(
        facts, visits=[visit for visit in facts.visits if visit.job_id not in job_ids]
    )


def coming_at(facts: Facts, back_at: datetime) -> Facts:
    """As if the technician came then, also to help."""
    return msgspec.structs.replace(
        facts,
        day=msgspec.structs.replace(facts.day, shift_start_at=back_at),
        joined=[visit for visit in facts.joined if visit.planned_start_at >= back_at],
    )


class Wanted(NamedTuple):
    """What a kind of job asks of whoever goes."""

    skills: frozenset[str]
    tools: frozenset[str]
    parts: tuple[tuple[str, int], ...]


def wanted_by(kind: JobKindVersion) -> Wanted:
    parts = tuple((code, count) for code, count in kind.parts.items() if count)
    return Wanted(frozenset(kind.skills), frozenset(kind.tools), parts)


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """A row, with what its stops are."""

    facts: Facts
    row: Row
    begun: Begun
    visits: Mapping[UUID, Visit]
    """What may still be moved, by job."""
    joined: Mapping[UUID, Visit]
    """What takes its time as it stands, by visit: the keys of those stops."""
    parts: Mapping[str, int]
    """What the visits of the day that have not ended will use up."""
    skills: frozenset[str]
    tools: frozenset[str]
    carried: Mapping[str, int]
    """Parts in the van."""
    until: datetime
    """When time alone makes another row of it."""


def empty_standing(area: Area, now: datetime) -> Standing:
    """Outage is counted from now."""
    return Standing(weights_of(area), area.settings.detour, area.settings.speed_kmh / 3.6, unix(now))


def stand(standing: Standing, area: Area, facts: Facts, now: datetime) -> Stood:
    """The row of one technician-day; its places are made known to `standing`. Pins that cannot be kept bend, and those alone."""
    clock = clock_of(area, now, EPOCH)
    stood = _stand(standing, area, facts, clock, frozenset())
    pinned = {job_id for job_id, visit in stood.visits.items() if visit.pinned_start_at is not None}
    if not pinned or (times := standing.times_of(stood.row)).feasible:
        return stood
    late = {
        stop.key
        for stop, start in zip(stood.row.stops, times.starts, strict=True)
        if stop.key in pinned and stop.window is not None and start > stop.window[1]
    }
    return _stand(standing, area, facts, clock, late) if late else stood


def _stand(standing: Standing, area: Area, facts: Facts, clock: Clock, bent: Collection[UUID]) -> Stood:
    """`bent`: jobs whose pins do not hold their time."""
    home = _place(standing, facts.places[facts.technician.start_place_id])

    def place_of(place_id: UUID) -> int:
        return _place(standing, facts.places[place_id])

    def travel_s(here: int, there: int) -> int:
        return standing.travel(here, there)[0]

    begun = begun_of(facts.day, [*facts.visits, *facts.joined], facts.jobs, home, place_of, travel_s, clock)
    movable = [
        visit
        for visit in sorted(facts.visits, key=lambda visit: (visit.planned_start_at, visit.sequence))
        if visit.state in (VisitState.PUBLISHED, VisitState.DRAFT)
        and not is_fixed(visit, clock)
        and visit.job_id in facts.jobs
    ]
    joined = [
        visit for visit in facts.joined if visit.state is VisitState.PUBLISHED and not is_fixed(visit, clock)
    ]
    mine = {visit.visit_id for visit in movable}
    end_s = clock.seconds(facts.day.shift_end_at)
    row = Row(
        start=begun.start.at_s,
        end=end_s,
        limit=max(
            [
                end_s + int(facts.technician.overtime_max.total_seconds()),
                *(_back_s(standing, facts, visit, home, clock) for visit in movable if visit.pinned),
            ]
        ),
        home=begun.start.place,
        goal=home,
        rest=rest_of(facts.round, facts.day, begun.start, clock),
        waived=False,
        stops=tuple(
            stop_of(standing, area, facts.jobs[visit.job_id], facts, visit, clock, bent=visit.job_id in bent)
            if visit.visit_id in mine
            else _joined_stop(standing, area, facts, visit, begun, clock)
            for visit in sorted(
                [*movable, *joined], key=lambda visit: (visit.planned_start_at, visit.sequence)
            )
        ),
    )
    return Stood(
        facts=facts,
        row=row,
        begun=begun,
        visits={visit.job_id: visit for visit in movable},
        joined={visit.visit_id: visit for visit in joined},
        parts=_parts(facts, [*movable, *_own(facts, begun)]),
        skills=frozenset(facts.technician.skills),
        tools=tools_in(facts.stock),
        carried=parts_in(facts.stock),
        until=_until(facts, [*movable, *joined], clock),
    )


def stand_drafted(standing: Standing, area: Area, facts: Facts, now: datetime) -> Stood:
    """`stand`, where drafts may stand beside visits that are out: thoughts do not count. A draft that is promised may count on a visit
    that it moves only when it goes out itself; where there is no room for all, what is out has the day."""
    facts = without_thoughts(facts, now)
    stood = stand(standing, area, facts, now)
    out = [visit for visit in facts.visits if visit.state is not VisitState.DRAFT]
    if not 0 < len(out) < len(facts.visits) or standing.times_of(stood.row).feasible:
        return stood
    return stand(standing, area, msgspec.structs.replace(facts, visits=out), now)


def _place(standing: Standing, place: Place) -> int:
    return standing.place(place.place_id, place.latitude, place.longitude)


def _own(facts: Facts, begun: Begun) -> list[Visit]:
    return [item.visit for item in begun.expected if day_of(item.visit) == day_of(facts.day)]


def _joined_stop(
    standing: Standing, area: Area, facts: Facts, visit: Visit, begun: Begun, clock: Clock
) -> Stop:
    """The time of the second technician: when the visit is planned, or as soon as can be where that is too late."""
    place = _place(standing, facts.places[facts.jobs[visit.job_id].place_id])
    reached_s = begun.start.at_s + standing.travel(begun.start.place, place)[0]
    start_s = max(clock.seconds(visit.planned_start_at), reached_s)
    return Stop.of(
        weights_of(area),
        key=visit.visit_id,
        place=place,
        service_s=int((visit.planned_end_at - visit.planned_start_at).total_seconds()),
        window=(start_s, start_s),
    )


def _back_s(standing: Standing, facts: Facts, visit: Visit, home: int, clock: Clock) -> int:
    """When somebody is home after this visit: a person who put it so late meant it."""
    there = _place(standing, facts.places[facts.jobs[visit.job_id].place_id])
    return clock.seconds(visit.planned_end_at) + standing.travel(there, home)[0]


def stop_of(
    standing: Standing,
    area: Area,
    job: Job,
    known: Facts,
    visit: Visit | None,
    clock: Clock,
    *,
    bent: bool = False,
) -> Stop:
    """The job as a stop: of this visit, or of one that is still to be made."""
    kind = known.kinds[job.kind, job.kind_version]
    out = visit is not None and visit.state in LIVE_VISIT
    return asked_stop(
        standing,
        area,
        job,
        kind,
        known.places[job.place_id],
        window=_window(job, visit, known, clock, bent=bent),
        published=clock.seconds(visit.planned_start_at) if visit is not None and out else -1,
    )


def _window(
    job: Job, visit: Visit | None, known: Facts, clock: Clock, *, bent: bool
) -> tuple[int, int] | None:
    """Of the promise and the pin; the very second where two are to meet."""
    if (meeting_at := known.crewed.get(job.job_id)) is not None:
        return clock.seconds(meeting_at), clock.seconds(meeting_at)
    promised = promised_window(known.appointments.get(job.job_id, ()), clock.now)
    promise = (
        None if promised is None else (clock.seconds(promised.earliest_at), clock.seconds(promised.latest_at))
    )
    return window_of(visit, promise, clock, bent=bent)


def asked_stop(
    standing: Standing,
    area: Area,
    job: Job,
    kind: JobKindVersion,
    place: Place,
    *,
    window: tuple[int, int] | None = None,
    published: int = -1,
) -> Stop:
    return Stop.of(
        weights_of(area),
        key=job.job_id,
        place=_place(standing, place),
        service_s=int(job.service_duration.total_seconds()),
        setup_s=int(kind.setup_duration.total_seconds()),
        window=window,
        affected=job.affected,
        due=unix(job.due_at),
        lateness_weight=LATENESS[job.priority],
        published=published,
        interruptible=kind.interruptible,
    )


def _parts(facts: Facts, visits: Sequence[Visit]) -> Mapping[str, int]:
    used: Counter[str] = Counter()
    for visit in visits:
        if (job := facts.jobs.get(visit.job_id)) is None:
            continue
        used.update(facts.kinds[job.kind, job.kind_version].parts)
    return used


def _until(facts: Facts, movable: Sequence[Visit], clock: Clock) -> datetime:
    if clock.now >= facts.day.shift_start_at - clock.freeze:
        return clock.now + RUNNING_FOR
    nexts = [
        visit.planned_start_at - clock.freeze for visit in movable if visit.state is VisitState.PUBLISHED
    ]
    return min([facts.day.shift_start_at - clock.freeze, *nexts])


def lacks(stood: Stood, wanted: Wanted, *, used: Mapping[str, int] | None) -> str | None:
    """The first bound that rules the technician out: `skill`, `tool`, `part`; None if nothing does. `used`: parts that
    are spoken for, over the days on which the van is not restocked; None for a day beyond them."""
    if not wanted.skills <= stood.skills:
        return "skill"
    if not wanted.tools <= stood.tools:
        return "tool"
    if used is None or not wanted.parts:
        return None
    if any(used.get(code, 0) + count > stood.carried.get(code, 0) for code, count in wanted.parts):
        return "part"
    return None


def without(row: Row, job_id: UUID) -> Row:
    """The row without the job's stop, if it has one."""
    return row._replace(stops=tuple(stop for stop in row.stops if stop.key != job_id))


def inserted(row: Row, position: int, stop: Stop) -> Row:
    return row._replace(stops=(*row.stops[:position], stop, *row.stops[position:]))
