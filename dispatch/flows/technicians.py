"""Reading technicians, and where they work."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.queries import areas, technicians
from db.records import Technician
from db.rows import Conn
from dispatch.errors import UnknownTechnician
from dispatch.planning import local_day
from dispatch.rules.slots import HORIZON_DAYS


async def get(conn: Conn, *, area_id: UUID, technician_id: UUID) -> Technician:
    """Raises `UnknownTechnician`."""
    found = await technicians.find_technician(conn, area_id, technician_id)
    if found is None:
        raise UnknownTechnician()
    return found


async def list_of(conn: Conn, *, area_id: UUID, now: datetime) -> list[Technician]:
    """Of the area, and who is lent to it in the coming days; by name."""
    today = local_day(await areas.get_area(conn, area_id), now)
    return await technicians.list_technicians_of(
        conn, area_id, today, today + timedelta(days=HORIZON_DAYS - 1)
    )


async def seen_by(conn: Conn, *, home: UUID, technician_id: UUID) -> list[UUID]:
    """The areas of a technician's phone: home first, then all loans, for what it kept may be said long after one."""
    return [home, *await technicians.list_loans(conn, home, technician_id)]


async def works_in(conn: Conn, *, home: UUID, technician_id: UUID, on_day: date) -> UUID:
    """The area in which the technician works that day; home, where that is not known."""
    days = await technicians.list_technician_days_of(conn, [(home, technician_id, on_day)])
    return days[0].area_id_worked if days else home
