"""What a phone could not send itself, brought by hand."""

from litestar import post
from litestar.params import JSONBody

from api.auth import allow
from api.deps import CallerDep, UploadsDep
from api.wire.outboxes import OutboxIn
from db.states import Role
from dispatch import outboxes
from dispatch.outboxes import TakenIn

MAX_BYTES = 32 * 1024 * 1024


@post(
    "/v1/outboxes",
    opt=allow(Role.DISPATCHER),
    tags=["outboxes"],
    summary="Read in what a phone exported",
    status_code=200,
    request_max_body_size=MAX_BYTES,
)
async def import_outbox(data: JSONBody[OutboxIn], caller: CallerDep, uploads: UploadsDep) -> TakenIn:
    """As if the phone had sent it, also when it is revoked: the dispatcher vouches, and the journal says who did. What came
    before counts once. At most 32 MiB; `line3 outbox import` takes larger files."""
    return await outboxes.import_outbox(
        caller.database, uploads, file=data.file, code=data.code, actor=caller.actor, now=caller.now
    )
