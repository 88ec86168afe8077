"""Reading what is to be expected of technician-days that run: shared by the rounds on the screen and the alerts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from db.queries import technicians
from db.records import Area, TechnicianDay, Visit
from db.rows import Conn
from db.states import VisitState
from dispatch.horizon import read_facts
from dispatch.planning import local_day
from dispatch.rules.expected import ExpectedDay, ExpectedVisit, expect
from dispatch.rules.on_call import lasts_until
from dispatch.rules.running import day_of
from dispatch.rules.standing import empty_standing

TO_COME = frozenset({VisitState.PUBLISHED, VisitState.ON_MY_WAY})


async def running_days(conn: Conn, area: Area, now: datetime) -> list[TechnicianDay]:
    """Today's, and of yesterday's those that last beyond midnight."""
    today = local_day(area, now)
    days = await technicians.list_technician_days(conn, area.area_id, today - timedelta(days=1), today)
    return [day for day in days if day.on_day == today or lasts_until(day) > now]


async def expect_days(
    conn: Conn, area: Area, days: Sequence[TechnicianDay], now: datetime
) -> list[ExpectedDay]:
    """Of those who come, in the order given. Nothing is locked: it is true as of reading."""
    present = [day for day in days if not day.absent]
    if not present:
        return []
    facts = await read_facts(conn, area, present)
    homes = sorted({day.area_id for day in present})
    heard = {
        (seen.area_id, seen.technician_id): seen.last_seen_at
        for seen in await technicians.list_last_seen(
            conn, homes, sorted({day.technician_id for day in present})
        )
    }
    standing = empty_standing(area, now)
    return [
        expect(standing, area, known, heard.get((home, technician_id)), now)
        for (home, technician_id, _), known in facts.items()
    ]


async def expect_visit(conn: Conn, area: Area, visit: Visit | None, now: datetime) -> ExpectedVisit | None:
    """Of today, while it is to come."""
    if visit is None or visit.state not in TO_COME:
        return None
    days = [day for day in await running_days(conn, area, now) if day_of(day) == day_of(visit)]
    among = [one for day in await expect_days(conn, area, days, now) for one in day.visits]
    return next((one for one in among if one.visit.visit_id == visit.visit_id), None)
