"""Somebody does not come: read before it is recorded, until a time or a date, and taken back without moving anything."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import plans
from db.records import Round, Visit
from tests.api.conftest import Clock, Desk
from tests.api.test_access import NOBODY
from tests.api.test_foreseeing import good
from tests.builders import Town, published_plan
from tests.worlds import NOW, TODAY, World

HOUR = timedelta(hours=1)
TOMORROW = TODAY + timedelta(days=1)


class Ill:
    """The first technician has three visits today, the second of them promised, and one tomorrow; the others are free."""

    def __init__(self, town: Town, desk: Desk, visits: dict[str, Visit]) -> None:
        self.town, self.desk, self.visits = town, desk, visits
        self.who = str(town.world.technicians[0].technician_id)
        self.path = f"/v1/technicians/{self.who}/absences"

    async def day(self, on: Any = TODAY) -> dict[str, Any]:
        return await good(await self.desk.get(f"/v1/board/days/{on.isoformat()}"))

    async def stops(self, on: Any = TODAY) -> dict[str, tuple[str, dict[str, Any]]]:
        """By job: whose it is, and the stop."""
        day = await self.day(on)
        return {
            stop["jobId"]: (one["technicianId"], stop) for one in day["technicians"] for stop in one["stops"]
        }

    async def me(self, on: Any = TODAY) -> dict[str, Any]:
        return next(one for one in (await self.day(on))["technicians"] if one["technicianId"] == self.who)

    def named(self, told: list[dict[str, Any]]) -> set[str]:
        names = {str(visit.job_id): name for name, visit in self.visits.items()}
        return {names[one["jobId"]] for one in told}


async def who_is_ill(town: Town) -> dict[str, Visit]:
    out, me = published_plan(town.world), town.world.technicians[0]
    await town.do(lambda conn: plans.insert_plans(conn, [out]))
    frame = Round(
        area_id=out.area_id,
        round_id=new_id(),
        technician_area_id=me.area_id,
        technician_id=me.technician_id,
        on_day=TODAY,
        plan_id=out.plan_id,
        round_version=1,
        leave_at=NOW + 2 * HOUR,
        back_at=NOW + 8 * HOUR,
        break_start_at=None,
        break_end_at=None,
        travel_duration=HOUR,
        distance_m=20_000,
        published_at=NOW,
    )
    await town.do(lambda conn: plans.save_rounds(conn, [frame]))
    window = {"earliest": NOW + 4 * HOUR, "latest": NOW + 5 * HOUR}
    early, promised, late, tomorrow = (
        await town.job(subscriber=1),
        await town.job(subscriber=2, promisedWindow=window),
        await town.job(subscriber=3),
        await town.job(subscriber=4),
    )
    return {
        "early": await town.out(early, at=NOW + 2 * HOUR),
        "promised": await town.out(promised, at=NOW + 4 * HOUR, sequence=2),
        "late": await town.out(late, at=NOW + 7 * HOUR, sequence=3),
        "tomorrow": await town.out(tomorrow, at=NOW + 26 * HOUR, on_day=TOMORROW),
    }


@pytest.fixture
async def ill(database: Database, world: World, dispatcher: Desk) -> Ill:
    town = Town(database, world)
    return Ill(town, dispatcher, await who_is_ill(town))


async def test_each_visit_says_where_it_is_what_is_promised_and_from_when_to_when_and_whom(ill: Ill) -> None:
    before = await ill.stops()
    told = await good(await ill.desk.get(f"{ill.path}/{TODAY.isoformat()}"))
    assert ill.named(told["taken"]) | ill.named(told["unplaced"]) == {"early", "promised", "late"}
    assert await ill.stops() == before, "reading moves nothing"
    for one in [*told["taken"], *told["unplaced"]]:
        who, stop = before[one["jobId"]]
        assert (one["address"], one["wasAt"]) == (stop["address"], stop["plannedStartAt"])
        assert (one["fromTechnicianId"], one["fromDisplayName"]) == (who, "Technician 1")
        assert (one["earliest"] is None) == (stop["window"] is None)
    (promised,) = [one for one in told["taken"] if one["latest"] is not None]
    assert promised["earliest"] <= promised["startAt"] <= promised["latest"]
    for one in told["consequences"]["shifted"] + told["consequences"]["promisesAtRisk"]:
        assert one["address"]
    done = await good(await ill.desk.post(ill.path, json={"onDay": TODAY.isoformat()}))
    assert (done["taken"], done["unplaced"]) == (told["taken"], told["unplaced"])
    after = await ill.stops()
    for one in done["taken"]:
        assert (after[one["jobId"]][0], after[one["jobId"]][1]["plannedStartAt"]) == (
            one["technicianId"],
            one["startAt"],
        )


async def test_what_nobody_has_room_for_names_its_promise(ill: Ill) -> None:
    for person in ill.town.world.technicians[1:]:
        path = f"/v1/technicians/{person.technician_id}/absences"
        gone = {"onDay": TODAY.isoformat(), "lastOn": TOMORROW.isoformat()}
        await good(await ill.desk.post(path, json=gone))
    told = await good(await ill.desk.get(f"{ill.path}/{TODAY.isoformat()}"))
    (promised,) = [one for one in told["unplaced"] if one["latest"] is not None]
    assert ill.named([promised]) == {"promised"}
    assert promised["address"]
    assert promised["earliest"] < promised["latest"]


async def test_until_an_hour_only_what_cannot_be_kept_goes_and_the_shift_begins_then(ill: Ill) -> None:
    at = (NOW + 6 * HOUR).isoformat().replace("+00:00", "Z")
    told = await good(await ill.desk.get(f"{ill.path}/{TODAY.isoformat()}", params={"backAt": at}))
    assert ill.named(told["taken"]) | ill.named(told["unplaced"]) == {"early", "promised"}
    started = (await ill.me())["shiftStartAt"]
    done = await good(await ill.desk.post(ill.path, json={"onDay": TODAY.isoformat(), "backAt": at}))
    assert (done["taken"], done["unplaced"]) == (told["taken"], told["unplaced"])
    me, stops = await ill.me(), await ill.stops()
    assert (me["absent"], me["shiftStartAt"], me["shiftDueAt"]) == (False, at, started)
    assert stops[str(ill.visits["late"].job_id)][0] == ill.who
    promised = next(one for one in done["taken"] if one["latest"] is not None)
    assert promised["technicianId"] != ill.who, "promised before the technician is there"
    for one in done["taken"]:
        assert one["technicianId"] != ill.who or one["startAt"] >= at
    assert min(datetime.fromisoformat(stop["plannedStartAt"]) for stop in me["stops"]) >= NOW + 6 * HOUR
    back = await good(await ill.desk.delete(f"{ill.path}/{TODAY.isoformat()}"))
    assert back["days"] == [TODAY.isoformat()]
    me = await ill.me()
    assert (me["shiftStartAt"], me["shiftDueAt"]) == (started, None)


async def test_until_a_date_all_days_are_called_off_and_who_comes_sooner_has_the_rest_again(ill: Ill) -> None:
    last = TODAY + timedelta(days=2)
    asked = {"lastOn": last.isoformat()}
    told = await good(await ill.desk.get(f"{ill.path}/{TODAY.isoformat()}", params=asked))
    assert ill.named(told["taken"]) | ill.named(told["unplaced"]) == set(ill.visits)
    assert all(one["technicianId"] != ill.who for one in told["taken"])
    done = await good(await ill.desk.post(ill.path, json={"onDay": TODAY.isoformat(), **asked}))
    assert ill.named(done["taken"]) == ill.named(told["taken"])
    days = [TODAY, TOMORROW, last]
    assert [(await ill.me(on))["absent"] for on in days] == [True, True, True]
    back = await good(await ill.desk.delete(f"{ill.path}/{TOMORROW.isoformat()}"))
    assert back["days"] == [on.isoformat() for on in days[1:]]
    assert [(await ill.me(on))["absent"] for on in days] == [True, False, False]


async def test_who_comes_after_all_gets_nothing_back_before_somebody_says_so(ill: Ill) -> None:
    before = await ill.stops()
    given = await good(await ill.desk.post(ill.path, json={"onDay": TODAY.isoformat()}))
    away = await ill.stops()
    back = await good(await ill.desk.delete(f"{ill.path}/{TODAY.isoformat()}"))
    assert {job_id: who for job_id, (who, _) in (await ill.stops()).items()} == {
        job_id: who for job_id, (who, _) in away.items()
    }, "no visit is moved by it"
    assert not (await ill.me())["absent"]
    assert {one["jobId"] for one in back["taken"]} == {one["jobId"] for one in given["taken"]}
    for one in back["taken"]:
        assert (one["technicianId"], one["startAt"]) == (
            away[one["jobId"]][0],
            away[one["jobId"]][1]["plannedStartAt"],
        )
        assert one["wasAt"] == before[one["jobId"]][1]["plannedStartAt"]
    (plan_id,) = back["planIds"]
    assert plan_id == given["plan"]["planId"]
    await good(await ill.desk.post(f"/v1/plans/{plan_id}/undo"))
    after = await ill.stops()
    assert {job_id: who for job_id, (who, _) in after.items()} == {
        job_id: who for job_id, (who, _) in before.items()
    }


async def test_an_impossible_absence_is_refused(ill: Ill, clock: Clock, support: Desk) -> None:
    async def refused(path: str, **body: str) -> tuple[int, str]:
        answer = await ill.desk.post(path, json={"onDay": TODAY.isoformat(), **body})
        return answer.status_code, answer.json()["type"]

    clock.forward(3 * HOUR)
    impossible = "/problems/absence-impossible"
    gone, night = (NOW + 2 * HOUR).isoformat(), (NOW + 20 * HOUR).isoformat()
    for body in ({"backAt": gone}, {"backAt": night}, {"lastOn": (TODAY - timedelta(days=1)).isoformat()}):
        assert await refused(ill.path, **body) == (422, impossible), body
    both = {"backAt": (NOW + 6 * HOUR).isoformat(), "lastOn": TOMORROW.isoformat()}
    assert await refused(ill.path, **both) == (422, impossible)
    far = {"lastOn": (TODAY + timedelta(days=40)).isoformat()}
    assert await refused(ill.path, **far) == (422, impossible)
    assert await refused(f"/v1/technicians/{NOBODY}/absences") == (404, "/problems/unknown-day")
    comes = await ill.desk.delete(f"{ill.path}/{TODAY.isoformat()}")
    assert (comes.status_code, comes.json()["type"]) == (404, "/problems/unknown-day"), "nobody called it off"
    assert (await support.delete(f"{ill.path}/{TODAY.isoformat()}")).status_code == 403
