"""What a phone could not send, in a file it made as the last resort: opened with the code, taken in as if it had sent it.

The file: a line `line3-outbox 1`, a line of JSON (`Head`), then AES-256-GCM of JSON (`Contents`); the key is derived from
the code (PBKDF2). `api/web/technician/outbox/export.ts` writes it.
"""

import asyncio
import hashlib
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Meta

from db.ids import new_id
from db.pool import Database
from db.queries import areas, devices
from db.records import Device
from db.rows import Conn
from db.states import ActorKind
from dispatch.actors import Actor
from dispatch.bounded import Sha256, Wire
from dispatch.errors import (
    HashMismatch,
    NotAnOutbox,
    Refused,
    TooManyOutboxCodes,
    UnknownDevice,
    WrongOutboxCode,
)
from dispatch.exchange import take_in
from dispatch.flows import photos
from dispatch.rules.images import MAX_BYTES
from dispatch.rules.phone import EventResult
from dispatch.uploads import Uploads

log = logging.getLogger(__name__)

FIRST_LINE = b"line3-outbox 1\n"
LONGEST_HEAD = 1000
WRONG_CODES = 8
WRONG_CODE_WINDOW = timedelta(minutes=15)

_few_at_a_time = asyncio.Semaphore(1)
"""Deriving a key takes a second of a core: a flood of files must not take the machine."""


class Head(Wire):
    """Readable without the code."""

    device_id: UUID
    salt: Annotated[bytes, Meta(min_length=16, max_length=64)]
    nonce: Annotated[bytes, Meta(min_length=12, max_length=12)]
    iterations: Annotated[int, Meta(ge=100_000, le=2_000_000)]


class OutboxPhoto(Wire):
    photo_id: UUID
    sha256: Sha256
    bytes: Annotated[bytes, Meta(min_length=1)]


class Contents(Wire):
    """`events`: each word for word as the phone keeps it."""

    device_id: UUID
    events: list[str]
    photos: list[OutboxPhoto]


class TakenIn(Wire):
    """What became of each event, in the file's order. `photos_left` were not taken: no image, not what they were announced as,
    too large, or there was no room for them."""

    device_id: UUID
    technician_id: UUID
    results: list[EventResult]
    photos_left: list[UUID]


async def opened(file: bytes, code: str) -> Contents:
    """Raises `NotAnOutbox`, `WrongOutboxCode`."""
    head, sealed = _split(file)
    async with _few_at_a_time:
        plain = await asyncio.to_thread(_decrypted, head, sealed, code)
    try:
        contents = msgspec.json.decode(plain, type=Contents)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnOutbox() from error
    if contents.device_id != head.device_id:
        raise NotAnOutbox()
    return contents


def _split(file: bytes) -> tuple[Head, bytes]:
    end = file.find(b"\n", len(FIRST_LINE), LONGEST_HEAD)
    if not file.startswith(FIRST_LINE) or end < 0:
        raise NotAnOutbox()
    try:
        return msgspec.json.decode(file[len(FIRST_LINE) : end], type=Head), file[end + 1 :]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnOutbox() from error


def _decrypted(head: Head, sealed: bytes, code: str) -> bytes:
    """The code as it is read out: in groups, in small letters."""
    said = "".join(character for character in code.upper() if character.isalnum())
    key = hashlib.pbkdf2_hmac("sha256", said.encode(), head.salt, head.iterations)
    try:
        return AESGCM(key).decrypt(head.nonce, sealed, None)
    except (InvalidTag, ValueError) as error:
        raise WrongOutboxCode() from error


async def import_outbox(
    database: Database, uploads: Uploads, *, file: bytes, code: str, actor: Actor, now: datetime
) -> TakenIn:
    """The events and photos of the file, for which `actor` vouches: its session may have ended, the phone may be revoked. Raises
    `NotAnOutbox`, `WrongOutboxCode`, `TooManyOutboxCodes`, `UnknownDevice`; then nothing is stored."""
    tries = hashlib.sha256(b"outbox" + actor.actor_id.bytes).digest()
    async with database.begin() as conn:
        if await areas.count_sign_in_failures(conn, tries, now - WRONG_CODE_WINDOW) >= WRONG_CODES:
            raise TooManyOutboxCodes()
    try:
        contents = await opened(file, code)
    except WrongOutboxCode:
        async with database.begin() as conn:
            await areas.insert_sign_in_failure(conn, tries, now, new_id())
        raise
    async with database.begin(actor.areas) as conn:
        device = await _device(conn, actor, contents.device_id)
    results = await take_in(database, device=device, events=contents.events, voucher=actor, now=now)
    return TakenIn(
        device_id=device.device_id,
        technician_id=device.technician_id,
        results=results,
        photos_left=[
            photo.photo_id
            for photo in contents.photos
            if not await _take_photo(database, uploads, device, photo, now)
        ],
    )


async def _take_photo(
    database: Database, uploads: Uploads, device: Device, photo: OutboxPhoto, now: datetime
) -> bool:
    """As if the phone had sent it; where a part of it had arrived damaged, from the beginning."""
    whose = (device.area_id, device.technician_id)
    phone = Actor(
        kind=ActorKind.TECHNICIAN,
        actor_id=device.technician_id,
        areas=(device.area_id,),
        technician_ids=(whose,),
    )
    said = photos.Announced(
        photo_id=photo.photo_id, content_hash=bytes.fromhex(photo.sha256), byte_count=len(photo.bytes)
    )
    if said.byte_count > MAX_BYTES:
        return False
    try:
        upload, _ = await database.transact(
            phone.areas, lambda conn: photos.announce_upload(conn, actor=phone, announced=said, now=now)
        )
        for _ in range(2):
            stands = await uploads.offset_of(database, upload, now)
            if stands == upload.byte_count:
                return True
            with suppress(HashMismatch):
                await uploads.append(database, upload, stands, photo.bytes[stands:], now)
                return True
    except Refused as refusal:
        log.warning("outbox.photo_left", extra={"kind": refusal.slug()})
    return False


async def _device(conn: Conn, actor: Actor, device_id: UUID) -> Device:
    found = await devices.list_devices_by_id(conn, list(actor.areas), device_id)
    if not found:
        raise UnknownDevice()
    return found[0]
