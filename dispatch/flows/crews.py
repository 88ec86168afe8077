"""A second technician for a visit."""

from datetime import datetime
from uuid import UUID

from db.queries import areas, crews, jobs, plans, reports, technicians
from db.records import Area, TechnicianDay, Visit, VisitCrew
from db.rows import Conn
from db.states import LIVE_VISIT, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import (
    NoRoom,
    NotEligible,
    Stale,
    TransitionRefused,
    UnknownDay,
    UnknownTechnician,
    UnknownVisit,
)
from dispatch.horizon import Standings, stand_all
from dispatch.placing import rewrite_days
from dispatch.planning import replan_running_days, request_reasons_of_day
from dispatch.rules import rounds
from dispatch.rules.journal import Shown, entry
from dispatch.rules.rewriting import After
from dispatch.rules.running import Day, day_of
from dispatch.rules.standing import Stood, inserted
from optimizer.standing import Standing


async def join(
    conn: Conn,
    *,
    area_id: UUID,
    visit_id: UUID,
    technician_id: UUID,
    version: int,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Somebody comes to help; both phones hear of it, and the second one's time is taken. Again is the same.

    From here on the visit stays when it is and with whom it is: two are to meet there. Raises `UnknownVisit`,
    `UnknownTechnician`, `UnknownDay`, `Stale`, `TransitionRefused`, `NotEligible` (lacks a skill that was asked for),
    `NoRoom` (what is promised in the second one's round would be broken).
    """
    async with conn.transaction():
        area = await areas.find_area(conn, area_id)
        visit = await plans.find_visit(conn, area_id, visit_id)
        if area is None or visit is None or visit.state is VisitState.DRAFT:
            raise UnknownVisit()
        day = await _day_of(conn, area, visit, technician_id)
        locked = await technicians.lock_technician_days(conn, sorted({day_of(visit), day_of(day)}))
        job = await jobs.lock_job(conn, area_id, visit.job_id)
        # under the locks once more
        visit = await plans.find_visit(conn, area_id, visit_id)
        assert job is not None, "jobs are never removed"
        assert visit is not None, "published visits are never removed"
        if visit.version != version:
            raise Stale(version=visit.version)
        if visit.state not in LIVE_VISIT or visit.technician_id == technician_id:
            raise TransitionRefused(state=visit.state)
        await _verify_skills(conn, visit, day)
        crew = VisitCrew(
            area_id=area_id,
            visit_id=visit_id,
            technician_area_id=day.area_id,
            technician_id=technician_id,
        )
        mine = [row for row in locked if day_of(row) == day_of(day)]
        before = await stand_all(conn, area, mine, now)
        if not await crews.insert_crew(conn, [crew]):
            return visit
        shown = await _make_room(conn, area, mine, before, now)
        await jobs.save_jobs(conn, [job])
        await technicians.touch_technician_days(conn, [day_of(visit)])
        await replan_running_days(conn, area, actor, now)
        entries = [
            entry(
                actor,
                now,
                "visit.joined",
                area_id=area_id,
                job_id=visit.job_id,
                subject_id=visit_id,
                facts={"technicianId": technician_id},
            )
        ]
        await announce(conn, area_id, entries, [*shown, *rounds.shown_again([visit])])
        return visit


async def _day_of(conn: Conn, area: Area, visit: Visit, technician_id: UUID) -> TechnicianDay:
    """The second one's day, if that one works in the area. Raises `UnknownTechnician`, `UnknownDay`."""
    days = await technicians.list_technician_days(conn, area.area_id, visit.on_day, visit.on_day)
    for day in days:
        if day.technician_id == technician_id and not day.absent:
            return day
    if await technicians.find_technician(conn, area.area_id, technician_id) is None:
        raise UnknownTechnician(pointer="/technicianId")
    raise UnknownDay(onDay=visit.on_day)


async def _verify_skills(conn: Conn, visit: Visit, day: TechnicianDay) -> None:
    """Those that the phone asked for; else a pair of hands will do. Raises `NotEligible`."""
    person = await technicians.find_technician(conn, day.area_id, day.technician_id)
    assert person is not None, "who has a day is a technician"
    asked = await reports.list_reports_of_kind(conn, visit.area_id, "help-asked", [visit.job_id])
    wanted = {
        skill for report in asked if report.visit_id == visit.visit_id for skill in report.body["skills"]
    }
    if missing := sorted(wanted - set(person.skills)):
        raise NotEligible(skills=missing)


async def _make_room(
    conn: Conn, area: Area, days: list[TechnicianDay], before: Standings, now: datetime
) -> list[Shown]:
    """New times for what the second one has to do beside, and new reasons for them. Raises `NoRoom`."""
    found = await stand_all(conn, area, days, now)
    rows: list[After] = []
    for day, stood in found.rows.items():
        after = _with_room(found.standing, day, stood)
        # a round that broke a promise before is no reason to leave somebody without help
        if not after.times.feasible and before.standing.feasible(day):
            raise NoRoom()
        rows.append(after)
    shown = await rewrite_days(conn, area, rows, moving=[], now=now)
    for on_day in {day.on_day for day in days}:
        await request_reasons_of_day(conn, area.area_id, on_day)
    return shown


def _with_room(standing: Standing, day: Day, stood: Stood) -> After:
    """In the order of the planned starts, else with what was joined wherever it fits."""
    times = standing.times_of(stood.row)
    if times.feasible:
        return After(stood, stood.row, times)
    row = stood.row._replace(stops=tuple(stop for stop in stood.row.stops if stop.key in stood.visits))
    for stop in stood.row.stops:
        if stop.key in stood.joined:
            assert stop.window is not None, "what was joined has its second"
            standing.put(day, row)
            best = standing.price(stop, [stop.window], [day], most=1)[0]
            if not best:
                return After(stood, stood.row, times)
            row = inserted(row, best[0].position, stop)
    return After(stood, row, standing.times_of(row))
