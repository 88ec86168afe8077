"""What a dispatcher should look at: opened and closed by what is true, listed while it is."""

from datetime import datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import alerts, areas, jobs, plans, reports
from db.records import Alert, Area, JournalEntry
from db.records.base import Record
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.expecting import expect_days, running_days
from dispatch.planning import local_day, replan_running_days
from dispatch.rules import alerts as rules
from dispatch.rules.journal import entry
from dispatch.rules.running import midnight_of
from dispatch.teams import read_unanswered


class Refreshed(Record):
    """How many alerts opened and closed."""

    opened: int
    closed: int


async def list_open(conn: Conn, *, area_id: UUID) -> list[Alert]:
    """Oldest first."""
    return await alerts.list_open_alerts(conn, area_id)


async def refresh(conn: Conn, *, area_id: UUID, now: datetime, actor: Actor) -> Refreshed:
    """Bring the alerts up to what is true now. Nothing is done on a day of which no plan is out, unless some are open.

    Two workers may do this at once: each alert opens and closes once.
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        present = await alerts.list_open_alerts(conn, area_id)
        if not present and await plans.find_published_plan(conn, area_id, local_day(area, now)) is None:
            return Refreshed(opened=0, closed=0)
        raised = await _true_now(conn, area, now)
        found = rules.difference(raised, present, area_id, new_id, now)
        opened = [alert for alert in found.opened if await alerts.insert_alerts(conn, [alert])]
        await alerts.follow_alerts(conn, found.followed)
        closed = [
            alert for alert in found.closed if await alerts.close_alerts(conn, area_id, [alert.alert_id], now)
        ]
        if any(alert.kind in rules.NEEDS_A_PLAN for alert in opened):
            await replan_running_days(conn, area, now)
        if opened or closed:
            entries = [_said(alert, "alert.opened", actor, now) for alert in opened]
            entries += [_said(alert, "alert.closed", actor, now) for alert in closed]
            await announce(conn, area_id, entries)
        return Refreshed(opened=len(opened), closed=len(closed))


def _said(alert: Alert, action: str, actor: Actor, now: datetime) -> JournalEntry:
    facts = {"kind": alert.kind, "subjectId": alert.subject_id, "technicianId": alert.technician_id}
    return entry(
        actor,
        now,
        action,
        area_id=alert.area_id,
        job_id=alert.job_id,
        subject_id=alert.alert_id,
        facts=facts,
    )


async def _true_now(conn: Conn, area: Area, now: datetime) -> list[rules.Raised]:
    days = await expect_days(conn, area, await running_days(conn, area, now), now)
    before = midnight_of(area, local_day(area, now) + timedelta(days=area.settings.plan_days))
    unplaced = await jobs.list_unplaced_promises(conn, area.area_id, now, before)
    held = await jobs.list_jobs_without_part(conn, area.area_id)
    missing = await reports.list_reports_of_kind(
        conn, area.area_id, "part-missing", [job.job_id for job in held]
    )
    under_way = {item.visit.visit_id for day in days for item in day.visits}
    job_ids = sorted({item.visit.job_id for day in days for item in day.visits})
    asked = await reports.list_reports_of_kind(conn, area.area_id, "help-asked", job_ids)
    waiting = await read_unanswered(
        conn, area.area_id, [report for report in asked if report.visit_id in under_way]
    )
    return [
        *rules.of_days(days),
        *rules.of_unplaced(unplaced),
        *rules.of_missing(missing),
        *rules.of_asked(waiting),
    ]
