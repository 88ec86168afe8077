"""Setting support up over HTTP: what is asked, and who takes what."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from db.pool import Database
from db.states import Role
from tests.api.conftest import Desk, with_role
from tests.worlds import World

CHECK: dict[str, Any] = {
    "symptom": "no_internet",
    "after": 0,
    "title": {"en": "No internet", "ru": "Нет интернета"},
    "skills": ["fibre"],
    "steps": [
        {
            "code": "plug",
            "text": {"en": "Is it plugged in?", "ru": "Вилка в розетке?"},
            "answers": [
                {"code": "yes", "text": {"en": "Yes", "ru": "Да"}, "outcome": "hand-over"},
                {"code": "no", "text": {"en": "It was not", "ru": "Нет"}, "outcome": "resolved"},
            ],
        }
    ],
}


@pytest.fixture
async def supervisor(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPERVISOR)


@pytest.fixture
async def support(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


async def test_a_new_version_of_a_self_check_is_asked_at_once_and_a_lost_update_is_refused(
    supervisor: Desk, support: Desk
) -> None:
    made = await supervisor.post("/v1/setup/self-checks", json=CHECK)
    assert made.status_code == 201, made.text
    assert made.json()["selfCheckVersion"] == 1
    assert (await support.get("/v1/desk")).json()["symptoms"][0]["spoken"] == CHECK["title"]
    again = await supervisor.post("/v1/setup/self-checks", json=CHECK)
    assert again.status_code == 412
    second = {**CHECK, "after": 1, "title": {"en": "Dark"}}
    assert (await supervisor.post("/v1/setup/self-checks", json=second)).status_code == 201
    assert (await support.get("/v1/desk")).json()["symptoms"][0]["title"] == "Dark"
    kept = (await supervisor.get("/v1/setup/self-checks")).json()["items"]
    assert [one["selfCheckVersion"] for one in kept] == [1, 2]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"skills": ["magic"]}, "/skills/0", "unknown-reference"),
        ({"steps": CHECK["steps"] * 2}, "/steps/1/code", "already-taken"),
        (
            {"steps": [{**CHECK["steps"][0], "answers": CHECK["steps"][0]["answers"] * 2}]},
            "/steps/0/answers/2/code",
            "already-taken",
        ),
        (
            {
                "steps": [
                    {
                        **CHECK["steps"][0],
                        "answers": [{**CHECK["steps"][0]["answers"][0], "symptom": "nobody-knows"}],
                    }
                ]
            },
            "/steps/0/answers/0/symptom",
            "unknown-reference",
        ),
    ],
)
async def test_what_cannot_be_asked_is_refused_where_it_stands(
    supervisor: Desk, change: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await supervisor.post("/v1/setup/self-checks", json={**CHECK, **change})
    assert refused.status_code in (409, 422)
    assert (refused.json()["errors"][0]["pointer"], refused.json()["type"]) == (pointer, f"/problems/{code}")
    assert (await supervisor.get("/v1/setup/self-checks")).json()["items"] == []


async def test_the_queue_gives_somebody_what_their_profile_says(
    supervisor: Desk, support: Desk, world: World
) -> None:
    me = (await support.get("/v1/me")).json()["staffId"]
    people = {
        one["staffId"]: one for one in (await supervisor.get("/v1/setup/support-profiles")).json()["items"]
    }
    assert (people[me]["lines"], people[me]["version"]) == ([1, 2], 0)
    path = f"/v1/setup/support-profiles/{me}"
    profile = {"lines": [2], "skills": ["fibre"], "languages": ["ru"]}
    made = await supervisor.put(path, json=profile, headers={"If-Match": '"0"'})
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    assert (await supervisor.put(path, json=profile, headers={"If-Match": '"0"'})).status_code == 412
    wrong = await supervisor.put(path, json={**profile, "lines": [7]}, headers={"If-Match": '"1"'})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/lines/0")
    other = f"/v1/setup/support-profiles/{world.staff_id('technician1')}"
    assert (await supervisor.put(other, json=profile, headers={"If-Match": '"0"'})).status_code == 422
    body = {"subscriberId": str(world.subscribers[1].subscriber_id), "take": False}
    ticket = (await support.post("/v1/tickets", json=body)).json()
    assert ticket["line"] == 1
    assert (await support.post("/v1/queue/next")).json() is None
    made = await supervisor.put(path, json={**profile, "lines": [1, 2]}, headers={"If-Match": '"1"'})
    assert made.status_code == 200
    assert UUID((await support.post("/v1/queue/next")).json()["ticketId"]) == UUID(ticket["ticketId"])
