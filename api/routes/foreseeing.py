"""What a change through the day would do, to be read before it is made."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, HorizonsDep
from api.routes.emergencies import consequences_out
from api.wire.emergencies import AbsenceForeseen, ReassignmentForeseen, TakenOut, UnplacedOut
from db.states import Role
from dispatch import foreseeing

DISPATCHER = allow(Role.DISPATCHER)
To = Annotated[UUID, QueryParameter(name="technicianId", description="Who would get it")]


@get(
    "/v1/technicians/{technician_id:uuid}/absences/{on:date}",
    opt=DISPATCHER,
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
    numbers, names = found.named.jobs, found.named.technicians
    return AbsenceForeseen(
        taken=[
            TakenOut(
                job_id=job_id,
                job_number=numbers[job_id],
                technician_id=day[1],
                display_name=names[day[1]],
                on_day=day[2],
            )
            for job_id, day in found.moved.items()
            if day is not None
        ],
        unplaced=[
            UnplacedOut(job_id=job_id, job_number=numbers[job_id])
            for job_id, day in found.moved.items()
            if day is None
        ],
        consequences=consequences_out(found.consequences, found.named),
    )


@get(
    "/v1/visits/{visit_id:uuid}/reassign",
    opt=DISPATCHER,
    tags=["rounds"],
    summary="If a visit were given to another technician",
)
async def foresee_reassignment(
    visit_id: FromPath[UUID],
    technician_id: To,
    caller: CallerDep,
    horizons: HorizonsDep,
    area_id: AreaId = None,
) -> ReassignmentForeseen:
    """What it would do to both rounds, and the words that the technicians and the subscriber get. Nothing changes. Refused as the
    reassignment would be."""
    found = await foreseeing.reassignment(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        visit_id=visit_id,
        technician_id=technician_id,
        actor=caller.actor,
        now=caller.now,
    )
    return ReassignmentForeseen(consequences=consequences_out(found.consequences, found.named))
