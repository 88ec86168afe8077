"""Signing in and out, one's sessions."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.params import FromPath, HeaderParameter, JSONBody

from api.auth import COOKIE, OPEN, allow
from api.deps import CallerDep, shown
from api.wire.accounts import AreaOut, Areas, LanguageIn, Me, RoleHeld, SessionOut, Sessions, SignIn
from dispatch.actors import Actor
from dispatch.errors import WrongPassword
from dispatch.flows import accounts, areas
from dispatch.passwords import matches

COOKIE_LIVES = timedelta(days=30)
UserAgent = Annotated[str | None, HeaderParameter(name="User-Agent")]


def me_of(actor: Actor, now: datetime) -> Me:
    """The signed-in person with the roles of this moment."""
    technician = dict(actor.technician_ids)
    roles = [
        RoleHeld(
            area_id=area, role=role, technician_id=technician.get(area) if role == "technician" else None
        )
        for area, role in sorted(actor.roles)
    ]
    return Me(
        staff_id=actor.actor_id,
        display_name=actor.display_name,
        language=actor.language,
        roles=roles,
        now=now,
    )


def session_cookie(secret: str) -> Cookie:
    """The server ends what is unused; a browser cannot know when it was used last."""
    return _cookie(secret, max_age=int(COOKIE_LIVES.total_seconds()))


def _cookie(secret: str, *, max_age: int) -> Cookie:
    return Cookie(
        key=COOKIE, value=secret, path="/", secure=True, httponly=True, samesite="strict", max_age=max_age
    )


@post("/v1/sign-in", opt=OPEN, security=[{}], status_code=200, tags=["sign-in"], summary="Sign in")
async def sign_in(data: JSONBody[SignIn], caller: CallerDep, user_agent: UserAgent = None) -> Response[Me]:
    """Sets our session cookie. A wrong name, a wrong password and too many tries get the same answer."""
    async with caller.database.begin() as conn:
        account = await accounts.find_account(conn, login=data.login, now=caller.now)
    # slow on purpose, so between the transactions and not inside one; as slow for a name that nobody has
    if not await matches(account.password_hash, data.password) or account.staff_id is None:
        async with caller.database.begin() as conn:
            await accounts.record_failure(conn, login=data.login, now=caller.now)
        raise WrongPassword()
    async with caller.database.begin() as conn:
        signed_in = await accounts.open_session(
            conn, staff_id=account.staff_id, agent=user_agent or "", now=caller.now
        )
    return Response(me_of(signed_in.actor, caller.now), cookies=[session_cookie(signed_in.secret)])


@post("/v1/sign-out", opt=allow(), status_code=204, tags=["sign-in"], summary="Sign out")
async def sign_out(caller: CallerDep) -> Response[None]:
    """Ends this session."""
    session_id = caller.actor.session_id
    if session_id is not None:
        async with caller.database.begin() as conn:
            await accounts.end_session(conn, session_id=session_id, actor=caller.actor, now=caller.now)
    return Response(None, cookies=[_cookie("", max_age=0)])


@get("/v1/me", opt=allow(), tags=["sign-in"], summary="Who am I")
async def get_me(caller: CallerDep) -> Me:
    """The signed-in person with the roles of this moment."""
    return me_of(caller.actor, caller.now)


@put("/v1/me/language", opt=allow(), tags=["sign-in"], summary="Choose my language", status_code=204)
async def change_language(data: JSONBody[LanguageIn], caller: CallerDep) -> None:
    """Sentences that the server makes are in it from the next request on, on all devices."""
    await caller.write(
        lambda conn: accounts.change_language(conn, language=data.language, actor=caller.actor)
    )


@get("/v1/areas", opt=allow(), tags=["sign-in"], summary="My areas")
async def list_areas(caller: CallerDep) -> Areas:
    """Those in which the signed-in person has a role, by name."""
    rows = [row for row in await caller.read(areas.list_areas) if row.area_id in caller.actor.areas]
    return Areas(items=[shown(row, AreaOut) for row in sorted(rows, key=lambda area: area.name)])


@get("/v1/sessions", opt=allow(), tags=["sign-in"], summary="My sessions")
async def list_sessions(caller: CallerDep) -> Sessions:
    """Where one is signed in."""
    rows = await caller.read(lambda conn: accounts.list_sessions(conn, actor=caller.actor, now=caller.now))
    return Sessions(items=[shown(row, SessionOut) for row in rows])


@delete("/v1/sessions/{session_id:uuid}", opt=allow(), tags=["sign-in"], summary="End one of my sessions")
async def end_session(session_id: FromPath[UUID], caller: CallerDep) -> None:
    """A phone was lost, a browser left open."""
    await caller.write(
        lambda conn: accounts.end_session(conn, session_id=session_id, actor=caller.actor, now=caller.now)
    )
