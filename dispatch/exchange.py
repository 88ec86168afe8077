"""One round trip with a phone: receive, apply each event, let it hear what changed; each in its own transaction.

Not a flow, because it is several: what was received is durable even if applying it kills the process.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec

from db.errors import DatabaseError, Unavailable
from db.ids import new_id
from db.pool import Database
from db.queries import areas
from db.records import Area, Device, Technician
from db.states import InboxStatus, ReportStatus
from dispatch.actors import Actor
from dispatch.flows import pushes, sync, technicians
from dispatch.rules import phone

LEFT_OVER_AFTER = timedelta(minutes=1)

log = logging.getLogger(__name__)


async def exchange(
    database: Database,
    *,
    actor: Actor,
    technician: Technician,
    envelope: phone.Envelope,
    now: datetime,
    deposit: bool = False,
) -> phone.Exchanged:
    """Push and pull; with `deposit` only push. Raises `UnknownDevice`, `DeviceRevoked` and `Unavailable`; the phone then
    keeps all and sends it again, whether or not it was stored."""
    device, waiting = await database.transact(
        actor.areas, lambda conn: sync.receive(conn, actor=actor, envelope=envelope, now=now)
    )
    results = [await _apply(database, actor, technician.area_id, item, now) for item in waiting]
    session = "revoked" if device.revoked_at is not None else "expired" if deposit else "open"
    async with database.begin(actor.areas, snapshot=True) as conn:
        pulled, area, van = None, None, None
        if session == "open":
            area = await areas.find_area(conn, technician.area_id)
            pulled = await sync.pull(
                conn, actor=actor, technician=technician, cursor=envelope.cursor, now=now
            )
            van = await sync.find_van(conn, technician=technician, known=envelope.van)
        installation = await areas.find_installation(conn)
    assert installation is not None, "written by migrate"
    if pulled is not None and (pulled.changes or pulled.reset):
        # so that nobody is pushed what a phone has heard; that it could not be noted is no reason to ask the phone again
        heard = partial(
            pushes.note_heard,
            area_id=technician.area_id,
            technician_id=technician.technician_id,
            n=phone.number_of(pulled.cursor),
        )
        with suppress(DatabaseError):
            await database.transact(actor.areas, heard)
    return phone.Exchanged(
        server_time=now,
        epoch=installation.epoch,
        results=results,
        pull=pulled,
        last_seq=max([device.last_seq, *_sequence_numbers(envelope.events)]),
        session=session,
        area=None if area is None else _visible(area),
        van=van,
    )


def _visible(area: Area) -> phone.VisibleArea:
    return phone.VisibleArea(
        name=area.name, time_zone=area.time_zone, dispatcher_phone=area.settings.dispatcher_phone
    )


async def take_in(
    database: Database, *, device: Device, events: Sequence[str], voucher: Actor, now: datetime
) -> list[phone.EventResult]:
    """Events that somebody read in from a file of this phone, received and applied as if it had sent them. What was stored
    stays so when the process dies: reading the file in again counts nothing twice."""
    async with database.begin([device.area_id]) as conn:
        technician = await technicians.get(conn, area_id=device.area_id, technician_id=device.technician_id)
        seen = await technicians.seen_by(conn, home=device.area_id, technician_id=device.technician_id)
    actor = sync.phone_of(technician, seen)
    results: list[phone.EventResult] = []
    for first in range(0, len(events), phone.MAX_EVENTS):
        envelope = phone.Envelope(
            device_id=device.device_id,
            batch_id=new_id(),
            events=[msgspec.Raw(event.encode()) for event in events[first : first + phone.MAX_EVENTS]],
        )
        receiving = partial(sync.receive, actor=actor, envelope=envelope, now=now, voucher=voucher)
        _, waiting = await database.transact(actor.areas, receiving)
        results += [await _apply(database, actor, device.area_id, item, now) for item in waiting]
    return results


def _sequence_numbers(events: Sequence[bytes]) -> list[int]:
    return [seq for event in events if (seq := phone.head_of(bytes(event)).seq) is not None]


async def _apply(
    database: Database, actor: Actor, area_id: UUID, item: sync.Waiting, now: datetime
) -> phone.EventResult:
    """An event that cannot be applied now stays in the inbox; the worker tries again, at last a person does."""
    try:
        if item.again:
            await _count_attempt(database, actor, area_id, item, 1)
        outcome = await database.transact(
            actor.areas,
            lambda conn: sync.apply(
                conn,
                actor=actor,
                area_id=area_id,
                event_id=item.event_id,
                content_hash=item.content_hash,
                now=now,
            ),
        )
    except Unavailable:
        outcome = sync.Outcome(status=InboxStatus.PENDING)
        if item.again:
            # not the event's fault
            with suppress(DatabaseError):
                await _count_attempt(database, actor, area_id, item, -1)
    except Exception as error:
        # a bug of ours must not cost the technician the other events of the batch
        log.error(
            "event.failed", extra={"event": str(item.event_id), "kind": type(error).__name__}, exc_info=error
        )
        outcome = sync.Outcome(status=InboxStatus.PENDING)
    status = InboxStatus.PENDING if outcome.status is InboxStatus.RECEIVED else outcome.status
    return phone.EventResult(
        event_id=item.event_id,
        status=status.value if item.fresh else "duplicate",  # type: ignore[arg-type]
        outcome=ReportStatus(status.value),
        reason=outcome.reason,
        job_version=outcome.job_version,
    )


async def _count_attempt(
    database: Database, actor: Actor, area_id: UUID, item: sync.Waiting, by: int
) -> None:
    await database.transact(
        actor.areas,
        lambda conn: sync.count_attempt(
            conn, area_id=area_id, event_id=item.event_id, content_hash=item.content_hash, by=by
        ),
    )


async def apply_left_over(database: Database, *, area_id: UUID, seen: Sequence[UUID], now: datetime) -> int:
    """What dead processes left in an area's inbox; how many events it was."""
    async with database.begin([area_id]) as conn:
        found = await sync.list_left_over(conn, area_id=area_id, now=now, older_than=LEFT_OVER_AFTER)
    for item in found:
        await _apply(database, sync.phone_of(item.technician, seen), area_id, item.waiting, now)
    return len(found)
