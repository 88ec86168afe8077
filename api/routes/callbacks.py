"""Quality control: the subscriber is asked whether it is mended."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import Caller, CallerDep, shown
from api.wire.callbacks import CallbackOut, CallbackOutcomeIn, Callbacks
from api.wire.jobs import ClosureOut
from db.rows import Conn
from db.states import CallbackState, Role
from dispatch.flows import callbacks

SUPPORT = allow(Role.SUPPORT)
DONE = 200


def _callback(found: callbacks.WholeCallback, caller: Caller) -> CallbackOut:
    callback, job = found.callback, found.job
    return CallbackOut(
        area_id=callback.area_id,
        callback_id=callback.callback_id,
        state=callback.state,
        due_at=callback.due_at,
        tries=callback.tries,
        in_hand=callback.state is CallbackState.TAKEN and callback.staff_id == caller.actor.actor_id,
        job_id=job.job_id,
        job_number=job.number,
        kind=job.kind,
        closed_at=job.closed_at,
        reopened=job.reopened,
        closure=None if found.closure is None else shown(found.closure, ClosureOut),
        ticket_id=callback.ticket_id,
        ticket_number=found.ticket.ticket_number,
        subscriber_id=found.subscriber.subscriber_id,
        contract=found.subscriber.contract,
        language=found.subscriber.language,
        name=found.name,
        phone=found.phone,
        address=found.place.address,
    )


@get("/v1/callbacks", opt=SUPPORT, tags=["callbacks"], summary="The call list")
async def list_callbacks(caller: CallerDep) -> Callbacks:
    """What is due in all areas of the reader, oldest first; what somebody has in hand is among it."""
    found = await caller.read(
        lambda conn: callbacks.list_due(conn, areas_seen=caller.actor.areas, now=caller.now)
    )
    return Callbacks(items=[_callback(one, caller) for one in found])


@post("/v1/callbacks/next", opt=SUPPORT, tags=["callbacks"], summary="Take the next call", status_code=DONE)
async def take_next_callback(caller: CallerDep) -> CallbackOut | None:
    """The oldest that is due, for this person alone; what they have in hand already comes first. Null where nothing is due."""

    async def work(conn: Conn) -> CallbackOut | None:
        found = await callbacks.take_next(
            conn, areas_seen=caller.actor.areas, actor=caller.actor, now=caller.now
        )
        return None if found is None else _callback(found, caller)

    return await caller.write(work)


@post(
    "/v1/callbacks/{callback_id:uuid}/outcome",
    opt=SUPPORT,
    tags=["callbacks"],
    summary="Say what came of a call",
    status_code=DONE,
)
async def record_callback(
    callback_id: FromPath[UUID], data: JSONBody[CallbackOutcomeIn], caller: CallerDep
) -> CallbackOut:
    """What is fixed closes the ticket. "Not fixed" reopens the job and brings the ticket back to the field, both more urgent than before.
    Who was not reached is due again later, until it was tried often enough."""

    async def work(conn: Conn) -> CallbackOut:
        found = await callbacks.record(
            conn,
            areas_seen=caller.actor.areas,
            callback_id=callback_id,
            outcome=data.outcome,
            note=data.note,
            actor=caller.actor,
            now=caller.now,
        )
        return _callback(found, caller)

    return await caller.write(work)
