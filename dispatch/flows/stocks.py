"""Setting up what is brought along: parts by name, and how many of them lie in which van and depot."""

from datetime import datetime
from uuid import UUID

from db.queries import areas, setup, technicians
from db.records import Part, Stock
from db.rows import Conn
from db.states import StockKind
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import AlreadyTaken, NotChangeable
from dispatch.rules.setting_up import PartIn, StockIn
from dispatch.setting_up import known, told, touch_days_of, version_after, written


async def list_parts(conn: Conn, *, area_id: UUID) -> list[Part]:
    return await setup.list_parts(conn, area_id)


async def save_part(
    conn: Conn, *, area_id: UUID, code: str, made: PartIn, version: int, actor: Actor, now: datetime
) -> Part:
    """Raises `Stale`."""
    async with conn.transaction():
        present = {row.code: row for row in await setup.list_parts(conn, area_id) if row.version > 0}
        before = present.get(code)
        after = Part(
            area_id=area_id,
            code=code,
            kind=made.kind,
            name=made.name,
            version=version_after(0 if before is None else before.version, version),
        )
        written(await setup.save_parts(conn, [after]), [after])
        await announce(conn, area_id, [told(actor, now, "part", area_id, before, after)])
        return after


async def list_stock(conn: Conn, *, area_id: UUID) -> list[Stock]:
    return await setup.list_stock(conn, area_id)


async def save_stock(
    conn: Conn, *, area_id: UUID, stock_id: UUID, made: StockIn, version: int, actor: Actor, now: datetime
) -> Stock:
    """A van's rounds are looked at anew. Raises `Stale`: also where a phone used one meanwhile; `UnknownReference`,
    `NotChangeable`, `AlreadyTaken`."""
    async with conn.transaction():
        before = await setup.find_stock(conn, area_id, stock_id)
        after = Stock(
            area_id=area_id,
            stock_id=stock_id,
            technician_id=made.technician_id,
            depot_id=made.depot_id,
            kind=made.kind,
            code=made.code,
            serial=made.serial,
            quantity=made.quantity,
            version=version_after(0 if before is None else before.version, version),
        )
        if before is None:
            await _check(conn, after)
        elif _what(before) != _what(after):
            raise NotChangeable(pointer="/code")
        written(await setup.save_stock(conn, [after]), [after])
        if after.technician_id is not None:
            area = await areas.get_area(conn, area_id)
            await touch_days_of(conn, area, [after.technician_id], now)
        await announce(conn, area_id, [told(actor, now, "stock", area_id, before, after, stock_id)])
        return after


def _what(row: Stock) -> tuple[object, ...]:
    """Whose, and of what."""
    return row.technician_id, row.depot_id, row.kind, row.code, row.serial


async def _check(conn: Conn, made: Stock) -> None:
    if (made.technician_id is None) == (made.depot_id is None):
        raise NotChangeable(pointer="/technicianId")
    if (made.kind is StockKind.SERIAL) != (made.serial != ""):
        raise NotChangeable(pointer="/serial")
    if made.technician_id is not None:
        people = await technicians.list_technicians(conn, [made.area_id])
        known(made.technician_id, [row.technician_id for row in people], "/technicianId")
    if made.depot_id is not None:
        known(
            made.depot_id, [row.depot_id for row in await setup.list_depots(conn, made.area_id)], "/depotId"
        )
    if any(_what(row) == _what(made) for row in await setup.list_stock(conn, made.area_id)):
        raise AlreadyTaken(pointer="/code")
