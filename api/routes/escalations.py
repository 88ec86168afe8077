"""Line 2 hands a localised fault to the field."""

import msgspec
from litestar import Response, post
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from api.auth import allow
from api.deps import CallerDep, IdempotencyKey, once
from api.wire.jobs import EscalationReceived
from db.rows import Conn
from db.states import Role
from dispatch.flows import escalations
from dispatch.rules.escalations import EscalationIn


@post(
    "/v1/escalations",
    opt=allow(Role.SUPPORT, Role.DISPATCHER, scope="escalations:write"),
    tags=["escalations"],
    summary="Escalate a fault to the field",
    status_code=201,
    responses={
        200: ResponseSpec(
            EscalationReceived, description="The very same came before", generate_examples=False
        ),
        201: ResponseSpec(EscalationReceived, description="A job was made", generate_examples=False),
    },
)
async def receive_escalation(
    data: JSONBody[EscalationIn], caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Makes a job. (source, ticketNumber, sequence) is the identity: the very same again answers 200 with the same
    job, another content 409. A window already promised becomes a confirmed appointment."""
    area_id = await caller.read(
        lambda conn: escalations.area_of(conn, contract=data.contract, actor=caller.actor)
    )

    async def work(conn: Conn) -> tuple[int, msgspec.Struct]:
        received = await escalations.receive(
            conn, area_id=area_id, escalation=data, actor=caller.actor, now=caller.now
        )
        job = received.job
        answer = EscalationReceived(
            job_id=job.job_id,
            number=job.number,
            state=job.state,
            priority=job.priority,
            due_at=job.due_at,
            version=job.version,
            again=received.again,
        )
        return (200 if received.again else 201), answer

    return await once(caller, area_id, idempotency_key, data, work)
