"""Setting up who works in the office: people with their roles of an area, and the links by which they set a password."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, setup, staff
from db.records import PasswordLink, Staff, StaffAreaRole
from db.records.base import Record
from db.rows import Conn
from db.states import ActorKind, Role
from dispatch import phone_keys
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import AlreadyTaken, NotAllowed, NotChangeable, UnknownReference, WrongCode
from dispatch.rules.journal import entry
from dispatch.rules.office import OfficePerson, OfficePersonIn, is_beyond, person_of, works_only_there
from dispatch.sessions import digest
from dispatch.setting_up import told, version_after, written

LINK_LIVES = timedelta(hours=24)
OFFICE = (Role.DISPATCHER, Role.SUPPORT, Role.SUPERVISOR, Role.AUDITOR)


class PasswordOffered(Record):
    """A link's code, kept nowhere."""

    code: str
    expires_at: datetime


async def list_office(conn: Conn, *, area_id: UUID, actor: Actor) -> list[OfficePerson]:
    """By name, also those who have left."""
    found = await staff.list_office(conn, area_id)
    held = await staff.list_roles(conn, [row.staff_id for row in found])
    return [
        person_of(one, [row for row in held if row.staff_id == one.staff_id], area_id, actor.areas)
        for one in found
    ]


async def save_person(
    conn: Conn,
    *,
    area_id: UUID,
    staff_id: UUID,
    made: OfficePersonIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> OfficePerson:
    """Somebody new gets an account without a password; who signs in by this name elsewhere already gets the roles here, and
    keeps the account as it is.

    Raises `Stale`, `AlreadyTaken` (the login), `NotChangeable` (another login, the account of somebody who works elsewhere as
    well, one's own supervising), `NotAllowed` (who supervises no more by the time).
    """
    async with conn.transaction():
        await staff.lock_area(conn, area_id)
        if not await _supervises(conn, actor.actor_id, area_id):
            raise NotAllowed()
        known = await _account(conn, area_id, staff_id, made.login)
        held = [] if known is None else await staff.list_roles(conn, [known.staff_id])
        is_here = any(row.area_id == area_id and row.role in OFFICE for row in held)
        before = None if known is None or not is_here else person_of(known, held, area_id, actor.areas)
        counted = version_after(0 if before is None else before.version, version)
        roles = sorted({Role(role) for role in made.roles})
        if staff_id == actor.actor_id and (Role.SUPERVISOR not in roles or not made.active):
            raise NotChangeable(pointer="/roles")
        has_left = not made.active and works_only_there(held, area_id)
        if known is None:
            known = await _open_account(conn, staff_id, made)
        elif before is not None:
            known = await _change_account(conn, known, made, before, counted, is_active=not has_left)
        # the roles of whoever has left stay to be seen, and open nothing; of whoever goes on elsewhere, those of here go
        await _give(conn, area_id, known.staff_id, roles if made.active or has_left else [])
        if not made.active:
            await staff.end_sessions(conn, known.staff_id, now, has_left)
            await staff.end_password_links(conn, area_id, known.staff_id, now)
        after = person_of(known, await staff.list_roles(conn, [known.staff_id]), area_id, actor.areas)
        await announce(conn, area_id, [told(actor, now, "staff", area_id, before, after, after.staff_id)])
        return after


async def _give(conn: Conn, area_id: UUID, staff_id: UUID, roles: list[Role]) -> None:
    """These of the office, and no others."""
    await staff.drop_roles(conn, staff_id, area_id, OFFICE)
    given = [StaffAreaRole(staff_id=staff_id, area_id=area_id, role=role) for role in roles]
    await areas.insert_roles(conn, given)


async def _supervises(conn: Conn, staff_id: UUID, area_id: UUID) -> bool:
    """Read under the lock: of two who end each other, one stays."""
    held = await areas.list_roles_of_staff(conn, staff_id)
    (account,) = await setup.list_staff(conn, [staff_id], [])
    return account.active and any(row.area_id == area_id and row.role is Role.SUPERVISOR for row in held)


async def _account(conn: Conn, area_id: UUID, staff_id: UUID, login: str) -> Staff | None:
    """That is there already: of this id, or of this login where it has no place in the area's office yet."""
    found = await setup.list_staff(conn, [staff_id], [login])
    same = next((row for row in found if row.staff_id == staff_id), None)
    if same is not None and same.login != login:
        raise NotChangeable(pointer="/login")
    account = same or next(iter(found), None)
    if account is None:
        return None
    held = await areas.list_roles_of_staff(conn, account.staff_id)
    is_here = any(row.area_id == area_id and row.role in OFFICE for row in held)
    # an account that has ended elsewhere would open there again what it opened
    if is_here != (account is same) or not (account.active or is_here):
        raise AlreadyTaken(pointer="/login")
    return account


async def _open_account(conn: Conn, staff_id: UUID, made: OfficePersonIn) -> Staff:
    account = Staff(
        staff_id=staff_id,
        login=made.login,
        display_name=made.display_name,
        language=made.language,
        password_hash=None,
        active=made.active,
    )
    await areas.insert_staff(conn, [account])
    return account


async def _change_account(
    conn: Conn, account: Staff, made: OfficePersonIn, before: OfficePerson, version: int, *, is_active: bool
) -> Staff:
    for name, pointer in (("display_name", "/displayName"), ("language", "/language")):
        if before.beyond and getattr(made, name) != getattr(account, name):
            raise NotChangeable(pointer=pointer)
    changed = msgspec.structs.replace(
        account,
        display_name=made.display_name,
        language=made.language,
        active=is_active,
        version=version,
    )
    written(await setup.save_staff(conn, [changed]), [changed])
    return changed


async def find_in_office(conn: Conn, *, login: str) -> tuple[UUID, UUID]:
    """(an area, staff) of a login. Raises `UnknownReference`."""
    account = await areas.find_staff_by_login(conn, login.lower())
    held = [] if account is None else await areas.list_roles_of_staff(conn, account.staff_id)
    found = next(((row.area_id, row.staff_id) for row in held if row.role in OFFICE), None)
    if found is None:
        raise UnknownReference(pointer="/login")
    return found


async def offer_password(
    conn: Conn, *, actor: Actor, area_id: UUID, staff_id: UUID, now: datetime
) -> PasswordOffered:
    """A link by which this person sets a password, once; one made before is good no more.

    Raises `UnknownReference`, `NotAllowed` (who works where the one who asks does not supervise).
    """
    async with conn.transaction():
        office = await list_office(conn, area_id=area_id, actor=actor)
        person = next((row for row in office if row.staff_id == staff_id and row.active), None)
        if person is None:
            raise UnknownReference(pointer="/staffId")
        if person.beyond:
            raise NotAllowed()
        await staff.end_password_links(conn, area_id, staff_id, now)
        code = phone_keys.make(area_id, phone_keys.CODE_BYTES)
        link = PasswordLink(
            area_id=area_id,
            code_hash=digest(code),
            password_link_id=new_id(),
            staff_id=staff_id,
            made_by=actor.actor_id,
            made_at=now,
            expires_at=now + LINK_LIVES,
            used_at=None,
        )
        await staff.insert_password_links(conn, [link])
        said = entry(actor, now, "staff.password_offered", area_id=area_id, subject_id=staff_id)
        await announce(conn, area_id, [said])
        return PasswordOffered(code=code, expires_at=link.expires_at)


async def check_password_link(conn: Conn, *, code: str, now: datetime) -> None:
    """Before a password is hashed, which is slow on purpose: nobody who guesses makes us do it. Raises `WrongCode`."""
    if await staff.find_password_link(conn, phone_keys.area_of(code), digest(code), now) is None:
        raise WrongCode()


async def set_password(conn: Conn, *, code: str, password_hash: str, now: datetime) -> str:
    """The login whose password it is from now on; whoever was signed in by the one before is not any more.

    Raises `WrongCode`, also where the person has left, or works by now where the one who made the link does not supervise.
    """
    async with conn.transaction():
        area_id = phone_keys.area_of(code)
        link = await staff.use_password_link(conn, area_id, digest(code), now)
        if link is None:
            raise WrongCode()
        held = await areas.list_roles_of_staff(conn, link.staff_id)
        makers = await areas.list_roles_of_staff(conn, link.made_by)
        # at the command line nobody made it, and whoever may run that may all
        if link.made_by.int and is_beyond(
            held, [row.area_id for row in makers if row.role is Role.SUPERVISOR]
        ):
            raise WrongCode()
        if not await staff.set_password(conn, link.staff_id, password_hash):
            raise WrongCode()
        await staff.end_sessions(conn, link.staff_id, now, False)
        (account,) = await setup.list_staff(conn, [link.staff_id], [])
        actor = Actor(kind=ActorKind.STAFF, actor_id=link.staff_id, areas=(area_id,))
        said = entry(actor, now, "staff.password_set", area_id=area_id, subject_id=link.staff_id)
        await announce(conn, area_id, [said])
        return account.login
