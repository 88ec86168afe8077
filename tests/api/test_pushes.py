"""A phone whose app is closed is told that its round has changed: through HTTP, a worker and a push service."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.app import build
from api.cli import main
from db import queue
from db.ids import new_id
from db.pool import Database
from db.queries import devices
from db.queries.pushes import Due
from db.rows import Conn
from dispatch.flows import pushes
from dispatch.outside.push_encryption import sealed
from dispatch.outside.push_services import Doorbell, Pushed
from dispatch.push_keys import PushKeys, load_keys, make_keys
from dispatch.worker import Worker
from tests.api.conftest import Clock, Desk, sign_in, speaking_to
from tests.api.test_stream import changed
from tests.builders import Phone, Town, hand_out
from tests.dispatch.push_service import PushService, claims_of, decoded, push_service
from tests.worlds import NOW, World


class Office:
    """An installation that pushes: a signed-in technician, a phone, and a worker whose work is done when asked for."""

    def __init__(self, town: Town, keys: PushKeys, desk: Desk, phone: Phone, services: Doorbell) -> None:
        self.town = town
        self.keys = keys
        self.desk = desk
        self.phone = phone
        self.worker = Worker(town.database, lambda: NOW, doorbell=services)

    @property
    def address(self) -> str:
        return f"/v1/mobile/devices/{self.phone.device_id}/push"

    async def work(self) -> int:
        """What the worker would do in some seconds; how much was left to do."""
        area_id = self.town.world.area_id
        for _ in range(2):
            await self.town.do(lambda conn: pushes.ask(conn, area_id=area_id))
        left = await self.town.do(self._left)
        for number, payload in left:
            await self.worker.push(queue.Work(number, pushes.KIND, payload, 1))
        return len(left)

    async def _left(self, conn: Conn) -> list[tuple[int, bytes]]:
        rows = await conn.fetch(
            "DELETE FROM line3_queue.pgqueuer WHERE entrypoint = $1 RETURNING id, payload", pushes.KIND
        )
        return [(row["id"], row["payload"]) for row in rows]

    async def subscribed(self) -> int:
        async with self.town.database.begin([self.town.world.area_id]) as conn:
            return int(await conn.fetchval("SELECT count(*) FROM push_subscription"))


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[PushService]:
    async with push_service(tmp_path / "tls") as made:
        yield made


@pytest.fixture
async def office(
    database: Database, world: World, clock: Clock, service: PushService
) -> AsyncGenerator[Office]:
    keys = msgspec.structs.replace(make_keys("mailto:dispatch@example.org"), services=(service.host,))
    app = build(database, clock)
    app.state.push_keys = keys
    town = Town(database, world)
    services = Doorbell(keys, private=True, trusted=service.trusted)
    async with speaking_to(app) as client:
        desk = await sign_in(client, f"{world.name}.technician1")
        yield Office(town, keys, desk, await town.phone(), services)


async def test_a_closed_app_is_told_in_the_technicians_language_and_nothing_else_is_said(
    office: Office, service: PushService, database: Database, world: World
) -> None:
    assert (await office.desk.get("/v1/mobile/push")).json() == {"publicKey": office.keys.public_key}
    browser = service.browser("one")
    assert (await office.desk.put(office.address, json=browser.subscription)).status_code == 204
    assert await office.work() == 0, "what was there before is no news"
    await changed(database, world, jobs=3)
    await changed(database, world, technician=2)
    assert await office.work() == 1
    (sent,) = service.sent
    assert browser.read(sent.body) == "Маршрут изменился"
    assert sent.path == "/push/one"
    assert (sent.headers["topic"], sent.headers["content-encoding"]) == ("round", "aes128gcm")
    assert 0 < int(sent.headers["ttl"]) <= 86_400
    claims = claims_of(sent)
    assert (claims["scheme"], claims["key"]) == ("vapid", office.keys.public_key)
    assert (claims["aud"], claims["sub"]) == (f"https://{service.host}", "mailto:dispatch@example.org")
    assert 0 < claims["exp"] - NOW.timestamp() <= 86_400
    assert await office.work() == 0, "once is enough"
    await changed(database, world)
    assert await office.work() == 1


async def test_who_has_heard_is_not_told(office: Office, service: PushService) -> None:
    await office.desk.put(office.address, json=service.browser("one").subscription)
    job = await office.town.job()
    visit = await office.town.do(lambda conn: hand_out(conn, job, office.town.world.technicians[0]))
    await office.phone.send(office.town.database, [office.phone.say(visit, "on-my-way")])
    assert await office.work() == 0, "its own record changed the feed, and it has pulled that"
    await changed(office.town.database, office.town.world)
    other = await office.town.phone()
    await other.send(office.town.database, [])
    assert await office.work() == 0, "another phone of the technician has pulled it"
    assert service.sent == []


@pytest.mark.parametrize(("answer", "left"), [(404, 0), (410, 0), (500, 1), (429, 1), (302, 1)])
async def test_a_subscription_that_is_gone_is_removed_and_no_other(
    office: Office, service: PushService, answer: int, left: int
) -> None:
    await office.desk.put(office.address, json=service.browser("one").subscription)
    service.answers = [answer]
    await changed(office.town.database, office.town.world)
    await office.work()
    assert len(service.sent) == 1
    assert await office.subscribed() == left


async def test_a_phone_says_no_more_or_is_revoked(office: Office, service: PushService) -> None:
    said = service.browser("one").subscription
    await office.desk.put(office.address, json=said)
    assert (await office.desk.delete(office.address)).status_code == 204
    assert await office.subscribed() == 0
    await office.desk.put(office.address, json=said)
    area_id = office.town.world.area_id
    await office.town.do(
        lambda conn: devices.revoke_device(conn, area_id, office.phone.device_id, NOW, "lost")
    )
    await changed(office.town.database, office.town.world)
    assert await office.work() == 0
    assert (await office.desk.put(office.address, json=said)).status_code == 404


async def test_only_the_own_phone_subscribes_and_only_at_a_push_service(
    office: Office, service: PushService
) -> None:
    said = service.browser("one").subscription
    strangers = await office.town.phone(2)
    foreign = await office.desk.put(f"/v1/mobile/devices/{strangers.device_id}/push", json=said)
    unknown = await office.desk.put(f"/v1/mobile/devices/{new_id()}/push", json=said)
    assert [answer.status_code for answer in (foreign, unknown)] == [404, 404]
    for endpoint in ("https://localhost/push", "https://evil.example/", f"http://{service.host}/push", "x"):
        answer = await office.desk.put(office.address, json={**said, "endpoint": endpoint})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/push-service-unknown")
    for short in ({"key": "AAAA"}, {"auth": "AAAA"}):
        assert (await office.desk.put(office.address, json={**said, **short})).status_code == 422
    assert await office.subscribed() == 0


async def test_without_keys_nobody_is_asked_to_subscribe(technician: Desk) -> None:
    assert (await technician.get("/v1/mobile/push")).json() == {"publicKey": None}
    said = {"endpoint": "https://fcm.googleapis.com/x", "key": "A" * 87 + "=", "auth": "A" * 22 + "=="}
    answer = await technician.put(f"/v1/mobile/devices/{new_id()}/push", json=said)
    assert answer.status_code == 422


def due_at(endpoint: str, key: bytes = b"", auth: bytes = bytes(16)) -> Due:
    return Due(
        area_id=UUID(int=1),
        device_id=UUID(int=2),
        technician_id=UUID(int=3),
        endpoint=endpoint,
        key=key,
        auth=auth,
        n=1,
        language="en",
    )


async def test_a_private_address_is_never_spoken_to(service: PushService) -> None:
    keys = msgspec.structs.replace(make_keys("mailto:a@b.c"), services=(service.host,))
    browser = service.browser("one")
    said = due_at(
        browser.endpoint, decoded(browser.subscription["key"].translate({43: 45, 47: 95})), browser.auth
    )
    outside = Doorbell(keys, trusted=service.trusted)
    assert await outside.push(said, "x", NOW) is Pushed.FAILED
    distrusting = Doorbell(keys, private=True)
    assert await distrusting.push(said, "x", NOW) is Pushed.FAILED
    assert service.sent == []
    inside = Doorbell(keys, private=True, trusted=service.trusted)
    assert await inside.push(said, "x", NOW) is Pushed.TAKEN
    no_point = due_at(browser.endpoint, b"\4" + bytes(64))
    assert await inside.push(no_point, "x", NOW) is Pushed.FAILED


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://fcm.googleapis.com:443/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/x", False),
        ("HTTPS://fcm.googleapis.com/x", False),
        (" https://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.apple.com/x", False),
        ("https://user@fcm.googleapis.com/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://[::1]/x", False),
        ("https://[/x", False),
        ("https://fcm.googleapis.com:99999/x", False),
        ("", False),
    ],
)
def test_only_push_services_are_spoken_to(endpoint: str, allowed: bool) -> None:
    assert make_keys("mailto:a@b.c").allows(endpoint) is allowed


def test_the_example_of_rfc_8291_is_sealed_as_there() -> None:
    number = int.from_bytes(decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    made = sealed(
        b"When I grow up, I want to be a watermelon",
        decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        ec.derive_private_key(number, ec.SECP256R1()),
        decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert made == decoded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b"
        "Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_command_prints_what_the_setting_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["push-keys", "--contact", "mailto:dispatch@example.org"]) == 0
    file = tmp_path / "push.json"
    file.write_text(capsys.readouterr().out)
    keys = load_keys(file)
    assert len(decoded(keys.public_key)) == 65
    assert main(["push-keys", "--contact", "somebody"]) == 2
    file.write_text("{}")
    with pytest.raises(ValueError, match="push-keys"):
        load_keys(file)
