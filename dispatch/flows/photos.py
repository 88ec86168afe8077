"""Photos: announcing their bytes, what became of these, and who may look at them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from db.queries import jobs, photos, plans
from db.queries.photos import PhotoNamed
from db.records import PhotoUpload
from db.records.base import Record
from db.rows import Conn
from db.states import Role
from dispatch.actors import Actor
from dispatch.errors import PhotoReused, TooMany, UnknownJob, UnknownPhoto, UnknownTechnician

MOST_A_DAY = 500
"""Uploads that a technician has begun within 24 hours, whatever became of them; more are no day's work."""


class Announced(Record):
    """What a phone says of the bytes before it sends them."""

    photo_id: UUID
    content_hash: bytes
    byte_count: int


class Shown(Record):
    """A photo that a report names, and its bytes where they are here: those of the same content, and no others."""

    photo: PhotoNamed
    upload: PhotoUpload | None


async def announce_upload(
    conn: Conn, *, actor: Actor, announced: Announced, now: datetime
) -> tuple[PhotoUpload, bool]:
    """The upload, and whether it is new: the same again is the same. The report that names the photo may come before or
    after. Raises `PhotoReused`, `TooMany`, `UnknownTechnician`."""
    async with conn.transaction():
        if not actor.technician_ids:
            raise UnknownTechnician()
        area_id, technician_id = actor.technician_ids[0]
        present = await photos.find_upload(conn, area_id, announced.photo_id)
        if present is None:
            begun = await photos.count_uploads(conn, area_id, technician_id, now - timedelta(days=1))
            if begun >= MOST_A_DAY:
                raise TooMany()
            made = PhotoUpload(
                area_id=area_id,
                photo_id=announced.photo_id,
                technician_id=technician_id,
                content_hash=announced.content_hash,
                byte_count=announced.byte_count,
                created_at=now,
                stored_at=None,
                refused_at=None,
                media_type="",
            )
            if await photos.insert_uploads(conn, [made]):
                return made, True
            present = await photos.find_upload(conn, area_id, announced.photo_id)
        assert present is not None, "uploads are never removed"
        said = (present.technician_id, present.content_hash, present.byte_count)
        if said != (technician_id, announced.content_hash, announced.byte_count):
            raise PhotoReused()
        return present, False


async def get_upload(conn: Conn, *, actor: Actor, photo_id: UUID) -> PhotoUpload:
    """The technician's own. Raises `UnknownPhoto`."""
    for area_id, technician_id in actor.technician_ids:
        found = await photos.find_upload(conn, area_id, photo_id)
        if found is not None and found.technician_id == technician_id:
            return found
    raise UnknownPhoto()


async def note_stored(conn: Conn, *, upload: PhotoUpload, media_type: str, now: datetime) -> None:
    """The bytes are durable, whole and an image."""
    async with conn.transaction():
        await photos.end_upload(
            conn, upload.area_id, upload.photo_id, stored_at=now, refused_at=None, media_type=media_type
        )


async def note_refused(conn: Conn, *, upload: PhotoUpload, now: datetime) -> None:
    """The bytes are whole and no image of ours. Nothing else will come under this id."""
    async with conn.transaction():
        await photos.end_upload(
            conn, upload.area_id, upload.photo_id, stored_at=None, refused_at=now, media_type=""
        )


async def list_of_job(conn: Conn, *, actor: Actor, seen: Sequence[UUID], job_id: UUID) -> list[Shown]:
    """In the order in which they were taken. `seen`: the areas of the context. Raises `UnknownJob`."""
    area_id = await jobs.find_area_of_job(conn, list(seen), job_id)
    if area_id is None or not await _may_look(conn, actor, seen, area_id, job_id):
        raise UnknownJob()
    return await _shown(conn, await photos.list_photos_of_job(conn, area_id, job_id))


async def get_stored(conn: Conn, *, actor: Actor, seen: Sequence[UUID], photo_id: UUID) -> PhotoUpload:
    """The bytes of a photo that the actor may look at. Raises `UnknownPhoto`."""
    for named in await photos.list_photos_by_id(conn, seen, photo_id):
        if await _may_look(conn, actor, seen, named.area_id, named.job_id):
            (shown,) = await _shown(conn, [named])
            if shown.upload is not None and shown.upload.stored_at is not None:
                return shown.upload
    raise UnknownPhoto()


async def _may_look(conn: Conn, actor: Actor, seen: Sequence[UUID], area_id: UUID, job_id: UUID) -> bool:
    """A dispatcher of the area; a technician to whose phone the job is shown."""
    if area_id in actor.areas_as(Role.DISPATCHER):
        return True
    for _, technician_id in actor.technician_ids:
        if job_id in await plans.list_visible_jobs(conn, list(seen), technician_id):
            return True
    return False


async def _shown(conn: Conn, named: Sequence[PhotoNamed]) -> list[Shown]:
    """Linked by being the same photo with the same content, not by a step that would have to be taken in time."""
    areas = sorted({photo.technician_area_id for photo in named})
    uploads = {
        (upload.area_id, upload.photo_id): upload
        for upload in await photos.list_uploads(conn, areas, [photo.photo_id for photo in named])
    }
    found: list[Shown] = []
    for photo in named:
        upload = uploads.get((photo.technician_area_id, photo.photo_id))
        is_its = upload is not None and upload.content_hash == photo.content_hash
        found.append(Shown(photo=photo, upload=upload if is_its else None))
    return found
