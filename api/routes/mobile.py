"""The technician's phone: enrolling it, and the one exchange by which everything goes there and back."""

import zlib

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody

from api.auth import OPEN, allow
from api.deps import CallerDep, StrictRequest, WarmthDep, decoded
from api.problems import Malformed, Starting, TooLarge, Unreadable
from api.routes.accounts import UserAgent, me_of, session_cookie
from api.wire.health import Health
from api.wire.mobile import DeviceIn, DeviceOut, Redeemed, Redeeming
from db.rows import Conn
from db.states import Role
from dispatch import phone_keys
from dispatch.actors import Actor
from dispatch.errors import UnknownDevice, UnknownTechnician, UpgradeNeeded, WrongCode
from dispatch.exchange import exchange
from dispatch.flows import accounts, areas, devices, sync, technicians
from dispatch.rules.phone import MAX_EVENTS, PROTOCOL, Envelope, Exchanged

MAX_BYTES = 1024 * 1024


def device_out(enrolled: devices.Enrolled) -> DeviceOut:
    device = enrolled.device
    return DeviceOut(
        device_id=device.device_id,
        name=device.name,
        enrolled_at=device.enrolled_at,
        last_seq=device.last_seq,
        device_key=enrolled.key,
    )


@post(
    "/v1/mobile/devices",
    opt=allow(Role.TECHNICIAN),
    tags=["mobile"],
    summary="Enrol this phone",
    status_code=200,
)
async def enrol_device(data: JSONBody[DeviceIn], caller: CallerDep) -> DeviceOut:
    """For the signed-in technician; the same phone again is the same, with a new key. With it the phone may deposit when
    its session has ended. The session is from now on that phone's, and ends when it is revoked."""
    enrolled = await caller.write(
        lambda conn: devices.enrol(
            conn, actor=caller.actor, device_id=data.device_id, name=data.name, now=caller.now
        )
    )
    return device_out(enrolled)


@post(
    "/v1/mobile/enrol",
    opt=OPEN,
    security=[{}],
    tags=["mobile"],
    summary="Enrol a phone by its link",
    status_code=200,
)
async def redeem_link(
    request: StrictRequest, data: JSONBody[Redeeming], caller: CallerDep, user_agent: UserAgent = None
) -> Response[Redeemed]:
    """Signs the technician in on this phone; the same phone may ask again. A wrong, a used and an expired link get the same
    answer, and so do too many wrong ones from one address."""

    async def redeemed(conn: Conn) -> tuple[devices.Redeemed, Actor]:
        made = await devices.redeem(
            conn,
            code=data.code,
            device_id=data.device_id,
            name=data.name,
            agent=user_agent or "",
            now=caller.now,
        )
        return made, await accounts.find_actor(conn, secret=made.secret, now=caller.now)

    try:
        made, actor = await caller.database.transact([phone_keys.area_of(data.code)], redeemed)
    except WrongCode:
        address = request.client.host if request.client is not None else ""
        async with caller.database.begin() as conn:
            await devices.note_wrong_code(conn, address=address, now=caller.now)
        raise
    answer = Redeemed(me=me_of(actor, caller.now), device=device_out(made.enrolled))
    return Response(answer, cookies=[session_cookie(made.secret)])


@post(
    "/v1/mobile/sync",
    opt=allow(Role.TECHNICIAN, device=True),
    security=[{"session": []}, {"device": []}],
    tags=["mobile"],
    summary="Exchange with a phone: push and pull",
    status_code=200,
    request_max_body_size=MAX_BYTES,
)
async def sync_phone(request: StrictRequest, caller: CallerDep) -> Exchanged:
    """At most 100 events and 1 MiB (inflated). No single event is ever refused; a refused request stored nothing. With the
    key of an enrolled phone instead of a session: `pull` is null and `session` says `expired`; to a revoked phone, with
    either, it says `revoked`."""
    body = _inflated(await request.body(), request.headers.get("Content-Encoding", ""))
    envelope = decoded(body, Envelope)
    if envelope.protocol not in (PROTOCOL, PROTOCOL - 1):
        raise UpgradeNeeded(protocols=[PROTOCOL - 1, PROTOCOL])
    if len(envelope.events) > MAX_EVENTS:
        raise TooLarge(maxEvents=MAX_EVENTS)
    if not caller.actor.technician_ids:
        raise UnknownTechnician()
    if caller.actor.device_id not in (None, envelope.device_id):
        raise UnknownDevice()
    home, technician_id = caller.actor.technician_ids[0]
    async with caller.database.begin([home]) as conn:
        technician = await technicians.get(conn, area_id=home, technician_id=technician_id)
        seen = await technicians.seen_by(conn, home=home, technician_id=technician_id)
    actor: Actor = msgspec.structs.replace(
        sync.phone_of(technician, seen), language=envelope.language or caller.actor.language
    )
    return await exchange(
        caller.database,
        actor=actor,
        technician=technician,
        envelope=envelope,
        now=caller.now,
        deposit=caller.actor.device_id is not None,
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
