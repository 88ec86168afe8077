"""Who is there: signing in with a local account, our own opaque sessions, tokens of other systems."""

import math
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import areas
from db.records import Session, Token
from db.records.base import Record
from db.rows import Conn
from db.states import ActorKind, Role
from dispatch.actors import Actor
from dispatch.errors import NotAllowed, NotSignedIn, TooManyTries, UnknownSession
from dispatch.sessions import digest, start_session

IDLE = timedelta(hours=14)
"""A session unused for so long has ended: a shift and the ways around it."""
FAILURES = 8
FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_KEPT_FOR = timedelta(days=1)
"""Far longer than anybody counts them: of logins, of links and of codes of files."""
TOUCH_EVERY = timedelta(minutes=1)


class SignedIn(Record):
    """The secret goes into the cookie and is kept nowhere."""

    secret: str
    actor: Actor


class Account(Record):
    """Who a login belongs to, if anybody; the password is verified outside the transaction."""

    staff_id: UUID | None
    password_hash: str | None


async def find_account(conn: Conn, *, login: str, now: datetime) -> Account:
    """Raises `TooManyTries`, in the words of a wrong password, with the seconds until the next try counts: they are as long for a
    name that nobody has. An unknown login is an account of nobody."""
    failed_at = await areas.find_sign_in_failure(conn, digest(login.lower()), FAILURES - 1)
    if failed_at is not None and now < failed_at + FAILURE_WINDOW:
        wait = failed_at + FAILURE_WINDOW - now
        raise TooManyTries(waitSeconds=math.ceil(wait.total_seconds()))
    staff = await areas.find_staff_by_login(conn, login.lower())
    if staff is None:
        return Account(staff_id=None, password_hash=None)
    return Account(staff_id=staff.staff_id, password_hash=staff.password_hash)


async def record_failure(conn: Conn, *, login: str, now: datetime) -> None:
    """A wrong name or password."""
    async with conn.transaction():
        await areas.insert_sign_in_failure(conn, digest(login.lower()), now, new_id())


async def forget_failures(conn: Conn, *, now: datetime) -> int:
    """Of all areas: whoever fails to sign in has none yet."""
    async with conn.transaction():
        return await areas.forget_sign_in_failures(conn, now - FAILURES_KEPT_FOR)


async def open_session(conn: Conn, *, staff_id: UUID, agent: str, now: datetime) -> SignedIn:
    """A new secret at every sign-in: nobody can plant one beforehand."""
    async with conn.transaction():
        secret = await start_session(conn, staff_id=staff_id, agent=agent, now=now)
        return SignedIn(secret=secret, actor=await find_actor(conn, secret=secret, now=now))


async def find_actor(conn: Conn, *, secret: str, now: datetime) -> Actor:
    """Who the session belongs to, with the roles of this moment. Raises `NotSignedIn`."""
    found = await areas.find_session(conn, digest(secret), now - IDLE)
    if found is None:
        raise NotSignedIn()
    if now - found.used_at > TOUCH_EVERY:
        await areas.touch_session(conn, found.session_id, now)
    technicians = tuple(
        (area, technician)
        for area, technician in zip(found.areas, found.technicians, strict=True)
        if technician is not None
    )
    return Actor(
        kind=ActorKind.STAFF,
        actor_id=found.staff_id,
        roles=frozenset(zip(found.areas, found.roles, strict=True)),
        areas=tuple(sorted(set(found.areas))),
        technician_ids=technicians,
        display_name=found.display_name,
        language=found.language,
        session_id=found.session_id,
    )


async def list_sessions(conn: Conn, *, actor: Actor, now: datetime) -> list[Session]:
    return await areas.list_sessions(conn, actor.actor_id, now - IDLE)


async def end_session(conn: Conn, *, session_id: UUID, actor: Actor, now: datetime) -> None:
    """One's own only. Raises `UnknownSession`."""
    async with conn.transaction():
        if not await areas.end_session(conn, session_id, actor.actor_id, now):
            raise UnknownSession()


async def change_language(conn: Conn, *, language: str, actor: Actor) -> None:
    """What the signed-in person is told in from now on."""
    async with conn.transaction():
        await areas.change_language(conn, actor.actor_id, language)


async def find_integration(conn: Conn, *, secret: str) -> Actor:
    """The other system behind a bearer token. Raises `NotSignedIn`."""
    token = await areas.find_token(conn, digest(secret))
    if token is None:
        raise NotSignedIn()
    return Actor(
        kind=ActorKind.INTEGRATION,
        actor_id=token.token_id,
        scopes=frozenset(token.scopes),
        areas=tuple(sorted(token.area_ids)),
        display_name=token.name,
    )


async def create_token(
    conn: Conn, *, name: str, scopes: list[str], area_ids: list[UUID], now: datetime
) -> str:
    """A new token's secret, shown once."""
    async with conn.transaction():
        secret = "l3_" + secrets.token_urlsafe(32)
        token = Token(
            token_hash=digest(secret),
            token_id=new_id(),
            name=name,
            scopes=scopes,
            area_ids=area_ids,
            created_at=now,
            revoked_at=None,
        )
        await areas.insert_tokens(conn, [token])
        return secret


async def act_as(conn: Conn, *, login: str, role: Role) -> Actor:
    """A person named at the command line, in the areas of this role. Raises `NotAllowed` where there are none."""
    staff = await areas.find_staff_by_login(conn, login.lower())
    roles = [] if staff is None else await areas.list_roles_of_staff(conn, staff.staff_id)
    held = sorted(row.area_id for row in roles if row.role is role)
    if staff is None or not held:
        raise NotAllowed()
    return Actor(
        kind=ActorKind.STAFF,
        actor_id=staff.staff_id,
        roles=frozenset((area_id, role) for area_id in held),
        areas=tuple(held),
        display_name=staff.display_name,
        language=staff.language,
    )
