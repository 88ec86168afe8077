"""What reaches a phone unasked: that its round has changed."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Annotated
from uuid import UUID

from litestar import delete, get, put
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream as ServedStream

from api.auth import allow
from api.deps import CallerDep, PushKeysDep, StreamsDep
from api.problems import Starting
from api.wire.mobile import PushIn, PushOut
from db.states import Role
from dispatch.errors import PushServiceUnknown, UnknownTechnician
from dispatch.flows import pushes
from dispatch.streams import Stream

HEARTBEAT_SECONDS = 20.0
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

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
    heard = after if last_event_id is None else number_in(last_event_id)
    session_id = caller.actor.session_id
    if not streams.running:
        raise Starting()
    if session_id is None or not caller.actor.technician_ids:
        raise UnknownTechnician()
    opened = streams.open(session_id, caller.actor.technician_ids[0], heard)
    return ServedStream(_told(opened), media_type="text/event-stream", headers=STREAM_HEADERS)


def number_in(text: str) -> int | None:
    """What is no number has heard nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@get(
    "/v1/mobile/push",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="How to be told while the app is closed",
)
async def get_push(push_keys: PushKeysDep) -> PushOut:
    """Whether phones are pushed here, and by which key a browser subscribes."""
    return PushOut(public_key=None if push_keys is None else push_keys.public_key)


@put(
    "/v1/mobile/devices/{device_id:uuid}/push",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="Be told while the app is closed",
    status_code=204,
)
async def subscribe_push(
    device_id: FromPath[UUID], data: JSONBody[PushIn], caller: CallerDep, push_keys: PushKeysDep
) -> None:
    """The own phone. It is told that the round has changed, in the technician's language, and nothing else: whoever sees the
    screen may read it. Again replaces what was."""
    if push_keys is None or not push_keys.allows(data.endpoint):
        raise PushServiceUnknown()
    if not caller.actor.technician_ids:
        raise UnknownTechnician()
    await caller.write(
        lambda conn: pushes.subscribe(
            conn,
            actor=caller.actor,
            device_id=device_id,
            endpoint=data.endpoint,
            key=data.key,
            auth=data.auth,
            now=caller.now,
        )
    )


@delete(
    "/v1/mobile/devices/{device_id:uuid}/push",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="Be told no more",
)
async def unsubscribe_push(device_id: FromPath[UUID], caller: CallerDep) -> None:
    """Of the own phone, subscribed or not."""
    if not caller.actor.technician_ids:
        raise UnknownTechnician()
    await caller.write(lambda conn: pushes.unsubscribe(conn, actor=caller.actor, device_id=device_id))
