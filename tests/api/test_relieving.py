"""A technician who is late or silent: one answer, read with all it does before it is done, and done only as it was read."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from db.pool import Database
from db.queries import plans
from db.records import Visit
from db.states import VisitState
from tests.api.conftest import Clock, Desk
from tests.api.test_access import NOBODY
from tests.builders import Town, published_plan
from tests.worlds import NOW, TODAY, World

LATE_BY = timedelta(hours=5)
"""When the technician has just begun what was planned an hour ago."""


async def who_is_late(town: Town) -> dict[str, Visit]:
    """The first technician began late, and is expected too late where the next was promised; the others are free."""
    await town.do(lambda conn: plans.insert_plans(conn, [published_plan(town.world)]))
    window = {"earliest": NOW + timedelta(hours=5), "latest": NOW + timedelta(hours=5, minutes=30)}
    begun: dict[str, Any] = {
        "state": VisitState.WORKING,
        "arrived_at": NOW + LATE_BY,
        "working_at": NOW + LATE_BY,
    }
    under_way, promised, later = (
        await town.job(subscriber=1),
        await town.job(subscriber=2, promisedWindow=window),
        await town.job(subscriber=3),
    )
    return {
        "under way": await town.out(under_way, at=NOW + timedelta(hours=4), **begun),
        "promised": await town.out(promised, at=NOW + timedelta(hours=5, minutes=15), sequence=2),
        "later": await town.out(later, at=NOW + timedelta(hours=7), sequence=3),
    }


class Evening:
    """Such a day, and the dispatcher before it."""

    def __init__(self, town: Town, desk: Desk, visits: dict[str, Visit]) -> None:
        self.town, self.desk, self.visits = town, desk, visits
        self.who = str(town.world.technicians[0].technician_id)

    async def read(self, trouble: str) -> dict[str, Any]:
        answer = await self.desk.get(
            f"/v1/technicians/{self.who}/relief/{TODAY.isoformat()}", params={"trouble": trouble}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def do(self, trouble: str, seen: list[dict[str, Any]]) -> httpx.Response:
        body = {"onDay": TODAY.isoformat(), "trouble": trouble, "seen": seen}
        return await self.desk.post(f"/v1/technicians/{self.who}/relief", json=body)

    async def holders(self) -> dict[str, str]:
        """Who has which visit, by name."""
        day = (await self.desk.get(f"/v1/board/days/{TODAY.isoformat()}")).json()
        at = {stop["jobId"]: one["technicianId"] for one in day["technicians"] for stop in one["stops"]}
        return {name: at.get(str(visit.job_id), "nobody") for name, visit in self.visits.items()}

    async def stops(self) -> dict[str, dict[str, Any]]:
        """By job."""
        day = (await self.desk.get(f"/v1/board/days/{TODAY.isoformat()}")).json()
        return {stop["jobId"]: stop for one in day["technicians"] for stop in one["stops"]}

    def job_ids(self, *names: str) -> set[str]:
        return {str(self.visits[name].job_id) for name in names}


@pytest.fixture
async def evening(database: Database, world: World, dispatcher: Desk, clock: Clock) -> Evening:
    town = Town(database, world)
    visits = await who_is_late(town)
    clock.forward(LATE_BY)
    return Evening(town, dispatcher, visits)


async def test_the_promise_of_who_is_late_goes_to_whoever_can_keep_it_and_the_rest_stays(
    evening: Evening,
) -> None:
    before = await evening.holders()
    told = await evening.read("late")
    assert await evening.holders() == before == dict.fromkeys(before, evening.who), "reading moves nothing"
    assert ids(told["taken"]) == evening.job_ids("promised")
    (kept,) = told["promises"]
    assert (kept["kept"], kept["technicianId"]) == (True, told["taken"][0]["technicianId"])
    assert kept["startAt"] <= kept["latestAt"]
    heard = {one["technicianId"] for one in told["consequences"]["messages"] if one["technicianId"]}
    assert heard == {evening.who, kept["technicianId"]}
    done = await evening.do("late", told["seen"])
    assert done.status_code == 200, done.text
    assert done.json()["plan"]["origin"] == "hand"
    assert await evening.holders() == {**before, "promised": kept["technicianId"]}
    assert kept["technicianId"] != evening.who
    assert await evening.read("late") == {**told, "taken": [], "promises": [], "seen": [], **NOTHING}


NOTHING: dict[str, Any] = {
    "consequences": {
        "drivingSeconds": 0,
        "drivingM": 0,
        "overtimeSeconds": 0,
        "shifted": [],
        "promisesAtRisk": [],
        "messages": [],
    }
}


async def test_of_who_is_silent_all_that_nobody_set_out_for_goes_and_what_is_under_way_stays(
    evening: Evening,
) -> None:
    told = await evening.read("silent")
    assert ids(told["taken"]) == evening.job_ids("promised", "later")
    assert [one["kept"] for one in told["promises"]] == [True]
    ill = await evening.desk.get(f"/v1/technicians/{evening.who}/absences/{TODAY.isoformat()}")
    assert ill.json()["taken"] == told["taken"], "as who does not come, also what was about to begin"
    assert (await evening.do("silent", told["seen"])).status_code == 200
    after = await evening.holders()
    assert after["under way"] == evening.who
    assert evening.who not in (after["promised"], after["later"])


async def test_another_answer_than_the_one_that_was_read_is_not_given(evening: Evening, clock: Clock) -> None:
    told = await evening.read("late")
    # whoever was to take it does not come, and then somebody sets out after all
    gone = {"onDay": TODAY.isoformat()}
    taker = told["taken"][0]["technicianId"]
    assert (await evening.desk.post(f"/v1/technicians/{taker}/absences", json=gone)).status_code == 200
    before = await evening.holders()
    assert refused(await evening.do("late", told["seen"]))
    phone = await evening.town.phone(1)
    promised = evening.visits["promised"]
    again = await evening.read("late")
    await phone.send(
        evening.town.database,
        [phone.say(promised, "on-my-way", clock.now)],
        now=clock.now,
        sent_at=clock.now,
    )
    assert refused(await evening.do("late", again["seen"]))
    assert await evening.holders() == before


async def test_a_promise_that_nobody_can_keep_stays_and_is_named(evening: Evening) -> None:
    for person in evening.town.world.technicians[1:]:
        path = f"/v1/technicians/{person.technician_id}/absences"
        await evening.desk.post(path, json={"onDay": TODAY.isoformat()})
    told = await evening.read("late")
    assert (told["taken"], ids(told["unplaced"])) == ([], evening.job_ids("promised"))
    (broken,) = told["promises"]
    assert (broken["kept"], broken["technicianId"]) == (False, evening.who)
    assert broken["startAt"] > broken["latestAt"]
    before = await evening.holders()
    assert (await evening.do("late", told["seen"])).status_code == 200
    assert await evening.holders() == before


async def test_what_stays_with_who_is_late_has_the_times_that_it_will_have_at_once(evening: Evening) -> None:
    for person in evening.town.world.technicians[1:]:
        path = f"/v1/technicians/{person.technician_id}/absences"
        await evening.desk.post(path, json={"onDay": TODAY.isoformat()})
    before = await evening.stops()
    told = await evening.read("late")
    risks = {one["jobId"]: one["spareSeconds"] for one in told["consequences"]["promisesAtRisk"]}
    assert risks.keys() == evening.job_ids("promised")
    assert max(risks.values()) < 0, "it will be broken, and this is said before"
    done = await evening.do("late", told["seen"])
    assert done.json()["plan"]["origin"] == "hand"
    after = await evening.stops()
    moved = {one["jobId"]: one["startAt"] for one in told["consequences"]["shifted"]}
    assert moved.keys() >= evening.job_ids("promised")
    for job_id, start in moved.items():
        assert after[job_id]["plannedStartAt"] == start != before[job_id]["plannedStartAt"]
    promised = evening.job_ids("promised").pop()
    assert after[promised]["plannedStartAt"][:16] == after[promised]["expectedStartAt"][:16]
    assert after[promised]["window"] == before[promised]["window"], "what was promised stays promised"
    assert after[promised]["risk"] == "late"
    again = await evening.do("late", (await evening.read("late"))["seen"])
    assert (again.status_code, again.json()["plan"]) == (200, None)


async def test_what_a_hand_put_there_stays_there(evening: Evening) -> None:
    visit = evening.visits["promised"]
    pinned = await evening.desk.put(
        f"/v1/visits/{visit.visit_id}/pin", json={}, headers={"If-Match": f'"{visit.version}"'}
    )
    assert pinned.status_code == 200, pinned.text
    assert (await evening.read("late"))["seen"] == []


async def test_nobody_is_relieved_who_does_not_work_and_nobody_else_asks(
    evening: Evening, support: Desk
) -> None:
    path = f"/v1/technicians/{NOBODY}/relief/{TODAY.isoformat()}"
    unknown = await evening.desk.get(path, params={"trouble": "late"})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-day")
    assert (await support.get(path, params={"trouble": "late"})).status_code == 403
    assert (await evening.desk.get(path, params={"trouble": "bored"})).status_code == 422


def ids(named: list[dict[str, Any]]) -> set[str]:
    return {one["jobId"] for one in named}


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["type"]) == (409, "/problems/proposal-outdated")
