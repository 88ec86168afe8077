"""A phone as its page speaks to the server: its session, its key, its count, the photos it sends."""

import base64
import hashlib
from pathlib import Path
from random import Random
from typing import Any

import httpx

from api.auth import COOKIE
from db.ids import new_id
from db.records import Visit
from tests.api.conftest import Desk
from tests.dispatch.test_images import JPEG
from tests.worlds import World

CHUNK = 256 * 1024
PIECE = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
PHOTO = JPEG + Random(1).randbytes(700_000)
"""Three pieces; behind the end of a JPEG phones write what they like."""


class Sender:
    """One photo of one phone, as its page sends it."""

    def __init__(self, phone: Desk, content: bytes = PHOTO, sha256: str | None = None) -> None:
        self.phone = phone
        self.content = content
        self.photo_id = new_id()
        self.sha256 = sha256 or hashlib.sha256(content).hexdigest()
        self.path = f"/v1/mobile/photos/{self.photo_id}"

    async def create(
        self, length: object = None, metadata: str | None = None, **headers: str
    ) -> httpx.Response:
        said = metadata if metadata is not None else self.metadata(self.photo_id, self.sha256)
        length = len(self.content) if length is None else length
        head = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": said}
        return await self.phone.post("/v1/mobile/photos", headers={**head, **headers})

    @staticmethod
    def metadata(photo_id: object, sha256: str, **more: str) -> str:
        members = {"photoId": str(photo_id), "sha256": sha256, **more}
        return ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in members.items()
        )

    async def offset(self) -> int:
        answer = await self.phone.ask("HEAD", self.path, headers={"Tus-Resumable": "1.0.0"})
        assert answer.status_code == 200, answer.status_code
        assert answer.headers["upload-length"] == str(len(self.content))
        return int(answer.headers["upload-offset"])

    async def send(self, offset: int, chunk: bytes | None = None, **headers: str) -> httpx.Response:
        chunk = self.content[offset : offset + CHUNK] if chunk is None else chunk
        checksum = f"sha256 {base64.b64encode(hashlib.sha256(chunk).digest()).decode()}"
        said = {**PIECE, "Upload-Offset": str(offset), "Upload-Checksum": checksum, **headers}
        return await self.phone.ask("PATCH", self.path, content=chunk, headers=said)

    async def finish(self) -> httpx.Response:
        """From wherever it stands to the end."""
        offset = await self.offset()
        while True:
            answer = await self.send(offset)
            if answer.status_code != 204 or int(answer.headers["upload-offset"]) == len(self.content):
                return answer
            offset = int(answer.headers["upload-offset"])


async def link(dispatcher: Desk, world: World, number: int = 0) -> str:
    """The code of a fresh link for this technician."""
    path = f"/v1/technicians/{world.technicians[number].technician_id}/enrolments"
    answer = await dispatcher.post(path)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def redeem(client: httpx.AsyncClient, code: str, device_id: object = None) -> httpx.Response:
    body = {"code": code, "deviceId": str(device_id or new_id()), "name": "Pixel"}
    answer = await client.post("/v1/mobile/enrol", json=body)
    client.cookies.clear()
    return answer


class Pocket(Desk):
    """A phone that holds its key, and the session that it was enrolled with."""

    def __init__(self, client: httpx.AsyncClient, answer: httpx.Response) -> None:
        secret = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
        super().__init__(client, {"Cookie": f"{COOKIE}={secret}"})
        self.device_id: str = answer.json()["device"]["deviceId"]
        self.proof = {"Authorization": f"Device {self.device_id}.{answer.json()['device']['deviceKey']}"}

    async def sync(self, *seqs: int, **envelope: Any) -> httpx.Response:
        body = {
            "deviceId": self.device_id,
            "batchId": str(new_id()),
            "events": [self.event(seq) for seq in seqs],
        }
        return await self.post("/v1/mobile/sync", json={**body, **envelope}, headers=self.proof)

    @staticmethod
    def event(seq: int) -> dict[str, Any]:
        return {"eventId": str(new_id()), "seq": seq, "jobId": str(new_id()), "kind": "x", "v": 1, "body": {}}


def kept(folder: Path) -> list[Path]:
    """What the store calls a photo."""
    return [path for path in folder.glob("??/*") if path.is_file()]


async def report(phone: Pocket, visit: Visit, photo: Sender, seq: int = 1, sha256: str | None = None) -> None:
    body = {"visitId": str(visit.visit_id), "photoId": str(photo.photo_id), "purpose": "splice"}
    event = {
        **phone.event(seq),
        "jobId": str(visit.job_id),
        "kind": "photo-taken",
        "body": {**body, "sha256": sha256 or photo.sha256, "bytes": len(photo.content)},
    }
    answer = await phone.sync(events=[event])
    assert [result["status"] for result in answer.json()["results"]] == ["applied"], answer.text
