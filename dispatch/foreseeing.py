"""What somebody's absence would do, worked out in memory before anybody records it. Nothing is written."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.pool import Database
from dispatch.actors import Actor
from dispatch.flows import areas, consequences
from dispatch.horizon import Horizons
from dispatch.repairs import Named, given_away, named_in
from dispatch.rules.consequences import Consequences, touched_by
from dispatch.rules.running import Day


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """`moved`: by job, to which day; None where nobody has room."""

    consequences: Consequences
    moved: Mapping[UUID, Day | None]
    named: Named


async def absence(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    actor: Actor,
    now: datetime,
) -> Foreseen:
    """If this technician did not come. Raises `UnknownDay`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=area_id)
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        wanted, moved, going = given_away(horizon, area, technician_id, on_day, now)
        ill = next(day for day in horizon.rows if day[1:] == (technician_id, on_day))
        touched = touched_by(wanted.days, horizon.rows, horizon.standing, going, emptied=[ill])
        named = named_in(horizon.rows)
        said = await consequences.foresee(conn, area=area, touched=touched, leaving=wanted.leaving, now=now)
    return Foreseen(consequences=said, moved=moved, named=named)
