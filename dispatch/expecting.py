"""Reading what is to be expected of technician-days that run: shared by the rounds on the screen and the alerts."""

from collections.abc import Sequence
from datetime import datetime

from db.queries import technicians
from db.records import Area, TechnicianDay
from db.rows import Conn
from dispatch.horizon import read_facts
from dispatch.rules.expected import ExpectedDay, expect
from dispatch.rules.standing import empty_standing


async def expect_days(
    conn: Conn, area: Area, days: Sequence[TechnicianDay], now: datetime
) -> list[ExpectedDay]:
    """Of those who come, in the order given. Nothing is locked: it is true as of reading."""
    present = [day for day in days if not day.absent]
    if not present:
        return []
    facts = await read_facts(conn, area, present)
    homes = sorted({day.area_id for day in present})
    heard = {
        (seen.area_id, seen.technician_id): seen.last_seen_at
        for seen in await technicians.list_last_seen(
            conn, homes, sorted({day.technician_id for day in present})
        )
    }
    standing = empty_standing(area, now)
    return [
        expect(standing, area, known, heard.get((home, technician_id)), now)
        for (home, technician_id, _), known in facts.items()
    ]
