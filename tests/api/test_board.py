"""The dispatcher's board: a day as one reading, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from db.ids import new_id
from db.pool import Database
from db.records import Plan
from db.states import Role
from dispatch.flows import alerts
from dispatch.solver import Solver
from tests.api.conftest import Clock, Desk, with_role
from tests.builders import Town, received
from tests.builders import dispatcher as acting
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, World

DAY = f"/v1/board/days/{TODAY.isoformat()}"


@pytest.fixture
async def office(database: Database, world: World, solver: Solver) -> Office:
    """Five jobs of the small town, one of them promised; nothing planned yet."""
    made = Office(database, Town(database, world), solver)
    async with database.begin([world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=2), "latest": NOW + timedelta(hours=4)}
        await received(conn, subscriber=1, promisedWindow=window)
        for subscriber in (2, 3, 4, 5):
            await received(conn, subscriber=subscriber)
    return made


@pytest.fixture
async def out(office: Office) -> Plan:
    """Their day is published."""
    return await office.plan(publish=True)


async def board(desk: Desk, path: str = DAY) -> dict[str, Any]:
    answer = await desk.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stops(day: dict[str, Any]) -> list[dict[str, Any]]:
    return [stop for one in day["technicians"] for stop in one["stops"]]


async def test_a_day_is_read_as_a_whole(office: Office, out: Plan, dispatcher: Desk, world: World) -> None:
    async with office.town.database.begin([world.area_id]) as conn:
        late = await received(conn, subscriber=6, affected=40)
    day = await board(dispatcher)
    assert (day["areaName"], day["timeZone"], day["currency"]) == (world.area.name, "Europe/Moscow", "RUB")
    assert [one["displayName"] for one in day["technicians"]] == [f"Technician {n}" for n in (1, 2, 3)]
    assert day["plan"]["planId"] == str(out.plan_id)
    assert len(stops(day)) == 5
    (waiting,) = day["waiting"]
    assert (waiting["jobId"], waiting["version"], waiting["affected"]) == (str(late.job_id), late.version, 40)
    assert waiting["darkSince"] is not None
    assert waiting["skills"] == ["equipment"]
    (depot,) = day["depots"]
    assert depot["name"] == "Depot"
    shift = min(one["shiftStartAt"] for one in day["technicians"])
    assert day["opensAt"] <= shift < day["closesAt"]


async def test_the_bar_holds_today_against_what_is_out(
    office: Office, out: Plan, dispatcher: Desk, clock: Clock
) -> None:
    before = await board(dispatcher)
    assert before["numbers"] == before["published"] | {"outageMinutes": before["numbers"]["outageMinutes"]}
    assert before["numbers"]["visits"] == 5
    assert before["numbers"]["promises"] == 1
    assert before["numbers"]["drivingSeconds"] == sum(one["travelSeconds"] for one in before["technicians"])
    assert before["numbers"]["drivingSeconds"] > 0
    clock.forward(timedelta(hours=5))  # nobody has set out, and the promise is over
    after = await board(dispatcher)
    assert after["published"] == before["published"], "what is out has not changed"
    assert after["numbers"]["brokenPromises"] == 1
    assert after["numbers"]["outageMinutes"] > before["numbers"]["outageMinutes"]
    (late,) = [stop for stop in stops(after) if stop["window"] is not None]
    assert late["lateSeconds"] >= 3600
    assert all(stop["frozen"] for stop in stops(after) if stop["expectedArrivalAt"] < after["now"])


async def test_who_is_there_before_the_window_opens_is_expected_to_begin_when_it_does(
    database: Database, dispatcher: Desk, world: World
) -> None:
    town = Town(database, world)
    opens = NOW + timedelta(hours=5)
    window = {"earliest": opens, "latest": opens + timedelta(hours=2)}
    await town.out(await town.job(subscriber=1), at=NOW + timedelta(hours=2))
    promised = await town.out(await town.job(subscriber=2, promisedWindow=window), at=opens, sequence=2)
    (stop,) = [one for one in stops(await board(dispatcher)) if one["visitId"] == str(promised.visit_id)]
    assert stop["expectedArrivalAt"] < stop["window"]["earliest"] == stop["expectedStartAt"]
    assert stop["expectedStartAt"] < stop["expectedEndAt"]


async def test_as_long_as_nothing_is_out_drafts_are_shown(office: Office, dispatcher: Desk) -> None:
    assert len((await board(dispatcher))["waiting"]) == 5
    draft = await office.plan()
    day = await board(dispatcher)
    assert (day["plan"], day["published"], day["waiting"]) == (None, None, [])
    assert [one["planId"] for one in day["drafts"]] == [str(draft.plan_id)]
    assert {stop["state"] for stop in stops(day)} == {"draft"}


async def test_a_rounds_version_tells_of_changes_that_are_out_and_of_no_draft(
    office: Office, out: Plan, dispatcher: Desk
) -> None:
    def versions(day: dict[str, Any]) -> dict[str, int]:
        return {one["technicianId"]: one["version"] for one in day["technicians"]}

    before = await board(dispatcher)
    await office.plan()
    drafted = await board(dispatcher)
    assert versions(drafted) == versions(before)
    assert drafted["cursor"] > before["cursor"]
    held = next(one for one in before["technicians"] if one["stops"])
    other = next(one for one in before["technicians"] if one is not held)
    third = next(one for one in before["technicians"] if one not in (held, other))
    stop = held["stops"][-1]
    given = await dispatcher.post(
        f"/v1/visits/{stop['visitId']}/reassign",
        json={"technicianId": other["technicianId"]},
        headers={"If-Match": f'"{stop["version"]}"'},
    )
    assert given.status_code == 200, given.text
    after = versions(await board(dispatcher))
    for one in (held, other):
        assert after[one["technicianId"]] != one["version"]
    assert after[third["technicianId"]] == third["version"]


async def test_what_burns_most_comes_first_and_is_said_in_the_readers_language(
    office: Office, out: Plan, dispatcher: Desk, clock: Clock, world: World
) -> None:
    clock.forward(timedelta(hours=5))
    await office.town.do(
        lambda conn: alerts.refresh(conn, area_id=world.area_id, now=clock.now, actor=acting(world))
    )
    day = await board(dispatcher)
    levels = [one["level"] for one in day["attention"]]
    assert levels == sorted(levels, key=["danger", "warning", "info"].index)
    assert {"late", "silent"} <= {one["kind"] for one in day["attention"]}
    promised = next(one for one in day["attention"] if one["kind"] == "late" and one["level"] == "danger")
    number = next(stop["jobNumber"] for stop in stops(day) if stop["jobId"] == promised["jobId"])
    assert f" ({number}): обещано до" in promised["sentence"]
    tomorrow = await board(dispatcher, f"/v1/board/days/{(TODAY + timedelta(days=1)).isoformat()}")
    assert "late" not in {one["kind"] for one in tomorrow["attention"]}


async def test_what_cannot_wait_burns_until_somebody_goes(
    office: Office, out: Plan, dispatcher: Desk, world: World
) -> None:
    """Of a waiting promise the alerts speak, so it is said once."""
    job = await office.town.job("wifi_setup")
    assert "urgent" not in {one["kind"] for one in (await board(dispatcher))["attention"]}
    await office.town.do(
        lambda conn: conn.execute("UPDATE job SET priority = 1 WHERE job_id = $1", job.job_id)
    )
    (burning,) = [one for one in (await board(dispatcher))["attention"] if one["kind"] == "urgent"]
    assert (burning["jobId"], burning["level"]) == (str(job.job_id), "danger")
    assert job.number in burning["sentence"]
    tomorrow = await board(dispatcher, f"/v1/board/days/{(TODAY + timedelta(days=1)).isoformat()}")
    assert "urgent" not in {one["kind"] for one in tomorrow["attention"]}
    await office.town.out(job, at=NOW + timedelta(hours=5))
    assert "urgent" not in {one["kind"] for one in (await board(dispatcher))["attention"]}


async def test_the_board_is_for_dispatchers_and_supervisors(
    office: Office, support: Desk, technician: Desk, database: Database, world: World
) -> None:
    for desk in (support, technician):
        assert (await desk.get(DAY)).status_code == 403
    supervisor = await with_role(support.client, database, world, Role.SUPERVISOR)
    assert len((await board(supervisor))["technicians"]) == 3


async def test_an_address_is_said_briefly_by_street_and_house_or_without_its_town(
    office: Office, out: Plan, dispatcher: Desk, database: Database, world: World
) -> None:
    assert {stop["street"] for stop in stops(await board(dispatcher))} == {"Long Street"}
    async with database.begin([world.area_id]) as conn:
        await conn.execute(
            "UPDATE place SET street = '', house = '', city = 'Moscow', address = 'By the mill, Moscow' WHERE area_id = $1",
            world.area_id,
        )
    shown = {(stop["street"], stop["house"]) for stop in stops(await board(dispatcher))}
    assert shown == {("By the mill", "")}


async def test_where_it_is_dark_is_drawn_around_the_subscribers_of_the_element(
    office: Office, dispatcher: Desk, database: Database, world: World
) -> None:
    """A cable break darkens many: those of the job's element and of what hangs below it."""
    assert (await board(dispatcher))["outages"] == [], "one subscriber alone is no ground"
    job = await office.town.job("cable_break", subscriber=1, affected=40)
    below = new_id()
    async with database.begin([world.area_id]) as conn:
        await conn.execute(
            "INSERT INTO network_element (area_id, network_element_id, parent_id, kind, name) "
            "SELECT area_id, $2, network_element_id, 'port', 'P-1' FROM network_element WHERE area_id = $1",
            world.area_id,
            below,
        )
        await conn.execute(
            "UPDATE subscriber SET network_element_id = CASE WHEN contract = $2 THEN $3::uuid END WHERE contract <> $1",
            *(one.contract for one in world.subscribers[:2]),
            below,
        )
    (dark,) = (await board(dispatcher))["outages"]
    assert (dark["jobId"], dark["jobNumber"], dark["affected"]) == (str(job.job_id), job.number, 40)
    places = {place.place_id: place for place in world.made.places}
    lit = [places[one.place_id] for one in world.subscribers[:2]]
    assert {(one["latitude"], one["longitude"]) for one in dark["around"]} == {
        (one.latitude, one.longitude) for one in lit
    }
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE job SET restored_at = received_at WHERE job_id = $1", job.job_id)
    assert (await board(dispatcher))["outages"] == []
