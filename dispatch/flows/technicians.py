"""Technicians: where they work, and when they may be called."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.queries import areas, technicians
from db.records import Technician, TechnicianDay
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownDay, UnknownTechnician, WindowImpossible
from dispatch.planning import local_day
from dispatch.rules.journal import entry
from dispatch.rules.on_call import is_beyond
from dispatch.rules.running import day_of
from dispatch.rules.slots import HORIZON_DAYS

LONGEST_CALL = timedelta(hours=24)


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


async def set_on_call(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    window: tuple[datetime, datetime] | None,
    actor: Actor,
    now: datetime,
) -> TechnicianDay:
    """From when to when the technician may be called beyond the shift of this day; None: not at all.

    Raises `UnknownDay`, `WindowImpossible`.
    """
    async with conn.transaction():
        found = await technicians.find_day_worked(conn, area_id, technician_id, on_day)
        if found is None:
            raise UnknownDay(onDay=on_day)
        if window is not None and not (is_beyond(found, *window) and window[1] - window[0] <= LONGEST_CALL):
            raise WindowImpossible(pointer="/endAt")
        key = day_of(found)
        await technicians.lock_technician_days(conn, [key])
        start_at, end_at = (None, None) if window is None else window
        await technicians.set_on_call(conn, key, start_at, end_at)
        await technicians.touch_technician_days(conn, [key], drafts_fit=True)
        facts = {"onDay": on_day, "startAt": start_at, "endAt": end_at}
        entries = [
            entry(
                actor,
                now,
                "technician.on_call_set" if window is not None else "technician.on_call_ended",
                area_id=area_id,
                subject_id=technician_id,
                facts=facts,
            )
        ]
        await announce(conn, area_id, entries)
        (after,) = await technicians.list_technician_days_of(conn, [key])
        return after


async def seen_by(conn: Conn, *, home: UUID, technician_id: UUID) -> list[UUID]:
    """The areas of a technician's phone: home first, then all loans, for what it kept may be said long after one."""
    return [home, *await technicians.list_loans(conn, home, technician_id)]


async def works_in(conn: Conn, *, home: UUID, technician_id: UUID, on_day: date) -> UUID:
    """The area in which the technician works that day; home, where that is not known."""
    days = await technicians.list_technician_days_of(conn, [(home, technician_id, on_day)])
    return days[0].area_id_worked if days else home
