"""Why, over HTTP: for the dispatcher, for the technician, in one sentence for the subscriber; and "why not?"."""

import asyncio
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from db.pool import Database
from db.records import Plan
from db.states import Role, VisitState
from dispatch.solver import Solver
from dispatch.worker import Worker
from tests.api.conftest import Clock, Desk, sign_in, with_role
from tests.api.test_access import NOBODY
from tests.builders import Town, received, settled_in
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, World, quiet_street

NAMES = {f"Technician {number}" for number in (1, 2, 3)}


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


async def reasons(desk: Desk, plan: Plan, **asked: Any) -> dict[str, Any]:
    answer = await desk.get(f"/v1/plans/{plan.plan_id}/reasons", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_dispatcher_reads_why_each_job_is_where_it_is(
    client: httpx.AsyncClient, database: Database, world: World, dispatcher: Desk, out: Plan
) -> None:
    told = await reasons(dispatcher, out)
    assert (told["planVersion"], told["state"], told["next"]) == (out.plan_version, "published", None)
    assert len(told["items"]) == 6
    for item in told["items"]:
        assert item["displayName"] in NAMES
        assert item["stands"] == "holds"
        assert item["cost"]["total"] == sum(part for name, part in item["cost"].items() if name != "total")
        assert item["instead"]["displayName"] in NAMES
        cost, next_best = item["sentences"]
        assert cost.startswith("При планировании это место стоило ")
        assert item["instead"]["displayName"] in next_best
    supervisor = await with_role(client, database, world, Role.SUPERVISOR)
    assert await reasons(supervisor, out) == told


async def test_the_reasons_come_in_pages_and_for_one_job(dispatcher: Desk, out: Plan) -> None:
    whole = (await reasons(dispatcher, out))["items"]
    first = await reasons(dispatcher, out, limit=4)
    rest = await reasons(dispatcher, out, limit=4, after=first["next"])
    assert [*first["items"], *rest["items"]] == whole
    assert rest["next"] is None
    (one,) = (await reasons(dispatcher, out, jobId=whole[3]["jobId"]))["items"]
    assert one == whole[3]
    assert (await reasons(dispatcher, out, jobId=NOBODY))["items"] == []


async def test_what_was_moved_by_hand_is_not_shown_as_true(
    dispatcher: Desk, office: Office, out: Plan
) -> None:
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    other = office.town.world.technicians[office.another(visit) - 1]
    moved = await dispatcher.post(
        f"/v1/visits/{visit.visit_id}/reassign",
        json={"technicianId": str(other.technician_id)},
        headers={"If-Match": f'"{visit.version}"'},
    )
    assert moved.status_code == 200, moved.text
    (item,) = (await reasons(dispatcher, out, jobId=str(visit.job_id)))["items"]
    assert item["stands"] == "moved"
    assert item["technicianId"] == str(visit.technician_id), "it says of which place it speaks"


async def test_a_plan_of_another_area_is_unknown(
    client: httpx.AsyncClient, database: Database, dispatcher: Desk, out: Plan
) -> None:
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.dispatcher")
    asked = {"jobId": NOBODY, "technicianId": NOBODY}
    for desk, plan_id in ((stranger, out.plan_id), (dispatcher, NOBODY)):
        for answer in (
            await desk.get(f"/v1/plans/{plan_id}/reasons"),
            await desk.post(f"/v1/plans/{plan_id}/why-not", json=asked),
        ):
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-plan")
        answer = await desk.get(f"/v1/plans/{plan_id}/why-not/{NOBODY}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-why-not")


@pytest.fixture
async def working(database: Database, database_url: str, clock: Clock, out: Plan) -> AsyncGenerator[None]:
    """A worker on the same database, once the day is published."""
    stop = asyncio.Event()
    running = asyncio.create_task(Worker(database, clock).run(database_url, stop))
    yield
    stop.set()
    await running


async def until_answered(desk: Desk, asked: dict[str, Any]) -> dict[str, Any]:
    """Watch the question until a worker has answered it."""
    async with asyncio.timeout(40):
        while True:
            found = await desk.get(f"/v1/plans/{asked['planId']}/why-not/{asked['whyNotId']}")
            assert found.status_code == 200, found.text
            if found.json()["answer"] is not None:
                return found.json()
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("working")
async def test_a_why_not_is_tried_by_a_worker_and_answered(
    dispatcher: Desk, office: Office, out: Plan
) -> None:
    before = await office.visits(*VisitState)
    item = (await reasons(dispatcher, out))["items"][0]
    window = {"earliest": "2026-11-24T09:00:00Z", "latest": "2026-11-24T14:00:00Z"}
    question = {"jobId": item["jobId"], "technicianId": item["instead"]["technicianId"], **window}
    asked = await dispatcher.post(f"/v1/plans/{out.plan_id}/why-not", json=question)
    assert asked.status_code == 202, asked.text
    assert asked.json()["answer"] is None
    told = await until_answered(dispatcher, asked.json())
    assert {name: told[name] for name in question} == question
    answer = told["answer"]
    assert answer["obstacles"] == []
    assert window["earliest"] <= answer["startAt"] <= window["latest"]
    (sentence,) = answer["sentences"]
    assert item["instead"]["displayName"] in sentence
    assert await office.visits(*VisitState) == before


@pytest.mark.usefixtures("working")
async def test_what_prevents_it_is_said_in_the_dispatchers_language(
    dispatcher: Desk, office: Office, out: Plan
) -> None:
    promised = next(item for item in await promises(dispatcher, out) if item is not None)
    person = office.town.world.technicians[1]
    evening = {"earliest": "2026-11-24T14:00:00Z", "latest": "2026-11-24T15:00:00Z"}
    question = {"jobId": promised, "technicianId": str(person.technician_id), **evening}
    asked = await dispatcher.post(f"/v1/plans/{out.plan_id}/why-not", json=question)
    answer = (await until_answered(dispatcher, asked.json()))["answer"]
    assert [bar["code"] for bar in answer["obstacles"]] == ["window"]
    assert answer["sentences"] == [f"{person.display_name} не успевает в окно."]


async def promises(desk: Desk, plan: Plan) -> list[str | None]:
    """Of each job of the plan, its id if it has a promise."""
    found: list[str | None] = []
    for item in (await reasons(desk, plan))["items"]:
        whole = (await desk.get(f"/v1/jobs/{item['jobId']}")).json()
        found.append(item["jobId"] if whole["appointments"] else None)
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {"earliest": "2026-11-24T09:00:00Z"},
        {"latest": "2026-11-24T09:00:00Z"},
        {"earliest": "2026-11-24T09:00:00Z", "latest": "2026-11-24T08:00:00Z"},
        {"earliest": "2026-11-20T09:00:00Z", "latest": "2026-11-20T10:00:00Z"},
        {"earliest": "2026-11-24T09:00:00", "latest": "2026-11-24T10:00:00"},
        {"earliest": "0001-01-01T00:00:00Z", "latest": "9999-12-31T23:59:59Z"},
        {"jobId": "x"},
        {"because": "I say so"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    dispatcher: Desk, out: Plan, changed: dict[str, Any]
) -> None:
    item = (await reasons(dispatcher, out))["items"][0]
    question = {"jobId": item["jobId"], "technicianId": item["technicianId"], **changed}
    answer = await dispatcher.post(f"/v1/plans/{out.plan_id}/why-not", json=question)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_technician_reads_of_the_own_round_alone(
    client: httpx.AsyncClient, world: World, office: Office, out: Plan
) -> None:
    visits = await office.visits(VisitState.PUBLISHED)
    for number in (1, 2, 3):
        desk = await sign_in(client, f"{world.name}.technician{number}")
        answer = await desk.get(f"/v1/rounds/{TODAY}/reasons")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        mine = {str(v.visit_id) for v in visits if office.number_of(v) == number and v.on_day == TODAY}
        assert {visit["visitId"] for visit in told["visits"]} == mine
        assert (told["sentence"] is None) == (not mine)
        assert not any(name in answer.text for name in NAMES)
        assert "Holder" not in answer.text
        assert (await desk.get(f"/v1/plans/{out.plan_id}/reasons")).status_code == 403


async def test_support_reads_one_sentence_to_the_subscriber_out(support: Desk, out: Plan) -> None:
    listed = (await support.get("/v1/jobs")).json()["items"]
    said = [(await support.get(f"/v1/jobs/{job['jobId']}")).json() for job in listed]
    for whole in said:
        assert whole["told"]["language"] == whole["subscriber"]["language"] == "ru"
        assert not any(name in whole["told"]["sentence"] for name in NAMES)
    (promised,) = [whole["told"]["sentence"] for whole in said if whole["appointments"]]
    assert promised.startswith("Мастер придёт к вам сегодня с 14:00 до 15:00: ")
    others = [whole["told"]["sentence"] for whole in said if not whole["appointments"]]
    assert all(
        re.fullmatch(r"Визит к вам запланирован (сегодня|завтра); время пока не согласовано\.", one)
        for one in others
    )


async def test_a_dispatcher_reads_it_in_the_own_language_and_in_the_subscribers(
    dispatcher: Desk, out: Plan
) -> None:
    assert (await dispatcher.put("/v1/me/language", json={"language": "hu"})).status_code == 204
    for job in (await dispatcher.get("/v1/jobs")).json()["items"]:
        told = (await dispatcher.get(f"/v1/jobs/{job['jobId']}")).json()["told"]
        assert told["language"] == "ru"
        assert re.search("[а-я]", told["sentence"])
        assert told["readersSentence"].startswith("A ")
        assert not re.search("[а-я]", told["readersSentence"])
