"""A file that a phone exported as the last resort, made by the phone's own code, is read in as if the phone had sent it."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.cli import parser
from api.outboxes import import_file
from db.ids import new_id
from db.pool import Database
from db.queries import devices
from db.states import JobState
from dispatch import outboxes
from dispatch.errors import NotAnOutbox, WrongOutboxCode
from dispatch.settings import Settings
from tests.api.conftest import Clock, Desk, sign_in
from tests.api.pocket import PHOTO
from tests.builders import Phone, Town, settled_in
from tests.conftest import Server
from tests.dispatch.said import MENDED, out, walk
from tests.web.test_phone_rules import HERE, node
from tests.worlds import NOW, World, quiet_street

NO_PHOTO = b"\xff\xd8 not much of a photo"


class File:
    """What a phone exported, and the code it showed."""

    def __init__(
        self, phone: Phone, events: Sequence[bytes], photos: Sequence[tuple[UUID, bytes]] = ()
    ) -> None:
        pictures = [
            {
                "photoId": str(photo_id),
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": base64.b64encode(content).decode(),
            }
            for photo_id, content in photos
        ]
        said = {
            "deviceId": str(phone.device_id),
            "events": [event.decode() for event in events],
            "photos": pictures,
        }
        done = node(str(HERE / "export_of.ts"), said=json.dumps(said))
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        self.base64: str = made["file"]
        self.bytes = base64.b64decode(self.base64)
        self.code: str = made["code"]

    def sent(self, **changes: Any) -> dict[str, Any]:
        return {"json": {"file": self.base64, "code": self.code, **changes}}


@pytest.fixture
def town(database: Database, world: World, clock: Clock) -> Town:
    clock.forward(timedelta(hours=8))
    return Town(database, world)


def became(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["reason"] or result["status"] for result in answer.json()["results"]]


async def count(town: Town, table: str) -> int:
    """`table` is of our own making."""
    async with town.database.begin([town.world.area_id]) as conn:
        return int(await conn.fetchval(f"SELECT count(*) FROM {table}"))


async def test_what_a_phone_exported_counts_as_if_it_had_sent_it(town: Town, dispatcher: Desk) -> None:
    phone, job, visit = await out(town)
    good, bad = (new_id(), PHOTO), (new_id(), NO_PHOTO)
    taken: dict[str, Any] = {
        "photoId": good[0],
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "bytes": len(PHOTO),
    }
    events = [
        *walk(phone, visit, *MENDED[:-1]),
        phone.say(visit, "photo-taken", **taken),
        phone.say(visit, MENDED[-1]),
    ]
    file = File(phone, events, [good, bad])
    for _ in range(2):
        answer = await dispatcher.post("/v1/outboxes", **file.sent())
        assert answer.json()["photosLeft"] == [str(bad[0])]
    assert (await dispatcher.get(f"/v1/photos/{good[0]}")).content == PHOTO
    assert (await town.whole(job)).job.state is JobState.CLOSED
    again = await dispatcher.post("/v1/outboxes", **file.sent(code=file.code.lower().replace("-", " ")))
    assert became(again) == ["duplicate"] * 7
    assert await count(town, "report") == 7


async def test_the_journal_says_who_vouched_and_the_phone_was_not_heard(town: Town, dispatcher: Desk) -> None:
    phone, _, visit = await out(town)
    file = File(phone, walk(phone, visit, "arrived"))
    assert became(await dispatcher.post("/v1/outboxes", **file.sent())) == ["applied"]
    entries = (await dispatcher.get("/v1/journal")).json()["items"]
    (read_in,) = [entry for entry in entries if entry["action"] == "outbox.read_in"]
    assert (read_in["actorId"], read_in["subjectId"]) == (
        str(town.world.staff_id("dispatcher")),
        str(phone.device_id),
    )
    assert (read_in["facts"]["events"], read_in["facts"]["new"]) == (1, 1)
    async with town.database.begin([town.world.area_id]) as conn:
        device = await devices.find_device(conn, town.world.area_id, phone.device_id)
    assert device is not None
    assert (device.last_seen_at, device.last_seq) == (None, 1)


async def test_of_a_revoked_phone_what_is_vouched_for_counts_and_what_it_sends_itself_does_not(
    town: Town, dispatcher: Desk
) -> None:
    phone, _, visit = await out(town)
    async with town.database.begin([town.world.area_id]) as conn:
        await devices.revoke_device(conn, town.world.area_id, phone.device_id, NOW, "lost")
    said = walk(phone, visit, "on-my-way", "arrived", "working")
    file = File(phone, said[:2])
    assert became(await dispatcher.post("/v1/outboxes", **file.sent())) == ["applied"] * 2
    sent = await phone.send(town.database, said)
    assert [result.outcome.value for result in sent.results] == ["applied", "applied", "review"]


async def test_more_than_a_batch_and_what_makes_no_sense_are_taken_in(town: Town, dispatcher: Desk) -> None:
    phone, _, visit = await out(town)
    said = [phone.say(visit, "note", text=str(number)) for number in range(120)]
    file = File(phone, [*said, b"{}", b"nonsense"])
    answer = became(await dispatcher.post("/v1/outboxes", **file.sent()))
    assert answer == ["applied"] * 120 + ["invalid-body"] * 2


async def test_a_wrong_code_stores_nothing_and_eight_of_them_are_enough(
    client: httpx.AsyncClient, town: Town, dispatcher: Desk, clock: Clock
) -> None:
    phone, _, visit = await out(town)
    file = File(phone, walk(phone, visit, "arrived"))
    for _ in range(8):
        answer = await dispatcher.post("/v1/outboxes", **file.sent(code="AAAA-BBBB-CCCC"))
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/wrong-outbox-code")
    locked = await dispatcher.post("/v1/outboxes", **file.sent())
    assert (locked.status_code, locked.json()["type"]) == (429, "/problems/too-many-outbox-codes")
    assert "retry-after" in locked.headers
    assert await count(town, "inbox") == 0
    clock.forward(timedelta(minutes=16))
    assert became(await dispatcher.post("/v1/outboxes", **file.sent())) == ["applied"]


async def test_a_phone_of_another_area_is_unknown(
    client: httpx.AsyncClient, database: Database, town: Town
) -> None:
    phone, _, visit = await out(town)
    file = File(phone, walk(phone, visit, "arrived"))
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.dispatcher")
    answer = await stranger.post("/v1/outboxes", **file.sent())
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-device")
    assert await count(town, "inbox") == 0


async def test_what_is_no_such_file_is_refused_before_any_key_is_derived(
    town: Town, dispatcher: Desk
) -> None:
    phone, _, visit = await out(town)
    file = File(phone, walk(phone, visit, "arrived"))
    first, head, sealed = file.bytes.split(b"\n", 2)
    said = json.loads(head)
    slow = json.dumps({**said, "iterations": 10**12}).encode()
    short = json.dumps({**said, "nonce": "AAAA"}).encode()
    bad = [b"", b"x" * 5000, first, b"line3-outbox 2\n" + head + b"\n" + sealed]
    bad += [b"\n".join([first, changed, sealed]) for changed in (slow, short, b"{}", b"\xff")]
    for one in bad:
        with pytest.raises(NotAnOutbox):
            await outboxes.opened(one, file.code)
    foreign = json.dumps({**said, "deviceId": str(new_id())}).encode()
    with pytest.raises(NotAnOutbox):
        await outboxes.opened(b"\n".join([first, foreign, sealed]), file.code)
    for damaged in (
        file.bytes[:-1],
        file.bytes[:-1] + bytes([file.bytes[-1] ^ 1]),
        b"\n".join([first, head, b""]),
    ):
        with pytest.raises(WrongOutboxCode):
            await outboxes.opened(damaged, file.code)
    answer = await dispatcher.post("/v1/outboxes", json={"file": "AAAA", "code": "A"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/not-an-outbox")


async def test_the_operator_reads_a_file_in_at_the_machine(
    town: Town,
    server: Server,
    fresh: str,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    phone, job, visit = await out(town)
    file = File(phone, walk(phone, visit, *MENDED), [(new_id(), NO_PHOTO)])
    path = tmp_path / "phone.outbox"
    path.write_bytes(file.bytes)
    asked = parser().parse_args(["outbox", "import", str(path), "--code", file.code])
    settings = Settings(
        database_url=server.owner_url(fresh), app_database_url=database_url, photos_dir=tmp_path / "photos"
    )
    assert await asyncio.to_thread(import_file, asked, settings) == 0
    assert (await town.whole(job)).job.state is JobState.CLOSED
    said = capsys.readouterr().out
    assert said.count(" applied ") == 6
    assert "the photo was not taken" in said
    assert f"phone {phone.device_id}" in said


async def test_a_file_beyond_the_limit_is_too_large(dispatcher: Desk) -> None:
    body = b'{"code": "A", "file": "' + b"A" * (33 * 1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = await dispatcher.post("/v1/outboxes", content=body, headers=headers)
    assert answer.status_code == 413
