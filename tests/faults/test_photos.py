"""A photo on its way to a real server whose connections break and whose process is killed: complete only when right."""

import asyncio
import hashlib
import os
import shutil
import signal
import tempfile
from base64 import b64encode
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import httpx
import pytest

from db import embedded
from db.ids import new_id
from db.migrate import migrate
from db.pool import Database, open_database
from tests import serving
from tests.builders import settled_in
from tests.dispatch.test_images import JPEG
from tests.serving import Served
from tests.worlds import NOW, small_town

CHUNK = 256 * 1024
PHOTO = JPEG + Random(5).randbytes(9 * CHUNK)


@pytest.fixture
def folder() -> Generator[Path]:
    """A data folder that the server's user can enter."""
    made = Path(tempfile.mkdtemp(prefix="line3-faults-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def own(folder: Path) -> AsyncGenerator[Database]:
    with await asyncio.to_thread(embedded.start, folder / "data") as started:
        await migrate(started.owner_url, demo=True)
        opened = await open_database(started.app_url, revive=started.ensure)
        yield opened
        await opened.close()


async def until_live(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client, asyncio.timeout(90):
        while True:
            try:
                if (await client.get("/health/live")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


class Sending:
    """One photo, its server, and what may happen between them."""

    def __init__(self, folder: Path, served: Served, cookie: dict[str, str]) -> None:
        self.folder = folder
        self.served = served
        self.headers = {**cookie, "Tus-Resumable": "1.0.0"}
        self.path = f"/v1/mobile/photos/{new_id()}"
        self.chance = Random(7)

    async def ask(self, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.served.url, timeout=30) as client:
            return await client.request(
                method, path, content=content or None, headers={**self.headers, **headers}
            )

    async def create(self) -> None:
        said = {
            "photoId": self.path.rpartition("/")[2],
            "sha256": hashlib.sha256(PHOTO).hexdigest(),
        }
        metadata = ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in said.items())
        headers = {"Upload-Length": str(len(PHOTO)), "Upload-Metadata": metadata}
        assert (await self.ask("POST", "/v1/mobile/photos", b"", **headers)).status_code == 201

    async def offset(self) -> int:
        return int((await self.ask("HEAD", self.path)).headers["upload-offset"])

    async def send(self, offset: int) -> int:
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        answer = await self.ask("PATCH", self.path, PHOTO[offset : offset + CHUNK], **kind)
        assert answer.status_code == 204, answer.text
        return int(answer.headers["upload-offset"])

    async def begin(self, offset: int, share: float) -> asyncio.StreamWriter:
        """So much of a piece, without checksum, into a connection that stays open."""
        address = urlsplit(self.served.url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        chunk = PHOTO[offset : offset + CHUNK]
        said = {
            **self.headers,
            "Host": address.netloc,
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(chunk)),
            "Upload-Offset": str(offset),
        }
        lines = [f"PATCH {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + chunk[: int(len(chunk) * share)])
        await writer.drain()
        return writer

    async def kill(self) -> None:
        """The process that answers first, so that it closes nothing in good order."""
        for pid in serving.workers_of(self.served.process):
            os.kill(pid, signal.SIGKILL)
        self.served.process.kill()
        await asyncio.to_thread(self.served.process.wait, 20)
        self.served = serving.start(self.folder, NOW, serving.free_port())
        await until_live(self.served)


async def test_a_photo_survives_cut_connections_and_kills(folder: Path, own: Database) -> None:
    world = await settled_in(own, small_town)
    served = serving.start(folder, NOW, serving.free_port())
    await until_live(served)
    cookie = await serving.cookie_of(served, f"{world.name}.technician1")
    sending = Sending(folder, served, cookie)
    try:
        await sending.create()
        kills = 0
        while (stands := await sending.offset()) < len(PHOTO):
            writer = await sending.begin(stands, sending.chance.choice([0.0, 0.5, 0.99]))
            writer.transport.abort()
            assert await sending.offset() == stands
            if kills < 2:
                kills += 1
                writer = await sending.begin(stands, sending.chance.choice([0.5, 0.99, 1.0]))
                await sending.kill()
                writer.close()
                assert await sending.offset() >= stands
            stands = await sending.offset()
            await sending.send(stands)
        (kept,) = [path for path in (folder / "data" / "photos").glob("??/*")]
        assert kept.read_bytes() == PHOTO
        async with own.begin([world.area_id]) as conn:
            assert await conn.fetchval("SELECT stored_at FROM photo_upload") is not None
    finally:
        sending.served.process.terminate()
        await asyncio.to_thread(sending.served.process.wait, 20)
