"""The bytes of a photo: piece by piece into a part, and once that is whole, verified and into the store.

Not a flow, because it is several, with files and a store of others between them. A part that is whole is ended by
whoever looks at it next, so a process may die anywhere: what is said to be complete has been verified.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import msgspec

from db.pool import Database
from db.records import PhotoUpload
from dispatch.errors import HashMismatch, NotAnImage, StoreUnreachable
from dispatch.flows import photos
from dispatch.outside.photo_store import PhotoStore
from dispatch.parts import Part, Parts
from dispatch.rules.images import Image, image_of

log = logging.getLogger(__name__)

KEPT_SECONDS = 30 * 86400
"""Phones keep photos for fourteen days."""


class Verified(msgspec.Struct, frozen=True):
    """Of a whole part: whether it is what was announced, and the image it is, if it is one."""

    is_announced: bool
    image: Image | None


class Uploads:
    """On one machine; `folder` holds what is on its way."""

    def __init__(self, store: PhotoStore, folder: Path) -> None:
        self._store = store
        self._parts = Parts(folder)

    async def offset_of(self, database: Database, upload: PhotoUpload, now: datetime) -> int:
        """What has arrived. Equal to the announced size only once it is verified and stored. Raises as `append`."""
        if upload.refused_at is not None:
            raise NotAnImage()
        if upload.stored_at is not None:
            return upload.byte_count
        size = await asyncio.to_thread(self._parts.size, upload)
        if size < upload.byte_count:
            return size
        with await asyncio.to_thread(self._parts.lock, upload, create=False) as part:
            try:
                return await self._end(database, upload, part, now)
            except HashMismatch:
                return 0

    async def append(
        self, database: Database, upload: PhotoUpload, offset: int, chunk: bytes, now: datetime
    ) -> int:
        """Where the upload then stands. Raises `UploadBusy`, `OffsetWrong`, `DiskFull`; of the last chunk also
        `HashMismatch`, `NotAnImage`, `StoreUnreachable`."""
        with await asyncio.to_thread(self._parts.lock, upload, create=True) as part:
            stands = await asyncio.to_thread(part.append, offset, chunk)
            if stands < upload.byte_count:
                return stands
            return await self._end(database, upload, part, now)

    async def tidy(self) -> None:
        """Until cancelled: hourly throws away what nobody went on with, or looked at, for so long that no phone has it."""
        while True:
            await asyncio.to_thread(self._parts.forget, time.time() - KEPT_SECONDS)
            await asyncio.sleep(3600)

    async def read(self, upload: PhotoUpload) -> AsyncIterator[bytes]:
        """Raises `UnknownPhoto`, `StoreUnreachable`."""
        return await self._store.read(upload.content_hash.hex())

    async def _end(self, database: Database, upload: PhotoUpload, part: Part, now: datetime) -> int:
        verified = await asyncio.to_thread(_verify, part.path, upload)
        if not verified.is_announced:
            await asyncio.to_thread(self._parts.set_aside, upload, part)
            raise HashMismatch(offset=0)
        image = verified.image
        if image is None:
            await database.transact(
                [upload.area_id], lambda conn: photos.note_refused(conn, upload=upload, now=now)
            )
            await asyncio.to_thread(self._parts.set_aside, upload, part)
            raise NotAnImage()
        try:
            await self._store.keep(part.path, upload.content_hash.hex())
        except OSError as error:
            log.error("photo.not_kept", extra={"kind": type(error).__name__})
            raise StoreUnreachable() from error
        await database.transact(
            [upload.area_id],
            lambda conn: photos.note_stored(conn, upload=upload, media_type=image.media_type, now=now),
        )
        # a store of others has copied it
        await asyncio.to_thread(part.remove)
        return upload.byte_count


def _verify(path: Path, upload: PhotoUpload) -> Verified:
    content = path.read_bytes()
    is_announced = (
        len(content) == upload.byte_count and hashlib.sha256(content).digest() == upload.content_hash
    )
    return Verified(is_announced, image_of(content) if is_announced else None)
