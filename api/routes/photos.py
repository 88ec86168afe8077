"""Photos: their bytes from the phone (a subset of tus 1.0.0), and looking at them.

A piece is at most 256 KiB and counts as a whole or not at all. It is read into memory before anything is locked or
written: a phone that loses its signal in the middle holds nothing up and leaves nothing behind.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, head, patch, post
from litestar.exceptions import InternalServerException
from litestar.params import FromPath, HeaderParameter
from litestar.response import Stream

from api.auth import allow
from api.deps import Caller, CallerDep, StrictRequest, UploadsDep
from api.problems import FieldError, Malformed, NotTus, TooLarge, Unreadable
from api.wire.photos import PhotoOut, Photos
from db.states import Role
from dispatch.bounded import Sha256, Wire
from dispatch.errors import ChunkDamaged, OffsetWrong
from dispatch.flows import photos, technicians
from dispatch.rules.images import ENDINGS, MAX_BYTES

TUS = "1.0.0"
MAX_CHUNK_BYTES = 256 * 1024
CHUNK_SECONDS = 120.0
"""So long a piece may take: 2 kB/s."""
CHECKSUMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}

TusResumable = Annotated[str | None, HeaderParameter(name="Tus-Resumable", description="1.0.0")]
Length = Annotated[
    int, HeaderParameter(name="Upload-Length", ge=1, le=2**53, description="Of the whole photo")
]
Metadata = Annotated[
    str,
    HeaderParameter(
        name="Upload-Metadata",
        max_length=2000,
        description="`photoId` and `sha256`, each followed by its base64",
    ),
]
Offset = Annotated[
    int, HeaderParameter(name="Upload-Offset", ge=0, le=2**53, description="Where this piece begins")
]
Checksum = Annotated[
    str | None,
    HeaderParameter(name="Upload-Checksum", max_length=200, description="`sha256` or `sha1`, and its base64"),
]
LOOKED_AT = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""Whatever else a file may be besides an image, a browser shall take it for nothing but an image."""


class Named(Wire):
    """What a phone says of a photo; members it does not know are passed over."""

    photo_id: UUID
    sha256: Sha256


@post(
    "/v1/mobile/photos",
    opt=allow(Role.TECHNICIAN, device=True),
    security=[{"session": []}, {"device": []}],
    tags=["photos"],
    summary="Announce a photo's bytes",
)
async def create_upload(
    length: Length, metadata: Metadata, caller: CallerDep, uploads: UploadsDep, tus: TusResumable = None
) -> Response[None]:
    """At most 15 MiB. The same photo again: 200 and where it stands. It may come before or after the report that names
    the photo."""
    _verify_tus(tus)
    if length > MAX_BYTES:
        raise TooLarge(maxBytes=MAX_BYTES)
    named = _named(metadata)
    announced = photos.Announced(
        photo_id=named.photo_id, content_hash=bytes.fromhex(named.sha256), byte_count=length
    )
    upload, is_new = await caller.write(
        lambda conn: photos.announce_upload(conn, actor=caller.actor, announced=announced, now=caller.now)
    )
    offset = 0 if is_new else await uploads.offset_of(caller.database, upload, caller.now)
    headers = {**_standing(offset), "Location": f"/v1/mobile/photos/{upload.photo_id}"}
    return Response(None, status_code=201 if is_new else 200, headers=headers)


@head(
    "/v1/mobile/photos/{photo_id:uuid}",
    opt=allow(Role.TECHNICIAN, device=True),
    security=[{"session": []}, {"device": []}],
    tags=["photos"],
    summary="How much of a photo has arrived",
)
async def look_at_upload(
    photo_id: FromPath[UUID], caller: CallerDep, uploads: UploadsDep, tus: TusResumable = None
) -> Response[None]:
    """`Upload-Offset` is what lies on the disk; it equals `Upload-Length` only once all of it is verified and stored."""
    _verify_tus(tus)
    upload = await caller.read(lambda conn: photos.get_upload(conn, actor=caller.actor, photo_id=photo_id))
    offset = await uploads.offset_of(caller.database, upload, caller.now)
    return Response(None, headers={**_standing(offset), "Upload-Length": str(upload.byte_count)})


@patch(
    "/v1/mobile/photos/{photo_id:uuid}",
    opt=allow(Role.TECHNICIAN, device=True, takes="application/offset+octet-stream"),
    security=[{"session": []}, {"device": []}],
    tags=["photos"],
    summary="Send a piece of a photo",
    status_code=204,
    request_max_body_size=MAX_CHUNK_BYTES,
)
async def continue_upload(
    photo_id: FromPath[UUID],
    offset: Offset,
    request: StrictRequest,
    caller: CallerDep,
    uploads: UploadsDep,
    tus: TusResumable = None,
    checksum: Checksum = None,
) -> Response[None]:
    """At most 256 KiB, answered when it is durable. 409 says where to go on, 460 that the piece was damaged, 423 that
    another request is writing. With the last piece: `hash-mismatch` (from the beginning), or 422 for what is no image."""
    _verify_tus(tus)
    upload = await caller.read(lambda conn: photos.get_upload(conn, actor=caller.actor, photo_id=photo_id))
    stands = await uploads.offset_of(caller.database, upload, caller.now)
    if offset != stands:
        raise OffsetWrong(offset=stands)
    if offset + (request.content_length or 0) > upload.byte_count:
        raise TooLarge(maxBytes=upload.byte_count - offset)
    chunk = await _chunk(request)
    if offset + len(chunk) > upload.byte_count:
        raise TooLarge(maxBytes=upload.byte_count - offset)
    _verify_checksum(checksum, chunk)
    if chunk:
        stands = await uploads.append(caller.database, upload, offset, chunk, caller.now)
    return Response(None, status_code=204, headers=_standing(stands))


async def _chunk(request: StrictRequest) -> bytes:
    """All of it. Raises `Unreadable` for one that is shorter than it said it is, or takes too long: phones lose their
    connection all day, which is no fault of ours."""
    chunk = bytearray()
    try:
        async with asyncio.timeout(CHUNK_SECONDS):
            async for piece in request.stream():
                chunk += piece
    except (TimeoutError, InternalServerException):
        raise Unreadable() from None
    if request.content_length not in (None, len(chunk)):
        raise Unreadable()
    return bytes(chunk)


def _verify_checksum(said: str | None, chunk: bytes) -> None:
    """Raises `Malformed` for one that cannot be read, `ChunkDamaged` for another one."""
    if said is None:
        return
    kind, _, digest = said.strip().partition(" ")
    if kind not in CHECKSUMS:
        raise Malformed(faults=[FieldError("#header/Upload-Checksum", "unknown")])
    try:
        wanted = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(faults=[FieldError("#header/Upload-Checksum", "invalid")]) from None
    if not hmac.compare_digest(wanted, CHECKSUMS[kind](chunk).digest()):
        raise ChunkDamaged()


def _verify_tus(said: str | None) -> None:
    if said != TUS:
        raise NotTus()


def _standing(offset: int) -> dict[str, str]:
    return {"Tus-Resumable": TUS, "Upload-Offset": str(offset)}


def _named(metadata: str) -> Named:
    """Of `photoId BASE64,sha256 BASE64`. Raises `Unreadable` (not so written), `Malformed` (not what is meant)."""
    members: dict[str, str] = {}
    for pair in metadata.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            members[name] = base64.b64decode(value, validate=True).decode()
        except ValueError:
            raise Unreadable() from None
    try:
        return msgspec.convert(members, Named)
    except msgspec.ValidationError as error:
        raise Malformed(faults=[FieldError("#header/Upload-Metadata", "invalid")]) from error


@get(
    "/v1/jobs/{job_id:uuid}/photos",
    opt=allow(Role.DISPATCHER, Role.TECHNICIAN),
    tags=["photos"],
    summary="A job's photos",
)
async def list_photos(job_id: FromPath[UUID], caller: CallerDep) -> Photos:
    """All that reports name, also those whose bytes have not arrived. To technicians as long as the job is theirs."""
    seen = await _seen(caller)
    async with caller.database.begin(seen, snapshot=True) as conn:
        found = await photos.list_of_job(conn, actor=caller.actor, seen=seen, job_id=job_id)
    return Photos(items=[_out(shown) for shown in found])


@get(
    "/v1/photos/{photo_id:uuid}",
    opt=allow(Role.DISPATCHER, Role.TECHNICIAN),
    tags=["photos"],
    summary="A photo",
    media_type="image/jpeg",
)
async def get_photo(photo_id: FromPath[UUID], caller: CallerDep, uploads: UploadsDep) -> Stream:
    """Its bytes, as they came from the phone; 404 while they have not."""
    seen = await _seen(caller)
    async with caller.database.begin(seen, snapshot=True) as conn:
        shown = await photos.get_stored(conn, actor=caller.actor, seen=seen, photo_id=photo_id)
    name = f"{photo_id}.{ENDINGS[shown.media_type]}"
    headers = {
        **LOOKED_AT,
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Length": str(shown.byte_count),
    }
    return Stream(await uploads.read(shown), media_type=shown.media_type, headers=headers)


async def _seen(caller: Caller) -> list[UUID]:
    """The areas in which the caller may do this, and those that a technician is lent to."""
    seen = set(caller.actor.areas)
    for home, technician_id in caller.actor.technician_ids:
        async with caller.database.begin([home]) as conn:
            seen |= set(await technicians.seen_by(conn, home=home, technician_id=technician_id))
    return sorted(seen)


def _out(shown: photos.Shown) -> PhotoOut:
    photo, upload = shown.photo, shown.upload
    is_refused = upload is not None and upload.refused_at is not None
    stored_at = None if upload is None else upload.stored_at
    return PhotoOut(
        photo_id=photo.photo_id,
        job_id=photo.job_id,
        technician_id=photo.technician_id,
        purpose=photo.purpose,
        sha256=photo.content_hash.hex(),
        bytes=photo.byte_count,
        taken_at=photo.taken_at,
        state="refused" if is_refused else "missing" if stored_at is None else "stored",
        stored_at=stored_at,
        media_type="" if upload is None else upload.media_type,
    )
