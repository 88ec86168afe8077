"""The fairness ledger is settled from what phones said, as often as one likes; and read."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.queries import areas, fairness, technicians
from db.records import FairnessDay, Technician
from db.records.base import Record
from db.rows import Conn
from dispatch.errors import PeriodImpossible
from dispatch.planning import local_day
from dispatch.rules.fairness import BALANCED_OVER, balances, ledger_of

SETTLED_FOR = timedelta(days=7)
"""Reports that come later than that change no balance any more."""
LONGEST = timedelta(days=92)


class Ledger(Record):
    """Rows of a period by technician, each with the balance of its day; and everybody's balance on the last."""

    rows: dict[UUID, list[tuple[FairnessDay, int]]]
    balances: dict[UUID, int]
    technicians: list[Technician]


async def settle(conn: Conn, *, area_id: UUID, now: datetime) -> int:
    """The last days anew, of those who are at home in the area, wherever they worked; how many rows."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        today = local_day(area, now)
        first = today - SETTLED_FOR
        days = await fairness.list_days_at_home(conn, area_id, first, today)
        where = sorted({area_id, *(day.area_id_worked for day in days)})
        attended = await fairness.list_attendances(conn, where, area_id, first, today)
        rows = ledger_of(area, days, attended, now)
        await fairness.delete_fairness_days(conn, area_id, first, today)
        await fairness.save_fairness_days(conn, rows)
        return len(rows)


async def read(
    conn: Conn, *, area_id: UUID, first_on: date | None, last_on: date | None, now: datetime
) -> Ledger:
    """The four weeks up to today, unless said otherwise. Raises `PeriodImpossible`."""
    if any(on is not None and not date(2000, 1, 1) <= on <= date(9000, 1, 1) for on in (first_on, last_on)):
        raise PeriodImpossible(pointer="#query/to")
    last = last_on or local_day(await areas.get_area(conn, area_id), now)
    first = first_on or last - BALANCED_OVER + timedelta(days=1)
    if not timedelta(0) <= last - first < LONGEST:
        raise PeriodImpossible(pointer="#query/to")
    rows = await fairness.list_fairness_days(conn, [area_id], first - BALANCED_OVER, last)
    at = {on: balances(rows, on) for on in {row.on_day for row in rows if row.on_day >= first}}
    found: dict[UUID, list[tuple[FairnessDay, int]]] = {}
    for row in rows:
        if row.on_day >= first:
            found.setdefault(row.technician_id, []).append((row, at[row.on_day][row.technician_id]))
    people = await technicians.list_technicians(conn, [area_id])
    return Ledger(rows=found, balances=balances(rows, last), technicians=people)
