"""Setting up by which terms subscribers are credited. New versions, never edits."""

from datetime import datetime
from uuid import UUID

from db.queries import areas, credits, shifts
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.planning import local_day
from dispatch.rules.credit_rows import row_of, table_of
from dispatch.rules.credit_setup import CreditTableIn, Example, example_of, table_made
from dispatch.rules.credit_tables import CreditTable
from dispatch.rules.credits import Calendar
from dispatch.setting_up import told, version_after


async def list_tables(conn: Conn, *, area_id: UUID) -> list[CreditTable]:
    """All versions, the newest first."""
    return [table_of(row) for row in reversed(await credits.list_tables(conn, area_id))]


async def example(
    conn: Conn, *, area_id: UUID, made: CreditTableIn, fee_minor: int, now: datetime
) -> tuple[CreditTable, Example]:
    """What terms would give, if they were saved. Raises `OutOfRange`, `ValidityImpossible`."""
    area = await areas.get_area(conn, area_id)
    table = table_made(made, made.after + 1, area.currency, local_day(area, now))
    holidays = await shifts.list_holidays(conn, area_id, table.valid_from)
    calendar = Calendar(time_zone=area.time_zone, holidays=frozenset(row.on_day for row in holidays))
    return table, example_of(table, fee_minor, calendar)


async def save_table(
    conn: Conn, *, area_id: UUID, made: CreditTableIn, actor: Actor, now: datetime
) -> CreditTable:
    """In the area's currency. Raises `Stale`, `OutOfRange`, `ValidityImpossible`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        present = await credits.list_tables(conn, area_id)
        version = version_after(present[-1].table_version if present else 0, made.after)
        table = table_made(made, version, area.currency, local_day(area, now))
        row = row_of(table, area_id)
        await credits.insert_tables(conn, [row])
        before = present[-1] if present else None
        await announce(conn, area_id, [told(actor, now, "credit_table", area_id, before, row)])
        return table
