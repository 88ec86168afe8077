"""A technician who is late or silent: the answer that would help, and doing it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, HorizonsDep, shown
from api.routes.emergencies import consequences_out, what_became
from api.wire.emergencies import PromiseOut, ReliefIn, ReliefOut, ReliefSeen
from api.wire.plans import PlanOut, VersionOut
from db.states import Role
from dispatch import relieving
from dispatch.relieving import Answer
from dispatch.rules.expected import Trouble

Because = Annotated[Trouble, QueryParameter(description="`late`, or `silent`: as who does not come")]


@get(
    "/v1/technicians/{technician_id:uuid}/relief/{on:date}",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="What would help a technician who is late or silent",
)
async def foresee_relief(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    trouble: Because,
    caller: CallerDep,
    horizons: HorizonsDep,
    area_id: AreaId = None,
) -> ReliefOut:
    """Late: promises at risk go to whoever can keep them, and the rest stays. Silent: all that nobody has set out for goes to
    others. With what that does, who hears what, and which promises are kept. Nothing changes."""
    answer = await relieving.foresee(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        technician_id=technician_id,
        on_day=on,
        trouble=trouble,
        actor=caller.actor,
        now=caller.now,
    )
    return _relief(answer)


@post(
    "/v1/technicians/{technician_id:uuid}/relief",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="Do what would help",
    status_code=200,
)
async def relieve(
    technician_id: FromPath[UUID],
    data: JSONBody[ReliefIn],
    caller: CallerDep,
    horizons: HorizonsDep,
    area_id: AreaId = None,
) -> VersionOut:
    """`seen` is what was read. 409 where it would be another answer by now: read it again."""
    plan, _ = await relieving.relieve(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        technician_id=technician_id,
        on_day=data.on_day,
        trouble=data.trouble,
        seen={one.job_id: one.technician_id for one in data.seen},
        actor=caller.actor,
        now=caller.now,
    )
    return VersionOut(plan=None if plan is None else shown(plan, PlanOut))


def _relief(answer: Answer) -> ReliefOut:
    named = answer.named
    taken, unplaced = what_became(answer.became, named)
    return ReliefOut(
        taken=taken,
        unplaced=unplaced,
        promises=[
            PromiseOut(
                job_id=one.job_id,
                job_number=named.jobs[one.job_id],
                address=named.addresses[one.job_id],
                technician_id=one.technician_id,
                display_name=None if one.technician_id is None else named.technicians[one.technician_id],
                start_at=one.start_at,
                latest_at=one.latest_at,
                kept=one.kept,
            )
            for one in answer.promises
        ],
        consequences=consequences_out(answer.consequences, named),
        seen=[
            ReliefSeen(job_id=job_id, technician_id=None if day is None else day[1])
            for job_id, day in answer.moved.items()
        ],
    )
