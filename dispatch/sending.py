"""Somebody is sent to a visit that is out: what giving it away and joining it have in common, up to the locks."""

from uuid import UUID

from db.queries import areas, plans, technicians
from db.records import Area, Technician, TechnicianDay, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import VisitState
from dispatch.errors import Stale, UnknownDay, UnknownTechnician, UnknownVisit
from dispatch.rules.running import day_of, works


class Sending(Record):
    """As things are under the locks."""

    area: Area
    visit: Visit
    person: Technician
    target: TechnicianDay
    days: list[TechnicianDay]
    """Locked: the visit's and the target."""


async def lock_for_sending(
    conn: Conn, area_id: UUID, visit_id: UUID, technician_id: UUID, version: int | None
) -> Sending:
    """Raises `UnknownVisit`, `UnknownTechnician`, `UnknownDay` (does not work here that day), `Stale`."""
    area = await areas.find_area(conn, area_id)
    visit = await plans.find_visit(conn, area_id, visit_id)
    if area is None or visit is None or visit.state is VisitState.DRAFT:
        raise UnknownVisit()
    day = await technicians.find_day_worked(conn, area_id, technician_id, visit.on_day)
    home = area_id if day is None else day.area_id
    person = await technicians.find_technician(conn, home, technician_id)
    if person is None:
        raise UnknownTechnician(pointer="/technicianId")
    wanted = (home, technician_id, visit.on_day)
    days = await technicians.lock_technician_days(conn, sorted({day_of(visit), wanted}))
    target = next((row for row in days if day_of(row) == wanted and works(row, area_id)), None)
    if target is None:
        raise UnknownDay(onDay=visit.on_day)
    # under the locks once more
    visit = await plans.find_visit(conn, area_id, visit_id)
    assert visit is not None, "published visits are never removed"
    if version is not None and visit.version != version:
        raise Stale(version=visit.version)
    return Sending(area=area, visit=visit, person=person, target=target, days=days)
