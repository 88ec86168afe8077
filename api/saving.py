"""What saving has in common where an area is set up: the version that was read, the transaction, the answer with its ETag."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from api.deps import Caller, etag, version_of
from db.rows import Conn
from db.states import Role

T = TypeVar("T")
W = TypeVar("W", bound=msgspec.Struct)
OFFICE = (Role.DISPATCHER, Role.SUPERVISOR)
"""Who looks at all of it. A dispatcher changes the daily business and what holds names of subscribers; a supervisor who
works here, what is done and what it costs."""


def _work(
    caller: Caller,
    area_id: UUID | None,
    if_match: str | None,
    flow: Callable[..., Awaitable[T]],
    said: Mapping[str, object],
) -> Callable[[Conn], Awaitable[T]]:
    area, version = caller.area(area_id), version_of(if_match)

    async def work(conn: Conn) -> T:
        return await flow(conn, area_id=area, version=version, actor=caller.actor, now=caller.now, **said)

    return work


async def saved(
    caller: Caller,
    area_id: UUID | None,
    if_match: str | None,
    flow: Callable[..., Awaitable[T]],
    **said: object,
) -> T:
    """By a flow that takes the version read and answers what it wrote."""
    return await caller.write(_work(caller, area_id, if_match, flow, said))


async def saved_across(
    caller: Caller,
    area_id: UUID | None,
    if_match: str | None,
    flow: Callable[..., Awaitable[T]],
    **said: object,
) -> T:
    """The same, where days are made of it: technicians may be on loan anywhere."""
    return await caller.across(_work(caller, area_id, if_match, flow, said))


def answered(answer: W, version: int) -> Response[W]:
    return Response(answer, headers={"ETag": etag(version)}, status_code=200)
