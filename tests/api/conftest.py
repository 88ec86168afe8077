"""The real application over a real database, spoken to over HTTP without a network between."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar import Litestar

from api.app import build, stand_on
from api.auth import COOKIE
from db.ids import new_id
from db.pool import Database
from db.queries import areas
from db.records import StaffAreaRole
from db.states import Role
from dispatch.clock import system_clock
from dispatch.flows import accounts
from dispatch.outside.photo_store import PhotoFolder
from dispatch.uploads import Uploads
from tests.builders import settled_in
from tests.worlds import NOW, PASSWORD, World, small_town


class Desk:
    """Somebody who speaks HTTP: signed in by cookie, or a system with a token."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("PUT", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self.ask("DELETE", path, **options)

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **options)


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):  # noqa: ANN204
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def world(database: Database) -> World:
    return await settled_in(database, small_town)


def speaking_to(app: Litestar) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://line3.test")


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    """Photos in a folder of the test's own."""
    return Uploads(PhotoFolder(tmp_path), tmp_path)


@pytest.fixture(scope="session")
def built() -> Litestar:
    """Registering all routes takes longer than most tests."""
    return build(None, system_clock)


@pytest.fixture
def app(built: Litestar, database: Database, clock: Clock, uploads: Uploads) -> Litestar:
    stand_on(built.state, database, clock, uploads, None)
    return built


@pytest.fixture
async def client(app: Litestar) -> AsyncGenerator[httpx.AsyncClient]:
    """The application's lifespan is not run, so it warms nothing and is never ready; all else works."""
    async with speaking_to(app) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> Desk:
    answer = await client.post("/v1/sign-in", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    secret = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    client.cookies.clear()
    return Desk(client, {"Cookie": f"{COOKIE}={secret}"})


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while (await client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.02)


@pytest.fixture
async def dispatcher(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.dispatcher")


@pytest.fixture
async def support(client: httpx.AsyncClient, world: World) -> Desk:
    """A support line, whose language is Russian."""
    return await sign_in(client, f"{world.name}.support")


async def with_role(client: httpx.AsyncClient, database: Database, world: World, role: Role | None) -> Desk:
    """Somebody new in the area who has this role alone, or none at all."""
    staff_id = new_id()
    person = msgspec.structs.replace(
        world.made.staff[0], staff_id=staff_id, login=f"{world.name}.{staff_id.hex[-8:]}"
    )
    async with database.begin([world.area_id]) as conn:
        await areas.insert_staff(conn, [person])
        if role is not None:
            await areas.insert_roles(
                conn, [StaffAreaRole(staff_id=staff_id, area_id=world.area_id, role=role, technician_id=None)]
            )
    return await sign_in(client, person.login)


@pytest.fixture
async def technician(client: httpx.AsyncClient, world: World) -> Desk:
    return await sign_in(client, f"{world.name}.technician1")


@pytest.fixture
async def tickets(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    """The ticket system."""
    return await with_token(client, database, world, ["escalations:write", "charges:read"])


async def with_token(
    client: httpx.AsyncClient, database: Database, world: World, scopes: Sequence[str]
) -> Desk:
    async with database.begin() as conn:
        secret = await accounts.create_token(
            conn, name="tickets", scopes=list(scopes), area_ids=[world.area_id], now=NOW
        )
    return Desk(client, {"Authorization": f"Bearer {secret}"})
