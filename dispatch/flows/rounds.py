"""Rounds that are out: reading them, giving a visit to somebody else, and what becomes visible by time alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.queries import areas, crews, jobs, kinds, plans, subscribers, technicians
from db.records import Appointment, Round, Technician, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import STARTED_VISIT, FeedOp, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import (
    NoRoom,
    NotEligible,
    TransitionRefused,
    UnknownJob,
    VisitStarted,
)
from dispatch.expecting import expect_days
from dispatch.horizon import Standings, stand_all
from dispatch.placing import present_visits, rewrite_days
from dispatch.planning import local_day, request_reasons_of_day
from dispatch.rules import rounds as rules
from dispatch.rules.expected import ExpectedDay
from dispatch.rules.journal import entry
from dispatch.rules.lifecycle import JOB, JobStep, next_state
from dispatch.rules.pins import LIFTED, with_pin
from dispatch.rules.rewriting import After
from dispatch.rules.running import PROMISED, Day, clock_of, day_of
from dispatch.rules.standing import EPOCH, FOREVER_S, inserted, stop_of, without
from dispatch.rules.stops import RoundStop
from dispatch.sending import Sending, lock_for_sending
from dispatch.teams import read_teams


class RoundOf(Record):
    """One technician's day: the frame as published, and the visits, the cancelled ones left out."""

    technician: Technician
    absent: bool
    """Does not come, or has gone home: what had not begun was given to others, and there is no frame where nothing had."""
    frame: Round | None
    stops: list[RoundStop]


async def list_day(
    conn: Conn, *, area_id: UUID, on_day: date, technician_id: UUID | None = None, now: datetime
) -> list[RoundOf]:
    """All rounds of a day, or one technician's, ordered by the technician's name."""
    visits = {
        visit.visit_id: visit
        for visit in await plans.list_visits_between(conn, area_id, on_day, on_day)
        if visit.state not in (VisitState.DRAFT, VisitState.CANCELLED)
    }
    crew = await crews.list_crew_between(conn, area_id, on_day, on_day)
    days = [
        day
        for day in await technicians.list_technician_days(conn, area_id, on_day, on_day)
        if technician_id in (None, day.technician_id)
    ]
    going = [(day_of(visit), visit) for visit in visits.values()]
    going += [((row.technician_area_id, row.technician_id, on_day), visits[row.visit_id]) for row in crew]
    going = [(day, visit) for day, visit in going if technician_id in (None, day[1])]
    stops = await _stops(conn, area_id, going)
    area = await areas.get_area(conn, area_id)
    if on_day == local_day(area, now):
        stops = _with_expected(stops, await expect_days(conn, area, days, now))
    frames = {day_of(frame): frame for frame in await plans.list_rounds(conn, area_id, on_day)}
    absent = {day_of(day) for day in days if day.absent}
    wanted = {*map(day_of, days), *stops}
    people = await technicians.list_technicians_by_id(
        conn, sorted({day[0] for day in wanted}), sorted({day[1] for day in wanted})
    )
    found: list[RoundOf] = []
    for person in sorted(people, key=lambda person: (person.display_name, person.technician_id)):
        day = (person.area_id, person.technician_id, on_day)
        mine = stops.get(day, [])
        frame = frames.get(day) if mine or day not in absent else None
        found.append(RoundOf(technician=person, absent=day in absent, frame=frame, stops=mine))
    return found


def _with_expected(stops: dict[Day, list[RoundStop]], days: list[ExpectedDay]) -> dict[Day, list[RoundStop]]:
    known = {
        (day_of(day.stood.facts.day), item.visit.visit_id): item
        for day in days
        for item in (*day.visits, *day.joined)
    }
    return {
        day: [msgspec.structs.replace(stop, expected=known.get((day, stop.visit.visit_id))) for stop in mine]
        for day, mine in stops.items()
    }


async def _stops(conn: Conn, area_id: UUID, going: Sequence[tuple[Day, Visit]]) -> dict[Day, list[RoundStop]]:
    """By whose round, in the order in which they are planned."""
    visits = list({visit.visit_id: visit for _, visit in going}.values())
    job_ids = sorted({visit.job_id for visit in visits})
    found = {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area_id, job_ids)}
    known = {(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area_id)}
    place_ids = [job.place_id for job in found.values()]
    places = {place.place_id: place for place in await subscribers.list_places(conn, [area_id], place_ids)}
    windows: dict[UUID, Appointment] = {
        window.job_id: window
        for window in await jobs.list_appointments(conn, area_id, job_ids)
        if window.state in PROMISED
    }
    teams = await read_teams(conn, area_id, visits)
    stops: dict[Day, list[RoundStop]] = {}
    for day, visit in sorted(going, key=lambda one: (one[1].planned_start_at, one[1].sequence)):
        job = found[visit.job_id]
        stop = RoundStop(
            visit=visit,
            job=job,
            kind=known[job.kind, job.kind_version],
            place=places[job.place_id],
            window=windows.get(job.job_id),
            joined=visit.technician_id != day[1],
            together_with=teams[visit.visit_id].beside(day[1]),
        )
        stops.setdefault(day, []).append(stop)
    return stops


async def reassign(
    conn: Conn,
    *,
    area_id: UUID,
    visit_id: UUID,
    technician_id: UUID,
    version: int | None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Give a visit that has not begun to another technician, where it costs that round least; both phones hear of it.

    Raises `UnknownVisit`, `UnknownTechnician`, `UnknownDay`, `VisitStarted`, `Stale`, `NotEligible`, `NoRoom`.
    """
    async with conn.transaction():
        sent = await lock_for_sending(conn, area_id, visit_id, technician_id, version)
        area, visit = sent.area, sent.visit
        if visit.state in STARTED_VISIT:
            raise VisitStarted()
        if visit.state is not VisitState.PUBLISHED or visit.technician_id == technician_id:
            raise TransitionRefused(state=visit.state)
        found = await stand_all(conn, area, sent.days, now)
        rows = _handed_over(found, sent, now)
        shown = await rewrite_days(conn, area, rows, moving=[visit.job_id], now=now)
        await request_reasons_of_day(conn, area_id, visit.on_day)
        new = (await present_visits(conn, area_id, [visit.job_id]))[visit.job_id]
        facts = {"from": visit.technician_id, "to": technician_id, "newVisit": new.visit_id}
        entries = [
            entry(
                actor,
                now,
                "visit.reassigned",
                area_id=area_id,
                job_id=visit.job_id,
                subject_id=visit_id,
                facts=facts,
            )
        ]
        await announce(conn, area_id, entries, shown)
        return new


def _handed_over(found: Standings, sent: Sending, now: datetime) -> list[After]:
    """Both rounds after: the visit where it costs its new one least. A person's word, so parts are not asked for: the
    dispatcher may know of one in the trunk."""
    area, visit, target = sent.area, sent.visit, day_of(sent.target)
    clock = clock_of(area, now, EPOCH)
    home = found.rows.get(day_of(visit))
    facts = (home or found.rows[target]).facts
    job = facts.jobs[visit.job_id]
    if missing := sorted(set(facts.kinds[job.kind, job.kind_version].skills) - set(sent.person.skills)):
        raise NotEligible(skills=missing)
    stop = stop_of(found.standing, area, job, facts, with_pin(visit, LIFTED), clock)
    window = stop.window or (clock.seconds(now), FOREVER_S)
    row = found.standing.row(target)
    best = found.standing.price(stop, [window], [target], most=1)[0]
    if not best and (target[2] > local_day(area, now) or found.standing.feasible(target)):
        raise NoRoom()
    # a round that is late already has no exact place: by the time it was to be, and everything after it later
    earlier = [
        one for one in found.rows[target].visits.values() if one.planned_start_at <= visit.planned_start_at
    ]
    row = inserted(row, best[0].position if best else len(earlier), stop)
    rows = {target: row}
    if home is not None and visit.job_id in home.visits:
        rows[day_of(visit)] = without(home.row, visit.job_id)
    return [After(found.rows[day], row, found.standing.times_of(row)) for day, row in rows.items()]


async def show_and_hide(conn: Conn, *, area_id: UUID, now: datetime) -> int:
    """What becomes visible the evening before, and ceases to be a day after its end. How many visits it was."""
    async with conn.transaction():
        area = await areas.find_area(conn, area_id)
        if area is None:
            return 0
        appearing = await plans.list_due_to_show(conn, area_id, rules.shown_up_to(area, now))
        ended_before = now - timedelta(hours=area.settings.hidden_after_hours)
        vanishing = await plans.list_due_to_hide(conn, area_id, ended_before)
        if not appearing and not vanishing:
            return 0
        changed = [msgspec.structs.replace(visit, shown_at=now) for visit in appearing]
        changed += [msgspec.structs.replace(visit, hidden_at=now) for visit in vanishing]
        await jobs.lock_jobs(conn, area_id, [visit.job_id for visit in changed])
        still = await plans.list_visits_of_jobs(conn, area_id, [visit.job_id for visit in changed])
        versions = {visit.visit_id: visit.version for visit in still}
        changed = [visit for visit in changed if versions.get(visit.visit_id) == visit.version]
        await plans.save_visits(conn, changed)
        shown = [rules.change(visit, FeedOp.REMOVE if visit.hidden_at else FeedOp.PUT) for visit in changed]
        await announce(conn, area_id, [], shown)
        return len(changed)


async def take_back_never_begun(conn: Conn, *, area_id: UUID, actor: Actor, now: datetime) -> int:
    """Visits whose day ended without anybody going, so that their jobs are planned again. How many it was."""
    async with conn.transaction():
        overdue = await plans.list_never_begun(conn, area_id, now - rules.NEVER_BEGUN_AFTER)
        if not overdue:
            return 0
        await technicians.lock_technician_days(conn, rules.days_touched(overdue))
        locked = {
            job.job_id: job for job in await jobs.lock_jobs(conn, area_id, [row.job_id for row in overdue])
        }
        # under the locks once more: a phone may have reported meanwhile
        overdue = await plans.list_never_begun(conn, area_id, now - rules.NEVER_BEGUN_AFTER)
        changed = [
            (visit, *rules.never_begun(visit, locked[visit.job_id], now))
            for visit in overdue
            if visit.job_id in locked
        ]
        await plans.save_visits(conn, [after for _, after, _ in changed])
        await jobs.save_jobs(conn, [job for _, _, job in changed])
        shown = [
            rules.change(before, FeedOp.REMOVE) for before, _, _ in changed if before.shown_at is not None
        ]
        still = await plans.list_visits_of_jobs(conn, area_id, [job.job_id for _, _, job in changed])
        entries = [
            entry(
                actor,
                now,
                "visit.never_begun",
                area_id=area_id,
                job_id=before.job_id,
                subject_id=before.visit_id,
            )
            for before, _, _ in changed
        ]
        await announce(conn, area_id, entries, [*shown, *rules.shown_again(still)])
        return len(changed)


async def bring_in(conn: Conn, *, visit: Visit) -> None:
    """A visit that no plan of ours has made, published as it was elsewhere. Raises `UnknownJob`, `TransitionRefused`."""
    async with conn.transaction():
        job = await jobs.lock_job(conn, visit.area_id, visit.job_id)
        if job is None:
            raise UnknownJob()
        state = next_state(JOB, job.state, JobStep.PLAN)
        if state is None:
            raise TransitionRefused(state=job.state)
        await plans.insert_visits(conn, [visit])
        await jobs.save_jobs(conn, [msgspec.structs.replace(job, state=state)])
