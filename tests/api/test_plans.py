"""A draft in the hands of a dispatcher, over HTTP: in part, thrown away, and the versions that come of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.pool import Database
from db.queue import Work
from db.states import VisitState
from dispatch.planning import WhatIfWork
from dispatch.solver import Solver
from tests.api.conftest import Desk
from tests.builders import Town, escalation, received
from tests.dispatch.office import Office
from tests.dispatch.test_parts import drafted, full_round, new, to
from tests.worlds import NOW, TODAY, World


@pytest.fixture
async def office(database: Database, world: World, solver: Solver) -> Office:
    return Office(database, Town(database, world), solver)


@pytest.fixture
async def out(office: Office) -> Office:
    """Six jobs of the small town are out, one of them promised."""
    async with office.town.database.begin([office.town.world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=7)}
        await received(conn, subscriber=1, promisedWindow=window)
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    await office.plan(publish=True)
    return office


async def test_a_part_goes_out_is_listed_with_who_made_it_and_is_undone(
    out: Office, dispatcher: Desk
) -> None:
    one, other = await out.town.job("wifi_setup"), await out.town.job("wifi_setup")
    draft = await out.plan()
    answer = await dispatcher.post(f"/v1/plans/{draft.plan_id}/publish", json={"except": [str(other.job_id)]})
    assert answer.status_code == 200, answer.text
    part = answer.json()
    assert (part["origin"], part["state"]) == ("part", "published")
    (newest, rest, first) = (await dispatcher.get("/v1/plans")).json()["items"]
    name = "Dispatcher of small_town"
    assert (newest["planId"], newest["partOfPlanId"]) == (part["planId"], rest["planId"])
    assert (newest["madeBy"], newest["publishedBy"], newest["undoable"]) == (name, name, True)
    # the escalations had asked for it already
    assert (rest["state"], rest["madeBy"], rest["publishedBy"], rest["undoable"]) == (
        "draft",
        None,
        None,
        False,
    )
    assert (first["state"], first["madeBy"], first["undoneByPlanId"]) == ("published", name, None)
    told = (await dispatcher.get(f"/v1/plans/{part['planId']}/changes")).json()
    assert [change["jobId"] for change in told["new"]] == [str(one.job_id)]
    left = (await dispatcher.get(f"/v1/plans/{rest['planId']}/changes")).json()
    assert [change["jobId"] for change in left["new"]] == [str(other.job_id)]
    (brief,) = (await dispatcher.get(f"/v1/board/days/{TODAY.isoformat()}")).json()["drafts"]
    assert brief["changes"] == sum(len(left[kind]) for kind in ("moved", "new", "dropped")) > 0
    undone = await dispatcher.post(f"/v1/plans/{part['planId']}/undo")
    assert undone.status_code == 200, undone.text
    listed = {item["planId"]: item for item in (await dispatcher.get("/v1/plans")).json()["items"]}
    assert listed[part["planId"]]["undoneByPlanId"] == undone.json()["plan"]["planId"]
    assert listed[part["planId"]]["undoable"] is False


async def test_a_promise_says_how_easily_a_version_keeps_it(out: Office, dispatcher: Desk) -> None:
    (first,) = (await dispatcher.get("/v1/plans")).json()["items"]
    told = (await dispatcher.get(f"/v1/plans/{first['planId']}/changes")).json()
    (promised,) = [change for change in told["new"] if change["promised"]]
    spare = datetime.fromisoformat(promised["window"]["latest"]) - datetime.fromisoformat(
        promised["after"]["arrivalAt"]
    )
    tight = timedelta(minutes=out.town.world.area.settings.tight_minutes)
    assert promised["after"]["risk"] == ("tight" if spare < tight else "none")
    assert {change["after"]["risk"] for change in told["new"] if not change["promised"]} == {None}
    assert told["after"]["outageMinutes"] > 0


async def test_what_somebody_reports_is_planned_by_the_house_not_by_them(
    out: Office, dispatcher: Desk
) -> None:
    said = msgspec.to_builtins(escalation(subscriber=1, ticketNumber="B-1"))
    raised = await dispatcher.post("/v1/escalations", json=said)
    assert raised.status_code == 201, raised.text
    await out.plan()
    newest, *_ = (await dispatcher.get("/v1/plans")).json()["items"]
    assert (newest["state"], newest["origin"], newest["madeBy"]) == ("draft", "run", None)


async def test_what_must_come_along_is_named(office: Office, dispatcher: Desk) -> None:
    full = await full_round(office)
    emergency = await office.town.job("cable_break", affected=900)
    draft = await drafted(office, [new(office, emergency), to(office, full[2], 2)])
    path = f"/v1/plans/{draft.plan_id}/publish"
    refused = await dispatcher.post(path, json={"only": [str(emergency.job_id)]})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/part-needs-more")
    assert refused.json()["needs"] == [str(full[2].job_id)]
    whole = {"only": [str(emergency.job_id), *refused.json()["needs"]]}
    assert (await dispatcher.post(path, json=whole)).status_code == 200


async def test_a_part_that_makes_no_sense_is_refused(out: Office, dispatcher: Desk) -> None:
    draft = await out.plan()
    path = f"/v1/plans/{draft.plan_id}/publish"
    nobody = "01935a1c-7a00-7000-8000-00000000000a"
    answer = await dispatcher.post(path, json={"only": [nobody]})
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        [{"pointer": "/only/0", "code": "not-in-plan"}],
    )
    hostile: list[Any] = [{"only": []}, {"only": nobody}, {"parts": []}, []]
    for body in hostile:
        assert (await dispatcher.post(path, json=body)).status_code == 422
    assert (await dispatcher.post(path)).status_code == 200


async def test_a_draft_is_thrown_away_by_somebody_who_is_named(
    out: Office, dispatcher: Desk, support: Desk
) -> None:
    await out.town.job("wifi_setup")
    draft = await out.plan()
    path = f"/v1/plans/{draft.plan_id}/discard"
    assert (await support.post(path)).status_code == 403
    for _ in range(2):
        answer = await dispatcher.post(path)
        assert (answer.status_code, answer.json()["state"]) == (200, "superseded")
    listed = (await dispatcher.get("/v1/plans")).json()["items"]
    assert listed[0]["discardedBy"] == "Dispatcher of small_town"
    refused = await dispatcher.post(f"/v1/plans/{listed[1]['planId']}/discard")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/transition-refused")


async def test_a_what_if_is_asked_tried_and_answered_in_a_sentence(
    out: Office, dispatcher: Desk, support: Desk
) -> None:
    before = await out.visits(*VisitState)
    (visit, *_) = before
    changes: list[Any] = [
        {"kind": "technician-away", "technicianId": str(visit.technician_id)},
        {
            "kind": "technician-more",
            "skills": ["equipment"],
            "startAt": {"latitude": 55.8, "longitude": 37.5},
        },
    ]
    question = {"on": TODAY.isoformat(), "changes": changes, "seconds": 1}
    assert (await support.post("/v1/what-ifs", json=question)).status_code == 403
    asked = await dispatcher.post("/v1/what-ifs", json=question)
    assert asked.status_code == 202, asked.text
    assert (asked.json()["state"], asked.json()["result"]) == ("queued", None)
    work = WhatIfWork(area_id=visit.area_id, what_if_id=UUID(asked.json()["whatIfId"]))
    await out.worker.suppose(Work(1, "what_if", msgspec.json.encode(work), 1))
    told = (await dispatcher.get(f"/v1/what-ifs/{asked.json()['whatIfId']}")).json()
    assert (told["state"], told["failure"]) == ("done", None)
    result = told["result"]
    assert result["before"]["promises"] == {"kept": 1, "late": 0, "unplaced": 0}
    assert len(result["moved"]) == result["after"]["moved"] > 0
    for moved in result["moved"]:
        assert moved["jobNumber"]
        assert moved["fromDisplayName"]
        assert moved["toTechnicianId"] != str(visit.technician_id)
    newcomers = {moved["toDisplayName"] for moved in result["moved"] if moved["toTechnicianId"] is None}
    assert newcomers <= {"дополнительный мастер 1", None}
    assert result["sentence"].startswith("Маршруты")
    assert await out.visits(*VisitState) == before


async def test_a_what_if_that_makes_no_sense_is_refused(out: Office, dispatcher: Desk) -> None:
    nobody = "01935a1c-7a00-7000-8000-00000000000a"
    today = TODAY.isoformat()
    for body, pointer in (
        ({"on": "2020-01-01", "changes": [{"kind": "job-dropped", "jobId": nobody}]}, "/on"),
        ({"on": today, "changes": [{"kind": "job-dropped", "jobId": nobody}]}, "/changes/0/jobId"),
    ):
        answer = await dispatcher.post("/v1/what-ifs", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    hostile: list[Any] = [
        {"on": today, "changes": []},
        {"on": today, "changes": [{"kind": "more-money"}]},
        {"on": today, "changes": [{"kind": "longer-shift", "technicianId": nobody, "minutes": 0}]},
        {"on": today, "changes": [{"kind": "technician-more", "startAt": {"latitude": 91, "longitude": 0}}]},
    ]
    for body in hostile:
        assert (await dispatcher.post("/v1/what-ifs", json=body)).status_code == 422
    unknown = await dispatcher.get(f"/v1/what-ifs/{nobody}")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-what-if")
