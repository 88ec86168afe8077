"""Phones: a link to enrol one, its key, taking both away; what is missing of what it sent."""

import hmac
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from db.ids import new_id
from db.queries import areas, devices, technicians
from db.queries.devices import KnownDevice, MissingOf
from db.records import Device, Enrolment, Technician
from db.records.base import Record
from db.rows import Conn
from db.states import ActorKind
from dispatch import phone_keys
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import (
    DeviceRevoked,
    DeviceTaken,
    NotSignedIn,
    TooManyCodes,
    UnknownDevice,
    UnknownTechnician,
    WrongCode,
)
from dispatch.rules.gaps import LOSS_SHOWN_FOR, OPEN_FOR
from dispatch.rules.journal import entry
from dispatch.rules.phone import DEPOSITS_FOR
from dispatch.sessions import digest, start_session

LINK_LIVES = timedelta(hours=24)
FAILURES = 30
FAILURE_WINDOW = timedelta(minutes=15)
"""So many wrong codes in it from one network address; guessing one would take longer than the sun will shine."""


class Offered(Record):
    """A link's code, kept nowhere."""

    code: str
    expires_at: datetime


class Enrolled(Record):
    """A phone and its key, which is shown this once."""

    device: Device
    key: str


class Redeemed(Record):
    """A phone enrolled by its link, and the session that was opened on it."""

    enrolled: Enrolled
    secret: str


class Missing(Record):
    """What has not arrived of one phone, in order."""

    of: MissingOf
    gaps: list[MissingOf]


async def offer(conn: Conn, *, actor: Actor, area_id: UUID, technician_id: UUID, now: datetime) -> Offered:
    """A link for one phone of this technician. Raises `UnknownTechnician`."""
    async with conn.transaction():
        if await technicians.find_technician(conn, area_id, technician_id) is None:
            raise UnknownTechnician()
        code = phone_keys.make(area_id, phone_keys.CODE_BYTES)
        made = Enrolment(
            area_id=area_id,
            code_hash=digest(code),
            enrolment_id=new_id(),
            technician_id=technician_id,
            made_by=actor.actor_id,
            made_at=now,
            expires_at=now + LINK_LIVES,
            used_at=None,
            device_id=None,
        )
        await devices.insert_enrolments(conn, [made])
        facts = {"technicianId": technician_id}
        await announce(
            conn,
            area_id,
            [entry(actor, now, "enrolment.made", area_id=area_id, subject_id=made.enrolment_id, facts=facts)],
        )
        return Offered(code=code, expires_at=made.expires_at)


async def note_wrong_code(conn: Conn, *, address: str, now: datetime) -> None:
    """Raises `TooManyCodes`, in the words of a wrong code: a good one always works, for an address may be shared by many."""
    # a line break, which no login has
    tries = digest(f"enrol\n{address}")
    async with conn.transaction():
        if await areas.count_sign_in_failures(conn, tries, now - FAILURE_WINDOW) >= FAILURES:
            raise TooManyCodes()
        await areas.insert_sign_in_failure(conn, tries, now, new_id())


async def redeem(conn: Conn, *, code: str, device_id: UUID, name: str, agent: str, now: datetime) -> Redeemed:
    """The phone is the technician's, and signed in; again for the same phone, whose answer may have got lost. Raises `WrongCode`
    (also for an expired one, and one that another phone has used), `DeviceTaken`, `DeviceRevoked`; the code is then as good
    as before."""
    async with conn.transaction():
        area_id = phone_keys.area_of(code)
        used = await devices.use_enrolment(conn, area_id, digest(code), now, device_id)
        if used is None:
            raise WrongCode()
        technician = await technicians.find_technician(conn, area_id, used.technician_id)
        assert technician is not None, "technicians are never removed"
        secret = await start_session(
            conn, staff_id=technician.staff_id, agent=agent, now=now, device_id=device_id
        )
        actor = Actor(kind=ActorKind.TECHNICIAN, actor_id=technician.technician_id)
        enrolled = await _enrol(conn, actor, technician, device_id, name, now)
        return Redeemed(enrolled=enrolled, secret=secret)


async def enrol(conn: Conn, *, actor: Actor, device_id: UUID, name: str, now: datetime) -> Enrolled:
    """The signed-in technician's own phone, by its own id; again it is the same, with another key. The session is from
    now on that phone's. Raises `DeviceTaken`, `DeviceRevoked`, `UnknownTechnician`."""
    async with conn.transaction():
        if not actor.technician_ids:
            raise UnknownTechnician()
        area_id, technician_id = actor.technician_ids[0]
        if actor.session_id is not None:
            await areas.bind_session(conn, actor.session_id, device_id)
        technician = await technicians.find_technician(conn, area_id, technician_id)
        assert technician is not None, "technicians are never removed"
        return await _enrol(conn, actor, technician, device_id, name, now)


async def _enrol(
    conn: Conn, actor: Actor, technician: Technician, device_id: UUID, name: str, now: datetime
) -> Enrolled:
    """What waits on a phone is told under its owner's name, so it stays one person's: signing out is what frees it."""
    area_id, technician_id = technician.area_id, technician.technician_id
    if await devices.own_device(conn, device_id, technician.staff_id) != technician.staff_id:
        raise DeviceTaken()
    key = phone_keys.make(area_id, phone_keys.KEY_BYTES)
    device = Device(
        area_id=area_id,
        device_id=device_id,
        technician_id=technician_id,
        name=name,
        enrolled_at=now,
        revoked_at=None,
        key_hash=digest(key),
        last_seq=0,
        last_seen_at=None,
    )
    is_new = bool(await devices.insert_devices(conn, [device]))
    if not is_new:
        present = await devices.lock_device(conn, area_id, device_id)
        if present is None or present.technician_id != technician_id:
            raise DeviceTaken()
        if present.revoked_at is not None:
            raise DeviceRevoked()
        await devices.give_key(conn, area_id, device_id, digest(key))
        device = present
    facts = {"again": not is_new}
    said = entry(actor, now, "device.enrolled", area_id=area_id, subject_id=device_id, facts=facts)
    await announce(conn, area_id, [said])
    return Enrolled(device=device, key=key)


async def find_by_key(conn: Conn, *, device_id: UUID, key: str, now: datetime) -> Actor:
    """The technician whose phone shows its key. Raises `NotSignedIn` (also where nobody is this technician any more; what waits
    stays on the phone, to be exported), `DeviceRevoked`."""
    device = await devices.find_device(conn, phone_keys.area_of(key), device_id)
    if device is None or device.key_hash is None:
        raise NotSignedIn()
    if not hmac.compare_digest(device.key_hash, digest(key)):
        raise NotSignedIn()
    if not await areas.is_technician(conn, device.area_id, device.technician_id):
        raise NotSignedIn()
    if device.revoked_at is not None and now > device.revoked_at + DEPOSITS_FOR:
        raise DeviceRevoked()
    return Actor(
        kind=ActorKind.TECHNICIAN,
        actor_id=device.technician_id,
        areas=(device.area_id,),
        technician_ids=((device.area_id, device.technician_id),),
        device_id=device_id,
    )


async def list_of(conn: Conn, *, area_id: UUID, now: datetime) -> list[KnownDevice]:
    """The area's phones, by technician."""
    return await devices.list_devices(conn, area_id, now - OPEN_FOR)


async def revoke(
    conn: Conn, *, area_id: UUID, device_id: UUID, reason: str, actor: Actor, now: datetime
) -> KnownDevice:
    """It pulls nothing from now on, and whoever is signed in on it is not any more. Again changes nothing. Raises
    `UnknownDevice`."""
    async with conn.transaction():
        if await devices.revoke_device(conn, area_id, device_id, now, reason):
            await areas.end_sessions_of_device(conn, device_id, now)
            entries = [entry(actor, now, "device.revoked", area_id=area_id, subject_id=device_id)]
            await announce(conn, area_id, entries)
        known = await devices.list_devices(conn, area_id, now - OPEN_FOR)
        found = next((device for device in known if device.device_id == device_id), None)
        if found is None:
            raise UnknownDevice()
        return found


async def list_missing(conn: Conn, *, area_id: UUID, now: datetime) -> list[Missing]:
    """Phones of which something is missing for too long, or that lost their storage lately. One that was revoked is not
    waited for."""
    rows = await devices.list_missing(conn, area_id, now - OPEN_FOR, now - LOSS_SHOWN_FOR, now - DEPOSITS_FOR)
    found: list[Missing] = []
    for _, of_device in groupby(rows, key=lambda row: row.device_id):
        every = list(of_device)
        found.append(Missing(of=every[0], gaps=[row for row in every if row.first_seq is not None]))
    return found


async def list_unheard(conn: Conn, *, area_id: UUID) -> list[Technician]:
    """Who works here, and no phone of whom was ever in touch."""
    people = [one for one in await technicians.list_technicians(conn, [area_id]) if one.active]
    heard = await technicians.list_last_seen(conn, [area_id], [one.technician_id for one in people])
    seen = {row.technician_id for row in heard}
    return [one for one in people if one.technician_id not in seen]


async def find_home(conn: Conn, *, login: str) -> tuple[UUID, UUID]:
    """(home area, technician) of a login. Raises `UnknownTechnician`."""
    home = await areas.find_home(conn, login.lower())
    if home is None:
        raise UnknownTechnician()
    return home.area_id, home.technician_id
