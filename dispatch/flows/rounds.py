"""Rounds that are out: reading them, giving a visit to somebody else, and what becomes visible by time alone."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, kinds, plans, subscribers, technicians
from db.records import Appointment, Area, Job, JobKindVersion, Place, Round, Technician, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import STARTED_VISIT, FeedOp, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import (
    NotEligible,
    Stale,
    TransitionRefused,
    UnknownDay,
    UnknownTechnician,
    UnknownVisit,
    VisitStarted,
)
from dispatch.rules import plans as planning
from dispatch.rules import rounds as rules
from dispatch.rules.journal import entry


class RoundStop(Record):
    """A visit with what a reader of the round wants beside it."""

    visit: Visit
    job: Job
    kind: JobKindVersion
    place: Place
    window: Appointment | None


class RoundOf(Record):
    """One technician's day: the frame as published, and the visits, the cancelled ones left out."""

    technician: Technician
    frame: Round | None
    stops: list[RoundStop]


async def list_day(
    conn: Conn, *, area_id: UUID, on_day: date, technician_id: UUID | None = None, now: datetime
) -> list[RoundOf]:
    """All rounds of a day, or one technician's, ordered by the technician's name."""
    visits = [
        visit
        for visit in await plans.list_visits_between(conn, area_id, on_day, on_day)
        if visit.state not in (VisitState.DRAFT, VisitState.CANCELLED)
        and technician_id in (None, visit.technician_id)
    ]
    frames = {frame.technician_id: frame for frame in await plans.list_rounds(conn, area_id, on_day)}
    days = await technicians.list_technician_days(conn, area_id, on_day, on_day)
    homes = sorted({day.area_id for day in days} | {visit.technician_area_id for visit in visits})
    wanted = {day.technician_id for day in days} | {visit.technician_id for visit in visits}
    people = [
        person
        for person in await technicians.list_technicians(conn, homes)
        if person.technician_id in wanted and technician_id in (None, person.technician_id)
    ]
    stops = await _stops(conn, area_id, visits, now)
    return [
        RoundOf(
            technician=person,
            frame=frames.get(person.technician_id),
            stops=[stop for stop in stops if stop.visit.technician_id == person.technician_id],
        )
        for person in people
    ]


async def _stops(conn: Conn, area_id: UUID, visits: list[Visit], now: datetime) -> list[RoundStop]:
    job_ids = sorted({visit.job_id for visit in visits})
    found = {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area_id, job_ids)}
    known = {(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area_id)}
    place_ids = [job.place_id for job in found.values()]
    places = {place.place_id: place for place in await subscribers.list_places(conn, area_id, place_ids)}
    windows: dict[UUID, Appointment] = {
        window.job_id: window
        for window in await jobs.list_appointments(conn, area_id, job_ids)
        if window.state in planning.PROMISED
    }
    stops: list[RoundStop] = []
    for visit in visits:
        job = found[visit.job_id]
        stops.append(
            RoundStop(
                visit=visit,
                job=job,
                kind=known[job.kind, job.kind_version],
                place=places[job.place_id],
                window=windows.get(job.job_id),
            )
        )
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
    """Give a visit that has not begun to another technician, at the same time; both phones hear of it.

    Raises `UnknownVisit`, `UnknownTechnician`, `UnknownDay`, `VisitStarted`, `Stale`, `NotEligible`.
    """
    async with conn.transaction():
        area = await areas.find_area(conn, area_id)
        visit = await plans.find_visit(conn, area_id, visit_id)
        person = next(
            (
                row
                for row in await technicians.list_technicians(conn, [area_id])
                if row.technician_id == technician_id
            ),
            None,
        )
        if area is None or visit is None or visit.state is VisitState.DRAFT:
            raise UnknownVisit()
        if person is None:
            raise UnknownTechnician(pointer="/technicianId")
        days = [planning.day_of(visit), (person.area_id, technician_id, visit.on_day)]
        locked = await technicians.lock_technician_days(conn, sorted(set(days)))
        if all(row.technician_id != technician_id for row in locked):
            raise UnknownDay(onDay=visit.on_day)
        job = await jobs.lock_job(conn, area_id, visit.job_id)
        assert job is not None, "jobs are never removed"
        # under the locks once more
        visit = await plans.find_visit(conn, area_id, visit_id)
        assert visit is not None, "published visits are never removed"
        if version is not None and visit.version != version:
            raise Stale(version=visit.version)
        if visit.state in STARTED_VISIT:
            raise VisitStarted()
        if visit.state is not VisitState.PUBLISHED or visit.technician_id == technician_id:
            raise TransitionRefused(state=visit.state)
        kind = await kinds.find_kind(conn, area_id, job.kind, job.kind_version)
        if kind is not None and (missing := sorted(set(kind.skills) - set(person.skills))):
            raise NotEligible(skills=missing)
        return await _hand_over(conn, area, visit, job, person, actor, now)


async def _hand_over(
    conn: Conn, area: Area, visit: Visit, job: Job, person: Technician, actor: Actor, now: datetime
) -> Visit:
    old, new = rules.reassigned(
        visit, visit_id=new_id(), home=person.area_id, technician_id=person.technician_id, area=area, now=now
    )
    await plans.save_visits(conn, [old])
    await plans.insert_visits(conn, [new])
    await jobs.save_jobs(conn, [job])
    await technicians.touch_technician_days(conn, rules.days_touched([old, new]))
    shown = [rules.change(old, FeedOp.REMOVE)] if visit.shown_at is not None else []
    shown += rules.shown_again(await plans.list_visits_of_jobs(conn, area.area_id, [job.job_id]))
    facts = {"from": old.technician_id, "to": new.technician_id, "newVisit": new.visit_id}
    entries = [
        entry(
            actor,
            now,
            "visit.reassigned",
            area_id=area.area_id,
            job_id=job.job_id,
            subject_id=old.visit_id,
            facts=facts,
        )
    ]
    await announce(conn, area.area_id, entries, shown)
    return new


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
