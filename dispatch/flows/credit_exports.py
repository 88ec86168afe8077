"""What was credited in a period, what became of it, and the files in which people take it along: each credit once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import areas, credits
from db.queries import credit_exports as exports
from db.records import Area, CreditExport, CreditLine
from db.records.base import Record
from db.rows import Conn
from db.states import CreditWay
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import NothingToExport, UnknownExport
from dispatch.horizon import grouped
from dispatch.rules.journal import entry
from dispatch.rules.numbers import verify_period
from dispatch.rules.running import midnight_of


class Listed(Record):
    """A credit with its lines, by day."""

    credit: exports.CreditOfPeriod
    lines: list[CreditLine]


class Statement(Record):
    """Newest first, as many as were asked for; `totals` of all of the period, by currency. `leaves_by`: of credits from now on."""

    items: list[Listed]
    totals: list[exports.CreditTotal]
    leaves_by: CreditWay


class Export(Record):
    """`exported_by`: by name."""

    export: exports.ExportListed
    exported_by: str


async def statement(conn: Conn, *, area_id: UUID, first_on: date, last_on: date, limit: int) -> Statement:
    """Raises `PeriodImpossible`."""
    area = await areas.get_area(conn, area_id)
    first, last = _bounds(area, first_on, last_on)
    return Statement(
        items=await _listed(
            conn, area_id, await exports.list_credits_between(conn, area_id, first, last, limit)
        ),
        totals=await exports.list_totals(conn, area_id, first, last),
        leaves_by=area.settings.credits_leave_by,
    )


async def export(
    conn: Conn, *, area_id: UUID, first_on: date, last_on: date, actor: Actor, now: datetime
) -> Export:
    """All of the period that is for a file, and in none yet. Raises `PeriodImpossible`, `NothingToExport`."""
    async with conn.transaction():
        first, last = _bounds(await areas.get_area(conn, area_id), first_on, last_on)
        made = CreditExport(
            area_id=area_id,
            export_id=new_id(),
            first_on=first_on,
            last_on=last_on,
            exported_at=now,
            exported_by=actor.actor_id,
        )
        await exports.insert_exports(conn, [made])
        found = await exports.export_credits(conn, area_id, first, last, made.export_id)
        if not found:
            raise NothingToExport()
        facts = {"firstOn": first_on, "lastOn": last_on, "credits": len(found)}
        said = entry(actor, now, "credit.exported", area_id=area_id, subject_id=made.export_id, facts=facts)
        (whole,) = await _named(conn, await exports.list_exports(conn, area_id, made.export_id))
        await announce(conn, area_id, [said])
        return whole


async def list_some(conn: Conn, *, area_id: UUID) -> list[Export]:
    """The last hundred, newest first."""
    return await _named(conn, await exports.list_exports(conn, area_id))


async def read(conn: Conn, *, area_id: UUID, export_id: UUID) -> tuple[Export, list[Listed]]:
    """What is in it, the same whenever it is asked for. Raises `UnknownExport`."""
    found = await _named(conn, await exports.list_exports(conn, area_id, export_id))
    if not found:
        raise UnknownExport()
    return found[0], await _listed(
        conn, area_id, await exports.list_credits_of_export(conn, area_id, export_id)
    )


def _bounds(area: Area, first_on: date, last_on: date) -> tuple[datetime, datetime]:
    verify_period(first_on, last_on)
    return midnight_of(area, first_on), midnight_of(area, last_on + timedelta(days=1))


async def _listed(conn: Conn, area_id: UUID, found: Sequence[exports.CreditOfPeriod]) -> list[Listed]:
    lines = grouped(
        await credits.list_lines(conn, area_id, [one.credit_id for one in found]), lambda line: line.credit_id
    )
    return [Listed(credit=one, lines=lines.get(one.credit_id, [])) for one in found]


async def _named(conn: Conn, found: Sequence[exports.ExportListed]) -> list[Export]:
    people = await areas.list_staff_by_id(conn, sorted({one.exported_by for one in found}))
    names = {person.staff_id: person.display_name for person in people}
    return [Export(export=one, exported_by=names.get(one.exported_by, "")) for one in found]
