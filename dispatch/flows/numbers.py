"""The numbers of any period, and what it asked of each technician."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from db.queries import areas, kinds, technicians
from db.queries import numbers as counting
from db.records import Area, Technician
from db.records.base import Record
from db.rows import Conn
from dispatch.rules.closures import WITHOUT_WORK
from dispatch.rules.numbers import (
    OF_TIME,
    WITHOUT_DAYS,
    By,
    Carried,
    Counts,
    carried_by,
    laid_out,
    spans,
    summed,
    verify_period,
)
from dispatch.rules.phone import in_language
from dispatch.rules.running import midnight_of
from dispatch.rules.statistics import ATTENDED


class Part(Record):
    """A day, week or month, a technician, a kind or a district."""

    key: str
    label: str
    """What a person calls it; empty where it is not known, and of times."""
    first_on: date
    last_on: date
    counts: Counts


class Numbers(Record):
    """In the order in which they are read; `total` of the whole period."""

    parts: list[Part]
    total: Counts


class History(Record):
    """Week by week or month by month of each technician at home in the area, by name."""

    carried: dict[UUID, list[Carried]]
    technicians: list[Technician]


async def count(
    conn: Conn, *, area_id: UUID, first_on: date, last_on: date, by: By, language: str, now: datetime
) -> Numbers:
    """Raises `PeriodImpossible`."""
    verify_period(first_on, last_on)
    area = await areas.get_area(conn, area_id)
    attended, split = sorted(ATTENDED), "day" if by in OF_TIME else by.value
    first, last = midnight_of(area, first_on), midnight_of(area, last_on + timedelta(days=1))
    zone = area.time_zone
    await counting.plan_anew(conn)
    days = await counting.count_days(conn, area_id, first_on, last_on, split, now)
    others = [
        *await counting.count_visits(conn, area_id, first_on, last_on, split, attended),
        *await counting.count_mended(conn, area_id, first, last, split, zone, attended, sorted(WITHOUT_WORK)),
        *await counting.count_restored(conn, area_id, first, last, split, zone),
        *await counting.count_promises(conn, area_id, first, last, split, zone),
    ]
    found = laid_out(others if by in WITHOUT_DAYS else [*days, *others], by)
    whole = laid_out(days, by) if by in WITHOUT_DAYS else {}
    return Numbers(
        parts=await _parts(conn, area, found, first_on, last_on, by, language),
        total=summed([*found.values(), *whole.values()]),
    )


async def _parts(
    conn: Conn,
    area: Area,
    found: Mapping[str, Counts],
    first_on: date,
    last_on: date,
    by: By,
    language: str,
) -> list[Part]:
    """Times in their order, also those in which nothing happened; all else by its name, and last what has none."""
    if by in OF_TIME:
        return [
            Part(key=key, label="", first_on=first, last_on=last, counts=found.get(key, Counts()))
            for key, first, last in spans(first_on, last_on, by)
        ]
    names: dict[str, str] = {}
    if by is By.TECHNICIAN:
        people = await technicians.list_technicians_of(conn, area.area_id, first_on, last_on)
        names = {str(person.technician_id): person.display_name for person in people}
    elif by is By.KIND:
        known = await kinds.list_kinds(conn, area.area_id)
        names = {kind.kind: in_language(kind.title, language) for kind in known}
    parts = [
        Part(key=key, label=names.get(key, key), first_on=first_on, last_on=last_on, counts=counts)
        for key, counts in found.items()
    ]
    return sorted(parts, key=lambda part: (not part.key, part.label.casefold(), part.key))


async def burdens(conn: Conn, *, area_id: UUID, first_on: date, last_on: date, by: By) -> History:
    """Of the fairness ledger, by week or month. Raises `PeriodImpossible`."""
    verify_period(first_on, last_on)
    rows = await counting.count_burdens(conn, area_id, first_on, last_on, by)
    carried: dict[UUID, list[Carried]] = {}
    for one in carried_by(rows):
        carried.setdefault(one.counts.technician_id, []).append(one)
    return History(carried=carried, technicians=await technicians.list_technicians(conn, [area_id]))
