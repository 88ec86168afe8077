"""Deny by default: who may call what, and from where."""

import re
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import get

from api.app import ROUTES, build
from api.auth import OPEN, verify_policies
from db.pool import Database
from db.queries import areas
from db.records import StaffAreaRole
from db.states import Role
from dispatch.clock import system_clock
from dispatch.passwords import matches
from tests.api.after_closure import AFTER_CLOSURE
from tests.api.allowed import ALLOWED, EVERYBODY
from tests.api.conftest import Clock, Desk, sign_in, with_role, with_token
from tests.builders import settled_in
from tests.worlds import TODAY, World, quiet_street

NOBODY = "01935a1c-7a00-7000-8000-000000000001"
"""An id that nothing has."""
FACE = {
    path
    for face in ("technician", "board", "desk", "visit")
    for path in (f"/{face}", f"/{face}/{{name:path}}")
}
"""The front ends' files: they hold nothing of anybody."""
OPEN_ADDRESSES = {
    "/",
    "/v1/sign-in",
    "/v1/password",
    "/v1/mobile/enrol",
    "/health/live",
    "/health/ready",
    *FACE,
}


@get("/v1/forgotten")
async def forgotten() -> None:
    """States no policy."""


def test_a_route_that_states_no_policy_fails_the_start() -> None:
    app = build(None, system_clock)
    app.register(forgotten)
    with pytest.raises(RuntimeError, match="forgotten"):
        verify_policies(app)


def path_of(handler: Any) -> str:
    """The route's address, with an id that nothing has in every place for one."""
    path = next(iter(handler.paths))
    for name, value in ((":uuid", ""), (":date", ""), ("{on}", "2026-11-24")):
        path = path.replace(name, value)
    return re.sub(r"{[^}]*}", NOBODY, path)


def _calls() -> list[tuple[str, str]]:
    return [
        (str(method), path_of(handler))
        for handler in ROUTES
        for method in handler.http_methods
        if method != "OPTIONS" and not FACE.intersection(handler.paths)
    ]


@pytest.mark.parametrize(("method", "path"), [call for call in _calls() if call[1] not in OPEN_ADDRESSES])
async def test_nobody_gets_in_without_signing_in(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, path, json={} if method == "POST" else None)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def _pattern(method: str, path: str) -> str:
    """Where an area is set up, looking and saving are two."""
    name = path.replace(NOBODY, "{}").replace("2026-11-24", "{}").removeprefix("/v1/")
    return f"save {name}" if name.startswith("setup/") and method != "GET" else name


@pytest.mark.parametrize("role", [*Role, None], ids=str)
async def test_each_role_does_what_it_may_and_nothing_else(
    client: httpx.AsyncClient, database: Database, world: World, role: Role | None
) -> None:
    if role is Role.TECHNICIAN:
        person = await sign_in(client, f"{world.name}.technician1")
    else:
        person = await with_role(client, database, world, role)
    refused, done = set[str](), set[str]()
    # last, because then nobody is signed in any more
    for method, path in sorted(_calls(), key=lambda call: call[1] == "/v1/sign-out"):
        if path in OPEN_ADDRESSES:
            continue
        answer = await person.ask(method, path, json={} if method in ("POST", "PUT") else None)
        assert answer.headers["cache-control"] in ("no-store", "private, no-cache"), path
        (refused if answer.status_code == 403 else done).add(_pattern(method, path))
    assert done == (ALLOWED[role] | AFTER_CLOSURE[role] if role is not None else set[str]()) | EVERYBODY
    assert refused.isdisjoint(done)


async def test_somebody_without_any_role_is_told_so_and_not_to_sign_in(
    client: httpx.AsyncClient, database: Database, world: World
) -> None:
    person = await with_role(client, database, world, None)
    answer = await person.get("/v1/jobs")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")
    assert (await person.get("/v1/me")).json()["roles"] == []
    assert len((await person.get("/v1/sessions")).json()["items"]) == 1


async def test_a_dispatcher_has_no_phone(dispatcher: Desk) -> None:
    answer = await dispatcher.post("/v1/mobile/sync", json={})
    assert answer.status_code == 403


async def test_a_token_does_only_what_its_scope_says(
    client: httpx.AsyncClient, database: Database, world: World
) -> None:
    reader = await with_token(client, database, world, ["charges:read"])
    assert (await reader.get("/v1/charges")).status_code == 200
    assert (await reader.post("/v1/escalations", json={})).status_code == 403
    assert (await reader.get("/v1/jobs")).status_code == 403


async def test_another_areas_job_is_as_unknown_as_one_that_does_not_exist(
    client: httpx.AsyncClient, database: Database, dispatcher: Desk, tickets: Desk, world: World
) -> None:
    made = await tickets.post("/v1/escalations", json=escalation_of(world))
    job_id = made.json()["jobId"]
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.dispatcher")
    foreign = await stranger.get(f"/v1/jobs/{job_id}")
    missing = await stranger.get("/v1/jobs/01935a1c-7a00-7000-8000-000000000001")
    assert foreign.status_code == missing.status_code == 404
    without_instance = [{**answer.json(), "instance": ""} for answer in (foreign, missing)]
    assert without_instance[0] == without_instance[1]
    assert (await dispatcher.get(f"/v1/jobs/{job_id}")).status_code == 200


async def test_the_number_of_who_is_on_site_is_for_those_who_call(
    client: httpx.AsyncClient, database: Database, tickets: Desk, dispatcher: Desk, world: World
) -> None:
    contact = {"name": "Anna", "relation": "neighbour", "phone": "+74951234567", "language": "ru"}
    made = await tickets.post("/v1/escalations", json={**escalation_of(world), "contact": contact})
    path = f"/v1/jobs/{made.json()['jobId']}"
    assert (await dispatcher.get(path)).json()["contact"] == contact
    supervisor = await with_role(client, database, world, Role.SUPERVISOR)
    answer = await supervisor.get(path)
    assert answer.json()["contact"] is None
    assert contact["phone"] not in answer.text


async def test_a_foreign_contract_is_unknown_to_the_ticket_system(
    database: Database, tickets: Desk, world: World
) -> None:
    await settled_in(database, quiet_street)
    answer = await tickets.post("/v1/escalations", json=escalation_of(quiet_street))
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-contract"


async def test_the_phone_app_is_where_its_service_worker_reaches_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/technician")
    assert (answer.status_code, answer.headers["location"]) == (308, "/technician/")
    assert (await client.get("/technician/")).status_code == 200


async def also_a_technician_of(database: Database, world: World, staff_id: UUID) -> None:
    role = StaffAreaRole(
        staff_id=staff_id,
        area_id=world.area_id,
        role=Role.TECHNICIAN,
        technician_id=world.technicians[0].technician_id,
    )
    async with database.begin([world.area_id]) as conn:
        await areas.insert_roles(conn, [role])


async def test_who_dispatches_one_area_is_in_another_only_what_the_role_there_says(
    client: httpx.AsyncClient, database: Database, world: World
) -> None:
    await settled_in(database, quiet_street)
    await also_a_technician_of(database, world, quiet_street.staff_id("dispatcher"))
    person = await sign_in(client, f"{quiet_street.name}.dispatcher")
    rounds = await person.get(f"/v1/rounds?on={TODAY}&areaId={world.area_id}")
    own = str(world.technicians[0].technician_id)
    assert [one["technicianId"] for one in rounds.json()["rounds"]] == [own]
    other = f"/v1/rounds?on={TODAY}&areaId={world.area_id}&technicianId={world.technicians[1].technician_id}"
    assert (await person.get(other)).status_code == 403
    assert (await person.get(f"/v1/jobs?areaId={world.area_id}")).status_code == 403
    escalated = await person.post("/v1/escalations", json=escalation_of(world))
    assert (escalated.status_code, escalated.json()["type"]) == (404, "/problems/unknown-contract")
    assert (await person.get("/v1/jobs")).status_code == 200


async def test_a_token_gets_no_answer_about_an_area_that_is_not_its_own(tickets: Desk, world: World) -> None:
    assert (await tickets.get(f"/v1/charges?areaId={world.area_id}")).status_code == 200
    assert (await tickets.get(f"/v1/charges?areaId={quiet_street.area_id}")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
async def test_another_site_cannot_use_our_cookie(dispatcher: Desk, headers: dict[str, str]) -> None:
    answer = await dispatcher.post("/v1/sign-out", headers=headers)
    assert answer.status_code == 403
    assert (await dispatcher.get("/v1/me")).status_code == 200


async def test_our_own_pages_may(dispatcher: Desk) -> None:
    headers = {"Origin": "http://line3.test", "Sec-Fetch-Site": "same-origin"}
    assert (await dispatcher.post("/v1/sign-out", headers=headers)).status_code == 204


async def test_a_session_cannot_be_planted(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.post(
        "/v1/sign-in",
        json={"login": f"{world.name}.support", "password": "seven copper lanterns"},
        headers={"Cookie": "__Host-line3=planted"},
    )
    cookie = answer.headers["set-cookie"]
    assert "planted" not in cookie
    assert all(word in cookie.lower() for word in ("secure", "httponly", "samesite=strict", "path=/"))


async def test_signing_out_ends_the_session(dispatcher: Desk) -> None:
    assert (await dispatcher.post("/v1/sign-out")).status_code == 204
    assert (await dispatcher.get("/v1/me")).status_code == 401


async def test_a_session_can_be_listed_and_revoked_from_another(
    client: httpx.AsyncClient, world: World
) -> None:
    lost = await sign_in(client, f"{world.name}.dispatcher")
    here = await sign_in(client, f"{world.name}.dispatcher")
    listed = (await here.get("/v1/sessions")).json()["items"]
    assert len(listed) == 2
    ended = await here.delete(f"/v1/sessions/{listed[0]['sessionId']}")
    assert ended.status_code == 204
    assert (await lost.get("/v1/me")).status_code == 401
    assert (await here.get("/v1/me")).status_code == 200


async def test_a_session_ends_after_fourteen_idle_hours(dispatcher: Desk, clock: Clock) -> None:
    clock.forward(timedelta(hours=13))
    assert (await dispatcher.get("/v1/me")).status_code == 200
    clock.forward(timedelta(hours=13))
    assert (await dispatcher.get("/v1/me")).status_code == 200
    clock.forward(timedelta(hours=15))
    assert (await dispatcher.get("/v1/me")).status_code == 401


async def test_wrong_name_wrong_password_and_too_many_tries_say_the_same(
    client: httpx.AsyncClient, world: World
) -> None:
    login = f"{world.name}.dispatcher"
    wrong = await client.post("/v1/sign-in", json={"login": login, "password": "x"})
    nobody = await client.post("/v1/sign-in", json={"login": "nobody", "password": "x"})
    for _ in range(8):
        await client.post("/v1/sign-in", json={"login": login, "password": "x"})
    locked = await client.post("/v1/sign-in", json={"login": login, "password": "seven copper lanterns"})
    assert [answer.status_code for answer in (wrong, nobody, locked)] == [401, 401, 429]
    assert wrong.json()["title"] == nobody.json()["title"] == locked.json()["title"]
    assert locked.headers["retry-after"] == str(locked.json()["waitSeconds"]) == "900"


async def test_a_name_that_nobody_has_is_refused_as_slowly_as_a_wrong_password(
    client: httpx.AsyncClient, world: World
) -> None:
    hashed, refused = list[float](), list[float]()
    for _ in range(3):
        began = time.perf_counter()
        assert not await matches(None, "x")
        hashed.append(time.perf_counter() - began)
        began = time.perf_counter()
        answer = await client.post("/v1/sign-in", json={"login": "nobody", "password": "x"})
        refused.append(time.perf_counter() - began)
        assert answer.status_code == 401
    assert min(refused) > min(hashed) / 2


def test_a_running_api_has_no_solver_in_it() -> None:
    said = "import api.app, sys; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0


def escalation_of(world: World, number: int = 1) -> dict[str, Any]:
    return {
        "source": "desk",
        "ticketNumber": f"{world.name}-{number}",
        "sequence": 1,
        "contract": world.subscribers[number - 1].contract,
        "faultClass": "equipment_failure",
        "reportedAt": "2026-11-24T04:00:00Z",
        "diagnosis": {"summary": "ONT dark", "readings": []},
    }


def test_open_routes_are_the_known_ones() -> None:
    opened = {path for handler in ROUTES if handler.opt == OPEN for path in handler.paths}
    assert opened == OPEN_ADDRESSES
