"""What a route works with: the caller, the database, the clock; strict bodies; versions; remembered answers."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import HeaderParameter, QueryParameter

from api.problems import Malformed, Unreadable, VersionMissing, faults_of
from db.pool import Database
from db.rows import Conn
from db.states import Role
from dispatch.actors import Actor
from dispatch.board_streams import BoardStreams
from dispatch.clock import Clock
from dispatch.errors import NotAllowed
from dispatch.flows import answers, areas, technicians
from dispatch.horizon import Horizons
from dispatch.outside.geocoder import Locator
from dispatch.push_keys import PushKeys
from dispatch.remote import Remote
from dispatch.streams import Streams
from dispatch.uploads import Uploads
from dispatch.warming import Warmth

T = TypeVar("T")
W = TypeVar("W", bound=msgspec.Struct)

AreaId = Annotated[UUID | None, QueryParameter(name="areaId", description="Needed by who has several areas")]
NewestFirst = Annotated[int, QueryParameter(ge=1, le=100, description="How many, newest first")]
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="How many at most")]
NOBODY = UUID(int=0)


class Caller:
    """Who asks, now, of which database."""

    def __init__(self, database: Database, clock: Clock, actor: Actor | None) -> None:
        self.database = database
        self.now: datetime = clock()
        self._actor = actor

    @property
    def actor(self) -> Actor:
        assert self._actor is not None, "the route is open: nobody is signed in"
        return self._actor

    async def read(self, work: Callable[[Conn], Awaitable[T]]) -> T:
        """In one snapshot of the caller's areas."""
        async with self.database.begin(self.actor.areas, snapshot=True) as conn:
            return await work(conn)

    async def write(self, work: Callable[[Conn], Awaitable[T]]) -> T:
        """In one transaction of the caller's areas, committed before the answer."""
        return await self.database.transact(self.actor.areas, work)

    async def across(self, work: Callable[[Conn], Awaitable[T]]) -> T:
        """In one transaction that sees all areas, for what a technician on loan leaves in another one. The work names the
        areas that it writes."""
        async with self.database.begin() as conn:
            everywhere = [area.area_id for area in await areas.list_areas(conn)]
        return await self.database.transact(everywhere, work)

    def area(self, wanted: UUID | None) -> UUID:
        """The area meant: the one named, or the only one in which the caller may do this. Raises `NotAllowed`."""
        areas = self.actor.areas
        if wanted is None and len(areas) == 1:
            return areas[0]
        if wanted is None or wanted not in areas:
            raise NotAllowed()
        return wanted

    def knows_names(self, area_id: UUID) -> bool:
        """Who speaks with its subscribers, in the office or by another system; to others a subscriber is a contract."""
        return bool(self.actor.scopes) or area_id in self.actor.areas_as(Role.DISPATCHER, Role.SUPPORT)


async def provide_caller(request: "StrictRequest", state: State) -> Caller:
    actor = request.scope["state"].get("actor")
    return Caller(state.database, state.clock, actor)


CallerDep = NamedDependency[Caller]
IN_STATE = ("horizons", "warmth", "uploads", "streams", "boards", "push_keys", "locator", "remote")
"""What a route may ask for by its name, for the life of the application."""


def from_state(name: str) -> Provide:
    async def provide(state: State) -> Any:  # noqa: ANN401 - as the route declares it
        return state[name]

    return Provide(provide)


HorizonsDep = NamedDependency[Horizons]
"""The coming days in this process's memory."""
WarmthDep = NamedDependency[Warmth]
"""Whether this process can price a window yet."""
UploadsDep = NamedDependency[Uploads]
"""Photos on their way, and where they are kept."""
StreamsDep = NamedDependency[Streams]
"""The phones that listen to this process."""
BoardsDep = NamedDependency[BoardStreams]
"""The boards that listen to this process."""
PushKeysDep = NamedDependency[PushKeys | None]
"""None where no phone is pushed."""
LocatorDep = NamedDependency[Locator]
"""Looks addresses up, where a geocoder is configured."""


RemoteDep = NamedDependency[Remote]
"""What line 2 measures and does from afar."""


async def read_own_round(
    caller: Caller, home: UUID, on: date, work: Callable[[Conn, UUID, UUID], Awaitable[T]]
) -> T:
    """`work(conn, area, technician)` in a snapshot of the area in which the technician works that day, which on loan is
    another than the home area."""
    technician_id = dict(caller.actor.technician_ids)[home]
    async with caller.database.begin([home]) as conn:
        area_id = await technicians.works_in(conn, home=home, technician_id=technician_id, on_day=on)
    async with caller.database.begin({home, area_id}, snapshot=True) as conn:
        return await work(conn, area_id, technician_id)


class StrictRequest(Request[Any, Any, State]):
    """Decodes a body straight into the type that the route declares: no guessing, no leniency."""

    async def json(self) -> Any:  # noqa: ANN401
        """Raises `Unreadable` (not JSON) and `Malformed` (JSON of another form)."""
        field = cast("Any", self.route_handler).parsed_data_field
        wanted: Any = object if field is None else field.annotation
        return decoded(await self.body(), wanted)


def decoded(body: bytes, wanted: type[T]) -> T:
    try:
        # the decoder looks at the bytes of a text only where it keeps them
        body.decode()
        return msgspec.json.decode(body, type=wanted, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed(faults=faults_of(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable() from error
    except RecursionError as error:
        raise Malformed() from error


def shown(record: object, wire: type[W]) -> W:
    """The record as its wire struct: the members of the same name, no others."""
    return msgspec.convert(record, wire, from_attributes=True)


def etag(version: int) -> str:
    return f'"{version}"'


def version_of(if_match: str | None) -> int:
    """The version in an If-Match header. Raises `VersionMissing`, `Malformed`."""
    if if_match is None:
        raise VersionMissing()
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Malformed()
    return int(text)


IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description='The version read, as in `"3"`')]
IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key", max_length=200, description="The same key and body: the first answer"
    ),
]


async def once(
    caller: Caller,
    area_id: UUID,
    key: str | None,
    body: msgspec.Struct,
    work: Callable[[Conn], Awaitable[tuple[int, msgspec.Struct]]],
) -> Response[bytes]:
    """Do the work and remember the answer under the key, in one transaction; the same key again gets that answer.

    Raises `KeyReused` where the key came with another body.
    """
    digest = hashlib.sha256(msgspec.json.encode(body, order="deterministic")).digest()
    principal = caller.actor.actor_id

    async def remembered(conn: Conn) -> answers.Answer:
        if key is not None:
            earlier = await answers.find(
                conn, area_id=area_id, principal_id=principal, key=key, request_hash=digest, now=caller.now
            )
            if earlier is not None:
                return earlier
        status, made = await work(conn)
        answer = answers.Answer(status=status, body=msgspec.json.encode(made))
        if key is not None:
            await answers.remember(conn, area_id=area_id, principal_id=principal, key=key, answer=answer)
        return answer

    answer = await caller.write(remembered)
    return Response(answer.body, status_code=answer.status, media_type="application/json")
