"""Reading a day for the dispatcher's board: all it shows, in one snapshot."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import (
    alerts,
    areas,
    board,
    crews,
    devices,
    drafts,
    jobs,
    kinds,
    plans,
    reports,
    setup,
    shifts,
    subscribers,
    technicians,
)
from db.queries.board import DepotAt, PlanNamed
from db.queries.devices import MissingOf
from db.queries.drafts import DraftNamed
from db.records import Alert, Area, Holiday, Job, PlanRun, Review, TechnicianDay, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import LIVE_VISIT, JobState, PlanRunState, VisitState
from dispatch.horizon import grouped, read_facts
from dispatch.planning import local_day
from dispatch.rules import alerts as rules
from dispatch.rules import rounds as out
from dispatch.rules.board import BoardRound, BoardVisit, WaitingJob, dark_since, round_version
from dispatch.rules.expected import ExpectedDay, expect, promise_of
from dispatch.rules.gaps import LOSS_SHOWN_FOR, OPEN_FOR
from dispatch.rules.on_call import lasts_until, night_of
from dispatch.rules.outages import Outage, hull
from dispatch.rules.phone import DEPOSITS_FOR
from dispatch.rules.plurals import called
from dispatch.rules.running import PROMISED, Clock, Day, clock_of, day_of, is_fixed, midnight_of
from dispatch.rules.standing import EPOCH, Facts, at, empty_standing
from dispatch.rules.stops import RoundStop
from dispatch.rules.versions import SAME_S
from dispatch.teams import Team, read_teams
from optimizer.standing import Standing

NOBODY = UUID(int=0)
ALL_OF_THEM = 10_000
WAITING = (JobState.RECEIVED, JobState.RESTORED, JobState.ON_HOLD)
"""Jobs that may have no visit."""


class Board(Record):
    """All of it, as of one instant. `n`: of the journal then, so that nothing after it is missed."""

    area: Area
    n: int
    plan: PlanNamed | None
    """The newest of what is out."""
    drafts: list[DraftNamed]
    runs: list[PlanRun]
    depots: list[DepotAt]
    rounds: list[BoardRound]
    waiting: list[WaitingJob]
    outages: list[Outage]
    alerts: list[Alert]
    reviews: list[Review]
    gaps: list[MissingOf]
    holiday: Holiday | None
    names: dict[UUID, str]
    """Of technicians, those of other days as well."""
    numbers: dict[UUID, str]
    """What the jobs are called that alerts and reviews speak of."""
    codes: dict[str, str]
    """What skills, parts and tools are called."""


async def read_day(conn: Conn, *, area_id: UUID, on_day: date, named: bool, now: datetime) -> Board:
    """The caller's transaction is a snapshot, so that no visit stands in two rounds or in none."""
    area = await areas.get_area(conn, area_id)
    plan = await board.find_plan_of_day(conn, area_id, on_day)
    is_out = plan is not None
    visits = await _visits(conn, area_id, on_day, is_out)
    days = await _days(conn, area_id, on_day, visits)
    night = await _night(conn, area, on_day, now)
    beyond = await plans.list_visits_of_days(conn, area_id, [day_of(day) for day in night])
    facts = await read_facts(conn, area, [*days, *night], [*visits, *(v for v in beyond if _is_out(v))])
    reviews = await reports.list_open_reviews(conn, area_id, NOBODY, ALL_OF_THEM)
    gaps = await devices.list_missing(conn, area_id, now - OPEN_FOR, now - LOSS_SHOWN_FOR, now - DEPOSITS_FOR)
    running = await _running(conn, area, on_day, facts, now)
    rounds = await _rounds(
        conn, area, on_day, facts, running, {row.job_id for row in reviews}, is_out, named, now
    )
    waiting = await _waiting(conn, area, on_day, is_out, named, now)
    opened = await _burning(conn, area, on_day, running, waiting, now)
    people = await technicians.list_technicians(conn, sorted({area_id, *(day.area_id for day in days)}))
    spoken_of = {row.job_id for row in [*opened, *reviews] if row.job_id is not None}
    return Board(
        area=area,
        n=await board.get_journal_n(conn, area_id),
        plan=plan,
        drafts=await drafts.list_drafts_of_day(conn, area_id, on_day, timedelta(seconds=SAME_S)),
        runs=[
            run
            for run in await board.list_last_runs(conn, [area_id])
            if run.state in (PlanRunState.QUEUED, PlanRunState.RUNNING)
        ],
        depots=await board.list_depots(conn, area_id),
        rounds=rounds,
        waiting=waiting,
        outages=await _outages(conn, area_id, rounds, waiting),
        alerts=opened,
        reviews=reviews,
        gaps=gaps,
        holiday=await shifts.find_holiday(conn, area_id, on_day),
        names={person.technician_id: person.display_name for person in people},
        numbers=await _called(conn, area_id, sorted(spoken_of)),
        codes=await setup.list_code_names(conn, area_id),
    )


async def _called(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, str]:
    found = await jobs.list_jobs_by_id(conn, area_id, job_ids)
    at = sorted({job.place_id for job in found})
    places = {one.place_id: one for one in await subscribers.list_places(conn, [area_id], at)}
    return {job.job_id: called(job.number, places[job.place_id]) for job in found}


async def _visits(conn: Conn, area_id: UUID, on_day: date, is_out: bool) -> list[Visit]:
    """Drafts are shown as long as nothing is out: beside what is out they are thoughts."""
    hidden = (VisitState.CANCELLED, *((VisitState.DRAFT,) if is_out else ()))
    return [
        visit
        for visit in await plans.list_visits_between(conn, area_id, on_day, on_day)
        if visit.state not in hidden
    ]


async def _days(conn: Conn, area_id: UUID, on_day: date, visits: Sequence[Visit]) -> list[TechnicianDay]:
    """Of all who work here, and of those who have a visit here though they do not any more."""
    days = await technicians.list_technician_days(conn, area_id, on_day, on_day)
    others = set(out.days_touched(visits)) - {day_of(day) for day in days}
    return [*days, *await technicians.list_technician_days_of(conn, sorted(others))]


async def _night(conn: Conn, area: Area, on_day: date, now: datetime) -> list[TechnicianDay]:
    """Of the day before, those that reach into this one. Of today those that go on, so that whoever may be called is seen."""
    before, midnight = on_day - timedelta(days=1), midnight_of(area, on_day)
    days = await technicians.list_technician_days(conn, area.area_id, before, before)
    late = [day for day in days if lasts_until(day) > midnight]
    visits = await plans.list_visits_of_days(conn, area.area_id, [day_of(day) for day in late])
    sent = {day_of(visit) for visit in visits if _is_out(visit) and visit.planned_start_at >= midnight}
    today = on_day == local_day(area, now)
    return [
        day for day in late if day_of(day) in sent or (today and not day.absent and lasts_until(day) > now)
    ]


def _is_out(visit: Visit) -> bool:
    return visit.state not in (VisitState.CANCELLED, VisitState.DRAFT)


class Running(Record):
    """What is to be expected of technician-days that run, and when each phone was last heard."""

    standing: Standing
    days: dict[Day, ExpectedDay]
    heard: dict[UUID, datetime]


async def _running(
    conn: Conn, area: Area, on_day: date, facts: Mapping[Day, Facts], now: datetime
) -> Running:
    """Of today those who come; of another day none."""
    homes, who = sorted({day[0] for day in facts}), sorted({day[1] for day in facts})
    seen = await technicians.list_last_seen(conn, homes, who)
    heard = {row.technician_id: row.last_seen_at for row in seen}
    standing, today = empty_standing(area, now), on_day == local_day(area, now)
    return Running(
        standing=standing,
        days={
            day: expect(standing, area, known, heard.get(day[1]), now)
            for day, known in facts.items()
            if today and not known.day.absent
        },
        heard=heard,
    )


async def _burning(
    conn: Conn, area: Area, on_day: date, running: Running, waiting: Sequence[WaitingJob], now: datetime
) -> list[Alert]:
    """What this reading says itself is said at once, not when a worker has looked; the rest as it was last noted."""
    opened = await alerts.list_open_alerts(conn, area.area_id)
    noted = [alert for alert in opened if alert.kind not in rules.OF_DAYS]
    promised = [job.window for job in waiting if job.promised and job.window is not None]
    raised = [*rules.of_days(running.days.values()), *rules.of_unplaced(promised)]
    return [*rules.true_now(raised, opened, area.area_id, new_id, now), *noted]


async def _rounds(
    conn: Conn,
    area: Area,
    on_day: date,
    facts: Mapping[Day, Facts],
    running: Running,
    reviewed: set[UUID | None],
    is_out: bool,
    named: bool,
    now: datetime,
) -> list[BoardRound]:
    """By the technician's name."""
    every = list({visit.visit_id: visit for known in facts.values() for visit in _coming_to(known)}.values())
    jobs_seen = {job.job_id: job for known in facts.values() for job in known.jobs.values()}
    shown = Shown(
        area=area,
        clock=clock_of(area, now, EPOCH),
        teams=await read_teams(conn, area.area_id, every),
        holders=await _holders(conn, area.area_id, list(jobs_seen.values()), named),
        reviewed=reviewed,
    )
    found: list[BoardRound] = []
    midnight = midnight_of(area, on_day)
    working = {day[1] for day in facts if day[2] == on_day}
    beyond = {
        key[1]: [
            _board_visit(shown, known, visit, running.days.get(key))
            for visit in _coming_to(known)
            if visit.planned_start_at >= midnight
        ]
        for key, known in facts.items()
        if key[2] < on_day
    }
    for key, known in facts.items():
        day, night, mine = running.days.get(key), key[2] < on_day, beyond.get(key[1], [])
        if night and key[1] in working:
            continue
        visits = [] if night else [_board_visit(shown, known, visit, day) for visit in _coming_to(known)]
        frame = None if night else known.round
        found.append(
            BoardRound(
                day=night_of(known.day, midnight) if night else known.day,
                version=round_version(known, is_out=is_out),
                technician=known.technician,
                start=known.places[known.technician.start_place_id],
                lent=known.day.area_id != area.area_id,
                frame=frame,
                route=None if frame is None else out.route_out(frame, known.visits, frozenset(VisitState)),
                visits=[*mine, *visits],
                back_at=None if day is None else _back_at(running.standing, day),
                last_seen_at=running.heard.get(known.day.technician_id),
                silent=day is not None and day.silent is not None,
                night=night,
            )
        )
    return sorted(found, key=lambda one: (one.technician.display_name, one.technician.technician_id))


class Shown(Record):
    """What all visits of a day share."""

    area: Area
    clock: Clock
    teams: dict[UUID, Team]
    holders: dict[UUID, str]
    reviewed: set[UUID | None]


def _coming_to(known: Facts) -> list[Visit]:
    """The technician's visits, and those of others to help at, as they are planned."""
    return sorted([*known.visits, *known.joined], key=lambda visit: (visit.planned_start_at, visit.sequence))


def _board_visit(shown: Shown, known: Facts, visit: Visit, day: ExpectedDay | None) -> BoardVisit:
    job = known.jobs[visit.job_id]
    me = known.day.technician_id
    windows = [row for row in known.appointments.get(job.job_id, ()) if row.state in PROMISED]
    expected = [] if day is None else [*day.visits, *day.joined]
    stop = RoundStop(
        visit=visit,
        job=job,
        kind=known.kinds[job.kind, job.kind_version],
        place=known.places[job.place_id],
        window=windows[-1] if windows else None,
        joined=visit.technician_id != me,
        together_with=shown.teams[visit.visit_id].beside(me),
        expected=next((item for item in expected if item.visit.visit_id == visit.visit_id), None),
    )
    movable = visit.state in (VisitState.PUBLISHED, VisitState.DRAFT) and not is_fixed(visit, shown.clock)
    return BoardVisit(
        stop=stop,
        subscriber=shown.holders.get(job.subscriber_id, ""),
        frozen=stop.joined or not movable,
        review=job.job_id in shown.reviewed,
    )


def _back_at(standing: Standing, day: ExpectedDay) -> datetime | None:
    """By what is known now; None for who has nowhere to go."""
    stood = day.stood
    if stood.row.stops:
        return at(standing.times_of(stood.row, soft=True).back)
    begun = stood.begun.start
    if not any(visit.arrived_at is not None for visit in stood.facts.visits) and not stood.begun.expected:
        return None
    return at(begun.at_s + standing.travel(begun.place, stood.row.goal)[0])


async def _outages(
    conn: Conn, area_id: UUID, rounds: Sequence[BoardRound], waiting: Sequence[WaitingJob]
) -> list[Outage]:
    """Of jobs that are not restored; the largest first, so that on a map the smaller lie above."""
    stops = [visit.stop for one in rounds for visit in one.visits]
    known = {stop.job.job_id: (stop.job, stop.place) for stop in stops}
    known |= {one.job.job_id: (one.job, one.place) for one in waiting}
    dark = [one for one in known.values() if one[0].affected > 1 and dark_since(one[0]) is not None]
    if not dark:
        return []
    found = await board.list_dark_places(conn, area_id, sorted(job.job_id for job, _ in dark))
    points = grouped(found, lambda row: row.job_id)
    return [
        Outage(
            job_id=job.job_id,
            number=job.number,
            affected=job.affected,
            at=(place.latitude, place.longitude),
            around=hull((row.latitude, row.longitude) for row in points.get(job.job_id, ())),
        )
        for job, place in sorted(dark, key=lambda one: (-one[0].affected, one[0].job_id))
    ]


async def _holders(conn: Conn, area_id: UUID, found: Sequence[Job], named: bool) -> dict[UUID, str]:
    """What subscribers are called: by their names, or by their contracts."""
    ids = sorted({job.subscriber_id for job in found})
    rows = await board.list_subscribers(conn, area_id, ids)
    return {row.subscriber_id: row.holder_name if named else row.contract for row in rows}


async def _waiting(
    conn: Conn, area: Area, on_day: date, is_out: bool, named: bool, now: datetime
) -> list[WaitingJob]:
    """Jobs that have no place on any day and could have one on this: what is most urgent first. None of days that are over."""
    if on_day < local_day(area, now):
        return []
    area_id = area.area_id
    found = {
        job.job_id: job
        for job in await jobs.list_jobs(conn, area_id, WAITING, NOBODY, ALL_OF_THEM)
        if job.earliest_on is None or job.earliest_on <= on_day
    }
    visits = grouped(await plans.list_visits_of_jobs(conn, area_id, list(found)), lambda row: row.job_id)
    windows = grouped(await jobs.list_appointments(conn, area_id, list(found)), lambda row: row.job_id)
    following = midnight_of(area, on_day + timedelta(days=1))
    promised = {job_id: promise_of(rows) for job_id, rows in windows.items()}
    waiting = [
        job
        for job in found.values()
        if not any(_is_placed(visit, on_day, is_out) for visit in visits.get(job.job_id, ()))
        and ((window := promised.get(job.job_id)) is None or window.earliest_at < following)
    ]
    ids = [job.job_id for job in waiting]
    places = {
        row.place_id: row
        for row in await subscribers.list_places(conn, [area_id], [job.place_id for job in waiting])
    }
    known = {(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area_id)}
    reasons = {row.job_id: row for row in await board.list_last_reasons(conn, area_id, ids)}
    holders = await _holders(conn, area_id, waiting, named)
    crewed = await crews.list_joined_jobs(conn, area_id, ids)
    together = {row.job_id for row in crewed}
    return [
        WaitingJob(
            job=job,
            kind=known[job.kind, job.kind_version],
            place=places[job.place_id],
            subscriber=holders.get(job.subscriber_id, ""),
            window=promised.get(job.job_id),
            technicians=2 if job.job_id in together else 1,
            reason=reasons.get(job.job_id),
        )
        for job in sorted(waiting, key=lambda job: (job.priority, job.due_at, job.job_id))
    ]


def _is_placed(visit: Visit, on_day: date, is_out: bool) -> bool:
    """It is out, or drafted for a day of which nothing is out yet as far as is seen from here."""
    drafted = visit.state is VisitState.DRAFT and not (is_out and visit.on_day == on_day)
    return drafted or visit.state in LIVE_VISIT
