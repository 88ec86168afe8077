"""The phones of an area: links to enrol them, taking them away, and what is missing of what they recorded."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, StrictRequest, shown
from api.wire.devices import (
    DeviceSeenOut,
    DevicesSeen,
    EnrolmentOut,
    Gaps,
    GapsOut,
    MissingRange,
    Revoking,
)
from db.states import Role
from dispatch.flows import devices
from dispatch.phone_keys import link_of


@post(
    "/v1/technicians/{technician_id:uuid}/enrolments",
    opt=allow(Role.DISPATCHER),
    tags=["devices"],
    summary="Make a link to enrol a phone",
)
async def make_enrolment(
    technician_id: FromPath[UUID], request: StrictRequest, caller: CallerDep, area_id: AreaId = None
) -> EnrolmentOut:
    """For a technician at home in the area; good for one phone and 24 hours. What stands behind `#` is never sent to a
    server by a browser, so it stands in no log."""
    area = caller.area(area_id)
    offered = await caller.write(
        lambda conn: devices.offer(
            conn, actor=caller.actor, area_id=area, technician_id=technician_id, now=caller.now
        )
    )
    # behind a proxy only the browser knows by which address we are reached; the guard has compared it with the host
    base = request.headers.get("Origin") or str(request.base_url)
    return EnrolmentOut(url=link_of(base, offered.code), code=offered.code, expires_at=offered.expires_at)


@get("/v1/devices", opt=allow(Role.DISPATCHER), tags=["devices"], summary="List phones")
async def list_devices(caller: CallerDep, area_id: AreaId = None) -> DevicesSeen:
    """All phones of the area's technicians, revoked ones too."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: devices.list_of(conn, area_id=area, now=caller.now))
    return DevicesSeen(items=[shown(row, DeviceSeenOut) for row in rows])


@post(
    "/v1/devices/{device_id:uuid}/revoke",
    opt=allow(Role.DISPATCHER),
    tags=["devices"],
    summary="Revoke a phone",
    status_code=200,
)
async def revoke_device(
    device_id: FromPath[UUID], data: JSONBody[Revoking], caller: CallerDep, area_id: AreaId = None
) -> DeviceSeenOut:
    """It was lost, or its technician left. It is shown nothing from now on; what it still sends within 72 hours waits for a
    person."""
    area = caller.area(area_id)
    device = await caller.write(
        lambda conn: devices.revoke(
            conn, area_id=area, device_id=device_id, reason=data.reason, actor=caller.actor, now=caller.now
        )
    )
    return shown(device, DeviceSeenOut)


@get("/v1/gaps", opt=allow(Role.DISPATCHER), tags=["devices"], summary="What phones have not delivered")
async def list_gaps(caller: CallerDep, area_id: AreaId = None) -> Gaps:
    """Numbers in a phone's count that are missing though later ones have been here for half an hour, and phones that lost
    their storage in the last week."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: devices.list_missing(conn, area_id=area, now=caller.now))
    unheard = await caller.read(lambda conn: devices.list_unheard(conn, area_id=area))
    return Gaps(items=[_gaps(missing) for missing in found], unheard=[one.display_name for one in unheard])


def _gaps(missing: devices.Missing) -> GapsOut:
    of = missing.of
    ranges = [
        MissingRange(first=gap.first_seq, last=gap.last_seq, since=gap.opened_at)
        for gap in missing.gaps
        if gap.first_seq is not None and gap.last_seq is not None and gap.opened_at is not None
    ]
    return GapsOut(
        device_id=of.device_id,
        device_name=of.device_name,
        technician_id=of.technician_id,
        technician_name=of.technician_name,
        count=sum(gap.last - gap.first + 1 for gap in ranges),
        since=min((gap.since for gap in ranges), default=None),
        storage_lost_at=of.storage_lost_at,
        last_seen_at=of.last_seen_at,
        missing=ranges,
    )
