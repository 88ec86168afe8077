"""What a change through the day would do is read before it is made: and then it does that."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from db.pool import Database
from db.states import VisitState
from dispatch.solver import Solver
from tests.api.conftest import Clock, Desk
from tests.api.test_access import NOBODY
from tests.builders import Town, received
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, World

CHANGED = "Маршрут изменился"


@pytest.fixture
async def office(database: Database, world: World, solver: Solver) -> Office:
    """Six jobs of the small town are out, one of them promised."""
    made = Office(database, Town(database, world), solver)
    async with database.begin([world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=7)}
        await received(conn, subscriber=1, promisedWindow=window)
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    await made.plan(publish=True)
    return made


async def good(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def to_technicians(consequences: dict[str, Any]) -> dict[str, str]:
    return {
        message["displayName"]: message["text"]
        for message in consequences["messages"]
        if message["technicianId"] is not None and message["sent"]
    }


async def test_who_would_take_the_visits_of_somebody_ill_is_read_first_and_then_they_do(
    office: Office, dispatcher: Desk
) -> None:
    before = await office.visits(*VisitState)
    visit = next(visit for visit in before if visit.on_day == TODAY)
    path = f"/v1/technicians/{visit.technician_id}/absences"
    told = await good(await dispatcher.get(f"{path}/{TODAY.isoformat()}"))
    assert await office.visits(*VisitState) == before
    said = told["consequences"]
    takers = {taken["displayName"] for taken in told["taken"]}
    ill = office.town.world.technicians[office.number_of(visit) - 1].display_name
    assert to_technicians(said) == dict.fromkeys(takers | {ill}, CHANGED)
    for message in said["messages"]:
        assert message["text"]
        assert (message["technicianId"] is None) == (message["jobId"] is not None)
    done = await good(await dispatcher.post(path, json={"onDay": TODAY.isoformat()}))
    assert (done["taken"], done["unplaced"]) == (told["taken"], told["unplaced"])


async def test_who_does_not_work_cannot_be_absent_and_only_a_dispatcher_asks(
    office: Office, dispatcher: Desk, support: Desk
) -> None:
    path = f"/v1/technicians/{NOBODY}/absences/{TODAY.isoformat()}"
    absent = await dispatcher.get(path)
    assert (absent.status_code, absent.json()["type"]) == (404, "/problems/unknown-day")
    assert (await support.get(path)).status_code == 403


async def test_an_emergency_names_who_shifts_who_drives_and_who_hears_what(
    office: Office, dispatcher: Desk, clock: Clock
) -> None:
    clock.forward(timedelta(hours=2))
    job = await office.town.job("cable_break", affected=300)
    proposal = await good(await dispatcher.post("/v1/emergencies", json={"jobId": str(job.job_id)}))
    assert proposal["options"]
    for option in proposal["options"]:
        said = option["consequences"]
        assert to_technicians(said)[option["displayName"]] == CHANGED
        shifted = {(one["jobId"], one["seconds"]) for one in said["shifted"]}
        assert shifted == {(one["jobId"], one["seconds"]) for one in option["later"]}
        (own,) = [message for message in said["messages"] if message["jobId"] == str(job.job_id)]
        assert own["text"] == "Визит к вам запланирован сегодня; время пока не согласовано."
        assert own["sent"] is False
        assert own["jobNumber"] == job.number
        for risk in said["promisesAtRisk"]:
            assert risk["spareSeconds"] >= 0
