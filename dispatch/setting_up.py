"""What all flows that set an area up have in common: versions against lost updates, an entry for each change."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.queries import setup, shifts, subscribers, technicians
from db.records import Area, JournalEntry
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.errors import Stale, UnknownReference, UnknownTechnician, ValidityImpossible
from dispatch.planning import local_day
from dispatch.rules.journal import entry
from dispatch.rules.setting_up import difference
from dispatch.rules.shifts import DAYS_AHEAD


def version_after(present: int, version: int) -> int:
    """The version that follows the one that was read; 0 is that of what is not there yet. Raises `Stale`."""
    if version != present:
        raise Stale(version=present)
    return present + 1


def written(count: int, rows: Sequence[object]) -> None:
    """Raises `Stale` where somebody else wrote one of the rows meanwhile."""
    if count != len(rows):
        raise Stale()


def told(
    actor: Actor,
    now: datetime,
    noun: str,
    area_id: UUID,
    before: msgspec.Struct | None,
    after: msgspec.Struct,
    subject_id: UUID | None = None,
) -> JournalEntry:
    """`noun.set_up` or `noun.changed`, with what was before."""
    action = f"{noun}.set_up" if before is None else f"{noun}.changed"
    facts = difference(before, after)
    return entry(actor, now, action, area_id=area_id, subject_id=subject_id, facts=facts)


def known(code: object, among: Iterable[object], pointer: str) -> None:
    """Raises `UnknownReference`."""
    if code not in among:
        raise UnknownReference(pointer=pointer)


async def known_technician(conn: Conn, area_id: UUID, technician_id: UUID) -> None:
    """Raises `UnknownTechnician`."""
    if await technicians.find_technician(conn, area_id, technician_id) is None:
        raise UnknownTechnician()


async def known_place(conn: Conn, area_id: UUID, place_id: UUID | None, pointer: str) -> None:
    """Raises `UnknownReference`."""
    if place_id is not None and await subscribers.find_place(conn, area_id, place_id) is None:
        raise UnknownReference(pointer=pointer)


def valid_from(wanted: datetime | None, now: datetime) -> datetime:
    """From now on unless it is said. Raises `ValidityImpossible`: what holds already cannot have held before."""
    if wanted is not None and wanted < now:
        raise ValidityImpossible(pointer="/validFrom")
    return wanted or now


async def touch_days_of(conn: Conn, area: Area, technician_ids: Sequence[UUID], now: datetime) -> None:
    """What these technicians can do or carry, or where their way begins, is part of their coming rounds."""
    today = local_day(area, now)
    last_on = today + timedelta(days=DAYS_AHEAD)
    # the technicians before the days, as whoever makes days does
    await technicians.lock_technicians(conn, [area.area_id], sorted(technician_ids))
    found = await shifts.lock_days_of_technicians(conn, area.area_id, technician_ids, today, last_on)
    await technicians.touch_technician_days(
        conn, [(row.area_id, row.technician_id, row.on_day) for row in found]
    )


async def touch_days_at(conn: Conn, area: Area, place_ids: Sequence[UUID], now: datetime) -> None:
    """Whoever goes to these places or begins there goes another way from now on."""
    found = await setup.list_days_at_places(conn, area.area_id, place_ids, local_day(area, now))
    days = [(day.area_id, day.technician_id, day.on_day) for day in found]
    await technicians.lock_technician_days(conn, days)
    await technicians.touch_technician_days(conn, days)
