"""Who works in the office: set up and ended by a supervisor, a password by a link; what nobody can do to themselves or elsewhere."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from api.cli import main
from db.ids import new_id
from db.pool import Database
from db.queries import areas, journal
from db.records import JournalEntry, StaffAreaRole
from db.states import ActorKind, Role
from dispatch.actors import Actor
from dispatch.errors import NotAllowed
from dispatch.flows import office
from dispatch.rules.office import OfficePersonIn
from tests.api.conftest import Clock, Desk, sign_in
from tests.builders import settled_in
from tests.conftest import Server
from tests.worlds import NOW, World, quiet_street

SENTENCE = "eleven blue ducks swim"


def read(version: int) -> dict[str, dict[str, str]]:
    return {"headers": {"If-Match": f'"{version}"'}}


def person(**changes: Any) -> dict[str, Any]:
    return {"login": "anna.k", "displayName": "Anna", "language": "hu", "roles": ["dispatcher"], **changes}


def code_of(link: httpx.Response) -> str:
    return link.json()["url"].partition("/board/#/password/")[2]


@pytest.fixture
async def supervisor(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.supervisor")


async def entries(database: Database, world: World) -> list[JournalEntry]:
    async with database.begin([world.area_id]) as conn:
        found = await journal.list_journal(conn, world.area_id, 0, 1000)
    return [entry for entry in found if entry.action.startswith("staff.")]


async def hired(supervisor: Desk, **changes: Any) -> str:
    """With a password."""
    address = f"/v1/setup/staff/{new_id()}"
    made = await supervisor.put(address, json=person(**changes), **read(0))
    assert made.status_code == 200, made.text
    code = code_of(await supervisor.post(f"{address}/password-links"))
    answer = await supervisor.client.post("/v1/password", json={"code": code, "password": SENTENCE})
    assert answer.json() == {"login": made.json()["login"]}
    return address


async def test_somebody_is_hired_sets_a_password_works_and_leaves(
    client: httpx.AsyncClient, supervisor: Desk, dispatcher: Desk, database: Database, world: World
) -> None:
    address = f"/v1/setup/staff/{new_id()}"
    assert (await dispatcher.put(address, json=person(), **read(0))).status_code == 403
    assert (await dispatcher.get("/v1/setup/staff")).status_code == 403
    made = await supervisor.put(address, json=person(), **read(0))
    assert (made.status_code, made.json()["hasPassword"], made.json()["roles"]) == (
        200,
        False,
        ["dispatcher"],
    )
    assert (await supervisor.put(address, json=person(), **read(0))).status_code == 412, "not twice"
    assert (await dispatcher.post(f"{address}/password-links")).status_code == 403
    first = code_of(await supervisor.post(f"{address}/password-links"))
    code = code_of(await supervisor.post(f"{address}/password-links"))

    async def set_to(code: str, password: str = SENTENCE) -> httpx.Response:
        return await client.post("/v1/password", json={"code": code, "password": password})

    assert (await set_to(first)).status_code == 401, "a newer one has taken its place"
    assert (await set_to(code, "too short")).status_code == 422
    assert (await set_to(code)).json() == {"login": "anna.k"}
    assert (await set_to(code)).json()["type"] == "/problems/wrong-code", "once"
    anna = await sign_in(client, "anna.k", SENTENCE)
    assert (await anna.get("/v1/setup/skills")).status_code == 200
    present = (await supervisor.get("/v1/setup/staff")).json()["items"]
    assert (present[0]["displayName"], present[0]["hasPassword"]) == ("Anna", True)

    waiting = code_of(await supervisor.post(f"{address}/password-links"))
    left = await supervisor.put(address, json=person(active=False), **read(present[0]["version"]))
    assert (left.status_code, left.json()["active"], left.json()["roles"]) == (200, False, ["dispatcher"])
    assert (await anna.get("/v1/me")).status_code == 401
    assert (await set_to(waiting)).status_code == 401
    assert (await supervisor.post(f"{address}/password-links")).status_code == 422
    refused = await client.post("/v1/sign-in", json={"login": "anna.k", "password": SENTENCE})
    assert refused.status_code == 401
    back = await supervisor.put(address, json=person(roles=["support"]), **read(left.json()["version"]))
    assert (back.json()["active"], back.json()["roles"]) == (True, ["support"])
    assert (await anna.get("/v1/me")).status_code == 401, "ended sessions stay ended"
    assert (await (await sign_in(client, "anna.k", SENTENCE)).get("/v1/setup/skills")).status_code == 403

    told = await entries(database, world)
    assert [entry.action for entry in told] == [
        *("staff.set_up", "staff.password_offered", "staff.password_offered", "staff.password_set"),
        *("staff.password_offered", "staff.changed", "staff.changed"),
    ]
    assert told[0].facts["personal"] == ["displayName", "login"]
    assert (told[5].facts["before"]["active"], told[5].facts["after"]["active"]) == (True, False)
    assert told[6].facts["after"]["roles"] == ["support"]
    assert SENTENCE not in str(told)


async def test_a_link_lasts_a_day_and_a_new_password_ends_sessions(
    client: httpx.AsyncClient, supervisor: Desk, clock: Clock
) -> None:
    address = await hired(supervisor)
    anna = await sign_in(client, "anna.k", SENTENCE)
    late = code_of(await supervisor.post(f"{address}/password-links"))
    clock.forward(timedelta(hours=10))
    again = {"password": SENTENCE[::-1]}
    assert (await anna.get("/v1/me")).status_code == 200
    clock.forward(timedelta(hours=13, minutes=59))
    assert (await client.post("/v1/password", json={"code": "A" * 48, **again})).status_code == 401
    assert (await client.post("/v1/password", json={"code": late, **again})).status_code == 200
    assert (await anna.get("/v1/me")).status_code == 401
    wrong = await client.post("/v1/sign-in", json={"login": "anna.k", "password": SENTENCE})
    assert wrong.status_code == 401
    await sign_in(client, "anna.k", again["password"])
    boss = await sign_in(client, "small_town.supervisor")
    expired = code_of(await boss.post(f"{address}/password-links"))
    clock.forward(timedelta(hours=24, seconds=1))
    assert (await client.post("/v1/password", json={"code": expired, **again})).status_code == 401


async def test_nobody_takes_supervising_away_from_themselves(supervisor: Desk, world: World) -> None:
    mine = f"/v1/setup/staff/{world.staff_id('supervisor')}"
    (me,) = [
        row
        for row in (await supervisor.get("/v1/setup/staff")).json()["items"]
        if row["staffId"] == str(world.staff_id("supervisor"))
    ]
    said = {name: me[name] for name in ("login", "displayName", "language", "roles", "active")}
    for change in ({"roles": ["dispatcher"]}, {"active": False}):
        refused = await supervisor.put(mine, json={**said, **change}, **read(me["version"]))
        assert refused.json()["errors"] == [{"pointer": "/roles", "code": "not-changeable"}]
    more = await supervisor.put(
        mine, json={**said, "roles": ["supervisor", "dispatcher"]}, **read(me["version"])
    )
    assert more.json()["roles"] == ["dispatcher", "supervisor"]


async def test_of_two_supervisors_who_end_each_other_one_stays(
    client: httpx.AsyncClient, supervisor: Desk, world: World
) -> None:
    address = await hired(supervisor, roles=["supervisor"])
    anna = await sign_in(client, "anna.k", SENTENCE)
    rows = {row["login"]: row for row in (await supervisor.get("/v1/setup/staff")).json()["items"]}
    other = rows["small_town.supervisor"]
    said = {name: other[name] for name in ("login", "displayName", "language", "roles")}
    answers = await asyncio.gather(
        supervisor.put(
            address, json=person(roles=["supervisor"], active=False), **read(rows["anna.k"]["version"])
        ),
        anna.put(
            f"/v1/setup/staff/{other['staffId']}", json={**said, "active": False}, **read(other["version"])
        ),
    )
    done, refused = sorted(answer.status_code for answer in answers)
    assert done == 200
    assert refused in (401, 403)


async def test_who_was_ended_meanwhile_changes_nothing(
    supervisor: Desk, database: Database, world: World
) -> None:
    """Signed in when asking, and not any more when it is their turn."""
    address = await hired(supervisor, roles=["supervisor"])
    staff_id = UUID(address.rpartition("/")[2])
    actor = Actor(kind=ActorKind.STAFF, actor_id=staff_id, areas=(world.area_id,))
    made = msgspec.convert(person(login="bela.n"), OfficePersonIn)

    async def hire() -> None:
        async with database.begin([world.area_id]) as conn:
            await office.save_person(
                conn,
                area_id=world.area_id,
                staff_id=new_id(),
                made=made,
                version=0,
                actor=actor,
                now=NOW,
            )

    (row,) = [
        row
        for row in (await supervisor.get("/v1/setup/staff")).json()["items"]
        if row["staffId"] == str(staff_id)
    ]
    ended = person(roles=["supervisor"], active=False)
    assert (await supervisor.put(address, json=ended, **read(row["version"]))).status_code == 200
    with pytest.raises(NotAllowed):
        await hire()


async def test_the_command_line_makes_a_link_where_nobody_else_could(
    client: httpx.AsyncClient,
    server: Server,
    fresh: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LINE3_DATABASE_URL", server.owner_url(fresh))
    monkeypatch.setenv("LINE3_APP_DATABASE_URL", server.app_url(fresh))

    async def line3(login: str) -> int:
        """In a thread: the command has a loop of its own."""
        words = ["password", login, "--url", "https://line3.example/"]
        return await asyncio.to_thread(main, words)

    assert await line3(f"{world.name}.supervisor") == 0
    link, said = capsys.readouterr().out.splitlines()
    base, _, code = link.partition("#/password/")
    assert base == "https://line3.example/board/"
    assert said.startswith(f"For {world.name}.supervisor alone")
    answer = await client.post("/v1/password", json={"code": code, "password": SENTENCE})
    assert answer.json() == {"login": f"{world.name}.supervisor"}
    await sign_in(client, f"{world.name}.supervisor", SENTENCE)
    assert await line3(f"{world.name}.technician1") == 2, "phones enrol"


async def test_who_works_elsewhere_as_well_keeps_the_account_and_its_password(
    client: httpx.AsyncClient, supervisor: Desk, database: Database, world: World
) -> None:
    """Or a supervisor could sign in, by a link of their own making, where they may not."""
    street = await settled_in(database, quiet_street)
    login = f"{street.name}.dispatcher"
    address = f"/v1/setup/staff/{new_id()}"
    made = await supervisor.put(address, json=person(login=login, roles=["supervisor"]), **read(0))
    found = made.json()
    assert (found["staffId"], found["beyond"]) == (str(street.staff_id("dispatcher")), True)
    assert found["displayName"] == f"Dispatcher of {street.name}", "as it was"
    theirs = f"/v1/setup/staff/{found['staffId']}"
    assert (await supervisor.post(f"{theirs}/password-links")).status_code == 403
    said = {name: found[name] for name in ("login", "displayName", "language", "roles")}
    renamed = await supervisor.put(theirs, json={**said, "displayName": "Somebody"}, **read(found["version"]))
    assert renamed.json()["errors"] == [{"pointer": "/displayName", "code": "not-changeable"}]
    them = await sign_in(client, login)
    left = await supervisor.put(theirs, json={**said, "active": False}, **read(found["version"]))
    assert (left.json()["active"], left.json()["roles"]) == (True, []), "there they go on"
    assert (await them.get("/v1/me")).status_code == 401
    roles = (await (await sign_in(client, login)).get("/v1/me")).json()["roles"]
    assert [row["areaId"] for row in roles] == [str(street.area_id)]
    taken = await supervisor.put(
        f"/v1/setup/staff/{new_id()}", json=person(login=f"{world.name}.support"), **read(0)
    )
    assert taken.json()["errors"] == [{"pointer": "/login", "code": "already-taken"}]


async def test_a_link_is_good_no_more_where_the_account_opens_more_meanwhile(
    client: httpx.AsyncClient, supervisor: Desk, database: Database, world: World
) -> None:
    address = await hired(supervisor)
    street = await settled_in(database, quiet_street)
    code = code_of(await supervisor.post(f"{address}/password-links"))
    staff_id = next(
        row["staffId"]
        for row in (await supervisor.get("/v1/setup/staff")).json()["items"]
        if row["login"] == "anna.k"
    )
    async with database.begin() as conn:
        also = StaffAreaRole(staff_id=staff_id, area_id=street.area_id, role=Role.SUPERVISOR)
        await areas.insert_roles(conn, [also])
    answer = await client.post("/v1/password", json={"code": code, "password": SENTENCE[::-1]})
    assert answer.status_code == 401
    await sign_in(client, "anna.k", SENTENCE)
