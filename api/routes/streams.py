"""What reaches a phone unasked: that its round has changed."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Annotated

from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream as ServedStream

from api.auth import allow
from api.deps import CallerDep, StreamsDep
from api.problems import Starting
from db.states import Role
from dispatch.errors import UnknownTechnician
from dispatch.streams import Stream

HEARTBEAT_SECONDS = 20.0

After = Annotated[
    int | None,
    QueryParameter(ge=0, description="The number up to which the phone has heard; none: say it at once"),
]
LastEventId = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", max_length=40, description="Sent by who comes again")
]


async def _told(opened: AbstractContextManager[Stream]) -> AsyncGenerator[bytes]:
    """Server-Sent Events: the numbers of the feed, and a comment now and then, so that all between know that it lives."""
    with opened as stream:
        yield b"retry: 3000\n\n"
        while not stream.ended:
            n = await stream.grown(HEARTBEAT_SECONDS)
            yield b": \n\n" if n is None else b"id: %d\nevent: round\ndata: %d\n\n" % (n, n)


@get(
    "/v1/mobile/stream",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="Hear when the own round changes",
    media_type="text/event-stream",
)
async def stream_round(
    caller: CallerDep, streams: StreamsDep, after: After = None, last_event_id: LastEventId = None
) -> ServedStream:
    """Server-Sent Events: `round`, whenever what a phone would pull has grown. Its id is the number in front of the dot of
    the cursor that the pull then answers; who has heard up to there need not ask. Ends when the session does."""
    heard = after if last_event_id is None else _number(last_event_id)
    session_id = caller.actor.session_id
    if not streams.running:
        raise Starting()
    if session_id is None or not caller.actor.technician_ids:
        raise UnknownTechnician()
    opened = streams.open(session_id, caller.actor.technician_ids[0], heard)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return ServedStream(_told(opened), media_type="text/event-stream", headers=headers)


def _number(text: str) -> int | None:
    """What is no number has heard nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
