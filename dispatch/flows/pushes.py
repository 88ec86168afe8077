"""Telling a phone whose app is closed that its round has changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db import queue
from db.queries import devices, journal, pushes
from db.queries.pushes import Due
from db.records import PushSubscription
from db.records.base import Record
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.errors import UnknownDevice

KIND = "push"
HEARS_WITHIN = timedelta(seconds=10)
"""An open app has pulled the change by then, and who has heard need not be told."""


class PushWork(Record):
    area_id: UUID
    technician_id: UUID


async def subscribe(
    conn: Conn, *, actor: Actor, device_id: UUID, endpoint: str, key: bytes, auth: bytes, now: datetime
) -> None:
    """The technician's own phone; again replaces what was. Raises `UnknownDevice`."""
    async with conn.transaction():
        area_id, technician_id = actor.technician_ids[0]
        device = await devices.find_device(conn, area_id, device_id)
        if device is None or device.technician_id != technician_id or device.revoked_at is not None:
            raise UnknownDevice()
        n = await journal.get_feed_n(conn, area_id, technician_id)
        subscription = PushSubscription(
            area_id=area_id,
            device_id=device_id,
            technician_id=technician_id,
            endpoint=endpoint,
            key=key,
            auth=auth,
            subscribed_at=now,
            heard_n=n,
            told_n=n,
        )
        await pushes.save_subscription(conn, subscription)


async def unsubscribe(conn: Conn, *, actor: Actor, device_id: UUID) -> None:
    """Whether it was subscribed or not."""
    async with conn.transaction():
        area_id, technician_id = actor.technician_ids[0]
        await pushes.delete_subscription(conn, area_id, device_id, technician_id)


async def note_heard(conn: Conn, *, area_id: UUID, technician_id: UUID, n: int) -> None:
    async with conn.transaction():
        await pushes.note_heard(conn, area_id, technician_id, n)


async def ask(conn: Conn, *, area_id: UUID) -> None:
    """Leaves work for each technician who has something to hear, once, for when an open app would have heard."""
    async with conn.transaction():
        for technician_id in sorted({due.technician_id for due in await pushes.list_due(conn, area_id)}):
            asked = PushWork(area_id=area_id, technician_id=technician_id)
            key = f"{KIND} {technician_id}"
            await queue.enqueue(
                conn, KIND, msgspec.json.encode(asked), dedupe_key=key, run_after=HEARS_WITHIN
            )


async def take_due(conn: Conn, *, asked: PushWork) -> Sequence[Due]:
    """Who has still not heard. From here on they count as told: a push that fails is not made up for, because the next change
    brings another and the phone asks by itself."""
    async with conn.transaction():
        due = [
            one
            for one in await pushes.list_due(conn, asked.area_id)
            if one.technician_id == asked.technician_id
        ]
        return [one for one in due if await pushes.note_told(conn, one.area_id, one.device_id, one.n)]


async def forget(conn: Conn, *, gone: Due) -> None:
    """Nobody is subscribed there any more."""
    async with conn.transaction():
        await pushes.delete_gone(conn, gone.area_id, gone.device_id, gone.endpoint)
