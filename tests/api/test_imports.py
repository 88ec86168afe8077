"""Tables that people bring, over HTTP: looked at, taken in as a whole or what is good, and again without a change."""

from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.app import build
from db.pool import Database
from db.queries import journal, kinds, setup, subscribers
from db.states import FoundBy
from dispatch.outside.geocoder import Locator, NominatimGeocoder
from dispatch.uploads import Uploads
from tests.api.conftest import Clock, Desk, sign_in, speaking_to
from tests.dispatch.nominatim import FakeNominatim, geocoding
from tests.worlds import World

SUBSCRIBERS = """\
contract;holder_name;language;address;latitude;longitude;network_element;phone
C-1;Jane Doe;en;Mill Lane 12;55.81;37.58;S-1;+36301234567
C-2;Иван Петров;ru;Mill Lane 14;55,82;37,59;;
"""
BAD = SUBSCRIBERS + "C-3;Nobody;en;Mill Lane 15;95;37.5;S-9;123\nC-1;Jane;en;Mill Lane 12;55.8;37.5;;\n"


@pytest.fixture
async def supervisor(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.supervisor")


async def bring(desk: Desk, kind: str, table: str, **more: Any) -> dict[str, Any]:
    answer = await desk.post("/v1/setup/imports", json={"kind": kind, "table": table, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(said: dict[str, Any]) -> tuple[int, ...]:
    return tuple(said[name] for name in ("lines", "new", "changed", "unchanged", "written"))


async def contracts(desk: Desk) -> list[str]:
    found = await desk.get("/v1/setup/subscribers", params={"text": "C-"})
    return [row["contract"] for row in found.json()["items"]]


async def test_a_preview_names_every_bad_line_and_writes_nothing(dispatcher: Desk) -> None:
    asked = {"kind": "subscribers", "table": BAD}
    said = (await dispatcher.post("/v1/setup/imports/preview", json=asked)).json()
    assert numbers(said) == (4, 2, 0, 0, 0)
    assert [(fault["line"], fault["column"], fault["code"], fault["value"]) for fault in said["faults"]] == [
        (4, "latitude", "invalid", "95"),
        (4, "phone", "invalid", "123"),
        (5, "contract", "repeated", "C-1"),
    ]
    # in the language of who asks
    assert said["faults"][0]["sentence"] == "Содержимое поля «latitude» не имеет нужного вида."
    assert await contracts(dispatcher) == []


async def test_with_a_bad_line_nothing_is_written_or_what_is_good(
    dispatcher: Desk, database: Database, world: World
) -> None:
    assert numbers(await bring(dispatcher, "subscribers", BAD)) == (4, 2, 0, 0, 0)
    assert await contracts(dispatcher) == []
    assert numbers(await bring(dispatcher, "subscribers", BAD, onlyGood=True)) == (4, 2, 0, 0, 2)
    assert await contracts(dispatcher) == ["C-1", "C-2"]
    async with database.begin([world.area_id]) as conn:
        entries = await journal.list_journal(conn, world.area_id, 0, 100)
    assert [entry.action for entry in entries][-5:] == [
        *("place.set_up", "place.set_up", "subscriber.set_up", "subscriber.set_up", "table.imported")
    ]
    assert entries[-1].facts == {"kind": "subscribers", "lines": 4, "new": 2, "changed": 0, "badLines": 2}
    assert "Jane" not in str([entry.facts for entry in entries])


async def test_the_same_table_again_changes_nothing_and_another_cell_one_thing(
    dispatcher: Desk, database: Database, world: World
) -> None:
    await bring(dispatcher, "subscribers", SUBSCRIBERS)

    async def state() -> Any:
        async with database.begin([world.area_id]) as conn:
            found = await setup.list_subscribers_like(conn, world.area_id, "C-%", 10)
            holders = await setup.list_holders(conn, world.area_id, [row.subscriber_id for row in found])
            return found, holders, await journal.list_journal(conn, world.area_id, 0, 100)

    before = await state()
    assert numbers(await bring(dispatcher, "subscribers", SUBSCRIBERS)) == (2, 0, 0, 2, 0)
    assert await state() == before
    other = SUBSCRIBERS.replace("Jane Doe", "Jane Roe")
    assert numbers(await bring(dispatcher, "subscribers", other)) == (2, 0, 1, 1, 1)
    moved = other.replace("55.81", "55.83")
    assert numbers(await bring(dispatcher, "subscribers", moved)) == (2, 0, 1, 1, 1)
    found, holders, _ = await state()
    assert [row.version for row in found] == [2, 1]
    assert len(holders) == 1
    short = (
        "contract;holder_name;language;address;latitude;longitude\nC-1;Jane Roe;en;Mill Lane 12;55.83;37.58\n"
    )
    assert numbers(await bring(dispatcher, "subscribers", short)) == (1, 0, 0, 1, 0)


async def test_a_fee_is_read_in_the_currencys_units_and_stays_where_none_is_said(dispatcher: Desk) -> None:
    with_fees = "\n".join(
        f"{line};{cell}" for line, cell in zip(SUBSCRIBERS.splitlines(), ("fee", "600,50", ""), strict=True)
    )
    await bring(dispatcher, "subscribers", with_fees)

    async def fees() -> list[int]:
        found = await dispatcher.get("/v1/setup/subscribers", params={"text": "C-"})
        return [row["feeMinor"] for row in found.json()["items"]]

    assert await fees() == [60_050, 0]
    assert numbers(await bring(dispatcher, "subscribers", SUBSCRIBERS)) == (2, 0, 0, 2, 0)
    assert await fees() == [60_050, 0]
    said = await bring(dispatcher, "subscribers", with_fees.replace("600,50", "a lot"))
    assert [(fault["column"], fault["code"]) for fault in said["faults"]] == [("fee", "invalid")]


async def test_a_pin_that_was_put_by_hand_outlives_the_table(dispatcher: Desk) -> None:
    await bring(dispatcher, "subscribers", SUBSCRIBERS)
    found = (await dispatcher.get("/v1/setup/subscribers", params={"text": "C-1"})).json()["items"][0]
    address = f"/v1/setup/places/{found['placeId']}"
    place = (await dispatcher.get(address)).json()
    body = {name: value for name, value in place.items() if name not in ("placeId", "version")}
    pinned = {**body, "latitude": 55.9, "foundBy": "pin"}
    await dispatcher.put(address, json=pinned, headers={"If-Match": '"1"'})
    assert numbers(await bring(dispatcher, "subscribers", SUBSCRIBERS)) == (2, 0, 0, 2, 0)
    elsewhere = SUBSCRIBERS.replace("Mill Lane 12", "Mill Lane 99")
    assert numbers(await bring(dispatcher, "subscribers", elsewhere)) == (2, 0, 1, 1, 1)
    assert (await dispatcher.get(address)).json()["latitude"] == 55.81


async def test_technicians_come_with_accounts_and_begin_at_a_depot_or_at_home(supervisor: Desk) -> None:
    table = """\
login,display_name,language,skills,depot,address,latitude,longitude,overtime_minutes,active
anna.k,Anna,hu,fibre wifi,Depot,,,,30,yes
bob,Bob,en,magic,,Mill Lane 3,55.8,37.6,0,yes
carl,Carl,en,,,,,,0,yes
small_town.dispatcher,D,en,,Depot,,,,0,yes
dora,Dora,en,wifi,,Mill Lane 5,55.8,37.6,0,no
"""
    said = await bring(supervisor, "technicians", table, onlyGood=True)
    assert numbers(said) == (5, 2, 0, 0, 2)
    assert [(fault["line"], fault["column"], fault["code"]) for fault in said["faults"]] == [
        (3, "skills", "unknown"),
        (4, "address", "missing"),
        (5, "login", "taken"),
    ]
    assert numbers(await bring(supervisor, "technicians", table, onlyGood=True)) == (5, 0, 0, 2, 0)
    more = table.replace("fibre wifi", "fibre")
    assert numbers(await bring(supervisor, "technicians", more, onlyGood=True)) == (5, 0, 1, 1, 1)
    # a column that is not there says nothing: who left stays away
    short = "login,display_name,language,depot\ndora,Dora,en,\n"
    assert numbers(await bring(supervisor, "technicians", short)) == (1, 0, 0, 1, 0)
    called = "login,display_name,language,phone\nanna.k,Anna,hu,+36301234568\ndora,Dora,en,08001234\n"
    said = await bring(supervisor, "technicians", called, onlyGood=True)
    assert numbers(said) == (2, 0, 1, 0, 1)
    assert [(fault["line"], fault["column"]) for fault in said["faults"]] == [(3, "phone")]
    assert numbers(await bring(supervisor, "technicians", more, onlyGood=True)) == (5, 0, 0, 2, 0)
    listed = (await supervisor.get("/v1/setup/technicians")).json()["items"]
    hired = {row["login"]: row for row in listed if "." not in row["login"] or row["login"] == "anna.k"}
    assert (hired["anna.k"]["skills"], hired["anna.k"]["phone"]) == (["fibre"], "+36301234568")
    assert hired["dora"]["active"] is False


async def test_elements_may_name_a_parent_that_stands_further_down(dispatcher: Desk) -> None:
    table = "name;kind;parent\nC1;cabinet;OLT 1\nOLT 1;olt;\nC2;cabinet;C3\nC3;cabinet;C2\nC4;cabinet;gone\n"
    said = await bring(dispatcher, "network_elements", table, onlyGood=True)
    assert [(fault["line"], fault["code"]) for fault in said["faults"]] == [
        (4, "circle"),
        (5, "circle"),
        (6, "unknown"),
    ]
    assert said["written"] == 2
    found = {row["name"]: row for row in (await dispatcher.get("/v1/setup/network-elements")).json()["items"]}
    assert found["C1"]["parentId"] == found["OLT 1"]["networkElementId"]
    assert numbers(await bring(dispatcher, "network_elements", table, onlyGood=True))[1:] == (0, 0, 2, 0)


async def test_depots_parts_and_stock_come_as_tables(dispatcher: Desk, supervisor: Desk) -> None:
    depots = "name;address;latitude;longitude\nNorth;Mill Lane 1;55.8;37.5\nDepot;Long Street 0;55.8;37.57\n"
    assert numbers(await bring(dispatcher, "depots", depots)) == (2, 1, 0, 1, 1)
    parts = "code;kind;name\nont;part;Optical terminal\nladder;tool;Ladder\n"
    assert numbers(await bring(supervisor, "parts", parts)) == (2, 2, 0, 0, 2)
    stock = """\
holder;kind;code;quantity;serial
North;part;ont;50;
small_town.technician1;part;ont;9;
small_town.technician1;serial;router;1;
nobody;part;ont;1;
"""
    said = await bring(dispatcher, "stock", stock, onlyGood=True)
    assert [(fault["line"], fault["column"], fault["code"]) for fault in said["faults"]] == [
        (4, "serial", "missing"),
        (5, "holder", "unknown"),
    ]
    assert numbers(said) == (4, 1, 1, 0, 2)
    assert numbers(await bring(dispatcher, "stock", stock, onlyGood=True))[1:] == (0, 0, 2, 0)
    assert (
        await dispatcher.post("/v1/setup/imports", json={"kind": "parts", "table": parts})
    ).status_code == 403


async def test_a_tariff_is_a_new_version_as_a_whole(
    supervisor: Desk, database: Database, world: World
) -> None:
    table = "code;amount;tax;text_en;text_ru\nwifi;1600,50;20;Wi-Fi;Wi-Fi\nvisit;500;20 %;Visit;Выезд\n"
    bad = table + "more;a lot;20;More;\n"
    said = await bring(supervisor, "tariff", bad, onlyGood=True)
    assert (said["written"], [fault["line"] for fault in said["faults"]]) == (0, [4])
    said = await bring(supervisor, "tariff", table)
    assert (said["new"], said["changed"], said["dropped"], said["written"]) == (1, 1, 1, 1)
    assert (await bring(supervisor, "tariff", table))["written"] == 0
    async with database.begin([world.area_id]) as conn:
        tariffs = await kinds.list_tariffs(conn, world.area_id)
        lines = await kinds.list_tariff_lines(conn, world.area_id)
    assert [row.tariff_version for row in tariffs] == [1, 2]
    newest = {row.code: row.amount_minor for row in lines if row.tariff_id == tariffs[1].tariff_id}
    assert newest == {"wifi": 160_050, "visit": 50_000}


async def test_a_table_of_another_kind_and_one_that_is_too_large_are_refused(dispatcher: Desk) -> None:
    said = await bring(dispatcher, "subscribers", "name;address\nNorth;Mill Lane\n")
    assert {fault["code"] for fault in said["faults"]} == {"no_column", "unknown_column"}
    assert said["lines"] == 0
    huge = {"kind": "subscribers", "table": "x" * (8 * 1024 * 1024)}
    assert (await dispatcher.post("/v1/setup/imports/preview", json=huge)).status_code == 413


async def test_two_thousand_subscribers_come_in_one_go(dispatcher: Desk) -> None:
    lines = [
        f"C-{n};Holder {n};en;Mill Lane {n};{55 + n / 10_000};37.5;S-1;+3630{n:07}" for n in range(2_000)
    ]
    table = "\n".join([SUBSCRIBERS.partition("\n")[0], *lines])
    assert numbers(await bring(dispatcher, "subscribers", table)) == (2_000, 2_000, 0, 0, 2_000)
    assert numbers(await bring(dispatcher, "subscribers", table)) == (2_000, 0, 0, 2_000, 0)


ADDRESSES = """\
contract;holder_name;language;address;city
C-1;Jane Doe;en;Mill Lane 12;Budapest
C-2;Иван Петров;ru;Mill Lane 12;Budapest
C-3;Nobody;en;Nowhere 1;
"""


@pytest.fixture
def nominatim() -> Generator[FakeNominatim]:
    with geocoding() as nominatim:
        yield nominatim


@pytest.fixture
def looking(database: Database, clock: Clock, uploads: Uploads, nominatim: FakeNominatim) -> Litestar:
    """Where addresses are looked up."""
    return build(database, clock, uploads, NominatimGeocoder(nominatim.url))


@pytest.fixture
async def desk(looking: Litestar, world: World) -> AsyncGenerator[Desk]:
    async with speaking_to(looking) as client:
        yield await sign_in(client, f"{world.name}.dispatcher")


async def preview(desk: Desk, table: str, kind: str = "subscribers") -> dict[str, Any]:
    asked = {"kind": kind, "table": table, "language": "en"}
    return (await desk.post("/v1/setup/imports/preview", json=asked)).json()


def reasons(said: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(fault["line"], fault["column"], fault["code"]) for fault in said["faults"]]


async def test_addresses_without_a_point_are_looked_up_once(
    desk: Desk, nominatim: FakeNominatim, database: Database, world: World
) -> None:
    said = await preview(desk, ADDRESSES)
    assert (numbers(said), said["lookedUp"], said["toLookUp"]) == ((3, 2, 0, 0, 0), 3, 0)
    assert reasons(said) == [(4, "address", "not_found")]
    assert said["faults"][0]["sentence"].startswith("“address” is found nowhere.")
    assert numbers(await bring(desk, "subscribers", ADDRESSES, language="en")) == (3, 2, 0, 0, 0)
    done = await bring(desk, "subscribers", ADDRESSES, onlyGood=True, language="en")
    assert numbers(done) == (3, 2, 0, 0, 2)
    assert [asked["q"] for asked in nominatim.asked] == ["Mill Lane 12, Budapest", "Nowhere 1"]
    async with database.begin([world.area_id]) as conn:
        found = await setup.list_subscribers_like(conn, world.area_id, "C-%", 10)
        places = await subscribers.list_places(conn, [world.area_id], [row.place_id for row in found])
    assert {(row.latitude, row.longitude, row.found_by) for row in places} == {
        (47.4701, 19.0732, FoundBy.GEOCODER)
    }
    again = await preview(desk, ADDRESSES)
    assert (numbers(again), again["lookedUp"]) == ((3, 0, 0, 2, 0), 1), "what stands there stays"


async def test_half_a_point_is_a_slip_and_a_given_one_is_not_looked_up(
    desk: Desk, nominatim: FakeNominatim
) -> None:
    table = (
        "name;address;latitude;longitude\nNorth;Mill Lane 12;47.5;\nSouth;Mill Lane 12;47.5;19.0\n"
        "East;Mill Lane 12;;\n"
    )
    said = await preview(desk, table, "depots")
    assert reasons(said) == [(2, "longitude", "missing")]
    assert (numbers(said), said["lookedUp"]) == ((3, 2, 0, 0, 0), 1)
    assert len(nominatim.asked) == 1


async def test_a_long_table_goes_on_where_it_was_and_nothing_is_written_before(
    desk: Desk, nominatim: FakeNominatim, looking: Litestar
) -> None:
    looking.state.locator = Locator(NominatimGeocoder(nominatim.url), seconds=0)
    lines = "".join(f"C-{number};Jane;en;Mill Lane {number}\n" for number in range(3))
    table = f"contract;holder_name;language;address\n{lines}"
    went: list[tuple[int, int, int]] = []
    for _ in range(3):
        said = await bring(desk, "subscribers", table, onlyGood=True)
        went.append((said["lookedUp"], said["toLookUp"], said["written"]))
        assert said["faults"] == [], "what waits is neither good nor bad"
    assert went == [(1, 2, 0), (2, 1, 0), (3, 0, 3)]
    assert len(nominatim.asked) == 3


async def test_a_silent_geocoder_is_said_so_and_none_asks_for_points(
    desk: Desk, nominatim: FakeNominatim, dispatcher: Desk
) -> None:
    nominatim.status = 500
    asked = {"kind": "subscribers", "table": ADDRESSES}
    answer = await desk.post("/v1/setup/imports/preview", json=asked)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/geocoder-silent")
    assert reasons(await preview(dispatcher, ADDRESSES)) == [
        (1, "latitude", "no_column"),
        (1, "longitude", "no_column"),
    ]
