"""A draft in the hands of a dispatcher, over HTTP: in part, thrown away, and the versions that come of it."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from db.pool import Database
from dispatch.solver import Solver
from tests.api.conftest import Desk
from tests.builders import Town, received
from tests.dispatch.office import Office
from tests.dispatch.test_parts import drafted, full_round, new, to
from tests.worlds import NOW, World


@pytest.fixture(scope="module")
async def solver() -> AsyncGenerator[Solver]:
    made = Solver()
    made.warm_up()
    yield made
    await made.close()


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
    undone = await dispatcher.post(f"/v1/plans/{part['planId']}/undo")
    assert undone.status_code == 200, undone.text
    listed = {item["planId"]: item for item in (await dispatcher.get("/v1/plans")).json()["items"]}
    assert listed[part["planId"]]["undoneByPlanId"] == undone.json()["plan"]["planId"]
    assert listed[part["planId"]]["undoable"] is False


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
