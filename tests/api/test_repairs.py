"""A running day, over HTTP: emergencies, a technician who does not come, going back, and what a version changes."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from db.pool import Database
from db.records import Plan
from db.states import Role, VisitState
from dispatch.solver import Solver
from tests.api.conftest import Clock, Desk, sign_in, with_role
from tests.api.test_access import NOBODY
from tests.builders import Town, received, settled_in
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, World, quiet_street

TODAY_ISO = TODAY.isoformat()


@pytest.fixture
async def office(database: Database, world: World, solver: Solver) -> Office:
    """Six jobs of the small town, one of them promised; nothing planned yet."""
    made = Office(database, Town(database, world), solver)
    async with database.begin([world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=7)}
        await received(conn, subscriber=1, promisedWindow=window)
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    return made


@pytest.fixture
async def out(office: Office) -> Plan:
    """Their day is published."""
    return await office.plan(publish=True)


async def cable_break(office: Office) -> str:
    return str((await office.town.job("cable_break", affected=300)).job_id)


async def proposed(dispatcher: Desk, job_id: str, **asked: Any) -> dict[str, Any]:
    answer = await dispatcher.post("/v1/emergencies", json={"jobId": job_id, **asked})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def accept(dispatcher: Desk, proposal: dict[str, Any], option: int = 1) -> httpx.Response:
    return await dispatcher.post(f"/v1/emergencies/{proposal['proposalId']}/accept", json={"option": option})


async def accepted(dispatcher: Desk, proposal: dict[str, Any], option: int = 1) -> dict[str, Any]:
    answer = await accept(dispatcher, proposal, option)
    assert answer.status_code == 200, answer.text
    return answer.json()["plan"]


async def absent(dispatcher: Desk, technician_id: str, on_day: str = TODAY_ISO) -> httpx.Response:
    return await dispatcher.post(f"/v1/technicians/{technician_id}/absences", json={"onDay": on_day})


async def changes(desk: Desk, plan_id: object, **asked: Any) -> dict[str, Any]:
    answer = await desk.get(f"/v1/plans/{plan_id}/changes", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def places(dispatcher: Desk) -> dict[str, tuple[str, str]]:
    """By job: who is to begin when, today and tomorrow."""
    found: dict[str, tuple[str, str]] = {}
    for after in range(2):
        day = TODAY + timedelta(days=after)
        for one in (await dispatcher.get("/v1/rounds", params={"on": day.isoformat()})).json()["rounds"]:
            found |= {
                stop["jobId"]: (one["technicianId"], stop["plannedStartAt"])
                for stop in one["stops"]
                if stop["state"] == VisitState.PUBLISHED
            }
    return found


def ids(changed: list[dict[str, Any]]) -> set[str]:
    return {change["jobId"] for change in changed}


async def test_an_emergency_is_proposed_with_what_it_does_to_others_and_accepted(
    office: Office, out: Plan, dispatcher: Desk, clock: Clock
) -> None:
    clock.forward(timedelta(hours=2))
    job_id = await cable_break(office)
    proposal = await proposed(dispatcher, job_id)
    assert proposal["expiresAt"] > proposal["createdAt"]
    assert proposal["jobId"] == job_id
    names = {str(person.technician_id): person.display_name for person in office.town.world.technicians}
    for number, option in enumerate(proposal["options"], start=1):
        assert option["option"] == number
        assert option["displayName"] == names[option["technicianId"]]
        assert option["onDay"] == TODAY_ISO
        assert option["expectedArrivalAt"] <= option["expectedStartAt"] < option["expectedEndAt"]
        for later in option["later"]:
            assert later["displayName"] == names[later["technicianId"]]
            assert later["jobNumber"]
    first = proposal["options"][0]
    plan = await accepted(dispatcher, proposal)
    assert (plan["origin"], plan["planRunId"], plan["state"]) == ("emergency", None, "published")
    whole = (await dispatcher.get(f"/v1/jobs/{job_id}")).json()
    (visit,) = whole["visits"]
    assert (visit["state"], visit["technicianId"]) == ("published", first["technicianId"])
    assert whole["job"]["state"] == "planned"
    told = await changes(dispatcher, plan["planId"])
    assert ids(told["new"]) == {job_id}
    assert told["dropped"] == []
    assert ids(told["moved"]) >= ids(first["moved"])
    assert told["after"]["placed"] == told["before"]["placed"] + 1
    entries = (await dispatcher.get("/v1/journal", params={"limit": 500})).json()["items"]
    (entry,) = [entry for entry in entries if entry["action"] == "emergency.accepted"]
    assert entry["actorId"] == str(office.town.world.staff_id("dispatcher"))


async def test_what_makes_room_is_named_with_where_it_goes(
    office: Office, out: Plan, dispatcher: Desk, clock: Clock
) -> None:
    # late in the day nobody has room without somebody giving way
    clock.forward(timedelta(hours=1))
    for _ in range(8):
        proposal = await proposed(dispatcher, await cable_break(office))
        moving = [option for option in proposal["options"] if option["moved"]]
        if moving:
            break
        await accepted(dispatcher, proposal)
    else:
        pytest.fail("the day never filled up")
    known = await places(dispatcher)
    for moved in moving[0]["moved"]:
        assert moved["fromTechnicianId"] == known[moved["jobId"]][0]
        assert moved["fromDisplayName"].startswith("Technician")
        assert (moved["toTechnicianId"] is None) == (moved["startAt"] is None)
        assert (moved["toTechnicianId"] is None) == (moved["toDisplayName"] is None)
    none = await proposed(dispatcher, proposal["jobId"], mostMoved=0)
    assert all(option["moved"] == [] for option in none["options"])
    plan = await accepted(dispatcher, proposal, moving[0]["option"])
    homeless = {moved["jobId"] for moved in moving[0]["moved"] if moved["toTechnicianId"] is None}
    told = await changes(dispatcher, plan["planId"])
    assert ids(told["dropped"]) == homeless == {item["jobId"] for item in plan["unassigned"]}
    assert ids(told["promisesTouched"]) <= ids(told["moved"])


async def test_a_proposal_is_accepted_once_and_only_while_it_is_true(
    office: Office, out: Plan, dispatcher: Desk, clock: Clock
) -> None:
    proposal = await proposed(dispatcher, await cable_break(office))
    unknown = await accept(dispatcher, proposal, 99)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-offer")
    plan = await accepted(dispatcher, proposal)
    again = await accept(dispatcher, proposal)
    assert (again.status_code, again.json()["plan"]["planId"]) == (200, plan["planId"])

    stale = await proposed(dispatcher, await cable_break(office))
    ill = await absent(dispatcher, stale["options"][0]["technicianId"])
    assert ill.status_code == 200, ill.text
    refused = await accept(dispatcher, stale)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/proposal-outdated")

    slow = await proposed(dispatcher, stale["jobId"])
    clock.forward(timedelta(minutes=11))
    late = await accept(dispatcher, slow)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/proposal-outdated")
    assert (await dispatcher.get(f"/v1/jobs/{stale['jobId']}")).json()["visits"] == []


async def test_what_the_house_drafts_meanwhile_outdates_no_proposal(
    office: Office, out: Plan, dispatcher: Desk, clock: Clock
) -> None:
    """It plans anew by itself after each escalation, so a draft comes while the dispatcher still reads."""
    clock.forward(timedelta(hours=2))
    job_id, other = await cable_break(office), await cable_break(office)
    proposal = await proposed(dispatcher, job_id)
    await office.plan()
    drafted = [one["jobId"] for one in (await dispatcher.get(f"/v1/jobs/{job_id}")).json()["visits"]]
    assert drafted == [job_id], "or this test sees nothing"
    plan = await accepted(dispatcher, proposal)
    assert ids((await changes(dispatcher, plan["planId"]))["new"]) == {job_id}

    # and the other way about: read beside a draft that is thrown away meanwhile
    draft = await office.plan()
    third = await proposed(dispatcher, await cable_break(office))
    assert (await dispatcher.post(f"/v1/plans/{draft.plan_id}/discard")).status_code == 200
    plan = await accepted(dispatcher, third)
    assert ids((await changes(dispatcher, plan["planId"]))["new"]) == {third["jobId"]}
    assert (await dispatcher.get(f"/v1/jobs/{other}")).json()["visits"] == []


async def test_the_visits_of_somebody_ill_go_to_others_and_the_promise_is_kept(
    office: Office, out: Plan, dispatcher: Desk
) -> None:
    before = await places(dispatcher)
    (promised,) = [
        visit
        for visit in await office.visits(VisitState.PUBLISHED)
        if (await office.town.whole_of(visit)).appointments
    ]
    ill = str(promised.technician_id)
    mine = {job_id for job_id, (technician_id, _) in before.items() if technician_id == ill}
    answer = await absent(dispatcher, ill)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["plan"]["origin"] == "absence"
    taken = {one["jobId"]: one for one in told["taken"]}
    assert str(promised.job_id) in taken
    # what of today; tomorrow's visits stay
    assert set(taken) | ids(told["unplaced"]) <= mine
    after = await places(dispatcher)
    for job_id, one in taken.items():
        assert one["technicianId"] == after[job_id][0] != ill
        assert one["displayName"].startswith("Technician")
        assert one["jobNumber"]
    between = await changes(dispatcher, told["plan"]["planId"])
    assert ids(between["moved"]) >= set(taken)
    assert between["new"] == []
    window = (await office.town.whole_of(promised)).appointments[0]
    assert window.earliest_at.isoformat()[:19] <= after[str(promised.job_id)][1][:19]
    again = await absent(dispatcher, ill)
    assert (again.status_code, again.json()["type"]) == (404, "/problems/unknown-day")
    # who is ill stays ill
    undone = await dispatcher.post(f"/v1/plans/{told['plan']['planId']}/undo")
    assert (undone.status_code, undone.json()["type"]) == (409, "/problems/nothing-to-undo")
    assert await places(dispatcher) == after


async def test_what_finds_no_place_is_said_and_what_was_dropped_shows(
    office: Office, out: Plan, dispatcher: Desk
) -> None:
    unplaced: set[str] = set()
    for person in office.town.world.technicians:
        for after in range(2):
            on_day = (TODAY + timedelta(days=after)).isoformat()
            answer = await absent(dispatcher, str(person.technician_id), on_day)
            assert answer.status_code == 200, answer.text
            told = answer.json()
            unplaced |= ids(told["unplaced"])
            if told["plan"] is not None:
                between = await changes(dispatcher, told["plan"]["planId"])
                assert ids(between["dropped"]) == ids(told["unplaced"])
    assert len(unplaced) == 6
    assert await places(dispatcher) == {}
    nobody = await proposed(dispatcher, await cable_break(office))
    assert nobody["options"] == []


async def test_a_version_is_taken_back_once(office: Office, out: Plan, dispatcher: Desk) -> None:
    before = await places(dispatcher)
    plan = await accepted(dispatcher, await proposed(dispatcher, await cable_break(office)))
    path = f"/v1/plans/{plan['planId']}/undo"
    undone = await dispatcher.post(path)
    assert undone.status_code == 200, undone.text
    back = undone.json()["plan"]
    assert (back["origin"], back["undoesPlanId"]) == ("undo", plan["planId"])
    assert back["planVersion"] == plan["planVersion"] + 1
    assert await places(dispatcher) == before
    over_both = await changes(dispatcher, back["planId"], against=str(out.plan_id))
    assert [over_both[name] for name in ("moved", "new", "dropped")] == [[], [], []]
    assert over_both["before"]["placed"] == over_both["after"]["placed"] == 6
    again = await dispatcher.post(path)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/nothing-to-undo")


async def test_a_draft_has_nothing_to_take_back(office: Office, dispatcher: Desk) -> None:
    draft = await office.plan()
    answer = await dispatcher.post(f"/v1/plans/{draft.plan_id}/undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-undo")
    assert len(await office.visits(VisitState.DRAFT)) == 6


async def test_a_draft_is_held_against_what_is_out_and_a_published_plan_against_what_it_replaced(
    client: httpx.AsyncClient, database: Database, office: Office, dispatcher: Desk
) -> None:
    supervisor = await with_role(client, database, office.town.world, Role.SUPERVISOR)
    draft = await office.plan()
    told = await changes(supervisor, draft.plan_id)
    assert len(told["new"]) == 6
    before, after = told["before"], told["after"]
    assert (before["placed"], before["unplaced"], before["travel"]) == (0, 6, 0)
    assert before["promises"] == {"kept": 0, "late": 0, "unplaced": 1}
    assert before["unassigned"] == 6 * 16 * 3600
    assert (after["placed"], after["unplaced"], after["unassigned"]) == (6, 0, 0)
    assert after["promises"] == {"kept": 1, "late": 0, "unplaced": 0}
    # the same words of the same rounds, but that a plan counts outage from midnight
    alike = ("travel", "distance", "lateness", "overtime", "duration", "shifts", "unfairness")
    assert {name: after[name] for name in alike} == {name: draft.cost[name] for name in alike}
    assert after["drivingSeconds"] == sum(route.travel_seconds for route in draft.routes)
    for side in (before, after):
        assert side["total"] == sum(side[name] for name in (*alike, "unassigned", "outage", "churn"))
    assert after["total"] < before["total"]
    assert all(change["before"] is None for change in told["new"])
    assert {change["after"]["displayName"] for change in told["new"]} <= {
        person.display_name for person in office.town.world.technicians
    }
    (promised,) = [change for change in told["new"] if change["promised"]]
    assert promised["window"]["earliest"] <= promised["after"]["startAt"] <= promised["window"]["latest"]
    assert (promised["title"], promised["address"]) == ("Equipment failure", "Long Street 1")
    assert all(change["why"] for change in told["new"])
    await office.publish(draft)
    assert ids((await changes(dispatcher, draft.plan_id))["new"]) == ids(told["new"])

    job = await office.town.job("wifi_setup")
    second = await office.plan()
    against_out = await changes(dispatcher, second.plan_id)
    assert ids(against_out["new"]) == {str(job.job_id)}
    assert (against_out["before"]["placed"], against_out["after"]["placed"]) == (6, 7)
    named = await changes(dispatcher, second.plan_id, against=str(draft.plan_id))
    assert ids(named["new"]) == {str(job.job_id)}
    backwards = await changes(dispatcher, draft.plan_id, against=str(second.plan_id))
    assert ids(backwards["dropped"]) == {str(job.job_id)}
    assert ids(backwards["moved"]) == ids(named["moved"])
    await office.publish(second)
    assert ids((await changes(dispatcher, second.plan_id))["new"]) == {str(job.job_id)}
    nothing = await changes(dispatcher, second.plan_id, against=str(second.plan_id))
    assert [nothing[name] for name in ("moved", "new", "dropped")] == [[], [], []]


async def test_what_is_under_way_is_no_change(office: Office, out: Plan, dispatcher: Desk) -> None:
    visit = min(await office.visits(VisitState.PUBLISHED), key=lambda visit: visit.planned_start_at)
    phone = await office.town.phone(office.number_of(visit))
    office.now = visit.planned_start_at + timedelta(minutes=1)
    await phone.send(
        office.town.database, [phone.say(visit, "arrived", office.now)], now=office.now, sent_at=office.now
    )
    second = await office.plan()
    told = await changes(dispatcher, second.plan_id)
    assert told["dropped"] == []
    assert str(visit.job_id) not in ids(told["moved"])
    assert (told["before"]["placed"], told["after"]["placed"]) == (6, 6)


@pytest.mark.parametrize("what", ["reassign", "crew"])
async def test_a_visit_that_gets_another_technician_is_named_with_its_version(
    office: Office, out: Plan, dispatcher: Desk, what: str
) -> None:
    visit = max(await office.visits(VisitState.PUBLISHED), key=lambda visit: visit.planned_start_at)
    other = office.town.world.technicians[office.another(visit) - 1]
    path, body = f"/v1/visits/{visit.visit_id}/{what}", {"technicianId": str(other.technician_id)}
    assert (await dispatcher.post(path, json=body)).status_code == 428
    stale = {"If-Match": f'"{visit.version + 1}"'}
    assert (await dispatcher.post(path, json=body, headers=stale)).status_code == 412
    answer = await dispatcher.post(path, json=body, headers={"If-Match": f'"{visit.version}"'})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    assert answer.headers["cache-control"] == "no-store"


async def test_only_a_dispatcher_changes_the_day(
    client: httpx.AsyncClient, database: Database, world: World, support: Desk, technician: Desk
) -> None:
    others = [await with_role(client, database, world, role) for role in (Role.AUDITOR, Role.SUPERVISOR)]
    calls = (
        "/v1/emergencies",
        f"/v1/emergencies/{NOBODY}/accept",
        f"/v1/technicians/{NOBODY}/absences",
        f"/v1/plans/{NOBODY}/undo",
    )
    for person in (support, technician, *others):
        for path in calls:
            answer = await person.post(path, json={})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed"), path
    for person in (support, technician, others[0]):
        answer = await person.get(f"/v1/plans/{NOBODY}/changes")
        assert answer.status_code == 403


async def test_another_areas_things_are_unknown(
    client: httpx.AsyncClient, database: Database, office: Office, out: Plan, dispatcher: Desk
) -> None:
    proposal = await proposed(dispatcher, await cable_break(office))
    technician_id = str(office.town.world.technicians[0].technician_id)
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.dispatcher")
    answers = [
        await stranger.post("/v1/emergencies", json={"jobId": proposal["jobId"]}),
        await accept(stranger, proposal),
        await absent(stranger, technician_id),
        await stranger.post(f"/v1/plans/{out.plan_id}/undo"),
        await stranger.get(f"/v1/plans/{out.plan_id}/changes"),
    ]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [
        (404, "/problems/unknown-job"),
        (404, "/problems/unknown-proposal"),
        (404, "/problems/unknown-day"),
        (404, "/problems/unknown-plan"),
        (404, "/problems/unknown-plan"),
    ]
    foreign = await stranger.post(f"/v1/plans/{out.plan_id}/undo?areaId={office.town.world.area_id}")
    assert foreign.status_code == 403
    missing = await dispatcher.get(f"/v1/plans/{out.plan_id}/changes?against={NOBODY}")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-plan")
    assert len(await office.visits(VisitState.PUBLISHED)) == 6


HOSTILE: list[tuple[str, Any]] = [
    ("/v1/emergencies", {}),
    ("/v1/emergencies", {"jobId": "x"}),
    ("/v1/emergencies", {"jobId": NOBODY, "mostMoved": 4}),
    ("/v1/emergencies", {"jobId": NOBODY, "mostMoved": -1}),
    ("/v1/emergencies", {"jobId": NOBODY, "mostMoved": True}),
    ("/v1/emergencies", {"jobId": NOBODY, "mostMoved": None}),
    ("/v1/emergencies", {"jobId": NOBODY, "colour": "red"}),
    (f"/v1/emergencies/{NOBODY}/accept", {}),
    (f"/v1/emergencies/{NOBODY}/accept", {"option": 0}),
    (f"/v1/emergencies/{NOBODY}/accept", {"option": 2**64}),
    (f"/v1/technicians/{NOBODY}/absences", {}),
    (f"/v1/technicians/{NOBODY}/absences", {"onDay": "today"}),
    (f"/v1/technicians/{NOBODY}/absences", {"onDay": "2026-02-30"}),
    (f"/v1/technicians/{NOBODY}/absences", {"onDay": "2026-11-24T00:00:00Z"}),
    (f"/v1/technicians/{NOBODY}/absences", {"onDay": TODAY_ISO, "note": "\u202e"}),
]


async def test_a_hostile_change_of_the_day_is_refused(dispatcher: Desk) -> None:
    for path, body in HOSTILE:
        answer = await dispatcher.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed"), (path, body)
    for path in ("changes?against=x", "changes?versus=1"):
        answer = await dispatcher.get(f"/v1/plans/{NOBODY}/{path}")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed"), path
    for on_day in ("0001-01-01", "9999-12-31"):
        assert (await absent(dispatcher, NOBODY, on_day)).status_code == 404
