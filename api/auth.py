"""Deny by default: every route states its policy, one guard enforces it, and a route without one fails start-up.

The guard runs before a body is read. People come with our session cookie, other systems with a bearer token, subscribers with
the token of a link to one job; role, area and assignment are read from the database in each request.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import QueryParameter

from api.problems import FieldError, ForeignOrigin, Malformed, WrongMediaType
from db.pool import Database
from db.states import ActorKind, Role
from dispatch import phone_keys
from dispatch.actors import Actor
from dispatch.clock import Clock
from dispatch.errors import NotAllowed, NotSignedIn, UnknownLink
from dispatch.flows import accounts, devices, links

COOKIE = "__Host-line3"
POLICY = "policy"
JSON = "application/json"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Connection = ASGIConnection[Any, Any, Any, Any]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Who may call. People need one of the roles, other systems the scope; `open` asks nobody. `device`: a phone whose
    session has ended may deposit here with its key. `link`: a subscriber with the link to a job, and nobody else. `takes`: the
    media type of a body."""

    roles: frozenset[Role] = frozenset()
    scope: str | None = None
    open: bool = False
    device: bool = False
    link: bool = False
    takes: str = JSON


def allow(*roles: Role, scope: str | None = None, device: bool = False, takes: str = JSON) -> dict[str, Any]:
    """As `opt=` of a route. With no role and no scope: anybody who is signed in."""
    return {POLICY: Policy(roles=frozenset(roles), scope=scope, device=device, takes=takes)}


OPEN: dict[str, Any] = {POLICY: Policy(open=True)}
BY_LINK: dict[str, Any] = {POLICY: Policy(link=True)}


def verify_policies(app: Litestar) -> None:
    """Raises `RuntimeError` naming the first route that forgot to say who may call it."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]
        for handler in cast("list[Any]", handlers):
            if isinstance(handler, HTTPRouteHandler) and not _policy(handler):
                methods = ",".join(sorted(handler.http_methods))
                if methods != "OPTIONS":
                    raise RuntimeError(f"{methods} {route.path} states no policy")


def _policy(handler: BaseRouteHandler) -> Policy | None:
    return cast("Policy | None", handler.opt.get(POLICY))


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Raises `NotSignedIn`, `NotAllowed`, `UnknownLink`, `TooManyLinks`, `ForeignOrigin`, `WrongMediaType`, `Malformed` (unknown
    query members)."""
    policy = _policy(handler)
    if policy is None:
        raise NotAllowed()
    method = str(cast("Any", connection.scope)["method"])
    if method not in SAFE:
        _same_site(connection)
        _takes_only(connection, policy.takes)
    _known_parameters(connection, handler)
    if policy.open:
        return
    actor = _permitted(policy, await _authenticate(connection, policy))
    cast("dict[str, Any]", cast("Any", connection.scope)["state"])["actor"] = actor


def _permitted(policy: Policy, actor: Actor) -> Actor:
    """Its areas are from here on those in which it may do this, so no later step can forget to ask. Raises
    `NotAllowed`."""
    if actor.device_id is not None and policy.device:
        return actor
    if (actor.kind is ActorKind.SUBSCRIBER) is not policy.link:
        raise NotAllowed()
    if policy.link:
        return actor
    if actor.kind is ActorKind.INTEGRATION:
        if policy.scope not in actor.scopes:
            raise NotAllowed()
        return actor
    if policy.roles:
        areas = actor.areas_as(*policy.roles)
        if not areas:
            raise NotAllowed()
        return msgspec.structs.replace(actor, areas=areas)
    if policy.scope is not None:
        raise NotAllowed()
    return actor


async def _authenticate(connection: Connection, policy: Policy) -> Actor:
    """A session comes first; where it has ended, a phone's key does where the route takes one."""
    database, clock = (
        cast("Database", connection.app.state.database),
        cast("Clock", connection.app.state.clock),
    )
    kind, _, shown = connection.headers.get("Authorization", "").partition(" ")
    if policy.link and kind == "Link":
        return await _by_link(connection, database, shown, clock())
    cookie = connection.cookies.get(COOKIE)
    by_key = policy.device and kind == "Device"
    async with database.begin() as conn:
        if kind == "Bearer":
            return await accounts.find_integration(conn, secret=shown)
        if cookie is not None:
            with suppress(*(NotSignedIn,) if by_key else ()):
                return await accounts.find_actor(conn, secret=cookie, now=clock())
    if not by_key:
        raise NotSignedIn()
    device_id, key = _shown_by_phone(shown)
    async with database.begin([phone_keys.area_of(key)]) as conn:
        return await devices.find_by_key(conn, device_id=device_id, key=key, now=clock())


async def _by_link(connection: Connection, database: Database, token: str, now: datetime) -> Actor:
    """Raises `UnknownLink`, `TooManyLinks`."""
    try:
        async with database.begin([phone_keys.area_of(token)]) as conn:
            return await links.find_by_token(conn, token=token, now=now)
    except UnknownLink:
        address = connection.client.host if connection.client is not None else ""
        async with database.begin() as conn:
            await links.note_unknown(conn, address=address, now=now)
        raise


def _shown_by_phone(shown: str) -> tuple[UUID, str]:
    """Of `deviceId.key`. Raises `NotSignedIn`."""
    device_id, _, key = shown.partition(".")
    try:
        return UUID(device_id), key
    except ValueError:
        raise NotSignedIn() from None


def _same_site(connection: Connection) -> None:
    """A page of another site may make a browser send our cookie; it cannot forge where it comes from."""
    if connection.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise ForeignOrigin()
    origin = connection.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != connection.headers.get("Host"):
        raise ForeignOrigin()


def _takes_only(connection: Connection, takes: str) -> None:
    """Exactly: what a form could send is neither JSON nor a piece of a photo."""
    sends = connection.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in connection.headers
    media_type = connection.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if sends and media_type != takes:
        raise WrongMediaType()


def _known_parameters(connection: Connection, handler: BaseRouteHandler) -> None:
    """A misspelt filter must not silently answer everything."""
    known = {
        field.kwarg_definition.name or name
        for name, field in handler.parsed_fn_signature.parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter)
    }
    if set(connection.query_params) - known:
        raise Malformed(faults=[FieldError("#query", "unknown")])
