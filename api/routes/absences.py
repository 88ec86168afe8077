"""Somebody does not come: read before it is recorded, recorded, and taken back."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, HorizonsDep, shown
from api.routes.emergencies import consequences_out, what_became
from api.wire.emergencies import AbsenceForeseen, AbsenceIn, AbsenceOut, ReturnOut
from api.wire.plans import PlanOut
from db.states import Role
from dispatch import absences
from dispatch.absences import Away

LastOn = Annotated[
    date | None, QueryParameter(name="lastOn", description="The last day on which nobody comes")
]
BackAt = Annotated[
    datetime | None, QueryParameter(name="backAt", description="On that day, when the technician comes")
]


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
    last_on: LastOn = None,
    back_at: BackAt = None,
    area_id: AreaId = None,
) -> AbsenceForeseen:
    """Who would take which visits and when, what nobody has room for, which promises get tight and who hears what. Nothing changes."""
    found = await absences.foresee(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        away=Away(technician_id=technician_id, on_day=on, last_on=last_on or on, back_at=back_at),
        actor=caller.actor,
        now=caller.now,
    )
    taken, unplaced = what_became(found.became, found.named)
    return AbsenceForeseen(
        taken=taken, unplaced=unplaced, consequences=consequences_out(found.consequences, found.named)
    )


@post(
    "/v1/technicians/{technician_id:uuid}/absences",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="A technician does not come",
    status_code=200,
)
async def record_absence(
    technician_id: FromPath[UUID],
    data: JSONBody[AbsenceIn],
    caller: CallerDep,
    horizons: HorizonsDep,
    area_id: AreaId = None,
) -> AbsenceOut:
    """Ill, gone home, or there only from `backAt` on: what had not begun goes to others at once, promises first and into their windows.
    What nobody has room for waits for the next plan."""
    away = Away(
        technician_id=technician_id,
        on_day=data.on_day,
        last_on=data.last_on or data.on_day,
        back_at=data.back_at,
        reason=data.reason,
    )
    absence = await absences.record(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        away=away,
        actor=caller.actor,
        now=caller.now,
    )
    taken, unplaced = what_became(absence.became, absence.named)
    plan = None if absence.plan is None else shown(absence.plan, PlanOut)
    return AbsenceOut(plan=plan, taken=taken, unplaced=unplaced)


@delete(
    "/v1/technicians/{technician_id:uuid}/absences/{on:date}",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="A technician comes after all",
    status_code=200,
)
async def take_absence_back(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    caller: CallerDep,
    horizons: HorizonsDep,
    area_id: AreaId = None,
) -> ReturnOut:
    """On this day and on those after it, up to the first that was not called off. No visit is moved by that: take back the versions of
    `planIds`, newest first, to give back what still can be, or plan anew."""
    found = await absences.take_back(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        technician_id=technician_id,
        on_day=on,
        actor=caller.actor,
        now=caller.now,
    )
    taken, unplaced = what_became(found.became, found.named)
    return ReturnOut(days=found.days, plan_ids=found.plans, taken=taken, unplaced=unplaced)
