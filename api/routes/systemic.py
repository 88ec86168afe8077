"""Systemic problems: several faults that are one."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, shown
from api.wire.systemic import FaultOut, ProblemOut, SystemicProblems
from db.states import Role
from dispatch.flows import systemic

Weeks = Annotated[int, QueryParameter(ge=1, le=52, description="So many, until now")]


@get(
    "/v1/systemic-problems",
    opt=allow(Role.SUPPORT, Role.DISPATCHER, Role.SUPERVISOR),
    tags=["outages"],
    summary="List systemic problems",
)
async def list_problems(caller: CallerDep, area_id: AreaId = None, weeks: Weeks = 8) -> SystemicProblems:
    """Where, with what and after whom there is more trouble than chance would have it, with the jobs that say so."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: systemic.rank(conn, area_id=area, weeks=weeks, now=caller.now))
    return SystemicProblems(
        items=[
            ProblemOut(
                of=one.of,
                network_element_id=one.element_id,
                technician_id=one.technician_id,
                name=next((found.names[who] for who in (one.element_id, one.technician_id) if who), one.name),
                subscribers=one.subscribers,
                expected=round(one.expected, 2),
                surprise=round(one.surprise, 2),
                weeks=list(one.weeks),
                faults=[shown(fault, FaultOut) for fault in one.faults],
            )
            for one in found.problems
        ]
    )
