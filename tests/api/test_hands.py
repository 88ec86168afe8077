"""By hand, over HTTP: what a move would cost and break, doing it, two at once, pins, going back."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from db.pool import Database
from db.queries import jobs, journal
from db.records import Plan
from db.states import AppointmentState, Role
from dispatch.rules.prices import weights_of
from dispatch.solver import Solver
from tests.api.conftest import Clock, Desk, with_role
from tests.api.test_board import board, stops
from tests.builders import Phone, Town, received
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, World

EVERYTHING = [
    "skill",
    "tool",
    "part",
    "shift",
    "rest",
    "promise",
    "other_promise",
    "pin",
    "overlap",
    "frozen",
]


@pytest.fixture
async def office(database: Database, world: World, solver: Solver) -> Office:
    """Six jobs of the small town, the first of them promised from eleven to one; nothing planned yet."""
    made = Office(database, Town(database, world), solver)
    async with database.begin([world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=3), "latest": NOW + timedelta(hours=5)}
        await received(conn, subscriber=1, promisedWindow=window, faultClass="wifi_setup")
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    return made


@pytest.fixture
async def out(office: Office) -> Plan:
    """Their day is published."""
    return await office.plan(publish=True)


async def trial(desk: Desk, job_id: str, **asked: Any) -> dict[str, Any]:
    answer = await desk.post("/v1/board/trials", json={"on": TODAY.isoformat(), "jobId": job_id, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def move(desk: Desk, job_id: str, technician_id: str, **said: Any) -> httpx.Response:
    body = {"on": TODAY.isoformat(), "jobId": job_id, "technicianId": technician_id, **said}
    return await desk.post("/v1/board/moves", json=body)


async def moved(desk: Desk, job_id: str, technician_id: str, **said: Any) -> dict[str, Any]:
    answer = await move(desk, job_id, technician_id, **said)
    assert answer.status_code == 200, answer.text
    return answer.json()


def holder(day: dict[str, Any], job_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Whose the job is, and its stop."""
    return next((one, stop) for one in day["technicians"] for stop in one["stops"] if stop["jobId"] == job_id)


def another(day: dict[str, Any], than: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in day["technicians"] if one["technicianId"] != than["technicianId"])


def unpromised(day: dict[str, Any]) -> dict[str, Any]:
    return next(stop for stop in stops(day) if stop["window"] is None)


def promised(day: dict[str, Any]) -> dict[str, Any]:
    return next(stop for stop in stops(day) if stop["window"] is not None)


def codes(breaks: list[dict[str, Any]]) -> set[str]:
    return {one["code"] for one in breaks}


def later(instant: str, **by: int) -> str:
    return (datetime.fromisoformat(instant) + timedelta(**by)).isoformat()


async def test_a_trial_prices_every_technicians_day_and_changes_nothing(
    out: Plan, dispatcher: Desk, world: World
) -> None:
    day = await board(dispatcher)
    stop = unpromised(day)
    mine, _ = holder(day, stop["jobId"])
    tried = await trial(dispatcher, stop["jobId"])
    assert (tried["visitId"], tried["version"]) == (stop["visitId"], stop["version"])
    assert tried["now"]["technicianId"] == mine["technicianId"]
    assert {one["technicianId"] for one in tried["rows"]} == {
        one["technicianId"] for one in day["technicians"]
    }
    assert [one["cost"] for one in tried["rows"]] == sorted(one["cost"] for one in tried["rows"])
    assert all(sum(one["parts"].values()) == one["cost"] for one in tried["rows"])
    for one in tried["rows"]:
        driven = one["parts"].get("travel", 0)
        assert abs(driven - one["extraTravelSeconds"]) <= 1, "only what is driven is called so"
    moving = weights_of(world.area).churn_shift
    for one in tried["rows"]:
        taken = one["technicianId"] != mine["technicianId"]
        assert (one["parts"].get("churn", 0) >= moving) == taken, "what a plan pays for moving it"
    own = next(one for one in tried["rows"] if one["technicianId"] == mine["technicianId"])
    assert own["cost"] <= 0, "where it stands is one of the places in its own day"
    assert all(one["breaks"] == [] for one in tried["rows"])
    assert await board(dispatcher) == day


async def test_what_a_trial_says_is_what_a_move_does(out: Plan, dispatcher: Desk) -> None:
    day = await board(dispatcher)
    stop = unpromised(day)
    mine, _ = holder(day, stop["jobId"])
    other = another(day, mine)
    tried = await trial(dispatcher, stop["jobId"], technicianId=other["technicianId"])
    asked = tried["asked"]
    done = await moved(dispatcher, stop["jobId"], other["technicianId"])
    assert (done["plan"]["origin"], done["visit"]["pinned"], done["accepted"]) == ("hand", True, [])
    assert done["visit"]["plannedStartAt"] == asked["startAt"]
    after = await board(dispatcher)
    whose, moved_stop = holder(after, stop["jobId"])
    assert whose["technicianId"] == other["technicianId"]
    assert moved_stop["pinned"]
    driven = sum(one["travelSeconds"] for one in after["technicians"]) - sum(
        one["travelSeconds"] for one in day["technicians"]
    )
    assert abs(driven - asked["extraTravelSeconds"]) <= 5


async def test_a_job_that_waits_is_placed_by_hand_at_a_time(
    office: Office, out: Plan, dispatcher: Desk, world: World
) -> None:
    async with office.town.database.begin([world.area_id]) as conn:
        job = await received(conn, subscriber=2, ticketNumber="T-9", faultClass="wifi_setup")
    day = await board(dispatcher)
    technician = day["technicians"][2]["technicianId"]
    wanted = (NOW + timedelta(hours=6, minutes=30)).isoformat()
    tried = await trial(dispatcher, str(job.job_id), technicianId=technician, startAt=wanted)
    assert tried["now"] is None
    assert tried["version"] == job.version
    assert tried["asked"]["startAt"] >= wanted.replace("+00:00", "Z")
    done = await moved(
        dispatcher,
        str(job.job_id),
        technician,
        startAt=wanted,
        accept=[one["code"] for one in tried["asked"]["breaks"]],
        expected={"jobVersion": job.version},
    )
    assert done["visit"]["plannedStartAt"] == tried["asked"]["startAt"]
    assert done["visit"]["pinnedStartAt"] is not None
    assert str(job.job_id) not in {one["jobId"] for one in (await board(dispatcher))["waiting"]}


async def test_what_breaks_rules_is_named_and_done_when_it_is_accepted(
    office: Office, out: Plan, dispatcher: Desk, world: World
) -> None:
    day = await board(dispatcher)
    stop = promised(day)
    mine, _ = holder(day, stop["jobId"])
    wanted = later(stop["window"]["latest"], hours=1)
    tried = await trial(dispatcher, stop["jobId"], technicianId=mine["technicianId"], startAt=wanted)
    assert "promise" in codes(tried["asked"]["breaks"])
    assert tried["asked"]["cost"] > 4 * 3600
    refused = await move(dispatcher, stop["jobId"], mine["technicianId"], startAt=wanted)
    assert refused.status_code == 409
    said = refused.json()
    assert said["type"] == "/problems/rules-broken"
    assert codes(said["breaks"]) == codes(tried["asked"]["breaks"])
    assert all(one["sentence"] for one in said["breaks"])
    assert await board(dispatcher) == day
    done = await moved(
        dispatcher, stop["jobId"], mine["technicianId"], startAt=wanted, accept=list(codes(said["breaks"]))
    )
    _, now = holder(await board(dispatcher), stop["jobId"])
    assert now["window"]["earliest"] <= done["visit"]["plannedStartAt"] <= now["window"]["latest"]
    assert now["lateSeconds"] == 0
    async with office.town.database.begin([world.area_id]) as conn:
        windows = await jobs.list_appointments(conn, world.area_id, [UUID(stop["jobId"])])
        entries = await journal.list_journal_of_job(conn, world.area_id, UUID(stop["jobId"]))
        sent = await conn.fetchval(
            "SELECT count(*) FROM outbox WHERE kind = 'visit-code' AND subject_id = $1",
            windows[-1].appointment_id,
        )
    assert [one.state for one in windows] == [AppointmentState.MOVED, AppointmentState.CONFIRMED]
    assert sent == 1, "the subscriber hears of the new window"
    named = next(one for one in entries if one.action == "appointment.moved")
    assert named.actor_id == world.staff_id("dispatcher")
    assert "–" in next(one["sentence"] for one in said["breaks"] if one["code"] == "promise")


async def test_who_would_be_told_is_said_before(
    out: Plan, dispatcher: Desk, database: Database, world: World
) -> None:
    async with database.begin([world.area_id]) as conn:
        await conn.execute(
            "INSERT INTO contact SELECT area_id, subscriber_id, subscriber_id, 'Holder', 'holder', '+79990000001', 'en' "
            "FROM subscriber WHERE area_id = $1",
            world.area_id,
        )
    day = await board(dispatcher)
    stop = promised(day)
    mine, _ = holder(day, stop["jobId"])
    other = another(day, mine)
    asked = {"visitId": stop["visitId"], "technicianId": other["technicianId"]}
    plain = await dispatcher.get("/v1/board/messages", params={**asked, "startAt": stop["plannedStartAt"]})
    assert [one["to"] for one in plain.json()["items"]] == [
        f"Technician{one['displayName'].removeprefix('Technician ')} of {world.name}" for one in (other, mine)
    ]
    broken = await dispatcher.get(
        "/v1/board/messages", params={**asked, "startAt": later(stop["window"]["latest"], hours=1)}
    )
    text = broken.json()["items"][-1]
    assert (text["to"], text["language"]) == ("Holder", "en")
    assert "••••••" in text["text"], "the code is the subscriber's alone"


async def test_skills_tools_and_absence_are_named(
    office: Office, out: Plan, dispatcher: Desk, database: Database, world: World
) -> None:
    async with database.begin([world.area_id]) as conn:
        job = await received(conn, subscriber=3, ticketNumber="T-8", faultClass="cable_break")
        who = world.technicians[2].technician_id
        await conn.execute("UPDATE technician SET skills = '{wifi}' WHERE technician_id = $1", who)
        await conn.execute("DELETE FROM stock WHERE technician_id = $1 AND code = 'splicer'", who)
    tried = await trial(dispatcher, str(job.job_id))
    row = next(one for one in tried["rows"] if one["technicianId"] == str(who))
    assert {"skill", "tool"} <= codes(row["breaks"])
    assert "fibre" in next(one for one in row["breaks"] if one["code"] == "skill")["sentence"]
    absent = str(world.technicians[1].technician_id)
    ill = await dispatcher.post(f"/v1/technicians/{absent}/absences", json={"onDay": TODAY.isoformat()})
    assert ill.status_code == 200
    named = await trial(dispatcher, str(job.job_id), technicianId=absent)
    assert (named["asked"], named["absent"]["code"]) == (None, "absent")
    refused = await move(dispatcher, str(job.job_id), absent, accept=EVERYTHING)
    assert (refused.status_code, codes(refused.json()["breaks"])) == (409, {"absent"})


async def test_a_move_can_be_taken_back_and_the_pin_goes_with_it(out: Plan, dispatcher: Desk) -> None:
    day = await board(dispatcher)
    stop = unpromised(day)
    mine, _ = holder(day, stop["jobId"])
    other = another(day, mine)
    done = await moved(dispatcher, stop["jobId"], other["technicianId"])
    undone = await dispatcher.post(f"/v1/plans/{done['plan']['planId']}/undo")
    assert undone.status_code == 200, undone.text
    whose, now = holder(await board(dispatcher), stop["jobId"])
    assert whose["technicianId"] == mine["technicianId"]
    assert not now["pinned"]
    assert now["plannedStartAt"] == stop["plannedStartAt"]
    whole = (await dispatcher.get(f"/v1/jobs/{stop['jobId']}")).json()
    *_, given, back = [one for one in whole["journal"] if one["action"].startswith("visit.")]
    assert [given["action"], back["action"]] == ["visit.moved", "visit.taken_back"]
    assert whole["names"][given["facts"]["to"]] == other["displayName"]
    assert whole["names"][back["actorId"]]


async def test_a_move_over_which_a_plan_went_out_is_taken_back_with_its_pin(
    office: Office, out: Plan, dispatcher: Desk
) -> None:
    day = await board(dispatcher)
    stop = unpromised(day)
    mine, _ = holder(day, stop["jobId"])
    other = another(day, mine)
    done = await moved(dispatcher, stop["jobId"], other["technicianId"])
    # nobody else is there for what is promised just then: the next plan has to retime what was moved
    for one in day["technicians"]:
        if one is not other:
            path = f"/v1/technicians/{one['technicianId']}/absences"
            assert (await dispatcher.post(path, json={"onDay": TODAY.isoformat()})).status_code == 200
    _, before = holder(await board(dispatcher), stop["jobId"])
    start = datetime.fromisoformat(before["plannedStartAt"])
    window = {"earliest": start - timedelta(minutes=5), "latest": start + timedelta(minutes=5)}
    await office.town.job(subscriber=6, promisedWindow=window)
    await office.plan(publish=True)
    _, held = holder(await board(dispatcher), stop["jobId"])
    assert held["pinned"]
    assert held["plannedStartAt"] != before["plannedStartAt"]
    undone = await dispatcher.post(f"/v1/plans/{done['plan']['planId']}/undo")
    assert undone.status_code == 200, undone.text
    _, now = holder(await board(dispatcher), stop["jobId"])
    assert not now["pinned"]


async def test_a_time_that_was_named_can_be_taken_back(out: Plan, dispatcher: Desk) -> None:
    day = await board(dispatcher)
    mine = next(one for one in day["technicians"] if one["stops"] and one["stops"][-1]["window"] is None)
    last = mine["stops"][-1]
    wanted = later(last["plannedStartAt"], minutes=90)
    done = await moved(dispatcher, last["jobId"], mine["technicianId"], startAt=wanted)
    _, at_time = holder(await board(dispatcher), last["jobId"])
    assert at_time["plannedStartAt"] == done["visit"]["plannedStartAt"] >= wanted.replace("+00:00", "Z")
    undone = await dispatcher.post(f"/v1/plans/{done['plan']['planId']}/undo")
    assert undone.status_code == 200, undone.text
    _, now = holder(await board(dispatcher), last["jobId"])
    assert (now["pinned"], now["plannedStartAt"]) == (False, last["plannedStartAt"])


async def test_two_dispatchers_see_each_others_moves_as_conflicts(
    office: Office, out: Plan, dispatcher: Desk, database: Database, world: World
) -> None:
    second = await with_role(dispatcher.client, database, world, Role.DISPATCHER)
    day = await board(dispatcher)
    stop = unpromised(day)
    mine, _ = holder(day, stop["jobId"])
    first_to, second_to = [one for one in day["technicians"] if one["technicianId"] != mine["technicianId"]]
    seen = {
        "visitVersion": stop["version"],
        "technicianDays": {one["technicianId"]: one["version"] for one in (mine, first_to)},
        "cursor": day["cursor"],
    }
    await moved(dispatcher, stop["jobId"], first_to["technicianId"], expected=seen)
    refused = await move(second, stop["jobId"], second_to["technicianId"], expected=seen)
    assert refused.status_code == 409
    said = refused.json()
    assert said["type"] == "/problems/changed-since"
    assert {one["actor"] for one in said["changes"] if one["action"] == "visit.moved"} == {
        f"Dispatcher of {world.name}"
    }
    now = {**said["current"], "cursor": (await board(second))["cursor"]}
    expected = {
        "visitVersion": now["visitVersion"],
        "technicianDays": {first_to["technicianId"]: now["technicianDays"][first_to["technicianId"]]},
    }
    solved = await moved(second, stop["jobId"], second_to["technicianId"], expected=expected)
    assert solved["visit"]["technicianId"] == second_to["technicianId"]


async def test_of_two_at_once_one_moves_and_the_other_hears_of_it(
    out: Plan, dispatcher: Desk, database: Database, world: World
) -> None:
    second = await with_role(dispatcher.client, database, world, Role.DISPATCHER)
    for turn in range(6):
        day = await board(dispatcher)
        every = [stop for stop in stops(day) if stop["window"] is None]
        one, two = every[turn % len(every)], every[(turn + turn % 2) % len(every)]
        target = day["technicians"][turn % 3]
        seen = {each["technicianId"]: each["version"] for each in day["technicians"]}
        answers = await asyncio.gather(
            *(
                move(
                    desk,
                    stop["jobId"],
                    target["technicianId"],
                    accept=EVERYTHING,
                    expected={
                        "visitVersion": stop["version"],
                        "technicianDays": seen,
                        "cursor": day["cursor"],
                    },
                )
                for desk, stop in ((dispatcher, one), (second, two))
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        lost = next(answer for answer in answers if answer.status_code == 409).json()
        assert lost["type"] == "/problems/changed-since"
        assert any(each["action"] == "visit.moved" for each in lost["changes"])
        after = await board(dispatcher)
        assert sorted(stop["jobId"] for stop in stops(after)) == sorted(stop["jobId"] for stop in stops(day))


async def test_a_job_is_taken_out_of_the_rounds(out: Plan, dispatcher: Desk) -> None:
    day = await board(dispatcher)
    plain, kept = unpromised(day), promised(day)
    gone = await dispatcher.post("/v1/board/unassign", json={"jobId": plain["jobId"]})
    assert gone.status_code == 200, gone.text
    refused = await dispatcher.post("/v1/board/unassign", json={"jobId": kept["jobId"]})
    assert (refused.status_code, codes(refused.json()["breaks"])) == (409, {"promise"})
    accepted = await dispatcher.post(
        "/v1/board/unassign", json={"jobId": kept["jobId"], "accept": ["promise"]}
    )
    assert accepted.status_code == 200
    after = await board(dispatcher)
    waiting = {one["jobId"]: one for one in after["waiting"]}
    assert set(waiting) == {plain["jobId"], kept["jobId"]}
    assert after["numbers"]["outageMinutes"] > day["numbers"]["outageMinutes"], (
        "nobody is mended by being left out"
    )
    assert waiting[kept["jobId"]]["window"] is not None, "what was promised stays promised"
    again = await dispatcher.post("/v1/board/unassign", json={"jobId": plain["jobId"]})
    assert again.status_code == 409


async def test_a_promise_for_which_nobody_goes_burns_at_once_and_a_draft_does_not_quiet_it(
    office: Office, out: Plan, dispatcher: Desk
) -> None:
    """No worker has looked: what burns is read with the day."""
    before = await board(dispatcher)
    stop = promised(before)
    mine, _ = holder(before, stop["jobId"])

    def burns(day: dict[str, Any]) -> list[str]:
        return [one["jobId"] for one in day["attention"] if one["kind"] == "unplaced"]

    async def broken() -> int:
        return (await board(dispatcher))["numbers"]["brokenPromises"] - before["numbers"]["brokenPromises"]

    assert burns(before) == []
    gone = await dispatcher.post("/v1/board/unassign", json={"jobId": stop["jobId"], "accept": ["promise"]})
    assert gone.status_code == 200, gone.text
    assert burns(await board(dispatcher)) == [stop["jobId"]]
    assert await broken() == 1
    assert (await board(dispatcher))["numbers"]["promises"] == before["numbers"]["promises"]
    await office.plan(publish=False)
    assert burns(await board(dispatcher)) == [stop["jobId"]], "a draft sends nobody"
    await moved(dispatcher, stop["jobId"], mine["technicianId"])
    assert (burns(await board(dispatcher)), await broken()) == ([], 0)


async def test_a_visit_that_has_begun_is_moved_by_no_hand(
    office: Office, out: Plan, dispatcher: Desk, world: World
) -> None:
    day = await board(dispatcher)
    mine = next(one for one in day["technicians"] if one["stops"])
    stop = mine["stops"][0]
    technician = next(one for one in world.technicians if str(one.technician_id) == mine["technicianId"])
    phone = Phone(world, technician)
    await phone.enrol(office.town.database)
    visit = next(one for one in await office.visits("published") if str(one.visit_id) == stop["visitId"])  # type: ignore[arg-type]
    await phone.send(office.town.database, [phone.say(visit, "on-my-way")], now=NOW + timedelta(hours=2))
    past = {"on": (TODAY - timedelta(days=1)).isoformat(), "jobId": unpromised(day)["jobId"]}
    gone = await dispatcher.post("/v1/board/moves", json={**past, "technicianId": mine["technicianId"]})
    assert gone.status_code == 404, "yesterday is over"
    for path, body in (
        ("trials", {"on": TODAY.isoformat(), "jobId": stop["jobId"]}),
        ("moves", {"on": TODAY.isoformat(), "jobId": stop["jobId"], "technicianId": mine["technicianId"]}),
        ("unassign", {"jobId": stop["jobId"]}),
    ):
        answer = await dispatcher.post(f"/v1/board/{path}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/visit-started")


async def test_pins_are_set_and_lifted_and_an_impossible_one_is_said(
    out: Plan, dispatcher: Desk, clock: Clock
) -> None:
    day = await board(dispatcher)
    stop = unpromised(day)
    path = f"/v1/visits/{stop['visitId']}/pin"
    wanted = stop["plannedStartAt"]
    pinned = await dispatcher.put(
        path, json={"startAt": wanted}, headers={"If-Match": f'"{stop["version"]}"'}
    )
    assert (pinned.status_code, pinned.json()["pinned"], pinned.json()["pinnedStartAt"]) == (
        200,
        True,
        wanted,
    )
    assert "pin" not in {one["kind"] for one in (await board(dispatcher))["attention"]}
    stale = await dispatcher.put(path, json={}, headers={"If-Match": f'"{stop["version"]}"'})
    assert stale.status_code == 412
    tomorrow = await dispatcher.put(path, json={"startAt": later(wanted, days=1)})
    assert tomorrow.status_code == 422
    clock.forward(timedelta(hours=6))  # nobody has set out
    said = [one for one in (await board(dispatcher))["attention"] if one["kind"] == "pin"]
    assert [one["visitId"] for one in said] == [stop["visitId"]]
    assert stop["jobNumber"] in said[0]["sentence"]
    lifted = await dispatcher.delete(path)
    assert (lifted.status_code, lifted.json()["pinned"], lifted.json()["pinnedStartAt"]) == (200, False, None)


@pytest.mark.parametrize("planned_meanwhile", [False, True])
@pytest.mark.parametrize("chosen", [promised, unpromised])
async def test_what_was_taken_out_goes_back_to_the_same_technician(
    chosen: Callable[[dict[str, Any]], dict[str, Any]],
    planned_meanwhile: bool,
    office: Office,
    out: Plan,
    dispatcher: Desk,
) -> None:
    before = await board(dispatcher)
    stop = chosen(before)
    mine, _ = holder(before, stop["jobId"])
    gone = await dispatcher.post("/v1/board/unassign", json={"jobId": stop["jobId"], "accept": ["promise"]})
    assert gone.status_code == 200, gone.text
    if planned_meanwhile:
        await office.plan(publish=False)
    await moved(dispatcher, stop["jobId"], mine["technicianId"])
    after = await board(dispatcher)
    assert after["waiting"] == []
    assert holder(after, stop["jobId"])[0]["technicianId"] == mine["technicianId"]
    assert after["plan"]["planVersion"] > before["plan"]["planVersion"]
    again = next(one for one in after["technicians"] if one["technicianId"] == mine["technicianId"])
    assert again["travelSeconds"] == pytest.approx(mine["travelSeconds"], abs=900)
