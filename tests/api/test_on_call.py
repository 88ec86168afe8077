"""Beyond the shift an emergency goes to whoever is on call, over HTTP."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from db.pool import Database
from db.records import Plan
from db.states import VisitState
from dispatch.flows import rounds
from dispatch.solver import Solver
from tests.api.conftest import Clock, Desk, sign_in
from tests.builders import Town, dispatcher, received
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, World

SHIFT_END = NOW + timedelta(hours=10)
NIGHT = {
    "startAt": SHIFT_END.isoformat(),
    "endAt": (SHIFT_END + timedelta(hours=14)).isoformat(),
}


@pytest.fixture
async def office(database: Database, world: World, solver: Solver) -> Office:
    made = Office(database, Town(database, world), solver)
    async with database.begin([world.area_id]) as conn:
        for subscriber in (1, 2, 3):
            await received(conn, subscriber=subscriber)
    return made


@pytest.fixture
async def out(office: Office) -> Plan:
    return await office.plan(publish=True)


def path(world: World, technician: int) -> str:
    who = world.technicians[technician - 1].technician_id
    return f"/v1/technicians/{who}/days/{TODAY.isoformat()}/on-call"


async def proposed(desk: Desk, office: Office, ticket: str) -> dict[str, Any]:
    job = await office.town.do(
        lambda conn: received(
            conn, subscriber=4, ticketNumber=ticket, faultClass="cable_break", affected=200, now=office.now
        )
    )
    answer = await desk.post("/v1/emergencies", json={"jobId": str(job.job_id)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def at_night(
    client: httpx.AsyncClient, office: Office, clock: Clock, world: World, hours: float
) -> Desk:
    """What nobody began in the day has been taken back, and somebody else sits at the desk."""
    clock.forward(timedelta(hours=hours))
    office.now = clock.now
    await office.town.do(
        lambda conn: rounds.take_back_never_begun(
            conn, area_id=world.area_id, actor=dispatcher(world), now=clock.now
        )
    )
    return await sign_in(client, f"{world.name}.dispatcher")


async def test_a_night_is_set_and_lifted_and_lies_beyond_the_shift(dispatcher: Desk, world: World) -> None:
    night = await dispatcher.put(path(world, 1), json=NIGHT)
    assert night.status_code == 200, night.text
    day = (await dispatcher.get(f"/v1/board/days/{TODAY.isoformat()}")).json()
    assert [one["onCall"] for one in day["technicians"]] == [True, False, False]
    assert day["technicians"][0]["onCallEndAt"] == night.json()["onCallEndAt"]
    within = {**NIGHT, "startAt": (SHIFT_END - timedelta(hours=1)).isoformat()}
    assert (await dispatcher.put(path(world, 1), json=within)).status_code == 422
    lifted = await dispatcher.put(
        path(world, 1), content=b"null", headers={"Content-Type": "application/json"}
    )
    assert lifted.status_code == 200, lifted.text
    assert (lifted.status_code, lifted.json()["onCallStartAt"]) == (200, None)


@pytest.mark.parametrize("hours", [14, 18.5], ids=["before midnight", "after midnight"])
async def test_at_night_whoever_is_on_call_is_proposed_and_stays_sent(
    office: Office,
    out: Plan,
    dispatcher: Desk,
    client: httpx.AsyncClient,
    clock: Clock,
    world: World,
    hours: float,
) -> None:
    desk = await at_night(client, office, clock, world, hours)
    nobody = (await proposed(desk, office, "E-1"))["options"]
    assert TODAY.isoformat() not in {one["onDay"] for one in nobody}, "nobody works, and nobody is on call"
    assert (await desk.put(path(world, 2), json=NIGHT)).status_code == 200
    proposal = await proposed(desk, office, "E-2")
    who = str(world.technicians[1].technician_id)
    first = proposal["options"][0]
    assert (first["technicianId"], first["onDay"]) == (who, TODAY.isoformat())
    done = await desk.post(f"/v1/emergencies/{proposal['proposalId']}/accept", json={"option": 1})
    assert done.status_code == 200, done.text
    (sent,) = [
        one for one in await office.visits(VisitState.PUBLISHED) if str(one.job_id) == proposal["jobId"]
    ]
    assert (str(sent.technician_id), sent.pinned) == (who, True)
    await office.solve(await office.request(publish=True, first=int(hours > 16)))
    (still,) = [
        one for one in await office.visits(VisitState.PUBLISHED) if str(one.job_id) == proposal["jobId"]
    ]
    assert still.visit_id == sent.visit_id, "the next plan does not give it to the morning"
    second = await proposed(desk, office, "E-3")
    assert second["options"][0]["expectedStartAt"] >= first["expectedEndAt"]


@pytest.mark.parametrize("works", [True, False], ids=["works in the morning", "has the day off"])
async def test_after_midnight_a_call_is_on_todays_board_and_given_by_hand(
    office: Office,
    out: Plan,
    dispatcher: Desk,
    client: httpx.AsyncClient,
    clock: Clock,
    world: World,
    works: bool,
) -> None:
    tomorrow, who = TODAY + timedelta(days=1), world.technicians[1].technician_id
    if not works:
        async with office.town.database.begin([world.area_id]) as conn:
            await conn.execute("DELETE FROM visit WHERE technician_id = $1 AND on_day = $2", who, tomorrow)
            await conn.execute(
                "DELETE FROM technician_day WHERE technician_id = $1 AND on_day = $2", who, tomorrow
            )
    desk = await at_night(client, office, clock, world, 18.5)

    async def day(on: date = tomorrow) -> dict[str, Any]:
        answer = await desk.get(f"/v1/board/days/{on.isoformat()}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def of(board: dict[str, Any]) -> list[dict[str, Any]]:
        return [one for one in board["technicians"] if one["technicianId"] == str(who)]

    assert bool(of(await day())) == works, "nobody is on call yet"
    assert (await desk.put(path(world, 2), json=NIGHT)).status_code == 200
    (row,) = of(await day())
    assert works or (row["onCall"], row["shiftEndAt"]) == (True, NIGHT["endAt"].replace("+00:00", "Z"))
    job = await office.town.do(
        lambda conn: received(
            conn, subscriber=4, ticketNumber="E-9", faultClass="cable_break", affected=200, now=office.now
        )
    )
    start = (clock.now + timedelta(minutes=45)).isoformat()
    asked = {"on": tomorrow.isoformat(), "jobId": str(job.job_id), "technicianId": str(who), "startAt": start}
    tried = (await desk.post("/v1/board/trials", json=asked)).json()
    assert str(who) in {one["technicianId"] for one in tried["rows"]}
    assert {one["code"] for one in tried["asked"]["breaks"]} == set()
    (best,) = [one for one in tried["rows"] if one["technicianId"] == str(who)]
    assert best["startAt"] < NIGHT["endAt"], "what cannot wait is not left to the morning"
    counted = (await day())["numbers"]["visits"]
    done = await desk.post("/v1/board/moves", json=asked)
    assert done.status_code == 200, done.text
    board = await day()
    (stop,) = [stop for stop in of(board)[0]["stops"] if stop["jobId"] == str(job.job_id)]
    assert (stop["onDay"], stop["plannedStartAt"]) == (TODAY.isoformat(), tried["asked"]["startAt"])
    assert board["opensAt"] <= stop["plannedStartAt"]
    assert str(job.job_id) not in {one["jobId"] for one in board["waiting"]}, "it has a place"
    assert board["numbers"]["visits"] == counted, "it counts on the day to which the round belongs"
    assert str(job.job_id) in {stop["jobId"] for one in of(await day(TODAY)) for stop in one["stops"]}
    gone = await desk.post("/v1/board/unassign", json={"jobId": str(job.job_id), "accept": ["frozen"]})
    assert gone.status_code == 200, gone.text
    assert str(job.job_id) in {one["jobId"] for one in (await day())["waiting"]}


async def test_a_shift_of_waiting_for_calls_gets_no_visits_but_emergencies(
    office: Office, client: httpx.AsyncClient, clock: Clock, world: World
) -> None:
    who = world.technicians[0].technician_id
    async with office.town.database.begin([world.area_id]) as conn:
        await conn.execute(
            "UPDATE technician_day SET on_call = true, version = version + 1 WHERE technician_id = $1", who
        )
    await office.plan(publish=True)
    assert who not in {visit.technician_id for visit in await office.visits(VisitState.PUBLISHED)}
    desk = await at_night(client, office, clock, world, 2)
    proposal = await proposed(desk, office, "E-4")
    assert str(who) in {option["technicianId"] for option in proposal["options"]}


async def test_a_holiday_is_named(dispatcher: Desk, database: Database, world: World) -> None:
    async with database.begin([world.area_id]) as conn:
        await conn.execute("INSERT INTO holiday VALUES ($1, $2, 'City day')", world.area_id, TODAY)
    day = (await dispatcher.get(f"/v1/board/days/{TODAY.isoformat()}")).json()
    tomorrow = (await dispatcher.get(f"/v1/board/days/{(TODAY + timedelta(days=1)).isoformat()}")).json()
    assert (day["holiday"], tomorrow["holiday"]) == ("City day", None)
