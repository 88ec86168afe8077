"""Setting an area up: from when to when somebody is not there. Answers name the visits that are planned in it."""

from uuid import UUID

from litestar import Response, delete, post, put
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, IfMatch, shown
from api.saving import OFFICE, answered, saved_across
from api.wire.setup import PlannedAbsenceOut, PlannedAbsenceSaved, WaitingList, WaitingOut
from dispatch.flows import absences
from dispatch.rules.setting_up import PlannedAbsenceIn

OF_TECHNICIAN = "/v1/setup/technicians/{technician_id:uuid}/absences/{absence_id:uuid}"


@post(
    f"{OF_TECHNICIAN}/foreseen",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="What is planned in an absence",
    status_code=200,
)
async def foresee_planned_absence(
    technician_id: FromPath[UUID],
    absence_id: FromPath[UUID],
    data: JSONBody[PlannedAbsenceIn],
    caller: CallerDep,
    area_id: AreaId = None,
) -> WaitingList:
    """To be read before it is saved; nothing is."""
    area = caller.area(area_id)
    rows = await caller.across(
        lambda conn: absences.foresee(
            conn,
            area_id=area,
            technician_id=technician_id,
            absence_id=absence_id,
            made=data,
            now=caller.now,
        )
    )
    return WaitingList(items=[shown(row, WaitingOut) for row in rows])


@put(OF_TECHNICIAN, opt=allow(*OFFICE), tags=["set-up"], summary="Plan an absence")
async def save_planned_absence(
    technician_id: FromPath[UUID],
    absence_id: FromPath[UUID],
    data: JSONBody[PlannedAbsenceIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[PlannedAbsenceSaved]:
    """Counts more than the pattern and than an exception. A day with visits in it stays as it is until they are given away."""
    kept = await saved_across(
        caller,
        area_id,
        if_match,
        absences.save,
        technician_id=technician_id,
        absence_id=absence_id,
        made=data,
    )
    answer = PlannedAbsenceSaved(
        absence=shown(kept.row, PlannedAbsenceOut),
        waiting=[shown(row, WaitingOut) for row in kept.waiting],
    )
    return answered(answer, kept.row.version)


@delete(OF_TECHNICIAN, opt=allow(*OFFICE), tags=["set-up"], summary="Drop an absence", status_code=200)
async def drop_planned_absence(
    technician_id: FromPath[UUID],
    absence_id: FromPath[UUID],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> WaitingList:
    """The technician works again from today on."""
    rows = await saved_across(
        caller, area_id, if_match, absences.drop, technician_id=technician_id, absence_id=absence_id
    )
    return WaitingList(items=[shown(row, WaitingOut) for row in rows])
