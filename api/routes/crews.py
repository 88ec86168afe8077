"""A second technician for a visit."""

from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, IfMatch, shown, version_of
from api.wire.jobs import VisitOut
from api.wire.plans import Joining
from db.states import Role
from dispatch.flows import crews


@post(
    "/v1/visits/{visit_id:uuid}/crew",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="Send a second technician",
    status_code=200,
)
async def join_visit(
    visit_id: FromPath[UUID],
    data: JSONBody[Joining],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> VisitOut:
    """Both phones hear of it, and the second one's time is taken. From here on no plan moves the visit."""
    area = caller.area(area_id)
    version = None if if_match is None else version_of(if_match)
    visit = await caller.write(
        lambda conn: crews.join(
            conn,
            area_id=area,
            visit_id=visit_id,
            technician_id=data.technician_id,
            version=version,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return shown(visit, VisitOut)
