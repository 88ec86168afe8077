"""A phone is enrolled by a link, deposits by its key when the session has ended, and is taken away; what it owes is seen."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api import cli
from api.app import ROUTES
from api.auth import OPEN
from db.ids import new_id
from db.pool import Database
from db.queries import areas
from db.records import StaffAreaRole
from db.states import Role
from tests.api.conftest import Clock, Desk, sign_in
from tests.api.pocket import Pocket, link, redeem
from tests.api.test_access import NOBODY, path_of
from tests.builders import settled_in
from tests.conftest import Server
from tests.worlds import World, quiet_street


@pytest.fixture
async def pocket(client: httpx.AsyncClient, dispatcher: Desk, world: World) -> Pocket:
    answer = await redeem(client, await link(dispatcher, world))
    assert answer.status_code == 200, answer.text
    return Pocket(client, answer)


async def test_a_link_signs_the_technician_in_on_one_phone(
    client: httpx.AsyncClient, dispatcher: Desk, world: World
) -> None:
    path = f"/v1/technicians/{world.technicians[0].technician_id}/enrolments"
    made = (await dispatcher.post(path, headers={"Origin": "http://line3.test"})).json()
    address = urlsplit(str(made["url"]))
    assert (address.netloc, address.path) == ("line3.test", "/technician/")
    assert address.fragment == f"enrol={made['code']}"
    answer = await redeem(client, made["code"])
    assert answer.status_code == 200, answer.text
    technician_id = str(world.technicians[0].technician_id)
    assert [role["technicianId"] for role in answer.json()["me"]["roles"]] == [technician_id]
    assert answer.json()["device"]["lastSeq"] == 0
    pocket = Pocket(client, answer)
    me = (await pocket.get("/v1/me")).json()
    assert me == answer.json()["me"]
    synced = (await pocket.sync(1)).json()
    assert (synced["session"], synced["lastSeq"]) == ("open", 1)
    assert synced["pull"] is not None


async def test_a_wrong_a_used_and_an_expired_link_get_the_same_answer(
    client: httpx.AsyncClient, dispatcher: Desk, world: World, clock: Clock
) -> None:
    used, old = await link(dispatcher, world), await link(dispatcher, world)
    assert (await redeem(client, used)).status_code == 200
    answers = [await redeem(client, used), await redeem(client, used[:-1]), await redeem(client, "x?é")]
    clock.forward(timedelta(hours=24, seconds=1))
    answers.append(await redeem(client, old))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text.replace(answer.json()["instance"], "") for answer in answers}) == 1
    assert all("set-cookie" not in answer.headers for answer in answers)


async def test_of_two_who_open_one_link_at_once_one_gets_in(
    client: httpx.AsyncClient, dispatcher: Desk, world: World
) -> None:
    code = await link(dispatcher, world)
    answers = await asyncio.gather(*(redeem(client, code) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5


async def test_too_many_wrong_links_from_one_address_are_refused_in_the_same_words_and_a_good_one_never(
    client: httpx.AsyncClient, dispatcher: Desk, world: World
) -> None:
    *wrong, locked = [await redeem(client, "nothing") for _ in range(31)]
    assert (wrong[-1].status_code, locked.status_code) == (401, 429)
    assert wrong[-1].json()["title"] == locked.json()["title"]
    assert "retry-after" in locked.headers
    assert (await redeem(client, await link(dispatcher, world))).status_code == 200


async def test_a_phone_whose_answer_got_lost_opens_its_link_again_and_another_phone_does_not(
    client: httpx.AsyncClient, dispatcher: Desk, world: World
) -> None:
    code, device_id = await link(dispatcher, world), str(new_id())
    first, again = [await redeem(client, code, device_id) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["device"]["deviceKey"] != first.json()["device"]["deviceKey"]
    assert (await redeem(client, code)).status_code == 401
    said = (await dispatcher.get("/v1/journal")).json()["items"]
    enrolled = [entry["facts"]["again"] for entry in said if entry["action"] == "device.enrolled"]
    assert sorted(enrolled) == [False, True]


async def test_who_opens_a_link_is_a_technician_there_and_nothing_else(
    client: httpx.AsyncClient, database: Database, dispatcher: Desk, world: World
) -> None:
    person = world.staff_id("technician1")
    more = StaffAreaRole(staff_id=person, area_id=world.area_id, role=Role.DISPATCHER, technician_id=None)
    async with database.begin([world.area_id]) as conn:
        await areas.insert_roles(conn, [more])
    phone = Pocket(client, await redeem(client, await link(dispatcher, world)))
    assert [role["role"] for role in (await phone.get("/v1/me")).json()["roles"]] == ["technician"]
    assert (await phone.get(f"/v1/jobs?areaId={world.area_id}")).status_code == 403
    board = await sign_in(client, f"{world.name}.technician1")
    assert (await board.get(f"/v1/jobs?areaId={world.area_id}")).status_code == 200


async def test_the_phone_of_somebody_who_has_left_deposits_nothing(
    database: Database, world: World, pocket: Pocket
) -> None:
    async with database.begin() as conn:
        await conn.execute(
            "UPDATE staff SET active = false WHERE staff_id = $1", world.staff_id("technician1")
        )
    assert (await pocket.sync(1)).status_code == 401


async def test_a_link_is_not_spent_on_somebody_elses_phone(
    client: httpx.AsyncClient, dispatcher: Desk, world: World, pocket: Pocket
) -> None:
    code = await link(dispatcher, world, 1)
    taken = await redeem(client, code, pocket.device_id)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/device-taken")
    assert (await redeem(client, code)).status_code == 200


async def test_a_phone_is_one_persons_whatever_area_the_next_one_is_of(
    client: httpx.AsyncClient, database: Database, world: World, pocket: Pocket
) -> None:
    await settled_in(database, quiet_street)
    elsewhere = await sign_in(client, f"{quiet_street.name}.dispatcher")
    code = await link(elsewhere, quiet_street)
    taken = await redeem(client, code, pocket.device_id)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/device-taken")
    colleague = await sign_in(client, f"{quiet_street.name}.technician1")
    body = {"deviceId": pocket.device_id, "name": "Pixel"}
    assert (await colleague.post("/v1/mobile/devices", json=body)).status_code == 409
    assert (await pocket.sync(1)).json()["results"][0]["status"] == "review", "it is as it was"
    assert (await redeem(client, code)).status_code == 200, "and the link as good as before"


async def test_of_two_areas_that_enrol_one_phone_at_once_one_gets_it(
    client: httpx.AsyncClient, database: Database, dispatcher: Desk, world: World
) -> None:
    await settled_in(database, quiet_street)
    elsewhere = await sign_in(client, f"{quiet_street.name}.dispatcher")
    for _ in range(4):
        codes, device_id = [await link(dispatcher, world), await link(elsewhere, quiet_street)], new_id()
        answers = await asyncio.gather(*(redeem(client, code, device_id) for code in codes))
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_link_is_made_for_technicians_of_the_own_area_alone(
    client: httpx.AsyncClient, database: Database, world: World
) -> None:
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.dispatcher")
    path = f"/v1/technicians/{world.technicians[0].technician_id}/enrolments"
    assert (await stranger.post(path)).status_code == 404


async def test_codes_and_keys_are_kept_as_hashes_only(
    database: Database, dispatcher: Desk, world: World, pocket: Pocket
) -> None:
    code = await link(dispatcher, world)
    key = pocket.proof["Authorization"].partition(".")[2]
    sql = "SELECT string_agg(d::text, '') || (SELECT string_agg(e::text, '') FROM enrolment AS e) FROM device AS d"
    async with database.begin([world.area_id]) as conn:
        kept = await conn.fetchval(sql)
    assert pocket.device_id in kept
    assert code not in kept
    assert key not in kept


async def test_with_an_ended_session_a_phone_deposits_by_its_key_and_pulls_nothing(
    pocket: Pocket, clock: Clock
) -> None:
    clock.forward(timedelta(hours=15))
    answer = await pocket.sync(1, 2)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["session"], told["pull"], told["lastSeq"]) == ("expired", None, 2)
    assert [result["status"] for result in told["results"]] == ["review"] * 2
    again = await pocket.post(
        "/v1/mobile/sync", json={"deviceId": pocket.device_id, "batchId": str(new_id()), "events": []}
    )
    assert again.status_code == 401


async def test_a_key_opens_nothing_but_depositing(pocket: Pocket) -> None:
    pocket.headers = {}
    opened = set[str]()
    for handler in ROUTES:
        if handler.opt == OPEN:
            continue
        for method in sorted(handler.http_methods - {"OPTIONS"}):
            path = path_of(handler)
            body: Any = {} if method in ("POST", "PUT") else None
            answer = await pocket.ask(str(method), path, json=body, headers=pocket.proof)
            if answer.status_code != 401:
                opened.add(path)
    assert opened == DEPOSITS


DEPOSITS = {"/v1/mobile/sync", "/v1/mobile/photos", f"/v1/mobile/photos/{NOBODY}"}


@pytest.mark.parametrize(
    "proof",
    [
        "Device",
        "Device ",
        "Device x.y",
        "Device {device}",
        "Device {device}.",
        "Device {device}.{wrong}",
        "Device {other}.{key}",
        "Bearer {key}",
        "device {device}.{key}",
        "Device {device}.{key}x",
    ],
)
async def test_a_key_that_is_not_this_phones_opens_nothing(pocket: Pocket, proof: str) -> None:
    device, _, key = pocket.proof["Authorization"].removeprefix("Device ").partition(".")
    wrong = key[:-6] + ("AAAAAA" if not key.endswith("AAAAAA") else "BBBBBB")
    pocket.headers = {}
    pocket.proof = {
        "Authorization": proof.format(device=device, key=key, wrong=wrong, other=new_id()).strip(" ")
    }
    assert (await pocket.sync(1)).status_code == 401


async def test_a_key_deposits_for_its_own_phone_alone(
    client: httpx.AsyncClient, dispatcher: Desk, world: World, pocket: Pocket
) -> None:
    other = Pocket(client, await redeem(client, await link(dispatcher, world)))
    pocket.headers = {}
    answer = await pocket.sync(1, deviceId=other.device_id)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-device")


async def test_enrolling_after_signing_in_gives_a_key_too_and_each_time_another(
    client: httpx.AsyncClient, technician: Desk
) -> None:
    body = {"deviceId": str(new_id()), "name": "Pixel"}
    first, second = [(await technician.post("/v1/mobile/devices", json=body)).json() for _ in range(2)]
    assert first["deviceKey"] != second["deviceKey"]
    statuses: list[int] = []
    for made in (first, second):
        proof = {"Authorization": f"Device {body['deviceId']}.{made['deviceKey']}"}
        envelope: Any = {"deviceId": body["deviceId"], "batchId": str(new_id()), "events": []}
        statuses.append((await client.post("/v1/mobile/sync", json=envelope, headers=proof)).status_code)
    assert statuses == [401, 200]


async def test_a_revoked_phone_sees_nothing_at_once_and_deposits_for_72_hours(
    client: httpx.AsyncClient, dispatcher: Desk, world: World, pocket: Pocket, clock: Clock
) -> None:
    revoked = await dispatcher.post(
        f"/v1/devices/{pocket.device_id}/revoke", json={"reason": "left in a taxi"}
    )
    assert revoked.status_code == 200, revoked.text
    assert (await pocket.get("/v1/me")).status_code == 401
    clock.forward(timedelta(hours=71))
    told = (await pocket.sync(1)).json()
    assert (told["pull"], told["session"]) == (None, "revoked")
    assert [result["reason"] for result in told["results"]] == ["device-revoked"]
    clock.forward(timedelta(hours=2))
    late = await pocket.sync(2)
    assert (late.status_code, late.json()["type"]) == (401, "/problems/device-revoked")
    dispatcher = await sign_in(client, f"{world.name}.dispatcher")
    (seen,) = (await dispatcher.get("/v1/devices")).json()["items"]
    assert seen["revokedReason"] == "left in a taxi"


async def test_a_revoked_phone_with_another_session_pulls_nothing_and_is_out_after_72_hours(
    client: httpx.AsyncClient, dispatcher: Desk, world: World, pocket: Pocket, clock: Clock
) -> None:
    await dispatcher.post(f"/v1/devices/{pocket.device_id}/revoke", json={"reason": "lost"})
    pocket.headers = (await sign_in(client, f"{world.name}.technician1")).headers
    told = (await pocket.sync(1)).json()
    assert (told["session"], told["pull"]) == ("revoked", None)
    enrolled = await pocket.post("/v1/mobile/devices", json={"deviceId": pocket.device_id, "name": "Pixel"})
    assert enrolled.json()["type"] == "/problems/device-revoked"
    clock.forward(timedelta(hours=73))
    pocket.headers = (await sign_in(client, f"{world.name}.technician1")).headers
    assert (await pocket.sync(2)).status_code == 401


async def test_why_a_phone_was_revoked_stands_not_in_the_journal(dispatcher: Desk, pocket: Pocket) -> None:
    await dispatcher.post(f"/v1/devices/{pocket.device_id}/revoke", json={"reason": "Béla was drunk"})
    again = await dispatcher.post(f"/v1/devices/{pocket.device_id}/revoke", json={"reason": "other"})
    assert again.json()["revokedReason"] == "Béla was drunk"
    journal = (await dispatcher.get("/v1/journal")).json()["items"]
    said = [entry for entry in journal if entry["action"].startswith(("device.", "enrolment."))]
    assert [entry["action"] for entry in said] == ["enrolment.made", "device.enrolled", "device.revoked"]
    assert "drunk" not in str(journal)


async def test_another_areas_phone_is_unknown(
    client: httpx.AsyncClient, database: Database, pocket: Pocket
) -> None:
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.dispatcher")
    path = f"/v1/devices/{pocket.device_id}/revoke"
    assert (await stranger.post(path, json={"reason": "mine"})).status_code == 404
    assert (await stranger.get("/v1/devices")).json() == {"items": []}
    assert (await stranger.get("/v1/gaps")).json()["items"] == []


async def test_records_that_have_not_arrived_show_after_half_an_hour_until_they_do(
    dispatcher: Desk, pocket: Pocket, clock: Clock, world: World
) -> None:
    since = clock.now
    await pocket.sync(1, 2, 6)
    others = [one.display_name for one in world.technicians[1:]]
    assert (await dispatcher.get("/v1/gaps")).json() == {"items": [], "unheard": others}
    clock.forward(timedelta(minutes=30))
    await pocket.sync(9)
    (gaps,) = (await dispatcher.get("/v1/gaps")).json()["items"]
    assert (gaps["technicianName"], gaps["deviceName"]) == (world.technicians[0].display_name, "Pixel")
    stamp = since.isoformat().replace("+00:00", "Z")
    assert gaps["missing"] == [{"first": 3, "last": 5, "since": stamp}]
    assert (gaps["count"], gaps["since"], gaps["storageLostAt"]) == (3, stamp, None)
    (seen,) = (await dispatcher.get("/v1/devices")).json()["items"]
    assert seen["missing"] == 3
    await pocket.sync(4)
    (gaps,) = (await dispatcher.get("/v1/gaps")).json()["items"]
    assert [(gap["first"], gap["last"]) for gap in gaps["missing"]] == [(3, 3), (5, 5)]
    await pocket.sync(3, 5, 7, 8)
    assert (await dispatcher.get("/v1/gaps")).json()["items"] == []


async def test_a_number_that_comes_again_is_never_refused(
    pocket: Pocket, dispatcher: Desk, clock: Clock
) -> None:
    first, second = (await pocket.sync(1, 2)).json(), (await pocket.sync(2, 1, 2)).json()
    assert [result["status"] for result in (*first["results"], *second["results"])] == ["review"] * 5
    assert second["lastSeq"] == 2
    clock.forward(timedelta(hours=1))
    assert (await dispatcher.get("/v1/gaps")).json()["items"] == []


async def test_batches_that_arrive_at_once_are_counted_as_one_count(
    pocket: Pocket, dispatcher: Desk, clock: Clock
) -> None:
    await asyncio.gather(*(pocket.sync(*range(start, 41, 5)) for start in range(1, 6)))
    clock.forward(timedelta(hours=1))
    assert (await dispatcher.get("/v1/gaps")).json()["items"] == []


async def test_a_phone_that_lost_its_storage_says_so_and_counts_on(
    pocket: Pocket, dispatcher: Desk, clock: Clock
) -> None:
    await pocket.sync(1, 4)
    for seq in (5, 6):
        # again, as if the answer had been lost
        assert (await pocket.sync(seq, storageLost=True)).status_code == 200
    (lost,) = [
        entry
        for entry in (await dispatcher.get("/v1/journal")).json()["items"]
        if entry["action"] == "device.storage_lost"
    ]
    assert lost["facts"] == {"lastSeq": 4, "missing": [[2, 3]], "count": 2}
    assert lost["subjectId"] == pocket.device_id
    clock.forward(timedelta(minutes=31))
    (gaps,) = (await dispatcher.get("/v1/gaps")).json()["items"]
    assert gaps["storageLostAt"] is not None
    assert [(gap["first"], gap["last"]) for gap in gaps["missing"]] == [(2, 3)]


async def test_a_lost_storage_shows_though_nothing_known_is_missing(pocket: Pocket, dispatcher: Desk) -> None:
    await pocket.sync(1, storageLost=True)
    (gaps,) = (await dispatcher.get("/v1/gaps")).json()["items"]
    assert (gaps["count"], gaps["missing"], gaps["since"]) == (0, [], None)
    assert gaps["storageLostAt"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {"code": "x" * 201},
        {"code": ""},
        {"code": "a\u202eb"},
        {"name": ""},
        {"deviceId": "../../x"},
        {"colour": "red"},
    ],
)
async def test_a_hostile_redemption_is_malformed(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    good = {"code": "x", "deviceId": str(new_id()), "name": "Pixel"}
    assert (await client.post("/v1/mobile/enrol", json={**good, **body})).status_code == 422


def test_what_was_said_before_a_command_within_a_command_counts() -> None:
    asked = cli.parser().parse_args(["devices", "--data", "elsewhere", "revoke", str(new_id())])
    assert asked.data == "elsewhere"


async def test_an_operator_makes_a_link_lists_phones_and_revokes_one(
    server: Server,
    fresh: str,
    client: httpx.AsyncClient,
    pocket: Pocket,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LINE3_DATABASE_URL", server.owner_url(fresh))
    monkeypatch.setenv("LINE3_APP_DATABASE_URL", server.app_url(fresh))

    async def run(*words: str) -> str:
        assert await asyncio.to_thread(cli.main, words) == 0
        return capsys.readouterr().out

    said = await run("enrol", f"{world.name}.technician2", "--url", "https://line3.example/")
    assert said.startswith("https://line3.example/technician/#enrol=")
    assert "▀" in said
    listed = await run("devices")
    assert pocket.device_id in listed
    assert world.technicians[0].display_name in listed
    assert "revoked" in await run("devices", "revoke", pocket.device_id)
    assert (await pocket.get("/v1/me")).status_code == 401
    assert await asyncio.to_thread(cli.main, ["enrol", "nobody"]) == 2
    assert await asyncio.to_thread(cli.main, ["devices", "revoke", str(new_id())]) == 2
