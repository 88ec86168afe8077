"""Requests in writing: from a mailbox, a chat that a bot hands over, the subscriber's account."""

from litestar import post
from litestar.params import JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, shown
from api.wire.written import WrittenOut
from db.states import Role
from dispatch import writing
from dispatch.rules.written import WrittenIn


@post(
    "/v1/written-requests",
    opt=allow(Role.SUPPORT, scope="tickets:write"),
    tags=["tickets"],
    summary="Take a written request",
    status_code=200,
)
async def receive_written(data: JSONBody[WrittenIn], caller: CallerDep, area_id: AreaId = None) -> WrittenOut:
    """One message of a conversation. What it lacks is asked for in `reply`, which goes back to whoever wrote; as soon as the
    conversation says all that is needed, it is a ticket that waits at the first line. The same message again is answered the same."""
    area = caller.area(area_id)
    received = await caller.write(
        lambda conn: writing.receive(conn, area_id=area, message=data, actor=caller.actor, now=caller.now)
    )
    return shown(received, WrittenOut)
