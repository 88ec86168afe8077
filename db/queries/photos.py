"""Photos as reports name them, and their bytes as they arrive."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Photo, PhotoUpload
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one, fetch_value

INSERT_PHOTOS = """
INSERT INTO photo SELECT * FROM jsonb_populate_recordset(NULL::photo, $1)
ON CONFLICT DO NOTHING
"""


async def insert_photos(conn: Conn, photos: Sequence[Photo]) -> int:
    return await execute_rows(conn, INSERT_PHOTOS, photos)


class PhotoNamed(Record):
    """A photo with the report that names it: whose it is, and when it was taken."""

    area_id: UUID
    photo_id: UUID
    job_id: UUID
    purpose: str
    content_hash: bytes
    byte_count: int
    technician_area_id: UUID
    technician_id: UUID
    taken_at: datetime


LIST_PHOTOS_OF_JOB = """
SELECT photo.area_id, photo.photo_id, photo.job_id, photo.purpose, photo.content_hash, photo.byte_count,
       report.technician_area_id, report.technician_id, report.corrected_at AS taken_at
FROM photo
JOIN report USING (area_id, report_id)
WHERE photo.area_id = $1 AND photo.job_id = $2
ORDER BY report.corrected_at, photo.photo_id
"""


async def list_photos_of_job(conn: Conn, area_id: UUID, job_id: UUID) -> list[PhotoNamed]:
    return await fetch_all(conn, PhotoNamed, LIST_PHOTOS_OF_JOB, area_id, job_id)


LIST_PHOTOS_BY_ID = """
SELECT photo.area_id, photo.photo_id, photo.job_id, photo.purpose, photo.content_hash, photo.byte_count,
       report.technician_area_id, report.technician_id, report.corrected_at AS taken_at
FROM photo
JOIN report USING (area_id, report_id)
WHERE photo.area_id = ANY ($1::uuid[]) AND photo.photo_id = $2
ORDER BY photo.area_id
"""


async def list_photos_by_id(conn: Conn, area_ids: Sequence[UUID], photo_id: UUID) -> list[PhotoNamed]:
    """One, or none; in different areas the same id may stand twice."""
    return await fetch_all(conn, PhotoNamed, LIST_PHOTOS_BY_ID, area_ids, photo_id)


INSERT_UPLOADS = """
INSERT INTO photo_upload SELECT * FROM jsonb_populate_recordset(NULL::photo_upload, $1)
ON CONFLICT DO NOTHING
"""


async def insert_uploads(conn: Conn, uploads: Sequence[PhotoUpload]) -> int:
    return await execute_rows(conn, INSERT_UPLOADS, uploads)


FIND_UPLOAD = "SELECT * FROM photo_upload WHERE area_id = $1 AND photo_id = $2"


async def find_upload(conn: Conn, area_id: UUID, photo_id: UUID) -> PhotoUpload | None:
    return await fetch_one(conn, PhotoUpload, FIND_UPLOAD, area_id, photo_id)


LIST_UPLOADS = """
SELECT *
FROM photo_upload
WHERE area_id = ANY ($1::uuid[]) AND photo_id = ANY ($2::uuid[])
ORDER BY area_id, photo_id
"""


async def list_uploads(conn: Conn, area_ids: Sequence[UUID], photo_ids: Sequence[UUID]) -> list[PhotoUpload]:
    return await fetch_all(conn, PhotoUpload, LIST_UPLOADS, area_ids, photo_ids)


COUNT_UPLOADS = (
    "SELECT count(*) FROM photo_upload WHERE area_id = $1 AND technician_id = $2 AND created_at > $3"
)


async def count_uploads(conn: Conn, area_id: UUID, technician_id: UUID, since: datetime) -> int:
    return int(await fetch_value(conn, COUNT_UPLOADS, area_id, technician_id, since))


END_UPLOAD = """
UPDATE photo_upload
SET stored_at = $3, refused_at = $4, media_type = $5
WHERE area_id = $1 AND photo_id = $2 AND stored_at IS NULL AND refused_at IS NULL
"""


async def end_upload(
    conn: Conn,
    area_id: UUID,
    photo_id: UUID,
    *,
    stored_at: datetime | None,
    refused_at: datetime | None,
    media_type: str,
) -> int:
    """Once, one way or the other."""
    return await execute(conn, END_UPLOAD, area_id, photo_id, stored_at, refused_at, media_type)
