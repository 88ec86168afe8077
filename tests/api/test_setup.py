"""Setting an area up over HTTP: versions, refusals with their pointers, roles, what the journal keeps."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.app import build
from db.ids import new_id
from db.pool import Database
from db.queries import areas, journal, technicians
from db.records import JournalEntry
from dispatch.outside.geocoder import NominatimGeocoder
from dispatch.rules import fairness
from dispatch.rules.prices import weights_of
from dispatch.uploads import Uploads
from optimizer.problem import Weights
from tests.api.conftest import Clock, Desk, sign_in, speaking_to
from tests.builders import Phone, Town, settled_in
from tests.dispatch.nominatim import geocoding
from tests.worlds import NOW, TODAY, World, quiet_street

PLACE = {"address": "Mill Lane 12", "latitude": 55.81, "longitude": 37.58, "foundBy": "given"}
TOMORROW = TODAY + timedelta(days=1)


def read(version: int) -> dict[str, dict[str, str]]:
    return {"headers": {"If-Match": f'"{version}"'}}


@pytest.fixture
async def supervisor(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.supervisor")


async def entries(database: Database, world: World) -> list[JournalEntry]:
    async with database.begin([world.area_id]) as conn:
        return await journal.list_journal(conn, world.area_id, 0, 1000)


async def put_place(desk: Desk, **changes: Any) -> str:
    place_id = str(new_id())
    answer = await desk.put(f"/v1/setup/places/{place_id}", json={**PLACE, **changes}, **read(0))
    assert answer.status_code == 200, answer.text
    return place_id


def technician(place_id: str, **changes: Any) -> dict[str, Any]:
    said = {
        "login": "anna.k",
        "displayName": "Anna",
        "language": "hu",
        "skills": ["fibre"],
        "startPlaceId": place_id,
        "overtimeMinutes": 30,
    }
    return {**said, **changes}


async def test_a_depot_is_set_up_changed_and_never_overwritten_unseen(
    dispatcher: Desk, database: Database, world: World
) -> None:
    place_id, depot = await put_place(dispatcher), f"/v1/setup/depots/{new_id()}"
    made = {"name": "North", "placeId": place_id}
    assert (await dispatcher.put(depot, json=made)).status_code == 428
    first = await dispatcher.put(depot, json=made, **read(0))
    assert (first.status_code, first.headers["etag"], first.json()["address"]) == (200, '"1"', "Mill Lane 12")
    again = await dispatcher.put(depot, json=made, **read(0))
    assert (again.status_code, again.json()["type"], again.json()["version"]) == (412, "/problems/stale", 1)
    second = await dispatcher.put(depot, json={**made, "name": "North-West"}, **read(1))
    assert second.json()["version"] == 2
    assert (await dispatcher.put(depot, json=made, **read(1))).status_code == 412
    names = [row["name"] for row in (await dispatcher.get("/v1/setup/depots")).json()["items"]]
    assert names == ["Depot", "North-West"]
    (changed,) = [entry for entry in await entries(database, world) if entry.action == "depot.changed"]
    assert changed.facts == {"before": {"name": "North"}, "after": {"name": "North-West"}, "personal": []}


async def test_a_moved_pin_touches_the_days_that_begin_there_and_the_journal_names_no_address(
    dispatcher: Desk, database: Database, world: World
) -> None:
    place_id = str(world.technicians[0].start_place_id)
    address = f"/v1/setup/places/{place_id}"
    found = (await dispatcher.get(address)).json()

    async def versions() -> list[int]:
        days = [(world.area_id, person.technician_id, TOMORROW) for person in world.technicians]
        async with database.begin([world.area_id]) as conn:
            return [row.version for row in await technicians.list_technician_days_of(conn, days)]

    before = await versions()
    moved = {name: value for name, value in found.items() if name not in ("placeId", "version")}
    answer = await dispatcher.put(
        address, json={**moved, "latitude": 55.9, "foundBy": "pin", "accessNote": "bell 3"}, **read(1)
    )
    assert answer.json()["version"] == 2
    assert await versions() == [version + 1 for version in before]
    (changed,) = [entry for entry in await entries(database, world) if entry.action == "place.changed"]
    assert changed.facts["personal"] == ["accessNote", "latitude"]
    assert changed.facts["after"] == {"foundBy": "pin"}
    renamed = await dispatcher.put(address, json={**moved, "latitude": 55.9}, **read(2))
    assert renamed.status_code == 200
    assert await versions() == [version + 1 for version in before], "the point is where it was"


async def test_a_technician_is_hired_enrols_and_leaves(
    dispatcher: Desk, supervisor: Desk, database: Database, world: World
) -> None:
    place_id, who = await put_place(dispatcher), str(new_id())
    address = f"/v1/setup/technicians/{who}"
    assert (await dispatcher.put(address, json=technician(place_id), **read(0))).status_code == 403
    spoken = technician(place_id, phone="08001234")
    assert (await supervisor.put(address, json=spoken, **read(0))).status_code == 422
    hired = await supervisor.put(address, json=technician(place_id, phone="+36301234568"), **read(0))
    assert hired.json()["technician"]["phone"] == "+36301234568"
    assert hired.status_code == 200, hired.text
    listed = (await dispatcher.get("/v1/setup/technicians")).json()["items"]
    assert [row["login"] for row in listed if row["technicianId"] == who] == ["anna.k"]
    link = await dispatcher.post(f"/v1/technicians/{who}/enrolments")
    assert link.status_code == 201
    left = await supervisor.put(address, json=technician(place_id, active=False), **read(1))
    assert left.json()["technician"]["active"] is False
    hire = [entry for entry in await entries(database, world) if entry.action == "technician.set_up"]
    assert "Anna" not in str(hire[0].facts)
    assert "+36301234568" not in str(hire[0].facts)
    assert hire[0].facts["personal"] == ["displayName", "phone"]


async def test_who_leaves_works_no_coming_day_but_those_with_visits(
    supervisor: Desk, dispatcher: Desk, database: Database, world: World
) -> None:
    town = Town(database, world)
    visit = await town.out(await town.job(), at=NOW + timedelta(days=1, hours=3))
    person = world.technicians[0]
    found = (await supervisor.get("/v1/setup/technicians")).json()["items"]
    (said,) = [row for row in found if row["technicianId"] == str(person.technician_id)]
    body = {name: value for name, value in said.items() if name not in ("technicianId", "version")}
    answer = await supervisor.put(
        f"/v1/setup/technicians/{person.technician_id}",
        json={**body, "active": False},
        **read(said["version"]),
    )
    assert [row["visitId"] for row in answer.json()["waiting"]] == [str(visit.visit_id)]
    times = await dispatcher.get(f"/v1/setup/technicians/{person.technician_id}/working-times")
    assert [day["onDay"] for day in times.json()["days"]] == [TOMORROW.isoformat()]
    waiting = (await dispatcher.get("/v1/setup/waiting-visits")).json()["items"]
    assert [row["jobNumber"] for row in waiting] == [answer.json()["waiting"][0]["jobNumber"]]


@pytest.mark.parametrize(
    ("changes", "status", "pointer", "code"),
    [
        ({"skills": ["fibre", "magic"]}, 422, "/skills/1", "unknown-reference"),
        ({"startPlaceId": str(new_id())}, 422, "/startPlaceId", "unknown-reference"),
        ({"login": "small_town.dispatcher"}, 409, "/login", "already-taken"),
        ({"login": "Anna K"}, 422, "/login", "invalid"),
        ({"displayName": "a\u202eb"}, 422, "/displayName", "invalid"),
    ],
)
async def test_what_cannot_be_is_refused_with_where_it_stands(
    supervisor: Desk, changes: dict[str, Any], status: int, pointer: str, code: str
) -> None:
    place_id = await put_place(supervisor)
    answer = await supervisor.put(
        f"/v1/setup/technicians/{new_id()}", json=technician(place_id, **changes), **read(0)
    )
    assert (answer.status_code, answer.json()["errors"]) == (status, [{"pointer": pointer, "code": code}])


async def test_an_area_weighs_for_itself_and_what_it_leaves_is_the_products(
    supervisor: Desk, database: Database, world: World
) -> None:
    said = (await supervisor.get("/v1/setup/areas")).json()
    (area,) = said["items"]
    known = {one["name"]: one for one in said["weights"]}
    assert set(known) == set(area["settings"]["weights"])
    assert known["outagePerMinute"]["product"] == Weights().outage_per_minute
    body = {name: area[name] for name in ("code", "name", "timeZone", "currency", "language", "settings")}
    address = f"/v1/setup/areas/{world.area_id}"

    async def put(**weights: float | None) -> httpx.Response:
        settings = {**body["settings"], "weights": weights}
        version = (await supervisor.get("/v1/setup/areas")).json()["items"][0]["version"]
        return await supervisor.put(address, json={**body, "settings": settings}, **read(version))

    answer = await put(overtime=7, outagePerMinute=0.5, travel=None)
    assert answer.status_code == 200, answer.text
    async with database.begin() as conn:
        weights = weights_of(await areas.get_area(conn, world.area_id))
    assert weights == Weights(overtime=7, outage_per_minute=0.5)
    for name, one in known.items():
        for value in (one["least"] - 1, one["most"] + 1):
            refused = await put(**{name: value if not one["whole"] else int(value)})
            fault = {"pointer": f"/settings/weights/{name}", "code": "out-of-range"}
            assert (refused.status_code, refused.json()["errors"]) == (422, [fault])
        for value in (one["least"], one["most"]):
            assert (await put(**{name: int(value)})).status_code == 200
    broken = await put(overtime=0.5)
    assert broken.json()["errors"] == [{"pointer": "/settings/weights/overtime", "code": "invalid"}]
    unheard = await put(mood=1)
    assert unheard.json()["errors"] == [{"pointer": "/settings/weights/mood", "code": "unknown"}]


async def test_what_a_day_asks_beyond_the_ordinary_weighs_as_the_area_says(
    supervisor: Desk, database: Database, world: World
) -> None:
    said = (await supervisor.get("/v1/setup/areas")).json()
    (area,) = said["items"]
    assert {one["name"]: one["product"] for one in said["fairness"]} == dict(fairness.WEIGHTS)
    body = {name: area[name] for name in ("code", "name", "timeZone", "currency", "language", "settings")}

    async def put(**weights: float) -> httpx.Response:
        settings = {**body["settings"], "fairness": weights}
        address = f"/v1/setup/areas/{world.area_id}"
        return await supervisor.put(address, json={**body, "settings": settings}, **read(area["version"]))

    for weights, code in (({"mood": 1}, "unknown-reference"), ({"far": -1}, "out-of-range")):
        fault = {"pointer": f"/settings/fairness/{next(iter(weights))}", "code": code}
        refused = await put(**weights)
        assert (refused.status_code, refused.json()["errors"]) == (422, [fault])
    assert (await put(far=600.5)).json()["errors"][0]["code"] == "out-of-range"
    assert (await put(far=40, late=0)).status_code == 200
    async with database.begin() as conn:
        settings = (await areas.get_area(conn, world.area_id)).settings
    assert settings.fairness == {"far": 40.0, "late": 0.0}


async def test_a_contract_and_a_login_stay(supervisor: Desk, dispatcher: Desk, world: World) -> None:
    place_id = await put_place(dispatcher)
    of = f"/v1/setup/subscribers/{new_id()}"
    made = {
        "contract": "C-9",
        "holderName": "Jane",
        "language": "en",
        "placeId": place_id,
        "phone": "+36301234567",
    }
    assert (await dispatcher.put(of, json=made, **read(0))).json()["phone"] == "+36301234567"
    assert (await dispatcher.put(of, json={**made, "contract": "C-10"}, **read(1))).status_code == 422
    again = await dispatcher.put(f"/v1/setup/subscribers/{new_id()}", json=made, **read(0))
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already-taken")
    kept = await dispatcher.put(of, json={**made, "phone": "", "holderName": "Jane Doe"}, **read(1))
    assert kept.json()["phone"] == "+36301234567"
    found = (await dispatcher.get("/v1/setup/subscribers", params={"text": "jane"})).json()["items"]
    assert [(row["contract"], row["address"]) for row in found] == [("C-9", "Mill Lane 12")]
    none = await dispatcher.get("/v1/setup/subscribers", params={"text": "%"})
    assert none.json()["items"] == [], "what is typed is no pattern"
    assert (await supervisor.get("/v1/setup/subscribers")).status_code == 403


async def test_nothing_hangs_below_itself(dispatcher: Desk) -> None:
    ids = [str(new_id()) for _ in range(3)]
    for number, one in enumerate(ids):
        made = {"kind": "cabinet", "name": f"C{number}", "parentId": ids[number - 1] if number else None}
        assert (
            await dispatcher.put(f"/v1/setup/network-elements/{one}", json=made, **read(0))
        ).status_code == 200
    circle = {"kind": "cabinet", "name": "C0", "parentId": ids[2]}
    answer = await dispatcher.put(f"/v1/setup/network-elements/{ids[0]}", json=circle, **read(1))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/parentId")


async def test_a_count_that_a_phone_has_overtaken_is_refused(
    dispatcher: Desk, database: Database, world: World
) -> None:
    (row,) = [
        row
        for row in (await dispatcher.get("/v1/setup/stock")).json()["items"]
        if (row["technicianId"], row["code"]) == (str(world.technicians[0].technician_id), "ont")
    ]
    counted = {name: value for name, value in row.items() if name not in ("stockId", "version")}
    town = Town(database, world)
    phone: Phone = await town.phone()
    visit = await town.out(await town.job())
    await phone.send(database, [phone.say(visit, "part-used", quantity=2, serial="", removedSerial="")])
    address = f"/v1/setup/stock/{row['stockId']}"
    assert (
        await dispatcher.put(address, json={**counted, "quantity": 9}, **read(row["version"]))
    ).status_code == 412
    answer = await dispatcher.put(address, json={**counted, "quantity": 9}, **read(row["version"] + 1))
    assert answer.json()["quantity"] == 9
    other = await dispatcher.put(f"/v1/setup/stock/{new_id()}", json={**counted, "quantity": 1}, **read(0))
    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "already-taken")


async def test_parts_that_are_spoken_of_can_be_named(supervisor: Desk, dispatcher: Desk) -> None:
    parts = {row["code"]: row for row in (await dispatcher.get("/v1/setup/parts")).json()["items"]}
    assert (parts["ont"]["version"], parts["ont"]["name"], parts["splicer"]["kind"]) == (0, "ont", "tool")
    named = {"kind": "part", "name": "Optical terminal"}
    answer = await supervisor.put("/v1/setup/parts/ont", json=named, **read(0))
    assert answer.json()["version"] == 1
    codes = [row["code"] for row in (await dispatcher.get("/v1/setup/parts")).json()["items"]]
    assert codes == sorted(set(codes))


async def test_a_pattern_is_answered_with_the_visits_that_it_leaves_out(
    dispatcher: Desk, database: Database, world: World
) -> None:
    town = Town(database, world)
    visit = await town.out(await town.job(), at=NOW + timedelta(days=1, hours=8))
    hours = {"start": "09:00", "end": "12:00"}
    pattern, who = f"/v1/setup/shift-patterns/{new_id()}", world.technicians[0].technician_id
    made: dict[str, Any] = {
        "name": "Mornings",
        "weeks": 1,
        "firstOn": "2026-11-23",
        "shifts": [{"week": 1, "weekday": day, "hours": hours} for day in range(1, 8)],
    }
    assert (await dispatcher.put(pattern, json=made, **read(0))).json()["waiting"] == []
    chosen = await dispatcher.put(
        f"/v1/setup/technicians/{who}/patterns/{TODAY}",
        json={"shiftPatternId": pattern.rpartition("/")[2]},
        **read(0),
    )
    assert [row["visitId"] for row in chosen.json()["waiting"]] == [str(visit.visit_id)]
    times = (await dispatcher.get(f"/v1/setup/technicians/{who}/working-times")).json()
    ends = {day["onDay"]: day["shiftEndAt"] for day in times["days"]}
    assert ends[TODAY.isoformat()] == "2026-11-24T09:00:00Z"
    assert ends[TOMORROW.isoformat()] == "2026-11-25T15:00:00Z"
    two = {**made, "shifts": [made["shifts"][0], made["shifts"][0]]}
    refused = await dispatcher.put(pattern, json=two, **read(1))
    assert refused.json()["errors"] == [{"pointer": "/shifts/1/week", "code": "hours-impossible"}]


async def test_a_technician_is_lent_to_an_area_that_one_does_not_see(
    dispatcher: Desk, database: Database, world: World
) -> None:
    await settled_in(database, quiet_street)
    others = (await dispatcher.get("/v1/setup/loans")).json()["areas"]
    assert [area["name"] for area in others] == [quiet_street.area.name]
    who = str(world.technicians[0].technician_id)
    loan = {"technicianId": who, "areaIdWorked": others[0]["areaId"]}
    days = {"firstOn": TOMORROW.isoformat(), "lastOn": TOMORROW.isoformat()}
    answer = await dispatcher.put(f"/v1/setup/loans/{new_id()}", json={**loan, **days}, **read(0))
    assert answer.status_code == 200, answer.text
    times = (await dispatcher.get(f"/v1/setup/technicians/{who}/working-times")).json()
    assert [day["areaIdWorked"] for day in times["days"]][:2] == [str(world.area_id), others[0]["areaId"]]


def kind(**changes: Any) -> dict[str, Any]:
    said = {
        "kind": "wifi_setup",
        "after": 1,
        "title": {"en": "Wi-Fi"},
        "faultClasses": ["wifi_setup"],
        "skills": ["wifi"],
        "tools": ["splicer"],
        "parts": {"ont": 1},
        "serviceMinutes": 35,
        "setupMinutes": 5,
        "priority": 4,
        "dueHours": 24,
        "checklist": [{"code": "speed", "text": {"en": "Speed shown"}}],
        "photos": [],
        "lineTest": None,
        "chargeable": True,
        "interruptible": False,
    }
    return {**said, **changes}


async def test_a_kind_is_never_edited_and_jobs_keep_the_version_they_began_with(
    supervisor: Desk, database: Database, world: World
) -> None:
    town = Town(database, world)
    before = await town.job("wifi_setup")
    made = await supervisor.post("/v1/setup/job-kinds", json=kind())
    assert (made.status_code, made.json()["kindVersion"]) == (201, 2)
    assert (await supervisor.post("/v1/setup/job-kinds", json=kind())).status_code == 412
    after = await town.job("wifi_setup")
    assert (before.kind_version, after.kind_version) == (1, 2)
    for wrong, pointer in (
        ({"skills": ["magic"]}, "/skills/0"),
        ({"parts": {"magic": 1}}, "/parts/magic"),
        ({"faultClasses": ["cable_break"]}, "/faultClasses/0"),
        ({"validFrom": "2026-11-23T00:00:00Z"}, "/validFrom"),
    ):
        answer = await supervisor.post("/v1/setup/job-kinds", json=kind(after=2, **wrong))
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_tariff_ahead_is_not_valid_yet_and_one_now_reaches_the_phones(
    supervisor: Desk, database: Database, world: World
) -> None:
    town = Town(database, world)
    phone = await town.phone()
    await town.out(await town.job("wifi_setup"))

    async def shown() -> tuple[int, int]:
        """Version and number of changes of what the phone pulls."""
        answer = await phone.send(database, [])
        assert answer.pull is not None
        found = [
            change.job.tariff.version
            for change in answer.pull.changes
            if change.job is not None and change.job.tariff is not None
        ]
        return (found or [0])[-1], len(answer.pull.changes)

    line = {"code": "wifi", "text": {"en": "Wi-Fi"}, "amountMinor": 99_00, "taxBasisPoints": 2000}
    ahead = {"after": 1, "lines": [line], "validFrom": "2027-01-01T00:00:00Z"}
    first = await supervisor.post("/v1/setup/tariffs", json=ahead)
    assert (first.status_code, first.json()["currency"]) == (201, "RUB")
    assert await shown() == (1, 1)
    assert (await supervisor.post("/v1/setup/tariffs", json={"after": 2, "lines": [line]})).status_code == 201
    assert await shown() == (3, 1)
    twice = await supervisor.post("/v1/setup/tariffs", json={"after": 3, "lines": [line, line]})
    assert twice.json()["errors"] == [{"pointer": "/lines/1/code", "code": "already-taken"}]
    versions = [row["tariffVersion"] for row in (await supervisor.get("/v1/setup/tariffs")).json()["items"]]
    assert versions == [3, 2, 1]


async def test_terms_and_agreements_are_versions_in_all_their_languages(supervisor: Desk) -> None:
    texts = {"en": "It may cost.", "ru": "Может быть платно."}
    made = await supervisor.post("/v1/setup/terms", json={"after": 1, "texts": texts, "callOutMinor": 100})
    assert (made.json()["termsVersion"], made.json()["texts"]) == (2, texts)
    assert len((await supervisor.get("/v1/setup/terms")).json()["items"]) == 2
    words = await supervisor.post("/v1/setup/agreements", json={"after": 1, "texts": {"en": "I agree."}})
    assert words.json()["agreementVersion"] == 2
    empty = await supervisor.post("/v1/setup/agreements", json={"after": 2, "texts": {}})
    assert empty.status_code == 422


async def test_an_area_is_set_up_from_nothing_and_keeps_what_promises_stand_in(
    supervisor: Desk, client: httpx.AsyncClient, world: World
) -> None:
    area_id = str(new_id())
    made = {
        "code": "south",
        "name": "South",
        "timeZone": "Europe/Budapest",
        "currency": "HUF",
        "language": "hu",
        "settings": {"planSeconds": 5},
    }
    first = await supervisor.put(f"/v1/setup/areas/{area_id}", json=made, **read(0))
    assert (first.status_code, first.json()["settings"]["planDays"]) == (200, 2)
    again = await sign_in(client, f"{world.name}.supervisor")
    roles = {row["role"] for row in (await again.get("/v1/me")).json()["roles"] if row["areaId"] == area_id}
    assert roles == {"supervisor", "dispatcher"}
    skill = await again.put(f"/v1/setup/skills/fibre?areaId={area_id}", json={"name": "Fibre"}, **read(0))
    assert skill.status_code == 200
    for changes, pointer in (
        ({"currency": "EUR"}, "/currency"),
        ({"timeZone": "Europe/Vienna"}, "/timeZone"),
    ):
        answer = await again.put(f"/v1/setup/areas/{area_id}", json={**made, **changes}, **read(1))
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    taken = await again.put(f"/v1/setup/areas/{new_id()}", json=made, **read(0))
    assert (taken.status_code, taken.json()["errors"][0]["code"]) == (409, "already-taken")
    nowhere = {**made, "code": "moon", "timeZone": "Moon/Crater"}
    answer = await again.put(f"/v1/setup/areas/{new_id()}", json=nowhere, **read(0))
    assert answer.json()["errors"] == [{"pointer": "/timeZone", "code": "unknown-reference"}]


@pytest.fixture
async def near_nominatim(
    database: Database, clock: Clock, uploads: Uploads, world: World
) -> AsyncGenerator[Desk]:
    """A dispatcher of an installation with a geocoder."""
    with geocoding() as fake:
        app = build(database, clock, uploads, NominatimGeocoder(fake.url))
        async with speaking_to(app) as client:
            yield await sign_in(client, f"{world.name}.dispatcher")


async def test_an_address_is_looked_up_where_a_geocoder_is_configured(
    near_nominatim: Desk, dispatcher: Desk
) -> None:
    asked = {"address": "Mill Lane 12, Budapest", "language": "en"}
    found = await near_nominatim.post("/v1/setup/located-addresses", json=asked)
    assert [(row["latitude"], row["street"]) for row in found.json()["items"]] == [(47.4701, "Mill Lane")]
    without = await dispatcher.post("/v1/setup/located-addresses", json=asked)
    assert (without.status_code, without.json()["type"]) == (503, "/problems/geocoder-silent")


async def test_nobody_sets_another_area_up(dispatcher: Desk, database: Database, world: World) -> None:
    await settled_in(database, quiet_street)
    for listed in ("/v1/areas", "/v1/setup/areas"):
        mine = (await dispatcher.get(listed)).json()["items"]
        assert [area["areaId"] for area in mine] == [str(world.area_id)]
    other = {"params": {"areaId": str(quiet_street.area_id)}}
    assert (await dispatcher.get("/v1/setup/depots", **other)).status_code == 403
    theirs = quiet_street.technicians[0].technician_id
    answer = await dispatcher.get(f"/v1/setup/technicians/{theirs}/working-times")
    assert answer.status_code == 404
    choice = await dispatcher.put(
        f"/v1/setup/technicians/{theirs}/exceptions/{TOMORROW}", json={"hours": None}, **read(0)
    )
    assert choice.status_code == 404
