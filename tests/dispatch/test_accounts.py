"""Signing in: our own opaque sessions, failures that lock, roles read fresh."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from db.pool import Database
from db.rows import Conn
from db.states import ActorKind, Role
from dispatch.errors import NotSignedIn, TooManyTries, UnknownSession, WrongPassword
from dispatch.flows import accounts
from dispatch.passwords import matches
from tests.builders import place, settled_in
from tests.worlds import NOW, PASSWORD, small_town

LOGIN = "small_town.technician1"
STAFF = small_town.staff_id("technician1")


async def check(conn: Conn, *, login: str, password: str, now: datetime) -> UUID:
    """The steps of signing in, before a session is opened."""
    account = await accounts.find_account(conn, login=login, now=now)
    if account.staff_id is None or not await matches(account.password_hash, password):
        raise WrongPassword()
    return account.staff_id


async def sign_in(conn: Conn) -> accounts.SignedIn:
    staff_id = await check(conn, login=LOGIN.upper(), password=PASSWORD, now=NOW)
    return await accounts.open_session(conn, staff_id=staff_id, agent="x" * 500, now=NOW)


async def test_the_right_password_opens_a_session_that_knows_who_and_where(conn: Conn) -> None:
    await place(conn)
    signed_in = await sign_in(conn)
    actor = await accounts.find_actor(conn, secret=signed_in.secret, now=NOW)
    assert actor == signed_in.actor
    assert (actor.kind, actor.actor_id) == (ActorKind.STAFF, STAFF)
    assert actor.roles == {(small_town.area_id, Role.TECHNICIAN)}
    assert actor.technician_ids == ((small_town.area_id, small_town.technicians[0].technician_id),)


async def test_every_session_has_a_secret_of_its_own_that_is_kept_nowhere(conn: Conn) -> None:
    await place(conn)
    first, second = await sign_in(conn), await sign_in(conn)
    assert first.secret != second.secret
    assert len(first.secret) >= 43
    kept = [str(tuple(row)) for row in await conn.fetch("SELECT * FROM session")]
    assert len(kept) == 2
    assert not [row for row in kept if first.secret in row or second.secret in row]


async def test_a_secret_that_was_planted_beforehand_opens_nothing(conn: Conn) -> None:
    await place(conn)
    planted = "a" * 43
    signed_in = await sign_in(conn)
    assert signed_in.secret != planted
    for secret in (planted, "", signed_in.secret[:-1], signed_in.secret + "x"):
        with pytest.raises(NotSignedIn):
            await accounts.find_actor(conn, secret=secret, now=NOW)


@pytest.mark.parametrize(
    ("login", "password"),
    [(LOGIN, "wrong"), (LOGIN, ""), ("nobody", PASSWORD), ("", ""), (LOGIN + " ", PASSWORD)],
)
async def test_a_wrong_name_and_a_wrong_password_are_the_same_answer(
    conn: Conn, login: str, password: str
) -> None:
    await place(conn)
    with pytest.raises(WrongPassword):
        await check(conn, login=login, password=password, now=NOW)


async def test_eight_failures_lock_the_name_for_a_quarter_of_an_hour_whatever_the_password(
    conn: Conn,
) -> None:
    await place(conn)
    for number in range(8):
        await check(conn, login=LOGIN, password=PASSWORD, now=NOW)
        await accounts.record_failure(conn, login=LOGIN.upper(), now=NOW + timedelta(seconds=number))
    with pytest.raises(TooManyTries) as locked:
        await check(conn, login=LOGIN, password=PASSWORD, now=NOW + timedelta(minutes=14))
    assert locked.value.facts == {"waitSeconds": 60}, "until the first of the eight is forgotten"
    await check(conn, login="small_town.technician2", password=PASSWORD, now=NOW + timedelta(minutes=14))
    await check(conn, login=LOGIN, password=PASSWORD, now=NOW + timedelta(minutes=16))


async def test_a_session_ends_when_it_was_idle_for_14_hours_and_lives_on_while_it_is_used(conn: Conn) -> None:
    await place(conn)
    secret = (await sign_in(conn)).secret
    later = NOW
    for _ in range(3):
        later += timedelta(hours=13)
        await accounts.find_actor(conn, secret=secret, now=later)
    with pytest.raises(NotSignedIn):
        await accounts.find_actor(conn, secret=secret, now=later + timedelta(hours=14, seconds=1))


async def test_roles_are_read_fresh_in_every_request(conn: Conn) -> None:
    await place(conn)
    secret = (await sign_in(conn)).secret
    await conn.execute(
        "INSERT INTO staff_area_role VALUES ($1, $2, 'dispatcher', NULL)", STAFF, small_town.area_id
    )
    actor = await accounts.find_actor(conn, secret=secret, now=NOW)
    assert {role for _, role in actor.roles} == {Role.TECHNICIAN, Role.DISPATCHER}
    await conn.execute("DELETE FROM staff_area_role WHERE staff_id = $1", STAFF)
    actor = await accounts.find_actor(conn, secret=secret, now=NOW)
    assert (actor.roles, actor.areas, actor.technician_ids) == (frozenset(), (), ())


async def test_who_has_left_is_signed_out_at_once_and_cannot_come_back(conn: Conn) -> None:
    await place(conn)
    secret = (await sign_in(conn)).secret
    await conn.execute("UPDATE staff SET active = false WHERE staff_id = $1", STAFF)
    with pytest.raises(NotSignedIn):
        await accounts.find_actor(conn, secret=secret, now=NOW)
    with pytest.raises(WrongPassword):
        await check(conn, login=LOGIN, password=PASSWORD, now=NOW)


async def test_one_ends_ones_own_sessions_and_nobody_elses(conn: Conn) -> None:
    await place(conn)
    first, second = await sign_in(conn), await sign_in(conn)
    other = await accounts.open_session(conn, staff_id=small_town.staff_id("dispatcher"), agent="", now=NOW)
    listed = await accounts.list_sessions(conn, actor=first.actor, now=NOW)
    assert {row.session_id for row in listed} == {first.actor.session_id, second.actor.session_id}
    assert second.actor.session_id is not None
    with pytest.raises(UnknownSession):
        await accounts.end_session(conn, session_id=second.actor.session_id, actor=other.actor, now=NOW)
    await accounts.end_session(conn, session_id=second.actor.session_id, actor=first.actor, now=NOW)
    with pytest.raises(NotSignedIn):
        await accounts.find_actor(conn, secret=second.secret, now=NOW)
    await accounts.find_actor(conn, secret=first.secret, now=NOW)


async def test_a_token_names_the_other_system_until_it_is_revoked(conn: Conn) -> None:
    await place(conn)
    secret = await accounts.create_token(
        conn, name="desk", scopes=["escalations"], area_ids=[small_town.area_id], now=NOW
    )
    actor = await accounts.find_integration(conn, secret=secret)
    assert (actor.kind, actor.scopes, actor.areas) == (
        ActorKind.INTEGRATION,
        {"escalations"},
        (small_town.area_id,),
    )
    await conn.execute("UPDATE token SET revoked_at = $1", NOW)
    with pytest.raises(NotSignedIn):
        await accounts.find_integration(conn, secret=secret)


async def test_a_flood_of_sign_ins_does_not_stop_the_loop(database: Database) -> None:
    await settled_in(database)

    async def attempt() -> bool:
        async with database.begin() as conn:
            try:
                await check(conn, login=LOGIN, password="wrong", now=NOW)
            except WrongPassword:
                return True
            return False

    assert await asyncio.gather(*(attempt() for _ in range(20))) == [True] * 20
