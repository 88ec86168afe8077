"""The technician's phone: enrolling it, and the one exchange by which everything goes there and back."""

import zlib

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from api.auth import OPEN, allow
from api.deps import CallerDep, StrictRequest, WarmthDep, decoded, shown
from api.problems import Malformed, Starting, TooLarge, Unreadable
from api.wire.health import Health
from api.wire.mobile import DeviceIn, DeviceOut
from db.states import Role
from dispatch.actors import Actor
from dispatch.errors import UnknownTechnician
from dispatch.exchange import exchange
from dispatch.flows import areas, sync, technicians
from dispatch.rules.phone import MAX_EVENTS, Envelope, Exchanged

MAX_BYTES = 1024 * 1024


@post(
    "/v1/mobile/devices",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="Enrol this phone",
    status_code=200,
)
async def enrol_device(data: JSONBody[DeviceIn], caller: CallerDep) -> DeviceOut:
    """For the signed-in technician; the same phone again is the same."""
    device = await caller.write(
        lambda conn: sync.enrol(
            conn, actor=caller.actor, device_id=data.device_id, name=data.name, now=caller.now
        )
    )
    return shown(device, DeviceOut)


@post(
    "/v1/mobile/sync",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="Exchange with a phone: push and pull",
    status_code=200,
    request_max_body_size=MAX_BYTES,
)
async def sync_phone(request: StrictRequest, caller: CallerDep) -> Exchanged:
    """At most 100 events and 1 MiB (inflated). No single event is ever refused; a refused request stored nothing."""
    body = _inflated(await request.body(), request.headers.get("Content-Encoding", ""))
    envelope = decoded(body, Envelope)
    if len(envelope.events) > MAX_EVENTS:
        raise TooLarge(maxEvents=MAX_EVENTS)
    if not caller.actor.technician_ids:
        raise UnknownTechnician()
    home, technician_id = caller.actor.technician_ids[0]
    async with caller.database.begin([home]) as conn:
        technician = await technicians.get(conn, area_id=home, technician_id=technician_id)
        seen = await technicians.seen_by(conn, home=home, technician_id=technician_id)
    actor: Actor = msgspec.structs.replace(sync.phone_of(technician, seen), language=caller.actor.language)
    return await exchange(
        caller.database, actor=actor, technician=technician, envelope=envelope, now=caller.now
    )


def _inflated(body: bytes, encoding: str) -> bytes:
    """The inflated size counts: a small gzip may hide a large body."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise Malformed()
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise Unreadable() from error
    if len(plain) > MAX_BYTES or inflater.unconsumed_tail:
        raise TooLarge(maxBytes=MAX_BYTES)
    if not inflater.eof:
        raise Unreadable()
    return plain


@get("/health/live", opt=OPEN, security=[{}], tags=["health"], summary="Whether the process lives")
async def get_live() -> Health:
    """Always, while it does."""
    return Health(status="ok")


@get("/health/ready", opt=OPEN, security=[{}], tags=["health"], summary="Whether it can serve")
async def get_ready(caller: CallerDep, warmth: WarmthDep) -> Health:
    """503 until windows can be priced without waiting: compiled, the coming days in memory; and while the database does
    not answer."""
    if not warmth.ready:
        raise Starting()
    async with caller.database.begin() as conn:
        await areas.list_areas(conn)
    return Health(status="ok")
