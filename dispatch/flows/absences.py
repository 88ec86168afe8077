"""Setting up when somebody is not there: planned absences, from a day to a day, with what is planned in them.

The transaction has to see all areas: a technician may be lent to any of them.
"""

from datetime import datetime, timedelta
from uuid import UUID

from db.queries import areas, shifts, technicians
from db.records import Absence, Area
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.errors import AbsenceOverlaps, HoursImpossible, NotChangeable, Stale
from dispatch.planning import local_day
from dispatch.rules.journal import entry
from dispatch.rules.setting_up import PlannedAbsenceIn
from dispatch.setting_up import known_technician, told, version_after, written
from dispatch.shifting import Saved, Waiting, list_waiting, settle

LONGEST = timedelta(days=366)


async def foresee(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    absence_id: UUID,
    made: PlannedAbsenceIn,
    now: datetime,
) -> list[Waiting]:
    """The visits that are planned in it. Nothing is written. Raises as `save` does, but for `Stale`."""
    area = await areas.get_area(conn, area_id)
    present = await _of_technician(conn, area, technician_id, now)
    absence = _absence(area, technician_id, absence_id, made, 1)
    _check(area, absence, present, now)
    found = await list_waiting(conn, area, now, supposed=absence)
    return [row for row in found if absence.first_on <= row.on_day <= absence.last_on]


async def save(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    absence_id: UUID,
    made: PlannedAbsenceIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> Saved[Absence]:
    """Raises `Stale`, `UnknownTechnician`, `HoursImpossible`, `AbsenceOverlaps`, `NotChangeable` (days that are over)."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        # two who enter the same holiday at once
        await technicians.lock_technicians(conn, [area_id], [technician_id])
        present = await _of_technician(conn, area, technician_id, now)
        before = next((row for row in present if row.absence_id == absence_id), None)
        after = _absence(
            area,
            technician_id,
            absence_id,
            made,
            version_after(0 if before is None else before.version, version),
        )
        _check(area, after, present, now)
        written(await shifts.save_absences(conn, [after]), [after])
        said = told(actor, now, "absence", area_id, before, after, technician_id)
        return Saved(after, await settle(conn, area, [said], actor, now, [technician_id]))


async def drop(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    absence_id: UUID,
    version: int,
    actor: Actor,
    now: datetime,
) -> list[Waiting]:
    """There again, from today on. Raises `Stale`, `UnknownTechnician`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        present = await _of_technician(conn, area, technician_id, now)
        before = next((row for row in present if row.absence_id == absence_id), None)
        if before is None or not await shifts.remove_absence(conn, area_id, absence_id, version):
            raise Stale()
        facts = {"firstOn": before.first_on, "lastOn": before.last_on}
        said = entry(actor, now, "absence.dropped", area_id=area_id, subject_id=technician_id, facts=facts)
        return await settle(conn, area, [said], actor, now, [technician_id])


async def _of_technician(conn: Conn, area: Area, technician_id: UUID, now: datetime) -> list[Absence]:
    await known_technician(conn, area.area_id, technician_id)
    rows = await shifts.list_absences(conn, area.area_id, local_day(area, now))
    return [row for row in rows if row.technician_id == technician_id]


def _absence(
    area: Area, technician_id: UUID, absence_id: UUID, made: PlannedAbsenceIn, version: int
) -> Absence:
    return Absence(
        area_id=area.area_id,
        absence_id=absence_id,
        technician_id=technician_id,
        first_on=made.first_on,
        last_on=made.last_on,
        reason=made.reason,
        from_clock=None if made.hours is None else made.hours.start,
        until_clock=None if made.hours is None else made.hours.end,
        version=version,
    )


def _check(area: Area, absence: Absence, present: list[Absence], now: datetime) -> None:
    if not absence.first_on <= absence.last_on < absence.first_on + LONGEST:
        raise HoursImpossible(pointer="/lastOn")
    if absence.last_on < local_day(area, now):
        raise NotChangeable(pointer="/lastOn")
    if absence.from_clock is not None and (absence.until_clock or "") <= absence.from_clock:
        raise HoursImpossible(pointer="/hours")
    for row in present:
        apart = row.last_on < absence.first_on or absence.last_on < row.first_on
        if row.absence_id != absence.absence_id and not apart:
            raise AbsenceOverlaps(pointer="/firstOn")
