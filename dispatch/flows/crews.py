"""A second technician for a visit."""

from datetime import datetime
from uuid import UUID

from db.queries import crews, jobs, reports, technicians
from db.records import Area, Technician, TechnicianDay, Visit, VisitCrew
from db.rows import Conn
from db.states import LIVE_VISIT
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import NoRoom, NotEligible, TransitionRefused
from dispatch.horizon import Standings, stand_all
from dispatch.placing import rewrite_days
from dispatch.planning import replan_running_days, request_reasons_of_day
from dispatch.rules import rounds
from dispatch.rules.alerts import lacking
from dispatch.rules.journal import Shown, entry
from dispatch.rules.rewriting import After
from dispatch.rules.running import Day, day_of
from dispatch.rules.standing import Stood, inserted
from dispatch.sending import lock_for_sending
from dispatch.teams import read_unanswered
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
        sent = await lock_for_sending(conn, area_id, visit_id, technician_id, version)
        area, visit, mine = sent.area, sent.visit, [sent.target]
        job = await jobs.lock_job(conn, area_id, visit.job_id)
        assert job is not None, "jobs are never removed"
        if visit.state not in LIVE_VISIT or visit.technician_id == technician_id:
            raise TransitionRefused(state=visit.state)
        await _verify_skills(conn, visit, sent.person)
        crew = VisitCrew(
            area_id=area_id,
            visit_id=visit_id,
            technician_area_id=sent.person.area_id,
            technician_id=technician_id,
            joined_at=now,
        )
        before = await stand_all(conn, area, mine, now)
        if not await crews.insert_crew(conn, [crew]):
            return visit
        shown = await _make_room(conn, area, mine, before, now)
        await jobs.save_jobs(conn, [job])
        await technicians.touch_technician_days(conn, [day_of(visit)])
        await replan_running_days(conn, area, now)
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


async def _verify_skills(conn: Conn, visit: Visit, person: Technician) -> None:
    """Where the phone waits for help: what was asked for; else a pair of hands will do. Raises `NotEligible`."""
    asked = await reports.list_reports_of_kind(conn, visit.area_id, "help-asked", [visit.job_id])
    mine = [report for report in asked if report.visit_id == visit.visit_id]
    missing = [lacking(report, person.skills) for report in await read_unanswered(conn, visit.area_id, mine)]
    if missing and all(missing):
        raise NotEligible(skills=missing[0])


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
