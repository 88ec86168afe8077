"""What somebody's absence would do, to be read before it is recorded."""

from datetime import date
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.auth import allow
from api.deps import AreaId, CallerDep, HorizonsDep
from api.routes.emergencies import consequences_out, what_became
from api.wire.emergencies import AbsenceForeseen
from db.states import Role
from dispatch import foreseeing


@get(
    "/v1/technicians/{technician_id:uuid}/absences/{on:date}",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="If a technician did not come",
)
async def foresee_absence(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    caller: CallerDep,
    horizons: HorizonsDep,
    area_id: AreaId = None,
) -> AbsenceForeseen:
    """Who would take which visits, what nobody has room for, which promises get tight and who hears what. Nothing changes."""
    found = await foreseeing.absence(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        technician_id=technician_id,
        on_day=on,
        actor=caller.actor,
        now=caller.now,
    )
    taken, unplaced = what_became(found.moved, found.named)
    return AbsenceForeseen(
        taken=taken, unplaced=unplaced, consequences=consequences_out(found.consequences, found.named)
    )
