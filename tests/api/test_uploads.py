"""A photo's bytes: resumed wherever they were cut, complete only when they are whole and right."""

import asyncio
import base64
import fcntl
import hashlib
import os
import resource
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from api.auth import COOKIE
from db.ids import new_id
from db.pool import Database
from db.records import Visit
from dispatch.outside.photo_store import PhotoFolder
from dispatch.parts import Parts
from dispatch.uploads import Uploads
from tests.api.conftest import Clock, Desk, sign_in
from tests.api.pocket import CHUNK, PHOTO, PIECE, Pocket, Sender, kept, link, redeem, report
from tests.builders import hand_out, received
from tests.dispatch.test_images import JPEG, PNG
from tests.worlds import World


@pytest.fixture
async def phone(client: httpx.AsyncClient, dispatcher: Desk, world: World) -> Pocket:
    return Pocket(client, await redeem(client, await link(dispatcher, world)))


@pytest.fixture
async def visit(database: Database, world: World) -> Visit:
    """Of the first technician."""
    async with database.begin([world.area_id]) as conn:
        job = await received(conn, world)
        return await hand_out(conn, job, world.technicians[0])


async def test_announcing_again_says_where_it_stands_and_another_content_is_refused(phone: Pocket) -> None:
    photo = Sender(phone)
    assert (await photo.create()).status_code == 201
    await photo.send(0)
    again = await photo.create(metadata=photo.metadata(photo.photo_id, photo.sha256, colour="red"))
    assert (again.status_code, again.headers["upload-offset"]) == (200, str(CHUNK))
    assert again.headers["location"] == photo.path
    for answer in (
        await photo.create(length=5),
        await photo.create(metadata=photo.metadata(photo.photo_id, "0" * 64)),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/photo-reused")
    await photo.finish()
    done = await photo.create()
    assert (done.status_code, done.headers["upload-offset"]) == (200, str(len(PHOTO)))


async def test_of_many_who_announce_at_once_one_creates(phone: Pocket) -> None:
    photo = Sender(phone)
    answers = await asyncio.gather(*(photo.create() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]


async def test_a_wrong_offset_is_told_the_right_one(phone: Pocket) -> None:
    photo = Sender(phone)
    await photo.create()
    await photo.send(0)
    for offset in (0, CHUNK - 1, CHUNK + 1, len(PHOTO)):
        answer = await photo.send(offset, PHOTO[offset : offset + 10])
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/offset-wrong")
        assert (answer.headers["upload-offset"], answer.json()["offset"]) == (str(CHUNK), CHUNK)
    assert (await photo.finish()).status_code == 204


async def test_a_damaged_piece_is_not_written(phone: Pocket) -> None:
    photo = Sender(phone)
    await photo.create()
    damaged = await photo.send(
        0, PHOTO[: CHUNK - 1] + b"x", **{"Upload-Checksum": checksum_of(PHOTO[:CHUNK])}
    )
    assert (damaged.status_code, damaged.json()["type"]) == (460, "/problems/chunk-damaged")
    assert await photo.offset() == 0


def checksum_of(chunk: bytes, kind: str = "sha1") -> str:
    return f"{kind} {base64.b64encode(hashlib.new(kind, chunk).digest()).decode()}"


async def test_a_photo_that_is_not_what_was_announced_starts_anew_and_is_never_complete(
    phone: Pocket, dispatcher: Desk, visit: Visit, tmp_path: Path
) -> None:
    photo = Sender(phone)
    await report(phone, visit, photo)
    await photo.create()
    right, photo.content = photo.content, PHOTO[:-1] + b"?"
    wrong = await photo.finish()
    assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/hash-mismatch")
    assert (wrong.headers["upload-offset"], await photo.offset()) == ("0", 0)
    (listed,) = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert (listed["state"], kept(tmp_path)) == ("missing", [])
    (aside,) = (tmp_path / "quarantine").iterdir()
    assert aside.read_bytes() == photo.content
    photo.content = right
    assert (await photo.finish()).status_code == 204
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).content == PHOTO


NO_IMAGES = [
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    b"%PDF-1.7\n" + JPEG,
    PNG[:16] + b"\x7f\xff\xff\xff\x7f\xff\xff\xff" + PNG[24:],
    b"x",
]


@pytest.mark.parametrize("content", NO_IMAGES, ids=lambda content: repr(content[:8]))
async def test_what_is_no_image_is_refused_for_good_and_set_aside(
    phone: Pocket, dispatcher: Desk, visit: Visit, tmp_path: Path, content: bytes
) -> None:
    photo = Sender(phone, content)
    await report(phone, visit, photo)
    await photo.create()
    for answer in (await photo.send(0), await photo.send(0), await photo.create()):
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/not-an-image")
    (listed,) = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert (listed["state"], kept(tmp_path)) == ("refused", [])
    assert [path.read_bytes() for path in (tmp_path / "quarantine").iterdir()] == [content]
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).status_code == 404


Receiving = Callable[[], Awaitable[dict[str, Any]]]


async def patched(app: Litestar, path: str, headers: dict[str, str], receive: Receiving) -> list[int]:
    """A PATCH whose body comes as `receive` says; the status, if there was an answer."""
    answered: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PATCH",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 5),
        "server": ("line3.test", 80),
    }
    await cast("Any", app)(scope, receive, send)
    return answered


async def cut(app: Litestar, phone: Pocket, photo: Sender, offset: int, chunk: bytes, after: int) -> None:
    """The connection breaks after so many bytes of the piece."""
    said = {**phone.headers, **PIECE, "Upload-Offset": str(offset), "Content-Length": str(len(chunk))}
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk[:after], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    assert await patched(app, photo.path, said, receive) != [204]


async def test_a_connection_cut_in_the_middle_of_a_piece_leaves_nothing_of_it_and_it_goes_on(
    app: Litestar, phone: Pocket, dispatcher: Desk, visit: Visit
) -> None:
    photo, chance = Sender(phone), Random(3)
    await report(phone, visit, photo)
    await photo.create()
    stands = 0
    while stands < len(PHOTO):
        chunk = PHOTO[stands : stands + CHUNK]
        for after in (0, 1, chance.randrange(len(chunk)), len(chunk) - 1):
            await cut(app, phone, photo, stands, chunk, after)
            assert await photo.offset() == stands
        stands = int((await photo.send(stands)).headers["upload-offset"])
    assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).content == PHOTO


@pytest.mark.parametrize("torn", [1, 1000, CHUNK - 1])
async def test_a_write_that_was_killed_in_the_middle_is_gone_on_from_where_it_got(
    phone: Pocket, tmp_path: Path, torn: int
) -> None:
    """What a killed process leaves behind: some of the piece, unacknowledged."""
    photo = Sender(phone)
    await photo.create()
    await photo.send(0)
    (part,) = (tmp_path / "parts").iterdir()
    part.write_bytes(PHOTO[: CHUNK + torn])
    assert await photo.offset() == CHUNK + torn
    assert (await photo.finish()).status_code == 204
    assert kept(tmp_path)[0].read_bytes() == PHOTO


async def test_a_disk_that_kept_length_but_not_content_is_found_out(phone: Pocket, tmp_path: Path) -> None:
    photo = Sender(phone)
    await photo.create()
    await photo.send(0)
    (part,) = (tmp_path / "parts").iterdir()
    part.write_bytes(PHOTO[: CHUNK - 4096] + bytes(4096))
    assert (await photo.finish()).json()["type"] == "/problems/hash-mismatch"
    assert kept(tmp_path) == []
    assert (await photo.finish()).status_code == 204
    assert kept(tmp_path)[0].read_bytes() == PHOTO


@pytest.mark.parametrize("is_right", [True, False])
async def test_a_part_that_is_whole_but_was_never_ended_is_ended_by_who_looks(
    phone: Pocket, dispatcher: Desk, visit: Visit, tmp_path: Path, is_right: bool
) -> None:
    """The process died between the last piece and its verification: the size alone must not say complete."""
    photo = Sender(phone)
    await report(phone, visit, photo)
    await photo.create()
    await photo.send(0)
    (part,) = (tmp_path / "parts").iterdir()
    part.write_bytes(PHOTO if is_right else PHOTO[:-1] + b"?")
    (listed,) = (await dispatcher.get(f"/v1/jobs/{visit.job_id}/photos")).json()["items"]
    assert listed["state"] == "missing"
    if is_right:
        assert await photo.offset() == len(PHOTO)
        assert (await dispatcher.get(f"/v1/photos/{photo.photo_id}")).content == PHOTO
    else:
        for _ in range(2):
            assert await photo.offset() == 0


async def test_two_who_write_at_once_do_not_wait_for_each_other_and_spoil_nothing(
    phone: Pocket, tmp_path: Path
) -> None:
    photo = Sender(phone)
    await photo.create()
    statuses = set[int]()
    while await photo.offset() < len(PHOTO):
        stands = await photo.offset()
        answers = await asyncio.gather(*(photo.send(stands) for _ in range(4)))
        statuses |= {answer.status_code for answer in answers}
    assert statuses <= {204, 409, 423}
    assert 204 in statuses
    assert kept(tmp_path)[0].read_bytes() == PHOTO


class TwoMeet(PhotoFolder):
    """The first to be kept is not ended until the second is about to be, and the second waits until it is."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kept, self.another, self.first_ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def keep(self, part: Path, name: str) -> None:
        if not self.kept.is_set():
            await super().keep(part, name)
            self.kept.set()
            await self.another.wait()
        else:
            self.another.set()
            await self.first_ended.wait()
            await super().keep(part, name)


async def test_a_last_piece_that_comes_again_while_the_first_is_kept_is_kept_as_well(
    app: Litestar, phone: Pocket, tmp_path: Path
) -> None:
    meeting = TwoMeet(tmp_path)
    app.state.uploads = Uploads(meeting, tmp_path)
    photo = Sender(phone, JPEG)
    await photo.create()
    async with asyncio.timeout(30):
        first = asyncio.create_task(photo.send(0))
        await meeting.kept.wait()
        second = asyncio.create_task(photo.send(0))
        assert (await first).status_code == 204
        meeting.first_ended.set()
        assert (await second).status_code == 204
    assert await photo.offset() == len(JPEG)
    assert [path.read_bytes() for path in kept(tmp_path)] == [JPEG]


async def test_a_photo_that_somebody_is_writing_is_busy(phone: Pocket, tmp_path: Path) -> None:
    photo = Sender(phone)
    await photo.create()
    await photo.send(0)
    (part,) = (tmp_path / "parts").iterdir()
    with held(part):
        busy = await photo.send(CHUNK)
        assert (busy.status_code, busy.json()["type"]) == (423, "/problems/upload-busy")
        assert await photo.offset() == CHUNK
    assert (await photo.finish()).status_code == 204


@contextmanager
def held(part: Path) -> Generator[None]:
    """As another process would."""
    with part.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def files_at_most(size: int) -> Generator[None]:
    """The disk has no more room, as the kernel tells a process that may write no larger files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_keeps_what_is_there_and_the_phone_comes_back(phone: Pocket) -> None:
    photo = Sender(phone)
    await photo.create()
    await photo.send(0)
    with files_at_most(CHUNK + 1000):
        full = await photo.send(CHUNK)
    assert (full.status_code, full.json()["type"]) == (507, "/problems/disk-full")
    assert "retry-after" in full.headers
    assert await photo.offset() == CHUNK
    assert (await photo.finish()).status_code == 204


HOSTILE_CREATIONS: list[tuple[str, dict[str, Any], int]] = [
    ("no metadata", {"metadata": ""}, 422),
    ("not base64", {"metadata": "photoId !!!,sha256 ???"}, 400),
    ("bad UTF-8", {"metadata": "photoId //79"}, 400),
    ("no hash", {"metadata": f"photoId {base64.b64encode(str(new_id()).encode()).decode()}"}, 422),
    ("a path for an id", {"metadata": Sender.metadata("../../../etc/passwd", "0" * 64)}, 422),
    ("markup for an id", {"metadata": Sender.metadata("<script>", "0" * 64)}, 422),
    ("a path for a hash", {"metadata": Sender.metadata(new_id(), "../" * 21 + "x")}, 422),
    ("a short hash", {"metadata": Sender.metadata(new_id(), "0" * 63)}, 422),
    ("NUL", {"metadata": Sender.metadata(f"{new_id()}\0", "0" * 64)}, 422),
    ("bidi", {"metadata": Sender.metadata("\u202e", "0" * 64)}, 422),
    ("long metadata", {"metadata": "x" * 3000}, 422),
    ("no length", {"length": ""}, 422),
    ("zero length", {"length": 0}, 422),
    ("negative length", {"length": -1}, 422),
    ("length of 2^63", {"length": 2**63}, 422),
    ("length of 1e999", {"length": "1e999"}, 422),
    ("a fraction", {"length": "1.5"}, 422),
    ("too large", {"length": 15 * 1024 * 1024 + 1}, 413),
    ("another protocol", {"Tus-Resumable": "0.2.2"}, 412),
    ("no protocol", {"Tus-Resumable": ""}, 412),
]


@pytest.mark.parametrize(
    ("name", "said", "status"), HOSTILE_CREATIONS, ids=[row[0] for row in HOSTILE_CREATIONS]
)
async def test_a_hostile_announcement_is_refused_and_leaves_nothing(
    phone: Pocket,
    database: Database,
    world: World,
    tmp_path: Path,
    name: str,
    said: dict[str, Any],
    status: int,
) -> None:
    photo = Sender(phone)
    answer = await photo.create(**said)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "passwd" not in answer.text
    async with database.begin([world.area_id]) as conn:
        assert await conn.fetchval("SELECT count(*) FROM photo_upload") == 0
    assert list(tmp_path.rglob("*")) == []
    assert (await photo.create()).status_code == 201


HOSTILE_PIECES: list[tuple[str, dict[str, Any], int]] = [
    ("larger than a piece", {"chunk": bytes(CHUNK + 1)}, 413),
    ("wrong media type", {"Content-Type": "application/json"}, 415),
    ("a form", {"Content-Type": "multipart/form-data"}, 415),
    ("no media type", {"Content-Type": ""}, 415),
    ("an offset of 2^63", {"Upload-Offset": str(2**63)}, 422),
    ("a negative offset", {"Upload-Offset": "-1"}, 422),
    ("no number", {"Upload-Offset": "x"}, 422),
    ("an unknown checksum", {"Upload-Checksum": "crc32 AAAA"}, 422),
    ("a checksum that is none", {"Upload-Checksum": "sha256 !!"}, 422),
    ("another checksum", {"Upload-Checksum": "sha256 AAAA"}, 460),
    ("another protocol", {"Tus-Resumable": "2.0.0"}, 412),
    ("shorter than said", {"Content-Length": "500"}, 400),
    ("another site", {"Origin": "https://evil.example"}, 403),
]


@pytest.mark.parametrize(("name", "said", "status"), HOSTILE_PIECES, ids=[row[0] for row in HOSTILE_PIECES])
async def test_a_hostile_piece_is_refused_before_a_byte_is_written(
    phone: Pocket, tmp_path: Path, name: str, said: dict[str, Any], status: int
) -> None:
    photo = Sender(phone)
    await photo.create()
    piece: dict[str, Any] = {"chunk": b"\xff\xd8" * 100, **said}
    answer = await photo.send(0, **piece)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert list(tmp_path.rglob("*")) == []
    assert await photo.offset() == 0
    assert (await photo.finish()).status_code == 204


async def test_more_than_was_announced_is_refused_before_a_byte_is_written(phone: Pocket) -> None:
    photo = Sender(phone, JPEG)
    await photo.create()
    more = await photo.send(0, JPEG + b"x")
    assert (more.status_code, more.json()["maxBytes"]) == (413, len(JPEG))
    assert await photo.offset() == 0


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Device x.y"}, {"Cookie": f"{COOKIE}=x"}])
async def test_of_somebody_who_may_not_send_nothing_is_read(
    app: Litestar, phone: Pocket, headers: dict[str, str]
) -> None:
    photo = Sender(phone)
    await photo.create()

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    said = {**PIECE, "Upload-Offset": "0", "Content-Length": "10", **headers}
    assert await patched(app, photo.path, said, receive) == [401]


async def test_a_photo_on_its_way_is_only_its_senders(
    client: httpx.AsyncClient, dispatcher: Desk, world: World, phone: Pocket
) -> None:
    photo = Sender(phone)
    await photo.create()
    photo.phone = Pocket(client, await redeem(client, await link(dispatcher, world, 1)))
    assert (await photo.phone.ask("HEAD", photo.path, headers={"Tus-Resumable": "1.0.0"})).status_code == 404
    assert (await photo.send(0)).status_code == 404
    assert (await photo.create()).status_code == 409


def test_what_nobody_went_on_with_goes_after_a_while_and_nothing_younger(tmp_path: Path) -> None:
    for folder in ("parts", "quarantine"):
        (tmp_path / folder).mkdir()
        for name, at in (("old", 1000.0), ("young", 3000.0)):
            path = tmp_path / folder / name
            path.touch()
            os.utime(path, (at, at))
    Parts(tmp_path).forget(before=2000.0)
    assert [path.name for path in sorted(tmp_path.glob("*/*"))] == ["young", "young"]


async def until_gone(path: Path) -> None:
    async with asyncio.timeout(20):
        while path.exists():
            await asyncio.sleep(0.01)


async def test_the_server_looks_for_it_by_itself_from_its_start(app: Litestar, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    for name, at in (("old", 1000.0), ("young", None)):
        (parts / name).touch()
        if at is not None:
            os.utime(parts / name, (at, at))
    async with app.lifespan():
        await until_gone(parts / "old")
    assert [path.name for path in parts.iterdir()] == ["young"]


async def test_too_many_begun_uploads_are_too_many_for_a_day(
    phone: Pocket, database: Database, world: World, clock: Clock
) -> None:
    photo = Sender(phone)
    await photo.create()
    more = """
        INSERT INTO photo_upload
        SELECT area_id, gen_random_uuid(), technician_id, content_hash, byte_count, created_at
        FROM photo_upload, generate_series(1, 499)
    """
    async with database.begin([world.area_id]) as conn:
        await conn.execute(more)
    assert (await Sender(phone).create()).status_code == 429
    assert (await photo.create()).status_code == 200
    clock.forward(timedelta(days=1))
    phone.headers = (await sign_in(phone.client, f"{world.name}.technician1")).headers
    assert (await Sender(phone).create()).status_code == 201
